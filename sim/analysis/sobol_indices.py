"""Sobol indices of the expected value of a stochastic model.

Replications of a stochastic model share their random numbers across the points of a design. An index of
the means over `R` replications would still count chance as if it were an effect: with ``d_r`` the
difference of two points in replication r, the squared mean of the differences is too large by their
variance over R. The indices here use products of *different* replications only (a U-statistic), which
are unbiased for the expected value; with one replication, or a plain function, they are the usual ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.errors import Diagnostic, ExperimentError
from sim.statistics.estimates import Estimate, Floats, resampled

RESAMPLES = 500


@dataclass(frozen=True, slots=True)
class Indices:
    """Sobol indices of some inputs.

    Attributes
    ----------
    first, total
        Per input, the share of the variance that it explains alone, and with its interactions.
    variance
        Of the outcome's expected value over the inputs.
    chance
        The share of the variance of the means over replications that is chance.
    """

    first: tuple[Estimate, ...]
    total: tuple[Estimate, ...]
    variance: float
    chance: float


def saltelli(size: int, base_points: int, seed: int) -> tuple[Floats, Floats, Floats]:
    """Return the base designs A and B and, per input, A with that column of B (Saltelli 2010).

    Returns
    -------
    tuple
        ``float64[point, input]`` twice and ``float64[input, point, input]``, in the unit cube.

    Raises
    ------
    ExperimentError
        The number of points is not a power of two.
    """
    if base_points < 2 or base_points & (base_points - 1):
        words = f"{base_points} base points are no power of two, and Sobol points come in such"
        near = 2 ** max(1, round(math.log2(max(base_points, 2))))
        raise ExperimentError(Diagnostic("not-a-power", words, None, f"as in {near}"))
    from scipy.stats import qmc

    engine = qmc.Sobol(2 * size, scramble=True, rng=np.random.default_rng(seed))
    unit = engine.random_base2(int(math.log2(base_points)))
    a, b = unit[:, :size], unit[:, size:]
    crossed = np.repeat(a[None], size, axis=0)
    for i in range(size):
        crossed[i, :, i] = b[:, i]
    return a, b, crossed


def indices_of(
    a: Floats, b: Floats, crossed: Floats, *, resamples: int = RESAMPLES, seed: int = 1
) -> Indices:
    """Estimate first-order and total indices (Saltelli et al. 2010, table 2 b and f).

    Parameters
    ----------
    a, b
        Outcomes at the base designs, ``float64[point]`` or ``float64[point, replication]``; NaN
        where there is none.
    crossed
        Outcomes at A with one column of B, with one more axis in front for the input.

    Returns
    -------
    Indices
        With percentile bootstrap intervals over points and replications together.
    """
    a, b = (x.reshape(len(x), -1) for x in (a, b))
    crossed = crossed.reshape(len(crossed), *a.shape)
    there = ~np.isnan(np.concatenate([a, b])).all(axis=0)  # replications that have some value
    a, b, crossed = (np.compress(there, x, axis=-1) for x in (a, b, crossed))
    size, count = a.shape
    both = np.concatenate([a, b])
    centre = np.nanmean(both, axis=0)
    a, b, both, crossed = a - centre, b - centre, both - centre, crossed - centre
    rng = np.random.default_rng(seed)
    rows = rng.multinomial(size, np.full(size, 1 / size), resamples).T.astype(float)
    rows = np.concatenate([np.ones((size, 1)), rows], axis=1)
    weights = replication_weights(count, resamples, rng)

    def expected(x: Floats, y: Floats, weigh: Floats) -> Floats:
        """Return the weighted mean over rows of products of different replications."""
        products = cross_products(x, y, weights)
        return np.asarray(known_sum(products, weigh) / weigh.sum(axis=0))

    twice = np.concatenate([rows, rows])
    square = expected(both, both, twice)
    known = np.maximum(twice.T @ ~np.isnan(both), 1.0)
    average = (twice.T @ np.nan_to_num(both)) / known  # float64[resample, replication]
    middle = _crossed_rows(average, weights)
    variance = square - middle
    first, total = [], []
    for i in range(len(crossed)):
        step = crossed[i] - a
        with np.errstate(divide="ignore", invalid="ignore"):  # where nothing varies
            alone = expected(b, step, rows) / variance
            whole = expected(step, step, rows) / 2 / variance
            first.append(resampled(float(alone[0]), alone[1:], size))
            total.append(resampled(float(whole[0]), whole[1:], size))
    raw = float(np.nanvar(ratio(np.nansum(both, axis=1), (~np.isnan(both)).sum(axis=1))))
    chance = 1 - float(variance[0]) / raw if raw > 0 else 0.0
    return Indices(tuple(first), tuple(total), float(variance[0]), max(0.0, chance))


def replication_weights(count: int, resamples: int, rng: np.random.Generator) -> Floats:
    """Return ``float64[replication, 1 + resample]``: ones, then bootstrap counts of replications."""
    ones = np.ones((count, 1))
    if count < 2:
        return np.ones((count, 1 + resamples))
    drawn = rng.multinomial(count, np.full(count, 1 / count), resamples).T.astype(float)
    drawn[:, (drawn > 0).sum(axis=0) < 2] = 1.0  # a resample of one replication has no pairs
    return np.concatenate([ones, drawn], axis=1)


def cross_products(x: Floats, y: Floats, weights: Floats) -> Floats:
    """Return the mean of ``x_r y_s`` over pairs of different replications r and s.

    Parameters
    ----------
    x, y
        ``float64[row, replication]``.
    weights
        ``float64[replication, resample]``, how often each replication is taken.

    Returns
    -------
    ndarray
        ``float64[row, resample]``; with one replication, the plain product. NaN where no pair has
        both values.
    """
    if x.shape[1] == 1:
        return np.asarray(x * y * weights)
    here, there = (~np.isnan(z) for z in (x, y))
    x, y = np.where(here, x, 0.0), np.where(there, y, 0.0)
    total = (x @ weights) * (y @ weights) - (x * y) @ (weights**2)
    pairs = (here @ weights) * (there @ weights) - (here & there) @ (weights**2)
    return ratio(total, pairs)


def known_sum(values: Floats, weights: Floats) -> Floats:
    """Return weighted sums over the rows, ``float64[resample]``; a NaN counts as the mean of the rest."""
    known = ~np.isnan(values)
    total = np.where(known, values * weights, 0.0).sum(axis=0)
    if known.all():
        return np.asarray(total)
    return ratio(total * weights.sum(axis=0), np.where(known, weights, 0.0).sum(axis=0))


def ratio(total: Floats, size: Floats) -> Floats:
    """Return ``total / size``, NaN where there is nothing."""
    return np.where(size > 0, total / np.where(size > 0, size, 1.0), np.nan)


def _crossed_rows(average: Floats, weights: Floats) -> Floats:
    """Return the mean product of different replications' means, ``float64[resample]``."""
    if average.shape[1] == 1:
        return np.asarray(average[:, 0] ** 2)
    total = (average * weights.T).sum(axis=1) ** 2 - (average**2 * weights.T**2).sum(axis=1)
    return np.asarray(total / (weights.sum(axis=0) ** 2 - (weights**2).sum(axis=0)))
