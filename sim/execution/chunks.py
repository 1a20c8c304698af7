"""How the work of an experiment is cut, spread over threads, and stopped.

Every number is a function of (seed, future, replication) and the values of a scenario, so no cut and
no order can change one. Three cuts lie inside each other: *pieces*, which are stored together;
*tasks*, which a thread takes; *blocks*, which a kernel runs without a break.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from sim.engine.protocol import Block, Kernel
from sim.study.experiment import Experiment, Floats

#: Seconds a block is meant to take: a run can be stopped between two blocks.
BLOCK_SECONDS = 0.1
#: Replications of a thread's first block.
FIRST_BLOCK = {"simpy": 1, "compiled": 64}

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Piece:
    """Replications `first` to `last` of futures `begin` to `end` of one scenario.

    Its rows are ordered by future, then by replication; `end` and `last` are not in it.
    """

    number: int
    scenario: int
    begin: int
    end: int
    first: int
    last: int

    @property
    def rows(self) -> int:
        """How many replications it has in all futures."""
        return (self.end - self.begin) * (self.last - self.first)

    def row(self, number: int) -> tuple[int, int]:
        """Return the future and the replication of a row."""
        future, replication = divmod(number, self.last - self.first)
        return self.begin + future, self.first + replication


#: Each piece may have so many times the rows of the one before.
GROWTH = 4


def cut(experiment: Experiment, rows: int, first: int | None = None) -> list[Piece]:
    """Cut a plan into pieces of at most `rows` rows; the cut depends on the plan alone.

    The first pieces hold the first replications of every scenario and future, so that a run which
    is stopped leaves results that can be compared.

    Parameters
    ----------
    first
        Rows of the first pieces, from which they grow; by default all are as large as they may be.
    """
    futures, replications = len(experiment.futures), experiment.replications
    widest = -(-futures // -(-futures // rows))
    target = rows if first is None else first
    pieces: list[Piece] = []
    replication = 0
    while replication < replications:
        last = min(replication + max(1, target // widest), replications)
        begin = 0
        while begin < futures:
            end = min(begin + min(widest, target), futures)
            for scenario in range(len(experiment.scenarios)):
                pieces.append(Piece(len(pieces), scenario, begin, end, replication, last))
            begin, target = end, min(rows, GROWTH * target)
        replication = last
    return pieces


class Stopped(Exception):
    """Work was given up because all of it was stopped."""


def blocks(
    kernel: Kernel,
    values: Floats,
    *,
    seed: int,
    future: int,
    first: int,
    count: int,
    series: Sequence[int] = (),
    stop: threading.Event | None = None,
) -> Iterator[Block]:
    """Run replications in blocks short enough to be stopped between them.

    Raises
    ------
    Stopped
        `stop` was set.
    """
    size = FIRST_BLOCK[kernel.name]
    while count > 0:
        if stop is not None and stop.is_set():
            raise Stopped
        size = min(size, count)
        began = time.perf_counter()
        yield kernel.run(values, seed=seed, future=future, first=first, count=size, series=series)
        seconds = max(time.perf_counter() - began, 1e-6)
        first, count = first + size, count - size
        size = max(1, int(size * min(8.0, BLOCK_SECONDS / seconds)))


def processors() -> int:
    """Return how many processors this process may use: a scheduler may grant it some of them only."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    work: Callable[[Item, threading.Event], Result], items: Iterable[Item], threads: int
) -> Iterator[tuple[Item, Result]]:
    """Give items to threads and yield each with its result as it is finished, in any order.

    Only a few are under way at a time. When the caller stops asking, or an error or an interruption
    passes, the event that every call gets is set, and the threads are waited for.
    """
    stop = threading.Event()
    left = iter(items)
    waiting: dict[Future[Result], Item] = {}
    pool = ThreadPoolExecutor(threads, thread_name_prefix="fulcrum")
    try:
        while True:
            for item in itertools.islice(left, 3 * threads - len(waiting)):
                waiting[pool.submit(work, item, stop)] = item
            if not waiting:
                return
            done, _ = wait(waiting, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
