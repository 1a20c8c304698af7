"""Sweeps and their tipping points: known crossings, honest intervals, words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sim
from sim.analysis.inputs import factors
from sim.analysis.sweep import sweep_levers
from sim.analysis.tipping import crossing, find_tipping
from sim.cli.app import app
from sim.errors import ExperimentError
from sim.study.scenario import Scenario, load_scenario

#: Help is worth 41 − day, whatever chance adds to both worlds.
MODEL = """\
model: toy
time: {horizon: 100, unit: day}
levers:
  day: {default: 0, range: [0, 100], unit: day}
  help: {default: none, options: [none, some]}
  dose: {default: 0.0, range: [0.0, 10.0]}
state: {y: 0.0}
events:
  end:
    at: 100
    do: |
      shock = normal(0, 30)
      worth = normal(41, 20) - day
      y = shock + (worth if help == 'some' else 0) - (dose - 4) ** 2
outcomes:
  y: {final: y, goal: maximize}
  steep: {final: y - 100 * dose, goal: minimize}
  fixed: {final: y - y, goal: maximize}
  gone: {first: y > 1000000, goal: minimize}
  lucky: {ever: y > 0, goal: maximize}
  rare: {first: y > 20}
"""


@pytest.fixture
def toy(tmp_path: Path) -> Scenario:
    (tmp_path / "m.yaml").write_text(MODEL)
    return load_scenario(tmp_path / "m.yaml")


def test_crossing() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert crossing(x, np.array([2.0, 1.0, -1.0, -3.0])) == (1.5, False)
    assert crossing(x, np.array([-1.0, 0.0, 0.0, 2.0])) == (1.0, True)
    assert crossing(x, np.array([-1.0, np.nan, 1.0, 2.0])) == (1.0, True)
    assert np.isnan(crossing(x, np.array([1.0, 2.0, 0.0, 2.0]))[0])


def test_a_line_crosses_in_proportion_to_its_ends() -> None:
    x = np.array([10.0, 20.0, 40.0])
    assert crossing(x, np.array([1.0, -3.0, 5.0])) == (12.5, False)  # the first of two
    assert crossing(x, np.array([-3.0, -1.0, 3.0])) == (25.0, True)
    assert crossing(x, np.array([-3.0, np.nan, 3.0])) == (25.0, True)
    for never in ([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [0.0, 1.0, 2.0], [1.0, 1.0, 0.0]):
        assert np.isnan(crossing(x, np.array(never))[0])


def test_the_interval_of_a_tipping_point_covers() -> None:
    x = np.arange(0, 101, 10.0)
    hits = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        common = rng.normal(0, 30, (1, 200))
        values = (41 - x)[:, None] + common + rng.normal(0, 20, (11, 200))
        found = find_tipping(x, values, 0.0, seed=seed, resamples=300)
        assert found is not None and not found.rising
        hits += found.at.low <= 41 <= found.at.high
    assert 88 <= hits <= 100


def test_an_unsure_crossing_says_so() -> None:
    rng = np.random.default_rng(1)
    values = np.linspace(1.0, -0.02, 6)[:, None] + rng.normal(0, 1, (1, 200))
    found = find_tipping(np.arange(6.0), values, 0.0)
    assert found is None or found.share < 0.97
    assert find_tipping(np.arange(3.0), np.ones((3, 5)), None, goal="maximize") is None
    chance = rng.normal(0, 1, (3, 200))
    flat = np.array([0.0, 0.3, 0.25])[:, None] + chance - chance.mean(axis=1, keepdims=True)
    # in many resamples the last place is best: none is clearly so
    assert find_tipping(np.arange(3.0), flat, None, goal="maximize") is None
    sharp = np.array([0.0, 0.9, 0.25])[:, None] + chance - chance.mean(axis=1, keepdims=True)
    best = find_tipping(np.arange(3.0), sharp, None, goal="maximize")
    assert best is not None and best.at.mean == best.at.low == best.at.high == 1.0
    assert best.share > 0.95
    plateau = np.array([0.0, 1.0, 1.0])[:, None] + np.zeros((1, 5))
    assert find_tipping(np.arange(3.0), plateau, None, goal="maximize") is None
    assert find_tipping(np.arange(3.0), np.ones((3, 5)), None) is None


def test_help_stops_helping(toy: Scenario) -> None:
    helped = toy.with_settings({"help": "some"}, "helped")
    found = sweep_levers(helped, "y", factors(helped, ["day"]), against=toy, replications=400)
    (tip,) = found.tippings
    assert tip.at.low <= 41 <= tip.at.high and tip.share == 1.0
    assert tip.at.half_width < 3
    assert "helped stops helping against toy after day 4" in " ".join(found.notes())
    paired = sim.compare(
        sim.run([toy, helped.with_settings({"day": 50}, "x")], replications=400, seed=1)
    )
    (row,) = [r for r in paired.rows if r.outcome == "y" and r.scenario == "x"]
    assert row.difference == found.differences[5]
    assert found.table()[0]["verdict"] == "higher" and found.table()[-1]["verdict"] == "lower"
    assert found.chart().to_dict() and "day" in str(found)


def test_the_best_place(toy: Scenario) -> None:
    found = sweep_levers(toy, "y", factors(toy, ["dose"]), replications=50)
    (tip,) = found.tippings
    assert tip.kind == "best" and tip.at.mean == 4.0 and tip.at.low == tip.at.high == 4.0
    assert "y is largest at dose 4" in " ".join(found.notes())
    steep = sweep_levers(toy, "steep", factors(toy, ["dose"]), replications=20)
    assert not steep.tippings  # best at an end of the range
    words = "No tipping point within the range: steep is smallest at an end of it, dose=10."
    assert words in steep.notes()
    two = sweep_levers(toy, "steep", factors(toy, ["dose"]), [[0.0, 10.0]], replications=20)
    assert "dose takes fewer than three values" in " ".join(two.notes())
    flat = sweep_levers(toy, "fixed", factors(toy, ["dose"]), replications=20)
    assert "no value within the range is clearly best" in " ".join(flat.notes())
    gone = sweep_levers(toy, "gone", factors(toy, ["dose"]), replications=5)
    assert "gone has no value at any point" in " ".join(gone.notes())
    assert steep.chart().to_dict()
    none = sweep_levers(toy, "y", factors(toy, ["dose"]), level=1e6, replications=20)
    assert "No tipping point within the range: y does not cross 1e+06" in " ".join(none.notes())
    aimless = sweep_levers(toy, "rare", factors(toy, ["dose"]), replications=20)
    assert "No tipping point: rare has no goal" in " ".join(aimless.notes())
    level = sweep_levers(toy, "lucky", factors(toy, ["dose"]), level=0.2, replications=400)
    assert level.tippings[0].kind == "crossing" and 7 < level.tippings[0].at.mean < 10
    assert level.values[0].low >= 0.0


def test_two_levers(toy: Scenario) -> None:
    found = sweep_levers(
        toy, "y", factors(toy, ["day", "help"]), against=toy, levels=5, replications=100
    )
    assert found.matrix.shape == (10, 2)
    assert {t.where for t in found.tippings} == {1.0}
    assert "with help=some" in " ".join(found.notes())
    assert found.chart().to_dict() and str(found)
    words = sweep_levers(toy, "y", factors(toy, ["help"]), replications=10)
    assert not words.tippings and words.chart().to_dict()
    with pytest.raises(ExperimentError, match="one or two levers"):
        sweep_levers(toy, "y", factors(toy, ["day", "help", "dose"]))


def test_missing_values_count_for_themselves(toy: Scenario) -> None:
    found = sweep_levers(toy, "rare", factors(toy, ["dose"]), levels=3, replications=60)
    assert all(0 < value.n < 60 for value in found.values[:2])


def test_the_verb(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MODEL)
    words = ["sweep", str(tmp_path / "m.yaml"), "--outcome", "y", "-n", "20", "-q"]
    done = CliRunner().invoke(app, [*words, "--lever", "day=0,50", "--lever", "help=some,none"])
    assert done.exit_code == 0, done.output
    assert "20 replications" in done.stdout
    done = CliRunner().invoke(app, [*words, "--lever", "day", "--format", "csv"])
    assert done.stdout.splitlines()[0].startswith("day,outcome,mean") and "100,y," in done.stdout
    wrong = CliRunner().invoke(app, [*words, "--lever", "day=0,500"])
    assert isinstance(wrong.exception, ExperimentError)


@pytest.mark.parametrize(
    "words",
    [
        ["sensitivity", "--outcome", "y", "--levers", "--only", "dose", "--points", "8"],
        ["sensitivity", "--outcome", "y", "--only", "dose", "--method", "morris"],
        ["sensitivity", "--outcome", "y", "--only", "dose", "--method", "tornado"],
        ["attribute", "--outcome", "y", "--set", "dose=3", "--set", "help=some"],
        [
            "attribute",
            "--outcome",
            "y",
            "--outcome",
            "lucky",
            "--set",
            "dose=3",
            "--format",
            "json",
        ],
    ],
)
def test_the_other_verbs(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MODEL)
    verb, *rest = words
    given = [verb, str(tmp_path / "m.yaml"), *rest, "-n", "10", "-q"]
    done = CliRunner().invoke(app, [*given, "--chart", str(tmp_path / "c.svg")])
    assert done.exit_code == 0, (done.output, done.exception)
    assert done.stdout and (tmp_path / "c.svg").is_file()


def test_the_end_of_what_is_known_is_no_tipping_point() -> None:
    missing = np.full((1, 50), np.nan)
    values = np.vstack([missing, *(np.full((1, 50), float(i)) for i in range(5))])
    assert find_tipping(np.arange(6.0), values, None, goal="minimize") is None
