"""One replication in SimPy: the calendar that the generated source calls."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import simpy

from sim.engine.codegen.errors import TOO_MANY_AT_ONCE, TOO_MANY_EVENTS
from sim.engine.codegen.program import Program
from sim.engine.simpy_primitives import CONDITION, HAZARD, PRIMITIVES
from sim.engine.trace_recorder import TraceRecorder
from sim.numerics import arithmetic, continuous, draws
from sim.numerics.arithmetic import LARGEST
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
        names["bounded"] = lambda x: -LARGEST <= x <= LARGEST  # the same function, but faster
        names |= dict.fromkeys(("Calendar", *program.records), float)
        exec(compile(program.source, f"<{program.model.name}>", "exec"), names)
        self.functions: list[Callable[..., int]] = [
            names[f"fire_{event.name}"] for event in program.events
        ]
        self.start: Callable[..., int] = names["start"]
        self.mark: Callable[..., int] = names["mark"]
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
        self.waiting = [False] * size
        self.delays: dict[int, tuple[float, float, float, float, float]] = {}
        self.failed = 0
        self.stopped = False
        self.counting = 0
        self.mark = 0
        self.next_mark = math.inf
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
            self.clocks[event] = self.timeout(event, delay, (event, activation, HAZARD))

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
        self.status = code.start(self, self.state, self.values, self.accumulators)
        points = 0
        last_point = int(horizon)
        while self.status == 0:
            time = env.peek()
            while recorders and points <= last_point and points < time:
                grid.append([record(self, self.state, self.values) for record in recorders])
                points += 1
            if time > horizon or (self.stopped and time > self.now):
                break
            if self.next_mark < time:
                self.pass_marks(time, time)
            if self.status == 0:
                env.step()
        if self.status == 0:
            while recorders and points <= last_point:  # the state at the end of a run that stopped
                grid.append([record(self, self.state, self.values) for record in recorders])
                points += 1
            self.current = -1
            end = self.now if self.stopped else horizon
            self.pass_marks(math.inf, end)
        if self.status == 0:
            self.now = end
            self.status = code.finish(self, self.state, self.values, self.accumulators)
        return self.status

    def pass_marks(self, time: float, end: float) -> None:
        """Pass the marks before `time`, the last of them at `end`."""
        while self.status == 0 and self.next_mark < time:
            self.now = min(self.next_mark, end)
            self.status = self.code.mark(self, self.state, self.values, self.accumulators)
