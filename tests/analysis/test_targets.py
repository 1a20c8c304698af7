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


def test_scores_against_closed_forms_and_persistence(folder: Path) -> None:
    """Tenths of a Poisson count of mean 20, against 2.4; and a coin, against heads."""
    text = BACKTEST.replace("replications: 400", "replications: 5000").replace(
        "  rate: {fact: after, outcome: a_day}",
        """\
  rate: {fact: after, outcome: a_day, persistence: {range: [1.5, 2], why: Older.}}
  point: {fact: after, outcome: a_day, persistence: {at: 2.4, why: Exact.}}
  lucky: {at: 1, outcome: lucky, why: Seen., persistence: {at: 0.2, why: Rare.}}""",
    )
    text = text.replace("outcome: a_day}", "outcome: a_day, persistence: {fact: before}}")
    found = judged_by(folder, text)
    rate, point, lucky, quick = (j.score for j in found.judgements)
    counts = np.arange(80)
    chance = np.exp(counts * math.log(20) - 20 - [math.lgamma(k + 1) for k in counts])
    exact = float((np.cumsum(chance) - (counts >= 24)) ** 2 @ np.ones(80)) / 10
    assert rate.crps == pytest.approx(exact, abs=0.02)
    below, upto = chance[:24].sum(), chance[:25].sum()
    assert rate.rank == pytest.approx((below, upto), abs=0.02)
    # a uniform forecast that is missed by 0.4, and one met at z = 0.9: width × (z² − z + 1/3)
    assert rate.persistence == pytest.approx(0.4 + 0.5 / 3)
    assert quick.persistence == pytest.approx(0.81 - 0.9 + 1 / 3)
    assert rate.skill == pytest.approx(1 - rate.crps / rate.persistence)
    assert point.persistence == 0 and math.isnan(point.skill) and point.better is False
    assert lucky.crps == pytest.approx(0.25, abs=0.02)
    assert lucky.persistence == pytest.approx(0.64)
    assert lucky.log == pytest.approx(math.log(2), abs=0.04) and math.isnan(rate.log)
    assert (rate.better, lucky.better, quick.better) == (True, True, False)
    assert (found.better.n, found.better.mean) == (4, 0.5)
    assert "better than persistence" in str(found) and "declare" not in found.notes()[2]
    assert "in 1 of them persistence is exact" in str(found)
    record, _, coin, _ = found.table()
    assert record["crps"] == rate.crps and record["persistence_low"] == 1.5
    # the middle 90 % of the uniform is 1.525 to 1.975, and misses by 0.425
    assert record["persistence_interval_score"] == pytest.approx(0.45 + 20 * 0.425)
    assert record["interval_skill"] == pytest.approx(1 - rate.interval / 8.95)
    assert rate.interval == pytest.approx(1.5, abs=0.11) and math.isnan(rate.log_skill)
    assert coin["persistence_log_score"] == pytest.approx(math.log(5))
    assert coin["log_skill"] == pytest.approx(1 - lucky.log / math.log(5))
    assert coin["persistence_interval_score"] == 1.0  # from 0 to 1, as a chance of 0.2 has it
    assert point.persistence_interval == 0.0 and math.isnan(point.interval_skill)
    cells = found.grid().rows[1][-1].split("\n")
    assert cells[0] == f"{rate.crps:.3g} ({rate.skill:+.2f})"
    assert cells[1].endswith(f"({rate.interval_skill:+.2f})")


def test_persistence_is_cut_at_the_horizon_as_the_forecast_is(folder: Path) -> None:
    (folder / "model.yaml").write_text(MODEL.replace("rate: mean_rate * pace", "rate: 0.01"))
    text = "targets: t\nof: model.yaml\nvintage: ex_post\nreplications: 200\nentries:\n"
    never = "persistence: {range: [10, 400], why: Never.}"
    score = judged_by(folder, text + f"  f: {{fact: day, outcome: first_day, {never}}}\n")
    found = score.judgements[0].score
    assert (found.persistence, found.persistence_interval) == pytest.approx((7.0, 140.0))


def test_an_event_that_never_comes_is_scored_at_the_horizon(folder: Path) -> None:
    (folder / "model.yaml").write_text(MODEL.replace("rate: mean_rate * pace", "rate: 0.01"))
    text = "targets: t\nof: model.yaml\nvintage: ex_post\nreplications: 2000\nentries:\n"
    never = "persistence: {at: 10, why: Never.}"
    judged = judged_by(folder, text + f"  first: {{fact: day, outcome: first_day, {never}}}\n")
    score = judged.judgements[0].score
    # nearly all at 10: about 7 less half the spread, and persistence is 7 off
    assert 5.5 < score.crps < 7 == score.persistence
    assert score.interval > 30 and 0 < score.skill < 0.2


