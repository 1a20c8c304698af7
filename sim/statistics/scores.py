"""Proper scores of a forecast by an ensemble, and its probability integral transform."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.statistics.estimates import Floats


def crps(values: Floats, seen: float) -> float:
    """Return the continuous ranked probability score of an ensemble, in its unit; 0 is best.

    It is E|X − y| − E|X − X'|/2 (Gneiting and Raftery 2007). The second mean is over pairs that are
    independent, of different futures, so that a small ensemble is not punished for its size (Ferro
    2014). Of yes and no, 1 and 0, it is the score of Brier (1950).

    Parameters
    ----------
    values : float64[future, replication]
        The ensemble; NaN is missing. With one future, its replications are the independent draws.
    seen : float
        What happened.

    Returns
    -------
    float
        NaN with fewer than two independent draws.

    Examples
    --------
    >>> crps(np.array([[1.0, 3.0]]), 1.0)
    0.0
    """
    rows = values.T if len(values) == 1 else values
    parts = [row[~np.isnan(row)] for row in rows]
    parts = [part for part in parts if len(part)]
    if len(parts) < 2:
        return math.nan
    everything = np.concatenate(parts)
    pairs = len(everything) ** 2 - sum(len(part) ** 2 for part in parts)
    apart = _distances(everything) - sum(_distances(part) for part in parts)
    return float(np.abs(everything - seen).mean() - apart / pairs)


def _distances(values: Floats) -> float:
    """Return the sum of |x − x'| over all pairs, each counted once."""
    n = len(values)
    return float(np.sort(values) @ (2.0 * np.arange(n) - n + 1)) if n > 1 else 0.0


def crps_uniform(low: float, high: float, seen: float) -> float:
    """Return the continuous ranked probability score of a uniform forecast; of a point if it has no width.

    Examples
    --------
    >>> round(crps_uniform(0.0, 1.0, 0.5), 4)
    0.0833
    """
    width = high - low
    if width <= 0.0:
        return abs(seen - low)
    z = min(1.0, max(0.0, (seen - low) / width))
    outside = max(low - seen, seen - high, 0.0)
    return outside + width * (z * z - z + 1 / 3)


def interval_score(low: float, high: float, seen: float, level: float = 0.9) -> float:
    """Return the score of a central interval: its width, and a penalty for a miss; 0 is best.

    Gneiting and Raftery (2007): (u − l) + 2/α · (l − y)₊ + 2/α · (y − u)₊ with α = 1 − level.

    Examples
    --------
    >>> interval_score(0.0, 1.0, 1.5, level=0.5)
    3.0
    """
    return (high - low) + 2 / (1 - level) * max(low - seen, seen - high, 0.0)


def interval_score_uniform(low: float, high: float, seen: float, level: float = 0.9) -> float:
    """Return the score of the central interval of a uniform forecast; of a point if it has no width.

    Examples
    --------
    >>> round(interval_score_uniform(0.0, 1.0, 0.5), 4)
    0.9
    """
    tail = (1 - level) / 2 * (high - low)
    return interval_score(low + tail, high - tail, seen, level)


def log_score_chance(chance: float, seen: float) -> float:
    """Return −log of the probability that a chance of yes gave to what happened; 0 is best.

    It is infinite where what was called impossible happened.

    Examples
    --------
    >>> round(log_score_chance(0.2, 0.0), 3)
    0.223
    """
    given = chance if seen else 1 - chance
    return max(0.0, -math.log(given)) if given > 0 else math.inf


def log_score(values: Floats, seen: float) -> float:
    """Return −log of the chance that an ensemble of yes and no gave to what happened; 0 is best.

    Good (1952); a chance is (count + ½) / (n + 1), so that an ensemble of finite size is never certain.

    Examples
    --------
    >>> round(log_score(np.array([[1.0, 0.0, 1.0]]), 1.0), 3)
    0.47
    """
    kept = values[~np.isnan(values)]
    return -math.log((float((kept == seen).sum()) + 0.5) / (len(kept) + 1))


def rank_range(values: Floats, seen: float) -> tuple[float, float]:
    """Return the stretch from 0 to 1 that the probability integral transform has at what happened.

    The rank among the ensemble, over its size and 1 more; draws that are equal to what happened make
    the stretch wide. A uniform draw from it is the randomized transform (Dawid 1984).

    Examples
    --------
    >>> rank_range(np.array([[1.0, 2.0, 2.0]]), 2.0)
    (0.25, 1.0)
    """
    kept = values[~np.isnan(values)]
    below, upto = int((kept < seen).sum()), int((kept <= seen).sum())
    return below / (len(kept) + 1), (upto + 1) / (len(kept) + 1)


def rank_histogram(stretches: Sequence[tuple[float, float]], bins: int) -> Floats:
    """Return the share of the transforms in each bin: the mean of all their randomizations.

    The nonrandomized histogram of Czado, Gneiting and Held (2009). It is flat where forecasts are
    calibrated, and high at both ends where they are too sure.

    Returns
    -------
    float64[bin]
        It sums to 1.

    Examples
    --------
    >>> rank_histogram([(0.0, 1.0), (0.0, 0.5)], 2).tolist()
    [0.75, 0.25]
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    shares = [np.diff(np.clip((edges - a) / (b - a), 0.0, 1.0)) for a, b in stretches]
    return np.mean(shares, axis=0) if shares else np.zeros(bins)
