"""Under which futures does a policy fail its target? Scenario discovery with PRIM and CART.

Boxes are found in two thirds of the futures and judged by the others, so that the figures reported are
not those the box was chosen for (Bryant and Lempert 2010; Breiman et al. 1984 for the tree).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.decision_criteria import performance
from sim.analysis.inputs import reachable, varied
from sim.analysis.prim import KEPT, Box, Floats, finished, found, quasi_p, reproduced
from sim.analysis.regions import Region, Restriction, leaves, region, share_of
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.model.types import Outcome
from sim.numerics.estimates import Estimate
from sim.study.experiment import Experiment, Target

LEAST = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One box of the peeling trajectory, by the futures it was found in."""

    coverage: float
    density: float
    mass: float
    restricted: int


@dataclass(frozen=True, slots=True)
class Discovery:
    """Where a policy fails.

    Attributes
    ----------
    fails
        Share of all futures that fail.
    unclear
        Share of all futures whose mean lies within two standard errors of the target: with more
        replications they might fall on the other side.
    box
        The chosen box of PRIM.
    leaves
        The leaves of the tree, the densest first; empty where no tree is grown.
    others
        The share of half samples that bound an input the box leaves free, on average over those that
        peeling is given: what `Restriction.reproduced` is to be held against.
    left_out
        Futures without any value of the outcome.
    """

    outcome: Outcome
    scenario: str
    target: Target
    fails: Estimate
    unclear: float
    trajectory: tuple[Step, ...]
    chosen: int
    box: Region
    leaves: tuple[Region, ...]
    others: float
    learned: int
    judged: int
    replications: int
    left_out: int

    def table(self) -> list[dict[str, object]]:
        """Return one record per restriction of the box, then per leaf of the tree."""
        rows = [("prim", 1, self.box), *(("cart", i, r) for i, r in enumerate(self.leaves, 1))]
        return [
            {
                "method": method,
                "region": number,
                "parameter": r.name if r else None,
                "at_least": r.low if r and math.isfinite(r.low) else None,
                "at_most": r.high if r and math.isfinite(r.high) else None,
                "quasi_p": r.quasi_p if r else None,
                "reproduced": r.reproduced if r else None,
                "density": region.density.mean,
                "density_low": region.density.low,
                "density_high": region.density.high,
                "coverage": region.coverage.mean,
                "coverage_low": region.coverage.low,
                "coverage_high": region.coverage.high,
                "mass": region.mass,
                "inside": region.density.n,
                "n": self.judged,
            }
            for method, number, region in rows
            for r in region.restrictions or (None,)
        ]


