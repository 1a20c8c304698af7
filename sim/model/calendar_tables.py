"""The calendar as tables of model time: year, month, weekday and day of the year."""

from __future__ import annotations

import calendar
import datetime
import functools
from collections.abc import Callable, Iterable, Iterator

from sim.errors import Span
from sim.language.terms import WHOLE
from sim.model.clock import Clock
from sim.model.types import Table

#: Most days that a table of the calendar covers: 109 years.
MAX_DAYS = 40_000
#: Days before the start and after the horizon that it covers.
MARGIN = 366
#: Before the name of a rule for an event that comes again.
EVERY = ":every "
_OF_DAY: dict[str, Callable[[datetime.date], int]] = {
    ":year": lambda day: day.year,
    ":month": lambda day: day.month,
    ":weekday": lambda day: day.isoweekday(),
    ":day_of_year": lambda day: day.timetuple().tm_yday,
}


def days_covered(clock: Clock) -> int:
    """Return how many days a table of the calendar covers."""
    return int(clock.days(clock.horizon)) + 2 * MARGIN + 1


def no_calendar(clock: Clock) -> tuple[str, str]:
    """Return why a model has no calendar, and the cure; empty if it has one."""
    if clock.start is None:
        return "the model has no start date", "write it as in 'time: {start: 2025-07-14}'"
    if days_covered(clock) > MAX_DAYS:
        return f"the run covers more than {MAX_DAYS:,} days", "use a shorter horizon"
    return "", ""


@functools.lru_cache(maxsize=64)
def calendar_table(clock: Clock, name: str) -> Table:
    """Return a table of the calendar, such as ``:month``."""
    assert clock.start is not None
    if name.startswith(EVERY):
        return _table(name, [(time, 0.0) for time in _instants(clock, name)])
    first = max(datetime.date.min.toordinal(), clock.start.toordinal() - MARGIN)
    last = min(datetime.date.max.toordinal() - 31, first + days_covered(clock))
    points: list[tuple[float, float]] = []
    for number in range(first, last + 1):
        day = datetime.date.fromordinal(number)
        value = float(_OF_DAY[name](day))
        if not points or value != points[-1][1] or number == last:
            points.append((clock.time(day), value))
    return _table(name, points)


def _table(name: str, points: Iterable[tuple[float, float]]) -> Table:
    places, values = zip(*points, strict=True)
    span = Span("", 1, 1, 0, 0)
    return Table(name=name, span=span, places=places, values=values, type=WHOLE, dated=True)


def _instants(clock: Clock, rule: str) -> list[float]:
    """Return the times after 0 at which a rule such as ``:every month`` holds, the last a sentinel."""
    assert clock.start is not None
    _, word, *number = rule.split(" ")
    found: list[float] = []
    days = _days(clock.start, word, int(number[0]) if number else 0)
    for day in days:
        time = clock.time(day)
        if time > clock.horizon:
            break
        found.append(time)
    return [*found, 2.0 * clock.horizon + 1.0]


def _days(start: datetime.date, word: str, number: int) -> Iterator[datetime.date]:
    """Yield the days after the start that follow a rule."""
    clock = Clock("month", 1.0, start)
    if word in ("week", "weekday"):
        ahead = (number - start.isoweekday() - 1) % 7 + 1 if number else 7
        for at in range(start.toordinal() + ahead, datetime.date.max.toordinal() - 31, 7):
            yield datetime.date.fromordinal(at)
        return
    months = {"month": 1, "quarter": 3, "year": 12}
    for k in range((9_998 - start.year) * 12):
        if word != "day":
            again = clock.date((k + 1) * float(months[word]))
            if again is None:
                return
            yield again
            continue
        year, month = divmod(start.year * 12 + start.month - 1 + k, 12)
        last = calendar.monthrange(year, month + 1)[1]
        day = datetime.date(year, month + 1, min(number, last))
        if day > start:
            yield day
