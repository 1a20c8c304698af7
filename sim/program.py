"""Model → Program: the generated source, its layouts, draw sites and faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sim.errors import Diagnostic
from sim.model import Model


@dataclass(frozen=True, slots=True)
class EventEntry:
    """What a kernel must know of an event; its number is its place in `Program.events`."""

    name: str
    trigger: str
    priority: int
    own_way: int
    rate_site: int


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which an event comes about: its own trigger (`hash` 0) or an edge of another event."""

    event: int
    hash: int
    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What a non-zero status of the generated source means."""

    diagnostic: Diagnostic
    subject: str


@dataclass(frozen=True, slots=True)
class Program:
    """A model turned into source, with everything a kernel needs to run it.

    Attributes
    ----------
    source
        Text of a Python module in the restricted subset: `start`, `fire`, `finish`, `record`.
    records
        Slot names of `State`, `Values` and `Accumulators`, in order; every slot is a float64. The first
        slots of `Accumulators` are the outcomes, in order, filled by `finish`.
    events, ways
        Tables indexed by event and way number.
    faults
        Words and place of each non-zero status; status 0 is fine, negative ones are the kernel's own.
    series
        Names of what `record` puts, in order.
    lines
        For each line of `source` that stands for a place in the YAML, ``(file, line)``.
    digest
        Of everything that decides the code; models with one digest share a compilation.
    """

    model: Model
    source: str
    records: Mapping[str, tuple[str, ...]]
    events: tuple[EventEntry, ...]
    ways: tuple[Way, ...]
    faults: Mapping[int, Fault]
    series: tuple[str, ...]
    lines: Mapping[int, tuple[str, int]]
    digest: str
