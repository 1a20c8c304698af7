"""How do scenarios differ from a baseline? Paired differences under common random numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.ensemble import Ensemble

Floats = npt.NDArray[np.float64]
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean or share with its confidence interval; `n` values stand behind it."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


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
    """

    scenario: str
    outcome: str
    label: str
    unit: str
    goal: str
    share: bool
    estimate: Estimate
    difference: Estimate | None
    verdict: Literal["baseline", "higher", "lower", "no difference seen", "identical", "too few"]
    missing: int
    failed: int


@dataclass(frozen=True)
class Comparison:
    """Every outcome of every scenario against a baseline."""

    baseline: str
    replications: int
    futures: int
    rows: tuple[Row, ...]
    failures: int

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
                "never": row.missing,
                "failed": row.failed,
            }
            for row in self.rows
        ]

    def __str__(self) -> str:
        from sim.reporting.tables import comparison_text

        return comparison_text(self)


def compare(ensemble: Ensemble, baseline: str | None = None) -> Comparison:
    """Compare every scenario with a baseline (the first scenario unless named).

    The replications of two scenarios share their random numbers, so the difference is taken within
    each pair before it is averaged. Where futures are sampled, the mean difference within each future
    is the unit, for replications of one future are not independent of each other across futures.

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
            difference = None if scenario == base else paired(here, values[base])
            rows.append(
                Row(
                    scenario=name,
                    outcome=outcome.name,
                    label=outcome.label,
                    unit=outcome.unit,
                    goal=outcome.goal,
                    share=outcome.share,
                    estimate=share(here) if outcome.share else mean(here),
                    difference=difference,
                    verdict=_verdict(difference),
                    missing=int((np.isnan(here) & ~failed).sum()),
                    failed=int(failed.sum()),
                )
            )
    return Comparison(
        baseline=ensemble.scenarios[base],
        replications=ensemble.experiment.replications,
        futures=len(ensemble.experiment.futures),
        rows=tuple(rows),
        failures=len(ensemble.failures),
    )


def _verdict(
    difference: Estimate | None,
) -> Literal["baseline", "higher", "lower", "no difference seen", "identical", "too few"]:
    if difference is None:
        return "baseline"
    if difference.n < 2 or math.isnan(difference.low):
        return "too few"
    if difference.low == difference.high == 0.0:
        return "identical"
    if difference.low > 0.0:
        return "higher"
    if difference.high < 0.0:
        return "lower"
    return "no difference seen"


def mean(values: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the mean of ``float64[future, replication]`` by Student's t; NaN counts as missing."""
    if values.shape[0] > 1:
        with np.errstate(invalid="ignore"):
            counts = (~np.isnan(values)).sum(axis=1)
            sums = np.nansum(values, axis=1)
        units = sums[counts > 0] / counts[counts > 0]
    else:
        units = values[~np.isnan(values)]
    total = int((~np.isnan(values)).sum())
    if len(units) == 0:
        return Estimate(math.nan, math.nan, math.nan, total)
    centre = float(units.mean())
    if len(units) == 1:
        return Estimate(centre, math.nan, math.nan, total)
    error = float(units.std(ddof=1)) / math.sqrt(len(units))
    half = student(len(units) - 1, confidence) * error
    return Estimate(centre, centre - half, centre + half, total)


def share(values: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate a share: Wilson's (1927) interval, or Student's t over futures where they vary."""
    if values.shape[0] > 1:
        found = mean(values, confidence)
        return Estimate(found.mean, max(0.0, found.low), min(1.0, found.high), found.n)
    kept = values[~np.isnan(values)]
    n = len(kept)
    if n == 0:
        return Estimate(math.nan, math.nan, math.nan, 0)
    z = normal(confidence)
    p = float(kept.mean())
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Estimate(p, max(0.0, centre - half), min(1.0, centre + half), n)


def paired(here: Floats, base: Floats, confidence: float = CONFIDENCE) -> Estimate:
    """Estimate the mean of paired differences; a pair counts where both have a value."""
    return mean(here - base, confidence)


def student(degrees: int, confidence: float) -> float:
    """Return the two-sided quantile of Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, 0.5 + confidence / 2))


def normal(confidence: float) -> float:
    """Return the two-sided quantile of the normal distribution."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + confidence / 2))
