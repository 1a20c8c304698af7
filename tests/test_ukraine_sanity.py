"""The flagship model behaves: sanity checks, extreme conditions, monotonicity, calibration.

All comparisons use common random numbers: the same seed, hence replication by replication. They hold
the assumptions at their central values, where a mechanism shows by itself: what is tested is how the
model behaves, and not in how many futures.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.language.terms import Number
from sim.model.facts import read_facts
from sim.study.targets import load_targets

PACK = Path(__file__).parent.parent / "scenarios" / "ukraine_2025"
SEEDS = PACK.parent.parent / "seeds"
MAIN = ["no_levers", "hold_firm", "tariff_only", "atacms_only", "patriots_only"]
MAIN += ["all_levers", "early_deadline", "bluff"]
ADAPTIVE = ["tit_for_tat", "carrot_then_stick", "brake_on_escalation"]
STORY = ["as_asked", "missiles_that_reach", "after_the_call"]
#: No ceasefire interrupts, so that the mechanism under test shows alone.
WAR = {"war_end_hazard": 0.0}
#: Missiles are approved, released, and allowed wherever they reach.
MISSILES = {"atacms": "approved", "pentagon_hold": "lifted", "permission": "deep"}
#: A ceasefire soon, in nearly every replication.
PEACE = {"momentum": 400.0}


@cache
def load(name: str) -> sim.Scenario:
    return sim.load_scenario(PACK / f"{name}.yaml")


def scenario(name: str, settings: Mapping[str, Any] | None = None, **more: Any) -> sim.Scenario:
    return load(name).with_settings({**(settings or {}), **more}, allow_out_of_range=True)


def run(chosen: sim.Scenario, n: int = 100, seed: int = 20250714) -> sim.Ensemble:
    ensemble = sim.run([chosen], replications=n, futures=0, seed=seed)
    assert not ensemble.failed.any()
    return ensemble


def outcome(chosen: sim.Scenario, name: str, n: int = 100, seed: int = 20250714) -> Any:
    return run(chosen, n, seed).outcome(name).ravel()


def days(values: Any) -> Any:
    """Days of a `first` outcome, with infinity where it never came."""
    return np.where(np.isnan(values), np.inf, values)


def same(one: sim.Ensemble, other: sim.Ensemble) -> bool:
    return all(
        np.array_equal(one.outcome(name), other.outcome(name), equal_nan=True)
        for name in one.outcomes
    )


# 1 Conservation and extremes of air defence


@pytest.mark.parametrize("name", ["no_levers", "all_levers"])
def test_what_is_launched_is_stopped_or_leaks(name: str) -> None:
    ensemble = run(load(name))
    for weapon in ("drones", "ballistic", "cruise"):
        launched, stopped = (
            ensemble.outcome(f"{weapon}_{what}") for what in ("launched", "stopped")
        )
        assert (stopped <= launched).all() and (launched > 0).all()
    missiles = sum(ensemble.outcome(f"{weapon}_launched") for weapon in ("ballistic", "cruise"))
    stopped = sum(ensemble.outcome(f"{weapon}_stopped") for weapon in ("ballistic", "cruise"))
    assert np.array_equal(ensemble.outcome("missiles_leaked"), missiles - stopped)
    drones = ensemble.outcome("drones_launched") - ensemble.outcome("drones_stopped")
    assert np.array_equal(ensemble.outcome("drones_leaked"), drones)


def test_without_air_defence_all_leaks() -> None:
    bare = scenario(
        "no_levers",
        drone_stop_share=0.0,
        cruise_stop_share=0.0,
        otherwise_stop_share=0.0,
        patriots_start=0,
        interceptors_start=0,
        interceptor_share=0.0,
    )
    ensemble = run(bare)
    for weapon in ("drones", "ballistic", "cruise"):
        assert (ensemble.outcome(f"{weapon}_stopped") == 0).all()
    assert (ensemble.outcome("interceptors_fired") == 0).all()


def test_perfect_air_defence_lets_nothing_through() -> None:
    perfect = scenario(
        "no_levers",
        drone_stop_share=1.0,
        cruise_stop_share=1.0,
        patriot_stop_share=1.0,
        coverage_scale=0.3,
        interceptors_start=9000,
        upgrade_rate=0.0,
    )
    ensemble = run(perfect)
    for name in ("missiles_leaked", "drones_leaked", "damage", "mass_casualty_raids"):
        assert (ensemble.outcome(name) == 0).all()


# 2 Air defence is monotone; nothing is negative, nothing is used before it arrives


def test_more_interceptors_never_leak_more() -> None:
    leaked = [
        outcome(scenario("no_levers", WAR, interceptors_start=n), "missiles_leaked", 200)
        for n in (0, 30, 150, 600, 5000)
    ]
    for fewer, more in pairwise(leaked):
        assert (more <= fewer).all()
    assert leaked[-1].mean() < leaked[0].mean()


def test_more_patriots_never_leak_more_while_interceptors_last() -> None:
    leaked = [
        outcome(
            scenario("no_levers", WAR, patriots_start=n, interceptors_start=9000),
            "missiles_leaked",
            200,
        )
        for n in (0, 3, 6, 12, 23)
    ]
    for fewer, more in pairwise(leaked):
        assert (more <= fewer).all()
    assert leaked[-1].mean() < leaked[0].mean()


def test_more_patriots_sent_never_leak_more() -> None:
    settings = {**WAR, "interceptors_start": 5000}
    leaked = [
        outcome(scenario("patriots_only", settings, patriots_sent=n), "missiles_leaked", 200)
        for n in (0, 4, 8, 17)
    ]
    for fewer, more in pairwise(leaked):
        assert (more <= fewer).all()


def test_patriots_without_interceptors_run_dry() -> None:
    empty = run(scenario("patriots_only", WAR, interceptors_per_system=0), 200)
    loaded = run(scenario("patriots_only", WAR, interceptors_per_system=40), 200)
    assert (empty.outcome("interceptors_left") <= loaded.outcome("interceptors_left")).all()
    dry = empty.outcome("days_without_interceptors").mean()
    assert dry > 3 * loaded.outcome("days_without_interceptors").mean()
    assert dry > outcome(scenario("no_levers", WAR), "days_without_interceptors", 200).mean()


def test_no_more_is_delivered_than_pledged() -> None:
    assert (outcome(load("patriots_only"), "patriots_delivered") <= 17).all()
    assert (outcome(scenario("patriots_only", patriots_sent=5), "patriots_delivered") <= 5).all()
    assert (outcome(scenario("no_levers"), "patriots_delivered") == 0).all()


def test_missiles_are_not_used_before_they_arrive() -> None:
    for replication in range(10):
        told = sim.replay(
            sim.make_experiment([load("atacms_only")], replications=10, futures=0, seed=5),
            replication=replication,
        ).occurrences
        first = {}
        for occurrence in told:
            first.setdefault(occurrence.event, occurrence.time)
        if "deep_strike" in first:
            assert first["atacms_approval"] <= first["atacms_delivery"] <= first["deep_strike"]


# 3 A tariff of nothing does nothing; oil revenue follows the buyers


@pytest.mark.parametrize("deadline", [0, 50, 120])
def test_a_zero_tariff_changes_nothing(deadline: int) -> None:
    none = run(scenario("no_levers", instrument="none"))
    zero = run(
        scenario(
            "no_levers",
            instrument="secondary_tariff",
            tariff_rate=0,
            tariff_deadline=deadline,
            deadline_decision="full",
        )
    )
    assert same(none, zero)


def test_without_compliance_revenue_does_not_move() -> None:
    deaf = {"comply": 0.0, "tariff_discount": 0.0}
    with_tariff = outcome(scenario("tariff_only", deaf, tariff_deadline=0), "oil_revenue")
    without = outcome(load("no_levers"), "oil_revenue")
    assert np.allclose(with_tariff, without, rtol=1e-12)


def test_full_compliance_leaves_pipeline_and_the_rest() -> None:
    obedient = {
        **WAR,
        "comply": 1.0,
        "cut_share": 1.0,
        "reroute": 0.0,
        "strike_down_rate": 0.0,
        "tariff_deadline": 0,
    }
    chosen = scenario("tariff_only", obedient)
    values = chosen.values()
    told = sim.trace(chosen, seed=3)
    bought = sum(values[f"buyer_share[{name}]"] for name in ("China", "India", "Turkiye"))
    rest = values["crude_exports"] * (1 - bought)
    left = values["crude_exports"] - told.series["volume_lost"][-1]
    assert left == pytest.approx(rest + values["pipeline[China]"])


def test_a_higher_tariff_never_lowers_the_cut() -> None:
    cuts = [
        outcome(scenario("tariff_only", WAR, tariff_rate=rate), "india_cut", 200)
        for rate in (25, 50, 100, 200)
    ]
    for lower, higher in pairwise(cuts):
        assert higher.mean() >= lower.mean()


def test_blocking_sanctions_bite_harder_than_a_small_tariff() -> None:
    small = outcome(scenario("tariff_only", WAR, tariff_rate=25), "oil_revenue", 300)
    blocking = outcome(
        scenario("tariff_only", WAR, instrument="blocking_sanctions"), "oil_revenue", 300
    )
    assert blocking.mean() < small.mean() - 0.3


def test_a_tariff_bites_with_the_root_of_its_rate_until_it_saturates() -> None:
    def rise(rate: float) -> Any:
        chosen = scenario("tariff_only", WAR, tariff_deadline=0, tariff_rate=rate)
        return outcome(chosen, "peak_discount") - chosen.values()["discount_start"]

    assert np.allclose(rise(25), load("tariff_only").values()["tariff_discount"])
    assert np.allclose(rise(100), 2 * rise(25))
    most = run(scenario("tariff_only", WAR, tariff_rate=150))
    assert np.allclose(rise(200), np.sqrt(6) * rise(25))
    for rate in (200, 500):
        more = run(scenario("tariff_only", WAR, tariff_rate=rate))
        for name in ("india_cut", "oil_revenue"):
            assert np.array_equal(more.outcome(name), most.outcome(name))


# 4 Long-range missiles: approval, release, permission and reach are all needed


@pytest.mark.parametrize(
    "lacking",
    [
        {"atacms": "withheld", "atacms_stock_start": 18},
        {"pentagon_hold": "kept"},
        {"permission": "none"},
        {"atacms_number": 0},
        {"missile_range": 70},
    ],
)
def test_each_missing_step_means_no_strike(lacking: dict[str, Any]) -> None:
    assert (outcome(scenario("atacms_only", {**WAR, **lacking}), "deep_strikes") == 0).all()


def test_a_range_of_300_km_never_reaches_moscow() -> None:
    allowed = scenario("atacms_only", {**WAR, **MISSILES, "permission": "moscow"}, moscow_part=1.0)
    short = run(allowed, 200)
    assert (short.outcome("moscow_hits") == 0).all()
    assert (short.outcome("deep_strikes") > 0).any()
    for margin in (20, 60):
        hits = outcome(
            allowed.with_settings({"standoff": margin, "missile_range": 450}), "moscow_hits"
        )
        assert (hits == 0).all()
    assert (outcome(allowed.with_settings({"missile_range": 1600}), "moscow_hits") > 0).any()


def test_permission_for_moscow_out_of_reach_is_a_signal_only() -> None:
    deep = run(scenario("atacms_only", WAR), 300)
    moscow = run(scenario("atacms_only", WAR, permission="moscow"), 300)
    assert moscow.outcome("peak_escalation").mean() > deep.outcome("peak_escalation").mean()
    assert moscow.outcome("deep_strikes").mean() == pytest.approx(
        deep.outcome("deep_strikes").mean(), rel=0.05
    )


def test_an_announced_approval_lets_targets_leave() -> None:
    for style, warned in (("announced", 1), ("surprise", 0)):
        told = sim.trace(scenario("atacms_only", announcement_style=style), seed=2)
        assert told.series["warned"][1] == warned


def test_surprise_keeps_targets_in_place() -> None:
    hit = [
        outcome(
            scenario("atacms_only", WAR, movable=0.3, announcement_style=style), "targets_hit", 400
        )
        for style in ("announced", "surprise")
    ]
    assert hit[1].mean() > hit[0].mean()


# 5 Face validity: what any reader would expect, under each form of the model

FORMS = [
    {"willingness_form": will, "ladder_form": ladder}
    for will in ("pressure", "learning", "attrition")
    for ladder in ("chance", "reply")
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(form.values()))
def test_the_deeper_a_strike_the_higher_the_ladder(form: dict[str, str]) -> None:
    """Nothing, then border, deep, Moscow: mean peaks rise by more than a decision would notice."""
    far = {**form, **WAR, "missile_range": 1600}
    peaks = [
        outcome(scenario("atacms_only", far, permission=where), "peak_escalation", 1000).mean()
        for where in ("none", "border", "deep", "moscow")
    ]
    noticed = load("no_levers").model.outcomes["peak_escalation"].matters
    assert noticed == 2
    for less, more in pairwise(peaks):
        assert more > less + noticed


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(form.values()))
@pytest.mark.parametrize("loaded", [0, 16, 40])
def test_more_patriots_never_let_more_through(form: dict[str, str], loaded: int) -> None:
    """With whatever interceptors, on average over runs in which ceasefires come and go."""
    leaked = [
        outcome(
            scenario("hold_firm", form, patriots_sent=n, interceptors_per_system=loaded),
            "missiles_leaked",
            1500,
        )
        for n in (0, 4, 8, 12, 17)
    ]
    for fewer, more in pairwise(leaked):
        gap = more - fewer
        assert gap.mean() <= 1.96 * gap.std() / np.sqrt(gap.size) + 1e-9
    if loaded:
        assert leaked[-1].mean() < leaked[0].mean() - 10


def test_patriots_help_against_cruise_missiles_too() -> None:
    soon = {**WAR, "patriot_days": 1.0, "patriot_gap": 1.0, "interceptors_start": 9000}
    few, many = (
        outcome(scenario("patriots_only", soon, patriots_sent=n), "cruise_stopped", 300)
        for n in (0, 17)
    )
    assert many.mean() > few.mean() + 5


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(form.values()))
def test_a_strike_out_of_reach_only_signals(form: dict[str, str]) -> None:
    """Everything but the ladder, and what hangs on its rungs, is as without missiles."""
    deaf = {**form, **WAR, "rung_raids": 0.0, "rung_irritation": 0.0, "signal_per_rung": 0.0}
    nothing = run(scenario("no_levers", deaf), 200)
    out_of_reach = run(scenario("as_asked", deaf, missile_range=70), 200)
    assert (out_of_reach.outcome("deep_strikes") == 0).all()
    climbs = {"peak_escalation", "mean_escalation", "top_rung", "atacms_day"}
    moved = {
        name
        for name in nothing.outcomes
        if not np.array_equal(nothing.outcome(name), out_of_reach.outcome(name), equal_nan=True)
    }
    assert moved <= climbs


#: Whatever happens by itself, switched off: no raid changes its size, nobody calls, nothing breaks.
STILL = {
    **WAR,
    "upgrade_rate": 0.0,
    "putin_calls": 0.0,
    "zelenskyy_calls": 0.0,
    "lull_chance": 0.0,
    "talks_rate": 0.0,
    "shipment_stops": 0.0,
    "interceptors_start": 5000,
    "patience_noise": 0.0,
    "trump_disappointment": 0.0,
    "raid_effect": 0.0,
}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(form.values()))
def test_a_baseline_without_events_stays_where_it_is(form: dict[str, str]) -> None:
    chosen = scenario("no_levers", {**form, **STILL, "land_weight": 0.0, "advance_spread": 0.3})
    ensemble = run(chosen, 1000)
    values = chosen.values()
    assert (ensemble.outcome("top_rung") == values["rung_start"]).all()
    assert ensemble.outcome("patience_kyiv") == pytest.approx(values["patience_kyiv_start"])
    assert ensemble.outcome("patience_moscow") == pytest.approx(values["patience_par"])
    mean = {name: ensemble.outcome(name).mean() for name in ensemble.outcomes}
    assert mean["leverage"] == pytest.approx(100 * values["ready_russia"], abs=0.5)
    assert mean["willingness_ukraine"] == pytest.approx(100 * values["ready_ukraine"], abs=1.5)
    assert mean["salvoes_a_day"] == pytest.approx(values["salvo_rate"], rel=0.02)
    assert mean["land_a_month"] == pytest.approx(values["advance_june"], rel=0.02)


def test_lulls_are_counted_once() -> None:
    """With as many calls as there were, raids are as many as were counted, lulls included."""
    chosen = scenario("no_levers", WAR, rung_raids=0.0)
    ensemble = run(chosen, 3000)
    assert ensemble.outcome("lulls").mean() > 1
    counted = chosen.values()["salvo_rate"]
    assert ensemble.outcome("salvoes_a_day").mean() == pytest.approx(counted, rel=0.02)


#: For each lever of the article its two ends and the outcome that one would look at.
IN_THE_ARTICLE = [
    ("hold_firm", {"tariff_deadline": 200}, {"tariff_deadline": 0}, "oil_revenue"),
    ("tariff_only", {"tariff_rate": 0}, {"tariff_rate": 100}, "oil_revenue"),
    ("atacms_only", {"atacms": "withheld"}, {"atacms": "approved"}, "peak_escalation"),
    ("atacms_only", {"permission": "none"}, {"permission": "deep"}, "targets_hit"),
    ("patriots_only", {"patriots_sent": 0}, {"patriots_sent": 17}, "missiles_leaked"),
    ("no_levers", {"putin_calls": 0.0}, {"putin_calls": 6.0}, "missiles_leaked"),
    (
        "after_the_call",
        {"trump_disappointment": 0.0},
        {"trump_disappointment": 0.5},
        "peak_escalation",
    ),
    ("no_levers", {"putin_interest": 0.0}, {"putin_interest": 2.0}, "leverage"),
    ("no_levers", {"putin_interest": 0.0}, {"putin_interest": 2.0}, "ceasefire"),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: "-".join(form.values()))
@pytest.mark.parametrize(("name", "low", "high", "seen"), IN_THE_ARTICLE)
def test_each_lever_of_the_article_shows(
    name: str, low: dict[str, Any], high: dict[str, Any], seen: str, form: dict[str, str]
) -> None:
    means = [outcome(scenario(name, {**form, **end}), seen, 800).mean() for end in (low, high)]
    matters = load(name).model.outcomes[seen].matters
    assert matters is not None and abs(means[1] - means[0]) > matters


def test_every_lever_of_the_article_is_shown_first() -> None:
    levers = load("no_levers").model.levers
    first = [lever.name for lever in levers.values() if lever.group == "In the article"]
    assert list(levers)[: len(first)] == first
    assert {name for _, low, *_ in IN_THE_ARTICLE for name in low} == set(first)


def test_the_headline_pair_asks_the_question() -> None:
    outcomes = load("no_levers").model.outcomes.values()
    assert [o.name for o in outcomes if o.headline][:2] == ["leverage", "peak_escalation"]


def test_an_open_sign_stands_at_zero() -> None:
    for parameter in load("no_levers").model.parameters.values():
        if (parameter.low or 0) < 0 < (parameter.high or 0):
            assert parameter.value == 0, parameter.name


def test_definitions_are_constants() -> None:
    for parameter in load("no_levers").model.parameters.values():
        defined = "by definition" in parameter.why.lower()
        assert defined == (parameter.group == "Definitions"), parameter.name
        if defined:
            assert parameter.low is None and parameter.high is None


def numbers(part: Any) -> set[float]:
    """Return the numbers written in the formulas of a part of a model."""
    if isinstance(part, Number):
        return set() if part.type.options else {abs(part.value)}
    if isinstance(part, Mapping):
        return set().union(*map(numbers, part.values()), set())
    if isinstance(part, tuple | list | frozenset):
        return set().union(*map(numbers, part), set())
    if is_dataclass(part) and not isinstance(part, type) and type(part).__module__ in FORMULAS:
        return set().union(*(numbers(getattr(part, f.name)) for f in fields(part)), set())
    return set()


FORMULAS = ("sim.language.terms", "sim.language.expressions", "sim.language.statements")
FORMULAS += ("sim.model.types", "sim.model.event_types", "sim.language.definitions")


def test_no_formula_has_a_bare_number() -> None:
    """But 0 and 1, a half or a square (2), hundredths (100) and units (1000)."""
    model = load("as_it_happened").model
    set_by_history = {"shortened_on_28_july", "order_on_india", "sanctions_of_october"}
    events = [event for event in model.events.values() if event.name not in set_by_history]
    written = numbers(events) | numbers(list(model.derived.values()))
    assert 1 in written and written <= {0, 1, 2, 100, 1000}, written


def test_every_number_earns_its_place() -> None:
    """Each parameter and lever moves the mean of an outcome with a goal, or is a spread of single runs.

    What only rival forms read is looked for under these, where it is not seen otherwise.
    """
    found = sim.analysis.dead_parameters(load("model"))
    assert found.dead == () and found.having("moves no outcome with a goal") == ()
    unseen = {finding.name for finding in found.having("not seen beyond noise")}
    for form in ("learning", "attrition"):
        held = scenario("hold_firm", willingness_form=form, ladder_form="reply")
        other = sim.analysis.dead_parameters(held, policies=6, others=[load("as_asked")])
        unseen &= {finding.name for finding in other.having("not seen beyond noise")}
    assert all(name.endswith("_spread") for name in unseen), unseen


# 6 A ceasefire stops raids and the front line, and its end brings them back


def test_a_ceasefire_is_a_ceasefire() -> None:
    returned = 0
    experiment = sim.make_experiment(
        [scenario("no_levers", PEACE)], replications=20, futures=0, seed=9
    )
    for replication in range(20):
        quiet = False
        broken = -1.0
        for occurrence in sim.replay(experiment, replication=replication).occurrences:
            if occurrence.event == "ceasefire_starts":
                quiet = True
            elif occurrence.event in ("breaks_on_the_ground", "breaks_in_the_air"):
                quiet, broken = False, occurrence.time
            elif occurrence.event in ("massive_salvo", "night_raid", "front_moves", "deep_strike"):
                assert not quiet
                returned += broken >= 0
    assert returned > 0


def test_observers_and_guarantees_make_it_last() -> None:
    held = [
        outcome(scenario("no_levers", PEACE, guarantee=how), "ceasefire_days", 300).mean()
        for how in ("none", "monitoring", "guarantee")
    ]
    assert held[0] < held[1] < held[2]


def test_a_ceasefire_keeps_long_range_missiles_away() -> None:
    ensemble = run(scenario("carrot_then_stick", PEACE), 300)
    began, days_held = (ensemble.outcome(name) for name in ("ceasefire_day", "ceasefire_days"))
    unbroken = (began < 90) & (days_held > 179 - began)
    assert unbroken.sum() > 30
    assert (ensemble.outcome("deep_strikes")[unbroken] == 0).all()


# 7 Without will, hazard or calls


@pytest.mark.parametrize("absent", ["putin_interest", "war_end_hazard"])
def test_no_will_or_no_hazard_no_ceasefire(absent: str) -> None:
    assert (outcome(scenario("no_levers", PEACE, **{absent: 0.0}), "ceasefire") == 0).all()


def test_without_calls_no_lull_and_no_waiver() -> None:
    ensemble = run(
        scenario("hold_firm", putin_calls=0.0, deadline_decision="left_to_politics"), 300
    )
    assert (ensemble.outcome("lulls") == 0).all()
    assert (ensemble.outcome("waivers") == 0).all()


def test_calls_bring_a_lull_and_a_waiver() -> None:
    few, many = (
        run(
            scenario("hold_firm", WAR, putin_calls=calls, deadline_decision="left_to_politics"),
            300,
        )
        for calls in (1.1, 4.0)
    )
    assert many.outcome("drones_launched").mean() < few.outcome("drones_launched").mean()
    assert many.outcome("waivers").mean() > few.outcome("waivers").mean()


def test_the_sign_of_a_pledge_is_open() -> None:
    slow = {"patriot_days": 150.0, "shift_patriot": 0.06}
    harden, hurry = (
        outcome(scenario("patriots_only", slow, pledge_weight=weight), "leverage", 300)
        for weight in (-0.6, 0.6)
    )
    assert hurry.mean() > harden.mean() + 2


@pytest.mark.parametrize("weight", ["strike_weight", "fear_weight"])
def test_the_sign_of_missiles_is_open(weight: str) -> None:
    """At either end of its range the weight moves Moscow another way."""
    parameter = load("atacms_only").model.parameters[weight]
    assert parameter.value == 0
    low, none, high = (
        outcome(scenario("atacms_only", {**WAR, weight: value}), "leverage", 300)
        for value in (parameter.low, 0.0, parameter.high)
    )
    assert low.mean() < none.mean() < high.mean()


def test_the_lead_of_the_carrot_is_its_mediator() -> None:
    """What the rationale of the scenario says."""
    nothing, carrot, alone, unobserved = (
        outcome(chosen, "ceasefire", 2000).mean()
        for chosen in (
            load("no_levers"),
            load("carrot_then_stick"),
            scenario("carrot_then_stick", mediation=0.0),
            scenario("carrot_then_stick", guarantee="none"),
        )
    )
    assert carrot - alone > 2 * abs(alone - nothing)
    assert unobserved == carrot


# 8 Deadlines


def test_a_deadline_beyond_the_horizon_never_ends() -> None:
    ensemble = run(scenario("hold_firm", tariff_deadline=200))
    assert np.isnan(ensemble.outcome("deadline_resolved_day")).all()
    assert (ensemble.outcome("threat_executed") == 0).all()


def test_a_deadline_of_nothing_ends_at_once() -> None:
    for decision in ("left_to_politics", "full", "waive"):
        chosen = scenario("hold_firm", tariff_deadline=0, deadline_decision=decision)
        assert (outcome(chosen, "deadline_resolved_day") == 0).all()


@pytest.mark.parametrize("decision", ["left_to_politics", "full"])
def test_a_later_deadline_never_ends_earlier(decision: str) -> None:
    resolved, executed = [], []
    for day in (0, 20, 50, 80, 120, 170):
        chosen = scenario(
            "hold_firm", WAR, tariff_deadline=day, deadline_decision=decision, call_waiver=0.0
        )
        resolved.append(days(outcome(chosen, "deadline_resolved_day")))
        executed.append(days(outcome(chosen, "execution_day")))
    for times in (resolved, executed if decision == "full" else resolved):
        for sooner, later in pairwise(times):
            assert (later >= sooner).all()


# 9 Calibration on evidence from before the announcement


@pytest.fixture(scope="module")
def untouched() -> sim.Ensemble:
    return run(load("no_levers"), 3000)


def test_ceasefires_come_about_as_often_as_wars_end(untouched: sim.Ensemble) -> None:
    day = days(untouched.outcome("ceasefire_day").ravel())
    assert 0.015 <= np.mean(day <= 50) <= 0.07
    assert 0.05 <= np.mean(day <= 170) <= 0.22


def test_plausible_futures_keep_the_base_rate() -> None:
    """Assumptions sampled jointly give the chance of a ceasefire that they give at central values."""
    plausible, independent = (
        sim.run([load("no_levers")], replications=25, futures=400, seed=20250714, independent=drawn)
        for drawn in (False, True)
    )
    for ensemble in (plausible, independent):
        share = np.mean(days(ensemble.outcome("ceasefire_day")) <= 170)
        assert 0.095 <= share <= 0.14


def test_means_over_plausible_futures_are_in_range() -> None:
    targets = load_targets(PACK / "calibration.yaml")
    found = sim.analysis.calibrate(targets, sim.run(targets.planned(futures=200)))
    out = {judgement.entry.name for judgement in found.judgements if not judgement.in_range}
    assert out == {entry.name for entry in targets.entries if entry.departs}


def test_ceasefires_break_as_often_as_forecast(untouched: sim.Ensemble) -> None:
    began = days(untouched.outcome("ceasefire_day").ravel()) <= 150
    broke = untouched.outcome("broke_early").ravel()[began]
    assert began.sum() > 200
    assert 0.33 <= broke.mean() <= 0.69


def test_raids_are_as_large_as_before(untouched: sim.Ensemble) -> None:
    at_war = 180 - untouched.outcome("ceasefire_days")
    per_day = {
        name: (untouched.outcome(name) / at_war).mean()
        for name in ("drones_launched", "ballistic_launched", "cruise_launched", "salvoes")
    }
    assert 150 <= per_day["drones_launched"] <= 200
    assert 52 <= per_day["ballistic_launched"] * 30.4 <= 80
    assert 74 <= per_day["cruise_launched"] * 30.4 <= 172
    assert 0.08 <= per_day["salvoes"] <= 0.2


@pytest.mark.parametrize(
    ("weapon", "low", "high"),
    [("drones", 0.8, 0.92), ("cruise", 0.6, 0.89), ("ballistic", 0.06, 0.38)],
)
def test_as_many_are_stopped_as_before(
    untouched: sim.Ensemble, weapon: str, low: float, high: float
) -> None:
    stopped = untouched.outcome(f"{weapon}_stopped").sum()
    assert low <= stopped / untouched.outcome(f"{weapon}_launched").sum() <= high


def test_ballistic_missiles_are_stopped_as_before_while_interceptors_last() -> None:
    ensemble = run(scenario("no_levers", interceptors_start=5000, upgrade_rate=0.0), 500)
    stopped = (
        ensemble.outcome("ballistic_stopped").sum() / ensemble.outcome("ballistic_launched").sum()
    )
    assert stopped == pytest.approx(0.222, abs=0.015)


def test_the_front_moves_as_before(untouched: sim.Ensemble) -> None:
    a_month = untouched.outcome("land_taken") / (180 - untouched.outcome("ceasefire_days")) * 30.4
    assert np.quantile(a_month, 0.05) >= 250 and np.quantile(a_month, 0.95) <= 650


def test_raids_cause_about_half_of_the_damage(untouched: sim.Ensemble) -> None:
    a_month = untouched.outcome("damage") / (180 - untouched.outcome("ceasefire_days")) * 30.4
    assert 0.5 <= a_month.mean() <= 1.25


# 10 Credibility, signals, and every corner of the levers


def test_each_waiver_costs_credibility() -> None:
    ensemble = run(scenario("bluff", WAR), 200)
    waivers, credibility = (ensemble.outcome(name).ravel() for name in ("waivers", "credibility"))
    assert waivers.min() >= 1 and waivers.max() > 1
    assert credibility == pytest.approx(0.5 * 0.7**waivers)


def test_a_higher_rung_brings_no_fewer_signals() -> None:
    calm, tense = (
        outcome(scenario("atacms_only", WAR, step=chance), "signals", 200) for chance in (0.0, 1.0)
    )
    assert (tense >= calm).all() and tense.mean() > calm.mean()


def test_new_weapons_raise_the_peak() -> None:
    without = outcome(scenario("no_levers", WAR), "peak_escalation", 200)
    strikes = outcome(scenario("atacms_only", WAR), "peak_escalation", 200)
    assert strikes.mean() > without.mean() + 5


def test_the_brake_lowers_the_peak() -> None:
    free = outcome(scenario("all_levers", WAR), "peak_escalation", 300)
    braked = outcome(scenario("brake_on_escalation", WAR), "peak_escalation", 300)
    assert braked.mean() < free.mean()


def test_every_corner_of_the_levers_runs() -> None:
    model = load("all_levers").model
    draw = np.random.default_rng(4)
    for _ in range(25):
        settings: dict[str, Any] = {}
        for name, lever in model.levers.items():
            if lever.type.options:
                settings[name] = str(draw.choice(lever.type.options))
            elif lever.low is not None and lever.high is not None:
                value = (lever.low, lever.high)[draw.integers(2)]
                settings[name] = int(value) if lever.type.kind == "whole" else float(value)
        run(scenario("all_levers", settings), 10)


def test_sampled_parameters_run() -> None:
    experiment = sim.make_experiment(
        [load(name) for name in ("all_levers", "carrot_then_stick")], replications=5, futures=60
    )
    assert not sim.run(experiment).failed.any()


# 11 Reproducible, converging


def test_the_same_seed_tells_the_same_story() -> None:
    assert str(sim.trace(load("all_levers"), seed=7)) == str(sim.trace(load("all_levers"), seed=7))
    assert str(sim.trace(load("all_levers"), seed=7)) != str(sim.trace(load("all_levers"), seed=8))


def test_more_replications_keep_the_first_and_agree() -> None:
    few, many = (outcome(load("hold_firm"), "mean_escalation", n) for n in (250, 1000))
    assert np.array_equal(few, many[:250])
    assert abs(few.mean() - many.mean()) < 4 * few.std() / np.sqrt(250)


# 12 No later evidence leaks into a default


def test_defaults_do_not_use_later_evidence(tmp_path: Path) -> None:
    shutil.copytree(PACK, tmp_path / "scenarios" / PACK.name)
    (tmp_path / "seeds").mkdir()
    removed = 0
    for path in sorted(SEEDS.glob("*.yaml")):
        head, *entries = re.split(r"^(?=  \w+:$)", path.read_text(), flags=re.MULTILINE)
        kept = [entry for entry in entries if "vintage: ex_post" not in entry]
        removed += len(entries) - len(kept)
        (tmp_path / "seeds" / path.name).write_text(head + "".join(kept))
    assert removed > 20
    stripped = sim.load_scenario(tmp_path / "scenarios" / PACK.name / "hold_firm.yaml")
    assert stripped.values() == load("hold_firm").values()


def test_evidence_from_before_bears_dates_from_before() -> None:
    """What feeds the model was said by the day after its start, and is no number of our own."""
    for name in ("article", "evidence", "spring_2025"):
        for fact in read_facts(SEEDS / f"{name}.yaml").values():
            if fact.vintage == "ex_ante":
                assert fact.date <= "2025-07-15", f"{fact.name}: {fact.date}"
                assert "number is judgement" not in fact.note.lower(), fact.name


# Policies


@pytest.mark.parametrize("name", [*MAIN, *ADAPTIVE, *STORY, "as_it_happened"])
def test_every_scenario_says_what_it_is_and_runs(name: str) -> None:
    chosen = load(name)
    assert chosen.name == name and chosen.title and len(chosen.rationale) > 100
    run(chosen, 20)


def test_rules_do_not_act_at_their_defaults() -> None:
    experiment = sim.make_experiment([load("all_levers")], replications=20, futures=0, seed=1)
    for replication in range(20):
        told = sim.replay(experiment, replication=replication).occurrences
        assert not [o for o in told if o.event.startswith("rule_")]


def test_rules_act_when_set() -> None:
    rules = {"rule_shortens": 0, "rule_approves": 0, "rule_releases": 0, "rule_suspends": 0}
    for name in ("tit_for_tat", "brake_on_escalation"):
        experiment = sim.make_experiment([load(name)], replications=10, futures=0, seed=1)
        for replication in range(10):
            for occurrence in sim.replay(experiment, replication=replication).occurrences:
                if occurrence.event in rules:
                    rules[occurrence.event] += 1
    assert all(rules.values()), rules


def test_the_policy_as_it_happened_keeps_its_dates() -> None:
    ensemble = run(scenario("as_it_happened", WAR))
    assert (ensemble.outcome("deadline_resolved_day") == 25).all()
    assert (ensemble.outcome("patriots_delivered") <= 2).all()
    assert (ensemble.outcome("threat_executed") == 1).all()
