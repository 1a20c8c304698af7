"""Futures: points in the space of the uncertain parameters."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.language.terms import NUMBER
from sim.model.types import Model, Parameter

Floats = npt.NDArray[np.float64]
Sampler = Literal["central", "latin_hypercube", "sobol", "random", "listed"]


def sample(model: Model, n: int, sampler: Sampler, seed: int) -> tuple[tuple[str, ...], Floats]:
    """Sample the uncertain parameters of a model.

    Returns
    -------
    tuple
        Their names, and ``float64[n, parameter]``; an option as its place among the words.
    """
    uncertain = [p for p in model.parameters.values() if p.uncertain]
    if sampler == "central" or not uncertain:
        return (), np.empty((n, 0))
    from scipy.stats import qmc  # half a second of import: only where futures are sampled

    size = len(uncertain)
    match sampler:
        case "latin_hypercube":
            unit = qmc.LatinHypercube(size, rng=np.random.default_rng(seed)).random(n)
        case "sobol":
            engine = qmc.Sobol(size, rng=np.random.default_rng(seed))
            unit = engine.random_base2(max(0, math.ceil(math.log2(n))))[:n]
        case _:
            unit = np.random.default_rng(seed).random((n, size))
    columns = [shaped(parameter, unit[:, i]) for i, parameter in enumerate(uncertain)]
    return tuple(p.name for p in uncertain), np.column_stack(columns)


def shaped(parameter: Parameter, u: Floats) -> Floats:
    """Return the values of a parameter at quantiles `u` of its shape.

    Options are equally likely, and given as places among the words.
    """
    if parameter.type.kind in ("option", "boolean"):
        count = len(parameter.type.options) or 2
        return np.minimum(np.floor(u * count), count - 1)
    assert parameter.low is not None and parameter.high is not None
    if parameter.type.kind == "whole":  # each whole number stands for the stretch around it
        wide = replace(parameter, low=parameter.low - 0.5, high=parameter.high + 0.5, type=NUMBER)
        return np.clip(np.floor(shaped(wide, u) + 0.5), parameter.low, parameter.high)
    low, high = parameter.low, parameter.high
    if parameter.shape == "loguniform":
        return np.asarray(np.exp(np.log(low) + u * (np.log(high) - np.log(low))))
    if parameter.shape == "triangular":
        mode = float(parameter.value)
        cut = (mode - low) / (high - low)
        left = low + np.sqrt(u * (high - low) * (mode - low))
        right = high - np.sqrt((1 - u) * (high - low) * (high - mode))
        return np.where(u < cut, left, right)
    return low + u * (high - low)


def quantile(parameter: Parameter, values: Floats) -> Floats:
    """Return where numbers stand in the shape of a parameter, from 0 to 1: `shaped` the other way."""
    assert parameter.low is not None and parameter.high is not None
    low, high = parameter.low, parameter.high
    if parameter.shape == "loguniform":
        return np.asarray(np.log(values / low) / np.log(high / low))
    if parameter.shape == "triangular":
        mode = float(parameter.value)
        below = (values - low) ** 2 / ((high - low) * (mode - low or 1.0))
        above = 1 - (high - values) ** 2 / ((high - low) * (high - mode or 1.0))
        return np.where(values < mode, below, above)
    return np.asarray((values - low) / (high - low))


def alike(one: Parameter, other: Parameter) -> bool:
    """Whether two entries say the same of a parameter: its value, and what it is sampled from."""
    mine, theirs = ((p.value, p.type, p.low, p.high, p.shape) for p in (one, other))
    return mine == theirs
