"""The means of each future over time: those of its replications, the same from both kernels."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.execution import recording

FILES = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]


def kept(**more: object) -> sim.execution.trajectories.Trajectories:
    experiment = sim.load(FILES, replications=40)
    found = sim.run(experiment, series=["cost", "waiting"], **more).trajectories  # type: ignore[arg-type]
    assert found is not None
    return found


def test_halves_are_means_of_the_even_and_the_odd_replications() -> None:
    """At the horizon a series is the outcome that is final of it."""
    experiment = sim.load(FILES, replications=40)
    ensemble = sim.run(experiment, series=["cost", "waiting"], kernel="compiled")
    found = ensemble.trajectories
    assert found is not None and found.halves is not None and found.half_counts is not None
    cost = ensemble.outcome("cost")
    for half in (0, 1):
        np.testing.assert_allclose(
            found.halves[:, :, half, found.names.index("cost"), -1],
            cost[:, :, half::2].mean(axis=2),
        )
        assert (found.half_counts[:, :, half] == cost[:, :, half::2].shape[2]).all()


def test_both_kernels_keep_the_same() -> None:
    one, other = kept(kernel="simpy"), kept(kernel="compiled", threads=2)
    assert one.halves is not None and other.halves is not None
    np.testing.assert_array_equal(one.halves, other.halves)


def test_many_replications_of_a_future_are_joined_in_order() -> None:
    """More replications than one task takes, on several threads: the same bits."""
    experiment = sim.load(FILES[:1], futures=2, replications=recording_tasks() + 7)
    runs = [sim.run(experiment, series=["cost"], kernel="compiled", threads=t) for t in (1, 3)]
    first, second = (run.trajectories for run in runs)
    assert first is not None and second is not None
    assert first.halves is not None and second.halves is not None
    np.testing.assert_array_equal(first.halves, second.halves)
    cost = runs[0].outcome("cost")[0, :, 0::2].mean(axis=1)
    np.testing.assert_allclose(first.halves[0, :, 0, 0, -1], cost)


def recording_tasks() -> int:
    """Replications of a task that records series."""
    from sim.execution.runner import RECORDED

    return RECORDED


def test_too_many_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MAX_HALVES", 100)
    assert kept().halves is None
    central = sim.run(sim.load(FILES, futures=0, replications=5), series=["cost"]).trajectories
    assert central is not None and central.halves is None


def test_joined_ensembles_keep_them() -> None:
    parts = [sim.run(sim.load(file, replications=20), series=["cost"]) for file in FILES]
    joined = sim.Ensemble.concat(parts).trajectories
    assert joined is not None and joined.halves is not None
    assert joined.halves.shape[:3] == (2, 4, 2)
