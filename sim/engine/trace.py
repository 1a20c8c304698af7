"""One replication as a story: what happened, when, and what it changed."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass

from sim.formatting import html_table, plural
from sim.language.terms import Type
from sim.model.clock import Clock
from sim.model.types import Model, Value


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state variable before and after an occurrence."""

    name: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One firing of an event.

    Attributes
    ----------
    cause
        What brought it about: ``trigger``, or the name of the edge, ``source->event#0``.
    scheduled
        Event and time of each occurrence it put into the calendar.
    cancelled
        Event and number of pending occurrences it removed.
    """

    time: float
    date: datetime.date | None
    event: str
    label: str
    text: str
    cause: str
    number: int
    changes: tuple[StateChange, ...]
    scheduled: tuple[tuple[str, float], ...]
    cancelled: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """All occurrences of one replication, with its outcomes and daily series.

    `series` holds, for each recorded name, its values on the grid of whole time units; options
    stand as their place among the words. `left_out` counts the occurrences beyond those told.
    """

    scenario: str
    title: str
    seed: int
    future: int
    replication: int
    clock: Clock
    occurrences: tuple[Occurrence, ...]
    outcomes: Mapping[str, float]
    series: Mapping[str, tuple[float, ...]]
    units: Mapping[str, str]
    left_out: int = 0

    def __str__(self) -> str:
        future = f", future {self.future}" if self.future else ""
        head = (
            f"{self.title} · seed {self.seed}, replication {self.replication}{future} · "
            "one possible run of a toy, no forecast"
        )
        lines = [head, ""]
        for occurrence in self.occurrences:
            lines.append(
                f"{when(occurrence, self.clock):>18}  {occurrence.text or occurrence.label}"
            )
            if occurrence.changes:
                told = ", ".join(
                    f"{c.name} {say(c.before)} → {say(c.after)}" for c in occurrence.changes
                )
                lines.append(f"{'':>18}    {told}")
        if self.left_out:
            lines.append(f"{'':>18}  … and {self.left_out:,} more")
        lines.append("")
        for name, value in self.outcomes.items():
            words = "never" if value != value else say(value)
            unit = plural(self.units.get(name, ""), value)
            lines.append(f"{name:>24}  {words}{' ' + unit if unit and words != 'never' else ''}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the story as a table, for a notebook."""
        rows = [
            (
                when(o, self.clock),
                o.text or o.label,
                ", ".join(f"{c.name} {say(c.before)} → {say(c.after)}" for c in o.changes),
            )
            for o in self.occurrences
        ]
        ends = ", ".join(
            f"{name} {'never' if value != value else say(value)}"
            for name, value in self.outcomes.items()
        )
        caption = f"{self.title} · seed {self.seed}, replication {self.replication}"
        return html_table(caption, ("When", "What", "Changes"), rows, (ends,))


def when(occurrence: Occurrence, clock: Clock) -> str:
    """Return the time of an occurrence as ``2025-07-18 d 4.3``."""
    time = f"{clock.unit[0]} {occurrence.time:.1f}"
    return f"{occurrence.date.isoformat()} {time}" if occurrence.date else time


def say(value: Value) -> str:
    """Return a value as a reader would write it, without spurious digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else f"{value}".replace("inf", "infinity")
    if value == int(value):
        return f"{int(value):,}" if abs(value) >= 10_000 else f"{int(value)}"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def decode(value: float, kind: Type) -> Value:
    """Return a stored float64 as a value of its type."""
    if kind.kind == "option":
        place = int(value)
        return kind.options[place] if 0 <= place < len(kind.options) else str(value)
    if kind.kind == "boolean":
        return value != 0.0
    if kind.kind == "whole" and value == value and abs(value) < 2**53:
        return int(value)
    return value


def encode(value: Value, kind: Type) -> float:
    """Return a value of a type as the float64 that kernels store."""
    return float(kind.options.index(str(value))) if kind.kind == "option" else float(value)


def model_types(model: Model) -> dict[str, Type]:
    """Return the type of every name of a model that has a value."""
    types = {name: entry.type for name, entry in model.levers.items()}
    types |= {name: parameter.type for name, parameter in model.parameters.items()}
    types |= {name: variable.type for name, variable in model.state.items()}
    return types | {name: derived.formula.type for name, derived in model.derived.items()}


#: An occurrence of one trace and of another; None where only one of them has it.
Pair = tuple[Occurrence | None, Occurrence | None]


def differing_occurrences(first: Trace, second: Trace) -> tuple[tuple[Pair, ...], int]:
    """Return the pairs of occurrences that are not the same, by time, and how many are."""
    ours, theirs = ({_key(o): o for o in told.occurrences} for told in (first, second))
    pairs: list[Pair] = [(o, theirs.get(key)) for key, o in ours.items()]
    pairs += [(None, o) for key, o in theirs.items() if key not in ours]
    differences = sorted((pair for pair in pairs if pair[0] != pair[1]), key=_time)
    return tuple(differences), len(pairs) - len(differences)


def _key(occurrence: Occurrence) -> tuple[str, str, int]:
    return (occurrence.event, occurrence.cause, occurrence.number)


def _time(pair: Pair) -> float:
    return min(occurrence.time for occurrence in pair if occurrence is not None)
