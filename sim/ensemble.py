"""Labelled results: outcomes by scenario, future and replication, and trajectories over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sim.experiment import Experiment

Floats = npt.NDArray[np.float64]
#: Quantiles of the bands: 90 % and 50 % bands and the median.
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A replication that broke a rule of its model: a row, never imputed, never dropped."""

    scenario: str
    future: int
    replication: int
    event: str
    time: float
    code: str
    message: str
    state: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trajectories:
    """Series over time, pooled over futures and replications.

    Attributes
    ----------
    times
        ``float64[time]``, whole time units from 0 to the horizon; a value at t includes the events
        at t.
    names
        Numeric state and derived quantities, in the order of the model.
    bands
        ``float64[scenario, series, level, time]``: pointwise quantiles at `LEVELS`.
    shares
        For each option state, ``float64[scenario, option, time]``.
    samples
        ``float64[scenario, sample, series, time]``: some single replications, the first ones.
    n
        Replications behind each band.
    """

    times: Floats
    names: tuple[str, ...]
    bands: Floats
    shares: Mapping[str, Floats]
    samples: Floats
    n: int


@dataclass(frozen=True)
class Ensemble:
    """The results of an experiment.

    Attributes
    ----------
    values
        ``float64[scenario, future, replication, outcome]``; NaN where the replication failed, and
        where a `first` never happened.
    failed
        ``bool[scenario, future, replication]``.
    kernel
        Name of the kernel that ran it.
    """

    experiment: Experiment
    values: Floats
    failed: npt.NDArray[np.bool_]
    failures: tuple[FailedRun, ...]
    kernel: str
    events: int = 0
    trajectories: Trajectories | None = None

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of the scenarios, in order."""
        return tuple(scenario.name for scenario in self.experiment.scenarios)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Names of the outcomes, in order."""
        return tuple(self.experiment.model.outcomes)

    def scenario_index(self, name: str) -> int:
        """Return the place of a scenario.

        Raises
        ------
        ExperimentError
            There is no such scenario.
        """
        return self.experiment.scenario_index(name)

    def outcome_index(self, name: str) -> int:
        """Return the place of an outcome.

        Raises
        ------
        ExperimentError
            There is no such outcome.
        """
        self.experiment.model_outcome(name)
        return self.outcomes.index(name)

    def outcome(self, name: str, scenario: str | None = None) -> Floats:
        """Return an outcome as ``float64[scenario, future, replication]``, or of one scenario."""
        values = self.values[..., self.outcome_index(name)]
        return values if scenario is None else values[self.scenario_index(scenario)]
