"""Parts of a target that judge a forecast: the forecast that nothing changes, and the windows of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.language.units import same
from sim.model.checks import Path, Report, check_range, find_fact
from sim.model.clock import Clock, parse_date
from sim.model.facts import Fact
from sim.model.fields import is_number
from sim.model.study_shapes import PersistenceShape
from sim.model.types import Outcome

Window = tuple[float, float]
#: Units that all mean a number from 0 to 1.
SHARES = frozenset({"", "share", "probability"})
#: Windows that share less than this of what they cover together are not the same.
SAME_WINDOW = 0.95


@dataclass(frozen=True, slots=True)
class Persistence:
    """The forecast that things stay as they were at the start: uniform from `low` to `high`.

    Attributes
    ----------
    low, high
        The same number for a point forecast.
    source
        The fact it rests on, or the reason.
    """

    low: float
    high: float
    source: str


def read_persistence(
    report: Report,
    path: Path,
    shape: PersistenceShape | None,
    outcome: Outcome,
    facts: Mapping[str, Fact],
) -> Persistence | None:
    """Read the forecast that nothing changes, with every fault reported."""
    if shape is None:
        return None
    before = len(report.errors)
    fact = find_fact(report, (*path, "fact"), shape.fact, facts)
    if (shape.fact is None) == (shape.at is None and shape.range is None):
        words = (
            "'fact', 'at' or 'range' is missing" if shape.fact is None else "both 'fact' and 'at'"
        )
        report.error(path, "missing-key", f"{words} in 'persistence'", key=True)
    if shape.fact is None and not shape.why:
        report.error(path, "missing-key", "'why' is missing in 'persistence'", key=True)
    check_range(report, (*path, "range"), shape.range)
    if fact is not None and fact.vintage != "ex_ante":
        words = f"fact '{fact.name}' was not known at the start"
        report.error((*path, "fact"), "wrong-vintage", words)
    if fact is not None:
        check_same_unit(report, (*path, "fact"), outcome, fact)
    value = shape.at if fact is None else fact.value
    pair = shape.range if fact is None else (fact.low, fact.high)
    low, high = pair if pair and None not in pair else (value, value)
    if len(report.errors) > before or not is_number(low) or not is_number(high):
        return None
    source = shape.why if fact is None else f"fact {fact.name}"
    return Persistence(float(low), float(high), source)  # type: ignore[arg-type]


def check_same_unit(report: Report, path: Path, outcome: Outcome, fact: Fact) -> bool:
    """Report a fact that is not a number in the unit of the outcome."""
    if isinstance(fact.value, str):
        report.error(path, "wrong-type", f"fact '{fact.name}' is not a number")
        return False
    if not same(fact.unit, outcome.unit) and not {fact.unit, outcome.unit} <= SHARES:
        words = f"'{outcome.name}' is in '{outcome.unit}', fact '{fact.name}' in '{fact.unit}'"
        report.error(path, "other-unit", words)
        return False
    return True


def read_window(
    report: Report, path: Path, given: list[object] | None, clock: Clock
) -> Window | None:
    """Read a window of time, as times or dates, which may begin before the run."""
    if given is None:
        return None
    ends = []
    for i, value in enumerate(given):
        date = parse_date(value) if isinstance(value, str) else None
        if date is not None and clock.start is not None:
            ends.append(clock.time(date))
        elif is_number(value):
            ends.append(float(value))  # type: ignore[arg-type]
        else:
            words = "the model has no start date" if date else f"'{value}' is no time and no date"
            report.error(
                (*path, i), "bad-date", words, "write a number, or a date as in 2025-07-14"
            )
            return None
    if ends[0] >= ends[1]:
        report.error(path, "bad-range", "the window ends before it begins")
        return None
    return ends[0], ends[1]


def shared(one: Window, other: Window) -> float:
    """Return the time that two windows share, as a share of what they cover together.

    Examples
    --------
    >>> shared((0.0, 10.0), (5.0, 10.0))
    0.5
    """
    both = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, both) / (max(one[1], other[1]) - min(one[0], other[0]))
