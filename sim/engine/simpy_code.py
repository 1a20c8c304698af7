"""What a replication in SimPy stands on: the program's functions, and an environment with ranks."""

from __future__ import annotations

import functools
import importlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import simpy

from sim.engine.codegen.program import Program
from sim.language.render import local
from sim.model.event_types import Index
from sim.model.naming import cell_places, family_of
from sim.numerics import LIBRARY
from sim.numerics.arithmetic import LARGEST


class Code:
    """The functions and record classes of a program's source.

    The source is generated from checked terms only, so running it runs nothing that a user wrote.
    """

    def __init__(self, program: Program, primitives: Iterable[Callable[..., Any]]) -> None:
        self.program = program
        names: dict[str, Any] = {"__builtins__": {}, "int": int, "float": float, "u64": int}
        names["range"] = range
        for module in map(importlib.import_module, LIBRARY):
            names |= {k: v for k, v in vars(module).items() if not k.startswith("_")}
        names |= {function.__name__: function for function in primitives}
        names["bounded"] = lambda x: -LARGEST <= x <= LARGEST  # the same function, but faster
        names |= dict.fromkeys(("Calendar", *program.records), float)
        names |= program.tables
        exec(compile(program.source, f"<{program.model.name}>", "exec"), names)
        self.functions: list[Callable[..., int]] = [
            _for_members(
                names[f"fire_{event.family}"],
                program.model.events[event.family].over,
                event.members,
            )
            for event in program.events
        ]
        self.prepare: Callable[..., int] = names["prepare"]
        self.start: Callable[..., int] = names["start"]
        self.mark: Callable[..., int] = names["mark"]
        self.turn: Callable[..., int] = names["turn"]
        self.recorders: list[Callable[..., float]] = [
            _for_members(names[f"record_{family_of(name)}"], over, members)
            for name, over, members in _series(program)
        ]
        self.finish: Callable[..., int] = names["finish"]
        slots = program.memory
        self.State, self.Values, self.Accumulators = (
            _record(name, slots[name]) for name in ("State", "Values", "Accumulators")
        )
        self.inputs = [
            _place(name, program.records["Values"]) for name in program.records["Values"]
        ]

    def fill(self, values: Any, given: Iterable[float]) -> None:
        """Set the values that a kernel is given."""
        for (slot, place), value in zip(self.inputs, given, strict=True):
            if place < 0:
                setattr(values, slot, value)
            else:
                getattr(values, slot)[place] = value


def _record(name: str, slots: Sequence[str]) -> type:
    """Return a class with a slot for each name, and a list for the cells of a name."""
    sizes = Counter(map(family_of, slots))
    arrays = {family_of(slot): sizes[family_of(slot)] for slot in slots if "[" in slot}

    def create(self: Any) -> None:
        for array, size in arrays.items():
            setattr(self, array, [0.0] * size)

    return type(name, (), {"__slots__": tuple(sizes), "__init__": create})


def _place(name: str, slots: Sequence[str]) -> tuple[str, int]:
    """Return the slot of a name, and its place among the cells there or -1."""
    family = family_of(name)
    cells = [slot for slot in slots if family_of(slot) == family] if family != name else []
    return family, cells.index(name) if cells else -1


def state_reader(names: Iterable[str]) -> Callable[[Any], list[float]]:
    """Return a function that reads the state variables from a record."""
    families = dict.fromkeys(map(family_of, names))

    def read(state: Any) -> list[float]:
        found: list[float] = []
        for family in families:
            value = getattr(state, family)
            found += value if isinstance(value, list) else [value]
        return found

    return read


def state_now(state: Any, names: Iterable[str]) -> Iterable[tuple[str, float]]:
    """Yield the state variables that have a value, with it."""
    places: Counter[str] = Counter()
    for name in names:
        family = family_of(name)
        value = getattr(state, family, None)
        if isinstance(value, list):
            value = value[places[family]]
            places[family] += 1
        if value is not None:
            yield name, value


def _for_members(
    function: Callable[..., Any], over: Sequence[Index], members: Sequence[int]
) -> Callable[..., Any]:
    """Return a generated function for some members of its sets."""
    if not over:
        return function
    given = {local(i.variable): member for i, member in zip(over, members, strict=True)}
    return functools.partial(function, **given)


def _series(program: Program) -> Iterable[tuple[str, Sequence[Index], Sequence[int]]]:
    """Yield each series with the sets of its name and its members."""
    model = program.model
    over = {n: f.over for n, f in model.families.items()}
    over |= {n: d.over for n, d in model.derived.items()}
    places = {n: iter(cell_places(of)) for n, of in over.items()}
    for name in program.series:
        family = family_of(name)
        of = over.get(family, ())
        yield name, of, next(places[family]) if of else ()


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
