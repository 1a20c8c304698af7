"""Can an outcome differ at all? What it hangs on, read from the checked model.

That no pair of runs differs in a sample says what was seen. That none can differ takes a proof: a
slice of the model backwards from the outcome (Weiser 1984) that holds nothing in which two scenarios
differ. Every draw is keyed by its place and occurrence, so what lies outside the slice cannot shift
the luck of what lies inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sim.language.statements import If, Statement
from sim.language.terms import Draw, Expression, walk
from sim.model.types import Lever, Model, Parameter, Schedule
from sim.study.experiment import Experiment

#: Marks the name of an event, which may be that of a state variable too.
EVENT = "event:"


@dataclass(frozen=True, slots=True)
class Slice:
    """What an outcome hangs on: names and events (``event:NAME``), and whether any chance."""

    nodes: frozenset[str]
    chance: bool


def sliced(model: Model, outcome: str) -> Slice:
    """Return what an outcome hangs on, and what the end of a run does.

    Of an event whose occurrence matters, what it does counts only as far as it sets a state that
    matters.
    """
    of = model.outcomes[outcome].of
    nodes: set[str] = set()
    chance = False
    waiting = [EVENT + of] if isinstance(of, str) else list(_named([of]))
    waiting += _named([model.stop])
    while waiting:
        node = waiting.pop()
        if node in nodes:
            continue
        nodes.add(node)
        expressions, events = _needs(model, node)
        chance = chance or any(isinstance(t, Draw) for x in expressions for t in walk(x.term))
        chance = chance or (
            node.startswith(EVENT) and model.events[node.removeprefix(EVENT)].trigger == "rate"
        )
        waiting += [*_named(expressions), *(EVENT + event for event in events)]
    return Slice(frozenset(nodes - {"now"}), chance)


def _named(expressions: Iterable[Expression | None]) -> Iterator[str]:
    for expression in expressions:
        if expression is not None:
            yield from expression.reads
            yield from (EVENT + event for event in expression.counts | expression.pendings)


def _needs(model: Model, node: str) -> tuple[list[Expression], list[str]]:
    """Return the expressions and events that a node hangs on directly."""
    expressions: list[Expression | None] = []
    events = []
    if node in model.derived:
        expressions.append(model.derived[node].formula)
    elif node in model.state:
        initial = model.state[node].initial
        expressions += [initial] if isinstance(initial, Expression) else []
        for event in model.events.values():
            if setting := _setting(event.do, node):
                expressions += setting
                events.append(event.name)
    elif node.startswith(EVENT):
        event = model.events[node.removeprefix(EVENT)]
        expressions += [event.when, event.guard, *event.times]
        for other in model.events.values():
            for edge in other.then:
                if edge.event == event.name:
                    expressions.append(edge.condition)
                    expressions += [edge.after] if isinstance(edge, Schedule) else []
                    events.append(other.name)
    return [x for x in expressions if x is not None], events


def _setting(statements: tuple[Statement, ...], target: str) -> list[Expression]:
    """Return what decides the value that statements give a state variable, through their locals."""
    wanted, size = {target}, 0
    found: list[Expression] = []
    while len(wanted) > size:
        size = len(wanted)
        found = list(_assigning(statements, wanted))
        wanted.update(*(expression.reads for expression in found))
    return found


def _assigning(statements: tuple[Statement, ...], wanted: set[str]) -> Iterator[Expression]:
    for statement in statements:
        if isinstance(statement, If):
            inside = list(_assigning((*statement.then, *statement.otherwise), wanted))
            yield from [*inside, statement.test] if inside else []
        elif statement.target in wanted:
            yield statement.value


def can_differ(experiment: Experiment, scenario: int, base: int, outcome: str) -> bool:
    """Whether an outcome may differ between two scenarios, with the same luck in the same future.

    False is a proof: entries and values on which the outcome hangs are the same in both. True is
    none: what differs may still never act.

    Parameters
    ----------
    scenario, base
        Indices of scenarios.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> made = sim.make_experiment([scenario, scenario.with_settings({}, "again")])
    >>> can_differ(made, 1, 0, "strike_days")
    False
    """
    here, there = (experiment.scenarios[i].model for i in (scenario, base))
    nodes = sliced(here, outcome).nodes
    if here is not there and nodes != sliced(there, outcome).nodes:
        return True
    ours, theirs = (_says(experiment, i, outcome, nodes) for i in (scenario, base))
    return ours != theirs


def can_vary(experiment: Experiment, scenario: int, outcome: str) -> bool:
    """Whether an outcome may differ between the replications or the futures of one scenario."""
    found = sliced(experiment.scenarios[scenario].model, outcome)
    sampled = len(experiment.futures) > 1 and experiment.follows(scenario) & found.nodes
    return found.chance or bool(sampled)


def reaches(model: Model, names: Iterable[str], outcome: str) -> bool:
    """Whether an outcome hangs on any of some levers and parameters."""
    return not sliced(model, outcome).nodes.isdisjoint(names)


def _says(
    experiment: Experiment, scenario: int, outcome: str, nodes: Iterable[str]
) -> list[object]:
    """Return what a scenario says of nodes: their entries in the model, or their values.

    A parameter that follows the futures says nothing of its own.
    """
    chosen = experiment.scenarios[scenario]
    model, values, followed = chosen.model, chosen.values(), experiment.follows(scenario)
    entries = {**model.derived, **model.state, **{EVENT + n: e for n, e in model.events.items()}}
    inputs: dict[str, Lever | Parameter] = {**model.levers, **model.parameters}
    said: list[object] = [model.clock, model.stop, model.outcomes[outcome]]
    for node in sorted(nodes):
        if node in inputs:
            said.append(None if node in followed else (inputs[node].type, values[node]))
        else:
            said.append(entries.get(node))
    return said
