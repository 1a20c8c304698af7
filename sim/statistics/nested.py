"""Replications nested in futures: variance components, and expected values without their noise.

The mean of a few replications in a future is its expected value plus noise, so these means spread
more than the expected values do. The noise is estimated within futures and taken off, by
`sim.numerics.shrinkage` and `sim.numerics.sides`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.numerics.shrinkage import POOLED
from sim.numerics.sides import POINTS
from sim.statistics.estimates import Estimate, Floats
from sim.statistics.library import compiled, contiguous, rooms

#: The ends and the middle of the range over futures.
LEVELS = (0.05, 0.5, 0.95)
#: Pairs of runs that must differ before a share of futures is given.
MIN_EVENTS = 20


@dataclass(frozen=True, slots=True)
class Components:
    """The variance of one run, split in two.

    Attributes
    ----------
    mean : float
        Mean of the means of the futures.
    between : float
        Variance of the expected values of the futures: what the assumptions add.
    within : float
        Variance of a run in its future: chance. NaN where no future has two values.
    noise : float
        Variance of the mean of a future around its expected value.
    futures, runs : int
        Futures that have a value, and values in all.
    """

    mean: float
    between: float
    within: float
    noise: float
    futures: int
    runs: int

    @property
    def assumptions(self) -> float:
        """Share of the variance of one run that is due to the assumptions; NaN without variance."""
        whole = self.between + self.within
        return self.between / whole if whole > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Spread:
    """How an expected value lies over the futures: its 5, 50 and 95 % quantiles, noise taken off.

    Attributes
    ----------
    low, middle, high : float
        The quantiles.
    parts : Components
        The variance of one run, split in two.
    """

    low: float
    middle: float
    high: float
    parts: Components


def components(values: Floats) -> Components:
    """Split the variance of ``float64[future, replication]``; NaN is missing.

    Method of moments of the one-way random effects model, with unweighted means of the futures
    (Searle, Casella and McCulloch 1992, chapter 3).

    Examples
    --------
    >>> found = components(np.array([[1.0, 3.0], [5.0, 7.0]]))
    >>> found.within, found.between
    (2.0, 7.0)
    """
    parts = np.empty(6)
    rows, width = values.shape
    compiled("split")(contiguous(values), rows, width, parts, *rooms(3, rows))
    return _components(parts)


def _components(parts: Floats) -> Components:
    mean, between, within, noise, futures, runs = parts.tolist()
    return Components(mean, between, within, noise, int(futures), int(runs))


def spread(values: Floats) -> Spread | None:
    """Estimate how the expected value of ``float64[future, replication]`` lies over futures.

    The means of the futures are pulled towards their mean until their variance is the one between
    futures (Louis 1984, who calls the results constrained empirical Bayes estimates). That variance
    and the mean are known with the noise of the replications; the quantiles are over this too.

    Returns
    -------
    Spread or None
        None with fewer than two futures, or where no future has two values.

    Examples
    --------
    >>> spread(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])).middle
    2.0
    """
    rows, width = values.shape
    out, parts = np.empty(len(LEVELS)), np.empty(6)
    found = compiled("spread")(
        contiguous(values), rows, width, np.array(LEVELS), out, parts, *rooms(4, rows),
        *rooms(2, POOLED), np.empty(POOLED * rows), np.empty(2 * POOLED * rows),
    )  # fmt: skip
    low, middle, high = out.tolist()
    return Spread(low, middle, high, _components(parts)) if found else None


def ranges(halves: Floats, counts: Floats, levels: Sequence[float] = LEVELS) -> Floats:
    """Estimate quantiles of an expected value over futures, at many times.

    As `spread`, where of each future only the means of two halves of its replications are kept: how
    far these lie apart tells the variance within.

    Parameters
    ----------
    halves : float64[future, half, time]
        NaN is missing.
    counts : float64[future, half]
        Replications in each half.
    levels : sequence of float, optional

    Returns
    -------
    float64[level, time]
        NaN where fewer than two futures have values. Noise stays in where no future has two values.

    Examples
    --------
    >>> halves = np.array([[[1.0], [1.0]], [[2.0], [2.0]], [[3.0], [3.0]]])
    >>> ranges(halves, np.ones((3, 2)), (0.5,)).tolist()
    [[2.0]]
    """
    rows, _, times = halves.shape
    out = np.empty((len(levels), times))
    compiled("ranges")(
        contiguous(halves), contiguous(counts), rows, times, np.array(levels), out, np.empty(6),
        *rooms(4, rows), *rooms(2, POOLED), np.empty(POOLED * rows), np.empty(2 * POOLED * rows),
    )  # fmt: skip
    return out


def expected(values: Floats, turn: int = 0) -> Floats:
    """Return the expected value of each future, as it may lie, noise taken off.

    The means pulled towards their mean, as for `spread`: each by one of the amounts that the noise
    allows, so that together they lie as its quantiles and `shares` say. One of them alone is no
    better known than the replications of its future tell.

    Parameters
    ----------
    values : float64[future, replication]
        NaN is missing.
    turn : int, optional
        Another number, other amounts: 0 for the first of two outcomes, 1 for the second.

    Returns
    -------
    float64[future]
        NaN where a future has no value. Means with their noise where no future has two values.

    Examples
    --------
    >>> expected(np.array([[1.0, 1.0], [3.0, 3.0]])).tolist()
    [1.0, 3.0]
    """
    rows, width = values.shape
    out, places = np.empty(rows), np.empty((2, rows), np.int64)
    compiled("expected")(
        contiguous(values), rows, width, turn % 3, out, np.empty(6), *rooms(6, rows), *places,
        np.empty(rows),
    )  # fmt: skip
    return out


def shares(values: Floats, blocks: int) -> tuple[Estimate, Estimate] | None:
    """Estimate the shares of futures whose expected value is above and below 0.

    The expected values are those of `spread`. The 95 % intervals follow from a confidence
    distribution: the mean and the variance between futures vary by the noise of the replications,
    the share itself as in a sample of as many independent futures as give the variance seen between
    blocks (Korn and Graubard 1998). The distribution has the shape of the noisy means as far as these
    tell it, else the normal one: two sharp heaps far apart, under much noise, are not told from a hill.

    Parameters
    ----------
    values : float64[future, replication]
        NaN is missing.
    blocks : int
        Independent randomisations that the futures consist of, in order.

    Returns
    -------
    tuple of Estimate, or None
        None with fewer than two futures, or where no future has two values.

    Examples
    --------
    >>> values = np.array([[-1.0, -1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]])
    >>> [found.mean for found in shares(values, 4)]
    [0.75, 0.25]
    """
    rows, width = values.shape
    out, size = np.empty(6), max(rows, POINTS)
    found = compiled("shares")(
        contiguous(values), rows, width, blocks, out, np.empty(6), *rooms(9, size)
    )
    if not found:
        return None
    mean, low, high, *below = out.tolist()
    return Estimate(mean, low, high, found), Estimate(below[0], below[1], below[2], found)
