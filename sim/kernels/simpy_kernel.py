"""The SimPy kernel: one replication is one SimPy environment; slow, readable, and it has the words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import CodeType
from typing import Any

import numpy as np
import simpy

from sim import arithmetic, draws, quantiles
from sim.draws import exponential, replication_key, stream, uniform01
from sim.errors import RunError
from sim.kernels.protocol import Block, Floats
from sim.program import MAX_EVENTS, MAX_INSTANT, MAX_PENDING, Program
from sim.traces import Occurrence, StateChange, Trace, decode, model_types, say


class RankedEnvironment(simpy.Environment):
    """An environment whose next timeouts take the rank that is set on it.

    SimPy orders simultaneous events by priority and then first in, first out; `timeout()` alone has no
    way to give a priority.
    """

    rank = 0

    def schedule(self, event: Any, priority: int = 1, delay: float = 0) -> None:
        """Put an event into the calendar under the rank in force."""
        super().schedule(event, self.rank, delay)


class Replication:
    """The calendar `c` of the generated source, kept in a SimPy environment."""

    def __init__(self, kernel: SimpyKernel, values: Sequence[float], key: int) -> None:
        program = kernel.program
        self.kernel = kernel
        self.env = RankedEnvironment() if kernel.ranked else simpy.Environment()
        self.key = key
        self.own = stream(key, 0)
        self.now = 0.0
        self.state = kernel.State()
        self.values = kernel.Values()
        self.accumulators = kernel.Accumulators()
        for name, value in zip(program.records["Values"], values, strict=True):
            setattr(self.values, name, value)
        size = len(program.events)
        self.counts = [0] * size
        self.numbers = [0] * len(program.ways)
        self.pending: list[dict[Any, None]] = [{} for _ in range(size)]
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
        self.row: list[float] = [0.0] * len(program.series)
        self.story: Story | None = None

    def timeout(self, event: int, delay: float, value: tuple[int, int, int]) -> Any:
        """Return a new timeout that will fire an event."""
        if self.kernel.ranked:
            self.env.rank = self.kernel.program.events[event].priority
        timeout = self.env.timeout(delay, value)
        timeout.callbacks.append(self.arrive)
        return timeout

    def arrive(self, timeout: Any) -> None:
        """Fire an occurrence whose time has come, unless it was cancelled or superseded."""
        event, way, number = timeout.value
        if number < 0:
            if self.clocks[event] is not timeout:
                return
            number = self.ring(event)
        else:
            if timeout not in self.pending[event]:
                return
            del self.pending[event][timeout]
        self.fire(event, way, number)

    def ring(self, event: int) -> int:
        """Set a hazard's clock anew at its own firing; return the number of the firing."""
        self.now = now = self.env.now
        way = self.kernel.program.events[event].own_way
        number = self.numbers[way]
        self.numbers[way] = number + 1
        self.left[event] = self.threshold(event, number + 1)
        self.since[event] = now
        self.clocks[event] = None
        if self.rates[event] > 0.0:
            self.clocks[event] = self.timeout(
                event, self.left[event] / self.rates[event], (event, way, -1)
            )
        return number

    def threshold(self, event: int, number: int) -> float:
        """Return the unit-exponential threshold of the given firing."""
        return exponential(
            uniform01(self.own, self.kernel.program.events[event].rate_site, number), 1.0
        )

    def fire(self, event: int, way: int, number: int) -> None:
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
            w = stream(self.key, self.kernel.way_hashes[way])
            function = self.kernel.functions[event]
            story = self.story
            if story is not None:
                story.before(self)
            self.status = function(self, self.state, self.values, self.accumulators, way, w, number)
            if story is not None:
                story.after(self, event, way, number)

    def run(self, horizon: float, grid: list[list[float]] | None) -> int:
        """Run to the horizon; put down the series at each whole time unit if `grid` is given."""
        env, kernel = self.env, self.kernel
        self.status = kernel.start(self, self.state, self.values, self.accumulators)
        points = 0
        last_point = int(horizon)
        while self.status == 0:
            time = env.peek()
            while grid is not None and points <= last_point and points < time:
                kernel.record(self, self.state, self.values)
                grid.append(list(self.row))
                points += 1
            if time > horizon:
                break
            env.step()
        if self.status == 0:
            self.now = horizon
            self.current = -1
            self.status = kernel.finish(self, self.state, self.values, self.accumulators)
        return self.status


