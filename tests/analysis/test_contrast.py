"""Analyses of a difference: what turns its sign is found, and what moves both scenarios alike is not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.contrast import Difference, difference_of, differences
from sim.analysis.design import counterparts, points
from sim.analysis.discovery import discover
from sim.analysis.given_data import importance
from sim.analysis.inputs import factors
from sim.analysis.one_at_a_time import tornado
from sim.analysis.screening import morris
from sim.analysis.sweep import sweep_levers
from sim.analysis.variance_decomposition import sobol
from sim.cli.app import main
from sim.errors import ExperimentError
from sim.study.experiment import Target

#: With push 1 against 0, y differs by 4 (turn - 0.3) in every pair: `base` and luck move both alike.
MODEL = """\
model: toy
time: {horizon: 1}
levers:
  push: {default: 0.0, range: [0.0, 1.0]}
parameters:
  base: {assume: 0.5, range: [0.0, 1.0], why: J.}
  turn: {assume: 0.5, range: [0.0, 1.0], unit: day, label: Turning day, why: J.}
  kind: {assume: red, options: [red, green], why: J.}
state: {y: 0.0}
events:
  end:
    at: 1
    do: |
      y = 30 * base + (5 if kind == 'green' else 0) + normal(0, 1)
      y += 4 * push * (turn - 0.3)
outcomes:
  y: {final: y, goal: maximize, label: The height, unit: m}
  win: {final: push * (turn - 0.3) > 0, goal: maximize}
  never: {first: y > 1000}
"""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of a scenario, the one it is held against, and an experiment of both."""
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "less.yaml").write_text("scenario: less\nof: model.yaml\n")
    (tmp_path / "more.yaml").write_text("scenario: more\nof: model.yaml\nlevers: {push: 1.0}\n")
    (tmp_path / "own.yaml").write_text(
        "scenario: own\nof: model.yaml\nparameters: {base: {assume: 0.4, why: Known.}}\n"
    )
    (tmp_path / "both.yaml").write_text(
        "experiment: both\nscenarios: [less.yaml, more.yaml]\nreplications: 3\n"
        "futures: {sample: latin_hypercube, n: 100}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def pair(study: Path) -> tuple[sim.Scenario, sim.Scenario]:
    return sim.load_scenario("more.yaml"), sim.load_scenario("less.yaml")


@pytest.fixture
def ensemble(pair: tuple[sim.Scenario, sim.Scenario]) -> sim.Ensemble:
    return sim.run(
        sim.make_experiment(pair[::-1], futures=120, replications=3), kernel="simpy", cache=False
    )


def test_a_difference_says_of_what_it_is(pair: tuple[sim.Scenario, sim.Scenario]) -> None:
    known = pair[0].model.outcomes
    found = difference_of(known["y"], "more", "less")
    assert (found.name, found.label) == ("y (more minus less)", "The height, more minus less")
    assert (found.unit, found.goal, found.share) == ("m", "maximize", False)
    assert difference_of(known["win"], "more", "less").unit == "point"


def test_points_differ_by_what_differs_and_not_by_luck(
    pair: tuple[sim.Scenario, sim.Scenario],
) -> None:
    more, less = pair
    matrix = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.2, 1.0, 0.5], [0.2, 1.0, 0.0]])
    names = ("base", "turn", "push")
    ran = points(more, names, matrix, 5, against=less, kernel="simpy")
    for name, expected in (("y", [-1.2, -1.2, 1.4, 0.0]), ("win", [0, 0, 100, 0])):
        assert np.allclose(ran.outcome(name), np.array(expected)[:, None])
    # luck of another number: still the same in both
    other = points(more, names, matrix, 5, against=less, future=[3, 4, 5, 6], kernel="simpy")
    assert np.allclose(other.outcome("y"), ran.outcome("y"))
    base = counterparts(more, less, names, matrix, 5, 1, kernel="simpy")
    assert np.array_equal(base.outcome("y")[2], base.outcome("y")[3])


def test_a_parameter_that_one_of_them_sets_does_not_move_there(
    pair: tuple[sim.Scenario, sim.Scenario],
) -> None:
    matrix = np.array([[0.5], [0.6]])
    for own in (sim.load_scenario("own.yaml"), pair[1].with_settings({"base": 0.4})):
        ran = points(pair[0], ("base",), matrix, 3, against=own, kernel="simpy")
        assert np.allclose(ran.outcome("y"), [[3.8], [6.8]])
    with pytest.raises(ExperimentError, match="other outcomes"):
        other = sim.parse_scenario(MODEL.replace("never:", "nie:"), "model.yaml")
        points(pair[0], ("base",), matrix, 3, against=other)


