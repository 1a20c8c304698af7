"""What a run keeps of its series, task by task, and the trajectories made of it."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from sim.engine.codegen.program import Program
from sim.engine.protocol import Block
from sim.execution.trajectories import LEVELS, SAMPLES, Moments, Trajectories
from sim.statistics.library import compiled, contiguous
from sim.study.arguments import known_name
from sim.study.experiment import Experiment, Floats

#: Most numbers of the means by future that a run keeps.
MAX_HALVES = 20_000_000


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
class Recorded:
    """What is kept of the series of a task: some whole, the moments of all, and sums of two halves.

    Attributes
    ----------
    series : float64[series, time, replication]
        Those that bands come from.
    counts, sums : float64[half], float64[half, series, time]
        Of the even and of the odd replications.
    """

    series: Floats
    moments: Moments
    counts: Floats
    sums: Floats

    @staticmethod
    def of(blocks: Sequence[Block], first: int, banded: bool, halved: bool) -> Recorded:
        """Return what is kept of blocks of replications that begin with the replication `first`."""
        fine = [block.status == 0 for block in blocks]
        series = np.concatenate(
            [block.series[:, :, kept] for block, kept in zip(blocks, fine, strict=True)], axis=2
        )
        series = contiguous(series)
        half = (first + np.flatnonzero(np.concatenate(fine))) % 2
        rows, points, count = series.shape
        sums = np.empty((2 if halved else 0, rows, points))
        if halved:
            compiled("half_sums")(series, rows * points, count, half, sums)
        return Recorded(
            series=series if banded else series[:, :, :0],
            moments=Moments.of(series),
            counts=np.bincount(half, minlength=2)[: len(sums)].astype(float),
            sums=sums,
        )


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
        self.moments: list[list[tuple[tuple[int, int], Recorded]]] = [[] for _ in programs]
        futures = len(experiment.futures)
        cells = len(programs) * futures * 2 * len(self.names) * experiment.model.clock.grid()
        #: Whether the means of each future are kept.
        self.halved = futures > 1 and cells <= MAX_HALVES

    def add(self, scenario: int, order: tuple[int, int], found: Recorded) -> None:
        """Add what is kept of the successful replications of a task."""
        if found.series.size:
            self.blocks[scenario].append((order, found.series))
        self.moments[scenario].append((order, replace(found, series=found.series[:, :, :0])))

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
            if name not in model.state or model.state[name].type.kind in ("number", "whole")
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
            **self._no_halves(len(names), points),
        )
        counts = [self._fill(found, scenario, threads) for scenario in range(size)]
        counted = [self._fill_moments(found, scenario) for scenario in range(size)]
        least = [min((n for n in some if n), default=0) for some in (counts, counted)]
        return replace(found, n=least[0], counted=least[1])

    def _no_halves(self, series: int, points: int) -> dict[str, Floats]:
        """Return room for the means by future, if they are kept."""
        shape = (len(self.own), len(self.experiment.futures), 2)
        whole = (*shape, series, points)
        return (
            {"halves": np.full(whole, np.nan), "half_counts": np.zeros(shape)}
            if self.halved
            else {}
        )

    def _fill_halves(self, found: Trajectories, scenario: int, rows: Mapping[str, int]) -> None:
        """Write the means of the halves of each future of a scenario."""
        if found.halves is None or found.half_counts is None:
            return
        counts, sums = found.half_counts[scenario], found.halves[scenario]
        for (future, _), kept in sorted(self.moments[scenario], key=lambda entry: entry[0]):
            first = not counts[future].any()
            counts[future] += kept.counts
            for i, name in enumerate(found.names):
                if name in rows:
                    more = kept.sums[:, rows[name]]
                    sums[future, :, i] = more if first else sums[future, :, i] + more
        with np.errstate(invalid="ignore", divide="ignore"):
            sums /= counts[:, :, None, None]

    def _fill_moments(self, found: Trajectories, scenario: int) -> int:
        """Write the means and standard deviations of a scenario; return its replications."""
        parts = sorted(self.moments[scenario], key=lambda entry: entry[0])
        if not parts:
            return 0
        self._fill_halves(found, scenario, {name: i for i, name in enumerate(self.own[scenario])})
        total = functools.reduce(Moments.__add__, (kept.moments for _, kept in parts))
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
    """Return quantiles of a series over replications: ``float64[level, time]``."""
    points, n = row.shape
    out = np.empty((len(LEVELS), points))
    ordered = np.sort(row, axis=1)  # faster than the compiled sort, which then has nothing to do
    compiled("bands")(ordered, points, n, np.array(LEVELS), out, np.empty(n), np.empty(2 * n))
    return out
