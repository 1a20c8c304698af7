"""How often events have happened, and how many occurrences are pending. Restricted Python."""

from __future__ import annotations

from sim.engine.calendar import Calendar

#: Functions that a generated source may use.
EXPORTS = {"count_of", "pending_of", "count_among", "pending_among"}


def count_of(c: Calendar, event: int) -> float:
    """Return how many times `event` has happened."""
    return c.happened[event]


def pending_of(c: Calendar, event: int) -> float:
    """Return the number of pending occurrences of `event`, without the one being fired."""
    return float(c.pending[event])


def count_among(c: Calendar, first: int, end: int) -> float:
    """Return how many times the events from `first` up to `end` have happened."""
    total = 0.0
    for event in range(first, end):
        total = total + c.happened[event]
    return total


def pending_among(c: Calendar, first: int, end: int) -> float:
    """Return the number of pending occurrences of the events from `first` up to `end`."""
    total = 0.0
    for event in range(first, end):
        total = total + float(c.pending[event])
    return total
