"""Outcomes of outcomes: what they read, and which can be without a value."""

from __future__ import annotations

import graphlib
import itertools
from collections.abc import Iterable, Mapping

from sim.language.expressions import Expression, bound_to, express, rebuilt, walk
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    WHOLE,
    Call,
    Choose,
    Logic,
    Number,
    Operation,
    Reduce,
    Reference,
    Term,
    Type,
)
from sim.model.naming import cell_name
from sim.model.types import Outcome


def outcomes_in(expression: Expression) -> frozenset[str]:
    """Return the outcomes that an expression reads."""
    terms = walk(expression.term)
    return frozenset(t.name for t in terms if isinstance(t, Reference) and t.role == "outcome")


def read_by(outcome: Outcome) -> frozenset[str]:
    """Return the outcomes that an outcome reads."""
    return frozenset() if isinstance(outcome.of, str) else outcomes_in(outcome.of)


def needed(outcomes: Mapping[str, Outcome], names: Iterable[str]) -> frozenset[str]:
    """Return some outcomes and all that these read, directly or through others."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += read_by(outcomes[name])
    return frozenset(found)


def can_be_missing(outcomes: Mapping[str, Outcome], name: str) -> bool:
    """Whether a run may have no value: a `first`, or an outcome that reads one."""
    return any(outcomes[other].statistic == "first" for other in needed(outcomes, [name]))


def in_order(outcomes: Mapping[str, Outcome]) -> list[Outcome]:
    """Return the outcomes, those that read others after these; the others keep their order."""
    plain = [o for o in outcomes.values() if o.statistic != "of"]
    # Sorted, so that every process writes the same program.
    needs = {o.name: sorted(read_by(o)) for o in outcomes.values() if o.statistic == "of"}
    order = graphlib.TopologicalSorter(needs).static_order()
    return [*plain, *(outcomes[name] for name in order if name in needs)]


def type_of(outcome: Outcome) -> Type:
    """Return the type of an outcome's values."""
    if outcome.share:
        return BOOLEAN
    of = outcome.of
    exact = isinstance(of, Expression) and of.type.kind != "number"
    whole = exact and outcome.statistic in ("final", "min", "max", "of")
    return WHOLE if whole or outcome.statistic == "count" else NUMBER


def of_cells(expression: Expression) -> Expression:
    """Return an expression of outcomes with those of members by their own names, without sets."""
    return express(expression.text, expression.span, rebuilt(_unrolled(expression.term), _by_name))


def unwritable(expression: Expression) -> Reduce | None:
    """Return a value over members of outcomes that has no form without sets."""
    for part in walk(expression.term):
        if isinstance(part, Reduce) and any(
            isinstance(inner, Reference) and inner.role == "outcome" for inner in walk(part)
        ):
            extreme = part.function in ("min", "max") and part.condition is not None
            if extreme or part.function in ("argmin", "argmax"):
                return part
    return None


def _by_name(term: Term) -> Term:
    """Return an outcome of a member under its own name."""
    if isinstance(term, Reference) and term.role == "outcome" and term.index:
        members = [
            one.type.options[int(one.value)] for one in term.index if isinstance(one, Number)
        ]
        return Reference(cell_name(term.name, members), term.role, term.type)
    return term


def _unrolled(term: Term) -> Term:
    """Return a term whose values over members are written out, where they read outcomes."""

    def change(part: Term) -> Term:
        if not isinstance(part, Reduce) or not any(
            isinstance(inner, Reference) and inner.role == "outcome" for inner in walk(part)
        ):
            return part
        return _written_out(part)

    return rebuilt(term, change)


def _written_out(term: Reduce) -> Term:
    """Return a value over members as one term for each of them."""
    kinds = [kind for _, kind in term.variables]
    bodies: list[Term] = []
    for places in itertools.product(*(range(len(kind.options)) for kind in kinds)):
        members = {
            name: Number(float(place), kind)
            for (name, kind), place in zip(term.variables, places, strict=True)
        }
        test = None if term.condition is None else bound_to(term.condition, members)
        bodies.append(_body(term, bound_to(term.body, members), test))
    match term.function:
        case "any" | "all":
            return Logic("or" if term.function == "any" else "and", tuple(bodies))
        case "min" | "max":
            return Call(term.function, tuple(bodies), term.type, term.span)
    total = bodies[0]
    for body in bodies[1:]:
        total = Operation("+", total, body, term.type, term.span)
    return total


def _body(term: Reduce, body: Term, test: Term | None) -> Term:
    """Return what a member adds: nothing where it does not meet the condition."""
    if term.function == "count":
        body = Choose(body, Number(1.0, WHOLE), Number(0.0, WHOLE), WHOLE)
    if test is None:
        return body
    if term.function in ("any", "all"):
        never = Number(float(term.function == "all"), BOOLEAN)
        return Choose(test, body, never, BOOLEAN)
    return Choose(test, body, Number(0.0, WHOLE), term.type)
