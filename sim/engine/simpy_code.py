"""What a replication in SimPy stands on: the program's functions, and an environment with ranks."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import simpy

from sim.engine.codegen.program import Program
from sim.numerics import LIBRARY
from sim.numerics.arithmetic import LARGEST


class Code:
    """The functions and record classes of a program's source.

    The source is generated from checked terms only, so running it runs nothing that a user wrote.
    """

    def __init__(self, program: Program, primitives: Iterable[Callable[..., Any]]) -> None:
        self.program = program
        names: dict[str, Any] = {"__builtins__": {}, "int": int, "float": float, "u64": int}
        for module in map(importlib.import_module, LIBRARY):
            names |= {k: v for k, v in vars(module).items() if not k.startswith("_")}
        names |= {function.__name__: function for function in primitives}
        names["bounded"] = lambda x: -LARGEST <= x <= LARGEST  # the same function, but faster
        names |= dict.fromkeys(("Calendar", *program.records), float)
        names |= program.tables
        exec(compile(program.source, f"<{program.model.name}>", "exec"), names)
        self.functions: list[Callable[..., int]] = [
            names[f"fire_{event.name}"] for event in program.events
        ]
        self.prepare: Callable[..., int] = names["prepare"]
        self.start: Callable[..., int] = names["start"]
        self.mark: Callable[..., int] = names["mark"]
        self.turn: Callable[..., int] = names["turn"]
        self.recorders: list[Callable[..., float]] = [
            names[f"record_{name}"] for name in program.series
        ]
        self.finish: Callable[..., int] = names["finish"]
        slots = program.memory
        self.State, self.Values, self.Accumulators = (
            type(name, (), {"__slots__": slots[name]})
            for name in ("State", "Values", "Accumulators")
        )


class Instant(float):
    """A delay that ends at this time exactly: SimPy adds it to the time now, which would round."""

    def __radd__(self, now: float) -> float:
        return float(self)


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
