"""Columns of numbers, and what of one others explain. Restricted Python.

A matrix is a buffer of columns, one after the other, each with ``n`` slots.
"""

from __future__ import annotations

from sim.numerics.arithmetic import sqrt
from sim.numerics.sums import Floats

NEGLIGIBLE = 1e-9  # a column whose rest is shorter than this part of it is explained


def dot(a: Floats, first: int, b: Floats, other: int, n: int) -> float:
    """Return the scalar product of two columns that begin at given slots, summed in order."""
    total = 0.0
    for i in range(n):
        total += a[first + i] * b[other + i]
    return total


def dots(a: Floats, b: Floats, first: int, count: int, n: int, out: Floats) -> None:
    """Write the scalar products of a column with columns that begin at a slot, each summed as `dot` does.

    Eight side by side: a processor need not wait for one sum to add to the next.
    """
    k = 0
    while k + 8 <= count:
        b0 = first + k * n
        b1 = b0 + n
        b2 = b1 + n
        b3 = b2 + n
        b4 = b3 + n
        b5 = b4 + n
        b6 = b5 + n
        b7 = b6 + n
        s0 = 0.0
        s1 = 0.0
        s2 = 0.0
        s3 = 0.0
        s4 = 0.0
        s5 = 0.0
        s6 = 0.0
        s7 = 0.0
        for i in range(n):
            x = a[i]
            s0 += x * b[b0 + i]
            s1 += x * b[b1 + i]
            s2 += x * b[b2 + i]
            s3 += x * b[b3 + i]
            s4 += x * b[b4 + i]
            s5 += x * b[b5 + i]
            s6 += x * b[b6 + i]
            s7 += x * b[b7 + i]
        out[k] = s0
        out[k + 1] = s1
        out[k + 2] = s2
        out[k + 3] = s3
        out[k + 4] = s4
        out[k + 5] = s5
        out[k + 6] = s6
        out[k + 7] = s7
        k += 8
    while k < count:
        out[k] = dot(a, 0, b, first + k * n, n)
        k += 1


def take_off(x: Floats, first: int, basis: Floats, start: int, end: int, n: int) -> None:
    """Take off a column what orthonormal columns ``start .. end`` explain, twice for its digits."""
    for _ in range(2):
        for k in range(start, end):
            part = dot(x, first, basis, k * n, n)
            for i in range(n):
                x[first + i] -= part * basis[k * n + i]


def scale(x: Floats, first: int, n: int, least: float) -> float:
    """Give a column the length 1; one not longer than ``least`` becomes 0. Return its length."""
    size = sqrt(dot(x, first, x, first, n))
    for i in range(n):
        x[first + i] = x[first + i] / size if size > least else 0.0
    return size if size > least else 0.0


def least_squares(
    x: Floats, m: int, n: int, y: Floats, found: Floats, triangle: Floats, rest: Floats
) -> None:
    """Fit a column by ``m`` columns, which become orthonormal (Gram and Schmidt, modified).

    Parameters
    ----------
    x
        The columns; one that the earlier ones explain becomes 0 and has no effect.
    found
        The effects of the columns.
    triangle
        ``float64[column, column]``, the factor R by rows.
    rest
        What of ``y`` is left over.
    """
    for j in range(m):
        size = sqrt(dot(x, j * n, x, j * n, n))
        for k in range(m):
            triangle[k * m + j] = 0.0
        for _ in range(2):
            for k in range(j):
                part = dot(x, j * n, x, k * n, n)
                triangle[k * m + j] += part
                for i in range(n):
                    x[j * n + i] -= part * x[k * n + i]
        triangle[j * m + j] = scale(x, j * n, n, NEGLIGIBLE * size)
    for i in range(n):
        rest[i] = y[i]
    take_off(rest, 0, x, 0, m, n)
    for back in range(m):
        j = m - 1 - back
        value = dot(x, j * n, y, 0, n)
        for k in range(j + 1, m):
            value -= triangle[j * m + k] * found[k]
        size = triangle[j * m + j]
        found[j] = value / size if size > 0.0 else 0.0


def error_square(triangle: Floats, m: int, place: Floats, work: Floats) -> float:
    """Return place' (R'R)⁻¹ place, the variance of a fitted value over that of the rest."""
    total = 0.0
    for j in range(m):
        value = place[j]
        for k in range(j):
            value -= triangle[k * m + j] * work[k]
        size = triangle[j * m + j]
        work[j] = value / size if size > 0.0 else 0.0
        total += work[j] * work[j]
    return total
