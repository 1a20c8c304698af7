"""Lines of generated source, each with the place in the YAML it stands for."""

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
    """Collects the text of a source, its faults and its draw sites."""

    def __init__(self, event_numbers: Mapping[str, int]) -> None:
        self.event_numbers = dict(event_numbers)
        self.faults: list[tuple[str, str, Span, str]] = []
        self.lines: dict[int, Span] = {}
        self.text: list[str] = []
        self.sites: dict[str, int] = {}

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

    def checked(self, indent: int, target: str, span: Span, what: str) -> None:
        """Write the test that a value is finite."""
        code = self.fault("not-finite", f"{what} became {{value}}", span)
        self.line(indent, f"if not isfinite({target}):")
        self.line(indent + 1, f"return fault(c, {code}, {target})")

    def delay(self, indent: int, of: Expression, renderer: Renderer, what: str) -> None:
        """Write the computation of a delay and its test."""
        self.line(indent, f"delay = {renderer.number(of.term)}", of.span)
        help = "a delay is a finite number, 0 or more: nothing can be scheduled into the past"
        code = self.fault("bad-delay", f"{what} became {{value}}", of.span, help)
        self.line(indent, "if not (delay >= 0.0 and isfinite(delay)):")
        self.line(indent + 1, f"return fault(c, {code}, delay)")

    def enter(self, indent: int, event: str, way: int, span: Span | None = None) -> None:
        """Write that an occurrence goes into the calendar after ``delay``."""
        number = self.event_numbers[event]
        self.line(indent, f"status = schedule(c, {number}, {way}, delay)", span)
        self.line(indent, "if status != 0:")
        self.line(indent + 1, "return status")
