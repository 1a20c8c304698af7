"""Model → Program: the generated source, its record layouts, draw sites and errors."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sim.engine.codegen.errors import ErrorTemplate, kernel_errors
from sim.engine.codegen.generator import Generator
from sim.engine.codegen.tables import constants
from sim.engine.codegen.writer import site_of
from sim.errors import Span
from sim.model.event_types import TriggerKind
from sim.model.naming import cell_places, family_of
from sim.model.outcomes import needed
from sim.model.types import Model
from sim.numerics.draws import SCHEME

#: Characters of a source that is compiled: time and memory grow in proportion, to some 10 s and
#: 300 MB. A larger model runs in SimPy.
MAX_SOURCE = 1_000_000


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An event as the kernels see it; its number is its index in `Program.events`."""

    name: str
    trigger: TriggerKind
    priority: int
    own_activation: int
    rate_site: int
    members: tuple[int, ...] = field(default=(), repr=False)  # places in the sets of the event

    @property
    def family(self) -> str:
        """The event in the model."""
        return family_of(self.name)


@dataclass(frozen=True, slots=True)
class Activation:
    """A source of an event's occurrences: its own trigger (`hash` 0) or one edge of an event."""

    event: int
    hash: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """A model turned into source, with everything a kernel needs to run it.

    Attributes
    ----------
    source
        Text of a Python module in the restricted subset: `start`, `fire`, `record`, `finish`.
    records
        Slot names of `State`, `Values`, `Accumulators` and `Constants`, in order; every slot is a
        float64. The first slots of `Accumulators` are the outcomes, in order, filled by `finish`,
        then those that are hidden.
    tables
        Constants that the source reads: the points of the model's tables.
    events, activations
        Tables indexed by event and activation number.
    errors
        Meaning of each non-zero status; negative ones are set by the kernel.
    series
        Names of the series that `record` returns, in order.
    arguments
        How many arguments each event takes; empty if none takes any.
    lines
        Places in the YAML by line of `source`, counted from 1.
    digest
        Hash of everything that determines the code; programs with equal digests share a compilation.
    """

    model: Model
    source: str
    records: Mapping[str, tuple[str, ...]]
    events: tuple[EventEntry, ...]
    activations: tuple[Activation, ...]
    errors: Mapping[int, ErrorTemplate]
    series: tuple[str, ...]
    lines: Mapping[int, Span]
    digest: str
    arguments: tuple[int, ...] = ()
    tables: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def memory(self) -> Mapping[str, tuple[str, ...]]:
        """The records as a kernel holds them: the constants follow the values that it is given."""
        found = dict(self.records)
        found["Values"] += found.pop("Constants")
        return found

    @property
    def compilable(self) -> bool:
        """Whether it is small enough for the compiled kernel."""
        return len(self.source) <= MAX_SOURCE

    def occurrences(self, numbers: Iterable[float]) -> dict[str, int]:
        """Return the occurrences of each event, from the count of each activation."""
        found = dict.fromkeys((event.name for event in self.events), 0)
        for activation, count in zip(self.activations, numbers, strict=True):
            found[self.events[activation.event].name] += int(count)
        return found


def _cells(generator: Generator) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Yield event, cell and members of every number of an event."""
    places = {n: iter(cell_places(e.over)) for n, e in generator.model.events.items()}
    for name, cell in generator.cells:
        yield name, cell, next(places[name])


def generate(model: Model) -> Program:
    """Generate the program of a model."""
    return _generate(ModelKey(model))


class ModelKey:
    """A model compared by identity: a key of caches."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __hash__(self) -> int:
        return id(self.model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelKey) and other.model is self.model


def narrowed(model: Model, outcomes: Iterable[str]) -> Model:
    """Return a model with only these outcomes, in its own order: its program computes no others.

    What happens, and the outcomes that are left, keep every bit. Those that they read are hidden: they
    are computed, and are no results.
    """
    names = frozenset(outcomes)
    return model if names >= model.outcomes.keys() else _narrowed(ModelKey(model), names)


@functools.lru_cache(maxsize=64)
def _narrowed(key: ModelKey, names: frozenset[str]) -> Model:
    computed = key.model.computed
    kept = {name: of for name, of in key.model.outcomes.items() if name in names}
    read = needed(computed, kept)
    hidden = {name: of for name, of in computed.items() if name in read and name not in kept}
    return replace(key.model, outcomes=kept, hidden=hidden)


@functools.lru_cache(maxsize=64)
def _generate(key: ModelKey) -> Program:
    model = key.model
    generator = Generator(model)
    source = generator.module()
    events = tuple(
        EventEntry(
            cell,
            model.events[name].trigger,
            model.events[name].priority,
            number,
            site_of(f"{cell}:rate#0"),
            members,
        )
        for number, (name, cell, members) in enumerate(_cells(generator))
    )
    activations = tuple(
        Activation(generator.event_numbers[event], site_of(name) if name else 0, name)
        for event, name in generator.activations
    )
    errors = dict(enumerate(generator.errors, start=1)) | dict(kernel_errors(model.clock))
    takes = tuple(len(model.events[name].takes) for name, _ in generator.cells)
    arguments = takes if any(takes) else ()
    tables = constants(generator) | generator.functions.constants()
    whole = (SCHEME, model.clock, source, events, activations, generator.records())
    identity = repr((*whole, tables) if tables else whole)
    identity += repr(arguments) if arguments else ""
    return Program(
        model=model, source=source, records=generator.records(), events=events,
        activations=activations, errors=errors, series=generator.series, lines=generator.lines,
        digest=hashlib.sha256(identity.encode()).hexdigest(), arguments=arguments, tables=tables,
    )  # fmt: skip
