"""Cutting: two policies in one replication, and a quantity of the first held at its course in the second.

A twin network (Balke and Pearl 1994): one model holds both policies side by side, with the same luck,
because a draw is keyed by its name and a copy has the name of its original. Where a switch is on, a
quantity of the first copy follows its course in the second, event by event. What is then left of a
difference is the natural direct effect, what is gone the indirect one (Pearl 2001).
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sim.analysis.causes import QUANTITIES, Kind, Node, entry_of, settings_apart
from sim.analysis.twin_copy import changed, changed_event, like, second_copy
from sim.engine.codegen.dependencies import Access, Dependencies, bounds
from sim.engine.codegen.writer import TWIN
from sim.engine.trace import encode, model_types
from sim.language.expressions import Expression, express, rebuilt, walk
from sim.language.statements import Assign, For, Statement
from sim.language.terms import (
    BOOLEAN,
    Choose,
    Number,
    Reduce,
    Reference,
    Term,
)
from sim.model.event_types import Event, Schedule
from sim.model.naming import cell_names, combinations
from sim.model.outcomes import needed
from sim.model.sets import members_of
from sim.model.types import Family, Lever, Model, StateVariable
from sim.study.scenario import Scenario

#: Ends of names: the switch that holds a quantity, the event that makes it follow, and the state in
#: which a derived quantity is held.
HELD, FOLLOW, SEEN = "__held", "__follow", "__seen"


def can_be_held(first: Model, second: Model, node: Node) -> bool:
    """Whether a quantity can be held, or a lever set: both models must have it alike."""
    kinds: tuple[Kind, ...] = ("lever", "parameter")
    if node.kind not in kinds:
        kinds = (node.kind,)
    types = [
        (model_types(model).get(model.cells(node.name)[0]), model.over(node.name))
        for model in (first, second)
        if any(entry_of(model, Node(kind, node.name)) for kind in kinds)
    ]
    return node.kind in QUANTITIES and len(types) == 2 and types[0] == types[1]


def twin(
    first: Scenario,
    second: Scenario,
    outcome: str,
    held: Sequence[Node],
    apart: Collection[str] | None = None,
) -> Scenario:
    """Return one scenario that runs two side by side and measures an outcome of the first.

    With all switches off, the outcome is that of the first alone, bit for bit. The lever
    ``NAME__held`` switches on the holding of a quantity. The second copy comes first in the order of
    simultaneous events, so that where both do the same, a held quantity is read before and after an
    event as it was there.

    Parameters
    ----------
    apart
        Levers and parameters of which each copy has its own; by default those that differ.
    """
    separate = set(settings_apart(first, second)) if apart is None else set(apart)
    model, copy = first.model, second_copy(second, separate)
    holds = {node: _Hold(node, model, copy) for node in held}
    by_name = {hold.variable: hold for hold in holds.values()}

    def seen(term: Term) -> Term:
        if isinstance(term, Reference) and term.role == "derived":
            hold = holds.get(Node("derived", term.name))
            return term if hold is None else hold.chosen(replace(hold.own, index=term.index), term)
        return term

    def then(statement: Assign) -> list[Statement]:
        hold = by_name.get(statement.target)
        if hold is not None:
            there = replace(hold.there, index=statement.index)
            chosen = hold.chosen(there, statement.value.term)
            statement = replace(statement, value=like(statement.value, chosen))
        derived = [h for h in holds.values() if h.node.kind == "derived"]
        return [statement, *(h.follow() for h in derived if statement.target in h.inputs)]

    state, families = {**copy.state, **model.state}, {**copy.families, **model.families}
    for hold in holds.values():
        state |= hold.state(model)
        families |= hold.family(model)

    ours = first.values()
    events = dict(copy.events)
    for hold in holds.values():
        for name in hold.writers:
            edge = Schedule(hold.name + FOLLOW, None, hold.switch, hold.span)
            events[name] = replace(events[name], then=(*events[name].then, edge))
    events |= {name: changed_event(event, seen, then, str) for name, event in model.events.items()}
    events |= {h.name + FOLLOW: h.event(events) for h in holds.values()}
    read = needed(model.computed, [outcome])
    measured = {
        name: o if isinstance(o.of, str) else replace(o, of=changed(o.of, seen))
        for name, o in model.computed.items()
        if name in read
    }
    levers = {name: replace(e, default=ours[name]) for name, e in model.levers.items()}
    parameters = {name: replace(e, value=ours[name]) for name, e in model.parameters.items()}
    derived = {n: replace(d, formula=changed(d.formula, seen)) for n, d in model.derived.items()}
    made = replace(
        model,
        clock=replace(model.clock, max_events=3 * model.clock.max_events),
        levers={**levers, **copy.levers, **{h.name + HELD: h.lever() for h in holds.values()}},
        parameters={**parameters, **copy.parameters},
        state=state,
        derived={**copy.derived, **derived},
        events=events,
        outcomes={outcome: measured.pop(outcome)},
        hidden=measured,
        families={name: replace(family, together=False) for name, family in families.items()},
    )
    return Scenario(first.name, first.title, made, made)


class _Hold:
    """How one quantity is held: its switch, where it is read, and when it follows."""

    def __init__(self, node: Node, model: Model, copy: Model) -> None:
        self.node, self.name, self.copy = node, node.name, copy
        # Names of its own: a statement that makes it follow may stand in a loop over the same set.
        self.over = tuple(
            replace(index, variable=f"{HELD}{i}") for i, index in enumerate(model.over(node.name))
        )
        self.there: Reference
        if node.kind == "state":
            variable = model.state[model.cells(node.name)[0]]
            self.kind, self.span = variable.type, variable.span
            self.variable = node.name
            self.there = Reference(node.name + TWIN, "state", self.kind)
            self.inputs, theirs = frozenset({node.name}), frozenset({node.name + TWIN})
        else:
            formula = model.derived[node.name].formula
            self.kind, self.span = formula.type, formula.span
            self.variable = node.name + SEEN
            self.there = Reference(node.name + TWIN, "derived", self.kind)
            self.inputs = _names(Dependencies(model).derived(node.name))
            theirs = _names(Dependencies(copy).derived(node.name + TWIN))
        self.own = Reference(self.variable, "state", self.kind)
        self.switch = express(node.name + HELD, self.span, self._switch())
        self.writers = [e.name for e in copy.events.values() if _changes(copy, e) & theirs]

    def _switch(self) -> Reference:
        return Reference(self.name + HELD, "lever", BOOLEAN)

    def chosen(self, held: Term, free: Term) -> Term:
        """Return one term where it is held, and the other where not."""
        return Choose(self._switch(), held, free, self.kind)

    def follow(self) -> Statement:
        """Return the statement that makes it follow, in all its members."""
        index = tuple(Reference(one.variable, "index", one.type) for one in self.over)
        term = self.chosen(*(replace(one, index=index) for one in (self.there, self.own)))
        value = express(self.name, self.span, term)
        found: Statement = Assign(self.variable, value, self.span, local=False, index=index)
        for one in reversed(self.over):
            found = For(one.variable, one.type, (found,), self.span)
        return found

    def event(self, events: dict[str, Event]) -> Event:
        """Return the event in which it follows a change in the second copy."""
        last = max((events[name].priority for name in self.writers), default=0)
        name = self.name + FOLLOW
        return Event(name, "none", None, self.span, do=(self.follow(),), priority=last)

    def lever(self) -> Lever:
        """Return its switch."""
        return Lever(name=self.name + HELD, span=self.span, type=BOOLEAN, default=False)

    def state(self, model: Model) -> dict[str, StateVariable]:
        """Return the state in which it is held; it begins where the second copy begins."""
        found = {}
        for cell, members in zip(
            cell_names(self.variable, self.over), combinations(self.over), strict=True
        ):
            index = tuple(members_of(self.over, members).values())
            begin = _inlined(self.copy, replace(self.there, index=index))
            own = model.state.get(cell)
            if own is None:
                initial = express(self.name, self.span, begin)
                found[cell] = StateVariable(
                    name=cell, span=self.span, type=self.kind, initial=initial
                )
                continue
            free: Term = (
                own.initial.term
                if isinstance(own.initial, Expression)
                else Number(encode(own.initial, own.type), own.type)
            )
            chosen = self.chosen(begin, free)
            found[cell] = replace(own, initial=express(self.name, self.span, chosen))
        return found

    def family(self, model: Model) -> dict[str, Family]:
        """Return the family of this state, if it is declared over sets."""
        if not self.over:
            return {}
        base = next(iter(self.state(model).values()))
        over = model.over(self.name)
        return {self.variable: Family(self.variable, "state", over, base, same=False)}


def _inlined(model: Model, term: Term) -> Term:
    """Return a term with the formulas of derived quantities in place of their names."""
    number = itertools.count()

    def change(part: Term) -> Term:
        if not isinstance(part, Reference) or part.role != "derived":
            return part
        derived = model.derived[part.name]
        variables = [index.variable for index in derived.over]
        # Other names for what the formula goes through: its indices may stand for some of that name.
        own = {
            name: f"{name}__{next(number)}" for name in sorted(bounds(walk(derived.formula.term)))
        }
        formula = rebuilt(derived.formula.term, functools.partial(_renamed, own))
        given = dict(zip(variables, part.index, strict=True))
        return rebuilt(_put(formula, given), change)

    return rebuilt(term, change)


def _renamed(names: Mapping[str, str], part: Term) -> Term:
    """Return a part of a term with other index variables."""
    if isinstance(part, Reference) and part.role == "index":
        return replace(part, name=names.get(part.name, part.name))
    if isinstance(part, Reduce):
        variables = tuple((names.get(name, name), kind) for name, kind in part.variables)
        return replace(part, variables=variables)
    return part


def _put(term: Term, given: Mapping[str, Term]) -> Term:
    """Return a term with members in place of index variables."""

    def change(part: Term) -> Term:
        if isinstance(part, Reference) and part.role == "index":
            return given.get(part.name, part)
        return part

    return rebuilt(term, change)


def _changes(model: Model, event: Event) -> frozenset[str]:
    return _names(Dependencies(model).changed_by(event))


def _names(accesses: Iterable[Access]) -> frozenset[str]:
    return frozenset(name for name, _ in accesses)
