"""Sentences made from numbers."""

from __future__ import annotations

import math
import re
from collections import Counter

import sim

NO_DIFFERENCE = "no clear difference"
CAVEAT = (
    "Bands show chance and the ranges of assumptions inside this model, not all that could happen."
)
TABLE_NOTE = (
    "Means or shares over all runs; differences over pairs of runs with the same random numbers. "
    "*In n runs* or *in n pairs*: the others have no value, because the event never happens in them."
)
#: Where a reader of Markdown sees an address, or a sign by its name, unless something stands between.
_LINKS = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(?=:)|www(?=\.)|:(?=[a-z_]+[/:])|[\w.+-](?=@)")
JOINER = "\u2060"
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|$:~^])")


def plain(text: str) -> str:
    """Return text that Markdown shows as it is written: no link, image, formula or colour."""
    broken = _LINKS.sub(lambda found: found[0] + JOINER, text.replace("\n", " "))
    return _MARKS.sub(r"\\\1", broken)


def label_of(entry: sim.model.Lever | sim.model.Parameter | sim.model.Outcome) -> str:
    """Return what an entry is called."""
    return entry.label or entry.name.replace("_", " ")


def doubt(parameter: sim.model.Parameter) -> str:
    """Return a warning for a fact that was not checked at its source."""
    fact = parameter.fact
    return "" if fact is None or fact.status == "verified" else "unverified"


def labels(model: sim.Model) -> dict[str, str]:
    """Return what levers and parameters are called; entries of the same label also show their name."""
    entries: list[sim.model.Lever | sim.model.Parameter] = [
        *model.levers.values(),
        *model.parameters.values(),
    ]
    counts = Counter(label_of(entry) for entry in entries)
    return {
        e.name: label_of(e) if counts[label_of(e)] == 1 else f"{label_of(e)} ({e.name})"
        for e in entries
    }


def unit_of(row: sim.analysis.Row) -> str:
    """Return the unit of a row; a share counts runs in 100."""
    return "of 100 runs" if row.share else row.unit


def format_value(value: object) -> str:
    """Return a value of a lever or parameter as text."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        text = f"{abs(value):,.12g}" if abs(value) >= 10_000 else f"{abs(value):.12g}"
        return f"−{text}" if value < 0 else text
    return str(value).replace("_", " ")


def counted(value: str, unit: str) -> str:
    """Return a value with its unit."""
    return f"{value} {sim.formatting.plural(unit, 1.0 if value == '1' else None)}".strip()


def card_unit(row: sim.analysis.Row) -> str:
    """Return the unit of a row, or nothing where its label says it."""
    if row.share:
        return unit_of(row)
    return "" if says_unit(row) else row.unit


def says_unit(row: sim.analysis.Row) -> bool:
    """Whether the label of a row says its unit already."""
    return row.unit.startswith("index") or row.unit.rstrip("s").lower() in row.label.lower()


def value_text(row: sim.analysis.Row) -> str:
    """Return a mean or share, without its interval."""
    estimate = row.estimate
    if math.isnan(estimate.mean):
        return "never"
    scale = 100.0 if row.share else 1.0
    half = estimate.half_width * scale
    places = sim.formatting.digits(half) if half > 0 else 0
    return sim.formatting.decimal(estimate.mean * scale, 0 if row.share else places)


def interval_text(row: sim.analysis.Row) -> str:
    """Return the interval of a mean or share."""
    estimate = row.estimate
    if math.isnan(estimate.low):
        return f"{estimate.n:,} values"
    scale = 100.0 if row.share else 1.0
    places = 0 if row.share else sim.formatting.digits(estimate.half_width)
    low = sim.formatting.decimal(estimate.low * scale, places)
    high = sim.formatting.decimal(estimate.high * scale, places)
    seen = f" · in {estimate.n:,} runs" if row.missing else ""
    return f"{low} to {high}{seen}"


def difference_text(row: sim.analysis.Row) -> str:
    """Return the paired difference to the baseline with its interval, in words."""
    if row.difference is None:
        return "baseline"
    if row.verdict == "identical":
        return "identical in every run"
    if row.verdict == "too few":
        return "too few runs to compare"
    text = sim.analysis.difference_text(row)
    if row.unpaired:
        text = (
            f"{sim.formatting.interval(row.difference, sign=True)} · in {row.difference.n:,} pairs"
        )
    return f"{NO_DIFFERENCE} · {text}" if row.verdict == "no difference seen" else text


def selection_text(row: sim.analysis.Row) -> str:
    """Return which pairs a difference rests on, where it is not all of them."""
    if not row.unpaired or row.difference is None:
        return ""
    return f" in the {row.difference.n:,} pairs of runs in which it happens in both"


def verdict(rows: list[sim.analysis.Row], title: str, baseline: str) -> str:
    """Return one sentence about the headline outcomes, in Markdown."""
    parts = [part for row in rows[:3] if (part := difference_clause(row))]
    same = [row for row in rows[:3] if row.verdict in ("no difference seen", "identical")]
    head = f"**{plain(title)}**"
    if all(row.verdict == "identical" for row in rows):
        return f"{head} is the same as the baseline. Move a lever to see a difference."
    against = f"against *{plain(baseline)}*"
    if not parts:
        names = " or ".join(plain(row.label.lower()) for row in rows[:3])
        return f"{head}: {NO_DIFFERENCE} in {uncapitalize(names)} {against}."
    tail = ""
    if same:
        tail = f" No clear difference: {', '.join(uncapitalize(plain(r.label)) for r in same)}."
    return f"{head}, {against}: {'; '.join(parts)}.{tail}"


def difference_clause(row: sim.analysis.Row) -> str:
    """Return what one outcome does against the baseline; empty where no difference is seen."""
    if row.difference is None or row.verdict not in ("higher", "lower"):
        return ""
    name = uncapitalize(plain(row.label))
    if row.share:
        mean = row.estimate.mean
        word = sim.formatting.likelihood_words(mean, mean) if 0.45 <= mean < 0.995 else ""
        points = sim.formatting.decimal(abs(row.difference.mean) * 100, 0)
        much = points if points != "0" else "under 1"
        odds = f" ({word})" if word else ""
        step = "more" if row.verdict == "higher" else "fewer"
        return f"{name} in {value_text(row)} of 100 runs{odds}, {much} {step}"
    size = sim.formatting.decimal(
        abs(row.difference.mean), sim.formatting.digits(row.difference.half_width)
    )
    much = size if says_unit(row) else plain(counted(size, row.unit))
    return f"{name} {much} {row.verdict}{selection_text(row)}"


def uncapitalize(text: str) -> str:
    """Return text that can stand inside a sentence; an acronym or name keeps its capitals."""
    head, _, rest = text.partition(" ")
    return text if head != head.capitalize() or not rest else text[:1].lower() + text[1:]


def sentence(text: str) -> str:
    """Return text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def runs_line(n: int, seed: int, banded: int | None = None) -> str:
    """Return the words under every group of numbers."""
    bands = f", bands from {banded:,} of them" if banded is not None and banded < n else ""
    return f"n = {n:,} runs each{bands} · seed {seed} · a toy, not a forecast"


def first_line(error: sim.SimError) -> str:
    """Return an error in one line, with its hint."""
    diagnostics = getattr(error, "diagnostics", ())
    if not diagnostics:
        return str(error).split("\n", 1)[0]
    found = diagnostics[0]
    return f"{found.message}; {found.help}" if found.help else str(found.message)
