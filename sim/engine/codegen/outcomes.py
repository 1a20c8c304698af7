"""Outcomes in the generated source: their start, their updates and their results."""

from __future__ import annotations

from sim.engine.codegen.writer import SIGNATURE, Writer
from sim.language.render import literal
from sim.language.terms import Expression
from sim.model.clock import Clock
from sim.model.types import Model, Outcome

#: Slots of an outcome in `Accumulators` besides its result.
EXTRA_SLOTS = {"mean": ("value", "since"), "duration": ("value", "since"), "count": ("truth",)}


def extra_slots(outcome: Outcome) -> tuple[str, ...]:
    """Return the slots of an outcome besides its result."""
    return () if isinstance(outcome.of, str) else EXTRA_SLOTS.get(outcome.statistic, ())


def slot(outcome: Outcome, extra: str = "") -> str:
    """Return the text that reads a slot of an outcome: its result, or one of its extra slots."""
    return f"o.{outcome.name}__{extra}" if extra else f"o.{outcome.name}"


def observer(outcome: Outcome) -> str:
    """Return the name of the generated function that updates an outcome."""
    return f"observe_{outcome.name}"


def begin(writer: Writer, indent: int, outcome: Outcome) -> None:
    """Write the initial values of an outcome's accumulators."""
    first = {"min": "1.7976931348623157e308", "max": "(-1.7976931348623157e308)", "first": "(-1.0)"}
    value = first.get(outcome.statistic, "0.0")
    writer.line(indent, f"{slot(outcome)} = {value}", outcome.span)
    for extra in extra_slots(outcome):
        value = "c.now" if extra == "since" else "0.0"
        writer.line(indent, f"{slot(outcome, extra)} = {value}")


def count(writer: Writer, indent: int, model: Model, event: str) -> None:
    """Write the update of the outcomes that count a firing of an event."""
    for outcome in model.outcomes.values():
        total = slot(outcome)
        if outcome.of != event or (outcome.statistic != "first" and not model.clock.warmup):
            continue  # without a warm-up, the kernel's own count is the outcome
        test = f"{total} < 0.0" if outcome.statistic == "first" else ""
        if model.clock.warmup:
            late = f"c.now >= {literal(model.clock.warmup)}"
            test = f"{test} and {late}" if test else late
        more = {"first": "c.now", "ever": "1.0", "count": f"{total} + 1.0"}
        writer.line(indent, f"if {test}:", outcome.span)
        writer.line(indent + 1, f"{total} = {more[outcome.statistic]}")


def follow(writer: Writer, outcome: Outcome) -> None:
    """Write the function that updates an outcome when its expression changes."""
    assert isinstance(outcome.of, Expression)
    of, total = outcome.of, slot(outcome)
    value, since, truth = (slot(outcome, extra) for extra in ("value", "since", "truth"))
    renderer = writer.renderer(outcome.name)
    writer.line(0, f"def {observer(outcome)}({SIGNATURE}, o: Accumulators) -> int:", of.span)
    if outcome.statistic in ("mean", "min", "max", "duration", "count"):
        writer.assign(1, "x", of, renderer, f"outcome '{outcome.name}'")
    match outcome.statistic:
        case "mean" | "duration":
            writer.line(1, f"if x != {value}:")
            writer.line(2, f"{total} = {total} + {value} * (c.now - {since})")
            writer.line(2, f"{value} = x")
            writer.line(2, f"{since} = c.now")
        case "min" | "max":
            sign = "<" if outcome.statistic == "min" else ">"
            writer.line(1, f"if x {sign} {total}:")
            writer.line(2, f"{total} = x")
        case "ever":
            writer.branch(1, of, renderer)
            writer.line(2, f"{total} = 1.0")
        case "first":
            writer.line(1, f"if {total} < 0.0:")
            writer.branch(2, of, renderer)
            writer.line(3, f"{total} = c.now")
        case "count":
            writer.line(1, f"if x > {truth}:")
            writer.line(2, f"{total} = {total} + 1.0")
            writer.line(1, f"{truth} = x")
    writer.end()


def read(writer: Writer, indent: int, outcome: Outcome) -> None:
    """Write the value of an outcome's expression at this instant."""
    assert isinstance(outcome.of, Expression)
    renderer, what = writer.renderer(outcome.name), f"outcome '{outcome.name}'"
    writer.assign(indent, slot(outcome), outcome.of, renderer, what)


def result(writer: Writer, outcome: Outcome, clock: Clock) -> None:
    """Write the result of one outcome."""
    of, total = outcome.of, slot(outcome)
    value, since = slot(outcome, "value"), slot(outcome, "since")
    if isinstance(of, str) and not clock.warmup:
        number = writer.event_numbers[of]
        if outcome.statistic == "count":
            writer.line(1, f"{total} = count_of(c, {number})", outcome.span)
        elif outcome.statistic == "ever":
            writer.line(1, f"{total} = 1.0 if count_of(c, {number}) > 0.0 else 0.0", outcome.span)
    match outcome.statistic:
        case "final" if outcome.at is None:
            read(writer, 1, outcome)
        case "mean" | "duration":
            writer.line(1, f"{total} = {total} + {value} * (c.now - {since})")
            if outcome.statistic == "mean":
                start = literal(clock.warmup)
                writer.line(1, f"if c.now > {start}:")
                writer.line(2, f"{total} = div({total}, c.now - {start})")
                writer.line(1, "else:")
                writer.line(2, f"{total} = {value}")
            message = f"outcome '{outcome.name}' became {{value}}, too large for a number"
            test = f"isfinite({total})"
            writer.require(1, test, total, "not-finite", message, outcome.span, "")
        case "first":
            writer.line(1, f"if {total} < 0.0:")
            writer.line(2, f"{total} = NAN")
