"""The SimPy kernel: one replication is one SimPy environment. Slow, readable, with the words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from types import CodeType
from typing import Any

import numpy as np

from sim.engine.codegen.program import Program
from sim.engine.protocol import Block, Floats
from sim.engine.simpy_calendar import PRIMITIVES, Replication
from sim.engine.trace import Trace, decode, model_types, say
from sim.engine.trace_recorder import TraceRecorder
from sim.errors import RunError
from sim.numerics import arithmetic, draws
from sim.numerics import continuous as quantiles
from sim.numerics.draws import replication_key


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
        self.activation_hashes = [activation.hash for activation in program.activations]
        names = _load(program)
        self.functions = [names[f"fire_{event.name}"] for event in program.events]
        self.start = names["start"]
        self.recorders = [names[f"record_{name}"] for name in program.series]
        self.finish = names["finish"]

    def run(
        self,
        values: Floats,
        *,
        seed: int,
        future: int,
        first: int,
        count: int,
        series: Sequence[int] = (),
    ) -> Block:
        """Run `count` replications from number `first` on; see `Kernel.run`."""
        model = self.program.model
        size = len(model.outcomes)
        given = [float(value) for value in values]
        outcomes = np.full((count, size), np.nan)
        status = np.zeros(count, np.int32)
        events = np.zeros(count, np.int64)
        points = model.clock.grid() if len(series) else 0
        grids = np.full((len(series), points, count), np.nan)
        for i in range(count):
            replication = Replication(self, given, replication_key(seed, future, first + i))
            grid: list[list[float]] = []
            status[i] = replication.run(model.clock.horizon, series, grid)
            events[i] = replication.fired
            if status[i] == 0:
                results = replication.accumulators
                outcomes[i] = [getattr(results, name) for name in model.outcomes]
                if grid:
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
        c.story = story = TraceRecorder(program)
        grid: list[list[float]] = []
        if c.run(model.clock.horizon, range(len(program.series)), grid):
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
            left_out=story.left_out,
        )

    def failure(
        self, values: Sequence[float], *, seed: int, future: int, replication: int
    ) -> RunError | None:
        """Run one replication and return how it failed, or None where it did not."""
        c = Replication(self, values, replication_key(seed, future, replication))
        c.story = TraceRecorder(self.program, most=0)
        if not c.run(self.program.model.clock.horizon, (), []):
            return None
        return self.error(c, future, replication)

    def error(self, c: Replication, future: int, replication: int) -> RunError:
        """Return the failure of a replication in words."""
        program = self.program
        types = model_types(program.model)
        found = program.errors[c.status].diagnostic(_told(c.value))
        name = program.events[c.current].name if c.current >= 0 else "start or end"
        if found.span is None and c.current >= 0:
            loop = ", ".join(
                f"'{event}'" for event in dict.fromkeys(c.story.last if c.story else ())
            )
            help = f"{found.help}; the last ones were {loop}" if loop else found.help
            found = replace(found, span=program.model.events[name].span, help=help)
        return RunError(
            found,
            event=name,
            time=c.now,
            state={
                slot: say(decode(getattr(c.state, slot), types[slot]))
                for slot in program.model.state
                if hasattr(c.state, slot)
            },
            replication=replication,
            future=future,
        )


def _told(value: float) -> str:
    """Return an offending value with as many digits as it takes to see the offence."""
    return f"{value:.12g}" if math.isfinite(value) else say(value)


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
    for function in PRIMITIVES:
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
