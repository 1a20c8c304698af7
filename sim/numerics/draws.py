"""Keyed uniforms, and draws that turn one uniform into one value.

A uniform is a pure function of seed, future, replication, activation, site and occurrence: there is
no state, so any draw of any replication can be computed alone. Every draw is an inverse
distribution function, non-decreasing in its uniform, and returns nan for invalid parameters. All
functions but `site_hash` are restricted Python, compiled by the translator.
"""

from __future__ import annotations

import hashlib

from sim.numerics.arithmetic import INF, MASK64, NAN, from_bits, sqrt, u64
from sim.numerics.continuous import beta, gamma
from sim.numerics.discrete import beta_binomial, binomial, geometric, negative_binomial, poisson
from sim.numerics.exponential import exp
from sim.numerics.logarithm import log, power
from sim.numerics.special import normal_quantile

SCHEME = "splitmix64x2"

GAMMA = 0x9E3779B97F4A7C15
MIX_1 = 0xBF58476D1CE4E5B9
MIX_2 = 0x94D049BB133111EB
RESOLUTION = 2.220446049250313e-16  # 2**-52
ONE = 0x3FF0000000000000  # the bits of 1
BELOW_ONE = 0.9999999999999999  # 1 - 2**-53


def site_hash(name: str) -> int:
    """Return the 64-bit hash (BLAKE2b) of the name of a draw site or an activation."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def mix(z: u64) -> u64:
    """Scramble 64 bits one to one: SplitMix64's finaliser (Steele, Lea and Flood 2014)."""
    z = ((z ^ (z >> 30)) * MIX_1) & MASK64
    z = ((z ^ (z >> 27)) * MIX_2) & MASK64
    return z ^ (z >> 31)


def replication_key(seed: u64, future: u64, replication: u64) -> u64:
    """Return the key of all draws of one replication."""
    h = mix((seed + GAMMA) & MASK64)
    h = mix((h + future * GAMMA) & MASK64)
    return mix((h + replication * GAMMA) & MASK64)


def stream(key: u64, activation: u64) -> u64:
    """Return the key of the draws of one activation, given its hash."""
    return mix(key ^ activation)


def uniform01(w: u64, site: u64, n: int) -> float:
    """Return the uniform of occurrence ``n`` at a site of stream ``w``, strictly inside (0, 1).

    Two rounds of `mix`, inlined for speed; the upper 52 bits k at the middle of their cell, the
    number (2 k + 1) 2**-53: as the digits of a double from 1 on, so that one exact step remains.
    """
    z = w ^ site
    z = ((z ^ (z >> 30)) * MIX_1) & MASK64
    z = ((z ^ (z >> 27)) * MIX_2) & MASK64
    z = ((z ^ (z >> 31)) + n * GAMMA) & MASK64
    z = ((z ^ (z >> 30)) * MIX_1) & MASK64
    z = ((z ^ (z >> 27)) * MIX_2) & MASK64
    return from_bits((z ^ (z >> 31)) >> 12 | ONE) - BELOW_ONE


def uniform(u: float, low: float, high: float) -> float:
    """Return a uniform value between ``low`` and ``high``."""
    if not (-INF < low <= high < INF):
        return NAN
    x = low + (high - low) * u
    return x if x < high else high


def exponential(u: float, mean: float) -> float:
    """Return an exponential value with this mean.

    ``1 - u`` is exact for every uniform, and `log` as precise near 1 as elsewhere.
    """
    if not (0.0 <= mean < INF):
        return NAN
    return -mean * log(1.0 - u)


def normal(u: float, mean: float, sd: float) -> float:
    """Return a normal value (algorithm AS 241, Wichura 1988)."""
    if not (0.0 <= sd < INF):
        return NAN
    return mean + sd * normal_quantile(u)


def lognormal(u: float, mu: float, sigma: float) -> float:
    """Return the exponential of a normal value with mean ``mu`` and deviation ``sigma``."""
    if not (0.0 <= sigma < INF):
        return NAN
    return exp(mu + sigma * normal_quantile(u))


def triangular(u: float, low: float, mode: float, high: float) -> float:
    """Return a triangular value between ``low`` and ``high`` with the peak at ``mode``."""
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
    """Return a Weibull value; with shape 1 it is exponential with mean ``scale``."""
    if not (0.0 < shape < INF and 0.0 <= scale < INF):
        return NAN
    return scale * power(-log(1.0 - u), 1.0 / shape)


def bernoulli(u: float, p: float) -> float:
    """Return one with probability ``p``, else zero."""
    if not (0.0 <= p <= 1.0):
        return NAN
    return 1.0 if 1.0 - u < p else 0.0


def choice(
    u: float, w0: float, w1: float, w2: float, w3: float, w4: float, w5: float, w6: float, w7: float
) -> float:
    """Return the index of one of the weights, chosen in proportion to them."""
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


_CONTINUOUS = (beta, exponential, gamma, lognormal, normal, triangular, uniform, weibull)
_DISCRETE = (bernoulli, beta_binomial, binomial, choice, geometric, negative_binomial, poisson)
#: Name -> number of parameters, and whether the result is a whole number.
DRAWS: dict[str, tuple[int, bool]] = {
    draw.__name__: (draw.__code__.co_argcount - 1, draw in _DISCRETE)
    for draw in (*_CONTINUOUS, *_DISCRETE)
}
