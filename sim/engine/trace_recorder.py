"""Records the occurrences of a traced replication."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sim.engine.codegen.program import Program
from sim.engine.simpy_code import state_reader
from sim.engine.trace import Occurrence, StateChange, decode, model_types
from sim.formatting import Value, value_text
from sim.language.names import BRACES, COUNTED
from sim.model.naming import labelled, members_in

#: Occurrences recorded in full; later ones are only counted.
MAX_OCCURRENCES = 100_000


class TraceRecorder:
    """Records the occurrences of one replication, the first `limit` of them in full."""

    def __init__(self, program: Program, limit: int = MAX_OCCURRENCES) -> None:
        self.program = program
        self.limit = limit
        self.types = model_types(program.model)
        self.read = state_reader(program.model.state)
        self.occurrences: list[Occurrence] = []
        self.left_out = 0
        self.values: tuple[float, ...] = ()
        self.scheduled: list[tuple[int, float]] = []
        self.cancelled: list[tuple[int, int]] = []
        self.arguments: list[float] = []
        self.old: list[float] = []
        self.count = 0

    def before(self, state: Any, counts: Sequence[int]) -> None:
        """Store the state before a firing."""
        self.old = self.read(state)
        self.count = sum(counts)
        self.scheduled, self.cancelled, self.values, self.arguments = [], [], (), []

    def after(
        self,
        now: float,
        state: Any,
        counts: Sequence[int],
        number: int,
        activation: int,
        occurrence: int,
    ) -> None:
        """Record a firing if its guard was true."""
        program = self.program
        names = [event.name for event in program.events]
        if sum(counts) == self.count:
            return
        if len(self.occurrences) >= self.limit:
            self.left_out += 1
            return
        event = program.model.events[program.events[number].family]
        changes = tuple(
            StateChange(name, decode(old, self.types[name]), decode(new, self.types[name]))
            for name, old, new in zip(program.model.state, self.old, self.read(state), strict=True)
            if new != old
        )
        values = {
            told.text: told_text(decode(value, told.type))
            for value, told in zip(self.values, event.told, strict=False)
        }
        self.occurrences.append(
            Occurrence(
                time=now, date=program.model.clock.date(now), event=names[number],
                label=labelled(event.label, members_in(names[number])),
                text=fill_braces(event.tell, values),
                cause=program.activations[activation].name or "trigger", number=occurrence,
                changes=changes, scheduled=tuple((names[e], time) for e, time in self.scheduled),
                cancelled=tuple((names[e], n) for e, n in self.cancelled),
                arguments=tuple(
                    (of.name, decode(value, of.type))
                    for of, value in zip(event.takes, self.arguments, strict=True)
                ),
            )
        )  # fmt: skip


def told_text(value: Value) -> str:
    """Return a value as a sentence shows it: an option is words."""
    text = value_text(value)
    return text.replace("_", " ") if isinstance(value, str) else text


#: Texts of numbers that singular words follow.
ONE = ("1", "-1")


def fill_braces(template: str, values: Mapping[str, str]) -> str:
    """Replace each ``{name}`` of a template by its value, and ``{{`` by a brace.

    Examples
    --------
    >>> fill_braces("{n ship waits|ships wait}.", {"n": "1"})
    '1 ship waits.'
    >>> fill_braces("{n ship waits|ships wait}.", {"n": "20"})
    '20 ships wait.'
    """

    def fill(match: re.Match[str]) -> str:
        text = match.group()
        if text in ("{{", "}}"):
            return text[0]
        counted = COUNTED.fullmatch(match.group(1))
        if not counted:
            return values[match.group(1)]
        name, one, many = counted.groups()
        return f"{values[name]} {one if values[name] in ONE else many}"

    return BRACES.sub(fill, template)
