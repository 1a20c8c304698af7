"""Dates and model time. The only module that knows dates."""

from __future__ import annotations

import calendar
import datetime
import math
import re
from dataclasses import dataclass

#: Length of each time unit in days; of a month and a year, the mean length.
DAYS = {
    "second": 1 / 86_400, "minute": 1 / 1_440, "hour": 1 / 24, "day": 1.0, "week": 7.0,
    "month": 365.25 / 12, "year": 365.25,
}  # fmt: skip
#: Units of which a day has a whole number.
A_DAY = {"second": 86_400.0, "minute": 1_440.0, "hour": 24.0}
#: Calendar months of the units that follow the calendar where a model has a start date.
MONTHS = {"month": 1, "year": 12}

#: Events of one replication; `time: {max_events: …}` sets another limit, and the others follow it.
MAX_EVENTS = 1_000_000
#: The limits on events at one instant and on pending occurrences are at least these.
MAX_AT_ONCE = 10_000
MAX_PENDING = 100_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The time axis of a model, and the limits of a run.

    Attributes
    ----------
    unit, horizon
        The unit of time, and the end of a run in units.
    start
        The date of time 0; with one, months and years follow the calendar.
    warmup
        The time at which statistics begin.
    max_events
        Events after which a replication fails.

    Examples
    --------
    >>> clock = Clock("year", 10.0, datetime.date(2025, 1, 1))
    >>> clock.time(datetime.date(2028, 1, 1))
    3.0
    """

    unit: str
    horizon: float
    start: datetime.date | None = None
    warmup: float = 0.0
    max_events: int = MAX_EVENTS

    @property
    def max_at_once(self) -> int:
        """Events at one instant after which a replication fails."""
        return max(MAX_AT_ONCE, self.max_events // 100)

    @property
    def max_pending(self) -> int:
        """Pending occurrences at which a replication fails."""
        return max(MAX_PENDING, self.max_events // 10)

    @property
    def span(self) -> str:
        """The time axis in words, as ``180 days from 14 July 2025, statistics from day 30``."""
        text = f"{self.horizon:g} {self.unit}{'' if self.horizon == 1 else 's'}"
        if self.start is not None:
            text += f" from {self.start.day} {self.start:%B %Y}"
        return text + (f", statistics from {self.unit} {self.warmup:g}" if self.warmup else "")

    def days(self, time: float) -> float:
        """Return the days from the start to a model time, by the calendar for months and years.

        Raises
        ------
        ValueError, OverflowError
            The time is outside the years that dates can have.
        """
        months = MONTHS.get(self.unit)
        if self.start is None or months is None:
            return time * DAYS[self.unit]
        whole = math.floor(time)
        begin, end = (self._after(months * k) for k in (whole, whole + 1))
        return (begin - self.start).days + (time - whole) * (end - begin).days

    def date(self, time: float) -> datetime.date | None:
        """Return the calendar date at a model time, or None without a start date."""
        if self.start is None:
            return None
        try:
            return self.start + datetime.timedelta(days=math.floor(self.days(time) + 1e-6))
        except (ValueError, OverflowError):
            return None

    def time(self, date: datetime.date) -> float:
        """Return the model time at the beginning of a date.

        Raises
        ------
        ValueError
            The model has no start date.
        """
        if self.start is None:
            raise ValueError("the model has no start date")
        days = (date - self.start).days
        months = MONTHS.get(self.unit)
        if months is None:
            a_day = A_DAY.get(self.unit)
            return days * a_day if a_day else days / DAYS[self.unit]
        between = (date.year - self.start.year) * 12 + date.month - self.start.month
        whole = between // months
        if self._after(months * whole) > date:
            whole -= 1
        begin, end = (self._after(months * k) for k in (whole, whole + 1))
        return whole + (date - begin).days / (end - begin).days

    def moment(self, text: str) -> float | None:
        """Return the model time of ``2025-07-14`` or ``2025-07-14 06:30``, or None if it is neither.

        Raises
        ------
        ValueError
            The model has no start date.
        """
        day, _, hour = text.replace("T", " ").partition(" ")
        date = parse_date(day)
        found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?", hour or "00:00")
        if date is None or found is None:
            return None
        begin = self.time(date)
        parts = zip(found.groups("0"), (3_600, 60, 1), strict=True)
        seconds = sum(int(part) * of for part, of in parts)
        if seconds == 0:
            return begin
        if self.unit in MONTHS:
            end = self.time(date + datetime.timedelta(days=1))
            return begin + (end - begin) * (seconds / 86_400)
        assert self.start is not None
        whole = (date - self.start).days * 86_400 + seconds
        if self.unit in A_DAY:
            return whole * A_DAY[self.unit] / 86_400
        return whole / (86_400 * DAYS[self.unit])

    def _after(self, months: int) -> datetime.date:
        """Return the date a number of months after the start; the 31st becomes the last of a month."""
        assert self.start is not None
        year, month = divmod(self.start.year * 12 + self.start.month - 1 + months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return datetime.date(year, month + 1, min(self.start.day, last))

    def grid(self) -> int:
        """Return the number of whole time units from 0 to the horizon, both included."""
        return int(self.horizon // 1) + 1


def parse_date(text: str) -> datetime.date | None:
    """Return the date written as ``2025-07-14``, or None if it is not one."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
