"""An outcome over a grid of one or two levers, as a result."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.contrast import difference_of, lines
from sim.analysis.inputs import Factor
from sim.analysis.result import Column, Grid, Labels, Result, ends, outcome_label
from sim.analysis.tipping import Tipping, extreme
from sim.formatting import TOY, counted, direction, interval
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate, Floats


@dataclass(frozen=True)
class Sweep(Result):
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
    failures: int
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
                    "outcome": self.outcome.name, "mean": value.mean, "low": value.low,
                    "high": value.high, "n": value.n, **ends("difference", gap),
                    "verdict": gap.verdict,
                }
            )  # fmt: skip
        return records

    def grid(self) -> Grid:
        """Return a line per point."""
        rows, scale = [], 100.0 if self.contrast and self.outcome.share else 1.0
        minus = f"{self.scenario} minus {self.against}" + ", points" * (scale > 1)
        for row, value, gap in zip(self.matrix, self.values, self.differences, strict=True):
            places = [f.word(float(v)) for f, v in zip(self.levers, row, strict=True)]
            rows.append((*places, interval(value), interval(gap, True, scale), gap.verdict))
        columns = [Column(f"{f.name} {f.unit}".strip(), True) for f in self.levers]
        columns += [
            Column(f"{self.outcome.name} [95 % CI]", True),
            Column(minus if self.contrast else f"Difference to {self.against}", True),
            Column("Verdict"),
        ]
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that every sweep must carry."""
        notes = [
            TOY,
            f"{counted(len(self.matrix), 'point')} × {counted(self.replications, 'replication')}, common "
            f"random numbers, seed {self.seed}, paired differences. 95 % intervals, not adjusted for "
            "multiple comparisons.",
        ]
        if self.contrast:
            notes += lines(difference_of(self.outcome, self.scenario, self.against))
        fewer = sum(value.n < self.replications for value in self.values)
        if fewer:
            notes.append(
                f"Some replications have no value at {counted(fewer, 'point')}: those left are a "
                "selection."
            )
        return [*notes, *self._tipping_lines()]

    def sentence(self) -> str:
        """Return where the outcome tips along the lever, or that it does not."""
        lines = self._tipping_lines()
        return lines[0] if lines else f"{self.outcome.name} over {self.levers[0].name}."

    def _tipping_lines(self) -> list[str]:
        """Return each tipping point in words, or why there is none."""
        if self.tippings or self.levers[0].worded:
            return [self._tipping_text(tipping) for tipping in self.tippings]
        outcome, lever = self.outcome, self.levers[0].name
        if all(math.isnan(value.mean) for value in self.values):
            return [f"No tipping point: {outcome.name} has no value at any point."]
        if self.level is not None:
            what = f"the difference to {self.against}" if self.contrast else outcome.name
            return [f"No tipping point within the range: {what} does not cross {self.level:g}."]
        if not outcome.goal:
            return [f"No tipping point: {outcome.name} has no goal, and no --level is given."]
        if len(np.unique(self.matrix[:, 0])) < 3:
            return [f"No tipping point: {lever} takes fewer than three values."]
        means = [value.mean for value in self.values]
        best = max if outcome.goal == "maximize" else min
        place = means.index(best(mean for mean in means if not math.isnan(mean)))
        inside = 0 < place < len(means) - 1
        if inside or len(self.levers) > 1 or not any(gap.seen for gap in self.differences):
            return [
                f"No tipping point: no value within the range is clearly best for {outcome.name}."
            ]
        at = self.levers[0].word(float(self.matrix[place, 0]))
        return [
            f"No tipping point within the range: {outcome.name} is {extreme(outcome)} at an end of "
            f"it, {lever}={at}."
        ]

    def _tipping_text(self, tipping: Tipping) -> str:
        return tipping.text(self.outcome, self.levers, self.scenario, self.against * self.contrast)

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return a line with its interval over one lever, a heat map over two."""
        from sim.charts.grids import heat_map, line_chart
        from sim.charts.theme import sources_note

        outcome, one = self.outcome, len(self.levers) == 1
        scale = 100.0 if outcome.share else 1.0
        worded = self.levers[0].worded
        rows: list[dict[str, Any]] = []
        for row, mean, gap in zip(self.matrix, self.values, self.differences, strict=True):
            value = gap if self.contrast else mean
            cells = {
                "x": self.levers[0].word(float(row[0])) if worded else float(row[0]),
                "mean": value.mean * scale, "low": value.low * scale, "high": value.high * scale,
                "seen": "yes" if gap.seen else "no",
            }  # fmt: skip
            rows.append(cells if one else cells | {"y": self.levers[1].word(float(row[1]))})
        heading = f"{outcome_label(outcome)} over {' and '.join(f.label for f in self.levers)}"
        axes = [f"{f.label} ({f.unit})" if f.unit else f.label for f in self.levers]
        parts = [
            f"{self.scenario} minus {self.against}" if self.contrast else "",
            "of 100 runs" if outcome.share else outcome.unit,
            direction(outcome.goal),
        ]
        runs = sources_note(self.replications, "runs per point")
        if not one:
            ring = f"○: no difference seen to {self.against}"
            pair = (axes[0], axes[1])
            return heat_map(rows, pair, heading, [*parts, ring, runs], theme=theme, width=width)
        parts += [self._tipping_text(t).rstrip(".") for t in self.tippings[:1]]
        parts.append("blue: the mean with its 95 % interval")
        parts.append("orange: where it tips, with its 95 % interval" if self.tippings else "")
        bands = [(t.at.low, t.at.mean, t.at.high) for t in self.tippings]
        return line_chart(
            rows, axes[0], heading, [*parts, runs], worded=worded, bands=bands, theme=theme,
            width=width,
        )  # fmt: skip
