"""The tables and polynomials of the elementary functions: ``python -m docs.generate.coefficients``.

Everything is computed here, with mpmath at 60 digits, and written to `sim/numerics/coefficients.py`.
Polynomials are truncated Chebyshev series, which are within a small factor of the best ones.
"""

from __future__ import annotations

import struct
import textwrap
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path

import mpmath
from mpmath import mp, mpf

FILE = Path(__file__).parents[2] / "sim/numerics/coefficients.py"

DIGITS = 60
#: Cells of the tables of exp and log.
CELLS = 128
#: Bits after the point of the high parts that are added without an error.
GRID = 42
#: Bits after the point of the reciprocals in the table of log.
SHORT = 12
#: Bits of the middle of a double from which the cells of log are counted: 1 lies inside a cell.
LOG_FROM = 0x3FE6000000000000 + (1 << 44)
#: Bits of a word of 2/π, and the number of words.
WORD, WORDS = 28, 48
#: Cells of erf: from its first to its last argument.
ERF_FROM, ERF_TO, ERF_CELLS, ERF_TERMS = 0.5, 6.0, 8, 10

HEAD = '''"""Tables and coefficients of the elementary functions, by `docs/generate/coefficients.py`."""

# fmt: off
'''


def double(x: int) -> float:
    """Return the double with these bits."""
    value: float = struct.unpack("<d", struct.pack("<Q", x))[0]
    return value


def bits(x: float) -> int:
    """Return the bits of a double."""
    value: int = struct.unpack("<Q", struct.pack("<d", x))[0]
    return value


def on_grid(x: mpf, places: int) -> float:
    """Return the nearest double with at most `places` bits after the point."""
    return float(mpmath.nint(mpmath.ldexp(x, places))) / 2.0**places


def fitted(function: Callable[[mpf], mpf], low: float, high: float, terms: int) -> list[float]:
    """Return the coefficients of a polynomial near `function`, the constant first."""
    found = mpmath.chebyfit(function, [mpf(low), mpf(high)], terms, asc=True)
    return [float(c) for c in found]


def series(term: Callable[[int], mpf], last: int = 40) -> Callable[[mpf], mpf]:
    """Return the function with these Taylor coefficients at zero."""
    terms = [mpf(term(k)) for k in reversed(range(last))]
    return lambda x: reduce(lambda total, term: total * x + term, terms)


def exponential() -> dict[str, Sequence[float]]:
    """Return what exp and expm1 need.

    `EXP_BITS` has the bits of ``2**(i/128)`` less those that adding ``i`` to the exponent's place
    would add; `EXP_REST` what is missing in it, as a share.
    """
    powers = [mpf(2) ** (mpf(i) / CELLS) for i in range(CELLS)]
    reach = float(mpmath.log(2) / CELLS / 2) * 1.001
    step = mpmath.log(2) / CELLS
    high = on_grid(step, GRID)
    return {
        "EXP_STEP": [high, float(step - high)],
        "EXP_PER_STEP": [float(1 / step)],
        "EXP_POLYNOMIAL": fitted(series(lambda k: 1 / mpmath.factorial(k + 2)), -reach, reach, 4),
        "EXPM1_POLYNOMIAL": fitted(series(lambda k: 1 / mpmath.factorial(k + 3)), -0.36, 0.36, 12),
        "EXP_BITS": [(bits(float(p)) - (i << 45)) for i, p in enumerate(powers)],
        "EXP_REST": [float(p / mpf(float(p)) - 1) for p in powers],
    }


def logarithm() -> dict[str, Sequence[float]]:
    """Return what the logarithms need.

    For each cell a short number near the reciprocal of its middle, and minus its logarithm in two
    parts, the first of them on the grid. The cell around 1 has the reciprocal 1.
    """
    centres = [double(LOG_FROM + (i << 45) + (1 << 44)) for i in range(CELLS)]
    inverse = [on_grid(1 / mpf(c), SHORT) for c in centres]
    one = (bits(1.0) - LOG_FROM) >> 45
    inverse[one] = 1.0
    logs = [-mpmath.log(mpf(c)) for c in inverse]
    highs = [on_grid(value, GRID) for value in logs]
    high = on_grid(mpmath.log(2), GRID)
    reach = 2.0**-8 * 1.07
    fit = series(lambda k: mpf((-1) ** k) / (k + 3))
    return {
        "LOG_TWO": [high, float(mpmath.log(2) - high)],
        "LOG_POLYNOMIAL": fitted(fit, -reach, reach, 5),
        "LOG_WIDE_POLYNOMIAL": fitted(fit, -reach, reach, 8),
        "LOG_INVERSE": inverse,
        "LOG_HIGH": highs,
        "LOG_LOW": [float(value - h) for value, h in zip(logs, highs, strict=True)],
        "PER_LOG_TEN": [float(x := 1 / mpmath.log(10)), float(x - mpf(float(x)))],
    }


