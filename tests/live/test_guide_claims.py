"""What the guides of our studies claim in words is what their models compute."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.model.guide import Guide, Step
from sim.model.types import Value

ROOT = Path(__file__).parent.parent.parent / "scenarios"
STUDIES = tuple(sorted(guide.parent.name for guide in ROOT.glob("*/guide.yaml")))
#: What a text means by its words, in the verdicts of a comparison.
NEARLY_ALL, MOST, SOME = "clearly", "mostly", "depends on the assumptions"
SAME = "no difference that matters"
SEED = 20250714

#: By study and step: outcomes and the verdict that the words of the step mean.
CLAIMS: dict[tuple[str, int], dict[str, str]] = {
    ("central_bank", 3): {"lost_output": f"{MOST} higher", "miss": f"{MOST} lower"},
    ("central_bank", 4): {
        "miss": f"{MOST} higher",
        "lost_output": f"{MOST} lower",
        "rate_moves": f"{NEARLY_ALL} lower",
    },
    ("central_bank", 5): {"miss": f"{MOST} higher"},
    ("central_bank", 6): {"lost_output": f"{MOST} higher"},
    ("central_bank", 7): {"rate_moves": f"{NEARLY_ALL} lower", "miss": f"{MOST} higher"},
    ("epidemic", 3): {"deaths": f"{NEARLY_ALL} lower", "school_days": f"{NEARLY_ALL} higher"},
    ("epidemic", 4): {"deaths": f"{NEARLY_ALL} lower"},
    ("epidemic", 5): {"attack": SAME, "peak_day": f"{NEARLY_ALL} higher"},
    ("epidemic", 6): {"deaths": SAME},
    ("epidemic", 7): {"deaths": f"{NEARLY_ALL} lower"},
    ("port_strike", 3): {"strike_days": f"{NEARLY_ALL} lower"},
    ("port_strike", 4): {"cost": f"{NEARLY_ALL} lower", "strike_days": f"{NEARLY_ALL} higher"},
    ("port_strike", 5): {"strike_days": f"{MOST} lower", "settled": f"{MOST} lower"},
    ("port_strike", 6): {"strike_days": f"{MOST} higher"},
    ("port_strike", 7): {"strike_days": f"{NEARLY_ALL} lower"},
    ("shutdown", 3): {"days_shut": f"{MOST} lower", "deal_in_45": f"{MOST} lower"},
    ("shutdown", 4): {"days_shut": f"{MOST} lower", "minority_wins": f"{MOST} lower"},
    ("shutdown", 5): {"days_shut": f"{MOST} higher", "minority_wins": f"{NEARLY_ALL} lower"},
    ("shutdown", 6): {"days_shut": f"{MOST} lower"},
    ("shutdown", 7): {"days_shut": f"{MOST} lower", "cost": f"{MOST} higher"},
    ("ukraine_2025", 3): {"leverage": f"{NEARLY_ALL} higher"},
    ("ukraine_2025", 4): {"oil_revenue": f"{NEARLY_ALL} lower", "leverage": SOME},
    ("ukraine_2025", 5): {"leverage": SOME},
    ("ukraine_2025", 6): {"peak_escalation": f"{NEARLY_ALL} higher", "leverage": f"{MOST} higher"},
    ("ukraine_2025", 7): {"peak_escalation": f"{NEARLY_ALL} higher"},
    ("waiting_list", 3): {
        "over_limit": f"{NEARLY_ALL} lower",
        "left_untreated": f"{NEARLY_ALL} lower",
        "cost": f"{NEARLY_ALL} higher",
        "urgent_late": "no difference seen",
    },
    ("waiting_list", 4): {"cost": SOME},
    ("waiting_list", 5): {
        "over_limit": f"{NEARLY_ALL} lower",
        "urgent_late": f"{NEARLY_ALL} higher",
        "left_untreated": "no difference that matters",
    },
    ("waiting_list", 6): {
        "over_limit": f"{NEARLY_ALL} lower",
        "left_untreated": f"{MOST} higher",
        "list_at_end": f"{NEARLY_ALL} lower",
        "treated": f"{NEARLY_ALL} higher",
    },
    ("waiting_list", 7): {"left_untreated": f"{MOST} lower"},
    ("waiting_list", 8): {"over_limit": f"{NEARLY_ALL} lower"},
}


def guide_of(study: str) -> Guide:
    guide = sim.load_model(ROOT / study / "model.yaml").guide
    assert guide is not None
    return guide


def step_of(study: str, number: int) -> Step:
    return guide_of(study).steps[number - 1]


@cache
def rows(study: str, number: int, more: tuple[tuple[str, Value], ...] = (), moved: bool = True):
    """The rows of what a step sets, with its lever moved: an assumption acts in the baseline too."""
    step = step_of(study, number)
    base, policy = (
        sim.load_scenario(ROOT / study / f"{name}.yaml") for name in (step.baseline, step.scenario)
    )
    values: Mapping[str, Value] = {
        **(step.settings or {}),
        **({step.lever: step.to} if moved and step.to is not None else {}),
        **dict(more),
    }
    shared = {name: value for name, value in values.items() if name in base.model.parameters}
    pair = [base.with_settings(shared, "base"), policy.with_settings(values, "policy")]
    made = sim.make_experiment(pair, futures=200, replications=5, seed=SEED)
    found = sim.compare(sim.run(made))
    return {row.outcome: row for row in found.rows if row.scenario == "policy"}


def effect(study: str, number: int, outcome: str, *more: tuple[str, Value], moved: bool = True):
    return rows(study, number, more, moved)[outcome].difference.mean


@pytest.mark.parametrize("study", STUDIES)
def test_every_step_that_speaks_of_an_outcome_has_its_claim_tested(study: str) -> None:
    spoken = {
        (study, i): step.look.outcome
        for i, step in enumerate(guide_of(study).steps, 1)
        if step.look.outcome
    }
    assert spoken and all(outcome in CLAIMS[place] for place, outcome in spoken.items())


@pytest.mark.parametrize("place", CLAIMS, ids=lambda place: f"{place[0]}-{place[1]}")
def test_claims_are_true(place: tuple[str, int]) -> None:
    found = {outcome: rows(*place)[outcome].verdict for outcome in CLAIMS[place]}
    assert found == CLAIMS[place]


@pytest.mark.parametrize("study", STUDIES)
@pytest.mark.parametrize("number", [1, 2, 9])
def test_where_nothing_is_said_to_differ_nothing_does(study: str, number: int) -> None:
    step = step_of(study, number)
    assert (step.scenario, step.settings, step.lever) == (step.baseline, {}, "")


def test_a_strong_mediator_turns_the_sign_of_a_weak_one() -> None:
    strong = rows("port_strike", 6, (("mediation_gain", 0.7),))["strike_days"]
    assert strong.verdict == f"{MOST} lower"
    bounds = sim.load_model(ROOT / "port_strike" / "model.yaml").parameters["mediation_gain"]
    assert (bounds.low, bounds.high) == (0.1, 0.7)


def test_a_threat_that_hardens_turns_the_sign_of_one_that_makes_yield() -> None:
    assert effect("ukraine_2025", 5, "leverage") < 0
    yields = rows("ukraine_2025", 5, (("threat_weight", 0.3),))["leverage"]
    assert yields.difference.mean > 0 and yields.verdict == f"{MOST} higher"


def test_an_offer_that_is_no_sign_of_weakness_makes_a_shutdown_shorter() -> None:
    found = rows("shutdown", 5, moved=False)
    assert found["days_shut"].verdict == f"{NEARLY_ALL} lower"
    assert found["minority_wins"].verdict == f"{NEARLY_ALL} lower"
    bounds = sim.load_model(ROOT / "shutdown" / "model.yaml").parameters["weakness"]
    assert (bounds.low, bounds.high) == (0.0, 0.03)


def test_a_meeting_just_before_the_deadline_saves_most_days() -> None:
    early, late = (effect("shutdown", 6, "days_shut", ("leaders_meet_day", d)) for d in (3, 28))
    before = effect("shutdown", 6, "days_shut")
    assert before < early - 1 and before < late - 1 and max(early, late) < 0


def test_doubt_about_back_pay_saves_less_than_a_day() -> None:
    assert -1 < effect("shutdown", 7, "days_shut") < 0


def test_the_change_of_leverage_is_small_beside_that_of_escalation() -> None:
    found = rows("ukraine_2025", 6)
    assert 0 < found["leverage"].difference.mean < 0.1 * found["peak_escalation"].difference.mean


def test_a_mediator_and_an_offer_save_less_than_the_sum() -> None:
    alone = effect("port_strike", 7, "strike_days", moved=False)
    offer = effect("port_strike", 7, "strike_days", ("mediation", "none"), ("mediation_day", 14))
    assert alone < 0 and offer < 0
    assert effect("port_strike", 7, "strike_days") > 0.9 * (alone + offer)


def test_missiles_and_a_tariff_climb_one_ladder() -> None:
    missiles = effect("ukraine_2025", 7, "peak_escalation", moved=False)
    tariff = effect(
        "ukraine_2025", 7, "peak_escalation", ("atacms", "withheld"), ("permission", "none")
    )
    assert 0 < tariff < missiles
    assert effect("ukraine_2025", 7, "peak_escalation") < 0.9 * (missiles + tariff)


@pytest.mark.parametrize(
    ("study", "lever", "day"),
    [
        ("port_strike", "mediation_day", 7),
        ("shutdown", "leaders_meet_day", 28),
        ("ukraine_2025", "atacms_day", 30),
        ("epidemic", "vaccination_day", 60),
    ],
)
def test_a_run_and_its_twin_part_on_the_day_of_the_lever_or_later(
    study: str, lever: str, day: int
) -> None:
    step = step_of(study, 8)
    files = [ROOT / study / f"{name}.yaml" for name in (step.baseline, step.scenario)]
    base, policy = (sim.load_scenario(file) for file in files)
    pair = [base, policy.with_settings(step.settings or {}, "policy")]
    assert pair[1].values()[lever] == day
    headlines = base.model.headlines

    def differs(horizon: int) -> bool:
        short = [scenario.with_settings({"time.horizon": horizon}) for scenario in pair]
        made = sim.make_experiment(short, futures=50, replications=2, seed=1)
        results = sim.run(made)
        halves = (np.split(np.asarray(results[name]), 2) for name in headlines)
        return not all(np.array_equal(one, other, equal_nan=True) for one, other in halves)

    assert not differs(day - 1) and differs(day + 23)


def test_chance_averages_out_and_the_width_over_futures_does_not() -> None:
    base = sim.load_scenario(ROOT / "port_strike" / "sit_it_out.yaml")

    def widths(replications: int) -> tuple[float, float]:
        made = sim.make_experiment([base], futures=60, replications=replications, seed=3)
        days = np.asarray(sim.run(made)["strike_days"]).reshape(60, replications)
        chance = days.std(axis=1, ddof=1).mean() / replications**0.5
        return float(chance), float(days.mean(axis=1).std())

    (few, wide), (many, still) = widths(4), widths(64)
    assert many < 0.5 * few and still > 0.7 * wide


def test_the_first_school_days_prevent_the_most_deaths() -> None:
    early, late = rows("epidemic", 3), rows("epidemic", 3, (("schools_close_above", 40),))
    deaths, days = (
        [found[name].difference.mean for found in (early, late)]
        for name in ("deaths", "school_days")
    )
    assert deaths[0] < deaths[1] < 0 and days[0] > 2 * days[1] > 0
    assert deaths[0] == pytest.approx(1.5 * deaths[1], rel=0.1)  # about half as many again
    base = sim.load_scenario(ROOT / "epidemic" / "do_nothing.yaml")
    pair = [
        base.with_settings({"schools_close_above": at}, name)
        for at, name in ((40, "late"), (10, "early"))
    ]
    found = sim.compare(sim.run(sim.make_experiment(pair, futures=200, replications=5, seed=SEED)))
    assert {r.verdict for r in found.rows if (r.scenario, r.outcome) == ("early", "deaths")} == {
        f"{NEARLY_ALL} lower"
    }


def test_a_vaccine_after_the_wave_prevents_hardly_any_deaths() -> None:
    late = effect("epidemic", 4, "deaths", ("vaccination_day", 120))
    assert abs(late) < 0.1 * abs(effect("epidemic", 4, "deaths"))


def test_half_of_the_journeys_delay_the_peak_by_a_week_and_lower_it() -> None:
    found = rows("epidemic", 5)
    assert 4 < found["peak_day"].difference.mean < 10
    assert found["peak_need"].difference.mean < 0


def test_stopped_journeys_save_lives_where_a_bed_matters() -> None:
    assert rows("epidemic", 6, (("no_bed_risk", 4.0),))["deaths"].verdict == f"{MOST} lower"
    bounds = sim.load_model(ROOT / "epidemic" / "model.yaml").parameters["no_bed_risk"]
    assert (bounds.low, bounds.high) == (1.0, 4.0)


def test_a_delay_and_a_vaccine_save_more_than_the_sum() -> None:
    vaccine = effect("epidemic", 7, "deaths", moved=False)
    delay = effect("epidemic", 7, "deaths", ("vaccination_day", 240))
    assert vaccine < 0 and delay < 0
    assert effect("epidemic", 7, "deaths") < 1.2 * (vaccine + delay)


def test_deaths_of_an_epidemic_are_uncertain_for_the_future_and_not_for_luck() -> None:
    base = sim.load_scenario(ROOT / "epidemic" / "do_nothing.yaml")
    found = sim.run(sim.make_experiment([base], futures=100, replications=10, seed=SEED))
    deaths, attack = (np.asarray(found[name]).reshape(100, 10) for name in ("deaths", "attack"))
    assert deaths.var(axis=1, ddof=1).mean() < 0.05 * deaths.mean(axis=1).var()
    high, low = np.quantile(deaths.mean(axis=1), [0.9, 0.1])
    assert high > 3 * low
    assert attack.min() > 0.5 and attack.max() < 0.95


def test_the_price_of_waiting_hangs_on_the_kind_of_the_shock() -> None:
    passing = effect("central_bank", 5, "miss", ("shock_kind", "passing"))
    noticed = sim.load_model(ROOT / "central_bank" / "model.yaml").outcomes["miss"].matters
    assert noticed is not None and 0 < passing < noticed
    assert effect("central_bank", 5, "miss") > 5 * passing


def test_a_reaction_to_output_is_as_good_as_the_figures() -> None:
    good = rows("central_bank", 6, moved=False)["lost_output"]
    assert good.verdict == f"{MOST} lower"


def test_small_steps_cost_less_than_anybody_notices() -> None:
    assert 0 < effect("central_bank", 7, "miss") < 0.1
    assert effect("central_bank", 7, "rate_moves") < -5


def test_a_bank_that_waits_parts_from_its_twin_after_the_shock() -> None:
    step = step_of("central_bank", 8)
    pair = [
        sim.load_scenario(ROOT / "central_bank" / f"{name}.yaml")
        for name in (step.scenario, step.baseline)
    ]
    for seed in range(30):
        waits, acts = (sim.trace(scenario, seed=seed) for scenario in pair)
        (shock,) = (o.time for o in waits.occurrences if o.event == "price_shock")
        same = [
            one == other
            for one, other in zip(waits.series["rate"], acts.series["rate"], strict=True)
        ]
        assert not all(same) and same.index(False) > shock


def of_futures(study: str, number: int, outcome: str) -> np.ndarray:
    """The means of an outcome in 200 futures, as the page shows a step: the baseline, then the policy."""
    step = step_of(study, number)
    base, policy = (
        sim.load_scenario(ROOT / study / f"{name}.yaml") for name in (step.baseline, step.scenario)
    )
    moved = {**(step.settings or {}), **({step.lever: step.to} if step.to is not None else {})}
    pair = [base.with_settings({}, "base"), policy.with_settings(moved, "policy")]
    found = sim.run(sim.make_experiment(pair, futures=200, replications=5, seed=SEED))
    return np.asarray(found[outcome], dtype=float).reshape(2, 200, 5).mean(axis=2)


def test_about_one_name_in_twenty_has_left_the_list_already() -> None:
    gone = np.median(of_futures("waiting_list", 2, "gone")[0])
    assert 0.04 < gone < 0.06


def test_more_than_half_of_the_urgent_pay_for_long_waits_in_most_futures() -> None:
    late = of_futures("waiting_list", 5, "urgent_late")
    assert (late[0] == 0).all() and np.mean(late[1] > 0.5) > 0.8


def test_weekends_cost_less_where_few_are_referred() -> None:
    few, many = (rows("waiting_list", 4, (("referrals", value),))["cost"] for value in (6.5, 7.3))
    assert few.difference.mean < 0 < many.difference.mean


def test_a_letter_that_is_missed_turns_the_sign_of_a_check() -> None:
    missed = rows("waiting_list", 7, (("no_answer", 0.03),))["left_untreated"]
    assert missed.verdict == f"{NEARLY_ALL} higher"
    assert -10 < effect("waiting_list", 7, "left_untreated") < 0
    bounds = sim.load_model(ROOT / "waiting_list" / "model.yaml").parameters["no_answer"]
    assert (bounds.low, bounds.high) == (0.0, 0.03)


def test_demand_that_answers_takes_most_of_the_list_and_little_of_the_standard() -> None:
    still = ("elasticity", 0.0)
    standard, shorter = (
        effect("waiting_list", 8, name) / effect("waiting_list", 8, name, still)
        for name in ("over_limit", "list_at_end")
    )
    assert standard > 0.7 and 0 < shorter < 0.5