def schedule(c: Replication, event: int, way: int, delay: float) -> int:
    """Put an occurrence into the calendar; see the contract in ARCHITECTURE.md."""
    number = c.numbers[way]
    c.numbers[way] = number + 1
    pending = c.pending[event]
    if len(pending) >= MAX_PENDING:
        return -3
    pending[c.timeout(event, delay, (event, way, number))] = None
    if c.story is not None:
        c.story.scheduled.append((event, c.now + delay))
    return 0


def cancel(c: Replication, event: int) -> int:
    """Remove the pending occurrences of an event."""
    if c.story is not None and c.pending[event]:
        c.story.cancelled.append((event, len(c.pending[event])))
    c.pending[event].clear()
    return 0


def hazard(c: Replication, event: int, rate: float) -> int:
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
        way = c.kernel.program.events[event].own_way
        c.clocks[event] = c.timeout(event, left / rate, (event, way, -1))
    return 0


def becomes(c: Replication, event: int, truth: bool) -> int:
    """Follow a condition; its turn from false to true schedules the event at once."""
    was = c.truths[event]
    c.truths[event] = truth
    if truth and not was:
        return schedule(c, event, c.kernel.program.events[event].own_way, 0.0)
    return 0


def fault(c: Replication, code: int, value: float) -> int:
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


def put(c: Replication, place: int, value: float) -> int:
    """Put down one value of the series."""
    c.row[place] = value
    return 0


def note(c: Replication, event: int, *values: float) -> int:
    """Keep the values that the sentence of an event tells."""
    if c.story is not None:
        c.story.told = values
    return 0


class Story:
    """What a traced replication collects."""

    def __init__(self, kernel: SimpyKernel) -> None:
        self.kernel = kernel
        self.model = kernel.program.model
        self.types = model_types(self.model)
        self.names = kernel.program.records["State"]
        self.occurrences: list[Occurrence] = []
        self.told: tuple[float, ...] = ()
        self.scheduled: list[tuple[int, float]] = []
        self.cancelled: list[tuple[int, int]] = []
        self.old: list[float] = []
        self.count = 0

    def before(self, c: Replication) -> None:
        """Remember the state before a firing."""
        self.old = [getattr(c.state, name) for name in self.names]
        self.count = sum(c.counts)
        self.scheduled, self.cancelled, self.told = [], [], ()

    def after(self, c: Replication, number: int, way: int, occurrence: int) -> None:
        """Put down a firing whose guard held."""
        if sum(c.counts) == self.count:
            return
        program = self.kernel.program
        event = self.model.events[program.events[number].name]
        changes = tuple(
            StateChange(name, decode(old, self.types[name]), decode(new, self.types[name]))
            for name, old in zip(self.names, self.old, strict=True)
            if (new := getattr(c.state, name)) != old
        )
        told = [
            say(decode(value, reference.type))
            for value, reference in zip(self.told, event.told, strict=False)
        ]
        self.occurrences.append(
            Occurrence(
                time=c.now,
                date=self.model.clock.date(c.now),
                event=event.name,
                label=event.label,
                text=sentence(event.tell, [r.name for r in event.told], told),
                cause=program.ways[way].name or "trigger",
                number=occurrence,
                changes=changes,
                scheduled=tuple((program.events[e].name, t) for e, t in self.scheduled),
                cancelled=tuple((program.events[e].name, n) for e, n in self.cancelled),
            )
        )


def sentence(template: str, names: Sequence[str], values: Sequence[str]) -> str:
    """Fill the names in braces of a sentence, in order."""
    text, rest = "", template.replace("{{", "\0").replace("}}", "\1")
    for name, value in zip(names, values, strict=False):
        before, _, rest = rest.partition("{" + name + "}")
        text += before + value
    return (text + rest).replace("\0", "{").replace("\1", "}")


def _record_class(name: str, slots: tuple[str, ...]) -> type[Any]:
    return type(name, (), {"__slots__": slots})


