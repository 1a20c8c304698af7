"""The calendar: events that come again, months and weekdays in rates and conditions, dates as values."""

from __future__ import annotations

import datetime

import pytest
import toys

from sim.model.calendar_tables import MAX_DAYS, calendar_table
from sim.model.clock import Clock

RULES = """
time: {{unit: {unit}, start: 2025-01-31, horizon: {horizon}}}
state: {{n: 0, x: 0}}
events:
  month: {{every: month, do: n += 1}}
  quarter: {{every: quarter, do: n += 1}}
  year: {{every: year, do: n += 1}}
  week: {{every: week, do: n += 1}}
  last: {{every: {{day: 31}}, do: n += 1}}
  monday: {{every: {{weekday: monday}}, do: n += 1}}
  friday: {{every: {{weekday: friday}}, do: n += 1}}
  date: {{at: ['2025-02-28', '2025-03-31', '2026-01-31'], do: n += 1}}
outcomes: {{n: {{final: n}}}}
"""
UNITS = [("day", 400), ("hour", 9_600), ("week", 57), ("month", 13), ("year", 1.1)]


@pytest.mark.parametrize(("unit", "horizon"), UNITS)
def test_events_that_come_again(unit: str, horizon: float) -> None:
    found: dict[str, list[str]] = {}
    times: dict[str, list[float]] = {}
    for one in toys.trace(RULES.format(unit=unit, horizon=horizon)).occurrences:
        found.setdefault(one.event, []).append(str(one.date))
        times.setdefault(one.event, []).append(one.time)
    assert found["month"][:3] == ["2025-02-28", "2025-03-31", "2025-04-30"]
    assert found["quarter"][:2] == ["2025-04-30", "2025-07-31"]
    assert found["year"] == ["2026-01-31"]
    assert found["week"][:2] == ["2025-02-07", "2025-02-14"]
    assert found["last"] == found["month"]
    assert found["monday"][:2] == ["2025-02-03", "2025-02-10"]
    assert found["friday"][:2] == ["2025-02-07", "2025-02-14"]  # the start is a Friday
    # the same instants, to the last bit
    assert times["date"] == [times["month"][0], times["month"][1], times["year"][0]]
    assert times["quarter"][:2] == times["month"][2:6:3]
    assert times["week"] == times["friday"]


def test_without_a_date_units_have_a_length() -> None:
    text = "time: {horizon: 100}\nevents: {go: {every: month}, week: {every: week}}"
    story = toys.story(text)
    assert [t for e, t in story if e == "go"] == [30.4375, 60.875, 91.3125]
    assert [t for e, t in story if e == "week"][:2] == [7, 14]
    faults = toys.faults("time: {horizon: 100}\nevents: {go: {every: {weekday: monday}}}")
    assert [(f.code, f.span.line, f.span.column) for f in faults if f.span] == [
        ("no-calendar", 3, 22)
    ]


def test_a_name_of_the_model_is_no_word_of_the_calendar() -> None:
    text = "time: {horizon: 3, start: 2025-01-01}\nlevers: {month: {default: 1}}\n"
    text += "events: {go: {every: month}}"
    assert toys.story(text) == [("go", 1), ("go", 2), ("go", 3)]


@pytest.mark.parametrize(("unit", "horizon"), UNITS)
def test_functions_of_the_calendar(unit: str, horizon: float) -> None:
    clock = Clock(unit, horizon, datetime.date(2024, 2, 27))
    for name, of in (
        (":month", lambda d: d.month), (":year", lambda d: d.year),
        (":weekday", lambda d: d.isoweekday()), (":day_of_year", lambda d: d.timetuple().tm_yday),
    ):  # fmt: skip
        table = calendar_table(clock, name)
        assert table.covers(0.0, horizon)
        for place, value in zip(table.places[1:-1], table.values[1:-1], strict=True):
            day = clock.date(place)
            assert day is not None
            assert value == of(day)
            assert of(day - datetime.timedelta(days=1)) != value


def test_in_rates_conditions_and_outcomes() -> None:
    text = """
    time: {unit: day, start: 2025-01-01, horizon: 58}
    state: {n: 0, m: 0, seen: 0}
    events:
      weekend: {when: weekday(now) >= 6, do: seen = seen * 100 + day_of_year(now) % 100}
      sale: {rate: '3 if month(now) == 2 else 0', do: n += 1}
      first: {rate: 1, if: year(now) == 2025 and day_of_year(now) <= 31, do: m += 1}
    outcomes:
      days: {duration: month(now) == 2}
      mean: {mean: weekday(now)}
      late: {first: month(now) == 2}
      ahead: {final: month(now + 365)}
    """
    trace = toys.trace(text)
    assert trace.outcomes["days"] == 27
    assert trace.outcomes["late"] == 31
    assert trace.outcomes["ahead"] == 2
    days = [(2 + i) % 7 + 1 for i in range(58)]
    assert trace.outcomes["mean"] == pytest.approx(sum(days) / 58, abs=1e-12)
    weekends = [o.time for o in trace.occurrences if o.event == "weekend"]
    assert weekends == [3, 10, 17, 24, 31, 38, 45, 52]
    assert all(o.time > 31 for o in trace.occurrences if o.event == "sale")
    assert all(o.time < 31 for o in trace.occurrences if o.event == "first")


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("{horizon: 10}", "the model has no start date"),
        (
            "{horizon: 200, unit: year, start: 2025-01-01}",
            f"the run covers more than {MAX_DAYS:,} days",
        ),
    ],
)
def test_where_there_is_no_calendar(time: str, reason: str) -> None:
    (found,) = toys.faults(f"time: {time}\noutcomes: {{x: {{final: month(now)}}}}")
    assert found.message == f"'month' needs a calendar: {reason}"
    assert found.help


def test_minutes_and_seconds() -> None:
    text = """
    time: {unit: UNIT, start: 2025-01-01, horizon: 90000}
    tables:
      t:
        why: A
        series: [['2025-01-01 00:00', 1], ['2025-01-01 00:30', 2], ['2025-01-01T12:00:30', 3]]
    """
    for unit, half in (("minute", 30.0), ("second", 1_800.0)):
        table = toys.model(text.replace("UNIT", unit)).tables["t"]
        assert table.places == (0.0, half, half * 24 + half / 60)
    assert toys.model("time: {unit: second, horizon: 5, start: 2025-01-01}").clock.span.startswith(
        "5 seconds"
    )
