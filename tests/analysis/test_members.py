"""What is declared over sets in analyses: causes, quantities held, members that move together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis import why
from sim.analysis.causes import Node, causes_of
from sim.analysis.contributions import differing
from sim.analysis.cutting import HELD, can_be_held, twin
from sim.analysis.design import points
from sim.analysis.identity import can_differ, reaches
from sim.analysis.inputs import factors
from sim.analysis.one_at_a_time import tornado
from sim.analysis.sampled import varied
from sim.study.families import leads
from sim.study.futures import sample
from sim.study.laws import shaped
from tests import toys

MODEL = "tests/models/regions.yaml"
NODES = [
    *(Node("state", name) for name in ("S", "I", "alarm", "home")),
    *(Node("derived", name) for name in ("share", "force", "ill")),
]


@pytest.fixture(scope="module")
def first() -> sim.Scenario:
    return sim.load_scenario(MODEL)


@pytest.fixture(scope="module")
def second(first: sim.Scenario) -> sim.Scenario:
    return first.with_settings(
        {"lockdown": 0.8, "lockdown[east]": 0.1, "people[south]": 30}, "closed"
    )


def held(
    first: sim.Scenario, second: sim.Scenario, outcome: str, nodes: list[Node], n: int, **given: str
) -> np.ndarray:
    """The outcome of the first with none and with each of the nodes held."""
    made = twin(first, second, outcome, nodes)
    matrix = np.vstack([np.zeros(len(nodes)), np.eye(len(nodes))])
    found = points(made, [x.name + HELD for x in nodes], matrix, n, **given)  # type: ignore[arg-type]
    assert not found.failures
    return found.outcome(outcome)


@pytest.mark.parametrize("outcome", ["attack[south]", "there[north]", "infections", "peak", "full"])
def test_with_all_switches_off_nothing_changes(
    first: sim.Scenario, second: sim.Scenario, outcome: str
) -> None:
    plain = points(first, [], np.empty((1, 0)), 40, outcomes=(outcome,)).outcome(outcome)
    assert np.array_equal(held(first, second, outcome, NODES, 40)[:1], plain, equal_nan=True)


@pytest.mark.parametrize("outcome", ["attack[south]", "peak"])
def test_held_where_it_is_anyway_it_changes_nothing(second: sim.Scenario, outcome: str) -> None:
    plain = points(second, [], np.empty((1, 0)), 40, outcomes=(outcome,)).outcome(outcome)[0]
    for node, row in zip([None, *NODES], held(second, second, outcome, NODES, 40), strict=True):
        assert np.array_equal(row, plain, equal_nan=True), node


def test_both_kernels_hold_members_alike(first: sim.Scenario, second: sim.Scenario) -> None:
    runs = [held(first, second, "peak", NODES, 4, kernel=k) for k in ("simpy", "compiled")]
    assert np.array_equal(*runs)


def test_a_family_is_one_node(first: sim.Scenario) -> None:
    links = causes_of(first.model)
    nodes = {*links, *(target for targets in links.values() for target in targets)}
    assert all("[" not in node.name for node in nodes if node.kind != "outcome")
    assert links[Node("state", "I")][Node("derived", "share")] == ()
    assert links[Node("lever", "lockdown")][Node("event", "infection")] == ()
    assert Node("outcome", "there[north]") in links[Node("event", "infection")]
    assert reaches(first.model, ["beds[east]"], "alarms")
    assert not reaches(first.model, ["beds[east]"], "infections")


def test_an_outcome_that_no_member_reaches_is_proved_equal(first: sim.Scenario) -> None:
    beds = first.with_settings({"beds[south]": 9}, "beds")
    experiment = sim.make_experiment([first, beds])
    assert can_differ(experiment, 1, 0, "alarms")
    assert not can_differ(experiment, 1, 0, "attack[south]")


def test_a_family_can_be_held_only_over_the_same_sets() -> None:
    text = "sets: {a: [x, y], b: [x, y, z]}\nstate: {n: {over: SET, initial: 0}}\n"
    one, other = (toys.scenario(text.replace("SET", over)).model for over in "ab")
    assert can_be_held(one, one, Node("state", "n"))
    assert not can_be_held(one, other, Node("state", "n"))


def test_why_names_families_and_the_members_that_were_set(
    first: sim.Scenario, second: sim.Scenario
) -> None:
    found = why(first.with_settings({"lockdown": 1}, "shut"), first, "infections", replications=60)
    (path, *_) = found.paths
    assert [path[0].node.name, path[-1].node.name] == ["lockdown", "infections"]
    assert path[0].moved() == "north 1, south 1, east 1 against north 0.25, south 0, east 0"
    assert "lockdown" in str(found)


def test_of_many_members_the_mean_is_measured() -> None:
    text = """
