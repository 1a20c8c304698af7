"""Which policy holds up across futures? Decision criteria, and how sure their rankings are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.analysis.comparison_tables import gap_notes, size_text
from sim.analysis.criteria import Criterion, criteria_of, performance
from sim.analysis.inputs import goal_of
from sim.analysis.quantiles import with_never
from sim.analysis.registry import OUTCOMES, Analysis, Source
from sim.analysis.result import Column, Grid, Labels, Result
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import run
from sim.formatting import TOY, interval
from sim.statistics.estimates import Estimate
from sim.study.experiment import Experiment, Target

RESAMPLES = 1_000


#: Criteria that a screen shows as they are.
FEW = 3


@dataclass(frozen=True)
class Robustness(Result):
    """Every criterion of the chosen outcomes.

    Attributes
    ----------
    left_out
        By outcome, the futures in which some scenario has no value at all, as where an event never
        happened: they are no part of its criteria.
    """

    criteria: tuple[Criterion, ...]
    futures: int
    replications: int
    resamples: int
    failures: int
    partial: str = ""
    left_out: Mapping[str, int] = field(default_factory=dict)
    origin: str = ""

    def table(self) -> list[dict[str, object]]:
        """Return one record per criterion and scenario."""
        return [
            {
                "outcome": c.outcome, "criterion": c.name, "scenario": scenario,
                "value": c.values[i], "low": c.low[i], "high": c.high[i],
                "ranked_first": c.first[i], "ranking": "stable" if c.stable else "not stable",
                "meaning": c.meaning,
            }
            for c in self.criteria
            for i, scenario in enumerate(c.scenarios)
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a block per criterion and a line per scenario."""
        rows: list[Sequence[str]] = []
        blocks = []
        for criterion in self.criteria:
            blocks.append(len(rows))
            name, words = criterion.outcome, f"{criterion.name}\n{criterion.meaning}"
            for i, scenario in enumerate(criterion.scenarios):
                estimate = Estimate(
                    criterion.values[i], criterion.low[i], criterion.high[i], self.futures
                )
                rows.append(
                    (name, words, scenario, interval(estimate), f"{criterion.first[i]:.0%}")
                )
                name = words = ""
        columns = (
            Column("Outcome", width=28),
            Column("Criterion", width=34),
            Column("Scenario"),
            Column("Value [95 % CI]", True),
            Column("Ranked first", True),
        )
        return Grid(columns, rows, blocks)

    def brief(self) -> tuple[Grid, ...]:
        """Return by how many criteria each scenario ranks first, by outcome."""
        if len(self.criteria) <= FEW:
            return (self.grid(),)
        rows: list[Sequence[str]] = []
        blocks = []
        for outcome in dict.fromkeys(criterion.outcome for criterion in self.criteria):
            blocks.append(len(rows))
            own = [criterion for criterion in self.criteria if criterion.outcome == outcome]
            best = [c.scenarios[int(np.argmax(c.first))] for c in own]
            name = outcome
            for scenario in sorted({*best}, key=lambda one: (-best.count(one), one)):
                led = [c.name for c, first in zip(own, best, strict=True) if first == scenario]
                sure = [
                    c for c in own if c.stable and c.scenarios[int(np.argmax(c.first))] == scenario
                ]
                count = f"{len(led)} of {len(own)}"
                rows.append((name, scenario, count, f"{len(sure)}", ", ".join(led)))
                name = ""
        columns = (
            Column("Outcome"), Column("Ranks first"), Column("By criteria", True),
            Column("Stable", True), Column("Namely"),
        )  # fmt: skip
        return (Grid(columns, rows, blocks),)

    def notes(self) -> list[str]:
        """Return the lines that every robustness table must carry."""
        unstable = sum(not criterion.stable for criterion in self.criteria)
        notes = [
            TOY,
            f"{size_text(self.replications, self.futures, origin=self.origin)}; intervals and ranks from "
            f"{self.resamples:,} bootstrap samples of the futures, the same for all scenarios.",
            "'Ranked first': the share of those samples in which the scenario is best.",
        ]
        if unstable:
            notes.append(
                f"In {unstable} of {len(self.criteria)} rankings no scenario is first in 95 % of the "
                "samples: those rankings are not stable."
            )
        if self.left_out:
            count = ", ".join(f"{name}: {n:,}" for name, n in self.left_out.items())
            notes.append(
                f"Left out because some scenario has no value there: futures by outcome, {count}."
            )
        return notes + gap_notes(self.partial, self.failures)

    def sentence(self) -> str:
        """Return which scenario most criteria rank first."""
        if not self.criteria:
            return "No criterion has values to rank by."
        winners = [c.scenarios[int(np.argmax(c.first))] for c in self.criteria]
        best = max(dict.fromkeys(winners), key=winners.count)
        stable = sum(c.stable for c in self.criteria)
        return (
            f"{best} ranks first by {winners.count(best)} of "
            f"{len(self.criteria)} criteri{'on' if len(self.criteria) == 1 else 'a'}, over "
            f"{self.futures:,} futures; {stable} of the rankings are stable."
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return how often each scenario ranks first, by criterion of the first outcome."""
        from sim.charts.grids import heat_map

        outcome = self.criteria[0].outcome if self.criteria else ""
        rows = [
            {
                "x": criterion.name, "y": scenario, "mean": criterion.first[i],
                "low": criterion.first[i], "high": criterion.first[i],
                "seen": "yes" if criterion.stable else "no",
            }
            for criterion in self.criteria
            if criterion.outcome == outcome
            for i, scenario in enumerate(criterion.scenarios)
        ]  # fmt: skip
        parts = ["share of bootstrap samples in which a scenario ranks first", "○: not stable"]
        heading = f"Ranked first by {outcome}"
        return heat_map(rows, ("", ""), heading, parts, theme=theme, width=width)


def judgeable(experiment: Experiment, outcomes: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the outcomes by which an experiment's scenarios can be judged: all that have a goal.

    Raises
    ------
    ExperimentError
        The experiment has fewer than two futures, or an outcome asked for has no goal.
    """
    if len(experiment.futures) < 2:
        words = "robustness needs at least two futures, and there is one"
        help = "add --futures 64, or 'futures: {sample: latin_hypercube, n: 64}' to an experiment"
        raise ExperimentError(Diagnostic("one-future", words, None, help))
    for name in outcomes:
        goal_of(experiment, name, "scenario")
    return outcomes or tuple(n for n, o in experiment.model.outcomes.items() if o.goal)


def robustness(
    ensemble: Ensemble,
    outcomes: tuple[str, ...] = (),
    targets: Mapping[str, Target] | None = None,
    *,
    resamples: int = RESAMPLES,
) -> Robustness:
    """Judge the scenarios of an ensemble across its futures.

    Parameters
    ----------
    outcomes
        Those to judge; by default every outcome that has a goal.
    targets
        Targets of the domain criterion; by default those of the experiment.

    Raises
    ------
    ExperimentError
        The ensemble has fewer than two futures, or an outcome asked for has no goal, or a value of
        every scenario in fewer than two futures.
    """
    experiment = ensemble.experiment
    model = experiment.model
    goals = experiment.targets if targets is None else targets
    criteria: list[Criterion] = []
    left_out: dict[str, int] = {}
    for name in judgeable(experiment, outcomes):
        goal = model.outcomes[name].goal
        table = performance(ensemble.outcome(name))
        complete = ~np.isnan(table).any(axis=0)
        if not complete.all():
            left_out[name] = int((~complete).sum())
        if complete.sum() < 2:
            if outcomes:
                words = (
                    f"outcome '{name}' has a value of every scenario in {complete.sum()} futures"
                )
                help = "two are needed: ask for another outcome, or more replications"
                raise ExperimentError(Diagnostic("no-values", words, None, help))
            continue
        target = goals.get(name)
        bounded = None
        if target is not None and target.level is not None:
            bounded = performance(
                with_never(model.outcomes[name], ensemble.outcome(name), ensemble.failed), target.of
            )[:, complete]
        criteria += criteria_of(
            table[:, complete], name, ensemble.scenarios, goal == "maximize", target, resamples,
            experiment.seed, bounded,
        )  # fmt: skip
    return Robustness(
        tuple(criteria), len(experiment.futures), experiment.replications, resamples,
        len(ensemble.failures), ensemble.partial_note, left_out, experiment.origin,
    )  # fmt: skip


def _robustness(source: Source, *, outcome: tuple[str, ...]) -> list[Robustness]:
    return [robustness(source.ensemble(lambda e: judgeable(e, outcome)), outcome)]


def _report(ensemble: Ensemble) -> Robustness | None:
    """Return robustness by the first outcomes that can be judged; None with one scenario or future."""
    if len(ensemble.scenarios) < 2:
        return None
    outcomes = ensemble.experiment.model.outcomes.values()
    goals = {o.name: performance(ensemble.outcome(o.name)) for o in outcomes if o.goal}
    names = [n for n, table in goals.items() if (~np.isnan(table).any(axis=0)).sum() > 1]
    return robustness(ensemble, tuple(names[:2])) if names else None


ANALYSIS = Analysis(
    verb="robustness",
    summary="Rank scenarios across futures: expected value, worst case, regret, satisficing and more.",
    functions=(run, robustness), reads="scenarios", run=_robustness, options=(OUTCOMES,),
    report=_report, order=20,
)  # fmt: skip