def test_morris_and_sobol_see_what_moves_the_difference(
    pair: tuple[sim.Scenario, sim.Scenario],
) -> None:
    more, less = pair
    found = morris(more, "y", trajectories=6, replications=4, against=less, kernel="simpy")
    effect = {n: e.mean for n, e in zip(found.names, found.effects.mean, strict=True)}
    assert effect == {"turn": pytest.approx(4), "base": 0, "kind": 0, "dummy": 0}
    shares = sobol(more, "y", base_points=16, replications=3, against=less, kernel="simpy")
    total = {n: e.mean for n, e in zip(shares.names, shares.indices.total, strict=True)}
    assert total["turn"] == pytest.approx(1, abs=0.3)
    assert [total[n] for n in ("base", "kind", "dummy")] == pytest.approx([0, 0, 0])
    for result in (found, shares):
        assert "y (more minus less)" in result.sentence()
        assert "the difference more minus less, in the same future" in " ".join(result.notes())
        assert "The height, more minus less" in json.dumps(result.chart().to_dict())
    points_of = morris(more, "win", trajectories=6, replications=2, against=less, kernel="simpy")
    assert "in points (of 100 runs)" in " ".join(points_of.notes())
    assert points_of.names[0] == "turn" and points_of.effects.size[0].mean > 30


def test_a_tornado_marks_the_end_at_which_the_sign_turns(
    pair: tuple[sim.Scenario, sim.Scenario],
) -> None:
    more, less = pair
    found = tornado(more, "y", replications=6, against=less, kernel="simpy")
    assert isinstance(found.outcome, Difference) and found.centre.mean == pytest.approx(0.8)
    rows = {(r["input"], r["value"]): r for r in found.table()}
    low, high = rows["turn", "0"], rows["turn", "1"]
    assert low["difference"] == pytest.approx(-2) and low["there"] == pytest.approx(-1.2)
    assert (low["turns_sign"], high["turns_sign"]) == (True, False)
    assert rows["base", "0"]["verdict"] == "no difference seen", "a rounding error is no effect"
    assert not any(r["turns_sign"] for key, r in rows.items() if key[0] != "turn")
    assert "Its sign turns with turn at 0." in found.sentence()
    assert "lower, turns the sign" in [row[-1] for row in found.grid().rows]
    assert "±" in json.dumps(found.chart().to_dict(), ensure_ascii=False)
    plain = tornado(more, "y", replications=6, kernel="simpy")
    assert "turns_sign" not in plain.table()[0] and "±: there" not in str(plain.chart().to_dict())


def test_chance_seldom_turns_a_sign_at_one_of_many_ends() -> None:
    text = (
        "model: toy\ntime: {horizon: 1}\nlevers: {push: {default: 0, range: [0, 1]}}\nparameters:\n"
    )
    text += "".join(f"  n{i}: {{assume: 0.5, range: [0.0, 1.0], why: J.}}\n" for i in range(90))
    # each input changes which luck counts, and nothing else
    pick = " + ".join(f"{1 + i / 10:g} * n{i}" for i in range(90))
    text += "state: {y: 0.0}\nevents:\n  end:\n    at: 1\n    do: |\n"
    text += f"      y = push * sin(1000 * normal(0, 1) * ({pick}))\noutcomes: {{y: {{final: y}}}}\n"
    less = sim.parse_scenario(text, "model.yaml")
    more = less.with_settings({"push": 1}, "more")
    marked = 0
    for seed in range(20):
        found = tornado(more, "y", replications=30, seed=seed, against=less)
        marked += any(bar.turned for bars in found.bars for bar in bars)
    assert marked <= 1, "uncorrected, it is one table in six"


def test_importance_of_a_difference_names_what_turns_it(ensemble: sim.Ensemble) -> None:
    found = importance(ensemble, "y", against="less")
    assert found.scenario == "more" and found.names[0] == "turn" and found.values[0].mean > 0.9
    [turn] = found.turns
    assert turn.parameter == "turn" and turn.value == pytest.approx(0.3, abs=0.005)
    assert "better on average only where “Turning day” is above 0.3 days" in found.sentence()
    assert "What the sign hangs on: better" in " ".join(found.notes())
    level = importance(ensemble, "y", "more")
    assert level.names[0] == "base" and not level.turns


