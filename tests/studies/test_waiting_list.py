"""The waiting list against queueing theory, with what theory leaves out switched off.

Statistical tests are at z = 4.9, which fails by chance once in a million. Formulas are computed here from
their definitions.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim

ROOT = Path(__file__).parent.parent.parent
Z = 4.9

#: No growth, no answer of demand, nobody silent, times in theatre without memory, hardly a list at the start.
THEORY: dict[str, Any] = {
    "growth": 0.0,
    "elasticity": 0.0,
    "silent": 0.0,
    "sessions": 4,
    "session_weeks": 1.0,
    "evenness": 1.0,
    "list_at_start": 1,
    "oldest_wait": 0.0,
    "patience": 1e12,
    "time.horizon": 1100,
    "time.warmup": 100,
}
#: What is measured on top of the outcomes of the model; statistics begin after the warm-up.
MEASURED = """
scenario: measured
of: as_it_is.yaml
state: {joins_seen: 0, operations_seen: 0, leavers_seen: 0, came: 0.0, went: 0.0}
events:
  see_join:
    when: joined > joins_seen
    priority: -1
    do: |
      joins_seen += 1
      came += now
  see_operation:
    when: count(operation) > operations_seen
    do: |
      operations_seen += 1
      went += now
  see_leaver:
    when: count(gives_up) > leavers_seen
    do: |
      leavers_seen += 1
      went += now
outcomes:
  arrivals: {count: joins}
  waited_long: {count: passes_limit}
  waits: {integral: waiting}
  urgent_waits: {integral: 'pending(gives_up[urgent])'}
  routine_waits: {integral: 'pending(gives_up[routine])'}
  urgents: {final: urgent_joined}
  leavers: {count: gives_up}
  busy_time: {integral: busy}
  idle: {duration: busy < open and waiting > 0}
  each_wait: {final: went + now * waiting - came}
  least_over: {min: on_list - pending(passes_limit)}
  ghosts: {final: pending(forgotten)}
  shortest: {min: on_list}
  most_busy: {max: busy}
  weeks_come: {count: moves_up}
  moved_up: {count: ranks_first}
"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> sim.Scenario:
    """The study with further outcomes, in a folder of its own."""
    study = tmp_path_factory.mktemp("study")
    shutil.copytree(ROOT / "scenarios" / "waiting_list", study / "scenarios" / "waiting_list")
    shutil.copytree(ROOT / "seeds", study / "seeds")
    file = study / "scenarios" / "waiting_list" / "measured.yaml"
    file.write_text(MEASURED, encoding="utf-8")
    return sim.load_scenario(file)


def results(scenario: sim.Scenario, settings: Mapping[str, Any], runs: int = 150, seed: int = 11):
    changed = scenario.with_settings(settings, allow_out_of_range=True)
    found = sim.run(sim.make_experiment([changed], replications=runs, futures=0, seed=seed))
    return {name: np.asarray(found[name], dtype=float) for name in changed.model.outcomes}


def assert_ratio(above: np.ndarray, below: np.ndarray, expected: float, within: float) -> None:
    """The ratio of two sums over independent runs is what theory says, and the test is sharp."""
    ratio = above.sum() / below.sum()
    error = (above - ratio * below).std(ddof=1) / math.sqrt(len(above)) / below.mean()
    assert error < within * expected, error
    assert abs(ratio - expected) < Z * error, (ratio, expected, error)


def stationary(birth: float, death: list[float]) -> np.ndarray:
    """The stationary distribution of a birth-death chain, by detailed balance."""
    weights = np.concatenate([[1.0], np.cumprod(birth / np.asarray(death))])
    return weights / weights.sum()


def erlang_c(servers: int, load: float) -> float:
    """The chance of a wait in M/M/c with an offered load."""
    queued = load**servers / math.factorial(servers) * servers / (servers - load)
    return queued / (sum(load**k / math.factorial(k) for k in range(servers)) + queued)


# -- M/M/c ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1e-9, 0.5, 2.0])
def test_individual_waits_have_the_distribution_of_erlang_c(
    measured: sim.Scenario, limit: float
) -> None:
    """First come, first served: P(W > t) = C(c, a) exp(-(c - a) t) for service rate 1."""
    rate = 3.2
    settings = {**THEORY, "referrals": rate, "moves_up_after": 0, "limit": limit}
    found = results(measured, settings)
    beyond = erlang_c(4, rate) * math.exp(-(4 - rate) * limit)
    assert_ratio(found["waited_long"], found["arrivals"], beyond, within=0.05)
    assert_ratio(found["waits"], found["arrivals"], erlang_c(4, rate) / (4 - rate), within=0.03)
    time = np.full(len(found["waits"]), 1000.0)
    assert_ratio(found["busy_time"], time, rate, within=0.01)


