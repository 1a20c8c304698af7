"""Sentences made from numbers."""

from __future__ import annotations

import re
from collections import Counter

import sim

#: What must stand wherever assumptions do not vary.
HELD = sim.formatting.HELD
CAVEAT = (
    "Bands show chance and the ranges of assumptions inside this model, not all that could happen."
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


def sentence(text: str) -> str:
    """Return text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


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
