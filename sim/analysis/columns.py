"""Futures as the columns that boxes and trees cut: a number is one, a word one for each option."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.prim import Box, Places
from sim.formatting import value_text
from sim.model.types import Parameter
from sim.statistics.estimates import Floats


@dataclass(frozen=True, slots=True)
class Restriction:
    """One bound of a box: the futures whose value of a parameter lies from `low` to `high`.

    Attributes
    ----------
    quasi_p
        The chance that the restriction helps as much by accident; NaN for a branch of a tree.
    reproduced
        In which share of half samples the parameter is restricted too; NaN for a branch of a tree.
    options
        Of a word, those that are inside; it has no other bound.
    """

    name: str
    label: str
    low: float
    high: float
    quasi_p: float = math.nan
    reproduced: float = math.nan
    options: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The restriction in plain words."""
        if self.options:
            return f"{self.name} {' or '.join(self.options)}"
        if math.isinf(self.low):
            return f"{self.name} at most {value_text(self.high)}"
        if math.isinf(self.high):
            return f"{self.name} at least {value_text(self.low)}"
        return f"{self.name} from {value_text(self.low)} to {value_text(self.high)}"


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of some parameters.

    Attributes
    ----------
    x
        ``float64[future, column]``: a number, or 1 where a word is a certain option and else 0.
    owner
        Per column, the place of its parameter.
    option
        Per column, the place of its option; -1 where it is a number.
    """

    parameters: tuple[Parameter, ...]
    x: Floats
    owner: Places
    option: Places

    def restrictions(
        self, box: Box, tails: Mapping[int, float] | None = None, again: Floats | None = None
    ) -> tuple[Restriction, ...]:
        """Return the bounds of a box, one for each parameter that it restricts.

        Parameters
        ----------
        tails, again
            By column: quasi-p values, and how often half samples restrict the parameter too.
        """
        first: dict[int, int] = {}
        for column in box.restricted:
            first.setdefault(int(self.owner[column]), column)
        found = []
        for place, column in first.items():
            entry = self.parameters[place]
            low, high = float(box.low[column]), float(box.high[column])
            if entry.type.options:
                low, high = -math.inf, math.inf
            elif entry.type.kind == "whole":  # a tree cuts halfway between two of them
                low, high = float(np.ceil(low)), float(np.floor(high))
            found.append(
                Restriction(
                    entry.name, entry.label or entry.name, low, high,
                    tails[column] if tails else math.nan,
                    math.nan if again is None else float(again[column]), self._inside(place, box),
                )
            )  # fmt: skip
        return tuple(found)

    def _inside(self, place: int, box: Box) -> tuple[str, ...]:
        """Return the options of a word that a box holds."""
        mine = self.owner == place
        found = []
        for k, word in enumerate(self.parameters[place].type.options):
            marks = self.option[mine] == k
            if ((marks >= box.low[mine]) & (marks <= box.high[mine])).all():
                found.append(word)
        return tuple(found)


def columns_of(parameters: Sequence[Parameter], values: Floats) -> Columns:
    """Return the columns of ``float64[future, parameter]``; one of two options says it of both."""
    columns, owner, option = [], [], []
    for i, entry in enumerate(parameters):
        count = len(entry.type.options)
        for k in range(count)[-1 if count == 2 else 0 :] if count else (-1,):
            columns.append(values[:, i] if k < 0 else (values[:, i] == k).astype(float))
            owner.append(i)
            option.append(k)
    return Columns(tuple(parameters), np.column_stack(columns), np.array(owner), np.array(option))
