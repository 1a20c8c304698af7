"""The meaning of a failed replication's status, and the limits of a replication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.errors import Diagnostic, Span
from sim.language.domains import explain
from sim.model.clock import Clock

#: Statuses that the kernels set; those above 0 are the errors of a program.
TOO_MANY_EVENTS, TOO_MANY_AT_ONCE, TOO_MANY_PENDING = -1, -2, -3
#: Most characters of a formula in a message, and most events that it names.
MAX_TEXT, MAX_NAMED = 60, 3


@dataclass(frozen=True, slots=True)
class ErrorTemplate:
    """The meaning of a non-zero status.

    Attributes
    ----------
    message
        What happened; ``{value}`` is the offending value. Empty for a call that failed.
    function
        The function, draw or operator that failed; empty for a sum or a product.
    """

    code: str
    message: str
    span: Span | None
    help: str = ""
    function: str = ""

    def diagnostic(self, values: Sequence[float] = ()) -> Diagnostic:
        """Return the diagnostic for the offending value, or for the arguments of a call.

        Without them it names only the rule.
        """
        message, text = self.message, _text(self.span)
        if not message and self.function:
            message = explain(self.function, values) if values else f"{text} has no finite value"
        elif not message:
            message = f"{text} became {{value}}, too large for a number"
        value = f"{values[0]:.12g}" if values else "…"
        return Diagnostic(self.code, message.replace("{value}", value), self.span, self.help)


def failed_call(function: str, span: Span) -> ErrorTemplate:
    """Return the meaning of a call or an operation without a finite value."""
    code = "impossible-argument" if function.isidentifier() else "not-finite"
    return ErrorTemplate(code, "", span, function=function)


def _text(span: Span | None) -> str:
    """Return the characters of a place, as quoted in a message."""
    if span is None or span.text is None:
        return "the result"
    text = " ".join(span.words.split())
    return f"'{text}'" if len(text) <= MAX_TEXT else f"'{text[: MAX_TEXT - 1]}…'"


def kernel_errors(clock: Clock) -> Mapping[int, ErrorTemplate]:
    """Return the meaning of the statuses that the kernels set."""
    raise_it = (
        "raise it if the model is meant to be this large, as in --set time.max_events=20000000"
    )
    short = "an interval of 'every' or 'after' may be too short, or a 'rate' too high"
    storms = {
        TOO_MANY_EVENTS: (
            f"more than {clock.max_events:,} events in one replication, the limit of 'time: max_events'",
            f"{raise_it}; otherwise {short}",
        ),
        TOO_MANY_AT_ONCE: (
            f"more than {clock.max_at_once:,} events at one instant: time does not advance",
            f"events may schedule each other without a delay; {raise_it}",
        ),
        TOO_MANY_PENDING: (
            f"more than {clock.max_pending:,} occurrences pending at once, a tenth of 'time: max_events'",
            f"an event may schedule occurrences faster than they happen; {raise_it}",
        ),
    }
    return {
        status: ErrorTemplate("event-storm", message, None, help)
        for status, (message, help) in storms.items()
    }


def most_frequent(occurrences: Mapping[str, int]) -> str:
    """Return the events with the most occurrences in words, as the end of a message."""
    ranked = sorted(occurrences.items(), key=lambda item: (-item[1], item[0]))[:MAX_NAMED]
    named = [f"'{name}' ({count:,})" for name, count in ranked if count]
    return f"; most often {', '.join(named)}" if named else ""
