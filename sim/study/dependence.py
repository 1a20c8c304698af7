"""Quantiles of parameters that depend on each other: rank correlations, and shares of a sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.engine.protocol import Floats
from sim.errors import Diagnostic, ExperimentError
from sim.model.dependence import SLACK, all_ranks, matrix
from sim.model.types import Model, Parameter
from sim.numerics.pcg import WORDS
from sim.statistics.library import compiled
from sim.study.families import leads
from sim.study.laws import law, shaped

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Links:
    """Dependence among some parameters, as `sim.numerics.copula` reads it: columns and numbers.

    `leads` has for each column the one whose quantiles it has, and is empty where each has its own.
    """

    members: tuple[int, ...]
    ranks: tuple[float, ...]
    groups: tuple[int, ...]
    shared: tuple[int, ...]
    totals: tuple[float, ...]
    leads: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.members or self.totals or self.leads)


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
    led = leads(model, names)
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
        tuple(shared), tuple(totals), () if len(set(led)) == len(led) else tuple(led),
    )  # fmt: skip


def give_way(model: Model, rows: Floats, base: Floats, columns: Mapping[str, int]) -> None:
    """Change shares that a design does not move where others move: in proportion to their room.

    Parameters
    ----------
    rows : float64[point, value]
        Changed in place.
    base : float64[value]
        A row in which nothing moves.
    columns
        Where each parameter is in a row.

    Raises
    ------
    ExperimentError
        The others cannot make up for it within their ranges.
    """
    for group in model.shares:
        members = [model.parameters[name] for name in group.of]
        places = [columns[p.name] for p in members]
        shares = rows[:, places]
        low, high = np.array([(p.low, p.high) for p in members], float).T
        gap = (group.to - shares.sum(axis=1))[:, None]
        room = np.where(gap > 0, high - shares, shares - low) * (shares == base[places])
        whole = room.sum(axis=1, keepdims=True)
        slack = SLACK * max(1.0, abs(group.to))
        if (abs(gap) > whole + slack).any():
            told = " + ".join(group.of)
            words = f"{told} cannot add up to {group.to:g} where the design moves them"
            help = "those that it does not move give way, and their ranges are too narrow for that"
            raise ExperimentError(Diagnostic("bad-sum", words, None, help))
        rows[:, places] += room * gap / np.where(whole > 0, whole, 1.0)


def correlated(of: Links, unit: Floats, blocks: int = 0, seed: int = 0) -> Floats:
    """Return quantiles in which some columns are correlated, and those that move together are alike.

    Parameters
    ----------
    unit : float64[point, parameter]
        Independent quantiles.
    blocks, seed
        Of a Latin hypercube, whose parameters stay stratified; without blocks each point is for itself.
    """
    if not of.members:
        return unit[:, of.leads] if of.leads else unit
    out, (n, size) = np.array(unit, float, order="C"), unit.shape
    members, ranks = np.array(of.members, np.int64), np.array(of.ranks)
    factor = np.empty(3 * len(ranks))
    if blocks:
        points = np.empty((-(-n // blocks), len(members)))
        work = np.empty(WORDS, np.uint64)
        compiled("correlate")(n, blocks, seed, size, members, ranks, out, points, factor, work)
    else:
        compiled("link")(n, size, members, ranks, out, factor)
    return out[:, of.leads] if of.leads else out


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
