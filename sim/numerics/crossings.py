"""On which inputs does the sign of a difference hang, and where does it turn? Restricted Python.

Inputs are ``float64[input, future]``: a number, the place of a word among its options, or 0 and 1;
`kinds` tells them apart. Input k has the columns from ``starts[k]`` to ``starts[k + 1]``: one for a
number, else one for each option but the first. Only futures with a value are kept.
"""

from __future__ import annotations

from sim.numerics.arithmetic import INF, NAN, absolute, maximum, minimum, sqrt
from sim.numerics.exponential import exp
from sim.numerics.logarithm import log
from sim.numerics.projection import dot, error_square, least_squares, scale
from sim.numerics.selection import LEVEL, select
from sim.numerics.sums import (
    Floats,
    Ints,
    known,
    mean,
    order,
    part_start,
    power_sum,
    row_means,
    variance,
)
from sim.numerics.tails import student_quantile

NUMBER = 0  # kinds of inputs
LOGARITHM = 1
WORD = 2
LEAST = 10  # futures fewer than these say nothing of single parameters
SIDE = 5.0  # futures on each side of a crossing, at least, and as a share of all
SIDE_SHARE = 0.05
SLOTS = 5  # what is told of an input:
ABOVE = 0  # 1 where the difference is higher above its value, else 0
VALUE = 1  # where the fitted difference crosses 0, or NaN
SPAN = 2  # from the lowest to the highest sampled value, or logarithm
SLOPE = 3  # change of the fitted difference over the sampled values
WORDS = 4  # sum of 2**place of the options with a positive difference; 0 without a turn


def hang(
    values: Floats, rows: int, width: int, x: Floats, kinds: Ints, starts: Ints, most: int,
    places: Ints, tails: Floats, kept: Ints, y: Floats, root: Floats, ends: Ints, counts: Floats,
    tested: Floats, columns: Floats, bases: Floats, free: Ints, bar: Floats, row: Floats,
    parts: Floats, ranked: Ints, spare: Ints,
) -> int:  # fmt: skip
    """Write the inputs that a difference hangs on, the strongest first, and their p values; count them.

    Parameters
    ----------
    values
        Paired differences, ``float64[future, replication]``.
    ends
        As many slots as groups that futures are shuffled within; gets where each ends among those kept.
    kept, y, root
        Get the futures that are kept, their mean differences, and the roots of their weights.
    """
    n = weigh(values, rows, width, kept, y, root, counts, row)
    same = True
    for i in range(1, n):
        same = same and y[i] == y[0]
    for g in range(len(ends)):
        last = part_start(rows, len(ends), g + 1)
        ends[g] = 0
        for i in range(n):
            ends[g] += 1 if kept[i] < last else 0
    if n < LEAST or same:
        return 0
    for k in range(len(kinds)):
        for c in range(starts[k], starts[k + 1]):
            if kinds[k] == WORD:
                for i in range(n):
                    tested[c * n + i] = root[i] * cell(x, rows, kinds, k, c - starts[k], kept[i])
            else:
                rank(x, k * rows, kept, n, root, tested, c * n, row, ranked, spare)
    for i in range(n):
        columns[i] = root[i]
        counts[i] = root[i] * y[i]
    size = scale(columns, 0, n, 0.0)
    return select(
        tested, starts, counts, n, ends, most if size > 0.0 else 0, columns, places, tails, bases,
        free, bar, row, parts,
    )  # fmt: skip


def weigh(
    values: Floats, rows: int, width: int, kept: Ints, y: Floats, root: Floats, counts: Floats,
    work: Floats,
) -> int:  # fmt: skip
    """Write the means of the futures that have a value, and the roots of their weights; count them.

    Weights go by the number of pairs, and by what futures differ beyond chance (DerSimonian and Laird
    1986); they are 1 on average.
    """
    n = 0
    for f in range(rows):
        if known(values, f * width, f * width + width) > 0:
            kept[n] = f
            n += 1
    row_means(values, rows, width, y, counts, work)
    if n < 2:
        return n
    spare = power_sum(counts, 0, n, 0.0, 1) - float(n)
    each = power_sum(work, 0, n, 0.0, 1) / maximum(spare, 1.0)
    for i in range(n):
        work[i] = each / counts[i]
    spread = variance(y, n, mean(y, n))
    more = maximum(spread - mean(work, n), 0.0) + 1e-12 * spread
    for i in range(n):
        work[i] = 1.0 / (more + work[i]) if more + work[i] > 0.0 else 0.0
    usual = mean(work, n)
    for i in range(n):
        root[i] = sqrt(work[i] / usual) if usual > 0.0 else 0.0
    return n


def rank(
    x: Floats, first: int, kept: Ints, n: int, root: Floats, out: Floats, at: int, values: Floats,
    places: Ints, work: Ints,
) -> None:  # fmt: skip
    """Write the middle ranks of an input among the futures kept, times the roots of their weights."""
    for i in range(n):
        values[i] = x[first + kept[i]]
    order(values, values, n, places, work)
    low = 0
    while low < n:
        end = low + 1
        while end < n and values[places[end]] == values[places[low]]:
            end += 1
        for k in range(low, end):
            i = places[k]
            out[at + i] = root[i] * (0.5 * float(low + 1 + end))
        low = end


def cell(x: Floats, rows: int, kinds: Ints, k: int, column: int, future: int) -> float:
    """Return a column of an input on the scale of the fit."""
    value = x[k * rows + future]
    if kinds[k] == WORD:
        return 1.0 if value == float(column + 1) else 0.0
    return log(value) if kinds[k] == LOGARITHM else value


