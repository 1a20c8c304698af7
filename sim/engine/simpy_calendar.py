"""One replication in SimPy, and the calendar functions that the generated source calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import simpy

from sim.engine.codegen.program import MAX_EVENTS, MAX_INSTANT, MAX_PENDING, Program
from sim.engine.trace_recorder import TraceRecorder
from sim.numerics import arithmetic, continuous, draws
from sim.numerics.draws import exponential, stream, uniform01


class Code:
    """The functions and record classes of a program's source.

    The source is generated from checked terms only, so running it runs nothing that a user wrote.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        names: dict[str, Any] = {"__builtins__": {}, "int": int, "float": float, "u64": int}
        for module in (arithmetic, continuous, draws):
            names |= {k: v for k, v in vars(module).items() if not k.startswith("_")}
        names |= {function.__name__: function for function in PRIMITIVES}
        names["isfinite"] = math.isfinite  # the same function, but faster
        names |= dict.fromkeys(("Calendar", *program.records), float)
        exec(compile(program.source, f"<{program.model.name}>", "exec"), names)
        self.functions: list[Callable[..., int]] = [
            names[f"fire_{event.name}"] for event in program.events
        ]
        self.start: Callable[..., int] = names["start"]
        self.recorders: list[Callable[..., float]] = [
            names[f"record_{name}"] for name in program.series
        ]
        self.finish: Callable[..., int] = names["finish"]
        self.State, self.Values, self.Accumulators = (
            type(name, (), {"__slots__": program.records[name]})
            for name in ("State", "Values", "Accumulators")
        )


class RankedEnvironment(simpy.Environment):
    """An environment whose new timeouts have the priority `rank`.

    SimPy orders simultaneous events by priority, then first in, first out, but `timeout()` takes no
    priority.
    """

    rank = 0

    def schedule(self, event: Any, priority: Any = None, delay: float = 0) -> None:
        """Schedule an event with the current rank."""
        rank: Any = self.rank
        super().schedule(event, rank, delay)


class Replication:
    """The calendar `c` of the generated source, as a SimPy environment."""

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
        self.recorder: TraceRecorder | None = None

    def timeout(self, event: int, delay: float, value: tuple[int, int, int]) -> Any:
        """Return a new timeout that fires an event."""
        self.env.rank = self.code.program.events[event].priority
        timeout = self.env.timeout(delay, value)
        timeout.callbacks.append(self.on_timeout)
        return timeout

    def on_timeout(self, timeout: Any) -> None:
        """Fire an occurrence, unless it was cancelled or replaced."""
        event, activation, number = timeout.value
        if number < 0:
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
        self.restart_clock(event, self.threshold(event, number + 1))
        return number

    def restart_clock(self, event: int, left: float) -> None:
        """Set the clock of a hazard from the remainder of its threshold."""
        self.left[event] = left
        self.since[event] = self.now
        self.clocks[event] = None
        if self.rates[event] > 0.0:
            activation = self.code.program.events[event].own_activation
            delay = left / self.rates[event]
            self.clocks[event] = self.timeout(event, delay, (event, activation, -1))

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
        if self.fired > MAX_EVENTS:
            self.status = -1
        elif self.instant > MAX_INSTANT:
            self.status = -2
        else:
            w = stream(self.key, self.code.program.activations[activation].hash)
            function = self.code.functions[event]
            recorder = self.recorder
            if recorder is not None:
                recorder.before(self.state, self.counts)
            self.status = function(
                self, self.state, self.values, self.accumulators, activation, w, number
            )
            if recorder is not None and self.status != 0:
                recorder.last.append(self.code.program.events[event].name)
            elif recorder is not None:
                recorder.after(now, self.state, self.counts, event, activation, number)

    def run(self, horizon: float, series: Sequence[int], grid: list[list[float]]) -> int:
        """Run to the horizon; append a row of the series to `grid` at each whole time unit."""
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
    """Schedule an occurrence of `event` after `delay`; return 0 or an error status."""
    number = c.numbers[activation]
    c.numbers[activation] = number + 1
    pending = c.pending[event]
    if c.total >= MAX_PENDING:
        return -3
    c.total += 1
    pending[c.timeout(event, delay, (event, activation, number))] = None
    if c.recorder is not None:
        c.recorder.scheduled.append((event, c.now + delay))
    return 0


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
    """Set the condition of `event`; schedule the event now if it turns true."""
    turned = truth and not c.truths[event]
    c.truths[event] = truth
    own = c.code.program.events[event].own_activation
    return schedule(c, event, own, 0.0) if turned else 0


def fail(c: Replication, code: int, value: float) -> int:
    """Store the offending value of an error; return the error's code."""
    c.value = value
    return code


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
    """Store the values of an event's message."""
    if c.recorder is not None:
        c.recorder.values = values
    return 0


#: The functions that the generated source calls.
PRIMITIVES = (schedule, cancel, set_rate, set_condition, fail, occurred, count_of, pending_of, note)
