"""One replication in SimPy, and the calendar that the generated source writes into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import simpy

from sim.engine.codegen.program import MAX_EVENTS, MAX_INSTANT, MAX_PENDING, Program
from sim.engine.trace_recorder import TraceRecorder
from sim.numerics.draws import exponential, stream, uniform01


class Code(Protocol):
    """What a replication needs of a program: its functions, and the classes of its records."""

    program: Program
    activation_hashes: list[int]
    functions: list[Callable[..., int]]
    start: Callable[..., int]
    recorders: list[Callable[..., float]]
    finish: Callable[..., int]
    State: type[Any]
    Values: type[Any]
    Accumulators: type[Any]


class RankedEnvironment(simpy.Environment):
    """An environment whose next timeouts take the rank that is set on it.

    SimPy orders simultaneous events by priority and then first in, first out; `timeout()` alone
    has no activation to give a priority.
    """

    rank = 0

    def schedule(self, event: Any, priority: Any = None, delay: float = 0) -> None:
        """Put an event into the calendar under the rank in force."""
        rank: Any = self.rank
        super().schedule(event, rank, delay)


class Replication:
    """The calendar `c` of the generated source, kept in a SimPy environment."""

    def __init__(self, code: Code, values: Sequence[float], key: int) -> None:
        program = code.program
        self.code = code
        self.env = RankedEnvironment()
        self.key = key
        self.own = stream(key, 0)
        self.now = 0.0
        self.state = code.State()
        self.values = code.Values()
        self.accumulators = code.Accumulators()
        for name, value in zip(program.records["Values"], values, strict=True):
            setattr(self.values, name, value)
        size = len(program.events)
        self.counts = [0] * size
        self.numbers = [0] * len(program.activations)
        self.pending: list[dict[Any, None]] = [{} for _ in range(size)]
        self.total = 0
        self.rates = [0.0] * size
        self.since = [0.0] * size
        self.left = [-1.0] * size
        self.clocks: list[Any] = [None] * size
        self.truths = [False] * size
        self.fired = 0
        self.instant = 0
        self.last = -1.0
        self.status = 0
        self.value = 0.0
        self.current = -1
        self.story: TraceRecorder | None = None

    def timeout(self, event: int, delay: float, value: tuple[int, int, int]) -> Any:
        """Return a new timeout that will fire an event."""
        self.env.rank = self.code.program.events[event].priority
        timeout = self.env.timeout(delay, value)
        timeout.callbacks.append(self.arrive)
        return timeout

    def arrive(self, timeout: Any) -> None:
        """Fire an occurrence whose time has come, unless it was cancelled or superseded."""
        event, activation, number = timeout.value
        if number < 0:
            if self.clocks[event] is not timeout:
                return
            number = self.ring(event)
        else:
            if timeout not in self.pending[event]:
                return
            del self.pending[event][timeout]
            self.total -= 1
        self.fire(event, activation, number)

    def ring(self, event: int) -> int:
        """Set a hazard's clock anew at its own firing; return the number of the firing."""
        self.now = now = self.env.now
        activation = self.code.program.events[event].own_activation
        number = self.numbers[activation]
        self.numbers[activation] = number + 1
        self.left[event] = self.threshold(event, number + 1)
        self.since[event] = now
        self.clocks[event] = None
        if self.rates[event] > 0.0:
            self.clocks[event] = self.timeout(
                event, self.left[event] / self.rates[event], (event, activation, -1)
            )
        return number

    def threshold(self, event: int, number: int) -> float:
        """Return the unit-exponential threshold of the given firing."""
        return exponential(
            uniform01(self.own, self.code.program.events[event].rate_site, number), 1.0
        )

    def fire(self, event: int, activation: int, number: int) -> None:
        """Judge one occurrence."""
        self.now = now = self.env.now
        self.current = event
        self.fired += 1
        self.instant = self.instant + 1 if now == self.last else 1
        self.last = now
        if self.fired > MAX_EVENTS:
            self.status = -1
        elif self.instant > MAX_INSTANT:
            self.status = -2
        else:
            w = stream(self.key, self.code.activation_hashes[activation])
            function = self.code.functions[event]
            story = self.story
            if story is not None:
                story.before(self.state, self.counts)
            self.status = function(
                self, self.state, self.values, self.accumulators, activation, w, number
            )
            if story is not None and self.status != 0:
                story.last.append(self.code.program.events[event].name)
            elif story is not None:
                story.after(now, self.state, self.counts, event, activation, number)

    def run(self, horizon: float, series: Sequence[int], grid: list[list[float]]) -> int:
        """Run to the horizon; add a row of the given series to `grid` at each whole time unit."""
        env, code = self.env, self.code
        recorders = [code.recorders[number] for number in series]
        self.status = code.start(self, self.state, self.values, self.accumulators)
        points = 0
        last_point = int(horizon)
        while self.status == 0:
            time = env.peek()
            while recorders and points <= last_point and points < time:
                grid.append([record(self, self.state, self.values) for record in recorders])
                points += 1
            if time > horizon:
                break
            env.step()
        if self.status == 0:
            self.now = horizon
            self.current = -1
            self.status = code.finish(self, self.state, self.values, self.accumulators)
        return self.status


