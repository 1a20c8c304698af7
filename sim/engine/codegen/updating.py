"""What is called again after a firing, and for which members: hazards, conditions, outcomes, caches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.engine.codegen import outcomes, tables
from sim.engine.codegen.dependencies import (
    Access,
    Changes,
    Dependencies,
    Update,
    affected,
    by_input,
)
from sim.engine.codegen.writer import Writer
from sim.language.render import flat_place, local, shifted
from sim.language.terms import Lookup, Term
from sim.model.event_types import Event, Index
from sim.model.outcomes import can_be_missing
from sim.model.types import Model

#: Name of the condition that ends a run; no event can have it.
STOP = "_stop"


@dataclass(frozen=True, slots=True)
class Reader:
    """A generated function that is called again when something that it reads changes."""

    function: str
    records: str
    over: tuple[Index, ...]
    updates: tuple[Update, ...]
    ordered: bool  # whether members are updated in the order of their set


class Updating(Writer):
    """Writes the updates of what reads a change."""

    def __init__(self, model: Model) -> None:
        super().__init__(model.events)
        self.model = model
        # The first activation of each event, with its number, is its own trigger.
        self.activations: list[tuple[str, str]] = [(cell, "") for _, cell in self.cells]
        self.inputs = Dependencies(model)
        self.cached = self.inputs.cached()
        self.changed: set[Access] = set()
        self.moving = self.inputs.moving
        pending = {f"pending:{name}" for name in model.events}
        self.pending_read = bool(self.inputs.watched() & pending)

    def fixed(self, term: Term) -> bool:
        """Whether a term has the same value throughout a run."""
        return self.inputs.fixed(term)

    def look(self, term: Lookup, argument: str) -> tuple[str, bool]:
        """Return the text that reads a table, and whether it can fail."""
        return tables.look(self, self.model, term, argument)

    def outcome(self, name: str) -> tuple[str, bool]:
        """Return the text that reads an outcome, and whether it can set `failed`: one can be missing."""
        text = outcomes.slot(self.model.computed[name])
        if not can_be_missing(self.model.computed, name):
            return text, False
        return f"{outcomes.PRESENT}(c, {text})", True

    def invalidate(self, indent: int, derived: Iterable[str]) -> None:
        """Write that cached values are stale if they read state assigned so far."""
        names = sorted(self.cached & set(derived))
        changes = by_input(self.changed) if names else {}
        for name in names:
            for update in affected(self.inputs.derived(name), changes):
                self.stale(indent, name, update)

    def stale(self, indent: int, name: str, update: Update) -> None:
        """Write that cached values of a derived quantity are stale."""
        over = self.model.derived[name].over
        at, given = self.concerned(indent, over, update)
        place = f"[{flat(over, given)}]" if over else ""
        self.line(at, f"s.{cache_slots(name)[1]}{place} = 1.0")

    def concerned(
        self, indent: int, over: Sequence[Index], update: Update
    ) -> tuple[int, list[str]]:
        """Write tests and loops for the members that a change concerns.

        Returns
        -------
        tuple
            The indentation inside, and the texts of the indices.
        """
        for i, member in update.tests:
            self.line(indent, f"if {self.member_at(('own', i))} == {member}:")
            indent += 1
        fixed = dict(update.fixed)
        given: list[str] = []
        for i, index in enumerate(over):
            place = fixed.get(i)
            if place is None:
                given.append(f"member__{i}")
                self.line(indent, f"for member__{i} in range({len(index.type.options)}):")
                indent += 1
            else:
                given.append(self.member_at(place))
        return indent, given

    def member_at(self, place: tuple[str, int]) -> str:
        """Return the text of one's own index, or of a fixed member."""
        return local(self.over[place[1]].variable) if place[0] == "own" else str(place[1])

    def number_of(self, event: Event) -> str:
        """Return the text of the number of an event, for its own member."""
        first = self.event_numbers[event.name]
        return shifted(first, self.place(event.over)) if event.over else str(first)

    def refresh(self, event: Event) -> None:
        """Write the updates of everything that reads what a firing may change."""
        changed = by_input(self.inputs.changed_by(event))
        triggers, followed = self.triggers(changed), self.followed(changed)
        indent = 1
        if (triggers or followed) and event.guard is not None and not self.pending_read:
            self.line(1, "if guard:")
            indent = 2
        self.calls(indent, triggers)
        if followed:
            self.line(indent, "if c.counting != 0:")
        self.calls(indent + 1, followed)

    def calls(self, indent: int, readers: list[Reader]) -> None:
        """Write the updates of readers."""
        for reader in readers:
            if len(reader.updates) > 1 and reader.ordered:
                self.calls_in_order(indent, reader)
                continue
            for update in reader.updates:
                at, given = self.concerned(indent, reader.over, update)
                self.propagate(at, f"{reader.function}({', '.join([reader.records, *given])})")

    def calls_in_order(self, indent: int, reader: Reader) -> None:
        """Write the updates of conditions in the order of members, in which they may turn true."""
        tests = []
        for update in reader.updates:
            parts = [f"{self.member_at(('own', i))} == {member}" for i, member in update.tests]
            parts += [
                f"member__{i} == {self.member_at(place)}"
                for i, place in update.fixed
                if place is not None
            ]
            tests.append(f"({' and '.join(parts)})")
        at, given = self.concerned(indent, reader.over, Update())
        self.line(at, f"if {' or '.join(tests)}:")
        self.propagate(at + 1, f"{reader.function}({', '.join([reader.records, *given])})")

    def triggers(self, changed: Changes | None = None) -> list[Reader]:
        """Return the hazards and conditions that read `changed`; None means all."""
        found = [
            self.reader(
                *(f"{kind}_{event.name}", event.over, self.inputs.event(event), changed),
                ordered=kind == "when",
            )
            for kind in ("rate", "when")
            for event in self.model.events.values()
            if event.trigger == kind
        ]
        stop = self.model.stop
        if stop is not None:
            reads = self.inputs.accesses([stop])
            found.append(self.reader(f"when_{STOP}", (), reads, changed))
        return [reader for reader in found if reader.updates]

    def followed(self, changed: Changes | None = None) -> list[Reader]:
        """Return the outcomes that read `changed`; None means all."""
        found = [
            self.reader(
                *(outcomes.observer(outcome), (), self.inputs.outcome(outcome), changed),
                records="c, s, p, o",
            )
            for outcome in self.model.computed.values()
            if outcome.followed
        ]
        return [reader for reader in found if reader.updates]

    def reader(
        self,
        function: str,
        over: tuple[Index, ...],
        reads: frozenset[Access],
        changed: Changes | None,
        *,
        records: str = "c, s, p",
        ordered: bool = False,
    ) -> Reader:
        """Return a function with the members for which `changed` concerns it."""
        updates = [Update()] if changed is None else affected(reads, changed)
        return Reader(function, records, over, tuple(updates), ordered)


def parameters(over: Sequence[Index]) -> str:
    """Return the parameters of a function for the members of sets."""
    return "".join(f", {local(index.variable)}: int" for index in over)


def flat(over: Sequence[Index], given: list[str]) -> str:
    """Return the text of the place of a cell."""
    return flat_place(given, [len(index.type.options) for index in over])


def cache_slots(derived: str) -> tuple[str, str]:
    """Return the slots for a derived quantity's cached value and for its stale flag."""
    return f"{derived}__cached", f"{derived}__stale"
