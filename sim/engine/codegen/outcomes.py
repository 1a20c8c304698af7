"""Outcomes in the generated source: their start, their updates and their results."""

from __future__ import annotations

from sim.engine.codegen.writer import SIGNATURE, Writer
from sim.language.terms import Expression
from sim.model.types import Outcome

#: Slots of an outcome in `Accumulators` besides its result.
EXTRA_SLOTS = {"mean": ("value", "since"), "duration": ("value", "since"), "count": ("truth",)}


def extra_slots(outcome: Outcome) -> tuple[str, ...]:
    """Return the slots of an outcome besides its result."""
    return () if isinstance(outcome.of, str) else EXTRA_SLOTS.get(outcome.statistic, ())


def begin(writer: Writer, outcome: Outcome) -> None:
    """Write the initial values of an outcome's accumulators."""
    first = {"min": "1.7976931348623157e308", "max": "(-1.7976931348623157e308)", "first": "(-1.0)"}
    writer.line(1, f"o.{outcome.name} = {first.get(outcome.statistic, '0.0')}", outcome.span)
    for slot in extra_slots(outcome):
        writer.line(1, f"o.{outcome.name}__{slot} = 0.0")


def follow(writer: Writer, outcome: Outcome) -> None:
    """Write the function that updates an outcome when its expression changes."""
    assert isinstance(outcome.of, Expression)
    name, of = outcome.name, outcome.of
    renderer = writer.renderer(name)
    writer.line(0, f"def observe_{name}({SIGNATURE}, o: Accumulators) -> int:", of.span)
    if outcome.statistic in ("mean", "min", "max", "duration"):
        writer.line(1, f"x = {renderer.number(of.term)}", of.span)
        writer.require_finite(1, "x", of.span, f"outcome '{name}'")
    match outcome.statistic:
        case "mean" | "duration":
            writer.line(1, f"if x != o.{name}__value:")
            writer.line(2, f"o.{name} = o.{name} + o.{name}__value * (c.now - o.{name}__since)")
            writer.line(2, f"o.{name}__value = x")
            writer.line(2, f"o.{name}__since = c.now")
        case "min" | "max":
            sign = "<" if outcome.statistic == "min" else ">"
            writer.line(1, f"if x {sign} o.{name}:")
            writer.line(2, f"o.{name} = x")
        case "ever":
            writer.line(1, f"if {renderer.truth(of.term)}:", of.span)
            writer.line(2, f"o.{name} = 1.0")
        case "first":
            writer.line(1, f"if o.{name} < 0.0 and {renderer.truth(of.term)}:", of.span)
            writer.line(2, f"o.{name} = c.now")
        case "count":
            writer.line(1, f"x = {renderer.number(of.term)}", of.span)
            writer.line(1, f"if x > o.{name}__truth:")
            writer.line(2, f"o.{name} = o.{name} + 1.0")
            writer.line(1, f"o.{name}__truth = x")
    writer.end()


def result(writer: Writer, outcome: Outcome) -> None:
    """Write the result of one outcome."""
    name, of = outcome.name, outcome.of
    if isinstance(of, str):
        number = writer.event_numbers[of]
        if outcome.statistic == "count":
            writer.line(1, f"o.{name} = count_of(c, {number})", outcome.span)
        elif outcome.statistic == "ever":
            writer.line(1, f"o.{name} = 1.0 if count_of(c, {number}) > 0.0 else 0.0", outcome.span)
    match outcome.statistic:
        case "final":
            assert isinstance(of, Expression)
            writer.line(1, f"o.{name} = {writer.renderer(name).number(of.term)}", of.span)
            writer.require_finite(1, f"o.{name}", of.span, f"outcome '{name}'")
        case "mean" | "duration":
            writer.line(1, f"o.{name} = o.{name} + o.{name}__value * (c.now - o.{name}__since)")
            if outcome.statistic == "mean":
                writer.line(1, f"o.{name} = div(o.{name}, c.now)")
        case "first":
            writer.line(1, f"if o.{name} < 0.0:")
            writer.line(2, f"o.{name} = NAN")
