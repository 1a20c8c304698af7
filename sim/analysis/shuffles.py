"""Which effects are chance? Tested together, against replications whose signs are flipped."""

from __future__ import annotations

import numpy as np

from sim.statistics.estimates import Floats

#: An effect is seen up to this p value.
LEVEL = 0.05
#: Flips.
TIMES = 198
#: Replications whose signs can be flipped in enough ways.
LEAST_SIGNS = 8


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
    signs = np.random.default_rng(1).choice([-1.0, 1.0], (TIMES, size))
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
    return np.asarray((1 + as_good.sum(axis=1)) / (1 + TIMES))
