"""The calendar as tables of model time: year, month, weekday and day of the year."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable

from sim.errors import Span
from sim.language.terms import WHOLE
from sim.model.clock import Clock
from sim.model.types import Table

#: Most days that a table of the calendar covers: 109 years.
MAX_DAYS = 40_000
#: Days before the start and after the horizon that it covers.
MARGIN = 366
_OF_DAY: dict[str, Callable[[datetime.date], int]] = {
    ":year": lambda day: day.year,
    ":month": lambda day: day.month,
    ":weekday": lambda day: day.isoweekday(),
    ":day_of_year": lambda day: day.timetuple().tm_yday,
}


def days_covered(clock: Clock) -> int:
    """Return how many days a table of the calendar covers."""
    return int(clock.days(clock.horizon)) + 2 * MARGIN + 1


@functools.lru_cache(maxsize=64)
def calendar_table(clock: Clock, name: str) -> Table:
    """Return a table of the calendar, such as ``:month``."""
    assert clock.start is not None
    first = max(datetime.date.min.toordinal(), clock.start.toordinal() - MARGIN)
    last = min(datetime.date.max.toordinal() - 31, first + days_covered(clock))
    places: list[float] = []
    values: list[float] = []
    for number in range(first, last + 1):
        day = datetime.date.fromordinal(number)
        value = float(_OF_DAY[name](day))
        if not values or value != values[-1] or number == last:
            places.append(clock.time(day))
            values.append(value)
    return Table(
        name=name, span=Span("", 1, 1, 0, 0), places=tuple(places), values=tuple(values),
        type=WHOLE, dated=True,
    )  # fmt: skip
