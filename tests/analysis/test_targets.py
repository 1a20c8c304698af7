"""A model against evidence: calibration, backtest and the files of targets."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.backtesting import Backtest, backtest
from sim.analysis.calibration import calibrate
from sim.cli import main
from sim.study.files import describe_file
from sim.study.targets import load_targets

STUDY = "scenarios/ukraine_2025"
FACTS = """\
facts: figures
entries:
  before: {value: 2.0, range: [1.5, 2.5], unit: event/day, source: A book, status: verified, vintage: ex_ante}
  used: {value: 0.5, range: [0.4, 0.6], unit: share, source: A book, status: verified, vintage: ex_ante}
  exact: {value: 2.0, unit: event/day, source: A book, status: verified, vintage: ex_ante}
  word: {value: none, source: A book, status: verified, vintage: ex_ante}
  after: {value: 2.4, unit: event/day, source: A newspaper, status: verified, vintage: ex_post}
  day: {value: 3, unit: day, source: A newspaper, status: verified, vintage: ex_post}
"""
MODEL = """\
model: arrivals
facts: [seeds/figures.yaml]
time: {horizon: 10}
levers: {pace: {default: 1.0, range: [0.0, 5.0]}}
parameters:
  mean_rate: {assume: 2.0, range: [1.0, 3.0], why: Known answer.}
  heads: {fact: used}
state: {n: 0, lucky: false}
events:
  arrival:
    rate: mean_rate * pace
    do: n += 1
  toss:
    at: 0
    do: lucky = bernoulli(heads)
outcomes:
  a_day: {final: n / 10, unit: event/day}
  lucky: {ever: lucky, unit: share}
  first_day: {first: n > 0, unit: day}
"""
CALIBRATION = """\
targets: check
of: model.yaml
vintage: ex_ante
replications: 400
seed: 3
entries:
  rate: {fact: before, outcome: a_day}
  lucky: {fact: used, outcome: lucky}
"""
BACKTEST = """\
targets: later
of: model.yaml
vintage: ex_post
replications: 400
entries:
  rate: {fact: after, outcome: a_day}
  quick: {of: quick.yaml, fact: after, outcome: a_day}
"""
QUICK = "scenario: quick\nof: model.yaml\nlevers: {pace: 3.0}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds/figures.yaml").write_text(FACTS, encoding="utf-8")
    (tmp_path / "model.yaml").write_text(MODEL, encoding="utf-8")
    (tmp_path / "quick.yaml").write_text(QUICK, encoding="utf-8")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    path = folder / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(folder: Path, text: str) -> list[tuple[str, int]]:
    """The codes of the faults of a file of targets, with the line of each."""
    with pytest.raises(sim.ModelError) as caught:
        load_targets(write(folder, text))
    return [(d.code, d.span.line if d.span else 0) for d in caught.value.diagnostics]


def judged_by(folder: Path, text: str) -> Backtest:
    targets = load_targets(write(folder, text))
    return backtest(targets, sim.run(targets.planned(), kernel="simpy"))


def test_calibration_of_known_answers(folder: Path) -> None:
    targets = load_targets(write(folder, CALIBRATION))
    found = calibrate(targets, sim.run(targets.planned(), kernel="simpy"))
    rate, lucky = found.judgements
    assert rate.estimate.low < 2.0 < rate.estimate.high
    assert lucky.estimate.low < 0.5 < lucky.estimate.high
    assert rate.in_range
    assert lucky.in_range
    assert (rate.entry.fed, lucky.entry.fed) == (False, True)
    # a Poisson count of mean 20 lies within these quantiles; the values come in tenths
    assert rate.half == pytest.approx((1.7, 2.3))
    assert rate.most[0] in (1.3, 1.4)
    assert rate.most[1] in (2.7, 2.8)
    assert not found.misses
    assert found.table()[0]["n"] == 400
    assert "(1.5 to 2.5)" in str(found) and "2 of 2 targets" in found.sentence()


def test_a_mean_outside_its_range_is_a_miss(folder: Path) -> None:
    text = CALIBRATION.replace("of: model.yaml", "of: quick.yaml")
    targets = load_targets(write(folder, text))
    found = calibrate(targets, sim.run(targets.planned(), kernel="simpy"))
    assert found.misses == ("rate",)
    why = "departs: On purpose."
    text = text.replace("outcome: a_day}", f"outcome: a_day, {why}}}")
    targets = load_targets(write(folder, text))
    found = calibrate(targets, sim.run(targets.planned(), kernel="simpy"))
    assert found.misses == ()
    assert [entry.name for entry in found.departures] == ["rate"]


def test_backtest_counts_what_lies_inside(folder: Path) -> None:
    found = judged_by(folder, BACKTEST)
    rate, quick = found.judgements
    assert (rate.scenario, quick.scenario) == ("arrivals", "quick")
    assert not rate.in_half
    assert rate.in_most
    assert not quick.in_most
    assert found.misses == ("quick",)
    assert (found.half.mean, found.most.mean, found.most.n) == (0.0, 0.5, 2)
    assert found.most.low == pytest.approx(0.0945, abs=1e-4)  # Wilson's interval for 1 of 2
    assert found.most.high == pytest.approx(0.9055, abs=1e-4)


def test_an_event_that_never_comes_is_later_than_any_day(folder: Path) -> None:
    model = MODEL.replace("rate: mean_rate * pace", "rate: 0.01")
    (folder / "model.yaml").write_text(model, encoding="utf-8")
    text = "targets: t\nof: model.yaml\nvintage: ex_post\nreplications: 200\nentries:\n"
    found = judged_by(folder, text + "  first: {fact: day, outcome: first_day}\n")
    judged = found.judgements[0]
    assert judged.never > 150
    assert math.isinf(judged.half[0])
    assert math.isinf(judged.most[1])
    assert judged.estimate.n == 200 - judged.never
    assert not judged.in_half


def test_a_condition_keeps_the_replications_that_fulfil_it(folder: Path) -> None:
    text = CALIBRATION.replace("outcome: a_day}", "outcome: a_day, given: lucky}")
    targets = load_targets(write(folder, text))
    ensemble = sim.run(targets.planned(), kernel="simpy")
    judged = calibrate(targets, ensemble).judgements[0]
    lucky = ensemble.outcome("lucky")[0, 0] > 0
    assert judged.replications == lucky.sum()
    assert judged.estimate.mean == pytest.approx(np.mean(ensemble.outcome("a_day")[0, 0][lucky]))


def test_probes_measure_and_change_nothing(folder: Path) -> None:
    probes = """\
