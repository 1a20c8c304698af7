"""Outcomes in the generated source: their start, their updates and their results."""

from __future__ import annotations

from collections.abc import Mapping

from sim.engine.codegen import tables
from sim.engine.codegen.writer import SIGNATURE, Writer
from sim.language.expressions import Expression
from sim.language.lookups import moving
from sim.language.render import literal
from sim.language.terms import Term
from sim.model.clock import Clock
from sim.model.event_types import Event
from sim.model.naming import family_of, members_in
from sim.model.outcomes import can_be_missing
from sim.model.types import Model, Outcome

#: Slots of an outcome in `Accumulators` besides its result.
EXTRA_SLOTS = {
    "mean": ("value", "since"),
    "duration": ("value", "since"),
    "integral": ("value", "since"),
    "sd": ("value", "since", "mean"),
    "count": ("truth",),
}
#: Function that reads an outcome which can be missing, and what it sets `failed` to where it is.
PRESENT, MISSING = "present", -9


def extra_slots(outcome: Outcome, formulas: Mapping[str, Term]) -> tuple[str, ...]:
    """Return the slots of an outcome besides its result; `formulas` change between events."""
    if isinstance(outcome.of, str):
        return ()
    slope = ("slope",) if moving(outcome.of.term, formulas) and outcome.followed else ()
    return EXTRA_SLOTS.get(outcome.statistic, ()) + slope


def slot(outcome: Outcome, extra: str = "") -> str:
    """Return the text that reads a slot of an outcome: its result, or one of its extra slots."""
    name = identifier(outcome.name)
    return f"o.{name}__{extra}" if extra else f"o.{name}"


def observer(outcome: Outcome) -> str:
    """Return the name of the generated function that updates an outcome."""
    return f"observe_{identifier(outcome.name)}"


def identifier(name: str) -> str:
    """Return the name of an outcome as Python has it: an outcome of a member has brackets in its own."""
    escaped = (member.replace("_", "_u").replace("-", "_d") for member in members_in(name))
    return "".join([family_of(name), *(f"__at_{member}" for member in escaped)])


def begin(writer: Writer, indent: int, outcome: Outcome) -> None:
    """Write the initial values of an outcome's accumulators."""
    first = {"min": "1.7976931348623157e308", "max": "(-1.7976931348623157e308)", "first": "(-1.0)"}
    value = first.get(outcome.statistic, "0.0")
    writer.line(indent, f"{slot(outcome)} = {value}", outcome.span)
    for extra in extra_slots(outcome, writer.moving):
        value = "c.now" if extra == "since" else "0.0"
        writer.line(indent, f"{slot(outcome, extra)} = {value}")


def count(writer: Writer, indent: int, model: Model, event: Event) -> None:
    """Write the update of the outcomes that count a firing of an event."""
    for outcome in model.computed.values():
        total = slot(outcome)
        if not isinstance(outcome.of, str) or family_of(outcome.of) != event.name:
            continue
        if outcome.statistic != "first" and not model.clock.warmup:
            continue  # without a warm-up, the kernel's own count is the outcome
        tests = [f"{total} < 0.0"] if outcome.statistic == "first" else []
        if model.clock.warmup:
            tests.append(f"c.now >= {literal(model.clock.warmup)}")
        if outcome.of != event.name:
            place = writer.event_numbers[outcome.of] - writer.event_numbers[event.name]
            tests.append(f"{writer.place(event.over)} == {place}")
        more = {"first": "c.now", "ever": "1.0", "count": f"{total} + 1.0"}
        writer.line(indent, f"if {' and '.join(tests)}:", outcome.span)
        writer.line(indent + 1, f"{total} = {more[outcome.statistic]}")


def follow(writer: Writer, outcome: Outcome, clock: Clock) -> None:
    """Write the function that updates an outcome when its expression changes."""
    assert isinstance(outcome.of, Expression)
    of, total = outcome.of, slot(outcome)
    value, since, truth = (slot(outcome, extra) for extra in ("value", "since", "truth"))
    renderer = writer.renderer(outcome.name)
    writer.line(0, f"def {observer(outcome)}({SIGNATURE}, o: Accumulators) -> int:", of.span)
    if outcome.statistic in ("mean", "min", "max", "duration", "count", "integral", "sd"):
        writer.assign(1, "x", of, renderer, f"outcome '{outcome.name}'")
    match outcome.statistic:
        case "mean" | "integral" if "slope" in extra_slots(outcome, writer.moving):
            tables.ramp(writer, 1, of, renderer)
            writer.line(1, f"{total} = {total} + {area(outcome)}")
            for extra, text in (("value", "x"), ("slope", "slope"), ("since", "c.now")):
                writer.line(1, f"{slot(outcome, extra)} = {text}")
        case "sd":
            writer.line(1, f"if x != {value}:")
            add_stretch(writer, 2, outcome, clock)
            writer.line(2, f"{value} = x")
            writer.line(2, f"{since} = c.now")
        case "mean" | "duration" | "integral":
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


