"""What the cards of a page say, written in Python: what its JavaScript is held against."""

from __future__ import annotations

from card_texts import selection_text, uncapitalize

import sim
from ui.text import HELD, plain


def unit_of(row: sim.analysis.Row) -> str:
    """Return the unit of a row; a share counts runs in 100."""
    return "of 100 runs" if row.share else row.unit


def card_unit(row: sim.analysis.Row) -> str:
    """Return the unit of a row, or nothing where its label says it."""
    if row.share:
        return unit_of(row)
    return "" if says_unit(row) else row.unit


def says_unit(row: sim.analysis.Row) -> bool:
    """Whether the label of a row says its unit already."""
    return row.unit.startswith("index") or row.unit.rstrip("s").lower() in row.label.lower()


def verdict(rows: list[sim.analysis.Row], title: str, baseline: str, central: bool) -> str:
    """Return one sentence about the first outcome, in Markdown."""
    head = f"**{plain(title)}**"
    held = f" ({HELD})" if central else ""
    if all(row.verdict == "identical" for row in rows):
        return f"{head} is the same as the baseline{held}. Move a lever to see a difference."
    first = rows[0]
    phrase = sim.analysis.brief_phrase(first) + selection_text(first)
    label = uncapitalize(plain(first.label))
    return f"{head}, against *{plain(baseline)}*{held}: {label} – {plain(phrase)}."
