"""The exponential, hyperbolic and error functions. Restricted Python.

Errors in units in the last place are below 0.51 for `exp`, 0.56 for `expm1` and `tanh`, and 0.74 for
`erf`; the tests measure them. Our own script `docs/generate/coefficients.py` computes the tables.
"""

from __future__ import annotations

from sim.numerics.arithmetic import INF, MASK64, absolute, bits, from_bits, leading, u64
from sim.numerics.coefficients import (
    ERF_CELL_POLYNOMIALS,
    ERF_HIGH,
    ERF_LOW,
    ERF_POLYNOMIAL,
    ERF_SLOPE,
    ERF_TERMS,
    EXP_BITS,
    EXP_PER_STEP,
    EXP_POLYNOMIAL,
    EXP_REST,
    EXP_STEP,
    EXPM1_POLYNOMIAL,
)

ROUNDING = (
    6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number, seen in the last bits
)
TWO_1009 = 0x3F10000000000000  # 2**1009 and 2**-1022, as what they add to the bits of a double
TWO_M1022 = 0xC020000000000000
ORDINARY = 690.0  # below it in size, the exponential is an ordinary double


def exp(x: float) -> float:
    """Return the exponential; infinite on overflow.

    With ``k`` the nearest whole number to ``128 x / log 2``, ``exp(x)`` is 2**(k/128), from a table
    of two parts, times a polynomial (Tang 1989). The result is monotone: neighbours that are rounded
    with an error below one unit could only change places where ``exp`` grows by less than two units,
    which the tests search.
    """
    if absolute(x) < ORDINARY:
        return exp_sum(x, 0.0, 0)
    return exp_end(x, 0.0)


def exp_sum(x: float, rest: float, down: u64) -> float:
    """Return ``exp(x + rest)`` over a power of two, given as what it adds to the bits of a double."""
    shifted = x * EXP_PER_STEP + ROUNDING
    whole = bits(shifted)
    k = shifted - ROUNDING
    r = x - k * EXP_STEP[0] - (k * EXP_STEP[1] - rest)
    i = whole & 127
    scale = from_bits((EXP_BITS[i] + (whole << 45) - down) & MASK64)
    s = r * r
    p = s * s * (EXP_POLYNOMIAL[2] + r * EXP_POLYNOMIAL[3])
    return scale + scale * (EXP_REST[i] + r + s * (EXP_POLYNOMIAL[0] + r * EXP_POLYNOMIAL[1]) + p)


def exp_end(x: float, rest: float) -> float:
    """Return ``exp(x + rest)`` where it is so large or small that its power of two needs two steps."""
    if x > 709.8:
        return INF
    if x < -745.2:
        return 0.0
    if x > 0.0:
        return exp_sum(x, rest, TWO_1009) * 5.486124068793689e303
    if x < 0.0:
        return exp_sum(x, rest, TWO_M1022) * 2.2250738585072014e-308
    return x


def expm1(x: float) -> float:
    """Return ``exp(x) - 1`` without cancellation; infinite on overflow."""
    if -40.0 < x < 56.0:
        return x if absolute(x) < 5.551115123125783e-17 else expm1_part(x, False)
    return -1.0 if x < 0.0 else exp(x)


def expm1_part(x: float, rest: bool) -> float:
    """Return ``exp(x) - 1``, or the ``rest`` that this result lacks, for x from -40 to 56.

    Near zero ``x + x**2/2`` with an exact square and a polynomial, beyond it the method of `exp`.
    """
    if absolute(x) < 0.35:
        first = leading(x)
        square = 0.5 * first * first
        p = EXPM1_POLYNOMIAL[11] * x + EXPM1_POLYNOMIAL[10]
        p = (p * x + EXPM1_POLYNOMIAL[9]) * x + EXPM1_POLYNOMIAL[8]
        p = (p * x + EXPM1_POLYNOMIAL[7]) * x + EXPM1_POLYNOMIAL[6]
        p = (p * x + EXPM1_POLYNOMIAL[5]) * x + EXPM1_POLYNOMIAL[4]
        p = (p * x + EXPM1_POLYNOMIAL[3]) * x + EXPM1_POLYNOMIAL[2]
        p = (p * x + EXPM1_POLYNOMIAL[1]) * x + EXPM1_POLYNOMIAL[0]
        large = x + square
        small = square - (large - x) + (0.5 * (x - first) * (x + first) + x * x * x * p)
    else:
        shifted = x * EXP_PER_STEP + ROUNDING
        k = shifted - ROUNDING
        r = x - k * EXP_STEP[0] - k * EXP_STEP[1]
        i = bits(shifted) & 127
        scale = from_bits((EXP_BITS[i] + (bits(shifted) << 45)) & MASK64)
        p = EXP_POLYNOMIAL[0] + r * (
            EXP_POLYNOMIAL[1] + r * (EXP_POLYNOMIAL[2] + r * EXP_POLYNOMIAL[3])
        )
        large = scale - 1.0
        small = scale - large - 1.0 if scale > 1.0 else scale - (large + 1.0)
        small += scale * (EXP_REST[i] + (r + r * r * p))
    total = large + small
    return large - total + small if rest else total


def tanh(x: float) -> float:
    """Return the hyperbolic tangent, ``e / (e + 2)`` with ``e = exp(2 |x|) - 1`` in two parts."""
    y = absolute(x)
    if y < 3.725290298461914e-09:  # 2**-28: the next term of the series is x**3 / 3
        return x
    t = 1.0
    if not y > 22.0:
        e = expm1_part(2.0 * y, False)
        rest = expm1_part(2.0 * y, True)
        d = e + 2.0
        lost = e - d + 2.0 if e > 2.0 else 2.0 - d + e
        t = e / d
        first = leading(t)
        missing = e - first * leading(d) - first * (d - leading(d)) - (t - first) * d
        t += (missing + rest - t * (lost + rest)) / d
    return -t if x < 0.0 else t


def sigmoid(x: float) -> float:
    """Return the logistic function ``1 / (1 + exp(-x))`` without overflow."""
    e = exp(-absolute(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


def erf(x: float) -> float:
    """Return the error function: near zero a polynomial in x², beyond it one for each eighth."""
    y = absolute(x)
    if y < 0.5:
        z = x * x
        p = ERF_POLYNOMIAL[10] * z + ERF_POLYNOMIAL[9]
        p = (p * z + ERF_POLYNOMIAL[8]) * z + ERF_POLYNOMIAL[7]
        p = (p * z + ERF_POLYNOMIAL[6]) * z + ERF_POLYNOMIAL[5]
        p = (p * z + ERF_POLYNOMIAL[4]) * z + ERF_POLYNOMIAL[3]
        p = (p * z + ERF_POLYNOMIAL[2]) * z + ERF_POLYNOMIAL[1]
        main = x + 0.125 * x
        lost = 0.125 * x - (main - x)
        return main + (lost + x * (ERF_SLOPE + z * (p * z + ERF_POLYNOMIAL[0])))
    if not y < 6.0:
        return x if x != x else 1.0 if x > 0.0 else -1.0
    cell = int((y - 0.5) * 8.0)
    t = y - (0.5625 + 0.125 * float(cell))
    k = ERF_TERMS * cell + ERF_TERMS - 1
    p = 0.0
    for i in range(ERF_TERMS):
        p = p * t + ERF_CELL_POLYNOMIALS[k - i]
    value = ERF_HIGH[cell] + (ERF_LOW[cell] + t * p)
    return -value if x < 0.0 else value
