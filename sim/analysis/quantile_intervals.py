"""Differences of quantiles between runs in pairs, with intervals by resampling.

Resampled is what is independent: the futures, or the blocks of futures that were sampled together, or
the replications of a single future. A resample takes the same for every scenario, so a difference
keeps its pairs. The quantiles of a resample are means over a few neighbouring ranks, as many as the
quantile is uncertain by, which keeps intervals of strongly correlated pairs from being too wide (as
in Harrell and Davis 1982); where many runs have the same value, as with whole numbers, they are plain
ones. The percentiles are those that Student's t and the number of units ask for (the expanded
percentile interval, Hesterberg 2015).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.analysis.quantiles import LEAST, quantile
from sim.statistics.estimates import Estimate, Floats, student

RESAMPLES = 1_000
#: Replications of a single future are resampled in at most so many groups.
GROUPS = 400
#: Ranks on each side that a smooth quantile is the mean of, in standard errors of its rank.
SMOOTH = math.sqrt(3.0)
#: In place of infinity in a mean: what is beyond `HUGE` has a part of it.
NEVER, HUGE = 1e300, 1e200
#: Numbers of one step of the work.
_ROOM = 4_000_000
Places = npt.NDArray[np.int64]
#: How often each resample takes each unit, and the unit of each run.
Resamples = tuple[Floats, Places]


def quantile_differences(
    here: Floats, base: Floats, levels: Sequence[float], drawn: Resamples, can_differ: bool = True
) -> list[Estimate]:
    """Estimate differences of quantiles of two ``float64[future, replication]`` in pairs.

    NaN is missing, and the pair is left out; infinity is an event that never happened. Where no pair
    differs there is no interval, unless `can_differ` rules a difference out.
    """
    gap = np.isnan(here) | np.isnan(base)
    here, base = (np.where(gap, np.nan, side) for side in (here, base))
    found = [resampled_quantiles(side, levels, *drawn) for side in (here, base)]
    units = drawn[0].shape[1]
    if not gap.all() and np.array_equal(here[~gap], base[~gap]):
        end = math.nan if can_differ else 0.0
        return [Estimate(0.0, end, end, int((~gap).sum()))] * len(levels)
    with np.errstate(invalid="ignore"):
        apart = found[0] - found[1]
    return [_difference(here, base, p, row, units) for p, row in zip(levels, apart, strict=True)]


def _difference(here: Floats, base: Floats, level: float, drawn: Floats, units: int) -> Estimate:
    """Return a difference of quantiles of paired values with its interval, from its resamples."""
    from scipy.special import ndtr

    known = ~np.isnan(here)
    n = int(known.sum())
    values = [quantile(side, level).mean for side in (here, base)]
    value = values[0] - values[1] if np.isfinite(values).any() else math.nan
    few = min(level, 1.0 - level) * n < LEAST or units < 2
    if few or not math.isfinite(value) or np.isnan(drawn).any():
        return Estimate(value, math.nan, math.nan, n)
    tail = float(ndtr(-math.sqrt(units / (units - 1)) * student(units - 1)))
    low, high = np.quantile(drawn, (tail, 1.0 - tail), method="inverted_cdf").tolist()
    return Estimate(value, min(low, value), max(high, value), n)


def resamples(
    shape: tuple[int, ...], blocks: int | None, seed: int, count: int = RESAMPLES
) -> Resamples:
    """Return how often each resample takes each unit, and the unit of each run.

    Returns
    -------
    tuple
        ``float64[resample, unit]`` and ``int64[future, replication]``.
    """
    futures, replications = shape
    single = futures == 1
    size = replications if single else futures
    units = min(GROUPS, size) if single else min(blocks or size, size)
    bounds = np.linspace(0, size, units + 1).astype(int)
    of = np.repeat(np.arange(units), np.diff(bounds))
    runs = np.broadcast_to(of if single else of[:, None], (futures, replications))
    weights = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), count)
    return weights.astype(float), np.ascontiguousarray(runs)


def resampled_quantiles(
    values: Floats, levels: Sequence[float], weights: Floats, units: Places
) -> Floats:
    """Return quantiles of every resample, ``float64[level, resample]``; NaN is missing."""
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    ordered, unit = np.minimum(values[known][order], NEVER), units[known][order]
    n, size = len(ordered), weights.shape[1]
    total = weights @ np.bincount(unit, minlength=size)
    found = np.full((len(levels), len(weights)), math.nan)
    if not n or not total.all():
        return found
    smooth = 2 * len(np.unique(ordered)) > n
    for k, level in enumerate(levels):
        around = min(SMOOTH * math.sqrt(level * (1.0 - level) / n), level, 1.0 - level)
        ends_ = (level - around, level + around)
        low, high = (
            total * end for end in (ends_ if smooth else (level - 3e-3 / n, level - 1e-3 / n))
        )
        part = 0.02
        while True:
            first, last = max(0, int(n * (level - part))), min(n, int(n * (level + part)) + 2)
            before = weights @ np.bincount(unit[:first], minlength=size)
            upto = before + weights @ np.bincount(unit[first:last], minlength=size)
            if (first == 0 or (before <= low).all()) and (last == n or (upto >= high).all()):
                break
            part *= 2
        step = max(1, _ROOM // (last - first))
        for b in range(0, len(weights), step):
            piece = slice(b, b + step)
            grown = before[piece, None] + np.cumsum(weights[piece][:, unit[first:last]], axis=1)
            shares = np.clip(grown, low[piece, None], high[piece, None])
            parts = np.diff(shares, axis=1, prepend=low[piece, None])
            found[k, piece] = parts @ ordered[first:last] / (high[piece] - low[piece])
    return np.where(found > HUGE, math.inf, found)
