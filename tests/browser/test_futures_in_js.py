"""A page samples the futures that Python samples, to the last bit."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_models import STUDIES
from toys import model as toy
from web_calls import Calls

import sim
from sim.engine.web_module import description
from sim.model.types import Model
from sim.numerics import hypercube
from sim.study.dependence import links
from sim.study.experiment import make_experiment
from sim.study.futures import blocks, sample, sizes
from sim.study.laws import SHAPES, codes, law, shaped
from sim.study.model_futures import listed
from ui.live.entries import parameter_item

FITTED = Path(__file__).parent.parent / "models" / "fitted"
SEEDS = (0, 1, 20250714, 2**32 - 1, 2**32, 2**40 + 7, 10**15 - 1)
SIZES = (2, 3, 7, 20, 21, 40, 64, 199, 200, 201, 1000)

WRITTEN = toy(
    """
parameters:
  plain: {assume: 1.5, range: [-1.0, 2.5]}
  same_sign: {assume: 0.1, range: [0.1, 0.3]}
  wide: {assume: 1.0, range: [1.0e-9, 1.0e+7], shape: loguniform}
  peaked: {assume: 0.2, range: [0.1, 0.9], shape: triangular}
  left: {assume: 0.1, range: [0.1, 0.9], shape: triangular}
  right: {assume: 0.9, range: [0.1, 0.9], shape: triangular}
  number: {assume: 3, range: [-2, 9], whole: true}
  numbers: {assume: 20, range: [1, 5000], whole: true, shape: loguniform}
  most: {assume: 4, range: [0, 7], whole: true, shape: triangular}
  held: {assume: 4}
  pert: {assume: 0.2, range: [0.1, 0.9], shape: pert}
  pert_left: {assume: 1, range: [1, 7], shape: pert}
  most_pert: {assume: 4, range: [0, 7], whole: true, shape: pert}
  bell: {assume: 4, range: [2, 6], shape: normal}
  chance: {assume: 0.5, range: [0.2, 0.95], bounds: [0, 1], shape: normal}
  bells: {assume: 4, range: [2, 6], shape: normal, whole: true}
  skewed: {assume: 4, range: [0.5, 30], shape: lognormal}
  skewed_cut: {assume: 4, range: [0.5, 30], bounds: [0, 40], shape: lognormal}
  listed: {assume: 0.1, shape: discrete, weights: {0.5: 1, 0.1: 2, 0.3: 0, -4: 0.25}}
  weighed: {assume: low, options: [low, mid, high], weights: {low: 1, mid: 0, high: 3}}
  truth: {assume: true, weights: {true: 3, false: 1}}
  yes: {assume: true}
  two: {assume: a, options: [a, b]}
  seven: {assume: p, options: [o, p, q, r, s, t, u]}
state: {x: 0.0}
events: {tick: {every: 1, do: x += plain}}
outcomes: {x: {final: x}}
"""
)
#: With a boolean that is sampled, which no file of a model says.
MIXED = replace(
    WRITTEN,
    parameters=dict(WRITTEN.parameters)
    | {"yes": replace(WRITTEN.parameters["yes"], low=0.0, high=1.0)},
)
LINKED = toy(
    """
parameters:
  plain: {assume: 1.5, range: [-1.0, 2.5]}
  bell: {assume: 4, range: [2, 6], shape: normal}
  held: {assume: 4}
  part: {assume: 0.2, range: [0, 1]}
  number: {assume: 3, range: [-2, 9], whole: true}
  rest: {assume: 0.5, range: [0.1, 0.6]}
  skewed: {assume: 4, range: [0.5, 30], shape: lognormal}
  last: {assume: 0.3, range: [0, 0.5]}
  left: {assume: 30, range: [0, 90]}
  right: {assume: 70, range: [0, 100]}
correlations:
  - {of: [skewed, plain, bell], rank: 0.6}
  - {of: [number, bell], rank: -0.7}
shares: [{of: [part, last, rest]}, {of: [right, left], to: 100}]
state: {x: 0.0}
"""
)
ONE = toy("parameters: {only: {assume: 1, range: [0, 3]}}\nstate: {x: 0.0}\n")


#: With members that move together, between others.
TOGETHER = toy(
    """
sets: {place: [a, b, c]}
parameters:
  before: {assume: 1, range: [0, 3]}
  shared: {over: place, assume: 1.0, range: [0.5, 2.0], together: true,
           members: {b: {range: [1.0, 7.0], shape: loguniform}, c: {shape: triangular}}}
  apart: {over: place, assume: 1.0, range: [0.5, 2.0]}
  words: {over: place, assume: x, options: [x, y, z], together: true}
  whole: {over: place, assume: 3, range: [1, 9], whole: true, together: true}
