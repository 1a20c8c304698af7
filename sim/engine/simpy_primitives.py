"""The calendar functions that the generated source calls, for one replication in SimPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sim.engine.codegen.errors import TOO_MANY_PENDING
from sim.numerics.arithmetic import denominator, multiple

if TYPE_CHECKING:
    from sim.engine.simpy_calendar import Replication

#: Taken from the priority of a condition that turned true: it fires before all else at its instant.
FIRST = 10_000
#: In place of an occurrence's number: it is given when a hazard or a condition fires.
HAZARD, CONDITION = -1, -2


class Instant(float):
    """A delay that ends at this time exactly: SimPy adds it to the time now, which would round."""

    def __radd__(self, now: float) -> float:
        return float(self)


def schedule(c: Replication, event: int, activation: int, delay: float) -> int:
    """Schedule an occurrence of `event` after `delay`; return 0 or an error status."""
    number = c.numbers[activation]
    c.numbers[activation] = number + 1
    pending = c.pending[event]
    if c.total >= c.code.program.model.clock.max_pending:
        return TOO_MANY_PENDING
    c.total += 1
    time = renewal(c, activation, delay)
    pending[c.timeout(event, Instant(time), (event, activation, number))] = None
    if c.recorder is not None:
        c.recorder.scheduled.append((event, time))
    return 0


def renewal(c: Replication, activation: int, delay: float) -> float:
    """Return the time after a delay; the k-th repeat of one delay is k delays after its start."""
    last, begin, repeats, divisor, time = c.delays.get(activation, (-1.0, 0.0, 0.0, 0.0, 0.0))
    if delay == last and c.now == time:
        repeats += 1.0
        if repeats == 2.0:
            divisor = denominator(delay)
        time = begin + multiple(delay, divisor, repeats)
    else:
        begin, repeats, time = c.now, 1.0, c.now + delay
    c.delays[activation] = delay, begin, repeats, divisor, time
    return time


def cancel(c: Replication, event: int) -> int:
    """Remove every scheduled occurrence of `event`; leave the clock of its hazard running."""
    if c.recorder is not None and c.pending[event]:
        c.recorder.cancelled.append((event, len(c.pending[event])))
    c.total -= len(c.pending[event])
    c.pending[event].clear()
    return 0


def set_rate(c: Replication, event: int, rate: float) -> int:
    """Set the rate of a hazard by Anderson's (2007) modified next-reaction method."""
    old = c.rates[event]
    if rate != old:
        left, used = c.left[event], old * (c.now - c.since[event])
        left = c.threshold(event, 0) if left < 0.0 else max(left - used, 0.0)
        c.rates[event] = rate
        c.restart_clock(event, left)
    return 0


def set_condition(c: Replication, event: int, truth: bool) -> int:
    """Set the condition of `event`; if it turns true, the event is next, unless it waits already."""
    turned = truth and not c.truths[event]
    c.truths[event] = truth
    if turned and not c.waiting[event]:
        if c.total >= c.code.program.model.clock.max_pending:
            return TOO_MANY_PENDING
        c.waiting[event] = True
        c.total += 1
        own = c.code.program.events[event].own_activation
        # At the start nothing has happened that made it true: it waits its turn.
        c.timeout(event, 0.0, (event, own, CONDITION), FIRST if c.fired > 0 else 0)
        if c.recorder is not None:
            c.recorder.scheduled.append((event, c.now))
    return 0


def set_stop(c: Replication, truth: bool) -> int:
    """Set whether the condition that ends the run holds."""
    c.stopped = truth
    return 0


def set_mark(c: Replication, number: int, time: float) -> int:
    """Set the next mark."""
    c.mark, c.next_mark = number, time
    return 0


def fail(c: Replication, code: int, value: float) -> int:
    """Store the offending value of an error; return the error's code."""
    c.arguments = (value,)
    return code


def arguments(c: Replication, *values: float) -> int:
    """Store the arguments of a call without a finite result, unless one failed before it."""
    if c.failed == 0:
        c.arguments = values
    return 0


def flag(c: Replication, code: int) -> int:
    """Store the code of a call without a finite result, unless one failed before it."""
    if c.failed == 0:
        c.failed = code
    return 0


def occurred(c: Replication, event: int) -> int:
    """Count a firing whose guard is true."""
    c.counts[event] += 1
    return 0


def count_of(c: Replication, event: int) -> float:
    """Return how many times `event` has happened."""
    return float(c.counts[event])


def pending_of(c: Replication, event: int) -> float:
    """Return the number of pending occurrences of `event`."""
    return float(len(c.pending[event]))


def note(c: Replication, event: int, *values: float) -> int:
    """Store the values of an event's message; one that is not a number does not end the run."""
    c.failed = 0
    if c.recorder is not None:
        c.recorder.values = values
    return 0


#: The functions that the generated source calls.
PRIMITIVES: tuple[Callable[..., Any], ...] = (
    *(
        schedule,
        cancel,
        set_rate,
        set_condition,
        set_stop,
        set_mark,
        occurred,
        count_of,
        pending_of,
    ),
    *(fail, arguments, flag, note),
)