# -- patience ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("moves_up_after", [0, 1, 104])
def test_who_gives_up_and_who_waits_is_erlang_a_in_any_order(
    measured: sim.Scenario, moves_up_after: int
) -> None:
    """In any order, k patients leave at rate min(k, c) + max(k - c, 0) / patience."""
    rate, patience, servers = 5.0, 2.5, 4
    death = [min(k, servers) + max(k - servers, 0) / patience for k in range(1, 200)]
    chance = stationary(rate, death)
    queue = sum((k - servers) * chance[k] for k in range(servers, 200))
    settings = {**THEORY, "referrals": rate, "patience": patience, "limit": 1e-9}
    found = results(measured, {**settings, "moves_up_after": moves_up_after})
    assert_ratio(found["leavers"], found["arrivals"], queue / patience / rate, within=0.02)
    assert_ratio(found["waits"], found["arrivals"], queue / rate, within=0.02)
    assert_ratio(found["waited_long"], found["arrivals"], chance[servers:].sum(), within=0.02)


# -- two kinds of patients ---------------------------------------------------------------------------


def test_waits_of_urgent_and_routine_patients_are_cobham_s(measured: sim.Scenario) -> None:
    """Non-preemptive priority in M/M/c with one service rate (Cobham 1954)."""
    rate, share, servers = 3.4, 0.4, 4
    first = erlang_c(servers, rate) / servers
    urgent_load, load = share * rate / servers, rate / servers
    settings = {**THEORY, "referrals": rate, "urgent_share": share, "time.warmup": 0}
    found = results(measured, {**settings, "time.horizon": 4000}, runs=60)
    urgents = found["urgents"]
    routine = found["arrivals"] - urgents
    assert_ratio(found["urgent_waits"], urgents, first / (1 - urgent_load), within=0.02)
    assert_ratio(
        found["routine_waits"], routine, first / (1 - urgent_load) / (1 - load), within=0.04
    )


def test_who_moves_up_at_once_waits_as_long_as_the_urgent(measured: sim.Scenario) -> None:
    rate, share = 3.4, 0.4
    settings = {**THEORY, "referrals": rate, "urgent_share": share, "moves_up_after": 0}
    found = results(measured, {**settings, "time.warmup": 0, "time.horizon": 4000}, runs=60)
    wait = erlang_c(4, rate) / (4 - rate)
    assert_ratio(found["urgent_waits"], found["urgents"], wait, within=0.04)
    assert_ratio(found["routine_waits"], found["arrivals"] - found["urgents"], wait, within=0.04)


# -- laws that hold in every run ---------------------------------------------------------------------

POLICIES: list[dict[str, Any]] = [
    {},
    {"moves_up_after": 18},
    {"moves_up_after": 0, "extra_sessions": 2},
    {"surge_if_list_exceeds": 120, "moves_up_after": 10},
    {"check_every": 5, "no_answer": 0.0, "moves_up_after": 12},
]


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_little_s_law_holds_in_every_run(measured: sim.Scenario, policy: dict[str, Any]) -> None:
    """The waits of all patients, each from joining to leaving, are the integral of the number who wait."""
    found = results(measured, policy, runs=20)
    assert np.allclose(found["waits"], found["each_wait"], rtol=1e-9, atol=1e-6)
    assert found["waits"].min() > 5_000
    time, arrivals = 104.0, found["referred"] + 142
    length, wait = found["waits"] / time, found["each_wait"] / arrivals
    assert np.allclose(length, arrivals / time * wait)


@pytest.mark.parametrize("policy", [*POLICIES, {"check_every": 4, "no_answer": 0.06}], ids=str)
def test_nobody_is_lost_and_no_place_is_idle(
    measured: sim.Scenario, policy: dict[str, Any]
) -> None:
    found = results(measured, policy, runs=20)
    assert (found["idle"] == 0).all() and (found["least_over"] >= 0).all()
    errors = found["left_untreated"] - found["leavers"]
    waiting = found["list_at_end"] - found["ghosts"]
    assert np.array_equal(found["arrivals"], found["treated"] + found["left_untreated"] + waiting)
    if policy.get("no_answer"):
        assert (errors > 20).all() and (errors <= found["struck_off"]).all()
    else:
        assert (errors == 0).all()


# -- what each lever must do -------------------------------------------------------------------------


def test_all_levers_at_rest_are_the_yardstick(measured: sim.Scenario) -> None:
    """Without extra sessions their week is nothing; a check after the end never comes."""
    still = results(measured, {}, runs=20)
    other = results(measured, {"extra_from": 3, "check_every": 105}, runs=20)
    assert all(np.array_equal(still[name], other[name]) for name in still)


def test_the_order_treats_as_many_and_only_changes_who_waits(measured: sim.Scenario) -> None:
    """Patience is alike for all; demand does not answer, and who leaves says so."""
    settings = {"silent": 0.0, "elasticity": 0.0}
    one = results(measured, {**settings, "moves_up_after": 0}, runs=200)
    two = results(measured, settings, runs=200)
    for name in ("treated", "left_untreated"):
        change = one[name] - two[name]
        assert abs(change.mean()) <= Z * change.std(ddof=1) / math.sqrt(200)
    assert one["urgent_late"].mean() > 0.9 and two["urgent_late"].max() == 0
    assert one["over_limit"].mean() < two["over_limit"].mean() - 0.05


