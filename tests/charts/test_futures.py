"""Charts over futures: a cloud, a difference over time and a forest show what the comparison says."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim import charts
from sim.analysis.forest import forest_chart, forest_frame
from sim.analysis.rows import Row
from sim.charts.clouds import quadrants

#: Saving slows the leak where `seal` is above 0, and speeds it up below.
MODEL = """\
model: tank
title: Does a patch save water?
time: {unit: day, start: 2025-03-30, horizon: 20}
levers:
  patch: {default: 0, range: [0, 2]}
parameters:
  seal: {assume: 0.2, range: [-0.4, 0.8], why: Nobody knows.}
state:
  water: {initial: 100.0, range: [0.0, 200.0], unit: m3, label: Water in the tank}
  calls: {initial: 0}
events:
  leak: {rate: 2, do: 'water = max(0, water - 1 + seal * patch)'}
  call: {rate: 0.3 + 0.2 * patch, do: calls += 1}
outcomes:
  left: {final: water, goal: maximize, headline: true, matters: 2, unit: m3, label: Water left}
  dry: {ever: water < 60, goal: minimize, headline: true, group: People, label: Below sixty}
  calls: {final: calls, goal: minimize, headline: true, group: People, unit: call, label: Calls}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("tank")
    (made / "model.yaml").write_text(MODEL, encoding="utf-8")
    for name, patch in (("one", 1), ("two", 2)):
        text = (
            f"scenario: {name}\nof: model.yaml\ntitle: Patch {name}\nlevers: {{patch: {patch}}}\n"
        )
        (made / f"{name}.yaml").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def scenarios(folder: Path) -> list[sim.Scenario]:
    return [sim.load_scenario(folder / f"{name}.yaml") for name in ("model", "one", "two")]


@pytest.fixture(scope="module")
def ensemble(scenarios: list[sim.Scenario]) -> sim.Ensemble:
    """Two replications of a future are its two halves, so bands must be those of the outcome."""
    experiment = sim.make_experiment(scenarios, futures=60, replications=2, seed=3)
    return sim.run(experiment, kernel="compiled", series=True)


@pytest.fixture(scope="module")
def central(scenarios: list[sim.Scenario]) -> sim.Ensemble:
    experiment = sim.make_experiment(scenarios, futures=0, replications=30, seed=3)
    return sim.run(experiment, kernel="compiled", series=True)


def words(chart: Any) -> str:
    """All texts of a chart in one line."""
    found = re.findall(r"<tspan[^>]*>([^<]*)|<text[^>]*>([^<]+)", charts.svg_text(chart))
    return " ".join(a or b for a, b in found).replace("\xa0", " ")


def test_axes_are_headlines_of_different_groups(ensemble: sim.Ensemble) -> None:
    assert charts.plane_axes(ensemble.experiment.model) == ("left", "dry")


def test_a_dot_is_a_future_and_the_bars_are_those_of_the_table(ensemble: sim.Ensemble) -> None:
    frame = charts.plane_frame(ensemble, "left", "calls", scenario="two", differences=True)
    comparison = sim.compare(ensemble)
    assert (frame["role"] == "dot").sum() == 60
    centres = frame[frame["role"] == "centre"].set_index("scenario")
    assert list(centres.index) == ["one", "two"], "the baseline is where the zero lines meet"
    for axis, outcome in (("x", "left"), ("y", "calls")):
        gap = comparison.row(outcome, "two").gap
        assert gap is not None
        bar = centres.loc["two", [f"{axis}_low", axis, f"{axis}_high"]]
        assert list(bar) == pytest.approx([gap.low, gap.middle, gap.high])
    assert np.isnan(centres.loc["one", "x_low"]), "one cloud, one pair of bars"
    held = frame[frame["role"] == "bound"]
    assert held["x"].min() <= 0 <= held["x"].max()


