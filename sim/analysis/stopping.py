"""How many replications are enough? Add them until the intervals are as narrow as asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.analysis.comparison import CAP, Comparison, compare
from sim.analysis.rows import Row
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import KernelName, Progress, run
from sim.study.experiment import Experiment


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
    *,
    baseline: str | None = None,
    outcomes: Sequence[str] = (),
    cap: int = CAP,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Precision:
    """Double the replications until every interval is narrow enough, or the cap is reached.

    A few looks at doubling sizes keep the coverage of the last interval close to the nominal one
    (Chow and Robbins 1965 for the limit). An outcome with too few values for an interval is never
    narrow enough.

    Parameters
    ----------
    experiment : Experiment
        Its replications are the first size.
    precision : float
        Largest half width: a part of the size of a mean, and an amount for a share.
    baseline : str, optional
        Scenario to compare with; by default the first.
    outcomes : sequence of str, optional
        Outcomes that must be narrow; by default all.
    cap : int
        Most replications of a scenario, in all its futures.
    kernel, progress
        As of `sim.run`.

    Returns
    -------
    Precision
        The last ensemble, its comparison, and whether the precision is reached.

    Raises
    ------
    ExperimentError
        The experiment has no such outcome, or none at all.

    Examples
    --------
    >>> import sim
    >>> experiment = sim.load("scenarios/port_strike/mediate.yaml", replications=500)
    >>> found = sim.analysis.run_until(experiment, 0.2, outcomes=["strike_days"])
    >>> found.reached
    True
    """
    for name in outcomes:
        experiment.model_outcome(name)
    if not experiment.model.outcomes:
        words = f"model '{experiment.model.name}' has no outcome to narrow"
        raise ExperimentError(Diagnostic("no-outcome", words))
    ensemble: Ensemble | None = None
    most = max(1, cap // len(experiment.futures))
    replications = min(experiment.replications, most)
    while True:
        ensemble = run(
            replace(experiment, replications=replications),
            extend=ensemble,
            kernel=kernel,
            progress=progress,
        )
        comparison = compare(ensemble, baseline)
        rows = [row for row in comparison.rows if not outcomes or row.outcome in outcomes]
        ratio, widest = max(((_excess(row, precision), row) for row in rows), key=lambda x: x[0])
        if ratio <= 1.0 or replications >= most:
            where = (widest.outcome, widest.scenario, ratio)
            return Precision(ensemble, comparison, ratio <= 1.0, where)
        replications = min(most, replications * 2)


def _excess(row: Row, precision: float) -> float:
    """Return the half width in terms of the one asked for; infinite where there is no interval."""
    if math.isnan(row.estimate.low):
        return math.inf
    wanted = precision if row.share else precision * abs(row.estimate.mean)
    if wanted == 0.0:
        return 0.0 if row.estimate.half_width == 0.0 else math.inf
    return row.estimate.half_width / wanted
