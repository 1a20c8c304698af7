"""On which assumptions does the sign of a difference hang, and at which value does it turn?

`sim.numerics.selection` finds the inputs that stand after correction for looking at all of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.analysis.sampled import column_of, sampled_entry, varied
from sim.formatting import exact_text, exponent, plural
from sim.model.types import Parameter
from sim.numerics.crossings import LEAST, LOGARITHM, NUMBER, WORD
from sim.statistics.estimates import Floats
from sim.statistics.library import compiled, contiguous
from sim.study.experiment import Experiment

#: Shapes that are even, or symmetric, in the logarithm.
LOGARITHMIC = ("loguniform", "lognormal")


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

    The mean difference of each future is regressed on the rank of each number and on the options of each
    word. The crossing is that of a straight line by least squares, in the value or, of a *loguniform* or
    *lognormal* parameter, its logarithm, together with the other inputs named; futures have weights by
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
    values = np.array(differences, float, ndmin=2)
    rows, width = values.shape
    if not experiment.parameters:
        return ()
    names = varied(experiment, (), 0, "")
    entries = [sampled_entry(experiment, name) for name in names]
    x = contiguous(experiment.futures[:, [column_of(experiment, name) for name in names]].T)
    kinds = np.array([_kind(entry, column) for entry, column in zip(entries, x, strict=True)])
    sizes = [len(_words(entry)) - 1 if entry.type.worded else 1 for entry in entries]
    starts = np.cumsum([0, *sizes])
    size, inputs = int(starts[-1]) + 1, len(entries)
    places, tails = np.zeros(most, np.int64), np.empty(most)
    kept, y, root, alone, work = np.zeros(rows, np.int64), *np.empty((4, rows))
    ends = np.zeros(blocks if blocks and blocks * LEAST <= rows else 1, np.int64)
    tested, columns, bases = np.empty((3, size, rows))
    told = compiled("hang")(
        values, rows, width, x, kinds, starts, most, places, tails, kept, y, root, ends, alone,
        tested, columns, bases, np.zeros(inputs, np.int64), np.empty(inputs), work,
        np.empty(size), *np.empty((2, rows), np.int64),
    )  # fmt: skip
    if not told:
        return ()
    out, (found, means, place, room) = np.empty((told, 5)), np.empty((4, max(size, rows)))
    compiled("cross")(
        x, rows, kinds, starts, places, told, kept, int(ends[-1]), y, root, out, columns, found,
        means, np.empty((size, size)), place, room, work, alone,
    )  # fmt: skip
    named = (entries[place] for place in places[:told])
    return tuple(
        _turn(entry, row, p) for entry, row, p in zip(named, out.tolist(), tails, strict=False)
    )


def _words(entry: Parameter) -> Sequence[str]:
    return entry.type.options or ("false", "true")


def _kind(entry: Parameter, x: Floats) -> int:
    if entry.type.worded:
        return WORD
    return LOGARITHM if entry.shape in LOGARITHMIC and (x > 0).all() else NUMBER


def _turn(entry: Parameter, told: Sequence[float], p: float) -> Turn:
    """Return what is told of an input."""
    above, value, span, slope, mask = told
    label = entry.label or entry.name.replace("_", " ")
    if entry.type.worded:
        words = tuple(word for i, word in enumerate(_words(entry)) if int(mask) >> i & 1)
        return Turn(entry.name, label, entry.unit, None, None, words, slope, float(p))
    crossing = None if math.isnan(value) else _rounded(entry, value, span)
    return Turn(entry.name, label, entry.unit, above > 0, crossing, (), slope, float(p))


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
            return f"larger or smaller with {name}, without a turn of its sign"
        side = "not " * flip + " or ".join(turn.words)
        return f"{better} on average only where {name} is {side}"
    up = turn.above != flip
    if turn.value is None:
        more = "more favourable" if goal else "higher"
        return f"{more} where {name} is {'high' if up else 'low'}"
    at = f"{exact_text(turn.value)} {plural(turn.unit, turn.value)}".rstrip().replace("-", "−", 1)
    return f"{better} on average only where {name} is {'above' if up else 'below'} {at}"


def _rounded(entry: Parameter, value: float, span: float) -> float:
    """Return a crossing with the digits that its range supports; between two whole numbers, the middle."""
    if entry.type.kind == "whole":
        return math.floor(value) + 0.5
    if entry.shape in LOGARITHMIC:
        return float(f"{value:.2g}")
    return round(value, 2 - exponent(span))
