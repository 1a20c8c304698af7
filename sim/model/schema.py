"""The structure of every kind of file, used for validation and JSON Schema.

It defines the keys and the kinds of their values; other modules check what the values mean.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from sim.model.argument_shape import MAX_ARGUMENTS, ArgumentShape
from sim.model.chance import CorrelationShape, FunctionShape, SampleShape, SharesShape
from sim.model.fields import (
    MAX_FACT_FILES,
    MAX_NEEDS,
    MAX_USES,
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
    Overlay,
    Pair,
    Prose,
    Series,
    SeriesOrFile,
    Shape,
    Times,
    Value,
    Words,
)
from sim.model.guide_shape import GuideFile
from sim.model.study_shapes import ExperimentFile, TargetsFile
from sim.yaml import Mapping, Node

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
    kept: Prose = ""
    together: bool | None = None


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
    kept: Prose = ""
    together: bool | None = None


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


class UseShape(Shape):
    """A use of a block: the block or its file; the other keys are what the block needs."""

    model_config = ConfigDict(extra="allow")

    block: str | None = None
    file: str | None = None


class BlockShape(Shape):
    """A part of a model that is written once; each use fills in the names in braces."""

    title: Label = ""
    needs: list[str] = Field(default_factory=list, max_length=MAX_NEEDS)
    levers: Overlay = Field(default_factory=dict)
    parameters: Overlay = Field(default_factory=dict)
    state: Overlay = Field(default_factory=dict)
    derived: Overlay = Field(default_factory=dict)
    events: Overlay = Field(default_factory=dict)
    outcomes: Overlay = Field(default_factory=dict)
    use: list[UseShape] = Field(default_factory=list, max_length=MAX_USES)


class BlockFile(BlockShape):
    """A file that begins with `block:`."""

    block: str


class UsesShape(Shape):
    """The blocks of a model and their uses, which are written out before it is read."""

    blocks: dict[str, BlockShape] = Field(default_factory=dict)
    use: list[UseShape] = Field(default_factory=list, max_length=MAX_USES)


class ModelFile(Shape):
    """A file that begins with `model:`."""

    model: str
    title: Label = ""
    facts: list[str] = Field(default_factory=list, max_length=MAX_FACT_FILES)
    futures: str = ""
    guide: str = ""
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
    terms: dict[str, Prose] = Field(default_factory=dict)
    functions: dict[str, FunctionShape] = Field(default_factory=dict)
    samples: dict[str, SampleShape] = Field(default_factory=dict)
    correlations: list[CorrelationShape] = Field(default_factory=list, max_length=200)
    shares: list[SharesShape] = Field(default_factory=list, max_length=50)
    blocks: dict[str, BlockShape] = Field(default_factory=dict)
    use: list[UseShape] = Field(default_factory=list, max_length=MAX_USES)


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


class FactsFile(Shape):
    """A file that begins with `facts:`."""

    facts: str
    title: Label = ""
    rationale: Prose = ""
    entries: dict[str, FactShape]


FILES: dict[str, type[Shape]] = {
    "model": ModelFile, "scenario": ScenarioFile, "experiment": ExperimentFile,
    "facts": FactsFile, "targets": TargetsFile, "block": BlockFile, "guide": GuideFile,
}  # fmt: skip


def kind_of(node: Node) -> str:
    """Return the kind of file: the name of its first key, or an empty string."""
    if isinstance(node, Mapping) and node.entries:
        first = next(iter(node.entries))
        return first if first in FILES else ""
    return ""
