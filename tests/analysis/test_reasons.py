"""Why two policies differ: paths that are known, what is held, and what is said where there is none."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis import why
from sim.analysis.causal_path import Why
from sim.analysis.causes import Node, between, causes_of, differing_nodes, widest_path
from sim.analysis.courses import paired_courses
from sim.analysis.cutting import HELD, twin
from sim.analysis.design import points
from sim.statistics.estimates import ratio
from tests import toys

#: lever → speed → pace → arrivals → waiting → lost; beside it `paint`, which leads nowhere, and `idle`,
#: which does not move.
CHAIN = """
levers:
  push: {default: 0.0, range: [0.0, 5.0]}
state: {speed: 1.0, waiting: 0, lost: 0, paint: 0.0, idle: 0.0, noise: 0.0}
derived: {pace: 2 * speed}
events:
  begin: {at: 0, do: "speed = 1 + push\\npaint = push"}
  arrive: {rate: pace, do: waiting += 1}
  leave: {every: 1, do: "gone = binomial(waiting, 0.2)\\nwaiting -= gone\\nlost += gone"}
  fade: {every: 2, do: "idle = min(1, idle + max(0, push - 5))\\nnoise = normal(0, 1)"}
  dry: {every: 5, do: "noise = noise + paint"}
outcomes:
  lost: {final: lost + idle, goal: minimize}
  noise: {final: noise}
  shares: {ever: lost > 3}
"""
#: Two ways that cancel: by `up` and by `down`.
CANCEL = """
levers: {push: {default: 0.0, range: [0.0, 5.0]}}
state: {up: 0.0, down: 0.0, y: 0.0}
events:
  begin: {at: 0, do: "up = push\\ndown = push"}
  sum: {every: 1, do: "y += up - down + normal(0, 0.1)"}
