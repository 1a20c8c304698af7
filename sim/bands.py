"""Series over time, pooled over replications: bands, shares of options, and samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sim.ensemble import LEVELS, Floats, Trajectories
from sim.kernels.protocol import Block
from sim.model import Model
from sim.program import Program

#: Single replications kept to be drawn.
SAMPLES = 30


class Pool:
    """Collects series as they come and makes the bands; `model` is that of the first scenario."""

    def __init__(self, model: Model, programs: Sequence[Program]) -> None:
        self.model = model
        self.programs = programs
        self.blocks: list[list[tuple[tuple[int, int], npt.NDArray[np.float32]]]] = [
            [] for _ in programs
        ]

    def add(self, scenario: int, order: tuple[int, int], block: Block) -> None:
        """Keep the series of a block; failed replications have none."""
        if block.series is not None:
            good = block.series[:, :, block.status == 0].astype(np.float32)
            self.blocks[scenario].append((order, good))

    def trajectories(self) -> Trajectories:
        """Return quantiles, option shares and samples.

        A scenario whose overlay takes a series away has NaN in its place.
        """
        model, size = self.model, len(self.programs)
        points = model.clock.grid()
        names = tuple(
            name
            for name in self.programs[0].series
            if name in model.derived or model.state[name].type.kind in ("number", "whole")
        )
        bands = np.full((size, len(names), len(LEVELS), points), np.nan)
        samples = np.full((size, SAMPLES, len(names), points), np.nan)
        shares: dict[str, Floats] = {
            name: np.full((size, len(variable.type.options), points), np.nan)
            for name, variable in model.state.items()
            if variable.type.kind == "option"
        }
        counts = []
        for scenario, blocks in enumerate(self.blocks):
            if not blocks:
                continue
            blocks.sort(key=lambda entry: entry[0])
            data = np.concatenate([array for _, array in blocks], axis=2)
            blocks.clear()
            if data.shape[2] == 0:
                continue
            counts.append(data.shape[2])
            places = {name: i for i, name in enumerate(self.programs[scenario].series)}
            here = [i for i, name in enumerate(names) if name in places]
            numeric = data[[places[names[i]] for i in here]]
            bands[scenario, here] = _quantiles(np.sort(numeric, axis=2)).transpose(1, 0, 2)
            kept = numeric[:, :, :SAMPLES].transpose(2, 0, 1)
            samples[scenario, : len(kept), here] = kept.transpose(1, 0, 2)
            for name in shares.keys() & places.keys():
                row = data[places[name]]
                for option in range(shares[name].shape[1]):
                    shares[name][scenario, option] = (row == option).mean(axis=1)
        times = np.arange(points, dtype=float)
        return Trajectories(times, names, bands, shares, samples, min(counts, default=0))


def _quantiles(ordered: npt.NDArray[np.float32]) -> Floats:
    """Return linear-interpolated quantiles of sorted rows: ``float64[level, series, time]``."""
    n = ordered.shape[2]
    found = []
    for level in LEVELS:
        place = level * (n - 1)
        low = int(place)
        high = min(low + 1, n - 1)
        weight = place - low
        found.append(ordered[:, :, low] * (1 - weight) + ordered[:, :, high] * weight)
    return np.array(found, dtype=float)
