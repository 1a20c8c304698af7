"""Exact time, run control and the start, on both kernels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from toys import events, failure, faults, scenario, trace

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import kernel_for
from sim.engine.simpy_kernel import SimpyKernel


def outcomes(
    text: str, horizon: float = 10, count: int = 3, **settings: Any
) -> dict[str, list[float]]:
    """Outcomes of some replications, after both kernels agreed on them bit for bit."""
    made = scenario(text, horizon, **settings)
    program = generate(made.model)
    row = sim.make_experiment([made]).row(0, 0)
    place = {"seed": 11, "future": 0, "first": 0, "count": count}
    series = range(len(program.series))
    blocks = [
        k.run(row, **place, series=series) for k in (SimpyKernel(program), kernel_for(program))
    ]
    for name in ("outcomes", "status", "events", "series"):
        np.testing.assert_array_equal(*(getattr(block, name) for block in blocks), err_msg=name)
    assert not blocks[0].status.any()
    return {n: blocks[0].outcomes[:, i].tolist() for i, n in enumerate(made.model.outcomes)}


def values(text: str, horizon: float = 10, **settings: Any) -> dict[str, float]:
    """Outcomes of the first replication."""
    return {name: column[0] for name, column in outcomes(text, horizon, 1, **settings).items()}


# -- renewals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [3, 7, 10, 12, 24, 49, 52, 60, 98, 365, 1000])
@pytest.mark.parametrize("how", ["every: 1/N", "every: interval", "edge"])
def test_the_kth_renewal_meets_whole_units(parts: int, how: str) -> None:
    tick = f"tick: {{{how.replace('N', str(parts))}, do: n += 1}}"
    if how == "edge":
        again = f"then: [{{schedule: tick, after: 1/{parts}}}]"
        tick = f"tick: {{do: n += 1, {again}}}\n  go: {{at: 0, {again}}}"
    text = f"""
parameters: {{interval: {{assume: {1 / parts!r}}}}}
state: {{n: {{initial: 0}}, wrong: {{initial: 0}}}}
events:
  {tick}
  review: {{every: 1, priority: 9, do: "wrong += 1 if n != {parts} * count(review) else 0"}}
outcomes: {{n: {{final: n}}, wrong: {{final: wrong}}}}
"""
    assert values(text, 12) == {"n": 12 * parts, "wrong": 0}


def test_payments_of_ten_years() -> None:
    text = """
state: {paid: {initial: 0}, total: {initial: 0}, short: {initial: 0}, long: {initial: 0}}
events:
  payment:
    every: 1/12
    do: |
      paid += 1
      total += 1
  review:
    every: 1
    priority: 9
    do: |
      if paid < 12:
        short += 1
      if paid > 12:
        long += 1
      paid = 0
outcomes: {total: {final: total}, short: {final: short}, long: {final: long}}
"""
    assert values(text) == {"total": 120, "short": 0, "long": 0}


def test_a_changed_interval_counts_from_its_change() -> None:
    text = """
state: {x: {initial: 0.0}}
events:
  tick: {every: 0.1 if now < 0.95 else 0.3, do: x = now}
outcomes: {n: {count: tick}, last: {final: x}}
"""
    assert values(text, 3.1) == {"n": 10 + 7, "last": 1.0 + 7 * 0.3}


def test_random_intervals_are_sums_of_draws() -> None:
    text = "events: {tick: {every: 'uniform(0.5, 1.5)'}}\noutcomes: {n: {count: tick}}"
    found = outcomes(text, 100, 20)["n"]
    assert 90 < sum(found) / 20 < 110


# -- the calendar ------------------------------------------------------------------------------------


def test_equal_instants_are_equal_however_they_are_named() -> None:
    text = """
time: {unit: year, start: '2025-01-01', horizon: 5}
state: {rate: {initial: 0}, seen: {initial: 0}}
events:
  close: {every: 1, priority: 0, do: seen = 10 * seen + rate}
  new: {at: ['2026-01-01', '2027-01-01', '2028-01-01', '2029-01-01'], priority: 1, do: rate += 1}
