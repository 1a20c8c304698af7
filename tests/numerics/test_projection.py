"""Least squares against numpy, also where columns repeat each other."""

from __future__ import annotations

import numpy as np
import pytest

from sim.numerics import projection


@pytest.mark.parametrize("twice", [False, True])
def test_a_fit_and_its_errors_are_numpys(twice: bool) -> None:
    rng = np.random.default_rng(1)
    n, m = 30, 4
    x = rng.normal(size=(m, n))
    x[2] = 3 * x[0] - x[1] if twice else x[2] + 2 * x[0]
    y = x[0] - x[3] + rng.normal(size=n)
    columns, found, triangle, rest = x.ravel().tolist(), [0.0] * m, [0.0] * m * m, [0.0] * n
    projection.least_squares(columns, m, n, y.tolist(), found, triangle, rest)
    wanted = np.linalg.lstsq(x.T, y, rcond=None)[0]
    np.testing.assert_allclose(rest, y - wanted @ x, atol=1e-12)
    np.testing.assert_allclose(np.array(found) @ x, wanted @ x, atol=1e-12)
    assert (found[2] == 0.0) == twice
    place = x[:, 7]
    square = projection.error_square(triangle, m, place.tolist(), [0.0] * m)
    assert square == pytest.approx(place @ np.linalg.pinv(x @ x.T) @ place)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 21])
def test_products_side_by_side_have_the_bits_of_each_alone(count: int) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=13).tolist(), rng.normal(size=13 * 24).tolist()
    found = [0.0] * count
    projection.dots(a, b, 26, count, 13, found)
    assert found == [projection.dot(a, 0, b, 26 + 13 * k, 13) for k in range(count)]
