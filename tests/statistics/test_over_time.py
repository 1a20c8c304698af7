"""Expected values of futures over time and one by one: the noise of few replications is taken off."""

from __future__ import annotations

import numpy as np
import pytest

from sim.statistics.nested import expected, ranges, shares, spread

LEVELS = (0.05, 0.5, 0.95)


def runs(seed: int, futures: int, replications: int, chance: float) -> np.ndarray:
    """Runs of futures whose expected values are normal: mean 1, standard deviation 1."""
    rng = np.random.default_rng(seed)
    means = 1.0 + rng.standard_normal(futures)
    return means[:, None] + chance * rng.standard_normal((futures, replications))


def halved(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The means of the even and the odd replications, and how many these are."""
    parts = [values[:, 0::2], values[:, 1::2]]
    means = np.stack([p.mean(axis=1) for p in parts], axis=1)[:, :, None]
    return means, np.tile([float(p.shape[1]) for p in parts], (len(values), 1))


def test_two_replications_are_their_own_halves() -> None:
    values = runs(1, 60, 2, 2.0)
    known = spread(values)
    assert known is not None
    found = ranges(*halved(values), LEVELS)[:, 0]
    np.testing.assert_allclose(found, [known.low, known.middle, known.high], rtol=1e-12)


@pytest.mark.parametrize("replications", [4, 5])
def test_the_band_is_that_of_the_expected_values(replications: int) -> None:
    """With three times as much chance as ignorance, means of five runs lie 1.7 times too wide."""
    found = np.mean(
        [ranges(*halved(runs(s, 300, replications, 3.0)), LEVELS)[:, 0] for s in range(40)], axis=0
    )
    np.testing.assert_allclose(found, [1 - 1.645, 1.0, 1 + 1.645], atol=0.2)
    raw = np.quantile(runs(0, 300, replications, 3.0).mean(axis=1), LEVELS)
    assert raw[2] - raw[0] > 1.4 * (found[2] - found[0]), "the test can fail"


def test_a_future_without_a_twin_is_left_out() -> None:
    means, counts = halved(runs(2, 50, 4, 0.5))
    whole = ranges(means[:-1], counts[:-1], LEVELS)
    gap = means.copy()
    gap[-1] = np.nan
    np.testing.assert_array_equal(ranges(gap, counts, LEVELS), whole)
    assert np.isnan(ranges(np.full((3, 2, 1), np.nan), np.ones((3, 2)), LEVELS)).all()


def test_dots_lie_as_the_range_and_the_shares_say() -> None:
    values = runs(3, 400, 5, 3.0)
    dots = expected(values)
    known, counted = spread(values), shares(values, 1)
    assert known is not None and counted is not None
    low, middle, high = np.quantile(dots, LEVELS)
    assert (low, middle, high) == pytest.approx((known.low, known.middle, known.high), abs=0.15)
    assert (dots > 0).mean() == pytest.approx(counted[0].mean, abs=0.03)
    assert np.corrcoef(dots, values.mean(axis=1))[0, 1] > 0.9, "each from its own future"
    assert not np.array_equal(dots, expected(values, 1)), "two outcomes do not move together"
    np.testing.assert_array_equal(dots, expected(values))


def test_without_noise_a_dot_is_the_value() -> None:
    values = np.array([[1.0, 1.0], [np.nan, np.nan], [-2.0, np.nan]])
    np.testing.assert_array_equal(expected(values), [1.0, np.nan, -2.0])


def test_fewer_futures_than_blocks_have_a_share() -> None:
    """Where many futures have no value, some blocks are empty."""
    values = np.full((20, 3), np.nan)
    values[:4] = [[1.0, 2.0, 3.0], [-1.0, 0.0, -2.0], [2.0, 2.0, 1.0], [0.5, 1.0, 1.0]]
    found = shares(values, 20)
    assert found is not None
    assert 0.5 < found[0].mean < 1.0


def test_equal_means_are_told_apart_by_no_order() -> None:
    """Of a rare event most futures have the same mean: the first must not lie below the last."""
    rng = np.random.default_rng(4)
    values = np.where(rng.random((400, 5)) < 0.02, 1.0, 0.0)
    for turn in (0, 1):
        dots = expected(values, turn)
        tied = dots[(values.mean(axis=1) == 0.0)]
        parts = [part.mean() for part in np.array_split(tied, 4)]
        assert np.ptp(parts) < 0.5 * tied.std()
