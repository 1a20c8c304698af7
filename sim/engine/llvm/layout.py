"""How a program's records and tables lie in the memory of the compiled kernel."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sim.engine.calendar import CAPACITY, SEQUENCE_BITS, WAY_BITS
from sim.engine.codegen.program import Program
from sim.engine.llvm.types import Record

_CLOCKED = ("at", "every", "rate")


def extents(program: Program) -> dict[str, int]:
    """Return the lengths of the calendar's arrays; none is empty."""
    clocks = sum(event.trigger in _CLOCKED for event in program.events)
    return {
        "events": max(1, len(program.events)),
        "ways": max(1, len(program.ways)),
        "clocks": max(1, clocks),
        "series": max(1, len(program.series)),
        "capacity": CAPACITY,
    }


def tables(program: Program) -> dict[str, tuple[int, ...]]:
    """Return the calendar's constant fields."""
    events = program.events
    assert len(events) < 1 << (62 - SEQUENCE_BITS), "too many events for the calendar"
    assert len(program.ways) < 1 << WAY_BITS, "too many ways for the calendar"
    ranks = {p: i for i, p in enumerate(sorted({event.priority for event in events}))}
    clocked = [i for i, event in enumerate(events) if event.trigger in _CLOCKED]
    fields = {
        "own_way": tuple(event.own_way for event in events),
        "rank": tuple(ranks[event.priority] for event in events),
        "clock": tuple(clocked.index(i) if i in clocked else -1 for i in range(len(events))),
        "timed": tuple(int(event.trigger in ("at", "every")) for event in events),
        "rate_site": tuple(event.rate_site for event in events),
        "way_event": tuple(way.event for way in program.ways),
        "way_hash": tuple(way.hash for way in program.ways),
        "clock_event": tuple(clocked),
    }
    return {name: values or (0,) for name, values in fields.items()}


def limits(program: Program) -> dict[str, int]:
    """Return how many values the parameters of the kernel's functions have."""
    return {
        "event": max(1, len(program.events)),
        "way": max(1, len(program.ways)),
    }


def records(program: Program, calendar: ast.ClassDef) -> Mapping[str, Record]:
    """Return the layout of every record that a generated source names."""
    layouts = {name: Record.of_floats(name, slots) for name, slots in program.records.items()}
    return layouts | {"Calendar": Record.of_class(calendar, extents(program), tables(program))}
