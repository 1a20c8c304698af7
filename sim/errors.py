"""Errors: the exceptions, and diagnostics with their place in a source text.

The exception tree::

    SimError
    ├── ModelError        the text of a model, scenario or facts file is invalid; nothing has run
    ├── ExperimentError   an invalid request: unknown lever, too many replications
    ├── RunError          a replication that broke a rule of its model
    └── ResultError       results that are missing, damaged or of another model
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

#: Diagnostics that are shown for one file; further ones are counted.
MAX_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Text:
    """A source text and the name that messages use for it."""

    name: str
    content: str = field(repr=False)

    def line(self, number: int) -> str:
        """Return line `number`, counted from 1; empty past the end."""
        lines = self.content.split("\n")
        return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


@dataclass(frozen=True, slots=True)
class Use:
    """The place where a block is used, and what it is given there, as text."""

    block: str
    span: Span
    arguments: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        given = ", ".join(f"{name} = {value}" for name, value in self.arguments)
        place = f"{self.span.file}:{self.span.line}:{self.span.column}"
        return f"used at {place}" + (f" with {given}" if given else "")


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of characters in a text: lines and columns count from 1, columns in code points.

    `start` and `end` are offsets into the content, so a value can be edited in place. What is read
    from a block has in `used` where the block is used.
    """

    file: str
    line: int
    column: int
    start: int
    end: int
    text: Text | None = field(default=None, compare=False, repr=False)
    used: Use | None = field(default=None, compare=False, repr=False)

    @property
    def words(self) -> str:
        """The characters, with what a block is given in place of its braces."""
        found = self.text.content[self.start : self.end] if self.text is not None else ""
        for name, value in self.used.arguments if self.used else ():
            found = found.replace(f"{{{name}}}", value)
        return found

    def shift(self, begin: int, end: int) -> Span:
        """Return the span `begin:end`, with offsets relative to the start of this one."""
        if self.text is None:
            return self
        start = min(self.start + begin, len(self.text.content))
        between = self.text.content[self.start : start]
        line = self.line + between.count("\n")
        column = (
            len(between) - between.rfind("\n") if "\n" in between else self.column + len(between)
        )
        last = min(self.start + end, self.end)
        return Span(self.file, line, column, start, last, self.text, self.used)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error, warning or note: a short code, a lowercase message, and optional help."""

    code: str
    message: str
    span: Span | None = None
    help: str = ""
    warning: bool = False

    def __str__(self) -> str:
        return self.picture()

    def first_line(self) -> str:
        """Return ``file:line:column: code: message``, for a warning with that word before the code."""
        place = f"{self.span.file}:{self.span.line}:{self.span.column}: " if self.span else ""
        return f"{place}{'warning: ' if self.warning else ''}{self.code}: {self.message}"

    def one_line(self) -> str:
        """Return the first line with its notes."""
        return "; ".join([self.first_line(), *self.notes])

    @property
    def notes(self) -> tuple[str, ...]:
        """Where the block that holds the place is used, from the inside out."""
        found: list[str] = []
        use = self.span.used if self.span else None
        while use is not None:
            found.append(str(use))
            use = use.span.used
        return tuple(found)

    def picture(self) -> str:
        """Return the message, the source line, a line of carets, the help and the notes."""
        lines = [self.first_line()]
        gutter = ""
        if self.span is not None and self.span.text is not None:
            number = str(self.span.line)
            gutter = " " * len(number)
            shown, caret = _window(self.span)
            lines += [f"{gutter} |", f"{number} | {shown}", f"{gutter} | {caret}"]
        if self.help:
            lines.append(f"{gutter} = help: {self.help}")
        lines += [f"{gutter} = note: {note}" for note in self.notes]
        return "\n".join(_printable(line) for line in lines)


def _window(span: Span, width: int = 96) -> tuple[str, str]:
    """Cut a long line around the span; return the cut and its caret line."""
    assert span.text is not None
    line = span.text.line(span.line).replace("\t", " ")
    at = span.column - 1
    length = max(1, min(span.end - span.start, len(line) - at))
    left = 0 if len(line) <= width else max(0, min(at - width // 3, len(line) - width))
    shown = line[left : left + width]
    prefix = "…" if left else ""
    suffix = "…" if left + width < len(line) else ""
    carets = "^" * min(length, max(1, width - (at - left)))
    return prefix + shown + suffix, " " * (at - left + len(prefix)) + carets


def _printable(line: str) -> str:
    """Show control, bidirectional and zero-width characters as escapes, because terminals act on them."""
    return "".join(
        c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in line
    )


def listed(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the text of the first `MAX_SHOWN` diagnostics and the number of further ones."""
    shown = [diagnostic.picture() for diagnostic in diagnostics[:MAX_SHOWN]]
    more = len(diagnostics) - MAX_SHOWN
    return "\n".join([*shown, f"… and {more} more"] if more > 0 else shown)


class SimError(Exception):
    """Base class of all errors that public functions raise."""


class DiagnosedError(SimError):
    """An error that carries one or more diagnostics."""

    def __init__(self, diagnostics: Iterable[Diagnostic] | Diagnostic | str) -> None:
        if isinstance(diagnostics, str):
            diagnostics = Diagnostic("error", diagnostics)
        if isinstance(diagnostics, Diagnostic):
            diagnostics = [diagnostics]
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return listed(self.diagnostics)


class ModelError(DiagnosedError):
    """Every error found in the text of a model, scenario, experiment or facts file."""


class ExperimentError(DiagnosedError):
    """An invalid request, such as an unknown lever."""


class ResultError(DiagnosedError):
    """Stored results that are missing, damaged, or not of this model."""


class RunError(SimError):
    """A replication that broke a rule of its model.

    Attributes
    ----------
    diagnostic
        The rule and its place in the YAML.
    event
        The event that broke it.
    time
        Model time of the event.
    state
        State variables at that instant, by name.
    replication, future
        Which replication it was.
    """

    def __init__(
        self,
        diagnostic: Diagnostic,
        *,
        event: str,
        time: float,
        state: dict[str, object],
        replication: int = 0,
        future: int = 0,
    ) -> None:
        super().__init__(diagnostic, event, time, state, replication, future)
        self.diagnostic = diagnostic
        self.event = event
        self.time = time
        self.state = state
        self.replication = replication
        self.future = future

    def __reduce__(self) -> tuple[object, ...]:
        """Make the error picklable: by default, keyword arguments are lost."""
        return _run_error, self.args

    def __str__(self) -> str:
        state = ", ".join(f"{name}={value}" for name, value in self.state.items())
        where = f"in event '{self.event}' at time {self.time:.6g}, replication {self.replication}"
        if self.future:
            where += f", future {self.future}"
        return f"{self.diagnostic.picture()}\n   = {where}\n   = state: {state}"


def _run_error(
    diagnostic: Diagnostic,
    event: str,
    time: float,
    state: dict[str, object],
    replication: int,
    future: int,
) -> RunError:
    """Build a RunError from its positional `args`."""
    return RunError(
        diagnostic, event=event, time=time, state=state, replication=replication, future=future
    )


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return a hint with the nearest known word of at least this likeness, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=cutoff)
    return f"did you mean '{near[0]}'?" if near else ""
