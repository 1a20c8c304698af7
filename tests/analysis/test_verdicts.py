"""Each word for a difference by its rule, at both sides of every boundary."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.analysis.verdicts import (
    CLEAR,
    MOST,
    Verdict,
    judged,
    side_of,
    usual_matters,
    verdict_over_futures,
)
from sim.statistics.estimates import Estimate, paired
from sim.statistics.nested import MIN_EVENTS, Components, Spread, shares, spread

WIDE = Spread(-4.0, 1.0, 6.0, Components(1.0, 9.0, 1.0, 0.2, 200, 1000))
MEAN = Estimate(1.0, 0.8, 1.2, 1000)


def part(mean: float, low: float = -1.0, high: float = -1.0) -> Estimate:
    """A share of 200 futures; its interval is 0.02 to each side unless given."""
    low, high = (mean - 0.02 if low < 0 else low), (mean + 0.02 if high < 0 else high)
    return Estimate(mean, max(0.0, low), min(1.0, high), 200)


def word(
    above: Estimate,
    below: Estimate | None = None,
    *,
    gap: Spread | None = WIDE,
    matters: float = 0.1,
    beyond: float = 1.0,
    events: int = 900,
    mean: Estimate = MEAN,
) -> Verdict:
    if below is None:
        below = Estimate(1.0 - above.mean, 1.0 - above.high, 1.0 - above.low, above.n)
    return verdict_over_futures(mean, gap, above, below, matters, beyond, events)


@pytest.mark.parametrize(
    ("mean", "low", "high", "found"),
    [
        (1.0, CLEAR, 1.0, "clearly higher"),
        (0.99, CLEAR, 1.0, "clearly higher"),
        (0.99, CLEAR - 0.001, 1.0, "mostly higher"),
        (0.94, 0.90, 0.96, "mostly higher"),
        (MOST + 0.001, 0.75, 0.86, "mostly higher"),
        (MOST, 0.75, 0.86, "depends on the assumptions"),
        (0.5, 0.4, 0.6, "depends on the assumptions"),
        (0.2, 0.14, 0.25, "depends on the assumptions"),
        (0.2 - 0.001, 0.14, 0.25, "mostly lower"),
        (0.01, 0.0, 1.0 - CLEAR, "clearly lower"),
        (0.01, 0.0, 1.001 - CLEAR, "mostly lower"),
        (0.9, 0.501, 1.0, "mostly higher"),
        (0.9, 0.5, 1.0, "not settled"),
        (0.1, 0.0, 0.5, "not settled"),
        (0.6, 0.2, CLEAR, "not settled"),
        (0.6, 0.2, CLEAR - 0.001, "depends on the assumptions"),
        (0.4, 1.0 - CLEAR, 0.7, "not settled"),
    ],
)
def test_a_word_for_each_share(mean: float, low: float, high: float, found: str) -> None:
    assert word(part(mean, low, high)) == found


def test_clearly_needs_more_than_95_of_100() -> None:
    """However narrow the interval is, 95 of 100 is not clear; nor is all of a few futures."""
    assert CLEAR > 0.95
    for share in (0.9, 0.95, CLEAR - 0.0001):
        assert not word(part(share, share, share)).startswith("clearly")
    assert word(part(1.0, 0.6, 1.0)) == "mostly higher"


def test_ties_count_for_no_side() -> None:
    half, none = part(0.5), part(0.0, 0.0, 0.01)
    assert word(half, none) == "depends on the assumptions"
    assert word(part(0.15), none) == "mostly the same"
    assert word(part(0.1), part(0.0999)) == "mostly the same"
    assert word(part(0.1), part(0.1)) == "depends on the assumptions"
    assert word(none, part(0.9)) == "mostly lower"


def test_too_few_pairs_or_events_come_first() -> None:
    sure = part(1.0, 0.98)
    assert word(sure, mean=Estimate(1.0, math.nan, math.nan, 1)) == "too few"
    assert word(sure, gap=None) == "too few"
    assert word(sure, events=0) == "no difference seen"
    assert word(sure, events=MIN_EVENTS - 1) == "too few events"
    assert word(sure, events=MIN_EVENTS) == "clearly higher"
    assert MIN_EVENTS == 20


def test_what_does_not_matter_is_told_before_its_direction() -> None:
    small = Spread(-0.02, 0.01, 0.03, WIDE.parts)
    sure = part(1.0, 0.98)
    assert word(sure, gap=small, matters=0.03, beyond=0.1) == "no difference that matters"
    assert word(sure, gap=small, matters=0.029, beyond=0.1) == "clearly higher"
    assert word(sure, gap=Spread(-0.04, 0.01, 0.03, WIDE.parts), matters=0.03, beyond=0.1) == (
        "clearly higher"
    ), "the low end counts as much as the high one"
    assert word(sure, gap=small, matters=0.03, beyond=0.2) == "clearly higher", (
        "two futures in ten may hold a difference that matters"
    )


def test_the_sides_of_a_verdict_and_of_a_goal() -> None:
    assert [side_of(v) for v in ("clearly higher", "mostly lower", "higher", "identical")] == [
        "higher", "lower", "higher", "",
    ]  # fmt: skip
    assert side_of("depends on the assumptions") == side_of("mostly the same") == ""
    assert [judged("higher", goal) for goal in ("maximize", "minimize", "")] == [
        "better", "worse", "",
    ]  # fmt: skip
    assert judged("", "maximize") == ""


def test_what_matters_without_a_word_of_the_model_is_a_tenth_of_the_spread_of_a_run() -> None:
    assert usual_matters(30.0) == pytest.approx(3.0)
    assert usual_matters(math.nan) == 0.0


def of(values: np.ndarray, blocks: int) -> Verdict:
    """The verdict that numbers lead to."""
    above, below = shares(values, blocks) or (None, None)
    assert above is not None and below is not None
    difference = paired(values, 0 * values, share=False, blocks=blocks)
    events = int((values != 0).sum())
    return verdict_over_futures(difference, spread(values), above, below, 0.0, 1.0, events)


def test_chance_alone_is_not_called_a_matter_of_assumptions() -> None:
    """No difference at all, and much noise: the assumptions decide nothing here."""
    rng = np.random.default_rng(1)
    found = [of(rng.standard_normal((200, 5)), 20) for _ in range(60)]
    assert found.count("not settled") > 48
    assert not any(verdict.startswith("clearly") for verdict in found)


def test_clearly_is_seldom_said_of_less_than_95_of_100() -> None:
    rng = np.random.default_rng(2)
    found = [
        of(1.645 + rng.standard_normal(200)[:, None] + 1.5 * rng.standard_normal((200, 5)), 200)
        for _ in range(60)
    ]
    assert sum(verdict.startswith("clearly") for verdict in found) <= 3
    assert found.count("mostly higher") > 50


def test_assumptions_that_decide_are_named_as_such() -> None:
    rng = np.random.default_rng(3)
    found = [
        of(0.3 + rng.standard_normal(200)[:, None] + rng.standard_normal((200, 5)), 200)
        for _ in range(20)
    ]
    assert set(found) == {"depends on the assumptions"}
