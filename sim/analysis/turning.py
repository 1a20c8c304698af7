"""On which assumptions does the sign of a difference hang, and at which value does it turn?

`sim.analysis.shuffles` finds the inputs that stand after correction for looking at all of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.analysis.shuffles import LEVEL, selected
from sim.formatting import exact_text, plural
from sim.model.types import Parameter
from sim.statistics.estimates import Bools, Floats
from sim.statistics.library import compiled
from sim.study.experiment import Experiment

#: Futures fewer than these say nothing of single parameters.
LEAST = 10
#: Futures on each side of a crossing, at least, and as a share of all.
SIDE, SIDE_SHARE = 5, 0.05


@dataclass(frozen=True, slots=True)
class Turn:
    """An uncertain parameter that the sign of a difference hangs on.

    Attributes
    ----------
    parameter, label, unit : str
        Its name, its label or its name in words, and its unit.
    above : bool or None
        True: the difference is higher above `value`, or towards the high end where there is none;
        None for words.
    value : float or None
        Where the fitted difference crosses 0; None where it does not within the futures, or too few of
        these lie on one side.
    words : tuple of str
        The options or truth values under which the difference is positive; none where the sign does
        not turn among them.
    slope : float
        Change of the fitted difference from the lowest to the highest sampled value; between words,
        from the first to the last of two, else from the lowest mean to the highest.
    p : float
        p value, corrected for looking at all inputs.
    """

    parameter: str
    label: str
    unit: str
    above: bool | None
    value: float | None
    words: tuple[str, ...]
    slope: float
    p: float


def turns(
    differences: npt.ArrayLike, experiment: Experiment, *, blocks: int | None = None, most: int = 3
) -> tuple[Turn, ...]:
    """Find the uncertain parameters that most decide the sign of a difference.

    The mean difference of each future is regressed on the rank of each number and on the options of
    each word. The crossing is that of a straight line by least squares, in the value or, of a
    *loguniform* parameter, its logarithm, together with the other inputs named; futures have weights by
    their number of pairs and by what they differ beyond chance (DerSimonian and Laird 1986). A crossing
    is told only inside the futures: where the line differs from 0 at both ends, and the futures on each
    side have the sign of theirs on average. It is where the sign turns on average over the other inputs.

    Parameters
    ----------
    differences : float64[future, replication]
        Paired differences; NaN is missing.
    experiment : Experiment
        Has the futures.
    blocks : int, optional
        Number of independent parts that the futures were sampled in, as `numpy.array_split` divides
        them: they are shuffled within these where each holds ten or more.
    most : int
        Parameters to name at most.

    Returns
    -------
    tuple of Turn
        The strongest first; none where there are fewer than ten futures.

    Examples
    --------
    >>> import sim
    >>> from sim.analysis.turning import turn_text, turns
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> experiment = sim.make_experiment(scenario, futures=40)
    >>> place = experiment.parameters.index("berths")
    >>> [turn] = turns(experiment.futures[:, [place]] - 7.5, experiment, most=1)
    >>> turn_text(turn, "maximize")
    'better on average only where “Berths” is above 7.5 berths'
    """
    values = np.asarray(differences, float)
    counts = (~np.isnan(values)).sum(axis=1)
    kept = counts > 0
    if not experiment.parameters or kept.sum() < LEAST:
        return ()
    y = np.nansum(values[kept], axis=1) / counts[kept]
    if not np.ptp(y) > 0:
        return ()
    entries = [experiment.model.parameters[name] for name in experiment.parameters]
    sampled = experiment.futures[kept]
    root = np.sqrt(_weights(values[kept], y, counts[kept]))
    count = blocks if blocks and blocks * LEAST <= len(values) else 1
    parts = np.array_split(np.zeros(len(values), int), count)
    group = np.concatenate([part + i for i, part in enumerate(parts)])[kept]
    tested = [_ranks(entry, sampled[:, i]) * root[:, None] for i, entry in enumerate(entries)]
    places, tails = selected(root[:, None], tested, y * root, group, most)
    if not places:
        return ()
    chosen = [entries[i] for i in places]
    fit = _fit(chosen, sampled[:, places], y, root)
    return tuple(fit.turn(k, p) for k, p in enumerate(tails))


def turn_text(turn: Turn, goal: str = "") -> str:
    """Return where a difference is better, or higher where its outcome has no goal.

    Parameters
    ----------
    turn : Turn
        What `turns` found.
    goal : {'minimize', 'maximize', ''}
        Of the outcome.

    Returns
    -------
    str
        A clause without a full stop.
    """
    name, flip = f"“{turn.label}”", goal == "minimize"
    better = "better" if goal else "higher"
    if turn.above is None:
        if not turn.words:
            return f"differs with {name}, without a turn of its sign"
        side = "not " * flip + " or ".join(turn.words)
        return f"{better} on average only where {name} is {side}"
    up = turn.above != flip
    if turn.value is None:
        more = "more favourable" if goal else "higher"
        return f"{more} where {name} is {'high' if up else 'low'}"
    at = f"{exact_text(turn.value)} {plural(turn.unit, turn.value)}".rstrip().replace("-", "−", 1)
    return f"{better} on average only where {name} is {'above' if up else 'below'} {at}"


def _weights(values: Floats, y: Floats, counts: npt.NDArray[np.int_]) -> Floats:
    """Return the weights of the futures' means, 1 on average; all alike where pairs are as many."""
    spread = np.nansum((values - y[:, None]) ** 2)
    chance = spread / max(int((counts - 1).sum()), 1) / counts
    weights = 1 / (max(float(y.var(ddof=1) - chance.mean()), 0.0) + chance + 1e-12 * y.var())
    return np.asarray(weights / weights.mean())


