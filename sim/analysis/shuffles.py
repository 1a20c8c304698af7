"""Which of many inputs explain something? Selected one by one, each against shuffled units.

The input that explains most of what the last ones left over is taken, as long as the best of all inputs
does as well in at most 5 % of the shuffles: that corrects for looking at many, correlated ones too
(Westfall and Young 1993). What is shuffled are residuals (Freedman and Lane 1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.statistics.estimates import Floats
from sim.statistics.library import compiled

#: An input is named up to this p value.
LEVEL = 0.05
#: Shuffles, in so many batches.
BATCHES, BATCH = 22, 9
#: Replications whose signs can be flipped in enough ways.
LEAST_SIGNS = 8


def selected(
    known: Floats, tested: Sequence[Floats], left: Floats, group: npt.NDArray[Any], most: int
) -> tuple[list[int], list[float]]:
    """Select the inputs that explain something, the strongest first.

    Parameters
    ----------
    known
        ``float64[unit, column]``, what is explained beforehand, as a constant.
    tested
        Per input, ``float64[unit, column]``.
    left
        ``float64[unit]``, what is to be explained.
    group
        Per unit, within which group it is shuffled.
    most
        Inputs to select at most.

    Returns
    -------
    tuple
        Their places, and their p values, corrected for all inputs.
    """
    places: list[int] = []
    tails: list[float] = []
    columns = np.concatenate(tested, axis=1)
    sizes = np.linalg.norm(columns, axis=0)
    cuts = np.cumsum([entry.shape[1] for entry in tested])[:-1]
    rng = np.random.default_rng(1)
    while len(places) < most:
        known = np.linalg.qr(known)[0]
        left = left - known @ (known.T @ left)
        inner = columns - known @ (known.T @ columns)
        norms = np.linalg.norm(inner, axis=0)
        inner[:, norms <= 1e-6 * sizes] = 0.0
        units = np.split(inner / np.where(norms > 0, norms, 1.0), cuts, axis=1)
        bases = [_basis(unit) for unit in units]
        free = np.array([basis.shape[1] for basis in bases])
        rest = len(left) - known.shape[1] - free
        used = np.flatnonzero((free > 0) & (rest > 0))
        if not len(used) or not (left @ left) > 0:
            break
        stacked = np.concatenate([bases[i] for i in used], axis=1)
        starts = np.concatenate([[0], np.cumsum(free[used])[:-1]])
        own = _shares(left[None], known, stacked, starts)[0]
        free, rest = free[used], rest[used]
        tests = _each("explained_tail", own, free, rest)
        best = int(np.lexsort((-own, tests))[0])
        # What others must explain to do as well: the same p value, with columns of their number.
        bar = _each("explained_quantile", np.full(len(own), tests[best]), free, rest)
        bar = np.where(free == free[best], own[best], bar)
        as_good = 0
        for _ in range(BATCHES):
            if as_good > LEVEL * BATCHES * BATCH:  # it cannot stand any more
                break
            shares = _shares(_shuffled(left, group, rng), known, stacked, starts)
            as_good += int((shares >= bar - 1e-12).any(axis=1).sum())
        p = max([(1 + as_good) / (1 + BATCHES * BATCH), *tails])
        if p > LEVEL:
            break
        places.append(int(used[best]))
        tails.append(p)
        known = np.concatenate([known, bases[places[-1]]], axis=1)
    return places, tails


def _each(name: str, x: Floats, free: npt.NDArray[Any], rest: npt.NDArray[Any]) -> Floats:
    """Return what a compiled function says of each input."""
    return np.array([compiled(name)(*one) for one in zip(x, free, rest, strict=True)])


def _basis(units: Floats) -> Floats:
    """Return an orthonormal basis of columns of length 1; those of length 0 do not count."""
    kept = np.compress(units.any(axis=0), units, axis=1)
    if kept.shape[1] < 2:
        return kept
    q, r = np.linalg.qr(kept)
    return np.asarray(np.compress(np.abs(np.diag(r)) > 1e-9, q, axis=1))


def _shares(rows: Floats, known: Floats, stacked: Floats, starts: npt.NDArray[np.int_]) -> Floats:
    """Return the share of each row's variance that each input explains, ``float64[row, input]``."""
    whole = (rows**2).sum(axis=1) - ((rows @ known) ** 2).sum(axis=1)
    parts = np.add.reduceat((rows @ stacked) ** 2, starts, axis=1) / whole[:, None]
    return np.asarray(np.minimum(parts, 1 - 1e-12))


def _shuffled(left: Floats, group: npt.NDArray[Any], rng: np.random.Generator) -> Floats:
    """Return a batch of shuffles within the groups, ``float64[batch, future]``."""
    rows = np.tile(left, (BATCH, 1))
    for name in np.unique(group):
        mine = group == name
        rows[:, mine] = rng.permuted(rows[:, mine], axis=1)
    return rows


def flipped(effects: Floats) -> Floats:
    """Return p values that effects are chance, by flipping the signs of replications at random.

    An effect that is chance is as likely the other way round, in all that a replication holds at once,
    for its luck is common. The statistic is the square of the mean effect without what chance adds, a
    sum of products of different replications, over its standard deviation where it is chance; its
    largest value over all inputs corrects for looking at them (Westfall and Young 1993; for signs,
    Fisher 1935).

    Parameters
    ----------
    effects
        ``float64[input, row, replication]``, a change of the outcome in each; NaN is missing.

    Returns
    -------
    ndarray
        ``float64[input]``; NaN where there are fewer than `LEAST_SIGNS` replications.
    """
    known = ~np.isnan(effects)
    size = effects.shape[2]
    if size < LEAST_SIGNS:
        return np.full(len(effects), np.nan)
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (BATCHES * BATCH, size))
    signs = np.concatenate([np.ones((1, size)), signs])
    counts = known.sum(axis=2)
    weights = np.where(counts > 1, 1 / np.maximum(counts * (counts - 1), 1), 0.0)
    least = 1e-12 * np.nanmax(abs(effects), initial=0.0)  # less is a rounding error
    found = []
    for rows, there, weight in zip(effects, known, weights, strict=True):
        kept = np.where(there & (abs(rows) > least), rows, 0.0)
        products = (kept * weight[:, None]).T @ kept
        np.fill_diagonal(products, 0.0)
        spread = np.sqrt(2 * (products**2).sum())
        found.append(((signs @ products) * signs).sum(axis=1) / (spread or 1.0))
    values = np.array(found)
    as_good = values.max(axis=0)[1:] >= values[:, :1] - 1e-12
    return np.asarray((1 + as_good.sum(axis=1)) / (1 + BATCHES * BATCH))
