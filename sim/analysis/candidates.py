"""Which settings does a search try? A grid where it is small, else what evolution comes upon."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.analysis.inputs import Factor
from sim.engine.codegen.program import generate
from sim.engine.sources import engine
from sim.errors import Diagnostic, ExperimentError
from sim.statistics.estimates import Floats
from sim.study.experiment import Target, make_experiment
from sim.study.scenario import Scenario

Places = npt.NDArray[np.int64]
Method = Literal["auto", "grid", "nsga2"]
#: Points of a grid up to which it is run in full, and beyond which it is refused.
MAX_GRID, MOST = 2_000, 100_000


def resolve_method(
    inputs: Sequence[Factor], levels: int, method: Method
) -> Literal["grid", "nsga2"]:
    """Return how candidates are found: *auto* is a grid where that has at most `MAX_GRID` points.

    Raises
    ------
    ExperimentError
        A grid is asked for, and it is too large.
    """
    size = math.prod(len(f.levels(levels)) for f in inputs)
    if method == "auto":
        return "grid" if size <= MAX_GRID else "nsga2"
    if method == "grid" and size > MOST:
        words = f"the grid has {size:,} points"
        help = "fewer --levels, fewer levers with --only, or --method nsga2"
        raise ExperimentError(Diagnostic("too-large", words, None, help))
    return method


def grid(inputs: Sequence[Factor], levels: int) -> Floats:
    """Return every combination of the inputs' levels, ``float64[point, input]``."""
    return np.array(list(itertools.product(*(f.levels(levels) for f in inputs))))


def identity(
    scenario: Scenario,
    inputs: Sequence[Factor],
    names: Sequence[str],
    bounds: Mapping[str, Target],
    replications: int,
    seed: int,
) -> str:
    """Return the digest of all that the candidates of a search and their means depend on."""
    goals = [scenario.model.outcomes[name].goal for name in names]
    space = [(f.name, f.type, f.low, f.high, f.step) for f in inputs]
    base = make_experiment(scenario, futures=0).row(0, 0).tolist()
    asked = (names, goals, sorted(bounds.items(), key=lambda item: item[0]), replications, seed)
    whole = repr((engine(), generate(scenario.model).digest, base, space, asked))
    return hashlib.sha256(whole.encode()).hexdigest()


def without_twins(
    places: Places, matrix: Floats, means: Floats, own: Floats
) -> tuple[Places, dict[int, int]]:
    """Return one of the candidates that come out alike, the nearest to the scenario, and the others' number.

    Parameters
    ----------
    places
        Of the candidates to look at.
    matrix, means
        ``float64[candidate, input]`` and ``float64[candidate, outcome]``.
    own
        The scenario's own setting, ``float64[input]``.
    """
    changes = (matrix[places] != own).sum(axis=1)
    groups: dict[bytes, list[int]] = {}
    for i in np.argsort(changes, kind="stable"):
        groups.setdefault(means[places[i]].tobytes(), []).append(int(places[i]))
    return np.array(sorted(g[0] for g in groups.values())), {
        g[0]: len(g) - 1 for g in groups.values()
    }
