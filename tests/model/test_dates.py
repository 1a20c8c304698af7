"""Levers and parameters that are dates: numbers underneath, dates where a person reads or writes them."""

from __future__ import annotations

from pathlib import Path

import pytest
import toys

import sim
from sim.model.dates import setting_text
from sim.reporting import listings
from sim.study.assignments import read_assignment, settings_text
from ui.live.entries import dated_item, lever_item

MODEL = """
time: {unit: UNIT, start: 2025-07-14, horizon: 5000}
levers:
  deadline:
    {default: '2025-09-02', range: ['2025-08-01', '2025-12-31'], points: {early: 2025-08-02}, label: Deadline}
parameters: {begin: {assume: 2025-07-20, range: [2025-07-15, 2025-07-30], whole: WHOLE, why: A}}
state: {n: 0}
events: {go: {at: deadline, do: n += 1}, open: {at: begin}}
outcomes: {n: {first: go}}
"""


def dates(scenario: sim.Scenario) -> list[tuple[str, str]]:
    return [(o.event, str(o.date)) for o in sim.trace(scenario, seed=1).occurrences]


@pytest.mark.parametrize("unit", ["day", "hour", "week", "month", "year"])
def test_a_date_is_a_time(unit: str) -> None:
    whole = "true" if unit in ("day", "hour") else "false"
    scenario = toys.scenario(MODEL.replace("UNIT", unit).replace("WHOLE", whole))
    lever = scenario.model.levers["deadline"]
    clock = scenario.model.clock
    assert lever.dated and scenario.model.parameters["begin"].dated
    shown = [
        setting_text(scenario.model, "deadline", v) for v in (lever.default, lever.low, lever.high)
    ]
    assert shown == ["2025-09-02", "2025-08-01", "2025-12-31"]
    assert lever.points["early"] == clock.moment("2025-08-02")
    assert ("open", "2025-07-20") in dates(scenario) and ("go", "2025-09-02") in dates(scenario)
    name, value = read_assignment("deadline=2025-10-01")
    later = scenario.with_settings({name: value})
    assert ("go", "2025-10-01") in dates(later)
    assert settings_text(later.model, later.settings) == "deadline = 2025-10-01"
    assert "2025-08-01 to 2025-12-31" in listings.levers(scenario.model)
    item = dated_item(lever_item(lever), clock)
    assert item["clock"] == {"unit": unit, "start": "2025-07-14"}


def test_scenarios_and_experiments_write_dates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = "model: toy" + MODEL.replace("UNIT", "day").replace("WHOLE", "true")
    Path("model.yaml").write_text(model)
    Path("late.yaml").write_text("scenario: late\nof: model.yaml\nlevers: {deadline: 2025-11-05}\n")
    assert ("go", "2025-11-05") in dates(sim.load_scenario("late.yaml"))
    Path("both.yaml").write_text(
        "experiment: both\nof: model.yaml\nvary: {deadline: [2025-08-01, '2025-10-01']}\nreplications: 2\n"
    )
    found = sim.run(sim.load("both.yaml")).outcome("n")
    assert found.mean(axis=tuple(range(1, found.ndim))).tolist() == [18.0, 79.0]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{default: '2025-09-32'}", "3:23: bad-date: '2025-09-32' is not a date"),
        ("{default: 3, range: [1, 2025-09-31]}", "3:37: bad-date: '2025-09-31' is not a date"),
        (
            "{default: 2025-09-02, range: [2025-10-01, 2025-12-31]}",
            "3:23: out-of-range: 50 is outside",
        ),
        ("{default: 1, range: [first, 2]}", "3:34: wrong-type: expected a number"),
    ],
)
def test_errors_of_dates(entry: str, message: str) -> None:
    (found,) = toys.faults(f"time: {{start: 2025-07-14, horizon: 100}}\nlevers: {{d: {entry}}}")
    assert found.first_line().startswith(f"model.yaml:{message}")


def test_a_date_needs_a_start() -> None:
    (found,) = toys.faults("time: {horizon: 100}\nlevers: {d: {default: 2025-09-01}}")
    assert (found.code, found.help) == ("bad-date", "set 'time: start'")
    scenario = toys.scenario(MODEL.replace("UNIT", "day").replace("WHOLE", "true"))
    for value, code in (
        ("2025-02-30", "bad-date"),
        ("2027-01-01", "out-of-range"),
        ("soon", "wrong-type"),
    ):
        with pytest.raises(sim.ExperimentError) as caught:
            scenario.with_settings({"deadline": value})
        assert [error.code for error in caught.value.diagnostics] == [code]
