"""Quantiles of parameters that depend on each other: rank correlations, and shares of a sum."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.engine.protocol import Floats
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import exact_text
from sim.model.dependence import SLACK, all_ranks, matrix, together
from sim.model.types import Model, Parameter, Value
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


def chance_lines(model: Model) -> tuple[str, ...]:
    """Return what a model says of chance beside single parameters, in sentences."""

    def ended(text: str, why: str) -> str:
        return f"{text}: {why.strip().rstrip('.')}." if why.strip() else f"{text}."

    found = [
        ended(f"Futures correlate {together(c.of)} by rank, {c.rank:g}", c.why)
        for c in model.correlations
    ]
    found += [ended(f"Shares {together(s.of)} add up to {s.to:g}", s.why) for s in model.shares]
    for one in model.samples.values():
        place = f" from {one.file}, column {one.column}" if one.file else ""
        reason = one.source or one.why or "MISSING: no source or reason"
        text = f"'{one.name}' has {one.count:,} observed values{place}"
        found.append(ended(text + (f" ({one.status})" if one.status else ""), reason))
    return tuple(found)


def with_all_shares(model: Model, names: Iterable[str]) -> frozenset[str]:
    """Return the names without shares of a sum whose other members are not all among them."""
    found = frozenset(names)
    for group in model.shares:
        if not found.issuperset(group.of):
            found -= set(group.of)
    return found


def within_sum(model: Model, parameter: Parameter) -> Parameter:
    """Return a parameter with the range that the others leave it, where it is a share of a sum."""
    for group in model.shares:
        if parameter.name in group.of:
            others = [model.parameters[name] for name in group.of if name != parameter.name]
            low, high = (math.fsum(getattr(p, end) for p in others) for end in ("low", "high"))
            ends = (
                max(parameter.low or 0.0, group.to - high),
                min(parameter.high or 0.0, group.to - low),
            )
            return replace(parameter, low=ends[0], high=ends[1])
    return parameter


def check_sums(model: Model, values: Mapping[str, Value], given: Collection[str]) -> None:
    """Refuse values of which some are given, and shares among them do not add up.

    Raises
    ------
    ExperimentError
        They do not.
    """
    for group in model.shares:
        total = math.fsum(float(values[name]) for name in group.of)
        apart = abs(total - group.to) > SLACK * max(1.0, abs(group.to))
        if apart and not set(group.of).isdisjoint(given):
            told = ", ".join(f"{name}={exact_text(values[name])}" for name in group.of)
            words = f"shares add up to {total:.12g}, not to {group.to:g}: {told}"
            raise ExperimentError(Diagnostic("bad-sum", words, None, "set all of them together"))


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
