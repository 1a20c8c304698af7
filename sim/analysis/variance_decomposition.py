"""Which inputs move an outcome? Sobol indices of its expected value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.analysis.contrast import lines, outcome_of
from sim.analysis.design import affordable, points
from sim.analysis.inputs import Factor, factors
from sim.analysis.linked_inputs import linked_note, moved_values
from sim.analysis.missing import Missing
from sim.analysis.rankings import (
    CHANCE_ALONE,
    DUMMY,
    Ranking,
    called,
    cut_note,
    ranked_chart,
    seen_note,
    shown,
    verdict,
    within,
)
from sim.analysis.result import Column, Grid, Labels, ends, outcome_label
from sim.analysis.shuffles import flipped
from sim.analysis.sobol_indices import Indices, indices_of, saltelli
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, Progress
from sim.formatting import TOY, counted, decimal, interval
from sim.statistics.estimates import Estimate
from sim.study.scenario import Scenario


@dataclass(frozen=True)
class Variances(Ranking):
    """Sobol indices of one outcome, largest total index first."""

    indices: Indices
    base_points: int

    def measure(self, place: int) -> Estimate:
        """Return the total index."""
        return self.indices.total[place]

    def figures(self, place: int) -> dict[str, object]:
        """Return both indices."""
        first, total = self.indices.first[place], self.indices.total[place]
        return ends("first", first) | ends("total", total)

    @property
    def unsure(self) -> str:
        """Say why some index has no interval; empty where all have one."""
        if not any(e.low != e.low for e in (*self.indices.total, *self.indices.first)):
            return ""
        return "an interval from 0 to 1: in some resamples nothing varies beyond chance"

    def grid(self) -> Grid:
        """Return a line per input."""
        rows = []
        for i in shown(self.names):
            first, total = self.indices.first[i], self.indices.total[i]
            seen = verdict(self.names[i], self.seen(i))
            name = called(self.names[i])
            rows.append((name, interval(within(first)), interval(within(total)), seen))
        head = ("First order [95 % CI]", True), ("Total [95 % CI]", True)
        return Grid((Column("Input"), *(Column(*c) for c in head), Column("Verdict")), rows)

    def notes(self) -> list[str]:
        """Return the lines that Sobol indices must carry."""
        explained = sum(e.mean for e in self.indices.first[:-1])
        dummy = self.indices.total[self.names.index(DUMMY)]
        inside = "includes" if dummy.low <= 0 <= dummy.high else "does not include"
        wide = max(e.half_width for e in self.indices.total[:-1])
        notes = [
            TOY,
            f"{self.outcome.name}: {counted(self.base_points, 'base point')}, "
            f"{counted(self.points, 'setting')} × {counted(self.replications, 'replication')}, common "
            f"random numbers, seed {self.seed}.",
            *lines(self.outcome),
            *linked_note(self.factors),
            "Indices are shares of the variance of the expected outcome over the inputs; intervals from a "
            "bootstrap over points and replications.",
            f"{seen_note(self.p, 'the total index')} The last row, {CHANCE_ALONE}, only draws other random "
            f"numbers, as a check of the method: its interval {inside} 0.",
            f"First-order indices add up to {decimal(explained, 2)}; the rest is interaction. "
            f"{self.indices.chance:.0%} of the variance of the means is chance, and is removed.",
        ]
        if self.unsure:
            notes.append(
                f"{self.unsure[:1].upper()}{self.unsure[1:]}; more points or runs may tell."
            )
        if wide > 0.1:
            notes.append(
                f"Some intervals are wide (± {decimal(wide, 2)}): four times the base points or "
                "replications would about halve them."
            )
        return notes + self.left_out.lines() + cut_note(self.names)

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the ranking, the dummy last."""
        parts = ["share of variance: total (filled) and alone (open)"]
        parts.append("95 % intervals, from 0 to 1; pale: not told apart from chance")
        return ranked_chart(
            self.names, self.seen,
            {"total": [*map(within, self.indices.total)], "first": [*map(within, self.indices.first)]},
            f"What moves {outcome_label(self.outcome)}", parts, self.points * self.replications,
            theme=theme, width=width, labels=labels,
        )  # fmt: skip


def sobol(
    scenario: Scenario,
    outcome: str,
    inputs: Sequence[Factor] | None = None,
    *,
    base_points: int = 1024,
    replications: int = 20,
    seed: int = 1,
    missing: Missing = "refuse",
    against: Scenario | None = None,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Variances:
    """Estimate Sobol indices of the expected value of an outcome.

    The design is Saltelli's (2010) on scrambled Sobol points, ``base_points × (inputs + 3)`` settings;
    the last block repeats the first one with other random numbers and makes the dummy.

    Parameters
    ----------
    inputs
        By default all uncertain parameters.
    base_points
        A power of two.
    missing
        *drop* leaves out the replications without a value; a base point that has, at one of its
        settings, fewer than two left is left out whole.
    against
        A scenario to subtract: the indices are those of the difference.

    Raises
    ------
    ExperimentError
        The outcome has no value in some replications, or it never varies.
    """
    inputs = factors(scenario) if inputs is None else tuple(inputs)
    affordable(base_points * (len(inputs) + 3), replications)
    a, b, crossed = saltelli(len(inputs), base_points, seed)
    unit = np.concatenate([a, b, *crossed, a])
    matrix = moved_values(scenario, inputs, unit)
    streams = np.repeat([0, 1], [len(unit) - base_points, base_points])
    ran = points(
        scenario, [f.name for f in inputs], matrix, replications, seed, outcomes=(outcome,),
        future=streams.tolist(), against=against, kernel=kernel, progress=progress,
    )  # fmt: skip
    values, gone = ran.complete(outcome, missing)
    values = values.reshape(len(inputs) + 3, base_points, replications)
    known = (~np.isnan(values) & ~np.isnan(values[0])).sum(axis=2) >= min(2, replications)
    kept = known.all(axis=0)
    gone = gone.whole(outcome, kept, 2, "base point")
    values = np.compress(kept, values, axis=1)
    found = indices_of(values[0], values[1], values[2:], seed=seed)
    if not found.variance > 0:
        raise without_variance(outcome)
    tails = flipped(values[2:] - values[0])
    order = sorted(range(len(inputs)), key=lambda i: -found.total[i].mean)
    places = [*order, len(inputs)]
    return Variances(
        outcome=outcome_of(scenario, against, outcome),
        factors=tuple(inputs[i] for i in order),
        indices=replace(
            found,
            first=tuple(found.first[i] for i in places),
            total=tuple(found.total[i] for i in places),
        ),
        base_points=base_points,
        points=len(matrix),
        replications=replications,
        seed=seed,
        left_out=gone,
        p=tuple(float(tails[i]) for i in places),
    )


def without_variance(outcome: str) -> ExperimentError:
    """Return the error of an outcome in which there is nothing to explain."""
    words = f"'{outcome}' does not vary with these inputs beyond chance"
    help = "more replications, or wider ranges, may show an effect"
    return ExperimentError(Diagnostic("no-variance", words, None, help))
