"""The structure of files that ask something of a model: experiments and targets."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field

from sim.model.fields import (
    MAX_EACH,
    MAX_FACT_FILES,
    MAX_FUTURES,
    MAX_SEED,
    Amount,
    Label,
    Overlay,
    Pair,
    Prose,
    Scenarios,
    Shape,
    Value,
    Zipped,
)


def _listed(value: Any) -> Any:
    """Return futures that are written as the name of a file in their long form."""
    return {"file": value} if isinstance(value, str) else value


class FuturesShape(Shape):
    """How the uncertain parameters are sampled, or the file that lists their values."""

    file: str | None = None
    sample: Literal["central", "latin_hypercube", "sobol", "random"] | None = None
    n: int = Field(default=64, ge=1, le=MAX_FUTURES)


class RobustnessShape(Shape):
    """A target for one outcome: satisfied where the value is at least or at most a threshold."""

    at_least: Amount | None = None
    at_most: Amount | None = None
    of: Label = "mean"


Varied = Annotated[list[Value], Field(min_length=1, max_length=1000)]


class VaryShape(Shape):
    """Values in every combination; those under `zip` go together, one by one."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Varied]

    zip: Zipped = None


class ExperimentFile(Shape):
    """A file that begins with `experiment:`."""

    experiment: str
    title: Label = ""
    rationale: Prose = ""
    of: str | None = None
    scenarios: Scenarios = Field(default_factory=list)
    vary: VaryShape = Field(default_factory=VaryShape)
    futures: Annotated[FuturesShape | None, BeforeValidator(_listed)] = None
    replications: int | None = Field(default=None, ge=1, le=MAX_EACH)
    seed: int = Field(default=1, ge=0, le=MAX_SEED)
    robustness: dict[str, RobustnessShape] = Field(default_factory=dict)


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
