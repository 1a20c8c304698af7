"""Under which futures does a policy fail its target? Scenario discovery with PRIM and CART.

Boxes are found in two thirds of the futures and judged by the others, so that the figures reported are
not those the box was chosen for (Bryant and Lempert 2010; Breiman et al. 1984 for the tree).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.contrast import AGAINST, both, differences, lines, pair_of
from sim.analysis.criteria import bounds_text, performance
from sim.analysis.inputs import reachable
from sim.analysis.missing import LeftOut, left_out
from sim.analysis.prim import KEPT, finished, found, place_of, quasi_p, reproduced
from sim.analysis.quantiles import with_never
from sim.analysis.regions import (
    Region,
    columns_of,
    leaves,
    percent_text,
    region,
    share_of,
    unclear_share,
)
from sim.analysis.registry import ONLY, OUTCOME, Analysis, Option, Source, Tab, uncertain
from sim.analysis.result import Column, Grid, Labels, Result, ends, outcome_label
from sim.analysis.sampled import column_of, origin_lines, sampled_entry, varied
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import run
from sim.formatting import TOY, counted
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate
from sim.study.experiment import Experiment, Target

LEAST = 60


@dataclass(frozen=True, slots=True)
class Step:
    """One box of the peeling trajectory, by the futures it was found in."""

    coverage: float
    density: float
    mass: float
    restricted: int


@dataclass(frozen=True)
class Discovery(Result):
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
        Replications without a value of the outcome, and futures without any.
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
    left_out: LeftOut
    origin: str = ""

    def table(self) -> list[dict[str, object]]:
        """Return one record per restriction of the box, then per leaf of the tree."""
        rows = [("prim", 1, self.box), *(("cart", i, r) for i, r in enumerate(self.leaves, 1))]
        return [
            {
                "method": method, "region": number, "parameter": r.name if r else None,
                "at_least": r.low if r and math.isfinite(r.low) else None,
                "at_most": r.high if r and math.isfinite(r.high) else None,
                "options": " or ".join(r.options) if r else "",
                "quasi_p": r.quasi_p if r else None, "reproduced": r.reproduced if r else None,
                **ends("density", region.density), **ends("coverage", region.coverage),
                "mass": region.mass, "inside": region.density.n, "n": self.judged,
            }
            for method, number, region in rows
            for r in region.restrictions or (None,)
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return the chosen box and the leaves, a line per restriction."""
        rows: list[Sequence[str]] = []
        for name, part in (("PRIM box", self.box), *(("CART leaf", r) for r in self.leaves)):
            shown = f"{percent_text(part.density)} (n={part.density.n})"
            head = (name, shown, percent_text(part.coverage))
            for k, r in enumerate(part.restrictions):
                tail = "" if math.isnan(r.quasi_p) else f"{r.quasi_p:.2g}"
                again = "" if math.isnan(r.reproduced) else f"{r.reproduced:.0%}"
                rows.append((*(("",) * 3 if k else head), r.words, tail, again))
            if not part.restrictions:
                rows.append((*head, "no restriction", "", ""))
        columns = (
            Column("Region"), Column("fails [95 % CI]", True), Column("of all failures", True),
            Column("Futures with"), Column("quasi-p", True), Column("found again", True),
        )  # fmt: skip
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that every discovery must carry."""
        notes = [
            TOY,
            f"Target: {self.outcome.name} {bounds_text(self.target)}, the {self.target.of} of "
            f"{counted(self.replications, 'replication')} per future. {self.scenario} fails in "
            f"{percent_text(self.fails)} of {self.learned + self.judged:,} futures.",
            *origin_lines(self.origin),
            *lines(self.outcome),
            f"In short: {self.box.words}.",
            f"Regions are found in {counted(self.learned, 'future')} and judged by the other "
            f"{self.judged:,}.",
            "'quasi-p': the chance that a bound helps as much by accident; 'found again': the share of "
            f"half samples that bound this parameter too (a parameter that is left free: {self.others:.0%}).",
        ]
        if self.unclear > 0.1:
            notes.append(
                f"{self.unclear:.0%} of the futures lie within two standard errors of the target: more "
                "replications would sort them more reliably."
            )
        return notes + self.left_out.lines()

    def sentence(self) -> str:
        """Return in how many futures the scenario fails, and where, by the chosen box."""
        what = f"{self.outcome.name} {bounds_text(self.target)}"
        many = f"{self.scenario} misses its target ({what}) in {self.fails.mean:.0%} of the futures"
        return self.left_out.after(f"{many}; it {self.box.words}.")

    @property
    def clear(self) -> bool:
        """Whether something tells failures from successes."""
        return bool(self.box.restrictions)

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the peeling trajectory of PRIM, the chosen box marked."""
        from sim.charts.grids import peeling_path
        from sim.charts.theme import sources_note

        rows = [
            {
                "box": i, "coverage": s.coverage, "density": s.density, "restricted": s.restricted,
                "chosen": "yes" if i == self.chosen else "no",
            }
            for i, s in enumerate(self.trajectory)
        ]  # fmt: skip
        parts = [
            f"boxes along the peeling, by the {self.learned:,} futures they were found in",
            sources_note(self.learned + self.judged, "futures"),
        ]
        heading = f"Where {self.scenario} fails: {outcome_label(self.outcome)}"
        return peeling_path(rows, heading, parts, theme=theme, width=width)


