"""IEEE 754 arithmetic in which every operation is total.

Python raises where the hardware returns an infinity or a nan (`1.0 / 0.0`, `math.log(0.0)`,
`math.exp(1000.0)`); compiled code does not. Both kernels therefore use the functions of this
module. Those named in ``PRIMITIVES`` (and ``div``, one instruction) are wrapped here and bound to
the same C function by the translator, so their bits are equal; all others are written in the
restricted Python that the translator compiles. The sign and payload of a nan are ignored.
"""

from __future__ import annotations

import math

u64 = int  # an unsigned 64-bit whole number; results beyond 64 bits are masked with MASK64

MASK64 = 0xFFFFFFFFFFFFFFFF
INF = math.inf
NAN = math.nan
LARGEST = 1e100  # the largest size of a number in a model
WHOLE_FROM = 4503599627370496.0  # 2**52: from here on every double is a whole number

# Name -> the symbol in the C library, with doubles in and out.
PRIMITIVES: dict[str, str] = {
    "absolute": "fabs", "ceil": "ceil", "cos": "cos", "erf": "erf", "exp": "exp",
    "expm1": "expm1", "floor": "floor", "fmod": "fmod", "log": "log", "log10": "log10",
    "log1p": "log1p", "power": "pow", "sin": "sin", "sqrt": "sqrt", "tanh": "tanh",
}  # fmt: skip

# Name -> the LLVM instruction that computes it.
INSTRUCTIONS: dict[str, str] = {"div": "fdiv"}


def div(a: float, b: float) -> float:
    """Return the quotient; ``x / 0`` is an infinity with the right sign, ``0 / 0`` is nan."""
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0.0 or a != a:
            return NAN
        return math.copysign(INF, a) * math.copysign(1.0, b)


def absolute(x: float) -> float:
    """Return the magnitude."""
    return math.fabs(x)


def floor(x: float) -> float:
    """Return the greatest whole number <= ``x``; keep infinities, nan and the sign of zero."""
    return x // 1.0 if -WHOLE_FROM < x < WHOLE_FROM else x


