"""Series over time, pooled over replications: bands, shares of options, and samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.statistics.library import compiled, contiguous
from sim.study.arguments import bad_argument, known_name
from sim.study.experiment import Floats

if TYPE_CHECKING:
    import pandas as pd

#: Quantiles of the bands: 90 % and 50 % bands and the median.
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
#: Single replications kept to be drawn.
SAMPLES = 30


@dataclass(frozen=True, slots=True, repr=False)
class Trajectories:
    """Series over time, pooled over futures and replications.

    `sim.run(…, series=True)` keeps them in `Ensemble.trajectories`.

    Attributes
    ----------
    scenarios : tuple of str
        Names of the scenarios.
    times : float64[time]
        Whole time units from 0 to the horizon; a value at t includes the events at t.
    names : tuple of str
        Numeric state and derived quantities, in the order of the model.
    bands : float64[scenario, series, level, time]
        Pointwise quantiles at `LEVELS`, in the unit of the series; NaN where a replication has no
        value.
    means, sds : float64[scenario, series, time]
        Pointwise mean and standard deviation, over all replications.
    options : mapping of str to tuple of str
        The option states and their options.
    shares : mapping of str to float64[scenario, option, time]
        For each option state, the share of replications in each option.
    samples : float64[scenario, sample, series, time]
        The first single replications; NaN where there are fewer.
    n : int
        Replications behind each band: the first of each scenario.
    counted : int
        Replications behind each mean and standard deviation.
    halves : float64[scenario, future, half, series, time] or None
        Mean of the even and of the odd replications of each future; NaN where there are none. None
        with one future, in stored results, and where they would be more than
        `sim.execution.recording.MAX_HALVES` numbers.
    half_counts : float64[scenario, future, half]
        Replications in each half.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> found = sim.run(scenario, replications=20, series=["waiting"]).trajectories
    >>> found.band("waiting", "mediate").shape
    (5, 91)
    >>> list(found.to_pandas().columns)
    ['scenario', 'series', 'time', 'level', 'value']
    """

    scenarios: tuple[str, ...]
    times: Floats
    names: tuple[str, ...]
    bands: Floats
    options: Mapping[str, tuple[str, ...]]
    shares: Mapping[str, Floats]
    samples: Floats
    n: int
    means: Floats
    sds: Floats
    counted: int
    halves: Floats | None = None
    half_counts: Floats | None = None

    def __repr__(self) -> str:
        names = ", ".join([*self.names, *self.options])
        return f"<Trajectories of {len(self.scenarios)} scenarios: {names}>"

    def _of(self, scenario: str | None) -> int | slice:
        if scenario is None:
            return slice(None)
        name = known_name("scenario", scenario, self.scenarios, "unknown-scenario")
        return self.scenarios.index(name)

    def band(self, series: str, scenario: str | None = None) -> Floats:
        """Return the quantiles of a series.

        Parameters
        ----------
        series : str
            A numeric state or derived quantity.
        scenario : str, optional
            Name of a scenario; by default all.

        Returns
        -------
        float64[level, time], or float64[scenario, level, time] for all scenarios

        Raises
        ------
        ExperimentError
            There is no such series or scenario.
        """
        name = known_name("series", series, self.names, "unknown-series")
        return self.bands[self._of(scenario), self.names.index(name)]

    def mean(self, series: str, scenario: str | None = None) -> Floats:
        """Return the mean of a series over all replications.

        Returns
        -------
        float64[time], or float64[scenario, time] for all scenarios

        Raises
        ------
        ExperimentError
            There is no such series or scenario.
        """
        name = known_name("series", series, self.names, "unknown-series")
        return self.means[self._of(scenario), self.names.index(name)]

    def sd(self, series: str, scenario: str | None = None) -> Floats:
        """Return the standard deviation of a series over all replications; see `mean`."""
        name = known_name("series", series, self.names, "unknown-series")
        return self.sds[self._of(scenario), self.names.index(name)]

    def at(self, time: float) -> list[dict[str, object]]:
        """Return one record per scenario and series at a time: mean, standard deviation, quantiles.

        Parameters
        ----------
        time : float
            A whole time unit from 0 to the horizon; the value there includes the events of that time.

        Raises
        ------
        ExperimentError
            There is no value at that time.
        """
        places = np.flatnonzero(self.times == time)
        if not places.size:
            words = f"there is no value at {time:g}"
            help = f"whole time units from 0 to {self.times[-1]:g} have one"
            raise bad_argument(words, help)
        i = int(places[0])
        return [
            {
                "scenario": scenario, "series": name, "time": float(time),
                "mean": float(self.means[s, k, i]), "sd": float(self.sds[s, k, i]),
                **{f"q{100 * p:02.0f}": float(self.bands[s, k, j, i]) for j, p in enumerate(LEVELS)},
            }
            for s, scenario in enumerate(self.scenarios)
            for k, name in enumerate(self.names)
        ]  # fmt: skip

    def table(self) -> list[dict[str, object]]:
        """Return the records of `at` for every time."""
        return [record for time in self.times.tolist() for record in self.at(time)]

    def share(self, state: str, option: str, scenario: str | None = None) -> Floats:
        """Return the share of replications in which a state has an option.

        Returns
        -------
        float64[time], or float64[scenario, time] for all scenarios

        Raises
        ------
        ExperimentError
            There is no such option state, option or scenario.
        """
        options = self.options[known_name("option state", state, self.options, "unknown-series")]
        name = known_name("option", option, options, "unknown-option")
        return self.shares[state][self._of(scenario), options.index(name)]

    def to_pandas(self) -> pd.DataFrame:
        """Return the bands in long form, with columns scenario, series, time, level and value."""
        import pandas as pd

        index = pd.MultiIndex.from_product(
            [self.scenarios, self.names, LEVELS, self.times],
            names=["scenario", "series", "level", "time"],
        )
        frame = pd.DataFrame({"value": self.bands.reshape(-1)}, index=index).reset_index()
        return frame[["scenario", "series", "time", "level", "value"]]

    @staticmethod
    def concat(parts: Sequence[Trajectories]) -> Trajectories:
        """Join the scenarios of several runs; only the series that all of them have are kept."""
        first = parts[0]
        names = tuple(n for n in first.names if all(n in part.names for part in parts))
        options = {
            n: words for n, words in first.options.items()
            if all(part.options.get(n) == words for part in parts)
        }  # fmt: skip
        own = [[part.names.index(n) for n in names] for part in parts]
        pairs = list(zip(parts, own, strict=True))
        return Trajectories(
            scenarios=tuple(name for part in parts for name in part.scenarios),
            times=first.times,
            names=names,
            bands=np.concatenate([part.bands[:, columns] for part, columns in pairs]),
            options=options,
            shares={n: np.concatenate([part.shares[n] for part in parts]) for n in options},
            samples=np.concatenate([part.samples[:, :, columns] for part, columns in pairs]),
            n=min(part.n for part in parts),
            means=np.concatenate([part.means[:, columns] for part, columns in pairs]),
            sds=np.concatenate([part.sds[:, columns] for part, columns in pairs]),
            counted=min(part.counted for part in parts),
            **_joined_halves(pairs),
        )


def _joined_halves(parts: Sequence[tuple[Trajectories, list[int]]]) -> dict[str, Floats]:
    """Join the halves of several runs, of some of their series, if all have them."""
    means = [t.halves[:, :, :, own] for t, own in parts if t.halves is not None]
    counts = [t.half_counts for t, _ in parts if t.half_counts is not None]
    if len(means) < len(parts) or len(counts) < len(parts):
        return {}
    return {"halves": np.concatenate(means), "half_counts": np.concatenate(counts)}


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean of some replications of each series at each time, and the squares around it."""

    count: int
    mean: Floats
    squares: Floats

    @staticmethod
    def of(series: Floats) -> Moments:
        """Return the moments of ``float64[series, time, replication]``."""
        *shape, count = series.shape
        mean, squares = np.zeros((2, *shape))
        if count:
            compiled("moments")(contiguous(series), mean.size, count, mean, squares)
        return Moments(count, mean, squares)

    def __add__(self, other: Moments) -> Moments:
        """Join two groups of replications (Chan, Golub and LeVeque 1983)."""
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        step = other.mean - self.mean
        share = other.count / count
        squares = self.squares + other.squares + step * step * (self.count * share)
        return Moments(count, self.mean + step * share, squares)
