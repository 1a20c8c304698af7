"""Draws of counts by inversion: the least whole k with F(k) >= u. Restricted Python.

Small distributions are searched from zero. For the others the expansion of Cornish and Fisher gives
k with a bound on its error; F itself is computed only if a whole number is within that bound (Giles
2016). The cost hardly depends on the mean, and the choice between two counts depends on those
counts alone, so a draw is monotone in its uniform.
"""

from __future__ import annotations

from sim.numerics.arithmetic import (
    INF,
    NAN,
    absolute,
    ceil,
    clip,
    floor,
    is_whole,
    maximum,
    sqrt,
)
from sim.numerics.continuous import GREATEST, LEAST, cornish_fisher, gamma
from sim.numerics.exponential import exp
from sim.numerics.logarithm import log, log1p
from sim.numerics.special import (
    beta_constant,
    beta_factor,
    beta_tail,
    incomplete_beta,
    incomplete_gamma,
    normal_quantile,
)

SMALL = 16.0  # distributions with a smaller mean or variance are searched from zero
VANISHED = 1e-18  # a probability too small for any uniform to reach
CERTAIN = 1000.0  # above this standard deviation the expansion alone decides
ROUNDING = 4e-15
HUGE = 1e12
GREATEST_MEAN = 1e50
MAX_SEARCH = 1000.0
MAX_STEPS = 200
MAX_TRIALS = 1e7


def count_quantile(z: float, mean: float, r: float) -> float:
    """Return a real number whose floor is the quantile of a count, up to a small error.

    The variance is ``mean * (1 + r)``: r is 0 for a Poisson count, -p for a binomial and
    mean / size for a negative binomial one. The cumulants are corrected for the lattice.
    """
    k2 = mean * (1.0 + r)
    v = k2 - 1.0 / 12.0
    s = sqrt(v)
    g1 = k2 * (1.0 + 2.0 * r) / (v * s)
    g2 = (k2 * (1.0 + r * (6.0 + r * 6.0)) + 1.0 / 120.0) / (v * v)
    g3 = k2 * (1.0 + r * (14.0 + r * (36.0 + r * 24.0))) / (v * v * s)
    g4 = k2 * (1.0 + r * (30.0 + r * (150.0 + r * (240.0 + r * 120.0)))) - 1.0 / 252.0
    return mean + 0.5 + s * cornish_fisher(z, g1, g2, g3, g4 / (v * v * v))


def error_bound(z: float, mean: float, r: float) -> float:
    """Return a bound on the error of `count_quantile`, more than twice the measured error."""
    s = sqrt(mean * (1.0 + r))
    g = maximum(1.0, 0.7 + 1.4 * r) / s
    g2 = g * g
    z2 = z * z
    return s * g * g2 * g2 * (0.08 + z2 * z2 * z2 * 0.006)


def poisson(u: float, mean: float) -> float:
    """Return a Poisson count with this mean."""
    if not (0.0 < u < 1.0 and 0.0 <= mean < INF):
        return NAN
    if mean == 0.0:
        return 0.0
    if mean < SMALL:
        k = 0.0
        term = exp(-mean)
        total = term
        while total < u and (term > VANISHED or k < mean):
            k += 1.0
            term *= mean / k
            total += term
        return k
    z = normal_quantile(u)
    x = count_quantile(z, mean, 0.0)
    k = maximum(floor(x + 0.5), 1.0)
    if mean > CERTAIN * CERTAIN or absolute(x - k) > error_bound(z, mean, 0.0) + ROUNDING * mean:
        return maximum(floor(x), 0.0)
    if u > 0.5:
        return k if incomplete_gamma(k, mean, False) > 1.0 - u else k - 1.0
    return k if incomplete_gamma(k, mean, True) < u else k - 1.0


def binomial(u: float, n: float, p: float) -> float:
    """Return the successes in ``n`` trials, each with probability ``p``."""
    if not (0.0 < u < 1.0 and n >= 0.0 and is_whole(n) and 0.0 <= p <= 1.0):
        return NAN
    if n == 0.0 or p == 0.0:
        return n if p > 0.5 else 0.0
    q = 1.0 - p
    if n * p * q < SMALL:
        if p > 0.5:
            return n - binomial_search(1.0 - u, n, q)
        return binomial_search(u, n, p)
    z = normal_quantile(u)
    x = count_quantile(z, n * p, -p)
    k = clip(floor(x + 0.5), 1.0, n)
    if (
        n * p * q > CERTAIN * CERTAIN
        or absolute(x - k) > error_bound(z, n * p, -p) + ROUNDING * n * p
    ):
        return clip(floor(x), 0.0, n)
    if u > 0.5:
        return k if incomplete_beta(k, n - k + 1.0, p, q, False) > 1.0 - u else k - 1.0
    return k if incomplete_beta(k, n - k + 1.0, p, q, True) < u else k - 1.0


def binomial_search(u: float, n: float, p: float) -> float:
    """Return the binomial quantile by search from zero, for p up to a half."""
    k = 0.0
    odds = p / (1.0 - p)
    term = small_power(1.0 - p, int(n)) if n < 32.0 else exp(n * log1p(-p))
    total = term
    while total < u and k < n and (term > VANISHED or k < n * p):
        k += 1.0
        term *= odds * ((n - k + 1.0) / k)
        total += term
    return k


