"""The shape of what an event takes: a value that gives its kind, options, or the name of a set."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_ARGUMENTS = 8  #: arguments of an event


def _argument(value: Any) -> Any:
    words = value.get("options") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(words, list) and 1 <= len(words) <= 100 and all(type(w) is str for w in words):
        return value
    if isinstance(value, bool | int | float | str):
        return value
    raise PydanticCustomError("argument", "expected a single value, or {options: [...]}")


ArgumentShape = Annotated[
    Any,
    PlainValidator(_argument),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["number", "boolean", "string"]},
                {
                    "type": "object",
                    "properties": {"options": {"type": "array", "items": {"type": "string"}}},
                    "required": ["options"],
                    "additionalProperties": False,
                },
            ],
            "description": "a value that gives its kind, {options: [...]}, or the name of a set",
        }
    ),
]
