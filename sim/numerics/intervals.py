"""Means, shares and paired differences with their intervals, and tests. Restricted Python.

Values are ``float64[future, replication]``, row by row, NaN where there is none; ``out`` gets a mean,
the ends of its interval, the number of values, and whether the units are skewed. The scratch buffers
``sums`` and ``counts`` have a slot per future, or per replication of a single one.
"""

from __future__ import annotations

from sim.numerics.arithmetic import NAN, maximum, minimum, sqrt
from sim.numerics.sums import Floats, known, mean, part_start, power_sum
from sim.numerics.tails import even_odds, student_tails, two_sided

SKEWED = 25.0  # a t interval wants as many units as this times the square of their skewness


def units(values: Floats, rows: int, width: int, blocks: int, sums: Floats, counts: Floats) -> int:
    """Write the sums and numbers of values of the independent units that have any; count these.

    They are the replications of a single future, or blocks of futures.
    """
    single = rows == 1
    parts = width if single else blocks
    step = 1 if single else width
    n = 0
    for part in range(parts):
        first = step * part_start(width if single else rows, parts, part)
        end = step * part_start(width if single else rows, parts, part + 1)
        count = known(values, first, end)
        if count > 0:
            sums[n] = power_sum(values, first, end, 0.0, 1)
            counts[n] = float(count)
            n += 1
    return n


def centre(sums: Floats, counts: Floats, n: int, out: Floats) -> float:
    """Write the mean over units of unequal size to the first slot; return its standard error.

    A ratio estimator: Cochran's (1977, section 6.3), scaled so as to be unbiased where the variance
    of the mean of a unit falls with its size; with units of one size it is that of their mean.
    """
    first = sums[0] / counts[0]
    same = True
    for i in range(1, n):
        same = same and sums[i] / counts[i] == first
    out[0] = first
    if same:
        return 0.0
    total = power_sum(counts, 0, n, 0.0, 1)
    middle = power_sum(sums, 0, n, 0.0, 1) / total
    out[0] = middle
    rest = 0.0
    for i in range(n):
        step = sums[i] - middle * counts[i]
        rest += step * step
    return sqrt(rest / (total * total - power_sum(counts, 0, n, 0.0, 2)))


def write(out: Floats, low: float, high: float, n: float, skewed: float) -> None:
    """Write what follows the mean."""
    out[1] = low
    out[2] = high
    out[3] = n
    out[4] = skewed


def independent(values: Floats, rows: int, width: int) -> float:
    """Return the number of values in a single future, or of futures with any."""
    if rows == 1:
        return float(known(values, 0, width))
    found = 0.0
    for row in range(rows):
        found += 1.0 if known(values, row * width, row * width + width) > 0 else 0.0
    return found


def estimate(
    values: Floats, rows: int, width: int, blocks: int, share: int, out: Floats,
    sums: Floats, counts: Floats,
) -> None:  # fmt: skip
    """Estimate a mean by Student's t, or a share by Wilson's (1927) interval.

    Over futures a share has the effective number of values that the spread among its units tells
    (Korn and Graubard 1998; Franco, Little, Louis and Slud 2019); where there is none, the number of
    futures, for all replications of one may agree.
    """
    n = units(values, rows, width, blocks, sums, counts)
    total = power_sum(counts, 0, n, 0.0, 1)
    if share == 0 or n == 0 or (n == 1 and rows > 1):
        of_mean(sums, counts, n, total, out)
        return
    error = centre(sums, counts, n, out)
    p = out[0]
    if rows == 1 or error == 0.0:
        wilson(p, independent(values, rows, width), two_sided(0), total, out)
    else:
        wilson(p, p * (1.0 - p) / (error * error), two_sided(n), total, out)


def of_mean(sums: Floats, counts: Floats, n: int, total: float, out: Floats) -> None:
    """Estimate a mean over units by Student's t."""
    out[0] = NAN
    write(out, NAN, NAN, total, 0.0)
    if n == 0:
        return
    error = centre(sums, counts, n, out)
    if n == 1:
        return
    half = two_sided(n) * error
    out[1] = out[0] - half
    out[2] = out[0] + half
    if error > 0.0:
        for i in range(n):
            sums[i] = sums[i] / counts[i]
        out[4] = 1.0 if askew(sums, n) else 0.0