outcomes: {seen: {final: seen}}
"""
    assert values(text) == {"seen": 1234}


@pytest.mark.parametrize(
    ("unit", "start", "dates", "every", "count"),
    [
        ("month", "2024-01-31", ["2024-02-29", "2024-03-31", "2024-04-30"], "1", 3),
        ("month", "2025-01-01", ["2025-02-01", "2025-12-01"], "1", 2),
        ("year", "2024-02-29", ["2025-02-28", "2028-02-29"], "1", 2),
        ("week", "2025-01-01", ["2025-01-08", "2025-01-11"], "1/7", 2),
        ("hour", "2025-01-01", ["2025-01-04", "2025-01-05"], "24", 2),
        ("day", "2025-01-01", ["2025-01-04", "2025-03-01"], "1", 2),
        ("year", "2025-01-01", ["2025-07-02", "2026-07-02"], "1/365", 2),
    ],
)
def test_dates_meet_renewals(
    unit: str, start: str, dates: list[str], every: str, count: int
) -> None:
    """Every date coincides with a tick, so the tick comes before it by priority."""
    text = f"""
time: {{unit: {unit}, start: '{start}', horizon: 120}}
state: {{last: {{initial: -1.0}}, met: {{initial: 0}}}}
events:
  tick: {{every: {every}, do: last = now}}
  date: {{at: {dates}, priority: 5, do: met += 1 if last == now else 0}}
outcomes: {{met: {{final: met}}}}
"""
    assert values(text) == {"met": count}


def test_a_tax_that_rises_by_year() -> None:
    text = """
time: {unit: year, start: '2025-01-01', horizon: 10}
levers: {later: {default: 35.0, range: [0.0, 50.0]}}
state: {revenue: {initial: 0.0}, rate: {initial: 10.0}}
events:
  r28: {at: '2028-01-01', priority: 1, do: rate = 20}
  r30: {at: '2030-01-01', priority: 1, do: rate = later}
  year: {every: 1, do: revenue += rate}
outcomes: {revenue: {final: revenue}, mean: {mean: rate}}
"""
    assert values(text) == {"revenue": 245, "mean": 24.5}


# -- one instant -------------------------------------------------------------------------------------


def test_a_condition_fires_directly_after_the_event_that_made_it_true() -> None:
    text = """
state: {stock: {initial: 12}, seen: {initial: -1}}
events:
  demand: {at: 5, do: stock -= 4}
  delivery: {at: 5, priority: -1000, if: stock < 12, do: stock += 50}
  more: {at: 5, do: stock += 50}
  order: {when: stock < 10, priority: 1000, do: seen = stock}
outcomes: {seen: {final: seen}, orders: {count: order}}
"""
    assert values(text) == {"seen": 8, "orders": 1}


def test_conditions_of_one_event_go_by_priority_and_a_chain_goes_before_the_rest() -> None:
    text = """
state: {x: {initial: 0}, y: {initial: 0}}
events:
  go: {at: 1, do: x = 1, then: [{schedule: edge}]}
  edge: {priority: -1000}
  other: {at: 1, priority: -5}
  late: {when: x > 0, priority: 3}
  soon: {when: x > 0, do: y = 1}
  chain: {when: y > 0}
"""
    assert events(text) == "other go soon chain late edge"


def test_a_condition_that_is_no_longer_true_does_not_fire() -> None:
    text = """
state: {x: {initial: 0}}
events:
  go: {at: 1, do: x = 1}
  first: {when: x > 0, do: x = 0}
  second: {when: x > 0, priority: 1}
  again: {at: 2, do: x = 1}
"""
    assert events(text) == "go first again first"
    assert values(text + "outcomes: {n: {count: second}}") == {"n": 0}


def test_a_condition_that_turns_false_and_true_in_one_instant_fires_once() -> None:
    text = """
state: {x: {initial: 0}}
events:
  go: {at: 1, do: x = 1}
  first: {when: x == 1, priority: -2, do: x = 2}
  on: {when: x == 2, priority: -1, do: x = 3}
  last: {when: x == 1 or x == 3}
"""
    assert events(text) == "go first on last"


def test_conditions_that_hold_at_the_start_wait_for_the_events_that_set_it_up() -> None:
    text = """
