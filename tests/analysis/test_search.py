"""Search keeps its promise: known fronts, noise, bounds, fresh numbers, scenarios that run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import sim
from sim.analysis.candidates import evolve
from sim.analysis.fronts import write_scenarios
from sim.analysis.inputs import Factor, factors
from sim.analysis.pareto import (
    crowding,
    draws,
    front_probability,
    fronts,
    nondominated,
    survivors,
    violation,
)
from sim.analysis.search import read_bounds, search_levers
from sim.cli.app import app
from sim.errors import ExperimentError
from sim.language.terms import NUMBER
from sim.statistics.estimates import estimate
from sim.study.experiment import Target
from sim.study.scenario import Scenario, load_scenario

#: More push gains and costs; `idle` does nothing, `bad` only costs.
MODEL = """\
model: toy
time: {horizon: 1}
levers:
  push: {default: 0, range: [0, 10], step: 1}
  mode: {default: none, options: [none, bad]}
  idle: {default: 1, range: [0, 4]}
  fine: {default: 0.0, range: [0.0, 3.0]}
state: {gain: 0.0, cost: 0.0}
events:
  end:
    at: 1
    do: |
      shock = normal(0, 1)
      gain = push + fine / 1000000 + shock + normal(0, 0.1)
      cost = push * push / 10 + shock + (1 if mode == 'bad' else 0)
outcomes:
  gain: {final: gain, goal: maximize}
  cost: {final: cost, goal: minimize}
  dear: {final: cost > 9, goal: minimize}
  aimless: {final: cost}
"""


@pytest.fixture
def toy(tmp_path: Path) -> Scenario:
    (tmp_path / "m.yaml").write_text(MODEL)
    (tmp_path / "seeds").mkdir()  # the top of a study
    return load_scenario(tmp_path / "m.yaml")


def hypervolume(costs: np.ndarray, reference: np.ndarray) -> float:
    """The area that a front of two objectives dominates, up to a reference point."""
    kept = costs[(costs < reference).all(axis=1)]
    kept = kept[nondominated(kept)]
    kept = kept[np.lexsort((kept[:, 1], kept[:, 0]))]
    edges = np.append(kept[1:, 0], reference[0])
    return float(((edges - kept[:, 0]) * (reference[1] - kept[:, 1])).sum())


def test_fronts() -> None:
    costs = np.array([[0, 3], [1, 1], [3, 0], [2, 2], [3, 3], [1, 1]], float)
    assert nondominated(costs).tolist() == [True, True, True, False, False, True]
    assert fronts(costs).tolist() == [0, 0, 0, 1, 2, 0]
    assert survivors(costs, 2).tolist() == [0, 2]
    assert len(survivors(costs, 5)) == 5
    assert np.isinf(crowding(costs[:3])[[0, 2]]).all()
    assert hypervolume(costs, np.array([4.0, 4.0])) == pytest.approx(4 + 6 + 1)
    with pytest.raises(ValueError, match="missing"):
        nondominated(np.array([[0.0, 1.0], [np.nan, 2.0]]))


def test_front_probability() -> None:
    rng = np.random.default_rng(1)
    shared = rng.normal(0, 5, (1, 400, 1))
    means = np.array([[0.0, 1.0], [1.0, 0.0], [0.6, 0.6], [2.0, 2.0], [0.0, 1.05]])
    values = means[:, None, :] + shared + rng.normal(0, 0.3, (5, 400, 2))
    sure = front_probability(values)
    assert sure[0] > 0.5 and sure[1] > 0.95 and sure[2] > 0.95 and sure[3] == 0.0
    assert 0.0 < sure[4] < 1.0  # as good as its neighbour: chance decides
    able = np.ones((1000, 5), bool)
    able[:, 1] = False
    assert front_probability(values, able)[1] == 0.0


def test_room_on_a_front_by_hand() -> None:
    """Per objective the distance between the two neighbours, as a share of the front's extent."""
    costs = np.array([[0.0, 10.0], [1.0, 4.0], [5.0, 1.0], [10.0, 0.0]])
    inf = np.inf
    assert crowding(costs) == pytest.approx(np.array([inf, 0.5 + 0.9, 0.9 + 0.4, inf]))
    flat = np.column_stack([costs[:, 0], np.full(4, 2.0)])  # no extent: no room to be shared
    assert crowding(flat) == pytest.approx(np.array([inf, 0.5, 0.9, inf]))
    assert crowding(costs[:1]).tolist() == [inf]
    assert survivors(costs, 3).tolist() == [0, 1, 3]
    assert survivors(np.vstack([costs, costs + 1]), 5).tolist()[:4] == [0, 1, 2, 3]
    assert survivors(np.empty((0, 2)), 3).tolist() == []


