"""Arguments in the generated source: an event takes them, an edge gives them or chooses by them."""

from __future__ import annotations

from dataclasses import replace

from sim.engine.codegen.writer import Writer
from sim.engine.trace import encode
from sim.language.expressions import rebuilt
from sim.language.render import literal, local
from sim.language.terms import Reference, Term
from sim.model.event_types import Argument, Cancel, Event, Schedule

#: Ends the local that holds an argument of a pending occurrence: no name of a model has it, so the
#: event that cancels keeps its own argument of the same name.
PENDING = "__pending"


def take(writer: Writer, event: Event) -> None:
    """Write that a firing takes the arguments of its occurrence."""
    for number, argument in enumerate(event.takes):
        text = f"taken(c, {number}, {_declared(argument)})"
        writer.line(1, f"{local(argument.name)} = {text}", argument.span)


def declare(writer: Writer, event: Event) -> None:
    """Write the declared values of the arguments that the guard of a hazard reads."""
    for argument in event.takes:
        if event.guard is not None and argument.name in event.guard.reads:
            writer.line(1, f"{local(argument.name)} = {_declared(argument)}", argument.span)


def give(writer: Writer, indent: int, target: Event, edge: Schedule | None = None) -> None:
    """Write the arguments of the occurrence that is scheduled next; without an edge those declared."""
    given = edge.given if edge else {}
    for number, argument in enumerate(target.takes):
        value = _declared(argument)
        if argument.name in given:
            value = "given"
            what = f"'{argument.name}' of '{target.name}'"
            renderer = writer.renderer(f"{target.name}:with")
            writer.assign(indent, value, given[argument.name], renderer, what)
        writer.line(indent, f"give(c, {number}, {value})")


def cancel_where(writer: Writer, indent: int, number: str, target: Event, edge: Cancel) -> None:
    """Write an edge that cancels the pending occurrences for which a condition holds."""
    assert edge.where is not None
    places = {argument.name: i for i, argument in enumerate(target.takes)}

    def change(term: Term) -> Term:
        if isinstance(term, Reference) and term.role == "argument" and term.name in places:
            return replace(term, name=term.name + PENDING)
        return term

    condition = replace(edge.where, term=rebuilt(edge.where.term, change))
    writer.line(indent, f"for turn in range(list_pending(c, {number})):", edge.span)
    writer.line(indent + 1, "next_pending(c)")
    for name, place in places.items():
        if name in edge.where.reads:
            there = local(name + PENDING)
            writer.line(indent + 1, f"{there} = pending_argument(c, {place})")
    writer.branch(indent + 1, condition, writer.renderer(f"{target.name}:where"))
    writer.line(indent + 2, "cancel_listed(c)")
    writer.line(indent, f"end_list(c, {number})")


def _declared(argument: Argument) -> str:
    return literal(encode(argument.value, argument.type))
