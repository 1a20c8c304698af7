"""The text of the generated source: one function per event, hazard, condition and outcome."""

from __future__ import annotations

from collections.abc import Iterable

from sim.draws import site_hash
from sim.errors import Span
from sim.language.render import Renderer, literal, reference
from sim.language.statements import Assign, If, Statement, assigned
from sim.language.terms import Expression
from sim.model import Cancel, Event, Model, Outcome, Schedule, StateVariable

SIGNATURE = "c: Calendar, s: State, p: Values"
#: Of a state variable, the slot of `Values` that holds its literal initial value.
INITIAL = "__initial"
#: The slots an outcome keeps in `Accumulators` besides its result.
EXTRA_SLOTS = {"mean": ("value", "since"), "duration": ("value", "since"), "count": ("truth",)}
FINITE = (
    "'do', 'after', 'every' and 'rate' must give finite numbers: look for a division by zero, an "
)
FINITE += "overflow, or a draw with impossible parameters"


class Generator:
    """Writes the source of one model and keeps the tables that belong to it."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.event_numbers = {name: i for i, name in enumerate(model.events)}
        self.ways: list[tuple[str, str]] = [(name, "") for name in model.events]
        self.own_ways = dict(self.event_numbers)
        self.faults: list[tuple[str, str, Span, str]] = []
        self.lines: dict[int, Span] = {}
        self.text: list[str] = []
        self.sites: dict[str, int] = {}
        self.inputs = {name: self.expand([d.formula]) for name, d in model.derived.items()}
        self.series = tuple(
            [*model.state, *(n for n, d in model.derived.items() if not d.formula.type.options)]
        )
        self.pending_read = bool(self.watched() & {f"pending:{name}" for name in model.events})

    # -- layouts ---------------------------------------------------------------------------------

    def records(self) -> dict[str, tuple[str, ...]]:
        """Return the slots of the records, in order."""
        model = self.model
        initial = [f"{n}{INITIAL}" for n, v in model.state.items() if not _computed(v)]
        extra = [
            f"{name}__{slot}"
            for name, outcome in model.outcomes.items()
            for slot in self.extra_slots(outcome)
        ]
        return {
            "State": tuple(model.state),
            "Values": (*model.levers, *model.parameters, *initial),
            "Accumulators": (*model.outcomes, *extra),
        }

    def extra_slots(self, outcome: Outcome) -> tuple[str, ...]:
        """Return the slots an outcome keeps besides its result."""
        return () if isinstance(outcome.of, str) else EXTRA_SLOTS.get(outcome.statistic, ())

    # -- what depends on what --------------------------------------------------------------------

    def expand(self, expressions: Iterable[Expression | None]) -> frozenset[str]:
        """Return the state, counts and pending occurrences that expressions read, derived ones included."""
        found: set[str] = set()
        for expression in expressions:
            if expression is None:
                continue
            found |= {f"count:{event}" for event in expression.counts}
            found |= {f"pending:{event}" for event in expression.pendings}
            for name in expression.reads:
                if name in self.model.derived:
                    found |= self.expand([self.model.derived[name].formula])
                elif name in self.model.state:
                    found.add(name)
        return frozenset(found)

    def watched(self) -> frozenset[str]:
        """Return everything that a hazard, condition or outcome reads."""
        found: set[str] = set()
        for event in self.model.events.values():
            if event.trigger in ("rate", "when"):
                found |= self.event_inputs(event)
        for outcome in self.model.outcomes.values():
            found |= self.outcome_inputs(outcome)
        return frozenset(found)

    def event_inputs(self, event: Event) -> frozenset[str]:
        """Return what the trigger of an event reads; the guard of a hazard stops its clock."""
        return self.expand([event.when, event.guard if event.trigger == "rate" else None])

    def outcome_inputs(self, outcome: Outcome) -> frozenset[str]:
        """Return what an outcome must be kept up to date with."""
        return frozenset() if isinstance(outcome.of, str) else self.expand([outcome.of])

    def moved_by(self, event: Event) -> frozenset[str]:
        """Return what a firing of an event may change."""
        moved = set(assigned(event.do)) | {f"count:{event.name}", f"pending:{event.name}"}
        moved |= {f"pending:{edge.event}" for edge in event.then}
        return frozenset(moved)

    # -- writing ---------------------------------------------------------------------------------

    def line(self, indent: int, text: str, span: Span | None = None) -> None:
        """Write one line, and remember what it stands for."""
        self.text.append("    " * indent + text)
        if span is not None:
            self.lines[len(self.text)] = span

    def fault(self, code: str, message: str, span: Span, help: str = FINITE) -> int:
        """Return the status of a new fault."""
        self.faults.append((code, message, span, help))
        return len(self.faults)

    def renderer(self, prefix: str, stream: str = "w", occurrence: str = "n") -> Renderer:
        """Return a renderer whose draws are named after `prefix`: ``prefix#0``, ``prefix#1`` …"""

        def draw() -> str:
            place = self.sites.get(prefix, 0)
            self.sites[prefix] = place + 1
            return f"uniform01({stream}, {site_hash(f'{prefix}#{place}'):#018x}, {occurrence})"

        return Renderer(draw, self.event_numbers)

    def module(self) -> str:
        """Write the whole source."""
        model = self.model
        for name, derived in model.derived.items():
            self.line(0, f"def derived_{name}({SIGNATURE}) -> float:", derived.formula.span)
            text = self.renderer(name).number(derived.formula.term)
            self.line(1, f"return {text}", derived.formula.span)
            self.line(0, "")
        for event in model.events.values():
            if event.trigger == "rate":
                self.hazard(event)
            elif event.trigger == "when":
                self.condition(event)
        for outcome in model.outcomes.values():
            if not isinstance(outcome.of, str) and outcome.statistic != "final":
                self.observe(outcome)
        for event in model.events.values():
            self.fire(event)
        self.start()
        self.dispatch()
        self.record()
        self.finish()
        return "\n".join(self.text)

    def checked(self, indent: int, target: str, span: Span, what: str) -> None:
        """Write the test that a value is finite."""
        code = self.fault("not-finite", f"{what} became {{value}}", span)
        self.line(indent, f"if not isfinite({target}):")
        self.line(indent + 1, f"return fault(c, {code}, {target})")

    def hazard(self, event: Event) -> None:
        """Write the hazard of a `rate` event."""
        assert event.when is not None
        renderer = self.renderer(event.name)
        self.line(0, f"def rate_{event.name}({SIGNATURE}) -> int:", event.when.span)
        self.line(1, "rate = 0.0")
        indent = 1
        if event.guard is not None:
            self.line(1, f"if {renderer.truth(event.guard.term)}:", event.guard.span)
            indent = 2
        self.line(indent, f"rate = {renderer.number(event.when.term)}", event.when.span)
        words = f"the rate of '{event.name}' became {{value}}"
        code = self.fault(
            "bad-rate", words, event.when.span, "a rate is a finite number, 0 or more"
        )
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

    def observe(self, outcome: Outcome) -> None:
        """Write how an outcome follows its expression."""
        assert isinstance(outcome.of, Expression)
        name, of = outcome.name, outcome.of
        renderer = self.renderer(name)
        self.line(0, f"def observe_{name}({SIGNATURE}, o: Accumulators) -> int:", of.span)
        if outcome.statistic in ("mean", "min", "max", "duration"):
            self.line(1, f"x = {renderer.number(of.term)}", of.span)
            self.checked(1, "x", of.span, f"outcome '{name}'")
        match outcome.statistic:
            case "mean" | "duration":
                self.line(1, f"if x != o.{name}__value:")
                self.line(2, f"o.{name} = o.{name} + o.{name}__value * (c.now - o.{name}__since)")
                self.line(2, f"o.{name}__value = x")
                self.line(2, f"o.{name}__since = c.now")
            case "min" | "max":
                sign = "<" if outcome.statistic == "min" else ">"
                self.line(1, f"if x {sign} o.{name}:")
                self.line(2, f"o.{name} = x")
            case "ever":
                self.line(1, f"if {renderer.truth(of.term)}:", of.span)
                self.line(2, f"o.{name} = 1.0")
            case "first":
                self.line(1, f"if o.{name} < 0.0 and {renderer.truth(of.term)}:", of.span)
                self.line(2, f"o.{name} = c.now")
            case "count":
                self.line(1, f"x = {renderer.number(of.term)}", of.span)
                self.line(1, f"if x > o.{name}__truth:")
                self.line(2, f"o.{name} = o.{name} + 1.0")
                self.line(1, f"o.{name}__truth = x")
        self.line(1, "return 0")
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
        self.statements(indent, event.name, event.do)
        self.invariants(indent, event)
        if event.told:
            renderer = self.renderer(f"{event.name}.tell")
            values = ", ".join(renderer.number(term) for term in event.told)
            self.line(indent, f"note(c, {number}, {values})")
        if event.trigger == "every":
            self.renewal(event)
        if event.then:
            if guard is not None:
                self.line(1, "if held:")
            self.edges(indent, event)
        self.refresh(event, guarded=guard is not None)
        self.line(1, "return 0")
        self.line(0, "")

    def renewal(self, event: Event) -> None:
        """Write the next occurrence of an `every` event, unless an edge brought this one about."""
        assert event.when is not None
        number = self.event_numbers[event.name]
        self.line(1, f"if way == {self.own_ways[event.name]}:")
        renderer = self.renderer(f"{event.name}.every", occurrence="n + 1")
        self.sites[f"{event.name}.every"] = 0
        self.delay(2, event.when, renderer, f"the interval of '{event.name}'")
        self.line(2, f"status = schedule(c, {number}, {self.own_ways[event.name]}, delay)")
        self.line(2, "if status != 0:")
        self.line(3, "return status")

    def delay(self, indent: int, of: Expression, renderer: Renderer, what: str) -> None:
        """Write the computation of a delay and its test."""
        self.line(indent, f"delay = {renderer.number(of.term)}", of.span)
        help = "a delay is a finite number, 0 or more: nothing can be scheduled into the past"
        code = self.fault("bad-delay", f"{what} became {{value}}", of.span, help)
        self.line(indent, "if not (delay >= 0.0 and isfinite(delay)):")
        self.line(indent + 1, f"return fault(c, {code}, delay)")

    def statements(self, indent: int, event: str, statements: tuple[Statement, ...]) -> None:
        """Write the statements of a `do` block."""
        for statement in statements:
            if isinstance(statement, If):
                test = self.renderer(f"{event}.if").truth(statement.test.term)
                self.line(indent, f"if {test}:", statement.test.span)
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
        role = "local" if statement.local else "state"
        target = reference(statement.target, role)
        value = self.renderer(f"{event}.{statement.target}").number(statement.value.term)
        self.line(indent, f"{target} = {value}", statement.span)
        if statement.value.type.kind in ("number", "whole"):
            self.checked(indent, target, statement.span, f"'{statement.target}'")

    def invariants(self, indent: int, event: Event) -> None:
        """Write the tests that the state an event assigns lies in its ranges."""
        for name, span in assigned(event.do).items():
            self.invariant(indent, self.model.state[name], span)

    def invariant(self, indent: int, variable: StateVariable, span: Span) -> None:
        """Write the test that a state variable lies in its range."""
        if variable.low is None or variable.high is None:
            return
        low, high = literal(variable.low), literal(variable.high)
        words = f"'{variable.name}' became {{value}}, outside its range, {variable.low:g} to {variable.high:g}"
        code = self.fault(
            "out-of-range", words, span, "a range is an invariant: use clip() to stay in it"
        )
        self.line(indent, f"if not ({low} <= s.{variable.name} <= {high}):")
        self.line(indent + 1, f"return fault(c, {code}, s.{variable.name})")

    def edges(self, indent: int, event: Event) -> None:
        """Write the edges of an event, in order."""
        places: dict[str, int] = {}
        for edge in event.then:
            at = indent
            if edge.condition is not None:
                truth = self.renderer(f"{event.name}.then").truth(edge.condition.term)
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
        number = self.event_numbers[edge.event]
        way = len(self.ways)
        self.ways.append((edge.event, name))
        if edge.after is None:
            self.line(indent, "delay = 0.0")
        else:
            what = f"the delay of '{edge.event}' after '{event.name}'"
            self.delay(indent, edge.after, self.renderer(name), what)
        self.line(indent, f"status = schedule(c, {number}, {way}, delay)", edge.span)
        self.line(indent, "if status != 0:")
        self.line(indent + 1, "return status")

    def refresh(self, event: Event, guarded: bool) -> None:
        """Write what follows a firing: hazards, conditions and outcomes whose inputs it may have moved."""
        moved = self.moved_by(event)
        calls = self.followers(moved)
        if not calls:
            return
        indent = 1
        if guarded and not self.pending_read:
            self.line(1, "if held:")
            indent = 2
        self.follow(indent, calls)

    def followers(self, moved: frozenset[str] | None) -> list[str]:
        """Return the calls that bring up to date what reads `moved` (everything for None)."""
        calls = []
        for kind in ("rate", "when"):
            for other in self.model.events.values():
                if other.trigger == kind and (moved is None or self.event_inputs(other) & moved):
                    calls.append(f"{kind}_{other.name}(c, s, p)")
        for outcome in self.model.outcomes.values():
            if isinstance(outcome.of, str):
                number = self.event_numbers[outcome.of]
                here = moved is not None and f"count:{outcome.of}" in moved
                if outcome.statistic == "first" and here:
                    calls.append(f"!first {outcome.name} {number}")
            elif outcome.statistic != "final" and (
                moved is None or self.outcome_inputs(outcome) & moved
            ):
                calls.append(f"observe_{outcome.name}(c, s, p, o)")
        return calls

    def follow(self, indent: int, calls: list[str]) -> None:
        """Write the calls of `followers`."""
        for call in calls:
            if call.startswith("!first "):
                _, name, number = call.split()
                self.line(indent, f"if o.{name} < 0.0 and count_of(c, {number}) > 0.0:")
                self.line(indent + 1, f"o.{name} = c.now")
                continue
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
        for outcome in model.outcomes.values():
            self.begin(outcome)
        for event in model.events.values():
            if event.trigger in ("at", "every"):
                assert event.when is not None
                renderer = self.renderer(f"{event.name}.every", "c.own", "0")
                self.sites[f"{event.name}.every"] = 0
                what = "the time" if event.trigger == "at" else "the interval"
                self.delay(1, event.when, renderer, f"{what} of '{event.name}'")
                number = self.event_numbers[event.name]
                self.line(1, f"status = schedule(c, {number}, {number}, delay)", event.span)
                self.line(1, "if status != 0:")
                self.line(2, "return status")
        self.follow(1, self.followers(None))
        self.line(1, "return 0")
        self.line(0, "")

    def begin(self, outcome: Outcome) -> None:
        """Write the first value of an outcome's accumulators."""
        first = {
            "min": "1.7976931348623157e308",
            "max": "(-1.7976931348623157e308)",
            "first": "(-1.0)",
        }
        self.line(1, f"o.{outcome.name} = {first.get(outcome.statistic, '0.0')}", outcome.span)
        for slot in self.extra_slots(outcome):
            self.line(1, f"o.{outcome.name}__{slot} = 0.0")

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
        """Write what is put down at each point of the time grid."""
        self.line(0, f"def record({SIGNATURE}) -> int:")
        renderer = self.renderer("record")
        for i, name in enumerate(self.series):
            if name in self.model.state:
                value = f"s.{name}"
            else:
                value = renderer.number(self.model.derived[name].formula.term)
            self.line(1, f"put(c, {i}, {value})")
        self.line(1, "return 0")
        self.line(0, "")

    def finish(self) -> None:
        """Write the end: integrals closed, results in the first slots."""
        self.line(0, f"def finish({SIGNATURE}, o: Accumulators) -> int:")
        for name, outcome in self.model.outcomes.items():
            self.result(name, outcome)
        self.line(1, "return 0")

    def result(self, name: str, outcome: Outcome) -> None:
        """Write the result of one outcome."""
        of = outcome.of
        if isinstance(of, str):
            number = self.event_numbers[of]
            if outcome.statistic == "count":
                self.line(1, f"o.{name} = count_of(c, {number})", outcome.span)
            elif outcome.statistic == "ever":
                self.line(
                    1, f"o.{name} = 1.0 if count_of(c, {number}) > 0.0 else 0.0", outcome.span
                )
        match outcome.statistic:
            case "final":
                assert isinstance(of, Expression)
                self.line(1, f"o.{name} = {self.renderer(name).number(of.term)}", of.span)
                self.checked(1, f"o.{name}", of.span, f"outcome '{name}'")
            case "mean" | "duration":
                self.line(1, f"o.{name} = o.{name} + o.{name}__value * (c.now - o.{name}__since)")
                if outcome.statistic == "mean":
                    self.line(1, f"o.{name} = div(o.{name}, c.now)")
            case "first":
                self.line(1, f"if o.{name} < 0.0:")
                self.line(2, f"o.{name} = NAN")


def _computed(variable: StateVariable) -> bool:
    return isinstance(variable.initial, Expression)
