"""Batches: an experiment run into a directory, shard by shard, and resumed after an interruption."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sim.execution.chunks import Piece
from sim.execution.ensemble import Ensemble
from sim.execution.recording import check_series
from sim.execution.runner import KernelName, kernel_name
from sim.storage.executors import Executor, local
from sim.storage.locations import place_of
from sim.storage.manifest import command_line, now
from sim.storage.results import load_results
from sim.storage.run_directory import (
    SERIES,
    SHARDS,
    RunDirectory,
    create_directory,
    refuse_foreign,
    refuse_other_engine,
    series_name,
    shard_name,
)
from sim.storage.shards import usual_layout
from sim.storage.trajectory_files import compute_trajectories, trajectories_parquet
from sim.study.arguments import list_names, whole
from sim.study.experiment import Experiment, require_experiment
from sim.study.paths import StrPath

Progress = Callable[[int, int], None]
_log = logging.getLogger(__name__)


def run_batch(
    experiment: Experiment,
    path: StrPath,
    *,
    kernel: KernelName = "auto",
    executor: Executor = local,
    progress: Progress | None = None,
    series: bool | str | Sequence[str] = False,
    shard_rows: int | None = None,
) -> Ensemble:
    """Run an experiment into a directory, shard by shard, and load the results.

    Interrupted at any moment, it leaves complete shards behind. Run again, it computes only what is
    missing, and the rows are those of an uninterrupted run.

    Parameters
    ----------
    experiment : Experiment
        What to run.
    path : str or os.PathLike
        A directory, or an address that fsspec knows, such as ``s3://bucket/folder``.
    kernel : {'auto', 'compiled', 'simpy'}
        Which kernel runs the replications; both give the same numbers.
    executor : Executor
        What computes the shards: threads of this process, or a Dask cluster.
    progress : callable, optional
        Called with the number of replications done and the number in all.
    series : bool, str or sequence of str
        Series to keep over time: all, or those named.
    shard_rows : int, optional
        Rows of each shard of a new directory; it never changes a result. By default the first
        shards are small, so that little is lost when a run is interrupted.

    Returns
    -------
    Ensemble
        The same numbers as those of `sim.run`.

    Raises
    ------
    ExperimentError
        An argument is of the wrong type or out of its range.
    ResultError
        The directory has results of another experiment, is in use, or contains other files.
    OSError
        It cannot be written, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> import sim
    >>> experiment = sim.load("scenarios/port_strike/mediate.yaml", replications=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sim.run_batch(experiment, folder)
    <Ensemble 'mediate': 1 × 4 × 5 × 10 scenarios × futures × replications × outcomes>
    """
    write_batch(
        experiment,
        path,
        kernel=kernel,
        executor=executor,
        progress=progress,
        series=series,
        shard_rows=shard_rows,
    )
    return load_results(path)


def write_batch(
    experiment: Experiment,
    path: StrPath,
    *,
    kernel: KernelName = "auto",
    executor: Executor = local,
    progress: Progress | None = None,
    series: bool | str | Sequence[str] = False,
    shard_rows: int | None = None,
    part: tuple[int, int] | None = None,
) -> None:
    """Run an experiment into a directory as `run_batch` does, however large, and load nothing.

    Parameters
    ----------
    part : (int, int), optional
        Only part `k` of `n`, which shares no shard with the others: they may run at the same time, on
        other machines, into this directory or into ones that `merge_directories` joins.
    """
    require_experiment(experiment)
    name = kernel_name(kernel)
    layout = usual_layout(experiment, kernel)
    if shard_rows is not None:
        layout = {"shard_rows": min(whole("shard_rows", shard_rows, 1), experiment.size)}
    chosen = series if isinstance(series, bool) else list_names("series", series)
    if not isinstance(chosen, bool):
        check_series(experiment.programs()[0], chosen)
    place = place_of(path)
    place.make("")
    refuse_foreign(place)  # before anything in it is touched
    with place.locked("{}/{}".format(*part) if part else ""):
        directory, content = create_directory(place, experiment, layout)
        if part is None:
            place.sweep()
        mine = directory.part(part)
        missing = directory.missing(mine) if content is not None else mine
        unbanded = chosen is not False and not directory.traces(chosen)
        began, command = now(), command_line()
        if missing or unbanded:
            if content is not None:
                refuse_other_engine(place, content)
            directory.manifest(complete=False, began=began, command=command, kernel=name)
            place.make(SHARDS)
        _write_shards(directory, mine, missing, kernel, executor, progress)
        if unbanded:
            place.make(SERIES)
            _write_trajectories(directory, kernel, chosen)
        written = missing or unbanded or content is None or not content["complete"]
        if written and (part is None or not directory.missing()):
            directory.manifest(complete=True, began=began, command=command, kernel=name)


def _write_shards(
    directory: RunDirectory,
    shards: Sequence[Piece],
    missing: Sequence[Piece],
    kernel: KernelName,
    executor: Executor,
    progress: Progress | None,
) -> None:
    """Compute the missing ones of these shards and write each as it is finished."""
    total = sum(shard.rows for shard in shards)
    done = total - sum(shard.rows for shard in missing)
    if 0 < len(missing) < len(shards):
        there = len(shards) - len(missing)
        _log.info("resumed: %d of %d shards are there", there, len(shards))
    if progress is not None:
        progress(done, total)
    for shard, content in executor(directory.experiment, missing, kernel, directory.description):
        directory.write(shard_name(shard), content)
        _log.debug("shard written", extra={"shard": shard_name(shard), "rows": shard.rows})
        done += shard.rows
        if progress is not None:
            progress(done, total)


def _write_trajectories(
    directory: RunDirectory, kernel: KernelName, series: bool | Sequence[str]
) -> None:
    """Run the replications that bands come from, and keep their trajectories."""
    experiment = directory.experiment
    names = experiment.programs()[0].series if isinstance(series, bool) else series
    found = compute_trajectories(experiment, names, kernel)
    if found is not None:
        for scenario in range(len(experiment.scenarios)):
            directory.write(
                series_name(scenario), trajectories_parquet(experiment, found, scenario)
            )
