"""The arguments of pending occurrences in SimPy, and the functions of the generated source for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class PendingArguments:
    """What passes between an edge and the occurrence that it schedules, chooses or has fired."""

    def __init__(self) -> None:
        self.giving: list[float] = []
        self.taking: tuple[float, ...] = ()
        self.listed: list[Any] = []  # timeouts still to be looked at, the next one last
        self.looked_at: Any = None
        self.arguments: tuple[float, ...] = ()
        self.withdrawn: list[Any] = []

    def given(self) -> tuple[float, ...]:
        """Return the arguments that were given last, once."""
        found = tuple(self.giving)
        self.giving = []
        return found


def give(c: Any, argument: int, value: float) -> int:
    """Set an argument of the occurrence that is scheduled next."""
    c.passing.giving.append(value)
    return 0


def taken(c: Any, argument: int, declared: float) -> float:
    """Return an argument of the occurrence under way."""
    taking = c.passing.taking
    value: float = taking[argument] if taking else declared
    if c.recorder is not None:
        c.recorder.arguments.append(value)
    return value


def list_pending(c: Any, event: int) -> int:
    """Begin to go through the pending occurrences of an event; return how many there are."""
    c.passing.listed = list(reversed(c.pending[event].items()))
    c.passing.withdrawn = []
    return len(c.passing.listed)


def next_pending(c: Any) -> int:
    """Look at the next pending occurrence of the list."""
    c.passing.looked_at, c.passing.arguments = c.passing.listed.pop()
    return 0


def pending_argument(c: Any, argument: int) -> float:
    """Return an argument of the pending occurrence that is looked at."""
    value: float = c.passing.arguments[argument]
    return value


def cancel_listed(c: Any) -> int:
    """Cancel the occurrence that is looked at; it counts as pending until the list ends."""
    c.passing.withdrawn.append(c.passing.looked_at)
    return 0


def end_list(c: Any, event: int) -> int:
    """Remove the cancelled occurrences of the list."""
    withdrawn = c.passing.withdrawn
    if c.recorder is not None and withdrawn:
        c.recorder.cancelled.append((event, len(withdrawn)))
    c.total -= len(withdrawn)
    for timeout in withdrawn:
        del c.pending[event][timeout]
    return 0


PRIMITIVES: tuple[Callable[..., Any], ...] = (
    *(give, taken, list_pending, next_pending, pending_argument, cancel_listed, end_list),
)
