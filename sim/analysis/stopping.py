"""How many runs are enough? Add them until the intervals are as narrow as asked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.analysis.comparison import CAP, Comparison, compare
from sim.analysis.identity import can_vary
from sim.analysis.rows import Row
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import KernelName, Progress, run
from sim.statistics.estimates import units_of
from sim.study.experiment import Experiment
from sim.study.futures import SAMPLED, sample
from sim.study.model_futures import at_most

#: A mean over values of which more than half are the same wants at least so many others.
EVENTS = 30


@dataclass(frozen=True, slots=True)
class Precision:
    """What a sequential run arrived at.

    Attributes
    ----------
    reached
        Whether every interval is as narrow as asked.
    widest
        Outcome and scenario of the widest interval, and its width in terms of what was asked;
        infinite where there are too few values for an interval, or too few different ones.
    reasons
        Why it went on where that is not the width alone, or what it added if not replications.
    """

    ensemble: Ensemble
    comparison: Comparison
    reached: bool
    widest: tuple[str, str, float]
    reasons: tuple[str, ...] = ()


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
    """Add replications or futures until every interval is narrow enough, or the cap is reached.

    A few looks at doubling sizes keep the coverage of the last interval close to the nominal one
    (Chow and Robbins 1965 for the limit). An outcome with too few values for an interval is never
    narrow enough, and a mean over values that are mostly the same not before `EVENTS` differ, unless
    nothing in the model can make them differ.

    With futures, the variance of a mean has a part between futures, which more replications do not
    narrow. Where that is the larger part, twice or four times as many futures are sampled anew: the
    results are those of an experiment with that many.

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
        Most replications per scenario, in all futures together.
    kernel, progress
        As of `sim.run`.

    Returns
    -------
    Precision
        The last ensemble, its comparison, whether the precision is reached, and why it went on.

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
    fewer = max(1, min(experiment.replications, cap // len(experiment.futures)))
    experiment = replace(experiment, replications=fewer)
    reasons: dict[str, str] = {}
    while True:
        ensemble = run(experiment, extend=ensemble, kernel=kernel, progress=progress)
        comparison = compare(ensemble, baseline)
        rows = [row for row in comparison.rows if not outcomes or row.outcome in outcomes]
        wide = {id(row): _excess(row, precision) for row in rows}
        for row in rows:
            if few := _too_alike(ensemble, row):
                wide[id(row)], reasons["alike"] = math.inf, few
        widest = max(rows, key=lambda row: wide[id(row)])
        ratio = wide[id(widest)]
        short = [(wide[id(row)], row) for row in rows if wide[id(row)] > 1.0]
        larger = _larger(ensemble, short, cap, reasons)
        if ratio <= 1.0 or larger is experiment:
            where = (widest.outcome, widest.scenario, ratio)
            return Precision(ensemble, comparison, ratio <= 1.0, where, tuple(reasons.values()))
        ensemble = ensemble if len(larger.futures) == len(experiment.futures) else None
        experiment = larger


def _larger(
    ensemble: Ensemble, short: Sequence[tuple[float, Row]], cap: int, reasons: dict[str, str]
) -> Experiment:
    """Return the experiment with more of what narrows some intervals; as it is where nothing can.

    Parameters
    ----------
    short
        Rows whose intervals are wider than asked, each after its width in terms of that.
    reasons
        Takes up why something other than replications was added, or why nothing was.
    """
    experiment = ensemble.experiment
    futures, replications = len(experiment.futures), experiment.replications
    parts = [(_between(ensemble, row), width, row.outcome) for width, row in short]
    most, width, name = max(parts, default=(0.0, 0.0, ""))
    where = f"{most:.0%} of the variance of the mean of '{name}'"
    plausible = experiment.sampler == "plausible" and experiment.model.futures is not None
    if most > 0.5 and (plausible or experiment.sampler in SAMPLED):
        count = min(futures * (4 if width > 2.0 else 2), cap // replications)
        count = at_most(experiment.model, count) if plausible else count
        if count <= futures:
            return experiment
        reasons["between"] = (
            f"more futures were sampled, {count:,} in all: {where} lay between futures"
        )
        model, sampler, seed = experiment.model, experiment.sampler, experiment.seed
        return replace(experiment, futures=sample(model, count, sampler, seed)[1])
    if most > 0.5 and futures > 1 and 1.0 < math.sqrt(most) * width < math.inf:
        reasons["given"] = f"more replications would not do: {where} lies between the given futures"
        return experiment
    count = max(replications, min(2 * replications, cap // futures))
    return replace(experiment, replications=count) if count > replications else experiment


def _between(ensemble: Ensemble, row: Row) -> float:
    """Return which part of the variance of a mean lies between futures: the rest is chance in each.

    The mean squares within futures tell the part that more replications can take away.
    """
    values = ensemble.outcome(row.outcome, row.scenario)
    counts = (~np.isnan(values)).sum(axis=1)
    several = counts > 1
    if len(values) < 2:
        return 0.0
    if not several.any():
        return 1.0
    units = units_of(values, blocks=ensemble.experiment.blocks)
    whole = float(units.var(ddof=1)) / len(units) if len(units) > 1 else 0.0
    within = float(np.nanvar(values[several], axis=1, ddof=1).mean()) / counts.sum()
    return max(0.0, 1.0 - within / whole) if whole > 0.0 else 1.0


def _too_alike(ensemble: Ensemble, row: Row) -> str:
    """Return why a mean has too few different values to be sure of; empty where it has enough."""
    values = ensemble.outcome(row.outcome, row.scenario)
    values = values[~np.isnan(values)]
    _, counts = np.unique(values, return_counts=True)
    other = len(values) - int(counts.max(initial=0))
    where = ensemble.scenario_index(row.scenario)
    if row.share or other >= min(EVENTS, len(values) / 2):
        return ""
    if not can_vary(ensemble.experiment, where, row.outcome):
        return ""
    return (
        f"{other:,} of {len(values):,} values of '{row.outcome}' in '{row.scenario}' differed from its "
        f"usual one, where {EVENTS} are wanted"
    )


def _excess(row: Row, precision: float) -> float:
    """Return the half width in terms of the one asked for; infinite where there is no interval."""
    if math.isnan(row.estimate.low):
        return math.inf
    wanted = precision if row.share else precision * abs(row.estimate.mean)
    if wanted == 0.0:
        return 0.0 if row.estimate.half_width == 0.0 else math.inf
    return row.estimate.half_width / wanted
