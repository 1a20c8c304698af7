"""The one arithmetic: every number is an IEEE 754 double and every operation is total.

Python raises where the hardware returns an infinity or a nan (`1.0 / 0.0`, `math.log(0.0)`,
`math.exp(1000.0)`); compiled code does not. Both kernels therefore compute with the functions of
this module. Those named in ``PRIMITIVES`` (and ``div``, one instruction) are wrapped here and bound
to the very same C function by the translator, and so have the same bits; all others are written in
the restricted Python that the translator compiles. A nan has no sign and no payload here.
"""

from __future__ import annotations

import math

u64 = int  # an unsigned 64-bit whole number; what leaves 64 bits is masked with MASK64

MASK64 = 0xFFFFFFFFFFFFFFFF
INF = math.inf
NAN = math.nan
WHOLE_FROM = 4503599627370496.0  # 2**52: from here on every double is a whole number

# Our name -> the symbol in the C library, with doubles in and out.
PRIMITIVES: dict[str, str] = {
    "absolute": "fabs",
    "ceil": "ceil",
    "cos": "cos",
    "erf": "erf",
    "exp": "exp",
    "expm1": "expm1",
    "floor": "floor",
    "fmod": "fmod",
    "log": "log",
    "log10": "log10",
    "log1p": "log1p",
    "power": "pow",
    "sin": "sin",
    "sqrt": "sqrt",
    "tanh": "tanh",
}

# Our name -> the LLVM instruction that is the whole of it.
INSTRUCTIONS: dict[str, str] = {"div": "fdiv"}


def div(a: float, b: float) -> float:
    """Quotient; ``x / 0`` is an infinity of the right sign, ``0 / 0`` is nan."""
    try:
        return a / b
    except ZeroDivisionError:
        if a == 0.0 or a != a:
            return NAN
        return math.copysign(INF, a) * math.copysign(1.0, b)


def absolute(x: float) -> float:
    """Magnitude."""
    return math.fabs(x)


def floor(x: float) -> float:
    """Greatest whole number not above ``x``; keeps infinities, nan and the sign of zero."""
    return x // 1.0 if -WHOLE_FROM < x < WHOLE_FROM else x


def ceil(x: float) -> float:
    """Least whole number not below ``x``; keeps infinities, nan and the sign of zero."""
    return -(-x // 1.0) if -WHOLE_FROM < x < WHOLE_FROM else x


def sqrt(x: float) -> float:
    """Square root; nan below zero."""
    try:
        return math.sqrt(x)
    except ValueError:
        return NAN


def exp(x: float) -> float:
    """Exponential; infinite where it overflows."""
    try:
        return math.exp(x)
    except OverflowError:
        return INF


def expm1(x: float) -> float:
    """``exp(x) - 1`` without cancellation; infinite where it overflows."""
    try:
        return math.expm1(x)
    except OverflowError:
        return INF


def log(x: float) -> float:
    """Natural logarithm; minus infinity at zero, nan below."""
    try:
        return math.log(x)
    except ValueError:
        return -INF if x == 0.0 else NAN


def log10(x: float) -> float:
    """Decimal logarithm; minus infinity at zero, nan below."""
    try:
        return math.log10(x)
    except ValueError:
        return -INF if x == 0.0 else NAN


def log1p(x: float) -> float:
    """``log(1 + x)`` without cancellation; minus infinity at -1, nan below."""
    try:
        return math.log1p(x)
    except ValueError:
        return -INF if x == -1.0 else NAN


def sin(x: float) -> float:
    """Sine; nan for an infinity."""
    try:
        return math.sin(x)
    except ValueError:
        return NAN


def cos(x: float) -> float:
    """Cosine; nan for an infinity."""
    try:
        return math.cos(x)
    except ValueError:
        return NAN


def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    return math.tanh(x)


def erf(x: float) -> float:
    """Error function."""
    return math.erf(x)


def fmod(a: float, b: float) -> float:
    """Remainder with the sign of ``a``; exact; nan for ``b = 0`` or an infinite ``a``."""
    try:
        return math.fmod(a, b)
    except ValueError:
        return NAN


def power(a: float, b: float) -> float:
    """``a`` to the power ``b`` as C's pow: nan for a fractional power of a negative number."""
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


def mod(a: float, b: float) -> float:
    """Python's ``a % b``: the remainder with the sign of ``b``; nan for ``b = 0``."""
    r = fmod(a, b)
    if r == 0.0:
        return 0.0 if b > 0.0 else -0.0
    return r + b if (r < 0.0) != (b < 0.0) else r


def floordiv(a: float, b: float) -> float:
    """Python's ``a // b``, by CPython's own steps; nan for ``b = 0``."""
    r = fmod(a, b)
    q = div(a - r, b)
    if r != 0.0 and (r < 0.0) != (b < 0.0):
        q -= 1.0
    if q == 0.0:
        return 0.0 * div(a, b)
    whole = floor(q)
    return whole + 1.0 if q - whole > 0.5 else whole


def round_half_even(x: float) -> float:
    """Nearest whole number, ties to the even one, as Python's ``round``."""
    if x >= 0.0:
        return (x + WHOLE_FROM) - WHOLE_FROM if x < WHOLE_FROM else x
    return (x - WHOLE_FROM) + WHOLE_FROM if x > -WHOLE_FROM else x


def minimum(a: float, b: float) -> float:
    """Smaller of two; nan if one of them is nan."""
    return a if a < b or a != a else b


def maximum(a: float, b: float) -> float:
    """Greater of two; nan if one of them is nan."""
    return a if a > b or a != a else b


def clip(x: float, low: float, high: float) -> float:
    """``x`` moved into ``low .. high``; nan if one of the three is nan."""
    y = x if x > low or x != x else low
    return y if y < high or y != y else high


def sign(x: float) -> float:
    """Minus one, zero or one; nan for nan."""
    if x > 0.0:
        return 1.0
    if x < 0.0:
        return -1.0
    return x + 0.0


def sigmoid(x: float) -> float:
    """Logistic function ``1 / (1 + exp(-x))`` without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + exp(-x))
    e = exp(x)
    return e / (1.0 + e)


def is_whole(x: float) -> bool:
    """Whether ``x`` is a finite whole number."""
    return x - x == 0.0 and floor(x) == x
