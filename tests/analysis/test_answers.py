"""Answers in sentences: counts first, never clearer than the futures are, and nothing left unsaid."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from toys import faults, scenario

import sim
from sim.analysis.answers import HELD, answer, summarize, verdict_phrase
from sim.analysis.comparison import Comparison
from sim.analysis.outcomes import outcomes_of
from sim.analysis.rows import Row
from sim.analysis.verdicts import CLEAR
from sim.reporting.tables import grid_markdown
from sim.statistics.estimates import Estimate
from sim.statistics.nested import Components, Spread

#: `push` helps where `gain` is positive, in three of four futures; `odds` makes hits likelier in all.
TOY = """
levers:
  push: {default: 0.0, range: [-9.0, 9.0]}
  odds: {default: 0.0, range: [0.0, 1.0]}
  lift: {default: 0.0, range: [0.0, 9.0]}
parameters:
  gain: {assume: 1.0, range: [-1.0, 3.0], label: Gain, why: A guess.}
  idle: {assume: 1.0, range: [0.0, 2.0]}
state: {x: {initial: 0.0}, hit: {initial: false}}
events:
  go:
    at: 1
    do: |
      x = normal(0, 1) + 10 + idle + push * gain + lift
      hit = bernoulli(0.5 + odds / 4)
outcomes:
  level: {final: x, goal: maximize, label: Level, unit: ton, headline: true}
  struck: {ever: hit, goal: minimize, label: Struck, headline: true, matters: 0.02}
  square: {final: x * x}
