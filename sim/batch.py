"""Batches that survive: a plan run into a directory, shard by shard, resumed where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.ensemble import Ensemble
from sim.executors import Executor, local
from sim.experiment import Experiment
from sim.running import KernelName, kernel_name
from sim.shards import Shard, compute, read_table, shards
from sim.store import (
    command_line,
    create_directory,
    load_results,
    locked,
    now,
    open_directory,
)

Progress = Callable[[int, int], None]


def run_batch(
    plan: Experiment,
    path: Path,
    *,
    kernel: KernelName = "auto",
    executor: Executor = local,
    progress: Progress | None = None,
) -> Ensemble:
    """Run a plan into a directory; what is finished there already is not run again.

    Interrupted at any instant, it leaves only whole shards behind; started again, it computes what is
    missing and nothing else, and the rows are the same as those of an undisturbed run.

    Raises
    ------
    ResultError
        The directory holds another plan, is in use, or is not a directory of results.
    OSError
        It cannot be written, or the disk is full.
    """
    path.mkdir(parents=True, exist_ok=True)
    with locked(path):
        directory = create_directory(path, plan)
        began = now()
        name = kernel_name(kernel)
        missing = directory.missing()
        if missing:
            directory.manifest(complete=False, began=began, command=command_line(), kernel=name)
        total = plan.size
        done = total - sum(shard.end - shard.begin for shard in missing)
        if progress is not None:
            progress(done, total)
        for shard, content in executor(plan, missing, kernel, directory.description):
            directory.write(shard, content)
            done += shard.end - shard.begin
            if progress is not None:
                progress(done, total)
        directory.manifest(complete=True, began=began, command=command_line(), kernel=name)
    return load_results(path)


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of a directory found: damaged or missing shards, and rows that came out otherwise."""

    shards: int
    damaged: tuple[str, ...]
    sampled: int
    different: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether everything was as it should be."""
        return not self.damaged and not self.different


def verify(
    path: Path, *, sample: int = 20, kernel: KernelName = "auto", seed: int = 0
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
    directory, _ = open_directory(path)
    plan = directory.plan
    tables, damaged = {}, []
    for shard in shards(plan):
        content = directory.read(shard)
        if content is None:
            damaged.append(shard.name)
        else:
            tables[shard] = read_table(content, plan, shard)
    rows = [(shard, row) for shard in tables for row in range(shard.begin, shard.end)]
    size = min(sample, len(rows))
    chosen: list[int] = []
    if rows:
        chosen = np.random.default_rng(seed).choice(len(rows), size, replace=False).tolist()
    different = []
    for place in sorted(chosen):
        shard, row = rows[place]
        again = compute(plan, Shard(0, shard.scenario, row, row + 1), kernel)
        kept = tables[shard]
        at = row - shard.begin
        same = np.array_equal(kept.outcomes[at], again.outcomes[0], equal_nan=True)
        if not same or kept.status[at] != again.status[0] or kept.events[at] != again.events[0]:
            future, replication = divmod(row, plan.replications)
            name = plan.scenarios[shard.scenario].name
            different.append(f"{name}, future {future}, replication {replication}")
    return Verification(len(shards(plan)), tuple(damaged), len(chosen), tuple(different))
