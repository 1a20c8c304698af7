"""The generated source: one function per event, hazard, condition and outcome."""

from __future__ import annotations

from collections.abc import Sequence

from sim.engine.codegen import arguments, outcomes, tables
from sim.engine.codegen.dependencies import Update, by_input
from sim.engine.codegen.firing import FIRE
from sim.engine.codegen.initial import Initial, initial_slot
from sim.engine.codegen.updating import STOP, cache_slots, parameters
from sim.engine.codegen.writer import SIGNATURE
from sim.language.bounds import magnitude
from sim.language.expressions import Expression
from sim.language.lookups import moving
from sim.language.render import literal
from sim.language.terms import Reference
from sim.model.event_types import Event, Index
from sim.model.naming import cell_names, cell_places, cells_over, family_of
from sim.model.outcomes import can_be_missing, in_order, read_by
from sim.model.types import Model, Outcome


class Generator(Initial):
    """Writes the source of one model and its tables."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        numeric = {n: d for n, d in model.derived.items() if not d.formula.type.options}
        self.series = (
            *model.state, *(cell for n, d in numeric.items() for cell in cell_names(n, d.over)),
        )  # fmt: skip
        self.written: set[str] = set()  # derived quantities
        self.turning = self.inputs.turning()  # tables

    def records(self) -> dict[str, tuple[str, ...]]:
        """Return the slots of the records, in order."""
        model = self.model
        initial = [
            initial_slot(name)
            for name, variable in model.state.items()
            if not isinstance(variable.initial, Expression)
        ]
        extra = [
            f"{outcomes.identifier(name)}__{slot}"
            for name, outcome in model.computed.items()
            for slot in outcomes.extra_slots(outcome, self.moving)
        ]
        return {
            "State": (
                *model.state,
                *(
                    cell
                    for n in sorted(self.cached)
                    for slot in cache_slots(n)
                    for cell in cell_names(slot, model.derived[n].over)
                ),
                *map(tables.turn_slot, self.turning),
            ),
            "Values": (*model.levers, *model.parameters, *initial),
            "Accumulators": (*map(outcomes.identifier, model.computed), *extra),
            "Constants": tuple(self.constants.values()),
        }

    def module(self) -> str:
        """Write the whole source."""
        model = self.model
        for name in model.derived:
            self.derived(name)
        for event in model.events.values():
            if event.trigger == "rate":
                with self.within(event.name, event.over):
                    self.hazard(event)
            elif event.trigger == "when":
                assert event.when is not None
                with self.within(event.name, event.over):
                    call = f"set_condition(c, {self.number_of(event)}, "
                    self.condition(event.name, event.when, call)
        if model.stop is not None:
            self.condition(STOP, model.stop, "set_stop(c, ")
        for outcome in model.computed.values():
            if outcome.followed:
                outcomes.follow(self, outcome, model.clock)
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
        self.finish_source()
        self.functions.write(self.line)
        tables.functions(self)
        self.checked_functions()
        return "\n".join(self.text)

    def derived(self, name: str) -> None:
        """Write a derived quantity after those it reads; a cached value is valid until an input changes."""
        if name in self.written:
            return
        self.written.add(name)
        derived = self.model.derived[name]
        formula, over = derived.formula, derived.over
        for other in sorted(formula.reads & self.model.derived.keys()):
            self.derived(other)
        renderer = self.renderer(name)
        text = renderer.finite(formula.term)
        if renderer.can_fail:
            self.failing.add(name)
        self.bounds[name] = magnitude(formula.term, self.bounds)
        self.line(0, f"def derived_{name}({SIGNATURE}{parameters(over)}) -> float:", formula.span)
        if name in self.cached:
            at = f"[{self.place(over)}]" if over else ""
            value, stale = (f"s.{slot}{at}" for slot in cache_slots(name))
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
        members = parameters(event.over)
        self.line(0, f"def rate_{event.name}({SIGNATURE}{members}) -> int:", event.when.span)
        indent = 1
        arguments.declare(self, event)
        if event.guard is not None:
            self.line(1, "rate = 0.0")
            if moving(event.when.term, self.moving) is not None:
                self.line(1, "slope = 0.0")
            self.branch(1, event.guard, renderer)
            indent = 2
        what = f"the rate of '{event.name}'"
        self.assign(indent, "rate", event.when, renderer, what)
        self.require_not_negative(indent, "rate", event.when.span, what)
        if moving(event.when.term, self.moving) is None:
            self.line(1, f"set_rate(c, {self.number_of(event)}, rate)")
        else:
            tables.ramp(self, indent, event.when, renderer)
            self.line(1, f"set_ramp(c, {self.number_of(event)}, rate, slope)")
        self.end()

    def condition(self, name: str, of: Expression, call: str) -> None:
        """Write a function that passes on whether a condition holds."""
        renderer = self.renderer(name)
        truth = renderer.truth(of.term)
        self.line(0, f"def when_{name}({SIGNATURE}{parameters(self.over)}) -> int:", of.span)
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
            if "[" not in name:
                self.initial(1, name, variable, f"s.{name}", f"p.{initial_slot(name)}")
        for family in model.families.values():
            if family.section == "state":
                self.initial_family(family)
        for name in sorted(self.cached):
            self.stale(1, name, Update())
        for outcome in model.computed.values():
            if not outcome.followed:
                outcomes.begin(self, 1, outcome)
        for event in model.events.values():
            if event.trigger in ("at", "every"):
                with self.within(event.name, event.over):
                    indent = self.members(1, event.over)
                    self.own_occurrence(indent, event, "c.own", "0")
        self.calls(1, self.triggers())
        self.line(1, f"set_mark(c, 0, {literal(min(self.marks()))})")
        tables.first_turn(self, self.model, self.turning)
        self.end()

    def marks(self) -> dict[float, list[Outcome]]:
        """Return the instants between events at which statistics begin or outcomes are read."""
        marks: dict[float, list[Outcome]] = {self.model.clock.warmup: []}
        for outcome in self.model.computed.values():
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
                for outcome in self.model.computed.values():
                    if outcome.followed:
                        outcomes.begin(self, 2, outcome)
                self.calls(2, self.followed())
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
            self.changed = {(f"now:{table}", ())}
            self.invalidate(2, self.cached)
        self.changed = set()
        for i, table in enumerate(self.turning):
            changed = by_input([(f"now:{table}", ())])
            triggers, followed = self.triggers(changed), self.followed(changed)
            if triggers or followed:
                self.line(1, f"if turned_{i}:")
            self.calls(2, triggers)
            if followed:
                self.line(2, "if c.counting != 0:")
            self.calls(3, followed)
        tables.set_turn(self, self.turning)
        self.end()

    def dispatch(self) -> None:
        """Write the function that fires an event by its number."""
        self.line(0, f"def fire({SIGNATURE}, {FIRE.replace(',', ', event: int,', 1)}) -> int:")
        for name, event in self.model.events.items():
            number, size = self.event_numbers[name], self.event_sizes.get(name)
            if size is None:
                self.line(1, f"if event == {number}:")
                self.line(2, f"return fire_{name}(c, s, p, o, activation, w, n)")
                continue
            self.line(1, f"if {number} <= event < {number + size}:")
            given = self.split(f"event - {number}" if number else "event", event.over)
            self.line(2, f"return fire_{name}(c, s, p, o, activation, w, n{given})")
        self.end()

    def split(self, place: str, over: Sequence[Index]) -> str:
        """Return the texts of the members of a place among all cells, as further arguments."""
        if len(over) == 1:
            return f", {place}"
        columns = zip(*cell_places(over), strict=True)
        return "".join(f", {self.table(tuple(column))}[{place}]" for column in columns)

    def record(self) -> None:
        """Write the value of each series, and the function that returns one by its number."""
        renderer = self.renderer("record")
        shown: list[tuple[str, tuple[Index, ...]]] = [
            (name, ()) for name in self.model.state if "[" not in name
        ]
        families = self.model.families.values()
        shown += [(f.name, f.over) for f in families if f.section == "state"]
        shown += [(n, d.over) for n, d in self.model.derived.items() if not d.formula.type.options]
        for name, over in shown:
            index = tuple(Reference(i.variable, "index", i.type) for i in over)
            if name in self.model.derived:
                kind = self.model.derived[name].formula.type
                value = renderer.number(Reference(name, "derived", kind, index))
            else:
                value = renderer.reference(name, "state", index)
            self.line(0, f"def record_{name}({SIGNATURE}{parameters(over)}) -> float:")
            if name in self.failing:  # a gap: recording must not end a replication
                self.line(1, f"x = {value}")
                self.line(1, "if c.failed != 0:")
                self.line(2, "c.failed = 0")
                self.line(2, "return NAN")
                value = "x"
            self.end(value)
        self.line(0, f"def record({SIGNATURE}, series: int) -> float:")
        places: dict[str, int] = {}
        for i, name in enumerate(self.series):
            places.setdefault(family_of(name), i)
        for name, over in sorted(shown, key=lambda one: places[one[0]]):
            first, size = places[name], cells_over(over)
            if not over:
                self.line(1, f"if series == {first}:")
                self.line(2, f"return record_{name}(c, s, p)")
                continue
            self.line(1, f"if {first} <= series < {first + size}:")
            given = self.split(f"series - {first}" if first else "series", over)
            self.line(2, f"return record_{name}(c, s, p{given})")
        self.end("NAN")

    def finish(self) -> None:
        """Write the finish: close the integrals and fill the outcomes."""
        computed = self.model.computed
        if any(can_be_missing(computed, n) for o in computed.values() for n in read_by(o)):
            outcomes.present(self)
        self.line(0, f"def finish({SIGNATURE}, o: Accumulators) -> int:")
        for outcome in in_order(computed):
            outcomes.result(self, outcome, self.model)
        self.end()
