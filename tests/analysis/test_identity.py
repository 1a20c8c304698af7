"""What an outcome hangs on, and what says that nothing can differ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from toys import scenario

import sim
from sim.analysis.attribution import shapley
from sim.analysis.causes import CHANCE
from sim.analysis.comparison import compare
from sim.analysis.identity import can_differ, can_vary, reaches, sliced
from sim.analysis.inputs import factors
from sim.analysis.one_at_a_time import tornado
from sim.analysis.sweep import sweep_levers
from sim.study.experiment import make_experiment

#: Two parts that share nothing: goods (a draw, a local, a branch, edges) and a rumour (a rate).
TWO = """
levers:
  price: {default: 1.0, range: [0, 9]}
  bonus: {default: 0.0, range: [0, 9]}
  speed: {default: 0.2, range: [0, 0.4]}
  delay: {default: 1.0, range: [0.5, 4]}
parameters: {demand: {assume: 3.0, between: [1, 5]}, idle: {assume: 1.0, between: [0, 2]}}
state: {goods: {initial: demand}, cash: 0.0, heard: 0, tax: 0.0}
derived: {worth: goods * price}
events:
  trade:
    every: 1
    do: |
      sold = normal(demand, 1)
      if goods > sold:
        goods -= sold
      else:
        goods += 2
      tax = bonus * idle
    then: [{schedule: pay, after: delay}]
  pay: {do: cash += worth}
  rumour: {rate: speed * (1 + heard), do: heard += 1}
outcomes:
  goods: {final: goods}
  cash: {final: cash}
  heard: {count: rumour}
  paid: {count: pay}
  tax: {final: tax}
  rich: {ever: cash > 20}
  late: {first: rumour}
"""
#: What each outcome hangs on, by hand.
INPUTS = {
    "goods": {"demand"},
    "cash": {"demand", "price", "delay"},
    "heard": {"speed"},
    "paid": {"delay"},
    "tax": {"bonus", "idle"},
    "rich": {"demand", "price", "delay"},
    "late": {"speed"},
}


@pytest.mark.parametrize("outcome", INPUTS)
def test_what_an_outcome_hangs_on(outcome: str) -> None:
    model = scenario(TWO).model
    found = sliced(model, outcome)
    assert {n.name for n in found if n.kind in ("lever", "parameter")} == INPUTS[outcome]
    assert (CHANCE in found) == (outcome not in ("paid", "tax"))


def test_the_end_of_a_run_counts_for_every_outcome() -> None:
    model = scenario("time: {horizon: 10, stop: heard > 2}\n" + TWO.lstrip()).model
    assert all(reaches(model, ["speed"], outcome) for outcome in model.outcomes)
    assert not reaches(model, ["bonus"], "cash")


def test_an_edge_hangs_on_what_its_locals_were_computed_from() -> None:
    text = """
levers: {push: {default: 0.0, range: [0, 9]}, idle: {default: 0.0, range: [0, 9]}}
state: {sum: 0.0}
events:
  step: {every: 1, do: "x = push\\nsum = x", then: [{schedule: hit, after: 1, if: x > 3}]}
  hit: {do: sum = idle}
