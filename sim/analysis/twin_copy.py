"""The second copy of a model in a twin network: its names end in `TWIN`, its draws are those of the first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sim.engine.codegen.writer import TWIN
from sim.language.expressions import Expression, express, rebuilt
from sim.language.statements import Assign, For, If, Statement
from sim.language.terms import CountOf, PendingOf, Reference, Term
from sim.model.event_types import Event, Schedule
from sim.model.naming import family_of, suffixed
from sim.model.types import Family, Lever, Model, Parameter, StateVariable
from sim.study.scenario import Scenario

Change = Callable[[Term], Term]
Then = Callable[[Assign], Sequence[Statement]]


def twin_name(word: str) -> str:
    """Return the name of the second copy, of what is declared over sets before the members.

    Examples
    --------
    >>> twin_name("stock"), twin_name("stock[north]")
    ('stock__twin', 'stock__twin[north]')
    """
    return suffixed(word, TWIN)


def second_copy(scenario: Scenario, separate: Collection[str]) -> Model:
    """Return a copy of a model whose names end in `TWIN`; it keeps only the settings that are its own.

    If a member has a setting of its own, so have all of its family.
    """
    model, values, name = scenario.model, scenario.values(), twin_name
    own_names = set(map(family_of, separate))

    def change(term: Term) -> Term:
        match term:
            case Reference(name=word, role=role):
                own = role in ("state", "derived") or (
                    role in ("lever", "parameter") and word in own_names
                )
                return replace(term, name=name(word)) if own else term
            case CountOf(event=event) | PendingOf(event=event):
                return replace(term, event=name(event))
        return term

    def variable(of: StateVariable) -> StateVariable:
        initial = of.initial
        if isinstance(initial, Expression):
            initial = changed(initial, change)
        return replace(of, name=name(of.name), initial=initial)

    def edge(statement: Assign) -> list[Statement]:
        local = statement.local
        return [statement if local else replace(statement, target=name(statement.target))]

    def family(of: Family) -> Family:
        base = variable(of.base) if isinstance(of.base, StateVariable) else of.base
        return replace(of, name=name(of.name), base=replace(base, name=name(of.name)))

    levers: dict[str, Lever] = {}
    parameters: dict[str, Parameter] = {}
    for word, value in values.items():
        if family_of(word) not in own_names:
            continue
        if word in model.levers:
            levers[name(word)] = replace(model.levers[word], name=name(word), default=value)
        else:
            entry = replace(model.parameters[word], name=name(word), value=value)
            parameters[name(word)] = entry
    return replace(
        model,
        levers=levers,
        parameters=parameters,
        state={name(n): variable(v) for n, v in model.state.items()},
        derived={
            name(n): replace(d, name=name(n), formula=changed(d.formula, change))
            for n, d in model.derived.items()
        },
        events={name(n): changed_event(e, change, edge, name) for n, e in model.events.items()},
        outcomes={},
        families={
            name(n): family(of)
            for n, of in model.families.items()
            if of.section == "state" or n in own_names
        },
    )


def changed(expression: Expression, change: Change) -> Expression:
    """Return an expression with every term in it changed."""
    return like(expression, rebuilt(expression.term, change))


def like(expression: Expression, term: Term) -> Expression:
    """Return an expression with the text and place of another."""
    return express(expression.text, expression.span, term)


def changed_event(event: Event, change: Change, then: Then, name: Callable[[str], str]) -> Event:
    """Return an event with every term changed; `then` makes statements of an assignment."""

    def maybe(of: Expression | None) -> Expression | None:
        return None if of is None else changed(of, change)

    def block(statements: Sequence[Statement]) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for one in statements:
            if isinstance(one, If):
                test = changed(one.test, change)
                found.append(If(test, block(one.then), block(one.otherwise), one.span))
            elif isinstance(one, For):
                found.append(replace(one, body=block(one.body)))
            else:
                index = tuple(rebuilt(part, change) for part in one.index)
                found += then(replace(one, value=changed(one.value, change), index=index))
        return tuple(found)

    edges = []
    for edge in event.then:
        index = tuple(rebuilt(part, change) for part in edge.index)
        made = replace(edge, event=name(edge.event), condition=maybe(edge.condition), index=index)
        if isinstance(made, Schedule):
            given = {name: changed(of, change) for name, of in made.given.items()}
            made = replace(made, after=maybe(made.after), given=given)
        else:
            made = replace(made, where=maybe(made.where))
        edges.append(made)
    return replace(
        event, name=name(event.name), when=maybe(event.when),
        times=tuple(changed(time, change) for time in event.times), guard=maybe(event.guard),
        do=block(event.do), then=tuple(edges), tell="", told=(),
    )  # fmt: skip