state: {x: 0.0}
"""
)


def add_sample(calls: Calls, model: Model, n: int, seed: int) -> None:
    uncertain = [
        parameter_item(p) | {"value": p.value} for p in model.parameters.values() if p.uncertain
    ]
    names, futures = sample(model, n, "latin_hypercube", seed)
    assert names == tuple(p["name"] for p in uncertain) and names
    depend = links(model, names)
    more = [asdict(depend)] if depend else []
    calls.add("futures.sampleFutures", futures.ravel(), "statistics", uncertain, n, seed, *more)


@pytest.fixture(scope="module")
def studies() -> list[list[sim.Scenario]]:
    """The scenarios of both studies."""
    return [
        [sim.load_scenario(path) for path in STUDIES if path.parent.name == name]
        for name in ("port_strike", "ukraine_2025")
    ]


def hand_set(chosen: list[sim.Scenario]) -> list[sim.Scenario]:
    """Scenarios, and the last with a few of its uncertain parameters set by hand."""
    last = chosen[-1]
    free = [p for p in last.model.parameters.values() if p.uncertain][::5]
    settings = {p.name: p.type.options[-1] if p.type.options else p.high for p in free}
    return [*chosen, last.with_settings(settings, name="by_hand")]


@pytest.fixture(scope="module")
def answers(
    node: str, studies: list[list[sim.Scenario]], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, Any, Any]]:
    """What Python and what JavaScript say, of one process of Node."""
    calls = Calls()
    for model, seed, n in product((MIXED, LINKED, ONE, TOGETHER), SEEDS, SIZES):
        add_sample(calls, model, n, seed)
    for chosen in studies:
        for pair in [*product((7, 40), SEEDS), (200, SEEDS[0]), (201, SEEDS[-1]), (1000, SEEDS[2])]:
            add_sample(calls, chosen[0].model, *pair)
        add_rows(calls, hand_set(chosen))
    for n in SIZES:
        calls.add("futures.blocksOf", blocks("latin_hypercube", n), n)
    for uncertain, runs in product((True, False), (0, 1, 4, 5, 7, 11, 50, 999, 1000, 1001, 4000)):
        calls.add("futures.designSizes", sizes(uncertain, None, runs or None), uncertain, runs)
        few = sizes(uncertain, None, runs or None, most=60)
        calls.add("futures.designSizes", few, uncertain, runs, 60)
    for name, n, seed in product(("model", "as_it_was"), (1, 7, 60), SEEDS):
        add_listed(calls, sim.load_model(FITTED / f"{name}.yaml"), n, seed)
    return calls.run(node, tmp_path_factory.mktemp("futures"))


def add_listed(calls: Calls, model: Model, n: int, seed: int) -> None:
    """Add the plausible futures of a model, laid over what is drawn."""
    names, drawn = sample(model, n, "latin_hypercube", seed)
    found = listed(model)
    given = {"names": list(found.names), "values": [float(v) for v in found.values.ravel()]}
    laid = sample(model, n, "plausible", seed)[1]
    assert not np.array_equal(laid, drawn)
    calls.add("futures.layListed", laid.ravel(), drawn.ravel(), list(names), given)


def add_rows(calls: Calls, chosen: list[sim.Scenario]) -> None:
    """Add the rows of scenarios, in three futures and at central values."""
    for futures in (3, 0):
        experiment = make_experiment(chosen, futures=futures, seed=5)
        for i, program in enumerate(experiment.programs()):
            rows = [experiment.row(i, f) for f in range(len(experiment.futures))]
            central = make_experiment(chosen, futures=0).row(i, 0)
            values = [of["name"] for of in description(program)["values"]]
            follows = sorted(experiment.follows(i))
            given = [central, values, list(experiment.parameters), follows]
            calls.add("futures.rowsOf", np.ravel(rows), *given, experiment.futures.ravel())


@pytest.mark.parametrize(
    "function", ["sampleFutures", "layListed", "rowsOf", "blocksOf", "designSizes"]
)
def test_a_page_and_python_agree(answers: list[tuple[str, Any, Any]], function: str) -> None:
    seen = 0
    for name, expected, found in answers:
        if name == function:
            wanted, given = (np.array(x, float).ravel() for x in (expected, found))
            assert wanted.shape == given.shape
            assert np.array_equal(wanted.view(np.int64), given.view(np.int64))
            seen += 1
    assert seen > 10


def test_every_shape_and_kind_is_sampled() -> None:
    uncertain = [p for p in MIXED.parameters.values() if p.uncertain]
    assert {p.shape for p in uncertain} == set(SHAPES)
    assert {p.type.kind for p in uncertain} == {"number", "whole", "option", "boolean"}


def test_a_quantile_at_either_end_is_within_the_range() -> None:
    """A place in the last stratum may round up to 1."""
    for p in (p for p in MIXED.parameters.values() if p.uncertain):
        numbers = law(p)
        for u in (0.0, 1.0):
            found = hypercube.shaped(u, *codes(p), numbers, 0, len(numbers))
            assert found == shaped(p, np.array([u]))[0]
            rounds = p.shape in ("uniform", "loguniform", "triangular")
            assert rounds or p.type.worded or p.low <= found <= p.high


def test_a_parameter_set_by_hand_does_not_follow(studies: list[list[sim.Scenario]]) -> None:
    for chosen in studies:
        experiment = make_experiment(hand_set(chosen), futures=2)
        *_, before, after = (experiment.follows(i) for i in range(len(experiment.scenarios)))
        assert after < before and math.isfinite(experiment.row(0, 0).sum())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"shape": "beta"}, "'beta' is none of uniform, loguniform, triangular, pert"),
        ({"low": None}, "'a' has no range, or no value of its own"),
    ],
)
def test_what_cannot_be_sampled_is_refused(
    node: str, tmp_path: Path, entry: dict[str, Any], words: str
) -> None:
    calls = Calls()
    plain = {"name": "a", "kind": "number", "low": 0, "high": 1, "value": 0}
    calls.add("futures.sampleFutures", None, "statistics", [plain | entry], 2, 1)
    with pytest.raises(AssertionError, match=words):
        calls.run(node, tmp_path)