def cross(
    x: Floats, rows: int, kinds: Ints, starts: Ints, places: Ints, told: int, kept: Ints, n: int,
    y: Floats, root: Floats, out: Floats, design: Floats, found: Floats, means: Floats,
    triangle: Floats, place: Floats, work: Floats, rest: Floats, alone: Floats,
) -> None:  # fmt: skip
    """Write, for each input named, where the fitted difference crosses 0 and how far it goes.

    Least squares of the differences on the inputs named, others at their means. A crossing is told only
    inside the futures: where the line differs from 0 at both ends, and the futures on each side have
    the sign of theirs on average.
    """
    weights = dot(root, 0, root, 0, n)
    m = 1
    for i in range(n):
        design[i] = root[i]
        alone[i] = root[i] * y[i]
    for q in range(told):
        k = places[q]
        for c in range(starts[k + 1] - starts[k]):
            total = 0.0
            for i in range(n):
                total += root[i] * root[i] * cell(x, rows, kinds, k, c, kept[i])
            means[m] = total / weights
            for i in range(n):
                step = cell(x, rows, kinds, k, c, kept[i]) - means[m]
                design[m * n + i] = root[i] * step
            m += 1
    least_squares(design, m, n, alone, found, triangle, rest)
    spare = n - m if n > m else 1
    error = sqrt(dot(rest, 0, rest, 0, n) / float(spare))
    limit = student_quantile(2.0 * LEVEL, float(spare))
    first = 1
    for q in range(told):
        k = places[q]
        count = starts[k + 1] - starts[k]
        for i in range(n):
            alone[i] = rest[i] / root[i] + found[0]
            for c in range(count):
                step = cell(x, rows, kinds, k, c, kept[i]) - means[first + c]
                alone[i] += step * found[first + c]
        if kinds[k] == WORD:
            words(
                x, k * rows, count, kept, n, root, alone, first, found, means, work, out, q * SLOTS
            )
        else:
            turn(
                x, rows, kinds, k, kept, n, root, alone, first, m, found, means, triangle, error,
                limit, place, work, out, q * SLOTS,
            )  # fmt: skip
        first += count


def turn(
    x: Floats, rows: int, kinds: Ints, k: int, kept: Ints, n: int, root: Floats, alone: Floats,
    column: int, m: int, found: Floats, means: Floats, triangle: Floats, error: float,
    limit: float, place: Floats, work: Floats, out: Floats, at: int,
) -> None:  # fmt: skip
    """Write what is told of a number."""
    low = INF
    high = -INF
    for i in range(n):
        value = cell(x, rows, kinds, k, 0, kept[i])
        low = minimum(low, value)
        high = maximum(high, value)
    for j in range(m):
        place[j] = 0.0
    place[0] = 1.0
    place[column] = low - means[column]
    start = found[0] + place[column] * found[column]
    start_error = error * sqrt(error_square(triangle, m, place, work))
    place[column] = high - means[column]
    end = found[0] + place[column] * found[column]
    end_error = error * sqrt(error_square(triangle, m, place, work))
    rises = end > start
    out[at + ABOVE] = 1.0 if rises else 0.0
    out[at + VALUE] = NAN
    out[at + SPAN] = high - low
    out[at + SLOPE] = end - start
    out[at + WORDS] = 0.0
    clear = absolute(start) > limit * start_error and absolute(end) > limit * end_error
    if start * end < 0.0 and clear:
        crossing = low + (high - low) * start / (start - end)
        for i in range(n):
            above = cell(x, rows, kinds, k, 0, kept[i]) > crossing
            work[i] = 1.0 if above == rises else 0.0
        if parted(work, n, root, alone):
            out[at + VALUE] = exp(crossing) if kinds[k] == LOGARITHM else crossing


def words(
    x: Floats, start: int, count: int, kept: Ints, n: int, root: Floats, alone: Floats,
    column: int, found: Floats, means: Floats, work: Floats, out: Floats, at: int,
) -> None:  # fmt: skip
    """Write under which words the difference is positive, and how far words differ."""
    level = found[0]
    for c in range(count):
        level -= means[column + c] * found[column + c]
    seen = 0
    first = 0.0
    last = 0.0
    low = INF
    high = -INF
    mask = 0.0
    bit = 1.0
    for option in range(count + 1):
        fitted = level + found[column + option - 1] if option > 0 else level
        some = False
        for i in range(n):
            if x[start + kept[i]] == float(option):
                some = True
                work[i] = 1.0 if fitted > 0.0 else 0.0
        if some:
            first = fitted if seen == 0 else first
            last = fitted
            low = minimum(low, fitted)
            high = maximum(high, fitted)
            mask += bit if fitted > 0.0 else 0.0
            seen += 1
        bit *= 2.0
    out[at + ABOVE] = NAN
    out[at + VALUE] = NAN
    out[at + SPAN] = NAN
    out[at + SLOPE] = last - first if seen == 2 else high - low
    out[at + WORDS] = mask if parted(work, n, root, alone) else 0.0


def parted(side: Floats, n: int, root: Floats, alone: Floats) -> bool:
    """Whether futures on each side, 1 and 0, are enough, and positive on average on the first only."""
    count = 0.0
    here = 0.0
    there = 0.0
    for i in range(n):
        weighed = root[i] * root[i] * alone[i]
        count += side[i]
        here += weighed if side[i] > 0.0 else 0.0
        there += weighed if side[i] == 0.0 else 0.0
    enough = minimum(count, float(n) - count) >= maximum(SIDE, SIDE_SHARE * float(n))
    return enough and here > 0.0 > there
