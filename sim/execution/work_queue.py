"""What of an experiment is done and what is left: its rows, and the pieces that give them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sim.engine.codegen.program import Program
from sim.engine.protocol import Block, Kernel
from sim.errors import Diagnostic, ExperimentError
from sim.execution.cache import ROWS, WORTH_SECONDS, Kept, keep, name_of, recall
from sim.execution.chunks import Piece, blocks, cut
from sim.execution.ensemble import Ensemble
from sim.kept import MAX_BYTES, cache_folder
from sim.study.experiment import Experiment


class Rows:
    """The outcomes of an experiment as they come, added to those that are there."""

    def __init__(self, experiment: Experiment, extend: Ensemble | None) -> None:
        shape = (len(experiment.scenarios), len(experiment.futures), experiment.replications)
        self.values = np.full((*shape, len(experiment.model.outcomes)), np.nan)
        self.status = np.zeros(shape, np.int32)
        self.events = np.zeros(shape, np.int64)
        self.have = 0
        if extend is not None:
            _check_same(experiment, extend.experiment)
            self.have = extend.experiment.replications
            self.values[:, :, : self.have] = extend.values
            self.status[:, :, : self.have] = extend.failed

    def add(self, scenario: int, future: int, first: int, block: Block) -> None:
        """Put a block into its place."""
        stretch = slice(first, first + len(block.status))
        self.values[scenario, future, stretch] = block.outcomes
        self.status[scenario, future, stretch] = block.status
        self.events[scenario, future, stretch] = block.events

    def of(self, piece: Piece) -> Kept:
        """Return the rows of a piece."""
        place = np.s_[piece.scenario, piece.begin : piece.end, piece.first : piece.last]
        return Kept(self.values[place], self.status[place], self.events[place])

    def put(self, piece: Piece, kept: Kept) -> None:
        """Put the first rows of a piece into their place."""
        last = piece.first + kept.status.shape[1]
        place = np.s_[piece.scenario, piece.begin : piece.end, piece.first : last]
        self.values[place], self.status[place] = kept.outcomes, kept.status
        self.events[place] = kept.events


def _check_same(experiment: Experiment, before: Experiment) -> None:
    """Refuse to extend results that are not the first replications of an experiment."""
    mine, theirs = ((p.scenarios, p.seed, p.parameters) for p in (experiment, before))
    if (
        mine != theirs
        or not np.array_equal(experiment.futures, before.futures)
        or before.replications > experiment.replications
    ):
        message = "the results to extend belong to another experiment"
        raise ExperimentError(Diagnostic("other-plan", message))


@dataclass(frozen=True, slots=True)
class Task:
    """Replications of one future of a piece, for one thread; bands come from the `banded` ones."""

    piece: Piece
    future: int
    first: int
    count: int
    banded: bool


def run_task(
    experiment: Experiment,
    task: Task,
    kernel: Kernel,
    series: Sequence[int] = (),
    stop: threading.Event | None = None,
) -> Iterator[Block]:
    """Run the replications of a task in blocks.

    Raises
    ------
    Stopped
        `stop` was set.
    """
    return blocks(
        kernel, experiment.row(task.piece.scenario, task.future), seed=experiment.seed,
        future=task.future, first=task.first, count=task.count, series=series, stop=stop,
    )  # fmt: skip


#: Replications of the tasks that a thread takes at once: with fewer it waits longer than it works.
BATCH = {"simpy": 5, "compiled": 100}


def batched(tasks: Iterable[Task], kernel: str) -> Iterator[tuple[Task, ...]]:
    """Join tasks, in order, to what a thread takes at once."""
    batch: list[Task] = []
    count = 0
    for task in tasks:
        batch.append(task)
        count += task.count
        if count >= BATCH[kernel]:
            yield tuple(batch)
            batch, count = [], 0
    if batch:
        yield tuple(batch)


class Pieces:
    """What is to be run: the pieces of a plan, without what the cache has of them."""

    def __init__(
        self,
        experiment: Experiment,
        rows: Rows,
        programs: Sequence[Program],
        cache: bool,
        banded: int,
    ) -> None:
        self.rows = rows
        self.banded = banded
        self.recalled = 0
        self.seconds: dict[Piece, float] = {}
        self.left: dict[Piece, int] = {}
        self.names: dict[Piece, str] = {}
        self.begin: dict[Piece, int] = {}
        small = experiment.size * len(experiment.model.outcomes) * 8 < MAX_BYTES // 2
        for piece in cut(experiment, ROWS):
            begin = max(piece.first, rows.have)
            if begin >= piece.last:
                continue
            if (
                cache
                and small
                and begin == piece.first
                and not banded
                and cache_folder() is not None
            ):
                name = self.names[piece] = name_of(experiment, programs[piece.scenario], piece)
                kept = recall(name, piece, programs[piece.scenario])
                if kept is not None:
                    rows.put(piece, kept)
                    begin += kept.status.shape[1]
                    self.recalled += kept.status.size
            self.begin[piece] = begin
            self.left[piece] = (piece.end - piece.begin) * (piece.last - begin)

    def scenarios_left(self) -> list[int]:
        """Return the scenarios of which something is left to run."""
        return sorted({piece.scenario for piece, left in self.left.items() if left})

    def tasks(self, chunk: int) -> Iterator[Task]:
        """Yield the tasks that are left."""
        for piece, begin in self.begin.items():
            for future in range(piece.begin, piece.end):
                first = begin
                while first < piece.last:
                    here = first < self.banded
                    end = min(first + chunk, self.banded if here else piece.last, piece.last)
                    yield Task(piece, future, first, end - first, here)
                    first = end

    def finished(self, task: Task, seconds: float) -> None:
        """Note that a task is finished; a piece that took long enough is kept once it is whole."""
        piece = task.piece
        self.left[piece] -= task.count
        self.seconds[piece] = self.seconds.get(piece, 0.0) + seconds
        if self.left[piece] == 0 and piece in self.names and self.seconds[piece] > WORTH_SECONDS:
            keep(self.names[piece], self.rows.of(piece))
