"""A difference in few words, for a heading, a card or a cell; whole sentences are in `answers`."""

from __future__ import annotations

from dataclasses import replace

from sim.analysis.answers import pair_text, verdict_phrase
from sim.analysis.rows import Row, hundred, range_text, unit_text, verdict_text
from sim.formatting import decimal, digits
from sim.study.assignments import settings_text as settings_text

#: Verdicts without a size that could be told.
UNSIZED = ("identical", "too few", "too few events", "no difference seen")


def brief_phrase(row: Row) -> str:
    """Return a verdict in few words, as ``mostly worse (97 of 100 futures)``."""
    if row.gap is None or row.leading is None:
        if not row.side:
            return verdict_phrase(row)
        chance = "" if row.adjusted else ", which may be chance among so many differences"
        mean = pair_text(row, units=not row.unit.startswith("index")).partition(" [")[0]
        return f"{verdict_text(row).removesuffix(' *')} ({mean}){chance}"
    word, found = row.leading
    count = f"{hundred(found.mean)} of 100 futures"
    if row.side:
        return f"{row.verdict.split()[0]} {word} ({count})"
    if row.verdict == "depends on the assumptions":
        return f"{row.verdict} ({word} in {count})"
    return verdict_phrase(replace(row, above=None, below=None))


def brief_size(row: Row) -> str:
    """Return ``+1.9 points, −4.3 … +9.2; better in 78 of 100 futures``, or a paired difference.

    Where no direction may be told, the verdict stands in the place of the count.
    """
    if row.verdict in UNSIZED:
        return verdict_phrase(row)
    if row.gap is None or row.leading is None or row.gap.low == row.gap.high:
        return pair_text(row, units=not row.unit.startswith("index"))
    k = 100.0 if row.share else 1.0
    middle = decimal(row.gap.middle * k, digits((row.gap.high - row.gap.low) * k / 2), True)
    unit = " points" if row.share else "" if row.unit.startswith("index") else unit_text(row)
    word, found = row.leading
    direction = f"{word} in {hundred(found.mean)} of 100 futures"
    if not row.side and row.verdict != "depends on the assumptions":
        direction = brief_phrase(row)
    return f"{middle}{unit}, {range_text(row.gap, row.share, True)}; {direction}"