sets: {place: {count: 70}}
levers: {push: {default: 0.0, range: [0.0, 5.0]}}
state:
  n: {over: place, initial: 0}
  mood: {over: place, initial: low, options: [low, high]}
events:
  up:
    over: place as p
    every: 1
    do: |
      n[p] += poisson(1 + push)
      if n[p] > 8:
        mood[p] = 'high'
outcomes: {high: {final: "count(mood[p] == 'high' for p in place)"}}
"""
    base = toys.scenario(text, 5)
    found = why(base.with_settings({"push": 2.0}, "pushed"), base, "high", replications=60)
    steps = {step.node.name: step for step in found.paths[0]}
    assert steps["n"].course is not None and "(mean of members)" in steps["n"].moved()
    assert steps["n"].course.mean[5] == pytest.approx(10.0, rel=0.1)


# Members that move together.


def test_members_together_have_one_quantile_and_others_their_own(first: sim.Scenario) -> None:
    model = first.model
    names, futures = sample(model, 200, "latin_hypercube", 3)
    people = [names.index(f"people[{member}]") for member in model.sets["region"].options]
    assert [leads(model, names)[i] for i in people] == [people[0]] * 3
    assert len(np.unique(futures[:, people[0]])) > 50
    for column in people[1:]:
        assert np.array_equal(futures[:, column], futures[:, people[0]])
    apart = toys.scenario(
        """
sets: {a: [x, y, z]}
parameters:
  p: {over: a, assume: 1.0, range: [0.0, 2.0], together: TOGETHER, why: w,
      members: {y: {range: [0.5, 9.5], shape: triangular}, z: {range: [1.0, 8.0], shape: loguniform}}}
  q: {assume: 1.0, range: [0.0, 2.0], why: w}
