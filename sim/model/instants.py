"""Read times: constants, dates, and the condition that ends a run."""

from __future__ import annotations

import re

from sim.language.terms import BOOLEAN, NUMBER, Compare, CountOf, Expression, Number, express
from sim.model.checks import Path, Report, formula_text
from sim.model.clock import Clock, parse_date
from sim.model.fields import is_number
from sim.model.moving import still
from sim.yaml import Scalar, locate


def is_date(report: Report, path: Path) -> bool:
    """Return whether the value at a path is written as a date, valid or not."""
    scalar = locate(report.node, path).node
    return isinstance(scalar, Scalar) and bool(
        re.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", formula_text(scalar))
    )


def date_time(report: Report, path: Path, clock: Clock | None) -> float | None:
    """Return the model time of the date at a path; report a bad one and return None."""
    scalar = locate(report.node, path).node
    assert isinstance(scalar, Scalar)
    text = formula_text(scalar)
    date = parse_date(text)
    if date is None:
        message = f"'{text}' is not a date"
        report.error(path, "bad-date", message, "write it as in 2025-07-14")
    elif clock is not None and clock.start is None:
        report.error(path, "bad-date", "the model has no start date", "set 'time: start'")
    elif clock is not None and clock.start is not None and date < clock.start:
        message = f"{date} is before the model's start, {clock.start}"
        report.error(path, "bad-date", message)
    elif clock is not None:
        return clock.time(date)
    return None


def moment(report: Report, path: Path, value: object, clock: Clock | None) -> float | None:
    """Return a time from 0 to the horizon, written as a number or a date."""
    if is_date(report, path):
        time = date_time(report, path, clock)
    elif is_number(value):
        time = float(value)  # type: ignore[arg-type]
    else:
        report.error(path, "wrong-type", f"expected a number or a date, not '{value}'")
        return None
    if time is not None and clock is not None and not 0.0 <= time <= clock.horizon:
        message = f"{time:.12g} is outside the run, 0 to {clock.horizon:.12g}"
        report.error(path, "out-of-range", message)
        return None
    return time


def stop_condition(report: Report, path: Path) -> Expression | None:
    """Read the condition that ends a run: an expression, or an event that has happened."""
    scalar = locate(report.node, path).node
    text = formula_text(scalar).strip() if isinstance(scalar, Scalar) else ""
    if text not in report.events:
        of = report.expression(path, report.scope("'stop'"), BOOLEAN)
        still(report, of, "'stop'")
        return of
    happened = Compare((">",), (CountOf(text), Number(0.0, NUMBER)))
    return express(text, locate(report.node, path).value, happened)