def askew(x: Floats, n: int) -> bool:
    """Whether Cochran's rule wants more units, and their skewness is none of a normal sample."""
    middle = mean(x, n)
    count = float(n)
    third = power_sum(x, 0, n, middle, 3) / count
    second = power_sum(x, 0, n, middle, 2) / count
    square = third * third / (second * second * second)
    return square > maximum(count / SKEWED, 24.0 / count)


def wilson(p: float, size: float, z: float, n: float, out: Floats) -> None:
    """Write a share with Wilson's interval for an effective number of values and a quantile."""
    more = z * z / size
    middle = (p + 0.5 * more) / (1.0 + more)
    half = z * sqrt(p * (1.0 - p) / size + 0.25 * more / size) / (1.0 + more)
    out[0] = p
    low = 0.0 if p == 0.0 else middle - half  # exactly 0 in spite of rounding
    high = 1.0 if p == 1.0 else middle + half
    write(out, low, high, n, 0.0)


def paired(
    values: Floats, rows: int, width: int, blocks: int, share: int, can_differ: int, out: Floats,
    sums: Floats, counts: Floats,
) -> None:  # fmt: skip
    """Estimate a mean of paired differences, of shares as Bonett and Price (2012).

    Over futures with the effective number of pairs that the spread among the units tells. Where no
    pair differs, Student's t says nothing; then there is no interval, unless none can differ.
    """
    up = above(values, rows * width, 1.0)
    down = above(values, rows * width, -1.0)
    n = units(values, rows, width, blocks, sums, counts)
    total = power_sum(counts, 0, n, 0.0, 1)
    out[0] = 0.0
    if up + down == 0.0 and n > 0 and can_differ == 0:
        write(out, 0.0, 0.0, total, 0.0)
    elif n < 2 or (share == 0 and up + down > 0.0):
        of_mean(sums, counts, n, total, out)
    elif share == 0:
        write(out, NAN, NAN, total, 1.0)
    else:
        error = centre(sums, counts, n, out)
        if rows == 1 or error == 0.0:
            size = independent(values, rows, width)
            bonett_price(up / total, down / total, size, two_sided(0), total, out)
        else:
            size = ((up + down) / total - out[0] * out[0]) / (error * error)
            bonett_price(up / total, down / total, size, two_sided(n), total, out)


def above(values: Floats, n: int, sign: float) -> float:
    """Return how many values are on one side of 0."""
    found = 0.0
    for i in range(n):
        found += 1.0 if sign * values[i] > 0.0 else 0.0
    return found


def bonett_price(up: float, down: float, size: float, z: float, n: float, out: Floats) -> None:
    """Write a difference of shares from the shares of pairs with a gain and with a loss."""
    more = (up * size + 1.0) / (size + 2.0)
    fewer = (down * size + 1.0) / (size + 2.0)
    middle = more - fewer
    half = z * sqrt((more + fewer - middle * middle) / (size + 2.0))
    out[0] = up - down
    write(out, maximum(-1.0, middle - half), minimum(1.0, middle + half), n, 0.0)


def zero_test(
    values: Floats, rows: int, width: int, blocks: int, share: int, out: Floats, sums: Floats,
    counts: Floats,
) -> float:  # fmt: skip
    """Return the two-sided p value of a zero difference; NaN if no two units differ.

    Shares of one future use McNemar's mid-p test, all else the t test of the units.
    """
    if share != 0 and rows == 1:
        up = above(values, width, 1.0)
        down = above(values, width, -1.0)
        return even_odds(up, down) if up + down > 0.0 else NAN
    n = units(values, rows, width, blocks, sums, counts)
    if n < 2:
        return NAN
    error = centre(sums, counts, n, out)
    return student_tails(out[0] / error, float(n - 1)) if error > 0.0 else NAN
