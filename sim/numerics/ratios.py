"""What share of the variance of a difference does each input explain? Restricted Python.

Correlation ratios from given data (Plischke et al. 2013): futures are put into bins of equal count by one
input, each option of a word a bin of its own; what bins differ beyond chance is explained (Kelley 1935).
What the largest of all inputs reaches where futures are shuffled is chance (Westfall and Young 1993).
"""

from __future__ import annotations

from sim.numerics.arithmetic import NAN, maximum
from sim.numerics.draws import replication_key
from sim.numerics.selection import mingle
from sim.numerics.sums import Floats, Ints, known, mean, order, quantile, row_means, sort

LEVEL = 0.95  # of shuffled samples, the largest ratio is at most the floor in so many


def explain(
    values: Floats, rows: int, width: int, x: Floats, words: Ints, bins: int, shuffles: int,
    out: Floats, y: Floats, kept: Ints, groups: Ints, top: Floats, spread: Floats, work: Floats,
    places: Ints, spare: Ints, sums: Floats, sizes: Floats, ends: Ints,
) -> int:  # fmt: skip
    """Write the share of the variance over futures that each input explains, then the floor; count futures.

    Parameters
    ----------
    values
        ``float64[future, replication]``; NaN is missing.
    x, words
        ``float64[input, future]``, and the number of options of each input; 0 of a number.
    out
        A slot for each input and one more.
    groups, top, sums, sizes
        Room: for each input and future, each shuffle, and each bin or option, twice.
    """
    inputs = len(words)
    n = 0
    for f in range(rows):
        if known(values, f * width, f * width + width) > 0:
            kept[n] = f
            n += 1
    row_means(values, rows, width, y, spread, work)
    for k in range(inputs + 1):
        out[k] = NAN
    if n < 2:
        return n
    middle = mean(y, n)
    for i in range(n):
        y[i] -= middle
    for k in range(inputs):
        for i in range(n):
            spread[i] = x[k * rows + kept[i]]
        if words[k] > 0:
            for i in range(n):
                groups[k * rows + i] = int(spread[i])
        else:
            bin_up(spread, n, bins, groups, k * rows, work, places, spare)
        out[k] = ratio(y, n, groups, k * rows, sums, sizes)
    key = replication_key(1, 0, 0)
    ends[0] = n
    for s in range(shuffles):
        mingle(y, ends, key, s + 1)
        top[s] = -1.0
        for k in range(inputs):
            top[s] = maximum(top[s], ratio(y, n, groups, k * rows, sums, sizes))
    if shuffles > 0 and inputs > 0:
        sort(top, shuffles, 1, work)
        out[inputs] = quantile(top, shuffles, LEVEL)
    return n


def bin_up(
    x: Floats, n: int, bins: int, groups: Ints, first: int, tie: Floats, places: Ints, work: Ints
) -> None:
    """Write the bin of each number: as many in each, equal ones in one."""
    for i in range(n):
        tie[i] = float(i)
    order(x, tie, n, places, work)
    for rank in range(n):
        at = places[rank]
        groups[first + at] = int(float(rank * bins) / float(n))
        if rank > 0 and x[places[rank - 1]] == x[at]:
            groups[first + at] = groups[first + places[rank - 1]]


def ratio(y: Floats, n: int, groups: Ints, first: int, sums: Floats, sizes: Floats) -> float:
    """Return what bins explain of numbers with mean 0: 0 on average where they say nothing."""
    for g in range(len(sums)):
        sums[g] = 0.0
        sizes[g] = 0.0
    total = 0.0
    for i in range(n):
        g = groups[first + i]
        sums[g] += y[i]
        sizes[g] += 1.0
        total += y[i] * y[i]
    within = total
    used = 0
    for g in range(len(sums)):
        if sizes[g] > 0.0:
            within -= sums[g] * sums[g] / sizes[g]
            used += 1
    left = n - used if n > used else 1
    return 1.0 - within / float(left) / (total / float(n - 1)) if total > 0.0 else NAN
