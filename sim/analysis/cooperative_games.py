"""How the worth of a coalition is divided among its members: Shapley values and interactions.

Plain functions of arrays.
"""

from __future__ import annotations

import math

import numpy as np

from sim.formatting import ROUNDING
from sim.statistics.estimates import Floats


def shapley_values(values: Floats) -> Floats:
    """Return exact Shapley values (Shapley 1953).

    Parameters
    ----------
    values
        ``float64[subset, …]``; bit i of a subset's number says that player i is in it.

    Returns
    -------
    ndarray
        ``float64[player, …]``; over the players they add up to the last less the first subset.
    """
    size = _players(values)
    found = np.zeros((size, *values.shape[1:]))
    for subset in range(len(values)):
        members = subset.bit_count()
        if members == size:
            continue
        weight = 1.0 / (size * math.comb(size - 1, members))
        for i in range(size):
            if not subset >> i & 1:
                found[i] += weight * (values[subset | 1 << i] - values[subset])
    return _clean(found, values)


def pairs(values: Floats) -> dict[tuple[int, int], Floats]:
    """Return the Shapley interaction index of every pair (Grabisch and Roubens 1999).

    Parameters
    ----------
    values
        As for `shapley`.

    Returns
    -------
    dict
        Per pair, ``float64[…]``: above 0 where two levers do more together than apart.
    """
    size = _players(values)
    found = {}
    for i in range(size):
        for j in range(i + 1, size):
            one, two = 1 << i, 1 << j
            total = np.zeros(values.shape[1:])
            for subset in range(len(values)):
                if subset & (one | two):
                    continue
                weight = 1.0 / ((size - 1) * math.comb(size - 2, subset.bit_count()))
                total += weight * (
                    values[subset | one | two]
                    - values[subset | one]
                    - values[subset | two]
                    + values[subset]
                )
            found[i, j] = _clean(total, values)
    return found


def _clean(found: Floats, values: Floats) -> Floats:
    """Return 0 where sums and differences of the values leave no more than their rounding."""
    scale = np.abs(values).max(axis=0)
    return np.where(np.abs(found) < ROUNDING * scale, 0.0, found)


def _players(values: Floats) -> int:
    size = len(values).bit_length() - 1
    if len(values) != 2**size or size < 1:
        raise ValueError(f"{len(values)} subsets are not all subsets of some players")
    return size
