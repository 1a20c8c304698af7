"""Estimates and paired differences."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from toys import scenario

import sim
from sim.analysis.comparison import Row, holm
from sim.errors import ExperimentError
from sim.formatting import interval
from sim.statistics.estimates import Estimate, estimate, p_value, paired, student

NAN = math.nan


def of(*rows: list[float]) -> np.ndarray:
    return np.array(rows)


def test_mean_is_student_s() -> None:
    found = estimate(of([1.0, 2.0, 3.0, 4.0]), share=False)
    half = 3.182446 * math.sqrt(5 / 3) / 2
    assert (found.mean, found.n) == (2.5, 4)
    assert (found.low, found.high) == pytest.approx((2.5 - half, 2.5 + half), abs=1e-6)
    assert student(9) == pytest.approx(2.262157, abs=1e-6)


def test_missing_values_do_not_count() -> None:
    found = estimate(of([1.0, NAN, 3.0, NAN]), share=False)
    assert (found.mean, found.n) == (2.0, 2)
    assert math.isnan(estimate(of([NAN, NAN]), share=False).mean)
    assert estimate(of([NAN, NAN]), share=False).n == 0
    assert math.isnan(estimate(of([3.0, NAN]), share=False).low)


def test_futures_are_the_units() -> None:
    """Replications of one future share its parameters: they are averaged first."""
    values = of([1.0, 1.0, 1.0, 1.0], [3.0, 3.0, 3.0, 3.0])
    found = estimate(values, share=False)
    half = student(1) * math.sqrt(2) / math.sqrt(2)
    assert (found.mean, found.n) == (2.0, 8)
    assert found.half_width == pytest.approx(half)


def test_shares_are_wilson_s() -> None:
    none = estimate(of([0.0] * 50), share=True)
    assert (none.low, none.high) == pytest.approx((0, 0.07135), abs=1e-5)
    most = estimate(of([1.0] * 45 + [0.0] * 5), share=True)
    assert (most.low, most.high) == pytest.approx((0.7864, 0.9565), abs=1e-4)
    assert estimate(of([1.0] * 50), share=True).high == 1
    for n in range(1, 60):  # exactly, so that no trifle is told as if it were above 0
        assert estimate(of([0.0] * n), share=True).low == 0.0
        assert estimate(of([1.0] * n), share=True).high == 1.0


@pytest.mark.parametrize(
    ("low", "high", "n", "words"),
    [
        (0.1, 0.3, 9, "higher"),
        (-0.3, -0.1, 9, "lower"),
        (-0.1, 0.3, 9, "no difference seen"),
        (0.0, 0.0, 9, "identical"),
        (NAN, NAN, 1, "too few"),
    ],
)
def test_verdicts(low: float, high: float, n: int, words: str) -> None:
    found = Estimate((low + high) / 2, low, high, n)
    assert found.verdict == words
    assert found.seen == (words in ("higher", "lower"))


def test_pairs_need_both_values() -> None:
    found = paired(of([1.0, 2.0, NAN, 5.0]), of([0.0, NAN, 3.0, 3.0]), share=False)
    assert (found.mean, found.n) == (1.5, 2)


def test_a_few_pairs_that_differ_are_no_proof() -> None:
    """Four of 200 pairs, all one way: McNemar's exact test has p = 1/8, Student's t would say 0.045."""
    base = of([1.0] * 40 + [0.0] * 160)
    here = base.copy()
    here[0, :4] = 0.0
    assert estimate(here - base, share=False).high < 0
    found = paired(here, base, share=True)
    assert (found.mean, found.n) == (-0.02, 200)
    assert found.low < -0.04 < 0 < found.high < 0.005
    assert p_value(here - base, share=True) == pytest.approx(2 / 16 - 1 / 16)
    assert p_value(base - base, share=True) is None


def test_bonett_and_price_by_hand() -> None:
    """12 pairs up, 3 down, of 50: 13/52 and 4/52 for the two shares."""
    base = of([0.0] * 12 + [1.0] * 3 + [0.0] * 35)
    here = of([1.0] * 12 + [0.0] * 3 + [0.0] * 35)
    found = paired(here, base, share=True)
    centre = 13 / 52 - 4 / 52
    half = 1.959964 * math.sqrt((17 / 52 - centre**2) / 52)
    assert found.mean == pytest.approx(9 / 50)
    assert (found.low, found.high) == pytest.approx((centre - half, centre + half), abs=1e-6)
    tail = sum(math.comb(15, k) for k in range(4)) / 2**15
    here_only = math.comb(15, 3) / 2**15
    assert p_value(here - base, share=True) == pytest.approx(2 * tail - here_only)


@pytest.mark.parametrize(("p", "q"), [(0.02, 0.01), (0.3, 0.3), (0.5, 0.02)])
def test_differences_of_shares_cover(p: float, q: float) -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(2_000):
        move = rng.random((1, 80))
        base = (rng.random((1, 80)) < 0.5).astype(float)
        here = np.where(move < p, 1.0, np.where(move > 1 - q, 0.0, base))
        found = paired(here, base, share=True)
        hits += found.low <= (p - q) / 2 <= found.high or found.low == found.high
    assert hits / 2_000 >= 0.94


def test_many_pairs_do_not_overflow() -> None:
    ups = of([1.0] * 3_000 + [-1.0] * 2_900)
    assert p_value(ups, share=True) == pytest.approx(0.193, abs=0.002)


def test_an_end_beside_zero_does_not_read_as_zero() -> None:
    assert (
        interval(sim.statistics.estimates.Estimate(-2.0, -3.96, -0.04, 200))
        == "−2.00 [−3.96, −0.04]"
    )
    assert interval(sim.statistics.estimates.Estimate(-2.0, -3.9, 0.04, 200)) == "−2.0 [−3.9, 0.0]"


@pytest.mark.parametrize(
    ("value", "text"),
    [(3.0000000000000004, "3"), (-0.5, "−0.5"), (0.1 + 0.2, "0.3"), (1 / 3, "0.333"),
     (2e-5, "0.000020"), (0, "0")],
)  # fmt: skip
def test_an_interval_without_width_is_one_number(value: float, text: str) -> None:
    assert (
        interval(
            sim.statistics.estimates.Estimate(value, value * (1 - 1e-15), value * (1 + 1e-15), 9)
        )
        == text
    )


def test_wilson_covers() -> None:
    rng = np.random.default_rng(1)
    for p in (0.05, 0.5):
        hits = 0
        for _ in range(500):
            found = estimate((rng.random((1, 60)) < p).astype(float), share=True)
            hits += found.low <= p <= found.high
        assert 0.92 <= hits / 500 <= 0.98


TOY = """
levers: {push: {default: 0.0, range: [-5.0, 5.0]}, odds: {default: 0.3, range: [0.0, 1.0]}}
state: {x: {initial: 0.0}, hit: {initial: false}}
events:
  go:
    at: 1
    do: |
      x = normal(0, 1) + push
      hit = bernoulli(odds)
  mark: {when: x > 0}
