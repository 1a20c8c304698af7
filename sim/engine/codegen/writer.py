"""Lines of generated source, each with its place in the YAML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sim.engine.codegen import reductions
from sim.engine.codegen.dependencies import bounds
from sim.engine.codegen.errors import ErrorTemplate, failed_call
from sim.engine.codegen.functions import Functions
from sim.engine.codegen.sites import TWIN as TWIN
from sim.engine.codegen.sites import Sites
from sim.engine.codegen.sites import site_of as site_of
from sim.engine.codegen.sites import too_many as too_many
from sim.errors import Span
from sim.language.bounds import magnitude
from sim.language.expressions import Expression, walk
from sim.language.names import DRAWS, FUNCTIONS
from sim.language.render import CHECKED, Renderer, local
from sim.language.terms import (
    Apply,
    Call,
    Choose,
    Compare,
    Lookup,
    Operation,
    Reduce,
    Reference,
    Term,
)
from sim.model.event_types import Event
from sim.model.naming import cell_names
from sim.model.types import Table
from sim.numerics.arithmetic import LARGEST

SIGNATURE = "c: Calendar, s: State, p: Values"
#: Prefix of the slots of constants, and of the functions that compute those that can fail.
CONSTANT = "constant_"
#: Least weight of a term that is computed before the run: two operations, or one that takes long.
WORTH = 2


def weight(term: Term) -> int:
    """Return how much work a term is, in additions."""
    return sum(
        WORTH
        if isinstance(part, Call | Apply | Lookup)
        or (isinstance(part, Operation) and part.op not in "+-*")
        else term_weight(part)
        for part in walk(term)
    )


def term_weight(part: Term) -> int:
    """Return how much work a part of a term is, without the parts in it."""
    if isinstance(part, Reduce):
        return part.size
    return int(isinstance(part, Operation | Compare | Choose))


def no_draw() -> str:
    """Draws are not constants."""
    raise AssertionError("a draw in a constant")


class Writer(Sites):
    """Collects the text of a source, its runtime errors and its draw sites."""

    def __init__(self, events: Mapping[str, Event]) -> None:
        super().__init__()
        self.event_numbers: dict[str, int] = {}  # of events, and of their members
        self.event_sizes: dict[str, int] = {}  # of events that are declared over sets
        self.cells: list[tuple[str, str]] = []  # the event of each number, and its member's name
        for name, event in events.items():
            self.event_numbers[name] = len(self.cells)
            names = cell_names(name, event.over)
            if event.over:
                self.event_sizes[name] = len(names)
            for cell in names:
                self.event_numbers[cell] = len(self.cells)
                self.cells.append((name, cell))
        self.helpers: list[tuple[str, Span | None]] = []  # lines of functions over members
        self.reductions = 0
        self.errors: list[ErrorTemplate] = []
        self.tested: dict[str, int] = {}  # functions whose result is tested, with their arguments
        self.failing: set[str] = set()  # derived quantities whose formula can fail
        self.bounds: dict[str, float] = {}  # their largest size
        self.functions = Functions(self.test_result)  # of the model
        self.tables: dict[str, Table] = {}  # those that it reads, by their names in the source
        self.moving: Mapping[str, Term] = {}  # derived quantities that change between events
        self.lines: dict[int, Span] = {}
        self.text: list[str] = []
        self.sites: dict[str, int] = {}
        self.constants: dict[
            tuple[Term, bool], str
        ] = {}  # term, whether finite -> slot of `Values`
        self.prepared: list[
            tuple[str, str, str]
        ] = []  # slot, text, function of those that can fail

    def line(self, indent: int, text: str, span: Span | None = None) -> None:
        """Write one line; `span` is its place in the YAML."""
        self.text.append("    " * indent + text)
        if span is not None:
            self.lines[len(self.text)] = span

    def end(self, result: str = "0", span: Span | None = None) -> None:
        """Write the end of a function."""
        self.line(1, f"return {result}", span)
        self.line(0, "")

    def renderer(self, prefix: str, stream: str = "w", occurrence: str = "n") -> Renderer:
        """Return a renderer whose draws are named ``prefix#0``, ``prefix#1`` …"""

        def draw() -> str:
            index = self.sites.get(prefix, 0)
            self.sites[prefix] = index + 1
            return f"uniform01({stream}, {self.site(f'{prefix}#{index}')}, {occurrence})"

        return self._renderer(draw, hold=self.hold)

    def _renderer(self, draw: Callable[[], str], **how: Any) -> Renderer:
        return Renderer(
            draw, self.check, self.event_numbers, self.failing, self.bounds, reduce=self.reduce,
            outcome=self.outcome, event_sizes=self.event_sizes, apply=self.apply,
            pick=self.functions.pick, look=self.look, **how,
        )  # fmt: skip

    def reduce(self, term: Reduce) -> tuple[str, bool]:
        """Write the function of a value over members; return its call, and whether it can fail."""
        name = f"reduce_{self.reductions}"
        self.reductions += 1
        bound = {variable for variable, _ in term.variables}
        free: dict[str, str] = {}  # parameters of the function, with their types
        for part in walk(term):
            if isinstance(part, Reference) and part.name not in bound:
                if part.role == "index":
                    free[local(part.name)] = "int"
                elif part.role in ("local", "argument"):
                    free[local(part.name)] = "float"
        inner = bounds(walk(term)) - bound
        free = {key: kind for key, kind in free.items() if key not in map(local, inner)}
        renderer = self._renderer(no_draw, hold=self.hold)
        lines = reductions.lines(term, renderer, self.register)
        parameters = "".join(f", {key}: {kind}" for key, kind in free.items())
        self.helpers.append((f"def {name}({SIGNATURE}{parameters}) -> float:", term.span))
        self.helpers += [(f"    {line}", term.span) for line in lines]
        self.helpers.append(("", None))
        return f"{name}(c, s, p{''.join(f', {key}' for key in free)})", renderer.can_fail

    def apply(self, term: Apply, draw: Callable[[], str], arguments: list[str]) -> tuple[str, bool]:
        """Return a call of a function of the model, and whether it can fail."""
        text, errors = self.functions.call(term, draw, arguments, f"{len(self.errors) + 1}")
        self.errors += errors
        return text, bool(errors)

    def look(self, term: Lookup, argument: str) -> tuple[str, bool]:
        """Return the text that reads a table, and whether it can fail."""
        raise NotImplementedError

    def register(self, error: ErrorTemplate) -> int:
        """Add an error of the program; return its number."""
        self.errors.append(error)
        return len(self.errors)

    def finish_source(self) -> None:
        """Write the functions over members and the tables that the source uses."""
        for text, span in self.helpers:
            self.line(0, text, span)
        for values, name in self.lists.items():
            self.line(0, f"{name} = ({', '.join(map(str, values))},)")

    def fixed(self, term: Term) -> bool:
        """Whether a term has the same value throughout a run."""
        raise NotImplementedError

    def outcome(self, name: str) -> tuple[str, bool]:
        """Return the text that reads an outcome, and whether it can set `failed`."""
        raise NotImplementedError

    def hold(self, term: Term, finite: bool) -> tuple[str, bool] | None:
        """Return the text that reads a constant, and whether it can fail; None for other terms.

        One that failed is not a number, and is computed again where it is read, which fails there.
        """
        if weight(term) < WORTH or not self.fixed(term):
            return None
        renderer = self._renderer(no_draw)
        text = renderer.finite(term) if finite else renderer.number(term)
        number, known = len(self.prepared), (term, finite) in self.constants
        slot = self.constants.setdefault((term, finite), f"{CONSTANT}_{number}")
        if not renderer.can_fail:
            if not known:
                self.prepared.append((slot, text, ""))
            return f"p.{slot}", False
        function = f"{CONSTANT}{number}(c, s, p)"
        self.prepared.append((slot, text, function))
        return f"(p.{slot} if p.{slot} == p.{slot} else {function})", True

    def prepare(self) -> None:
        """Write the computation of the constants, before the first replication of a block."""
        for _, text, function in self.prepared:
            if function:
                self.line(0, f"def {function.split('(')[0]}({SIGNATURE}) -> float:")
                self.end(text)
        self.line(0, f"def prepare({SIGNATURE}) -> int:")
        done = set()
        for slot, text, function in self.prepared:
            if slot in done:
                continue
            done.add(slot)
            self.line(1, f"p.{slot} = " + (f"held(c, {function})" if function else text))
        self.end()
        if not any(function for _, _, function in self.prepared):
            return
        self.line(0, "def held(c: Calendar, x: float) -> float:")
        self.line(1, "if c.failed != 0:")
        self.line(2, "c.failed = 0")
        self.line(2, "return NAN")
        self.end("x")

    def check(self, target: str, function: str, span: Span) -> str:
        """Register a call whose result is tested; return its text up to the arguments."""
        self.errors.append(failed_call(function, span))
        return f"{self.test_result(target, function)}(c, {len(self.errors)}"

    def test_result(self, target: str, function: str) -> str:
        """Return the name of the function that calls `target`, or none, and tests its result."""
        if not target:
            return CHECKED
        row = DRAWS.get(function) or FUNCTIONS.get(function)
        self.tested[target] = row.most + (function in DRAWS) if row else 2
        return f"{CHECKED}_{target}"

    def checked_functions(self) -> None:
        """Write the functions that set `failed` if their result is not a finite number."""
        self.line(0, f"def {CHECKED}(c: Calendar, code: int, x: float) -> float:")
        self.test("x")
        for target, count in sorted(self.tested.items()):
            names = [f"a{i}" for i in range(count)]
            parameters = "".join(f", {name}: float" for name in names)
            self.line(0, f"def {CHECKED}_{target}(c: Calendar, code: int{parameters}) -> float:")
            self.line(1, f"x = {target}({', '.join(names)})")
            drawn = target in {row.target for row in DRAWS.values()}
            self.test(", ".join(names[1:] if drawn else names))

    def test(self, arguments: str) -> None:
        """Write the end of a function that tests its result, ``x``."""
        self.line(1, "if not bounded(x):")
        self.line(2, f"arguments(c, {arguments})")
        self.line(2, "flag(c, code)")
        self.end("x")

    def stop_if_failed(self, indent: int, renderer: Renderer) -> None:
        """Write that the replication ends if a text of the renderer has failed."""
        if renderer.can_fail:
            self.line(indent, "if c.failed != 0:")
            self.line(indent + 1, "return c.failed")

    def assign(
        self, indent: int, target: str, of: Expression, renderer: Renderer, what: str
    ) -> None:
        """Write an assignment and the test of its value."""
        self.line(indent, f"{target} = {renderer.number(of.term)}", of.span)
        self.stop_if_failed(indent, renderer)
        self.fits(indent, target, of, what)

    def fits(self, indent: int, target: str, of: Expression, what: str) -> None:
        """Write the test that the value of an expression is a number of the language."""
        if magnitude(of.term, self.bounds) > LARGEST:
            message, help = f"{what} became {{value}}", f"a number is at most {LARGEST:g} in size"
            self.require(indent, f"bounded({target})", target, "not-finite", message, of.span, help)

    def branch(self, indent: int, of: Expression, renderer: Renderer, name: str = "holds") -> None:
        """Write the beginning of an ``if``; a condition that can fail is computed first."""
        text = renderer.truth(of.term)
        if renderer.can_fail:
            self.line(indent, f"{name} = {text}", of.span)
            self.stop_if_failed(indent, renderer)
            text = name
        self.line(indent, f"if {text}:", of.span)

    def require(
        self, indent: int, test: str, value: str, code: str, message: str, span: Span, help: str
    ) -> None:
        """Write that the replication fails with an error unless a test is true."""
        self.errors.append(ErrorTemplate(code, message, span, help))
        self.line(indent, f"if not {test}:")
        self.line(indent + 1, f"return fail(c, {len(self.errors)}, {value})")

    def require_not_negative(self, indent: int, value: str, span: Span, what: str) -> None:
        """Write the test that a delay or a rate is not negative."""
        message = f"{what} became {{value}}"
        past = ": nothing can be scheduled into the past" if value == "delay" else ""
        help = f"a {value} is a finite number, 0 or more{past}"
        code = "bad-delay" if value == "delay" else "bad-rate"
        self.require(indent, f"({value} >= 0.0)", value, code, message, span, help)

    def delay(self, indent: int, of: Expression, renderer: Renderer, what: str) -> None:
        """Write the computation of a delay and its test."""
        self.assign(indent, "delay", of, renderer, what)
        self.require_not_negative(indent, "delay", of.span, what)

    def propagate(self, indent: int, call: str, span: Span | None = None) -> None:
        """Write a call that returns a status, and return that status if it is an error."""
        self.line(indent, f"status = {call}", span)
        self.line(indent, "if status != 0:")
        self.line(indent + 1, "return status")

    def schedule_call(
        self, indent: int, number: str, activation: str, span: Span | None = None
    ) -> None:
        """Write the call that schedules an occurrence after ``delay``."""
        self.propagate(indent, f"schedule(c, {number}, {activation}, delay)", span)
