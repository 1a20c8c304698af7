"""Where does a curve tip? The place where its mean crosses a level, or is best, with an interval.

The replications are resampled, the same ones for all points, to say how sure the place is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.analysis.inputs import Factor
from sim.analysis.pareto import draws
from sim.formatting import interval, plural
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate, Floats, resampled

RESAMPLES = 1_000
#: Part of the resamples in which a place between the ends must be best to be called so.
CLEAR = 0.95


@dataclass(frozen=True, slots=True)
class Tipping:
    """Where a curve tips.

    Attributes
    ----------
    kind
        *crossing*: where it first crosses `level`. *best*: where it is largest or smallest, between
        the ends of the range.
    at
        The place, with an interval over the resamples in which there is one.
    share
        In which part of the resamples there is one.
    rising
        Whether the curve crosses upwards.
    where
        In a sweep of two levers, the value of the second.
    """

    kind: Literal["crossing", "best"]
    at: Estimate
    share: float
    level: float
    rising: bool
    where: float | None = None

    def text(
        self, outcome: Outcome, levers: Sequence[Factor], scenario: str, against: str = ""
    ) -> str:
        """Return it as a sentence.

        Parameters
        ----------
        against
            The scenario that the curve is the difference to; empty where it is the outcome itself.
        """
        at = f"{levers[0].name} {interval(self.at)} {plural(levers[0].unit)}".rstrip()
        where = ""
        if self.where is not None:
            where = f" with {levers[1].name}={levers[1].word(self.where)}"
        to = f" against {against}" if against else ""
        if self.kind == "best":
            words = f"{outcome.name} is {extreme(outcome)} at {at}"
        elif self.level == 0 and outcome.goal and to:
            helps = self.rising == (outcome.goal == "maximize")
            words = f"{scenario} {'starts to help' if helps else 'stops helping'}{to} after {at}"
        else:
            side = "above" if self.rising else "below"
            what = "the difference" if to else outcome.name
            words = f"{what}{to} goes {side} {self.level:g} at {at}"
        sure = f"; {self.share:.0%} of the resamples have one" if self.share < 1 else ""
        return f"Tipping point{where}: {words}{sure}."


def extreme(outcome: Outcome) -> str:
    """Return what the best value of an outcome is called."""
    return "largest" if outcome.goal == "maximize" else "smallest"


def find_tipping(
    x: Floats,
    values: Floats,
    level: float | None,
    *,
    goal: str = "",
    where: float | None = None,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Tipping | None:
    """Find where the mean along a lever crosses a level, or is best, with a bootstrap interval.

    Parameters
    ----------
    x
        ``float64[point]``, ascending.
    values
        ``float64[point, replication]`` on common random numbers; NaN is missing.
    level
        None seeks the best place, which needs a goal.

    Returns
    -------
    Tipping or None
        None where the means do not cross the level, no place between the ends is clearly best, or
        there is no goal.
    """
    if level is None and not goal:
        return None
    weights = draws(values.shape[1], resamples, seed)
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(known, values, 0.0) @ weights.T / (known @ weights.T)
        centre = np.where(known, values, 0.0).sum(axis=1) / known.sum(axis=1)
    if level is None:
        best = np.nanargmax if goal == "maximize" else np.nanargmin

        def inside(column: Floats) -> float:
            known = column[~np.isnan(column)]
            if not len(known) or not known.min() < known.max():
                return math.nan
            place = int(best(column))
            at_an_end = column[place] in (known[0], known[-1])  # a plateau that goes on
            return math.nan if at_an_end else float(x[place])

        kind: Literal["crossing", "best"] = "best"
        at, rising = inside(centre), False
        drawn = np.array([inside(column) for column in means.T])
    else:
        kind = "crossing"
        at, rising = crossing(x, centre - level)
        drawn = np.array([crossing(x, column - level)[0] for column in means.T])
    there = drawn[~np.isnan(drawn)]
    if math.isnan(at) or (kind == "best" and len(there) < CLEAR * resamples):
        return None
    return Tipping(
        kind=kind, at=resampled(at, there, values.shape[1]), share=len(there) / resamples,
        level=math.nan if level is None else level, rising=rising, where=where,
    )  # fmt: skip


def crossing(x: Floats, y: Floats) -> tuple[float, bool]:
    """Return where a polyline first changes its sign, and whether upwards; NaN where it never does.

    A stretch at exactly 0 belongs to what comes before it.
    """
    last: tuple[float, float] | None = None
    for place, value in zip(x, y, strict=True):
        if np.isnan(value) or value == 0.0:
            continue
        if last is not None and (value > 0) != (last[1] > 0):
            part = last[1] / (last[1] - value)
            return float(last[0] + part * (place - last[0])), bool(value > 0)
        last = (float(place), float(value))
    return math.nan, False
