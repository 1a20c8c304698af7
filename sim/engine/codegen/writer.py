"""Lines of generated source, each with its place in the YAML."""

from __future__ import annotations

from collections.abc import Mapping

from sim.errors import Span
from sim.language.render import Renderer
from sim.language.terms import Expression
from sim.numerics.draws import site_hash

SIGNATURE = "c: Calendar, s: State, p: Values"
FINITE = (
    "'do', 'after', 'every' and 'rate' must give finite numbers: look for a division by zero, an "
    "overflow, or a draw with impossible parameters"
)


class Writer:
    """Collects the text of a source, its runtime errors and its draw sites."""

    def __init__(self, event_numbers: Mapping[str, int]) -> None:
        self.event_numbers = dict(event_numbers)
        self.errors: list[tuple[str, str, Span, str]] = []
        self.lines: dict[int, Span] = {}
        self.text: list[str] = []
        self.sites: dict[str, int] = {}

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
            return f"uniform01({stream}, {site_hash(f'{prefix}#{index}'):#018x}, {occurrence})"

        return Renderer(draw, self.event_numbers)

    def require(
        self, indent: int, test: str, value: str, code: str, message: str, span: Span, help: str
    ) -> None:
        """Write that the replication fails with an error unless a test is true."""
        self.errors.append((code, message, span, help))
        self.line(indent, f"if not {test}:")
        self.line(indent + 1, f"return fail(c, {len(self.errors)}, {value})")

    def require_finite(self, indent: int, value: str, span: Span, what: str) -> None:
        """Write the test that a value is finite."""
        message = f"{what} became {{value}}"
        self.require(indent, f"isfinite({value})", value, "not-finite", message, span, FINITE)

    def require_valid(self, indent: int, value: str, span: Span, what: str) -> None:
        """Write the test that a delay or a rate is valid."""
        test, message = f"({value} >= 0.0 and isfinite({value}))", f"{what} became {{value}}"
        past = ": nothing can be scheduled into the past" if value == "delay" else ""
        help = f"a {value} is a finite number, 0 or more{past}"
        self.require(
            indent,
            test,
            value,
            "bad-delay" if value == "delay" else "bad-rate",
            message,
            span,
            help,
        )

    def delay(self, indent: int, of: Expression, renderer: Renderer, what: str) -> None:
        """Write the computation of a delay and its test."""
        self.line(indent, f"delay = {renderer.number(of.term)}", of.span)
        self.require_valid(indent, "delay", of.span, what)

    def propagate(self, indent: int, call: str, span: Span | None = None) -> None:
        """Write a call that returns a status, and return that status if it is an error."""
        self.line(indent, f"status = {call}", span)
        self.line(indent, "if status != 0:")
        self.line(indent + 1, "return status")

    def schedule_call(
        self, indent: int, event: str, activation: int, span: Span | None = None
    ) -> None:
        """Write the call that schedules an occurrence after ``delay``."""
        number = self.event_numbers[event]
        self.propagate(indent, f"schedule(c, {number}, {activation}, delay)", span)
