"""Sine and cosine. Restricted Python.

Errors are below 0.8 units in the last place for all numbers; the tests measure them. The
coefficients are our own (`docs/generate/coefficients.py`).
"""

from __future__ import annotations

from sim.numerics.arithmetic import INF, MASK64, NAN, absolute, bits, floor, from_bits, leading, u64
from sim.numerics.coefficients import (
    COS_POLYNOMIAL,
    HALF_PI,
    HALF_PI_PARTS,
    PER_HALF_PI,
    PER_HALF_PI_WORDS,
    SIN_POLYNOMIAL,
)
from sim.numerics.exponential import ROUNDING
from sim.numerics.logarithm import DIGITS, product_rest

MODERATE = 1048576.0  # 2**20: up to here multiples of the parts of π/2 are exact
WORD = 268435455  # 28 bits
PER_WORD = 3.725290298461914e-09  # 2**-28


def sin(x: float) -> float:
    """Return the sine; nan for an infinity."""
    return x if absolute(x) < 7.450580596923828e-09 else sine(x, 0)


def cos(x: float) -> float:
    """Return the cosine; nan for an infinity."""
    return sine(x, 1)


def sine(x: float, turns: u64) -> float:
    """Return ``sin(x + turns π/2)``.

    ``x`` less a multiple of π/2 is found in two parts: with π/2 in four parts that have short
    multiples (Cody and Waite 1980), or, for large ``x``, from those bits of 2/π that are neither
    multiples of four nor negligible (Payne and Hanek 1983).
    """
    y = absolute(x)
    if not y < INF:
        return NAN
    if y <= MODERATE:
        shifted = x * PER_HALF_PI + ROUNDING
        n = bits(shifted)
        k = shifted - ROUNDING
        a = x - k * HALF_PI_PARTS[0]
        b = k * HALF_PI_PARTS[1]
        r = a - b
        t = r - a
        rest = a - (r - t) - (b + t)
        a = r
        b = k * HALF_PI_PARTS[2]
        r = a - b
        t = r - a
        rest += a - (r - t) - (b + t) - k * HALF_PI_PARTS[3]
    else:
        exponent = bits(y) >> 52
        j = ((exponent - 1021 & MASK64) * 2341 & MASK64) >> 16  # a 28th
        digits = (bits(y) & DIGITS) | 0x10000000000000
        word = digits & 0
        carry = digits & 0
        p3 = 0.0
        p4 = 0.0
        p5 = 0.0
        p6 = 0.0
        p7 = 0.0
        for i in range(8):
            before = word
            word = PER_HALF_PI_WORDS[(j + 7 - i) & 63] & MASK64
            carry = (carry + (digits & WORD) * word + (digits >> 28) * before) & MASK64
            p3 = p4
            p4 = p5
            p5 = p6
            p6 = p7
            p7 = float(carry & WORD)
            carry = carry >> 28
        unit = from_bits((exponent - 24 - 28 * j & MASK64) << 52 & MASK64)
        p7 *= unit
        p7 -= 4.0 * floor(0.25 * p7)
        unit *= PER_WORD
        p6 *= unit
        k = floor(p7 + p6 + 0.5)
        n = bits((k if x > 0.0 else -k) + ROUNDING)
        a = p7 - k
        t = a + p6
        unit *= PER_WORD
        b = p6 - (t - a) + p5 * unit
        a = t + b
        unit *= PER_WORD
        b = b - (a - t) + p4 * unit
        t = a + b
        rest = b - (t - a) + p3 * (unit * PER_WORD)
        r = t * HALF_PI[0]
        rest = product_rest(t, HALF_PI[0], r) + (t * HALF_PI[1] + rest * HALF_PI[0])
        if x < 0.0:
            r = -r
            rest = -rest
    n = (n + turns) & 3
    t = r + rest
    rest = r - t + rest
    z = t * t
    if n & 1 == 0:
        p = SIN_POLYNOMIAL[5] + z * SIN_POLYNOMIAL[6]
        p = SIN_POLYNOMIAL[3] + z * (SIN_POLYNOMIAL[4] + z * p)
        p = SIN_POLYNOMIAL[1] + z * (SIN_POLYNOMIAL[2] + z * p)
        value = t + (rest * (1.0 - 0.5 * z) + t * z * (SIN_POLYNOMIAL[0] + z * p))
    else:
        first = leading(t)
        square = 0.5 * first * first
        p = COS_POLYNOMIAL[4] + z * COS_POLYNOMIAL[5]
        p = COS_POLYNOMIAL[2] + z * (COS_POLYNOMIAL[3] + z * p)
        p = COS_POLYNOMIAL[0] + z * (COS_POLYNOMIAL[1] + z * p)
        a = 1.0 - square
        value = a + (1.0 - a - square + z * z * p - (0.5 * (t - first) * (t + first) + t * rest))
    return -value if n & 2 != 0 else value
