"""What happens along a lever, or over two? A grid on common random numbers, and where it tips.

A tipping point is where the mean along the lever crosses a level; resampling the replications, the same
ones for all points, says how sure the place is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.analysis.design import Progress, points
from sim.analysis.inputs import Factor
from sim.analysis.pareto import draws
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, run
from sim.model.types import Outcome
from sim.numerics.estimates import Estimate, estimate, paired, resampled
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario

Floats = npt.NDArray[np.float64]
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


@dataclass(frozen=True, slots=True)
class Sweep:
    """An outcome over a grid.

    Attributes
    ----------
    matrix
        ``float64[point, lever]``, the first lever slowest.
    values
        Per point, the mean or share.
    differences
        Per point, the paired difference to `against`.
    against
        What the differences are to: another scenario, or the scenario as it stands.
    contrast
        Whether that is another scenario: then the difference is what tips.
    level
        Level whose crossing is sought; None where the best place is.
    tippings
        The places where it tips; none for words.
    """

    outcome: Outcome
    scenario: str
    against: str
    levers: tuple[Factor, ...]
    matrix: Floats
    values: tuple[Estimate, ...]
    differences: tuple[Estimate, ...]
    contrast: bool
    level: float | None
    tippings: tuple[Tipping, ...]
    replications: int
    failed: int
    seed: int

    def table(self) -> list[dict[str, object]]:
        """Return one record per point."""
        records: list[dict[str, object]] = []
        for row, value, gap in zip(self.matrix, self.values, self.differences, strict=True):
            record: dict[str, object] = {}
            for lever, place in zip(self.levers, row, strict=True):
                record[lever.name] = lever.value(float(place))
            records.append(
                record
                | {
                    "outcome": self.outcome.name,
                    "mean": value.mean,
                    "low": value.low,
                    "high": value.high,
                    "n": value.n,
                    "difference": gap.mean,
                    "difference_low": gap.low,
                    "difference_high": gap.high,
                    "verdict": gap.verdict,
                }
            )
        return records


def sweep_levers(
    scenario: Scenario,
    outcome: str,
    levers: Sequence[Factor],
    grid: Sequence[Sequence[float]] = (),
    *,
    against: Scenario | None = None,
    level: float | None = None,
    levels: int = 11,
    replications: int = 500,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Sweep:
    """Run a scenario over a grid of one or two levers.

    Parameters
    ----------
    grid
        Values of each lever, options as their places; by default about `levels` of them over its range.
    against
        A scenario for the differences; by default the scenario as it stands.
    level
        Level whose crossing is sought: of the outcome itself, or where `against` is given of the
        difference, there 0 by default. Without either, the best place is sought.

    Raises
    ------
    ExperimentError
        Not one or two levers are given, the level is no number, or the scenarios do not belong
        together.
    """
    if not 1 <= len(levers) <= 2:
        raise ExperimentError(
            Diagnostic("bad-sweep", f"one or two levers are swept, not {len(levers)}")
        )
    if against is not None:
        if against.model.name != scenario.model.name:
            words = f"'{against.name}' belongs to model '{against.model.name}', not "
            raise ExperimentError(Diagnostic("other-model", f"{words}'{scenario.model.name}'"))
        make_experiment(against).model_outcome(outcome)
    if level is not None and not math.isfinite(level):
        raise ExperimentError(Diagnostic("bad-level", f"{level:g} is no level to cross"))
    places = [sorted(set(values)) for values in grid] or [f.levels(levels) for f in levers]
    matrix = np.array(list(itertools.product(*places)))
    own = np.array([[f.central for f in levers]])
    ran = points(
        scenario, [f.name for f in levers], np.concatenate([matrix, own]), replications, seed,
        outcomes=(outcome,), kernel=kernel, progress=progress,
    )  # fmt: skip
    values, base = ran.outcome(outcome)[:-1], ran.outcome(outcome)[-1]
    if against is not None:
        other = run(against, replications=replications, seed=seed, kernel=kernel)
        base = other.outcome(outcome)[0, 0]
    entry = scenario.model.outcomes[outcome]
    tippings: list[Tipping] = []
    sought = 0.0 if level is None and against is not None else level
    if not levers[0].worded:
        curve = values - base if against is not None else values
        inner = len(places[1]) if len(levers) == 2 else 1
        for j in range(inner):
            found = tipping(
                np.array(places[0]), curve[j::inner], sought, goal=entry.goal, seed=seed,
                where=places[1][j] if len(levers) == 2 else None,
            )  # fmt: skip
            tippings += [found] if found else []
    return Sweep(
        outcome=entry,
        scenario=scenario.name,
        against=against.name if against is not None else f"{scenario.name} as it stands",
        levers=tuple(levers),
        matrix=matrix,
        values=tuple(estimate(v[None], share=entry.share) for v in values),
        differences=tuple(paired(v[None], base[None], share=entry.share) for v in values),
        contrast=against is not None,
        level=sought,
        tippings=tuple(tippings),
        replications=replications,
        failed=ran.failures,
        seed=seed,
    )


def tipping(
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
        kind=kind,
        at=resampled(at, there, values.shape[1]),
        share=len(there) / resamples,
        level=math.nan if level is None else level,
        rising=rising,
        where=where,
    )


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
