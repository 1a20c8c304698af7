"""Expected values of futures without the noise of their replications. Restricted Python.

Values are ``float64[future, replication]``, row by row, NaN where there is none. ``parts`` has the
components of the variance of a run in the slots named below. The scratch buffers ``means`` and
``counts`` have a slot per future, ``shape`` and ``work`` too; ``centres`` and ``spreads`` have one per
point. The methods stand in `sim.statistics.nested`.
"""

from __future__ import annotations

from sim.numerics.arithmetic import NAN, absolute, clip, floor, maximum, sqrt
from sim.numerics.special import normal_quantile
from sim.numerics.sums import (
    Floats,
    Ints,
    known,
    mean,
    order,
    power_sum,
    quantile,
    quantiles_of,
    row_means,
    sort,
    variance,
)

MEAN, BETWEEN, WITHIN, NOISE, FUTURES, RUNS = 0, 1, 2, 3, 4, 5  # slots of the components
POOLED = 16  # points over which the quantiles of an expected value are taken
ROOT = 1.2207440846057596  # of x⁴ = x + 1


def lattice(point: int, power: int) -> float:
    """Return a coordinate of points that fill a unit cube evenly: multiples of powers of a root."""
    step = ROOT
    for _ in range(1, power):
        step *= ROOT
    x = 0.5 + float(point + 1) / step
    return x - floor(x)


def split(
    values: Floats,
    rows: int,
    width: int,
    parts: Floats,
    means: Floats,
    counts: Floats,
    work: Floats,
) -> int:
    """Write the components, and the means of the futures that have a value; count these."""
    n = row_means(values, rows, width, means, counts, work)
    spare = power_sum(counts, 0, n, 0.0, 1) - float(n)
    within = power_sum(work, 0, n, 0.0, 1) / spare if spare > 0.0 else NAN
    components(means, counts, n, within, parts, work)
    return n


def components(
    means: Floats, counts: Floats, n: int, within: float, parts: Floats, work: Floats
) -> None:
    """Write the components from means of futures, numbers of values, and the variance within."""
    for i in range(FUTURES):
        parts[i] = NAN
    parts[FUTURES] = float(n)
    parts[RUNS] = power_sum(counts, 0, n, 0.0, 1)
    if n < 2:
        return
    middle = mean(means, n)
    size = 0.0
    for i in range(n):
        size = maximum(size, absolute(means[i]))
        work[i] = 1.0 / counts[i]
    noise = within * mean(work, n)
    spread = variance(means, n, middle)
    trifle = 1e-28 * (size * size)  # rounding of equal values
    spread = spread if spread > trifle else 0.0
    still = within <= maximum(trifle, 1e-24 * spread)
    noise = 0.0 if still else noise
    parts[MEAN] = middle
    parts[BETWEEN] = spread - noise if spread > noise else 0.0
    parts[WITHIN] = 0.0 if still else within
    parts[NOISE] = noise


def ascend(means: Floats, n: int, ascending: Floats, work: Floats) -> None:
    """Write the means of futures in ascending order."""
    for i in range(n):
        ascending[i] = means[i]
    sort(ascending, n, 1, work)


def possible(
    ascending: Floats, n: int, parts: Floats, points: int, turn: int, shape: Floats,
    centres: Floats, spreads: Floats,
) -> None:  # fmt: skip
    """Write means and standard deviations between futures that the noise allows, and the shape."""
    middle = parts[MEAN]
    between = parts[BETWEEN]
    noise = parts[NOISE]
    count = float(n)
    total = variance(ascending, n, middle)
    unsure = 2.0 * (noise * noise) / maximum(1.0, parts[RUNS] - count)
    if total > 0.0:
        square = total * total
        fourth = power_sum(ascending, 0, n, middle, 4) / count / square - 1.0
        unsure += fourth * (square - between * between) / (count - 1.0)
    error = sqrt(noise / count)
    doubt = sqrt(maximum(0.0, unsure))
    for k in range(points):
        centres[k] = middle + error * normal_quantile(lattice(k, turn + 1))
        more = doubt * normal_quantile(lattice(k, turn + 2 if turn < 2 else 1))
        spreads[k] = sqrt(maximum(0.0, between + more))
    told = sqrt(between / total) if total > 0.0 else 0.0
    scale = told / sqrt(total) if total > 0.0 else 0.0
    for i in range(n):
        shape[i] = scale * (ascending[i] - middle)
        shape[i] += (1.0 - told) * normal_quantile((float(i) + 0.5) / count)
    if total > 0.0:
        wide = sqrt(variance(shape, n, mean(shape, n)))
        for i in range(n):
            shape[i] = shape[i] / wide


