"""Calls of tables and of the calendar, and how terms that read tables of `now` change in time."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from sim.errors import Diagnostic, ModelError, Span
from sim.language.expressions import walk
from sim.language.scope import BrokenName, Passage, Scope
from sim.language.terms import (
    NUMBER,
    WHOLE,
    Choose,
    Lookup,
    Negate,
    Number,
    Operation,
    Reference,
    Term,
)

NOW_HELP = (
    "a table of the time may be read here, as in demand(now); "
    "or let an event at that time set a state variable, and test it"
)


def lookup(
    passage: Passage, scope: Scope, node: ast.Call, number: Callable[[ast.expr], Term]
) -> Term:
    """Check a call of a table, or of a function of the calendar."""
    assert isinstance(node.func, ast.Name)
    name, tables = node.func.id, scope.tables
    if name in scope.broken:
        raise BrokenName(name)
    if len(node.args) != 1:
        message = f"'{name}' takes 1 argument, not {len(node.args)}"
        raise passage.refuse(node, "argument-count", message, f"write {name}(now)")
    kind, between = tables.types.get(name, (WHOLE, "step"))
    if name not in tables.types:
        reason, help = tables.no_calendar
        if reason:
            raise passage.refuse(node, "no-calendar", f"'{name}' needs a calendar: {reason}", help)
        name = f":{name}"
    argument = node.args[0]
    if isinstance(argument, ast.Name) and argument.id == "now" and tables.of_now:
        return Lookup(name, Reference("now", "now", NUMBER), kind, passage.span(node), between)
    return Lookup(name, number(argument), kind, passage.span(node), between)


def moving(term: Term, formulas: Mapping[str, Term]) -> Lookup | Reference | None:
    """Return the part of a term that changes between events: a line of `now`, or what reads one.

    Parameters
    ----------
    formulas
        The derived quantities that change between events.
    """
    for part in walk(term):
        if isinstance(part, Lookup) and part.of_now and part.between == "linear":
            return part
        if isinstance(part, Reference) and part.role == "derived" and part.name in formulas:
            return part
    return None


def slope(term: Term, formulas: Mapping[str, Term], span: Span) -> Term:
    """Return the change of a term per unit of time, between the points of its tables.

    Raises
    ------
    ModelError
        The term is no sum of multiples of tables of `now`.
    """

    def of(part: Term) -> Term:
        return slope(part, formulas, span)

    def still(part: Term) -> bool:
        return moving(part, formulas) is None

    if still(term):
        return Number(0.0, NUMBER)
    match term:
        case Lookup(of_now=True):
            return Lookup(term.table, term.argument, NUMBER, term.span, term.between, "slope")
        case Reference(name=name):
            return of(formulas[name])
        case Negate(operand=operand):
            return Negate(of(operand), NUMBER)
        case Operation(op="+" | "-" as op, left=left, right=right, span=place):
            if still(right):
                return of(left)
            if op == "-" and still(left):
                return Negate(of(right), NUMBER)
            return of(right) if still(left) else Operation(op, of(left), of(right), NUMBER, place)
        case Operation(op="*", left=left, right=right, span=place) if still(left):
            return Operation("*", left, of(right), NUMBER, place)
        case Operation(op="*" | "/" as op, left=left, right=right, span=place) if still(right):
            return Operation(op, of(left), right, NUMBER, place)
        case Choose(test=test, then=then, otherwise=otherwise) if still(test):
            return Choose(test, of(then), of(otherwise), NUMBER)
    part = moving(term, formulas)
    assert part is not None
    name = part.table if isinstance(part, Lookup) else part.name
    place = getattr(term, "span", None) or span
    message = f"'{name}' follows a line in time, and only its sums and multiples are exact here"
    help = "write 'between: step' in the table, or read a table that has the result"
    raise ModelError(Diagnostic("not-a-line", message, place, help))
