"""PRIM finds planted boxes, agrees with EMA Workbench's, and says what it does not know."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.analysis.discovery import discover
from sim.analysis.prim import (
    Bools,
    Floats,
    box_of,
    chosen,
    found,
    pasted,
    peeled,
    pruned,
    quasi_p,
    reproduced,
    screened,
)
from sim.analysis.regions import Restriction
from sim.errors import ExperimentError
from sim.study.experiment import Target
from sim.study.scenario import load_scenario

#: `y` is low where `hot` is above 0.6 and `slow` below 0.4.
MODEL = """\
model: toy
time: {horizon: 1}
levers: {effort: {default: 0.0, range: [0.0, 1.0]}}
parameters:
  hot: {assume: 0.5, range: [0.0, 1.0]}
  slow: {assume: 0.5, range: [0.0, 1.0]}
  p1: {assume: 0.5, range: [0.0, 1.0]}
  p2: {assume: 0.5, range: [0.0, 1.0]}
  p3: {assume: 3, range: [1, 5], whole: true}
state: {y: 0.0}
events:
  end: {at: 1, do: "y = (0 if hot > 0.6 and slow < 0.4 else 1) + normal(0, 0.3)"}
outcomes:
  y: {final: y, goal: maximize}
  never: {first: y > 100}
"""


def planted(n: int, size: int, seed: int) -> tuple[Floats, Bools]:
    """Cases crowd where input 2 is below 0.4 and input 5 above 0.5: 90 % there, 8 % elsewhere."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, size))
    inside = (x[:, 2] < 0.4) & (x[:, 5] > 0.5)
    return x, np.where(inside, rng.random(n) < 0.9, rng.random(n) < 0.08)


@pytest.mark.parametrize(("n", "size"), [(1000, 8), (1000, 200)])
def test_the_planted_box_is_found(n: int, size: int) -> None:
    x, cases = planted(n, size, seed=1)
    boxes, box = found(x, cases)
    assert box.restricted == (2, 5)
    assert box.high[2] == pytest.approx(0.4, abs=0.03) and box.low[5] == pytest.approx(
        0.5, abs=0.03
    )
    assert box.low[2] == -np.inf and box.high[5] == np.inf
    assert box.density > 0.85 and box.coverage > 0.6
    assert all(p < 1e-6 for p in quasi_p(x, cases, box).values())
    again = reproduced(x, cases, box, resamples=10)
    assert min(again[2], again[5]) == 1.0 and np.delete(again, [2, 5]).mean() < 0.75
    masses = [b.mass for b in boxes]
    assert masses == sorted(masses, reverse=True) and masses[0] == 1.0
    assert boxes[0].coverage == 1.0


def test_peeling_a_line_by_hand() -> None:
    """Of 40 points in a row the last 10 are cases: 2 points go first, then one by one to the first case."""
    x = np.arange(40.0)[:, None]
    boxes = peeled(x, x[:, 0] >= 30)
    assert [b.low[0] for b in boxes] == [-np.inf, *range(2, 31)]
    assert all(b.high[0] == np.inf for b in boxes)
    last = boxes[-1]
    assert (last.points, last.cases, last.density, last.coverage) == (10, 10, 1.0, 1.0)
    assert last.mass == 0.25 and boxes[0].density == 0.25
    down = peeled(-x, x[:, 0] >= 30)  # the same from the other end
    assert [b.high[0] for b in down] == [np.inf, *range(-2, -31, -1)]
    one = peeled(x, x[:, 0] == 20)[-1]  # a box holds at least a twentieth of the points
    assert (one.points, one.cases, one.density, one.coverage) == (2, 1, 0.5, 1.0)


def test_pasting_goes_back_to_the_last_case() -> None:
    x = np.arange(20.0)[:, None]
    box = box_of(x, x[:, 0] >= 10, np.array([12.0]), np.array([17.0]))
    assert (box.points, box.coverage) == (6, 0.6)
    wide = pasted(x, x[:, 0] >= 10, box)
    assert (wide.low[0], wide.high[0], wide.density, wide.coverage) == (10.0, 19.0, 1.0, 1.0)


def test_quasi_p_is_a_binomial_tail() -> None:
    """3 cases of 4 points, where half of all points are cases: 5/16."""
    x = np.column_stack([np.arange(10.0), np.zeros(10)])
    cases = np.isin(np.arange(10), [0, 1, 2, 6, 8])
    box = box_of(x, cases, np.array([-np.inf, -np.inf]), np.array([3.0, np.inf]))
    assert quasi_p(x, cases, box) == {0: pytest.approx(5 / 16)}
    none = box_of(x, cases, np.array([9.0, -np.inf]), np.array([np.inf, np.inf]))
    assert quasi_p(x, cases, none) == {0: 1.0}  # no case: as likely as anything
    assert pruned(x, cases, box).restricted == ()


def test_the_chosen_box_balances_coverage_and_density() -> None:
    x = np.arange(10.0)[:, None]
    cases = np.isin(np.arange(10), [6, 7, 9])
    low = [-np.inf, 6.0, 9.0]  # harmonic means 6/13, 6/7, 1/2
    boxes = [box_of(x, cases, np.array([end]), np.array([np.inf])) for end in low]
    assert chosen(boxes) == 1
    assert chosen([box_of(x, cases, np.array([8.0]), np.array([8.0])), boxes[0]]) == 1


def test_screening_keeps_the_inputs_in_which_cases_differ() -> None:
    cases = np.arange(12) < 4
    apart, mixed = np.arange(12.0), np.arange(12.0) % 4
    x = np.column_stack([np.ones(12), mixed, apart])
    assert screened(x, cases, keep=1).tolist() == [2]
    assert screened(x, cases, keep=2).tolist() == [1, 2]
    assert screened(x, cases).tolist() == [0, 1, 2]


