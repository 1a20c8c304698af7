"""Labelled results: outcomes by scenario, future and replication."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sim.execution.failures import FailedRun
from sim.execution.trajectories import LEVELS, Trajectories
from sim.formatting import html_table
from sim.study.arguments import bad_argument
from sim.study.experiment import Experiment, Floats, join_scenarios

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Quantiles in the table of an ensemble.
QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Ensemble:
    """The results of an experiment.

    ``ensemble["name"]`` is an outcome as a pandas Series; `outcome` gives it as an array.

    Attributes
    ----------
    experiment : Experiment
        What was run.
    values : float64[scenario, future, replication, outcome]
        In the units of the outcomes; NaN where the replication failed, and where a `first` never
        happened.
    failed : bool[scenario, future, replication]
        Which replications failed.
    failures : tuple of FailedRun
        Why they failed.
    kernel : str
        Name of the kernel that ran it.
    events : int
        Events of all replications.
    trajectories : Trajectories, optional
        Series over time, if the run kept them.
    planned : int
        Replications of the unfinished batch that these results belong to; else 0.

    Examples
    --------
    >>> import sim
    >>> ensemble = sim.run(sim.load_scenario("scenarios/port_strike/mediate.yaml"), replications=50)
    >>> ensemble
    <Ensemble 'experiment': 1 × 10 × 5 × 10 scenarios × futures × replications × outcomes>
    >>> ensemble["strike_days"].index.names
    FrozenList(['scenario', 'future', 'replication'])
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

    def __getitem__(self, name: str) -> pd.Series:
        """Return an outcome as a pandas Series, indexed by scenario, future and replication.

        Raises
        ------
        ExperimentError
            There is no such outcome.
        """
        import pandas as pd

        return pd.Series(self.outcome(name).reshape(-1), index=self._index(), name=name)

    def _index(self) -> pd.MultiIndex:
        import pandas as pd

        names = ["scenario", "future", "replication"]
        levels = [self.scenarios, *(range(n) for n in self.values.shape[1:3])]
        return pd.MultiIndex.from_product(levels, names=names)

    @staticmethod
    def concat(parts: Sequence[Ensemble], experiment: Experiment | None = None) -> Ensemble:
        """Join the scenarios of several ensembles, as if they had been run together.

        Parameters
        ----------
        parts : sequence of Ensemble
            Runs with the same seed, futures, replications and outcomes.
        experiment : Experiment, optional
            The experiment with all their scenarios, in order; their names may be new ones. By
            default it is made from the parts.

        Returns
        -------
        Ensemble
            With trajectories if all parts have them, of the series that all of them have.

        Raises
        ------
        ExperimentError
            The parts do not belong together.

        Examples
        --------
        >>> import sim
        >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
        >>> later = scenario.with_settings({"mediation_day": 20}, "later")
        >>> parts = [sim.run(one, replications=20) for one in (scenario, later)]
        >>> sim.Ensemble.concat(parts).scenarios
        ('mediate', 'later')
        """
        parts = list(parts)
        if not parts or not all(isinstance(part, Ensemble) for part in parts):
            raise bad_argument("concat needs at least one ensemble, and nothing else")
        first = parts[0].experiment
        for part in parts:
            other = part.experiment
            if (other.seed, other.parameters, part.outcomes, part.failed.shape[1:]) != (
                first.seed, first.parameters, parts[0].outcomes, parts[0].failed.shape[1:]
            ) or not np.array_equal(other.futures, first.futures):  # fmt: skip
                message = "the ensembles differ in seed, futures, replications or outcomes"
                raise bad_argument(message, code="other-plan")
        if experiment is None:
            scenarios = [scenario for part in parts for scenario in part.experiment.scenarios]
            experiment = join_scenarios(first, scenarios)
        names = [scenario.name for scenario in experiment.scenarios]
        if len(names) != sum(len(part.scenarios) for part in parts):
            raise bad_argument("the experiment does not have the scenarios of the parts")
        failures, offset = [], 0
        for part in parts:
            new = dict(zip(part.scenarios, names[offset:], strict=False))
            failures += [replace(f, scenario=new[f.scenario]) for f in part.failures]
            offset += len(part.scenarios)
        kept = [part.trajectories for part in parts if part.trajectories is not None]
        joined = Trajectories.concat(kept) if len(kept) == len(parts) else None
        return Ensemble(
            experiment=experiment,
            values=np.concatenate([part.values for part in parts]),
            failed=np.concatenate([part.failed for part in parts]),
            failures=tuple(failures),
            kernel=parts[0].kernel,
            events=sum(part.events for part in parts),
            trajectories=replace(joined, scenarios=tuple(names)) if joined is not None else None,
            planned=sum(part.planned or part.failed.size for part in parts)
            if any(part.partial for part in parts)
            else 0,
        )

    @property
    def partial(self) -> bool:
        """Whether these results belong to an unfinished batch."""
        return self.planned > 0

    @property
    def partial_note(self) -> str:
        """The note below every table of partial results; empty if the results are complete."""
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
        """Return the index of a scenario.

        Raises
        ------
        ExperimentError
            There is no such scenario.
        """
        return self.experiment.scenario_index(name)

    def outcome_index(self, name: str) -> int:
        """Return the index of an outcome.

        Raises
        ------
        ExperimentError
            There is no such outcome.
        """
        return self.outcomes.index(self.experiment.model_outcome(name).name)

    def outcome(self, name: str, scenario: str | None = None) -> Floats:
        """Return an outcome as an array.

        Parameters
        ----------
        name : str
            Name of the outcome.
        scenario : str, optional
            Name of a scenario; by default all.

        Returns
        -------
        float64[scenario, future, replication], or float64[future, replication] of one scenario

        Raises
        ------
        ExperimentError
            There is no such outcome or scenario.
        """
        values = self.values[..., self.outcome_index(name)]
        return values if scenario is None else values[self.scenario_index(scenario)]

    def table(self) -> list[dict[str, object]]:
        """Return one record per scenario and outcome: mean, standard deviation and quantiles.

        Each record has the keys scenario, outcome, unit, n, mean, sd, q05, q50 and q95. `n` counts
        the values: neither failed replications nor a `first` that never happened are in them.
        """
        records: list[dict[str, object]] = []
        for s, scenario in enumerate(self.scenarios):
            for i, outcome in enumerate(self.experiment.model.outcomes.values()):
                found = self.values[s, :, :, i]
                found = found[~np.isnan(found)]
                low, middle, high = np.quantile(found, QUANTILES) if found.size else [math.nan] * 3
                records.append({
                    "scenario": scenario,
                    "outcome": outcome.name,
                    "unit": outcome.unit,
                    "n": found.size,
                    "mean": float(found.mean()) if found.size else math.nan,
                    "sd": float(found.std(ddof=1)) if found.size > 1 else math.nan,
                    "q05": float(low),
                    "q50": float(middle),
                    "q95": float(high),
                })  # fmt: skip
        return records

    def _repr_html_(self) -> str:
        """Return the means of the outcomes as a table, for a notebook."""
        means = {(record["scenario"], record["outcome"]): record for record in self.table()}
        rows = []
        for name, outcome in self.experiment.model.outcomes.items():
            unit = f" ({outcome.unit})" if outcome.unit else ""
            found = [means[scenario, name] for scenario in self.scenarios]
            cells = [f"{record['mean']:.4g}" if record["n"] else "–" for record in found]
            rows.append((f"{outcome.label or name}{unit}", *cells))
        futures, replications = self.values.shape[1:3]
        caption = (
            f"{self.experiment.title}: means of {futures:,} futures × {replications:,} replications"
        )
        notes = [f"{len(self.failures):,} replications failed"] if self.failures else []
        if self.partial:
            notes.append(self.partial_note)
        return html_table(caption, ("Outcome", *self.scenarios), rows, notes)

    def to_pandas(self) -> pd.DataFrame:
        """Return one row per scenario, future and replication, with a column per outcome.

        Uncertain parameters have columns too, options as words, and `failed` says which rows have no values.
        """
        import pandas as pd

        index = self._index()
        flat = self.values.reshape(-1, self.values.shape[3])
        frame = pd.DataFrame(flat, index=index, columns=list(self.outcomes))
        futures = index.get_level_values("future")
        more = {n: self.experiment.sampled(n)[futures] for n in self.experiment.parameters}
        more["failed"] = self.failed.reshape(-1)
        return pd.concat([frame, pd.DataFrame(more, index=index)], axis=1)

    def to_xarray(self) -> xr.Dataset:
        """Return everything as labelled arrays with units.

        Returns
        -------
        xarray.Dataset
            The outcomes and `failed` by scenario, future and replication; the uncertain parameters
            as coordinates of `future`. With trajectories also `band`, `sample`, and for each option
            state ``share_<state>``. The attributes have title, seed, sampler, randomness, kernel
            and `programs`, the digests of the compiled scenarios.

        Raises
        ------
        ImportError
            xarray is not installed.
        """
        import xarray as xr

        experiment, dims = self.experiment, ("scenario", "future", "replication")
        data: dict[str, Any] = {
            name: (dims, self.outcome(name), {"units": o.unit, "long_name": o.label})
            for name, o in experiment.model.outcomes.items()
        }
        data["failed"] = (dims, self.failed)
        coords: dict[str, Any] = {
            dim: np.arange(size) for dim, size in zip(dims, self.failed.shape, strict=True)
        } | {"scenario": list(self.scenarios)}
        for name in experiment.parameters:
            parameter = experiment.model.parameters[name]
            labels = {"units": parameter.unit, "long_name": parameter.label}
            coords[name] = ("future", experiment.sampled(name), labels)
        if (series := self.trajectories) is not None:
            time = ("time", series.times, {"units": experiment.model.clock.unit})
            coords |= {"series": list(series.names), "level": list(LEVELS), "time": time}
            data["band"] = (("scenario", "series", "level", "time"), series.bands)
            data["mean"] = (("scenario", "series", "time"), series.means)
            data["sd"] = (("scenario", "series", "time"), series.sds)
            data["sample"] = (("scenario", "sample", "series", "time"), series.samples)
            for state, shares in series.shares.items():
                coords[f"option_{state}"] = list(series.options[state])
                data[f"share_{state}"] = (("scenario", f"option_{state}", "time"), shares)
        attrs = {
            "title": experiment.title,
            "seed": experiment.seed,
            "sampler": experiment.sampler,
            "randomness": experiment.randomness,
            "kernel": self.kernel,
            "programs": " ".join(program.digest for program in experiment.programs()),
        }
        return xr.Dataset(data, coords, attrs)
