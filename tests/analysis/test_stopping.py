"""Intervals that keep their promise, and the rule that narrows them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toys

import sim
from sim.analysis import stopping
from sim.analysis.comparison import compare
from sim.analysis.rows import Row
from sim.analysis.stopping import _excess, parse_precision, run_until
from sim.execution.ensemble import Ensemble
from sim.statistics.estimates import Estimate, estimate, paired
from sim.study.experiment import Experiment, make_experiment

MODEL = """\
model: coin
time: {horizon: 10}
levers:
  bias: {default: 0.3, range: [0.0, 1.0]}
  idle: {default: 0, range: [0, 1]}
state: {amount: 0.0, heads: false}
events:
  toss:
    at: 1
    do: |
      amount = gamma(2, 3) + bias
      heads = bernoulli(bias)
outcomes:
  amount: {final: amount}
  heads: {ever: heads}
"""
#: 95 % coverage over this many repetitions has a standard error of 0.5 points; four of them are allowed.
REPETITIONS = 2_000
NEAR = 4 * math.sqrt(0.95 * 0.05 / REPETITIONS)


@pytest.fixture
def scenario(tmp_path: Path) -> sim.Scenario:
    (tmp_path / "coin.yaml").write_text(MODEL)
    return sim.load_scenario(tmp_path / "coin.yaml")


def test_coverage_of_the_intervals(scenario: sim.Scenario) -> None:
    """Cut one long run into repetitions and count how often the interval holds the known truth."""
    size = 40
    other = scenario.with_settings({"bias": 0.4}, "other")
    made = make_experiment([scenario, other], replications=REPETITIONS * size // 4, seed=11)
    ensemble = sim.run(made, kernel="compiled")
    amounts = ensemble.outcome("amount").reshape(2, -1, size)
    heads = ensemble.outcome("heads").reshape(2, -1, size)
    count = amounts.shape[1]
    near = 4 * math.sqrt(0.95 * 0.05 / count)
    covered = [
        np.mean(
            [truth_in(estimate(amounts[0, i : i + 1], share=False), 6.3) for i in range(count)]
        ),
        np.mean([truth_in(estimate(heads[0, i : i + 1], share=True), 0.3) for i in range(count)]),
    ]
    assert covered[0] == pytest.approx(0.95, abs=near + 0.02)
    assert covered[1] == pytest.approx(0.95, abs=near + 0.02)
    differences = [
        paired(heads[1, i : i + 1], heads[0, i : i + 1], share=True) for i in range(count)
    ]
    seen = [truth_in(d, 0.1) for d in differences if d.low != d.high]
    assert len(seen) > 0.95 * count
    assert np.mean(seen) == pytest.approx(0.95, abs=near + 0.02)
    assert paired(amounts[1, :1], amounts[0, :1], share=False).mean == pytest.approx(0.1)


def truth_in(estimate: sim.Comparison, truth: float) -> bool:
    return bool(estimate.low <= truth <= estimate.high)


def test_t_interval_coverage_on_normal_data() -> None:
    rng = np.random.default_rng(2)
    data = rng.normal(3.0, 2.0, (REPETITIONS, 1, 8))
    hits = np.mean([truth_in(estimate(row, share=False), 3.0) for row in data])
    assert hits == pytest.approx(0.95, abs=NEAR)


def test_run_until_narrows_to_what_was_asked(scenario: sim.Scenario) -> None:
    made = make_experiment(
        [scenario, scenario.with_settings({"bias": 0.5}, "fair")], replications=20, seed=3
    )
    found = run_until(made, 0.1, kernel="simpy", outcomes=("amount",), cap=5_000)
    assert found.reached
    for row in found.comparison.rows:
        if row.outcome == "amount":
            assert row.estimate.half_width <= 0.1 * row.estimate.mean
    assert found.ensemble.experiment.replications > 20


def test_looks_are_at_doubled_sizes_up_to_the_cap(
    scenario: sim.Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[tuple[int, int | None]] = []

    def watched(made: Experiment, *, extend: Ensemble | None, **given: Any) -> Ensemble:
        looks.append((made.replications, extend and extend.experiment.replications))
        return sim.run(made, extend=extend, **given)

    monkeypatch.setattr(stopping, "run", watched)
    made = make_experiment(scenario, replications=20, seed=3)
    run_until(made, 0.001, kernel="simpy", cap=50)
    assert looks == [(20, None), (40, 20), (50, 40)]
    looks.clear()
    run_until(made, 0.001, kernel="simpy", cap=15)
    assert looks == [(15, None)]
    looks.clear()
    assert run_until(made, 0.99, kernel="simpy", outcomes=("amount",), cap=50).reached
    assert looks == [(20, None)]


@pytest.mark.parametrize(
    ("mean", "half", "share", "excess"),
    [
        (4.0, 1.0, False, 2.5),  # a tenth of 4 is asked for
        (-4.0, 1.0, False, 2.5),
        (0.5, 0.2, True, 2.0),  # of a share a tenth itself
        (0.0, 0.0, False, 0.0),  # always 0: nothing is left to narrow
        (0.0, 1.0, False, math.inf),
        (math.nan, math.nan, False, math.inf),
    ],
)
def test_the_widest_interval_in_terms_of_what_was_asked(
    mean: float, half: float, share: bool, excess: float
) -> None:
    seen = Estimate(mean, mean - half, mean + half, 9)
    row = Row("s", "o", "o", "", "", share, seen, None, "baseline", 0, 0)
    assert _excess(row, 0.1) == pytest.approx(excess)


def test_run_until_stops_at_the_cap(scenario: sim.Scenario) -> None:
    found = run_until(
        make_experiment(scenario, replications=20, seed=3), 0.001, kernel="simpy", cap=50
    )
    assert not found.reached
    assert found.ensemble.experiment.replications == 50
    assert found.widest[2] > 1


RARE = """
levers: {safe: {default: 0, range: [0, 1]}}
parameters: {hazard: {assume: 0.0005}}
state: {cost: 0.0}
events: {accident: {rate: hazard * (2 if safe == 0 else 1), do: cost += 100}}
outcomes:
  cost: {final: cost, unit: $M}
  fixed: {final: safe + 1}
  happened: {ever: accident}
