"""Estimates by hand: units, blocks of futures, and what is missing."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.statistics.estimates import estimate, p_value, paired, student, units_of

NONE = math.nan


def test_the_units_are_replications_futures_or_blocks() -> None:
    values = np.array([[1.0, 3.0], [5.0, NONE], [NONE, NONE], [2.0, 4.0], [6.0, 6.0]])
    assert units_of(values[:1]).tolist() == [1.0, 3.0]
    assert units_of(values).tolist() == [2.0, 5.0, 3.0, 6.0]
    assert units_of(values, blocks=2).tolist() == [3.0, 4.5]
    assert units_of(values, blocks=5).tolist() == units_of(values).tolist()


def test_a_mean_over_blocks_by_hand() -> None:
    found = estimate(np.array([[1.0], [3.0], [5.0], [7.0], [8.0], [12.0]]), share=False, blocks=3)
    half = student(2) * np.std([2.0, 6.0, 10.0], ddof=1) / math.sqrt(3)
    assert (found.mean, found.n) == (6.0, 6)
    assert (found.low, found.high) == pytest.approx((6.0 - half, 6.0 + half))


def test_a_mean_over_unequal_blocks_counts_every_value_once() -> None:
    values = np.array([[1.0], [2.0], [6.0], [9.0], [2.0]])
    found = estimate(values, share=False, blocks=2)
    rest = 9.0 - 3 * 4.0  # of the sum of the first block from what its size lets expect
    assert found.mean == 4.0
    assert found.half_width == pytest.approx(student(1) * math.sqrt(2 * rest**2 / (25 - 9 - 4)))


def test_a_share_over_futures_has_the_size_that_its_spread_tells() -> None:
    alike = np.tile([0.0, 0.0, 0.0, 0.0, 1.0], (40, 1))  # each future has the same share
    apart = np.repeat(np.tile([0.0, 0.0, 0.0, 0.0, 1.0], 8)[:, None], 5, axis=1)
    one, other = (estimate(values, share=True) for values in (alike, apart))
    assert one.mean == other.mean == pytest.approx(0.2)
    p = 0.2
    size = p * (1 - p) / (np.var(apart.mean(axis=1), ddof=1) / 40)
    z = student(39)
    half = z * math.sqrt(p * (1 - p) / size + z * z / (4 * size**2)) / (1 + z * z / size)
    assert other.half_width == pytest.approx(half)


def test_a_share_that_no_future_has_rests_on_the_number_of_futures() -> None:
    found = estimate(np.zeros((50, 20)), share=True, blocks=20)
    single = estimate(np.zeros((1, 50)), share=True)
    assert (found.low, found.high, found.n) == (0.0, single.high, 1000)


def test_differences_over_blocks_are_tested_by_their_means() -> None:
    differences = np.array([[1.0], [3.0], [2.0], [2.0], [5.0], [1.0]])
    t = np.mean([2.0, 2.0, 3.0]) / (np.std([2.0, 2.0, 3.0], ddof=1) / math.sqrt(3))
    from scipy.stats import t as student_t

    assert p_value(differences, share=False, blocks=3) == pytest.approx(2 * student_t.sf(t, 2))
    found = paired(differences, np.zeros((6, 1)), share=False, blocks=3)
    assert found.mean == pytest.approx(14 / 6)
