"""Events with arguments: each occurrence has its own, on every kernel, and luck does not move."""

from __future__ import annotations

import heapq
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simpy
from test_compiled import plain
from toys import program, scenario, story, trace

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import CompiledKernel, kernel_for
from sim.engine.protocol import Block, empty_block
from sim.engine.simpy_kernel import SimpyKernel
from sim.errors import RunError
from sim.study.experiment import make_experiment

MODELS = Path(__file__).parent.parent / "models"
Z = 4.5


def block(of: sim.Scenario, count: int, seed: int = 1, kernel: Any = kernel_for) -> Block:
    row = make_experiment(of, replications=count, seed=seed, futures=0).row(0, 0)
    found = kernel(generate(of.model)).run(row, seed=seed, future=0, first=0, count=count)
    assert not found.status.any()
    return found


def alike(text: str, horizon: float = 10, count: int = 5) -> np.ndarray[Any, Any]:
    """Run a model on both kernels, assert that the bits are equal, and return the outcomes."""
    of = scenario(text, horizon)
    one, other = (block(of, count, kernel=kernel) for kernel in (SimpyKernel, kernel_for))
    assert np.array_equal(one.events, other.events)
    assert np.array_equal(one.outcomes, other.outcomes, equal_nan=True)
    return other.outcomes


def close(sample: np.ndarray[Any, Any], mean: float) -> None:
    error = sample.std(ddof=1) / math.sqrt(len(sample))
    assert abs(sample.mean() - mean) < Z * error, (sample.mean(), mean, error)


# -- what theory knows -----------------------------------------------------------------------------


def test_three_servers_with_individual_waits() -> None:
    found = block(sim.load_scenario(MODELS / "tickets.yaml"), 2_000).outcomes
    waits, customers = found[:, 0], found[:, 1]
    wait = waits.sum() / customers.sum()
    error = (waits - wait * customers).std() / math.sqrt(len(found)) / customers.mean()
    assert abs(wait - 0.3511) < Z * error, (wait, error)
    assert error < 0.004


#: M/M/4, in which each customer brings the time of arrival along.
FOUR = """
time: {unit: hour, horizon: 150}
state: {a: 0.0, b: 0.0, c: 0.0, d: 0.0, served: 0, waited: 0.0}
events:
  arrival:
    every: exponential(0.1)
    do: |
      start = max(now, a)
      end = start + exponential(0.25)
      a = min(b, end)
      b = max(b, min(c, end))
      c = max(c, min(d, end))
      d = max(d, end)
    then: [{schedule: begin, after: start - now, with: {arrived: now}}]
  begin:
    takes: {arrived: 0.0}
    do: |
      if arrived > 20:
        served += 1
        waited += now - arrived
outcomes: {waits: {final: waited}, customers: {final: served}}
"""


def test_four_servers_with_individual_waits() -> None:
    waits, customers = block(scenario(FOUR), 3_000).outcomes.T
    wait = waits.sum() / customers.sum()
    error = (waits - wait * customers).std() / math.sqrt(len(waits)) / customers.mean()
    assert abs(wait - 0.05331) < Z * error, (wait, error)
    assert error < 0.0005


def erlang_a(arrivals: float, service: float, patience: float, servers: int) -> float:
    """The share of callers who leave, in equilibrium."""
    weights = [1.0]
    for n in range(1, 200):
        out = min(n, servers) * service + max(n - servers, 0) * patience
        weights.append(weights[-1] * arrivals / out)
    line = sum(max(n - servers, 0) * w for n, w in enumerate(weights)) / sum(weights)
    return line * patience / arrivals


def callers_in_simpy(seed: int, horizon: float) -> float:
    """The bank renege example of SimPy with the numbers of `patience.yaml`."""
    luck, env = np.random.default_rng(seed), simpy.Environment()
    counter, calls, left = simpy.Resource(env, 3), [0], [0]

    def caller() -> Any:
        with counter.request() as asked:
            got = yield asked | env.timeout(luck.exponential(2))
            if asked not in got:
                left[0] += 1
                return
            yield env.timeout(luck.exponential(1))

    def source() -> Any:
        while True:
            yield env.timeout(luck.exponential(0.25))
            calls[0] += 1
            env.process(caller())

    env.process(source())
    env.run(horizon)
    return left[0] / calls[0]


