"""Shares of futures whose expected value is above and below 0. Restricted Python.

Values, components and scratch buffers are those of `sim.numerics.shrinkage`.
"""

from __future__ import annotations

from sim.numerics.arithmetic import INF, clip, sqrt
from sim.numerics.continuous import beta
from sim.numerics.shrinkage import (
    BETWEEN,
    MEAN,
    NOISE,
    WITHIN,
    ascend,
    lattice,
    possible,
    split,
)
from sim.numerics.sums import Floats, known, mean, part_start, quantile, sort, up_to
from sim.numerics.tails import two_sided

POINTS = 256  # of the confidence distribution behind the interval of a share of futures
LOW = 0.025  # the levels of the ends of an interval
HIGH = 0.975


def shares(
    values: Floats, rows: int, width: int, blocks: int, out: Floats, parts: Floats, means: Floats,
    counts: Floats, ascending: Floats, shape: Floats, centres: Floats, spreads: Floats,
    drawn: Floats, over: Floats, work: Floats,
) -> int:  # fmt: skip
    """Write the shares of futures above and below 0, each with its interval; count the futures.

    ``out`` has three slots for each; ``drawn``, ``centres`` and ``spreads`` have `POINTS`, ``work`` the
    larger of these and the futures. Returns 0 where fewer than two futures, or none with two values,
    have a value.
    """
    n = split(values, rows, width, parts, means, counts, work)
    if n < 2 or parts[WITHIN] != parts[WITHIN]:
        return 0
    ties = 0
    for i in range(n):
        ties += 1 if means[i] == 0.0 else 0
    noisy = parts[NOISE] > 0.0
    ascend(means, n, ascending, work)
    if noisy:
        possible(ascending, n, parts, POINTS, 0, shape, centres, spreads)
        draw(shape, n, centres, spreads, drawn)
        expect(means, ascending, n, parts, shape, over)
    else:
        count(means, n, 1.0, over, drawn)
    share(values, rows, width, blocks, n, drawn, over, counts, work, out, 0)
    if noisy or ties == 0:
        out[3] = 1.0 - out[0]
        out[4] = 1.0 - out[2]
        out[5] = 1.0 - out[1]
    else:
        count(means, n, -1.0, over, drawn)
        share(values, rows, width, blocks, n, drawn, over, counts, work, out, 3)
    return n


def count(means: Floats, n: int, sign: float, over: Floats, drawn: Floats) -> None:
    """Write which futures are on one side of 0, and their share as all that is possible."""
    for i in range(n):
        over[i] = 1.0 if sign * means[i] > 0.0 else 0.0
    for k in range(POINTS):
        drawn[k] = mean(over, n)


def draw(shape: Floats, n: int, centres: Floats, spreads: Floats, drawn: Floats) -> None:
    """Write the shares above 0 that the noise allows."""
    for k in range(POINTS):
        if spreads[k] > 0.0:
            drawn[k] = 1.0 - float(up_to(shape, n, -centres[k] / spreads[k])) / float(n)
        else:
            drawn[k] = 1.0 if centres[k] > 0.0 else 0.0


def expect(
    means: Floats, ascending: Floats, n: int, parts: Floats, shape: Floats, over: Floats
) -> None:
    """Write which futures have an expected value above 0: the highest, of equal ones the last."""
    wide = sqrt(parts[BETWEEN])
    first = 0
    while first < n and not parts[MEAN] + wide * shape[first] > 0.0:
        first += 1
    limit = ascending[first] if first < n else INF
    left = 0  # futures at the limit that are not above 0
    for i in range(first):
        left += 1 if ascending[i] == limit else 0
    for i in range(n):
        over[i] = 1.0 if means[i] >= limit else 0.0
        if means[i] == limit and left > 0:
            over[i] = 0.0
            left -= 1


def share(
    values: Floats, rows: int, width: int, blocks: int, n: int, drawn: Floats, over: Floats,
    found: Floats, work: Floats, out: Floats, at: int,
) -> None:  # fmt: skip
    """Write the share of futures above 0 with its interval, from its confidence distribution."""
    size = effective(values, rows, width, blocks, n, over)
    out[at] = mean(drawn, POINTS)
    for k in range(POINTS):
        u = lattice(k, 3)
        found[k] = beta(u, drawn[k] * size + 0.5, (1.0 - drawn[k]) * size + 0.5)
    sort(found, POINTS, 1, work)
    sort(drawn, POINTS, 1, work)
    # sampling never excludes none or all of the futures
    out[at + 1] = quantile(found, POINTS, LOW) if quantile(drawn, POINTS, LOW) > 0.0 else 0.0
    out[at + 2] = quantile(found, POINTS, HIGH) if quantile(drawn, POINTS, HIGH) < 1.0 else 1.0


def effective(values: Floats, rows: int, width: int, blocks: int, n: int, over: Floats) -> float:
    """Return the number of independent futures with the variance that the blocks show."""
    part = mean(over, n)
    some = 0
    square = 0.0
    i = 0
    for block in range(blocks):
        size = 0.0
        hits = 0.0
        for row in range(part_start(rows, blocks, block), part_start(rows, blocks, block + 1)):
            if known(values, row * width, row * width + width) > 0:
                size += 1.0
                hits += over[i]
                i += 1
        if size > 0.0:
            some += 1
            square += (hits - part * size) * (hits - part * size)
    count = float(n)
    wide = two_sided(0) / two_sided(some) if some > 1 else 1.0
    if not 0.0 < part < 1.0 or some < 2 or some > n:
        return count * (wide * wide)
    variance = square / (count * count) * float(some) / float(some - 1)
    found = part * (1.0 - part) / variance if variance > 0.0 else INF
    return clip(found, count / 3.0, 10.0 * count) * (wide * wide)