state: {n_at_5: {initial: 0}}
events: {look: {at: 5, do: n_at_5 = n}}
outcomes: {by_5: {final: n_at_5 / 5, unit: event/day}}
"""
    text = CALIBRATION.replace("entries:", probes + "entries:").replace(
        "fact: before, outcome: a_day", "fact: before, outcome: by_5"
    )
    targets = load_targets(write(folder, text))
    probed = sim.run(targets.planned(), kernel="simpy")
    plain = sim.run(load_targets(write(folder, CALIBRATION)).planned(), kernel="simpy")
    assert np.array_equal(probed.outcome("a_day"), plain.outcome("a_day"))
    assert calibrate(targets, probed).judgements[0].in_range
    assert "2 ex_ante targets 'check'" in describe_file(write(folder, text))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("outcome: a_day", "outcome: a_dey", "unknown-outcome"),
        ("outcome: a_day", "outcome: a_day, given: luck", "unknown-outcome"),
        ("fact: before", "fact: befor", "unknown-fact"),
        ("fact: before", "fact: after", "wrong-vintage"),
        ("fact: before", "fact: exact", "missing-range"),
        ("fact: before", "fact: word", "wrong-type"),
        ("fact: before", "at: 2.0, range: [1, 3]", "missing-key"),
        ("fact: before", "at: 4.0, range: [1, 3], why: Judged.", "out-of-range"),
        ("fact: before", "at: 2.0, range: [3, 1], why: Judged.", "bad-range"),
        ("fact: before", "fact: before, at: 2.0, why: Judged.", "missing-key"),
        ("fact: before", "fact: before, range: [1, 3]", "two-ranges"),
        ("outcome: a_day", "outcome: first_day", "other-unit"),
        ("outcome: a_day", "outcome: a_day, of: no.yaml", "no-file"),
        ("outcome: a_day", "outcome: a_day, offf: x", "unknown-key"),
        ("entries:", "state: {n: 1}\nentries:", "already-there"),
        ("entries:", "outcomes: {z: {final: m}}\nentries:", "unknown-name"),
    ],
)
def test_faults_have_a_place(folder: Path, old: str, new: str, code: str) -> None:
    text = CALIBRATION.replace(old, new, 1)
    found = faults(folder, text)
    assert code in [name for name, _ in found]
    line = next(line for name, line in found if name == code)
    assert new.splitlines()[0] in text.splitlines()[line - 1]


def test_no_departure_from_what_came_later(folder: Path) -> None:
    text = BACKTEST.replace("outcome: a_day}", "outcome: a_day, departs: No.}", 1)
    assert ("no-departure", 6) in faults(folder, text)


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fulcrum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fulcrum", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return run


def test_verbs_refuse_the_other_vintage(folder: Path, fulcrum: Run) -> None:
    code, _, err = fulcrum("backtest", write(folder, CALIBRATION))
    assert code == 2
    assert "targets.yaml:3:10: wrong-vintage" in err
    assert "fulcrum calibrate" in err
    code, _, err = fulcrum("calibrate", write(folder, BACKTEST))
    assert code == 2
    assert "fulcrum backtest" in err


def test_verbs_and_exit_codes(folder: Path, fulcrum: Run) -> None:
    path = write(folder, CALIBRATION)
    code, out, _ = fulcrum("calibrate", path, "-q")
    assert code == 0
    assert "2 of 2 targets" in out
    assert "never a forecast" in out
    assert "feed the model" in out
    code, out, _ = fulcrum("calibrate", path, "-q", "--format", "json", "--futures", "10")
    assert [r["in_range"] for r in json.loads(out)] == [True, True]
    path = write(folder, CALIBRATION.replace("of: model.yaml", "of: quick.yaml"))
    code, out, _ = fulcrum("calibrate", path, "-q")
    assert code == 1
    assert "Out of range: rate." in out
    code, out, _ = fulcrum("backtest", write(folder, BACKTEST), "-q")
    assert code == 0  # a miss is shown; it is no failure
    assert "Outside the middle 90 %: quick." in out
    assert "1 of 2 targets [9, 91 %] in the middle 90 %" in out
    assert fulcrum("check", path)[0] == 0


def test_the_run_without_levers_is_calibrated(root: Path) -> None:
    targets = load_targets(root / STUDY / "calibration.yaml", "ex_ante")
    found = calibrate(targets, sim.run(targets.planned()))
    assert found.misses == ()
    assert not found.failures
    assert len(found.judgements) >= 20
    assert len(found.departures) <= 2


def test_the_backtest_is_told(root: Path) -> None:
    targets = load_targets(root / STUDY / "backtest.yaml", "ex_post")
    found = backtest(targets, sim.run(targets.planned(300)))
    assert not found.failures
    assert len(found.judgements) >= 20
    assert found.most.n == len(found.judgements)
    assert found.half.mean <= found.most.mean
    assert all(e.fact.vintage == "ex_post" for e in targets.entries if e.fact)
