"""Regions of futures: boxes over their columns, judged by other futures, and the leaves of a tree.

A number is a column, a word one for each of its options.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.criteria import performance
from sim.analysis.optional import needed
from sim.analysis.prim import Box, Places, box_of, screened
from sim.formatting import value_text
from sim.model.types import Parameter
from sim.statistics.estimates import Bools, Estimate, Floats, estimate
from sim.study.experiment import Target


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


@dataclass(frozen=True, slots=True)
class Region:
    """A box, and how it does on futures that had no part in finding it.

    Attributes
    ----------
    density
        Share of the futures inside that fail.
    coverage
        Share of all failures that lie inside.
    mass
        Share of all futures that lie inside.
    """

    restrictions: tuple[Restriction, ...]
    density: Estimate
    coverage: Estimate
    mass: float

    @property
    def words(self) -> str:
        """The region in plain words."""
        if not self.restrictions:
            return "fails under no assumption more than under others, as far as these futures tell"
        where = " and ".join(r.words for r in self.restrictions)
        inside = "–" if math.isnan(self.density.mean) else f"{self.density.mean:.0%}"
        of_all = "–" if math.isnan(self.coverage.mean) else f"{self.coverage.mean:.0%}"
        return f"fails in {inside} of the futures with {where}; {of_all} of all failures"


def region(restrictions: tuple[Restriction, ...], box: Box, x: Floats, cases: Bools) -> Region:
    """Return a region judged by some futures."""
    inside = box.inside(x)
    return Region(
        restrictions, share_of(cases[inside]), share_of(inside[cases]), float(inside.mean())
    )


def share_of(cases: Bools) -> Estimate:
    """Estimate the share of the cases."""
    return estimate(cases[None].astype(float), share=True)


def leaves(columns: Columns, cases: Bools, learn: Bools, seed: int) -> tuple[Region, ...]:
    """Return the leaves of a classification tree (Breiman et al. 1984) that mostly fail."""
    trees = needed("sklearn.tree", "scikit-learn")
    x = columns.x
    kept = screened(x[learn], cases[learn])
    least = max(5, int(0.05 * learn.sum()))
    tree = trees.DecisionTreeClassifier(
        max_leaf_nodes=6, min_samples_leaf=least, random_state=seed
    ).fit(x[learn][:, kept], cases[learn])
    nodes = tree.tree_
    regions = []

    def descend(node: int, low: Floats, high: Floats) -> None:
        left, right = int(nodes.children_left[node]), int(nodes.children_right[node])
        if left < 0:
            box = box_of(x[learn], cases[learn], low, high)
            if box.density > 0.5:
                regions.append(region(columns.restrictions(box), box, x[~learn], cases[~learn]))
            return
        place, cut = int(kept[nodes.feature[node]]), float(nodes.threshold[node])
        below, above = high.copy(), low.copy()
        below[place] = min(below[place], cut)
        above[place] = max(above[place], np.nextafter(cut, np.inf))
        descend(left, low, below)
        descend(right, above, high)

    descend(0, np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf))
    return tuple(sorted(regions, key=lambda r: -r.density.mean if r.density.n else 1.0))


def unclear_share(values: Floats, target: Target) -> float:
    """Return the share of futures whose mean is within two standard errors of a bound."""
    count = (~np.isnan(values)).sum(axis=1)
    if values.shape[1] < 2:
        return math.nan
    means = performance(values[None])[0]
    squares = np.nansum((values - means[:, None]) ** 2, axis=1)
    errors = np.sqrt(squares / np.maximum(count - 1, 1) / np.maximum(count, 1))
    gap = np.minimum(np.abs(means - target.at_least), np.abs(means - target.at_most))
    return float((gap <= 2 * errors).mean())


def percent_text(estimate: Estimate) -> str:
    """Return a share in percent with its interval."""
    if math.isnan(estimate.mean):
        return "–"
    return f"{estimate.mean:.0%} [{estimate.low:.0%}, {estimate.high:.0%}]"