def trigonometric() -> dict[str, Sequence[float]]:
    """Return what sin and cos need: π/2 in four parts and in two, and 2/π in words of 28 bits."""
    parts, rest = [], mp.pi / 2
    for places in (31, 64, 97, 150):
        parts.append(on_grid(rest, places) if places < 150 else float(rest))
        rest -= mpf(parts[-1])
    half = float(mp.pi / 2)
    with mp.workprec(WORD * WORDS + 64):
        digits = int(mpmath.floor(mpmath.ldexp(2 / mp.pi, WORD * WORDS)))
    words = [digits >> WORD * k & (1 << WORD) - 1 for k in reversed(range(WORDS))]
    reach = float(mp.pi / 4) ** 2 * 1.001
    sine = series(lambda k: mpf((-1) ** (k + 1)) / mpmath.factorial(2 * k + 3))
    cosine = series(lambda k: mpf((-1) ** k) / mpmath.factorial(2 * k + 4))
    return {
        "HALF_PI_PARTS": parts,
        "HALF_PI": [half, float(mp.pi / 2 - half)],
        "PER_HALF_PI": [float(2 / mp.pi)],
        "SIN_POLYNOMIAL": fitted(sine, 0.0, reach, 7),
        "COS_POLYNOMIAL": fitted(cosine, 0.0, reach, 6),
        "PER_HALF_PI_WORDS": [0, 0, *words],
    }


def error_function() -> dict[str, Sequence[float]]:
    """Return what erf needs: near zero a polynomial in x², beyond it one in each cell."""
    scale = 2 / mpmath.sqrt(mp.pi)
    near = series(lambda k: scale * (-1) ** (k + 1) / mpmath.factorial(k + 1) / (2 * k + 3))
    high, low, rows = [], [], []
    reach = 0.5 / ERF_CELLS * 1.001
    for cell in range(int((ERF_TO - ERF_FROM) * ERF_CELLS)):
        centre = mpf(ERF_FROM) + (mpf(cell) + 0.5) / ERF_CELLS
        value = mpmath.erf(centre)
        high.append(float(value))
        low.append(float(value - high[-1]))
        slope = [mpf(0), scale * mpmath.exp(-centre * centre)]  # of exp(-x²): y' = -2 x y
        for n in range(30):
            slope.append(-2 * (centre * slope[-1] + slope[-2]) / (n + 1))
        taylor = [c / (n + 1) for n, c in enumerate(slope[1:])]
        rows += fitted(series(taylor.__getitem__, last=30), -reach, reach, ERF_TERMS)
    return {
        "ERF_SLOPE": [float(scale - 1.125)],
        "ERF_POLYNOMIAL": fitted(near, 0.0, ERF_FROM**2 * 1.001, 11),
        "ERF_HIGH": high,
        "ERF_LOW": low,
        "ERF_CELL_POLYNOMIALS": rows,
    }


def text() -> str:
    """Return the text of the module."""
    with mp.workdps(DIGITS):
        parts = {**exponential(), **logarithm(), **trigonometric(), **error_function()}
    lines = [HEAD, f"LOG_FROM = 0x{LOG_FROM:016X}", f"ERF_TERMS = {ERF_TERMS}"]
    for name, values in parts.items():
        items = [str(v) if abs(v) < 2**28 or isinstance(v, float) else hex(v) for v in values]
        joined = ", ".join(items)
        if len(items) == 1:
            lines.append(f"{name} = {joined}")
        elif len(name) + len(joined) < 90:
            lines.append(f"{name} = ({joined})")
        else:
            lines += [f"{name} = (", textwrap.indent(textwrap.fill(joined, 106), "    "), ")"]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8", newline="\n")