outcomes: {hits: {count: hit}}
"""
    model = scenario(text).model
    assert reaches(model, ["push"], "hits") and not reaches(model, ["idle"], "hits")


@pytest.mark.parametrize("source", ["toy", "port"])
def test_what_cannot_act_never_does(source: str) -> None:
    """Move every input that an outcome does not hang on: no replication changes."""
    chosen = (
        scenario(TWO)
        if source == "toy"
        else sim.load_scenario("scenarios/port_strike/mediate.yaml")
    )
    inputs = factors(chosen, levers=True)
    others = [
        chosen.with_settings({f.name: f.value(end)}, f"{f.name}_{k}")
        for f in inputs
        for k, end in enumerate(f.ends)
    ]
    made = make_experiment([chosen, *others], replications=20, seed=2, futures=0)
    ran = sim.run(made)
    claimed = moved = 0
    for outcome in chosen.model.outcomes:
        values = ran.outcome(outcome)
        for place in range(1, len(made.scenarios)):
            same = np.array_equal(values[place], values[0], equal_nan=True)
            if not can_differ(made, place, 0, outcome):
                claimed += 1
                assert same, (outcome, made.scenarios[place].name)
            moved += not same
    assert moved >= 15
    assert claimed > 20 or source == "port"


def test_other_events_values_can_differ() -> None:
    base = scenario(TWO)
    slower = scenario(TWO.replace("every: 1", "every: 2"))
    other = base.with_settings({"demand": 3.5})
    held = base.with_settings({"demand": 3.0})
    names = ("base", "slower", "other", "held", "again")
    plans = [
        s.with_settings({}, name)
        for s, name in zip((base, slower, other, held, base), names, strict=True)
    ]
    single = make_experiment(plans, futures=0)
    assert [can_differ(single, i, 0, "goods") for i in range(5)] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert [can_differ(single, i, 0, "heard") for i in range(5)] == [
        False, False, False, False, False,
    ]  # fmt: skip
    many = make_experiment(plans, futures=4)
    assert can_differ(many, 3, 0, "goods")  # held where the others follow the futures
    assert not can_differ(many, 4, 0, "goods")


def test_what_can_vary() -> None:
    base = scenario(TWO)
    single, many = make_experiment(base, futures=0), make_experiment(base, futures=4)
    assert [can_vary(single, 0, name) for name in ("goods", "tax", "paid")] == [True, False, False]
    assert [can_vary(many, 0, name) for name in ("goods", "tax", "paid")] == [True, True, False]


#: A hazard so small that a sample sees nothing of it.
RARE = """
levers: {safe: {default: 0, range: [0, 1]}, idle: {default: 0, range: [0, 1]}}
parameters: {hazard: {assume: 0.00003}}
state: {cost: 0.0}
events:
  accident: {rate: hazard * (2 if safe == 0 else 1), do: cost += 100}
outcomes:
  cost: {final: cost, goal: minimize, unit: $M}
  happened: {ever: accident, goal: minimize}
"""


@pytest.fixture(scope="module")
def rare() -> sim.Comparison:
    base = scenario(RARE, 100)
    plans = [base, base.with_settings({"safe": 1}, "safe"), base.with_settings({"idle": 1}, "idle")]
    return compare(sim.run(plans, replications=200, seed=4))


def row(found: sim.Comparison, name: str, outcome: str) -> sim.analysis.Row:
    return next(r for r in found.rows if (r.scenario, r.outcome) == (name, outcome))


def test_that_no_pair_differs_is_no_proof(rare: sim.Comparison) -> None:
    """0 of 200 pairs: Bonett and Price (2012) allow 1.4 points either way."""
    seen = row(rare, "safe", "happened")
    assert seen.difference is not None
    assert seen.difference.mean == 0.0
    assert seen.difference.high == -seen.difference.low == pytest.approx(0.0137, abs=1e-4)
    assert (seen.verdict, seen.p_value) == ("no difference seen", None)
    mean = row(rare, "safe", "cost")
    assert mean.difference is not None
    assert mean.difference.mean == 0.0 and math.isnan(mean.difference.low)
    assert (mean.verdict, mean.p_value, mean.more) == ("no difference seen", None, None)
    assert mean.skewed and mean.estimate.mean == 1.0
    notes = "\n".join(rare.notes())
    assert "too rare, for t intervals" in notes and "cost in safe" in notes
    assert "0 in all of 200 pairs" in rare.sentence()


def test_what_cannot_differ_is_exactly_the_same(rare: sim.Comparison) -> None:
    for outcome in ("cost", "happened"):
        found = row(rare, "idle", outcome)
        assert found.difference is not None
        assert (found.difference.low, found.difference.high) == (0.0, 0.0)
        assert found.verdict == "identical"


def test_sweep_tornado_and_attribution_know_what_cannot_act() -> None:
    base = scenario(RARE, 100)
    inputs = {f.name: f for f in factors(base, levers=True)}
    for outcome in ("cost", "happened"):
        swept = {
            name: sweep_levers(base, outcome, [inputs[name]], replications=50).differences
            for name in ("safe", "idle")
        }
        assert [d.verdict for d in swept["safe"]] == ["identical", "no difference seen"]
        assert [d.verdict for d in swept["idle"]] == ["identical", "identical"]
        bars = {b.factor.name: b for (b,) in tornado(base, outcome, [*inputs.values()]).bars}
        assert bars["idle"].difference.verdict == "identical"
        assert bars["safe"].difference.verdict == "no difference seen"
    (found,) = shapley(base.with_settings({"safe": 1, "idle": 1}, "x"), base, ["happened"])
    by_name = dict(zip((p.name for p in found.players), found.alone, strict=True))
    assert by_name["idle"].verdict == "identical"
    assert by_name["safe"].high > 0.0 > by_name["safe"].low
