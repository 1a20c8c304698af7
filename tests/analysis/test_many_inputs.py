"""Of many inputs some look as if they mattered: how often a table names one that does nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from toys import scenario

import sim
from sim.analysis.correlation_ratio import explained
from sim.analysis.given_data import Measure, importance, pawn, ratios, shuffled_floor
from sim.analysis.perfect_information import coherent, estimate_evppi
from sim.analysis.perfect_information import shuffled_floor as worth_floor
from sim.analysis.value_of_information import evppi
from sim.statistics.estimates import Estimate

DEAD = 229


@pytest.mark.parametrize(
    ("measure", "inputs", "tables"), [("variance", DEAD, 60), ("pawn", 20, 30)]
)
def test_few_tables_name_an_input_that_does_nothing(
    measure: Measure, inputs: int, tables: int
) -> None:
    """5 % of tables, where 5 % of inputs would be about eleven in each table of 229."""
    rng = np.random.default_rng(1)
    wrong, above = 0, 0.0
    for _ in range(tables):
        x, y = rng.random((100, inputs)), rng.lognormal(0, 1, 100)
        if measure == "variance":
            told, floor = ratios(y[:, None], x, (0,) * inputs)
            values = np.array(told)
        else:
            floor, values = shuffled_floor(x, y, rng=rng), pawn(x, y)
        wrong += bool(values.max() > floor)
        above += float(np.quantile(values, 0.95) < floor)
    assert wrong <= binom.ppf(0.99, tables, 0.05)
    assert above == tables


def test_the_floor_is_reached_in_one_sample_of_twenty() -> None:
    """Not in fewer: a floor too high would hide what matters."""
    rng = np.random.default_rng(2)
    x, words = rng.integers(0, 3, (80, 5)).astype(float), (3,) * 5
    y = rng.normal(size=80)
    largest = [
        max(e.mean for e in explained(x, rng.permutation(y), words, resamples=0))
        for _ in range(400)
    ]
    floors = [ratios(rng.permutation(y)[:, None], x, words)[1] for _ in range(5)]
    reached = float(np.mean(np.array(largest) > np.mean(floors)))
    assert 0.02 <= reached <= 0.08


MANY = """
parameters:
  strong: {{assume: 0.5, between: [0, 1]}}
{dead}
state: {{y: 0.0}}
events: {{e: {{at: 1, do: "y = normal(3 * strong, 1)"}}}}
outcomes: {{y: {{final: y}}}}
"""


def test_what_matters_is_seen_among_many_that_do_not() -> None:
    dead = "".join(f"  dead{i}: {{assume: 0.5, between: [0, 1]}}\n" for i in range(60))
    ran = sim.run(
        sim.make_experiment(scenario(MANY.format(dead=dead)), futures=200, replications=3)
    )
    found = importance(ran, "y")
    assert [found.names[i] for i in range(len(found.names)) if found.seen(i)] == ["strong"]
    assert "60 inputs" not in "".join(found.notes()) and "61 inputs" in "".join(found.notes())
    assert "5 % of shuffled samples" in "".join(found.notes())


def test_few_tables_name_a_parameter_without_worth() -> None:
    """The largest of eight gains reaches the floor in about one table of twenty."""
    rng = np.random.default_rng(5)
    utility = rng.normal(size=(3, 100))
    floor = np.mean([worth_floor(utility, 8, rng) for _ in range(4)])
    largest = [
        max(estimate_evppi(utility, rng.random(100), seed=seed)[0].mean for _ in range(8))
        for seed in range(150)
    ]
    assert 0.01 <= np.mean(np.array(largest) > floor) <= 0.1


def test_everything_is_worth_no_less_than_any_part() -> None:
    whole, floor = Estimate(0.0, 0.0, 0.001, 90), 0.002
    seen, unseen = Estimate(0.0037, 0.001, 0.006, 100), Estimate(0.0015, 0.0, 0.004, 100)
    perfect, parts = coherent(whole, [seen, unseen], floor)
    assert (perfect.mean, perfect.low, perfect.high, perfect.n) == (0.0037, 0.001, 0.006, 90)
    assert parts == [seen, unseen]
    perfect, parts = coherent(whole, [unseen], floor)
    assert perfect == whole
    assert (parts[0].mean, parts[0].low, parts[0].high) == (0.0, 0.0, 0.001)


def test_the_worth_of_parts_in_a_table_is_coherent() -> None:
    """With two runs per future, half of them choose badly: knowing everything looked worth nothing."""
    base = scenario(
        """
        levers: {m: {default: 0, range: [0, 1]}}
        parameters: {p: {assume: 0.5, between: [0, 1]}, idle: {assume: 0.5, between: [0, 1]}}
        state: {x: 0.0}
        events: {e: {at: 1, do: "x = normal(m * (p - 0.5), 0.5)"}}
        outcomes: {x: {final: x, goal: maximize}}
        """
    )
    for seed in range(1, 6):
        plans = [base, base.with_settings({"m": 1}, "m")]
        ran = sim.run(sim.make_experiment(plans, futures=200, replications=2, seed=seed))
        found = evppi(ran, "x")
        for part in found.values:
            assert part.mean <= found.perfect.mean and part.high <= found.perfect.high
        assert list(found.values) == sorted(found.values, key=lambda e: -e.mean)
