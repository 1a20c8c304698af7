"""A comparison in JavaScript has the numbers and the words of one in Python, to the letter."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any, get_args

import pytest
from web_calls import STATISTICS, Calls, found_row, inputs_of, outcome_of, same, shown_row

import sim
from sim import formatting
from sim.analysis import rows, verdicts
from sim.analysis.answers import (
    HELD,
    answer,
    differences_text,
    hangs_text,
    pair_text,
    verdict_phrase,
)
from sim.analysis.briefs import brief_phrase, brief_size
from sim.analysis.identity import can_differ, can_vary
from sim.analysis.rows import Row
from sim.analysis.turning import Turn, turn_text
from sim.statistics.estimates import Estimate
from sim.statistics.nested import Components, Spread
from sim.study.assignments import policy_titles


def add_words(calls: Calls, row: Row, base: Row) -> None:
    """Add all texts of one row."""
    add = calls.add
    add("wording.levelText", rows.level_text(row), row)
    add("wording.rangeText", rows.range_text(row.level, row.share), row.level, row.share)
    add("rows.estimateText", rows.estimate_text(row), row)
    if row.verdict == "baseline":
        return
    add("rows.verdictText", rows.verdict_text(row), row)
    add("rows.differenceText", rows.difference_text(row), row)
    add("rows.futuresText", rows.futures_text(row), row)
    add("answers.verdictPhrase", verdict_phrase(row), row)
    add("answers.pairText", pair_text(row), row)
    add("answers.hangsText", hangs_text(row), row)
    add("briefs.briefPhrase", brief_phrase(row), row)
    add("briefs.briefSize", brief_size(row), row)
    add("answers.answerText", answer(row, base, HELD).text, row, base, HELD)


def add_study(calls: Calls, ensemble: sim.Ensemble) -> None:
    """Add every scenario × headline outcome of a study: its row, and what is said of it."""
    compared = sim.compare(ensemble)
    experiment = ensemble.experiment
    model, titles = experiment.model, policy_titles(experiment.scenarios)
    for name in model.headlines:
        outcome, all_values = model.outcomes[name], ensemble.outcome(name)
        sides = [
            {"scenario": of, "title": titles[of], "table": values, "failed": failed.ravel()}
            for of, values, failed in zip(
                ensemble.scenarios, all_values, ensemble.failed, strict=True
            )
        ]
        told = [compared.row(name, scenario) for scenario in ensemble.scenarios]
        for place, row in enumerate(told):
            how = {
                "blocks": experiment.blocks,
                "canDiffer": can_differ(experiment, place, 0, name),
                "canVary": can_vary(experiment, place, name),
                "inputs": inputs_of(experiment),
            }
            of = outcome_of(outcome)
            base = sides[0] if place else None
            wanted = replace(row, p_holm=None)
            calls.add("comparison.compareOutcome", wanted, STATISTICS, of, sides[place], base, how)
            add_words(calls, row, told[0])
        calls.add("answers.differencesText", differences_text(told[0], told[1:]), told[0], told[1:])


@pytest.fixture(scope="module")
def said(
    node: str, results: list[sim.Ensemble], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, Any, Any]]:
    """What Python and what JavaScript say, of one process of Node."""
    calls = Calls()
    for ensemble in results:
        add_study(calls, ensemble)
    add_numbers(calls)
    add_random_rows(calls)
    return calls.run(node, tmp_path_factory.mktemp("answers"))


def add_numbers(calls: Calls) -> None:
    """Add numbers of all sizes, halves among them, and their words."""
    chance = random.Random(1)
    numbers = [0.0, -0.0, 0.5, 1.5, 2.5, 0.05, 0.15, 1.005, 2.675, 99.95, 999.5, 1e15, 1e22, 1e-9]
    numbers += [math.inf, -math.inf, math.nan, 1000.0, 999.9999999999999, 1e-7, 123456.5]
    numbers += [chance.gauss(0, 1) * 10 ** chance.randint(-8, 18) for _ in range(300)]
    numbers += [chance.randint(-99999, 99999) / 10 ** chance.randint(0, 6) for _ in range(300)]
    for x in numbers:
        for places in (0, 1, 3, 6):
            calls.add("wording.decimal", formatting.decimal(x, places, True), x, places, True)
        calls.add("wording.digits", formatting.digits(x), x)
        if math.isfinite(x):
            calls.add("wording.hundred", rows.hundred(abs(x) % 1), abs(x) % 1)
            calls.add("wording.exactText", formatting.exact_text(float(x)), x)
            for places in (-3, -1, 0, 2, 5):
                calls.add("wording.roundTo", round(x, places), x, places)
    for unit in ("day", "city", "box", "MW", "event/day", "share", "index 0–1", "day/party", ""):
        for value in (None, 1.0, -1.0, 2.5):
            calls.add("wording.plural", formatting.plural(unit, value), unit, value)


def estimate_of(chance: random.Random, scale: float, share: bool) -> Estimate:
    mean = chance.random() if share else chance.gauss(0, 1) * scale
    mean = chance.choice([mean, round(mean, 1), 0.0, 1.0])
    half = chance.choice([0.0, 1e-12, chance.random() * scale, chance.random() * scale * 1e-3])
    n = chance.choice([0, 1, 2, 40, 1_000, 200_000])
    if chance.random() < 0.1:
        return Estimate(mean, math.nan, math.nan, n, chance.random() < 0.5)
    return Estimate(mean, mean - half, mean + half * chance.choice([1, 0.2]), n)


def spread_of(chance: random.Random, scale: float) -> Spread | None:
    if chance.random() < 0.2:
        return None
    ends = sorted(chance.gauss(0, 1) * scale for _ in range(3))
    if chance.random() < 0.1:
        ends = [ends[0]] * 3
    parts = Components(ends[1], 1.0, chance.choice([0.0, scale, 1e-3]), 0.1, 200, 1_000)
    return Spread(*ends, parts)


def turn_of(chance: random.Random) -> Turn:
    worded = chance.random() < 0.3
    value = None if worded or chance.random() < 0.3 else chance.gauss(0, 10)
    words = tuple(chance.sample(["red", "green", "blue"], chance.randint(0, 2))) if worded else ()
    above = None if worded else chance.random() < 0.5
    unit = chance.choice(["", "day", "share", "%"])
    return Turn("p", "A label", unit, above, value, words, 1.0, 0.03)


def row_of(chance: random.Random, number: int, verdict: verdicts.Verdict, single: bool) -> Row:
    share = chance.random() < 0.4
    scale = 10 ** chance.randint(-3, 5)
    gap = None if single else spread_of(chance, 0.3 if share else scale)
    sides = [
        Estimate(p, max(0.0, p - 0.1), min(1.0, p + 0.1), 200)
        for p in (chance.choice([0.0, 1.0, 0.004, 0.996, chance.random()]) for _ in range(2))
    ]
    above, below = (None, None) if gap is None else sides
    return Row(
        scenario=f"some_scenario_{number}", outcome="the_outcome",
        label=chance.choice(["", "A label"]), unit=chance.choice(["", "day", "index 0–1", "MW", "city"]),
        goal=chance.choice(["", "minimize", "maximize"]), share=share,
        estimate=estimate_of(chance, scale, share), difference=estimate_of(chance, scale, share),
        verdict=verdict, missing=chance.choice([0, 0, 3, 1_200]), failed=0,
        unpaired=chance.choice([0, 0, 5]), p_value=chance.choice([None, chance.random()]),
        p_holm=chance.choice([None, 0.01, 0.3]), title=chance.choice(["", f"Title {number}"]),
        level=spread_of(chance, scale), gap=gap, above=above, below=below,
        events=chance.choice([0, 3, 19, 20, 1_500]), matters=chance.random() * scale,
        turns=tuple(turn_of(chance) for _ in range(chance.randint(0, 5))) if gap else (),
    )  # fmt: skip


def add_random_rows(calls: Calls) -> None:
    """Add rows with every verdict, over futures and of one, and tables of them."""
    chance = random.Random(2)
    for turn in range(60):
        single = turn % 3 == 0
        known = [v for v in get_args(verdicts.Verdict) if v != "baseline"]
        base = row_of(chance, 0, "baseline", single)
        others = [
            row_of(chance, i + 1, chance.choice(known), single) for i in range(chance.randint(1, 7))
        ]
        if turn % 10 == 0:
            others = [replace(row, verdict="identical") for row in others]
        for row in (base, *others):
            add_words(calls, row, base)
        calls.add("answers.differencesText", differences_text(base, others), base, others)
        for row in others:
            if row.difference is None:
                continue
            calls.add("rows.verdictOf", row.difference.verdict, row.difference)
            if row.above and row.below:
                given = (
                    row.difference,
                    row.gap,
                    row.above,
                    row.below,
                    row.matters,
                    turn / 60,
                    row.events,
                )
                calls.add("rows.verdictOverFutures", verdicts.verdict_over_futures(*given), *given)
        adjusted = [replace(row, gain=None) for row in rows.holm([base, *others])]
        calls.add("rows.holmOf", adjusted, [base, *others])
        for told in (turn_of(chance), turn_of(chance)):
            for goal in ("", "minimize", "maximize"):
                calls.add("answers.turnText", turn_text(told, goal), told, goal)


def test_all_is_said_as_in_python(said: list[tuple[str, Any, Any]]) -> None:
    for name, wanted, got in said:
        if name in ("compareOutcome", "holmOf"):
            pairs = zip(wanted, got, strict=True) if name == "holmOf" else [(wanted, got)]
            for row, other in pairs:
                one, two = shown_row(row), found_row(other)
                assert len(one) == len(two) and all(map(same, one, two)), (name, row, other)
        else:
            assert same(wanted, got), (name, wanted, got)
    names = [name for name, _, _ in said]
    assert names.count("compareOutcome") > 50
