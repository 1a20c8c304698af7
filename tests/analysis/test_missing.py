"""Outcomes that lack values: refused by default, and left out, counted and told where asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import sim
from sim.analysis.discovery import discover
from sim.analysis.given_data import importance
from sim.analysis.missing import LeftOut
from sim.analysis.perfect_information import evpi
from sim.analysis.result import Result
from sim.analysis.screening import morris
from sim.analysis.sobol_indices import Floats, cross_products, indices_of, known_sum
from sim.analysis.value_of_information import evppi
from sim.analysis.variance_decomposition import sobol
from sim.errors import ExperimentError
from sim.study.experiment import Target
from sim.study.scenario import Scenario
from tests import toys

#: Something happens in about 7 of 10 replications, then on day 1 + 5 x, or 2 days later; past 0.9, never.
TEXT = """
levers: {late: {default: 0.0, range: [0.0, 2.0]}, never: {default: 0.9, range: [0.0, 2.0]}}
parameters:
  x: {assume: 0.5, range: [0.0, 1.0]}
  idle: {assume: 0.5, range: [0.0, 1.0]}
state: {lucky: {initial: 0.0}}
events:
  begin:
    at: 0
    do: lucky = bernoulli(0.7)
    then: [{schedule: done, after: 1 + 5 * x + late, if: lucky > 0 and x <= never}]
  done: {}