def quantiles(
    means: Floats, n: int, parts: Floats, levels: Floats, out: Floats, first: int, step: int,
    ascending: Floats, shape: Floats, centres: Floats, spreads: Floats, pool: Floats, work: Floats,
) -> None:  # fmt: skip
    """Write quantiles of the expected values of the futures, at every ``step``-th slot."""
    ascend(means, n, ascending, work)
    if parts[NOISE] > 0.0:
        possible(ascending, n, parts, POOLED, 0, shape, centres, spreads)
        for k in range(POOLED):
            for i in range(n):
                x = centres[k] + spreads[k] * shape[i]
                pool[k * n + i] = clip(x, ascending[0], ascending[n - 1])
        quantiles_of(pool, POOLED * n, levels, out, first, step, work)
    else:
        for k in range(len(levels)):
            out[first + k * step] = quantile(ascending, n, levels[k])


def spread(
    values: Floats, rows: int, width: int, levels: Floats, out: Floats, parts: Floats,
    means: Floats, counts: Floats, ascending: Floats, shape: Floats, centres: Floats,
    spreads: Floats, pool: Floats, work: Floats,
) -> int:  # fmt: skip
    """Write the components, and quantiles of the expected value over futures; 0 if there are none.

    ``pool`` has `POOLED` slots per future, and ``work`` twice as many.
    """
    n = split(values, rows, width, parts, means, counts, work)
    if n < 2 or parts[WITHIN] != parts[WITHIN]:
        return 0
    quantiles(means, n, parts, levels, out, 0, 1, ascending, shape, centres, spreads, pool, work)
    return n


def ranges(
    halves: Floats, seen: Floats, rows: int, times: int, levels: Floats, out: Floats,
    parts: Floats, means: Floats, counts: Floats, ascending: Floats, shape: Floats,
    centres: Floats, spreads: Floats, pool: Floats, work: Floats,
) -> None:  # fmt: skip
    """Write ``float64[level, time]`` from ``float64[future, half, time]`` and how many are seen in each.

    As `spread`, where of each future only the means of two halves of its replications are kept.
    """
    for time in range(times):
        n = 0
        both = 0
        for row in range(rows):
            a = halves[2 * row * times + time]
            b = halves[(2 * row + 1) * times + time]
            left = seen[2 * row] if a == a else 0.0
            right = seen[2 * row + 1] if b == b else 0.0
            if left + right > 0.0:
                weighed = left * a if left > 0.0 else 0.0
                weighed += right * b if right > 0.0 else 0.0
                means[n] = weighed / (left + right)
                counts[n] = left + right
                n += 1
            if left > 0.0 and right > 0.0:
                work[both] = (a - b) * (a - b) / (1.0 / left + 1.0 / right)
                both += 1
        within = mean(work, both) if both > 0 else 0.0
        components(means, counts, n, within, parts, work)
        if n > 1:
            quantiles(
                means, n, parts, levels, out, time, times, ascending, shape, centres, spreads,
                pool, work,
            )  # fmt: skip
        else:
            for k in range(len(levels)):
                out[k * times + time] = NAN


def expected(
    values: Floats, rows: int, width: int, turn: int, out: Floats, parts: Floats, means: Floats,
    counts: Floats, ascending: Floats, shape: Floats, centres: Floats, spreads: Floats,
    places: Ints, work: Ints, scratch: Floats,
) -> None:  # fmt: skip
    """Write the expected value of each future, as it may lie; NaN where it has no value.

    ``centres``, ``spreads``, ``places`` and ``work`` have a slot per future.
    """
    n = split(values, rows, width, parts, means, counts, scratch)
    if parts[NOISE] > 0.0:
        ascend(means, n, ascending, scratch)
        possible(ascending, n, parts, n, turn, shape, centres, spreads)
        for i in range(n):
            counts[i] = lattice(i, turn + 3 if turn < 1 else turn)
        order(means, counts, n, places, work)
        for rank in range(n):
            i = places[rank]
            x = centres[i] + spreads[i] * shape[rank]
            means[i] = clip(x, ascending[0], ascending[n - 1])
    n = 0
    for row in range(rows):
        some = known(values, row * width, row * width + width) > 0
        out[row] = means[n] if some else NAN
        n += 1 if some else 0
