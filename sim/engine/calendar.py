"""The calendar of the compiled kernel: the pending occurrences and their times.

Restricted Python, which CPython runs unchanged and the translator compiles. Occurrences are ordered
by time, then by the rank of their event's priority, then by when they were scheduled. The next
occurrence of a renewal or of a hazard has a slot of its own, its *clock*; all others are in a
binary heap. `order` packs ``rank << SEQUENCE_BITS | sequence``, and `occurrence` packs
``n << ACTIVATION_BITS | activation``.
"""

from __future__ import annotations

from math import inf
from typing import Annotated

from sim.engine.codegen.errors import TOO_MANY_PENDING
from sim.engine.heap import ACTIVATION_BITS, SEQUENCE_BITS, push
from sim.engine.places import Places, placed, remove_places
from sim.numerics.arithmetic import denominator, multiple, u64
from sim.numerics.draws import exponential, uniform01
from sim.numerics.lookups import ramp_time

#: Functions and calendar fields that a generated source may use.
EXPORTS = {
    "schedule",
    "cancel",
    "set_rate",
    "set_condition",
    "set_stop",
    "set_mark",
    "fail",
    "flag",
}
EXPORTS |= {
    "occurred",
    "count_of",
    "pending_of",
    "now",
    "own",
    "failed",
    "counting",
    "mark",
    "horizon",
}

#: Taken from the rank of a condition that turned true: it fires before all else at its instant.
FIRST = 1 << 14

#: Most clocks that are searched one by one or with vectors; more are searched by blocks.
MOST = 62
#: A block has 32 clocks.
BLOCK_BITS = 5

#: The status for a delay that is not a finite number, 0 or more, which the program tests before.
BAD_DELAY = -4


class Calendar(Places):
    """The kernel's data during one replication.

    An annotation of an array names its length, see `sim.engine.llvm.layout`. The fields that are
    tuples are constants of a program.
    """

    own: u64  # the stream of every event's own trigger
    # Time, and the limits of the replication.
    now: float
    horizon: float
    value: float  # the offending value of an error
    failed: int  # the code of the first call without a finite result, or 0
    stopped: int  # 1 while the condition that ends the run holds
    counting: int  # 1 from the end of the warm-up
    mark: int  # number of the next mark
    next_mark: float  # its time; infinite after the last
    next_turn: float  # the next point of a table that rates, conditions or outcomes read
    step: float  # of the grid
    next_point: float  # time of the next grid point; infinite after the last
    point: int
    points: int
    series: int
    fired: int
    at_once: int  # occurrences at this instant
    max_events: int
    max_at_once: int
    max_pending: int
    # Pending occurrences.
    sequence: int
    total: int
    size: int
    dead: int  # cancelled entries still in the heap
    # The program's tables.
    own_activation: Annotated[tuple[int, ...], "events"]
    rank: Annotated[tuple[int, ...], "events"]
    clock: Annotated[tuple[int, ...], "events"]  # its slot, or -1
    timed: Annotated[tuple[int, ...], "events"]  # 1 for `at` and `every`
    conditional: Annotated[tuple[int, ...], "events"]  # 1 for `when`
    rate_site: Annotated[tuple[u64, ...], "events"]
    activation_event: Annotated[tuple[int, ...], "activations"]
    activation_hash: Annotated[tuple[u64, ...], "activations"]
    clock_event: Annotated[tuple[int, ...], "clocks"]
    # By event.
    happened: Annotated[list[float], "events"]
    pending: Annotated[list[int], "events"]
    stored: Annotated[list[int], "events"]  # how many of them are in the heap
    cancelled: Annotated[list[int], "events"]  # entries up to this sequence number are cancelled
    left: Annotated[list[float], "events"]  # of a hazard's unit-exponential threshold
    rate: Annotated[list[float], "events"]
    slope: Annotated[list[float], "events"]  # of that rate, since then
    since: Annotated[list[float], "events"]
    truth: Annotated[list[bool], "events"]
    waiting: Annotated[list[bool], "events"]  # turned true and has not fired yet
    # By activation: the next occurrence's number, and its stream.
    number: Annotated[list[int], "activations"]
    stream: Annotated[list[u64], "activations"]
    # By activation: its last delay, since when it is the same, how often, and the last time.
    delay: Annotated[list[float], "activations"]
    since_when: Annotated[list[float], "activations"]
    repeats: Annotated[list[float], "activations"]
    divisor: Annotated[list[float], "activations"]
    last_time: Annotated[list[float], "activations"]
    # By clock.
    clock_time: Annotated[list[float], "clocks"]
    clock_order: Annotated[list[int], "clocks"]
    clock_number: Annotated[list[int], "clocks"]
    # By block of clocks: its earliest clock, and whether one has changed since that was found.
    block_first: Annotated[list[int], "blocks"]
    block_moved: Annotated[list[bool], "blocks"]
    # Numbers in the program of the series to record; only the first `series` entries count.
    recorded: Annotated[list[int], "series"]
    # The heap.
    heap_time: Annotated[list[float], "capacity"]
    heap_order: Annotated[list[int], "capacity"]
    heap_occurrence: Annotated[list[int], "capacity"]


