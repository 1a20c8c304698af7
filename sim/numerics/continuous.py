"""Quantiles of the gamma and beta distributions. Restricted Python.

From a starting value, Newton's method with terms of higher order solves for the logarithm of the
nearer tail, which keeps its relative precision at both ends. Usually it takes one or two steps.
"""

from __future__ import annotations

from sim.numerics.arithmetic import INF, NAN, absolute, clip, maximum, sqrt
from sim.numerics.exponential import exp, expm1
from sim.numerics.logarithm import log
from sim.numerics.special import (
    beta_constant,
    beta_factor,
    beta_tail,
    gamma_constant,
    gamma_factor,
    gamma_tail,
    log_gamma1p,
    log_rising,
    normal_quantile,
)

MAX_STEPS = 20
CLOSE = 1e-3  # a step of this size leaves an error of about its fifth power
LARGE = 1e6
MUCH_LARGER = 1e10
NEGLIGIBLE = 1e-18
LEAST = 1e-9  # limits of a shape
GREATEST = 1e100


def cornish_fisher(z: float, g1: float, g2: float, g3: float, g4: float) -> float:
    """Return a standardised quantile from the normal quantile and the cumulants 3 to 6.

    Cornish and Fisher (1937), with the terms of Abramowitz and Stegun (1964), 26.2.49.
    """
    z2 = z * z
    w = z + g1 * (z2 - 1.0) / 6.0
    w += g2 * z * (z2 - 3.0) / 24.0 - g1 * g1 * z * (2.0 * z2 - 5.0) / 36.0
    w += g3 * ((z2 - 6.0) * z2 + 3.0) / 120.0 - g1 * g2 * ((z2 - 5.0) * z2 + 2.0) / 24.0
    w += g1 * g1 * g1 * ((12.0 * z2 - 53.0) * z2 + 17.0) / 324.0
    w += g4 * z * ((z2 - 10.0) * z2 + 15.0) / 720.0
    w -= g2 * g2 * z * ((3.0 * z2 - 24.0) * z2 + 29.0) / 384.0
    w -= g1 * g3 * z * ((2.0 * z2 - 17.0) * z2 + 21.0) / 180.0
    w += g1 * g1 * g2 * z * ((14.0 * z2 - 103.0) * z2 + 107.0) / 288.0
    return w - g1 * g1 * g1 * g1 * z * ((252.0 * z2 - 1688.0) * z2 + 1511.0) / 7776.0


def newton_step(
    tail: float, factor: float, target: float, bend: float, bend1: float, bend2: float, upper: bool
) -> float:
    """Return the step, in the logarithm of the variable, from ``tail`` to ``target``.

    Newton's method on the logarithm of the tail, with the next three terms of the inverse's Taylor
    series where they are small. ``factor`` is the slope of the distribution function; ``bend``,
    ``bend1`` and ``bend2`` are the derivatives of its logarithm. Both tails are log-concave in the
    logarithm of the variable, so the steps converge.
    """
    slope = -factor / tail if upper else factor / tail
    gap = log(target / tail)
    h = gap / slope
    c2 = bend - slope
    if absolute(gap) + absolute(h) * (absolute(c2) + sqrt(absolute(bend1))) > 1.0:
        return h / clip(1.0 + 0.5 * c2 * h, 0.5, 2.0)
    d2 = bend1 - slope * c2
    c3 = c2 * c2 + d2
    c4 = c2 * (c3 + 2.0 * d2) + bend2 - slope * c3
    t = -(c2 * (15.0 * c2 * c2 - 10.0 * c3) + c4) * h / 24.0
    t = (t + (3.0 * c2 * c2 - c3) / 6.0) * h
    return h + (t - 0.5 * c2) * (h * h)


def gamma_start(u: float, a: float) -> float:
    """Return a starting value of the standard gamma quantile (Wilson and Hilferty 1931)."""
    if a < 1.0:
        c = a * (0.253 + a * 0.12)
        if u >= 1.0 - c:
            return 1.0 - log((1.0 - u) / c)
    else:
        z = normal_quantile(u)
        c = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sqrt(a))
        if c > 0.4:
            return a * c * c * c
    x = exp((log(u) + log_gamma1p(a)) / a)
    return x * exp(x / (a + 1.0)) if x < 1.0 + a else 0.5 + a


def gamma(u: float, shape: float, scale: float) -> float:
    """Return a gamma value with mean ``shape * scale``; shape from 1e-9 to 1e100.

    Steps of fifth order from Wilson and Hilferty's (1931) start; above a shape of a million the
    expansion of Cornish and Fisher (1937) is exact.
    """
    if not (0.0 < u < 1.0 and LEAST <= shape <= GREATEST and 0.0 <= scale < INF):
        return NAN
    if shape >= LARGE:
        g = 1.0 / sqrt(shape)
        h = g * g
        w = cornish_fisher(normal_quantile(u), 2.0 * g, 6.0 * h, 24.0 * g * h, 120.0 * h * h)
        return scale * (shape * (1.0 + w * g))
    x = gamma_start(u, shape)
    if x < NEGLIGIBLE:
        return scale * x
    constant = gamma_constant(shape)
    upper = u > 0.5
    target = 1.0 - u if upper else u
    step = 0
    while step < MAX_STEPS:
        factor = gamma_factor(shape, x, constant)
        tail = gamma_tail(shape, x, factor, upper)
        bend = shape - x
        if tail > 0.0 and factor > 0.0:
            change = newton_step(tail, shape * factor, target, bend, -x, -x, upper)
        else:
            change = 0.5 * log(shape / x)
        x *= exp(change)
        if absolute(change) * (1.0 + absolute(bend) + sqrt(x)) <= CLOSE:
            return scale * x
        step += 1
    return scale * x


