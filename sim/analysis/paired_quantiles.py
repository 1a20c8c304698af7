"""Quantiles of outcomes by scenario, with paired intervals of their differences to a baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.comparison_tables import gap_notes, size_text
from sim.analysis.differences import compare_outcome
from sim.analysis.identity import can_differ
from sim.analysis.quantile_intervals import quantile_differences, resamples
from sim.analysis.quantiles import quantile, with_never
from sim.analysis.result import Column, Grid, Labels, Result, ends
from sim.analysis.stops import stops_text
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, interval
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate
from sim.study.assignments import policy_titles
from sim.study.bounds import level_of


@dataclass(frozen=True, slots=True)
class Shown:
    """One quantile, or the mean, of one outcome in one scenario; no difference of the baseline's."""

    outcome: Outcome
    scenario: str
    of: str
    value: Estimate
    difference: Estimate | None
    never: int


@dataclass(frozen=True)
class QuantileComparison(Result):
    """Quantiles and means of outcomes in every scenario, and their differences to the baseline's."""

    baseline: str
    show: tuple[str, ...]
    rows: tuple[Shown, ...]
    replications: int
    futures: int
    failures: int
    partial: str = ""
    stops: str = ""
    origin: str = ""

    def table(self) -> list[dict[str, object]]:
        """Return one record per outcome, scenario and quantile."""
        return [
            {
                "outcome": row.outcome.name, "scenario": row.scenario, "unit": row.outcome.unit,
                "of": row.of, "n": row.value.n, **ends("value", row.value),
                **ends("difference", row.difference),
                "pairs": row.difference.n if row.difference else None, "never": row.never,
            }
            for row in self.rows
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a block per outcome, a line per scenario and a column per quantile."""
        lines: list[Sequence[str]] = []
        blocks, size = [], len(self.show)
        before = None
        for i in range(0, len(self.rows), size):
            rows = self.rows[i : i + size]
            name = ""
            if rows[0].outcome is not before:
                before = rows[0].outcome
                blocks.append(len(lines))
                name = before.name + (f" ({before.unit})" if before.unit else "")
            lines.append((name, rows[0].scenario, str(rows[0].value.n), *map(_cell, rows)))
        heads = [Column(f"{of} [95 % CI]", True) for of in self.show]
        columns = [Column("Outcome", width=28), Column("Scenario"), Column("n", True), *heads]
        return Grid(columns, lines, blocks)

    def notes(self) -> list[str]:
        """Return how to read the table."""
        notes = [TOY, f"{size_text(self.replications, self.futures, origin=self.origin)}."]
        notes += [self.stops] if self.stops else []
        if any(row.difference for row in self.rows):
            notes.append(
                f"Below each value: its difference to {self.baseline}, paired, with a 95 % interval. Not "
                "adjusted for multiple comparisons."
            )
        if len(self.show) > self.show.count("mean"):
            notes.append(
                "Quantiles are over all runs, of all futures. An interval without an end needs more runs."
            )
        if any(row.never for row in self.rows):
            notes.append(
                "Where an event never happened, its time counts as later than any day in a quantile; a "
                "mean leaves the run out."
            )
        return notes + gap_notes(self.partial, self.failures)

    def sentence(self) -> str:
        """Return what the first row of the last scenario says."""
        if not self.rows:
            return "The model has no outcome."
        row = next((row for row in self.rows if row.difference), self.rows[0])
        text = f"{row.of} of {row.outcome.name} in {row.scenario}: {interval(row.value)}"
        if row.difference is not None:
            text += f"; against {self.baseline} {interval(row.difference, True)}"
        return text + "."

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the quantiles of the first outcome by scenario."""
        from sim.charts.rankings import ranking_chart

        first = self.rows[0].outcome
        rows = [
            {
                "input": f"{row.scenario}: {row.of}", "part": "total", "mean": row.value.mean,
                "low": row.value.low, "high": row.value.high, "seen": "yes",
            }
            for row in self.rows
            if row.outcome is first and math.isfinite(row.value.mean)
        ]  # fmt: skip
        parts = [first.unit, "with 95 % intervals"]
        return ranking_chart(rows, first.label or first.name, parts, theme=theme, width=width)


def _cell(row: Shown) -> str:
    scale = 100.0 if row.outcome.share and row.of == "mean" else 1.0
    text = _text(row.value, False, scale) + (" of 100" if scale > 1.0 else "")
    if row.difference is None:
        return text
    return f"{text}\n{_text(row.difference, True, scale)}"


def _text(found: Estimate, signed: bool, scale: float) -> str:
    if math.isinf(found.mean):
        return "never" if not signed else "–"
    return interval(found, signed, scale)


def compare_quantiles(
    ensemble: Ensemble,
    show: Sequence[str] = ("p5", "p50", "p95"),
    baseline: str | None = None,
    outcomes: Sequence[str] = (),
) -> QuantileComparison:
    """Compare quantiles of outcomes over all runs with those of a baseline.

    Parameters
    ----------
    ensemble : Ensemble
        The results of several scenarios.
    show : sequence of str
        Quantiles such as ``p5``, and ``mean``.
    baseline : str, optional
        Name of a scenario; by default the first.
    outcomes : sequence of str
        By default the headlines.

    Returns
    -------
    QuantileComparison
        A row for every outcome, scenario and quantile.

    Raises
    ------
    ExperimentError
        There is no scenario or outcome of that name, or no such quantile.

    Examples
    --------
    >>> import sim
    >>> files = ["scenarios/port_strike/sit_it_out.yaml", "scenarios/port_strike/mediate.yaml"]
    >>> found = sim.analysis.compare_quantiles(sim.run(sim.load(files)), ["p50", "p95"])
    >>> found.rows[0].of, found.rows[0].scenario
    ('p50', 'sit_it_out')
    """
    experiment = ensemble.experiment
    base = ensemble.scenario_index(baseline) if baseline else 0
    levels = {of: checked_level(of) for of in show}
    wanted = [level for level in levels.values() if level is not None]
    entries = [experiment.model_outcome(n) for n in outcomes or experiment.model.headlines]
    drawn = resamples(ensemble.values.shape[1:3], experiment.blocks, experiment.seed)
    titles = policy_titles(experiment.scenarios)
    rows = []
    for entry in entries:
        sides = with_never(entry, ensemble.outcome(entry.name), ensemble.failed)
        for i, name in enumerate(ensemble.scenarios):
            gaps: list[Estimate | None] = [None] * len(wanted)
            if i != base:
                differ = can_differ(experiment, i, base, entry.name)
                gaps = [*quantile_differences(sides[i], sides[base], wanted, drawn, differ)]
            for of, level in levels.items():
                if level is None:
                    row = compare_outcome(ensemble, entry, i, base, titles, hung=False)
                    value, gap = row.estimate, row.difference
                else:
                    value = quantile(sides[i], level, experiment.blocks)
                    gap = gaps[wanted.index(level)]
                rows.append(Shown(entry, name, of, value, gap, int(np.isinf(sides[i]).sum())))
    return QuantileComparison(
        ensemble.scenarios[base], tuple(levels), tuple(rows), experiment.replications,
        len(experiment.futures), len(ensemble.failures), ensemble.partial_note,
        stops_text(ensemble), experiment.origin,
    )  # fmt: skip


def shown(text: str | None) -> tuple[str, ...]:
    """Read ``p5,p50,mean``.

    Raises
    ------
    ExperimentError
        A word is none of these.
    """
    words = tuple(dict.fromkeys(word.strip() for word in text.split(","))) if text else ()
    for word in words:
        checked_level(word)
    return words


def checked_level(word: str) -> float | None:
    """Return the level of a quantile such as ``p95``; None for ``mean``.

    Raises
    ------
    ExperimentError
        It is neither.
    """
    try:
        return level_of(word)
    except ValueError as error:
        help = "write p5, p50, p97.5 … or mean, separated by commas"
        raise ExperimentError(Diagnostic("bad-quantile", str(error), None, help)) from None
