"""The structure of every kind of file, used for validation and JSON Schema.

It defines the keys and the kinds of their values; other modules check what the values mean.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sim.model.argument_shape import MAX_ARGUMENTS, ArgumentShape
from sim.model.chance import CorrelationShape, FunctionShape, SampleShape, SharesShape
from sim.model.fields import (
    MAX_EACH,
    MAX_FACT_FILES,
    MAX_FUTURES,
    MAX_SEED,
    Amount,
    Cells,
    CellValue,
    Ends,
    Every,
    Formula,
    Label,
    Members,
    Named,
    Over,
    Pair,
    Prose,
    Series,
    SeriesOrFile,
    Shape,
    Times,
    Value,
    Words,
)
from sim.yaml import Mapping, Node


def _listed(value: Any) -> Any:
    """Return futures that are written as the name of a file in their long form."""
    return {"file": value} if isinstance(value, str) else value


#: From what an uncertain value is sampled.
Shapes = Literal["uniform", "triangular", "loguniform", "pert", "normal", "lognormal", "discrete"]


class FactShape(Shape):
    """A sourced figure."""

    value: Value | None = None
    series: Series | None = None
    range: Pair | None = None
    unit: Label = ""
    label: Label = ""
    date: Label = ""
    said_by: Label = ""
    source: Prose = ""
    url: Prose = ""
    status: Literal["verified", "unverified"]
    vintage: Literal["ex_ante", "ex_post"]
    note: Prose = ""


class Celled(Named):
    """Keys of an entry that can be declared over sets."""

    over: Over | None = None
    values: Cells | None = None
    members: dict[str, Any] | None = None
    table: str | None = None
    column: str | None = None


class LeverShape(Celled):
    """What a decision maker sets."""

    default: CellValue | None = None
    range: Ends | None = None
    step: Amount | None = None
    options: Words | None = None
    points: dict[str, Value] = Field(default_factory=dict)
    fact: str | None = None


class ParameterShape(Celled):
    """A property of the world: a fact or an assumption."""

    fact: str | None = None
    assume: CellValue | None = None
    range: Ends | None = None
    bounds: Pair | None = None
    shape: Shapes | None = None
    weights: dict[str, Amount] | None = Field(default=None, min_length=1, max_length=100)
    whole: bool = False
    options: Words | None = None
    why: Prose = ""


class StateShape(Celled):
    """A quantity that events change."""

    initial: CellValue | None = None
    range: Pair | None = None
    options: Words | None = None


class TableShape(Named):
    """A function of one argument, given by points."""

    series: SeriesOrFile | None = None
    points: dict[str, Amount] | None = None
    fact: str | None = None
    column: str | None = None
    time: str | None = None
    between: Literal["step", "linear"] | None = None
    beyond: Literal["hold", "error"] = "error"
    why: Prose = ""
    source: Prose = ""
    url: Prose = ""
    status: Literal["verified", "unverified"] = "unverified"
    vintage: Literal["ex_ante", "ex_post"] = "ex_ante"


class DerivedShape(Named):
    """A named formula."""

    formula: Formula
    range: Pair | None = None
    over: Over | None = None


class EdgeShape(Shape):
    """An edge of the event graph."""

    schedule: str | None = None
    cancel: str | None = None
    after: Formula | None = None
    condition: Formula | None = Field(default=None, alias="if")
    given: dict[str, Formula] = Field(default_factory=dict, alias="with")
    where: Formula | None = None


class EventShape(Shape):
    """One event."""

    label: Label = ""
    at: Times | None = None
    every: Every | None = None
    when: Formula | None = None
    rate: Formula | None = None
    takes: dict[str, ArgumentShape] = Field(default_factory=dict, max_length=MAX_ARGUMENTS)
    condition: Formula | None = Field(default=None, alias="if")
    do: Prose | None = None
    then: list[EdgeShape] = Field(default_factory=list, max_length=50)
    tell: Annotated[str, Field(max_length=500)] = ""
    priority: int = Field(default=0, ge=-1000, le=1000)
    group: Label = ""
    help: Prose = ""
    over: Over | None = None


class OutcomeShape(Named):
    """One number per replication."""

    final: Formula | None = None
    mean: Formula | None = None
    min: Formula | None = None
    max: Formula | None = None
    ever: Formula | None = None
    first: Formula | None = None
    count: Formula | None = None
    duration: Formula | None = None
    integral: Formula | None = None
    sd: Formula | None = None
    of: Formula | None = None
    at: Value | None = None
    goal: Literal["minimize", "maximize"] | None = None
    headline: bool = False
    matters: Amount | None = None
    over: Over | None = None
    members: dict[str, Any] | None = None


class TimeShape(Shape):
    """The time axis."""

    unit: Literal["second", "minute", "hour", "day", "week", "month", "year"] = "day"
    start: str | None = None
    horizon: Amount
    warmup: Value | None = None
    stop: Formula | None = None
    max_events: int | None = Field(default=None, ge=1, le=10**12)


class ModelFile(Shape):
    """A file that begins with `model:`."""

    model: str
    title: Label = ""
    facts: list[str] = Field(default_factory=list, max_length=MAX_FACT_FILES)
    time: TimeShape
    sets: dict[str, Members] = Field(default_factory=dict)
    levers: dict[str, LeverShape] = Field(default_factory=dict)
    parameters: dict[str, ParameterShape] = Field(default_factory=dict)
    state: dict[str, StateShape] = Field(default_factory=dict)
    derived: dict[str, DerivedShape] = Field(default_factory=dict)
    events: dict[str, EventShape] = Field(default_factory=dict)
    outcomes: dict[str, OutcomeShape] = Field(default_factory=dict)
    tables: dict[str, TableShape] = Field(default_factory=dict)
    docs: dict[str, Prose] = Field(default_factory=dict)
    functions: dict[str, FunctionShape] = Field(default_factory=dict)
    samples: dict[str, SampleShape] = Field(default_factory=dict)
    correlations: list[CorrelationShape] = Field(default_factory=list, max_length=200)
    shares: list[SharesShape] = Field(default_factory=list, max_length=50)


Overlay = dict[str, Any]


class ScenarioFile(Shape):
    """A file that begins with `scenario:`; its sections are merged into those of the model."""

    scenario: str
    title: Label = ""
    rationale: Prose = ""
    of: str
    facts: list[str] = Field(default_factory=list, max_length=MAX_FACT_FILES)
    time: Overlay = Field(default_factory=dict)
    levers: Overlay = Field(default_factory=dict)
    parameters: Overlay = Field(default_factory=dict)
    state: Overlay = Field(default_factory=dict)
    derived: Overlay = Field(default_factory=dict)
    events: Overlay = Field(default_factory=dict)
    outcomes: Overlay = Field(default_factory=dict)
    functions: Overlay = Field(default_factory=dict)
    samples: Overlay = Field(default_factory=dict)
    correlations: list[CorrelationShape] = Field(default_factory=list, max_length=200)
    shares: list[SharesShape] = Field(default_factory=list, max_length=50)
    tables: Overlay = Field(default_factory=dict)


class FuturesShape(Shape):
    """How the uncertain parameters are sampled, or the file that lists their values."""

    file: str | None = None
    sample: Literal["central", "latin_hypercube", "sobol", "random"] = "latin_hypercube"
    n: int = Field(default=64, ge=1, le=MAX_FUTURES)


class RobustnessShape(Shape):
    """A target for one outcome: satisfied where the value is at least or at most a threshold."""

    at_least: Amount | None = None
    at_most: Amount | None = None
    of: Label = "mean"


class ExperimentFile(Shape):
    """A file that begins with `experiment:`."""

    experiment: str
    title: Label = ""
    rationale: Prose = ""
    of: str | None = None
    scenarios: list[str] = Field(default_factory=list, max_length=200)
    vary: dict[str, Annotated[list[Value], Field(min_length=1, max_length=1000)]] = Field(
        default_factory=dict
    )
    futures: Annotated[FuturesShape | None, BeforeValidator(_listed)] = None
    replications: int | None = Field(default=None, ge=1, le=MAX_EACH)
    seed: int = Field(default=1, ge=0, le=MAX_SEED)
    robustness: dict[str, RobustnessShape] = Field(default_factory=dict)


class FactsFile(Shape):
    """A file that begins with `facts:`."""

    facts: str
    title: Label = ""
    rationale: Prose = ""
    entries: dict[str, FactShape]


class PersistenceShape(Shape):
    """What the state of things at the start would have forecast: a fact, or a value with a reason."""

    fact: str | None = None
    at: Amount | None = None
    range: Pair | None = None
    why: Prose = ""


Window = Annotated[list[Value], Field(min_length=2, max_length=2)]


class TargetShape(Shape):
    """Evidence for an outcome: a fact, or a value with a range and a reason."""

    outcome: str
    fact: str | None = None
    at: Amount | None = None
    range: Pair | None = None
    given: str | None = None
    of: str | None = None
    label: Label = ""
    note: Prose = ""
    why: Prose = ""
    departs: Prose = ""
    discrepancy: Amount | None = None
    persistence: PersistenceShape | None = None
    window: Window | None = None
    measured: Window | None = None


class TargetsFile(Shape):
    """A file that begins with `targets:`; its sections extend the model with the measured quantities."""

    targets: str
    title: Label = ""
    rationale: Prose = ""
    of: str
    vintage: Literal["ex_ante", "ex_post"]
    facts: list[str] = Field(default_factory=list, max_length=MAX_FACT_FILES)
    state: Overlay = Field(default_factory=dict)
    derived: Overlay = Field(default_factory=dict)
    events: Overlay = Field(default_factory=dict)
    outcomes: Overlay = Field(default_factory=dict)
    replications: int = Field(default=2000, ge=1, le=MAX_EACH)
    seed: int = Field(default=20250714, ge=0, le=MAX_SEED)
    entries: dict[str, TargetShape] = Field(min_length=1, max_length=500)


FILES: dict[str, type[Shape]] = {
    "model": ModelFile, "scenario": ScenarioFile, "experiment": ExperimentFile,
    "facts": FactsFile, "targets": TargetsFile,
}  # fmt: skip


def kind_of(node: Node) -> str:
    """Return the kind of file: the name of its first key, or an empty string."""
    if isinstance(node, Mapping) and node.entries:
        first = next(iter(node.entries))
        return first if first in FILES else ""
    return ""
