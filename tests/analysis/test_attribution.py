"""Shapley values of games with known answers, and of a model's levers."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.attribution import differing, shapley
from sim.analysis.cooperative_games import pairs, shapley_values
from sim.errors import ExperimentError
from sim.study.scenario import Scenario, load_scenario

MODEL = """\
model: toy
time: {horizon: 10}
levers:
  a: {default: 0, range: [0, 5], group: Both}
  b: {default: 0, range: [0, 5], group: Both}
  c: {default: plain, options: [plain, double]}
parameters: {scale: {assume: 1.0, range: [0.5, 1.5]}}
state: {y: 0.0, hits: 0}
events:
  hit: {every: exponential(1), do: hits += 1}
  end: {at: 10, do: "y = scale * (a + 2 * b + a * b) * (2 if c == 'double' else 1) + normal(0, 1)"}
  early: {rate: 0.2 * a}
outcomes:
  y: {final: y, goal: maximize}
  hit: {ever: hits > 8}
  early: {first: early}
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    path = tmp_path_factory.mktemp("toy") / "m.yaml"
    path.write_text(MODEL)
    return load_scenario(path)


def by_orders(values: np.ndarray) -> np.ndarray:
    """Shapley's definition: the mean over all orders in which the players come."""
    size = len(values).bit_length() - 1
    found = np.zeros((size, *values.shape[1:]))
    for order in itertools.permutations(range(size)):
        subset = 0
        for i in order:
            found[i] += values[subset | 1 << i] - values[subset]
            subset |= 1 << i
    return found / math.factorial(size)


def test_an_additive_game() -> None:
    worth = [1.0, -2.0, 5.0]
    values = np.array([sum(w for i, w in enumerate(worth) if s >> i & 1) for s in range(8)])
    assert shapley_values(values) == pytest.approx(np.array(worth))
    assert all(abs(v) < 1e-12 for v in pairs(values).values())


def test_the_glove_game() -> None:
    """One left glove, two right ones: 2/3, 1/6, 1/6 (Shapley and Shubik 1969)."""
    values = np.array([float(bool(s & 1) and bool(s & 6)) for s in range(8)])
    assert shapley_values(values) == pytest.approx(np.array([2 / 3, 1 / 6, 1 / 6]))


def test_an_interaction_is_shared() -> None:
    values = np.array([0.0, 1.0, 2.0, 7.0])
    assert shapley_values(values) == pytest.approx(np.array([3.0, 4.0]))
    assert pairs(values)[0, 1] == pytest.approx(4.0)


def test_pairs_among_three_by_hand() -> None:
    """What two do beyond their sum, averaged over the third being out and in."""
    v = np.array([0.0, 1.0, 2.0, 7.0, 4.0, 9.0, 3.0, 5.0])
    found = pairs(v)
    assert list(found) == [(0, 1), (0, 2), (1, 2)]
    assert found[0, 1] == pytest.approx(((7 - 1 - 2 + 0) + (5 - 9 - 3 + 4)) / 2)
    assert found[0, 2] == pytest.approx(((9 - 1 - 4 + 0) + (5 - 7 - 3 + 2)) / 2)
    assert found[1, 2] == pytest.approx(((3 - 2 - 4 + 0) + (5 - 7 - 9 + 1)) / 2)


def test_one_player_gets_everything() -> None:
    assert shapley_values(np.array([2.0, 5.0])).tolist() == [3.0]
    assert pairs(np.array([2.0, 5.0])) == {}


@pytest.mark.parametrize("subsets", [0, 1, 3, 6])
def test_values_of_some_subsets_are_not_a_game(subsets: int) -> None:
    with pytest.raises(ValueError, match=f"{subsets} subsets"):
        shapley_values(np.zeros(subsets))


def test_the_weights_equal_the_definition() -> None:
    values = np.random.default_rng(1).normal(size=(32, 7))
    assert shapley_values(values) == pytest.approx(by_orders(values))
    assert shapley_values(values).sum(axis=0) == pytest.approx(values[-1] - values[0])


def test_rounding_is_no_interaction(toy: Scenario) -> None:
    """Levers that add up interact by nothing, though 0.1 + 0.2 is not 0.3 in binary."""
    worth = np.array([0.1, 0.2, 0.7])
    values = np.array([sum(w for i, w in enumerate(worth) if s >> i & 1) for s in range(8)])
    assert all(v == 0.0 for v in pairs(values).values())
    assert shapley_values(values)[0] == pytest.approx(0.1)
    package = toy.with_settings({"a": 3, "c": "double"}, "package").with_settings({"c": "plain"})
    base = toy.with_settings({"b": 0}, "base")
    (found,) = shapley(package, base, ["y"], replications=20)
    text = str(found) + " ".join(found.notes())
    assert "+3 " in text and "3.000" not in text


