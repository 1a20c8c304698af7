"""One replication in SimPy, and the calendar functions that the generated source calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from sim.engine import simpy_arguments
from sim.engine.codegen.errors import TOO_MANY_AT_ONCE, TOO_MANY_EVENTS, TOO_MANY_PENDING
from sim.engine.simpy_arguments import PendingArguments
from sim.engine.simpy_code import Code, Instant, RankedEnvironment
from sim.engine.simpy_counting import COUNTS
from sim.engine.simpy_turns import TURNS
from sim.engine.trace_recorder import TraceRecorder
from sim.numerics.arithmetic import denominator, multiple
from sim.numerics.draws import exponential, stream, uniform01
from sim.numerics.lookups import ramp_time

#: Taken from the priority of a condition that turned true: it fires before all else at its instant.
FIRST = 10_000
#: In place of an occurrence's number: it is given when a hazard or a condition fires.
HAZARD, CONDITION = -1, -2


class Replication:
    """The calendar `c` of the generated source, as a SimPy environment."""

    def __init__(self, code: Code, values: Sequence[float], key: int) -> None:
        program = code.program
        self.code = code
        self.env = RankedEnvironment()
        self.key = key
        self.own = stream(key, 0)
        self.now = 0.0
        self.horizon = program.model.clock.horizon
        self.state = code.State()
        self.values = code.Values()
        self.accumulators = code.Accumulators()
        code.fill(self.values, values)
        size = len(program.events)
        self.counts = [0] * size
        self.numbers = [0] * len(program.activations)
        self.pending: list[dict[Any, tuple[float, ...]]] = [{} for _ in range(size)]
        self.passing = PendingArguments()
        self.total = 0
        self.rates = [0.0] * size
        self.slopes = [0.0] * size
        self.since = [0.0] * size
        self.left = [-1.0] * size
        self.clocks: list[Any] = [None] * size
        self.truths = [False] * size
        self.waiting = [False] * size
        self.delays: dict[int, tuple[float, float, float, float, float]] = {}
        self.failed = 0
        self.stopped = False
        self.counting = 0
        self.mark = 0
        self.next_mark = math.inf
        self.next_turn = math.inf
        self.fired = 0
        self.instant = 0
        self.last = -1.0
        self.status = 0
        self.arguments: tuple[float, ...] = ()
        self.current = -1
        self.recorder: TraceRecorder | None = None

    def timeout(
        self, event: int, delay: float, value: tuple[int, int, int], before: int = 0
    ) -> Any:
        """Return a new timeout that fires an event; `before` is taken from its priority."""
        self.env.rank = self.code.program.events[event].priority - before
        timeout = self.env.timeout(delay, value)
        timeout.callbacks.append(self.on_timeout)
        return timeout

    def on_timeout(self, timeout: Any) -> None:
        """Fire an occurrence, unless it was cancelled or replaced."""
        event, activation, number = timeout.value
        self.passing.taking = self.pending[event].get(timeout, ())
        if number == CONDITION:
            self.waiting[event] = False
            self.total -= 1
            if not self.truths[event]:
                return
            number = self.numbers[activation]
            self.numbers[activation] = number + 1
        elif number == HAZARD:
            if self.clocks[event] is not timeout:
                return
            number = self.next_hazard_firing(event)
        else:
            if timeout not in self.pending[event]:
                return
            del self.pending[event][timeout]
            self.total -= 1
        self.fire(event, activation, number)

    def next_hazard_firing(self, event: int) -> int:
        """Restart the clock of a hazard that fires; return the number of the firing."""
        self.now = self.env.now
        activation = self.code.program.events[event].own_activation
        number = self.numbers[activation]
        self.numbers[activation] = number + 1
        if self.slopes[event] != 0.0:
            self.rates[event] += self.slopes[event] * (self.now - self.since[event])
        self.restart_clock(event, self.threshold(event, number + 1))
        return number

    def restart_clock(self, event: int, left: float) -> None:
        """Set the clock of a hazard from the remainder of its threshold."""
        self.left[event] = left
        self.since[event] = self.now
        self.clocks[event] = None
        rate, slope = self.rates[event], self.slopes[event]
        if rate > 0.0 or slope != 0.0:
            activation = self.code.program.events[event].own_activation
            delay = ramp_time(left, rate, slope) if slope != 0.0 else left / rate
            time = Instant(self.now + delay)
            self.clocks[event] = self.timeout(event, time, (event, activation, HAZARD))

    def threshold(self, event: int, number: int) -> float:
        """Return the unit-exponential threshold of a hazard's firing."""
        site = self.code.program.events[event].rate_site
        return exponential(uniform01(self.own, site, number), 1.0)

    def fire(self, event: int, activation: int, number: int) -> None:
        """Fire one occurrence."""
        self.now = now = self.env.now
        self.current = event
        self.fired += 1
        self.instant = self.instant + 1 if now == self.last else 1
        self.last = now
        clock = self.code.program.model.clock
        if self.fired > clock.max_events:
            self.status = TOO_MANY_EVENTS
        elif self.instant > clock.max_at_once:
            self.status = TOO_MANY_AT_ONCE
        else:
            w = stream(self.key, self.code.program.activations[activation].hash)
            function = self.code.functions[event]
            recorder = self.recorder
            if recorder is not None:
                recorder.before(self.state, self.counts)
            self.status = function(
                self, self.state, self.values, self.accumulators, activation, w, number
            )
            if recorder is not None and self.status == 0:
                recorder.after(now, self.state, self.counts, event, activation, number)

    def run(self, horizon: float, series: Sequence[int], grid: list[list[float]]) -> int:
        """Run to the horizon; append a row of the series to `grid` at each whole time unit."""
        env, code = self.env, self.code
        recorders = [code.recorders[number] for number in series]
        code.prepare(self, self.state, self.values)
        self.status = code.start(self, self.state, self.values, self.accumulators)
        points = 0
        last_point = int(horizon)
        while self.status == 0:
            time = env.peek()
            turns = self.next_turn <= time
            if turns:
                time = self.next_turn
            while recorders and points <= last_point and points < time:
                if not self.stopped:
                    self.now = float(points)  # a table of the time is read at this point
                grid.append([record(self, self.state, self.values) for record in recorders])
                points += 1
            if time > horizon or (self.stopped and time > self.now):
                break
            if self.next_mark < time:
                self.pass_marks(time, time)
            if self.status == 0 and turns:
                self.pass_turn(time)
            elif self.status == 0:
                env.step()
        end = self.now if self.stopped else horizon
        if self.status == 0:
            while recorders and points <= last_point:  # the state at the end of a run that stopped
                if not self.stopped:
                    self.now = float(points)
                grid.append([record(self, self.state, self.values) for record in recorders])
                points += 1
            self.current = -1
            self.pass_marks(math.inf, end)
        if self.status == 0:
            self.now = end
            self.status = code.finish(self, self.state, self.values, self.accumulators)
        return self.status

    def pass_turn(self, time: float) -> None:
        """Pass a point of a table: nothing of its instant has happened yet."""
        self.current = -2
        self.now = time
        self.status = self.code.turn(self, self.state, self.values, self.accumulators)

    def pass_marks(self, time: float, end: float) -> None:
        """Pass the marks before `time`, the last of them at `end`."""
        while self.status == 0 and self.next_mark < time:
            self.now = min(self.next_mark, end)
            self.status = self.code.mark(self, self.state, self.values, self.accumulators)


def schedule(c: Replication, event: int, activation: int, delay: float) -> int:
    """Schedule an occurrence of `event` after `delay`; return 0 or an error status."""
    number = c.numbers[activation]
    c.numbers[activation] = number + 1
    pending = c.pending[event]
    if c.total >= c.code.program.model.clock.max_pending:
        return TOO_MANY_PENDING
    c.total += 1
    time = renewal(c, activation, delay)
    timeout = c.timeout(event, Instant(time), (event, activation, number))
    pending[timeout] = c.passing.given()
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
        c.timeout(
            event,
            Instant(c.now),
            (event, own, CONDITION),
            FIRST if c.fired > 0 or c.now > 0.0 else 0,
        )
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
    ),
    *(fail, arguments, flag, note),
    *COUNTS,
    *simpy_arguments.PRIMITIVES,
    *TURNS,
)