def small_power(x: float, n: int) -> float:
    """Return ``x`` to a whole power from 0 to 31, by its binary digits and without a branch."""
    square = x * x
    fourth = square * square
    eighth = fourth * fourth
    y = (x if (n & 1) != 0 else 1.0) * (square if (n & 2) != 0 else 1.0)
    z = (fourth if (n & 4) != 0 else 1.0) * (eighth if (n & 8) != 0 else 1.0)
    return y * z * (eighth * eighth if (n & 16) != 0 else 1.0)


def geometric(u: float, p: float) -> float:
    """Return the failures before the first success, each trial with probability ``p`` > 0."""
    if not (0.0 < u < 1.0 and 0.0 < p <= 1.0):
        return NAN
    if p == 1.0:
        return 0.0
    return maximum(ceil(log(1.0 - u) / log1p(-p)) - 1.0, 0.0)


def negative_binomial(u: float, mean: float, size: float) -> float:
    """Return an over-dispersed count with variance ``mean + mean**2 / size``."""
    if not (0.0 < u < 1.0 and 0.0 <= mean <= GREATEST_MEAN and LEAST <= size <= GREATEST):
        return NAN
    if mean == 0.0:
        return 0.0
    r = mean / size
    p = size / (size + mean)
    q = mean / (size + mean)
    term = exp(-size * log1p(r))
    if term >= u:
        return 0.0
    k = 0.0
    if mean <= 2.0 * SMALL:
        total = term
        while total < u and k < MAX_SEARCH and (term > VANISHED or k < mean):
            k += 1.0
            term *= q * ((k - 1.0 + size) / k)
            total += term
        if k < MAX_SEARCH:
            return k
    else:
        z = normal_quantile(u)
        s = sqrt(mean * (1.0 + r))
        d = error_bound(z, mean, r)
        if d < 1e-9 * s and s > CERTAIN:
            return maximum(floor(count_quantile(z, mean, r)), 0.0)
        d += ROUNDING * mean
        if d < 0.5:
            x = count_quantile(z, mean, r)
            k = maximum(floor(x + 0.5), 1.0)
            if absolute(x - k) > d:
                return maximum(floor(x), 0.0)
            if u > 0.5:
                return k if incomplete_beta(size, k, p, q, True) > 1.0 - u else k - 1.0
            return k if incomplete_beta(size, k, p, q, False) < u else k - 1.0
    if r > 1.0:  # the gamma mixture of Poisson counts, plus their own variance
        x = gamma(u, size, r)
        x = floor(x + 0.5 * (1.0 - size + x / r))
    else:
        x = floor(gamma(u, mean / (1.0 + r), 1.0 + r))
    if x > HUGE:
        return x
    return negative_binomial_root(u, size, p, q, k - 1.0, x)


def negative_binomial_root(
    u: float, size: float, p: float, q: float, least: float, guess: float
) -> float:
    """Return the negative binomial quantile above ``least`` by a bracketed Newton method."""
    upper = u > 0.5
    target = 1.0 - u if upper else u
    low = least  # F(low) < u <= F(high)
    high = INF
    k = maximum(guess, low + 1.0)
    step = 0
    while high - low > 1.0 and step < MAX_STEPS:
        factor = beta_factor(size, k + 1.0, p, q, beta_constant(size, k + 1.0))
        tail = beta_tail(size, k + 1.0, p, q, factor, upper)
        mass = factor / (q * (k + size))
        below = tail > target if upper else tail < target
        if below:
            low = k
        else:
            high = k
        if low > HUGE:
            return low
        if tail > 0.0 and mass > 0.0 and step < 20:
            change = tail / mass * log(tail / target)
            new = floor(k + (change if upper else -change) + 0.5)
        else:
            new = 2.0 * k + 1.0 if high == INF else floor(0.5 * (low + high))
        k = maximum(low + 1.0, new if new < high else high - 1.0)
        step += 1
    return high


def beta_binomial(u: float, n: float, a: float, b: float) -> float:
    """Return the successes in ``n`` trials with a common beta(a, b) probability; n up to 1e7."""
    if not (0.0 < u < 1.0 and 0.0 <= n <= MAX_TRIALS and is_whole(n)):
        return NAN
    if not (LEAST <= a <= GREATEST and LEAST <= b <= GREATEST):
        return NAN
    if n == 0.0:
        return n if a > 1.0 or b < 1.0 <= a else 0.0
    mode = 0.0
    if b < 1.0 <= a:
        mode = n
    elif a > 1.0:
        mode = clip(floor((n + 1.0) * ((a - 1.0) / (a - 1.0 + (b - 1.0)))), 0.0, n)
    least = 0.0 if a < 1.0 and b < 1.0 else VANISHED
    total = 1.0
    k = mode
    term = 1.0
    while k < n and term > least * total:
        term *= (n - k) / (k + 1.0) * ((k + a) / (n - k - 1.0 + b))
        k += 1.0
        total += term
    k = mode
    term = 1.0
    while k > 0.0 and term > least * total:
        term *= k / (n - k + 1.0) * ((n - k + b) / (k - 1.0 + a))
        k -= 1.0
        total += term
    target = u * total
    total = term
    while total < target and k < n and (k < mode or term > least * total):
        term *= (n - k) / (k + 1.0) * ((k + a) / (n - k - 1.0 + b))
        k += 1.0
        total += term
    return k
