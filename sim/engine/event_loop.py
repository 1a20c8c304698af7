"""The event loop of the compiled kernel: one replication, and a block of them.

Restricted Python, which CPython runs unchanged and the translator compiles. `rules` are the
functions of the generated source: prepare, start, fire, mark, turn, record, finish.
"""

from __future__ import annotations

from math import inf, nan
from typing import Any

from sim.engine.calendar import Calendar, draw_threshold, moved, reschedule
from sim.engine.clocks import earliest
from sim.engine.codegen.errors import TOO_MANY_AT_ONCE, TOO_MANY_EVENTS
from sim.engine.heap import ACTIVATION_BITS, drop_cancelled, pop
from sim.engine.occurrences import take
from sim.engine.places import reset_places
from sim.numerics.arithmetic import MASK64, u64
from sim.numerics.draws import replication_key, stream

Floats = list[float]
Ints = list[int]
Shorts = list[int]  # of 32 bits
# Records, whose fields the loop accesses by index.
State = list[float]
Values = list[float]
Accumulators = list[float]
Rules = Any  # the functions of a generated source


def reset(c: Calendar, s: State, o: Accumulators, key: u64) -> None:
    """Reset all records for a new replication."""
    c.own = stream(key, 0)
    c.now = 0.0
    c.value = nan
    c.failed = 0
    c.stopped = 0
    c.counting = 0
    c.mark = 0
    c.next_mark = inf
    c.next_turn = inf
    c.point = 0
    c.next_point = 0.0 if c.points > 0 else inf
    c.fired = 0
    c.at_once = 0
    c.sequence = 0
    c.total = 0
    c.size = 0
    c.dead = 0
    for activation in range(len(c.number)):
        c.number[activation] = 0
        c.stream[activation] = stream(key, c.activation_hash[activation])
        c.delay[activation] = -1.0
    for clock in range(len(c.clock_time)):
        c.clock_time[clock] = inf
        c.clock_order[clock] = 0
    for block in range(len(c.block_moved)):
        c.block_moved[block] = True
    for event in range(len(c.pending)):
        c.happened[event] = 0.0
        c.pending[event] = 0
        c.stored[event] = 0
        c.cancelled[event] = 0
        c.truth[event] = False
        c.waiting[event] = False
        c.rate[event] = 0.0
        c.slope[event] = 0.0
        if c.clock[event] >= 0 and c.timed[event] == 0:
            draw_threshold(c, event)
    if len(c.place_value) > 1:
        reset_places(c)
    for i in range(len(s)):
        s[i] = 0.0
    for i in range(len(o)):
        o[i] = 0.0


def advance(c: Calendar, time: float) -> int:
    """Advance the time and count the occurrence; return 0 or the status of a limit."""
    c.at_once = c.at_once + 1 if time == c.now else 1
    c.now = time
    c.fired += 1
    if c.fired > c.max_events:
        return TOO_MANY_EVENTS
    if c.at_once > c.max_at_once:
        return TOO_MANY_AT_ONCE
    return 0


def record_until(
    c: Calendar,
    s: State,
    p: Values,
    rules: Rules,
    time: float,
    series: Floats,
    first: int,
    stride: int,
) -> None:
    """Record the chosen series at the grid points before `time`."""
    while c.next_point < time:
        index = first + c.point * stride
        if c.stopped == 0:  # a table of the time is read at this point
            c.now = c.next_point
        for i in range(c.series):
            series[index] = rules.record(c, s, p, c.recorded[i])
            index += c.points * stride
        c.point += 1
        c.next_point = float(c.point) * c.step if c.point < c.points else inf


def pass_marks(
    c: Calendar, s: State, p: Values, o: Accumulators, rules: Rules, time: float, end: float
) -> int:
    """Pass the marks before `time`, the last of them at `end`; return 0 or an error status."""
    status = 0
    while status == 0 and c.next_mark < time:
        c.now = c.next_mark if c.next_mark < end else end
        status = rules.mark(c, s, p, o)
    return status


def replicate(
    c: Calendar,
    s: State,
    p: Values,
    o: Accumulators,
    rules: Rules,
    series: Floats,
    first: int,
    stride: int,
) -> int:
    """Run one replication on a reset calendar; return 0 or the status that ended it.

    The `i`-th recorded series at grid point `g` goes to
    ``series[first + (i * points + g) * stride]``.
    """
    status: int = rules.start(c, s, p, o)
    while status == 0:
        clock = earliest(c)
        time = c.clock_time[clock]
        drop_cancelled(c)
        heaped = c.size > 0 and (
            c.heap_time[0] < time
            or (c.heap_time[0] == time and c.heap_order[0] < c.clock_order[clock])
        )
        if heaped:
            time = c.heap_time[0]
        turns = c.next_turn <= time
        if turns:
            time = c.next_turn
        if time > c.horizon or (c.stopped != 0 and time > c.now):
            break
        if c.next_mark < time:
            status = pass_marks(c, s, p, o, rules, time, time)
            if status != 0:
                break
        if c.next_point < time:
            record_until(c, s, p, rules, time, series, first, stride)
        if turns:
            c.now = time
            c.at_once = 0
            status = rules.turn(c, s, p, o)
            continue
        event = c.clock_event[clock]
        activation = c.own_activation[event]
        n = c.clock_number[clock]
        if heaped:
            n = c.heap_occurrence[0] >> ACTIVATION_BITS
            activation = c.heap_occurrence[0] & ((1 << ACTIVATION_BITS) - 1)
            event = c.activation_event[activation]
            n = take(c, event, activation, n) if len(c.place_value) > 1 else n
            pop(c)
            c.stored[event] -= 1
            c.pending[event] -= 1
            c.total -= 1
            if c.conditional[event] != 0 and activation == c.own_activation[event]:
                c.waiting[event] = False
                if not c.truth[event]:
                    continue
                n = c.number[activation]
                c.number[activation] = n + 1
        status = advance(c, time)
        if status != 0:
            break
        if not heaped:
            if len(c.place_value) > 1:
                c.given = 0
            if c.timed[event] != 0:
                c.clock_time[clock] = inf
                moved(c, clock)
                c.pending[event] -= 1
                c.total -= 1
            else:
                n = c.number[activation]
                c.number[activation] = n + 1
                draw_threshold(c, event)
                reschedule(c, event)
        status = rules.fire(c, s, p, o, event, activation, c.stream[activation], n)
    if status == 0:
        end = c.now if c.stopped != 0 else c.horizon
        record_until(c, s, p, rules, inf, series, first, stride)
        status = pass_marks(c, s, p, o, rules, inf, end)
        if status == 0:
            c.now = end
            status = rules.finish(c, s, p, o)
    return status


def run_block(
    c: Calendar,
    s: State,
    p: Values,
    o: Accumulators,
    rules: Rules,
    seed: u64,
    future: u64,
    first: u64,
    count: int,
    outcomes: Floats,
    width: int,
    statuses: Shorts,
    fired: Ints,
    series: Floats,
    stride: int,
) -> int:
    """Run replications ``first .. first + count - 1``; return the number that failed."""
    failed = 0
    rules.prepare(c, s, p)
    for r in range(count):
        reset(c, s, o, replication_key(seed, future, (first + r) & MASK64))
        status = replicate(c, s, p, o, rules, series, r, stride)
        statuses[r] = status
        fired[r] = c.fired
        if status != 0:
            failed += 1
        for i in range(width):
            outcomes[r * width + i] = o[i] if status == 0 else nan
    return failed
