"""The text of the generated source: one function per event, hazard, condition and outcome."""

from __future__ import annotations

from collections.abc import Iterable

from sim.engine.codegen import outcomes as observers
from sim.engine.codegen.dependencies import Dependencies
from sim.engine.codegen.writer import SIGNATURE, Writer
from sim.errors import Span
from sim.language.render import CHANCE, leading_draw, led_by, literal, reference
from sim.language.statements import Assign, If, Statement, assigned
from sim.language.terms import BOOLEAN, Draw, Expression, Reference
from sim.model.types import Cancel, Event, Model, Schedule, StateVariable

#: Of a state variable, the slot of `Values` that holds its literal initial value.
INITIAL = "__initial"


class Generator(Writer):
    """Writes the source of one model and keeps the tables that belong to it."""

    def __init__(self, model: Model) -> None:
        super().__init__({name: i for i, name in enumerate(model.events)})
        self.model = model
        self.ways: list[tuple[str, str]] = [(name, "") for name in model.events]
        self.own_ways = dict(self.event_numbers)
        self.inputs = Dependencies(model)
        numeric = [n for n, d in model.derived.items() if not d.formula.type.options]
        self.series = (*model.state, *numeric)
        pending = {f"pending:{name}" for name in model.events}
        self.kept = self.inputs.kept()
        self.moved: set[str] = set()
        self.pending_read = bool(self.inputs.watched() & pending)

    def records(self) -> dict[str, tuple[str, ...]]:
        """Return the slots of the records, in order."""
        model = self.model
        initial = [f"{n}{INITIAL}" for n, v in model.state.items() if not _computed(v)]
        extra = [
            f"{name}__{slot}"
            for name, outcome in model.outcomes.items()
            for slot in observers.extra_slots(outcome)
        ]
        return {
            "State": (*model.state, *(slot for n in sorted(self.kept) for slot in _slots(n))),
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
                observers.follow(self, outcome)
        for event in model.events.values():
            self.fire(event)
        self.start()
        self.dispatch()
        self.record()
        self.finish()
        return "\n".join(self.text)

    def derived(self, name: str, formula: Expression) -> None:
        """Write a derived quantity; its value is kept until something it reads has moved."""
        self.line(0, f"def derived_{name}({SIGNATURE}) -> float:", formula.span)
        text = self.renderer(name).number(formula.term)
        if name in self.kept:
            value, stale = (f"s.{slot}" for slot in _slots(name))
            self.line(1, f"if {stale} != 0.0:")
            self.line(2, f"{value} = {text}", formula.span)
            self.line(2, f"{stale} = 0.0")
            text = value
        self.line(1, f"return {text}", formula.span)
        self.line(0, "")

    def forget(self, indent: int, derived: Iterable[str]) -> None:
        """Write that kept values are stale, as far as the state assigned so far moves them."""
        for name in sorted(self.kept & set(derived)):
            if self.inputs.derived(name) & self.moved:
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
        words = f"the rate of '{event.name}' became {{value}}"
        help = "a rate is a finite number, 0 or more"
        code = self.fault("bad-rate", words, event.when.span, help)
        self.line(indent, "if not (rate >= 0.0 and isfinite(rate)):")
        self.line(indent + 1, f"return fault(c, {code}, rate)")
        self.line(1, f"hazard(c, {self.event_numbers[event.name]}, rate)")
        self.line(1, "return 0")
        self.line(0, "")

    def condition(self, event: Event) -> None:
        """Write the condition of a `when` event."""
        assert event.when is not None
        truth = self.renderer(event.name).truth(event.when.term)
        self.line(0, f"def when_{event.name}({SIGNATURE}) -> int:", event.when.span)
        number = self.event_numbers[event.name]
        self.line(1, f"return becomes(c, {number}, {truth})", event.when.span)
        self.line(0, "")

    def fire(self, event: Event) -> None:
        """Write one event."""
        number = self.event_numbers[event.name]
        head = (
            f"def fire_{event.name}({SIGNATURE}, o: Accumulators, way: int, w: u64, n: int) -> int:"
        )
        self.line(0, head, event.span)
        indent = 1
        guard = event.guard
        if guard is not None:
            self.line(1, f"held = {self.renderer(event.name).truth(guard.term)}", guard.span)
            self.line(1, "if held:")
            indent = 2
        self.line(indent, f"occurred(c, {number})")
        for outcome in self.model.outcomes.values():
            if outcome.of == event.name and outcome.statistic == "first":
                self.line(indent, f"if o.{outcome.name} < 0.0:", outcome.span)
                self.line(indent + 1, f"o.{outcome.name} = c.now")
        self.moved = set()
        self.statements(indent, event.name, event.do)
        self.forget(indent, self.kept)
        self.invariants(indent, event)
        if event.told:
            renderer = self.renderer(f"{event.name}:tell")
            values = ", ".join(renderer.number(term) for term in event.told)
            self.line(indent, f"note(c, {number}, {values})")
        if event.trigger == "every":
            self.renewal(event)
        if event.then:
            if guard is not None:
                self.line(1, "if held:")
            self.edges(indent, event)
        self.refresh(event)
        self.line(1, "return 0")
        self.line(0, "")

    def renewal(self, event: Event) -> None:
        """Write the next occurrence of an `every` event, unless an edge brought this one about."""
        self.line(1, f"if way == {self.own_ways[event.name]}:")
        self.own_occurrence(2, event, "w", "n + 1")

    def own_occurrence(self, indent: int, event: Event, stream: str, occurrence: str) -> None:
        """Write the next occurrence of an event's own trigger."""
        assert event.when is not None
        prefix = f"{event.name}:every"
        self.sites[prefix] = 0
        renderer = self.renderer(prefix, stream, occurrence)
        what = "time" if event.trigger == "at" else "interval"
        self.delay(indent, event.when, renderer, f"the {what} of '{event.name}'")
        self.enter(indent, event.name, self.own_ways[event.name], event.span)

    def statements(self, indent: int, event: str, statements: tuple[Statement, ...]) -> None:
        """Write the statements of a `do` block."""
        for statement in statements:
            if isinstance(statement, If):
                self.forget(indent, self.inputs.reached([statement.test]))
                renderer = self.renderer(f"{event}:if")
                test = statement.test.term
                if (draw := leading_draw(test)) is not None:
                    self.line(indent, f"{CHANCE} = {renderer.number(draw)}", statement.test.span)
                    self.checked(indent, CHANCE, statement.test.span, "this draw")
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
        self.forget(indent, self.inputs.reached([statement.value]))
        role = "local" if statement.local else "state"
        target = reference(statement.target, role)
        value = self.renderer(f"{event}.{statement.target}").number(statement.value.term)
        self.line(indent, f"{target} = {value}", statement.span)
        drawn = isinstance(statement.value.term, Draw)
        if drawn or statement.value.type.kind in ("number", "whole"):
            self.checked(indent, target, statement.span, f"'{statement.target}'")
        if not statement.local:
            self.moved.add(statement.target)

    def invariants(self, indent: int, event: Event) -> None:
        """Write the tests that the state an event assigns lies in its ranges."""
        for name, span in assigned(event.do).items():
            self.invariant(indent, self.model.state[name], span)

    def invariant(self, indent: int, variable: StateVariable, span: Span) -> None:
        """Write the test that a state variable lies in its range."""
        if variable.low is None or variable.high is None:
            return
        low, high = literal(variable.low), literal(variable.high)
        bounds = f"{variable.low:.12g} to {variable.high:.12g}"
        words = f"'{variable.name}' became {{value}}, outside its range, {bounds}"
        help = "a range is an invariant: use clip() to stay in it"
        code = self.fault("out-of-range", words, span, help)
        self.line(indent, f"if not ({low} <= s.{variable.name} <= {high}):")
        self.line(indent + 1, f"return fault(c, {code}, s.{variable.name})")

    def edges(self, indent: int, event: Event) -> None:
        """Write the edges of an event, in order."""
        places: dict[str, int] = {}
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
            place = places.get(edge.event, 0)
            places[edge.event] = place + 1
            self.schedule(at, event, edge, f"{event.name}->{edge.event}#{place}")

    def schedule(self, indent: int, event: Event, edge: Schedule, name: str) -> None:
        """Write an edge that schedules an event, and give it a way of its own."""
        way = len(self.ways)
        self.ways.append((edge.event, name))
        if edge.after is None:
            self.line(indent, "delay = 0.0")
        else:
            what = f"the delay of '{edge.event}' after '{event.name}'"
            self.delay(indent, edge.after, self.renderer(name), what)
        self.enter(indent, edge.event, way, edge.span)

    def refresh(self, event: Event) -> None:
        """Write what follows a firing: what reads the things that it may have moved."""
        calls = self.followers(self.inputs.moved_by(event))
        indent = 1
        if calls and event.guard is not None and not self.pending_read:
            self.line(1, "if held:")
            indent = 2
        self.follow(indent, calls)

    def followers(self, moved: frozenset[str] | None) -> list[str]:
        """Return the calls that bring up to date what reads `moved` (everything for None)."""
        calls = []
        for kind in ("rate", "when"):
            for other in self.model.events.values():
                if other.trigger == kind and (moved is None or self.inputs.event(other) & moved):
                    calls.append(f"{kind}_{other.name}(c, s, p)")
        for outcome in self.model.outcomes.values():
            if isinstance(outcome.of, str) or outcome.statistic == "final":
                continue
            if moved is None or self.inputs.outcome(outcome) & moved:
                calls.append(f"observe_{outcome.name}(c, s, p, o)")
        return calls

    def follow(self, indent: int, calls: list[str]) -> None:
        """Write the calls of `followers`."""
        for call in calls:
            self.line(indent, f"status = {call}")
            self.line(indent, "if status != 0:")
            self.line(indent + 1, "return status")

    def start(self) -> None:
        """Write the beginning: initial state, accumulators, first occurrences, first judgements."""
        model = self.model
        self.line(0, f"def start({SIGNATURE}, o: Accumulators) -> int:")
        for name, variable in model.state.items():
            initial = variable.initial
            if isinstance(initial, Expression):
                value = self.renderer(name).number(initial.term)
                self.line(1, f"s.{name} = {value}", initial.span)
                self.checked(1, f"s.{name}", initial.span, f"'{name}'")
            else:
                self.line(1, f"s.{name} = p.{name}{INITIAL}", variable.span)
            self.invariant(1, variable, variable.span)
        for name in sorted(self.kept):
            self.line(1, f"s.{_slots(name)[1]} = 1.0")
        for outcome in model.outcomes.values():
            observers.begin(self, outcome)
        for event in model.events.values():
            if event.trigger in ("at", "every"):
                self.own_occurrence(1, event, "c.own", "0")
        self.follow(1, self.followers(None))
        self.line(1, "return 0")
        self.line(0, "")

    def dispatch(self) -> None:
        """Write the choice of the event to fire."""
        head = (
            f"def fire({SIGNATURE}, o: Accumulators, event: int, way: int, w: u64, n: int) -> int:"
        )
        self.line(0, head)
        for name, number in self.event_numbers.items():
            self.line(1, f"if event == {number}:")
            self.line(2, f"return fire_{name}(c, s, p, o, way, w, n)")
        self.line(1, "return 0")
        self.line(0, "")

    def record(self) -> None:
        """Write the value of each series, and the choice of one."""
        renderer = self.renderer("record")
        for name in self.series:
            if name in self.model.state:
                value = f"s.{name}"
            else:
                kind = self.model.derived[name].formula.type
                value = renderer.number(Reference(name, "derived", kind))
            self.line(0, f"def record_{name}({SIGNATURE}) -> float:")
            self.line(1, f"return {value}")
            self.line(0, "")
        self.line(0, f"def record({SIGNATURE}, series: int) -> float:")
        for i, name in enumerate(self.series):
            self.line(1, f"if series == {i}:")
            self.line(2, f"return record_{name}(c, s, p)")
        self.line(1, "return NAN")
        self.line(0, "")

    def finish(self) -> None:
        """Write the end: integrals closed, results in the first slots."""
        self.line(0, f"def finish({SIGNATURE}, o: Accumulators) -> int:")
        for outcome in self.model.outcomes.values():
            observers.result(self, outcome)
        self.line(1, "return 0")


def _slots(derived: str) -> tuple[str, str]:
    """Return the slots that keep a derived quantity, and whether it is stale."""
    return f"{derived}__kept", f"{derived}__stale"


def _computed(variable: StateVariable) -> bool:
    return isinstance(variable.initial, Expression)
