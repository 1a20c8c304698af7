"""Estimates with intervals: means, shares, paired differences, and tests of a zero difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.formatting import interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Verdict = Literal["higher", "lower", "no difference seen", "identical", "too few"]
CONFIDENCE = 0.95
#: A t interval wants as many units as this times the square of their skewness.
SKEWED = 25
#: Quantile levels of the two ends of an interval.
ENDS = (0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or share of `n` values with its confidence interval; its ends are NaN if it has none.

    `skewed` says that the units of a t interval lie so askew that it may miss more often than stated:
    there are fewer than 25 times the square of their skewness (Cochran 1977, section 2.15), so with an
    event that fewer than about 25 runs see.
    """

    mean: float
    low: float
    high: float
    n: int
    skewed: bool = False

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2

    @property
    def seen(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0

    @property
    def verdict(self) -> Verdict:
        """The conclusion that the interval allows about a difference."""
        if self.n < 2 or (math.isnan(self.low) and self.mean != 0.0):
            return "too few"
        if self.low == self.high == 0.0:
            return "identical"
        if not self.seen:
            return "no difference seen"
        return "higher" if self.low > 0 else "lower"

    def __str__(self) -> str:
        return interval(self) + (" [no interval]" if math.isnan(self.low) else "")


def units_of(values: Floats, *, blocks: int | None = None) -> Floats:
    """Return the independent units of ``float64[future, replication]`` without NaN.

    These are the replications of a single future, or the means of several futures; of the `blocks`
    of futures that were sampled together, where the futures are not independent of each other.

    Examples
    --------
    >>> units_of(np.array([[0.0, 2.0], [1.0, np.nan], [4.0, 6.0]]), blocks=2).tolist()
    [1.0, 5.0]
    """
    sums, counts = _units(values, blocks)
    return np.asarray(sums / counts)


def _units(values: Floats, blocks: int | None) -> tuple[Floats, Floats]:
    """Return the sums and the numbers of values of the independent units that have any."""
    valid = ~np.isnan(values)
    if len(values) == 1:
        return values[valid], np.ones(int(valid.sum()))
    sums, counts = np.nansum(values, axis=1), valid.sum(axis=1).astype(float)
    if blocks and blocks < len(values):
        starts = [part[0] for part in np.array_split(np.arange(len(values)), blocks)]
        sums, counts = np.add.reduceat(sums, starts), np.add.reduceat(counts, starts)
    return sums[counts > 0], counts[counts > 0]


def _centre(sums: Floats, counts: Floats) -> tuple[float, float]:
    """Return the mean over units of unequal size and its standard error (a ratio estimator).

    The error is Cochran's (1977, section 6.3), scaled so as to be unbiased where the variance of the
    mean of a unit falls with its size; with units of one size it is that of their mean.
    """
    means = sums / counts
    if (means == means[0]).all():  # exactly, in spite of rounding
        return float(means[0]), 0.0
    total = counts.sum()
    centre = sums.sum() / total
    rest = sums - centre * counts
    return float(centre), math.sqrt(rest @ rest / (total * total - counts @ counts))


def estimate(values: Floats, *, share: bool, blocks: int | None = None) -> Estimate:
    """Estimate the mean of ``float64[future, replication]``; NaN is missing.

    Student's t; for a share Wilson's (1927) interval. Over futures, the units are `units_of`, and a
    share has the effective number of values that the spread among its units tells (Korn and Graubard
    1998; Franco, Little, Louis and Slud 2019); where there is none, the number of futures, for all
    replications of one may agree.
    """
    if not share:
        return _mean(values, blocks)
    sums, counts = _units(values, blocks)
    total = int(counts.sum())
    if not total or (len(sums) == 1 and len(values) > 1):
        return _mean(values, blocks)
    p, error = _centre(sums, counts) if total > 1 else (float(sums[0]), 0.0)
    if len(values) == 1 or error == 0.0:
        return _wilson(p, _independent(values), normal(), total)
    return _wilson(p, p * (1 - p) / error**2, student(len(sums) - 1), total)


def _independent(values: Floats) -> int:
    """Return the number of values in a single future, or of futures with any."""
    valid = ~np.isnan(values)
    return int(valid.sum() if len(values) == 1 else valid.any(axis=1).sum())


def _mean(values: Floats, blocks: int | None) -> Estimate:
    sums, counts = _units(values, blocks)
    total = int(counts.sum())
    if not total:
        return Estimate(math.nan, math.nan, math.nan, total)
    if len(sums) == 1:
        return Estimate(float(sums[0] / counts[0]), math.nan, math.nan, total)
    centre, error = _centre(sums, counts)
    half = student(len(sums) - 1) * error
    return Estimate(
        centre, centre - half, centre + half, total, bool(error) and _skewed(sums / counts)
    )


def _skewed(units: Floats) -> bool:
    """Whether Cochran's rule wants more units, and their skewness is none of a normal sample."""
    rest = units - units.mean()
    square = float((rest**3).mean()) ** 2 / float((rest**2).mean()) ** 3
    return square > max(len(units) / SKEWED, 24 / len(units))


def _wilson(p: float, size: float, z: float, n: int) -> Estimate:
    """Return a share with Wilson's interval for an effective number of values and a quantile."""
    centre = (p + z * z / (2 * size)) / (1 + z * z / size)
    half = z * math.sqrt(p * (1 - p) / size + z * z / (4 * size * size)) / (1 + z * z / size)
    low = 0.0 if p == 0.0 else centre - half  # exactly 0 in spite of rounding
    high = 1.0 if p == 1.0 else centre + half
    return Estimate(p, low, high, n)


def resampled(value: float, drawn: Floats, n: int) -> Estimate:
    """Return a value with the percentile interval of its bootstrap sample."""
    low, high = np.quantile(drawn, ENDS)
    return Estimate(value, float(low), float(high), n)


def paired(
    here: Floats, base: Floats, *, share: bool, blocks: int | None = None, can_differ: bool = True
) -> Estimate:
    """Estimate the mean of paired differences, using the pairs in which both have a value.

    A difference of shares depends on the pairs in which the two differ, which may be few or none: its
    interval is that of Bonett and Price (2012); over futures with the effective number of pairs that
    the spread among the units tells, as in `estimate`. Otherwise it is Student's t, which says nothing
    where no pair differs: then there is no interval, unless `can_differ` rules a difference out.
    """
    differences = here - base
    up, down, n = _discordant(differences)
    if up == down == 0 and n and not can_differ:
        return Estimate(0.0, 0.0, 0.0, n)
    sums, counts = _units(differences, blocks)
    if len(sums) < 2:
        return _mean(differences, blocks)
    if not share:
        return (
            _mean(differences, blocks) if up + down else Estimate(0.0, math.nan, math.nan, n, True)
        )
    mean, error = _centre(sums, counts)
    if len(differences) == 1 or error == 0.0:
        return _bonett_price(up / n, down / n, _independent(differences), normal(), n)
    size = ((up + down) / n - mean * mean) / error**2
    return _bonett_price(up / n, down / n, size, student(len(sums) - 1), n)


def _bonett_price(up: float, down: float, size: float, z: float, n: int) -> Estimate:
    """Return a difference of shares from the shares of pairs with a gain and with a loss."""
    more, fewer = (up * size + 1) / (size + 2), (down * size + 1) / (size + 2)
    centre = more - fewer
    half = z * math.sqrt((more + fewer - centre * centre) / (size + 2))
    return Estimate(up - down, max(-1.0, centre - half), min(1.0, centre + half), n)


def _discordant(differences: Floats) -> tuple[int, int, int]:
    """Return the number of pairs in which a share is higher, is lower, and of all pairs."""
    valid = differences[~np.isnan(differences)]
    return int((valid > 0).sum()), int((valid < 0).sum()), len(valid)


def p_value(differences: Floats, *, share: bool, blocks: int | None = None) -> float | None:
    """Return the two-sided p value of a zero difference; None if no two units differ.

    Shares use McNemar's mid-p test (Fagerland, Lydersen and Laake 2013); otherwise, and over
    futures, it is the t test of the units.
    """
    if share and len(differences) == 1:
        up, down, _ = _discordant(differences)
        return _mcnemar(up, down) if up + down else None
    sums, counts = _units(differences, blocks)
    if len(sums) < 2:
        return None
    mean, error = _centre(sums, counts)
    if error == 0.0:
        return None
    from scipy.special import stdtr

    return float(2 * stdtr(len(sums) - 1, -abs(mean / error)))


def _mcnemar(up: int, down: int) -> float:
    """Return the mid-p value of an imbalance at least as large under equal odds."""
    from scipy.special import bdtr

    least, n = min(up, down), up + down
    fewer = bdtr(least - 1, n, 0.5) if least else 0.0
    return min(1.0, float(bdtr(least, n, 0.5) + fewer))


def ratio(part: Floats, whole: Floats) -> Estimate | None:
    """Estimate a ratio of means of paired ``float64[future, replication]`` (Fieller 1954).

    None where the interval is unbounded, because the whole is not clear of 0.
    """
    both = np.where(np.isnan(part) | np.isnan(whole), np.nan, 1.0)
    x, y = units_of(part * both), units_of(whole * both)
    n = len(x)
    if n < 2:
        return None
    mx, my = float(x.mean()), float(y.mean())
    (xx, xy), (_, yy) = (student(n - 1) ** 2 * np.cov(x, y) / n).tolist()
    a, b, c = my * my - yy, mx * my - xy, mx * mx - xx
    if a <= 0.0:
        return None
    root = math.sqrt(max(0.0, b * b - a * c))
    return Estimate(mx / my, (b - root) / a, (b + root) / a, n)


def variance_reduction(here: Floats, base: Floats) -> float | None:
    """Return the variance of an unpaired difference divided by that of the paired one.

    None over several futures: pairs also share their future, which is not due to common numbers.
    """
    if here.shape[0] > 1:
        return None
    both = ~np.isnan(here) & ~np.isnan(base)
    if both.sum() < 2:
        return None
    alone = float(here[both].var(ddof=1) + base[both].var(ddof=1))
    together = float((here[both] - base[both]).var(ddof=1))
    if alone == 0.0:
        return None
    return alone / together if together > 0.0 else math.inf


def student(degrees: int) -> float:
    """Return the two-sided quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, ENDS[1]))


def normal() -> float:
    """Return the two-sided quantile of the normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(ENDS[1]))
