"""Which points does no other point beat? Fronts, crowding, and how sure a place on a front is.

Plain functions of arrays; every objective is to be made small.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.statistics.estimates import Bools, Floats
from sim.study.experiment import Target

RESAMPLES = 1_000


def nondominated(costs: Floats) -> Bools:
    """Return which rows of ``float64[point, objective]`` no other row dominates.

    A row dominates another if it is nowhere larger and somewhere smaller; equal rows do not. A missing
    value compares with nothing, so it may not be among them.
    """
    if np.isnan(costs).any():
        raise ValueError("a cost is missing")
    keep = np.ones(len(costs), bool)
    for i, row in enumerate(costs):
        if keep[i]:
            worse = (costs >= row).all(axis=1) & (costs > row).any(axis=1)
            keep &= ~worse
    return keep


def fronts(costs: Floats) -> npt.NDArray[np.int64]:
    """Return the front of each row, from 0: the rows no other dominates once lower fronts are gone."""
    ranks = np.full(len(costs), -1, np.int64)
    front = 0
    while (ranks < 0).any():
        left = np.flatnonzero(ranks < 0)
        ranks[left[nondominated(costs[left])]] = front
        front += 1
    return ranks


def crowding(costs: Floats) -> Floats:
    """Return how much room each row has on its front (Deb et al. 2002); infinite at the ends."""
    n, size = costs.shape
    room = np.zeros(n)
    for k in range(size):
        order = costs[:, k].argsort(kind="stable")
        column = costs[order, k]
        spread = column[-1] - column[0]
        room[order[[0, -1]]] = np.inf
        if n > 2 and spread > 0:
            room[order[1:-1]] += (column[2:] - column[:-2]) / spread
    return room


def survivors(costs: Floats, keep: int) -> npt.NDArray[np.int64]:
    """Return the places of the `keep` best rows: by front, then by room on it, the fullest set first."""
    ranks = fronts(costs)
    chosen: list[int] = []
    for front in range(int(ranks.max()) + 1 if len(ranks) else 0):
        members = np.flatnonzero(ranks == front)
        room = crowding(costs[members])
        best = members[np.argsort(-room, kind="stable")]
        chosen += [int(i) for i in best[: keep - len(chosen)]]
        if len(chosen) >= keep:
            break
    return np.array(sorted(chosen), np.int64)


def front_probability(
    values: Floats, feasible: Bools | None = None, *, resamples: int = RESAMPLES, seed: int = 1
) -> Floats:
    """Return how often each point is on the front when replications are resampled, ``float64[point]``.

    Parameters
    ----------
    values
        ``float64[point, replication, objective]`` on common random numbers, so that one resample takes
        the same replications of all points.
    feasible
        ``bool[resample, point]`` by the same draws (`draws`); a point that is not feasible is not on
        the front and dominates none.
    """
    weights = draws(values.shape[1], resamples, seed)
    means = np.einsum("br,prk->bpk", weights, values)
    hits = np.zeros(len(values))
    for b in range(resamples):
        able = np.ones(len(values), bool) if feasible is None else feasible[b]
        places = np.flatnonzero(able)
        hits[places[nondominated(means[b, places])]] += 1
    return hits / resamples


def draws(replications: int, resamples: int, seed: int) -> Floats:
    """Return bootstrap weights of replications, ``float64[resample, replication]``, rows adding to 1."""
    even = np.full(replications, 1 / replications)
    return np.random.default_rng(seed).multinomial(replications, even, resamples) / replications


def violation(means: Floats, limits: Sequence[tuple[int, Target]]) -> Floats:
    """Return by how much rows of ``float64[point, outcome]`` break their worst bound; 0 if none."""
    worst = np.zeros(len(means))
    for column, target in limits:
        over = np.maximum(target.at_least - means[:, column], means[:, column] - target.at_most)
        worst = np.maximum(worst, over)
    return worst
