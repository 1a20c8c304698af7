"""Dates and model time. The only module that knows dates."""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass

#: Length of each time unit in days.
DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


@dataclass(frozen=True, slots=True)
class Clock:
    """The time axis of a model: a unit, an optional start date, a horizon in units."""

    unit: str
    horizon: float
    start: datetime.date | None = None

    def date(self, time: float) -> datetime.date | None:
        """Return the calendar date at a model time, or None without a start date."""
        if self.start is None:
            return None
        try:
            return self.start + datetime.timedelta(days=math.floor(time * DAYS[self.unit] + 1e-6))
        except OverflowError:
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
        return (date - self.start).days / DAYS[self.unit]

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
