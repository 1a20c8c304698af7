"""JobQueue at computing: a few at once, the others in the order in which they came.

Each run uses all processors, so running more at once would slow everybody down.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streamlit.delta_generator import DeltaGenerator

import sim

#: Called repeatedly with the number of jobs ahead, until this one may start.
Waiting = Callable[[int], None]
POLL = 0.2


class JobQueue:
    """A first-come, first-served queue of jobs.

    Parameters
    ----------
    at_once
        Jobs that may run at the same time.
    most
        Jobs that may wait; any further job is refused.
    """

    def __init__(self, at_once: int, most: int) -> None:
        self.at_once = at_once
        self.most = most
        self._queue: list[object] = []
        self._moved = threading.Condition()

    @contextmanager
    def turn(self, waiting: Waiting | None = None) -> Iterator[None]:
        """Wait for a free slot and hold it.

        Raises
        ------
        ExperimentError
            The queue is full.
        """
        mine = object()
        with self._moved:
            if len(self._queue) >= self.at_once + self.most:
                raise sim.ExperimentError(
                    f"the queue is full: {self.most} runs are waiting; try again later"
                )
            self._queue.append(mine)
        try:
            while (before := self._before(mine)) > 0:
                if waiting is not None:
                    waiting(before)
            yield
        finally:
            with self._moved:
                self._queue.remove(mine)
                self._moved.notify_all()

    def _before(self, mine: object) -> int:
        """Return the number of jobs ahead, after a pause if there are any."""
        with self._moved:
            before = self._queue.index(mine) - self.at_once + 1
            if before > 0:
                self._moved.wait(POLL)
            return before


def queue_note(place: DeltaGenerator) -> Waiting:
    """Return a callback that shows in `place` how many runs are ahead."""

    def show(before: int) -> None:
        ahead = "1 run" if before == 1 else f"{before} runs"
        place.caption(f":material/hourglass_top: Waiting: {ahead} ahead in the queue")

    return show


#: Runs that follow a lever, and analyses that take longer.
SHORT = JobQueue(at_once=2, most=100)
LONG = JobQueue(at_once=1, most=10)
