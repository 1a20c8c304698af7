"""The SimPy kernel: one replication is one SimPy environment. Slow, readable, with full messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.engine.codegen.errors import most_frequent
from sim.engine.codegen.outcomes import identifier
from sim.engine.codegen.program import Program
from sim.engine.protocol import Block, Floats, Series, empty_block
from sim.engine.simpy_calendar import PRIMITIVES, Replication
from sim.engine.simpy_code import Code, state_now
from sim.engine.trace import Trace, decode, model_types
from sim.engine.trace_recorder import TraceRecorder
from sim.errors import RunError
from sim.formatting import value_text
from sim.model.naming import family_of
from sim.numerics.draws import replication_key


class SimpyKernel:
    """Runs a program in SimPy, using only public SimPy names."""

    name = "simpy"

    def __init__(self, program: Program) -> None:
        self.program = program
        self.code = Code(program, PRIMITIVES)

    def run(
        self, values: Floats, *, seed: int, future: int, first: int, count: int, series: Series = ()
    ) -> Block:
        """Run `count` replications, numbered from `first`; see `Kernel.run`."""
        model = self.program.model
        block = empty_block(self.program, count, series)
        floats = [float(value) for value in values]
        for i in range(count):
            c = Replication(self.code, floats, replication_key(seed, future, first + i))
            grid: list[list[float]] = []
            block.status[i] = c.run(model.clock.horizon, series, grid)
            block.events[i] = c.fired
            if block.status[i] == 0:
                block.outcomes[i] = [
                    getattr(c.accumulators, identifier(name)) for name in model.outcomes
                ]
                if grid:
                    block.series[:, :, i] = np.array(grid).T
        return block

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
        """Run one replication and return its trace.

        Raises
        ------
        RunError
            The replication broke a rule of its model.
        """
        model, program = self.program.model, self.program
        c = Replication(self.code, values, replication_key(seed, future, replication))
        c.recorder = recorder = TraceRecorder(program)
        grid: list[list[float]] = []
        if c.run(model.clock.horizon, range(len(program.series)), grid):
            raise self.error(c, future, replication)
        return Trace(
            scenario=scenario, title=title, seed=seed, future=future, replication=replication,
            clock=model.clock, occurrences=tuple(recorder.occurrences),
            outcomes={
                name: getattr(c.accumulators, identifier(name)) for name in model.outcomes
            },
            series={name: tuple(row[i] for row in grid) for i, name in enumerate(program.series)},
            units={name: outcome.unit for name, outcome in model.outcomes.items()}, end=c.now,
            left_out=recorder.left_out,
        )  # fmt: skip

    def failure(
        self, values: Sequence[float], *, seed: int, future: int, replication: int
    ) -> RunError | None:
        """Run one replication and return its error, or None if it succeeds."""
        c = Replication(self.code, values, replication_key(seed, future, replication))
        c.recorder = TraceRecorder(self.program, limit=0)
        if not c.run(self.program.model.clock.horizon, (), []):
            return None
        return self.error(c, future, replication)

    def error(self, c: Replication, future: int, replication: int) -> RunError:
        """Return the error of a failed replication."""
        program = self.program
        types = model_types(program.model)
        diagnostic = program.errors[c.status].diagnostic(c.arguments)
        between = "start or end" if c.current == -1 else "point of a table"
        name = program.events[c.current].name if c.current >= 0 else between
        if diagnostic.span is None and c.current >= 0:
            message = diagnostic.message + most_frequent(program.occurrences(c.numbers))
            diagnostic = replace(
                diagnostic, message=message, span=program.model.events[family_of(name)].span
            )
        return RunError(
            diagnostic,
            event=name,
            time=c.now,
            state={
                slot: value_text(decode(value, types[slot]))
                for slot, value in state_now(c.state, program.model.state)
            },
            replication=replication,
            future=future,
        )
