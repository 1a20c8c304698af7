"""Read times: constants, dates, and the condition that ends a run."""

from __future__ import annotations

import re

from sim.errors import ModelError
from sim.language.events import event_reference
from sim.language.expressions import Expression, express
from sim.language.scope import BrokenName, Scope
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    Compare,
    CountOf,
    Number,
    Reference,
    Term,
)
from sim.model.checks import Path, Report, formula_text
from sim.model.clock import Clock, parse_date
from sim.model.fields import is_number
from sim.model.moving import still
from sim.model.naming import family_of
from sim.yaml import Scalar, locate

#: Dates as they are written in other places too: 17/9/2025 would be a quotient.
_DATE = re.compile(
    r"[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}([T ][0-9]{1,2}:.*)?|[0-9]{1,2}([/.])[0-9]{1,2}\3[0-9]{4}"
)


def is_date(report: Report, path: Path) -> bool:
    """Return whether the value at a path is written as a date, valid or not."""
    scalar = locate(report.node, path).node
    return isinstance(scalar, Scalar) and bool(_DATE.fullmatch(formula_text(scalar)))


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


def event_index(
    report: Report, path: Path, text: str, scope: Scope
) -> tuple[str, tuple[Term, ...]] | None:
    """Read an event, perhaps with members, as ``arrival[north]``; report it and return None if invalid."""
    scalar = locate(report.node, path).node
    if not isinstance(scalar, Scalar):
        return None
    try:
        return event_reference(scalar, text, scope)
    except ModelError as error:
        report.errors.extend(error.diagnostics)
    except BrokenName:
        pass
    return None


def event_named(report: Report, path: Path, text: str) -> str | None:
    """Return the name of an event, with its members; index variables keep their names."""
    if "[" not in text:
        return text
    found = event_index(report, path, text, report.scope("an outcome"))
    if found is None:
        return None
    names = []
    for term in found[1]:
        if isinstance(term, Number):
            names.append(term.type.options[int(term.value)])
        elif isinstance(term, Reference) and term.role == "index":
            names.append(term.name)
        else:
            report.error(path, "not-allowed", "expected a member, or an index of this outcome")
            return None
    return f"{found[0]}[{','.join(names)}]"


def stop_condition(report: Report, path: Path) -> Expression | None:
    """Read the condition that ends a run: an expression, or an event that has happened."""
    scalar = locate(report.node, path).node
    text = formula_text(scalar).strip() if isinstance(scalar, Scalar) else ""
    event: str
    index: tuple[Term, ...]
    event, index = text, ()
    if family_of(text) not in report.events:
        of = report.expression(path, report.scope("'stop'"), BOOLEAN)
        still(report, of, "'stop'")
        return of
    if "[" in text:
        found = event_index(report, path, text, report.scope("'stop'"))
        if found is None:
            return None
        event, index = found
    happened = Compare((">",), (CountOf(event, index=index), Number(0.0, NUMBER)))
    return express(text, locate(report.node, path).value, happened)
