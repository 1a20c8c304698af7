"""The calendar of the compiled kernel: what is pending, and when it comes.

Restricted Python that runs as it stands and that the translator compiles. Occurrences are ordered
by time, then by the rank of their event's priority, then by when they were scheduled. The next
occurrence of a renewal or of a hazard has a slot of its own, its *clock*; all others lie in a
binary heap. `order` is ``rank << SEQUENCE_BITS | sequence`` and `what` is ``n << WAY_BITS | way``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Annotated, get_args, get_type_hints

from sim.engine.codegen.program import MAX_PENDING
from sim.numerics.draws import exponential, u64, uniform01

#: What a generated source may call and, of the calendar, read.
OFFERED = {"schedule", "cancel", "hazard", "becomes", "fault", "occurred", "count_of", "pending_of"}
OFFERED |= {"now", "own"}

#: Entries of the heap: those pending, as many cancelled ones, and some room.
CAPACITY = 2 * MAX_PENDING + 256

#: Bits of an order that hold the sequence number, and of a `what` that hold the way.
SEQUENCE_BITS = 48
WAY_BITS = 16

#: Statuses of the kernel itself; 0 is fine and those above 0 are the program's faults.
TOO_MANY_EVENTS = -1
TOO_MANY_AT_ONCE = -2
TOO_MANY_PENDING = -3
BAD_DELAY = -4


class Calendar:
    """What the kernel knows during one replication. Extents and tables come from a program.

    Parameters
    ----------
    extents
        Length of the arrays by the name of their extent.
    tables
        Values of the fields that are constant tuples.
    """

    own: u64  # the stream of every event's own trigger
    # The clock, and the limits of the replication.
    now: float
    horizon: float
    value: float  # what a fault complained of
    step: float  # of the grid
    next_point: float  # time of the next grid point; infinite after the last
    point: int
    points: int
    series: int
    fired: int
    at_once: int  # occurrences at this instant
    max_events: int
    max_at_once: int
    # What is pending.
    sequence: int
    total: int
    size: int
    dead: int  # cancelled entries still in the heap
    # The program's tables.
    own_way: Annotated[tuple[int, ...], "events"]
    rank: Annotated[tuple[int, ...], "events"]
    clock: Annotated[tuple[int, ...], "events"]  # its slot, or -1
    timed: Annotated[tuple[int, ...], "events"]  # 1 for `at` and `every`
    rate_site: Annotated[tuple[u64, ...], "events"]
    way_event: Annotated[tuple[int, ...], "ways"]
    way_hash: Annotated[tuple[u64, ...], "ways"]
    clock_event: Annotated[tuple[int, ...], "clocks"]
    # By event.
    happened: Annotated[list[float], "events"]
    pending: Annotated[list[int], "events"]
    stored: Annotated[list[int], "events"]  # how many of them lie in the heap
    cancelled: Annotated[list[int], "events"]  # entries up to this sequence number are dead
    left: Annotated[list[float], "events"]  # of a hazard's unit-exponential threshold
    rate: Annotated[list[float], "events"]
    since: Annotated[list[float], "events"]
    truth: Annotated[list[bool], "events"]
    # By way: the next occurrence's number, and its stream.
    number: Annotated[list[int], "ways"]
    stream: Annotated[list[u64], "ways"]
    # By clock.
    clock_time: Annotated[list[float], "clocks"]
    clock_order: Annotated[list[int], "clocks"]
    clock_number: Annotated[list[int], "clocks"]
    # The series that are recorded: numbers in the program, the first `series` of them.
    wanted: Annotated[list[int], "series"]
    # The heap.
    heap_time: Annotated[list[float], "capacity"]
    heap_order: Annotated[list[int], "capacity"]
    heap_what: Annotated[list[int], "capacity"]

    def __init__(self, extents: Mapping[str, int], tables: Mapping[str, tuple[int, ...]]) -> None:
        for name, hint in get_type_hints(Calendar, include_extras=True).items():
            if name in tables:
                setattr(self, name, tables[name])
            elif hint in (int, float):
                setattr(self, name, hint(0))
            else:
                kind, extent = get_args(hint)
                (element,) = get_args(kind)
                setattr(self, name, [element(0)] * extents[extent])


def schedule(c: Calendar, event: int, way: int, delay: float) -> int:
    """Enter an occurrence of `event` after `delay`; 0, or the status that ends the replication."""
    if not 0.0 <= delay < inf:
        c.value = delay
        return BAD_DELAY
    if c.total >= MAX_PENDING:
        return TOO_MANY_PENDING
    n = c.number[way]
    c.number[way] = n + 1
    c.total += 1
    c.pending[event] += 1
    time = c.now + delay
    if time <= c.horizon:
        c.sequence += 1
        order = c.rank[event] << SEQUENCE_BITS | c.sequence
        clock = c.clock[event]
        if clock >= 0 and way == c.own_way[event] and c.clock_time[clock] == inf:
            c.clock_time[clock] = time
            c.clock_order[clock] = order
            c.clock_number[clock] = n
        else:
            c.stored[event] += 1
            push(c, time, order, n << WAY_BITS | way)
    return 0


def cancel(c: Calendar, event: int) -> None:
    """Remove every pending occurrence of `event`; a hazard runs on."""
    c.total -= c.pending[event]
    c.pending[event] = 0
    c.dead += c.stored[event]
    c.stored[event] = 0
    c.cancelled[event] = c.sequence
    if c.timed[event] != 0:
        c.clock_time[c.clock[event]] = inf


def hazard(c: Calendar, event: int, rate: float) -> None:
    """Let the hazard of `event` go on at `rate`; the same rate changes nothing."""
    old = c.rate[event]
    if rate != old:
        left = c.left[event] - old * (c.now - c.since[event])
        c.left[event] = left if left > 0.0 else 0.0
        c.since[event] = c.now
        c.rate[event] = rate
        wind(c, event)


def becomes(c: Calendar, event: int, truth: bool) -> int:
    """Note whether the condition of `event` holds; turning true schedules it at this instant."""
    turned = truth and not c.truth[event]
    c.truth[event] = truth
    return schedule(c, event, c.own_way[event], 0.0) if turned else 0


def fault(c: Calendar, code: int, value: float) -> int:
    """Keep the value that a fault complains of; return its code."""
    c.value = value
    return code


def occurred(c: Calendar, event: int) -> None:
    """Count a firing whose guard held."""
    c.happened[event] += 1.0


def count_of(c: Calendar, event: int) -> float:
    """Return how often `event` has happened."""
    return c.happened[event]


def pending_of(c: Calendar, event: int) -> float:
    """Return how many occurrences of `event` are pending; the one being fired is not."""
    return float(c.pending[event])


def draw_threshold(c: Calendar, event: int) -> None:
    """Draw the unit-exponential threshold of the next firing of a hazard, from now on."""
    u = uniform01(c.own, c.rate_site[event], c.number[c.own_way[event]])
    c.left[event] = exponential(u, 1.0)
    c.since[event] = c.now


def wind(c: Calendar, event: int) -> None:
    """Set the clock of a hazard from what is left of its threshold."""
    clock = c.clock[event]
    rate = c.rate[event]
    if rate > 0.0:
        c.sequence += 1
        c.clock_time[clock] = c.now + c.left[event] / rate
        c.clock_order[clock] = c.rank[event] << SEQUENCE_BITS | c.sequence
    else:
        c.clock_time[clock] = inf


def earliest(c: Calendar) -> int:
    """Return the clock that comes first."""
    best = 0
    time = c.clock_time[0]
    for i in range(1, len(c.clock_time)):
        other = c.clock_time[i]
        if other < time or (other == time and c.clock_order[i] < c.clock_order[best]):
            best = i
            time = other
    return best


def push(c: Calendar, time: float, order: int, what: int) -> None:
    """Enter an occurrence into the heap."""
    if c.dead > 64 and 2 * c.dead > c.size:
        sweep(c)
    i = c.size
    c.size = i + 1
    while i > 0:
        above = (i - 1) >> 1
        other = c.heap_time[above]
        if other < time or (other == time and c.heap_order[above] < order):
            break
        c.heap_time[i] = other
        c.heap_order[i] = c.heap_order[above]
        c.heap_what[i] = c.heap_what[above]
        i = above
    c.heap_time[i] = time
    c.heap_order[i] = order
    c.heap_what[i] = what


def pop(c: Calendar) -> None:
    """Remove the first entry of the heap."""
    size = c.size - 1
    c.size = size
    if size > 0:
        sink(c, 0, c.heap_time[size], c.heap_order[size], c.heap_what[size])


def sink(c: Calendar, start: int, time: float, order: int, what: int) -> None:
    """Put an entry where it belongs below the hole at `start`."""
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
        c.heap_what[i] = c.heap_what[below]
        i = below
        below = 2 * i + 1
    c.heap_time[i] = time
    c.heap_order[i] = order
    c.heap_what[i] = what


def is_dead(c: Calendar, i: int) -> bool:
    """Whether an entry of the heap has been cancelled."""
    event = c.way_event[c.heap_what[i] & ((1 << WAY_BITS) - 1)]
    return c.heap_order[i] & ((1 << SEQUENCE_BITS) - 1) <= c.cancelled[event]


def bury(c: Calendar) -> None:
    """Remove cancelled entries from the top of the heap."""
    while c.dead > 0 and c.size > 0 and is_dead(c, 0):
        pop(c)
        c.dead -= 1


def sweep(c: Calendar) -> None:
    """Remove every cancelled entry from the heap."""
    kept = 0
    for i in range(c.size):
        if not is_dead(c, i):
            c.heap_time[kept] = c.heap_time[i]
            c.heap_order[kept] = c.heap_order[i]
            c.heap_what[kept] = c.heap_what[i]
            kept += 1
    c.size = kept
    c.dead = 0
    i = (kept >> 1) - 1
    while i >= 0:
        sink(c, i, c.heap_time[i], c.heap_order[i], c.heap_what[i])
        i -= 1