def test_a_resample_weighs_replications_by_how_often_it_draws_them() -> None:
    weights = draws(7, 100, 3)
    assert weights.shape == (100, 7)
    assert weights.sum(axis=1) == pytest.approx(np.ones(100))
    assert np.allclose(weights * 7, np.round(weights * 7)) and weights.min() >= 0
    assert weights.mean() == pytest.approx(1 / 7)
    assert np.array_equal(weights, draws(7, 100, 3))
    assert not np.array_equal(weights, draws(7, 100, 4))


def test_one_replication_leaves_no_doubt_about_the_front() -> None:
    values = np.array([[[0.0, 1.0]], [[1.0, 0.0]], [[1.0, 2.0]]])
    assert front_probability(values, resamples=8).tolist() == [1.0, 1.0, 0.0]
    able = np.ones((8, 3), bool)
    able[:2, 0] = (
        False  # in 2 of 8 resamples the first is not feasible, and the third is on the front
    )
    able[:2, 1] = False
    assert front_probability(values, able, resamples=8).tolist() == [0.75, 0.75, 0.25]


def test_violation() -> None:
    means = np.array([[1.0, 5.0], [3.0, 5.0], [1.0, 9.0]])
    limits = [(0, Target(at_most=2)), (1, Target(at_least=4, at_most=6))]
    assert violation(means, limits).tolist() == [0.0, 1.0, 3.0]


def zdt1(x: np.ndarray) -> np.ndarray:
    """Zitzler, Deb and Thiele (2000): the front is at zero of all inputs but the first."""
    g = 1 + 9 * x[:, 1:].mean(axis=1)
    return np.column_stack([x[:, 0], g * (1 - np.sqrt(x[:, 0] / g))])


def noisy(x: np.ndarray) -> np.ndarray:
    """Means of ZDT1 with chance, most of it common to all points, the rest its own and repeatable."""
    common = np.random.default_rng(0).normal(0, 0.3, (1, 50, 1))
    own = [np.random.default_rng(int(row.sum() * 1e9)).normal(0, 0.2, (50, 2)) for row in x]
    return np.asarray((zdt1(x)[:, None, :] + common + np.array(own)).mean(axis=1))


SPACE = [Factor(f"x{i}", "", "", "lever", NUMBER, 0.5, 0.0, 1.0) for i in range(5)]


def test_zdt1_with_noise() -> None:
    tried, means = evolve(SPACE, noisy, np.ones(2), budget=1000, seed=1)
    kept = survivors(means, 20)
    reference = np.array([1.1, 1.1])
    truth = hypervolume(zdt1(tried[kept]), reference)
    blind = np.random.default_rng(1).random((1000, 5))
    luck = hypervolume(zdt1(blind), reference)
    assert truth > 0.6 and truth > luck + 0.3  # the whole front would have 0.877
    # what the search saw flatters; what is seen on fresh numbers does not
    fresh = zdt1(tried[kept]).mean(axis=0)
    assert means[kept].mean() < fresh.mean() + 0.05


def test_a_search_goes_on_from_its_storage(tmp_path: Path) -> None:
    file = tmp_path / "search.log"
    first, _ = evolve(SPACE, noisy, np.ones(2), budget=30, seed=1, storage=file)
    asked: list[int] = []

    def counted(x: np.ndarray) -> np.ndarray:
        asked.append(len(x))
        return noisy(x)

    both, _ = evolve(SPACE, counted, np.ones(2), budget=50, seed=1, storage=file)
    assert sum(asked) <= 20 and len(both) == len(first) + sum(asked)
    assert both[: len(first)] == pytest.approx(first)
    evolve(SPACE, counted, np.ones(2), budget=50, seed=1, storage=file)
    assert sum(asked) <= 20


