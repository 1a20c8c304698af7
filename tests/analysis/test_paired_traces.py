"""The same luck under two policies: where they part, and the reason given."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.analysis.paired_traces import trace_pair
from sim.reporting.stories import twins_text

MODEL = """\
model: ferry
time: {horizon: 30}
levers:
  fare: {default: 5, range: [0, 20]}
  paint: {default: 1, range: [1, 9]}
state: {riders: 0, coats: 0}
derived: {appeal: "20 - fare"}
events:
  sail:
    every: exponential(2)
    do: |
      here = poisson(appeal)
      riders += here
    tell: "{here} riders"
  repaint: {at: 20, do: coats += paint}
outcomes: {riders: {final: riders}, coats: {final: coats}}
"""


@pytest.fixture
def ferry(tmp_path: Path) -> sim.Scenario:
    (tmp_path / "ferry.yaml").write_text(MODEL)
    return sim.load_scenario(tmp_path / "ferry.yaml")


def test_a_scenario_beside_itself_differs_in_nothing(ferry: sim.Scenario) -> None:
    found = trace_pair(ferry, ferry, seed=3)
    assert found.differences == ()
    assert found.shared == len(found.first.occurrences)
    assert "Nothing differs" in twins_text(found)


def test_the_first_divergence_and_its_cause(ferry: sim.Scenario) -> None:
    found = trace_pair(ferry, ferry.with_settings({"paint": 4}, "thick"), seed=3)
    ((here, there),) = found.differences
    assert here is not None
    assert there is not None
    assert (here.event, here.time, there.time) == ("repaint", 20.0, 20.0)
    assert found.cause == "it depends on paint (1 against 4)"
    assert found.shared == len(found.first.occurrences) - 1


def test_a_cause_is_found_through_derived_quantities(ferry: sim.Scenario) -> None:
    found = trace_pair(ferry, ferry.with_settings({"fare": 19}, "dear"), seed=3)
    assert found.cause == "it depends on fare (5 against 19)"
    assert {o.event for pair in found.differences for o in pair if o} == {"sail"}
    assert all(here and there and here.time == there.time for here, there in found.differences)
    text = twins_text(found)
    assert "They part at d " in text
    assert "no forecast" in text


def test_an_event_that_only_one_has(ferry: sim.Scenario, tmp_path: Path) -> None:
    (tmp_path / "storm.yaml").write_text(
        "scenario: storm\nof: ferry.yaml\nevents: {storm: {at: 7.5, do: riders = 0}}\n"
    )
    found = trace_pair(ferry, sim.load_scenario(tmp_path / "storm.yaml"), seed=3)
    here, there = found.differences[0]
    assert here is None
    assert there is not None
    assert there.event == "storm"
    assert found.cause == "only one of the two has the event 'storm'"


def test_the_table_holds_both_and_the_difference(ferry: sim.Scenario) -> None:
    found = trace_pair(ferry, ferry.with_settings({"paint": 4}, "thick"), seed=3)
    record = next(r for r in found.table() if r["outcome"] == "coats")
    alike = trace_pair(ferry, ferry.with_settings({"paint": 4}), seed=3).table()[0]
    assert {"ferry", "ferry (against)"} < set(alike), "two settings of one scenario, both kept"
    assert (record["ferry"], record["thick"], record["difference"]) == (1.0, 4.0, -3.0)


def test_other_models_are_refused(ferry: sim.Scenario, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(MODEL.replace("model: ferry", "model: other"))
    with pytest.raises(sim.ExperimentError, match="different models"):
        trace_pair(ferry, sim.load_scenario(tmp_path / "other.yaml"))


def test_a_trace_subtracts_as_a_comparison_does(ferry: sim.Scenario) -> None:
    """`trace A --against B` and `compare B A`: A minus B, the baseline, in the same replication."""
    thick = ferry.with_settings({"paint": 4}, "thick")
    pair = trace_pair(thick, ferry, seed=3)
    experiment = sim.make_experiment([ferry, thick], seed=3, replications=1, futures=0)
    row = sim.compare(sim.run(experiment, kernel="simpy")).row("coats", "thick")
    assert row.difference is not None
    assert pair.table()[1]["difference"] == row.difference.mean == 3.0
    assert "Difference to ferry" in twins_text(pair)
    assert "+3" in twins_text(pair)