def test_quadrants_add_up_to_the_shares_of_the_table(ensemble: sim.Ensemble) -> None:
    table = quadrants(ensemble, "left", "calls", "two", "tank")
    comparison = sim.compare(ensemble)
    assert table is not None
    assert table.sum() == pytest.approx(1.0)
    for axis, outcome in ((1, "left"), (0, "calls")):
        row = comparison.row(outcome, "two")
        assert row.above is not None
        assert table.sum(axis=axis)[2] == pytest.approx(row.above.mean, abs=1e-6)
    frame = charts.plane_frame(ensemble, "left", "calls", scenario="two", differences=True)
    corners = frame[frame["role"] == "corner"].set_index("shape")
    assert corners.loc["11", "text"] == f"{100 * table[2, 2]:.0f} of 100 futures"
    assert corners.loc["11", "words"] == "better across, worse upwards"
    assert corners.loc["01", "words"] == "worse in both"


def test_a_cloud_says_what_it_is(ensemble: sim.Ensemble, central: sim.Ensemble) -> None:
    told = words(charts.plane_chart(ensemble, "left", "calls", scenario="two"))
    assert "two minus tank, the same futures and luck in both" in told
    assert "n = 120 runs a scenario in 60 futures" in told
    assert "of 100 futures" in told
    held = words(charts.plane_chart(central))
    assert "n = 30 runs a scenario · assumptions held at central values" in held
    assert "cross: 95 % interval of the mean" in held
    assert "of 100 futures" not in held


def test_one_scenario_has_a_cloud_of_levels(scenarios: list[sim.Scenario]) -> None:
    alone = sim.run(
        sim.make_experiment(scenarios[:1], futures=20, replications=3), kernel="compiled"
    )
    assert "one future, its expected value" in words(charts.plane_chart(alone))
    frame = charts.plane_frame(alone, "left", "calls")
    assert (frame["role"] == "dot").sum() == 20
    single = sim.run(
        sim.make_experiment(scenarios[:2], futures=20, replications=1), kernel="compiled"
    )
    told = words(charts.plane_chart(single))
    assert "one pair of runs, with its chance" in told
    assert "of 100 futures" not in told


def test_the_end_of_a_difference_fan_is_the_row_of_the_table(ensemble: sim.Ensemble) -> None:
    frame = charts.difference_frame(ensemble, "water", scenario="two")
    focus = frame[frame["role"] == "focus"].set_index("time")
    gap = sim.compare(ensemble).row("left", "two").gap
    assert gap is not None
    last = focus.loc[20.0, ["low90", "median", "high90"]]
    assert list(last) == pytest.approx([gap.low, gap.middle, gap.high])
    assert (focus.loc[0.0, ["low90", "low50", "median", "high50", "high90"]] == 0).all()
    assert (focus["low90"] <= focus["low50"]).all() and (focus["high50"] <= focus["high90"]).all()
    assert set(frame.loc[frame["tone"] == "baseline", "median"].dropna()) == {0.0}
    ends = frame.loc[frame["role"] == "label", "text"].tolist()
    assert any(re.fullmatch(r"two [+−][\d.]+", end) for end in ends), "a difference bears a sign"


def test_a_difference_at_central_values_is_a_line(central: sim.Ensemble) -> None:
    frame = charts.difference_frame(central, "water", scenario="one")
    focus = frame[frame["role"] == "focus"]
    row = sim.compare(central).row("left", "one")
    assert row.difference is not None
    assert focus["median"].iloc[-1] == pytest.approx(row.difference.mean)
    assert focus["low90"].isna().all()
    assert "assumptions held at central values" in words(charts.difference_chart(central, "water"))


def test_a_difference_wants_what_it_is_made_of(ensemble: sim.Ensemble) -> None:
    kept = ensemble.trajectories
    assert kept is not None
    bare = replace(ensemble, trajectories=replace(kept, halves=None))
    with pytest.raises(sim.ExperimentError, match="no means of each future"):
        charts.difference_chart(bare, "water")
    with pytest.raises(sim.ExperimentError, match="needs a second scenario"):
        charts.difference_chart(ensemble, "water", scenario="tank")
    with pytest.raises(sim.ExperimentError, match="did you mean 'water'"):
        charts.difference_chart(ensemble, "watr")


