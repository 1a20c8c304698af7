"""The firing of an event in the generated source: guard, statements, edges, next occurrence."""

from __future__ import annotations

from sim.engine.codegen import arguments, outcomes
from sim.engine.codegen.dependencies import Update, assignments, variables
from sim.engine.codegen.edges import Edges
from sim.engine.codegen.updating import flat, parameters
from sim.engine.codegen.writer import SIGNATURE
from sim.errors import Span
from sim.language.render import literal, local
from sim.language.statements import Assign, For, If, Statement, assigned
from sim.language.terms import Lookup, Role
from sim.model.event_types import Event
from sim.model.types import StateVariable

#: Parameters of a function that fires an event, after those of every function.
FIRE = "o: Accumulators, activation: int, w: u64, n: int"


class Firing(Edges):
    """Writes what happens when an event fires."""

    def fire(self, event: Event) -> None:
        """Write one event."""
        self.writing = event.span
        with self.within(event.name, event.over):
            self._fire(event)

    def _fire(self, event: Event) -> None:
        number = self.number_of(event)
        members = parameters(event.over)
        self.line(0, f"def fire_{event.name}({SIGNATURE}, {FIRE}{members}) -> int:", event.span)
        arguments.take(self, event)
        indent = 1
        guard = event.guard
        if guard is not None:
            renderer = self.renderer(event.name)
            self.line(1, f"guard = {renderer.truth(guard.term)}", guard.span)
            self.stop_if_failed(1, renderer)
            self.line(1, "if guard:")
            indent = 2
        self.line(indent, f"occurred(c, {number})")
        outcomes.count(self, indent, self.model, event)
        self.changed = set()
        self.statements(indent, event.name, event.do)
        self.invalidate(indent, self.cached)
        self.invariants(indent, event)
        if event.told:
            renderer = self.renderer(f"{event.name}:tell")
            values = ", ".join(renderer.number(told.term) for told in event.told)
            self.line(indent, f"note(c, {number}, {values})")
        if event.trigger == "every":
            self.line(1, f"if activation == {number}:")
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
        number = self.number_of(event)
        for when in event.times or (event.when,):
            assert when is not None
            renderer = self.renderer(prefix, stream, occurrence)
            if isinstance(when.term, Lookup) and when.term.read == "until":
                self.line(indent, f"forget(c, {number})")
            self.delay(indent, when, renderer, f"the {what} of '{event.name}'")
            arguments.give(self, indent, event)
            self.schedule_call(indent, number, number, event.span)

    def statements(self, indent: int, event: str, statements: tuple[Statement, ...]) -> None:
        """Write the statements of a `do` block."""
        for statement in statements:
            if isinstance(statement, For):
                self.loop(indent, event, statement)
                continue
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

    def loop(self, indent: int, event: str, statement: For) -> None:
        """Write a loop over the members of a set; what one turn changes, the next can read."""
        before = self.loops
        self.changed |= assignments(statement.body, variables(self.over))
        size = len(statement.type.options)
        self.line(indent, f"for {local(statement.variable)} in range({size}):", statement.span)
        self.loops = (*before, (statement.variable, statement.type))
        self.statements(indent + 1, event, statement.body)
        self.loops = before

    def assignment(self, indent: int, event: str, statement: Assign) -> None:
        """Write one assignment and the test of its value."""
        self.writing = statement.span
        self.invalidate(indent, self.inputs.derived_in(statement.value))
        renderer = self.renderer(f"{event}.{statement.target}")
        role: Role = "local" if statement.local else "state"
        target = renderer.reference(statement.target, role, statement.index)
        self.assign(indent, target, statement.value, renderer, f"'{statement.target}'")
        if not statement.local:
            self.changed |= assignments([statement], variables(self.over))

    def invariants(self, indent: int, event: Event) -> None:
        """Write the tests that the state which an event assigns is in its ranges."""
        places = assigned(event.do)
        changed = assignments(event.do, variables(event.over))
        for name, span in places.items():
            family = self.model.families.get(name)
            if family is None:
                self.invariant(indent, self.model.state[name], span)
                continue
            assert isinstance(family.base, StateVariable)
            slots = sorted((of for target, of in changed if target == name), key=repr)
            if any(None in of for of in slots):
                slots = [(None,) * len(family.over)]
            for of in slots if family.base.low is not None else ():
                at, given = self.concerned(indent, family.over, Update(tuple(enumerate(of))))
                place = flat(family.over, given)
                self.invariant(at, family.base, span, f"s.{name}[{place}]")

    def invariant(self, indent: int, variable: StateVariable, span: Span, value: str = "") -> None:
        """Write the test that a state variable is in its range."""
        if variable.low is None or variable.high is None:
            return
        low, high = literal(variable.low), literal(variable.high)
        bounds = f"{variable.low:.12g} to {variable.high:.12g}"
        message = f"'{variable.name}' became {{value}}, outside its range, {bounds}"
        help = "a range is an invariant: use clip() to stay in it"
        value = value or f"s.{variable.name}"
        test = f"({low} <= {value} <= {high})"
        self.require(indent, test, value, "out-of-range", message, span, help)
