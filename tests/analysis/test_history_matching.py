"""Futures that the evidence does not rule out: a toy whose truth is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.history_matching import _measure, implausibility, plausible_futures
from sim.analysis.plausible import Plausible
from sim.cli import main
from sim.study.listed_futures import read_futures
from sim.study.targets import load_targets

# mean a is x + y, mean b is x − y; noise has a standard deviation of 1
MODEL = """\
model: toy
time: {horizon: 1}
parameters:
  x: {assume: 5.0, range: [0.0, 10.0], why: A guess}
  y: {assume: 5.0, range: [0.0, 10.0], why: A guess}
  p: {assume: 0.5, range: [0.0, 1.0], why: A guess}
state: {a: 0.0, b: 0.0, hit: false}
events:
  end:
    at: 1
    do: |
      a = x + y + normal(0, 1)
      b = x - y + normal(0, 1)
      hit = bernoulli(p)
outcomes: {a: {final: a}, b: {final: b}, hit: {ever: hit}}
"""
TARGETS = """\
targets: known
of: model.yaml
vintage: ex_ante
replications: 100
seed: 3
entries:
  a: {at: 9, range: [7.5, 10.5], outcome: a, why: The truth is x = 6 and y = 3}
  b: {at: 3, range: [1.5, 4.5], outcome: b, why: The truth is x = 6 and y = 3}
  hit: {at: 0.2, range: [0.05, 0.35], outcome: hit, why: The truth is p = 0.2}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.yaml").write_text(MODEL)
    (tmp_path / "targets.yaml").write_text(TARGETS)
    return tmp_path


def fitted(text: str = TARGETS, **words: object) -> Plausible:
    Path("targets.yaml").write_text(text)
    given = {"draws": 600, "replications": 4, "kernel": "simpy"} | words
    return plausible_futures(load_targets("targets.yaml"), **given)  # type: ignore[arg-type]


def test_what_is_kept_surrounds_the_truth(folder: Path) -> None:
    found = fitted(draws=1_500)
    x, y, p = found.futures.T
    assert found.parameters == ("x", "y", "p")
    # the allowed set: |x + y − 9| < 1.5, |x − y − 3| < 1.5, |p − 0.2| < 0.15, and a little noise
    assert 10 <= found.kept <= 40
    assert np.abs(x + y - 9).max() < 2.1 and np.abs(x - y - 3).max() < 2.1
    assert p.max() < 0.5
    assert x.min() < 6 < x.max() and y.min() < 3 < y.max() and p.min() < 0.2 < p.max()
    assert [count for _, count in found.waves] == [4, 16, 64]
    assert [n for n, _ in found.waves] == sorted((n for n, _ in found.waves), reverse=True)
    assert found.waves[0][0] == 1_500 and found.implausibility.shape == (3, 1_500)


def test_futures_inside_every_range_are_kept(folder: Path) -> None:
    """Without noise what is kept is what lies in all ranges; with it, none of the inner part is lost."""
    found = fitted(draws=1_500)
    kept = {tuple(row) for row in found.futures}
    targets = load_targets("targets.yaml")
    drawn = targets.planned(1, futures=1_500).futures
    drawn = np.array([[float(f"{value:.5g}") for value in row] for row in drawn])  # as they are run
    x, y, p = drawn.T
    inside = (np.abs(x + y - 9) < 1.0) & (np.abs(x - y - 3) < 1.0) & (np.abs(p - 0.2) < 0.07)
    assert inside.sum() >= 3
    assert {tuple(row) for row in drawn[inside]} <= kept


def test_the_same_seed_keeps_the_same_futures(folder: Path) -> None:
    one, again = fitted(), fitted()
    assert one.text() == again.text() and one.kept
    assert one.text() != fitted(seed=4).text()


def test_an_impossible_target_keeps_none(folder: Path) -> None:
    found = fitted(TARGETS.replace("at: 9, range: [7.5, 10.5]", "at: 90, range: [89, 91]"))
    assert found.kept == 0 and len(found.waves) == 1
    assert found.rulings[0].excluded == 1.0
    assert "nothing is written" in found.outlook() and "'a' rules out most" in found.outlook()
    assert "None is left: widen ranges" in " ".join(found.notes())
    assert not found.saved(Path("none.csv")).kept and not Path("none.csv").exists()
    # the second worst does not know the impossible one
    assert fitted(
        TARGETS.replace("at: 9, range: [7.5, 10.5]", "at: 90, range: [89, 91]"), worst=2
    ).kept


