"""How an outcome stands in one scenario, in a sentence: counts first, intervals always."""

from __future__ import annotations

import math

from sim.analysis.rows import Row, hundred, range_text
from sim.formatting import decimal, digits, interval, likelihood_words, plural
from sim.statistics.estimates import Estimate


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