def discover(
    ensemble: Ensemble,
    outcome: str,
    target: Target | None = None,
    scenario: str | None = None,
    *,
    only: Sequence[str] = (),
    choose: int | None = None,
    tree: bool = True,
    against: str | None = None,
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
    against
        Name of a scenario to subtract. The target is then one for the difference, of a share in points;
        by default, that it is not worse, or without a goal that it is not positive.

    Raises
    ------
    ExperimentError
        There is no target, there are too few futures, or all or none of them fail.
    """
    experiment = ensemble.experiment
    if against is not None:
        scenario, _ = pair_of(experiment, scenario, against, last=True)
    target, name, names = resolve_target(experiment, outcome, target, scenario, only, against)
    entry, values, failed = differences(ensemble, outcome, name, against)
    known_or_never = with_never(entry, values, failed) if target.level and not against else values
    means = performance(known_or_never[None], target.of)[0]
    known = ~np.isnan(means)
    gone = left_out(outcome, values, failed, "drop", "future", str)
    gone = gone.whole(outcome, known, LEAST, "future")
    bad = ((means < target.at_least) | (means > target.at_most))[known]
    if not 0 < bad.sum() < len(bad):
        words = f"{'all' if bad.all() else 'none'} of the {len(bad):,} futures fail this target"
        middle = float(np.nanmedian(means))
        help = f"half of the futures have a mean of '{outcome}' below {middle:.4g}"
        raise ExperimentError(Diagnostic("one-sided", words, None, help))
    sampled = experiment.futures[known][:, [column_of(experiment, n) for n in names]]
    columns = columns_of([sampled_entry(experiment, n) for n in names], sampled)
    x, owner = columns.x, columns.owner
    learn = np.random.default_rng(seed).permutation(len(x)) % 3 != 0
    trajectory, box = found(x[learn], bad[learn])
    place = place_of(trajectory, box, choose)
    if choose is not None:
        box = finished(x[learn], bad[learn], trajectory[place])
    again = reproduced(x[learn], bad[learn], box, owner, seed=seed)
    tails = quasi_p(x[learn], bad[learn], box, owner)
    restrictions = columns.restrictions(box, tails, again)
    _, first = np.unique(owner, return_index=True)
    free = [i for i in first if owner[i] not in owner[list(box.restricted)]]
    slots = max(1, min(KEPT, len(names)) - len(restrictions))
    return Discovery(
        outcome=entry,
        scenario=f"{name} against {against}" if against else name,
        target=target,
        fails=share_of(bad),
        unclear=unclear_share(values[known], target) if target.level is None else math.nan,
        trajectory=tuple(
            Step(b.coverage, b.density, b.mass, len(b.restricted)) for b in trajectory
        ),
        chosen=place,
        box=region(restrictions, box, x[~learn], bad[~learn]),
        leaves=leaves(columns, bad, learn, seed) if tree else (),
        others=min(1.0, float(again[free].sum()) / slots),
        learned=int(learn.sum()),
        judged=int((~learn).sum()),
        replications=values.shape[1],
        left_out=gone,
        origin=experiment.origin,
    )


def resolve_target(
    experiment: Experiment,
    outcome: str,
    target: Target | None = None,
    scenario: str | None = None,
    only: Sequence[str] = (),
    against: str | None = None,
) -> tuple[Target, str, tuple[str, ...]]:
    """Return the target, the scenario and the parameters of a discovery, before anything runs.

    Raises
    ------
    ExperimentError
        A name is unknown, there is no target, or there are too few futures.
    """
    goal = experiment.model_outcome(outcome).goal
    if against is None:
        target = target or experiment.targets.get(outcome)
    else:
        target = target or (Target(at_least=0) if goal == "maximize" else Target(at_most=0))
    if target is None:
        words = f"there is no target for '{outcome}'"
        raise ExperimentError(Diagnostic("no-target", words, None, "give --at-least or --at-most"))
    reachable(outcome, target)
    name = scenario or experiment.scenarios[-1].name
    experiment.scenario_index(name)
    return target, name, varied(experiment, only, LEAST, "discovery needs")


def _discover(
    source: Source, *, outcome: str, at_least: float | None, at_most: float | None,
    scenario: str | None, only: tuple[str, ...], box: int | None, tree: bool,
    against: object = None,
) -> list[Discovery]:  # fmt: skip
    target = None
    if at_least is not None or at_most is not None:
        target = Target(
            -math.inf if at_least is None else at_least, math.inf if at_most is None else at_most
        )

    def check(experiment: Experiment, scenario: str | None, other: str | None) -> None:
        resolve_target(experiment, outcome, target, scenario, only, other)

    ensemble, name, other = both(source, scenario, against, check, futures=500, last=True)
    found = discover(
        ensemble, outcome, target, name, only=only, choose=box, tree=tree, against=other
    )
    return [found]


ANALYSIS = Analysis(
    verb="discover",
    summary="Under which futures a policy fails its target: boxes (PRIM) and a tree (CART).",
    functions=(run, discover),
    reads="study",
    run=_discover,
    options=(
        OUTCOME,
        Option("at_least", "The target: a future fails if its mean is below.", type=float),
        Option("at_most", "The target: a future fails if its mean is above.", type=float),
        Option("scenario", "Which scenario of an experiment; by default the last."),
        AGAINST,
        ONLY,
        Option("box", "Which box of the peeling trajectory; by default the best balanced.", type=int),
        Option("tree", "Grow a classification tree too.", type=bool, default=True),
    ),
    tabs=(
        Tab(
            name="discovery",
            title="Where does it fail?",
            caption="Of the futures that Explore has run, those are described in which this setting misses "
            "a target.",
            terms="A **box** is a range for each of a few assumptions; it is found by cutting away, bit by "
            "bit, futures that do not fail (PRIM). **Density**: the share of the futures in the box that "
            "fail. **Coverage**: the share of all failures that lie in the box.",
            cost=lambda scenario, replications, /, **others: 0,
            alt="Coverage against density of the boxes that were tried",
            controls=("target",),
            futures="runs",
            needs=uncertain,
        ),
    ),
    order=55,
)  # fmt: skip
