"""Series over time, pooled over replications: bands, shares of options, and samples."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sim.engine.codegen.program import Program
from sim.study.arguments import known_name
from sim.study.experiment import Experiment, Floats

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
        )


def check_series(program: Program, names: Collection[str]) -> None:
    """Refuse names that are not series of the model.

    Raises
    ------
    ExperimentError
        A name is unknown.
    """
    for name in names:
        known_name("series", name, program.series, "unknown-series")


@dataclass(frozen=True, slots=True)
class Moments:
    """The mean of some replications of each series at each time, and the squares around it."""

    count: int
    mean: Floats
    squares: Floats

    @staticmethod
    def of(series: Floats) -> Moments:
        """Return the moments of ``float64[series, time, replication]``."""
        count = series.shape[2]
        mean = series.mean(axis=2) if count else np.zeros(series.shape[:2])
        return Moments(count, mean, ((series - mean[:, :, None]) ** 2).sum(axis=2))

    def __add__(self, other: Moments) -> Moments:
        """Join two groups of replications (Chan, Golub and LeVeque 1983)."""
        count = self.count + other.count
        if not self.count or not other.count:
            return self if self.count else other
        step = other.mean - self.mean
        share = other.count / count
        squares = self.squares + other.squares + step * step * (self.count * share)
        return Moments(count, self.mean + step * share, squares)


class Pool:
    """Collects series block by block and makes the bands.

    Parameters
    ----------
    series
        The series to keep; None keeps all.

    Raises
    ------
    ExperimentError
        One of them is not a series of the first scenario's model.
    """

    def __init__(
        self,
        experiment: Experiment,
        programs: Sequence[Program],
        series: Collection[str] | None = None,
    ) -> None:
        self.experiment = experiment
        known = programs[0].series
        check_series(programs[0], series or ())
        self.names = tuple(name for name in known if series is None or name in series)
        self.own = [[name for name in self.names if name in program.series] for program in programs]
        #: For each scenario, the columns of its kernel's series that are kept.
        self.columns = [
            [program.series.index(name) for name in own]
            for program, own in zip(programs, self.own, strict=True)
        ]
        self.blocks: list[list[tuple[tuple[int, int], Floats]]] = [[] for _ in programs]
        self.moments: list[list[tuple[tuple[int, int], Moments]]] = [[] for _ in programs]

    def add(self, scenario: int, order: tuple[int, int], series: Floats, moments: Moments) -> None:
        """Add the series of successful replications, where they are kept, and their moments."""
        if series.size:
            self.blocks[scenario].append((order, series))
        self.moments[scenario].append((order, moments))

    def trajectories(self, threads: int = 1) -> Trajectories:
        """Return quantiles, option shares and samples; what a scenario does not have is NaN."""
        model, points = self.experiment.model, self.experiment.model.clock.grid()
        size = len(self.own)
        options = {
            name: model.state[name].type.options
            for name in self.names
            if name in model.state and model.state[name].type.kind == "option"
        }
        names = tuple(
            name
            for name in self.names
            if name in model.derived or model.state[name].type.kind in ("number", "whole")
        )
        found = Trajectories(
            scenarios=tuple(scenario.name for scenario in self.experiment.scenarios),
            times=np.arange(points, dtype=float),
            names=names,
            bands=np.full((size, len(names), len(LEVELS), points), np.nan),
            options=options,
            shares={n: np.full((size, len(words), points), np.nan) for n, words in options.items()},
            samples=np.full((size, SAMPLES, len(names), points), np.nan),
            n=0,
            means=np.full((size, len(names), points), np.nan),
            sds=np.full((size, len(names), points), np.nan),
            counted=0,
        )
        counts = [self._fill(found, scenario, threads) for scenario in range(size)]
        counted = [self._fill_moments(found, scenario) for scenario in range(size)]
        least = [min((n for n in some if n), default=0) for some in (counts, counted)]
        return replace(found, n=least[0], counted=least[1])

    def _fill_moments(self, found: Trajectories, scenario: int) -> int:
        """Write the means and standard deviations of a scenario; return its replications."""
        parts = sorted(self.moments[scenario], key=lambda entry: entry[0])
        if not parts:
            return 0
        total = functools.reduce(Moments.__add__, (moments for _, moments in parts))
        for row, name in enumerate(self.own[scenario]):
            if total.count and name in found.names:
                i = found.names.index(name)
                found.means[scenario, i] = total.mean[row]
                if total.count > 1:
                    found.sds[scenario, i] = np.sqrt(total.squares[row] / (total.count - 1))
        return total.count

    def _fill(self, found: Trajectories, scenario: int, threads: int) -> int:
        """Write the bands, samples and shares of a scenario; return its number of replications."""
        blocks = sorted(self.blocks[scenario], key=lambda entry: entry[0])
        self.blocks[scenario].clear()
        if not any(array.shape[2] for _, array in blocks):
            return 0
        data = np.concatenate([array for _, array in blocks], axis=2)
        futures = np.repeat([order[0] for order, _ in blocks], [a.shape[2] for _, a in blocks])
        del blocks
        ranks = np.arange(len(futures)) - np.searchsorted(futures, futures)
        sampled = np.lexsort((futures, ranks))[
            :SAMPLES
        ]  # the first of each future, then the second
        rows = dict(zip(self.own[scenario], data, strict=True))
        banded = [(i, rows[name]) for i, name in enumerate(found.names) if name in rows]
        with ThreadPoolExecutor(threads) as pool:
            bands = pool.map(_quantiles, [row for _, row in banded])
            for (i, row), band in zip(banded, bands, strict=True):
                found.bands[scenario, i] = band
                found.samples[scenario, : len(sampled), i] = row[:, sampled].T
        for name in found.shares.keys() & rows.keys():
            for option, share in enumerate(found.shares[name][scenario]):
                share[:] = (rows[name] == option).mean(axis=1)
        return len(futures)


def _quantiles(row: Floats) -> Floats:
    """Return linear-interpolated quantiles of a series: ``float64[level, time]``."""
    n = row.shape[1]
    ordered = np.sort(row, axis=1)
    found = []
    for level in LEVELS:
        position = level * (n - 1)
        low = int(position)
        high = min(low + 1, n - 1)
        weight = position - low
        found.append(ordered[:, low] + (ordered[:, high] - ordered[:, low]) * weight)
    gaps = np.isnan(ordered[:, -1])  # sorted last
    return np.where(gaps, np.nan, np.array(found))
