"""What does each input do on its own? One at a time to the ends of its range: a tornado.

The others are held, so differences are paired replication by replication.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.analysis.contrast import Difference, lines, outcome_of
from sim.analysis.design import points
from sim.analysis.identity import reaches
from sim.analysis.inputs import Factor, factors
from sim.analysis.rankings import DRAWN, SHOWN, cut_note
from sim.analysis.result import Column, Grid, Labels, Result, ends, outcome_label
from sim.execution.runner import KernelName, Progress
from sim.formatting import HELD, TOY, UNCOUNTED, counted, decimal, digits, interval, plural
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate, Floats, estimate, p_value, paired
from sim.study.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Bar:
    """One input at one of its ends: paired difference to the centre.

    Attributes
    ----------
    there
        The outcome itself at this end; of the difference of two scenarios, that difference.
    turned
        Whether that difference has another sign here than at the centre or, where it has none there,
        than at another end, as it stands after correction for looking at all ends (Bonferroni).
    """

    factor: Factor
    value: float
    difference: Estimate
    p_value: float | None
    failed: int
    there: Estimate
    turned: bool = False

    @property
    def seen(self) -> bool:
        """Whether the interval of the difference excludes zero."""
        return self.difference.seen


@dataclass(frozen=True)
class Tornado(Result):
    """One input at a time, the widest first."""

    outcome: Outcome
    centre: Estimate
    bars: tuple[tuple[Bar, ...], ...]
    replications: int
    seed: int
    central: bool = False

    @property
    def unpaired(self) -> int:
        """Pairs that the differences leave out, for in one of the two there is no value."""
        return sum(self.replications - b.difference.n for bars in self.bars for b in bars)

    @property
    def band(self) -> float:
        """Half width of the noise band: the median half width of the differences that vary at all."""
        widths = [b.difference.half_width for bars in self.bars for b in bars]
        widths = sorted(w for w in widths if w > 0)
        return widths[len(widths) // 2] if widths else 0.0

    def table(self) -> list[dict[str, object]]:
        """Return one record per input and end."""
        return [
            {
                "input": bar.factor.name, "value": bar.factor.word(bar.value),
                "central": bar.factor.word(bar.factor.central), "unit": bar.factor.unit,
                "difference": bar.difference.mean, "low": bar.difference.low,
                "high": bar.difference.high, "n": bar.difference.n, "p": bar.p_value,
                "failed": bar.failed, "verdict": bar.difference.verdict,
            }
            | self._there(bar)
            for bars in self.bars
            for bar in bars
        ]  # fmt: skip

    def _there(self, bar: Bar) -> dict[str, object]:
        """Return the columns on the difference of two scenarios at an end of an input."""
        if not isinstance(self.outcome, Difference):
            return {}
        return ends("there", bar.there) | {"turns_sign": bar.turned}

    @property
    def failed(self) -> int:
        """Number of replications that failed and are left out."""
        return sum(bar.failed for bars in self.bars for bar in bars)

    def grid(self) -> Grid:
        """Return a line per input and end."""
        rows, two = [], isinstance(self.outcome, Difference)
        for bars in self.bars[:SHOWN]:
            for k, bar in enumerate(bars):
                f = bar.factor
                moved = f"{f.word(f.central)} → {f.word(bar.value)} {f.unit}".strip()
                difference = interval(bar.difference, sign=True)
                there = (interval(bar.there, sign=True),) * two
                verdict = bar.difference.verdict + ", turns the sign" * bar.turned
                rows.append(("" if k else f.name, moved, difference, *there, verdict))
        change = "Change" if two else "Difference"
        columns = [Column("Input"), Column("Moved"), Column(f"{change} [95 % CI]", True)]
        columns += [Column("Difference there", True)] * two
        return Grid([*columns, Column("Verdict")], rows)

    def notes(self) -> list[str]:
        """Return the lines that a tornado must carry."""
        tests = sum(len(bars) for bars in self.bars)
        unit = f" {plural(self.outcome.unit)}" if self.outcome.unit else ""
        band = "No difference has an interval of any width."
        if self.band:
            band = (
                f"Noise band: ± {decimal(self.band, digits(self.band))}, the median half width of the "
                f"differences. Of {tests} differences about {0.05 * tests:.0f} leave it by chance."
            )
        notes = [
            TOY,
            f"{self.outcome.name} is {interval(self.centre)}{unit} at the centre; one input at a time "
            f"moves to an end of its range, {counted(self.replications, 'paired replication')} each, "
            f"seed {self.seed}.",
            *lines(self.outcome),
            band,
            "Inputs move one at a time, so this shows no interactions.",
        ]
        if self.unpaired:
            notes.append(
                f"{counted(self.unpaired, 'pair')} of {self.replications * tests:,} without a value on "
                "both sides are left out: those left are a selection, not a fair comparison."
            )
        if isinstance(self.outcome, Difference):
            turned = any(bar.turned for bars in self.bars for bar in bars)
            notes.append(
                "'turns the sign': the difference there has another sign than at the centre, or where it "
                f"has none there, than at another end; corrected for looking at {tests} ends."
                if turned
                else f"At none of {tests} ends is its sign seen to turn, corrected for looking at all."
            )
        return notes + cut_note([bars[0].factor.name for bars in self.bars])

    @property
    def clear(self) -> bool:
        """Whether some end stands after correction for looking at all (Bonferroni)."""
        return self._standing() > 0

    def _standing(self) -> int:
        """Return how many inputs have an end that is told apart from chance."""
        tests = sum(len(bars) for bars in self.bars)
        return sum(any(_stands(bar, tests) for bar in bars) for bars in self.bars)

    def _first(self) -> tuple[Bar, ...]:
        """Return the first input that is told apart from chance."""
        tests = sum(len(bars) for bars in self.bars)
        return next(bars for bars in self.bars if any(_stands(bar, tests) for bar in bars))

    def sentence(self) -> str:
        """Return the input with the largest difference, how many are told apart from chance, what is held."""
        return f"{self._told()}{f' {HELD.capitalize()}, but for the one moved.' if self.central else ''}"

    def _told(self) -> str:
        if not self.bars:
            return f"No input moves {self.outcome.name}."
        count, total = self._standing(), len(self.bars)
        if not count:
            return (
                f"With {counted(self.replications, 'run')} at each point, none of {total} inputs can be told "
                f"apart from chance in what it does to {self.outcome.name}."
            )
        bar = max(self._first(), key=lambda b: abs(b.difference.mean))
        f = bar.factor
        most = (
            f"{f.name} moves {self.outcome.name} most: {interval(bar.difference, sign=True)} at "
            f"{f.word(bar.value)} {f.unit}".strip()
            + "."
        )
        most += f" Of {total} inputs {count} can be told apart from chance."
        turned = [b for bars in self.bars for b in bars if b.turned]
        names = ", ".join(f"{b.factor.name} at {b.factor.word(b.value)}" for b in turned[:3])
        more = f" and {len(turned) - 3} more" if len(turned) > 3 else ""
        return f"{most} Its sign turns with {names}{more}." if turned else most

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return a tornado: per input the differences at its ends, and the noise band."""
        from sim.charts.rankings import tornado_bars
        from sim.charts.theme import sources_note

        share, names = self.outcome.share, labels or {}
        scale, turned = 100.0 if share else 1.0, any(b.turned for x in self.bars for b in x)
        two = isinstance(self.outcome, Difference)
        rows = [
            {
                "input": names.get(bar.factor.name, bar.factor.name),
                "end": _with_unit(bar.factor.word(bar.value), bar.factor.unit, bar.value)
                + " ±" * bar.turned,
                "side": "up" if bar.value > bar.factor.central else "down",
                "mean": bar.difference.mean * scale, "low": bar.difference.low * scale,
                "high": bar.difference.high * scale, "seen": "yes" if bar.seen else "no",
            }
            for bars in self.bars[:DRAWN]
            for bar in bars
        ]  # fmt: skip
        parts = [
            "points of 100 runs" if share else plural(self.outcome.unit),
            f"the {DRAWN} largest of {len(self.bars)}" if len(self.bars) > DRAWN else "",
            f"{'change from' if two else 'paired difference to'} the centre: blue at the higher end, "
            "orange at the lower or another option",
            "grey: noise band",
            "±: there the sign of the difference turns" if turned else "",
            sources_note(self.replications, "runs per setting"),
        ]
        heading = f"One input at a time: {outcome_label(self.outcome)}"
        return tornado_bars(rows, self.band * scale, heading, parts, theme=theme, width=width)


