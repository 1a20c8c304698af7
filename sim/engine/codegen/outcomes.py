"""Outcomes in the generated source: their start, their updates and their results."""

from __future__ import annotations

from collections.abc import Mapping

from sim.engine.codegen import tables
from sim.engine.codegen.writer import SIGNATURE, Writer
from sim.language.lookups import moving
from sim.language.render import literal
from sim.language.terms import Expression, Term
from sim.model.clock import Clock
from sim.model.types import Model, Outcome

#: Slots of an outcome in `Accumulators` besides its result.
EXTRA_SLOTS = {"mean": ("value", "since"), "duration": ("value", "since"), "count": ("truth",)}


def extra_slots(outcome: Outcome, formulas: Mapping[str, Term]) -> tuple[str, ...]:
    """Return the slots of an outcome besides its result; `formulas` change between events."""
    if isinstance(outcome.of, str):
        return ()
    slope = ("slope",) if moving(outcome.of.term, formulas) and outcome.followed else ()
    return EXTRA_SLOTS.get(outcome.statistic, ()) + slope


def begin(writer: Writer, indent: int, outcome: Outcome) -> None:
    """Write the initial values of an outcome's accumulators."""
    first = {"min": "1.7976931348623157e308", "max": "(-1.7976931348623157e308)", "first": "(-1.0)"}
    value = first.get(outcome.statistic, "0.0")
    writer.line(indent, f"o.{outcome.name} = {value}", outcome.span)
    for slot in extra_slots(outcome, writer.moving):
        value = "c.now" if slot == "since" else "0.0"
        writer.line(indent, f"o.{outcome.name}__{slot} = {value}")


def count(writer: Writer, indent: int, model: Model, event: str) -> None:
    """Write the update of the outcomes that count a firing of an event."""
    for outcome in model.outcomes.values():
        name = outcome.name
        if outcome.of != event or (outcome.statistic != "first" and not model.clock.warmup):
            continue  # without a warm-up, the kernel's own count is the outcome
        test = f"o.{name} < 0.0" if outcome.statistic == "first" else ""
        if model.clock.warmup:
            late = f"c.now >= {literal(model.clock.warmup)}"
            test = f"{test} and {late}" if test else late
        more = {"first": "c.now", "ever": "1.0", "count": f"o.{name} + 1.0"}
        writer.line(indent, f"if {test}:", outcome.span)
        writer.line(indent + 1, f"o.{name} = {more[outcome.statistic]}")


def follow(writer: Writer, outcome: Outcome) -> None:
    """Write the function that updates an outcome when its expression changes."""
    assert isinstance(outcome.of, Expression)
    name, of = outcome.name, outcome.of
    renderer = writer.renderer(name)
    writer.line(0, f"def observe_{name}({SIGNATURE}, o: Accumulators) -> int:", of.span)
    if outcome.statistic in ("mean", "min", "max", "duration", "count"):
        writer.assign(1, "x", of, renderer, f"outcome '{name}'")
    match outcome.statistic:
        case "mean" if "slope" in extra_slots(outcome, writer.moving):
            tables.ramp(writer, 1, of, renderer)
            writer.line(1, f"o.{name} = o.{name} + {area(name)}")
            for slot, text in (("value", "x"), ("slope", "slope"), ("since", "c.now")):
                writer.line(1, f"o.{name}__{slot} = {text}")
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
            writer.branch(1, of, renderer)
            writer.line(2, f"o.{name} = 1.0")
        case "first":
            writer.line(1, f"if o.{name} < 0.0:")
            writer.branch(2, of, renderer)
            writer.line(3, f"o.{name} = c.now")
        case "count":
            writer.line(1, f"if x > o.{name}__truth:")
            writer.line(2, f"o.{name} = o.{name} + 1.0")
            writer.line(1, f"o.{name}__truth = x")
    writer.end()


def area(name: str) -> str:
    """Return the text of the integral of an outcome since its last change, along its slope."""
    time = f"(c.now - o.{name}__since)"
    return f"{time} * (o.{name}__value + 0.5 * o.{name}__slope * {time})"


def read(writer: Writer, indent: int, outcome: Outcome) -> None:
    """Write the value of an outcome's expression at this instant."""
    assert isinstance(outcome.of, Expression)
    of, renderer = outcome.of, writer.renderer(outcome.name)
    name = outcome.name
    writer.assign(indent, f"o.{name}", of, renderer, f"outcome '{name}'")


def result(writer: Writer, outcome: Outcome, clock: Clock) -> None:
    """Write the result of one outcome."""
    name, of = outcome.name, outcome.of
    if isinstance(of, str) and not clock.warmup:
        number = writer.event_numbers[of]
        if outcome.statistic == "count":
            writer.line(1, f"o.{name} = count_of(c, {number})", outcome.span)
        elif outcome.statistic == "ever":
            writer.line(1, f"o.{name} = 1.0 if count_of(c, {number}) > 0.0 else 0.0", outcome.span)
    match outcome.statistic:
        case "final" if outcome.at is None:
            read(writer, 1, outcome)
        case "mean" | "duration":
            more = f"o.{name}__value * (c.now - o.{name}__since)"
            if "slope" in extra_slots(outcome, writer.moving):
                more = area(name)
            writer.line(1, f"o.{name} = o.{name} + {more}")
            if outcome.statistic == "mean":
                start = literal(clock.warmup)
                writer.line(1, f"if c.now > {start}:")
                writer.line(2, f"o.{name} = div(o.{name}, c.now - {start})")
                writer.line(1, "else:")
                writer.line(2, f"o.{name} = o.{name}__value")
            message = f"outcome '{name}' became {{value}}, too large for a number"
            test = f"isfinite(o.{name})"
            writer.require(1, test, f"o.{name}", "not-finite", message, outcome.span, "")
        case "first":
            writer.line(1, f"if o.{name} < 0.0:")
            writer.line(2, f"o.{name} = NAN")
