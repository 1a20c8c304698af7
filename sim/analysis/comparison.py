"""How do scenarios differ from a baseline? Paired differences under common random numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.analysis.answers import differences_text, level_text, of_outcome
from sim.analysis.identity import can_differ, can_vary
from sim.analysis.registry import Analysis, Option, Source
from sim.analysis.result import Column, Grid, Result
from sim.analysis.rows import Row, difference_text, estimate_text, holm, verdict_text
from sim.execution.ensemble import Ensemble
from sim.execution.runner import run
from sim.formatting import TOY, decimal, direction
from sim.model.types import Outcome
from sim.numerics.estimates import (
    Estimate,
    Floats,
    estimate,
    p_value,
    paired,
    variance_reduction,
)
from sim.study.experiment import Experiment

#: Most replications per scenario of a sequential run, in all its futures.
CAP = 100_000


@dataclass(frozen=True)
class Comparison(Result):
    """Every outcome of every scenario against a baseline."""

    baseline: str
    replications: int
    futures: int
    rows: tuple[Row, ...]
    failures: int
    partial: str = ""

    @property
    def scenarios(self) -> list[str]:
        """Names of the scenarios, in order."""
        return list(dict.fromkeys(row.scenario for row in self.rows))

    def table(self) -> list[dict[str, object]]:
        """Return one record per outcome and scenario, numbers in full."""
        return [
            {
                "outcome": row.outcome,
                "scenario": row.scenario,
                "unit": row.unit,
                "n": row.estimate.n,
                "mean": row.estimate.mean,
                "low": row.estimate.low,
                "high": row.estimate.high,
                "difference": row.difference.mean if row.difference else None,
                "difference_low": row.difference.low if row.difference else None,
                "difference_high": row.difference.high if row.difference else None,
                "pairs": row.difference.n if row.difference else None,
                "verdict": row.verdict,
                "p": row.p_value,
                "p_holm": row.p_holm,
                "variance_reduction": row.gain,
                "never": row.missing,
                "failed": row.failed,
            }
            for row in self.rows
        ]

    def grid(self) -> Grid:
        """Return a block per outcome and a line per scenario."""
        rows: list[Sequence[str]] = []
        blocks = []
        for i, row in enumerate(self.rows):
            name = ""
            if not i or row.outcome != self.rows[i - 1].outcome:
                blocks.append(i)
                words = ", ".join(x for x in (row.unit, direction(row.goal)) if x)
                name = f"{row.label}\n{words}" if words else row.label
            rows.append(
                (name, row.scenario, estimate_text(row), difference_text(row), verdict_text(row))
            )
        columns = (
            Column("Outcome", width=30),
            Column("Scenario"),
            Column("Mean or share [95 % CI]", True),
            Column(f"Difference to {self.baseline}", True),
            Column("Verdict"),
        )
        return Grid(columns, rows, blocks)

    def notes(self) -> list[str]:
        """Return the lines that every comparison must carry."""
        notes = [
            TOY,
            f"{size_text(self.replications, self.futures)}, common random numbers, paired differences. "
            "95 % intervals, not adjusted for multiple comparisons.",
            "Intervals show chance inside this model, not everything that could happen.",
        ]
        tests = sum(row.p_value is not None for row in self.rows)
        if any(verdict_text(row).endswith("*") for row in self.rows):
            notes.append(
                f"* the interval excludes 0, but among {tests} tested differences one such may be "
                "chance (Holm's adjusted p is 0.05 or more)."
            )
        gains = sorted(r.gain for r in self.rows if r.gain is not None and math.isfinite(r.gain))
        middle = gains[len(gains) // 2] if gains else 1.0
        if middle >= 1.5:
            notes.append(
                f"Independent random numbers would need about {decimal(middle, 0)} times the "
                "replications for the same intervals (median over the differences)."
            )
        if skewed := [f"{r.outcome} in {r.scenario}" for r in self.rows if r.skewed]:
            told = ", ".join(skewed[:3]) + (f" and {len(skewed) - 3} more" if skewed[3:] else "")
            notes.append(
                "Values too skewed, or different ones too rare, for t intervals of means, which may miss "
                f"more often than 5 times in 100: {told}."
            )
        if more := max((r.more for r in self.rows if r.more), default=None):
            added = (
                f"{3 * self.futures:,} more futures"
                if self.futures > 1
                else f"{more[0]:,} more replications per scenario"
            )
            notes.append(f"{added} would about halve the intervals of differences not seen.")
        if any(row.missing for row in self.rows):
            notes.append(
                "Beside a mean, n counts the replications in which the event happens; a difference is "
                "over the n pairs in which it happens in both. These are a selection, so no "
                "difference among them is called better or worse."
            )
        return notes + gap_notes(self.partial, self.failures)

    def sentence(self) -> str:
        """Return what the first outcome with a goal says, or the first outcome."""
        if not self.rows:
            return "The model has no outcome."
        name = next((row.outcome for row in self.rows if row.goal), self.rows[0].outcome)
        base, others = of_outcome(self.rows, name)
        level = f"{level_text(base)}."
        return f"{level} {differences_text(base, others)}" if others else level

    def chart(
        self,
        outcomes: str | Sequence[str] | None = None,
        *,
        theme: Any = "light",
        width: int = 760,
        labels: Mapping[str, str] | None = None,
        heading: bool = True,
    ) -> Any:
        """Return the differences of some outcomes; by default of the first four with a goal."""
        from sim.analysis.forest import forest_chart

        runs = self.replications * self.futures
        return forest_chart(
            self.rows, outcomes, runs=runs, theme=theme, width=width, heading=heading
        )

    @property
    def failed(self) -> int:
        """Number of replications that failed."""
        return self.failures


def size_text(replications: int, futures: int) -> str:
    """Return how many replications stand behind a table."""
    each = f" in each of {futures:,} futures" if futures > 1 else ""
    return f"{replications:,} replications per scenario{each}"


def gap_notes(partial: str, failures: int) -> list[str]:
    """Return what must be said of replications that are missing."""
    failed = f"{failures:,} replications failed and are left out of every figure."
    return [*filter(None, [partial]), *([failed] if failures else [])]


def compare(ensemble: Ensemble, baseline: str | None = None) -> Comparison:
    """Compare every scenario with a baseline (the first scenario unless named).

    The replications of two scenarios share their random numbers, so the difference is taken within
    each pair before it is averaged. Where futures are sampled, the mean difference within each
    future is the unit, for the replications of one future share its parameters.

    Raises
    ------
    ExperimentError
        There is no scenario of that name.
    """
    base = ensemble.scenario_index(baseline) if baseline else 0
    rows, blocks = [], ensemble.experiment.blocks
    for outcome in ensemble.experiment.model.outcomes.values():
        values = ensemble.outcome(outcome.name)
        for scenario, name in enumerate(ensemble.scenarios):
            here = values[scenario]
            failed = ensemble.failed[scenario]
            both = outcome.share
            difference = None
            if scenario != base:
                differ = bool(np.nansum(np.abs(here - values[base]))) or can_differ(
                    ensemble.experiment, scenario, base, outcome.name
                )
                difference = paired(
                    here, values[base], share=both, blocks=blocks, can_differ=differ
                )
            rows.append(
                Row(
                    scenario=name,
                    outcome=outcome.name,
                    label=outcome.label,
                    unit=outcome.unit,
                    goal=outcome.goal,
                    share=outcome.share,
                    estimate=_level(ensemble, scenario, outcome, here),
                    difference=difference,
                    verdict=difference.verdict if difference else "baseline",
                    missing=int((np.isnan(here) & ~failed).sum()),
                    failed=int(failed.sum()),
                    unpaired=0 if scenario == base else _unpaired(ensemble, values, scenario, base),
                    p_value=p_value(here - values[base], share=both, blocks=blocks)
                    if difference
                    else None,
                    gain=variance_reduction(here, values[base]) if difference else None,
                )
            )
    return Comparison(
        baseline=ensemble.scenarios[base],
        replications=ensemble.experiment.replications,
        futures=len(ensemble.experiment.futures),
        rows=holm(rows),
        failures=len(ensemble.failures),
        partial=ensemble.partial_note,
    )


def _level(ensemble: Ensemble, scenario: int, outcome: Outcome, values: Floats) -> Estimate:
    """Return the mean or share of an outcome; no interval for a mean that only looks certain."""
    experiment = ensemble.experiment
    found = estimate(values, share=outcome.share, blocks=experiment.blocks)
    if found.low == found.high and can_vary(experiment, scenario, outcome.name):
        return replace(found, low=math.nan, high=math.nan, skewed=True)
    return found


def _unpaired(ensemble: Ensemble, values: Floats, scenario: int, base: int) -> int:
    """Return how many pairs of sound replications lack a value in one of the two."""
    sound = ~ensemble.failed[scenario] & ~ensemble.failed[base]
    return int((sound & np.isnan(values[scenario] - values[base])).sum())


def _compare(
    source: Source,
    *,
    baseline: str | None,
    outcome: tuple[str, ...],
    until_ci: str | None,
    cap: int,
) -> list[Comparison]:
    """Compare the scenarios of some files."""

    def known(experiment: Experiment) -> None:
        experiment.scenario_index(baseline or experiment.scenarios[0].name)
        for name in outcome:
            experiment.model_outcome(name)

    if until_ci is None:
        ensemble = source.ensemble(known)
    else:
        ensemble = source.narrowed(known, until_ci, baseline, outcome, cap)
    found = compare(ensemble, baseline or source.usual_baseline())
    if outcome:
        found = replace(found, rows=holm([row for row in found.rows if row.outcome in outcome]))
    return [found]


ANALYSIS = Analysis(
    verb="compare",
    summary="Compare scenarios: means or shares, and paired differences to a baseline with 95 % intervals.",
    functions=(run, compare),
    reads="scenarios",
    run=_compare,
    options=(
        Option(
            "baseline",
            "Name of the baseline; by default that of an experiment among the files, or the first.",
        ),
        Option("outcome", "Only this outcome; repeatable.", many=True),
        Option(
            "until_ci",
            "Add runs until every half width is this part of its mean (of 100 % for shares).",
            metavar="5%",
        ),
        Option(
            "cap",
            "Most replications per scenario with --until-ci, in all futures.",
            type=int,
            default=CAP,
            minimum=1,
        ),
    ),
    order=10,
)
