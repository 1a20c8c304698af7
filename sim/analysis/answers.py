"""Sentences generated from the numbers: counts first, intervals always, nothing beyond the model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sim.analysis.rows import Row
from sim.formatting import decimal, digits, interval, likelihood_words, plural
from sim.model.types import Model
from sim.numerics.estimates import Estimate

CAUTION = (
    "Intervals and bands show chance, and the ranges of the assumptions where futures are sampled, "
    "inside this model; not everything that could happen."
)
#: Names told one by one in a sentence.
MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, its answer in sentences, and the line that must stand below them."""

    question: str
    sentences: tuple[str, ...]
    caution: str = CAUTION

    def __str__(self) -> str:
        return "\n".join([self.question, "", *self.sentences, "", self.caution])


def summarize(
    rows: Sequence[Row], model: Model, outcomes: Sequence[str], question: str = ""
) -> Answer:
    """Summarize what scenarios do to some outcomes, in a sentence or two for each.

    Parameters
    ----------
    rows : sequence of Row
        Rows of a comparison.
    model : Model
        Gives the horizon and the title.
    outcomes : sequence of str
        Names, the most important first; the first gets a sentence on the baseline too.
    question : str, optional
        By default the title of the model.

    Returns
    -------
    Answer
        Its text is `str(answer)`.
    """
    span = horizon_text(model)
    sentences = []
    for place, name in enumerate(outcomes):
        base, others = of_outcome(rows, name)
        level = level_text(base) + (f", {span}." if place == 0 else ".")
        if not others:
            sentences.append(level)
        elif place == 0:
            sentences += [level, differences_text(base, others)]
        else:
            told = differences_text(base, others)
            sentences.append(f"{level[:-1]}; {told[:1].lower()}{told[1:]}")
    return Answer(question or model.title or model.name.replace("_", " "), tuple(sentences))


def of_outcome(rows: Sequence[Row], name: str) -> tuple[Row, list[Row]]:
    """Return the baseline's row of an outcome, and those of the other scenarios."""
    found = [row for row in rows if row.outcome == name]
    base = next(row for row in found if row.verdict == "baseline")
    return base, [row for row in found if row is not base]


def horizon_text(model: Model) -> str:
    """Return the horizon of a model in words, as ``over 180 days from 14 July 2025``."""
    return f"over {model.clock.span}"


def level_text(row: Row) -> str:
    """Return how an outcome stands in one scenario, counts first.

    A word of likelihood stands only beside its number, and only where the interval lies in one or
    two neighbouring bands.
    """
    label, where = _label(row), _named(row.scenario)
    found = row.estimate
    if found.n == 0:
        return f"{label} has no value in any simulated run of {where}"
    if not row.share:
        text = f"{label} averages {interval(found)}{_unit(row)} in {where}, over {found.n:,} runs"
        return text + (f"; in {row.missing:,} further runs it never happens" if row.missing else "")
    count = round(found.mean * found.n)
    if count == 0:
        top = decimal(100 * found.high, digits(100 * found.high / 2))
        return (
            f"{label} comes true in none of {found.n:,} simulated runs of {where} "
            f"(at most about {top} in 100)"
        )
    return (
        f"{label} comes true in {count:,} of {found.n:,} simulated runs of {where} "
        f"({chance_text(found)})"
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


def differences_text(base: Row, others: Sequence[Row]) -> str:
    """Return which scenarios differ from the baseline in an outcome, in one sentence."""
    firm = [row for row in others if row.verdict in ("higher", "lower") and row.adjusted]
    higher = [row for row in firm if row.verdict == "higher"]
    lower = [row for row in firm if row.verdict == "lower"]
    loose = [row for row in others if row.verdict in ("higher", "lower") and row not in firm]
    total = len(others)
    against = _named(base.scenario)
    chance = (
        f"; in {_listed(loose)} the interval excludes 0, which may be chance among so many differences"
        if loose
        else ""
    )
    if not firm:
        return _none_clear(others, against, chance)
    parts = []
    if higher:
        parts.append(f"clearly higher in {_listed(higher)}")
    if lower:
        parts.append(f"clearly lower in {_listed(lower)}")
    rest = total - len(firm) - len(loose)
    tail = f", with no clear difference in the other {_scenarios(rest)}" if rest else ""
    return f"Against {against} it is {' and '.join(parts)}{tail}{chance}."


def _none_clear(others: Sequence[Row], against: str, chance: str) -> str:
    """Return the sentence for no clear difference at all."""
    total = len(others)
    if all(row.verdict == "identical" for row in others):
        return f"Every run of the other {_scenarios(total)} has the same value as in {against}."
    known = [r for r in others if r.difference and math.isfinite(r.difference.mean)]
    if total == 1 and not chance:
        if not known or others[0].verdict == "too few":
            return f"Too few pairs of runs have a value to compare {_named(others[0].scenario)}."
        return f"There is no clear difference in {_each(known[0])}."
    if chance:
        return f"No difference to {against} is clear{chance}."
    widest = max(known, key=lambda r: abs(r.difference.mean) if r.difference else 0.0, default=None)
    told = f"; the largest seen is {_each(widest)}" if widest else ""
    return (
        f"None of the other {_scenarios(total)} makes a clear difference to {against}: each 95 % "
        f"interval of the paired difference holds 0 or is exactly 0{told}."
    )


def pair_text(row: Row, units: bool = True) -> str:
    """Return a paired difference with its interval, as ``+4.1 points [+2.0, +6.2]``."""
    found = row.difference
    if found is None or not math.isfinite(found.mean):
        return "no pairs to compare"
    if row.verdict == "identical":
        return "exactly 0 in every pair of runs"
    if math.isnan(found.low):
        return f"0 in all of {found.n:,} pairs"
    k = 100.0 if row.share else 1.0
    places = digits(found.half_width * k)
    mean, low, high = (decimal(v * k, places, True) for v in (found.mean, found.low, found.high))
    unit = " points" if row.share else _unit(row) if units else ""
    return f"{mean}{unit} [{low}, {high}]"


def _listed(rows: Sequence[Row]) -> str:
    """Return scenarios with their differences, the largest first."""
    ordered = sorted(rows, key=lambda r: -abs(r.difference.mean) if r.difference else 0.0)
    told = [_each(row) for row in ordered[:MAX_NAMES]]
    if len(ordered) > MAX_NAMES:
        told.append(f"{len(ordered) - MAX_NAMES} more")
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def _each(row: Row) -> str:
    pairs = row.difference.n if row.difference else 0
    seen = f" over the {pairs:,} pairs in which both happen" if row.unpaired and pairs else ""
    return f"{_named(row.scenario)} ({pair_text(row, units=False)}{seen})"


def _scenarios(count: int) -> str:
    return f"{count} scenarios" if count != 1 else "scenario"


def _named(scenario: str) -> str:
    return f"“{scenario.replace('_', ' ')}”"


def _label(row: Row) -> str:
    return f"“{row.label or row.outcome.replace('_', ' ')}”"


def _unit(row: Row) -> str:
    return f" {plural(row.unit)}" if row.unit else ""
