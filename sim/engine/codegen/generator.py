"""The generated source: one function per event, hazard, condition and outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sim.engine.codegen import outcomes
from sim.engine.codegen.dependencies import Dependencies
from sim.engine.codegen.writer import SIGNATURE, Writer
from sim.errors import Span
from sim.language.render import CHANCE, leading_draw, led_by, literal, reference
from sim.language.statements import Assign, If, Statement, assigned
from sim.language.terms import BOOLEAN, Draw, Expression, Reference
from sim.model.types import Cancel, Event, Model, Schedule, StateVariable

#: Suffix of the slot of `Values` for the literal initial value of a state variable.
INITIAL = "__initial"

#: Parameters of a function that fires an event, after those of every function.
FIRE = "o: Accumulators, activation: int, w: u64, n: int"


class Generator(Writer):
    """Writes the source of one model and its tables."""

    def __init__(self, model: Model) -> None:
        super().__init__({name: i for i, name in enumerate(model.events)})
        self.model = model
        self.activations: list[tuple[str, str]] = [(name, "") for name in model.events]
        self.own_activations = dict(self.event_numbers)
        self.inputs = Dependencies(model)
        numeric = [n for n, d in model.derived.items() if not d.formula.type.options]
        self.series = (*model.state, *numeric)
        pending = {f"pending:{name}" for name in model.events}
        self.cached = self.inputs.cached()
        self.changed: set[str] = set()
        self.pending_read = bool(self.inputs.watched() & pending)

    def records(self) -> dict[str, tuple[str, ...]]:
        """Return the slots of the records, in order."""
        model = self.model
        initial = [
            f"{name}{INITIAL}"
            for name, variable in model.state.items()
            if not isinstance(variable.initial, Expression)
        ]
        extra = [
            f"{name}__{slot}"
            for name, outcome in model.outcomes.items()
            for slot in outcomes.extra_slots(outcome)
        ]
        return {
            "State": (*model.state, *(slot for n in sorted(self.cached) for slot in _slots(n))),
            "Values": (*model.levers, *model.parameters, *initial),
            "Accumulators": (*model.outcomes, *extra),
        }

    def module(self) -> str:
        """Write the whole source."""
        model = self.model
        for name, derived in model.derived.items():
            self.derived(name, derived.formula)
        for event in model.events.values():
            if event.trigger == "rate":
                self.hazard(event)
            elif event.trigger == "when":
                self.condition(event)
        for outcome in model.outcomes.values():
            if not isinstance(outcome.of, str) and outcome.statistic != "final":
                outcomes.follow(self, outcome)
        for event in model.events.values():
            self.fire(event)
        self.start()
        self.dispatch()
        self.record()
        self.finish()
        return "\n".join(self.text)

    def derived(self, name: str, formula: Expression) -> None:
        """Write a derived quantity; a cached value is valid until an input changes."""
        self.line(0, f"def derived_{name}({SIGNATURE}) -> float:", formula.span)
        text = self.renderer(name).number(formula.term)
        if name in self.cached:
            value, stale = (f"s.{slot}" for slot in _slots(name))
            self.line(1, f"if {stale} != 0.0:")
            self.line(2, f"{value} = {text}", formula.span)
            self.line(2, f"{stale} = 0.0")
            text = value
        self.end(text, formula.span)

    def invalidate(self, indent: int, derived: Iterable[str]) -> None:
        """Write that cached values are stale if they read state assigned so far."""
        for name in sorted(self.cached & set(derived)):
            if self.inputs.derived(name) & self.changed:
                self.line(indent, f"s.{_slots(name)[1]} = 1.0")

    def hazard(self, event: Event) -> None:
        """Write the hazard of a `rate` event."""
        assert event.when is not None
        renderer = self.renderer(event.name)
        self.line(0, f"def rate_{event.name}({SIGNATURE}) -> int:", event.when.span)
        indent = 1
        if event.guard is not None:
            self.line(1, "rate = 0.0")
            self.line(1, f"if {renderer.truth(event.guard.term)}:", event.guard.span)
            indent = 2
        self.line(indent, f"rate = {renderer.number(event.when.term)}", event.when.span)
        self.require_valid(indent, "rate", event.when.span, f"the rate of '{event.name}'")
        self.line(1, f"set_rate(c, {self.event_numbers[event.name]}, rate)")
        self.end()

    def condition(self, event: Event) -> None:
        """Write the condition of a `when` event."""
        assert event.when is not None
        truth = self.renderer(event.name).truth(event.when.term)
        self.line(0, f"def when_{event.name}({SIGNATURE}) -> int:", event.when.span)
        number = self.event_numbers[event.name]
        self.end(f"set_condition(c, {number}, {truth})", event.when.span)

    def fire(self, event: Event) -> None:
        """Write one event."""
        number = self.event_numbers[event.name]
        self.line(0, f"def fire_{event.name}({SIGNATURE}, {FIRE}) -> int:", event.span)
        indent = 1
        guard = event.guard
        if guard is not None:
            self.line(1, f"guard = {self.renderer(event.name).truth(guard.term)}", guard.span)
            self.line(1, "if guard:")
            indent = 2
        self.line(indent, f"occurred(c, {number})")
        for outcome in self.model.outcomes.values():
            if outcome.of == event.name and outcome.statistic == "first":
                self.line(indent, f"if o.{outcome.name} < 0.0:", outcome.span)
                self.line(indent + 1, f"o.{outcome.name} = c.now")
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
        assert event.when is not None
        prefix = f"{event.name}:every"
        self.sites[prefix] = 0
        renderer = self.renderer(prefix, stream, occurrence)
        what = "time" if event.trigger == "at" else "interval"
        self.delay(indent, event.when, renderer, f"the {what} of '{event.name}'")
        self.schedule_call(indent, event.name, self.own_activations[event.name], event.span)

    def statements(self, indent: int, event: str, statements: tuple[Statement, ...]) -> None:
        """Write the statements of a `do` block."""
        for statement in statements:
            if isinstance(statement, If):
                self.invalidate(indent, self.inputs.derived_in(statement.test))
                renderer = self.renderer(f"{event}:if")
                test = statement.test.term
                if (draw := leading_draw(test)) is not None:
                    self.line(indent, f"{CHANCE} = {renderer.number(draw)}", statement.test.span)
                    self.require_finite(indent, CHANCE, statement.test.span, "this draw")
                    test = led_by(test, Reference(CHANCE, "drawn", BOOLEAN))
                self.line(indent, f"if {renderer.truth(test)}:", statement.test.span)
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
        value = self.renderer(f"{event}.{statement.target}").number(statement.value.term)
        self.line(indent, f"{target} = {value}", statement.span)
        drawn = isinstance(statement.value.term, Draw)
        if drawn or statement.value.type.kind in ("number", "whole"):
            self.require_finite(indent, target, statement.span, f"'{statement.target}'")
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
                truth = self.renderer(f"{event.name}:then").truth(edge.condition.term)
                self.line(at, f"if {truth}:", edge.condition.span)
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
        calls = self.updates(self.inputs.changed_by(event))
        indent = 1
        if calls and event.guard is not None and not self.pending_read:
            self.line(1, "if guard:")
            indent = 2
        for call in calls:
            self.propagate(indent, call)

    def updates(self, changed: frozenset[str] | None = None) -> list[str]:
        """Return the calls that update what reads the `changed` inputs; None means all inputs."""
        calls = [
            f"{kind}_{event.name}(c, s, p)"
            for kind in ("rate", "when")
            for event in self.model.events.values()
            if event.trigger == kind and (changed is None or self.inputs.event(event) & changed)
        ]
        return calls + [
            f"observe_{outcome.name}(c, s, p, o)"
            for outcome in self.model.outcomes.values()
            if not (isinstance(outcome.of, str) or outcome.statistic == "final")
            and (changed is None or self.inputs.outcome(outcome) & changed)
        ]

    def start(self) -> None:
        """Write the start: initial state, accumulators, first occurrences, first updates."""
        model = self.model
        self.line(0, f"def start({SIGNATURE}, o: Accumulators) -> int:")
        for name, variable in model.state.items():
            initial = variable.initial
            if isinstance(initial, Expression):
                value = self.renderer(name).number(initial.term)
                self.line(1, f"s.{name} = {value}", initial.span)
                self.require_finite(1, f"s.{name}", initial.span, f"'{name}'")
            else:
                self.line(1, f"s.{name} = p.{name}{INITIAL}", variable.span)
            self.invariant(1, variable, variable.span)
        for name in sorted(self.cached):
            self.line(1, f"s.{_slots(name)[1]} = 1.0")
        for outcome in model.outcomes.values():
            outcomes.begin(self, outcome)
        for event in model.events.values():
            if event.trigger in ("at", "every"):
                self.own_occurrence(1, event, "c.own", "0")
        for call in self.updates():
            self.propagate(1, call)
        self.end()

    def dispatch(self) -> None:
        """Write the function that fires an event by its number."""
        self.line(0, f"def fire({SIGNATURE}, {FIRE.replace(',', ', event: int,', 1)}) -> int:")
        for name, number in self.event_numbers.items():
            self.line(1, f"if event == {number}:")
            self.line(2, f"return fire_{name}(c, s, p, o, activation, w, n)")
        self.end()

    def record(self) -> None:
        """Write the value of each series, and the function that returns one by its number."""
        renderer = self.renderer("record")
        for name in self.series:
            if name in self.model.state:
                value = f"s.{name}"
            else:
                kind = self.model.derived[name].formula.type
                value = renderer.number(Reference(name, "derived", kind))
            self.line(0, f"def record_{name}({SIGNATURE}) -> float:")
            self.end(value)
        self.line(0, f"def record({SIGNATURE}, series: int) -> float:")
        for i, name in enumerate(self.series):
            self.line(1, f"if series == {i}:")
            self.line(2, f"return record_{name}(c, s, p)")
        self.end("NAN")

    def finish(self) -> None:
        """Write the finish: close the integrals and fill the outcomes."""
        self.line(0, f"def finish({SIGNATURE}, o: Accumulators) -> int:")
        for outcome in self.model.outcomes.values():
            outcomes.result(self, outcome)
        self.line(1, "return 0")


def _slots(derived: str) -> tuple[str, str]:
    """Return the slots for a derived quantity's cached value and for its stale flag."""
    return f"{derived}__cached", f"{derived}__stale"
