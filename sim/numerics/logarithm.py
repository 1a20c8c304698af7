"""Logarithms and powers. Restricted Python.

Errors are below 0.52 units in the last place for `log`, `log1p` and `log10`, and below 0.6 for
`power`; the tests measure them. The coefficients are our own (`docs/generate/coefficients.py`).
"""

from __future__ import annotations

from sim.numerics.arithmetic import (
    EXPONENT,
    INF,
    MASK64,
    NAN,
    TINY,
    absolute,
    bits,
    floor,
    from_bits,
    leading,
)
from sim.numerics.coefficients import (
    LOG_FROM,
    LOG_HIGH,
    LOG_INVERSE,
    LOG_LOW,
    LOG_POLYNOMIAL,
    LOG_TWO,
    LOG_WIDE_POLYNOMIAL,
    PER_LOG_TEN,
)
from sim.numerics.exponential import ORDINARY, exp_end, exp_sum

BIAS = 1023.0  # of the exponent of a double; one that is multiplied by 2**54 counts from 54 higher
LIFTED_BIAS = 1077.0
TWO_54 = 18014398509481984.0
BEFORE = 0x3FF0000000000000 - LOG_FROM  # added to the bits of a double, it makes cells start at 1
DIGITS = 0x000FFFFFFFFFFFFF
MANY_DIGITS = 0xFFFFFFFFFFE00000  # all bits of a double but its last 21 digits
SMALL = 1.862645149230957e-09  # 2**-29
MOST = 7.378697629483821e19  # 2**66: as an exponent, it makes of every number but 1 an infinity or zero


def log(x: float) -> float:
    """Return the natural logarithm; minus infinity at zero, nan below."""
    if TINY <= x < INF:
        return log_sum(x, 0.0, BIAS)
    if x > 0.0:
        return log_sum(x * TWO_54, 0.0, LIFTED_BIAS) if x < INF else x
    return -INF if x == 0.0 else NAN


def log1p(x: float) -> float:
    """Return ``log(1 + x)`` without cancellation; minus infinity at -1, nan below."""
    if -1.0 < x < -SMALL or SMALL < x < 1.0:
        s = 1.0 + x
        return log_sum(s, x - (s - 1.0), BIAS)
    if x >= 1.0:
        s = 1.0 + x
        return log_sum(s, 1.0 - (s - x), BIAS) if x < TWO_54 else log(x)
    if x > -1.0:
        return x - 0.5 * x * x
    return -INF if x == -1.0 else NAN


def log_sum(x: float, rest: float, bias: float) -> float:
    """Return ``log(x + rest)`` less the logarithm of 2**(bias - 1023); ``rest`` is tiny beside x.

    With x = 2**k z and a short number c near 1 / z, from a table, log x is k log 2 - log c + log(1 + r)
    where r = c z - 1 (Tang 1990). The product is exact in two parts, and around 1 c is 1: so one path
    serves all x, also where the logarithm is small.
    """
    whole = bits(x) + BEFORE & MASK64
    k = float(whole >> 52) - bias
    i = whole >> 45 & 127
    z = (whole & DIGITS) + LOG_FROM & MASK64
    first = from_bits(z & MANY_DIGITS)
    c = LOG_INVERSE[i]
    a = first * c - 1.0
    b = (from_bits(z) - first) * c
    r = a + b
    lost = a - r + b
    if rest != 0.0:  # it is small beside the rounding of r at the most
        unit = from_bits(0x7FE0000000000000 - (whole & EXPONENT) & MASK64)
        small = rest * unit * c
        lost += small - small * r
    w = k * LOG_TWO[0] + LOG_HIGH[i]
    y = w + r
    s = r * r
    p = LOG_POLYNOMIAL[2] + r * LOG_POLYNOMIAL[3] + s * LOG_POLYNOMIAL[4]
    p = r * s * (LOG_POLYNOMIAL[0] + r * LOG_POLYNOMIAL[1] + s * p)
    return y + (k * LOG_TWO[1] + LOG_LOW[i] + (w - y + r) + lost + (p - 0.5 * s))


def log10(x: float) -> float:
    """Return the decimal logarithm, exact for powers of ten; minus infinity at zero, nan below."""
    if not 0.0 < x < INF:
        return x if x > 0.0 else -INF if x == 0.0 else NAN
    value = log_part(x, False)
    per = PER_LOG_TEN[0]
    y = value * per
    rest = log_part(x, True) * per + value * PER_LOG_TEN[1]
    return y + (product_rest(value, per, y) + rest)


def product_rest(a: float, b: float, product: float) -> float:
    """Return ``a * b`` less its rounded ``product`` (Dekker 1971)."""
    c = leading(a)
    d = leading(b)
    return c * d - product + c * (b - d) + (a - c) * d + (a - c) * (b - d)


def log_part(x: float, rest: bool) -> float:
    """Return ``log x``, or the ``rest`` that this result lacks, which has ten more digits or so.

    As `log_sum`, with the square of r in two parts and a longer polynomial.
    """
    lifted = x < TINY
    whole = bits(x * TWO_54 if lifted else x) + BEFORE & MASK64
    k = float(whole >> 52) - (LIFTED_BIAS if lifted else BIAS)
    i = whole >> 45 & 127
    z = (whole & DIGITS) + LOG_FROM & MASK64
    first = from_bits(z & MANY_DIGITS)
    c = LOG_INVERSE[i]
    a = first * c - 1.0
    b = (from_bits(z) - first) * c
    r = a + b
    lost = a - r + b
    w = k * LOG_TWO[0] + LOG_HIGH[i]
    y = w + r
    half = leading(r)
    square = 0.5 * half * half
    main = y - square
    p = LOG_WIDE_POLYNOMIAL[6] + r * LOG_WIDE_POLYNOMIAL[7]
    p = LOG_WIDE_POLYNOMIAL[4] + r * (LOG_WIDE_POLYNOMIAL[5] + r * p)
    p = LOG_WIDE_POLYNOMIAL[2] + r * (LOG_WIDE_POLYNOMIAL[3] + r * p)
    p = LOG_WIDE_POLYNOMIAL[0] + r * (LOG_WIDE_POLYNOMIAL[1] + r * p)
    small = k * LOG_TWO[1] + LOG_LOW[i] + (w - y + r) + (y - main - square) + lost * (1.0 - r)
    small += r * r * r * p - 0.5 * (r - half) * (r + half)
    total = main + small
    return main - total + small if rest else total


def power(a: float, b: float) -> float:
    """Return ``a`` to the power ``b`` as C's pow (C99, annex F); nan if ``a`` < 0 and ``b`` is not whole."""
    if 0.0 < a < INF and -MOST < b < MOST:
        return power_of(a, b)
    if b == 0.0 or a == 1.0:
        return 1.0
    whole = floor(b) == b
    if a != a or b != b or (-INF < a < 0.0 and not whole):
        return NAN
    x = absolute(a)
    if x == 0.0 or x == INF:
        y = 0.0 if (x == 0.0) == (b > 0.0) else INF
    else:
        y = power_of(x, MOST if b > MOST else -MOST if b < -MOST else b)
    odd = whole and floor(0.5 * b) != 0.5 * b
    return -y if odd and bits(a) >> 63 == 1 else y


def power_of(x: float, b: float) -> float:
    """Return a finite ``x`` > 0 to the power ``b``: ``exp(b log x)`` with a logarithm in two parts."""
    value = log_part(x, False)
    y = b * value
    rest = product_rest(b, value, y) + b * log_part(x, True)
    if absolute(y) < ORDINARY:
        return exp_sum(y, rest, 0)
    return exp_end(y, rest)
