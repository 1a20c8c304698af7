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
from sim.formatting import HELD, TOY, counted, decimal, digits, direction, interval
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate, Floats
from sim.statistics.nested import Spread


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
    ranges
        Per point, what is drawn over futures: the middle and 5 to 95 % of them; empty where
        assumptions are held.
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
    futures: int = 0
    central: bool = False
    ranges: tuple[Spread | None, ...] = ()

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
                | self._range(len(records))
            )  # fmt: skip
        return records

    def _range(self, place: int) -> dict[str, object]:
        """Return the columns on the futures at a point."""
        if not self.ranges:
            return {}
        found = self.ranges[place]
        low, middle, high = (found.low, found.middle, found.high) if found else (math.nan,) * 3
        return {"q05": low, "q50": middle, "q95": high}

    def grid(self) -> Grid:
        """Return a line per point."""
        rows: list[tuple[str, ...]] = []
        scale = 100.0 if self.contrast and self.outcome.share else 1.0
        minus = f"{self.scenario} minus {self.against}" + ", points" * (scale > 1)
        for row, value, gap in zip(self.matrix, self.values, self.differences, strict=True):
            places = [f.word(float(v)) for f, v in zip(self.levers, row, strict=True)]
            over = (self._over(len(rows)),) if self.ranges else ()
            rows.append((*places, interval(value), interval(gap, True, scale), *over, gap.verdict))
        columns = [Column(f"{f.name} {f.unit}".strip(), True) for f in self.levers]
        columns += [
            Column(f"{self.outcome.name} [95 % CI]", True),
            Column(minus if self.contrast else f"Difference to {self.against}", True),
            *[Column("Middle, 5–95 % of futures", True)] * bool(self.ranges),
            Column("Verdict"),
        ]
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that every sweep must carry."""
        notes = [
            TOY,
            f"{counted(len(self.matrix), 'point')} × "
            + (f"{counted(self.futures, 'future')} × " if self.futures else "")
            + f"{counted(self.replications, 'replication')}, common "
            f"random numbers, seed {self.seed}, paired differences. 95 % intervals, not adjusted for "
            "multiple comparisons.",
        ]
        if self.contrast:
            notes += lines(difference_of(self.outcome, self.scenario, self.against))
        fewer = sum(value.n < self.replications * max(1, self.futures) for value in self.values)
        if fewer:
            notes.append(
                f"Some replications have no value at {counted(fewer, 'point')}: those left are a "
                "selection."
            )
        return [*notes, *self._tipping_lines()]

    @property
    def clear(self) -> bool:
        """Whether some point is told apart from what it is compared with."""
        return any(gap.seen for gap in self.differences)

    def sentence(self) -> str:
        """Return how the outcome goes along the lever, where it tips, and what is held."""
        return f"{self._told()}{f' {HELD.capitalize()}.' if self.central else ''}"

    def _told(self) -> str:
        tipping = self._tipping_lines()[:1]
        if len(self.levers) > 1:
            return tipping[0] if tipping else f"{self.outcome.name} over two levers."
        lever, shown = self.levers[0], self.differences if self.contrast else self.values
        known = [i for i, value in enumerate(shown) if not math.isnan(value.mean)]
        if not known:
            return " ".join(tipping) or f"{self.outcome.name} has no value at any point."
        what = f"{self.outcome.name} ({self.scenario} minus {self.against})"
        what = what if self.contrast else self.outcome.name
        means = [shown[i].mean for i in known]
        least, most = known[means.index(min(means))], known[means.index(max(means))]

        def at(place: int) -> str:
            return f"{self._text(place)} at {lever.word(float(self.matrix[place, 0]))}"

        if self._text(least) == self._text(most):
            return f"{lever.name} does not move {what}: it is {self._text(least)} at every value."
        ends = [at(i) for i in sorted({known[0], known[-1]})]
        inner = [at(i) for i in (least, most) if i not in (known[0], known[-1])]
        beside = f"; in between {' and '.join(inner)}" if inner and not lever.worded else ""
        ends = [at(least), at(most)] if lever.worded else ends
        return f"{what} goes from {' to '.join(ends)} of {lever.name}{beside}. {' '.join(tipping)}".strip()

    def _text(self, place: int) -> str:
        """Return what is shown at a point: over futures the middle and their range, else an interval."""
        if self.ranges and self.ranges[place] is not None:
            return self._over(place)
        scale = 100.0 if self.contrast and self.outcome.share else 1.0
        value = (self.differences if self.contrast else self.values)[place]
        return interval(value, self.contrast, scale)

    def _over(self, place: int) -> str:
        found = self.ranges[place]
        if found is None:
            return "–"
        scale, sign = 100.0 if self.outcome.share else 1.0, self.contrast
        low, middle, high = (scale * x for x in (found.low, found.middle, found.high))
        places = digits((high - low) / 2) if high > low else 2
        text = [decimal(x, places, sign) for x in (middle, low, high)]
        return f"{text[0]} [{text[1]} … {text[2]}]"

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
            over = self.ranges[len(rows)] if self.ranges else None
            low, middle, high = (
                (over.low, over.middle, over.high) if over else (value.low, value.mean, value.high)
            )
            cells = {
                "x": self.levers[0].word(float(row[0])) if worded else float(row[0]),
                "mean": middle * scale, "low": low * scale, "high": high * scale,
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
        runs = sources_note(self.replications * max(1, self.futures), "runs per point")
        if not one:
            ring = f"○: no difference seen to {self.against}"
            pair = (axes[0], axes[1])
            return heat_map(rows, pair, heading, [*parts, ring, runs], theme=theme, width=width)
        parts += [self._tipping_text(t).rstrip(".") for t in self.tippings[:1]]
        parts.append(
            "blue: the middle and 5 to 95 % of futures" if self.ranges
            else "blue: the mean with its 95 % interval"
        )  # fmt: skip
        parts.append("orange: where it tips, with its 95 % interval" if self.tippings else "")
        bands = [(t.at.low, t.at.mean, t.at.high) for t in self.tippings]
        return line_chart(
            rows, axes[0], heading, [*parts, runs], worded=worded, bands=bands, theme=theme,
            width=width,
        )  # fmt: skip
