"""Turns at computing: a few at once, the others in the order in which they came.

Runs use all processors, so more of them at once would only be slower for everybody.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streamlit.delta_generator import DeltaGenerator

import sim

#: Called again and again with the number of those that come first, until the turn has come.
Waiting = Callable[[int], None]
POLL = 0.2


class Turns:
    """A queue.

    Parameters
    ----------
    at_once
        How many may compute at once.
    most
        How many may wait; one more is refused.
    """

    def __init__(self, at_once: int, most: int) -> None:
        self.at_once = at_once
        self.most = most
        self._queue: list[object] = []
        self._moved = threading.Condition()

    @contextmanager
    def turn(self, waiting: Waiting | None = None) -> Iterator[None]:
        """Wait for a turn, and hold it.

        Raises
        ------
        ExperimentError
            Too many wait already.
        """
        mine = object()
        with self._moved:
            if len(self._queue) >= self.at_once + self.most:
                raise sim.ExperimentError(
                    f"{self.most} others wait to compute already; try again in a while"
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
        """Return how many have to end first, after a while if there are any."""
        with self._moved:
            before = self._queue.index(mine) - self.at_once + 1
            if before > 0:
                self._moved.wait(POLL)
            return before


def queue_note(place: DeltaGenerator) -> Waiting:
    """Return what tells in a place of the page that others come first."""

    def tell(before: int) -> None:
        who = "one run comes" if before == 1 else f"{before} runs come"
        place.caption(f":material/hourglass_top: In the queue: {who} first")

    return tell


#: Runs that follow a lever, and analyses that take longer.
SHORT = Turns(at_once=2, most=100)
LONG = Turns(at_once=1, most=10)