def test_a_storage_is_of_one_search(tmp_path: Path) -> None:
    """Another model, range, scenario, outcome or seed would mix its candidates with the old ones."""
    file = tmp_path / "search.log"

    def go(text: str, objective: str = "gain", budget: int = 10, **settings: int) -> None:
        (tmp_path / "m.yaml").write_text(text)
        made = load_scenario(tmp_path / "m.yaml").with_settings(settings)
        search_levers(
            made, [objective], factors(made, ["push"]), method="nsga2", budget=budget,
            replications=2, fresh_replications=4, storage=file,
        )  # fmt: skip

    go(MODEL)
    go(MODEL, budget=20)  # more of the same
    others = [
        (MODEL.replace("push * push / 10", "push / 10"), {}),
        (MODEL.replace("range: [0, 10]", "range: [0, 9]"), {}),
        (MODEL.replace("gain: 0.0", "gain: 1.0"), {}),
        (MODEL.replace("goal: maximize", "goal: minimize"), {}),
        (MODEL, {"objective": "cost"}),
        (MODEL, {"idle": 3}),
    ]
    for text, rest in others:
        with pytest.raises(ExperimentError, match="holds candidates of another search"):
            go(text, **rest)  # type: ignore[arg-type]
    for words in ("a note", '{"a": 1}\n', "[]\n[]\n"):
        file.write_text(words)
        with pytest.raises(ExperimentError, match="holds no candidates of a search"):
            go(MODEL)
        assert file.read_text() == words


def test_grid_of_a_model(toy: Scenario) -> None:
    inputs = factors(toy, ["push", "mode", "idle"])
    found = search_levers(
        toy, ["gain", "cost"], inputs, levels=11, replications=20, fresh_replications=200, keep=30
    )
    assert found.method == "grid" and len(found.cloud) == 11 * 2 * 5
    assert {f.settings[0][1] for f in found.best} == set(range(11))
    assert all(dict(f.settings)["mode"] == "none" for f in found.best)
    assert all(f.on_front > 0.95 for f in found.best)
    assert all(dict(f.settings)["idle"] == 1 for f in found.best)  # of twins, the nearest
    assert {f.twins for f in found.best} == {4}
    for f in found.finalists:
        push = float(dict(f.settings)["push"])
        assert f.gains[0].mean == pytest.approx(push) or f.gains[0].low <= push <= f.gains[0].high
    assert "110 settings by a full grid, 20 replications each" in " ".join(found.notes())
    assert "push=" in str(found) and found.chart().to_dict()
    assert found.table()[-1]["point"] == "toy"


#: `early` comes nearly always where `push` is 1, and always where it is 2; `gain` is least at 1.
SPARSE = """\
model: toy
time: {horizon: 1}
levers: {push: {default: 2, range: [1, 2]}}
events:
  early: {rate: 5.5 if push == 1 else 1000}
outcomes:
  gain: {final: push, goal: maximize}
  day: {first: early, goal: minimize}
"""


