"""The memory layout of a program's records and tables in the compiled kernel."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sim.engine.calendar import BLOCK_BITS, FIRST
from sim.engine.codegen.program import Program
from sim.engine.heap import ACTIVATION_BITS, SEQUENCE_BITS
from sim.engine.llvm.types import Record

_CLOCKED = ("at", "every", "rate")


def _takes(program: Program) -> tuple[int, ...]:
    """Return how many arguments each event takes."""
    return program.arguments or (0,) * len(program.events)


def _clocked(program: Program) -> list[int]:
    """Return the events with a clock; one whose occurrences have arguments needs places for them."""
    return [
        i
        for i, (event, takes) in enumerate(zip(program.events, _takes(program), strict=True))
        if event.trigger == "rate" or (event.trigger in _CLOCKED and not takes)
    ]


def extents(program: Program) -> dict[str, int]:
    """Return the lengths of the calendar's arrays; none is empty."""
    pending, width = program.model.clock.max_pending, max((1, *program.arguments))
    places = pending if program.arguments else 1
    clocks = len(_clocked(program))
    return {
        "events": max(1, len(program.events)),
        "activations": max(1, len(program.activations)),
        "clocks": max(1, clocks),
        "blocks": (max(1, clocks) - 1 >> BLOCK_BITS) + 1,
        "series": max(1, len(program.series)),
        # The heap: all pending entries, as many cancelled ones, and some room.
        "capacity": 2 * pending + 256,
        "arguments": width,
        "places": places,
        "place_values": places * width,
    }


def tables(program: Program) -> dict[str, tuple[int, ...]]:
    """Return the calendar's constant fields."""
    events = program.events
    priorities = {event.priority for event in events}
    assert len(priorities) < FIRST <= 1 << (62 - SEQUENCE_BITS), "too many priorities"
    assert len(program.activations) < 1 << ACTIVATION_BITS, "too many activations for the calendar"
    ranks = {p: i for i, p in enumerate(sorted({event.priority for event in events}))}
    clocked = _clocked(program)
    clock_of = {event: clock for clock, event in enumerate(clocked)}
    fields = {
        "own_activation": tuple(event.own_activation for event in events),
        "rank": tuple(ranks[event.priority] for event in events),
        "clock": tuple(clock_of.get(i, -1) for i in range(len(events))),
        "timed": tuple(
            int(event.trigger in ("at", "every") and not takes)
            for event, takes in zip(events, _takes(program), strict=True)
        ),
        "conditional": tuple(int(event.trigger == "when") for event in events),
        "rate_site": tuple(event.rate_site for event in events),
        "activation_event": tuple(activation.event for activation in program.activations),
        "activation_hash": tuple(activation.hash for activation in program.activations),
        "clock_event": tuple(clocked),
        "takes": _takes(program),
    }
    return {name: values or (0,) for name, values in fields.items()}


def records(program: Program, calendar: ast.ClassDef, **more: int) -> Mapping[str, Record]:
    """Return the layout of every record of a generated source; `more` are lengths of arrays."""
    layouts = {name: Record.of_floats(name, slots) for name, slots in program.memory.items()}
    whole = Record.of_class(calendar, extents(program) | more, tables(program))
    return layouts | {"Calendar": whole, "Places": whole}
