"""The generated source: one function per event, hazard, condition and outcome."""

from __future__ import annotations

from sim.engine.codegen import outcomes, tables
from sim.engine.codegen.firing import FIRE, STOP, Firing, cache_slots
from sim.engine.codegen.writer import SIGNATURE
from sim.language.bounds import magnitude
from sim.language.lookups import moving
from sim.language.render import literal
from sim.language.terms import Expression, Reference
from sim.model.types import Event, Model, Outcome

#: Suffix of the slot of `Values` for the literal initial value of a state variable.
INITIAL = "__initial"


class Generator(Firing):
    """Writes the source of one model and its tables."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        numeric = [n for n, d in model.derived.items() if not d.formula.type.options]
        self.series = (*model.state, *numeric)
        self.written: set[str] = set()  # derived quantities
        self.turning = self.inputs.turning()  # tables

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
            for slot in outcomes.extra_slots(outcome, self.moving)
        ]
        return {
            "State": (
                *model.state,
                *(slot for n in sorted(self.cached) for slot in cache_slots(n)),
                *map(tables.turn_slot, self.turning),
            ),
            "Values": (*model.levers, *model.parameters, *initial),
            "Accumulators": (*model.outcomes, *extra),
            "Constants": tuple(self.constants.values()),
        }

    def module(self) -> str:
        """Write the whole source."""
        model = self.model
        for name in model.derived:
            self.derived(name)
        for event in model.events.values():
            if event.trigger == "rate":
                self.hazard(event)
            elif event.trigger == "when":
                assert event.when is not None
                number = self.event_numbers[event.name]
                self.condition(event.name, event.when, f"set_condition(c, {number}, ")
        if model.stop is not None:
            self.condition(STOP, model.stop, "set_stop(c, ")
        for outcome in model.outcomes.values():
            if outcome.followed:
                outcomes.follow(self, outcome)
        for event in model.events.values():
            self.fire(event)
        self.start()
        self.dispatch()
        self.record()
        self.mark()
        if self.turning:
            self.turn()
        self.finish()
        self.prepare()
        self.functions.write(self.line)
        tables.functions(self)
        self.checked_functions()
        return "\n".join(self.text)

    def derived(self, name: str) -> None:
        """Write a derived quantity after those it reads; a cached value is valid until an input changes."""
        if name in self.written:
            return
        self.written.add(name)
        formula = self.model.derived[name].formula
        for other in sorted(formula.reads & self.model.derived.keys()):
            self.derived(other)
        renderer = self.renderer(name)
        text = renderer.finite(formula.term)
        if renderer.can_fail:
            self.failing.add(name)
        self.bounds[name] = magnitude(formula.term, self.bounds)
        self.line(0, f"def derived_{name}({SIGNATURE}) -> float:", formula.span)
        if name in self.cached:
            value, stale = (f"s.{slot}" for slot in cache_slots(name))
            self.line(1, f"if {stale} != 0.0:")
            self.line(2, f"{value} = {text}", formula.span)
            if renderer.can_fail:  # computed again by the next that reads it
                self.line(2, "if c.failed != 0:")
                self.line(3, f"return {value}")
            self.line(2, f"{stale} = 0.0")
            text = value
        self.end(text, formula.span)

    def hazard(self, event: Event) -> None:
        """Write the hazard of a `rate` event."""
        assert event.when is not None
        renderer = self.renderer(event.name)
        self.line(0, f"def rate_{event.name}({SIGNATURE}) -> int:", event.when.span)
        indent = 1
        if event.guard is not None:
            self.line(1, "rate = 0.0")
            if moving(event.when.term, self.moving) is not None:
                self.line(1, "slope = 0.0")
            self.branch(1, event.guard, renderer)
            indent = 2
        what = f"the rate of '{event.name}'"
        self.assign(indent, "rate", event.when, renderer, what)
        self.require_not_negative(indent, "rate", event.when.span, what)
        number = self.event_numbers[event.name]
        if moving(event.when.term, self.moving) is None:
            self.line(1, f"set_rate(c, {number}, rate)")
        else:
            tables.ramp(self, indent, event.when, renderer)
            self.line(1, f"set_ramp(c, {number}, rate, slope)")
        self.end()

    def condition(self, name: str, of: Expression, call: str) -> None:
        """Write a function that passes on whether a condition holds."""
        renderer = self.renderer(name)
        truth = renderer.truth(of.term)
        self.line(0, f"def when_{name}({SIGNATURE}) -> int:", of.span)
        if renderer.can_fail:
            self.line(1, f"holds = {truth}", of.span)
            self.stop_if_failed(1, renderer)
            truth = "holds"
        self.end(f"{call}{truth})", of.span)

    def start(self) -> None:
        """Write the start: initial state, accumulators, first occurrences, first updates."""
        model = self.model
        self.line(0, f"def start({SIGNATURE}, o: Accumulators) -> int:")
        for name, variable in model.state.items():
            initial = variable.initial
            if isinstance(initial, Expression):
                renderer = self.renderer(f"{name}:initial", "c.own", "0")
                self.assign(1, f"s.{name}", initial, renderer, f"'{name}'")
            else:
                self.line(1, f"s.{name} = p.{name}{INITIAL}", variable.span)
            self.invariant(1, variable, variable.span)
        for name in sorted(self.cached):
            self.line(1, f"s.{cache_slots(name)[1]} = 1.0")
        for outcome in model.outcomes.values():
            if not outcome.followed:
                outcomes.begin(self, 1, outcome)
        for event in model.events.values():
            if event.trigger in ("at", "every"):
                self.own_occurrence(1, event, "c.own", "0")
        for call in self.triggers():
            self.propagate(1, call)
        self.line(1, f"set_mark(c, 0, {literal(min(self.marks()))})")
        tables.first_turn(self, self.model, self.turning)
        self.end()

    def marks(self) -> dict[float, list[Outcome]]:
        """Return the instants between events at which statistics begin or outcomes are read."""
        marks: dict[float, list[Outcome]] = {self.model.clock.warmup: []}
        for outcome in self.model.outcomes.values():
            if outcome.at is not None:
                marks.setdefault(outcome.at, []).append(outcome)
        return marks

    def mark(self) -> None:
        """Write what happens at the next mark."""
        marks = sorted(self.marks().items())
        self.line(0, f"def mark({SIGNATURE}, o: Accumulators) -> int:")
        for number, (time, read) in enumerate(marks):
            self.line(1, f"if c.mark == {number}:")
            if time == self.model.clock.warmup:
                self.line(2, "c.counting = 1")
                for outcome in self.model.outcomes.values():
                    if outcome.followed:
                        outcomes.begin(self, 2, outcome)
                for call in self.followed():
                    self.propagate(2, call)
            for outcome in read:
                outcomes.read(self, 2, outcome)
            later = literal(marks[number + 1][0]) if number + 1 < len(marks) else "INF"
            self.line(2, f"set_mark(c, {number + 1}, {later})")
            self.line(2, "return 0")
        self.end()

    def turn(self) -> None:
        """Write what happens at a point of a table that hazards, conditions or outcomes read."""
        self.line(0, f"def turn({SIGNATURE}, o: Accumulators) -> int:")
        for i, table in enumerate(self.turning):
            self.line(1, f"turned_{i} = (c.now >= s.{tables.turn_slot(table)})")
            self.line(1, f"if turned_{i}:")
            tables.next_turn(self, 2, self.model, table, "c.now")
            self.changed = {f"now:{table}"}
            self.invalidate(2, self.cached)
        self.changed = set()
        for i, table in enumerate(self.turning):
            changed = frozenset({f"now:{table}"})
            calls, followed = self.triggers(changed), self.followed(changed)
            if calls or followed:
                self.line(1, f"if turned_{i}:")
            for call in calls:
                self.propagate(2, call)
            if followed:
                self.line(2, "if c.counting != 0:")
            for call in followed:
                self.propagate(3, call)
        tables.set_turn(self, self.turning)
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
            if name in self.failing:  # a gap: recording must not end a replication
                self.line(1, f"x = {value}")
                self.line(1, "if c.failed != 0:")
                self.line(2, "c.failed = 0")
                self.line(2, "return NAN")
                value = "x"
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
            outcomes.result(self, outcome, self.model.clock)
        self.end()