def test_a_setting_that_loses_a_value_on_fresh_numbers_is_no_finalist(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(SPARSE)
    sparse = load_scenario(tmp_path / "m.yaml")
    found = search_levers(sparse, ["gain", "day"], replications=5, fresh_replications=2_000)
    assert [dict(f.settings)["push"] for f in found.finalists] == [2]
    assert not np.isnan([f.fresh[1].mean for f in found.best]).any() and found.dropped == 1
    assert "Left out for missing values: 1 setting." in " ".join(found.notes())
    with pytest.raises(ExperimentError, match="each of the 1 best settings has missing values"):
        search_levers(
            sparse, ["day"], replications=5, fresh_replications=2_000,
            constraints={"gain": Target(at_most=1)},
        )  # fmt: skip


def test_bounds_hold(toy: Scenario) -> None:
    found = search_levers(
        toy, ["gain"], factors(toy, ["push", "mode"]), constraints={"cost": Target(at_most=3.0)},
        levels=11, replications=200, fresh_replications=400,
    )  # fmt: skip
    (best,) = found.best
    assert dict(best.settings) == {"push": 5, "mode": "none"} and best.meets > 0.9
    assert [o.name for o in found.outcomes] == ["gain", "cost"] and found.objectives == 1
    assert found.chart().to_dict()
    with pytest.raises(ExperimentError, match="none of the 22 settings"):
        search_levers(
            toy, ["gain"], factors(toy, ["push", "mode"]), constraints={"cost": Target(at_most=-9)},
            levels=11, replications=20,
        )  # fmt: skip
    with pytest.raises(ExperimentError, match="no goal"):
        search_levers(toy, ["aimless"])


def test_shares_have_the_intervals_of_shares(toy: Scenario) -> None:
    start = toy.with_settings({"push": 9})
    found = search_levers(start, ["dear"], factors(start, ["push"]), fresh_replications=200, seed=1)
    ensemble = sim.run(
        [start, start.with_settings(dict(found.best[0].settings), "found")],
        replications=200, seed=1 + 1_000_003,
    )  # fmt: skip
    rows = {r.scenario: r for r in sim.compare(ensemble).rows if r.outcome == "dear"}
    assert found.reference[0] == rows["toy"].estimate and found.best[0].fresh[0].high > 0
    assert found.best[0].fresh[0] == rows["found"].estimate
    assert found.best[0].gains[0] == rows["found"].difference


def test_nsga2_on_a_model(toy: Scenario) -> None:
    found = search_levers(
        toy, ["gain", "cost"], factors(toy, ["push", "mode"]), method="nsga2", budget=100,
        replications=10, fresh_replications=100, constraints={"cost": Target(at_most=6)},
    )  # fmt: skip
    assert found.method == "nsga2"
    assert all(dict(f.settings)["mode"] == "none" for f in found.best)
    assert max(int(dict(f.settings)["push"]) for f in found.best) in (7, 8)


def test_what_is_printed_is_what_was_run(toy: Scenario) -> None:
    """A setting of many digits is written in full, and evolution tries none that has too many."""
    (lever,) = factors(toy, ["fine"])
    found = search_levers(
        toy, ["gain"], [lever], method="nsga2", budget=20, replications=2, fresh_replications=4
    )
    for f in found.finalists:
        value = float(dict(f.settings)["fine"])
        assert f.words == f"fine={value!r}" and len(repr(value)) <= 7
        again = sim.run(
            toy.with_settings({"fine": float(f.words.partition("=")[2])}),
            replications=4, seed=1 + 1_000_003,
        )  # fmt: skip
        assert estimate(again.outcome("gain")[0], share=False).mean == f.fresh[0].mean


def test_scenarios_are_ready_to_run(toy: Scenario, tmp_path: Path) -> None:
    start = toy.with_settings({"idle": 3})
    found = search_levers(
        start, ["gain", "cost"], factors(start, ["push"]), replications=10, fresh_replications=20
    )
    paths = write_scenarios(found, start, tmp_path / "found")
    assert len(paths) == len(found.best)
    for path, finalist in zip(paths, found.best, strict=True):
        again = load_scenario(path)
        assert again.values()["push"] == dict(finalist.settings)["push"]
        assert again.values()["idle"] == 3
        ensemble = sim.run(again, replications=20, seed=1 + 1_000_003)
        assert ensemble.outcome("gain").mean() == pytest.approx(finalist.fresh[0].mean)


def test_the_verb(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(MODEL)
    (tmp_path / "seeds").mkdir()
    model = str(tmp_path / "m.yaml")
    words = ["search", model, "--outcome", "gain", "--outcome", "cost", "--only", "push", "-q"]
    done = CliRunner().invoke(
        app, [*words, "-n", "5", "--fresh", "10", "-o", str(tmp_path / "out"), "--format", "csv",
              "--chart", str(tmp_path / "c.svg")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("point,best,push,gain,") and (tmp_path / "c.svg").is_file()
    assert list((tmp_path / "out").glob("toy_best_*.yaml"))
    outside = CliRunner().invoke(app, [*words, "-o", str(tmp_path.parent / "elsewhere")])
    assert isinstance(outside.exception, ExperimentError)
    with pytest.raises(ExperimentError, match="not of the form"):
        read_bounds(["cost=3"])
    assert read_bounds(["cost<=3", "cost >= 1"]) == {"cost": Target(1.0, 3.0)}