class SimpyKernel:
    """Runs a program in SimPy, through public SimPy names only."""

    name = "simpy"

    def __init__(self, program: Program) -> None:
        self.program = program
        self.State = _record_class("State", program.records["State"])
        self.Values = _record_class("Values", program.records["Values"])
        self.Accumulators = _record_class("Accumulators", program.records["Accumulators"])
        self.ranked = any(event.priority for event in program.events)
        self.way_hashes = [way.hash for way in program.ways]
        names = _load(program)
        self.functions = [names[f"fire_{event.name}"] for event in program.events]
        self.start = names["start"]
        self.record = names["record"]
        self.finish = names["finish"]

    def run(
        self,
        values: Floats,
        *,
        seed: int,
        future: int,
        first: int,
        count: int,
        series: bool = False,
    ) -> Block:
        """Run `count` replications from number `first` on; see `Kernel.run`."""
        model, program = self.program.model, self.program
        size = len(model.outcomes)
        given = [float(value) for value in values]
        outcomes = np.full((count, size), np.nan)
        status = np.zeros(count, np.int32)
        events = np.zeros(count, np.int64)
        points = model.clock.grid()
        grids = np.full((len(program.series), points, count), np.nan) if series else None
        for i in range(count):
            replication = Replication(self, given, replication_key(seed, future, first + i))
            grid: list[list[float]] | None = [] if series else None
            status[i] = replication.run(model.clock.horizon, grid)
            events[i] = replication.fired
            if status[i] == 0:
                results = replication.accumulators
                outcomes[i] = [getattr(results, name) for name in model.outcomes]
                if grids is not None:
                    grids[:, :, i] = np.array(grid).T
        return Block(outcomes, status, events, grids)

    def trace(
        self,
        values: Sequence[float],
        *,
        seed: int,
        future: int,
        replication: int,
        scenario: str,
        title: str,
    ) -> Trace:
        """Run one replication and tell it.

        Raises
        ------
        RunError
            The replication broke a rule of its model.
        """
        model, program = self.program.model, self.program
        c = Replication(self, values, replication_key(seed, future, replication))
        c.story = story = Story(self)
        grid: list[list[float]] = []
        if c.run(model.clock.horizon, grid):
            raise self.error(c, future, replication)
        return Trace(
            scenario=scenario,
            title=title,
            seed=seed,
            future=future,
            replication=replication,
            clock=model.clock,
            occurrences=tuple(story.occurrences),
            outcomes={name: getattr(c.accumulators, name) for name in model.outcomes},
            series={name: tuple(row[i] for row in grid) for i, name in enumerate(program.series)},
            units={name: outcome.unit for name, outcome in model.outcomes.items()},
        )

    def error(self, c: Replication, future: int, replication: int) -> RunError:
        """Return the failure of a replication in words."""
        program = self.program
        types = model_types(program.model)
        value = "not a number" if math.isnan(c.value) else f"{c.value:.6g}"
        current = c.current
        state = {
            name: decode(getattr(c.state, name), types[name])
            for name in program.records["State"]
            if hasattr(c.state, name)
        }
        return RunError(
            program.faults[c.status].diagnostic(value),
            event=program.events[current].name if current >= 0 else "start or end",
            time=c.now,
            state={name: say(v) for name, v in state.items()},
            replication=replication,
            future=future,
        )


def _load(program: Program) -> dict[str, Any]:
    """Return the functions of a program's source.

    The source is generated from checked terms alone, so running it runs nothing a user wrote.
    """
    names: dict[str, Any] = {
        "__builtins__": {},
        "NAN": math.nan,
        **_public(arithmetic),
        **_public(quantiles),
        **_public(draws),
    }
    for function in (
        schedule,
        cancel,
        hazard,
        becomes,
        fault,
        occurred,
        count_of,
        pending_of,
        put,
        note,
    ):
        names[function.__name__] = function
    names["isfinite"] = math.isfinite
    for record in ("Calendar", "State", "Values", "Accumulators"):
        names[record] = float
    names |= {"int": int, "float": float, "u64": int}
    code: CodeType = compile(program.source, f"<{program.model.name}>", "exec")
    exec(code, names)
    return names


def _public(module: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}
