"""The measured sections of a card: a toy whose shares, region, signs and scores are known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import sim
from sim.reporting.card import model_card, read_study
from sim.reporting.measured_listings import measured_sections
from sim.reporting.measurements import COMPARED, RUNS, Measurements, main_experiment, measure
from sim.study.experiment_file import load_experiment

Run = Callable[..., tuple[int, str, str]]

# strong has a variance of 12, weak one of 3, and chance one of 5: shares of 60, 15 and 25 %
MODEL = """\
model: toy
time: {horizon: 1}
levers: {push: {default: 0, range: [0, 1]}}
parameters:
  strong: {assume: 6.0, range: [0.0, 12.0], label: Strong, why: A guess}
  weak: {assume: 3.0, range: [0.0, 6.0], label: Weak, why: A guess}
  idle: {assume: 0.5, range: [0.0, 1.0], label: Idle, why: Moves nothing}
  word: {assume: calm, options: [calm, storm], label: Word, why: A form}
state: {got: 0.0, seen: 0.0, lucky: false}
events:
  end:
    at: 1
    do: |
      got = strong + weak + normal(0, 5 ** 0.5) + push * (strong - 4)
      seen = strong + normal(0, 0.1)
      lucky = bernoulli(0.25)
outcomes:
  got: {final: got, goal: maximize, headline: true, label: What is got}
  lucky: {ever: lucky, label: Luck, headline: true}
  seen: {final: seen}
"""
FILES = {
    "model": MODEL,
    "stay": "scenario: stay\ntitle: Stay\nof: model.yaml\n",
    "push": "scenario: push\ntitle: Push\nof: model.yaml\nlevers: {push: 1}\n",
    "compare": """\
experiment: compare
scenarios: [stay.yaml, push.yaml]
futures: {sample: latin_hypercube, n: 100}
replications: 20
seed: 4
""",
    # 5 is seen, and 1.5 are three standard deviations: strong from 3.5 to 6.5 is kept, a quarter
    "known": """\
targets: known
of: stay.yaml
vintage: ex_ante
replications: 400
seed: 5
entries:
  seen: {at: 5, range: [3.5, 6.5], outcome: seen, label: Seen before, why: Counted}
  much: {at: 90, range: [80, 99], outcome: got, label: Much, why: A boast, departs: Nobody believes it}
""",
    # over futures `got` has a mean of 9 and a standard deviation of 4.5
    "later": """\
targets: later
of: stay.yaml
vintage: ex_post
seed: 6
entries:
  middle: {at: 9, outcome: got, label: Middle, why: Seen, persistence: {range: [0, 30], why: Wide}}
  edge: {at: 14, outcome: got, label: Edge, why: Seen, persistence: {at: 14, why: Exact}}
  out: {at: 30, outcome: got, label: Far out, why: Seen}
  coin: {at: 1, outcome: lucky, label: Coin, why: Seen, persistence: {at: 0.5, why: A fair one}}