def discover(
    ensemble: Ensemble,
    outcome: str,
    target: Target | None = None,
    scenario: str | None = None,
    *,
    only: Sequence[str] = (),
    choose: int | None = None,
    tree: bool = True,
    seed: int = 1,
) -> Discovery:
    """Find the futures in which a scenario misses its target.

    Parameters
    ----------
    target
        What the mean over replications must meet; by default that of the experiment.
    only
        Parameters that may be restricted; by default all that vary.
    choose
        Place of the box on the peeling trajectory; by default the best balance of coverage and
        density.

    Raises
    ------
    ExperimentError
        There is no target, there are too few futures, or all or none of them fail.
    """
    experiment = ensemble.experiment
    target, name, names = settled(experiment, outcome, target, scenario, only)
    values = ensemble.outcome(outcome, name)
    means = performance(values[None])[0]
    known = ~np.isnan(means)
    if known.sum() < LEAST:
        words = f"'{outcome}' has a value in {known.sum()} of {len(means):,} futures only"
        help = f"discovery wants at least {LEAST}: more futures or replications, or another outcome"
        raise ExperimentError(Diagnostic("missing-values", words, None, help))
    bad = ((means < target.at_least) | (means > target.at_most))[known]
    if not 0 < bad.sum() < len(bad):
        words = f"{'all' if bad.all() else 'none'} of the {len(bad):,} futures fail this target"
        middle = float(np.nanmedian(means))
        help = f"half of the futures have a mean of '{outcome}' below {middle:.4g}"
        raise ExperimentError(Diagnostic("one-sided", words, None, help))
    x = experiment.futures[known][:, [experiment.parameters.index(n) for n in names]]
    learn = np.random.default_rng(seed).permutation(len(x)) % 3 != 0
    labels = [experiment.model.parameters[n].label or n for n in names]
    trajectory, box = found(x[learn], bad[learn])
    place = _place(trajectory, box, choose)
    if choose is not None:
        box = finished(x[learn], bad[learn], trajectory[place])
    again = reproduced(x[learn], bad[learn], box, seed=seed)
    tails = quasi_p(x[learn], bad[learn], box)
    free = [i for i in range(len(names)) if i not in box.restricted]
    slots = max(1, min(KEPT, len(names)) - len(box.restricted))
    restrictions = tuple(
        Restriction(
            names[i], labels[i], float(box.low[i]), float(box.high[i]), tails[i], float(again[i])
        )
        for i in box.restricted
    )
    return Discovery(
        outcome=experiment.model_outcome(outcome),
        scenario=name,
        target=target,
        fails=share_of(bad),
        unclear=_unclear(values[known], target),
        trajectory=tuple(
            Step(b.coverage, b.density, b.mass, len(b.restricted)) for b in trajectory
        ),
        chosen=place,
        box=region(restrictions, box, x[~learn], bad[~learn]),
        leaves=leaves(x, bad, learn, names, labels, seed) if tree else (),
        others=min(1.0, float(again[free].sum()) / slots),
        learned=int(learn.sum()),
        judged=int((~learn).sum()),
        replications=values.shape[1],
        left_out=int((~known).sum()),
    )


def settled(
    experiment: Experiment,
    outcome: str,
    target: Target | None = None,
    scenario: str | None = None,
    only: Sequence[str] = (),
) -> tuple[Target, str, tuple[str, ...]]:
    """Return the target, the scenario and the parameters of a discovery, before anything runs.

    Raises
    ------
    ExperimentError
        A name is unknown, there is no target, or there are too few futures.
    """
    experiment.model_outcome(outcome)
    target = target or experiment.targets.get(outcome)
    if target is None:
        words = f"there is no target for '{outcome}'"
        raise ExperimentError(Diagnostic("no-target", words, None, "give --at-least or --at-most"))
    reachable(outcome, target)
    name = scenario or experiment.scenarios[-1].name
    experiment.scenario_index(name)
    return target, name, varied(experiment, only, LEAST, "discovery wants")


def _place(trajectory: Sequence[Box], box: Box, choose: int | None) -> int:
    """Return the place of a box on the trajectory: the given one, or the nearest."""
    if choose is None:
        return min(
            range(len(trajectory)),
            key=lambda i: (
                abs(trajectory[i].coverage - box.coverage)
                + abs(trajectory[i].density - box.density)
            ),
        )
    if not 0 <= choose < len(trajectory):
        words = f"there is no box {choose}: the trajectory has 0 to {len(trajectory) - 1}"
        raise ExperimentError(Diagnostic("unknown-box", words))
    return choose


def _unclear(values: Floats, target: Target) -> float:
    """Return the share of futures whose mean is within two standard errors of a bound."""
    count = (~np.isnan(values)).sum(axis=1)
    if values.shape[1] < 2:
        return math.nan
    means = performance(values[None])[0]
    squares = np.nansum((values - means[:, None]) ** 2, axis=1)
    errors = np.sqrt(squares / np.maximum(count - 1, 1) / np.maximum(count, 1))
    gap = np.minimum(np.abs(means - target.at_least), np.abs(means - target.at_most))
    return float((gap <= 2 * errors).mean())
