"""What can move what in a model: its levers, quantities, events and outcomes as a graph.

The graph is read from the checked program, so it has every way in which a change can pass, and no
other. Whether one does is for a run to say.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from sim.engine.codegen.program import ModelKey
from sim.language.expressions import Expression, draws, walk
from sim.language.statements import For, If, Statement
from sim.language.terms import Reference
from sim.model.event_types import Event, Schedule
from sim.model.naming import family_of
from sim.model.outcomes import needed, outcomes_in
from sim.model.types import Entry, Model, Outcome, Value
from sim.study.scenario import Scenario

Kind = Literal["lever", "parameter", "state", "derived", "event", "outcome", "chance"]
#: What a scenario file may change besides settings.
CHANGEABLE: tuple[Kind, ...] = ("state", "derived", "event")
QUANTITIES: tuple[Kind, ...] = ("state", "derived", "lever", "parameter")
#: Where a model keeps the nodes of each kind.
SECTIONS: dict[Kind, str] = {
    "lever": "levers", "parameter": "parameters", "state": "state", "derived": "derived",
    "event": "events", "outcome": "outcomes",
}  # fmt: skip


class Node(NamedTuple):
    """A thing that can differ between two policies; of an event, how often it has happened.

    What is declared over sets is one node, except an outcome.
    """

    kind: Kind
    name: str


#: What every draw reads, and every rate.
CHANCE = Node("chance", "")
Nodes = frozenset[Node]
#: From a node to those that read it, each with the events in whose firing that happens.
Links = Mapping[Node, Mapping[Node, tuple[str, ...]]]


def causes_of(model: Model) -> Links:
    """Return what each lever, quantity and event of a model can move directly.

    A quantity moves an event if the event's trigger, guard, delay or edge reads it; an event moves
    the events that it schedules or cancels, and the state that it assigns. Within a ``do`` the
    values are followed through locals and branches, so that two quantities are linked only if one
    is computed from the other. A draw is a link from `CHANCE`.

    Returns
    -------
    mapping of Node to mapping of Node to tuple of str
        The events through which a link passes; empty where it is a formula, or an event itself.

    Examples
    --------
    >>> import sim
    >>> from sim.analysis.causes import Node, causes_of
    >>> links = causes_of(sim.load_model("scenarios/port_strike/model.yaml"))
    >>> links[Node("state", "gap")][Node("derived", "settlement_hazard")]
    ()
    >>> links[Node("event", "mediator_called")][Node("state", "gap")]
    ('mediator_called',)
    """
    return _causes(ModelKey(model))


@functools.lru_cache(maxsize=64)
def _causes(key: ModelKey) -> Links:
    found: dict[Node, dict[Node, dict[str, None]]] = {}
    for source, target, event in _links(key.model):
        if source != target:
            found.setdefault(source, {}).setdefault(target, {})[event] = None
    return {
        source: {target: () if "" in events else tuple(events) for target, events in to.items()}
        for source, to in found.items()
    }


def measures(model: Model, outcome: Outcome) -> tuple[Node | None, bool]:
    """Return the one quantity or event that an outcome reads, and whether it is just that.

    None where it reads several, or none.
    """
    if isinstance(outcome.of, str):
        family = family_of(outcome.of)
        return Node("event", family), family == outcome.of
    if outcome.statistic == "of":
        return None, False
    of = outcome.of
    if len(of.reads) != 1 or of.counts or of.pendings:
        return None, False
    name = next(iter(of.reads))
    known: tuple[Kind, ...] = ("state", "derived")
    kind = next((kind for kind in known if entry_of(model, Node(kind, name))), None)
    plain = isinstance(of.term, Reference) and not of.term.index
    return (Node(kind, name) if kind else None), plain


def entry_of(model: Model, node: Node) -> Entry | Event | None:
    """Return the entry of a node; of a name that is declared over sets that of all members."""
    section = SECTIONS[node.kind]
    family = model.families.get(node.name)
    if family is not None and family.section == section:
        return family.base
    found: Entry | Event | None = getattr(model, section).get(node.name)
    return found


def between(links: Links, starts: Collection[Node], end: Node) -> Nodes:
    """Return the nodes on a way from one of the starts to the end, with both; none without a way."""
    return reached(links, starts) & behind(links, end)


def behind(links: Links, end: Node) -> Nodes:
    """Return the nodes from which there is a way to the end, with it."""
    return reached(backwards(links), [end])


def backwards(links: Links) -> dict[Node, list[Node]]:
    """Return the sources of each node."""
    back: dict[Node, list[Node]] = {}
    for source, targets in links.items():
        for target in targets:
            back.setdefault(target, []).append(source)
    return back


def reached(links: Mapping[Node, Iterable[Node]], starts: Iterable[Node]) -> Nodes:
    """Return the nodes to which there is a way from one of the starts, with these."""
    found: set[Node] = set()
    waiting = list(starts)
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += links.get(node, ())
    return frozenset(found)


def joined(one: Links, other: Links) -> Links:
    """Return the links of both."""
    found: dict[Node, dict[Node, tuple[str, ...]]] = {}
    for source, targets in (*one.items(), *other.items()):
        into = found.setdefault(source, {})
        for target, events in targets.items():
            into[target] = tuple(dict.fromkeys((*into.get(target, ()), *events)))
    return found


def settings_apart(
    first: Scenario, second: Scenario
) -> dict[str, tuple[Value | None, Value | None]]:
    """Return both values of each lever and parameter that differs; None where one has none."""
    ours, theirs = first.values(), second.values()
    return {
        name: (ours.get(name), theirs.get(name))
        for name in ours | theirs
        if ours.get(name) != theirs.get(name)
    }


def differing_nodes(first: Scenario, second: Scenario) -> Nodes:
    """Return where two scenarios differ: settings, and what a file adds, changes or removes."""
    one, other = first.model, second.model
    found: set[Node] = set()
    for name in settings_apart(first, second):
        lever = name in one.levers or name in other.levers
        found.add(Node("lever" if lever else "parameter", family_of(name)))
    for kind in CHANGEABLE:
        ours, theirs = (getattr(model, SECTIONS[kind]) for model in (one, other))
        names = (n for n in ours.keys() | theirs if ours.get(n) != theirs.get(n))
        found |= {Node(kind, family_of(name)) for name in names}
    return frozenset(found)


def widest_path(
    links: Links, starts: Collection[Node], end: Node, widths: Mapping[Node, float], most: int
) -> tuple[Node, ...]:
    """Return the path whose narrowest node is widest (Pollack 1960), of those a shortest.

    Of several such paths it is one whose quantities are wide in sum.

    Parameters
    ----------
    widths
        Of the nodes that a path may use; a start without one is as wide as can be.
    most
        Nodes of a path.

    Returns
    -------
    tuple of Node
        Empty where there is no path.
    """
    reached: dict[Node, tuple[tuple[float, float], tuple[Node, ...]]]
    reached = {node: ((widths.get(node, math.inf), 0.0), (node,)) for node in sorted(starts)}
    best: tuple[float, tuple[Node, ...]] = (-1.0, ())
    for _ in range(most - 1):
        further: dict[Node, tuple[tuple[float, float], tuple[Node, ...]]] = {}
        for node, ((narrowest, total), path) in reached.items():
            for target in links.get(node, {}):
                if target in path or target not in widths:
                    continue
                own = 0.0 if target.kind == "event" else widths[target]
                wide = (min(narrowest, widths[target]), total + own)
                if target not in further or wide > further[target][0]:
                    further[target] = (wide, (*path, target))
        if end in further:
            (narrowest, _), path = further.pop(end)
            if narrowest > best[0]:
                best = (narrowest, path)
        reached = further
    return best[1]


def _links(model: Model) -> Iterator[tuple[Node, Node, str]]:
    """Yield every link: its source, its target, and the event in whose firing it lies, if any."""
    schedulers: dict[str, set[str]] = {}
    for event in model.events.values():
        for edge in event.then:
            schedulers.setdefault(edge.event, set()).add(event.name)

    def read(
        expression: Expression | None, known: Mapping[str, Collection[Node]] | None = None
    ) -> set[Node]:
        """Return what an expression reads, a local by what it was computed from."""
        if expression is None:
            return set()
        found = {Node("event", event) for event in expression.counts}
        found |= {CHANCE for term in walk(expression.term) if draws(term)}
        for event in expression.pendings:
            found |= {Node("event", name) for name in (event, *schedulers.get(event, ()))}
        for name in expression.reads - outcomes_in(expression):
            for kind in QUANTITIES:
                if entry_of(model, Node(kind, name)):
                    found.add(Node(kind, name))
                    break
            else:
                found |= set((known or {}).get(name, ()))
        return found

    for name, variable in model.state.items():
        if isinstance(variable.initial, Expression):
            target = Node("state", family_of(name))
            yield from ((n, target, "") for n in read(variable.initial))
    for name, derived in model.derived.items():
        yield from ((n, Node("derived", name), "") for n in read(derived.formula))
    yield from _of_events(model, read)
    for name in model.outcomes:
        sources: set[Node] = set()
        for other in needed(model.outcomes, [name]):
            of = model.outcomes[other].of
            sources |= {Node("event", family_of(of))} if isinstance(of, str) else read(of)
            sources |= {Node("outcome", other)}
        yield from ((n, Node("outcome", name), "") for n in sources | read(model.stop))


def _of_events(model: Model, read: Callable[..., set[Node]]) -> Iterator[tuple[Node, Node, str]]:
    """Yield the links of all events; an argument is followed to what edges compute it from."""
    given: Given = {}
    while True:
        before = sum(map(len, given.values()))
        links = [link for e in model.events.values() for link in _of_event(e, read, given)]
        if sum(map(len, given.values())) == before:
            break
    yield from links


#: By event and argument, what its occurrences' values are computed from.
Given = dict[tuple[str, str], set[Node]]


def _of_event(
    event: Event, read: Callable[..., set[Node]], given: Given
) -> Iterator[tuple[Node, Node, str]]:
    here = Node("event", event.name)
    if event.trigger == "rate":
        yield CHANCE, here, ""
    known = {name: set(nodes) for (of, name), nodes in given.items() if of == event.name}
    for part in (event.when, event.guard, *event.times):
        yield from ((node, here, "") for node in read(part, known))

    def follow(statements: Iterable[Statement], control: set[Node]) -> Iterator[tuple[Node, str]]:
        for statement in statements:
            if isinstance(statement, If):
                inside = control | read(statement.test, known)
                yield from follow(statement.then, inside)
                yield from follow(statement.otherwise, inside)
                continue
            if isinstance(statement, For):
                yield from follow(statement.body, control)
                continue
            sources = read(statement.value, known) | control
            if statement.local:
                known[statement.target] = known.get(statement.target, set()) | sources
                continue
            yield here, statement.target
            yield from ((source, statement.target) for source in sources)

    for source, variable in follow(event.do, set()):
        yield source, Node("state", variable), event.name
    for edge in event.then:
        other = Node("event", edge.event)
        yield here, other, ""
        parts = [edge.condition, edge.after if isinstance(edge, Schedule) else edge.where]
        theirs = {name: nodes for (of, name), nodes in given.items() if of == edge.event}
        for node in set().union(*(read(part, theirs | known) for part in parts)):
            yield node, other, event.name
        if isinstance(edge, Schedule):
            for name, value in edge.given.items():
                given.setdefault((edge.event, name), set()).update(read(value, known))
