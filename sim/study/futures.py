"""Futures: points in the space of the uncertain parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from sim.engine.protocol import Floats
from sim.language.terms import NUMBER
from sim.model.types import Model, Parameter
from sim.numerics.exponential import exp
from sim.numerics.logarithm import log
from sim.study.arguments import whole
from sim.study.families import leads

Sampler = Literal["central", "latin_hypercube", "sobol", "random", "listed"]
#: Most independent randomisations of a point set: enough for Student's t to cost 7 or 9 % over the
#: normal; a power of two keeps the nets of Sobol points whole.
MAX_BLOCKS = {"latin_hypercube": 20, "sobol": 16}

#: What a study is run with where nothing else is said: replications of a scenario in all its
#: futures, and of them in each future.
DEFAULT_REPLICATIONS = 1_000
PER_FUTURE = 5
#: Of an analysis that samples its own futures, in each.
EXPLORED = 50


def sizes(
    uncertain: bool, futures: int | None, replications: int | None, central: bool = False
) -> tuple[int, int]:
    """Return the number of futures, 0 for central values, and the replications in each.

    Examples
    --------
    >>> sizes(True, None, None), sizes(True, None, 4000), sizes(True, 64, None), sizes(False, None, 50)
    ((200, 5), (800, 5), (64, 16), (0, 50))
    """
    if futures is not None:
        futures = whole("futures", futures, 0, None, "bad-futures")
    if replications is not None:
        replications = whole("replications", replications, 1, None, "bad-replications")
    wanted = replications or DEFAULT_REPLICATIONS
    if central or futures == 0 or (futures is None and not uncertain):
        return 0, wanted
    if futures is None:
        futures = max(2, -(-wanted // PER_FUTURE))
    elif replications is not None:
        return futures, replications
    return futures, max(1 if replications else PER_FUTURE, -(-wanted // futures))


def blocks(sampler: str, n: int) -> int:
    """Return of how many independent parts `n` futures consist.

    Points of one Latin hypercube or one scrambled Sobol sequence are not independent of each other,
    so the spread among them says nothing of the error of their mean. Independent randomisations of
    smaller sets do, at the price of a little of the gain (Owen 1998): up to `MAX_BLOCKS` of them, as
    `numpy.array_split` divides the futures. Futures sampled otherwise each stand for
    themselves.

    Examples
    --------
    >>> blocks("latin_hypercube", 200), blocks("sobol", 8), blocks("random", 200)
    (20, 8, 200)
    """
    return min(n, MAX_BLOCKS.get(sampler, n))


def sample(model: Model, n: int, sampler: Sampler, seed: int) -> tuple[tuple[str, ...], Floats]:
    """Sample the uncertain parameters of a model.

    Members that move together have the quantiles of the first of them, see `leads`.

    Each block of a Latin hypercube or Sobol design (see `blocks`) is drawn by itself, from a seed
    of its own.

    Returns
    -------
    tuple
        Their names, and ``float64[n, parameter]``; an option as its place among the words.
    """
    uncertain = [p for p in model.parameters.values() if p.uncertain]
    if sampler == "central" or not uncertain:
        return (), np.empty((n, 0))
    size = len(uncertain)
    parts = [len(part) for part in np.array_split(np.arange(n), blocks(sampler, n))]
    match sampler:
        case "latin_hypercube" | "sobol":
            unit = np.concatenate(
                [_block(sampler, m, size, [seed, b]) for b, m in enumerate(parts)]
            )
        case _:
            unit = np.random.default_rng(seed).random((n, size))
    names = tuple(p.name for p in uncertain)
    unit = unit[:, leads(model, names)]
    columns = [shaped(parameter, unit[:, i]) for i, parameter in enumerate(uncertain)]
    return names, np.column_stack(columns)


def _block(sampler: str, n: int, size: int, seed: list[int]) -> Floats:
    """Return one randomised point set as ``float64[n, size]``, from 0 to 1."""
    rng = np.random.default_rng(seed)
    if sampler == "latin_hypercube":
        strata = rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1).T
        return np.asarray((strata + rng.random((n, size))) / n)
    from scipy.stats import qmc  # half a second of import: not for the usual design

    return np.asarray(qmc.Sobol(size, rng=rng).random_base2((n - 1).bit_length())[:n])


def shaped(parameter: Parameter, u: Floats) -> Floats:
    """Return the values of a parameter at quantiles `u` of its shape.

    Options are equally likely, and given as places among the words.
    """
    if parameter.type.worded:
        count = len(parameter.type.options) or 2
        return np.minimum(np.floor(u * count), count - 1)
    assert parameter.low is not None and parameter.high is not None
    if parameter.type.kind == "whole":  # each whole number stands for the stretch around it
        wide = replace(parameter, low=parameter.low - 0.5, high=parameter.high + 0.5, type=NUMBER)
        return np.clip(np.floor(shaped(wide, u) + 0.5), parameter.low, parameter.high)
    low, high = parameter.low, parameter.high
    if parameter.shape == "loguniform":
        logs = log(low) + u * (log(high) - log(low))
        return np.array([exp(x) for x in logs.tolist()])  # numpy's exp differs by processor
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