def test_callers_lose_their_patience_as_in_theory_and_in_simpy() -> None:
    of = sim.load_scenario(MODELS / "patience.yaml")
    ours = block(of, 400).outcomes[:, 0]
    exact = erlang_a(4, 1, 0.5, 3)
    assert abs(ours.mean() - exact) < 0.008  # the line is empty at first, and some wait at the end
    theirs = np.array([callers_in_simpy(seed, 300) for seed in range(60)])
    error = math.hypot(ours.std() / math.sqrt(len(ours)), theirs.std() / math.sqrt(len(theirs)))
    assert abs(ours.mean() - theirs.mean()) < Z * error


def inventory_in_python(seed: int, horizon: float) -> tuple[float, float, int]:
    """Mean stock and shortage, and the number of deliveries, by a loop of its own."""
    luck = np.random.default_rng(seed)
    stock, on_order, last, held, short, deliveries = 60, 0, 0.0, 0.0, 0.0, 0
    waiting: list[tuple[float, int, str, int]] = []
    heapq.heappush(waiting, (luck.exponential(0.1), 0, "demand", 0))
    heapq.heappush(waiting, (1.0, 0, "review", 0))
    while waiting and waiting[0][0] <= horizon:
        now, _, what, quantity = heapq.heappop(waiting)
        held += max(stock, 0) * (now - last)
        short += max(-stock, 0) * (now - last)
        last = now
        if what == "demand":
            stock -= 1 + int(luck.choice(4, p=[1 / 6, 2 / 6, 2 / 6, 1 / 6]))
            heapq.heappush(waiting, (now + luck.exponential(0.1), 0, "demand", 0))
        elif what == "review":
            if stock + on_order < 20:
                quantity = 40 - stock - on_order
                on_order += quantity
                heapq.heappush(waiting, (now + luck.uniform(0.5, 3), 1, "delivery", quantity))
            heapq.heappush(waiting, (now + 1, 0, "review", 0))
        else:
            stock, on_order, deliveries = stock + quantity, on_order - quantity, deliveries + 1
    held += max(stock, 0) * (horizon - last)
    short += max(-stock, 0) * (horizon - last)
    return held / horizon, short / horizon, deliveries


def test_deliveries_carry_their_quantity() -> None:
    of = sim.load_scenario(MODELS / "inventory.yaml")
    ours = block(of, 1_000).outcomes[:, [0, 1, 3]]
    theirs = np.array([inventory_in_python(seed, 120) for seed in range(300)])
    for mine, other in zip(ours.T, theirs.T, strict=True):
        error = math.hypot(mine.std() / math.sqrt(len(mine)), other.std() / math.sqrt(len(other)))
        assert abs(mine.mean() - other.mean()) < Z * error, (mine.mean(), other.mean(), error)


def test_each_delivery_is_the_one_that_was_ordered() -> None:
    found = sim.trace(sim.load_scenario(MODELS / "inventory.yaml"), seed=4)
    ordered: dict[float, int] = {}
    most = 0
    for o in found.occurrences:
        arrivals = [time for event, time in o.scheduled if event == "delivery"]
        if arrivals:
            (change,) = (c for c in o.changes if c.name == "on_order")
            ordered[arrivals[0]] = int(change.after) - int(change.before)
            most = max(most, len(ordered))
        elif o.event == "delivery":
            assert dict(o.arguments) == {"quantity": ordered.pop(o.time)}
    assert most >= 2, "several are under way at once"


# -- the rules -------------------------------------------------------------------------------------

#: Five occurrences with numbers of their own; what happens to them is put in.
FIVE = """
state: {{seen: 0, sum: 0}}
events:
  begin:
    at: 0
    then:
      - {{schedule: come, after: 5, with: {{who: 1}}}}
      - {{schedule: come, after: 4, with: {{who: 2}}}}
      - {{schedule: come, after: 6, with: {{who: 3}}}}
      - {{schedule: come, after: 99, with: {{who: 4}}}}
      - {{schedule: come, after: 3}}
  come:
    takes: {{who: 7, urgent: false}}
    do: |
      seen = 10 * seen + who
      sum += who if urgent else 0
  then:
    at: 2
    then: [{edges}]
outcomes: {{told: {{final: seen}}, left: {{final: pending(come)}}}}
"""