def test_discovery_finds_where_the_difference_is_negative_or_beyond_a_bound(
    ensemble: sim.Ensemble,
) -> None:
    turn = ensemble.experiment.futures[:, ensemble.experiment.parameters.index("turn")]
    entry, values, failed = differences(ensemble, "y", "more", "less")
    assert np.allclose(values, 4 * (turn - 0.3)[:, None]) and not failed.any()
    found = discover(ensemble, "y", tree=False, against="less")
    assert (found.outcome, found.target) == (entry, Target(at_least=0))
    assert found.fails.mean == pytest.approx((turn < 0.3).mean())
    [bound] = found.box.restrictions
    assert bound.name == "turn" and bound.high == pytest.approx(0.3, abs=0.05)
    assert found.sentence().startswith("more against less misses its target (")
    beyond = discover(ensemble, "y", Target(at_most=2), tree=False, against="less")
    [bound] = beyond.box.restrictions
    assert bound.name == "turn" and bound.low == pytest.approx(0.8, abs=0.05)
    points_of = discover(ensemble, "win", Target(at_least=50), tree=False, against="less")
    assert points_of.box.restrictions[0].name == "turn" and points_of.outcome.unit == "point"
    with pytest.raises(ExperimentError, match="to itself is 0"):
        discover(ensemble, "y", scenario="less", against="less")
    with pytest.raises(ExperimentError, match="no scenario 'les'"):
        discover(ensemble, "y", against="les")


def test_a_swept_parameter_moves_in_both_scenarios(pair: tuple[sim.Scenario, sim.Scenario]) -> None:
    more, less = pair
    for name, expected in (
        ("turn", [-1.2, 0.8, 2.8]),
        ("base", [0.8] * 3),
        ("push", [0, 0.4, 0.8]),
    ):
        found = sweep_levers(
            more, "y", factors(more, [name]), [[0, 0.5, 1]], against=less, replications=10
        )
        assert [gap.mean for gap in found.differences] == pytest.approx(expected)
    [tipping] = sweep_levers(
        more, "y", factors(more, ["turn"]), against=less, replications=10
    ).tippings
    assert tipping.at.mean == pytest.approx(0.3)
    shown = sweep_levers(more, "win", factors(more, ["turn"]), against=less, replications=10)
    assert "more minus less, points" in shown.grid().head and "+100" in shown.grid().rows[-1][2]
    assert "What is analysed is the difference more minus less" in " ".join(shown.notes())


def output(capsys: pytest.CaptureFixture[str], words: str, fault: bool = False) -> str:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as done:
        patch.setattr(sys, "argv", ["fulcrum", *words.split(), "--quiet"])
        main()
    found = capsys.readouterr()
    assert (done.value.code or 0) == 2 * fault, found.err
    return " ".join((found.err if fault else found.out).split())


@pytest.mark.parametrize("method", ["auto", "tornado", "morris", "sobol", "variance", "pawn"])
def test_every_method_of_sensitivity_takes_a_scenario_to_subtract(
    method: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = f"sensitivity more.yaml --against less.yaml --outcome y --method {method} -n 3"
    words += " --futures 40" if method in ("variance", "pawn") else " --points 16"
    shown = output(capsys, words)
    assert "y (more minus less)" in shown and "difference more minus less" in shown
    record = json.loads(output(capsys, f"{words} --format json"))[0]
    assert record["input"] == "turn"


def test_what_is_set_on_the_command_line_holds_in_both(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (
        "sensitivity more.yaml --against less.yaml --outcome y --method tornado -n 3 --only turn"
    )
    plain, moved = (output(capsys, words + more) for more in ("", " --set base=1"))
    assert "y (more minus less) is 0.8 m" in plain
    assert plain.partition("Next: ")[0] == moved.partition("Next: ")[0]
    itself = output(capsys, words.replace("less", "more") + " --set push=0.5")
    assert "y (more minus more as it stands)" in itself


def test_names_of_scenarios_in_an_experiment_and_a_run_directory(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output(capsys, "run both.yaml -o results")
    for place in ("both.yaml", "results"):
        shown = output(capsys, f"sensitivity {place} --outcome y --against less")
        assert "y (more minus less), read from 100 futures" in shown
        shown = output(capsys, f"discover {place} --outcome y --against less --no-tree")
        assert "Target: y (more minus less) at least 0" in shown
    turned = output(capsys, "sensitivity both.yaml --outcome y --against more --scenario less")
    assert "y (less minus more)" in turned
    for words, message in (
        ("sensitivity both.yaml --outcome y --against mor", "there is no scenario 'mor'"),
        ("discover results --outcome y --against less --scenario less", "to itself is 0"),
        ("discover more.yaml --outcome y --against less.yaml --scenario x", "no scenario 'x'"),
        ("sensitivity more.yaml --outcome y --against gone.yaml", "cannot read 'gone.yaml'"),
        (
            "sensitivity more.yaml --outcome y --against less.yaml --method pawn",
            "at least 30 futures",
        ),
    ):
        assert message in output(capsys, words, True)


def test_a_scenario_alone_is_run_with_the_other_over_futures(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = "discover more.yaml --against less.yaml --outcome y --futures 80 -n 2 --no-tree --format json"
    [record] = json.loads(output(capsys, words))
    assert record["parameter"] == "turn" and record["at_most"] == pytest.approx(0.3, abs=0.08)
    with_first = output(capsys, words.replace("--outcome y", "--outcome never"), True)
    assert "never" in with_first
