"""How do scenarios differ from a baseline? Paired differences under common random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, html_table
from sim.numerics.estimates import (
    Estimate,
    Floats,
    Verdict,
    estimate,
    p_value,
    paired,
    variance_reduction,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome of one scenario.

    Attributes
    ----------
    estimate
        Its mean over the replications in which it has a value, or its share.
    difference
        Paired difference to the baseline; None for the baseline itself.
    verdict
        What the interval of the difference says.
    missing
        Replications in which a `first` never happened.
    unpaired
        Pairs that the difference leaves out, for in one of the two a `first` never happened: those
        left are a selection, so a difference among them is no gain or loss.
    p_value
        Of the two-sided test that the difference is 0 (paired t; McNemar's mid-p for shares); None
        where there is none to test.
    p_holm
        The same, adjusted for all differences of the table (Holm 1979).
    gain
        How many times larger the variance of the difference would be with independent random
        numbers; infinite where every pair differs by the same amount.
    """

    scenario: str
    outcome: str
    label: str
    unit: str
    goal: str
    share: bool
    estimate: Estimate
    difference: Estimate | None
    verdict: Verdict | Literal["baseline"]
    missing: int
    failed: int
    unpaired: int = 0
    p_value: float | None = None
    p_holm: float | None = None
    gain: float | None = None

    @property
    def more(self) -> tuple[int, float] | None:
        """Replications that, added, would about halve the interval, and the half width then."""
        if self.verdict != "no difference seen" or self.difference is None:
            return None
        return 3 * self.difference.n, self.difference.half_width / 2


@dataclass(frozen=True)
class Comparison:
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

    def __str__(self) -> str:
        lines = [f"against '{self.baseline}', {self.replications:,} replications a scenario"]
        width = max((len(row.scenario) for row in self.rows), default=0)
        last = ""
        for row in self.rows:
            if row.outcome != last:
                lines.append(f"{row.label}{f' ({row.unit})' if row.unit else ''}")
                last = row.outcome
            some = f" (n = {row.estimate.n:,})" if row.missing else ""
            text = f"  {row.scenario:<{width}}  {row.estimate}{some}"
            if row.difference is not None:
                pairs = f" in {row.difference.n:,} pairs" if row.unpaired else ""
                text += f"   difference {row.difference}{pairs}, {row.verdict}"
            lines.append(text)
        return "\n".join([*lines, TOY])

    def _repr_html_(self) -> str:
        """Return the comparison as a table, for a notebook."""
        rows = [
            (
                f"{row.label}{f' ({row.unit})' if row.unit else ''}",
                row.scenario,
                str(row.estimate),
                "–" if row.difference is None else str(row.difference),
                row.verdict,
            )
            for row in self.rows
        ]
        caption = f"Against '{self.baseline}', {self.replications:,} replications a scenario"
        head = ("Outcome", "Scenario", "Mean or share [95 % CI]", "Difference", "Seen")
        return html_table(caption, head, rows)


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
    rows = []
    for outcome in ensemble.experiment.model.outcomes.values():
        values = ensemble.outcome(outcome.name)
        for scenario, name in enumerate(ensemble.scenarios):
            here = values[scenario]
            failed = ensemble.failed[scenario]
            both = outcome.share
            difference = None if scenario == base else paired(here, values[base], share=both)
            rows.append(
                Row(
                    scenario=name,
                    outcome=outcome.name,
                    label=outcome.label,
                    unit=outcome.unit,
                    goal=outcome.goal,
                    share=outcome.share,
                    estimate=estimate(here, share=outcome.share),
                    difference=difference,
                    verdict=difference.verdict if difference else "baseline",
                    missing=int((np.isnan(here) & ~failed).sum()),
                    failed=int(failed.sum()),
                    unpaired=0 if scenario == base else _unpaired(ensemble, values, scenario, base),
                    p_value=p_value(here - values[base], share=both) if difference else None,
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


def _unpaired(ensemble: Ensemble, values: Floats, scenario: int, base: int) -> int:
    """Return how many pairs of sound replications lack a value in one of the two."""
    sound = ~ensemble.failed[scenario] & ~ensemble.failed[base]
    return int((sound & np.isnan(values[scenario] - values[base])).sum())


def holm(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows with p values adjusted for all tests of the table (Holm 1979)."""
    order = sorted((r.p_value, i) for i, r in enumerate(rows) if r.p_value is not None)
    adjusted: dict[int, float] = {}
    highest = 0.0
    for rank, (p, i) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        adjusted[i] = highest
    return tuple(replace(row, p_holm=adjusted.get(i)) for i, row in enumerate(rows))