outcomes: {y: {final: y}}
"""


def pair(text: str, horizon: float = 10, **settings: float) -> tuple[sim.Scenario, sim.Scenario]:
    base = toys.scenario(text, horizon)
    return base.with_settings(settings, "pushed"), base


def names(found: Why) -> list[list[str]]:
    return [[step.node.name for step in path] for path in found.paths]


def held(
    first: sim.Scenario, second: sim.Scenario, outcome: str, *nodes: Node, n: int = 60, **given: str
) -> np.ndarray:
    """The outcome of the first with none and with each of the nodes held."""
    made = twin(first, second, outcome, nodes)
    matrix = np.vstack([np.zeros(len(nodes)), np.eye(len(nodes))])
    found = points(made, [x.name + HELD for x in nodes], matrix, n, **given)  # type: ignore[arg-type]
    assert not found.failures
    return found.outcome(outcome)


def state(*words: str) -> list[Node]:
    return [Node("state", word) for word in words]


def test_the_path_of_a_chain_is_found_and_nothing_else() -> None:
    found = why(*pair(CHAIN, push=2.0), "lost", replications=300)
    assert names(found) == [["push", "speed", "pace", "arrive", "waiting", "lost", "lost"]]
    assert {"paint", "noise", "dry", "idle", "fade"}.isdisjoint(found.moved)
    through = {step.node.name: step.through for step in found.paths[0]}
    assert (through["speed"], through["pace"]) == (("begin",), ())
    parts = {s.node.name: s.hold.part.mean for s in found.shown if s.hold and s.hold.part}
    assert parts == pytest.approx(dict.fromkeys(["speed", "pace", "waiting", "lost"], 1.0))
    assert "pushed against toy: lost differs by +" in found.sentence()
    assert "lost" in str(found) and "→ waiting" in str(found)


def test_a_quantity_that_moves_but_leads_nowhere_is_no_candidate() -> None:
    first, second = pair(CHAIN, push=2.0)
    candidates = between(
        causes_of(first.model), differing_nodes(first, second), Node("outcome", "lost")
    )
    assert Node("state", "paint") not in candidates
    assert Node("state", "idle") in candidates, "it lies on a way, though it does not move"


def test_the_true_mediator_takes_all_away_and_a_decoy_nothing() -> None:
    first, second = pair(CHAIN, push=2.0)
    decoys = (CHAIN.replace("lost + idle", "lost + 0 * paint"),)
    first, second = pair(decoys[0], push=2.0)
    values = held(first, second, "lost", *state("speed", "waiting", "paint"))
    ours, theirs = (sim.run(s, replications=60).outcome("lost")[0, 0] for s in (first, second))
    assert (values[0] == ours).all() and (ours != theirs).all()
    assert (values[1] == theirs).all() and (values[2] == theirs).all()
    assert (values[3] == ours).all()


def test_paths_that_cancel_are_both_shown_though_the_outcome_hardly_differs() -> None:
    exact = why(*pair(CANCEL, push=3.0), "y", replications=50)
    assert exact.effect.verdict == "identical" and exact.paths == ()
    rough = CANCEL.replace("up - down", "up * uniform(0, 2) - down * uniform(0, 2)")
    found = why(*pair(rough, push=3.0), "y", replications=50)
    assert not found.effect.seen and "no difference in y is seen" in found.sentence()
    assert sorted(names(found)) == [["push", "down", "y"], ["push", "up", "y"]]
    assert all(s.hold.part is None for s in found.shown if s.hold), (
        "there is no whole to be part of"
    )
    uneven = why(*pair(CANCEL.replace("up - down", "up - 0.9 * down"), push=3.0), replications=50)
    assert sorted(names(uneven)) == [["push", "down", "y"], ["push", "up", "y"]]
    parts = {s.node.name: s.hold.part.mean for s in uneven.shown if s.hold and s.hold.part}
    assert parts == pytest.approx({"up": 10.0, "down": -9.0})


def test_both_copies_have_their_luck_whatever_the_other_does() -> None:
    text = """
    levers: {push: {default: 0.0, range: [0.0, 5.0]}}
    state:
      x: {initial: "normal(push, 1)"}
      calls: 0
      y: 0.0
      hot: false
      mode: {initial: a, options: [a, b]}
    derived: {heat: "x + 0.1 * calls * calls + y * y - sqrt(abs(x)) + log(1 + calls)"}
    events:
      beat:
        every: exponential(1)
        do: x += normal(0, 1) + push / 9
        then: [{schedule: call, after: 'uniform(0, 2)', if: x > 0}]
      call: {do: calls += 1, then: [{cancel: call, if: x < 1}]}
      boil: {when: heat > 3, do: "hot = true\\ny += uniform(0, 1)\\nmode = 'b'"}
      cool: {rate: 'max(0, heat)', do: "hot = false\\ny = y * 0.5", if: hot or pending(call) > 0}
    outcomes: {m: {mean: heat}, f: {first: hot}, c: {count: cool}, x: {final: x}, top: {max: heat}}
    """
    first, second = pair(text, push=2.0)
    nodes = [*state("x", "calls", "y", "hot", "mode"), Node("derived", "heat")]
    for outcome in first.model.outcomes:
        values = held(first, second, outcome, *nodes)
        plain, against = (
            sim.run(s, replications=60).outcome(outcome)[0, 0] for s in (first, second)
        )
        assert np.array_equal(values[0], plain, equal_nan=True), outcome
        alone = points(
            twin(second, second, outcome, nodes, ["push"]), [n.name + HELD for n in nodes],
            np.eye(len(nodes)), 60,
        ).outcome(outcome)  # fmt: skip
        for node, row in zip(nodes, alone, strict=True):
            assert np.array_equal(row, against, equal_nan=True), (outcome, node)
    assert np.array_equal(
        held(first, second, "m", *nodes, n=8, kernel="simpy"), held(first, second, "m", *nodes, n=8)
    )


@pytest.mark.parametrize("name", ["mm_inf", "sir", "salvo", "reset", "dimer_reset", "race"])
def test_a_quantity_held_where_it_is_anyway_changes_nothing(name: str) -> None:
    one = sim.load_scenario(f"tests/models/{name}.yaml")
    nodes = [*state(*one.model.state), *(Node("derived", word) for word in one.model.derived)]
    outcome = list(one.model.outcomes)[-1]
    plain = sim.run(one, replications=20).outcome(outcome)[0, 0]
    for row in held(one, one, outcome, *nodes, n=20):
        assert np.array_equal(row, plain, equal_nan=True)


def test_a_paired_course_is_the_mean_of_paired_traces() -> None:
    first, second = pair(CHAIN, push=2.0)
    experiment = sim.make_experiment([first, second], replications=7, seed=3)
    nodes = [*state("waiting"), Node("event", "arrive")]
    found = paired_courses(experiment, "lost", nodes).courses
    ours, theirs = (
        [sim.trace(s, seed=3, replication=i) for i in range(7)] for s in (first, second)
    )
    for time in (0, 4, 10):
        waiting = [
            a.series["waiting"][time] - b.series["waiting"][time]
            for a, b in zip(ours, theirs, strict=True)
        ]
        happened = [
            sum(o.time <= time for o in a.occurrences if o.event == "arrive")
            - sum(o.time <= time for o in b.occurrences if o.event == "arrive")
            for a, b in zip(ours, theirs, strict=True)
        ]
        assert found[nodes[0]].mean[time] == pytest.approx(np.mean(waiting))
        assert found[nodes[1]].mean[time] == pytest.approx(np.mean(happened))


def test_the_flagship_tells_why_patriots_matter() -> None:
    patriots, none = (
        sim.load_scenario(f"scenarios/ukraine_2025/{name}.yaml")
        for name in ("patriots_only", "no_levers")
    )
    found = why(patriots, none, "missiles_leaked", replications=150)
    first = [step.node.name for step in found.paths[0]]
    assert first[0] == "patriots_sent" and first[-2:] == ["ballistic_leaked", "missiles_leaked"]
    steps = {step.node.name: step for step in found.shown}
    part, loads = (steps[name].hold.part for name in ("patriots", "interceptors"))  # type: ignore[union-attr]
    assert part is not None and 0.4 < part.mean < 0.8
    assert loads is not None and loads.low > 0, (
        "the missiles that come with each system do the rest"
    )
    assert steps["patriots"].course.onset >= 20, "none is delivered before"  # type: ignore[union-attr]
    assert "Patriot systems in Ukraine (+" in found.story(found.paths[0])


def test_of_several_levers_those_that_pass_nothing_are_on_no_path() -> None:
    text = """
    levers: {a: {default: 0.0, range: [0.0, 9.0]}, b: {default: 0.0, range: [0.0, 9.0]}}
    state: {x: 0.0, y: 0.0}
    events: {step: {every: 1, do: "x = a + normal(0, 1)\\ny += x + 0 * b"}}
    outcomes: {y: {final: y}}
    """
    found = why(*pair(text, a=2.0, b=3.0), "y", replications=80)
    assert names(found) == [["a", "x", "y"]]
    assert found.paths[0][0].hold is not None
    assert found.paths[0][0].hold.part is not None and found.paths[0][0].hold.part.mean == 1.0


def test_a_held_state_begins_where_the_other_begins() -> None:
    text = """
    levers: {push: {default: 1.0, range: [0.0, 5.0]}}
    state: {stock: {initial: push * 10}, sold: 0.0}
    events: {sell: {every: 1, do: sold += stock}}
    outcomes: {sold: {final: sold}}
    """
    assert (held(*pair(text, push=2.0), "sold", *state("stock"))[1] == 100.0).all()


def test_a_value_read_before_and_after_it_is_assigned_is_held_at_both() -> None:
    text = """
    levers: {push: {default: 1.0, range: [0.0, 9.0]}}
    state: {x: 0.0, before: 0.0, after: 0.0}
    events: {step: {every: 1, do: "before += x\\nx += push\\nafter += x"}}
    outcomes: {both: {final: before + 100 * after}}
    """
    first, second = pair(text, horizon=3, push=4.0)
    assert held(first, second, "both", *state("x"), n=2).tolist() == [
        [12 + 2400] * 2,
        [3 + 600] * 2,
    ]


def test_what_cannot_be_held_is_said() -> None:
    text = """
    levers: {push: {default: 0, range: [0, 9]}}
    state: {x: 0, w: 0, y: 0.0}
    events:
      step: {every: 1, do: "x += push\\nw += x\\nx += 1\\ny += w + normal(0, 1)"}
    outcomes: {y: {final: y}}
    """
    found = why(*pair(text, push=1), "y", replications=60)
    faults = {s.node.name: s.hold.fault for s in found.shown if s.hold}
    assert faults == {"x": "held where it is anyway, it still changes the outcome", "w": ""}
    broken = """
    levers: {push: {default: 0, range: [0, 9]}}
    state: {want: 5, fast: 0, stock: {initial: 9, range: [0, 99]}}
    events:
      begin: {at: 0, do: "want = 8 - push\\nfast = push"}
      sell: {at: 1, do: stock -= 6 if fast > 0 else 0}
      take: {at: 2, do: "stock -= want"}
    outcomes: {stock: {final: stock}}
    """
    found = why(*pair(broken, push=5), "stock", replications=20)
    assert names(found) == [["push", "fast", "stock"]]
    assert found.faults == {"want": "20 of 20 runs broke a rule of the model"}
    assert "want could not be held: 20 of 20 runs" in "\n".join(found.notes())


def test_noise_does_not_move_anything() -> None:
    text = """
    levers: {push: {default: 0.0, range: [0.0, 5.0]}}
    state: {a: 0.0, b: 0.0, c: 0.0, d: 0.0}
    events:
      step:
        every: 1
        do: |
          a += normal(0, 1 + push)
          b += normal(0, 1) * (1 + push)
          c += a * normal(0, 1)
          d += a + b + c
    outcomes: {d: {final: d}}
    """
    first, second = pair(text, push=1.0)
    nodes = state("a", "b", "c", "d")
    seen = 0
    for seed in range(40):
        experiment = sim.make_experiment([first, second], replications=60, seed=seed)
        seen += any(c.moved for c in paired_courses(experiment, "d", nodes).courses.values())
    assert seen <= 6, "5 % of 40 are 2"


def test_a_ratio_of_means_covers_the_truth() -> None:
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(400):
        whole = rng.normal(1.0, 1.0, (1, 40))
        part = 0.4 * whole + rng.normal(0.2, 0.5, (1, 40))
        found = ratio(part, whole)
        inside += found is not None and found.low <= 0.6 <= found.high
    assert 0.92 <= inside / 400 <= 0.98
    assert ratio(whole, whole - whole.mean()) is None


def test_what_differs_in_nothing_or_reaches_nothing_is_said_without_a_run() -> None:
    first, second = pair(CHAIN, push=2.0)
    same = why(second, second, "lost")
    assert same.sentence() == "toy and toy (against) do not differ in anything."
    away = toys.scenario(CHAIN.replace("lost + idle", "3"), 10)
    found = why(away.with_settings({"push": 1.0}, "pushed"), away, "lost")
    assert found.sentence() == "Nothing in this model leads from push to lost."
    assert found.paths == () and found.table() == []
    still = why(
        first.with_settings({"push": 0.0}, "a").with_settings({"push": 1e-9}),
        second,
        "shares",
        replications=30,
    )
    assert "is the same in every run" in still.sentence()
    assert not still.paths


def test_other_models_and_unknown_outcomes_are_refused(tmp_path: Path) -> None:
    first, second = pair(CHAIN, push=2.0)
    other = dataclasses.replace(second, model=dataclasses.replace(second.model, name="other"))
    with pytest.raises(sim.ExperimentError, match="are of different models"):
        why(first, other)
    with pytest.raises(sim.ExperimentError, match="looses"):
        why(first, second, "looses")


def test_futures_are_the_units_and_each_copy_keeps_its_own_settings() -> None:
    text = """
    levers: {push: {default: 0.0, range: [0.0, 5.0]}}
    parameters:
      gain: {assume: 1.0, range: [0.5, 1.5], why: A guess}
      drift: {assume: 0.0, range: [-1.0, 1.0], why: A guess}
    state: {x: 0.0, y: 0.0}
    events: {step: {every: 1, do: "x += push * gain\\ny += x + drift + normal(0, 0.1)"}}
    outcomes: {y: {final: y}}
    """
    base = toys.scenario(text, 4)
    first = base.with_settings({"push": 1.0, "drift": 0.25}, "pushed")
    found = why(first, base, "y", futures=30, replications=2)
    assert found.effect.n == 60
    assert found.effect.low < 10 * 1.0 + 4 * 0.25 < found.effect.high
    x = next(s.hold for s in found.shown if s.node.name == "x")
    assert x is not None and not x.fault
    assert x.through.low < 10 < x.through.high
    assert "in each of 30 futures" in found.notes()[-2]


def test_a_scenario_that_adds_an_event_begins_its_path_there() -> None:
    one = toys.scenario(
        "state: {x: 0.0}\nevents: {a: {at: 1, do: x += 1}}\noutcomes: {x: {final: x}}"
    )
    two = toys.scenario(
        "state: {x: 0.0}\nevents: {a: {at: 1, do: x += 1}, b: {at: 2, do: x += 5}}\noutcomes: {x: {final: x}}"
    )
    found = why(dataclasses.replace(two, name="more"), one, replications=5)
    assert found.paths[0][0].node.name == "b" and found.effect.mean == 5.0


def test_a_model_that_stops_is_told_without_holding() -> None:
    text = CHAIN.replace("levers:", "time: {horizon: 10, stop: lost > 20}\nlevers:", 1)
    found = why(*pair(text.lstrip(), push=2.0), "lost", replications=200)
    assert not any(step.hold for step in found.shown)
    assert any("with `stop`" in note for note in found.notes())


def test_the_widest_path_is_the_one_with_the_widest_bottleneck() -> None:
    a, b, c, d, e = state("a", "b", "c", "d", "e")
    links = {a: {b: (), c: (), e: ()}, b: {d: ()}, c: {d: ()}, e: {b: ()}}
    assert widest_path(links, [a], d, {b: 0.2, c: 0.5, d: 1.0, e: 1.0}, 5) == (a, c, d)
    assert widest_path(links, [a], d, {b: 0.7, c: 0.5, d: 1.0, e: 1.0}, 5) == (a, b, d)
    assert widest_path(links, [a], d, {b: 0.7, d: 1.0}, 2) == ()
