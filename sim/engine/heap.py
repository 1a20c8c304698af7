"""The heap of the calendar: occurrences by time, rank and order. Restricted Python, as the calendar."""

from __future__ import annotations

from typing import Any

from sim.engine.places import is_vacated

Calendar = Any  # the class is in `sim.engine.calendar`, which stands on this module

#: Low bits of an `order` (the sequence number) and of an `occurrence` (the activation).
SEQUENCE_BITS = 48
ACTIVATION_BITS = 20


def push(c: Calendar, time: float, order: int, occurrence: int) -> None:
    """Add an occurrence to the heap."""
    if c.dead > 64 and 2 * c.dead > c.size:
        compact(c)
    i = c.size
    c.size = i + 1
    while i > 0:
        above = (i - 1) >> 1
        other = c.heap_time[above]
        if other < time or (other == time and c.heap_order[above] < order):
            break
        c.heap_time[i] = other
        c.heap_order[i] = c.heap_order[above]
        c.heap_occurrence[i] = c.heap_occurrence[above]
        i = above
    c.heap_time[i] = time
    c.heap_order[i] = order
    c.heap_occurrence[i] = occurrence


def pop(c: Calendar) -> None:
    """Remove the first entry of the heap."""
    size = c.size - 1
    c.size = size
    if size > 0:
        sift_down(c, 0, c.heap_time[size], c.heap_order[size], c.heap_occurrence[size])


def sift_down(c: Calendar, start: int, time: float, order: int, occurrence: int) -> None:
    """Place an entry at or below the empty position `start`."""
    i = start
    below = 2 * i + 1
    while below < c.size:
        least = c.heap_time[below]
        if below + 1 < c.size:
            other = c.heap_time[below + 1]
            if other < least or (other == least and c.heap_order[below + 1] < c.heap_order[below]):
                below += 1
                least = other
        if time < least or (time == least and order < c.heap_order[below]):
            break
        c.heap_time[i] = least
        c.heap_order[i] = c.heap_order[below]
        c.heap_occurrence[i] = c.heap_occurrence[below]
        i = below
        below = 2 * i + 1
    c.heap_time[i] = time
    c.heap_order[i] = order
    c.heap_occurrence[i] = occurrence


def is_cancelled(c: Calendar, i: int) -> bool:
    """Whether the heap entry at `i` is cancelled."""
    event = c.activation_event[c.heap_occurrence[i] & ((1 << ACTIVATION_BITS) - 1)]
    gone = c.heap_order[i] & ((1 << SEQUENCE_BITS) - 1) <= c.cancelled[event]
    place = c.heap_occurrence[i] >> ACTIVATION_BITS
    return gone or is_vacated(c, event, place, c.heap_order[i]) if len(c.place_value) > 1 else gone


def drop_cancelled(c: Calendar) -> None:
    """Remove cancelled entries from the top of the heap."""
    while c.dead > 0 and c.size > 0 and is_cancelled(c, 0):
        pop(c)
        c.dead -= 1


def compact(c: Calendar) -> None:
    """Remove every cancelled entry from the heap."""
    size = 0
    for i in range(c.size):
        if not is_cancelled(c, i):
            c.heap_time[size] = c.heap_time[i]
            c.heap_order[size] = c.heap_order[i]
            c.heap_occurrence[size] = c.heap_occurrence[i]
            size += 1
    c.size = size
    c.dead = 0
    i = (size >> 1) - 1
    while i >= 0:
        sift_down(c, i, c.heap_time[i], c.heap_order[i], c.heap_occurrence[i])
        i -= 1
