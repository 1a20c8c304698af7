"""What cards and tables of the live page say of a row, written in Python: what JavaScript is held against."""

from __future__ import annotations

import math
from typing import Any

import sim
from ui.text import sentence


def value_text(row: sim.analysis.Row) -> str:
    """Return the expected value in the middle of the futures; without futures a mean or share."""
    found, scale = row.estimate, 100.0 if row.share else 1.0
    if math.isnan(found.mean):
        return "never"
    if (level := _level(row)) is not None:
        half = (level.high - level.low) * scale / 2
        return sim.formatting.decimal(level.middle * scale, _places(half, row.share))
    half = found.half_width * scale
    return sim.formatting.decimal(found.mean * scale, _places(half, row.share))


def _level(row: sim.analysis.Row) -> Any:
    """Return how the expected value lies over the futures, where it does move."""
    level = row.level
    return level if level is not None and level.high > level.low else None


def _places(half: float, share: bool) -> int:
    return 0 if share or not half > 0 else sim.formatting.digits(half)


def range_text(row: sim.analysis.Row) -> str:
    """Return the 5 to 95 % range of a level over futures; without them the interval of its mean."""
    found, scale = row.estimate, 100.0 if row.share else 1.0
    if (level := _level(row)) is not None:
        ends, head = (level.low * scale, level.high * scale), "5–95 % of futures"
    elif math.isnan(found.low):
        return f"{found.n:,} values"
    else:
        ends, head = (found.low * scale, found.high * scale), "95 % interval"
    places = _places((ends[1] - ends[0]) / 2, row.share)
    low, high = (sim.formatting.decimal(end, places) for end in ends)
    seen = f" · in {found.n:,} runs" if row.missing else ""
    return f"{head}: {low} to {high}{seen}"


def difference_text(row: sim.analysis.Row) -> str:
    """Return the difference to the baseline, in words."""
    if row.difference is None:
        return "baseline"
    return sentence(sim.analysis.brief_size(row)) + selection_text(row)


def selection_text(row: sim.analysis.Row) -> str:
    """Return which pairs a difference rests on, where it is not all of them."""
    if not row.unpaired or row.difference is None or row.verdict.startswith("too few"):
        return ""
    return f", in {row.difference.n:,} pairs"


def uncapitalize(text: str) -> str:
    """Return text that can stand inside a sentence; an acronym or name keeps its capitals."""
    head, _, rest = text.partition(" ")
    return text if head != head.capitalize() or not rest else text[:1].lower() + text[1:]
