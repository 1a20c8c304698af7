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

Floats = npt.NDArray[np.float64]
#: An input is named up to this p value.
LEVEL = 0.05
#: Shuffles, in so many batches.
BATCHES, BATCH = 6, 33


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
    from scipy.special import fdtrc, fdtri

    places: list[int] = []
    tails: list[float] = []
    rng = np.random.default_rng(1)
    while len(places) < most:
        known = np.linalg.qr(known)[0]
        left = left - known @ (known.T @ left)
        bases = [_basis(columns, known) for columns in tested]
        free = np.array([basis.shape[1] for basis in bases])
        rest = len(left) - known.shape[1] - free
        used = np.flatnonzero((free > 0) & (rest > 0))
        if not len(used) or not (left @ left) > 0:
            break
        stacked = np.concatenate([bases[i] for i in used], axis=1)
        starts = np.concatenate([[0], np.cumsum(free[used])[:-1]])
        own = _shares(left[None], known, stacked, starts)[0]
        free, rest = free[used], rest[used]
        tests = fdtrc(free, rest, own / (1 - own) * rest / free)
        best = int(np.lexsort((-own, tests))[0])
        # What others must explain to do as well: the same p value, with columns of their number.
        bar = np.minimum(fdtri(free, rest, 1 - tests[best]), 1e12) * free / rest
        bar = np.where(free == free[best], own[best], bar / (1 + bar))
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


def _basis(columns: Floats, known: Floats) -> Floats:
    """Return an orthonormal basis of what columns hold beyond what is known."""
    inner = columns - known @ (known.T @ columns)
    sizes = np.linalg.norm(columns, axis=0)
    if inner.shape[1] == 1:  # as most inputs have, and a hundred times faster than below
        size = float(np.linalg.norm(inner))
        return inner / size if size > 1e-6 * float(sizes[0]) else inner[:, :0]
    inner = inner[:, np.linalg.norm(inner, axis=0) > 1e-6 * sizes]
    q, r = np.linalg.qr(inner)
    return np.asarray(q[:, np.abs(np.diag(r)) > 1e-9 * max(1.0, float(sizes.max(initial=0.0)))])


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
