"""Tails and quantiles against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special as special
from scipy.stats import f as f_distribution
from scipy.stats import norm
from scipy.stats import t as student

from sim.numerics import tails

DEGREES = (1, 2, 3, 4, 7, 10, 19, 40, 199, 1_000, 12_345, 1_000_000)


@pytest.mark.parametrize("degrees", DEGREES)
def test_students_tails_are_scipys(degrees: int) -> None:
    t = np.concatenate([[0.0, 1e-3], np.linspace(0.05, 12.0, 60), [50.0, 1e4]])
    found = [tails.student_tails(x, float(degrees)) for x in t]
    np.testing.assert_allclose(found, 2 * special.stdtr(degrees, -t), rtol=2e-12, atol=1e-300)
    assert tails.student_tails(-2.0, 5.0) == tails.student_tails(2.0, 5.0)
    near = 1.0 - 2.0 / math.pi * math.atan(1e-8)  # of Cauchy's distribution, where scipy errs
    assert tails.student_tails(1e-8, 1.0) == pytest.approx(near, rel=1e-15)
    assert tails.student_tails(1e200, float(degrees)) == 0.0


@pytest.mark.parametrize("degrees", DEGREES)
def test_students_quantile_is_scipys(degrees: int) -> None:
    p = np.array([1e-10, 1e-5, 9e-4, 0.0011, 0.01, 0.05, 0.1, 0.3, 0.7, 0.95])
    found = [tails.student_quantile(x, float(degrees)) for x in p]
    np.testing.assert_allclose(found, student.isf(p / 2, degrees), rtol=1e-12)


def test_an_interval_of_no_units_is_normal() -> None:
    assert tails.two_sided(0) == pytest.approx(norm.ppf(0.975), rel=1e-15)
    assert tails.two_sided(20) == pytest.approx(student.ppf(0.975, 19), rel=1e-12)


def test_explained_shares_have_the_tail_of_f() -> None:
    rng = np.random.default_rng(1)
    for free, rest in ((1, 8), (1, 197), (3, 50), (7, 12)):
        for share in rng.random(20):
            ratio = share / (1 - share) * rest / free
            p = tails.explained_tail(share, float(free), float(rest))
            assert p == pytest.approx(f_distribution.sf(ratio, free, rest), rel=1e-11)
            back = tails.explained_quantile(p, float(free), float(rest))
            assert back == pytest.approx(share, rel=1e-9)


def test_even_odds_are_the_mid_p_of_the_binomial() -> None:
    for up, down in ((0, 1), (1, 0), (3, 3), (2, 9), (30, 50), (0, 400), (1_000, 1_100)):
        least, n = min(up, down), up + down
        p = special.bdtr(least, n, 0.5) + (special.bdtr(least - 1, n, 0.5) if least else 0.0)
        assert tails.even_odds(float(up), float(down)) == pytest.approx(min(1.0, p), rel=1e-12)
