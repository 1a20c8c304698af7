"""Outcomes of outcomes: what they read, and which can be without a value."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Mapping

from sim.language.terms import BOOLEAN, NUMBER, WHOLE, Expression, Reference, Type, walk
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
    needs = {o.name: read_by(o) for o in outcomes.values() if o.statistic == "of"}
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
