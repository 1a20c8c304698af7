"""The results in a run directory: of a whole batch, or of the part that every scenario has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.execution.ensemble import Ensemble
from sim.execution.failures import FailedRun
from sim.execution.runner import held_in_memory
from sim.formatting import counted
from sim.storage.run_directory import open_directory, result_error, shard_name
from sim.storage.shards import read_table
from sim.study.paths import StrPath


def load_results(path: StrPath) -> Ensemble:
    """Load the results in a run directory.

    Parameters
    ----------
    path : str or os.PathLike
        A directory that `run_batch` or ``fulcrum run -o`` wrote, or an address that fsspec knows.

    Returns
    -------
    Ensemble
        Of an unfinished run, the first replications that every scenario and future has, or, if
        there are none, those of the first futures.

    Raises
    ------
    ResultError
        There are none, they are damaged, or they do not fit in memory.

    Examples
    --------
    >>> import tempfile
    >>> import sim
    >>> experiment = sim.load("scenarios/port_strike/mediate.yaml", replications=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     stored = sim.run_batch(experiment, folder)
    ...     sim.load_results(folder).failed.size
    20
    """
    directory, content = open_directory(path)
    experiment = directory.experiment
    shape = (len(experiment.scenarios), len(experiment.futures), experiment.replications)
    if not held_in_memory(experiment):
        words = f"the results in '{path}' do not fit in memory"
        raise result_error("too-large", words, "read its Parquet shards one by one")
    values = np.full((*shape, len(experiment.model.outcomes)), np.nan)
    status = np.zeros(shape, np.int32)
    done = np.zeros(shape[1:], np.int32)
    failures: list[FailedRun] = []
    events = found = 0
    order = {scenario.name: place for place, scenario in enumerate(experiment.scenarios)}
    for shard in directory.shards:
        raw = directory.read(shard_name(shard))
        if raw is None:
            if content["complete"]:
                raise result_error("damaged", f"'{path}/{shard_name(shard)}' is missing or damaged")
            continue
        table = read_table(raw, experiment, shard)
        here = np.s_[shard.begin : shard.end, shard.first : shard.last]
        values[shard.scenario][here] = table.shaped(table.outcomes)
        status[shard.scenario][here] = table.shaped(table.status)
        done[here] += 1
        found += 1
        failures += table.failures
        events += int(table.events.sum())
    whole = done == len(experiment.scenarios)
    futures, replications = _finished(whole)
    if not futures * replications:
        there = f"{found} of {counted(len(directory.shards), 'shard')}"
        raise result_error(
            "unfinished",
            f"'{path}' has no replication that is finished in every scenario: it has {there}",
            "repeat the command that wrote it: it goes on where it stopped",
        )
    return Ensemble(
        experiment=replace(
            experiment, replications=replications, futures=experiment.futures[:futures]
        ),
        values=values[:, :futures, :replications],
        failed=status[:, :futures, :replications] != 0,
        failures=tuple(
            sorted(
                (f for f in failures if f.replication < replications and f.future < futures),
                key=lambda f: (order[f.scenario], f.future, f.replication),
            )
        ),
        kernel=content["kernel"],
        events=events,
        trajectories=directory.trajectories() if whole.all() else None,
        planned=0 if whole.all() else experiment.size,
    )


def count_failed(path: StrPath) -> int:
    """Return the number of failed replications, reading one shard at a time.

    Raises
    ------
    ResultError
        There are no results, or they are damaged.
    """
    directory, _ = open_directory(path)
    failed = 0
    for shard in directory.shards:
        raw = directory.read(shard_name(shard))
        if raw is not None:
            failed += int((read_table(raw, directory.experiment, shard).status != 0).sum())
    return failed


def _finished(whole: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """Return how many futures and replications are complete, counted from the first.

    Parameters
    ----------
    whole
        ``bool[future, replication]``.
    """
    deep = np.where(whole.all(axis=1), whole.shape[1], whole.argmin(axis=1))
    deep = np.minimum.accumulate(deep)
    if deep[-1] > 0:
        return len(deep), int(deep[-1])
    best = int((deep * np.arange(1, len(deep) + 1)).argmax())
    return best + 1, int(deep[best])
