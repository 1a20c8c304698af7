"""One outcome of one scenario against a baseline: its estimate, its difference, and both in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.analysis.turning import Turn
from sim.analysis.verdicts import Verdict, judged, side_of
from sim.formatting import decimal, digits, interval, likelihood_words, number, percent, plural
from sim.statistics.estimates import Estimate
from sim.statistics.nested import Spread

#: Verdicts that no share of futures goes with.
UNTOLD = frozenset({"identical", "too few", "too few events", "no difference seen"})


@dataclass(frozen=True, slots=True)
class Under:
    """What a row is in the futures that have one form of the model.

    Attributes
    ----------
    parameter, label
        Name of the structural assumption, and its label or its name in words.
    option
        Its value in these futures.
    futures
        How many these are.
    forms
        How many forms the parameter has, those that no future has among them.
    row
        Difference, verdict, shares, range and events are those of these futures.
    """

    parameter: str
    label: str
    option: str
    futures: int
    forms: int
    row: Row


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome of one scenario.

    Attributes
    ----------
    title
        Title of the scenario, short where that tells it apart.
    estimate
        Its mean over the replications in which it has a value, or its share.
    difference
        Paired difference to the baseline; None for the baseline itself.
    verdict
        What may be said of the difference, by the rules of `sim.analysis.verdicts`.
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
    level, gap
        How the expected value, and the expected difference, lie over the futures; None without
        several futures of two replications or more.
    above, below
        Share of futures in which the expected difference is above and below 0.
    events
        Pairs of replications that differ.
    matters
        The smallest difference that a decision would notice: that of the model, else a tenth of the
        standard deviation of a run of the baseline.
    turns
        The assumptions that the sign of the difference hangs on.
    forms
        The same difference under each form of each structural assumption.
    """

    scenario: str
    outcome: str
    label: str
    unit: str
    goal: str
    share: bool
    estimate: Estimate
    difference: Estimate | None
    verdict: Verdict
    missing: int
    failed: int
    unpaired: int = 0
    p_value: float | None = None
    p_holm: float | None = None
    gain: float | None = None
    title: str = ""
    level: Spread | None = None
    gap: Spread | None = None
    above: Estimate | None = None
    below: Estimate | None = None
    events: int = 0
    matters: float = 0.0
    turns: tuple[Turn, ...] = ()
    forms: tuple[Under, ...] = ()

    @property
    def side(self) -> str:
        """The direction that the verdict names: higher, lower, or none."""
        return side_of(self.verdict)

    @property
    def judged(self) -> str:
        """Whether that direction is better or worse; nothing without a goal, or among a selection."""
        return judged(self.side, "" if self.unpaired else self.goal)

    @property
    def middle(self) -> float:
        """The difference in the middle of the futures, or without these its mean; NaN where there is none."""
        if self.gap is not None:
            return self.gap.middle
        return math.nan if self.difference is None else self.difference.mean

    @property
    def clear(self) -> bool:
        """Whether the direction may be called clear."""
        if self.gap is not None:
            return self.verdict.startswith("clearly")
        return bool(self.side) and self.adjusted

    @property
    def leading(self) -> tuple[str, Estimate] | None:
        """The likelier direction and its share of futures: better or worse where there is a goal."""
        if self.above is None or self.below is None:
            return None
        up = self.above.mean >= self.below.mean
        side = "higher" if up else "lower"
        word = judged(side, "" if self.unpaired else self.goal) or side
        return word, self.above if up else self.below

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


def range_text(spread: Spread | None, share: bool, sign: bool = False) -> str:
    """Return the 5 to 95 % range over futures, as ``−4.3 … +9.2``; a share in points of a hundred."""
    if spread is None:
        return "–"
    k = 100.0 if share else 1.0
    low, high = spread.low * k, spread.high * k
    if low == high:
        return number(Estimate(low, low, high, 1), sign)
    places = digits((high - low) / 2)
    return f"{decimal(low, places, sign)} … {decimal(high, places, sign)}"


def futures_text(row: Row) -> str:
    """Return in how many futures a difference has its likelier direction, with its interval."""
    if row.leading is None or row.verdict in UNTOLD:
        return "–"
    word, found = row.leading
    return f"{word} in {hundred(found.mean)} [{hundred(found.low)}, {hundred(found.high)}]"


def hundred(share: float) -> str:
    """Return a share of futures as a number of 100; 100 and 0 only where it is all or none."""
    count = round(100 * share)
    if count == 100 and share < 1.0:
        return "99"
    return "1" if count == 0 and share > 0.0 else f"{count}"


def verdict_text(row: Row) -> str:
    """Return what may be said of a difference, and whether that is better or worse."""
    words = {"identical": "the same in every pair", "too few": "too few pairs"}
    if row.side:
        star = "" if row.adjusted or row.gap is not None else " *"
        return row.verdict + (f", {row.judged}" if row.judged else "") + star
    return words.get(row.verdict, row.verdict)


def level_text(row: Row) -> str:
    """Return how an outcome stands in one scenario, counts first.

    A word of likelihood stands only beside its number, and only where the interval lies in one or
    two neighbouring bands.
    """
    label, where = label_text(row), scenario_text(row)
    found = row.estimate
    if found.n == 0:
        return f"{label} has no value in any simulated run of {where}"
    futures = ""
    if row.level is not None and row.level.high > row.level.low:
        futures = f"; {range_text(row.level, row.share)} in 5 to 95 % of futures"
    if not row.share:
        text = (
            f"{label} averages {interval(found)}{unit_text(row)} in {where}, over {found.n:,} runs"
        )
        text += f"; in {row.missing:,} further runs it never happens" if row.missing else ""
        return text + futures
    count = round(found.mean * found.n)
    if count == 0:
        top = decimal(100 * found.high, digits(100 * found.high / 2))
        return (
            f"{label} comes true in none of {found.n:,} simulated runs of {where} "
            f"(at most about {top} in 100)"
        )
    return (
        f"{label} comes true in {count:,} of {found.n:,} simulated runs of {where} "
        f"({f'{hundred(found.mean)} in 100{futures}' if futures else chance_text(found)})"
    )


def chance_text(found: Estimate) -> str:
    """Return a share with its interval in numbers of a hundred, and its word where one fits."""
    low, high = found.low, found.high
    half = 100 * (high - low) / 2
    places = 0 if not math.isfinite(half) or half >= 1 else min(2, digits(half))
    mean = decimal(100 * found.mean, places)
    if not math.isfinite(half):
        return f"{mean} in 100"
    ends = f"{decimal(100 * low, places)} to {decimal(100 * high, places)}"
    words = likelihood_words(low, high)
    return f"{mean} in 100, 95 % interval {ends}" + (f": {words}" if words else "")


def scenario_text(row: Row) -> str:
    """Return the title of the scenario of a row, in quotes."""
    return f"“{row.title or row.scenario.replace('_', ' ')}”"


def label_text(row: Row) -> str:
    """Return the label of the outcome of a row, in quotes."""
    return f"“{row.label or row.outcome.replace('_', ' ')}”"


def unit_text(row: Row) -> str:
    """Return the unit of a row as it stands after a number, with a space; or nothing."""
    return f" {plural(row.unit)}" if row.unit else ""