""",
}


def written(folder: Path, **changed: str) -> Path:
    """The model of the toy study, of which some files differ; one of no text is left out."""
    folder.mkdir(exist_ok=True)
    for name, text in (FILES | changed).items():
        if text:
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / "model.yaml"


def measured(path: Path) -> Measurements:
    study = read_study(path)
    return measure(study.base, study.experiments, study.targets)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="module")
def found(study: Path) -> Measurements:
    return measured(study)


@pytest.fixture(scope="module")
def text(found: Measurements) -> str:
    return measured_sections(found, "model.yaml")


def row(text: str, section: str, *begins: str) -> list[str]:
    """The cells of the one row of a section that begins so."""
    text = text.partition(f"### {section}")[2].partition("### ")[0]
    head = "".join(f"| {cell} " for cell in begins) + "|"
    (line,) = [line for line in text.splitlines() if line.startswith(head)]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_variance_is_split_as_it_was_made(found: Measurements, text: str) -> None:
    got, lucky = found.variances
    assert got.assumptions == pytest.approx(0.75, abs=0.02)
    (strong, big), (weak, small) = got.largest
    assert (strong.name, weak.name) == ("strong", "weak")
    assert big.low < 0.60 < big.high and big.high - big.low < 0.1
    assert small.low < 0.15 < small.high
    assert lucky.assumptions < 0.02 and lucky.largest == ()
    _, chance, assumptions, largest = row(text, "Share", "What is got")
    assert (chance, assumptions) == ("25 %", "75 %")
    assert re.fullmatch(r"Strong [56]\d\.\d \[[\d., ]+\] %; Weak 1\d\.\d \[[\d., ]+\] %", largest)
    assert row(text, "Share", "Luck")[1:3] in (["100 %", "0 %"], ["99 %", "1 %"])
    assert row(text, "Share", "Luck")[3] == "none stands out"
    assert "2,000 futures × 10 replications, seed 4" in text and "4 inputs without effect" in text


def test_the_plausible_region_is_the_one_that_is_known(found: Measurements, text: str) -> None:
    (region,) = found.regions
    assert region.found is not None
    assert 0.24 < region.kept / region.found.drawn < 0.28
    (one,) = region.narrowed  # neither weak, nor idle, nor the word
    assert one.entry.name == "strong"
    assert one.kept == pytest.approx((3.65, 6.35), abs=0.25)
    assert one.drawn == pytest.approx((0.6, 11.4), abs=0.05)
    assert one.left == pytest.approx(0.25, abs=0.04)
    assert f"keeps {region.kept} of 1,000 futures" in text
    assert "departs on purpose: `much`" in text
    assert re.fullmatch(r"7\d\.\d %", row(text, "Plausible", "Seen before", "3.5 to 6.5")[2])
    (name, levels), (coin, chances) = region.levels
    assert (name, coin) == ("got", "lucky")
    for level, mean in zip(levels, (9.0, 9.0, 8.0), strict=True):
        assert level is not None and level.mean == pytest.approx(mean, abs=0.15)
    assert all(c is not None and c.mean == pytest.approx(0.25, abs=0.02) for c in chances)
    assert all("2" in cell and "%" in cell for cell in row(text, "Plausible", "Luck")[1:])


def test_signs_turn_where_the_toy_turns_them(study: Path, found: Measurements, text: str) -> None:
    assert found.comparison is not None and found.compared is not None
    got = found.comparison.row("got", "push")
    assert got.above is not None and got.gap is not None
    assert got.above.mean == pytest.approx(8 / 12, abs=0.02)
    assert (got.gap.low, got.gap.high) == pytest.approx((-3.4, 7.4), abs=0.4)
    cells = row(text, "What turns", "What is got", "Push")
    assert cells[2].startswith(f"better in {100 * got.above.mean:.0f} [")
    assert cells[4] == "depends on the assumptions"
    assert re.fullmatch(
        r"better on average only where “Strong” is above (4|4\.0\d?|3\.9\d?)", cells[5]
    )
    assert row(text, "What turns", "Luck", "Push")[3:] == ["0", "the same in every pair", "–"]
    # the command that is named gives the same table
    assert "`fulcrum compare compare.yaml --futures 100 -n 100`, against “Stay”" in text
    again = sim.load(study.parent / "compare.yaml", futures=100, replications=100)
    assert again.futures.tolist() == found.compared.futures.tolist()
    assert (again.size, again.seed) == (found.compared.size, found.compared.seed)
    assert again.size == 2 * COMPARED


def test_calibration_says_what_is_out_on_purpose(text: str) -> None:
    mean = row(text, "Calibration", "Seen before", "`stay`")
    assert mean[2] == "5 (3.5 to 6.5)" and mean[3].startswith("6.0") and mean[4:] == ["in", ""]
    assert row(text, "Calibration", "Much", "`stay`")[4:] == ["OUT", "Nobody believes it"]
    assert "`fulcrum calibrate known.yaml --futures 200`: 1 of 2 targets" in text


def test_backtest_has_coverage_scores_and_misses(found: Measurements, text: str) -> None:
    ((_, later),) = found.backtests
    assert (later.half.mean, later.most.mean) == (0.5, 0.75)  # a coin lies between no and yes
    assert "3 of 4 targets [30, 95 %] in the middle 90 %" in text
    assert "Missed: Far out." in text
    labels = "Middle", "Edge", "Far out", "Coin"
    middle, edge, out, coin = (row(text, "Backtest", label) for label in labels)
    assert middle[2].endswith(": in") and edge[2].endswith(": OUT") and edge[3].endswith(": in")
    assert out[3].endswith(": OUT")
    score = later.judgements[0].score
    # a normal forecast at its mean: 0.234 standard deviations; uniform: width × (z² − z + 1/3)
    assert score.crps == pytest.approx(0.2337 * 20**0.5, abs=0.15)
    assert middle[4].endswith(f", {30 * (0.09 - 0.3 + 1 / 3):.3g}")
    assert middle[5] == f"{score.skill:+.2f}" and middle[7] == f"{score.interval_skill:+.2f}"
    assert middle[6].endswith(", 27") and edge[4].endswith(", 0") and edge[5] == "–"
    assert out[4].endswith(", –") and out[5] == "–"
    assert coin[6].endswith(", 0.693") and coin[7].startswith("−")  # log 2; a fair coin knew better


def test_runs_are_counted_and_the_text_is_the_same_again(
    study: Path, found: Measurements, text: str, fulcrum: Run, tmp_path: Path
) -> None:
    region = found.regions[0].found
    assert region is not None
    waves = sum(futures * count for futures, count in region.waves)
    plausible = found.regions[0].kept * -(-RUNS // found.regions[0].kept)
    assert found.runs == RUNS * 3 + 2 * COMPARED + waves + plausible + 2 * 1_000
    assert f"{found.runs:,} runs in all. " in text and found.failures == 0
    card = tmp_path / "card.md"
    assert fulcrum("card", study, "--measured", "-q", "-o", card)[0] == 0
    written_text = card.read_text(encoding="utf-8")
    plain = model_card(study).text
    assert written_text == f"{plain}\n{text}\n"
    code, _, err = fulcrum("card", study, "--measured", "-q", "-o", card, "--check")
    assert code == 1 and "out of date" not in err  # only its docs are empty
    changed = FILES["later"].replace("at: 9,", "at: 8,")
    other = written(tmp_path / "other", later=changed)
    assert "out of date" in fulcrum("card", other, "--measured", "-q", "-o", card, "--check")[2]


def test_a_study_of_one_model_says_what_is_missing(tmp_path: Path) -> None:
    nothing = dict.fromkeys(("stay", "push", "compare", "known", "later"), "")
    sure = re.sub(r", range: \[[^]]*\](?=, label)|  word: .*\n", "", MODEL)
    text = measured_sections(
        measured(written(tmp_path / "sure", model=sure, **nothing)), "model.yaml"
    )
    assert "Nothing is uncertain in this model" in text
    assert "No experiment of this study compares scenarios." in text
    assert text.count("No targets of vintage") == 3
    assert ": 0 runs in all" in text
    model = written(tmp_path / "alone", **nothing)
    assert "One run of `toy` differs" in measured_sections(measured(model), "model.yaml")


def test_targets_that_rule_out_all_are_told(tmp_path: Path) -> None:
    known = (
        FILES["known"].replace("range: [3.5, 6.5]", "range: [30, 40]").replace("at: 5", "at: 35")
    )
    found = measured(written(tmp_path / "far", known=known, later="", compare=""))
    (region,) = found.regions
    assert (region.kept, region.narrowed, region.levels[0][1][2]) == (0, (), None)
    text = measured_sections(found, "model.yaml")
    assert "keeps 0 of 1,000 futures (0.0 %)" in text and "No future is plausible." in text
    departs = known.replace("outcome: seen,", "outcome: seen, departs: On purpose,")
    found = measured(written(tmp_path / "none", known=departs, later="", compare=""))
    assert "there is no target to hold futures against." in measured_sections(found, "model.yaml")


def test_futures_of_a_file_are_the_plausible_ones(tmp_path: Path, fulcrum: Run) -> None:
    model = written(tmp_path / "listed", later="")
    file = model.parent / "plausible.csv"
    lines = [f"{4 + i / 25!r},{i % 7 / 2!r},0.5,calm" for i in range(50)]
    head = "# 50 of 900 futures kept by hand, seed 1; model 0123456789abcdef\n"
    file.write_text(head + "strong,weak,idle,word\n" + "\n".join(lines) + "\n", encoding="utf-8")
    listed = FILES["compare"].replace(
        "futures: {sample: latin_hypercube, n: 100}", "futures: plausible.csv"
    )
    (model.parent / "compare.yaml").write_text(listed, encoding="utf-8")
    found = measured(model)
    (region,) = found.regions
    assert (region.file, region.kept) == ("plausible.csv", 50)
    assert region.origin == "50 of 900 futures kept by hand, seed 1"
    assert [one.entry.name for one in region.narrowed][:2] == ["idle", "strong"]
    assert found.varied is not None and len(found.varied.futures) == 50
    text = measured_sections(found, "model.yaml")
    assert (
        "The study runs on the 50 futures of `plausible.csv`: 50 of 900 futures kept by hand"
        in text
    )
    assert "`fulcrum compare compare.yaml -n 200`" in text


def test_the_experiment_named_compare_is_the_main_one(study: Path) -> None:
    compare = load_experiment(study.parent / "compare.yaml")
    other, single = replace(compare, name="a"), replace(compare, scenarios=compare.scenarios[:1])
    chosen = main_experiment([single, other, compare])
    assert chosen is not None and chosen.name == "compare" and chosen.replications == 100
    many = main_experiment([replace(compare, replications=300)])
    assert many is not None and many.replications == 300
    assert main_experiment([single]) is None