def schedule(c: Replication, event: int, activation: int, delay: float) -> int:
    """Put an occurrence into the calendar; see the contract in ARCHITECTURE.md."""
    number = c.numbers[activation]
    c.numbers[activation] = number + 1
    pending = c.pending[event]
    if c.total >= MAX_PENDING:
        return -3
    c.total += 1
    pending[c.timeout(event, delay, (event, activation, number))] = None
    if c.story is not None:
        c.story.scheduled.append((event, c.now + delay))
    return 0


def cancel(c: Replication, event: int) -> int:
    """Remove the pending occurrences of an event."""
    if c.story is not None and c.pending[event]:
        c.story.cancelled.append((event, len(c.pending[event])))
    c.total -= len(c.pending[event])
    c.pending[event].clear()
    return 0


def set_rate(c: Replication, event: int, rate: float) -> int:
    """Let a hazard's clock run at a new rate: Anderson's (2007) modified next-reaction method."""
    old = c.rates[event]
    if rate == old:
        return 0
    now = c.now
    left = c.left[event]
    if left < 0.0:
        left = c.threshold(event, 0)
    else:
        left -= old * (now - c.since[event])
        if left < 0.0:
            left = 0.0
    c.left[event] = left
    c.since[event] = now
    c.rates[event] = rate
    c.clocks[event] = None
    if rate > 0.0:
        activation = c.code.program.events[event].own_activation
        c.clocks[event] = c.timeout(event, left / rate, (event, activation, -1))
    return 0


def set_condition(c: Replication, event: int, truth: bool) -> int:
    """Follow a condition; its turn from false to true schedules the event at once."""
    was = c.truths[event]
    c.truths[event] = truth
    if truth and not was:
        return schedule(c, event, c.code.program.events[event].own_activation, 0.0)
    return 0


def fail(c: Replication, code: int, value: float) -> int:
    """Keep the offending value and return the status."""
    c.value = value
    return code


def occurred(c: Replication, event: int) -> int:
    """Count a firing whose guard held."""
    c.counts[event] += 1
    return 0


def count_of(c: Replication, event: int) -> float:
    """Return how often an event has happened."""
    return float(c.counts[event])


def pending_of(c: Replication, event: int) -> float:
    """Return how many occurrences of an event are pending."""
    return float(len(c.pending[event]))


def note(c: Replication, event: int, *values: float) -> int:
    """Keep the values that the sentence of an event tells."""
    if c.story is not None:
        c.story.told = values
    return 0


#: What the generated source calls, by name.
PRIMITIVES = (schedule, cancel, set_rate, set_condition, fail, occurred, count_of, pending_of, note)
