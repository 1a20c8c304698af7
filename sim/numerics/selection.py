"""Which of many inputs explain something? Restricted Python.

Selected one by one, each against shuffled units. The input that explains most of what the last ones
left over is taken, as long as the best of all inputs does as well in at most 5 % of the shuffles: that
corrects for looking at many, correlated ones too (Westfall and Young 1993). What is shuffled are
residuals (Freedman and Lane 1983).
"""

from __future__ import annotations

from sim.numerics.arithmetic import maximum, minimum, sqrt, u64
from sim.numerics.draws import replication_key, uniform01
from sim.numerics.projection import NEGLIGIBLE, dot, dots, scale, take_off
from sim.numerics.sums import Floats, Ints
from sim.numerics.tails import explained_quantile, explained_tail

LEVEL = 0.05  # an input is named up to this p value
BATCHES = 22  # of shuffles, so many in each
BATCH = 9
AT_ONCE = 16  # inputs that are looked at before the next, as one may do
EXPLAINED = 1e-6  # a column whose rest is shorter than this part of it is explained
MOST_SHARE = 0.999999999999
SITE = 0x5EED


def select(
    tested: Floats, starts: Ints, left: Floats, n: int, ends: Ints, most: int, known: Floats,
    places: Ints, tails: Floats, bases: Floats, free: Ints, bar: Floats, row: Floats,
    parts: Floats,
) -> int:  # fmt: skip
    """Write the inputs that explain something, the strongest first, and their p values; count them.

    Parameters
    ----------
    tested, starts
        Columns of all inputs; input k has those from ``starts[k]`` to ``starts[k + 1]``.
    left
        What is to be explained; changed.
    ends
        Units are shuffled within groups, each from the end of the last to its own.
    known
        The first column is what is explained beforehand, with length 1; room for those of inputs.
    places, tails
        Inputs, and p values, corrected for all inputs.
    bases, free, bar, row, parts
        Room as for `tested`, for each input twice, for units, and for the columns of all inputs.
    """
    inputs = len(starts) - 1
    columns = 1
    found = 0
    key = replication_key(1, 0, 0)
    shuffle = 0
    while found < most:
        take_off(left, 0, known, 0, columns, n)
        whole = dot(left, 0, left, 0, n)
        if not whole > 0.0:
            return found
        best = -1
        best_tail = 2.0
        best_share = 0.0
        for k in range(inputs):
            free[k] = basis(tested, starts[k], starts[k + 1], n, known, columns, bases)
            rest = n - columns - free[k]
            if rest <= 0:
                free[k] = 0
            if free[k] > 0:
                own = explained(left, n, bases, starts[k], free[k], whole)
                tail = explained_tail(own, float(free[k]), float(rest))
                if tail < best_tail or (tail == best_tail and own > best_share):
                    best = k
                    best_tail = tail
                    best_share = own
        if best < 0:
            return found
        # What others must explain to do as well: the same p value, with columns of their number.
        for k in range(inputs):
            bar[k] = best_share
            if free[k] > 0 and free[k] != free[best]:
                bar[k] = explained_quantile(best_tail, float(free[k]), float(n - columns - free[k]))
        as_good = 0
        batch = 0
        while batch < BATCHES and float(as_good) <= LEVEL * float(BATCHES * BATCH):
            for _ in range(BATCH):
                for i in range(n):
                    row[i] = left[i]
                shuffle += 1
                mingle(row, ends, key, shuffle)
                as_good += as_well(row, n, known, columns, bases, starts, free, bar, parts)
            batch += 1
        p = float(1 + as_good) / float(1 + BATCHES * BATCH)
        p = maximum(p, tails[found - 1]) if found > 0 else p
        if p > LEVEL:
            return found
        places[found] = best
        tails[found] = p
        found += 1
        for j in range(free[best]):
            for i in range(n):
                known[(columns + j) * n + i] = bases[(starts[best] + j) * n + i]
        columns += free[best]
    return found


def basis(
    tested: Floats, start: int, end: int, n: int, known: Floats, columns: int, bases: Floats
) -> int:
    """Write an orthonormal basis of what known columns leave of those of an input; count its columns."""
    count = 0
    for c in range(start, end):
        to = (start + count) * n
        for i in range(n):
            bases[to + i] = tested[c * n + i]
        size = sqrt(dot(bases, to, bases, to, n))
        take_off(bases, to, known, 0, columns, n)
        if scale(bases, to, n, EXPLAINED * size) > 0.0:
            take_off(bases, to, bases, start, start + count, n)
            count += 1 if scale(bases, to, n, NEGLIGIBLE) > 0.0 else 0
    return count


def explained(x: Floats, n: int, bases: Floats, start: int, count: int, whole: float) -> float:
    """Return the share of a column's squares that the basis of an input explains."""
    total = 0.0
    for k in range(start, start + count):
        part = dot(x, 0, bases, k * n, n)
        total += part * part
    return minimum(total / whole, MOST_SHARE)


def as_well(
    row: Floats, n: int, known: Floats, columns: int, bases: Floats, starts: Ints, free: Ints,
    bar: Floats, parts: Floats,
) -> int:  # fmt: skip
    """Whether any input explains as much of shuffled units as it must: 1 or 0."""
    whole = dot(row, 0, row, 0, n)
    for k in range(columns):
        part = dot(row, 0, known, k * n, n)
        whole -= part * part
    begin = 0
    while begin < len(free):
        end = begin + AT_ONCE if begin + AT_ONCE < len(free) else len(free)
        first = starts[begin]
        dots(row, bases, first * n, starts[end] - first, n, parts)
        for k in range(begin, end):
            total = 0.0
            for c in range(starts[k] - first, starts[k] - first + free[k]):
                total += parts[c] * parts[c]
            own = minimum(total / whole, MOST_SHARE)
            if free[k] > 0 and own >= bar[k] - 1e-12:
                return 1
        begin = end
    return 0


def mingle(row: Floats, ends: Ints, key: u64, shuffle: int) -> None:
    """Shuffle units within their groups (Fisher and Yates 1938)."""
    first = 0
    draws = 0
    for g in range(len(ends)):
        left = ends[g] - first
        while left > 1:
            u = uniform01(key, SITE, shuffle * 1048576 + draws)
            draws += 1
            i = first + left - 1
            j = first + int(u * float(left))
            kept = row[i]
            row[i] = row[j]
            row[j] = kept
            left -= 1
        first = ends[g]