def _stands(bar: Bar, tests: int) -> bool:
    """Whether a change is told apart from chance after correction for so many tests."""
    return bar.seen if bar.p_value is None else bar.p_value * tests < 0.05


def _with_unit(word: str, unit: str, value: float) -> str:
    """Return a value with its unit, where that says more than that it has none."""
    bare = re.fullmatch(r"([a-z]+)( .*)?", unit)
    return word if bare and bare[1] in UNCOUNTED else f"{word} {plural(unit, value)}".strip()


def tornado(
    scenario: Scenario,
    outcome: str,
    inputs: Sequence[Factor] | None = None,
    *,
    replications: int = 200,
    seed: int = 1,
    against: Scenario | None = None,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Tornado:
    """Move one input at a time to the ends of its range (Howard 1988), the others at their values.

    An option is moved to each of its other words. Differences to the centre are paired. With `against`,
    the outcome is its difference to that scenario, and the ends at which its sign turns are marked.
    """
    inputs = factors(scenario) if inputs is None else tuple(inputs)
    rows, owners = [np.array([f.held for f in inputs])], []
    for i, factor in enumerate(inputs):
        for value in factor.ends:
            rows.append(rows[0].copy())
            rows[-1][i] = value
            owners.append(i)
    ran = points(
        scenario, [f.name for f in inputs], np.array(rows), replications, seed,
        outcomes=(outcome,), against=against, kernel=kernel, progress=progress,
    )  # fmt: skip
    values = ran.outcome(outcome)
    entry = outcome_of(scenario, against, outcome)
    share = entry.share
    both = [s.model for s in (scenario, against) if s is not None]
    moves = [any(reaches(m, [factor.name], outcome) for m in both) for factor in inputs]
    found: dict[int, list[Bar]] = {i: [] for i in range(len(inputs))}
    for place, owner in enumerate(owners, start=1):
        here, base = values[place : place + 1], values[:1]
        found[owner].append(
            Bar(
                inputs[owner], float(rows[place][owner]),
                paired(here, base, share=share, can_differ=moves[owner]),
                p_value(here - base, share=share),
                int(ran.failed[place].sum()), estimate(here, share=share),
            )
        )  # fmt: skip
    bars = [tuple(bars) for bars in found.values() if bars]
    if isinstance(entry, Difference):
        bars = _turned(bars, values)
    bars.sort(key=lambda b: -max(np.nan_to_num(abs(x.difference.mean), nan=-1.0) for x in b))
    return Tornado(
        entry, estimate(values[:1], share=share), tuple(bars), replications, seed, scenario.model.uncertain,
    )  # fmt: skip


def _turned(bars: Sequence[tuple[Bar, ...]], values: Floats) -> list[tuple[Bar, ...]]:
    """Mark the ends at which the sign of a difference turns; the bars stand in the order of values."""
    centre, *ends = (
        _sign(row[None], 1 if place == 0 else len(values) - 1) for place, row in enumerate(values)
    )
    signs = iter(ends)
    found = []
    for group in bars:
        own = [next(signs) for _ in group]
        found.append(
            tuple(
                replace(bar, turned=sign != 0 and -sign in ([centre] if centre else own))
                for bar, sign in zip(group, own, strict=True)
            )
        )
    return found


def _sign(row: Floats, tests: int) -> int:
    """Return the sign of a mean where it stands after correction for so many tests, else 0."""
    found, p = estimate(row, share=False), p_value(row, share=False)
    stands = found.seen if p is None else p * tests < 0.05
    return int(np.sign(found.mean)) if stands else 0