def schedule(c: Calendar, event: int, activation: int, delay: float) -> int:
    """Schedule an occurrence of `event` after `delay`; return 0 or an error status."""
    if not 0.0 <= delay < inf:
        c.value = delay
        return BAD_DELAY
    if c.total >= c.max_pending:
        return TOO_MANY_PENDING
    n = c.number[activation]
    c.number[activation] = n + 1
    c.total += 1
    c.pending[event] += 1
    time = renewal(c, activation, delay)
    if time <= c.horizon:
        c.sequence += 1
        order = c.rank[event] << SEQUENCE_BITS | c.sequence
        clock = c.clock[event]
        if clock >= 0 and activation == c.own_activation[event] and c.clock_time[clock] == inf:
            c.clock_time[clock] = time
            moved(c, clock)
            c.clock_order[clock] = order
            c.clock_number[clock] = n
        else:
            c.stored[event] += 1
            n = placed(c, event, n, order) if len(c.place_value) > 1 else n
            push(c, time, order, n << ACTIVATION_BITS | activation)
    elif len(c.place_value) > 1:
        placed(c, event, n, 0)
    return 0


def renewal(c: Calendar, activation: int, delay: float) -> float:
    """Return the time after a delay; the k-th repeat of one delay is k delays after its start."""
    if delay == c.delay[activation] and c.now == c.last_time[activation]:
        k = c.repeats[activation] + 1.0
        if k == 2.0:
            c.divisor[activation] = denominator(delay)
        c.repeats[activation] = k
        time = c.since_when[activation] + multiple(delay, c.divisor[activation], k)
    else:
        c.delay[activation] = delay
        c.since_when[activation] = c.now
        c.repeats[activation] = 1.0
        time = c.now + delay
    c.last_time[activation] = time
    return time


def cancel(c: Calendar, event: int) -> None:
    """Remove every scheduled occurrence of `event`; leave the clock of its hazard running."""
    c.total -= c.pending[event]
    c.pending[event] = 0
    c.dead += c.stored[event]
    c.stored[event] = 0
    c.cancelled[event] = c.sequence
    if len(c.place_value) > 1:
        remove_places(c, event)
    if c.timed[event] != 0:
        c.clock_time[c.clock[event]] = inf
        moved(c, c.clock[event])


def set_rate(c: Calendar, event: int, rate: float) -> None:
    """Set the rate of the hazard of `event`; do nothing if it is unchanged."""
    old = c.rate[event]
    if rate != old:
        left = c.left[event] - old * (c.now - c.since[event])
        c.left[event] = left if left > 0.0 else 0.0
        c.since[event] = c.now
        c.rate[event] = rate
        reschedule(c, event)


def set_condition(c: Calendar, event: int, truth: bool) -> int:
    """Set the condition of `event`; if it turns true, the event is next, unless it waits already."""
    turned = truth and not c.truth[event]
    c.truth[event] = truth
    if turned and not c.waiting[event]:
        if c.total >= c.max_pending:
            return TOO_MANY_PENDING
        c.waiting[event] = True
        c.total += 1
        c.pending[event] += 1
        c.stored[event] += 1
        c.sequence += 1
        # At the start nothing has happened that made it true: it waits its turn.
        rank = c.rank[event] - FIRST if c.fired > 0 or c.now > 0.0 else c.rank[event]
        push(c, c.now, rank << SEQUENCE_BITS | c.sequence, c.own_activation[event])
    return 0


def set_stop(c: Calendar, truth: bool) -> int:
    """Set whether the condition that ends the run holds."""
    c.stopped = 1 if truth else 0
    return 0


def set_mark(c: Calendar, number: int, time: float) -> None:
    """Set the next mark."""
    c.mark = number
    c.next_mark = time


def flag(c: Calendar, code: int) -> None:
    """Store the code of a call without a finite result, unless one failed before it."""
    if c.failed == 0:
        c.failed = code


def fail(c: Calendar, code: int, value: float) -> int:
    """Store the offending value of an error; return the error's code."""
    c.value = value
    return code


def occurred(c: Calendar, event: int) -> None:
    """Count a firing whose guard is true."""
    c.happened[event] += 1.0


def draw_threshold(c: Calendar, event: int) -> None:
    """Draw the unit-exponential threshold of a hazard's next firing, counted from now."""
    if c.slope[event] != 0.0:
        c.rate[event] += c.slope[event] * (c.now - c.since[event])
    u = uniform01(c.own, c.rate_site[event], c.number[c.own_activation[event]])
    c.left[event] = exponential(u, 1.0)
    c.since[event] = c.now


def reschedule(c: Calendar, event: int) -> None:
    """Set the clock of a hazard from the remainder of its threshold."""
    clock = c.clock[event]
    rate = c.rate[event]
    slope = c.slope[event]
    if slope != 0.0:
        c.sequence += 1
        c.clock_time[clock] = c.now + ramp_time(c.left[event], rate, slope)
        c.clock_order[clock] = c.rank[event] << SEQUENCE_BITS | c.sequence
    elif rate > 0.0:
        c.sequence += 1
        c.clock_time[clock] = c.now + c.left[event] / rate
        c.clock_order[clock] = c.rank[event] << SEQUENCE_BITS | c.sequence
    else:
        c.clock_time[clock] = inf
    moved(c, clock)


def moved(c: Calendar, clock: int) -> None:
    """Note that the time of a clock has changed, where clocks are searched by blocks."""
    if len(c.clock_time) > MOST:
        c.block_moved[clock >> BLOCK_BITS] = True