def _ranks(entry: Parameter, x: Floats) -> Floats:
    """Return an input as ``float64[future, column]``: middle ranks, or a column per option but one."""
    found, inverse, sizes = np.unique(x, return_inverse=True, return_counts=True)
    if entry.type.worded:
        return np.asarray(inverse[:, None] == np.arange(1, len(found)), float)
    return np.asarray((np.cumsum(sizes) - (sizes - 1) / 2)[inverse][:, None])


@dataclass(frozen=True, slots=True)
class _Fit:
    """Least squares of the differences on the inputs named, others at their means.

    Attributes
    ----------
    scaled
        Per input, its values on the scale of the fit.
    means
        Per input, the weighted means of its columns.
    found, covariance
        The mean difference, then an effect per column.
    slices
        Per input, where its effects stand.
    alone
        Per input, the differences without the effects of the other inputs.
    limit
        The t value of an end that differs from 0.
    """

    entries: Sequence[Parameter]
    weights: Floats
    scaled: Sequence[Floats]
    means: Sequence[Floats]
    found: Floats
    covariance: Floats
    slices: Sequence[slice]
    alone: Sequence[Floats]
    limit: float

    def at(self, k: int, row: Floats) -> tuple[float, float]:
        """Return the fitted difference at the columns of an input, and its t value."""
        place = np.zeros(len(self.found))
        place[0], place[self.slices[k]] = 1.0, row - self.means[k]
        value = float(place @ self.found)
        error = math.sqrt(max(float(place @ self.covariance @ place), 0.0))
        return value, value / error if error > 0 else math.copysign(math.inf, value)

    def parts(self, k: int, above: Bools) -> bool:
        """Whether the futures on each side are enough, and positive on average on that side only."""
        if min(above.sum(), (~above).sum()) < max(SIDE, SIDE_SHARE * len(above)):
            return False
        here, there = (
            np.average(self.alone[k][m], weights=self.weights[m]) for m in (above, ~above)
        )
        return bool(here > 0 > there)

    def turn(self, k: int, p: float) -> Turn:
        """Return what is told of an input."""
        entry, scaled = self.entries[k], self.scaled[k]
        label = entry.label or entry.name.replace("_", " ")
        if entry.type.worded:
            return Turn(entry.name, label, entry.unit, None, None, *self.words(k), p)
        low, high = float(scaled.min()), float(scaled.max())
        (first, t_first), (last, t_last) = (self.at(k, np.array([end])) for end in (low, high))
        above, value = last > first, None
        if first * last < 0 and min(abs(t_first), abs(t_last)) > self.limit:
            cross = low + (high - low) * first / (first - last)
            if self.parts(k, (scaled > cross) == above):
                value = _value(entry, cross, high - low)
        return Turn(entry.name, label, entry.unit, above, value, (), last - first, p)

    def words(self, k: int) -> tuple[tuple[str, ...], float]:
        """Return the words under which the difference is positive, and how far words differ."""
        places = np.unique(self.scaled[k])
        fitted = [self.at(k, (places[1:] == place).astype(float))[0] for place in places]
        slope = fitted[1] - fitted[0] if len(fitted) == 2 else max(fitted) - min(fitted)
        better = places[np.array(fitted) > 0]
        names = self.entries[k].type.options or ("false", "true")
        turned = self.parts(k, np.isin(self.scaled[k], better))
        return tuple(names[int(place)] for place in better) if turned else (), slope


def _fit(entries: Sequence[Parameter], x: Floats, y: Floats, root: Floats) -> _Fit:
    """Fit ``float64[future]`` by ``float64[future, input]``; `root` has the roots of the weights."""
    weights = root**2 / (root**2).sum()
    scaled = [_scaled(entry, x[:, k]) for k, entry in enumerate(entries)]
    columns = [
        (s[:, None] == np.unique(s)[1:]).astype(float) if entry.type.worded else s[:, None]
        for entry, s in zip(entries, scaled, strict=True)
    ]
    means = [weights @ c for c in columns]
    centred = [c - m for c, m in zip(columns, means, strict=True)]
    design = np.column_stack([np.ones(len(y)), *centred]) * root[:, None]
    inverse = np.linalg.pinv(design.T @ design)
    found = inverse @ (design.T @ (root * y))
    left = root * y - design @ found
    rest = max(1, len(y) - design.shape[1])
    ends = np.cumsum([1, *(c.shape[1] for c in columns)])
    slices = [slice(a, b) for a, b in itertools.pairwise(ends)]
    return _Fit(
        entries=entries, weights=weights, scaled=scaled, means=means, found=found,
        covariance=np.asarray(inverse * float(left @ left / rest)), slices=slices,
        alone=[left / root + found[0] + c @ found[s] for c, s in zip(centred, slices, strict=True)],
        limit=compiled("student_quantile")(2 * LEVEL, rest),
    )  # fmt: skip


def _scaled(entry: Parameter, x: Floats) -> Floats:
    return np.log(x) if entry.shape == "loguniform" and (x > 0).all() else x


def _value(entry: Parameter, cross: float, span: float) -> float:
    """Return a crossing with the digits that its range supports; between two whole numbers, the middle."""
    if entry.type.kind == "whole":
        return math.floor(cross) + 0.5
    if entry.shape == "loguniform":
        return float(f"{math.exp(cross):.2g}")
    return round(cross, 2 - math.floor(math.log10(span)))