def test_levers_of_a_model(toy: Scenario) -> None:
    package = toy.with_settings({"a": 2, "b": 3, "c": "double"}, "package")
    found = shapley(package, toy, ["y", "hit"], replications=60, seed=4)
    first = found[0]
    truth = np.array(
        [
            (2 * bool(s & 1) + 6 * bool(s & 2) + 6 * (s & 3 == 3)) * (2 if s & 4 else 1)
            for s in range(8)
        ],
        float,
    )
    assert [p.name for p in first.players] == ["a", "b", "c"]
    assert [v.mean for v in first.values] == pytest.approx(list(shapley_values(truth)))
    assert sum(v.mean for v in first.values) == pytest.approx(first.whole.mean, abs=1e-12)
    compared = sim.compare(sim.run([toy, package], replications=60, futures=0, seed=4))
    (row,) = [r for r in compared.rows if r.outcome == "y" and r.scenario == "package"]
    assert row.difference is not None and first.whole.mean == row.difference.mean
    assert first.whole.low == row.difference.low
    assert first.alone[2].mean == 0.0 and first.last[2].mean == pytest.approx(14.0)
    assert all(v.mean == 0.0 for v in found[1].values)  # nothing moves the hits
    assert "Interactions seen" in " ".join(first.notes())
    assert "package" in str(first) and first.chart().to_dict()
    hits = found[1].chart().to_dict()
    assert hits["title"]["frame"] == "bounds", "long names would push the title out of the picture"
    assert "of 100 runs" in " ".join(hits["title"]["subtitle"])
    drawn = next(iter(hits["datasets"].values()))
    assert drawn[0]["end"] == pytest.approx(100 * found[1].base.mean)
    players = tuple(replace(p, label="Help" if p.name != "c" else "Way") for p in first.players)
    parts = next(iter(replace(first, players=players).chart().to_dict()["datasets"].values()))
    assert [row["part"] for row in parts[1:-1]] == ["Help (a)", "Help (b)", "Way"]
    assert first.table()[-1]["part"] == "whole"


def test_intervals_hold_the_truth_under_chance(toy: Scenario) -> None:
    """Where replications differ, each has Shapley values of its own."""
    package = toy.with_settings({"a": 1, "b": 1}, "package")
    (found,) = shapley(package, toy, ["y"], futures=40, replications=3, seed=2)
    assert found.futures == 40 and found.kept == 120
    assert "3 replications in each of 40 futures on common" in " ".join(found.notes())
    a, b = found.values
    assert a.low <= 1.5 <= a.high and b.low <= 2.5 <= b.high
    assert a.high > a.low
    assert a.mean + b.mean == pytest.approx(found.whole.mean, abs=1e-12)


def test_groups(toy: Scenario) -> None:
    package = toy.with_settings({"a": 2, "b": 3, "c": "double"}, "package")
    players = differing(package, toy, "group")
    assert [p.name for p in players] == ["Both", "c"]
    (found,) = shapley(package, toy, ["y"], by="group", replications=5)
    assert found.alone[0].mean == pytest.approx(14.0)


def test_only_replications_with_a_value_everywhere_count(toy: Scenario) -> None:
    base = toy.with_settings({"a": 1}, "base")
    package = toy.with_settings({"a": 3, "b": 1}, "package")
    (found,) = shapley(package, base, ["early"], replications=80)
    assert 0 < found.kept < 80 and found.values[0].n == found.kept
    assert found.values[0].mean < 0  # events come earlier at a higher rate
    assert f"Only the {found.kept} of 80" in " ".join(found.notes())


def test_what_cannot_be_attributed(toy: Scenario, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="set every lever alike"):
        shapley(toy, toy, ["y"])
    (tmp_path / "m.yaml").write_text(MODEL)
    overlay = (
        "scenario: other\nof: m.yaml\nevents: {hit: {every: exponential(2)}}\nlevers: {a: 1}\n"
    )
    (tmp_path / "s.yaml").write_text(overlay)
    with pytest.raises(ExperimentError, match="differ in their events"):
        shapley(load_scenario(tmp_path / "s.yaml"), toy, ["y"])
    (tmp_path / "t.yaml").write_text("scenario: t\nof: m.yaml\nstate: {hits: 5}\nlevers: {a: 1}\n")
    with pytest.raises(ExperimentError, match="differ in their events"):
        shapley(load_scenario(tmp_path / "t.yaml"), toy, ["y"])