state: {x: {initial: 0}}
events:
  setup: {at: 0, priority: -1000, do: x = 60}
  order: {when: x < 10}
  full: {when: x < 100, priority: 1}
"""
    assert events(text) == "setup full"


# -- the start ---------------------------------------------------------------------------------------


def test_initial_values_draw_and_each_state_has_its_own_luck() -> None:
    text = """
state:
  stock: {initial: 'poisson(60) + 1'}
  other: {initial: 'poisson(60) + 1'}
outcomes: {least: {min: stock}, empty: {ever: stock == 0}, first: {first: stock == 0}, o: {final: other}}
"""
    found = outcomes(text, 10, 200)
    assert 55 < np.mean(found["least"]) < 67
    assert len(set(found["least"])) > 20
    assert np.corrcoef(found["least"], found["o"])[0, 1] < 0.25
    assert found["empty"] == [0.0] * 200
    assert all(map(math.isnan, found["first"]))
    for more in ("  other: {initial: 'poisson(60) + 1'}\n", ", o: {final: other}"):
        text = text.replace(more, "")
    alone = outcomes(text, 10, 200)
    assert alone["least"] == found["least"]


def test_statistics_begin_after_the_events_of_time_0() -> None:
    text = """
state: {stock: {initial: 0}}
events:
  begin: {at: 0, priority: -1000, do: stock = 61}
  more: {at: 0, do: stock += 1}
  sale: {at: 4, do: stock = 5}
outcomes:
  least: {min: stock}
  most: {max: stock}
  empty: {ever: stock == 0}
  times: {count: stock == 0}
  first: {first: stock == 0}
  full: {first: stock > 50}
  mean: {mean: stock}
  begun: {count: begin}
"""
    found = values(text)
    assert math.isnan(found.pop("first"))
    mean = (4 * 62 + 6 * 5) / 10
    assert found == {
        "least": 5, "most": 62, "empty": 0, "times": 0, "full": 0, "mean": mean, "begun": 1,
    }  # fmt: skip


def test_an_outcome_that_has_no_value_at_the_placeholder() -> None:
    text = """
state: {stock: {initial: 0}}
events: {begin: {at: 0, do: stock = 4}}
outcomes: {mean: {mean: 1 / stock}}
"""
    assert values(text) == {"mean": 0.25}


# -- run control -------------------------------------------------------------------------------------

STEPS = """
state: {x: {initial: 0}}
events: {step: {every: 1, do: x += 1}}
outcomes:
  mean: {mean: x}
  least: {min: x}
  most: {max: x}
  long: {duration: x >= 6}
  steps: {count: step}
  ever: {ever: x == 2}
  first: {first: x >= 2}
  stepped: {first: step}
  end: {final: x}
  at3: {final: x, at: 3}
  at2: {final: x, at: 2.5}
  length: {final: now}
"""


def test_statistics_begin_at_the_warm_up() -> None:
    found = values("time: {horizon: 10, warmup: 4}" + STEPS)
    assert found == {
        "mean": sum(range(4, 10)) / 6, "least": 4, "most": 10, "long": 4, "steps": 7, "ever": 0,
        "first": 4, "stepped": 4, "end": 10, "at3": 3, "at2": 2, "length": 10,
    }  # fmt: skip


@pytest.mark.parametrize("stop", ["x >= 7", "count(step) >= 7", "seven"])
def test_a_run_stops_with_the_instant_in_which_its_condition_holds(stop: str) -> None:
    text = f"time: {{horizon: 10, stop: '{stop}'}}" + STEPS
    text = text.replace("events: {", "events: {seven: {when: x >= 7, do: x += 100}, ")
    found = values(text)
    assert found["length"] == 7
    assert found["end"] == 107  # the other events of that instant happen
    assert found["mean"] == sum(range(7)) / 7
    assert found["steps"] == 7


def test_a_run_that_stops_before_its_warm_up() -> None:
    found = values("time: {horizon: 10, warmup: 8, stop: x >= 2}" + STEPS)
    assert math.isnan(found.pop("stepped"))
    assert found == {
        "mean": 2, "least": 2, "most": 2, "long": 0, "steps": 0, "ever": 1, "first": 2, "end": 2,
        "at3": 2, "at2": 2, "length": 2,
    }  # fmt: skip


def test_a_condition_that_holds_at_the_start_stops_the_run_there() -> None:
    assert values("time: {horizon: 10, stop: x == 0}" + STEPS)["length"] == 0


def test_the_run_of_a_scenario_can_be_set() -> None:
    made = scenario(STEPS).with_settings({"time.warmup": 4, "time.stop": "x >= 7"})
    clock = made.model.clock
    assert (clock.warmup, clock.horizon) == (4.0, 10.0)
    assert made.model.stop is not None
    assert [change.name for change in made.changes()] == ["warmup", "stop"]
    found = sim.run(made, replications=2)
    assert found.outcome("mean").ravel().tolist() == [5.0, 5.0]
    with pytest.raises(sim.ModelError, match="outside the run"):
        scenario(STEPS).with_settings({"time.warmup": 40})


def test_an_honest_large_model_runs_and_a_storm_is_told_from_it() -> None:
    text = """
