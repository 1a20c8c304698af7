"""Quantiles of parameters that depend on each other: rank correlations, and shares of a sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.engine.protocol import Floats
from sim.model.dependence import all_ranks, matrix
from sim.model.types import Model, Parameter
from sim.numerics.pcg import WORDS
from sim.statistics.library import compiled
from sim.study.laws import law, shaped

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Links:
    """Dependence among some parameters, as `sim.numerics.copula` reads it: columns and numbers."""

    members: tuple[int, ...]
    ranks: tuple[float, ...]
    groups: tuple[int, ...]
    shared: tuple[int, ...]
    totals: tuple[float, ...]

    def __bool__(self) -> bool:
        return bool(self.members or self.totals)


def links(model: Model, names: Sequence[str], held: Mapping[str, float] | None = None) -> Links:
    """Return the dependence among parameters, the columns of a table of quantiles.

    Parameters
    ----------
    held
        Values of the others: shares among `names` add up to what these leave.
    """
    column = {name: i for i, name in enumerate(names)}
    ranks = all_ranks(model.correlations)
    linked = {name for pair in ranks if pair <= column.keys() for name in pair}
    members = [name for name in names if name in linked]
    groups, shared, totals = [0], [], []
    for group in model.shares:
        own = [name for name in group.of if name in column]
        if len(own) > 1:
            shared += [column[name] for name in own]
            groups.append(len(shared))
            rest = [name for name in group.of if name not in column]
            totals.append(group.to - sum((held or {})[name] for name in rest))
    return Links(
        tuple(column[name] for name in members), tuple(matrix(members, ranks)), tuple(groups),
        tuple(shared), tuple(totals),
    )  # fmt: skip


def correlated(of: Links, unit: Floats, blocks: int = 0, seed: int = 0) -> Floats:
    """Return quantiles in which some columns are correlated.

    Parameters
    ----------
    unit : float64[point, parameter]
        Independent quantiles.
    blocks, seed
        Of a Latin hypercube, whose parameters stay stratified; without blocks each point is for itself.
    """
    if not of.members:
        return unit
    out, (n, size) = np.array(unit, float, order="C"), unit.shape
    members, ranks = np.array(of.members, np.int64), np.array(of.ranks)
    factor = np.empty(3 * len(ranks))
    if blocks:
        points = np.empty((-(-n // blocks), len(members)))
        work = np.empty(WORDS, np.uint64)
        compiled("correlate")(n, blocks, seed, size, members, ranks, out, points, factor, work)
    else:
        compiled("link")(n, size, members, ranks, out, factor)
    return out


def values(of: Links, parameters: Sequence[Parameter], unit: Floats) -> list[Floats]:
    """Return the values of each parameter at quantiles ``float64[point, parameter]``."""
    parts = np.array(unit, float, order="C")
    if of.totals:
        laws = [law(p) for p in parameters]
        compiled("share")(
            *parts.shape, np.cumsum([0, *map(len, laws)]), np.concatenate(laws),
            np.array(of.groups, np.int64), np.array(of.shared, np.int64), np.array(of.totals), parts,
            np.empty(len(of.shared)),
        )  # fmt: skip
    return [
        parts[:, i] if i in of.shared else shaped(p, unit[:, i]) for i, p in enumerate(parameters)
    ]
