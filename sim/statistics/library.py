"""The compiled functions behind the estimates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.engine.llvm.library import functions

#: Restricted Python that becomes a library when one of its functions is called.
ESTIMATES = (
    "sim.numerics.sums.bands",
    "sim.numerics.sums.moments",
    "sim.numerics.sums.half_sums",
    "sim.numerics.intervals.units",
    "sim.numerics.intervals.estimate",
    "sim.numerics.intervals.paired",
    "sim.numerics.intervals.zero_test",
    "sim.numerics.shrinkage.split",
    "sim.numerics.shrinkage.spread",
    "sim.numerics.shrinkage.ranges",
    "sim.numerics.shrinkage.expected",
    "sim.numerics.sides.shares",
    "sim.numerics.tails.two_sided",
    "sim.numerics.tails.student_tails",
    "sim.numerics.tails.student_quantile",
)
#: The same for what takes long to compile and is seldom asked for.
CROSSINGS = ("sim.numerics.crossings.hang", "sim.numerics.crossings.cross")
RATIOS = ("sim.numerics.ratios.explain",)
#: What Python leaves to NumPy: the futures of a page.
SAMPLING = ("sim.numerics.hypercube.futures",)
#: What has the same bits everywhere only here: some shapes, correlations and shares.
SHAPES = (
    "sim.numerics.shapes.shaped_values",
    "sim.numerics.copula.correlate",
    "sim.numerics.copula.link",
    "sim.numerics.copula.share",
)
#: All of them, as a browser gets them.
ENTRIES = (*ESTIMATES, *CROSSINGS, *RATIOS, *SAMPLING)


def contiguous(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return values as the compiled functions take them: floats without gaps."""
    return np.ascontiguousarray(values, float)


def rooms(count: int, size: int) -> list[npt.NDArray[np.float64]]:
    """Return room for the compiled functions to work in."""
    return list(np.empty((count, size)))


def compiled(name: str) -> Callable[..., Any]:
    """Return a compiled function by the last part of its name.

    Examples
    --------
    >>> round(compiled("student_tails")(2.0, 9.0), 4)
    0.0766
    """
    libraries = (CROSSINGS, RATIOS, SAMPLING, SHAPES)
    holds = (one for one in libraries if any(entry.endswith(f".{name}") for entry in one))
    return functions(next(holds, ESTIMATES))[name]
