"""What a traced replication collects: each occurrence with its words."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from sim.engine.codegen.program import Program
from sim.engine.trace import Occurrence, StateChange, decode, model_types, say
from sim.language.names import BRACES

#: Occurrences that a story holds; of the later ones only the number is kept.
MAX_OCCURRENCES = 100_000


class TraceRecorder:
    """Collects the occurrences of one replication, the first `most` of them in full."""

    def __init__(self, program: Program, most: int = MAX_OCCURRENCES) -> None:
        self.program = program
        self.model = program.model
        self.most = most
        self.types = model_types(self.model)
        self.names = tuple(program.model.state)
        self.occurrences: list[Occurrence] = []
        self.left_out = 0
        self.last: deque[str] = deque(maxlen=20)
        self.told: tuple[float, ...] = ()
        self.scheduled: list[tuple[int, float]] = []
        self.cancelled: list[tuple[int, int]] = []
        self.old: list[float] = []
        self.count = 0

    def before(self, state: Any, counts: Sequence[int]) -> None:
        """Remember the state before a firing."""
        self.old = [getattr(state, name) for name in self.names]
        self.count = sum(counts)
        self.scheduled, self.cancelled, self.told = [], [], ()

    def after(
        self,
        now: float,
        state: Any,
        counts: Sequence[int],
        number: int,
        activation: int,
        occurrence: int,
    ) -> None:
        """Put down a firing whose guard held."""
        entry = self.program.events[number]
        self.last.append(entry.name)
        if sum(counts) == self.count:
            return
        if len(self.occurrences) >= self.most:
            self.left_out += 1
            return
        event = self.model.events[entry.name]
        changes = tuple(
            StateChange(name, decode(old, self.types[name]), decode(new, self.types[name]))
            for name, old in zip(self.names, self.old, strict=True)
            if (new := getattr(state, name)) != old
        )
        told = {
            reference.name: say(decode(value, reference.type))
            for value, reference in zip(self.told, event.told, strict=False)
        }
        names = [event.name for event in self.program.events]
        self.occurrences.append(
            Occurrence(
                time=now,
                date=self.model.clock.date(now),
                event=event.name,
                label=event.label,
                text=sentence(event.tell, told),
                cause=self.program.activations[activation].name or "trigger",
                number=occurrence,
                changes=changes,
                scheduled=tuple((names[e], time) for e, time in self.scheduled),
                cancelled=tuple((names[e], n) for e, n in self.cancelled),
            )
        )


def sentence(template: str, values: Mapping[str, str]) -> str:
    """Fill the names in braces of a sentence."""

    def fill(match: re.Match[str]) -> str:
        word = match.group()
        return word[0] if word in ("{{", "}}") else values[match.group(1)]

    return BRACES.sub(fill, template)
