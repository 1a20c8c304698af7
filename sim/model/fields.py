"""The kinds of values in a file: scalars, formulas, times and texts, with their limits."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError


def _scalar(value: Any) -> Any:
    if isinstance(value, bool | int | float | str):
        return value
    raise PydanticCustomError("scalar", "expected a single value")


def _times(value: Any) -> Any:
    if not isinstance(value, list):
        return _scalar(value)
    if not 1 <= len(value) <= MAX_TIMES:
        words = f"expected 1 to {MAX_TIMES:,} times, not {len(value):,}"
        raise PydanticCustomError("times", words)
    return [_scalar(item) for item in value]


def _over(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    if all(isinstance(item, str) for item in items):
        return value
    raise PydanticCustomError("over", "expected the name of a set, or a list of sets")


def _cells(value: Any) -> Any:
    if isinstance(value, list):
        return value
    raise PydanticCustomError("cells", "expected a list of values")


def _members(value: Any) -> Any:
    match value:
        case []:
            raise PydanticCustomError("members", "a set has at least one member")
        case [*_] if any(isinstance(item, bool) for item in value):
            words = "true and false cannot be members: write them in quotes, or other words"
            raise PydanticCustomError("members", words)
        case [*_] if all(isinstance(item, str | int) for item in value):
            return value
        case {"count": int() as count} if len(value) == 1 and not isinstance(count, bool):
            if count >= 1:
                return value
            raise PydanticCustomError("members", "a set has at least one member")
    words = "expected a list of members, or {count: NUMBER}, or {from: FILE, column: NAME}"
    raise PydanticCustomError("members", words)


def _series(value: Any) -> Any:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_POINTS:
        words = f"expected 1 to {MAX_POINTS:,} pairs of a time or date and a value"
        raise PydanticCustomError("series", words)
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2:
            words = "expected pairs of a time or date and a value, as in [2025-07-14, 3]"
            raise PydanticCustomError("series", words)
    return [[_scalar(item) for item in pair] for pair in value]


def _series_or_file(value: Any) -> Any:
    return value if isinstance(value, str) else _series(value)


def is_number(value: object) -> bool:
    """Return whether a value is a number, and not true or false."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: Any) -> Any:
    if is_number(value):
        return value
    raise PydanticCustomError("number", "expected a number")


def _zipped(value: Any) -> Any:
    """Return the zips of a design, or the values of a lever that is called zip."""
    if value is None or isinstance(value, dict) or (isinstance(value, list) and value):
        return value
    raise PydanticCustomError("zipped", "expected lists of values by name")


def _scenarios(value: Any) -> Any:
    """Return names of files and tables of scenarios, as a list."""
    listed = [value] if isinstance(value, dict) else value
    if not isinstance(listed, list):
        raise PydanticCustomError("list_type", "expected a list")
    if len(listed) > MAX_FILES:
        raise PydanticCustomError("files", f"too many entries: at most {MAX_FILES}")
    for item in listed:
        named = (
            isinstance(item, dict) and list(item) == ["table"] and isinstance(item["table"], str)
        )
        if not named and not isinstance(item, str):
            raise PydanticCustomError("scenarios", "expected names of files, or {table: FILE.csv}")
    return listed


Value = Annotated[
    Any, PlainValidator(_scalar), WithJsonSchema({"type": ["number", "boolean", "string"]})
]
Formula = Annotated[
    Any,
    PlainValidator(_scalar),
    WithJsonSchema({"type": ["string", "number", "boolean"], "description": "an expression"}),
]
Times = Annotated[
    Any,
    PlainValidator(_times),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {"type": "array", "items": {"type": ["string", "number"]}, "maxItems": 1000},
            ],
            "description": "an expression, a date, or a list of these",
        }
    ),
]
Amount = Annotated[Any, PlainValidator(_number), WithJsonSchema({"type": "number"})]
Pair = Annotated[list[Amount], Field(min_length=2, max_length=2)]
Over = Annotated[
    Any,
    PlainValidator(_over),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
            "description": "a set, as in 'region' or 'region as r', or a list of sets",
        }
    ),
]
#: One value, or one for each member: these are put under `members` before a shape is checked.
CellValue = Annotated[
    Any,
    PlainValidator(_scalar),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["number", "boolean", "string"]},
                {
                    "type": "object",
                    "additionalProperties": {"type": ["number", "boolean", "string"]},
                },
            ],
            "description": "a value, or one for each member",
        }
    ),
]
Cells = Annotated[
    Any,
    PlainValidator(_cells),
    WithJsonSchema({"type": "array", "description": "a value for each member, in order"}),
]
Members = Annotated[
    Any,
    PlainValidator(_members),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"type": ["string", "integer"]}, "maxItems": 1000},
                {
                    "type": "object",
                    "properties": {
                        "count": {"type": "integer", "minimum": 1, "maximum": 1000},
                        "from": {"type": "string"},
                        "column": {"type": "string"},
                    },
                    "additionalProperties": False,
                },
            ],
            "description": "a list of members, how many there are, or the column of a CSV file",
        }
    ),
]
Series = Annotated[
    Any,
    PlainValidator(_series),
    WithJsonSchema(
        {
            "type": "array",
            "items": {
                "type": "array", "minItems": 2, "maxItems": 2,
                "prefixItems": [{"type": ["number", "string"]}, {"type": "number"}],
            },
            "description": "pairs of a time or date and a value",
        }
    ),
]  # fmt: skip
SeriesOrFile = Annotated[
    Any,
    PlainValidator(_series_or_file),
    WithJsonSchema({"type": ["string", "array"], "description": "a CSV file, or pairs"}),
]


