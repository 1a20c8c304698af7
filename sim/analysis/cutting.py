"""Cutting: two policies in one replication, and a quantity of the first held at its course in the second.

A twin network (Balke and Pearl 1994): one model holds both policies side by side, with the same luck,
because a draw is keyed by its name and a copy has the name of its original. Where a switch is on, a
quantity of the first copy follows its course in the second, event by event. What is then left of a
difference is the natural direct effect, what is gone the indirect one (Pearl 2001).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from sim.analysis.causes import QUANTITIES, SECTIONS, Kind, Node, settings_apart
from sim.engine.codegen.dependencies import Access, Dependencies
from sim.engine.codegen.writer import TWIN
from sim.engine.trace import encode, model_types
from sim.language.expressions import Expression, express, rebuilt
from sim.language.statements import Assign, For, If, Statement
from sim.language.terms import (
    BOOLEAN,
    Choose,
    CountOf,
    Number,
    PendingOf,
    Reference,
    Term,
)
from sim.model.event_types import Event, Schedule
from sim.model.outcomes import needed
from sim.model.types import Lever, Model, Parameter, StateVariable
from sim.study.scenario import Scenario

#: Ends of names: the switch that holds a quantity, the event that makes it follow, and the state in
#: which a derived quantity is held.
HELD, FOLLOW, SEEN = "__held", "__follow", "__seen"
Change = Callable[[Term], Term]
Then = Callable[[Assign], Sequence[Statement]]


def can_be_held(first: Model, second: Model, node: Node) -> bool:
    """Whether a quantity can be held, or a lever set: both models must have it alike."""
    kinds: tuple[Kind, ...] = ("lever", "parameter")
    if node.kind not in kinds:
        kinds = (node.kind,)
    types = [
        model_types(model).get(node.name)
        for model in (first, second)
        if any(node.name in getattr(model, SECTIONS[kind]) for kind in kinds)
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
    model, copy = first.model, _copy(second, separate)
    holds = {node: _Hold(node, model, copy) for node in held}
    by_name = {hold.variable: hold for hold in holds.values()}

    def seen(term: Term) -> Term:
        if isinstance(term, Reference) and term.role == "derived":
            hold = holds.get(Node("derived", term.name))
            return term if hold is None else hold.chosen(hold.own, term)
        return term

    def then(statement: Assign) -> list[Statement]:
        hold = by_name.get(statement.target)
        if hold is not None:
            there = hold.chosen(hold.there, statement.value.term)
            statement = replace(statement, value=_like(statement.value, there))
        derived = [h for h in holds.values() if h.node.kind == "derived"]
        return [statement, *(h.follow() for h in derived if statement.target in h.inputs)]

    ours = first.values()
    events = dict(copy.events)
    for hold in holds.values():
        for name in hold.writers:
            edge = Schedule(hold.name + FOLLOW, None, hold.switch, hold.span)
            events[name] = replace(events[name], then=(*events[name].then, edge))
    events |= {name: _event(event, seen, then, str) for name, event in model.events.items()}
    events |= {h.name + FOLLOW: h.event(events) for h in holds.values()}
    read = needed(model.computed, [outcome])
    measured = {
        name: o if isinstance(o.of, str) else replace(o, of=_changed(o.of, seen))
        for name, o in model.computed.items()
        if name in read
    }
    levers = {name: replace(e, default=ours[name]) for name, e in model.levers.items()}
    parameters = {name: replace(e, value=ours[name]) for name, e in model.parameters.items()}
    derived = {n: replace(d, formula=_changed(d.formula, seen)) for n, d in model.derived.items()}
    made = replace(
        model,
        clock=replace(model.clock, max_events=3 * model.clock.max_events),
        levers={**levers, **copy.levers, **{h.name + HELD: h.lever() for h in holds.values()}},
        parameters={**parameters, **copy.parameters},
        state={**copy.state, **model.state, **{v: h.state(model) for v, h in by_name.items()}},
        derived={**copy.derived, **derived},
        events=events,
        outcomes={outcome: measured.pop(outcome)},
        hidden=measured,
    )
    return Scenario(first.name, first.title, made, made)


class _Hold:
    """How one quantity is held: its switch, where it is read, and when it follows."""

    def __init__(self, node: Node, model: Model, copy: Model) -> None:
        self.node, self.name, self.copy = node, node.name, copy
        self.there: Reference
        if node.kind == "state":
            self.kind, self.span = model.state[node.name].type, model.state[node.name].span
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

    def follow(self) -> Assign:
        """Return the assignment that makes it follow."""
        term = self.chosen(self.there, self.own)
        return Assign(self.variable, express(self.name, self.span, term), self.span, local=False)

    def event(self, events: dict[str, Event]) -> Event:
        """Return the event in which it follows a change in the second copy."""
        last = max((events[name].priority for name in self.writers), default=0)
        name = self.name + FOLLOW
        return Event(name, "none", None, self.span, do=(self.follow(),), priority=last)

    def lever(self) -> Lever:
        """Return its switch."""
        return Lever(name=self.name + HELD, span=self.span, type=BOOLEAN, default=False)

    def state(self, model: Model) -> StateVariable:
        """Return the state in which it is held; it begins where the second copy begins."""
        begin = _inlined(self.copy, self.there)
        own = model.state.get(self.variable)
        if own is None:
            initial = express(self.name, self.span, begin)
            return StateVariable(
                name=self.variable, span=self.span, type=self.kind, initial=initial
            )
        free: Term = (
            own.initial.term
            if isinstance(own.initial, Expression)
            else Number(encode(own.initial, own.type), own.type)
        )
        return replace(own, initial=express(self.name, self.span, self.chosen(begin, free)))


def _inlined(model: Model, term: Term) -> Term:
    """Return a term with the formulas of derived quantities in place of their names."""

    def change(part: Term) -> Term:
        if isinstance(part, Reference) and part.role == "derived":
            return _inlined(model, model.derived[part.name].formula.term)
        return part

    return rebuilt(term, change)


def _changes(model: Model, event: Event) -> frozenset[str]:
    return _names(Dependencies(model).changed_by(event))


def _names(accesses: Iterable[Access]) -> frozenset[str]:
    return frozenset(name for name, _ in accesses)


def _copy(scenario: Scenario, separate: Collection[str]) -> Model:
    """Return a copy of a model whose names end in `TWIN`; it keeps only the settings that are its own."""
    model, values = scenario.model, scenario.values()

    def name(word: str) -> str:
        return word + TWIN

    def change(term: Term) -> Term:
        match term:
            case Reference(name=word, role=role):
                own = role in ("state", "derived") or word in separate
                mine = role in ("local", "argument")
                return replace(term, name=name(word)) if own and not mine else term
            case CountOf(event=event) | PendingOf(event=event):
                return replace(term, event=name(event))
        return term

    def variable(of: StateVariable) -> StateVariable:
        initial = of.initial
        if isinstance(initial, Expression):
            initial = _changed(initial, change)
        return replace(of, name=name(of.name), initial=initial)

    def edge(statement: Assign) -> list[Statement]:
        local = statement.local
        return [statement if local else replace(statement, target=name(statement.target))]

    levers: dict[str, Lever] = {}
    parameters: dict[str, Parameter] = {}
    for word in separate & values.keys():
        if word in model.levers:
            own = replace(model.levers[word], name=name(word), default=values[word])
            levers[name(word)] = own
        else:
            entry = replace(model.parameters[word], name=name(word), value=values[word])
            parameters[name(word)] = entry
    return replace(
        model,
        levers=levers,
        parameters=parameters,
        state={name(n): variable(v) for n, v in model.state.items()},
        derived={
            name(n): replace(d, name=name(n), formula=_changed(d.formula, change))
            for n, d in model.derived.items()
        },
        events={name(n): _event(e, change, edge, name) for n, e in model.events.items()},
        outcomes={},
    )


def _changed(expression: Expression, change: Change) -> Expression:
    return _like(expression, rebuilt(expression.term, change))


def _like(expression: Expression, term: Term) -> Expression:
    return express(expression.text, expression.span, term)


def _event(event: Event, change: Change, then: Then, name: Callable[[str], str]) -> Event:
    """Return an event with every term changed; `then` makes statements of an assignment."""

    def maybe(of: Expression | None) -> Expression | None:
        return None if of is None else _changed(of, change)

    def block(statements: Sequence[Statement]) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for one in statements:
            if isinstance(one, If):
                test = _changed(one.test, change)
                found.append(If(test, block(one.then), block(one.otherwise), one.span))
            elif isinstance(one, For):
                found.append(replace(one, body=block(one.body)))
            else:
                found += then(replace(one, value=_changed(one.value, change)))
        return tuple(found)

    edges = []
    for edge in event.then:
        made = replace(edge, event=name(edge.event), condition=maybe(edge.condition))
        if isinstance(made, Schedule):
            given = {name: _changed(of, change) for name, of in made.given.items()}
            made = replace(made, after=maybe(made.after), given=given)
        else:
            made = replace(made, where=maybe(made.where))
        edges.append(made)
    return replace(
        event, name=name(event.name), when=maybe(event.when),
        times=tuple(_changed(time, change) for time in event.times), guard=maybe(event.guard),
        do=block(event.do), then=tuple(edges), tell="", told=(),
    )  # fmt: skip
