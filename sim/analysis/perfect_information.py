"""What is it worth to know everything, or one parameter, before choosing?

The expected value of perfect partial information is what the best choice gains if it may depend on one
parameter (Raiffa and Schlaifer 1961). A choice that is learned from a sample and judged by the same sample
looks better than it is; here it is learned from the other folds, so that a parameter without worth scores
about zero, and the estimate leans to the low side. It is cut at 0, for knowing is never worth less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from sim.analysis.criteria import performance
from sim.statistics.estimates import Estimate, Floats, resampled

Whole = npt.NDArray[np.int64]
FOLDS = 10
RESAMPLES = 200
#: Samples in which all parameters are shuffled.
SHUFFLES = 100


def evpi(values: Floats, *, seed: int = 1) -> Estimate:
    """Estimate the expected value of perfect information.

    Parameters
    ----------
    values
        Utilities, ``float64[choice, future]`` or ``float64[choice, future, replication]``; with
        replications, the choice is made on one half of them and judged on the other, both ways. A
        future with a half that has no value is left out.
    """
    utility = values.reshape(*values.shape[:2], -1)
    half = utility.shape[2] // 2
    known = performance(utility).max(axis=0)
    if half:
        parts = performance(utility[..., :half]), performance(utility[..., half : 2 * half])
        known = np.mean(
            [
                np.take_along_axis(judge, learn.argmax(axis=0)[None], axis=0)[0]
                for learn, judge in (parts, parts[::-1])
            ],
            axis=0,
        )
        utility = utility[..., : 2 * half]
    there = ~np.isnan(known)
    return _gain(known[there], performance(utility)[:, there], seed)


def estimate_evppi(
    utility: Floats, parameter: Floats, *, worded: bool = False, seed: int = 1
) -> tuple[Estimate, float]:
    """Estimate the expected value of perfect information about one parameter.

    The futures are ordered by the parameter and cut into bins (Strong and Oakley 2013), or by the
    options of a word; the choice in a bin is learned from the other folds.

    Parameters
    ----------
    utility
        ``float64[choice, future]``, larger is better.
    parameter
        ``float64[future]``.

    Returns
    -------
    tuple
        The gain, with a bootstrap interval over the futures, and the share of the futures in which
        another choice is made.
    """
    n = utility.shape[1]
    count = _bins(n)
    values, inverse = np.unique(parameter, return_inverse=True)
    if worded or len(values) <= count:
        bins = inverse
    else:
        bins = np.searchsorted(np.quantile(values[inverse], np.arange(1, count) / count), parameter)
    folds = np.random.default_rng(seed).permutation(n) % FOLDS
    usual = int(utility.mean(axis=1).argmax())
    choice = _learned(_sums(utility, folds, bins), usual)[folds, bins]
    known = np.take_along_axis(utility, choice[None], axis=0)[0]
    return _gain(known, utility, seed), float((choice != usual).mean())


def _bins(n: int) -> int:
    return int(max(2, min(20, round(n ** (1 / 3)))))


def _sums(utility: Floats, folds: Whole, bins: Whole) -> Floats:
    """Return the utility by ``float64[choice, fold, bin]``."""
    size = int(bins.max()) + 1
    cells = folds * size + bins
    sums = [np.bincount(cells, u, FOLDS * size) for u in utility]
    return np.array(sums, dtype=np.float64).reshape(len(utility), FOLDS, size)


def _learned(sums: Floats, usual: int) -> Whole:
    """Return the best choice by ``[fold, bin]`` as the other folds tell; without any, the usual one."""
    others = sums.sum(axis=1, keepdims=True) - sums
    return np.asarray(np.where((others == 0.0).all(axis=0), usual, others.argmax(axis=0)))


def shuffled_floor(utility: Floats, parameters: int, rng: np.random.Generator) -> float:
    """Return the 95 % quantile of the largest gain of so many parameters without worth."""
    n = utility.shape[1]
    usual = int(utility.mean(axis=1).argmax())
    gaps = utility - utility[usual]  # the usual choice gains 0
    bins = np.arange(n) * _bins(n) // n
    most = []
    for _ in range(SHUFFLES):
        folds = rng.permutation(n) % FOLDS
        gains = []
        for _ in range(parameters):
            sums = _sums(gaps, folds, rng.permutation(bins))
            best = _learned(sums, usual)
            gains.append(float(np.take_along_axis(sums, best[None], axis=0).sum()) / n)
        most.append(max(gains))
    return max(0.0, float(np.quantile(most, 0.95)))


def coherent(
    perfect: Estimate, parts: Sequence[Estimate], floor: float
) -> tuple[Estimate, list[Estimate]]:
    """Return the worth of everything and of its parts so that no part is worth more.

    All are estimates that lean to the low side. So a part that is seen raises the whole to itself, with
    the ends of its interval; one that is not seen is lowered to the whole.
    """
    for part in parts:
        if part.low > 0 and part.mean > floor:
            perfect = _between(max, perfect, part)
    return perfect, [_between(min, part, perfect) for part in parts]


def _between(pick: Callable[[float, float], float], one: Estimate, other: Estimate) -> Estimate:
    mean, low, high = (
        pick(getattr(one, end), getattr(other, end)) for end in ("mean", "low", "high")
    )
    return Estimate(mean, low, high, one.n)


def _gain(known: Floats, utility: Floats, seed: int) -> Estimate:
    """Return the mean of what is gained over the one choice that is best on average, 0 at least.

    Who knows more may still choose as before, so knowing costs nothing (Good 1967); a figure below 0 is
    chance, and the nearest possible one is 0.
    """
    usual = utility[int(utility.mean(axis=1).argmax())]
    gain = known - usual
    n = len(gain)
    rng = np.random.default_rng(seed)
    means = rng.multinomial(n, np.full(n, 1 / n), RESAMPLES) @ gain / n
    return resampled(max(0.0, float(gain.mean())), np.maximum(means, 0.0), n)