def ceil(x: float) -> float:
    """Return the least whole number >= ``x``; keep infinities, nan and the sign of zero."""
    return -(-x // 1.0) if -WHOLE_FROM < x < WHOLE_FROM else x


def sqrt(x: float) -> float:
    """Return the square root; nan below zero."""
    try:
        return math.sqrt(x)
    except ValueError:
        return NAN


def exp(x: float) -> float:
    """Return the exponential; infinite on overflow."""
    try:
        return math.exp(x)
    except OverflowError:
        return INF


def expm1(x: float) -> float:
    """Return ``exp(x) - 1`` without cancellation; infinite on overflow."""
    try:
        return math.expm1(x)
    except OverflowError:
        return INF


def log(x: float) -> float:
    """Return the natural logarithm; minus infinity at zero, nan below."""
    try:
        return math.log(x)
    except ValueError:
        return -INF if x == 0.0 else NAN


def log10(x: float) -> float:
    """Return the decimal logarithm; minus infinity at zero, nan below."""
    try:
        return math.log10(x)
    except ValueError:
        return -INF if x == 0.0 else NAN


def log1p(x: float) -> float:
    """Return ``log(1 + x)`` without cancellation; minus infinity at -1, nan below."""
    try:
        return math.log1p(x)
    except ValueError:
        return -INF if x == -1.0 else NAN


def sin(x: float) -> float:
    """Return the sine; nan for an infinity."""
    try:
        return math.sin(x)
    except ValueError:
        return NAN


def cos(x: float) -> float:
    """Return the cosine; nan for an infinity."""
    try:
        return math.cos(x)
    except ValueError:
        return NAN


def tanh(x: float) -> float:
    """Return the hyperbolic tangent."""
    return math.tanh(x)


def erf(x: float) -> float:
    """Return the error function."""
    return math.erf(x)


def fmod(a: float, b: float) -> float:
    """Return the exact remainder with the sign of ``a``; nan for ``b = 0`` or an infinite ``a``."""
    try:
        return math.fmod(a, b)
    except ValueError:
        return NAN


def power(a: float, b: float) -> float:
    """Return ``a`` to the power ``b`` as C's pow; nan for a fractional power of a negative number."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0.0 and math.fmod(b, 2.0) != 0.0 else INF
    except ValueError:
        if a != 0.0:
            return NAN
        return math.copysign(INF, a) if math.fabs(math.fmod(b, 2.0)) == 1.0 else INF


# From here on: restricted Python, compiled by the translator.


def isfinite(x: float) -> bool:
    """Whether ``x`` is neither infinite nor nan."""
    return x - x == 0.0


def bounded(x: float) -> bool:
    """Whether ``x`` is a number of at most `LARGEST` in size."""
    return absolute(x) <= LARGEST


def mod(a: float, b: float) -> float:
    """Return Python's ``a % b``, the remainder with the sign of ``b``; nan for ``b = 0``."""
    r = fmod(a, b)
    if r == 0.0:
        return 0.0 if b > 0.0 else -0.0
    return r + b if (r < 0.0) != (b < 0.0) else r


def floordiv(a: float, b: float) -> float:
    """Return Python's ``a // b``, by CPython's own steps; nan for ``b = 0``."""
    r = fmod(a, b)
    q = div(a - r, b)
    if r != 0.0 and (r < 0.0) != (b < 0.0):
        q -= 1.0
    if q == 0.0:
        return 0.0 * div(a, b)
    whole = floor(q)
    return whole + 1.0 if q - whole > 0.5 else whole


def round_half_even(x: float) -> float:
    """Return the nearest whole number, ties to the even one, as Python's ``round``."""
    if x >= 0.0:
        return (x + WHOLE_FROM) - WHOLE_FROM if x < WHOLE_FROM else x
    return (x - WHOLE_FROM) + WHOLE_FROM if x > -WHOLE_FROM else x


def minimum(a: float, b: float) -> float:
    """Return the smaller of two; nan if one of them is nan."""
    return a if a < b or a != a else b


def maximum(a: float, b: float) -> float:
    """Return the greater of two; nan if one of them is nan."""
    return a if a > b or a != a else b


def clip(x: float, low: float, high: float) -> float:
    """Return ``x`` limited to ``low .. high``; nan if one of the three is nan."""
    y = x if x > low or x != x else low
    return y if y < high or y != y else high


def sign(x: float) -> float:
    """Return minus one, zero or one; nan for nan."""
    if x > 0.0:
        return 1.0
    if x < 0.0:
        return -1.0
    return x + 0.0


def sigmoid(x: float) -> float:
    """Return the logistic function ``1 / (1 + exp(-x))`` without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


def is_whole(x: float) -> bool:
    """Whether ``x`` is a finite whole number."""
    return x - x == 0.0 and floor(x) == x


def denominator(x: float) -> float:
    """Return the least whole q for which a whole p has p / q equal to ``x``; 0 if it is above a million.

    By the continued fraction of ``x``, a finite number, 0 or more: 12 for 1/12, 10 for 0.1.
    """
    rest = x
    p = 1.0
    q = 0.0
    p_before = 0.0
    q_before = 1.0
    while True:
        whole = floor(rest)
        p_next = whole * p + p_before
        q_next = whole * q + q_before
        if q_next > 1e6 or p_next > WHOLE_FROM:
            return 0.0
        if p_next / q_next == x:
            return q_next
        p_before = p
        q_before = q
        p = p_next
        q = q_next
        rest = 1.0 / (rest - whole)


def multiple(x: float, q: float, k: float) -> float:
    """Return ``k * x``, rounded once where ``x`` is a fraction with the denominator ``q`` (0: is not)."""
    if q > 0.0:
        return k * round_half_even(x * q) / q
    return k * x