def test_a_share_is_no_outcome_of_a_run(folder: Path) -> None:
    text = "targets: t\nof: model.yaml\nvintage: ex_post\nreplications: 50\nentries:\n"
    found = judged_by(folder, text + "  l: {at: 0.4, outcome: lucky, why: Counted.}\n")
    assert math.isnan(found.judgements[0].score.crps)
    assert "No target declares" in str(found)
    assert found.grid().rows[1][-1] == "–"


@pytest.mark.parametrize(
    ("window", "other"),
    [
        ("window: [0, 10]", False),
        ("window: [0, 9.8]", False),
        ("window: [0, 9]", True),
        ("window: [-5, 10]", True),
        ("window: [3, 5], measured: [3, 5]", False),
        ("window: ['2025-07-14', '2025-07-24']", False),
        ("window: ['2025-06-01', '2025-07-24']", True),
    ],
)
def test_windows_that_differ_are_told(folder: Path, window: str, other: bool) -> None:
    model = MODEL.replace("{horizon: 10}", "{horizon: 10, start: '2025-07-14'}")
    (folder / "model.yaml").write_text(model)
    found = judged_by(folder, BACKTEST.replace("outcome: a_day}", f"outcome: a_day, {window}}}", 1))
    assert found.judgements[0].entry.other_window is other
    assert ("another window of time than the model is measured in: rate." in str(found)) is other
    assert ("≠" in found.grid().rows[1][0]) is other


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("window: [5, 3]", "bad-range"),
        ("window: ['2025-07-14', 3]", "bad-date"),
        ("window: [soon, 3]", "bad-date"),
        ("window: [3]", "wrong-type"),
        ("discrepancy: -1", "out-of-range"),
        ("persistence: {at: 2}", "missing-key"),
        ("persistence: {why: No number.}", "missing-key"),
        ("persistence: {fact: before, at: 2, why: Two.}", "missing-key"),
        ("persistence: {range: [3, 1], why: Crossed.}", "bad-range"),
        ("persistence: {fact: after}", "wrong-vintage"),
        ("persistence: {fact: used}", "other-unit"),
        ("persistence: {fact: word}", "wrong-type"),
        ("persistence: {fact: befor}", "unknown-fact"),
        ("persistence: 3", "wrong-type"),
    ],
)
def test_faults_of_the_parts_of_a_forecast(folder: Path, keys: str, code: str) -> None:
    text = BACKTEST.replace("outcome: a_day}", f"outcome: a_day, {keys}}}", 1)
    assert faults(folder, text) == [(code, 6)]


def test_no_departure_from_what_came_later(folder: Path) -> None:
    text = BACKTEST.replace("outcome: a_day}", "outcome: a_day, departs: No.}", 1)
    assert ("no-departure", 6) in faults(folder, text)


Run = Callable[..., tuple[int, str, str]]


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
    assert "1 of 2 targets [9, 91 %] in the middle 90 %" in out.replace("\n", " ")
    assert "1,000 runs of each scenario: 200 futures × 5 replications, " in out
    for words in (("--central",), ("--futures", 0)):
        code, out, _ = fulcrum("backtest", folder / "targets.yaml", "-q", *words)
        assert "400 runs of each scenario with the same random numbers, assumptions held at" in out
    listed = folder / "listed.csv"
    listed.write_text("mean_rate\n1.5\n2.5\n")
    code, out, _ = fulcrum("backtest", folder / "targets.yaml", "-q", "--within", listed)
    assert code == 0 and "10 runs of each scenario: 2 futures × 5 replications, " in out
    code, _, err = fulcrum("backtest", folder / "targets.yaml", "--within", listed, "--central")
    assert code == 2 and "--within names the futures" in err
    pit = folder / "pit.json"
    fulcrum("backtest", folder / "targets.yaml", "-q", "--draw", "pit", "--chart", pit)
    assert "2 figures" in pit.read_text() and "1,000 runs" in pit.read_text().replace(
        "\\u00a0", " "
    )
    path = write(folder, CALIBRATION.replace("of: model.yaml", "of: quick.yaml"))
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
    found = backtest(targets, sim.run(targets.planned(futures=60)))
    assert not found.failures
    assert len(found.judgements) >= 20
    assert found.most.n == len(found.judgements)
    assert found.half.mean <= found.most.mean
    assert all(e.fact.vintage == "ex_post" for e in targets.entries if e.fact)
