"""Robustness against tables worked by hand, and the sampling error against scipy's bootstrap."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import sim
from sim.analysis.criteria import performance, regrets, worst_mean
from sim.analysis.decision_criteria import robustness
from sim.execution.ensemble import Ensemble
from sim.study.experiment import Target, make_experiment
from sim.study.scenario import load_scenario

MODEL = """\
model: decision
time: {horizon: 1}
levers: {act: {default: 0, range: [0, 3]}}
parameters: {world: {assume: 0.5, between: [0.0, 1.0]}}
state: {gain: 0.0}
events: {end: {at: 1, do: gain = act * world}}
outcomes:
  gain: {final: gain, goal: maximize}
  cost: {final: gain, goal: minimize}
  idle: {final: gain}
"""

#: Savage's omelet (1954, The Foundations of Statistics, p. 14) with utilities: acts break into the bowl,
#: into a saucer, throw away; states good egg, rotten egg.
OMELET = np.array([[6.0, 0.0], [5.5, 5.0], [5.0, 5.5]])


@pytest.fixture
def ensemble(tmp_path: Path) -> Ensemble:
    """Return results whose values the tests put in by hand."""
    (tmp_path / "m.yaml").write_text(MODEL)
    scenario = load_scenario(tmp_path / "m.yaml")
    acts = [scenario.with_settings({"act": i}, f"act{i}") for i in range(3)]
    return sim.run(make_experiment(acts, replications=2, futures=2, seed=1), kernel="simpy")


def put(ensemble: Ensemble, table: np.ndarray) -> Ensemble:
    """Return the results with ``[scenario, future]`` in place of every outcome."""
    futures = table.shape[1]
    values = np.repeat(table[:, :, None, None], 2, axis=2).repeat(3, axis=3)
    made = replace(ensemble.experiment, futures=np.zeros((futures, 1)))
    return replace(
        ensemble, experiment=made, values=values, failed=np.zeros(values.shape[:3], bool)
    )


def test_regret_of_savages_omelet() -> None:
    assert regrets(OMELET, True).tolist() == [[0.0, 5.5], [0.5, 0.5], [1.0, 0.0]]
    assert regrets(-OMELET, False).tolist() == regrets(OMELET, True).tolist()


def test_criteria_against_a_table_worked_by_hand(ensemble: Ensemble) -> None:
    found = robustness(
        put(ensemble, OMELET), ("gain",), {"gain": Target(at_least=5.0)}, resamples=50
    )
    values = {c.name: c.values for c in found.criteria}
    assert values["expected value (Laplace)"] == (3.0, 5.25, 5.25)
    assert values["maximin"] == (0.0, 5.0, 5.0)
    assert values["Hurwicz"] == (3.0, 5.25, 5.25)
    assert values["minimax regret"] == (5.5, 0.5, 1.0)
    assert values["CVaR 10%"] == (0.0, 5.0, 5.0)
    assert values["satisficing"] == (0.5, 1.0, 1.0)
    spread = math.sqrt(2) / 2
    assert values["mean-variance"] == pytest.approx(
        (3 - 6 * spread, 5.25 - spread / 2, 5.25 - spread / 2)
    )


def test_a_cost_is_judged_the_other_way_round(ensemble: Ensemble) -> None:
    up = robustness(put(ensemble, OMELET), ("gain",), resamples=50)
    down = robustness(put(ensemble, -OMELET), ("cost",), resamples=50)
    assert [c.name for c in down.criteria][1] == "minimax"
    for a, b in zip(up.criteria, down.criteria, strict=True):
        sign = 1.0 if a.name == "minimax regret" else -1.0
        assert a.values == pytest.approx([sign * v for v in b.values])
        assert a.first == b.first


def test_the_interval_is_scipys_percentile_bootstrap(ensemble: Ensemble) -> None:
    table = np.random.default_rng(3).gamma(2.0, size=(3, 40))
    found = robustness(put(ensemble, table), ("gain",), resamples=4_000)
    for i, row in enumerate(table):
        theirs = stats.bootstrap(
            (row,), np.mean, n_resamples=4_000, method="percentile", rng=np.random.default_rng(5)
        ).confidence_interval
        ours = found.criteria[0]
        assert ours.low[i] == pytest.approx(theirs.low, abs=0.04)
        assert ours.high[i] == pytest.approx(theirs.high, abs=0.04)


def test_a_dominant_scenario_is_ranked_first_and_stable(ensemble: Ensemble) -> None:
    base = np.random.default_rng(4).normal(size=40)
    table = np.array([base, base + 1.0, base - 1.0])
    for criterion in robustness(put(ensemble, table), ("gain",), resamples=200).criteria:
        assert criterion.first == (0.0, 1.0, 0.0)
        assert criterion.stable


def test_equal_scenarios_share_the_first_place(ensemble: Ensemble) -> None:
    found = robustness(put(ensemble, np.ones((3, 10))), ("gain",), resamples=20)
    assert all(c.first == pytest.approx((1 / 3, 1 / 3, 1 / 3)) for c in found.criteria)
    assert not any(c.stable for c in found.criteria)


def test_worst_mean_takes_the_tail() -> None:
    table = np.arange(20.0)[None, :]
    assert worst_mean(table, True)[0] == 0.5
    assert worst_mean(table, False)[0] == 18.5


@pytest.mark.parametrize(
    ("futures", "worst", "best"), [(1, 0.0, 0.0), (10, 0.0, 9.0), (15, 0.5, 13.5)]
)
def test_the_tail_is_a_tenth_rounded_up(futures: int, worst: float, best: float) -> None:
    table = np.arange(float(futures))[None, :]
    assert (worst_mean(table, True)[0], worst_mean(table, False)[0]) == (worst, best)


def test_performance_leaves_missing_values_out() -> None:
    values = np.array([[[1.0, np.nan], [np.nan, np.nan]]])
    assert performance(values)[0, 0] == 1.0
    assert np.isnan(performance(values)[0, 1])


def test_one_future_and_no_goal_are_refused(ensemble: Ensemble) -> None:
    with pytest.raises(sim.ExperimentError, match="no-goal"):
        robustness(ensemble, ("idle",))
    single = replace(ensemble, experiment=replace(ensemble.experiment, futures=np.zeros((1, 1))))
    with pytest.raises(sim.ExperimentError, match="one-future"):
        robustness(single)


def test_futures_without_a_value_are_counted(ensemble: Ensemble) -> None:
    values = put(ensemble, OMELET).values.copy()
    name = ensemble.outcomes.index("gain")
    one = replace(ensemble, values=np.concatenate([values, values], axis=1))
    one = replace(
        one,
        experiment=replace(one.experiment, futures=np.tile(one.experiment.futures, (2, 1))),
        failed=np.concatenate([ensemble.failed, ensemble.failed], axis=1),
    )
    one.values[0, 1, :, name] = np.nan
    found = robustness(one, ("gain",), resamples=20)
    assert found.left_out == {"gain": 1}
    assert any("gain: 1" in note for note in found.notes())
    one.values[0, 1:, :, name] = np.nan
    with pytest.raises(sim.ExperimentError, match="in 1 futures"):
        robustness(one, ("gain",))
