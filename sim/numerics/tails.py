"""Tails and quantiles of Student's t, of the binomial and of F. Restricted Python."""

from __future__ import annotations

from sim.numerics.arithmetic import minimum, sqrt
from sim.numerics.continuous import beta
from sim.numerics.special import beta_constant, beta_factor, incomplete_beta, normal_quantile

#: Below this tail the complement of the beta quantile has more digits.
SMALL = 1e-3
OUTSIDE = 0.05  # of a 95 % interval


def student_tails(t: float, degrees: float) -> float:
    """Return the probability that Student's t is at least as far from 0 as ``t``, on both sides."""
    square = t * t
    if square > 1e300:
        return 0.0
    whole = degrees + square
    return incomplete_beta(0.5, 0.5 * degrees, square / whole, degrees / whole, True)


def student_quantile(tails: float, degrees: float) -> float:
    """Return the t that both tails together lie beyond: the beta quantile, then a step of Newton."""
    half = 0.5 * degrees
    if tails >= SMALL:
        x = beta(1.0 - tails, 0.5, half)
        y = 1.0 - x
    else:
        y = beta(tails, half, 0.5)
        x = 1.0 - y
    t = sqrt(degrees * x / y)
    square = t * t
    whole = degrees + square
    x = square / whole
    y = degrees / whole
    slope = 2.0 * beta_factor(0.5, half, x, y, beta_constant(0.5, half))
    return t + t * (student_tails(t, degrees) - tails) / slope


def two_sided(units: int) -> float:
    """Return the quantile of a 95 % interval by Student's t; of no units the normal one."""
    if units == 0:
        return normal_quantile(1.0 - 0.5 * OUTSIDE)
    return student_quantile(OUTSIDE, float(units - 1))


def explained_tail(share: float, free: float, rest: float) -> float:
    """Return the p value of a share of a variance that ``free`` columns explain (an F test).

    ``rest`` are the degrees of freedom that they leave.
    """
    return incomplete_beta(0.5 * free, 0.5 * rest, share, 1.0 - share, True)


def explained_quantile(tail: float, free: float, rest: float) -> float:
    """Return the share of a variance with this p value; see `explained_tail`."""
    return 1.0 - beta(tail, 0.5 * rest, 0.5 * free)


def even_odds(up: float, down: float) -> float:
    """Return McNemar's two-sided mid-p of counts that should be equal (Fagerland et al. 2013)."""
    least = minimum(up, down)
    n = up + down
    p = incomplete_beta(n - least, least + 1.0, 0.5, 0.5, False)
    if least > 0.0:
        p += incomplete_beta(n - least + 1.0, least, 0.5, 0.5, False)
    return minimum(1.0, p)
