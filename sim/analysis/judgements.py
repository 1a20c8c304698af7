"""One figure of evidence against the replications of its scenario."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.comparison_tables import size_text
from sim.analysis.grounds import amount, span_text
from sim.analysis.result import Column, Grid, Result
from sim.analysis.scoring import Score, score_of, score_text
from sim.execution.ensemble import Ensemble
from sim.formatting import HELD, futures_count, interval, percent
from sim.statistics.estimates import Bools, Estimate, Floats, estimate
from sim.study.targets import TargetEntry, TargetSet

#: Levels of the middle 50 % and 90 % of the replications.
LEVELS = (0.05, 0.25, 0.75, 0.95)
MARK = {True: "in", False: "OUT"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """One target against the replications of its scenario.

    Attributes
    ----------
    estimate
        Mean or share of the outcome, over the replications in which it has a value.
    half, most
        Ends of the middle 50 % and 90 % of the replications; infinite where a `first` never happened.
    replications
        Those that count: not failed and, where the target has a condition, fulfilling it.
    never
        Those among them in which a `first` never happened.
    horizon
        The end of a run.
    """

    entry: TargetEntry
    scenario: str
    share: bool
    estimate: Estimate
    half: tuple[float, float]
    most: tuple[float, float]
    replications: int
    never: int
    horizon: float
    score: Score

    @property
    def in_range(self) -> bool:
        """Whether the mean of the model lies in the range of the evidence."""
        low, high = self.entry.low, self.entry.high
        return low is not None and high is not None and low <= self.estimate.mean <= high

    @property
    def in_half(self) -> bool:
        """Whether the figure lies in the middle 50 % of the replications."""
        return self.half[0] <= self.entry.value <= self.half[1]

    @property
    def in_most(self) -> bool:
        """Whether the figure lies in the middle 90 % of the replications."""
        return self.most[0] <= self.entry.value <= self.most[1]

    def record(self) -> dict[str, object]:
        """Return what both tables say of it, numbers in full."""
        return {
            "target": self.entry.name, "scenario": self.scenario, "outcome": self.entry.outcome,
            "given": self.entry.given, "unit": self.entry.unit, "evidence": self.entry.value,
            "evidence_low": self.entry.low, "evidence_high": self.entry.high,
            "n": self.replications, "mean": self.estimate.mean, "low": self.estimate.low,
            "high": self.estimate.high, "p05": self.most[0], "p25": self.half[0],
            "p75": self.half[1], "p95": self.most[1], "never": self.never,
        }  # fmt: skip

    def source(self) -> dict[str, object]:
        """Return where its figure comes from."""
        fact = self.entry.fact
        return {
            "fact": fact.name if fact else "",
            "status": fact.status if fact else "judged",
            "source": fact.source if fact else self.entry.why,
        }


@dataclass(frozen=True)
class Judged(Result):
    """Targets with what was judged of each, and how much was run: a calibration or a backtest."""

    name: str
    title: str
    rationale: str
    judgements: tuple[Judgement, ...]
    replications: int
    futures: int
    failures: int
    origin: str

    def runs(self) -> str:
        """Return how much was run, and whether assumptions were held."""
        fixed = "" if self.futures > 1 else f", {HELD}"
        failed = f"; {self.failures:,} failed and are left out" if self.failures else ""
        return f"{size_text(self.replications, self.futures, origin=self.origin)}{fixed}{failed}."

    def base(self) -> str:
        """Return how much was run, for a chart."""
        from sim.charts.theme import runs_note

        across = (
            futures_count(self.futures, self.origin)
            if self.futures > 1
            else "assumptions at central values"
        )
        return f"{across}, {runs_note(self.replications * self.futures)}"


def judged(targets: TargetSet, ensemble: Ensemble) -> dict[str, Any]:
    """Return the parts of a `Judged`.

    Raises
    ------
    ExperimentError
        The ensemble lacks an outcome of the targets.
    """
    return {
        "name": targets.name, "title": targets.title, "rationale": targets.rationale,
        "judgements": tuple(_judgement(entry, ensemble) for entry in targets.entries),
        "replications": ensemble.experiment.replications,
        "futures": len(ensemble.experiment.futures), "failures": len(ensemble.failures),
        "origin": ensemble.experiment.origin,
    }  # fmt: skip


def _judgement(entry: TargetEntry, ensemble: Ensemble) -> Judgement:
    name = ensemble.scenarios[entry.scenario]
    kept, counts = counted_values(entry, ensemble)
    never = counts & np.isnan(kept)
    ends = _ends(np.where(never, math.inf, kept)[counts])
    outcome = ensemble.experiment.model.outcomes[entry.outcome]
    horizon = ensemble.experiment.model.clock.horizon
    return Judgement(
        entry=entry, scenario=name, share=outcome.share,
        estimate=estimate(kept, share=outcome.share, blocks=ensemble.experiment.blocks),
        half=(ends[1], ends[2]), most=(ends[0], ends[3]), replications=int(counts.sum()),
        never=int(never.sum()), horizon=horizon,
        score=score_of(entry, kept, never, (ends[0], ends[3]), outcome.share, horizon),
    )  # fmt: skip


def counted_values(entry: TargetEntry, ensemble: Ensemble) -> tuple[Floats, Bools]:
    """Return the outcome of a target, NaN where a replication does not count, and which ones do.

    Returns
    -------
    tuple
        ``float64[future, replication]`` and ``bool[future, replication]``; those count that did not
        fail and fulfil the condition of the target.
    """
    counts = ~ensemble.failed[entry.scenario]
    if entry.given:
        condition = ensemble.outcome(entry.given)[entry.scenario]
        counts = counts & ~np.isnan(condition) & (condition > 0)
    return np.where(counts, ensemble.outcome(entry.outcome)[entry.scenario], np.nan), counts


def _ends(values: Floats) -> list[float]:
    """Return quantiles that are values of single replications: no number between yes and no."""
    if len(values) == 0:
        return [math.nan] * len(LEVELS)
    return [float(x) for x in np.quantile(values, LEVELS, method="inverted_cdf")]


def judgement_grid(judgements: Sequence[Judgement], *, calibrating: bool) -> Grid:
    """Return a line per figure, in blocks by scenario.

    Parameters
    ----------
    calibrating
        Whether the mean is judged against a range, rather than the replications against a figure.
    """
    rows: list[Sequence[str]] = []
    blocks = []
    last = ""
    for judgement in judgements:
        if judgement.scenario != last:
            last = judgement.scenario
            blocks.append(len(rows))
            rows.append((f"in {last}:", "", "", "", "", "", *([] if calibrating else [""])))
        entry = judgement.entry
        label = entry.label + (" ·" if calibrating and entry.fed else "")
        label += " ≠" if entry.other_window else ""
        inside = (
            MARK[judgement.in_range]
            if calibrating
            else f"50 % {MARK[judgement.in_half]}\n90 % {MARK[judgement.in_most]}"
        )
        mean = percent(judgement.estimate) if judgement.share else interval(judgement.estimate)
        count = f"{judgement.replications:,}"
        rows.append(
            (
                f"{label} ({entry.unit})" if entry.unit else label,
                _evidence(judgement),
                mean.replace(" [", "\n["),
                f"50 %: {_ends_text(judgement.half)}\n90 %: {_ends_text(judgement.most)}",
                f"{count}\n{judgement.never:,} never" if judgement.never else count,
                inside,
                *([] if calibrating else [score_text(judgement.score)]),
            )
        )
    columns = [
        Column("Target (unit)", width=36),
        Column("Evidence\n(range)" if calibrating else "What happened\n(range)", True),
        Column("Model mean\n[95 % CI]", True),
        Column("Middle of the replications"),
        Column("n", True),
        Column("In range" if calibrating else "Inside"),
        *([] if calibrating else [Column("CRPS (skill)\n90 % (skill)", True)]),
    ]
    return Grid(columns, rows, blocks)


def _evidence(judgement: Judgement) -> str:
    entry = judgement.entry
    scale, unit = (100, " %") if judgement.share else (1, "")
    shown = amount(scale * entry.value) + unit
    if entry.low is None or entry.high is None:
        return shown
    return f"{shown}\n({span_text(scale * entry.low, scale * entry.high)}{unit})"


def _ends_text(pair: tuple[float, float]) -> str:
    low, high = pair
    return amount(low) if low == high else f"{amount(low)} to {amount(high)}"


def ranges_chart(found: Judged, calibrating: bool, theme: Any, width: int) -> Any:
    """Return each target's ranges around its evidence."""
    from sim.charts.forecasts import forecast_ranges

    rows = []
    for j in found.judgements:
        value, scale = j.entry.value, abs(j.entry.value) or 1.0
        ends = (j.most[0], j.half[0], j.half[1], j.most[1], j.estimate.mean)
        low, first, third, high, mean = ((j.horizon if math.isinf(x) else x) - value for x in ends)
        inside = "yes" if (j.in_range if calibrating else j.in_most) else "no"
        rows.append(
            {
                "target": j.entry.label, "low": low / scale, "high": high / scale,
                "first": first / scale, "third": third / scale, "mean": mean / scale,
                "inside": inside,
            }
        )  # fmt: skip
    parts = [
        "model less evidence, as a multiple of it: 0 is agreement",
        "bars: middle 50 and 90 % of the replications, point: mean",
        "orange: outside", found.base(),
    ]  # fmt: skip
    return forecast_ranges(rows, found.title, parts, theme=theme, width=width)
