"""What the cards of a page say, written in Python: what its JavaScript is held against."""

from __future__ import annotations

import sim
from ui.text import HELD, plain, selection_text, uncapitalize


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


def _rank(row: sim.analysis.Row) -> int:
    """What is clearest is told first."""
    if row.side:
        return int(row.verdict.startswith("mostly"))
    return 2 if row.verdict == "depends on the assumptions" else 3


def verdict(rows: list[sim.analysis.Row], title: str, baseline: str, central: bool) -> str:
    """Return one sentence about the headline outcomes, in Markdown."""
    head = f"**{plain(title)}**"
    held = f" ({HELD})" if central else ""
    if all(row.verdict == "identical" for row in rows):
        return f"{head} is the same as the baseline{held}. Move a lever to see a difference."
    told: dict[str, list[str]] = {}
    for row in [*rows[:2], *sorted(rows[2:], key=_rank)]:
        phrase = sim.analysis.brief_phrase(row) + selection_text(row)
        told.setdefault(plain(phrase), []).append(uncapitalize(plain(row.label)))
    clauses = [f"{', '.join(names)} – {phrase}" for phrase, names in told.items()]
    return f"{head}, against *{plain(baseline)}*{held}: {'; '.join(clauses)}."
