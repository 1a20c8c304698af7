"""Uncertain parameters that depend on each other: rank correlations, and shares of a sum. Restricted Python.

Correlated parameters have a Gaussian copula: standard normal numbers with a matrix of correlations say
how the values of a point rank together, and each parameter keeps its own shape. Shares are even over
all combinations within their ranges that add up.
"""

from __future__ import annotations

from sim.numerics.arithmetic import MASK64, clip, maximum, minimum, sqrt, u64
from sim.numerics.exponential import erf
from sim.numerics.pcg import begin, unit_number
from sim.numerics.special import normal_quantile
from sim.numerics.sums import Floats, Ints, part_start
from sim.numerics.trigonometric import cos, sin

Words = list[u64]

PI = 3.141592653589793
ROOT_HALF = 0.7071067811865476
LEAST = 1.1102230246251565e-16  # 2**-53: the least quantile
SURE = 1e-9  # a pivot below it is none
APART = 1048576  # generators of blocks begin so far after those of the points themselves
HALVINGS = 50


def correlate(
    n: int, blocks: int, seed: u64, size: int, members: Ints, ranks: Floats, out: Floats,
    points: Floats, factor: Floats, work: Words,
) -> None:  # fmt: skip
    """Correlate the quantiles of some parameters in a Latin hypercube, ``float64[future, parameter]``.

    In each block points are drawn from the copula; their ranks say in which stratum of each parameter
    a future is, and other points where in it (Packham and Schmidt 2010: Latin hypercube sampling with
    dependence). So each parameter stays stratified. Ranks among few points are less correlated than
    the points, and the copula makes up for it (Moran 1948 has the expectation).

    Parameters
    ----------
    members, ranks
        Columns of the parameters, and their rank correlations, ``float64[member, member]``.
    points, factor, work
        Room for ``[future of a block, member]``, for ``3 [member, member]`` and for a generator.
    """
    k = len(members)
    for block in range(blocks):
        first = part_start(n, blocks, block)
        count = part_start(n, blocks, block + 1) - first
        normal_factor(ranks, k, count, factor)
        begin(work, seed, (block + APART) & MASK64)
        for i in range(count):
            normal_point(points, i * k, k, work, factor)
        for i in range(count):
            # The strata of a future, then its place within them.
            for j in range(k):
                before = 0
                for other in range(count):
                    gap = points[other * k + j] - points[i * k + j]
                    if gap < 0.0 or (gap == 0.0 and other < i):
                        before += 1
                out[(first + i) * size + members[j]] = float(before)
        for i in range(count):
            normal_point(points, 0, k, work, factor)
            for j in range(k):
                at = (first + i) * size + members[j]
                out[at] = (out[at] + below(points[j])) / float(count)


def link(n: int, size: int, members: Ints, ranks: Floats, out: Floats, factor: Floats) -> None:
    """Correlate quantiles point by point: those of one depend on those of the members before it."""
    k = len(members)
    normal_factor(ranks, k, 1, factor)
    for i in range(n):
        for back in range(k):
            j = k - 1 - back
            x = 0.0
            for m in range(j + 1):
                u = clip(out[i * size + members[m]], LEAST, 1.0 - LEAST)
                x += factor[j * k + m] * normal_quantile(u)
            out[i * size + members[j]] = below(x)


def below(x: float) -> float:
    """Return how much of the standard normal curve lies below a number."""
    return 0.5 * (1.0 + erf(x * ROOT_HALF))


def normal_point(points: Floats, at: int, k: int, work: Words, factor: Floats) -> None:
    """Write a point of correlated standard normal numbers."""
    for j in range(k):
        points[at + j] = normal_quantile(maximum(unit_number(work), LEAST))
    for back in range(k):
        j = k - 1 - back
        x = 0.0
        for m in range(j + 1):
            x += factor[j * k + m] * points[at + m]
        points[at + j] = x


def normal_factor(ranks: Floats, k: int, count: int, factor: Floats) -> None:
    """Write Cholesky's factor of the correlations of a copula whose ranks in a block correlate so.

    Where making up for few points would ask for too much, only a part of it is done.
    """
    size = k * k
    for a in range(size):
        # The ends between which to choose: for many points and for so few.
        factor[size + a] = sin(ranks[a] * PI / 6.0) * 2.0
        factor[2 * size + a] = among_few(ranks[a], float(count))
    part = 1.0
    for _ in range(HALVINGS):
        for a in range(size):
            factor[a] = factor[size + a] + part * (factor[2 * size + a] - factor[size + a])
        if cholesky(factor, k) == k:
            return
        part = 0.5 * part
    for a in range(size):
        factor[a] = factor[size + a]
    cholesky(factor, k)