def beta_start(u: float, a: float, b: float) -> float:
    """Return a starting value of x / (1 - x), x the beta quantile (A. and S. 1964, 26.5.22)."""
    if a >= 1.0 and b >= 1.0:
        z = -normal_quantile(u)
        k = (z * z - 3.0) / 6.0
        s = 1.0 / (2.0 * a - 1.0)
        t = 1.0 / (2.0 * b - 1.0)
        h = 2.0 / (s + t)
        w = z * sqrt(maximum(h + k, 0.0)) / h - (t - s) * (k + 5.0 / 6.0 - 2.0 / (3.0 * h))
        return a / b * exp(-2.0 * w)
    if b >= 1.0:
        return expm1(gamma_start(u, a) / (b + 0.5 * (a - 1.0)))
    if a >= 1.0:
        return 1.0 / expm1(maximum(gamma_start(1.0 - u, b), NEGLIGIBLE) / (a + 0.5 * (b - 1.0)))
    s = exp(a * log(a / (a + b))) / a
    t = exp(b * log(b / (a + b))) / b
    w = s + t
    if u * w < s:
        x = exp(log(a * w * u) / a)
        return x / (1.0 - x) if x < 1.0 else 1.0
    x = exp(log(b * w * (1.0 - u)) / b)
    return (1.0 - x) / maximum(x, NEGLIGIBLE) if x < 1.0 else 1.0


def beta_expansion(u: float, a: float, b: float) -> float:
    """Return the beta quantile for large shapes from the first four cumulants."""
    n = a + b
    x = a / n
    y = b / n
    v = x * y / (n + 1.0)
    s = sqrt(v)
    g1 = 2.0 * (y - x) / (n + 2.0) / s * (x * y / ((n + 1.0) * v))
    g2 = 6.0 * ((x - y) * (x - y) * (n + 1.0) / (n + 2.0) - x * y) / (x * y * (n + 3.0))
    return x + s * cornish_fisher(normal_quantile(u), g1, g2, 0.0, 0.0)


def beta(u: float, a: float, b: float) -> float:
    """Return a beta value with mean ``a / (a + b)``; a and b from 1e-9 to 1e100.

    Steps of fifth order in the odds, from the start of Abramowitz and Stegun (1964), 26.5.22.
    """
    if not (0.0 < u < 1.0 and LEAST <= a <= GREATEST and LEAST <= b <= GREATEST):
        return NAN
    if a >= LARGE and b >= LARGE:
        return beta_expansion(u, a, b)
    if b > MUCH_LARGER:
        return -expm1(-gamma(u, a, 1.0 / (b + 0.5 * (a - 1.0))))
    if a > MUCH_LARGER:
        return exp(-gamma(1.0 - u, b, 1.0 / (a + 0.5 * (b - 1.0))))
    if a < 1.0 or b < 1.0:
        x = beta_end(u, a, b)
        if x * (1.0 + b) < NEGLIGIBLE:
            return x
        if beta_end(1.0 - u, b, a) * (1.0 + a) < NEGLIGIBLE:
            return 1.0
    constant = beta_constant(a, b)
    upper = u > 0.5
    target = 1.0 - u if upper else u
    odds = clip(beta_start(u, a, b), 1e-200, 1e200)
    step = 0
    while step < MAX_STEPS:
        x = odds / (1.0 + odds)
        y = 1.0 / (1.0 + odds)
        factor = beta_factor(a, b, x, y, constant)
        tail = beta_tail(a, b, x, y, factor, upper)
        bend = a * y - b * x
        bend1 = -(a + b) * (x * y)
        if tail > 0.0 and factor > 0.0:
            change = newton_step(tail, factor, target, bend, bend1, bend1 * (y - x), upper)
        else:
            change = 0.5 * log(a / b / odds)
        odds = clip(odds * exp(change), 1e-200, 1e200)
        if absolute(change) * (1.0 + absolute(bend) + sqrt(-bend1)) <= CLOSE:
            return odds / (1.0 + odds)
        step += 1
    return odds / (1.0 + odds)


def beta_end(u: float, a: float, b: float) -> float:
    """Return the beta quantile close to zero, where I_x(a, b) = x**a / (a B(a, b))."""
    if a <= b:
        return exp((log(u) + log_gamma1p(a) - log_rising(b, a)) / a)
    return exp((log(u) + log(a / b) + log_gamma1p(b) - log_rising(a, b)) / a)
