"""Scores against closed forms, and against forecasts that are known to be good or too sure."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtr

from sim.statistics.estimates import estimate
from sim.statistics.scores import (
    crps,
    crps_uniform,
    interval_score,
    interval_score_uniform,
    log_score,
    log_score_chance,
    rank_histogram,
    rank_range,
)


def crps_normal(y: float) -> float:
    """Gneiting and Raftery (2007), of the standard normal."""
    density = math.exp(-y * y / 2) / math.sqrt(2 * math.pi)
    return float(y * (2 * ndtr(y) - 1) + 2 * density - 1 / math.sqrt(math.pi))


@pytest.mark.parametrize("y", [-1.5, 0.0, 0.7, 3.0])
def test_crps_of_a_large_ensemble_is_that_of_its_distribution(y: float) -> None:
    draws = np.random.default_rng(1).normal(size=(1, 40_000))
    assert crps(draws, y) == pytest.approx(crps_normal(y), abs=0.02)


def test_crps_of_a_small_ensemble_is_fair() -> None:
    rng = np.random.default_rng(2)
    flat = [crps(rng.normal(size=(1, 4)), 0.5) for _ in range(20_000)]
    assert np.mean(flat) == pytest.approx(crps_normal(0.5), abs=0.01)
    # replications of one future are alike: pairs within it would make the ensemble look too narrow
    nested = []
    for _ in range(10_000):
        futures = rng.normal(scale=math.sqrt(0.5), size=(4, 1))
        nested.append(crps(futures + rng.normal(scale=math.sqrt(0.5), size=(4, 3)), 0.5))
    assert np.mean(nested) == pytest.approx(crps_normal(0.5), abs=0.01)


def test_crps_by_hand_and_without_values() -> None:
    assert crps(np.array([[1.0, 3.0]]), 1.0) == 0.0  # 1 − 2/2
    assert crps(np.array([[1.0, 3.0, math.nan]]), 0.0) == 1.0  # 2 − 2/2
    assert crps(np.array([[0.0, 4.0], [2.0, math.nan]]), 2.0) == pytest.approx(4 / 3 - 1.0)
    assert math.isnan(crps(np.array([[1.0]]), 1.0))
    assert math.isnan(crps(np.full((2, 3), math.nan), 1.0))


def test_crps_of_yes_and_no_is_the_score_of_brier() -> None:
    draws = (np.random.default_rng(3).random((1, 50_000)) < 0.3).astype(float)
    assert crps(draws, 0.0) == pytest.approx(0.09, abs=0.005)
    assert crps(draws, 1.0) == pytest.approx(0.49, abs=0.005)
    assert log_score(draws, 1.0) == pytest.approx(-math.log(0.3), abs=0.03)
    assert math.isfinite(log_score(np.zeros((1, 10)), 1.0))


@pytest.mark.parametrize("y", [-0.3, 0.0, 0.2, 0.5, 1.0, 1.8])
def test_crps_of_a_uniform_forecast(y: float) -> None:
    grid = np.linspace(-1.0, 3.0, 400_001)
    inside = (np.clip(grid, 0.0, 1.0) - (grid >= y)) ** 2
    assert crps_uniform(0.0, 1.0, y) == pytest.approx(float(inside.mean() * 4), abs=1e-4)
    assert crps_uniform(2.0, 2.0, y) == pytest.approx(2.0 - y)


def test_interval_score_punishes_width_and_misses() -> None:
    assert interval_score(2.0, 5.0, 3.0) == 3.0
    assert interval_score(2.0, 5.0, 1.5) == pytest.approx(3.0 + 20 * 0.5)
    assert interval_score(2.0, 5.0, 5.25) == pytest.approx(3.0 + 20 * 0.25)
    # it is proper: the true quantiles score better than wider and narrower ones
    seen = np.random.default_rng(4).normal(size=20_000)
    mean = {
        half: np.mean([interval_score(-half, half, float(y)) for y in seen])
        for half in (1.2, 1.645, 2.2)
    }
    assert min(mean, key=lambda half: mean[half]) == 1.645


def test_interval_score_of_a_uniform_forecast() -> None:
    # its middle 90 % is 2.2 to 5.8, so it is 3.6 wide; a miss by 0.3 costs 20 × 0.3
    assert interval_score_uniform(2.0, 6.0, 4.0) == pytest.approx(3.6)
    assert interval_score_uniform(2.0, 6.0, 1.9) == pytest.approx(3.6 + 6.0)
    assert interval_score_uniform(2.0, 6.0, 6.1, level=0.5) == pytest.approx(2.0 + 4 * 1.1)
    assert interval_score_uniform(3.0, 3.0, 3.5) == pytest.approx(10.0)


def test_log_score_of_a_chance() -> None:
    assert log_score_chance(0.2, 1.0) == pytest.approx(math.log(5))
    assert log_score_chance(0.2, 0.0) == pytest.approx(-math.log(0.8))
    assert log_score_chance(0.0, 0.0) == log_score_chance(1.0, 1.0) == 0.0
    assert log_score_chance(0.0, 1.0) == log_score_chance(1.0, 0.0) == math.inf
    # it is proper: of chances of an event of 0.3 the true one scores best
    mean = {p: 0.3 * log_score_chance(p, 1) + 0.7 * log_score_chance(p, 0) for p in (0.2, 0.3, 0.4)}
    assert min(mean, key=lambda p: mean[p]) == 0.3


def ranks(spread: float, count: int, seed: int) -> list[tuple[float, float]]:
    """Of forecasts with `spread` times the spread of what happens."""
    rng = np.random.default_rng(seed)
    return [rank_range(rng.normal(scale=spread, size=(1, 19)), rng.normal()) for _ in range(count)]


def test_ranks_are_flat_if_calibrated_and_high_at_the_ends_if_too_sure() -> None:
    good, sure, vague = (rank_histogram(ranks(x, 4_000, 5), 10) for x in (1.0, 0.4, 3.0))
    assert sum(good) == pytest.approx(1.0)
    assert np.abs(good - 0.1).max() < 4 * math.sqrt(0.1 * 0.9 / 4_000)
    assert min(sure[0], sure[-1]) > 0.2 > 0.1 > max(sure[3:7])
    assert max(vague[0], vague[-1]) < 0.05 < 0.1 < min(vague[4:6])


def test_ranks_of_discrete_forecasts_are_flat_if_calibrated() -> None:
    rng = np.random.default_rng(6)
    found = []
    for _ in range(8_000):
        p = rng.random()
        found.append(rank_range((rng.random((1, 9)) < p).astype(float), float(rng.random() < p)))
    assert np.abs(rank_histogram(found, 5) - 0.2).max() < 4 * math.sqrt(0.2 * 0.8 / 8_000)


def test_a_stretch_of_ranks_by_hand() -> None:
    values = np.array([[1.0, 2.0, math.nan, 2.0, 5.0]])
    assert rank_range(values, 2.0) == (0.2, 0.8)
    assert rank_range(values, 0.0) == (0.0, 0.2)
    assert rank_range(values, math.inf) == (0.8, 1.0)
    assert rank_histogram([(0.2, 0.8)], 5).tolist() == pytest.approx([0, 1 / 3, 1 / 3, 1 / 3, 0])


def test_the_interval_of_a_coverage_covers() -> None:
    """25 calibrated forecasts: the share inside 90 % with Wilson's interval, again and again."""
    rng = np.random.default_rng(7)
    inside = (rng.random((3_000, 25)) < 0.9).astype(float)
    found = [estimate(row[None, :], share=True) for row in inside]
    covered = np.mean([e.low <= 0.9 <= e.high for e in found])
    assert 0.93 < covered < 0.985
