"""The study of a central bank against a program of its own in Python, and against theory.

What theory leaves out is switched off by the settings of a scenario. The statistical tests have fixed
seeds and bounds of 4.9 standard errors, which chance passes once in a million.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

import sim

STUDY = Path(__file__).parent.parent.parent / "scenarios" / "central_bank"
START = date(2026, 1, 1)
DAYS = 1461
Z = 4.9

#: No chance, no shock, and a rate that moves by any amount.
QUIET = {
    "shock_size": 0.0,
    "demand_noise": 0.0,
    "price_noise": 0.0,
    "inflation_error": 0.0,
    "gap_error": 0.0,
}
SMOOTH = {"quantum": 1e-9, "largest_step": 2.0, "smoothing": 0.0}
#: Prices fall, and the bank follows them to the floor.
FALL = {
    "shock_size": -4.5,
    "shock_kind": "lasting",
    "reaction": 3.0,
    "largest_step": 2.0,
    "smoothing": 0.0,
}
#: The share of people who go by past inflation does not change.
FIXED = {"slip": 0.0, "heal": 0.0}
#: Draws of a run: of demand, prices, a figure of inflation each month; of the gap's error each quarter.
LUCK = {"demand_noise": 48, "price_noise": 48, "inflation_error": 48, "gap_error": 17}


def bank(name: str = "taylor_1993", more: str = "", **settings: Any) -> sim.Scenario:
    """A scenario of the study with other values, some of them beyond what the study thinks possible."""
    text = f"scenario: mine\nof: {name}.yaml\n{more}"
    made = sim.parse_scenario(text, STUDY / "mine.yaml")
    return made.with_settings(settings, allow_out_of_range=True)


def outcomes(of: sim.Scenario, count: int, seed: int = 1) -> dict[str, np.ndarray[Any, Any]]:
    made = sim.make_experiment([of], replications=count, seed=seed, futures=0)
    ensemble = sim.run(made)
    return {name: np.asarray(ensemble[name]) for name in of.model.outcomes}


def dates(story: Any, event: str) -> list[date]:
    return [START + timedelta(int(o.time)) for o in story.occurrences if o.event == event]


def meetings() -> list[date]:
    """Wednesdays, six and seven weeks apart in turn."""
    found, weeks = [date(2026, 1, 28)], 6
    while (after := found[-1] + timedelta(weeks=weeks)) < date(2030, 1, 1):
        found.append(after)
        weeks = 13 - weeks
    return found


def months(every: int = 1) -> list[date]:
    """The first of each month, or of each quarter, the start left out."""
    return [date(2026 + m // 12, m % 12 + 1, 1) for m in range(every, 49, every)]


MONTHS, QUARTERS, MEETINGS = (
    {(day - START).days for day in days} for days in (months(), months(3), meetings())
)


def by_hand(
    value: dict[str, Any], shock_day: float, luck: dict[str, Sequence[float]] | None = None
) -> dict[str, list[float]]:
    """The state at the end of each day, by a loop over the calendar that knows nothing of the engine."""
    luck = luck or {name: [0.0] * count for name, count in LUCK.items()}
    draws = {name: deque(given) for name, given in luck.items()}
    target, natural = value["target"], value["neutral"]
    left = value[f"left_if_{value['shock_kind']}"]
    rate = announced = value["believed_neutral"] + target
    inflation = trend = seen = target
    gap = seen_gap = shock = lost = moved = 0.0
    error, doubt, waited, shocked = draws["gap_error"].popleft(), value["usual_doubt"], 0, False
    posted: dict[int, float] = {}
    posted_gap: dict[int, float] = {}
    kept: dict[str, list[float]] = {name: [] for name in ("rate", "inflation", "gap", "doubt")}
    kept |= {"lost": [], "moved": [], "trend": []}
    for day in range(DAYS + 1):
        if day in MONTHS:
            paid = rate
            if value["guidance"] == "path":
                paid = rate + value["belief"] * (announced - rate)
            expected = target + doubt * (trend - target)
            gap = value["gap_persistence"] * gap - value["rate_effect"] * (
                paid - expected - natural
            )
            gap += draws["demand_noise"].popleft() - value["squeeze"] * shock
            inflation = target + doubt * (trend - target) + value["slope"] * gap + shock
            inflation += draws["price_noise"].popleft()
            trend += value["learning"] * (inflation - trend)
            excess = max(0.0, abs(trend - target) - value["tolerance"])
            doubt += value["slip"] * excess * (1 - doubt) - value["heal"] * (
                doubt - value["usual_doubt"]
            )
            shock *= left
            lost += max(0.0, -gap) / 12
            posted[day + value["inflation_delay"]] = inflation
        if day in QUARTERS:
            error = value["error_persistence"] * error + draws["gap_error"].popleft()
            posted_gap[day + value["gap_delay"]] = gap + error
        if day in posted:
            seen = posted[day] + draws["inflation_error"].popleft()
        seen_gap = posted_gap.get(day, seen_gap)
        if day in MEETINGS:
            wanted = value["believed_neutral"] + target + value["reaction"] * (seen - target)
            wanted = max(0.0, wanted + value["gap_reaction"] * seen_gap)
            if shocked and waited < value["wait_meetings"]:
                waited, announced = waited + 1, rate
            else:
                way = (1 - value["smoothing"]) * (wanted - rate)
                way = max(-value["largest_step"], min(value["largest_step"], way))
                step = value["quantum"] * round(way / value["quantum"])
                rate, moved, announced = rate + step, moved + abs(step), wanted
        if not shocked and day <= shock_day < day + 1:
            shock, shocked = value["shock_size"], True
        for name, now in zip(kept, (rate, inflation, gap, doubt, lost, moved, trend), strict=True):
            kept[name].append(now)
    return kept


# -- the calendar ----------------------------------------------------------------------------------


def test_the_bank_meets_eight_times_a_year_on_wednesdays() -> None:
    found = dates(sim.trace(bank(), seed=3), "meeting")
    assert found == meetings()
    assert [sum(day.year == year for day in found) for year in range(2026, 2030)] == [8] * 4
    assert {day.isoweekday() for day in found} == {3}


@pytest.mark.parametrize(("inflation", "output"), [(13, 45), (10, 75), (45, 30)])
def test_figures_come_so_many_days_after_the_month_and_the_quarter(
    inflation: int, output: int
) -> None:
    story = sim.trace(bank(inflation_delay=inflation, gap_delay=output), seed=3)
    for event, delay, ends in (
        ("inflation_published", inflation, months()),
        ("gap_published", output, months(3)),
    ):
        due = [day + timedelta(delay) for day in ends]
        assert dates(story, event) == [d for d in due if d <= START + timedelta(DAYS)]


@pytest.mark.parametrize("wait", [0, 1, 5, 16])
def test_the_bank_waits_at_the_first_meetings_after_the_shock(wait: int) -> None:
    story = sim.trace(bank(wait_meetings=wait), seed=5)
    (shock,) = dates(story, "price_shock")
    assert dates(story, "bank_waits") == [d for d in meetings() if d > shock][:wait]
    moves = {*dates(story, "rate_rises"), *dates(story, "rate_falls")}
    assert moves and not moves & set(dates(story, "bank_waits"))


# -- the path of every quantity --------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings",
    [{}, {"reaction": 0.0, "gap_reaction": 0.0}, {"reaction": 3.0, "guidance": "path"}, SMOOTH],
    ids=["taylor", "hold", "hard", "smooth"],
)
def test_without_shocks_and_noise_the_economy_rests_exactly_at_target(
    settings: dict[str, Any],
) -> None:
    series = sim.trace(bank(**QUIET, **settings)).series
    for name, rest in (("inflation", 2.0), ("gap", 0.0), ("rate", 3.0), ("doubt", 0.3)):
        assert set(series[name]) == {rest}


@pytest.mark.parametrize(
    "settings",
    [
        {"shock_size": 3.0},
        {"shock_size": 5.0, "shock_kind": "lasting", "guidance": "path", "gap_reaction": 2.0},
        {"shock_size": 4.0, "shock_kind": "lasting", "wait_meetings": 6, "guidance": "path"},
        {"shock_size": 2.0, "neutral": 0.0, "smoothing": 0.9, "largest_step": 0.25},
        FALL,
        {"shock_size": 3.0, "inflation_delay": 40, "gap_delay": 30, "slip": 0.1, **SMOOTH},
    ],
    ids=["passing", "path", "wait", "gradual", "floor", "late"],
)
def test_every_day_is_that_of_a_program_by_hand(settings: dict[str, Any]) -> None:
    of = bank(**{**QUIET, **settings})
    story = sim.trace(of, seed=11)
    (shock,) = [o.time for o in story.occurrences if o.event == "price_shock"]
    for name, values in by_hand(of.values(), shock).items():
        assert np.allclose(story.series[name], values, rtol=0, atol=1e-9), name
    assert min(story.series["rate"]) >= 0


def test_a_fall_of_prices_brings_the_rate_to_its_floor() -> None:
    of = bank(**{**QUIET, **FALL})
    assert min(sim.trace(of, seed=11).series["rate"]) == 0.0


# -- theory ----------------------------------------------------------------------------------------

#: Everybody goes by past inflation, and what policy does is felt soon.
UNANCHORED = {
    **QUIET,
    **FIXED,
    **SMOOTH,
    "usual_doubt": 1.0,
    "shock_size": 5.0,
    "left_if_passing": 0.0,
    "squeeze": 0.0,
    "gap_reaction": 0.0,
    "learning": 0.12,
    "slope": 0.6,
    "rate_effect": 0.06,
    "gap_persistence": 0.95,
}


@pytest.mark.parametrize("reaction", [0.0, 0.5, 0.8, 1.3, 1.5, 2.5])
def test_only_a_reaction_above_one_brings_inflation_back(reaction: float) -> None:
    """The Taylor principle: below one the real rate falls where inflation rises."""
    series = sim.trace(bank(**UNANCHORED, reaction=reaction), seed=11).series
    year_one, end = (abs(series["trend"][day] - 2) for day in (365, DAYS))
    real = np.asarray(series["rate"]) - np.asarray(series["expected"])
    if reaction < 1:
        assert real[730:].max() < 1 and end > 1.05 * year_one
    else:
        assert real[365] > 1 and end < 0.95 * year_one


def test_at_a_reaction_of_one_inflation_stays_where_the_shock_left_it() -> None:
    series = sim.trace(bank(**UNANCHORED, reaction=1.0), seed=11).series
    year_one, end = (series["trend"][day] - 2 for day in (365, DAYS))
    assert year_one > 0.4 and end == pytest.approx(year_one, rel=0.05)


def test_an_anchor_brings_inflation_back_without_the_bank() -> None:
    of = bank("hold_the_rate", **{**UNANCHORED, "usual_doubt": 0.2})
    trend = sim.trace(of, seed=11).series["trend"]
    assert max(trend) > 2.5 and abs(trend[-1] - 2) < 0.1


def test_the_sacrifice_ratio() -> None:
    """With all eyes on the past, a point less inflation costs 1 / (12 slope learning) of output."""
    of = bank("hold_the_rate", **QUIET, **FIXED, usual_doubt=1.0, neutral=0.0)
    series, value = sim.trace(of).series, of.values()
    fall = 2 - series["trend"][-1]
    assert fall > 0.5 and max(series["gap"]) <= 0
    ratio = 1 / (12 * value["slope"] * value["learning"])
    assert series["lost"][-1] / fall == pytest.approx(ratio, abs=1e-9)


def test_the_variance_under_a_fixed_rate_solves_the_lyapunov_equation() -> None:
    fast = {"gap_persistence": 0.6, "learning": 0.7, "usual_doubt": 0.5, "slope": 0.6}
    more = "outcomes: {squared: {mean: (inflation - target) ** 2}}"
    of = bank("hold_the_rate", more, **{**QUIET, **FIXED, **fast, "rate_effect": 0.06})
    of = of.with_settings({"demand_noise": 0.4, "price_noise": 0.3, "time.warmup": 730})
    carry, learn, trusted, slope, effect = 0.6, 0.7, 0.5, 0.6, 0.06
    # state: gap, trend; inflation = trusted * trend + slope * next gap + noise
    gap = np.array([carry, effect * trusted])
    inflation = np.array([0, trusted]) + slope * gap
    step = np.array([gap, learn * inflation + np.array([0, 1 - learn])])
    noise = np.array([[0.4, 0], [learn * slope * 0.4, learn * 0.3]])
    spread = solve_discrete_lyapunov(step, noise @ noise.T)
    exact = inflation @ spread @ inflation + (slope * 0.4) ** 2 + 0.3**2
    assert max(abs(np.linalg.eigvals(step))) ** 48 < 1e-6
    found = outcomes(of, 20_000)["squared"]
    error = found.std() / math.sqrt(len(found))
    assert abs(found.mean() - exact) < Z * error and error < 0.01 * exact


@pytest.mark.parametrize(
    "settings",
    [
        {"reaction": 2.5},
        {"gap_reaction": 2.0, "smoothing": 0.8, "error_persistence": 0.8},
        {"gap_reaction": 2.0, "error_persistence": 1.0},
    ],
    ids=["inflation", "gap", "bias"],
)
def test_the_variance_at_the_end_is_the_sum_over_all_draws(settings: dict[str, Any]) -> None:
    """The system is linear, so each draw adds the square of its own response."""
    size = {"demand_noise": 4e-3, "price_noise": 3e-3, "inflation_error": 2e-3, "gap_error": 5e-3}
    more = "outcomes: {rate: {final: rate}, inflation: {final: inflation}, gap: {final: gap}}\n"
    of = bank(more=more, **{**QUIET, **FIXED, **SMOOTH, "usual_doubt": 0.5, **size, **settings})
    value = of.values()
    later = math.sqrt(1 - value["error_persistence"] ** 2)
    exact = {"rate": 0.0, "inflation": 0.0, "gap": 0.0}
    base = by_hand(value, 0)
    for name, count in LUCK.items():
        for k in range(count):
            luck = {other: [0.0] * n for other, n in LUCK.items()}
            luck[name][k] = size[name] * (later if name == "gap_error" and k else 1)
            alone = by_hand(value, 0, luck)
            for which in exact:
                exact[which] += (alone[which][-1] - base[which][-1]) ** 2
    found = outcomes(of, 20_000, seed=2)
    for which, variance in exact.items():
        assert abs(found[which].var() / variance - 1) < Z * math.sqrt(2 / 20_000), which
