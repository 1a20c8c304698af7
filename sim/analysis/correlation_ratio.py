"""What share of an outcome's variance does one input explain? Correlation ratios from given data."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.statistics.estimates import Estimate, Floats, resampled

Whole = npt.NDArray[np.int64]
RESAMPLES = 200


def explained(
    x: Floats, y: Floats, words: Sequence[int] = (), *, resamples: int = RESAMPLES, seed: int = 1
) -> tuple[Estimate, ...]:
    """Estimate first-order indices from given data by equal-count bins (Plischke et al. 2013).

    Each option of a word is a bin of its own.

    Parameters
    ----------
    x
        ``float64[point, input]``.
    y
        ``float64[point]``.
    words
        Of the first inputs, the number of options; 0 of a number.

    Returns
    -------
    tuple of Estimate
        Kelley's epsilon squared, which is 0 on average where an input has no effect.
    """
    n = len(y)
    rng = np.random.default_rng(seed)
    weights = np.concatenate([np.ones((1, n)), rng.multinomial(n, np.full(n, 1 / n), resamples)])
    found = []
    for groups in groups_of(x, words).T:
        values = ratios_of(groups, y[None], weights)
        value = float(values[0])
        if not resamples:
            found.append(Estimate(value, math.nan, math.nan, n))
            continue
        # A resample repeats points, which looks like an effect: take its mean surplus off.
        shifted = values[1:] - (values[1:].mean() - value)
        found.append(resampled(value, shifted, n))
    return tuple(found)


def bins_of(n: int) -> int:
    """Return into how many bins so many points are put by a number."""
    return max(2, min(20, round(1.2 * float(n ** (1 / 3)))))


def groups_of(x: Floats, words: Sequence[int]) -> Whole:
    """Return the bin of each point by each input, ``int64[point, input]``."""
    n = len(x)
    count = bins_of(n)
    ranks = x.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    groups = ranks * count // n
    for i in range(x.shape[1]):  # equal values stand in one bin
        _, first, inverse = np.unique(x[:, i], return_index=True, return_inverse=True)
        if len(first) < n:
            lowest = np.full(len(first), count)
            np.minimum.at(lowest, inverse, groups[:, i])
            groups[:, i] = lowest[inverse]
    for i, options in enumerate(words):
        groups[:, i] = x[:, i] if options else groups[:, i]
    return np.asarray(groups)


def ratios_of(groups: Whole, y: Floats, weights: Floats | None = None) -> Floats:
    """Return Kelley's epsilon squared of outcomes ``float64[sample, point]``, or of weighted points."""
    n = len(groups)
    member = np.zeros((n, int(groups.max()) + 1))
    member[np.arange(n), groups] = 1.0
    rows = np.ones((1, n)) if weights is None else weights
    sizes, weighed = rows @ member, rows * y
    square = weighed.sum(axis=1) ** 2 / n
    total = (weighed * y).sum(axis=1) - square
    between = ((weighed @ member) ** 2 / np.maximum(sizes, 1)).sum(axis=1) - square
    used = (sizes > 0).sum(axis=1)
    return np.asarray(1 - (total - between) / np.maximum(n - used, 1) / (total / (n - 1)))
