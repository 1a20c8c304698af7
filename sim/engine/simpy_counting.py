"""How often events have happened, and how many occurrences are pending, in SimPy."""

from __future__ import annotations

from typing import Any

Replication = Any  # the class is in `sim.engine.simpy_calendar`, which stands on this module


def count_of(c: Replication, event: int) -> float:
    """Return how many times `event` has happened."""
    return float(c.counts[event])


def pending_of(c: Replication, event: int) -> float:
    """Return the number of pending occurrences of `event`."""
    return float(len(c.pending[event]))


def count_among(c: Replication, first: int, end: int) -> float:
    """Return how many times the events from `first` up to `end` have happened."""
    return float(sum(c.counts[first:end]))


def pending_among(c: Replication, first: int, end: int) -> float:
    """Return the number of pending occurrences of the events from `first` up to `end`."""
    return float(sum(map(len, c.pending[first:end])))


COUNTS = (count_of, pending_of, count_among, pending_among)
