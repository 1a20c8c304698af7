"""The tables that an expression can call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sim.language.terms import Type

Between = Literal["step", "linear"]
#: Functions of the calendar, with what they return. They are step tables of time.
CALENDAR = {
    "year": "the calendar year",
    "month": "1 for January to 12 for December",
    "weekday": "1 for Monday to 7 for Sunday",
    "day_of_year": "1 for 1 January to 365 or 366",
}


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables that an expression can call, and which of them it can call with `now`.

    Attributes
    ----------
    types
        The type of each table's values, and how they lie between its points.
    no_calendar
        Why the model has no calendar, and the cure; empty if it has one.
    of_now
        Whether a table of `now` is allowed where `now` is not.
    """

    types: Mapping[str, tuple[Type, Between]] = field(default_factory=dict)
    no_calendar: tuple[str, str] = ("", "")
    of_now: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names that can be called."""
        return (*self.types, *CALENDAR)

    def has(self, name: str) -> bool:
        """Whether a name is that of a table or of the calendar."""
        return name in self.types or name in CALENDAR