state: {n: 0}
""".replace("TOGETHER", "true")
    ).model
    for sampler in ("latin_hypercube", "sobol", "random"):
        names, futures = sample(apart, 64, sampler, 5)
        u = futures[:, 0] / 2.0
        for i, name in enumerate(names[:3]):
            assert futures[:, i] == pytest.approx(shaped(apart.parameters[name], u))
        assert abs(np.corrcoef(futures[:, 0], futures[:, 3])[0, 1]) < 0.5


def test_together_leaves_the_futures_of_all_others_alone(
    first: sim.Scenario, tmp_path: Path
) -> None:
    text = Path(MODEL).read_text().replace("whole: true, together: true", "whole: true")
    file = tmp_path / "model.yaml"
    file.write_text(text)
    apart = sim.load_scenario(file).model
    (names, one), (other_names, other) = (
        sample(model, 40, "latin_hypercube", 1) for model in (first.model, apart)
    )
    assert names == other_names
    same = [i for i, name in enumerate(names) if np.array_equal(one[:, i], other[:, i])]
    followers = {"people[south]", "people[east]"}
    assert {names[i] for i in same} == set(names) - followers


def test_a_family_together_is_one_input(first: sim.Scenario) -> None:
    names = ["people", "seed_cases[east]", "transmission"]
    assert [f.name for f in factors(first)] == names
    assert [f.name for f in factors(first, ["people[south]", "people"])] == ["people"]
    levers = factors(first, levers=True, parameters=False)
    cells = [f"beds[{member}]" for member in ("north", "south", "east")]
    assert [f.name for f in levers] == ["lockdown", *cells]
    assert [f.name for f in factors(first, ["beds"])] == cells
    experiment = sim.make_experiment([first], futures=64)
    assert varied(experiment, (), 2, "") == tuple(names)
    assert varied(experiment, ("people[east]", "people"), 2, "") == ("people",)


def test_an_input_together_moves_all_its_members_and_is_left_where_each_is(
    first: sim.Scenario,
) -> None:
    (lockdown,) = factors(first, ["lockdown"])
    matrix = np.array([[lockdown.held], [0.5]])
    ran = points(first, ["lockdown"], matrix, 20, 4, outcomes=("infections",)).outcome("infections")
    for row, settings in zip(ran, ({}, {"lockdown": 0.5}), strict=True):
        own = first.with_settings(settings)
        plain = points(own, [], np.empty((1, 0)), 20, 4, outcomes=("infections",))
        assert np.array_equal(row, plain.outcome("infections")[0])
    found = tornado(first, "infections", factors(first, ["lockdown"]), replications=20)
    assert [bar.value for bar in found.bars[0]] == [0.0, 1.0]


def test_members_with_other_ranges_move_to_the_same_quantile() -> None:
    base = toys.scenario(
        """
sets: {a: [x, y]}
levers: {l: {over: a, default: 1.0, range: [0.0, 2.0], together: true, members: {y: {range: [1.0, 5.0]}}}}
state: {n: 0}
events: {go: {at: 1, do: n += 1}}
outcomes: {v: {over: a as i, final: 'l[i] * n'}}
"""
    )
    ran = points(base, ["l"], np.array([[0.5]]), 1, 1)
    assert ran.values[0, 0].tolist() == [0.5, 2.0]
    (factor,) = factors(base, ["l"])
    assert factor.settings(0.5) == {"l[x]": 0.5, "l[y]": 2.0}


def test_attribution_counts_a_family_together_once(first: sim.Scenario) -> None:
    moved = first.with_settings({"lockdown": 1, "beds[south]": 5, "beds[east]": 6}, "moved")
    assert [p.name for p in differing(moved, first)] == ["lockdown", "beds[south]", "beds[east]"]


# Settings by family.


def test_a_family_sets_all_members_and_a_member_wins(first: sim.Scenario) -> None:
    made = first.with_settings({"lockdown[east]": 0.9, "lockdown": 0.5})
    values = made.values()
    assert [values[f"lockdown[{m}]"] for m in ("north", "south", "east")] == [0.5, 0.5, 0.9]
    again = sim.load(MODEL, settings={"beds": 7}).scenarios[0].values()
    assert {again[cell] for cell in first.model.cells("beds")} == {7}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"lockdown": 2}, "'lockdown[north]': 2 is outside the range 0 to 1"),
        ({"lockdwn": 1}, "did you mean 'lockdown'"),
        ({"lockdown[west]": 1}, "has no lever or parameter 'lockdown[west]'"),
        ({"S": 1}, "has no lever or parameter 'S'"),
    ],
)
def test_bad_settings_of_families_are_refused(
    first: sim.Scenario, settings: dict[str, float], words: str
) -> None:
    with pytest.raises(sim.ExperimentError, match=r".") as error:
        first.with_settings(settings)
    assert words in str(error.value)


def test_the_name_of_a_family_is_no_outcome(first: sim.Scenario) -> None:
    with pytest.raises(sim.ExperimentError, match="'attack' has 3 members") as error:
        sim.run(first, replications=5).outcome("attack")
    assert "attack[north], attack[south], attack[east]" in str(error.value)
