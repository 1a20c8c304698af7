"""The edges of an event in the generated source: what a firing schedules and cancels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sim.engine.codegen import arguments
from sim.engine.codegen.dependencies import Slot, slot, variables
from sim.engine.codegen.updating import Updating
from sim.engine.codegen.writer import too_many
from sim.language.render import flat_place, shifted
from sim.model.event_types import Cancel, Event, Index, Schedule
from sim.model.naming import cell_name, combinations

#: Most sources of occurrences: triggers of events, and edges, counting every member.
MAX_ACTIVATIONS = 100_000


class Edges(Updating):
    """Writes the edges of events."""

    def edges(self, indent: int, event: Event) -> None:
        """Write the edges of an event, in order."""
        edges: Counter[str] = Counter()
        for edge in event.then:
            at = indent
            if edge.condition is not None:
                self.branch(at, edge.condition, self.renderer(f"{event.name}:then"))
                at += 1
            if isinstance(edge, Cancel):
                self.cancel(at, event, edge)
                continue
            self.schedule(at, event, edge, f"{event.name}->{edge.event}#{edges[edge.event]}")
            edges[edge.event] += 1

    def cancel(self, indent: int, event: Event, edge: Cancel) -> None:
        """Write an edge that cancels an event, or all its members."""
        number = str(self.event_numbers[edge.event])
        if edge.index:
            number = shifted(number, self.renderer(f"{event.name}:then").flat(edge.index))
        elif edge.event in self.event_sizes:
            self.line(indent, f"for member__0 in range({self.event_sizes[edge.event]}):")
            number = shifted(number, "member__0")
            indent += 1
        if edge.where is None:
            self.line(indent, f"cancel(c, {number})", edge.span)
        else:
            arguments.cancel_where(self, indent, number, self.model.events[edge.event], edge)

    def schedule(self, indent: int, event: Event, edge: Schedule, name: str) -> None:
        """Write an edge that schedules an event, with an activation of its own for each member."""
        if edge.after is None:
            self.line(indent, "delay = 0.0")
        else:
            what = f"the delay of '{edge.event}' after '{event.name}'"
            self.delay(indent, edge.after, self.renderer(name), what)
        arguments.give(self, indent, self.model.events[edge.event], edge)
        number, activation = self.activation(event, edge, name)
        self.schedule_call(indent, number, activation, edge.span)

    def activation(self, event: Event, edge: Schedule, name: str) -> tuple[str, str]:
        """Add the activations of an edge; return the texts of the target's number and of its own.

        There is one for each member of the source, and if the target's member is found only in a
        run, one for each pair of members.
        """
        start, first = len(self.activations), self.event_numbers[edge.event]
        target = self.model.events[edge.event]
        own = variables(event.over)
        slots = [slot(one, own) for one in edge.index]
        sources = combinations(event.over)
        targets = combinations(target.over) if None in slots else []
        size = len(sources) * max(len(targets), 1) + start
        if size > MAX_ACTIVATIONS:
            raise too_many(f"{size:,} edges between members", MAX_ACTIVATIONS, edge.span)
        for source in sources:
            begin = (
                name.replace(event.name, cell_name(event.name, source), 1) if event.over else name
            )
            options = targets or [_chosen(slots, source, target.over)]
            for option in options:
                cell = cell_name(edge.event, option) if target.over else edge.event
                whole = begin.replace(f"->{edge.event}", f"->{cell}", 1)
                self.activations.append((cell, whole))
        place = self.renderer(name).flat(edge.index) if edge.index else ""
        number = shifted(first, place) if place else str(first)
        source_place = self.place(event.over) if event.over else "0"
        if targets:
            sizes = [len(sources), len(targets)]
            source_place = flat_place([source_place, place], sizes)
        return number, shifted(start, source_place)


def _chosen(slots: Sequence[Slot], source: Sequence[str], over: Sequence[Index]) -> tuple[str, ...]:
    """Return the members of an edge's target, which follow from those of its source."""
    found = []
    for place, index in zip(slots, over, strict=True):
        assert place is not None
        found.append(source[place[1]] if place[0] == "own" else index.type.options[place[1]])
    return tuple(found)
