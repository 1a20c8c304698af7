"""Labelled results: outcomes by scenario, future and replication, and trajectories over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.formatting import html_table
from sim.study.experiment import Experiment

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

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
    planned
        Replications of the batch that these are a part of, because it is not finished; else 0.
    """

    experiment: Experiment
    values: Floats
    failed: npt.NDArray[np.bool_]
    failures: tuple[FailedRun, ...]
    kernel: str
    events: int = 0
    trajectories: Trajectories | None = None
    planned: int = 0

    def __repr__(self) -> str:
        sizes = " × ".join(f"{n:,}" for n in self.values.shape)
        names = "scenarios × futures × replications × outcomes"
        return f"<Ensemble '{self.experiment.name}': {sizes} {names}>"

    @property
    def partial(self) -> bool:
        """Whether these are a part of a batch that is not finished."""
        return self.planned > 0

    @property
    def partial_note(self) -> str:
        """The line that every table of partial results carries; empty where all is there."""
        if not self.partial:
            return ""
        return (
            f"Partial results: {self.failed.size:,} of {self.planned:,} replications; "
            "the batch is not finished."
        )

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

    def _repr_html_(self) -> str:
        """Return the means of the outcomes as a table, for a notebook."""
        there = ~np.isnan(self.values)
        count = there.sum(axis=(1, 2))
        total = np.where(there, self.values, 0.0).sum(axis=(1, 2))
        rows = []
        for i, (name, outcome) in enumerate(self.experiment.model.outcomes.items()):
            unit = f" ({outcome.unit})" if outcome.unit else ""
            means = [
                f"{t / n:.4g}" if n else "–" for t, n in zip(total[:, i], count[:, i], strict=True)
            ]
            rows.append((f"{outcome.label or name}{unit}", *means))
        futures, replications = self.values.shape[1:3]
        caption = (
            f"{self.experiment.title}: means of {futures:,} futures × {replications:,} replications"
        )
        notes = (f"{len(self.failures):,} replications failed",) if self.failures else ()
        return html_table(caption, ("Outcome", *self.scenarios), rows, notes)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per scenario, future and replication, with a column per outcome.

        Uncertain parameters have columns too, and `failed` says which rows have no values.
        """
        import pandas as pd

        index = pd.MultiIndex.from_product(
            [self.scenarios, *(range(n) for n in self.values.shape[1:3])],
            names=["scenario", "future", "replication"],
        )
        flat = self.values.reshape(-1, self.values.shape[3])
        frame = pd.DataFrame(flat, index=index, columns=list(self.outcomes))
        futures = index.get_level_values("future")
        for i, name in enumerate(self.experiment.parameters):
            frame[name] = self.experiment.futures[futures, i]
        frame["failed"] = self.failed.reshape(-1)
        return frame

    def to_xarray(self) -> xr.Dataset:
        """Return the outcomes, and the bands if there are any, as labelled arrays with units.

        Raises
        ------
        ImportError
            xarray is not installed.
        """
        import xarray as xr

        dims = ("scenario", "future", "replication")
        data: dict[str, Any] = {
            name: (dims, self.outcome(name), {"units": o.unit, "long_name": o.label})
            for name, o in self.experiment.model.outcomes.items()
        }
        data["failed"] = (dims, self.failed)
        coords: dict[str, Any] = {"scenario": list(self.scenarios)}
        for i, name in enumerate(self.experiment.parameters):
            coords[name] = ("future", self.experiment.futures[:, i])
        if self.trajectories is not None:
            told = self.trajectories
            data["band"] = (("scenario", "series", "level", "time"), told.bands)
            coords |= {"series": list(told.names), "level": list(LEVELS), "time": told.times}
        return xr.Dataset(
            data, coords, {"title": self.experiment.title, "seed": self.experiment.seed}
        )
