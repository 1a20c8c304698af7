"""The structure of a file of kind `guide`, with its limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.model.fields import Label, Shape, Value

MAX_STEPS = 30
#: Characters of a text, and of a question: a step fits a phone.
MAX_TEXT, MAX_ASK = 1_500, 500
MAX_MINUTES = 600

Text = Annotated[str, Field(max_length=MAX_TEXT)]
Ask = Annotated[str, Field(max_length=MAX_ASK)]


def _move(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and len(value) == 1:
        (to,) = value.values()
        if isinstance(to, bool | int | float | str):
            return value
    raise PydanticCustomError("move", "expected one lever, as in {LEVER: VALUE}, or its name")


Move = Annotated[
    Any,
    PlainValidator(_move),
    WithJsonSchema({
        "anyOf": [
            {"type": "string"},
            {
                "type": "object", "minProperties": 1, "maxProperties": 1,
                "additionalProperties": {"type": ["number", "boolean", "string"]},
            },
        ]
    }),
]  # fmt: skip


class LookShape(Shape):
    """What to look at."""

    part: Literal["explore", "compare", "drivers", "story"] | None = None
    outcome: str | None = None
    series: str | None = None
    text: Ask = ""


class StepShape(Shape):
    """One step of a guide."""

    title: Label
    text: Text = ""
    set: dict[str, Value] | None = None
    move: Move | None = None
    ask: Ask = ""
    answer: Text = ""
    look: LookShape | None = None


class GuideFile(Shape):
    """A file that begins with `guide:`."""

    guide: str
    title: Label = ""
    audience: Label = Field(default="", alias="for")
    minutes: int | None = Field(default=None, ge=1, le=MAX_MINUTES)
    of: str
    steps: list[StepShape] = Field(min_length=1, max_length=MAX_STEPS)
