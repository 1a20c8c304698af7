"""Model → Program: the generated source, its layouts, draw sites and faults."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sim.engine.codegen.generator import Generator
from sim.errors import Diagnostic, Span
from sim.model.types import Model, TriggerKind
from sim.numerics.draws import SCHEME, site_hash

#: Kernel limits of one replication; a status below 0 says which was met.
MAX_EVENTS = 1_000_000
MAX_INSTANT = 10_000
MAX_PENDING = 100_000


@dataclass(frozen=True, slots=True)
class EventEntry:
    """What a kernel must know of an event; its number is its place in `Program.events`."""

    name: str
    trigger: TriggerKind
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
    """What a non-zero status means; ``{value}`` in the message stands for the offending value."""

    code: str
    message: str
    span: Span | None
    help: str = ""

    def diagnostic(self, value: str) -> Diagnostic:
        """Return the fault in words, with its value."""
        return Diagnostic(self.code, self.message.replace("{value}", value), self.span, self.help)


@dataclass(frozen=True, slots=True, eq=False)
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
        For a line of `source` (counted from 1) that stands for a place in the YAML: that place.
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
    lines: Mapping[int, Span]
    digest: str


def generate(model: Model) -> Program:
    """Generate the program of a model."""
    return _generate(_Key(model))


class _Key:
    """A model compared by identity: programs are remembered for the models in hand."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __hash__(self) -> int:
        return id(self.model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.model is self.model


@functools.lru_cache(maxsize=64)
def _generate(key: _Key) -> Program:
    model = key.model
    generator = Generator(model)
    source = generator.module()
    events = tuple(
        EventEntry(
            event.name,
            event.trigger,
            event.priority,
            generator.own_ways[event.name],
            site_hash(f"{event.name}:rate#0"),
        )
        for event in model.events.values()
    )
    ways = tuple(
        Way(generator.event_numbers[event], site_hash(name) if name else 0, name)
        for event, name in generator.ways
    )
    faults = {
        code: Fault(*words) for code, words in enumerate(generator.faults, start=1)
    } | _storms()
    identity = repr((SCHEME, model.clock, source, events, ways, generator.records()))
    return Program(
        model=model,
        source=source,
        records=generator.records(),
        events=events,
        ways=ways,
        faults=faults,
        series=generator.series,
        lines=generator.lines,
        digest=hashlib.sha256(identity.encode()).hexdigest(),
    )


def _storms() -> dict[int, Fault]:
    """Return the words of the statuses that the kernels give themselves."""
    return {
        -1: Fault(
            "event-storm",
            f"more than {MAX_EVENTS:,} events in one replication",
            None,
            "an 'every', 'after' or 'rate' makes them come too fast",
        ),
        -2: Fault(
            "event-storm",
            f"more than {MAX_INSTANT:,} events at one instant",
            None,
            "events schedule each other without a delay",
        ),
        -3: Fault(
            "event-storm",
            f"more than {MAX_PENDING:,} occurrences pending at once",
            None,
            "an event schedules more than the calendar can hold",
        ),
    }