def test_a_check_clears_every_ghost_and_wastes_fewer_places(measured: sim.Scenario) -> None:
    checked = results(measured, {"check_every": 104, "no_answer": 0.0}, runs=20)
    assert (checked["ghosts"] == 0).all() and (checked["struck_off"] > 0).all()
    often = results(measured, {"check_every": 4, "no_answer": 0.0}, runs=20)
    assert (often["in_vain"] < checked["in_vain"]).all()


def test_a_check_misses_the_part_of_those_who_wait_that_it_says(measured: sim.Scenario) -> None:
    """Patients have no other way to leave: nobody gives up, and theatre is never free again."""
    settings = {"patience": 1e12, "check_every": 8, "no_answer": 0.02, "session_weeks": 1e9}
    found = results(measured, {**settings, "time.horizon": 9}, runs=400)
    assert_ratio(found["left_untreated"], found["letters"], 0.02, within=0.05)


def test_the_surge_works_only_above_its_number(measured: sim.Scenario) -> None:
    assert (results(measured, {"surge_if_list_exceeds": 900}, runs=10)["surge_weeks"] == 0).all()
    low = results(measured, {"surge_if_list_exceeds": 80}, runs=10)
    none = results(measured, {}, runs=10)
    assert (low["surge_weeks"] > 10).all()
    price = 0.01 * 1.6 * 2 * low["surge_weeks"]
    assert np.allclose(low["cost"] - none["cost"], price)


def test_demand_answers_shorter_waits_and_growth_adds_to_it(measured: sim.Scenario) -> None:
    more = {"extra_sessions": 1, "extra_from": 0}
    flat = {**more, "elasticity": 0.0, "growth": 0.0, "time.horizon": 104}
    alone = results(measured, flat, runs=200)["referred"]
    time = np.full(200, 104.0)
    assert_ratio(alone, time, 6.9, within=0.01)
    year = (1.06**2 - 1) / math.log(1.06)
    grown = results(measured, {**flat, "growth": 0.06}, runs=200)["referred"]
    assert_ratio(grown, np.full(200, 52.0), 6.9 * year, within=0.01)
    answered = results(measured, {**flat, "elasticity": 0.3}, runs=200)["referred"]
    assert answered.mean() > 1.05 * alone.mean()


def test_the_list_at_the_start_grows_old_with_the_waits_it_has(measured: sim.Scenario) -> None:
    """142 waits, even from 30 weeks down; four are called at once, nobody else leaves or comes."""
    settings = {"patience": 1e12, "referrals": 1e-9, "session_weeks": 1e9, "time.horizon": 6}
    found = results(measured, settings, runs=3)
    waits = [30 * (1 - k / 142) for k in range(4, 142)]
    assert np.allclose(found["over_at_end"], np.mean([wait + 6 >= 18 for wait in waits]))
    assert (found["list_at_end"] == 138).all()
    assert (found["most_busy"] == 4).all()


@pytest.mark.parametrize("silent", [0.0, 1.0])
def test_who_moves_up_keeps_the_time_already_waited(measured: sim.Scenario, silent: float) -> None:
    """With nobody called, the order cannot matter for how old the list is, nor for who leaves."""
    settings = {"referrals": 5.0, "session_weeks": 1e9, "time.horizon": 50, "silent": silent}
    still = results(measured, {**settings, "elasticity": 0.0}, runs=20)
    moved = results(measured, {**settings, "elasticity": 0.0, "moves_up_after": 9}, runs=20)
    assert np.array_equal(still["over_at_end"], moved["over_at_end"])
    assert np.array_equal(still["leavers"], moved["leavers"])
    assert 0.3 < still["over_at_end"].mean() < 0.9
    everyone = moved["moved_up"] == moved["weeks_come"]  # who left and told nobody moves up as well
    assert everyone.all() if silent else not everyone.any()


def test_a_place_that_is_filled_at_short_notice_is_not_lost(measured: sim.Scenario) -> None:
    lost, filled = (results(measured, {"slot_lost": share}, runs=50) for share in (0.8, 0.1))
    places = (lost["in_vain"] * 0.8 - filled["in_vain"] * 0.1).mean()
    gained = (filled["treated"] - lost["treated"]).mean()
    assert 0.8 * places < gained < 1.2 * places


def test_weekend_sessions_end_when_the_list_has_fallen_by_a_fifth(measured: sim.Scenario) -> None:
    found = results(measured, {"surge_if_list_exceeds": 120}, runs=20)
    assert (found["surge_weeks"] < 100).all() and (found["shortest"] > 75).all()
    assert (found["shortest"] <= 96).all()
