"""The interface of the kernels: they run a block of replications of one setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program

Floats = npt.NDArray[np.float64]
Series = Sequence[int]  # numbers in `Program.series`


@dataclass(frozen=True, slots=True)
class Block:
    """Replications `first`, `first + 1`, … of one setting.

    Attributes
    ----------
    outcomes
        ``float64[replication, outcome]``; NaN throughout a replication that failed.
    status
        ``int32[replication]``; 0 is success, others are keys of `Program.errors`.
    events
        ``int64[replication]``; occurrences fired, including those with a false guard.
    series
        ``float64[series, time, replication]``; the requested series on the grid of whole time units,
        NaN throughout a replication that failed.
    """

    outcomes: Floats
    status: npt.NDArray[np.int32]
    events: npt.NDArray[np.int64]
    series: Floats


def empty_block(program: Program, count: int, series: Series) -> Block:
    """Return a block of `count` replications whose outcomes and series are NaN."""
    clock, width = program.model.clock, len(program.model.outcomes)
    points = clock.grid() if len(series) else 0
    return Block(
        np.full((count, width), np.nan),
        np.zeros(count, np.int32),
        np.zeros(count, np.int64),
        np.full((len(series), points, count), np.nan),
    )


class Kernel(Protocol):
    """Runs replications; all kernels of one program agree bit for bit."""

    name: str

    def __init__(self, program: Program) -> None: ...

    def run(
        self, values: Floats, *, seed: int, future: int, first: int, count: int, series: Series = ()
    ) -> Block:
        """Run `count` replications, numbered from `first`.

        Parameters
        ----------
        values
            ``float64[value]`` in the order of ``program.records["Values"]``.
        series
            Numbers in ``program.series`` of the series to record over time.
        """
        ...
