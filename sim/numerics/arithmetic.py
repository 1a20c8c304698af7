"""IEEE 754 arithmetic in which every operation is total.

Python raises where the hardware returns an infinity or a nan (`1.0 / 0.0`, `math.sqrt(-1.0)`);
compiled code does not. Both kernels therefore use the functions of this module. Those in
``INSTRUCTIONS`` are one instruction each, exact or rounded once on every processor. All others, here
and in the other modules of draws and elementary functions, are written in the restricted Python that
the translator compiles, so no digit depends on a C library. The sign and payload of a nan are ignored.
"""

from __future__ import annotations

import math
import struct

u64 = int  # an unsigned 64-bit whole number; results beyond 64 bits are masked with MASK64

MASK64 = 0xFFFFFFFFFFFFFFFF
INF = math.inf
NAN = math.nan
LARGEST = 1e100  # the largest size of a number in a model
WHOLE_FROM = 4503599627370496.0  # 2**52: from here on every double is a whole number
TINY = 2.2250738585072014e-308  # the least double with all its digits
FIRST_DIGITS = 0xFFFFFFFFF8000000  # all bits of a double but its last 27 digits
EXPONENT = 0x7FF0000000000000

# Name -> the LLVM instruction or intrinsic that computes it.
INSTRUCTIONS: dict[str, str] = {
    "absolute": "call double @llvm.fabs.f64(double {})",
    "bits": "bitcast double {} to i64",
    "ceil": "call double @llvm.ceil.f64(double {})",
    "div": "fdiv double {}, {}",
    "floor": "call double @llvm.floor.f64(double {})",
    "from_bits": "bitcast i64 {} to double",
    "sqrt": "call double @llvm.sqrt.f64(double {})",
}

_pack_double, _unpack_double = struct.Struct("=d").pack, struct.Struct("=d").unpack
_pack_word, _unpack_word = struct.Struct("=Q").pack, struct.Struct("=Q").unpack


def bits(x: float) -> u64:
    """Return the 64 bits of a double."""
    word: int = _unpack_word(_pack_double(x))[0]
    return word


def from_bits(word: u64) -> float:
    """Return the double with these 64 bits."""
    x: float = _unpack_double(_pack_word(word))[0]
    return x


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


# From here on: restricted Python, compiled by the translator.


def leading(x: float) -> float:
    """Return the first 26 binary digits of ``x``; products of two such numbers are exact."""
    return from_bits(bits(x) & FIRST_DIGITS)


def fmod(a: float, b: float) -> float:
    """Return the exact remainder with the sign of ``a``; nan for ``b = 0`` or an infinite ``a``.

    It subtracts a multiple of ``b``, or first of ``b`` times a power of two, with a factor below
    2**25: then the products are exact, and so are the differences.
    """
    x = absolute(a)
    y = absolute(b)
    if not (x < INF and y > 0.0):
        return NAN
    while x >= y:
        unit = y
        q = x / y
        if q >= 33554432.0:  # 2**25
            if q < INF:
                unit *= from_bits(bits(q) & EXPONENT) * 5.960464477539063e-08  # 2**-24
            else:  # the same, with x and y moved by 2**550 towards each other
                unit *= 3.6855101804897865e165
                q = x * 2.7133285516175262e-166 / unit
                unit = unit * from_bits(bits(q) & EXPONENT) * 2.196735251241795e158  # 2**526
            q = x / unit
        q = floor(q)
        if q < 2.0:
            x -= unit
        else:
            first = leading(unit)
            x = x - q * first - q * (unit - first)
        if x < 0.0:  # the quotient was rounded up
            x += unit
    if x == 0.0:
        return 0.0 * a
    return -x if a < 0.0 else x


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
