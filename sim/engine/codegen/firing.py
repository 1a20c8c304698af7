"""The firing of an event in the generated source: guard, statements, edges, next occurrence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sim.engine.codegen import outcomes
from sim.engine.codegen.dependencies import Dependencies
from sim.engine.codegen.writer import SIGNATURE, Writer
from sim.errors import Span
from sim.language.render import literal, reference
from sim.language.statements import Assign, If, Statement, assigned
from sim.language.terms import Term
from sim.model.types import Cancel, Event, Model, Schedule, StateVariable

#: Name of the condition that ends a run; no event can have it.
STOP = "_stop"

#: Parameters of a function that fires an event, after those of every function.
FIRE = "o: Accumulators, activation: int, w: u64, n: int"


class Firing(Writer):
    """Writes what happens when an event fires."""

    def __init__(self, model: Model) -> None:
        super().__init__({name: i for i, name in enumerate(model.events)})
        self.model = model
        self.activations: list[tuple[str, str]] = [(name, "") for name in model.events]
        self.own_activations = dict(self.event_numbers)
        self.inputs = Dependencies(model)
        self.cached = self.inputs.cached()
        self.changed: set[str] = set()
        pending = {f"pending:{name}" for name in model.events}
        self.pending_read = bool(self.inputs.watched() & pending)

    def fixed(self, term: Term) -> bool:
        """Whether a term has the same value throughout a run."""
        return self.inputs.fixed(term)

    def invalidate(self, indent: int, derived: Iterable[str]) -> None:
        """Write that cached values are stale if they read state assigned so far."""
        for name in sorted(self.cached & set(derived)):
            if self.inputs.derived(name) & self.changed:
                self.line(indent, f"s.{cache_slots(name)[1]} = 1.0")

    def fire(self, event: Event) -> None:
        """Write one event."""
        number = self.event_numbers[event.name]
        self.line(0, f"def fire_{event.name}({SIGNATURE}, {FIRE}) -> int:", event.span)
        indent = 1
        guard = event.guard
        if guard is not None:
            renderer = self.renderer(event.name)
            self.line(1, f"guard = {renderer.truth(guard.term)}", guard.span)
            self.stop_if_failed(1, renderer)
            self.line(1, "if guard:")
            indent = 2
        self.line(indent, f"occurred(c, {number})")
        outcomes.count(self, indent, self.model, event.name)
        self.changed = set()
        self.statements(indent, event.name, event.do)
        self.invalidate(indent, self.cached)
        for name, span in assigned(event.do).items():
            self.invariant(indent, self.model.state[name], span)
        if event.told:
            renderer = self.renderer(f"{event.name}:tell")
            values = ", ".join(renderer.number(term) for term in event.told)
            self.line(indent, f"note(c, {number}, {values})")
        if event.trigger == "every":
            self.line(1, f"if activation == {self.own_activations[event.name]}:")
            self.own_occurrence(2, event, "w", "n + 1")
        if event.then:
            if guard is not None:
                self.line(1, "if guard:")
            self.edges(indent, event)
        self.refresh(event)
        self.end()

    def own_occurrence(self, indent: int, event: Event, stream: str, occurrence: str) -> None:
        """Write the next occurrence of an event's own trigger."""
        prefix = f"{event.name}:every"
        self.sites[prefix] = 0
        what = "time" if event.trigger == "at" else "interval"
        for when in event.times or (event.when,):
            assert when is not None
            renderer = self.renderer(prefix, stream, occurrence)
            self.delay(indent, when, renderer, f"the {what} of '{event.name}'")
            self.schedule_call(indent, event.name, self.own_activations[event.name], event.span)

    def statements(self, indent: int, event: str, statements: tuple[Statement, ...]) -> None:
        """Write the statements of a `do` block."""
        for statement in statements:
            if isinstance(statement, If):
                self.invalidate(indent, self.inputs.derived_in(statement.test))
                self.branch(indent, statement.test, self.renderer(f"{event}:if"))
                self.statements(indent + 1, event, statement.then)
                if not statement.then:
                    self.line(indent + 1, "pass")
                if statement.otherwise:
                    self.line(indent, "else:")
                    self.statements(indent + 1, event, statement.otherwise)
                continue
            self.assignment(indent, event, statement)

    def assignment(self, indent: int, event: str, statement: Assign) -> None:
        """Write one assignment and the test of its value."""
        self.invalidate(indent, self.inputs.derived_in(statement.value))
        role = "local" if statement.local else "state"
        target = reference(statement.target, role)
        renderer = self.renderer(f"{event}.{statement.target}")
        self.assign(indent, target, statement.value, renderer, f"'{statement.target}'")
        if not statement.local:
            self.changed.add(statement.target)

    def invariant(self, indent: int, variable: StateVariable, span: Span) -> None:
        """Write the test that a state variable is in its range."""
        if variable.low is None or variable.high is None:
            return
        low, high = literal(variable.low), literal(variable.high)
        bounds = f"{variable.low:.12g} to {variable.high:.12g}"
        message = f"'{variable.name}' became {{value}}, outside its range, {bounds}"
        help = "a range is an invariant: use clip() to stay in it"
        value = f"s.{variable.name}"
        test = f"({low} <= {value} <= {high})"
        self.require(indent, test, value, "out-of-range", message, span, help)

    def edges(self, indent: int, event: Event) -> None:
        """Write the edges of an event, in order."""
        edges: Counter[str] = Counter()
        for edge in event.then:
            at = indent
            if edge.condition is not None:
                self.branch(at, edge.condition, self.renderer(f"{event.name}:then"))
                at += 1
            number = self.event_numbers[edge.event]
            if isinstance(edge, Cancel):
                self.line(at, f"cancel(c, {number})", edge.span)
                continue
            self.schedule(at, event, edge, f"{event.name}->{edge.event}#{edges[edge.event]}")
            edges[edge.event] += 1

    def schedule(self, indent: int, event: Event, edge: Schedule, name: str) -> None:
        """Write an edge that schedules an event, with an activation of its own."""
        activation = len(self.activations)
        self.activations.append((edge.event, name))
        if edge.after is None:
            self.line(indent, "delay = 0.0")
        else:
            what = f"the delay of '{edge.event}' after '{event.name}'"
            self.delay(indent, edge.after, self.renderer(name), what)
        self.schedule_call(indent, edge.event, activation, edge.span)

    def refresh(self, event: Event) -> None:
        """Write the updates of everything that reads what a firing may change."""
        changed = self.inputs.changed_by(event)
        triggers, followed = self.triggers(changed), self.followed(changed)
        indent = 1
        if (triggers or followed) and event.guard is not None and not self.pending_read:
            self.line(1, "if guard:")
            indent = 2
        for call in triggers:
            self.propagate(indent, call)
        if followed:
            self.line(indent, "if c.counting != 0:")
        for call in followed:
            self.propagate(indent + 1, call)

    def triggers(self, changed: frozenset[str] | None = None) -> list[str]:
        """Return the calls that update the hazards and conditions that read `changed`; None means all."""
        calls = [
            f"{kind}_{event.name}(c, s, p)"
            for kind in ("rate", "when")
            for event in self.model.events.values()
            if event.trigger == kind and (changed is None or self.inputs.event(event) & changed)
        ]
        stop = self.model.stop
        if stop is not None and (changed is None or self.inputs.expand([stop]) & changed):
            calls.append(f"when_{STOP}(c, s, p)")
        return calls

    def followed(self, changed: frozenset[str] | None = None) -> list[str]:
        """Return the calls that update the outcomes that read `changed`; None means all."""
        return [
            f"{outcomes.observer(outcome)}(c, s, p, o)"
            for outcome in self.model.outcomes.values()
            if outcome.followed and (changed is None or self.inputs.outcome(outcome) & changed)
        ]


def cache_slots(derived: str) -> tuple[str, str]:
    """Return the slots for a derived quantity's cached value and for its stale flag."""
    return f"{derived}__cached", f"{derived}__stale"
