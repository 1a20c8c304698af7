"""One replication as a dated story: each occurrence and the state it changed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.formatting import html_table, plural, value_text
from sim.language.terms import Type
from sim.model.clock import Clock
from sim.model.types import Model, Value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class StateChange:
    """A state variable before and after an occurrence."""

    name: str
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{self.name} {value_text(self.before)} → {value_text(self.after)}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One firing of an event.

    Attributes
    ----------
    text
        The event's message with its values; empty if the event has none.
    cause
        ``trigger``, or the name of the edge that scheduled it, as ``source->event#0``.
    scheduled
        Event and time of each occurrence that it scheduled.
    cancelled
        Event and number of the pending occurrences that it cancelled.
    arguments
        Name and value of each argument of this occurrence.
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
    arguments: tuple[tuple[str, Value], ...] = ()

    @property
    def details(self) -> str:
        """Its arguments, and the state that it changed."""
        return ", ".join((*_pairs(self), *map(str, self.changes)))


@dataclass(frozen=True, slots=True)
class Trace:
    """All occurrences of one replication, with its outcomes and time series.

    Attributes
    ----------
    series
        Values of each series on the grid of whole time units; an option is its index among the words.
    end
        The time at which the run ended: the horizon, unless the model's `stop` held before.
    left_out
        Number of occurrences beyond those recorded.
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
    end: float
    left_out: int = 0

    def __str__(self) -> str:
        future = f", future {self.future}" if self.future else ""
        lines = [f"{self._caption()}{future} · one possible run of a toy, no forecast", ""]
        for time, text, changes in self._rows():
            lines.append(f"{time:>18}  {text}")
            if changes:
                lines.append(f"{'':>18}    {changes}")
        if self.left_out:
            lines.append(f"{'':>18}  … and {self.left_out:,} more")
        if self._stops:
            lines.append(f"{self.clock.unit[0]} {self.end:.1f}".rjust(18) + f"  {self._stops}")
        lines.append("")
        for name, value in self.outcomes.items():
            unit = "" if value != value else plural(self.units.get(name, ""), value)
            lines.append(f"{name:>24}  {_outcome(value)} {unit}".rstrip())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the story as a table, for a notebook."""
        ends = ", ".join(f"{name} {_outcome(value)}" for name, value in self.outcomes.items())
        stopped = f"{self._stops}, at {self.clock.unit} {self.end:.1f}." if self._stops else ""
        notes = tuple(filter(None, (stopped, ends)))
        return html_table(self._caption(), ("When", "What", "Changes"), self._rows(), notes)

    @property
    def _stops(self) -> str:
        """That the run stopped before the horizon; empty where it did not."""
        early = self.clock.horizon - self.end
        return f"The run stops, {early:.4g} early" if early > 0.0 else ""

    def table(self) -> list[dict[str, object]]:
        """Return one record per occurrence; `arguments` only where an event takes any."""
        takes = any(o.arguments for o in self.occurrences)
        return [
            {
                "time": o.time, "date": o.date.isoformat() if o.date else "", "event": o.event,
                "label": o.label, "text": o.text, "cause": o.cause,
                **({"arguments": "; ".join(_pairs(o))} if takes else {}),
                "changes": "; ".join(str(c).replace(" ", ": ", 1) for c in o.changes),
                "scheduled": "; ".join(f"{event} at {time:.6g}" for event, time in o.scheduled),
                "cancelled": "; ".join(f"{n} × {event}" for event, n in o.cancelled),
            }
            for o in self.occurrences
        ]  # fmt: skip

    def to_pandas(self) -> pd.DataFrame:
        """Return `table` as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.table())

    def _caption(self) -> str:
        return f"{self.title} · seed {self.seed}, replication {self.replication}"

    def _rows(self) -> list[tuple[str, str, str]]:
        return [(when(o, self.clock), o.text or o.label, o.details) for o in self.occurrences]


def _pairs(occurrence: Occurrence) -> list[str]:
    return [f"{name} = {value_text(value)}" for name, value in occurrence.arguments]


def _outcome(value: float) -> str:
    return "never" if value != value else value_text(value)


def when(occurrence: Occurrence, clock: Clock) -> str:
    """Return the time of an occurrence as ``2025-07-18 d 4.3``."""
    time = f"{clock.unit[0]} {occurrence.time:.1f}"
    return f"{occurrence.date.isoformat()} {time}" if occurrence.date else time


def decode(value: float, kind: Type) -> Value:
    """Return a stored float64 as a value of its type."""
    if kind.kind == "option":
        index = int(value)
        return kind.options[index] if 0 <= index < len(kind.options) else str(value)
    if kind.kind == "boolean":
        return value != 0.0
    if kind.kind == "whole" and value == value and abs(value) < 2**53:
        return int(value)
    return value


def encode(value: Value, kind: Type) -> float:
    """Return a value as the float64 that kernels store for its type."""
    return float(kind.options.index(str(value))) if kind.kind == "option" else float(value)


def model_types(model: Model) -> dict[str, Type]:
    """Return the types of a model's levers, parameters, state and derived quantities."""
    types = {name: entry.type for name, entry in model.levers.items()}
    types |= {name: parameter.type for name, parameter in model.parameters.items()}
    types |= {name: variable.type for name, variable in model.state.items()}
    for name, derived in model.derived.items():
        types |= dict.fromkeys(model.cells(name), derived.formula.type)
    return types


#: An occurrence in two traces; None where a trace does not have it.
Pair = tuple[Occurrence | None, Occurrence | None]


def differing_occurrences(first: Trace, second: Trace) -> tuple[tuple[Pair, ...], int]:
    """Return the pairs of occurrences that differ, ordered by time, and the number of equal pairs."""
    ours, theirs = (
        {(o.event, o.cause, o.number): o for o in trace.occurrences} for trace in (first, second)
    )
    pairs = [(ours.get(key), theirs.get(key)) for key in ours | theirs]
    differences = [pair for pair in pairs if pair[0] != pair[1]]
    differences.sort(key=lambda pair: min(o.time for o in pair if o is not None))
    return tuple(differences), len(pairs) - len(differences)
