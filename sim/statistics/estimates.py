"""Estimates with intervals: means, shares, paired differences, and tests of a zero difference.

What they compute stands in `sim.numerics.intervals`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.formatting import interval
from sim.statistics.library import compiled, contiguous, rooms

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Verdict = Literal["higher", "lower", "no difference seen", "identical", "too few"]
CONFIDENCE = 0.95
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
    given, scratch = _given(values, blocks)
    count = compiled("units")(*given, *scratch)
    return np.asarray(scratch[0][:count] / scratch[1][:count])


def _given(values: Floats, blocks: int | None) -> tuple[tuple[Floats, int, int, int], list[Floats]]:
    """Return values with their sizes as the compiled functions take them, and room to work in."""
    rows, width = values.shape
    size = width if rows == 1 else rows
    parts = blocks if blocks and blocks < rows else rows
    return (contiguous(values), rows, width, parts), rooms(2, size)


def _estimate(out: Floats) -> Estimate:
    mean, low, high, n, skewed = out.tolist()
    return Estimate(mean, low, high, int(n), bool(skewed))


def estimate(values: Floats, *, share: bool, blocks: int | None = None) -> Estimate:
    """Estimate the mean of ``float64[future, replication]``; NaN is missing.

    Student's t; for a share Wilson's (1927) interval. Over futures, the units are `units_of`, and a
    share has the effective number of values that the spread among its units tells (Korn and Graubard
    1998; Franco, Little, Louis and Slud 2019); where there is none, the number of futures, for all
    replications of one may agree.

    Examples
    --------
    >>> print(estimate(np.array([[1.0, 2.0, 3.0, 4.0]]), share=False))
    2.5 [0.4, 4.6]
    """
    given, scratch = _given(values, blocks)
    out = np.empty(5)
    compiled("estimate")(*given, share, out, *scratch)
    return _estimate(out)


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
    given, scratch = _given(here - base, blocks)
    out = np.empty(5)
    compiled("paired")(*given, share, can_differ, out, *scratch)
    return _estimate(out)


def p_value(differences: Floats, *, share: bool, blocks: int | None = None) -> float | None:
    """Return the two-sided p value of a zero difference; None if no two units differ.

    Shares use McNemar's mid-p test (Fagerland, Lydersen and Laake 2013); otherwise, and over
    futures, it is the t test of the units.
    """
    given, scratch = _given(differences, blocks)
    p: float = compiled("zero_test")(*given, share, np.empty(1), *scratch)
    return None if math.isnan(p) else p


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
    return float(compiled("two_sided")(degrees + 1))


def normal() -> float:
    """Return the two-sided quantile of the normal distribution."""
    return float(compiled("two_sided")(0))
