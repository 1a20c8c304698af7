"""Does the model meet the evidence? Its interval against each figure of a set of targets."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.execution.ensemble import Ensemble
from sim.numerics.estimates import Estimate, Floats, estimate
from sim.study.targets import TargetEntry, TargetSet

#: Levels of the middle 50 % and 90 % of the replications.
LEVELS = (0.05, 0.25, 0.75, 0.95)


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
    """

    entry: TargetEntry
    scenario: str
    share: bool
    estimate: Estimate
    half: tuple[float, float]
    most: tuple[float, float]
    replications: int
    never: int

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
            "target": self.entry.name,
            "scenario": self.scenario,
            "outcome": self.entry.outcome,
            "given": self.entry.given,
            "unit": self.entry.unit,
            "evidence": self.entry.value,
            "evidence_low": self.entry.low,
            "evidence_high": self.entry.high,
            "n": self.replications,
            "mean": self.estimate.mean,
            "low": self.estimate.low,
            "high": self.estimate.high,
            "p05": self.most[0],
            "p25": self.half[0],
            "p75": self.half[1],
            "p95": self.most[1],
            "never": self.never,
        }

    def __str__(self) -> str:
        entry = self.entry
        ends = "" if entry.low is None else f" ({entry.low:g} to {entry.high:g})"
        return f"{entry.name}: evidence {entry.value:g}{ends}, model {self.estimate}"

    def source(self) -> dict[str, object]:
        """Return where its figure comes from."""
        fact = self.entry.fact
        return {
            "fact": fact.name if fact else "",
            "status": fact.status if fact else "judged",
            "source": fact.source if fact else self.entry.why,
        }


@dataclass(frozen=True)
class Calibration:
    """Means of the model against the ranges of the evidence."""

    name: str
    title: str
    rationale: str
    judgements: tuple[Judgement, ...]
    replications: int
    futures: int
    failures: int

    @property
    def misses(self) -> tuple[str, ...]:
        """Targets that the model leaves, but for those it departs from on purpose."""
        out = (j.entry for j in self.judgements if not j.in_range)
        return tuple(entry.name for entry in out if not entry.departs)

    @property
    def departures(self) -> tuple[TargetEntry, ...]:
        """Targets that the model leaves on purpose."""
        out = (j.entry for j in self.judgements if not j.in_range)
        return tuple(entry for entry in out if entry.departs)

    def table(self) -> list[dict[str, object]]:
        """Return one record per target."""
        return [
            {
                **j.record(),
                "in_range": j.in_range,
                "feeds_the_model": j.entry.fed,
                "departs": j.entry.departs,
                **j.source(),
            }
            for j in self.judgements
        ]

    def __str__(self) -> str:
        lines = (f"{j}, {'in' if j.in_range else 'out'}" for j in self.judgements)
        return "\n".join((f"{self.title}, {self.replications:,} replications", *lines))


@dataclass(frozen=True)
class Backtest:
    """Intervals of the model against what came later.

    Attributes
    ----------
    half, most
        Share of the targets inside the middle 50 % and 90 % of the replications, with Wilson's interval.
    """

    name: str
    title: str
    rationale: str
    judgements: tuple[Judgement, ...]
    replications: int
    futures: int
    failures: int
    half: Estimate
    most: Estimate

    @property
    def misses(self) -> tuple[str, ...]:
        """Targets outside the middle 90 % of the replications."""
        return tuple(j.entry.name for j in self.judgements if not j.in_most)

    def table(self) -> list[dict[str, object]]:
        """Return one record per target."""
        return [
            {**j.record(), "in_50": j.in_half, "in_90": j.in_most, **j.source()}
            for j in self.judgements
        ]

    def __str__(self) -> str:
        ends = ("out", "in 90 %", "in 50 %")
        lines = (f"{j}, {ends[j.in_half + j.in_most]}" for j in self.judgements)
        head = f"{self.title}, {self.replications:,} replications"
        return "\n".join((head, *lines, f"coverage: 50 %: {self.half}; 90 %: {self.most}"))


def calibrate(targets: TargetSet, ensemble: Ensemble) -> Calibration:
    """Hold the means of the model against ranges of evidence from before its start."""
    return Calibration(
        name=targets.name,
        title=targets.title,
        rationale=targets.rationale,
        judgements=judge(targets, ensemble),
        replications=ensemble.experiment.replications,
        futures=len(ensemble.experiment.futures),
        failures=len(ensemble.failures),
    )


def backtest(targets: TargetSet, ensemble: Ensemble) -> Backtest:
    """Hold the intervals of the model against what became known after its start."""
    judgements = judge(targets, ensemble)
    return Backtest(
        name=targets.name,
        title=targets.title,
        rationale=targets.rationale,
        judgements=judgements,
        replications=ensemble.experiment.replications,
        futures=len(ensemble.experiment.futures),
        failures=len(ensemble.failures),
        half=_coverage([j.in_half for j in judgements]),
        most=_coverage([j.in_most for j in judgements]),
    )


def _coverage(inside: list[bool]) -> Estimate:
    return estimate(np.array([inside], dtype=float), share=True)


def judge(targets: TargetSet, ensemble: Ensemble) -> tuple[Judgement, ...]:
    """Hold every target against the replications of its scenario.

    Raises
    ------
    ExperimentError
        The ensemble lacks an outcome of the targets.
    """
    return tuple(_judgement(entry, ensemble) for entry in targets.entries)


def _judgement(entry: TargetEntry, ensemble: Ensemble) -> Judgement:
    name = ensemble.scenarios[entry.scenario]
    values = ensemble.outcome(entry.outcome)[entry.scenario]
    counts = ~ensemble.failed[entry.scenario]
    if entry.given:
        condition = ensemble.outcome(entry.given)[entry.scenario]
        counts = counts & ~np.isnan(condition) & (condition > 0)
    kept = np.where(counts, values, np.nan)
    never = counts & np.isnan(values)
    ends = _ends(np.where(never, math.inf, kept)[counts])
    outcome = ensemble.experiment.model.outcomes[entry.outcome]
    return Judgement(
        entry=entry,
        scenario=name,
        share=outcome.share,
        estimate=estimate(kept, share=outcome.share),
        half=(ends[1], ends[2]),
        most=(ends[0], ends[3]),
        replications=int(counts.sum()),
        never=int(never.sum()),
    )


def _ends(values: Floats) -> list[float]:
    """Return quantiles that are values of single replications: no number between yes and no."""
    if len(values) == 0:
        return [math.nan] * len(LEVELS)
    return [float(x) for x in np.quantile(values, LEVELS, method="inverted_cdf")]