@pytest.mark.parametrize(
    ("edges", "told", "left"),
    [
        ("", 7213, 1),
        ("{cancel: come}", 0, 0),
        ("{cancel: come, where: who == 2}", 713, 1),
        ("{cancel: come, where: who > 2}", 21, 0),
        ("{cancel: come, where: who == 4}", 7213, 0),
        ("{cancel: come, where: not urgent}", 0, 0),
        ("{cancel: come, where: urgent}", 7213, 1),
        ("{cancel: come, where: who == 2, if: seen > 0}", 7213, 1),
        # Each is judged by how many were pending before any was cancelled.
        ("{cancel: come, where: who > 0 and pending(come) == 5}", 0, 0),
        # A place that is free again does not bring back who had it.
        ("{cancel: come, where: who < 3}, {schedule: come, after: 1, with: {who: 9}}", 793, 1),
        ("{cancel: come}, {schedule: come, after: 1, with: {who: 9}}", 9, 0),
        ("{cancel: come, where: who % 2 == 1}, {cancel: come, where: who == 2}", 0, 1),
    ],
)
def test_which_occurrences_are_cancelled(edges: str, told: int, left: int) -> None:
    assert alike(FIVE.format(edges=edges))[0].tolist() == [told, left]


def test_own_triggers_have_the_declared_values() -> None:
    text = """
    state: {log: 0}
    events:
      twice: {at: [1, 2], takes: {a: 3}, do: log = 10 * log + a}
      often:
        every: 3
        takes: {b: 4}
        do: log = 10 * log + b
        then: [{schedule: often, after: 1, with: {b: 5}, if: b == 4}]
      stops: {at: 8, then: [{cancel: often, where: b == 4}]}
    outcomes: {told: {final: log}, n: {count: often}}
    """
    assert alike(text, 20)[0].tolist() == [334545, 4]


def test_events_that_arise_take_arguments_from_edges() -> None:
    text = """
    state: {x: 0.0, on: 0, given: 0.0}
    events:
      arises: {rate: 2.0, takes: {k: 0.5}, do: x += k}
      turns: {when: on == 1, takes: {k: 0.5}, if: k < 9, do: "given += k\\non = 0"}
      guarded: {rate: 3, takes: {k: 1.5}, if: k > 1, do: x += k}
      feeds:
        every: exponential(0.5)
        do: on = 1
        then:
          - {schedule: arises, after: exponential(1), with: {k: 0.25 * count(feeds)}}
          - {schedule: turns, after: 0.1, with: {k: count(feeds)}}
    outcomes: {x_end: {final: x}, all: {final: given}}
    """
    assert len(np.unique(alike(text, 20)[:, 0])) == 5


def test_repeats_of_one_delay_meet_whole_units() -> None:
    text = """
    state: {late: 0}
    events:
      begin: {at: 0, then: [{schedule: step, after: 0.1, with: {k: 1}}]}
      step:
        takes: {k: 0}
        do: |
          if k % 10 == 0 and now != k / 10:
            late += 1
        then: [{schedule: step, after: 0.1, with: {k: k + 1}}]
    outcomes: {missed: {final: late}, n: {count: step}}
    """
    assert alike(text, 30)[0].tolist() == [0, 300]


def test_an_event_cancels_its_own() -> None:
    text = """
    events:
      begin:
        at: 0
        then:
          - {schedule: come, after: 1, with: {who: 1}}
          - {schedule: come, after: 2, with: {who: 2}}
          - {schedule: come, after: 3, with: {who: 1}}
      come:
        takes: {who: 0}
        do: me = who
        then: [{cancel: come, where: who == me}, {schedule: told, with: {again: who}}]
      told: {takes: {again: 0}}
    """
    assert story(text) == [("begin", 0), ("come", 1), ("told", 1), ("come", 2), ("told", 2)]


def test_options_and_truths() -> None:
    text = """
    state: {size: {initial: large, options: [small, large]}, n: 0}
    events:
      begin:
        at: 0
        then:
          - {schedule: come, with: {kind: large}}
          - {schedule: come, with: {kind: "'small' if n > 0 else 'large'", now_on: true}}
          - {schedule: come, with: {kind: size}}
          - {schedule: come, after: 1}
      come:
        takes: {kind: {options: [small, large]}, now_on: false}
        do: |
          if kind == 'large':
            n += 1
          if now_on:
            n += 10
        tell: 'A {kind} one, {now_on}.'
    outcomes: {end: {final: n}}
    """
    assert alike(text)[0].tolist() == [13]
    told = [o.text for o in trace(text).occurrences]
    assert told[1:] == [
        "A large one, no.",
        "A large one, yes.",
        "A large one, no.",
        "A small one, no.",
    ]


