"""What is measured of a quantity to see whether it moved: each member or their mean; options as shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sim.analysis.causes import Node, entry_of
from sim.engine.trace import model_types
from sim.errors import Span
from sim.language.expressions import express
from sim.language.terms import (
    NUMBER,
    Choose,
    Compare,
    CountOf,
    Number,
    Operation,
    Reduce,
    Reference,
    Role,
    Term,
    Type,
)
from sim.model.event_types import Index
from sim.model.naming import cell_name, cells_over, combinations
from sim.model.sets import members_of
from sim.model.types import Derived, Model
from sim.study.scenario import Scenario

#: Of a quantity with more members the mean is measured, not each.
MOST_MEMBERS = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """A series that measures a node.

    Attributes
    ----------
    series
        Its name.
    word
        What of the node it is: a member, an option.
    share
        Whether it is 0 or 1 in a run.
    formula
        Without one it is a series of the model.
    """

    series: str
    word: str = ""
    share: bool = False
    formula: Term | None = None


def measured_series(first: Model, second: Model, node: Node) -> list[Measured]:
    """Return the series that measure a node; none if the models do not both have it alike."""
    entries = [entry_of(model, node) for model in (first, second)]
    if node.kind not in ("state", "derived", "event") or None in entries:
        return []
    if node.kind == "event":
        return [Measured(f"{node.name}__count", formula=CountOf(node.name))]
    over = first.over(node.name)
    here, there = (model_types(m).get(m.cells(node.name)[0]) for m in (first, second))
    if here is None or here != there or over != second.over(node.name):
        return []
    role: Role = "state" if node.kind == "state" else "derived"
    whole = Reference(node.name, role, here)
    if cells_over(over) > MOST_MEMBERS:
        return _means(whole, over, entries[0].span if entries[0] else Span("", 1, 1, 0, 0))
    found = []
    for place, members in enumerate(combinations(over)):
        word, share = ", ".join(members), here.kind == "boolean"
        if not here.options:
            name = cell_name(node.name, members) if over else node.name
            found.append(Measured(name, word, share))
        cell = replace(whole, index=tuple(members_of(over, members).values()))
        for option, said in enumerate(here.options):
            words = f"{word} {said}".strip()
            name = f"{node.name}__is{option}" + (f"__{place}" if over else "")
            found.append(Measured(name, words, True, _is(cell, option, here)))
    return found


def _is(of: Term, option: int, kind: Type) -> Term:
    return Compare(("==",), (of, Number(float(option), kind)))


def _means(whole: Reference, over: tuple[Index, ...], span: Span) -> list[Measured]:
    """Return the mean over all members, of an option or a condition the part of them."""
    index = tuple(Reference(one.variable, "index", one.type) for one in over)
    cell, kind = replace(whole, index=index), whole.type
    size = Number(float(cells_over(over)), NUMBER)
    variables = tuple((one.variable, one.type) for one in over)

    def mean(of: Term) -> Term:
        total = Reduce("sum", variables, of, None, NUMBER, span)
        return Operation("/", total, size, NUMBER, span)

    def part(of: Term) -> Term:
        return mean(Choose(of, Number(1.0, NUMBER), Number(0.0, NUMBER), NUMBER))

    if kind.options:
        return [
            Measured(
                f"{whole.name}__is{i}", f"part of members {word}", True, part(_is(cell, i, kind))
            )
            for i, word in enumerate(kind.options)
        ]
    if kind.kind == "boolean":
        return [Measured(f"{whole.name}__is1", "part of members", True, part(cell))]
    return [Measured(f"{whole.name}__mean", "mean of members", False, mean(cell))]


def measuring(scenario: Scenario, nodes: Iterable[tuple[Node, list[Measured]]]) -> Scenario:
    """Return a scenario whose model has a derived quantity for each series that it lacks."""
    model = scenario.model
    extra = {}
    for node, series in nodes:
        entry = entry_of(model, node)
        for one in series:
            if one.formula is not None and entry is not None:
                formula = express(one.series, entry.span, one.formula)
                extra[one.series] = Derived(name=one.series, span=entry.span, formula=formula)
    return replace(scenario, model=replace(model, derived={**model.derived, **extra}))
