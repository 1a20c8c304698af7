"""What makes one run differ from the next: chance, or which assumption?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.analysis.given_data import importance
from sim.analysis.sampled import sampled_entry
from sim.errors import ExperimentError
from sim.execution.ensemble import Ensemble
from sim.model.types import Outcome, Parameter
from sim.statistics.estimates import Estimate
from sim.statistics.nested import components


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """The variance of one run of a scenario, split.

    Attributes
    ----------
    assumptions
        Share of the assumptions; the rest is chance. NaN where nothing varies.
    largest
        The assumptions that stand above the largest of as many inputs without effect, each with the
        share that it explains alone, the largest first.
    inputs
        Number of inputs among which they stand out.
    why_none
        Why no assumption could be ranked; empty where they were.
    """

    outcome: Outcome
    assumptions: float
    largest: tuple[tuple[Parameter, Estimate], ...]
    inputs: int = 0
    why_none: str = ""


def variance_shares(
    ensemble: Ensemble, outcome: str, scenario: str | None = None, *, most: int = 5, seed: int = 1
) -> VarianceShares:
    """Split the variance of one run into chance and single assumptions.

    Chance and assumptions come from the one-way random effects model (`sim.statistics.nested`), the
    share of an assumption from its correlation ratio (`sim.analysis.given_data`), whose share of the
    variance between the means of futures is put as one of the variance of a run.

    Parameters
    ----------
    ensemble : Ensemble
        Results in futures, with two replications or more in each.
    outcome : str
        Its name.
    scenario : str, optional
        By default the first.
    most : int
        Assumptions to name at most.

    Raises
    ------
    ExperimentError
        There is no such outcome or scenario.

    Examples
    --------
    >>> import sim
    >>> mediate = "scenarios/port_strike/mediate.yaml"
    >>> found = variance_shares(sim.run(sim.load(mediate, replications=400, futures=100)), "cost")
    >>> 0 < found.assumptions < 1
    True
    """
    experiment = ensemble.experiment
    chosen = experiment.model_outcome(outcome)
    place = experiment.scenario_index(scenario) if scenario else 0
    parts = components(ensemble.outcome(outcome)[place])
    try:
        ranked = importance(
            ensemble, outcome, experiment.scenarios[place].name, missing="drop", seed=seed
        )
    except ExperimentError as error:
        return VarianceShares(chosen, parts.assumptions, (), why_none=error.diagnostics[0].message)
    whole = parts.between + parts.within
    scale = (parts.between + parts.noise) / whole if whole > 0 else math.nan
    largest = [
        (sampled_entry(experiment, name), value)
        for i, (name, value) in enumerate(zip(ranked.names, ranked.values, strict=True))
        if ranked.seen(i)
    ]
    return VarianceShares(
        chosen,
        parts.assumptions,
        tuple(
            (entry, Estimate(v.mean * scale, max(0.0, v.low * scale), v.high * scale, v.n))
            for entry, v in largest[:most]
        ),
        len(ranked.names) - 1,
    )
