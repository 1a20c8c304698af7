"""Series over time: exact values, moments over all replications, gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toys import scenario

import sim
from sim.execution import runner
from sim.execution.trajectories import Moments
from sim.storage.batch import write_batch
from sim.storage.results import load_results

LARGE = """
state: {x: {initial: 1000000000.0}, y: {initial: 0.0}}
events: {step: {every: 1, do: "x += 1\n\ny = normal(10, 2)"}}
"""


def test_small_steps_of_large_numbers_are_kept() -> None:
    found = sim.run(scenario(LARGE, 6), replications=3, series=["x"]).trajectories
    assert found is not None
    expected = [1e9 + i for i in range(7)]
    for level in found.band("x", "toy"):
        assert level.tolist() == expected
    assert found.samples[0, 1, 0].tolist() == expected
    assert found.mean("x", "toy").tolist() == expected
    assert found.sd("x", "toy").tolist() == [0.0] * 7


def test_moments_count_all_replications_though_bands_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = sim.run(scenario(LARGE, 6), replications=700, series=["y"]).trajectories
    monkeypatch.setattr(runner, "MAX_BANDED", 100)
    found = sim.run(scenario(LARGE, 6), replications=700, series=["y"], cache=False).trajectories
    assert found is not None and whole is not None
    assert (found.n, found.counted) == (100, 700)
    np.testing.assert_allclose(found.means, whole.means, rtol=1e-13)
    np.testing.assert_allclose(found.sds, whole.sds, rtol=1e-13)
    assert abs(found.mean("y", "toy")[3] - 10) < 4.5 * 2 / 700**0.5
    assert 1.7 < found.sd("y", "toy")[3] < 2.3


def test_moments_are_those_of_numpy_and_the_same_on_both_kernels() -> None:
    made = scenario(LARGE + "outcomes: {end: {final: y}}", 6)
    runs = [sim.run(made, replications=450, series=["y"], kernel=k) for k in ("simpy", "compiled")]
    first, second = (run.trajectories for run in runs)
    assert first is not None and second is not None
    np.testing.assert_array_equal(first.means, second.means)
    np.testing.assert_array_equal(first.sds, second.sds)
    np.testing.assert_array_equal(first.bands, second.bands)
    ends = runs[0].outcome("end").ravel()
    assert first.mean("y", "toy")[-1] == pytest.approx(ends.mean(), rel=1e-14)
    assert first.sd("y", "toy")[-1] == pytest.approx(ends.std(ddof=1), rel=1e-12)


def test_moments_of_groups_join() -> None:
    values = np.random.default_rng(1).normal(1e9, 1.0, (2, 3, 50))
    parts = [Moments.of(values[:, :, a:b]) for a, b in ((0, 7), (7, 7), (7, 41), (41, 50))]
    total = parts[0] + parts[1] + parts[2] + parts[3]
    assert total.count == 50
    np.testing.assert_allclose(total.mean, values.mean(axis=2), rtol=1e-15)
    np.testing.assert_allclose(total.squares / 49, values.var(axis=2, ddof=1), rtol=1e-6)


def test_a_value_that_some_replications_lack_is_a_gap() -> None:
    text = """
    state: {a: {initial: 0}}
    derived: {inverse: 1 / a}
    events: {go: {at: 3, do: "a = 1 if bernoulli(0.5) else 0"}, sure: {at: 5, do: a = 2}}
    """
    found = sim.run(scenario(text, 6), replications=40, series=["inverse"]).trajectories
    assert found is not None
    assert np.isnan(found.band("inverse", "toy")[:, :5]).all()
    assert found.mean("inverse", "toy")[5:].tolist() == [0.5, 0.5]


def test_moments_are_stored(tmp_path: Path) -> None:
    made = scenario(LARGE + "outcomes: {end: {final: y}}", 6)
    experiment = sim.make_experiment([made], replications=30, seed=3)
    write_batch(experiment, tmp_path / "out", series=["y"])
    stored = load_results(tmp_path / "out")
    found = stored.trajectories
    direct = sim.run(experiment, series=["y"]).trajectories
    assert found is not None and direct is not None
    np.testing.assert_array_equal(found.means, direct.means)
    np.testing.assert_array_equal(found.sds, direct.sds)
    assert found.counted == 30
    assert set(stored.to_xarray()) >= {"mean", "sd", "band"}


def test_mean_deviation_and_quantiles_at_a_time() -> None:
    found = sim.run(scenario(LARGE, 6), replications=50, series=True).trajectories
    assert found is not None
    x, y = found.at(3)
    assert (x["series"], x["time"], x["mean"], x["sd"]) == ("x", 3.0, 1e9 + 3, 0.0)
    assert y["mean"] == found.mean("y", "toy")[3] and y["q95"] == found.band("y", "toy")[4, 3]
    assert len(found.table()) == 7 * 2 and found.table()[6] == x
    for time in (2.5, 7, -1, float("nan")):
        with pytest.raises(sim.ExperimentError, match="there is no value at"):
            found.at(time)
