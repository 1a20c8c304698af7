"""Levers and parameters that are dates: a number of time units since the start underneath."""

from __future__ import annotations

from typing import Any, TypeVar

from sim.formatting import value_text
from sim.model.checks import Path, Report
from sim.model.clock import Clock, parse_date
from sim.model.facts import Fact
from sim.model.fields import DATE
from sim.model.schema import LeverShape, ParameterShape
from sim.model.types import Model, Value

Shape = TypeVar("Shape", LeverShape, ParameterShape)
#: Units of which a date is a whole number.
WHOLE_UNITS = ("second", "minute", "hour", "day")


def is_dated(value: object) -> bool:
    """Whether a value is written as a date, valid or not."""
    return isinstance(value, str) and DATE.fullmatch(value) is not None


def date_value(clock: Clock, text: str) -> float | int | None:
    """Return the time of a date; None if there is no such date or no start date."""
    date = parse_date(text)
    if date is None or clock.start is None:
        return None
    time = clock.time(date)
    return int(time) if clock.unit in WHOLE_UNITS else time


def with_times(report: Report, path: Path, entry: Shape) -> tuple[Shape | None, bool]:
    """Return an entry with times in place of its dates, and whether it has any.

    Bad dates are reported, and None is returned in place of the entry.
    """
    if entry.options is not None:
        return entry, False
    found: dict[str, Any] = {}
    bad = False

    def time(value: object, *where: str | int) -> object:
        nonlocal bad
        if not is_dated(value) or report.clock is None:
            return value
        made = date_value(report.clock, str(value))
        if made is None:
            bad = True
            message, help = f"'{value}' is not a date", "write it as in 2025-07-14"
            if report.clock.start is None:
                message, help = "the model has no start date", "set 'time: start'"
            report.error((*path, *where), "bad-date", message, help)
        return made

    for key in ("default", "assume"):
        if is_dated(getattr(entry, key, None)):
            found[key] = time(getattr(entry, key), key)
    if any(map(is_dated, entry.range or ())):
        found["range"] = [time(end, "range", i) for i, end in enumerate(entry.range or ())]
    points = getattr(entry, "points", {})
    if any(map(is_dated, points.values())):
        found["points"] = {k: time(v, "points", k) for k, v in points.items()}
    return (None if bad else entry.model_copy(update=found)), bool(found)


def of_fact(report: Report, path: Path, fact: Fact) -> Value | None:
    """Return the value of a fact, a date as a time; report a bad date."""
    if not is_dated(fact.value) or report.clock is None:
        return fact.value
    time = date_value(report.clock, str(fact.value))
    if time is None:
        report.error((*path, "fact"), "bad-date", f"'{fact.value}' is not a date of the model")
    return time


def setting_text(model: Model, name: str, value: Value) -> str:
    """Return the value of a lever or parameter in words: a date where it is one."""
    entry = model.levers.get(name) or model.parameters.get(name)
    if entry is None or not entry.dated or isinstance(value, bool | str):
        return value_text(value)
    date = model.clock.date(float(value))
    return value_text(value) if date is None else date.isoformat()
