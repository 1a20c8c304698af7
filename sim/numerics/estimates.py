"""Estimates with intervals: means, shares, paired differences, and tests of a zero difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.formatting import interval

Floats = npt.NDArray[np.float64]
Verdict = Literal["higher", "lower", "no difference seen", "identical", "too few"]
CONFIDENCE = 0.95
#: Quantile levels of the two ends of an interval.
ENDS = (0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or share of `n` values with its confidence interval."""

    mean: float
    low: float
    high: float
    n: int

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
        if self.n < 2 or math.isnan(self.low):
            return "too few"
        if self.low == self.high == 0.0:
            return "identical"
        if not self.seen:
            return "no difference seen"
        return "higher" if self.low > 0 else "lower"

    def __str__(self) -> str:
        return interval(self) + (" [no interval]" if math.isnan(self.low) else "")


def units_of(values: Floats) -> Floats:
    """Return the independent units of ``float64[future, replication]`` without NaN.

    These are the replications of a single future, or the means of several futures.
    """
    if values.shape[0] == 1:
        return values[~np.isnan(values)]
    counts = (~np.isnan(values)).sum(axis=1)
    sums = np.nansum(values, axis=1)
    return np.asarray(sums[counts > 0] / counts[counts > 0])


def estimate(values: Floats, *, share: bool) -> Estimate:
    """Estimate the mean of ``float64[future, replication]``; NaN is missing.

    Student's t; for a share Wilson's (1927) interval, or Student's t over futures, cut at 0 and 1.
    """
    if not share:
        return _mean(values)
    if values.shape[0] == 1:
        return _wilson(values[~np.isnan(values)])
    e = _mean(values)
    return Estimate(e.mean, max(0.0, e.low), min(1.0, e.high), e.n)


def _mean(values: Floats) -> Estimate:
    units = units_of(values)
    total = int((~np.isnan(values)).sum())
    if len(units) == 0:
        return Estimate(math.nan, math.nan, math.nan, total)
    centre = float(units.mean())
    if len(units) == 1:
        return Estimate(centre, math.nan, math.nan, total)
    error = float(units.std(ddof=1)) / math.sqrt(len(units))
    half = student(len(units) - 1) * error
    return Estimate(centre, centre - half, centre + half, total)


def _wilson(values: Floats) -> Estimate:
    n = len(values)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    z = normal()
    p = float(values.mean())
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if p == 0.0 else centre - half  # exactly 0 in spite of rounding
    high = 1.0 if p == 1.0 else centre + half
    return Estimate(p, low, high, n)


def resampled(value: float, drawn: Floats, n: int) -> Estimate:
    """Return a value with the percentile interval of its bootstrap sample."""
    low, high = np.quantile(drawn, ENDS)
    return Estimate(value, float(low), float(high), n)


def paired(here: Floats, base: Floats, *, share: bool) -> Estimate:
    """Estimate the mean of paired differences, using the pairs in which both have a value.

    A difference of shares depends on the pairs in which the two differ, which may be few: its
    interval is that of Bonett and Price (2012). Otherwise, and over futures, it is Student's t.
    """
    if not share or here.shape[0] > 1:
        return _mean(here - base)
    up, down, n = _discordant(here - base)
    if up == down == 0:
        return _mean(here - base)
    more, fewer = (up + 1) / (n + 2), (down + 1) / (n + 2)
    centre = more - fewer
    half = normal() * math.sqrt((more + fewer - centre * centre) / (n + 2))
    return Estimate((up - down) / n, max(-1.0, centre - half), min(1.0, centre + half), n)


def _discordant(differences: Floats) -> tuple[int, int, int]:
    """Return the number of pairs in which a share is higher, is lower, and of all pairs."""
    valid = differences[~np.isnan(differences)]
    return int((valid > 0).sum()), int((valid < 0).sum()), len(valid)


def p_value(differences: Floats, *, share: bool) -> float | None:
    """Return the two-sided p value of a zero difference; None if no two units differ.

    Shares use McNemar's mid-p test (Fagerland, Lydersen and Laake 2013); otherwise, and over
    futures, it is the paired t test.
    """
    if share and differences.shape[0] == 1:
        up, down, _ = _discordant(differences)
        return _mcnemar(up, down) if up + down else None
    units = units_of(differences)
    if len(units) < 2:
        return None
    error = float(units.std(ddof=1)) / math.sqrt(len(units))
    if error == 0.0:
        return None
    from scipy.special import stdtr

    return float(2 * stdtr(len(units) - 1, -abs(float(units.mean()) / error)))


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
