"""What every kernel answers: a block of replications of one setting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Block:
    """Replications `first`, `first + 1`, … of one setting.

    Attributes
    ----------
    outcomes
        ``float64[replication, outcome]``; NaN throughout a row that failed.
    status
        ``int32[replication]``; 0 is fine, else a key of `Program.errors`.
    events
        ``int64[replication]``, occurrences judged.
    series
        ``float64[series, time, replication]``: those asked for, on the grid of whole time units; NaN
        throughout a replication that failed.
    """

    outcomes: Floats
    status: npt.NDArray[np.int32]
    events: npt.NDArray[np.int64]
    series: Floats


class Kernel(Protocol):
    """Runs replications; two kernels of one program agree bit for bit."""

    name: str

    def __init__(self, program: Program) -> None: ...

    def run(
        self,
        values: Floats,
        *,
        seed: int,
        future: int,
        first: int,
        count: int,
        series: Sequence[int] = (),
    ) -> Block:
        """Run `count` replications from number `first` on.

        Parameters
        ----------
        values
            ``float64[value]`` in the order of ``program.records["Values"]``.
        series
            Numbers in ``program.series`` of what is recorded over time.
        """
        ...
