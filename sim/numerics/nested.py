"""Replications nested in futures: variance components, and expected values without their noise.

The mean of a few replications in a future is its expected value plus noise, so these means spread
more than the expected values do. The noise is estimated within futures and taken off.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.numerics.estimates import ENDS, Estimate, Floats, normal, student

#: The ends and the middle of the range over futures.
LEVELS = (0.05, 0.5, 0.95)
#: Pairs of runs that must differ before a share of futures is given.
MIN_EVENTS = 20
#: Points of the confidence distribution behind the interval of a share of futures.
POINTS = 256
#: Points of it over which the quantiles of an expected value are taken.
POOLED = 16


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
    return _split(values)[0]


def _split(values: Floats) -> tuple[Components, Floats]:
    """Return the components, and the means of the futures that have a value."""
    counts = (~np.isnan(values)).sum(axis=1)
    values, counts = values[counts > 0], counts[counts > 0]
    futures, runs = len(values), int(counts.sum())
    if futures < 2:
        return Components(math.nan, math.nan, math.nan, math.nan, futures, runs), np.empty(0)
    means = np.nansum(values, axis=1) / counts
    spare = runs - futures
    within = math.nan
    if spare:
        within = float(np.nansum((values - means[:, None]) ** 2)) / spare
    return _parts(means, counts, within), means


def _parts(means: Floats, counts: Floats, within: float) -> Components:
    """Return the components from means of futures, their numbers of values, and the variance within."""
    noise = within * float((1.0 / counts).mean())
    spread = float(means.var(ddof=1))
    trifle = 1e-28 * float(np.abs(means).max()) ** 2  # rounding of equal values
    spread = spread if spread > trifle else 0.0
    if within <= max(trifle, 1e-24 * spread):
        within = noise = 0.0
    between = max(0.0, spread - noise)
    runs = int(counts.sum())
    return Components(float(means.mean()), between, within, noise, len(means), runs)


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
    parts, means = _split(values)
    if math.isnan(parts.within):
        return None
    low, middle, high = map(float, _quantiles(means, parts, LEVELS))
    return Spread(low, middle, high, parts)


def _quantiles(means: Floats, parts: Components, levels: Sequence[float]) -> Floats:
    """Return quantiles of the expected values of the futures."""
    expected = means
    if parts.noise > 0.0:
        centres, spreads, shape = _possible(means, parts, *_lattice(POOLED)[:2])
        expected = centres[:, None] + spreads[:, None] * shape
        expected = np.clip(expected, means.min(), means.max())
    return np.quantile(expected, levels)


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
    found = np.full((len(levels), halves.shape[2]), math.nan)
    for time in range(halves.shape[2]):
        seen = np.where(np.isnan(halves[:, :, time]), 0.0, counts)
        kept = seen.sum(axis=1) > 0
        if kept.sum() < 2:
            continue
        values, seen = np.nan_to_num(halves[kept, :, time]), seen[kept]
        each = seen.sum(axis=1)
        means = (values * seen).sum(axis=1) / each
        both = (seen > 0).all(axis=1)
        within = 0.0
        if both.any():
            gaps = (values[both, 0] - values[both, 1]) ** 2 / (1.0 / seen[both]).sum(axis=1)
            within = float(gaps.mean())
        found[:, time] = _quantiles(means, _parts(means, each, within), levels)
    return found


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
    found = np.full(len(values), math.nan)
    kept = (~np.isnan(values)).any(axis=1)
    if not kept.any():
        return found
    found[kept] = np.nanmean(values[kept], axis=1)
    parts, means = _split(values)
    if parts.noise > 0.0:
        points = _lattice(len(means))
        centres, spreads, shape = _possible(means, parts, points[turn % 3], points[(turn + 1) % 3])
        places = np.empty(len(means), int)
        places[np.lexsort((points[(turn + 2) % 3], means))] = np.arange(len(means))
        drawn = centres + spreads * shape[places]
        found[kept] = np.clip(drawn, means.min(), means.max())
    return found


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
    parts, means = _split(values)
    if math.isnan(parts.within):
        return None
    sizes = [len(part) for part in np.array_split(np.arange(len(values)), blocks)]
    block = np.repeat(np.arange(blocks), sizes)[~np.isnan(values).all(axis=1)]
    above = _share(means, parts, block)
    if parts.noise or (means != 0.0).all():
        return above, Estimate(1.0 - above.mean, 1.0 - above.high, 1.0 - above.low, above.n)
    return above, _share(-means, replace(parts, mean=-parts.mean), block)


def _share(means: Floats, parts: Components, block: npt.NDArray[np.int_]) -> Estimate:
    """Return the share of futures whose expected value is above 0, with its interval."""
    from scipy.special import betaincinv

    n = len(means)
    first, second, third = _lattice(POINTS)
    over = means > 0.0
    drawn = np.full(POINTS, float(over.mean()))
    if parts.noise > 0.0:
        centres, spreads, shape = _possible(means, parts, first, second)
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.where(spreads > 0.0, -centres / spreads, -np.inf * np.sign(centres))
        drawn = 1.0 - np.searchsorted(shape, ends, side="right") / n
        over = parts.mean + math.sqrt(parts.between) * shape > 0.0
        places = np.argsort(np.argsort(means, kind="stable"), kind="stable")
        over = over[places]
    size = _effective(over, block)
    found = betaincinv(drawn * size + 0.5, (1.0 - drawn) * size + 0.5, third)
    low, high = map(float, np.quantile(found, ENDS))
    least, most = np.quantile(drawn, ENDS)  # sampling never excludes none or all of the futures
    return Estimate(float(drawn.mean()), low if least else 0.0, 1.0 if most == 1.0 else high, n)


def _possible(
    means: Floats, parts: Components, first: Floats, second: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return means and standard deviations between futures that the noise allows, and the shape."""
    from scipy.special import ndtri

    n = len(means)
    total = float(means.var(ddof=1))
    spare = max(1, parts.runs - n)
    fourth = float(((means - parts.mean) ** 4).mean()) / total**2 - 1.0 if total > 0 else 0.0
    unsure = fourth * (total**2 - parts.between**2) / (n - 1) + 2 * parts.noise**2 / spare
    centres = parts.mean + math.sqrt(parts.noise / n) * ndtri(first)
    variances = parts.between + math.sqrt(max(0.0, unsure)) * ndtri(second)
    shape = ndtri((np.arange(n) + 0.5) / n)
    if total > 0.0:
        told = math.sqrt(parts.between / total)
        shape = told * np.sort(means - parts.mean) / math.sqrt(total) + (1.0 - told) * shape
        shape /= shape.std(ddof=1)
    return centres, np.sqrt(np.maximum(0.0, variances)), shape


def _effective(over: npt.NDArray[np.bool_], block: npt.NDArray[np.int_]) -> float:
    """Return the number of independent futures with the variance that the blocks show."""
    n, share = len(over), float(over.mean())
    sizes = np.bincount(block)
    sums = np.bincount(block, over)[sizes > 0]
    sizes = sizes[sizes > 0]
    blocks = len(sizes)
    wide = normal() / student(blocks - 1) if blocks > 1 else 1.0
    if not 0.0 < share < 1.0 or not 2 <= blocks <= n:
        return n * wide**2
    variance = float(((sums - share * sizes) ** 2).sum()) / n**2 * blocks / (blocks - 1)
    found = share * (1.0 - share) / variance if variance > 0.0 else math.inf
    return float(np.clip(found, n / 3, 10 * n)) * wide**2


@functools.cache
def _lattice(count: int) -> tuple[Floats, Floats, Floats]:
    """Return points that fill a unit cube evenly: multiples of powers of the root of x⁴ = x + 1."""
    root = 1.2207440846057596
    steps = np.arange(1, count + 1)
    one, two, three = ((0.5 + steps / root**power) % 1.0 for power in (1, 2, 3))
    return one, two, three
