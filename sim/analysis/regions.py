"""Regions of futures in words: a box judged by futures it was not found in, and the leaves of a tree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.analysis.columns import Columns, Restriction
from sim.analysis.criteria import performance
from sim.analysis.optional import needed
from sim.analysis.prim import Box, box_of, screened
from sim.statistics.estimates import Bools, Estimate, Floats, estimate
from sim.study.experiment import Target


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
            return "no restriction tells failures from successes"
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
