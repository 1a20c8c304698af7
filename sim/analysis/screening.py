"""Which inputs matter at all? Morris's screening of many: each step moves one input and holds the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sim.analysis.contrast import lines, outcome_of
from sim.analysis.design import affordable, points
from sim.analysis.inputs import Factor, factors, linked_note, moved_values
from sim.analysis.missing import Missing
from sim.analysis.optional import needed
from sim.analysis.rankings import DUMMY, Ranking, cut_note, ranked_chart, seen_note, shown, verdict
from sim.analysis.result import Column, Grid, Labels, ends, outcome_label
from sim.analysis.shuffles import flipped
from sim.analysis.sobol_indices import (
    RESAMPLES,
    cross_products,
    known_sum,
    ratio,
    replication_weights,
)
from sim.execution.runner import KernelName, Progress
from sim.formatting import TOY, counted, decimal, interval, places_of
from sim.statistics.estimates import Estimate, Floats, resampled
from sim.study.dependence import links
from sim.study.scenario import Scenario

#: Levels of Morris's grid.
LEVELS = 4
#: Quantile at which the moves of correlated inputs and shares of a sum begin.
INNER = 0.05


@dataclass(frozen=True, slots=True)
class Effects:
    """Elementary effects of some inputs, in units of the outcome over an input's whole range.

    Attributes
    ----------
    mean
        Morris's mu: the mean effect of moving an input up through its range.
    size
        Mu star: the mean of the effects without their sign (Campolongo et al. 2007).
    spread
        Sigma: the standard deviation of the effects over the trajectories.
    chance
        What mu star would be if the expected outcome did not move: it never is zero.
    square
        Mean of the squared effects of the expected outcome, without what chance adds.
    """

    mean: tuple[Estimate, ...]
    size: tuple[Estimate, ...]
    spread: tuple[float, ...]
    chance: tuple[float, ...]
    square: tuple[Estimate, ...]


@dataclass(frozen=True)
class Screening(Ranking):
    """Morris's screening of one outcome, largest mu star first."""

    effects: Effects
    trajectories: int

    def measure(self, place: int) -> Estimate:
        """Return the mean of the squared effects, which is 0 where there is none."""
        return self.effects.square[place]

    def figures(self, place: int) -> dict[str, object]:
        """Return Morris's measures."""
        effects = self.effects
        return {
            **ends("mu_star", effects.size[place]), **ends("mu", effects.mean[place]),
            "sigma": effects.spread[place], "chance": effects.chance[place],
        }  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per input."""
        e, rows = self.effects, []
        for i in shown(self.names):
            places = places_of(e.size[i])
            rows.append(
                (
                    self.names[i], interval(e.size[i]), interval(e.mean[i], sign=True),
                    decimal(e.spread[i], places), decimal(e.chance[i], places),
                    verdict(self.names[i], self.seen(i)),
                )
            )  # fmt: skip
        head = ("μ* [95 % CI]", "μ [95 % CI]", "σ", "chance")
        return Grid((Column("Input"), *(Column(h, True) for h in head), Column("Verdict")), rows)

    def notes(self) -> list[str]:
        """Return the lines that a screening must carry."""
        unit = f" ({self.outcome.unit})" if self.outcome.unit else ""
        return [
            TOY,
            f"{self.outcome.name}{unit}: {counted(self.trajectories, 'trajectory')}, "
            f"{counted(self.points, 'setting')} × {counted(self.replications, 'replication')}, common "
            f"random numbers, seed {self.seed}.",
            *lines(self.outcome),
            *linked_note(self.factors),
            "μ* is the mean size of the change when an input moves through its whole range, μ that change "
            "with its sign, σ how much it depends on the other inputs.",
            f"'chance' is the μ* of an input without effect; '{DUMMY}' only draws other random numbers.",
            seen_note(self.p, "the squared effect, less what chance adds,"),
            *self.left_out.lines(),
            *cut_note(self.names),
        ]

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the ranking, the dummy last."""
        parts = ["μ*, mean size of the change over an input's range", "95 % intervals"]
        return ranked_chart(
            self.names, self.seen, {"total": self.effects.size},
            f"What moves {outcome_label(self.outcome)}", parts, self.points * self.replications,
            theme=theme, width=width, labels=labels,
        )  # fmt: skip