outcomes: {day: {first: done, goal: minimize}, often: {count: done}}
"""
N = 12


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return toys.scenario(TEXT)


@pytest.fixture(scope="module")
def always(scenario: Scenario) -> Scenario:
    return scenario.with_settings({"never": 2.0}, "always")


def ensemble(*scenarios: Scenario, futures: int = 100, replications: int = N) -> sim.Ensemble:
    plan = sim.make_experiment(list(scenarios), futures=futures, replications=replications)
    return sim.run(plan, kernel="simpy", cache=False)


CALLS: dict[str, Callable[[Scenario, str], Result]] = {
    "sobol": lambda s, missing: sobol(
        s, "day", base_points=16, replications=N, kernel="simpy", missing=missing  # type: ignore[arg-type]
    ),
    "morris": lambda s, missing: morris(
        s, "day", trajectories=6, replications=N, kernel="simpy", missing=missing  # type: ignore[arg-type]
    ),
    "variance": lambda s, missing: importance(ensemble(s), "day", missing=missing),  # type: ignore[arg-type]
    "pawn": lambda s, missing: importance(
        ensemble(s), "day", measure="pawn", missing=missing  # type: ignore[arg-type]
    ),
    "voi": lambda s, missing: evppi(
        ensemble(s, s.with_settings({"late": 2.0}, "late")), "day", missing=missing  # type: ignore[arg-type]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_refused_or_left_out_and_told(name: str, scenario: Scenario) -> None:
    with pytest.raises(ExperimentError, match=r"'day' has no value in [\s\S]*--missing drop"):
        CALLS[name](scenario, "refuse")
    found = CALLS[name](scenario, "drop")
    gone: LeftOut = found.left_out  # type: ignore[attr-defined]
    assert 0.2 < gone.replications / gone.total < 0.7 and gone.failed == 0
    assert gone.words in found.notes() and gone.words in found.sentence()
    assert f"Left out: {gone.replications:,} of {gone.total:,} replications" in gone.words
    assert 0 < gone.units < gone.of and f"{gone.units:,} of {gone.of:,}" in gone.words


@pytest.mark.parametrize("name", CALLS)
def test_nothing_is_said_where_nothing_is_left_out(name: str) -> None:
    text = TEXT.replace("bernoulli(0.7)", "1").replace("default: 0.9", "default: 2.0")
    whole = toys.scenario(text)
    refused, dropped = CALLS[name](whole, "refuse"), CALLS[name](whole, "drop")
    assert str(refused) == str(dropped) and "Left out" not in str(dropped)
    assert refused.table() == dropped.table()


def test_indices_over_what_is_left(always: Scenario) -> None:
    """Missing replications are chance here, so the day is exactly 1 + 5 x where it has a value."""
    found = sobol(always, "day", base_points=64, replications=N, kernel="simpy", missing="drop")
    total = dict(zip(found.names, found.indices.total, strict=True))
    assert total["x"].mean == pytest.approx(1.0, abs=0.02) and total["idle"].mean == 0.0
    assert found.indices.variance == pytest.approx(25 / 12, rel=0.1)
    moved = morris(always, "day", trajectories=6, replications=N, kernel="simpy", missing="drop")
    assert moved.names[0] == "x"
    assert (moved.effects.size[0].mean, moved.effects.size[1].mean) == pytest.approx((5.0, 0.0))
    assert moved.effects.chance[0] == pytest.approx(0.0, abs=1e-9)


def test_whole_units_are_left_out_where_nothing_is_left(scenario: Scenario) -> None:
    """About a tenth of the futures lie past 0.9, where it never happens."""
    found = importance(ensemble(scenario, futures=200), "day", missing="drop")
    assert found.left_out.unit == "future" and 18 <= found.left_out.units <= 22
    assert found.futures == 200 - found.left_out.units == found.values[0].n
    assert found.names[0] == "x" and found.values[0].mean > 0.95
    few = scenario.with_settings({"never": 0.1})
    with pytest.raises(ExperimentError, match=r"has a value in \d+ of 100 futures only"):
        importance(ensemble(few), "day", missing="drop")
    for method in (sobol, morris):
        with pytest.raises(ExperimentError, match="only"):
            method(  # type: ignore[operator]
                scenario.with_settings({"never": 0.0}), "day", replications=2, kernel="simpy",
                missing="drop",
            )  # fmt: skip


def test_scenarios_are_judged_by_the_same_replications(always: Scenario) -> None:
    """`rare` has a value only where x is small, and the same one: it must not look better for that."""
    rare = always.with_settings({"never": 0.5, "late": 0.1}, "rare")
    found = evppi(ensemble(always, rare, futures=200), "day", missing="drop")
    assert found.best == "always" and found.perfect.mean == pytest.approx(0.0, abs=1e-9)
    assert 95 <= found.futures <= 105


def test_discovery_says_what_it_leaves_out(scenario: Scenario) -> None:
    ran = ensemble(scenario)
    found = discover(ran, "day", Target(at_most=3.0))
    past = int((ran.experiment.sampled("x") > 0.9).sum())
    assert found.left_out.units == past > 0 and found.left_out.words in found.notes()
    assert found.left_out.words in found.sentence()


def test_products_of_what_two_have() -> None:
    x = np.array([[1.0, 2.0, np.nan], [1.0, np.nan, np.nan]])
    y = np.array([[np.nan, 3.0, 5.0], [4.0, np.nan, np.nan]])
    found = cross_products(x, y, np.ones((3, 1)))
    assert found[0, 0] == pytest.approx((1 * 3 + 1 * 5 + 2 * 5) / 3) and np.isnan(found[1, 0])
    rows = np.array([[1.0, 3.0], [1.0, 1.0]])
    assert known_sum(found[:, [0, 0]], rows) == pytest.approx(found[0, 0] * rows.sum(axis=0))


def test_indices_with_gaps_are_unbiased() -> None:
    """Noise of size 1 and a quarter of the values missing: the mean index stays that of the function."""
    rng = np.random.default_rng(1)

    def noisy(x: Floats) -> Floats:
        values = x[:, :1] + rng.normal(0, 1, (len(x), 6))
        return np.where(rng.random(values.shape) < 0.25, np.nan, values)

    totals = []
    for _ in range(40):
        a, b = rng.random((2, 200, 2))
        crossed = [np.column_stack([b[:, 0], a[:, 1]]), np.column_stack([a[:, 0], b[:, 1]])]
        found = indices_of(noisy(a), noisy(b), np.array([noisy(c) for c in crossed]), resamples=2)
        totals.append([e.mean * found.variance for e in found.total])
    assert np.mean(totals, axis=0) == pytest.approx([1 / 12, 0.0], abs=0.03)


def test_perfect_information_with_a_half_that_is_missing() -> None:
    values = np.array([[[1.0, 1.0], [2.0, np.nan]], [[0.0, 0.0], [1.0, np.nan]]])
    assert evpi(values).n == 1