def _number_or_date(value: Any) -> Any:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric or (isinstance(value, str) and DATE.fullmatch(value)):
        return value
    raise PydanticCustomError("number", "expected a number")


#: What is written as a date, valid or not.
DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
NumberOrDate = Annotated[
    Any, PlainValidator(_number_or_date), WithJsonSchema({"type": ["number", "string"]})
]
Ends = Annotated[list[NumberOrDate], Field(min_length=2, max_length=2)]

#: Days of the week, from Monday as 1.
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RULE_WORDS = "expected an interval, month, quarter, year, week, {weekday: monday} or {day: 1}"


def _every(value: Any) -> Any:
    if not isinstance(value, dict):
        return _scalar(value)
    match value:
        case {"weekday": str(word)} if len(value) == 1 and word in WEEKDAYS:
            return value
        case {"day": int(day)} if len(value) == 1 and not isinstance(day, bool) and 1 <= day <= 31:
            return value
    raise PydanticCustomError("every", _RULE_WORDS)


Every = Annotated[
    Any,
    PlainValidator(_every),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {
                    "type": "object", "additionalProperties": False, "minProperties": 1,
                    "maxProperties": 1,
                    "properties": {
                        "weekday": {"enum": list(WEEKDAYS)},
                        "day": {"type": "integer", "minimum": 1, "maximum": 31},
                    },
                },
            ],
            "description": "an expression; month, quarter, year or week; or days of the calendar",
        }
    ),
]  # fmt: skip

MAX_LABEL = 200  #: characters of a title, a label or a unit
Label = Annotated[str, Field(max_length=MAX_LABEL)]
Prose = Annotated[str, Field(max_length=10_000)]
Words = Annotated[list[str], Field(min_length=1, max_length=100)]
Overlay = dict[str, Any]

MAX_FILES = 200  #: files of scenarios of an experiment
_VALUES = {"type": "array", "items": {"type": ["number", "boolean", "string"]}, "minItems": 1}
_ZIP = {"type": "object", "additionalProperties": _VALUES, "minProperties": 1}
Zipped = Annotated[
    Any,
    PlainValidator(_zipped),
    WithJsonSchema({"anyOf": [_ZIP, {"type": "array", "items": _ZIP, "minItems": 1}, _VALUES]}),
]
_TABLE = {
    "type": "object",
    "properties": {
        "table": {"type": "string", "description": "a CSV file with a row per scenario"}
    },
    "required": ["table"],
    "additionalProperties": False,
}
Scenarios = Annotated[
    Any,
    PlainValidator(_scenarios),
    WithJsonSchema({
        "anyOf": [
            {"type": "array", "items": {"anyOf": [{"type": "string"}, _TABLE]}, "maxItems": MAX_FILES},
            _TABLE,
        ]
    }),
]  # fmt: skip

MAX_POINTS = 10_000  #: points of a table
MAX_TIMES = 1_000  #: times of one event
MAX_SEED = 10**15 - 1  #: the largest whole number that a file can contain
MAX_EACH = 10_000_000  #: replications in each future of a file
MAX_FUTURES = 100_000
MAX_FACT_FILES = 20
MAX_NEEDS = 50  #: names that a block needs
MAX_USES = 200  #: uses of blocks in a model, also those inside blocks


class Shape(BaseModel):
    """Base class of all shapes: strict, frozen, without unknown keys."""

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=False
    )


class Named(Shape):
    """Descriptive keys of any entry."""

    label: Label = ""
    unit: Label = ""
    group: Label = ""
    help: Prose = ""
