"""How many replications are enough? Add them until the intervals are as narrow as asked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from sim.analysis.comparison import Comparison, Row, compare
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.numerics.estimates import Estimate
from sim.study.experiment import Experiment

#: Replications a scenario that no rule goes beyond unless told to.
CAP = 100_000


@dataclass(frozen=True, slots=True)
class Precision:
    """What a sequential run arrived at.

    Attributes
    ----------
    reached
        Whether every interval is as narrow as asked.
    widest
        Outcome and scenario of the widest interval, and its width in terms of what was asked.
    """

    ensemble: Ensemble
    comparison: Comparison
    reached: bool
    widest: tuple[str, str, float]


def parse_precision(text: str) -> float:
    """Read ``5%`` or ``0.05``.

    Raises
    ------
    ExperimentError
        It is not a share between 0 and 1.
    """
    try:
        value = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise ExperimentError(
            Diagnostic("bad-precision", f"'{text}' is not a precision", None, "as in 5% or 0.05")
        )
    return value


def run_until(
    experiment: Experiment,
    precision: float,
    execute: Callable[[Experiment, Ensemble | None], Ensemble],
    *,
    baseline: str | None = None,
    outcomes: tuple[str, ...] = (),
    cap: int = CAP,
) -> Precision:
    """Double the replications until every interval is narrow enough, or the cap is met.

    The half width asked for is `precision` times the mean's size for an amount, and `precision`
    itself for a share. Few looks, at doubling sizes, keep the coverage of the last interval close
    to the nominal one (Chow and Robbins 1965 for the limit).

    An outcome with too few values for an interval is never narrow enough.

    Parameters
    ----------
    execute
        Runs a plan, onto earlier results of it if there are any.
    outcomes
        Those that must be narrow; by default all.

    Raises
    ------
    ExperimentError
        The plan has no such outcome, or none at all.
    """
    for name in outcomes:
        experiment.model_outcome(name)
    if not experiment.model.outcomes:
        words = f"model '{experiment.model.name}' has no outcome to be narrowed"
        raise ExperimentError(Diagnostic("no-outcome", words))
    ensemble: Ensemble | None = None
    replications = min(experiment.replications, cap)
    while True:
        ensemble = execute(replace(experiment, replications=replications), ensemble)
        comparison = compare(ensemble, baseline)
        rows = [row for row in comparison.rows if not outcomes or row.outcome in outcomes]
        ratio, widest = max(
            ((_excess(row, row.estimate, precision), row) for row in rows), key=lambda pair: pair[0]
        )
        if ratio <= 1.0 or replications >= cap:
            where = (widest.outcome, widest.scenario, ratio)
            return Precision(ensemble, comparison, ratio <= 1.0, where)
        replications = min(cap, replications * 2)


def _excess(row: Row, estimate: Estimate, precision: float) -> float:
    """Return the half width in terms of the one asked for; infinite where there is no interval."""
    if math.isnan(estimate.low):
        return math.inf
    wanted = precision if row.share else precision * abs(estimate.mean)
    if wanted == 0.0:
        return 0.0 if estimate.half_width == 0.0 else math.inf
    return estimate.half_width / wanted
