"""A program with some outcomes only: they, and all that happens, keep every bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toys import model

import sim
from sim.analysis.design import points
from sim.engine.codegen.program import generate, narrowed
from sim.engine.compiled import CompiledKernel, kernel_for
from sim.study.experiment import make_experiment

ROOT = Path(__file__).parent.parent.parent
FILES = (
    *sorted((ROOT / "tests" / "models").glob("*.yaml")),
    ROOT / "scenarios" / "port_strike" / "mediate.yaml",
    ROOT / "scenarios" / "ukraine_2025" / "hold_firm.yaml",
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_outcomes_that_are_left_keep_their_bits(path: Path) -> None:
    scenario = sim.load_scenario(path)
    whole = scenario.model
    names = tuple(whole.outcomes)[-1:]
    row = make_experiment(scenario, futures=0).row(0, 0)
    less = narrowed(whole, names)
    given = {"seed": 4, "future": 1, "first": 0, "count": 40}
    one = kernel_for(generate(whole)).run(row, **given)
    other = CompiledKernel(generate(less)).run(row, **given)
    places = [i for i, name in enumerate(whole.outcomes) if name in names]
    assert np.array_equal(one.outcomes[:, places], other.outcomes, equal_nan=True)
    assert np.array_equal(one.events, other.events)


def test_narrowing_returns_the_same_model_again() -> None:
    whole = model("state: {x: 1.0}\noutcomes: {a: {final: x}, b: {max: x}}")
    assert narrowed(whole, ["b", "a"]) is whole
    assert narrowed(whole, ["b"]) is narrowed(whole, ["b"])
    assert tuple(narrowed(whole, ["b"]).outcomes) == ("b",)


def test_an_outcome_that_nobody_asked_for_fails_nothing() -> None:
    scenario = sim.parse_scenario(
        """
model: toy
time: {horizon: 2}
levers: {k: {default: 0.0, range: [0, 1], unit: "1"}}
state: {x: 1.0}
outcomes: {bad: {final: 1 / k}, good: {final: x}}
""",
        Path("model.yaml"),
    )
    asked = {"matrix": np.zeros((1, 1)), "replications": 3, "seed": 1}
    assert points(scenario, ["k"], outcomes=["bad"], **asked).failed.all()
    found = points(scenario, ["k"], outcomes=["good"], **asked)
    assert not found.failed.any()
    assert (found.values == 1.0).all()
