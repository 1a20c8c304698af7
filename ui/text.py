"""Sentences made from numbers."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import sim

#: What must stand wherever assumptions do not vary.
HELD = sim.formatting.HELD
CAVEAT = (
    "Bands show chance and the ranges of assumptions inside this model, not all that could happen."
)
_SELECTION = "*In n runs* or *in n pairs*: the others have no value, because the event never happens in them."
#: How to read values and differences: over futures, and where there are none.
TABLE_NOTE = (
    "A future is one way in which the assumptions may lie. Values and differences: expected over chance, "
    "in the middle of the futures and in 5 to 95 % of them; a difference is the scenario minus the "
    f"baseline, in the same futures with the same random numbers. {_SELECTION}"
)
CHANCE_NOTE = (
    "Means or shares over all runs; a difference is the scenario minus the baseline, over pairs of runs "
    f"with the same random numbers. Intervals: 95 %, chance alone. {_SELECTION}"
)
#: Where a reader of Markdown sees an address, or a sign by its name, unless something stands between.
_LINKS = re.compile(r"(?i)(https?|ftp|mailto|xmpp)(?=:)|www(?=\.)|:(?=[a-z_]+[/:])|[\w.+-](?=@)")
JOINER = "\u2060"
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|$:~^])")


def plain(text: str) -> str:
    """Return text that Markdown shows as it is written: no link, image, formula or colour."""
    broken = _LINKS.sub(lambda found: found[0] + JOINER, text.replace("\n", " "))
    return _MARKS.sub(r"\\\1", broken)


def label_of(
    entry: sim.model.Lever | sim.model.Parameter | sim.model.Outcome | sim.model.Table,
) -> str:
    """Return what an entry is called."""
    return entry.label or name_words(entry.name)


def name_words(name: str) -> str:
    """Return a name in words: `people, north` for the cell `people[north]`."""
    return ", ".join(re.split(r"[][,]", name.rstrip("]"))).replace("_", " ")


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


def sentence(text: str) -> str:
    """Return text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def runs_line(result: Any, seed: int) -> str:
    """Return the words under every group of numbers."""
    many = f"{result.n:,} runs each"
    if result.futures > 1:
        futures = sim.formatting.futures_count(result.futures, result.origin)
        many += f": {futures} × {result.n // result.futures:,} replications"
    held = f" · **{HELD}**" if result.central else ""
    banded = result.banded
    bands = f" · bands from {banded:,} of them" if 0 < banded < result.n else ""
    return f"{many}{held}{bands} · seed {seed} · a toy, not a forecast"


def fan_note(result: Any) -> str:
    """Return how to read a fan, and over what its bands are."""
    over = "over futures and chance" if result.futures > 1 else "chance alone"
    held = f", {HELD}" if result.central else ""
    return (
        f"line: median · bands: middle 50 % and 90 % of {result.banded:,} runs, {over}{held} · "
        "dashed: baseline"
    )


def first_line(error: sim.SimError) -> str:
    """Return an error in one line, with its hint."""
    diagnostics = getattr(error, "diagnostics", ())
    if not diagnostics:
        return str(error).split("\n", 1)[0]
    found = diagnostics[0]
    return "; ".join([found.message, *([found.help] if found.help else []), *found.notes])


def rule(model: sim.Model, name: str) -> str:
    """Return what brings an event about, as the formula in the model."""
    event = model.event(name)
    if event is None:
        return ""
    guard = f", if {event.guard.text}" if event.guard is not None else ""
    if event.trigger == "none":
        return f"triggered by another event{guard}"
    lead = {
        "rate": f"random, rate per {model.clock.unit}",
        "every": "every",
        "at": "at time",
        "when": "when",
    }
    return f"{lead[event.trigger]}: {event.trigger_text}{guard}"