def morris(
    scenario: Scenario,
    outcome: str,
    inputs: Sequence[Factor] | None = None,
    *,
    trajectories: int = 20,
    replications: int = 20,
    seed: int = 1,
    missing: Missing = "refuse",
    against: Scenario | None = None,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Screening:
    """Screen inputs by elementary effects (Morris 1991), on SALib's trajectories.

    The start of each trajectory is run again with other random numbers: the dummy. A change is that
    of the outcome for the step that an input really made, as a part of its range: a whole number, a
    lever with a step and a word, which counts by its place among the options, have few values.

    Parameters
    ----------
    missing
        *drop* leaves out the replications without a value at either end of a step; a step that has
        fewer than two left is left out whole.
    against
        A scenario to subtract: the effects are those on the difference.

    Raises
    ------
    ExperimentError
        SALib is not installed, or the outcome has no value in some replications.
    """
    inputs = factors(scenario) if inputs is None else tuple(inputs)
    size = len(inputs)
    affordable(trajectories * (size + 2), replications)
    unit = morris_points(size, trajectories, seed)
    starts = unit[:: size + 1]
    unit_all = np.concatenate([unit, starts])
    moved = [_moved(f, unit_all[:, i]) for i, f in enumerate(inputs)]
    matrix, standing = (np.column_stack(columns) for columns in zip(*moved, strict=True))
    depend = links(scenario.model, [f.name for f in inputs])
    if depend:  # between quantiles, for what is in common has no ends
        linked = [*depend.members, *depend.shared]
        whole = moved_values(scenario, inputs, INNER + unit_all * (1.0 - 2.0 * INNER))
        matrix[:, linked], standing[:, linked] = whole[:, linked], unit_all[:, linked]
    streams = np.repeat([0, 1], [len(unit), len(starts)])
    ran = points(
        scenario, [f.name for f in inputs], matrix, replications, seed, outcomes=(outcome,),
        future=streams.tolist(), against=against, kernel=kernel, progress=progress,
    )  # fmt: skip
    values, gone = ran.complete(outcome, missing)
    effects = elementary_effects(standing[: len(unit)], values[: len(unit)])
    chance = (values[len(unit) :] - values[: len(unit) : size + 1])[None]
    effects = np.concatenate([effects, chance])
    known = (~np.isnan(effects)).sum(axis=2) >= min(2, replications)
    gone = gone.whole(outcome, known, 2, "elementary effect")
    effects[~known] = np.nan
    found, tails = effects_of(effects, seed=seed), flipped(effects)
    order = sorted(range(size), key=lambda i: -found.size[i].mean)
    places = [*order, size]
    return Screening(
        outcome=outcome_of(scenario, against, outcome),
        factors=tuple(inputs[i] for i in order),
        effects=Effects(
            *(tuple(getattr(found, part.name)[i] for i in places) for part in fields(Effects))
        ),
        trajectories=trajectories,
        points=len(matrix),
        replications=replications,
        seed=seed,
        left_out=gone,
        p=tuple(float(tails[i]) for i in places),
    )


def morris_points(size: int, trajectories: int, seed: int) -> Floats:
    """Return ``float64[trajectory × (1 + input), input]``: each point moves one input of the last."""
    sampler = needed("SALib.sample.morris", "SALib")
    problem = {
        "num_vars": size,
        "names": [f"x{i}" for i in range(size)],
        "bounds": [[0.0, 1.0]] * size,
    }
    return np.asarray(sampler.sample(problem, trajectories, num_levels=LEVELS, seed=seed), float)


def _moved(factor: Factor, unit: Floats) -> tuple[Floats, Floats]:
    """Return the values of an input at points of the grid, and where these stand in its range.

    An input with few values stands beside the grid, where its values are; a move changes it always.
    """
    first, last = 0.0, 1.0
    if factor.parameter is not None and factor.parameter.middle is not None:
        # A curve without ends moves in its range, between the 5th and 95th percentile.
        first, last = factor.place(np.array([factor.low, factor.high])).tolist()
    if not factor.few:
        return factor.at(first + unit * (last - first)), unit
    values = factor.at(first + np.arange(LEVELS) / (LEVELS - 1) * (last - first))
    stride = LEVELS // 2  # how many levels a move spans
    values[stride:] = np.where(values[stride:] > values[:stride], values[stride:], values[-1])
    values[:stride] = np.where(values[:stride] < values[stride:], values[:stride], values[0])
    level = np.rint(unit * (LEVELS - 1)).astype(int)
    return values[level], ((factor.place(values) - first) / (last - first))[level]


def elementary_effects(unit: Floats, values: Floats) -> Floats:
    """Return the effects of trajectories, ``float64[input, trajectory, replication]``.

    Parameters
    ----------
    unit
        Places in the ranges, ``float64[trajectory × (1 + input), input]``.
    values
        Outcomes there, ``float64[point]`` or ``float64[point, replication]``.
    """
    size = unit.shape[1]
    count = len(unit) // (size + 1)
    paths = unit.reshape(count, size + 1, size)
    heights = values.reshape(count, size + 1, -1)
    moves = np.diff(paths, axis=1)
    moved = np.abs(moves).argmax(axis=2)
    step = np.take_along_axis(moves, moved[:, :, None], axis=2)
    slopes = np.diff(heights, axis=1) / step
    effects = np.empty((size, count, heights.shape[2]))
    for path in range(count):
        effects[moved[path], path] = slopes[path]
    return effects


def effects_of(effects: Floats, *, seed: int = 1) -> Effects:
    """Summarise ``float64[input, trajectory, replication]`` with bootstrap intervals over both.

    NaN, where there is no value, is left out.
    """
    _, count, replications = effects.shape
    rng = np.random.default_rng(seed)
    rows = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES).T / count
    rows = np.concatenate([np.full((count, 1), 1 / count), rows], axis=1)
    weights = replication_weights(replications, RESAMPLES, rng)
    share = weights / weights.sum(axis=0)

    means, sizes, spreads, chances, squares = [], [], [], [], []
    for effect in effects:
        known = ~np.isnan(effect)
        whole = bool(known.all())
        average = np.nan_to_num(effect) @ share
        if not whole:
            average = ratio(average, known @ share)
        there = np.flatnonzero(known.any(axis=1))
        kept = len(there)

        def with_interval(values: Floats, n: int = kept) -> Estimate:
            sums = known_sum(values, rows)
            return resampled(float(sums[0]), sums[1:], n)

        means.append(with_interval(average))
        sizes.append(with_interval(np.abs(average)))
        squares.append(with_interval(cross_products(effect, effect, weights)))
        spreads.append(float(average[there, 0].std(ddof=1)) if kept > 1 else math.nan)
        errors = np.zeros(kept)
        if replications > 1:
            errors = np.nanstd(effect[there], axis=1, ddof=1)
            errors = errors * np.sqrt(replications / known[there].sum(axis=1))
        chances.append(float(errors.mean()) * math.sqrt(2 / math.pi / replications))
    return Effects(tuple(means), tuple(sizes), tuple(spreads), tuple(chances), tuple(squares))
