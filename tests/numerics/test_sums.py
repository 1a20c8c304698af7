"""Sums to the last bit but one, order, and quantiles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.numerics import sums

NAN = math.nan
NUMBERS = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(NUMBERS, st.integers(1, 3))
def test_a_sum_has_the_digits_of_an_exact_one(x: list[float], power: int) -> None:
    terms = [math.prod([v] * power) for v in x]
    found = sums.power_sum(x, 0, len(x), 0.0, power)
    assert found == pytest.approx(math.fsum(terms), rel=1e-15, abs=1e-30 * max(map(abs, terms)))


def test_a_sum_keeps_what_single_steps_lose() -> None:
    assert sums.power_sum([1.0, 1e100, 1.0, -1e100], 0, 4, 0.0, 1) == 2.0
    assert sums.power_sum([math.inf, 1.0], 0, 2, 0.0, 1) == math.inf
    assert sums.mean([0.1] * 10, 10) == 0.1


def test_a_sum_leaves_out_what_is_missing() -> None:
    x = [NAN, 2.0, 4.0, NAN]
    assert sums.power_sum(x, 0, 4, 1.0, 2) == 10.0
    assert sums.known(x, 0, 4) == 2 and sums.known(x, 0, 1) == 0


@settings(max_examples=100, deadline=None)
@given(NUMBERS)
def test_numbers_are_sorted(x: list[float]) -> None:
    found = list(x)
    sums.sort(found, len(x), 1, [0.0] * len(x))
    assert found == sorted(x)


def test_quantiles_are_those_of_sorted_numbers() -> None:
    rng = np.random.default_rng(3)
    normal = rng.normal(size=300)
    levels = [0.0, 0.05, 0.06, 0.5, 0.95, 1.0]
    for x, near in (
        (normal, True),
        (np.round(normal), True),
        (np.where(normal > 1.5, normal, -0.0), True),
        (np.concatenate([normal, np.tile(normal, 9)]), True),
        (np.exp(30 * normal), True),
        (1e-310 * normal, False),
        (np.full(200, 3.0), False),
        (np.where(normal > 2, np.inf, normal), False),
        (np.where(normal > 2, -np.inf, normal), False),
        *((rng.normal(size=n), n > 3) for n in range(1, 9)),
        *((np.round(rng.normal(size=n), 1), n > 3) for n in (40, 41)),
    ):
        n, ordered = len(x), np.sort(x).tolist()
        work, out = [0.0] * 2 * n, [0.0] * 12
        assert sums.gathered(x.tolist(), n, levels, out, 1, 2, work) == near
        sums.quantiles_of(x.tolist(), n, levels, out, 1, 2, work)
        np.testing.assert_array_equal(out[1::2], [sums.quantile(ordered, n, q) for q in levels])


def test_sorted_stretches_are_merged() -> None:
    rng = np.random.default_rng(1)
    for run, count in ((1, 1), (3, 5), (7, 16), (16, 7)):
        x = np.sort(rng.integers(0, 9, (count, run)), axis=1).astype(float).ravel().tolist()
        found = list(x)
        sums.sort(found, len(x), run, [0.0] * len(x))
        assert found == sorted(x)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=40))
def test_places_are_those_of_a_stable_sort_by_two_keys(keys: list[tuple[int, int]]) -> None:
    x, tie = [float(a) for a, _ in keys], [float(b) for _, b in keys]
    places, work = [0] * len(keys), [0] * len(keys)
    sums.order(x, tie, len(keys), places, work)
    assert places == sorted(range(len(keys)), key=lambda i: (x[i], tie[i]))


def test_quantiles_are_numpys() -> None:
    rng = np.random.default_rng(2)
    for n in (1, 2, 5, 40, 101):
        x = np.sort(rng.normal(size=n))
        for level in (0.0, 0.05, 0.25, 0.5, 0.975, 1.0):
            found = sums.quantile(x.tolist(), n, level)
            assert found == pytest.approx(np.quantile(x, level), rel=1e-15)
    zeros = [-0.0] * 4
    assert all(math.copysign(1.0, sums.quantile(zeros, 4, q)) == 1.0 for q in (0.0, 0.3, 0.5, 0.9))


def test_places_among_sorted_numbers() -> None:
    x = [1.0, 2.0, 2.0, 3.0]
    for value in (0.0, 1.0, 2.0, 2.5, 3.0, math.inf, -math.inf):
        assert sums.up_to(x, 4, value) == np.searchsorted(x, value, side="right")


def test_parts_are_cut_as_numpy_cuts_them() -> None:
    for rows in (1, 5, 20, 200, 203):
        for parts in (1, 3, 5, 20, 200):
            ends = np.cumsum([0, *(len(p) for p in np.array_split(np.arange(rows), parts))])
            found = [sums.part_start(rows, parts, k) for k in range(parts + 1)]
            assert found == ends.tolist()


def test_rows_give_bands_moments_and_halves() -> None:
    x = [3.0, 1.0, 2.0, 5.0, NAN, 7.0]
    out = [0.0] * 4
    sums.bands(x, 2, 3, [0.5, 1.0], out, [0.0] * 3, [0.0] * 6)
    assert out[0::2] == [2.0, 3.0] and math.isnan(out[1]) and math.isnan(out[3])
    means, squares = [0.0] * 2, [0.0] * 2
    sums.moments(x, 2, 3, means, squares)
    assert (means[0], squares[0]) == (2.0, 2.0) and math.isnan(means[1] + squares[1])
    sums.half_sums(x, 2, 3, [1, 0, 1], out)
    assert (out[0], out[2], out[3]) == (1.0, 5.0, 12.0) and math.isnan(out[1])
