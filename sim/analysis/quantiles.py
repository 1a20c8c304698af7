"""How is an outcome distributed? Quantiles of each scenario, with distribution-free intervals.

The interval of a quantile lies between two order statistics whose ranks follow the binomial
distribution (David and Nagaraja 2003, section 7.1); it is exact for replications of one future. Over
futures it has the effective number of runs that the spread among their units tells (Woodruff 1952;
Korn and Graubard 1998).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.comparison_tables import gap_notes, size_text
from sim.analysis.registry import OUTCOME, Analysis, Source
from sim.analysis.result import Column, Grid, Labels, Result, outcome_label
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import run
from sim.formatting import TOY, interval
from sim.model.types import Outcome
from sim.statistics.estimates import ENDS, Bools, Estimate, Floats, estimate, normal

#: Runs on each side of a quantile without which a difference has no interval.
LEAST = 5
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Quantiles(Result):
    """Quantiles of one outcome, by scenario, at `LEVELS`."""

    outcome: Outcome
    scenarios: tuple[str, ...]
    values: tuple[tuple[Estimate, ...], ...]
    replications: int
    futures: int
    failures: int
    partial: str = ""
    origin: str = ""

    def table(self) -> list[dict[str, object]]:
        """Return one record per scenario and quantile."""
        return [
            {
                "scenario": scenario, "outcome": self.outcome.name, "quantile": level,
                "value": e.mean, "low": e.low, "high": e.high, "n": e.n,
            }
            for scenario, row in zip(self.scenarios, self.values, strict=True)
            for level, e in zip(LEVELS, row, strict=True)
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per scenario, a column per quantile."""
        rows = [
            (scenario, *map(interval, row))
            for scenario, row in zip(self.scenarios, self.values, strict=True)
        ]
        heads = [Column(f"{level:.0%} [95 % CI]", True) for level in LEVELS]
        return Grid([Column("Scenario"), *heads], rows)

    def notes(self) -> list[str]:
        """Return the lines that a table of quantiles must carry."""
        unit = f" ({self.outcome.unit})" if self.outcome.unit else ""
        size = size_text(self.replications, self.futures, origin=self.origin)
        notes = [TOY, f"{self.outcome.name}{unit}, {size}."]
        notes.append("Intervals lie between order statistics.")
        return notes + gap_notes(self.partial, self.failures)

    def sentence(self) -> str:
        """Return the middle 90 % and the median of the first scenario."""
        low, _, middle, _, high = (interval(e).partition(" [")[0] for e in self.values[0])
        return (
            f"In {self.scenarios[0]}, {self.outcome.name} lies between {low} and {high} in 90 of 100 "
            f"replications; the median is {middle}."
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the median and the middle 90 % of each scenario."""
        from sim.charts.rankings import ranking_chart

        rows = [
            {
                "input": scenario, "part": "total", "mean": row[2].mean, "low": row[0].mean,
                "high": row[-1].mean, "seen": "yes",
            }
            for scenario, row in zip(self.scenarios, self.values, strict=True)
        ]  # fmt: skip
        parts = [self.outcome.unit, "median and middle 90 % of the replications"]
        heading = f"Distribution of {outcome_label(self.outcome)}"
        return ranking_chart(rows, heading, parts, theme=theme, width=width)


def quantiles_of(ensemble: Ensemble, outcome: str) -> Quantiles:
    """Estimate quantiles of an outcome in every scenario, with 95 % intervals.

    Parameters
    ----------
    ensemble : Ensemble
    outcome : str
        Name of the outcome; replications without a value are left out.

    Returns
    -------
    Quantiles
        At levels 5, 25, 50, 75 and 95 %.

    Raises
    ------
    ExperimentError
        There is no such outcome, or a scenario has no value of it.

    Examples
    --------
    >>> import sim
    >>> ensemble = sim.run(sim.load("scenarios/port_strike/mediate.yaml", replications=200))
    >>> found = sim.analysis.quantiles_of(ensemble, "strike_days")
    >>> [record["quantile"] for record in found.table()]
    [0.05, 0.25, 0.5, 0.75, 0.95]
    """
    values = ensemble.outcome(outcome)
    for scenario, part in zip(ensemble.scenarios, values, strict=True):
        if np.isnan(part).all():
            words = f"'{outcome}' has no value in any replication of '{scenario}'"
            raise ExperimentError(Diagnostic("no-values", words))
    experiment = ensemble.experiment
    return Quantiles(
        outcome=experiment.model_outcome(outcome), scenarios=ensemble.scenarios,
        values=tuple(tuple(quantile(v, p, experiment.blocks) for p in LEVELS) for v in values),
        replications=experiment.replications, futures=len(experiment.futures),
        failures=len(ensemble.failures), partial=ensemble.partial_note, origin=experiment.origin,
    )  # fmt: skip


def with_never(outcome: Outcome, values: Floats, failed: Bools) -> Floats:
    """Return values in which an event that never happened is later than any day: infinite."""
    if outcome.statistic != "first":
        return values
    return np.where(np.isnan(values) & ~failed, math.inf, values)


def quantile(values: Floats, level: float, blocks: int | None = None) -> Estimate:
    """Estimate a quantile of ``float64[future, replication]``, its interval between two of its values.

    NaN is missing. An end is infinite where no value is extreme enough for the confidence asked for.
    """
    from scipy.special import bdtrik

    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    if not n:
        return Estimate(math.nan, math.nan, math.nan, 0)
    value = quantile_of(known, level)
    size = _effective(np.where(np.isnan(values), np.nan, values <= value), blocks)
    if math.isnan(size):
        return Estimate(value, math.nan, math.nan, n)
    low, high = (max(0, math.ceil(float(bdtrik(end, size, level)) - 1e-9)) for end in ENDS)
    first, last = math.floor(low * n / size), math.ceil((high + 1) * n / size)
    return Estimate(
        value,
        float(known[first - 1]) if first >= 1 else -math.inf,
        float(known[last - 1]) if last <= n else math.inf,
        n,
    )


def quantile_of(values: Floats, level: float) -> float:
    """Return the least value that at least this share of all is not above; NaN is missing."""
    known = values[~np.isnan(values)]
    return float(np.quantile(known, level, method="inverted_cdf")) if known.size else math.nan


def _effective(below: Floats, blocks: int | None) -> float:
    """Return how many independent runs tell as much of a share; NaN where that cannot be told."""
    if len(below) == 1:
        return float((~np.isnan(below)).sum())
    half = estimate(below, share=False, blocks=blocks).half_width
    share = float(np.nanmean(below))
    if not half > 0.0 or share in (0.0, 1.0):
        return math.nan if math.isnan(half) else float(len(below))
    return share * (1.0 - share) / (half / normal()) ** 2


def _quantiles(source: Source, *, outcome: str) -> list[Quantiles]:
    return [quantiles_of(source.ensemble(lambda e: e.model_outcome(outcome)), outcome)]


ANALYSIS = Analysis(
    verb="quantiles",
    summary="How an outcome is distributed: quantiles of each scenario, with 95 % intervals.",
    functions=(run, quantiles_of), reads="scenarios", run=_quantiles, options=(OUTCOME,),
    order=15,
)  # fmt: skip
