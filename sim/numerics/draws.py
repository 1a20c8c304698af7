"""Keyed uniforms, and draws that turn one uniform into one value.

A uniform is a pure function of seed, future, replication, way, site and occurrence: there is no
state to carry, so any draw of any replication can be computed alone. Every draw is an inverse
distribution function, non-decreasing in its uniform, and gives nan for parameters that make no
sense. All but `site_hash` is restricted Python, compiled by the translator.
"""

from __future__ import annotations

import hashlib

from sim.numerics.arithmetic import INF, MASK64, NAN, exp, log1p, power, sqrt, u64
from sim.numerics.continuous import beta, gamma
from sim.numerics.discrete import beta_binomial, binomial, geometric, negative_binomial, poisson
from sim.numerics.special import normal_quantile

__all__ = [
    "DRAWS",
    "MASK64",
    "SCHEME",
    "bernoulli",
    "beta",
    "beta_binomial",
    "binomial",
    "choice",
    "exponential",
    "gamma",
    "geometric",
    "lognormal",
    "mix",
    "negative_binomial",
    "normal",
    "poisson",
    "replication_key",
    "site_hash",
    "stream",
    "triangular",
    "u64",
    "uniform",
    "uniform01",
    "weibull",
]

SCHEME = "splitmix64x2"

GAMMA = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB
RESOLUTION = 2.220446049250313e-16  # 2**-52


def site_hash(name: str) -> int:
    """Return 64 bits that stand for a draw site or a way (BLAKE2b)."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def mix(z: u64) -> u64:
    """Scramble 64 bits one to one: SplitMix64's finaliser (Steele, Lea and Flood 2014)."""
    z = ((z ^ (z >> 30)) * MIX_1) & MASK64
    z = ((z ^ (z >> 27)) * MIX_2) & MASK64
    return z ^ (z >> 31)


def replication_key(seed: u64, future: u64, replication: u64) -> u64:
    """Return the key of all randomness of one replication."""
    h = mix((seed + GAMMA) & MASK64)
    h = mix((h + future * GAMMA) & MASK64)
    return mix((h + replication * GAMMA) & MASK64)


def stream(key: u64, way_hash: u64) -> u64:
    """Return the key of the draws of one way in which an event comes about."""
    return mix(key ^ way_hash)


def uniform01(w: u64, site: u64, n: int) -> float:
    """Return the uniform of occurrence ``n`` at a site of stream ``w``, strictly inside (0, 1).

    Two rounds of `mix`, written out for speed; the upper 52 bits at the middle of their cell.
    """
    z = w ^ site
    z = ((z ^ (z >> 30)) * MIX_1) & MASK64
    z = ((z ^ (z >> 27)) * MIX_2) & MASK64
    z = ((z ^ (z >> 31)) + n * GAMMA) & MASK64
    z = ((z ^ (z >> 30)) * MIX_1) & MASK64
    z = ((z ^ (z >> 27)) * MIX_2) & MASK64
    return (float((z ^ (z >> 31)) >> 12) + 0.5) * RESOLUTION


def uniform(u: float, low: float, high: float) -> float:
    """Any value between ``low`` and ``high``."""
    if not (-INF < low <= high < INF):
        return NAN
    x = low + (high - low) * u
    return x if x < high else high


def exponential(u: float, mean: float) -> float:
    """Exponentially distributed waiting time with this mean."""
    if not (0.0 <= mean < INF):
        return NAN
    return -mean * log1p(-u)


def normal(u: float, mean: float, sd: float) -> float:
    """Normally distributed (algorithm AS 241, Wichura 1988)."""
    if not (0.0 <= sd < INF):
        return NAN
    return mean + sd * normal_quantile(u)


def lognormal(u: float, mu: float, sigma: float) -> float:
    """Exponential of a normal value with mean ``mu`` and standard deviation ``sigma``."""
    if not (0.0 <= sigma < INF):
        return NAN
    return exp(mu + sigma * normal_quantile(u))


def triangular(u: float, low: float, mode: float, high: float) -> float:
    """Triangular between ``low`` and ``high`` with the peak at ``mode``."""
    if not (-INF < low <= mode <= high < INF):
        return NAN
    width = high - low
    left = mode - low
    if width * u < left:
        x = low + sqrt(width * left * u)
        return x if x < mode else mode
    x = high - sqrt(width * (high - mode) * (1.0 - u))
    return x if x > mode else mode


def weibull(u: float, shape: float, scale: float) -> float:
    """Weibull distributed; with shape 1 exponential with mean ``scale``."""
    if not (0.0 < shape < INF and 0.0 <= scale < INF):
        return NAN
    return scale * power(-log1p(-u), 1.0 / shape)


def bernoulli(u: float, p: float) -> float:
    """One with probability ``p``, else zero."""
    if not (0.0 <= p <= 1.0):
        return NAN
    return 1.0 if 1.0 - u < p else 0.0


def choice(
    u: float, w0: float, w1: float, w2: float, w3: float, w4: float, w5: float, w6: float, w7: float
) -> float:
    """Place of one of the weights, counted from zero, in proportion to them."""
    if not (w0 >= 0.0 and w1 >= 0.0 and w2 >= 0.0 and w3 >= 0.0):
        return NAN
    if not (w4 >= 0.0 and w5 >= 0.0 and w6 >= 0.0 and w7 >= 0.0):
        return NAN
    c1 = w0 + w1
    c2 = c1 + w2
    c3 = c2 + w3
    c4 = c3 + w4
    c5 = c4 + w5
    c6 = c5 + w6
    total = c6 + w7
    if not (0.0 < total < INF):
        return NAN
    x = u * total
    x = x if x < total else total * (1.0 - RESOLUTION)
    if x < c3:
        if x < c1:
            return 0.0 if x < w0 else 1.0
        return 2.0 if x < c2 else 3.0
    if x < c5:
        return 4.0 if x < c4 else 5.0
    return 6.0 if x < c6 else 7.0


# Name -> number of parameters, and whether the result is a whole number.
DRAWS: dict[str, tuple[int, bool]] = {
    "bernoulli": (1, True),
    "beta": (2, False),
    "beta_binomial": (3, True),
    "binomial": (2, True),
    "choice": (8, True),
    "exponential": (1, False),
    "gamma": (2, False),
    "geometric": (1, True),
    "lognormal": (2, False),
    "negative_binomial": (2, True),
    "normal": (2, False),
    "poisson": (1, True),
    "triangular": (3, False),
    "uniform": (2, False),
    "weibull": (2, False),
}
