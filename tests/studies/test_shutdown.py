"""The study of a shutdown against what theory says of its rules.

Each statistical test has a false-alarm probability of about 1e-6, at fixed seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.model.types import Value

STUDY = Path(__file__).parent.parent.parent / "scenarios" / "shutdown"
#: Limits that chance exceeds once in a million: of a normal, and of sqrt(n) times the distance of
#: Kolmogorov and Smirnov.
Z, KS = 4.9, 2.7
N = 20_000
HORIZON = 120
SIDES = ("majority", "minority")
#: Without polls, hardship, gap and deadlines: both hazards are constant.
CONSTANT: Mapping[str, Value] = {
    "erosion": 0.0,
    "poll_error": 0.0,
    "hardship_pull": 0.0,
    "gap_weight": 0.0,
    "weakness": 0.0,
    "quiet": 1.0,
    "rush": 1.0,
}
NOBODY: Mapping[str, Value] = {"majority_yield_rate": 0.0, "minority_yield_rate": 0.0}
#: Ratings that no poll brings to a threshold.
LOVED: Mapping[str, Value] = {"majority_start": 1000.0, "minority_start": 1000.0}
Outcomes = Mapping[str, np.ndarray]


@cache
def _run(settings: tuple[tuple[str, Value], ...], seed: int, replications: int) -> Outcomes:
    base = sim.load_scenario(STUDY / "as_it_stands.yaml")
    made = base.with_settings(dict(settings), "made", allow_out_of_range=True)
    experiment = sim.make_experiment(
        [made], sampler="central", replications=replications, seed=seed
    )
    ensemble = sim.run(experiment)
    return {name: np.asarray(ensemble[name]) for name in made.model.outcomes}


def run(*settings: Mapping[str, Value], seed: int = 1, replications: int = N) -> Outcomes:
    merged = {name: value for part in settings for name, value in part.items()}
    return _run(tuple(sorted(merged.items())), seed, replications)


def share_fits(seen: np.ndarray, expected: float) -> bool:
    """Whether a share is within chance of what is expected."""
    sd = math.sqrt(expected * (1 - expected) / len(seen))
    return abs(float(seen.mean()) - expected) < Z * sd


def distance(seen: np.ndarray, cumulative: Callable[[np.ndarray], np.ndarray]) -> float:
    """sqrt(n) times the distance of Kolmogorov and Smirnov from a distribution, before day 120."""
    n = len(seen)
    at = np.sort(seen[seen < HORIZON])
    is_below, steps = cumulative(at), np.arange(len(at) + 1) / n
    far = max(np.max(steps[1:] - is_below), np.max(is_below - steps[:-1]))
    return float(far) * math.sqrt(n)


def distance_between(one: np.ndarray, other: np.ndarray) -> float:
    """The distance of two samples, in the same measure."""
    at = np.concatenate([one, other])
    first, second = (
        np.searchsorted(np.sort(part), at, side="right") / len(part) for part in (one, other)
    )
    size = len(one) * len(other) / (len(one) + len(other))
    return float(np.max(np.abs(first - second))) * math.sqrt(size)


# Competing risks


@pytest.mark.parametrize("rates", [(0.08, 0.04), (0.03, 0.15)])
@pytest.mark.parametrize("stopgap_days", [0, 20])
def test_constant_hazards_add_up_and_each_side_yields_in_proportion_to_its_own(
    rates: tuple[float, float], stopgap_days: int
) -> None:
    both = {f"{side}_yield_rate": rate for side, rate in zip(SIDES, rates, strict=True)}
    found = run(CONSTANT, both, {"stopgap_days": stopgap_days})
    total = sum(rates)
    day, majority = found["deal_day"], found["majority_yielded"] > 0
    assert np.isfinite(day).all()  # the horizon of 120 days cuts off less than one run in a million
    assert distance(day, lambda t: 1 - np.exp(-total * t)) < KS
    assert share_fits(majority, rates[0] / total)
    assert np.array_equal(majority, found["minority_yielded"] == 0)
    # Who yields says nothing about when: both have the distribution of all.
    assert distance_between(day[majority], day[~majority]) < KS


def deal_by(slopes: Mapping[float, float]) -> Callable[[np.ndarray], np.ndarray]:
    """The distribution of the day of a deal, by the hazard from each day on."""
    starts = np.array([*slopes, HORIZON])
    hazard = np.concatenate([[0], np.cumsum(np.diff(starts) * list(slopes.values()))])
    return lambda t: 1 - np.exp(-np.interp(t, starts, hazard))


#: Every factor of a hazard but missed paydays, and the hazards of both sides together in a shutdown.
FACTORS: Mapping[str, Value] = {
    "majority_yield_rate": 0.06,
    "minority_yield_rate": 0.03,
    "majority_offer": 10,
    "minority_offer": 25,
    "gap_weight": 0.008,
    "weakness": 0.02,
    "quiet": 0.4,
    "rush": 3.0,
    "rush_days": 4.0,
}
MAJORITY, MINORITY = (
    rate * math.exp(-0.008 * 65 - 0.02 * offer) for rate, offer in ((0.06, 25), (0.03, 10))
)
TOGETHER = MAJORITY + MINORITY


@pytest.mark.parametrize(("back_pay", "pressing"), [("guaranteed", 0.3), ("not_guaranteed", 1.0)])
def test_the_day_of_a_deal_follows_the_hazard_of_a_shutdown(back_pay: str, pressing: float) -> None:
    hardship = {"hardship_pull": 0.9, "relief": 0.7, "back_pay": back_pay}
    found = run(LOVED, FACTORS, hardship)
    paydays = {14.0 + 14 * k: TOGETHER * (1 + 0.9 * pressing * k) for k in range(8)}
    day = np.nan_to_num(found["deal_day"], nan=HORIZON)
    assert distance(day, deal_by({0: 0.4 * TOGETHER, 10: 3 * TOGETHER, **paydays})) < KS
    settled = np.isfinite(found["deal_day"])
    assert share_fits(found["majority_yielded"][settled], MAJORITY / TOGETHER)


def test_each_deadline_of_a_stop_gap_bill_presses_for_some_days() -> None:
    found = run(LOVED, FACTORS, {"stopgap_days": 20, "stopgap_chance": 1.0})
    slopes = {0.0: 0.4 * TOGETHER}
    for deadline in range(14, 120, 20):
        slopes |= {deadline - 4: 3 * TOGETHER, deadline: 0.4 * TOGETHER}
    assert distance(np.nan_to_num(found["deal_day"], nan=HORIZON), deal_by(slopes)) < KS


# Symmetry

UNLIKE: Mapping[str, Mapping[str, Value]] = {
    "majority": {"offer": 10, "gives_way_below": 40, "yield_rate": 0.04, "start": 46.0},
    "minority": {"offer": 25, "gives_way_below": 35, "yield_rate": 0.08, "start": 43.0},
}
SHARED: Mapping[str, Value] = {"stopgap_days": 10, "leaders_meet_day": 21, "tilt": 0.1}


def both(blame: float, first: str = "majority", second: str = "minority") -> dict[str, Value]:
    """The settings of the two unlike sides, under the names `first` and `second`."""
    return {
        **SHARED,
        "majority_blame": blame,
        **{f"{first}_{name}": value for name, value in UNLIKE["majority"].items()},
        **{f"{second}_{name}": value for name, value in UNLIKE["minority"].items()},
    }


def test_sides_with_swapped_settings_swap_their_results() -> None:
    one = run(both(0.7), seed=1)
    other = run(both(0.3, "minority", "majority"), seed=2)
    for name, twin in (
        ("days_shut", "days_shut"),
        ("cost", "cost"),
        ("lasts", "lasts"),
        ("majority_wins", "minority_wins"),
        ("minority_wins", "majority_wins"),
        ("majority_yielded", "minority_yielded"),
    ):
        assert distance_between(one[name], other[twin]) < KS, name
    assert distance_between(one["majority_wins"], one["minority_wins"]) > 10 * KS


def test_like_sides_win_alike() -> None:
    found = run(SHARED, {"majority_blame": 0.5})
    lead = found["majority_wins"] - found["minority_wins"]
    assert abs(lead.mean()) < Z * lead.std(ddof=1) / math.sqrt(N)
    assert lead.std() > 10  # it is no tie in each run


# The deal


def test_a_run_stops_at_the_deal() -> None:
    slow = {"majority_yield_rate": 0.02, "minority_yield_rate": 0.02}
    found = run(SHARED, LOVED, slow, {"stopgap_days": 0, "back_pay": "not_guaranteed"})
    settled = np.isfinite(found["deal_day"])
    assert 0.5 < settled.mean() < 0.999
    ends = np.where(settled, found["deal_day"], 120.0)
    assert np.array_equal(found["lasts"], ends)
    shut = np.maximum(0, ends - 14)
    assert np.allclose(found["days_shut"], shut, atol=1e-9)
    assert np.allclose(found["cost"], 0.26 * 1.3 * shut, atol=1e-9)
    assert np.array_equal(found["missed"], np.floor(shut / 14))
    # The whole is shared out at the deal, and nothing without one.
    assert np.allclose(found["majority_wins"] + found["minority_wins"], 100 * settled)


def test_nothing_happens_after_the_deal() -> None:
    scenario = sim.load_scenario(STUDY / "leaders_meet.yaml")
    for seed in range(20):
        seen = sim.trace(scenario, seed=seed).occurrences
        deals = [o.time for o in seen if o.event == "deal"]
        assert len(deals) <= 1
        if deals:
            assert seen[-1].event == "deal" and seen[-1].time == deals[0]
            assert seen[-2].event in {f"{side}_gives_way" for side in SIDES}


@pytest.mark.parametrize(
    ("majority", "minority", "wins"), [(100, 0, 100), (0, 100, 0), (60, 40, 60), (80, 60, 60)]
)
def test_side_payments_as_large_as_the_gap_settle_at_once(
    majority: int, minority: int, wins: int
) -> None:
    found = run({"majority_offer": majority, "minority_offer": minority}, replications=50)
    assert (found["deal_day"] == 0).all() and (found["days_shut"] == 0).all()
    assert (found["minority_wins"] == wins).all() and (found["majority_wins"] == 100 - wins).all()


def test_a_smaller_payment_leaves_a_gap_for_the_one_who_holds_out() -> None:
    found = run({"minority_offer": 95}, replications=2000)
    assert (found["deal_day"] > 0).all()
    assert set(np.unique(found["minority_wins"])) == {0.0, 5.0}


# Polls, deadlines and the meeting


@pytest.mark.parametrize(("blame", "yields"), [(0.8, "majority"), (0.2, "minority")])
def test_a_side_gives_way_at_its_first_poll_below_the_threshold(blame: float, yields: str) -> None:
    given = {"majority_blame": blame, "erosion": 0.5, "poll_error": 0.0}
    below = {f"{side}_gives_way_below": 36 for side in SIDES}
    found = run(NOBODY, given, below, replications=2000)
    # 8 points at 0.4 a day: 20 days, and then up to the next poll, which comes within 9.
    shut = found["days_shut"]
    assert (shut >= 20).all() and (shut <= 29).all() and shut.max() > 28 and shut.min() < 21
    assert (found[f"{yields}_yielded"] == 1).all()
    assert (found[f"{yields}_wins"] == 0).all()


def test_no_poll_counts_while_offices_are_open() -> None:
    given = {"stopgap_days": 60, "stopgap_chance": 1.0, "poll_error": 0.0}
    hated = {f"{side}_start": 20.0 for side in SIDES}
    found = run(NOBODY, given, hated, replications=200)
    assert np.isnan(found["deal_day"]).all() and (found["days_shut"] == 0).all()


@pytest.mark.parametrize("sds", [0.0, 1.0])
def test_the_error_of_a_poll_is_normal(sds: float) -> None:
    given = {"erosion": 0.0, "poll_error": 2.0, "funds_last": 0, "rush_days": 0.0}
    starts = {"majority_start": 33 + 2 * sds, "minority_start": 1000.0}
    found = run(NOBODY, given, starts)
    # The first poll comes after 5 to 9 days, the second after 10 or more.
    assert share_fits(found["deal_day"] < 9.5, 0.5 * math.erfc(sds / math.sqrt(2)))
    first = found["deal_day"][found["deal_day"] < 9.5]
    assert distance(first, lambda t: (t - 5) / 4) < KS


def test_stop_gap_bills_pass_until_one_fails() -> None:
    p = 0.6
    given = {"stopgap_days": 20, "stopgap_chance": p}
    found = run(CONSTANT, NOBODY, given)
    for k in range(6):  # votes on days 14, 34 … 114
        assert share_fits(found["stopgaps"] == k, p**k * (1 - p))
    assert share_fits(found["stopgaps"] == 6, p**6)
    shut = np.where(found["stopgaps"] < 6, 120 - 14 - 20 * found["stopgaps"], 0)
    assert np.allclose(found["days_shut"], shut)
    open_after = np.where(found["stopgaps"] < 6, 20 * found["stopgaps"], 106)
    assert np.allclose(found["cost"], 0.26 * shut + 0.02 * open_after)


@pytest.mark.parametrize(
    ("day", "blame", "wins"),
    [
        (28, 0.5, 80),  # two fifths of the gap, one from each side
        (28, 1.0, 100),  # the majority is far lower in the polls and gives all of it
        (28, 0.0, 60),
        (12, 0.5, 70),  # time presses one and a half times as much
        (5, 0.5, 96),  # nothing presses
    ],
)
def test_a_meeting_closes_a_part_of_the_gap_at_the_cost_of_the_lower_side(
    day: int, blame: float, wins: float
) -> None:
    given = {"tilt": 0.1, "meeting_gain": 0.4, "quiet": 0.2, "rush": 1.5, "hardship_pull": 0.0}
    erosion = 0.0 if blame == 0.5 else 2.0
    fixed = {"poll_error": 0.0, "majority_blame": blame, "erosion": erosion}
    rates = {"majority_yield_rate": 0.1, "minority_yield_rate": 0.0}
    found = run(given, fixed, rates, LOVED, {"leaders_meet_day": day}, replications=2000)
    after = found["deal_day"] > day
    assert after.any() and np.allclose(found["minority_wins"][after], wins)
    assert (found["minority_wins"][found["deal_day"] < day] == 100).all()


def test_the_shipped_calibration_holds() -> None:
    """Lengths of shutdowns at central values are those of the seven from 1990 to 2025."""
    found = run({})
    length = found["days_shut"][found["ever_shut"] > 0]
    seen = np.array([3, 5, 21, 16, 3, 35, 43])
    assert abs(length.mean() - seen.mean()) < 1.5
    # Seven are few: the exact limit of Kolmogorov and Smirnov for n = 7 at 5 % is 0.483.
    assert distance(seen, lambda t: np.searchsorted(np.sort(length), t, "right") / len(length)) < (
        0.483 * math.sqrt(7)
    )