def test_a_discrepancy_keeps_more(folder: Path) -> None:
    wide = TARGETS.replace("outcome: a,", "outcome: a, discrepancy: 1.0,")
    assert fitted(wide).kept > 2 * fitted().kept
    assert fitted(cutoff=6.0).kept > 2 * fitted().kept


def test_targets_that_are_departed_from_are_not_used(folder: Path) -> None:
    text = TARGETS.replace("outcome: a, why", "outcome: a, departs: On purpose., why")
    found = fitted(text)
    assert found.departures == ("a",) and len(found.rulings) == 2
    assert "departs on purpose: a." in " ".join(found.notes())
    only = text.replace("outcome: b, why", "outcome: b, departs: On purpose., why")
    only = only.replace("outcome: hit, why", "outcome: hit, departs: On purpose., why")
    with pytest.raises(sim.ExperimentError, match="no target"):
        fitted(only)


def test_implausibility_by_hand(folder: Path) -> None:
    targets = load_targets("targets.yaml")
    ensemble = sim.run(targets.planned(400, futures=5), kernel="simpy")
    x, y, p = ensemble.experiment.futures.T
    found = implausibility(
        targets.entries, ensemble, np.array([9, 3, 0.2]), np.array([0.5, 0.5, 0.1])
    )
    exact = np.abs(x + y - 9) / np.sqrt(0.25 + 1 / 400)
    assert found[0] == pytest.approx(exact, abs=0.4)
    assert found[2] == pytest.approx(np.abs(p - 0.2) / np.sqrt(0.01 + p * (1 - p) / 400), abs=0.9)
    assert _measure(np.array([[1.0, 5.0], [4.0, 2.0]]), 1).tolist() == [4.0, 5.0]
    assert _measure(np.array([[1.0, 5.0], [4.0, 2.0]]), 2).tolist() == [1.0, 2.0]
    assert _measure(np.array([[1.0, 5.0]]), 3).tolist() == [1.0, 5.0]


def test_a_model_without_ranges_has_one_future(folder: Path) -> None:
    Path("model.yaml").write_text(
        MODEL.replace(", range: [0.0, 10.0]", "").replace(", range: [0.0, 1.0]", "")
    )
    with pytest.raises(sim.ExperimentError, match="there is one future"):
        fitted()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fulcrum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fulcrum", *map(str, words), "--kernel", "simpy"])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return run


def test_from_targets_to_an_experiment_on_plausible_futures(folder: Path, fulcrum: Run) -> None:
    given = ("--futures", 600, "-n", 4, "--fit", "plausible.csv")
    code, out, err = fulcrum("calibrate", "targets.yaml", *given, "--chart", "c.json")
    assert code == 0, err
    assert "of 600 futures" in out and "never a forecast" in out
    assert "futures in plausible.csv" in err and "few for a distribution" in out
    assert "runs" in Path("c.json").read_text() and "futures kept" in Path("c.json").read_text()
    model = sim.load_model("model.yaml")
    _, futures = read_futures(Path("plausible.csv"), model, model)
    assert futures.tobytes() == np.ascontiguousarray(fitted().futures).tobytes()
    Path("study.yaml").write_text("experiment: s\nof: model.yaml\nfutures: plausible.csv\n")
    code, out, err = fulcrum("compare", "study.yaml", "-q", "--format", "json", "-n", 5)
    assert code == 0 and json.loads(out), err
    means = sim.run(sim.load("study.yaml", replications=20), kernel="simpy").outcome("a")[0].mean(1)
    assert np.abs(means - 9).max() < 3.0


def test_what_the_command_line_refuses(folder: Path, fulcrum: Run) -> None:
    given = ("--futures", 50, "-n", 2)
    text = TARGETS.replace("at: 9, range: [7.5, 10.5]", "at: 90, range: [89, 91]")
    Path("targets.yaml").write_text(text)
    code, out, err = fulcrum("calibrate", "targets.yaml", *given, "--fit", "none.csv")
    assert code == 1 and "0 of 50 futures" in out and "no future is plausible" in err
    assert not Path("none.csv").exists()
    code, _, err = fulcrum("calibrate", "targets.yaml", *given, "--fit", "no/folder.csv")
    assert code == 74 and "no-folder" in err
    code, _, err = fulcrum("calibrate", "targets.yaml", "--worst", 2)
    assert code == 2 and "--fit" in err
