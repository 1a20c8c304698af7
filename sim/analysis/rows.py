"""One outcome of one scenario against a baseline: its estimate, its difference, and both as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sim.formatting import interval, percent
from sim.numerics.estimates import Estimate, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome of one scenario.

    Attributes
    ----------
    estimate
        Its mean over the replications in which it has a value, or its share.
    difference
        Paired difference to the baseline; None for the baseline itself.
    verdict
        What the interval of the difference says.
    missing
        Replications in which a `first` never happened.
    unpaired
        Pairs that the difference leaves out, for in one of the two a `first` never happened: those
        left are a selection, so a difference among them is no gain or loss.
    p_value
        Of the two-sided test that the difference is 0 (paired t; McNemar's mid-p for shares); None
        where there is none to test.
    p_holm
        The same, adjusted for all differences of the table (Holm 1979).
    gain
        How many times larger the variance of the difference would be with independent random
        numbers; infinite where every pair differs by the same amount.
    """

    scenario: str
    outcome: str
    label: str
    unit: str
    goal: str
    share: bool
    estimate: Estimate
    difference: Estimate | None
    verdict: Verdict | Literal["baseline"]
    missing: int
    failed: int
    unpaired: int = 0
    p_value: float | None = None
    p_holm: float | None = None
    gain: float | None = None

    @property
    def adjusted(self) -> bool:
        """Whether a difference stands after adjustment for all those of its table."""
        return self.p_holm is None or self.p_holm < 0.05

    @property
    def skewed(self) -> bool:
        """Whether an interval of a mean rests on values too skewed, or too few different ones."""
        return self.estimate.skewed or bool(self.difference and self.difference.skewed)

    @property
    def more(self) -> tuple[int, float] | None:
        """Replications that, added, would about halve the interval, and the half width then."""
        if self.verdict != "no difference seen" or self.difference is None:
            return None
        if math.isnan(self.difference.low):
            return None
        return 3 * self.difference.n, self.difference.half_width / 2


def holm(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows with p values adjusted for all tests of the table (Holm 1979)."""
    order = sorted((r.p_value, i) for i, r in enumerate(rows) if r.p_value is not None)
    adjusted: dict[int, float] = {}
    highest = 0.0
    for rank, (p, i) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        adjusted[i] = highest
    return tuple(replace(row, p_holm=adjusted.get(i)) for i, row in enumerate(rows))


def estimate_text(row: Row) -> str:
    """Return the estimate of a row with its interval, and its n where a value is missing."""
    text = percent(row.estimate) if row.share else interval(row.estimate)
    return f"{text} · n={row.estimate.n:,}" if row.missing else text


def difference_text(row: Row) -> str:
    """Return the difference of a row with its interval, and its pairs where they are a selection."""
    if row.difference is None or row.verdict == "too few":
        return "–"
    if row.verdict == "identical":
        return "0"
    if row.share:
        return percent(row.difference, sign=True).replace(" %", " points")
    pairs = f" · n={row.difference.n:,}" if row.unpaired else ""
    return interval(row.difference, sign=True) + pairs


def verdict_text(row: Row) -> str:
    """Return what the interval of a difference says."""
    words = {
        "identical": "the same in every pair",
        "too few": "too few pairs",
        "baseline": "baseline",
    }
    if row.verdict in ("higher", "lower"):
        goal = "" if row.unpaired else row.goal
        better = {"maximize": "higher", "minimize": "lower"}.get(goal)
        judged = "" if better is None else ", better" if better == row.verdict else ", worse"
        return row.verdict + judged + ("" if row.adjusted else " *")
    return words.get(row.verdict, "no difference seen")
