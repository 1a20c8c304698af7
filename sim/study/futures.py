"""Futures: points in the space of the uncertain parameters."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sim.engine.protocol import Floats
from sim.model.types import Model
from sim.study.arguments import whole
from sim.study.dependence import correlated, links, values
from sim.study.model_futures import lay_listed

Sampler = Literal["central", "latin_hypercube", "sobol", "random", "listed", "plausible"]
#: Those that give as many futures as are asked for.
SAMPLED = ("latin_hypercube", "sobol", "random")
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
    uncertain: bool,
    futures: int | None,
    replications: int | None,
    central: bool = False,
    most: int | None = None,
) -> tuple[int, int]:
    """Return the number of futures, 0 for central values, and the replications in each.

    Parameters
    ----------
    most
        Futures there are, where they are listed: a usual number is cut to it.

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
        futures = futures if most is None else min(futures, most)
    elif replications is not None:
        return futures, replications
    return futures, max(1 if replications else PER_FUTURE, -(-wanted // futures))


def usual_sampler(model: Model, futures: int = 0) -> Sampler:
    """Return how futures are sampled where nothing is said: from those that the model lists, if it does.

    Parameters
    ----------
    futures
        How many the user asked for: powers of two come from Sobol's sequence.
    """
    if model.futures is not None:
        return "plausible"
    return "latin_hypercube" if not futures or futures & (futures - 1) else "sobol"


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
    of its own. *Plausible* futures are the first that the model lists; a parameter that it does not
    list has its values of the Latin hypercube.

    Returns
    -------
    tuple
        Their names, and ``float64[n, parameter]``; an option as its place among the words.
    """
    uncertain = [p for p in model.parameters.values() if p.uncertain]
    if sampler == "central" or not uncertain:
        return (), np.empty((n, 0))
    if sampler == "plausible":
        names, drawn = sample(model, n, "latin_hypercube", seed)
        return names, lay_listed(model, names, drawn)
    size = len(uncertain)
    names = tuple(p.name for p in uncertain)
    depend = links(model, names)
    parts = [len(part) for part in np.array_split(np.arange(n), blocks(sampler, n))]
    match sampler:
        case "latin_hypercube" | "sobol":
            unit = np.concatenate(
                [_block(sampler, m, size, [seed, b]) for b, m in enumerate(parts)]
            )
        case _:
            unit = np.random.default_rng(seed).random((n, size))
    unit = correlated(depend, unit, len(parts) * (sampler == "latin_hypercube"), seed)
    return names, np.column_stack(values(depend, uncertain, unit))


def _block(sampler: str, n: int, size: int, seed: list[int]) -> Floats:
    """Return one randomised point set as ``float64[n, size]``, from 0 to 1."""
    rng = np.random.default_rng(seed)
    if sampler == "latin_hypercube":
        strata = rng.permuted(np.tile(np.arange(n), (size, 1)), axis=1).T
        return np.asarray((strata + rng.random((n, size))) / n)
    from scipy.stats import qmc  # half a second of import: not for the usual design

    return np.asarray(qmc.Sobol(size, rng=rng).random_base2((n - 1).bit_length())[:n])
