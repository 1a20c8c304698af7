"""The memory layout of a program's records and tables in the compiled kernel."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sim.engine.calendar import ACTIVATION_BITS, BLOCK_BITS, FIRST, SEQUENCE_BITS
from sim.engine.codegen.program import Program
from sim.engine.llvm.types import Record

_CLOCKED = ("at", "every", "rate")


def extents(program: Program) -> dict[str, int]:
    """Return the lengths of the calendar's arrays; none is empty."""
    clocks = sum(event.trigger in _CLOCKED for event in program.events)
    return {
        "events": max(1, len(program.events)),
        "activations": max(1, len(program.activations)),
        "clocks": max(1, clocks),
        "blocks": (max(1, clocks) - 1 >> BLOCK_BITS) + 1,
        "series": max(1, len(program.series)),
        # The heap: all pending entries, as many cancelled ones, and some room.
        "capacity": 2 * program.model.clock.max_pending + 256,
    }


def tables(program: Program) -> dict[str, tuple[int, ...]]:
    """Return the calendar's constant fields."""
    events = program.events
    priorities = {event.priority for event in events}
    assert len(priorities) < FIRST <= 1 << (62 - SEQUENCE_BITS), "too many priorities"
    assert len(program.activations) < 1 << ACTIVATION_BITS, "too many activations for the calendar"
    ranks = {p: i for i, p in enumerate(sorted({event.priority for event in events}))}
    clocked = [i for i, event in enumerate(events) if event.trigger in _CLOCKED]
    clock_of = {event: clock for clock, event in enumerate(clocked)}
    fields = {
        "own_activation": tuple(event.own_activation for event in events),
        "rank": tuple(ranks[event.priority] for event in events),
        "clock": tuple(clock_of.get(i, -1) for i in range(len(events))),
        "timed": tuple(int(event.trigger in ("at", "every")) for event in events),
        "conditional": tuple(int(event.trigger == "when") for event in events),
        "rate_site": tuple(event.rate_site for event in events),
        "activation_event": tuple(activation.event for activation in program.activations),
        "activation_hash": tuple(activation.hash for activation in program.activations),
        "clock_event": tuple(clocked),
    }
    return {name: values or (0,) for name, values in fields.items()}


def records(program: Program, calendar: ast.ClassDef, **more: int) -> Mapping[str, Record]:
    """Return the layout of every record of a generated source; `more` are lengths of arrays."""
    layouts = {name: Record.of_floats(name, slots) for name, slots in program.memory.items()}
    return layouts | {
        "Calendar": Record.of_class(calendar, extents(program) | more, tables(program))
    }
