"""Batches that survive: a plan run into a directory, shard by shard, resumed where it stopped."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.errors import Diagnostic, ResultError
from sim.execution.cache import engine
from sim.execution.chunks import Piece
from sim.execution.ensemble import Ensemble
from sim.execution.runner import KernelName, banded_replications, kernel_name, run
from sim.storage.executors import Executor, local
from sim.storage.locations import place_of
from sim.storage.run_directory import (
    SERIES,
    SHARDS,
    RunDirectory,
    command_line,
    create_directory,
    load_results,
    now,
    open_directory,
    refuse_foreign,
    series_name,
    shard_name,
)
from sim.storage.shards import SHARD_ROWS, compute, read_table
from sim.storage.trajectory_files import courses_parquet
from sim.study.experiment import Experiment

Progress = Callable[[int, int], None]
_log = logging.getLogger(__name__)


def run_batch(
    experiment: Experiment,
    path: str | os.PathLike[str],
    *,
    kernel: KernelName = "auto",
    executor: Executor = local,
    progress: Progress | None = None,
    series: bool | Sequence[str] = False,
    shard_rows: int | None = None,
) -> Ensemble:
    """Run a plan into a directory and load it; what is finished there already is not run again.

    Interrupted at any instant, it leaves only whole shards behind; started again, it computes what is
    missing and nothing else, and the rows are the same as those of an undisturbed run.

    Parameters
    ----------
    path
        A directory, or an address that fsspec knows.
    series
        Keep trajectories too: of every series, or of those named.
    shard_rows
        Rows of a shard of a new directory; it never changes a result.

    Raises
    ------
    ResultError
        The directory holds another plan, is in use, or is not a directory of results.
    OSError
        It cannot be written, or the disk is full.
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
    path: str | os.PathLike[str],
    *,
    kernel: KernelName = "auto",
    executor: Executor = local,
    progress: Progress | None = None,
    series: bool | Sequence[str] = False,
    shard_rows: int | None = None,
) -> None:
    """Run a plan into a directory as `run_batch` does, however large, and load nothing."""
    place = place_of(path)
    place.make("")
    refuse_foreign(place)  # before anything in it is touched
    with place.locked():
        name = kernel_name(kernel)
        rows = min(max(1, shard_rows or SHARD_ROWS[name]), experiment.size)
        directory, content = create_directory(place, experiment, rows)
        place.sweep()
        missing = directory.missing() if content is not None else directory.shards
        courses = series is not False and not directory.traces(series)
        began, command = now(), command_line()
        if missing or courses:
            if content is not None and content.get("engine") != engine():
                words = f"'{place}' was begun with another version of the engine"
                help = "its numbers may differ: run it anew into another directory"
                raise ResultError(Diagnostic("other-engine", words, None, help))
            directory.manifest(complete=False, began=began, command=command, kernel=name)
            place.make(SHARDS)
        total = experiment.size
        done = total - sum(shard.rows for shard in missing)
        if 0 < len(missing) < len(directory.shards):
            there = len(directory.shards) - len(missing)
            _log.info("resumed: %d of %d shards are there", there, len(directory.shards))
        if progress is not None:
            progress(done, total)
        for shard, found in executor(experiment, missing, kernel, directory.description):
            directory.write(shard_name(shard), found)
            _log.debug("shard written", extra={"shard": shard_name(shard), "rows": shard.rows})
            done += shard.rows
            if progress is not None:
                progress(done, total)
        if courses:
            place.make(SERIES)
            _write_courses(directory, kernel, series)
        if missing or courses or content is None or not content["complete"]:
            directory.manifest(complete=True, began=began, command=command, kernel=name)


def _write_courses(
    directory: RunDirectory, kernel: KernelName, series: bool | Sequence[str]
) -> None:
    """Run the replications that bands come from, and keep their trajectories."""
    experiment = directory.experiment
    names = experiment.programs()[0].series if isinstance(series, bool) else series
    few = replace(experiment, replications=banded_replications(experiment, len(names)))
    found = run(few, kernel=kernel, series=series).trajectories
    if found is not None:
        for scenario in range(len(experiment.scenarios)):
            directory.write(series_name(scenario), courses_parquet(experiment, found, scenario))


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of a directory found.

    Attributes
    ----------
    shards
        How many the plan has.
    unfinished
        How many of them the run has not written yet.
    damaged
        Names of those that are damaged, or missing though the run was finished.
    different
        Rows that came out otherwise.
    """

    shards: int
    unfinished: int
    damaged: tuple[str, ...]
    sampled: int
    different: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether everything was as it should be."""
        return not (self.unfinished or self.damaged or self.different)


def verify(
    path: str | os.PathLike[str], *, sample: int = 20, kernel: KernelName = "auto", seed: int = 0
) -> Verification:
    """Check every shard's digest, and compute a sample of replications again, bit for bit.

    Parameters
    ----------
    sample
        Replications to compute again, drawn over all rows.

    Raises
    ------
    ResultError
        The directory holds no results.
    """
    directory, manifest = open_directory(path)
    experiment = directory.experiment
    tables, damaged, unfinished = {}, [], 0
    for shard in directory.shards:
        found = directory.read(shard_name(shard))
        if found is None and not manifest["complete"] and not directory.claims(shard_name(shard)):
            unfinished += 1
        elif found is None:
            damaged.append(shard_name(shard))
        else:
            tables[shard] = read_table(found, experiment, shard)
    sizes = [shard.rows for shard in tables]
    ends = np.cumsum(sizes)
    size = min(sample, sum(sizes))
    chosen: list[int] = []
    if size:
        chosen = np.random.default_rng(seed).choice(sum(sizes), size, replace=False).tolist()
    different = []
    for number in sorted(chosen):
        at = int(np.searchsorted(ends, number, side="right"))
        shard, kept = list(tables.items())[at]
        row = number - (int(ends[at]) - shard.rows)
        future, replication = shard.row(row)
        alone = Piece(0, shard.scenario, future, future + 1, replication, replication + 1)
        again = compute(experiment, alone, kernel)
        same = np.array_equal(kept.outcomes[row], again.outcomes[0], equal_nan=True)
        if not same or kept.status[row] != again.status[0] or kept.events[row] != again.events[0]:
            name = experiment.scenarios[shard.scenario].name
            different.append(f"{name}, future {future}, replication {replication}")
    shards = len(directory.shards)
    return Verification(shards, unfinished, tuple(damaged), len(chosen), tuple(different))