def among_few(rank: float, count: float) -> float:
    """Return the correlation of normal numbers whose ranks among `count`, and places, correlate so."""
    if rank >= 1.0 or rank == 0.0:
        return rank
    low = -0.5 * PI
    high = 0.5 * PI
    for _ in range(HALVINGS):
        angle = 0.5 * (low + high)
        spearman = 6.0 / PI * arcsine(0.5 * sin(angle))
        ranked = (count - 2.0) * spearman + 6.0 / PI * angle
        if ((count - 1.0) * ranked + spearman) / (count * count) < rank:
            low = angle
        else:
            high = angle
    return sin(0.5 * (low + high))


def arcsine(x: float) -> float:
    """Return the angle of a sine from -1/2 to 1/2, by Newton's method."""
    t = x
    for _ in range(5):
        t -= (sin(t) - x) / cos(t)
    return t


def cholesky(factor: Floats, k: int) -> int:
    """Turn a matrix into its lower triangular factor; return how many rows went well."""
    for j in range(k):
        for i in range(k):
            if i < j:
                factor[i * k + j] = 0.0
        for i in range(j, k):
            x = factor[i * k + j]
            for m in range(j):
                x -= factor[i * k + m] * factor[j * k + m]
            if i == j:
                if not x > SURE:
                    return j
                factor[j * k + j] = sqrt(x)
            else:
                factor[i * k + j] = x / factor[j * k + j]
    return k


def share(
    n: int, size: int, starts: Ints, laws: Floats, groups: Ints, shared: Ints, totals: Floats,
    out: Floats, widths: Floats,
) -> None:  # fmt: skip
    """Replace quantiles by shares of a total, even over all combinations within their ranges.

    One after the other has its distribution given those before, and the last has what is left.

    Parameters
    ----------
    starts, laws
        As in `sim.numerics.hypercube.futures`: a law begins with the ends of a range.
    groups, shared, totals
        Where the members of each group begin among all, their columns, and what a group adds up to.
    widths
        Room for a number of each member.
    """
    for j in range(len(shared)):
        law = starts[shared[j]]
        widths[j] = laws[law + 1] - laws[law]
    for g in range(len(totals)):
        last = groups[g + 1] - 1
        for i in range(n):
            left = totals[g]
            for j in range(groups[g], last + 1):
                left -= laws[starts[shared[j]]]
            given = 0.0
            for j in range(groups[g], last):
                room = 0.0
                for m in range(j + 1, last + 1):
                    room += widths[m]
                low = maximum(0.0, left - room)
                high = maximum(low, minimum(widths[j], left))
                whole = ways(left - low, widths, j + 1, last + 1)
                at = i * size + shared[j]
                wanted = whole - out[at] * (whole - ways(left - high, widths, j + 1, last + 1))
                for _ in range(HALVINGS):
                    middle = 0.5 * (low + high)
                    if ways(left - middle, widths, j + 1, last + 1) > wanted:
                        low = middle
                    else:
                        high = middle
                middle = 0.5 * (low + high)
                out[at] = laws[starts[shared[j]]] + middle
                given += out[at]
                left -= middle
            law = starts[shared[last]]
            out[i * size + shared[last]] = clip(totals[g] - given, laws[law], laws[law + 1])


def ways(t: float, widths: Floats, first: int, end: int) -> float:
    """Return, but for a factor, how much of the numbers up to some widths adds up to at most ``t``."""
    sets = 1
    for _ in range(first, end):
        sets = 2 * sets
    total = 0.0
    for chosen in range(sets):  # inclusion and exclusion
        x = t
        sign = 1.0
        digits = chosen
        for j in range(first, end):
            half = int(float(digits) * 0.5)
            if digits > 2 * half:
                x -= widths[j]
                sign = -sign
            digits = half
        if x > 0.0:
            power = sign
            for _ in range(first, end):
                power = power * x
            total += power
    return total