time: {horizon: 30, max_events: 300}
state: {n: {initial: 0}}
events: {tick: {every: 0.01, do: n += 1}, rare: {every: 10}}
outcomes: {n: {final: n}}
"""
    message = failure(text).diagnostic.message
    assert "more than 300 events in one replication, the limit of 'time: max_events'" in message
    assert "most often 'tick' (30" in message
    assert values(text.replace("300", "3100")) == {"n": 3000}
    found = failure(
        "time: {horizon: 9, max_events: 5000000}\nevents: {go: {at: 1, then: [{schedule: go}]}}"
    )
    assert (
        "more than 50,000 events at one instant: time does not advance" in found.diagnostic.message
    )


def test_times_of_a_list() -> None:
    text = """
levers: {day: {default: 3, range: [0, 5]}}
state: {x: {initial: 0.0}}
events: {go: {at: [5, day, 1.5, day * 2], do: x = 10 * x + now}}
outcomes: {x: {final: x}, n: {count: go}}
"""
    assert values(text) == {"x": 1.5e3 + 300 + 50 + 6, "n": 4}
    assert [o.time for o in trace(text).occurrences] == [1.5, 3, 5, 6]


def test_an_event_at_the_horizon_happens_and_a_later_one_does_not() -> None:
    text = """
state: {x: {initial: 0}}
events: {last: {at: 10, do: x = 1}, never: {at: 10.001, do: x = 2}}
outcomes: {x: {final: x}, at: {final: x, at: 10}, before: {final: x, at: 9.999}}
"""
    assert values(text) == {"x": 1, "at": 1, "before": 0}


def test_the_first_renewal_and_the_count_inside_an_event() -> None:
    text = """
state: {x: {initial: 0.0}, n: {initial: 0}}
events: {tick: {every: 4, if: x == 0, do: "x = now\\n\\nn = count(tick)"}}
outcomes: {x: {final: x}, n: {final: n}}
"""
    assert values(text) == {"x": 4, "n": 1}


def test_a_recorded_quantity_without_a_value_is_a_gap() -> None:
    text = """
state: {a: {initial: 0}, b: {initial: 0}}
derived: {share: a / (a + b)}
events:
  go: {at: 3, do: a = 1}
  told: {at: 1, tell: "a share of {share}"}
outcomes: {end: {final: share}}
"""
    assert values(text) == {"end": 1}
    found = sim.run(scenario(text), replications=2, series=["share"], kernel="simpy")
    assert found.trajectories is not None
    assert np.isnan(found.trajectories.samples[0, 0, 0, :3]).all()
    assert found.trajectories.samples[0, 0, 0, 3:].tolist() == [1.0] * 8


def test_faults_of_run_control() -> None:
    assert "warm-up leaves nothing" in faults("time: {horizon: 5, warmup: 5}")[0].message
    assert "expected true or false" in faults("time: {horizon: 5, stop: 1 + 1}")[0].message
    assert faults("time: {horizon: 5, stop: now > 3}")[0].code == "now-not-allowed"