"""


def test_it_never_stops_on_what_has_not_been_seen_to_vary() -> None:
    base = toys.scenario(RARE)
    made = make_experiment([base, base.with_settings({"safe": 1}, "safe")], replications=8, seed=1)
    found = run_until(made, 0.9, outcomes=["cost"], cap=256)
    assert found.ensemble.outcome("cost", "safe").max() == 0.0
    assert not found.reached and found.widest[2] == math.inf
    assert found.ensemble.experiment.replications == 256
    assert found.reasons[0].startswith("0 of 256 values of 'cost' in 'safe' differed")
    longer = run_until(made, 0.9, outcomes=["cost"], cap=50_000)
    costs = longer.ensemble.outcome("cost")
    assert longer.reached and ((costs > 0).sum(axis=(1, 2)) >= 30).all()
    assert longer.reasons[0].endswith("where 30 are wanted")


def test_it_stops_at_once_on_what_cannot_vary() -> None:
    made = make_experiment(toys.scenario(RARE), replications=8, seed=1)
    found = run_until(made, 0.01, outcomes=["fixed"], kernel="simpy")
    assert found.reached and found.ensemble.experiment.replications == 8 and not found.reasons


FUTURES = """
levers: {m: {default: 0, range: [0, 1]}}
parameters: {p: {assume: 0.5, between: [0, 1]}, q: {assume: 0.5, between: [0, 1]}}
state: {x: 0.0, y: 0.0, z: 0.0, b: false}
events:
  e:
    at: 1
    do: |
      x = normal(10 * p, 1) + m * (1 + 2 * q)
      y = normal(10 * p * q, 0.01) + m * p
      z = normal(10, 30)
      b = bernoulli(p * 0.4 + 0.1 * m)
