"""Events that come again by the calendar: ``every: month``, ``every: {weekday: monday}``."""

from __future__ import annotations

from sim.language.expressions import Expression, express
from sim.language.terms import NUMBER, Lookup, Number, Reference
from sim.model.calendar_tables import EVERY, no_calendar
from sim.model.checks import Path, Report
from sim.model.clock import DAYS, Clock
from sim.model.fields import WEEKDAYS

#: Lengths without a start date, in days.
LENGTHS = {
    "week": DAYS["week"], "month": DAYS["month"], "quarter": 3 * DAYS["month"],
    "year": DAYS["year"],
}  # fmt: skip


def is_recurrence(report: Report, value: object) -> bool:
    """Whether the value of `every` is a rule of the calendar, and not an expression."""
    known = (
        isinstance(value, str) and value.strip() in LENGTHS and value.strip() not in report.names
    )
    return known or isinstance(value, dict)


def read_recurrence(
    report: Report, path: Path, value: object, clock: Clock | None
) -> Expression | None:
    """Return the time until an event comes again, by a rule of the calendar."""
    span = report.place(path)
    if clock is None:
        return None
    if isinstance(value, dict):
        (key, found), *_ = value.items()
        rule = f"{key} {WEEKDAYS.index(found) + 1 if key == 'weekday' else found}"
        text = f"{found}" if key == "weekday" else f"day {found} of the month"
    else:
        rule = text = str(value).strip()
    reason, help = no_calendar(clock)
    if not reason:
        now = Reference("now", "now", NUMBER)
        return express(text, span, Lookup(f"{EVERY}{rule}", now, NUMBER, span, "step", "until"))
    if clock.start is None and not isinstance(value, dict):
        return express(text, span, Number(LENGTHS[rule] / DAYS[clock.unit], NUMBER))
    report.error(path, "no-calendar", f"this rule needs a calendar: {reason}", help)
    return None
