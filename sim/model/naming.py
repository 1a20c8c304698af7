"""Names of cells: ``stock[north]`` is the stock of one member of a set."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence

from sim.model.event_types import Index


def cell_name(family: str, members: Iterable[str]) -> str:
    """Return the name of a cell.

    Examples
    --------
    >>> cell_name("flow", ["north", "south"])
    'flow[north,south]'
    """
    return f"{family}[{','.join(members)}]"


def family_of(name: str) -> str:
    """Return the name without the members of a cell.

    Examples
    --------
    >>> family_of("flow[north,south]"), family_of("total")
    ('flow', 'total')
    """
    return name.partition("[")[0]


def members_in(name: str) -> tuple[str, ...]:
    """Return the members in the name of a cell; none in another name.

    Examples
    --------
    >>> members_in("flow[north,south]"), members_in("total")
    (('north', 'south'), ())
    """
    members = name.partition("[")[2].rstrip("]")
    return tuple(members.split(",")) if members else ()


def suffixed(name: str, ending: str) -> str:
    """Return a name with an ending, which that of a cell has before its members.

    Examples
    --------
    >>> suffixed("stock", "__initial"), suffixed("stock[north]", "__initial")
    ('stock__initial', 'stock__initial[north]')
    """
    family, bracket, members = name.partition("[")
    return f"{family}{ending}{bracket}{members}"


def labelled(label: str, members: Iterable[str]) -> str:
    """Return the label of a cell, from that of all members.

    Examples
    --------
    >>> labelled("Flow", ("north", "south")), labelled("Total", ())
    ('Flow, north, south', 'Total')
    """
    return ", ".join([label, *members])


def cells_over(over: Sequence[Index]) -> int:
    """Return the number of cells."""
    return math.prod(len(index.type.options) for index in over)


def combinations(over: Sequence[Index]) -> list[tuple[str, ...]]:
    """Return the members of each cell, the last set changing fastest."""
    return list(itertools.product(*(index.type.options for index in over)))


def cell_names(family: str, over: Sequence[Index]) -> list[str]:
    """Return the names of the cells of a family; the name itself if it is not declared over sets."""
    return [cell_name(family, members) for members in combinations(over)] if over else [family]


def cell_places(over: Sequence[Index]) -> list[tuple[int, ...]]:
    """Return the place of each cell's members in their sets."""
    return list(itertools.product(*(range(len(index.type.options)) for index in over)))
