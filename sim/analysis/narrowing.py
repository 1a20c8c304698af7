"""Which assumptions does the evidence narrow? What is kept of each, against all that was drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.sampled import column_of, sampled_entry, varied
from sim.model.types import Parameter
from sim.statistics.estimates import Floats
from sim.study.experiment import Experiment

#: Ends of the range that is told, its width in futures, and how many samples of chance are drawn.
ENDS, WIDTH, RESAMPLES = (0.05, 0.95), 0.9, 400


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How far an assumption is narrowed.

    Attributes
    ----------
    entry
        The parameter; of a family that is sampled as one, with the name of the family.
    drawn, kept
        The 5 to 95 % range of a number; the share of each of its words, in their order, of a word.
    left
        Part of the drawn 5 to 95 % range that the kept one covers, counted in futures: 1 where
        nothing is narrowed. Of a word the part of the futures that still has the same word.
    beyond_chance
        Whether it is narrowed further than the most narrowed of all inputs is in 95 % of as many
        futures kept at random (Westfall and Young 1993).
    """

    entry: Parameter
    drawn: tuple[float, ...]
    kept: tuple[float, ...]
    left: float
    beyond_chance: bool


def narrowings(
    drawn: Experiment, names: Sequence[str], kept: Floats, *, seed: int = 1
) -> tuple[Narrowing, ...]:
    """Compare the futures that evidence keeps with those that were drawn.

    Parameters
    ----------
    drawn : Experiment
        With the futures that were drawn.
    names, kept : sequence of str, float64[future, parameter]
        Those that are kept; the parameters may be fewer, and in another order.

    Returns
    -------
    tuple of Narrowing
        Of each input that both have, the most narrowed first.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> drawn = sim.make_experiment(scenario, futures=200)
    >>> few = drawn.futures[drawn.sampled("berths") == 7]
    >>> narrowings(drawn, drawn.parameters, few)[0].entry.name
    'berths'
    """
    columns = {name: place for place, name in enumerate(names)}
    places = [(name, column_of(drawn, name)) for name in varied(drawn, (), 0, "")]
    shared = [(name, place) for name, place in places if drawn.parameters[place] in columns]
    if not shared or not len(kept):
        return ()
    entries = [sampled_entry(drawn, name) for name, _ in shared]
    before = [drawn.futures[:, place] for _, place in shared]
    after = [kept[:, columns[drawn.parameters[place]]] for _, place in shared]
    left = np.array([_left(e, x, y) for e, x, y in zip(entries, before, after, strict=True)])
    floor = _floor(entries, before, len(kept), seed)
    return tuple(
        Narrowing(
            entries[i], _told(entries[i], before[i]), _told(entries[i], after[i]), float(left[i]),
            bool(left[i] < floor),
        )
        for i in np.argsort(left, kind="stable")
    )  # fmt: skip


def _floor(entries: Sequence[Parameter], drawn: Sequence[Floats], size: int, seed: int) -> float:
    """Return how little is left of the most narrowed input in 5 % of samples of the futures."""
    rng, n = np.random.default_rng(seed), len(drawn[0])
    numbers = [x for entry, x in zip(entries, drawn, strict=True) if not entry.type.worded]
    words = [(entry, x) for entry, x in zip(entries, drawn, strict=True) if entry.type.worded]
    below, upto = np.empty((2, n, len(numbers)))
    for i, x in enumerate(numbers):
        below[:, i], upto[:, i] = _ranks(x, x)
    low, high = _places(size)
    least = []
    for _ in range(RESAMPLES):
        rows = rng.choice(n, size, replace=size > n)
        inside = np.partition(upto[rows], high, axis=0)[high]
        inside -= np.partition(below[rows], low, axis=0)[low]
        found = [*(inside / n / WIDTH), *(_left(entry, x, x[rows]) for entry, x in words)]
        least.append(min(found))
    return float(np.quantile(least, ENDS[0]))


def _ranks(drawn: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return how many of the drawn are below each value, and how many are not above it."""
    ordered = np.sort(drawn)
    below = np.searchsorted(ordered, values, "left").astype(float)
    return below, np.searchsorted(ordered, values, "right").astype(float)


def _places(size: int) -> tuple[int, int]:
    """Return where the ends of the range stand among so many values in order."""
    low, high = (max(0, math.ceil(end * size) - 1) for end in ENDS)
    return low, high


def _told(entry: Parameter, values: Floats) -> tuple[float, ...]:
    """Return the 5 to 95 % range of a number, or the share of each word."""
    if entry.type.worded:
        return tuple(_shares(entry, values).tolist())
    low, high = _places(len(values))
    ordered = np.sort(values)
    return float(ordered[low]), float(ordered[high])


def _shares(entry: Parameter, values: Floats) -> Floats:
    return np.bincount(values.astype(int), minlength=len(entry.type.options) or 2) / len(values)


def _left(entry: Parameter, drawn: Floats, kept: Floats) -> float:
    """Return which part of what was drawn is left."""
    if entry.type.worded:
        return float(np.minimum(_shares(entry, drawn), _shares(entry, kept)).sum())
    below, upto = _ranks(drawn, np.array(_told(entry, kept)))
    return min(1.0, float(upto[1] - below[0]) / len(drawn) / WIDTH)