def test_names_that_the_source_has_too() -> None:
    text = """
    state: {m: 0}
    events:
      begin: {at: 0, then: [{schedule: come, after: 1, with: {c: 2, range: 3, rate_of: 4, turn: 5}}]}
      come:
        takes: {c: 0, range: 0, rate_of: 0, turn: 0}
        do: m = 1000 * c + 100 * range + 10 * rate_of + turn
      stops: {at: 0.5, then: [{cancel: come, where: rate_of == 3 and c == 2 or range == 7}]}
    outcomes: {end: {final: m}}
    """
    assert alike(text)[0].tolist() == [2345]


def test_a_condition_that_fails_ends_the_run_where_it_stands() -> None:
    text = FIVE.format(edges="{cancel: come, where: 1 / (who - 2) > 0}")
    with pytest.raises(RunError) as caught:
        trace(text)
    found = caught.value.diagnostic
    assert found.message == "division by zero: 1 / 0"
    assert found.span is not None and found.span.line == 21


def test_a_number_that_is_too_large_is_not_given() -> None:
    text = """
    state: {x: 1e60}
    events:
      go: {at: 1, then: [{schedule: come, with: {k: x * x}}]}
      come: {takes: {k: 0.0}}
    """
    with pytest.raises(RunError, match="'k' of 'come' became 1e\\+120"):
        trace(text)


# -- luck and cost ---------------------------------------------------------------------------------

PLAIN = """
state: {x: 0.0, y: 0.0}
events:
  go:
    every: exponential(0.5)
    do: x += normal(0, 1)
    then: [{schedule: come, after: 'gamma(2, 1)'%s}]
  come:%s
    do: y += uniform(0, 1)
    then: [{schedule: come, after: exponential(3), if: y < 9%s}]
outcomes: {a: {final: x}, b: {final: y}, n: {count: come}}
"""


def test_arguments_leave_every_draw_alone() -> None:
    without = alike(PLAIN % ("", "", ""), 30)
    argued = PLAIN % (", with: {k: x, j: 3}", "\n    takes: {k: 0.0, j: 1}", ", with: {k: k + 1}")
    assert np.array_equal(without, alike(argued, 30))


def test_a_model_without_arguments_has_no_trace_of_them() -> None:
    made = program(PLAIN % ("", "", ""))
    assert made.arguments == ()
    assert "taken" not in made.source and "give" not in made.source
    assert "arguments" not in trace(PLAIN % ("", "", "")).table()[0]


def test_places_are_used_again() -> None:
    """Twenty thousand occurrences take as many places as are pending at a time."""
    text = """
    state: {m: 0}
    events:
      go:
        every: 0.1
        do: m += 1
        then:
          - {schedule: come, after: 1, with: {who: m}}
          - {schedule: come, after: 1e9, with: {who: m}}
          - {cancel: come, where: who < m and who % 2 == 0}
          - {cancel: come, where: who < m - 12}
      come: {takes: {who: 0}}
    outcomes: {left: {final: pending(come)}, all: {count: come}}
    """
    made = program(text, 1000)
    kernel = CompiledKernel(made)
    row = make_experiment(scenario(text, 1000), replications=1, futures=0).row(0, 0)
    calendar = kernel._fill(empty_block(made, 1, ()), row, 1, 0, 0, ())
    assert 10 < calendar.view(np.int64)[kernel._index("fresh")] < 40


def test_the_trace_shows_arguments() -> None:
    found = trace(FIVE.format(edges="{cancel: come, where: who > 2}"))
    come = next(o for o in found.occurrences if o.event == "come")
    assert come.arguments == (("who", 2), ("urgent", False))
    assert "who = 2, urgent = no, seen 0 → 2" in str(found)
    row = next(row for row in found.table() if row["event"] == "come")
    assert row["arguments"] == "who = 2; urgent = no"
    assert next(o for o in found.occurrences if o.event == "then").cancelled == (("come", 3),)


@pytest.mark.parametrize("name", ["inventory", "patience", "tickets"])
def test_the_compiled_loop_has_the_same_bits_in_plain_python(name: str) -> None:
    of = sim.load_scenario(MODELS / f"{name}.yaml")
    row = make_experiment(of, futures=0).row(0, 0)
    expected = plain(generate(of.model), row.tolist(), count=2)
    found = kernel_for(generate(of.model)).run(row, seed=7, future=3, first=0, count=2)
    assert np.array_equal(expected.outcomes, found.outcomes)
    assert np.array_equal(expected.events, found.events)