def test_no_box_where_there_is_none() -> None:
    rng = np.random.default_rng(2)
    x, cases = rng.random((600, 6)), rng.random(600) < 0.3
    again = reproduced(x, cases, found(x, cases)[1], resamples=10)
    assert again.mean() < 0.9


def test_agrees_with_ema_workbench() -> None:
    """The same criterion and peel give the same kind of trajectory: equal density at equal mass."""
    pandas = pytest.importorskip("pandas")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = pytest.importorskip("ema_workbench.analysis.prim")
        x, cases = planted(600, 6, seed=3)
        frame = pandas.DataFrame(x, columns=[f"x{i}" for i in range(6)])
        path = (
            theirs.Prim(
                frame, cases.astype(int), threshold=0.1, peel_alpha=0.05, mass_min=0.05,
                obj_function=theirs.PRIMObjectiveFunctions.LENIENT1,
            )
            .find_box()
            .peeling_trajectory
        )  # fmt: skip
    ours = peeled(x, cases)
    for mass in (0.8, 0.6, 0.4, 0.25):
        near = min(ours, key=lambda b: abs(b.mass - mass))
        row = path.iloc[(path["mass"] - mass).abs().argmin()]
        assert near.density == pytest.approx(float(row["density"]), abs=0.05)
        assert near.coverage == pytest.approx(float(row["coverage"]), abs=0.05)


def test_pasting_never_loses_density() -> None:
    x, cases = planted(500, 6, seed=4)
    boxes = peeled(x, cases)
    tight = boxes[-1]
    wide = pasted(x, cases, tight)
    assert wide.density >= tight.density and wide.points >= tight.points


def test_pruning_drops_what_chance_explains() -> None:
    x, cases = planted(1000, 6, seed=5)
    low, high = np.full(6, -np.inf), np.full(6, np.inf)
    high[2], low[5], low[0] = 0.4, 0.5, 0.05
    box = pruned(x, cases, box_of(x, cases, low, high))
    assert box.restricted == (2, 5)


def test_inputs_with_few_values_are_peeled_by_value() -> None:
    rng = np.random.default_rng(6)
    x = rng.integers(1, 6, (400, 3)).astype(float)
    cases = x[:, 1] == 5
    boxes = peeled(x, cases)
    best = boxes[chosen(boxes)]
    assert best.restricted == (1,) and best.low[1] == 5.0
    assert best.density == best.coverage == 1.0
    assert 1 in screened(x, cases, keep=1)


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> sim.Ensemble:
    path = tmp_path_factory.mktemp("toy") / "m.yaml"
    path.write_text(MODEL)
    return sim.run(sim.make_experiment(load_scenario(path), futures=400, replications=10, seed=4))


def test_discovery_in_a_model(ensemble: sim.Ensemble) -> None:
    result = discover(ensemble, "y", Target(at_least=0.5))
    bounds = {r.name: r for r in result.box.restrictions}
    assert set(bounds) == {"hot", "slow"}
    assert bounds["hot"].low == pytest.approx(0.6, abs=0.05)
    assert bounds["slow"].high == pytest.approx(0.4, abs=0.05)
    assert bounds["hot"].quasi_p < 1e-6 and bounds["hot"].reproduced == 1.0
    assert result.others < 0.8
    assert result.fails.low <= 0.16 <= result.fails.high
    assert result.learned + result.judged == 400
    assert result.box.density.mean > 0.8 and result.box.coverage.mean > 0.8
    assert result.box.density.n == round(result.box.mass * result.judged)
    leaf = result.leaves[0]
    assert {r.name for r in leaf.restrictions} == {"hot", "slow"} and leaf.density.mean > 0.8
    assert result.box.words.startswith("fails in ")
    assert f"hot at least {bounds['hot'].low:.3g}" in result.box.words
    assert "In short: fails in" in " ".join(result.notes())
    assert "hot at least" in str(result)
    assert result.chart().to_dict()
    assert {row["method"] for row in result.table()} == {"prim", "cart"}


def test_another_box_may_be_chosen(ensemble: sim.Ensemble) -> None:
    result = discover(ensemble, "y", Target(at_least=0.5), choose=0, tree=False)
    assert not result.box.restrictions and result.box.coverage.mean == 1.0 and not result.leaves
    with pytest.raises(ExperimentError, match="there is no box 999"):
        discover(ensemble, "y", Target(at_least=0.5), choose=999)


def test_what_cannot_be_discovered(ensemble: sim.Ensemble, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="no target"):
        discover(ensemble, "y")
    with pytest.raises(ExperimentError, match="none of the 400 futures fail"):
        discover(ensemble, "y", Target(at_least=-5))
    with pytest.raises(ExperimentError, match="'never' has a value in 0 of 400 futures only"):
        discover(ensemble, "never", Target(at_most=0.5))
    with pytest.raises(ExperimentError, match=r"no parameter 'hott'\n.*did you mean 'hot'"):
        discover(ensemble, "y", Target(at_least=0.5), only=["hott"])
    (tmp_path / "m.yaml").write_text(MODEL)
    few = sim.run(
        sim.make_experiment(load_scenario(tmp_path / "m.yaml"), futures=10, replications=2)
    )
    with pytest.raises(ExperimentError, match="at least 60 futures"):
        discover(few, "y", Target(at_least=0.5))


def test_restrictions_in_words() -> None:
    assert Restriction("a", "", -np.inf, 2.0).words == "a at most 2"
    assert Restriction("a", "", 1.5, np.inf).words == "a at least 1.5"
    assert Restriction("a", "", 1.5, 2.0).words == "a from 1.5 to 2"