outcomes:
  level: {final: x}
  struck: {ever: hit, goal: minimize}
  marked: {first: mark}
  same: {final: 3}
"""


def rows(comparison: sim.Comparison, name: str) -> dict[str, sim.analysis.Row]:
    return {row.outcome: row for row in comparison.rows if row.scenario == name}


@pytest.fixture(scope="module")
def comparison() -> sim.Comparison:
    base = scenario(TOY)
    made = [
        base,
        base.with_settings({"push": 1.0}, "up"),
        base.with_settings({"push": -1.0, "odds": 0.9}, "down"),
        base.with_settings({"push": 0.0}, "same"),
    ]
    return sim.compare(sim.run(made, replications=200, kernel="simpy", seed=4))


def test_paired_differences(comparison: sim.Comparison) -> None:
    up, down, same = (rows(comparison, name) for name in ("up", "down", "same"))
    assert up["level"].difference is not None
    assert up["level"].difference.mean == pytest.approx(1.0, abs=1e-12)
    assert up["level"].difference.half_width < 1e-12
    assert (up["level"].verdict, down["level"].verdict) == ("higher", "lower")
    assert up["struck"].verdict == "identical"
    assert down["struck"].verdict == "higher"
    for row in same.values():
        assert row.difference is not None
        assert (row.difference.mean, row.difference.low, row.difference.high) == (0, 0, 0)
        assert row.verdict == "identical"
    for name in ("up", "down", "same"):
        assert rows(comparison, name)["same"].verdict == "identical"


def test_a_first_that_never_came(comparison: sim.Comparison) -> None:
    base, up = rows(comparison, "toy")["marked"], rows(comparison, "up")["marked"]
    assert base.missing + base.estimate.n == 200
    assert 60 < base.missing < 140
    assert up.missing < base.missing
    assert up.difference is not None
    assert up.difference.n == base.estimate.n


def test_pairs_without_a_value_are_counted(comparison: sim.Comparison) -> None:
    for row in comparison.rows:
        if row.outcome == "marked" and row.difference is not None:
            assert row.unpaired == comparison.replications - row.difference.n > 0
        else:
            assert row.unpaired == 0


def test_another_baseline_turns_the_sign() -> None:
    base = scenario(TOY)
    made = sim.run([base, base.with_levers(push=1.0).with_settings({}, "up")], replications=20)
    one, other = sim.compare(made), sim.compare(made, baseline="up")
    there, back = rows(one, "up")["level"].difference, rows(other, "toy")["level"].difference
    assert there is not None
    assert back is not None
    assert (there.mean, there.low) == (-back.mean, -back.high)
    with pytest.raises(ExperimentError):
        sim.compare(made, baseline="uq")


def test_one_replication_is_too_few() -> None:
    base = scenario(TOY)
    made = sim.run([base, base.with_settings({"push": 1.0}, "up")], replications=1)
    assert rows(sim.compare(made), "up")["level"].verdict == "too few"
    assert "too few pairs" in str(sim.compare(made))


def p_row(p: float | None) -> sim.analysis.Row:
    """A row with this p value; a row without one is a baseline."""
    mean = Estimate(0, 0, 0, 9)
    return Row("s", "o", "o", "", "", False, mean, None, "baseline", 0, 0, p_value=p)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([], []),
        ([0.04], [0.04]),
        # 4 × 0.01, 3 × 0.02, then 2 × 0.025 and 1 × 0.03: both raised to the 0.06 before them
        ([0.03, 0.01, 0.02, 0.025], [0.06, 0.04, 0.06, 0.06]),
        # of two equal values one counts 3 times, the other twice: raised to the first
        ([0.01, 0.01, 0.5], [0.03, 0.03, 0.5]),
        # nothing exceeds 1
        ([0.4, 0.5, 0.9], [1.0, 1.0, 1.0]),
        # a baseline, and a difference without a test, do not count
        ([None, 0.02, None, 0.01], [None, 0.02, None, 0.02]),
        ([0.0, 0.2], [0.0, 0.2]),
    ],
)
def test_holm_by_hand(p_values: list[float | None], adjusted: list[float | None]) -> None:
    found = [row.p_holm for row in holm([p_row(p) for p in p_values])]
    assert found == [a if a is None else pytest.approx(a, abs=1e-15) for a in adjusted]


def test_holm_counts_all_differences_of_the_table(comparison: sim.Comparison) -> None:
    tested = [row for row in comparison.rows if row.p_value is not None]
    first = min(tested, key=lambda row: row.p_value or 0)
    assert first.p_holm == min(1.0, len(tested) * (first.p_value or 0))
    assert all((row.p_holm is None) == (row.p_value is None) for row in comparison.rows)


def test_the_table_and_the_text(comparison: sim.Comparison) -> None:
    records = comparison.table()
    assert len(records) == 16
    assert records[0]["verdict"] == "baseline"
    assert records[0]["difference"] is None
    text = str(comparison)
    assert "200 runs of each scenario with the same random numbers." in text
    assert "central values" not in text, "there are no assumptions to hold"
    assert "“toy, push = -1, odds = 0.9”" in text and "“toy (toy)”" not in text
    assert "the same in every pair" in str(replace(comparison, detailed=True))
    assert "Difference to toy" in str(replace(comparison, detailed=True))


def test_the_text_says_how_many_pairs_only_where_some_are_missing() -> None:
    base = scenario(TOY + "  lost: {final: push, unit: t, label: Lost}\n")
    made = sim.compare(sim.run([base, base.with_settings({"push": 1.0}, "up")], replications=40))
    grid = replace(made, detailed=True).grid()
    lines = {(made.rows[i].outcome, row[1]): row for i, row in enumerate(grid.rows)}
    up = rows(made, "up")["marked"]
    assert up.difference is not None
    line = lines["marked", "up"]
    assert line[3] == "0" or line[3].endswith(f" · n={up.difference.n}")
    assert line[2].endswith(f" · n={up.estimate.n}")
    assert {key for key, row in lines.items() if "n=" in row[2] + row[3]} == {
        ("marked", "toy"), ("marked", "up"),
    }  # fmt: skip
    assert lines["lost", "up"][2:] == ("1", "+1", "higher")


def test_four_times_the_replications_halve_an_interval() -> None:
    """Three times as many have to be added; the half width then is half of the present one."""
    seen = Estimate(1.0, -1.0, 3.0, 50)
    row = Row("s", "o", "o", "", "", False, seen, seen, "no difference seen", 0, 0)
    assert row.more == (150, 1.0)
    assert replace(row, verdict="higher").more is None
    assert replace(row, difference=None).more is None


def test_failed_replications_are_left_out_of_pairs() -> None:
    text = """
    levers: {push: {default: 0.0}}
    state: {x: {initial: 0.0, range: [-2.0, 2.0]}}
    events: {go: {at: 1, do: "x = normal(0, 1) + push"}}
    outcomes: {level: {final: x}}
    """
    base = scenario(text)
    made = sim.run([base, base.with_settings({"push": 1.0}, "up")], replications=100)
    found = sim.compare(made)
    one, two = rows(found, "toy")["level"], rows(found, "up")["level"]
    assert one.failed + one.estimate.n == 100
    assert two.failed > one.failed > 0
    assert two.difference is not None
    assert two.difference.n == 100 - (made.failed[0] | made.failed[1]).sum()
    assert two.missing == 0
    assert found.failures == one.failed + two.failed