def add_stretch(writer: Writer, indent: int, outcome: Outcome, clock: Clock) -> None:
    """Write that a stretch of constant value enters a mean and the squares around it.

    The update is West's (1979), with time as the weight: no difference of large sums is taken.
    """
    squares = slot(outcome)
    value, since, mean = (slot(outcome, extra) for extra in ("value", "since", "mean"))
    writer.line(indent, f"if c.now > {since}:")
    writer.line(indent + 1, f"gap = {value} - {mean}")
    weight = f"div(c.now - {since}, c.now - {literal(clock.warmup)})"
    writer.line(indent + 1, f"{mean} = {mean} + gap * {weight}")
    writer.line(indent + 1, f"{squares} = {squares} + (c.now - {since}) * gap * ({value} - {mean})")


def present(writer: Writer) -> None:
    """Write the function that reads an outcome which can be missing."""
    writer.line(0, f"def {PRESENT}(c: Calendar, x: float) -> float:")
    writer.line(1, "if x != x:")
    writer.line(2, f"flag(c, {MISSING})")
    writer.end("x")


def combine(writer: Writer, outcome: Outcome, model: Model) -> None:
    """Write the value of an outcome of outcomes; it is missing where it reads a missing one."""
    assert isinstance(outcome.of, Expression)
    if not can_be_missing(model.computed, outcome.name):
        read(writer, 1, outcome)
        return
    of, renderer = outcome.of, writer.renderer(outcome.name)
    writer.line(1, f"x = {renderer.number(of.term)}", of.span)
    writer.line(1, f"if c.failed == {MISSING}:")
    writer.line(2, "c.failed = 0")
    writer.line(2, f"{slot(outcome)} = NAN")
    writer.line(1, "else:")
    writer.stop_if_failed(2, renderer)
    writer.fits(2, "x", of, f"outcome '{outcome.name}'")
    writer.line(2, f"{slot(outcome)} = x")


def area(outcome: Outcome) -> str:
    """Return the text of the integral of an outcome since its last change, along its slope."""
    value, slope, since = (slot(outcome, extra) for extra in ("value", "slope", "since"))
    time = f"(c.now - {since})"
    return f"{time} * ({value} + 0.5 * {slope} * {time})"


def read(writer: Writer, indent: int, outcome: Outcome) -> None:
    """Write the value of an outcome's expression at this instant."""
    assert isinstance(outcome.of, Expression)
    renderer, what = writer.renderer(outcome.name), f"outcome '{outcome.name}'"
    writer.assign(indent, slot(outcome), outcome.of, renderer, what)


def result(writer: Writer, outcome: Outcome, model: Model) -> None:
    """Write the result of one outcome."""
    clock = model.clock
    of, total = outcome.of, slot(outcome)
    value, since = slot(outcome, "value"), slot(outcome, "since")
    if isinstance(of, str) and not clock.warmup:
        number, size = writer.event_numbers[of], writer.event_sizes.get(of)
        happened = f"count_of(c, {number})"
        if size is not None:
            happened = f"count_among(c, {number}, {number + size})"
        if outcome.statistic == "count":
            writer.line(1, f"{total} = {happened}", outcome.span)
        elif outcome.statistic == "ever":
            writer.line(1, f"{total} = 1.0 if {happened} > 0.0 else 0.0", outcome.span)
    match outcome.statistic:
        case "final" if outcome.at is None:
            read(writer, 1, outcome)
        case "of":
            combine(writer, outcome, model)
        case "sd":
            add_stretch(writer, 1, outcome, clock)
            start = literal(clock.warmup)
            writer.line(1, f"if c.now > {start}:")
            writer.line(2, f"{total} = sqrt(maximum(div({total}, c.now - {start}), 0.0))")
        case "mean" | "duration" | "integral":
            more = f"{value} * (c.now - {since})"
            if "slope" in extra_slots(outcome, writer.moving):
                more = area(outcome)
            writer.line(1, f"{total} = {total} + {more}")
            if outcome.statistic == "mean":
                start = literal(clock.warmup)
                writer.line(1, f"if c.now > {start}:")
                writer.line(2, f"{total} = div({total}, c.now - {start})")
                writer.line(1, "else:")
                writer.line(2, f"{total} = {value}")
            message = f"outcome '{outcome.name}' became {{value}}, too large for a number"
            test = f"{'bounded' if outcome.statistic == 'integral' else 'isfinite'}({total})"
            writer.require(1, test, total, "not-finite", message, outcome.span, "")
        case "first":
            writer.line(1, f"if {total} < 0.0:")
            writer.line(2, f"{total} = NAN")
