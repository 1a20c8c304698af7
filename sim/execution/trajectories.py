"""Series over time, pooled over replications: bands, shares of options, and samples."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program
from sim.engine.protocol import Block
from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.execution.ensemble import LEVELS, Floats, Trajectories
from sim.model.types import Model

#: Single replications kept to be drawn.
SAMPLES = 30


def check_series(program: Program, names: Collection[str]) -> None:
    """Refuse what is not a series of the model.

    Raises
    ------
    ExperimentError
        A name is unknown.
    """
    for name in names:
        if name not in program.series:
            words, hint = f"there is no series '{name}'", did_you_mean(name, program.series)
            raise ExperimentError(Diagnostic("unknown-series", words, None, hint))


class Pool:
    """Collects series as they come and makes the bands; `model` is that of the first scenario.

    Parameters
    ----------
    wanted
        The series to keep; None keeps all.

    Raises
    ------
    ExperimentError
        One of them is not a series of the model.
    """

    def __init__(
        self, model: Model, programs: Sequence[Program], wanted: Collection[str] | None = None
    ) -> None:
        self.model = model
        self.programs = programs
        known = programs[0].series
        check_series(programs[0], wanted or ())
        self.names = tuple(name for name in known if wanted is None or name in wanted)
        self.places = [
            [program.series.index(name) for name in self.names if name in program.series]
            for program in programs
        ]
        self.blocks: list[list[tuple[tuple[int, int], npt.NDArray[np.float32]]]] = [
            [] for _ in programs
        ]

    def kept(self, block: Block) -> Block:
        """Return a block with the series of the replications that ended well, in single precision."""
        series = block.series
        if block.status.any():
            series = series[:, :, block.status == 0]
        return replace(block, series=series.astype(np.float32, copy=False))

    def add(self, scenario: int, order: tuple[int, int], block: Block) -> None:
        """Take a block that went through `kept`."""
        if block.series.size:
            self.blocks[scenario].append((order, np.asarray(block.series, np.float32)))

    def trajectories(self, threads: int = 1) -> Trajectories:
        """Return quantiles, option shares and samples.

        A scenario whose overlay takes a series away has NaN in its place.
        """
        model, size = self.model, len(self.programs)
        points = model.clock.grid()
        names = tuple(
            name
            for name in self.names
            if name in model.derived or model.state[name].type.kind in ("number", "whole")
        )
        bands = np.full((size, len(names), len(LEVELS), points), np.nan)
        samples = np.full((size, SAMPLES, len(names), points), np.nan)
        shares: dict[str, Floats] = {
            name: np.full((size, len(variable.type.options), points), np.nan)
            for name, variable in model.state.items()
            if variable.type.kind == "option" and name in self.names
        }
        counts = []
        for scenario, blocks in enumerate(self.blocks):
            if not blocks:
                continue
            blocks.sort(key=lambda entry: entry[0])
            data = np.concatenate([array for _, array in blocks], axis=2)
            owners = np.repeat(
                [future for (future, _), _ in blocks], [a.shape[2] for _, a in blocks]
            )
            blocks.clear()
            if data.shape[2] == 0:
                continue
            counts.append(data.shape[2])
            ranks = np.arange(len(owners)) - np.searchsorted(owners, owners)
            chosen = np.lexsort((owners, ranks))[
                :SAMPLES
            ]  # of each future the first, then the second
            series = [self.programs[scenario].series[i] for i in self.places[scenario]]
            places = {name: i for i, name in enumerate(series)}
            here = [i for i, name in enumerate(names) if name in places]
            rows = [data[places[names[i]]] for i in here]
            with ThreadPoolExecutor(threads) as pool:
                for i, row, found in zip(here, rows, pool.map(_quantiles, rows), strict=True):
                    bands[scenario, i] = found
                    samples[scenario, : len(chosen), i] = row[:, chosen].T
            for name in shares.keys() & places.keys():
                row = data[places[name]]
                for option in range(shares[name].shape[1]):
                    shares[name][scenario, option] = (row == option).mean(axis=1)
        times = np.arange(points, dtype=float)
        return Trajectories(times, names, bands, shares, samples, min(counts, default=0))


def _quantiles(row: npt.NDArray[np.float32]) -> Floats:
    """Return linear-interpolated quantiles of a series: ``float64[level, time]``."""
    n = row.shape[1]
    ordered = np.sort(row, axis=1)
    found = []
    for level in LEVELS:
        place = level * (n - 1)
        low = int(place)
        high = min(low + 1, n - 1)
        weight = place - low
        found.append(ordered[:, low] * (1 - weight) + ordered[:, high] * weight)
    return np.array(found, dtype=float)