"""
POLICIES: dict[str, dict[str, float]] = {
    "pushed": {"push": 1.0},
    "likely": {"odds": 1.0},
    "lifted": {"lift": 2.0},
    "touched": {"push": 0.01},
    "same": {"push": 0.0},
}


def experiment(**sizes: Any) -> sim.Experiment:
    base = scenario(TOY)
    made = [replace(base.with_settings(s, name), title="") for name, s in POLICIES.items()]
    return sim.make_experiment([base, *made], seed=4, **sizes)


@pytest.fixture(scope="module")
def found() -> Comparison:
    return sim.compare(sim.run(experiment(), kernel="simpy"))


@pytest.fixture(scope="module")
def held() -> Comparison:
    return sim.compare(sim.run(experiment(futures=0, replications=200), kernel="simpy"))


def test_a_difference_that_depends_says_on_what(found: Comparison) -> None:
    told = found.answer("level", "pushed")
    assert told.direction == "depends on the assumptions"
    assert told.share is not None and told.size is not None
    assert told.share.low <= 0.75 <= told.share.high
    assert (told.size.low, told.size.middle, told.size.high) == pytest.approx(
        (-0.8, 1.0, 2.8), abs=0.1
    )
    (turn,) = told.hangs_on
    assert (turn.parameter, turn.above) == ("gain", True)
    assert turn.value == pytest.approx(0.0, abs=0.05)
    assert (told.outcome, told.scenario, told.baseline) == ("level", "pushed", "toy")
    assert told.chance == pytest.approx(0.0, abs=1e-9), "the same luck in both"
    share = f"better in {100 * told.share.mean:.0f} of 100 futures"
    assert str(told).startswith(
        f"“Level” in “pushed”, against “toy”: depends on the assumptions, {share} ["
    )
    assert (
        "The expected difference is +1.0 tons in the middle, −0.8 … +2.8 in 5 to 95 %" in told.text
    )
    assert "better on average only where “Gain” is above 0" in told.text
    assert "Chance alone" not in told.text


def test_a_clear_difference_is_told_with_its_share_and_range(found: Comparison) -> None:
    told = found.answer("level", "lifted")
    assert told.direction == "clearly higher" and told.hangs_on == ()
    assert "clearly higher, better in 100 of 100 futures [99, 100]" in told.text
    assert "The expected difference is +2 tons in 5 to 95 % of futures." in told.text
    assert "lower" not in told.text and "worse" not in told.text


def test_a_direction_and_its_judgement_are_told_once(found: Comparison) -> None:
    row = found.row("struck", "likely")
    assert row.verdict in ("clearly higher", "mostly higher")
    assert verdict_phrase(row).startswith(f"{row.verdict}, worse in ")
    told = found.answer("struck", "likely")
    assert told.text.count("worse") == 1
    assert told.size is not None and told.size.middle == pytest.approx(0.25, abs=0.05)
    assert " points in the middle" in told.text
    # bernoulli(3/4) against bernoulli(1/2) with one number: a quarter of the runs differ
    assert told.chance == pytest.approx(math.sqrt(0.25 * 0.75), abs=0.05)
    assert "Chance alone moves the difference of two runs by 43 points" in told.text


def test_what_does_not_matter_is_said_so(found: Comparison) -> None:
    told = found.answer("level", "touched")
    assert told.direction == "no difference that matters" and told.hangs_on == ()
    assert "no difference that matters, better in" in told.text


def test_no_share_and_no_size_where_every_pair_is_the_same(found: Comparison) -> None:
    told = found.answer("level", "same")
    assert (told.direction, told.share) == ("identical", None)
    assert told.text == "“Level” in “same”, against “toy”: the same in every pair of runs."


def test_answers_need_names_that_are_known(found: Comparison) -> None:
    with pytest.raises(sim.ExperimentError, match="did you mean 'level'"):
        found.answer("levle", "pushed")
    with pytest.raises(sim.ExperimentError, match="did you mean 'pushed'"):
        found.answer("level", "pushd")


def test_the_sentence_names_what_is_clear_and_counts_the_rest(found: Comparison) -> None:
    text = found.sentence()
    assert "“Level” averages" in text and "over 1,000 runs" in text and "of futures" in text
    assert "clearly better in “lifted” (better in 100 of 100 futures, " in text
    assert "it depends on the assumptions in “pushed”" in text
    assert "there is no difference that matters in “touched”" in text
    assert "it is the same in every pair in 2 scenarios" in text
    assert HELD not in str(found)


def row(verdict: str, above: float, low: float, high: float, **more: Any) -> Row:
    """A row of 200 futures; so many of them are above 0."""
    gap = Spread(-1.0, 0.5, 2.0, Components(0.5, 1.0, 1.0, 0.2, 200, 1000))
    up, down = Estimate(above, low, high, 200), Estimate(1 - above, 1 - high, 1 - low, 200)
    made = Row(
        scenario="here", outcome="x", label="X", unit="", goal="maximize", share=False,
        estimate=Estimate(1, 0, 2, 1000), difference=Estimate(0.5, 0.4, 0.6, 1000),
        verdict=verdict, missing=0, failed=0, gap=gap, above=up, below=down, events=900,
    )  # fmt: skip
    return replace(made, **more)


BASE = replace(
    row("baseline", 0.5, 0.4, 0.6), difference=None, gap=None, above=None, scenario="now"
)


@pytest.mark.parametrize(
    ("verdict", "above", "words"),
    [
        ("clearly higher", 0.99, "clearly higher, better in 99 of 100 futures [98, 100]"),
        ("clearly lower", 0.01, "clearly lower, worse in 99 of 100 futures [98, 100]"),
        ("mostly higher", 0.90, "mostly higher, better in 90 of 100 futures [89, 91]"),
        (
            "depends on the assumptions",
            0.4,
            "depends on the assumptions, worse in 60 of 100 futures",
        ),
        ("not settled", 0.85, "too few runs to settle it, better in 85 of 100 futures"),
        ("no difference that matters", 0.7, "no difference that matters, better in 70 of 100"),
        ("mostly the same", 0.1, "mostly the same, worse in"),
        ("too few events", 0.9, "only 12 pairs of runs differ, too few for a direction."),
        ("no difference seen", 0.5, "no difference is seen."),
        ("too few", 0.5, "too few pairs of runs have a value to compare."),
    ],
)
def test_a_sentence_for_each_verdict(verdict: str, above: float, words: str) -> None:
    events = 12 if verdict == "too few events" else 900
    made = row(verdict, above, above - 0.01, above + 0.01, events=events)
    told = answer(made, BASE).text
    assert told.startswith(f"“X” in “here”, against “now”: {words}"), told
    assert ("clearly" in told) == verdict.startswith("clearly")


def test_a_selection_is_neither_better_nor_worse() -> None:
    told = answer(row("clearly higher", 0.99, 0.98, 1.0, unpaired=40), BASE).text
    assert "higher in 99 of 100 futures" in told and "better" not in told


@pytest.mark.parametrize("share", [0.5, 0.8, 0.9, 0.95, 0.969])
def test_nothing_is_clearly_so_below_95_of_100(share: float) -> None:
    """Whatever the sizes, no sentence of a comparison says more than the share of futures does."""
    text = TOY.replace("range: [-1.0, 3.0]", f"range: [{-4 * (1 - share):.4g}, {4 * share:.4g}]")
    base = scenario(text)
    made = sim.make_experiment([base, base.with_settings({"push": 5.0}, "pushed")], seed=2)
    compared = sim.compare(sim.run(made))
    assert CLEAR > 0.95
    assert "clearly" not in str(compared.answer("level", "pushed")) + str(compared)


def test_central_values_are_named_in_table_sentence_and_notes(held: Comparison) -> None:
    assert held.central and held.futures == 1
    assert HELD in held.sentence()
    assert any("assumptions held at central values" in note for note in held.notes())
    assert "assumptions held at central values" in str(held)
    assert HELD.lower() in held._repr_html_().lower()
    assert held.answer("level", "lifted").text.endswith(f"The difference is +2 tons. {HELD}")
    ran = sim.run(experiment(futures=0, replications=10), kernel="simpy")
    assert "assumptions held at central values" in str(outcomes_of(ran))


def test_central_values_have_no_futures_and_plain_words(held: Comparison) -> None:
    for record in held.table():
        if record["scenario"] != "toy":
            assert record["verdict"] in ("higher", "lower", "identical", "no difference seen")
        for key in ("futures_higher", "difference_q05", "level_q05", "variance_assumptions"):
            assert record[key] is None
    told = held.answer("level", "pushed")
    assert (told.share, told.size, told.hangs_on) == (None, None, ())
    assert math.isnan(told.chance)
    assert "clearly" not in held.sentence() and "futures" not in held.sentence()


def test_records_hold_what_the_sentences_say(found: Comparison) -> None:
    records: list[dict[str, Any]] = json.loads(json.dumps(found.table()))
    by = {(r["outcome"], r["scenario"]): r for r in records}
    record, pushed = by["level", "pushed"], found.row("level", "pushed")
    assert pushed.gap is not None and pushed.above is not None and pushed.below is not None
    assert record["verdict"] == "depends on the assumptions"
    higher = [record[f"futures_higher{end}"] for end in ("", "_low", "_high")]
    lower = [record[f"futures_lower{end}"] for end in ("", "_low", "_high")]
    assert higher == [pushed.above.mean, pushed.above.low, pushed.above.high]
    assert lower == [pushed.below.mean, pushed.below.low, pushed.below.high]
    assert higher[0] + lower[0] == pytest.approx(1.0)
    quantiles = [record[f"difference_q{q}"] for q in ("05", "50", "95")]
    assert quantiles == [pushed.gap.low, pushed.gap.middle, pushed.gap.high]
    assert record["level_q05"] < record["mean"] < record["level_q95"]
    assert record["level_q50"] == pushed.level.middle
    # uniform from -1 to 3, and from 0 to 2; the chance of a run is normal(0, 1)
    assert record["difference_variance_assumptions"] == pytest.approx(16 / 12, rel=0.05)
    assert record["difference_variance_chance"] == pytest.approx(0.0, abs=1e-9)
    assert by["level", "toy"]["variance_assumptions"] == pytest.approx(4 / 12, rel=0.25)
    assert by["level", "toy"]["variance_chance"] == pytest.approx(1.0, rel=0.1)
    assert (record["hangs_on"], record["events"]) == ("gain", 1_000)
    assert by["struck", "likely"]["matters"] == 0.02
    assert record["matters"] == pytest.approx(0.1 * math.sqrt(4 / 12 + 1), rel=0.1)
    assert by["level", "toy"]["futures_higher"] is None


def test_the_table_has_headlines_only_and_the_best_first(found: Comparison) -> None:
    grid = found.grid()
    assert [head.split("\n") for head in grid.head] == [
        ["Scenario"], ["level", "tons"], ["struck", "points"],
    ]  # fmt: skip
    assert [line[0] for line in grid.rows][:3] == ["toy", "lifted", "pushed"]
    cells = {line[0]: line[1].split("\n") for line in grid.rows}
    assert cells["lifted"][0] == "clearly better (100)"
    assert cells["pushed"][0].startswith("depends (7") and cells["pushed"][0].endswith(" better)")
    assert cells["touched"][0] == "does not matter"
    assert cells["same"][0] == "the same in every pair"
    lines = grid_markdown(grid).splitlines()
    assert {line.count(" | ") for line in lines} == {2}
    assert lines[0] == "| Scenario | level<br>tons | struck<br>points |"
    wide = replace(found, detailed=True).grid()
    assert len(wide.rows) == 3 * 6 and "Assumptions" in wide.head
    shown = {(line[1], line[0].split("\n")[0]): line for line in wide.rows}
    assert shown["toy", "Level"][3] in [f"{n} %" for n in range(18, 33)]
    assert "–" in shown["same", ""][5]


def test_a_summary_tells_each_outcome_and_ends_with_its_caution(found: Comparison) -> None:
    model = scenario(TOY).model
    told = summarize(found.rows, model, model.headlines, "What helps?")
    assert told.question == "What helps?" and len(told.sentences) == 3
    assert str(told).endswith(told.caution)
    assert "not everything that could happen" in told.caution


def test_headlines_are_those_of_the_model_else_the_first_outcomes_with_a_goal() -> None:
    assert scenario(TOY).model.headlines == ("level", "struck")
    plain = scenario(TOY.replace(", headline: true", ""))
    assert plain.model.headlines == ("level", "struck")
    aimless = TOY.replace(", headline: true", "").replace(", goal: maximize", "")
    assert scenario(aimless).model.headlines[0] == "struck"


def outcomes(*texts: str) -> list[str]:
    lines = "\n".join(f"  o{i}: {{final: x{text}}}" for i, text in enumerate(texts))
    return [f.code for f in faults(f"state: {{x: {{initial: 0.0}}}}\noutcomes:\n{lines}\n")]


def test_headlines_and_what_matters_are_checked() -> None:
    assert outcomes(*[", headline: true"] * 5) == []
    assert outcomes(*[", headline: true"] * 6) == ["too-many-headlines"]
    assert outcomes(*[", headline: true"] * 7) == ["too-many-headlines"] * 2
    assert outcomes(", matters: 0.5", ", matters: 2") == []
    assert outcomes(", matters: 0") == outcomes(", matters: -1") == ["bad-range"]
    assert outcomes(", matters: much") == outcomes(", headline: first") == ["wrong-type"]
