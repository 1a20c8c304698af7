"""Whether a run directory holds what its experiment gives: digests, and rows computed again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.errors import Diagnostic, ResultError
from sim.execution.chunks import Piece, processors, spread
from sim.execution.runner import KernelName, kernel_name
from sim.execution.trajectories import Trajectories
from sim.storage.run_directory import RunDirectory, open_directory, series_name, shard_name
from sim.storage.shards import ShardTable, compute, read_table
from sim.storage.trajectory_files import compute_trajectories
from sim.study.arguments import whole
from sim.study.paths import StrPath

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found in a run directory.

    Attributes
    ----------
    shards : int
        Shards of the experiment.
    unfinished : int
        Shards that the run has not written yet.
    damaged : tuple of str
        Files that are damaged, or missing though the run was finished.
    sampled : int
        Replications that were computed again.
    different : tuple of str
        Those of them that gave another result.
    """

    shards: int
    unfinished: int
    damaged: tuple[str, ...]
    sampled: int
    different: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether all files are intact and every replication computed again gave the same result."""
        return not (self.unfinished or self.damaged or self.different)


def verify(
    path: StrPath, *, sample: int | None = 20, kernel: KernelName = "auto", seed: int = 0
) -> Verification:
    """Check the digest of every file, and compute a sample of replications again, bit for bit.

    A digest guards against accidents, not against a person who makes it anew: only what is computed again
    is proved, and only for the experiment that the manifest describes.

    Parameters
    ----------
    path : str or os.PathLike
        A run directory, or an address that fsspec knows.
    sample : int or None
        Number of replications to compute again, drawn from all rows; None for every row, with the
        words of those that failed, and the trajectories.
    kernel : {'auto', 'compiled', 'simpy'}
        Which kernel computes them.
    seed : int
        Seed of the sample.

    Returns
    -------
    Verification

    Raises
    ------
    ExperimentError
        An argument is of the wrong type or out of its range.
    ResultError
        The directory has no results.

    Examples
    --------
    >>> import tempfile
    >>> import sim
    >>> experiment = sim.load("scenarios/port_strike/mediate.yaml", replications=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ensemble = sim.run_batch(experiment, folder)
    ...     sim.verify(folder).fine, sim.verify(folder, sample=None).sampled
    (True, 20)
    """
    threads = processors() if kernel_name(kernel) == "compiled" else 1
    sample = None if sample is None else whole("sample", sample, 0)
    seed = whole("seed", seed, 0)
    directory, manifest = open_directory(path)
    intact, damaged, unfinished = [], _damaged_series(directory), 0
    for shard in directory.shards:
        name = shard_name(shard)
        content = directory.read(name)
        if content is not None:
            read_table(content, directory.experiment, shard)
            intact.append(shard)
        elif manifest["complete"] or directory.claims(name):
            damaged.append(name)
        else:
            unfinished += 1
    chosen = _chosen(intact, sample, seed)
    found: dict[int, list[str]] = {}
    for (shard, _), names in spread(
        lambda item, stop: _different(directory, *item, kernel, stop), chosen, threads
    ):
        found[shard.number] = names
    different = [name for number in sorted(found) for name in found[number]]
    if sample is None:
        different += _different_series(directory, kernel)
    sampled = sum(len(rows) for _, rows in chosen)
    return Verification(
        len(directory.shards), unfinished, tuple(damaged), sampled, tuple(different)
    )


def _chosen(shards: Sequence[Piece], sample: int | None, seed: int) -> list[tuple[Piece, Rows]]:
    """Return which rows of which shards are computed again."""
    ends = np.cumsum([shard.rows for shard in shards], dtype=np.int64)
    total = int(ends[-1]) if shards else 0
    rows = np.arange(total)
    if sample is not None and sample < total:
        rows = np.sort(np.random.default_rng(seed).choice(total, sample, replace=False))
    cuts = np.searchsorted(rows, ends)
    parts = np.split(rows, cuts[:-1]) if shards else []
    return [
        (shard, part - (end - shard.rows))
        for shard, part, end in zip(shards, parts, ends, strict=True)
        if len(part)
    ]


def _different(
    directory: RunDirectory, shard: Piece, rows: Rows, kernel: KernelName, stop: threading.Event
) -> list[str]:
    """Compute rows of a shard again and name those that differ."""
    experiment, name = directory.experiment, shard_name(shard)
    content = directory.read(name)
    if content is None:
        raise ResultError(Diagnostic("damaged", f"'{name}' was removed or damaged meanwhile"))
    kept = read_table(content, experiment, shard)
    pieces = [shard]
    if len(rows) < shard.rows:
        places = [shard.row(int(row)) for row in rows]
        pieces = [Piece(0, shard.scenario, f, f + 1, r, r + 1) for f, r in places]
    again = [compute(experiment, piece, kernel, stop) for piece in pieces]
    differs = np.zeros(len(rows), bool)
    for of in ("outcomes", "status", "events"):
        one, other = getattr(kept, of)[rows], np.concatenate([getattr(part, of) for part in again])
        same = (one == other) | ((one != one) & (other != other))
        differs |= ~same.reshape(len(rows), -1).all(axis=1)
    scenario = experiment.scenarios[shard.scenario].name
    found = [shard.row(int(row)) for row in rows[differs]]
    names = [f"{scenario}, future {future}, replication {r}" for future, r in found]
    if pieces == [shard] and not names and _words(kept) != _words(again[0]):
        names = [f"{name}, in the words of what failed"]
    return names


def _words(table: ShardTable) -> list[str]:
    """Return what is told of failed replications, but for the place of the file, which may move."""
    return [
        repr(replace(failure, message=failure.message.partition(f": {failure.code}: ")[2]))
        for failure in table.failures
    ]


def _damaged_series(directory: RunDirectory) -> list[str]:
    """Return which files of trajectories are damaged, or missing though others are there."""
    names = [series_name(scenario) for scenario in range(len(directory.experiment.scenarios))]
    if not any(directory.claims(name) for name in names):
        return []
    return [name for name in names if directory.read(name) is None]


def _different_series(directory: RunDirectory, kernel: KernelName) -> list[str]:
    """Compute the trajectories again, if there are any, and name the scenarios that differ."""
    kept, experiment = directory.trajectories(), directory.experiment
    if kept is None:
        return []
    every = experiment.programs()[0].series
    names = every if directory.traces(True) else (*kept.names, *kept.shares)
    again = compute_trajectories(experiment, names, kernel)
    return [
        f"the trajectories of {scenario}"
        for i, scenario in enumerate(kept.scenarios)
        if again is None or not _same_series(kept, again, i)
    ]


def _same_series(one: Trajectories, other: Trajectories, scenario: int) -> bool:
    pairs = [(one.bands, other.bands), (one.samples, other.samples)]
    pairs += [(share, other.shares[name]) for name, share in one.shares.items()]
    return np.array_equal(one.times, other.times) and all(
        np.array_equal(a[scenario], b[scenario], equal_nan=True) for a, b in pairs
    )