def test_a_failed_run_leaves_its_future_out(ensemble: sim.Ensemble) -> None:
    kept = ensemble.trajectories
    assert kept is not None and kept.halves is not None and kept.half_counts is not None
    halves, counts = kept.halves.copy(), kept.half_counts.copy()
    halves[2, 0, 1], counts[2, 0, 1] = 1e6, 0.0
    torn = replace(ensemble, trajectories=replace(kept, halves=halves, half_counts=counts))
    frame = charts.difference_frame(torn, "water", scenario="two")
    assert frame["high90"].max() < 1e3


def test_the_forest_shows_the_futures(ensemble: sim.Ensemble) -> None:
    comparison = sim.compare(ensemble)
    frame = forest_frame(comparison.rows, "left").set_index("scenario")
    for name in ("one", "two"):
        row = comparison.row("left", name)
        assert row.gap is not None and row.leading is not None
        shown = list(frame.loc[name, ["low", "mean", "high"]])
        assert shown == pytest.approx([row.gap.low, row.gap.middle, row.gap.high])
        assert frame.loc[name, "seen"] == ("yes" if row.clear else "no")
        assert frame.loc[name, "matters"] == 2.0
    assert re.match(r"better in \d+ of 100 · [−\d.]+ … \+", frame.loc["two", "text"])
    told = words(comparison.chart())
    assert "Water left · m3 · more is better" in told and "Calls" in told
    assert "bar: the expected difference in 5 to 95 % of futures" in told
    assert "n = 120 runs a scenario in 60 futures" in told
    short = words(comparison.chart(width=370))
    assert re.search(r"better in \d+ of 100 ", short) and "of 100 ·" not in short


def test_the_forest_stands_in_one_order(ensemble: sim.Ensemble) -> None:
    comparison = sim.compare(ensemble)
    frames = [forest_frame(comparison.rows, o, ("tank", "two", "one")) for o in ("left", "calls")]
    assert all(list(frame["scenario"]) == ["two", "one"] for frame in frames)
    tones = [frame.set_index("scenario")["tone"].to_dict() for frame in frames]
    assert tones[0] == tones[1] == {"one": "c1", "two": "c2"}, "a colour follows its scenario"


def test_the_forest_at_central_values_is_labelled(central: sim.Ensemble) -> None:
    told = words(sim.compare(central).chart())
    assert "bar: 95 % interval of chance" in told
    assert "assumptions held at central values" in told


def test_too_few_events_have_no_direction(ensemble: sim.Ensemble) -> None:
    rows: list[Row] = [
        replace(row, verdict="too few events", events=7) if row.scenario == "one" else row
        for row in sim.compare(ensemble).rows
    ]
    frame = forest_frame(rows, "left").set_index("scenario")
    assert frame.loc["one", "text"] == "too few pairs differ: 7"
    assert frame.loc["one", "seen"] == "no"
    assert forest_chart(rows, "left", runs=120, futures=60).to_dict()


def test_values_set_by_hand_are_told(scenarios: list[sim.Scenario]) -> None:
    held = [s.with_settings({"seal": 0.5}) for s in scenarios[:2]]
    found = sim.run(held, replications=20, kernel="compiled", series=True)
    assert "seal = 0.5" in words(charts.fan_chart(found, "water"))
    assert "seal = 0.5" in words(sim.compare(found).chart())


def test_a_difference_from_the_command_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.cli import main

    out = folder / "difference.svg"
    files = [str(folder / f"{name}.yaml") for name in ("one", "two")]
    monkeypatch.setattr(
        sys,
        "argv",
        ["fulcrum", "plot", *files, "--chart", "difference", "-n", "20", "-q", "-o", str(out)],
    )
    with pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    assert "Water in the tank: two minus one" in out.read_text(encoding="utf-8")