outcomes: {x: {final: x}, y: {final: y}, z: {final: z}, b: {ever: b}}
"""


@pytest.fixture(scope="module")
def policies() -> list[sim.Scenario]:
    base = toys.scenario(FUTURES)
    return [base, base.with_settings({"m": 1}, "alt")]


def test_with_futures_it_needs_little_where_their_design_helps(
    policies: list[sim.Scenario],
) -> None:
    made = make_experiment(policies, futures=64, sampler="sobol", replications=10, seed=1)
    found = run_until(made, 0.05, outcomes=["x"], cap=20_000)
    assert found.reached and found.ensemble.experiment is not None
    assert len(found.ensemble.experiment.futures) * found.ensemble.experiment.replications <= 2_560


def test_it_adds_futures_where_the_variance_lies_between_them(policies: list[sim.Scenario]) -> None:
    made = make_experiment(policies, futures=20, sampler="random", replications=10, seed=1)
    found = run_until(made, 0.04, outcomes=["y"], cap=20_000)
    ran = found.ensemble.experiment
    assert found.reached and ran.replications == 10 and len(ran.futures) > 500
    assert "more futures were sampled" in found.reasons[0] and "'y'" in found.reasons[0]
    direct = make_experiment(
        policies, futures=len(ran.futures), sampler="random", replications=10, seed=1
    )
    assert np.array_equal(ran.futures, direct.futures)
    assert np.array_equal(found.ensemble.values, sim.run(direct).values)


def test_it_adds_replications_where_the_variance_is_chance(policies: list[sim.Scenario]) -> None:
    made = make_experiment(policies, futures=20, sampler="random", replications=10, seed=1)
    found = run_until(made, 0.1, outcomes=["z"], cap=20_000)
    ran = found.ensemble.experiment
    assert found.reached and len(ran.futures) == 20 and ran.replications > 100
    assert not found.reasons


def test_given_futures_are_not_run_for_nothing(policies: list[sim.Scenario]) -> None:
    made = make_experiment(policies, futures=20, sampler="random", replications=10, seed=1)
    given = replace(made, sampler="central")  # as if its futures came from elsewhere
    found = run_until(given, 0.04, outcomes=["y"], cap=20_000)
    assert not found.reached and found.ensemble.experiment.replications == 10
    assert "between the given futures" in found.reasons[0]


def test_the_cap_is_that_of_all_futures_together(policies: list[sim.Scenario]) -> None:
    for outcome in ("y", "z"):
        made = make_experiment(policies, futures=20, sampler="random", replications=10, seed=1)
        found = run_until(made, 0.0001, outcomes=[outcome], cap=1_000)
        ran = found.ensemble.experiment
        assert not found.reached and len(ran.futures) * ran.replications == 1_000
    made = make_experiment(policies, futures=20, replications=10, seed=1)
    assert run_until(made, 0.0001, cap=40).ensemble.experiment.replications == 2


def test_added_replications_are_those_of_one_long_run(scenario: sim.Scenario) -> None:
    long = sim.run(make_experiment(scenario, replications=60, seed=5), kernel="simpy")
    short = sim.run(make_experiment(scenario, replications=25, seed=5), kernel="simpy")
    added = sim.run(replace(short.experiment, replications=60), kernel="simpy", extend=short)
    assert np.array_equal(long.values, added.values)
    assert long.events == added.events


def test_a_lever_that_cannot_act_differs_by_exactly_nothing(scenario: sim.Scenario) -> None:
    made = make_experiment(
        [scenario, scenario.with_settings({"idle": 1}, "idle")], replications=30, seed=5
    )
    rows = [r for r in compare(sim.run(made, kernel="simpy")).rows if r.scenario == "idle"]
    assert [r.verdict for r in rows] == ["identical", "identical"]
    assert all(r.difference is not None and r.difference.mean == 0.0 for r in rows)


@pytest.mark.parametrize(("text", "value"), [("5%", 0.05), ("0.05", 0.05), (" 2.5 % ", 0.025)])
def test_precision_is_read(text: str, value: float) -> None:
    assert parse_precision(text.replace(" %", "%")) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "x", "0", "100%", "-5%", "nan"])
def test_other_precisions_are_refused(text: str) -> None:
    with pytest.raises(sim.ExperimentError, match="bad-precision"):
        parse_precision(text)


def test_an_outcome_without_an_interval_is_not_narrow(tmp_path: Path) -> None:
    """Seen once in a hundred runs, it has no interval at first: that is no reason to stop."""
    text = MODEL.replace("outcomes:", "outcomes:\n  rare: {first: amount > 25}")
    (tmp_path / "rare.yaml").write_text(text)
    made = make_experiment(sim.load_scenario(tmp_path / "rare.yaml"), replications=4, seed=3)
    found = run_until(made, 0.9, kernel="simpy", outcomes=("rare",), cap=64)
    (row,) = (row for row in found.comparison.rows if row.outcome == "rare")
    assert found.ensemble.experiment.replications > 4
    assert found.reached == (row.estimate.n >= 2)
    with pytest.raises(sim.ExperimentError, match="no outcome 'rrare'"):
        run_until(made, 0.9, kernel="simpy", outcomes=("rrare",))


def test_results_of_another_plan_are_not_gone_on_from(scenario: sim.Scenario) -> None:
    short = sim.run(make_experiment(scenario, replications=5, seed=5), kernel="simpy")
    for other in (
        make_experiment(scenario, replications=9, seed=6),
        make_experiment(scenario, replications=4, seed=5),
        make_experiment(scenario.with_settings({"bias": 0.9}), replications=9, seed=5),
    ):
        with pytest.raises(sim.ExperimentError, match="belong to another experiment"):
            sim.run(other, kernel="simpy", extend=short)


def test_trajectories_of_added_replications_are_those_of_one_long_run(
    scenario: sim.Scenario,
) -> None:
    short = sim.run(make_experiment(scenario, replications=5, seed=5), kernel="simpy")
    made = replace(short.experiment, replications=20)
    long = sim.run(made, kernel="simpy", series=True).trajectories
    added = sim.run(made, kernel="simpy", series=True, extend=short).trajectories
    assert long is not None and added is not None
    assert added.n == 20
    assert np.array_equal(long.bands, added.bands, equal_nan=True)


def test_the_cap_counts_the_replications_of_all_futures(tmp_path: Path) -> None:
    """Whichever of the two is added, futures or replications in each, their product stays below it."""
    (tmp_path / "coin.yaml").write_text(
        MODEL.replace(
            "levers:", "parameters: {size: {assume: 5.0, range: [0.0, 10.0]}}\nlevers:"
        ).replace("gamma(2, 3)", "gamma(2, 3) + size")
    )
    made = make_experiment(sim.load_scenario(tmp_path / "coin.yaml"), futures=8, replications=2)
    found = run_until(made, 0.001, outcomes=["amount"], cap=81, kernel="simpy")
    assert not found.reached
    assert 16 < found.ensemble.experiment.size <= 81
    assert run_until(made, 0.001, cap=5, kernel="simpy").ensemble.experiment.replications == 1
