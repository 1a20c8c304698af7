"""Validate the structure of a document; translate errors of pydantic into diagnostics."""

from __future__ import annotations

import functools
from typing import Any

from pydantic import ValidationError

from sim.errors import MAX_SHOWN, Diagnostic, did_you_mean
from sim.language.hints import answer
from sim.model.fields import Shape
from sim.model.renames import RENAMED
from sim.model.schema import ModelFile, TimeShape
from sim.yaml import Mapping, Node, Scalar, Sequence, locate, to_data

#: Substitutes for invalid required entries, so that the rest of the file is validated too.
STAND_INS: dict[str, Any] = {
    "model": "model", "scenario": "scenario", "experiment": "experiment", "facts": "facts", "block": "block",
    "guide": "guide", "time": {"horizon": 1}, "entries": {},
}  # fmt: skip
_WORDS = {
    "string_type": "expected text",
    "int_type": "expected a whole number",
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "dict_type": "expected a mapping of names",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
    "too_short": "too few entries: at least {min_length}",
    "too_long": "too many entries: at most {max_length}",
    "string_too_long": "the text is longer than {max_length} characters",
    "greater_than_equal": "expected a number of at least {ge}",
    "less_than_equal": "expected a number of at most {le}",
}


def validate(
    node: Mapping, shape: type[Shape]
) -> tuple[Any, list[Diagnostic], set[tuple[str, ...]]]:
    """Validate the structure of a file.

    Returns
    -------
    tuple
        The file without its invalid entries (None if it cannot be read at all), the diagnostics, and
        the paths of the entries left out.
    """
    data = to_data(node)
    assert isinstance(data, dict)
    diagnostics: list[Diagnostic] = []
    removed: set[tuple[str, ...]] = set()
    for path in _empty_values(node, shape):
        message = f"'{path[-1]}' is empty"
        help = "give it a value, or remove the key"
        diagnostics.append(Diagnostic("empty-value", message, locate(node, path).key, help))
        if path[:2] not in removed:
            removed |= _remove(data, path, shape)
    for _ in range(2):
        try:
            return shape.model_validate(data), diagnostics, removed
        except ValidationError as error:
            for found in error.errors(include_url=False):
                loc = found["loc"]
                if len(diagnostics) <= MAX_SHOWN and loc[:1] not in removed:
                    diagnostics.append(_diagnostic(node, shape, loc, found))
                removed |= _remove(data, loc, shape)
    return None, diagnostics, removed


def _empty_values(node: Mapping, shape: type[Shape]) -> list[tuple[str | int, ...]]:
    """Return the paths of known keys without a value, but not those of overlays, which remove a key."""
    found: list[tuple[str | int, ...]] = []
    waiting: list[tuple[tuple[str | int, ...], Node]] = [((), node)]
    while waiting:
        path, here = waiting.pop()
        if isinstance(here, Mapping):
            waiting += [((*path, key), entry.value) for key, entry in here.entries.items()]
        elif isinstance(here, Sequence):
            waiting += [((*path, i), item) for i, item in enumerate(here.items)]
        elif here.value is None and path and path[-1] in _keys(shape, path[:-1]):
            found.append(path)
    return found


def _remove(
    data: dict[str, Any], loc: tuple[str | int, ...], shape: type[Shape]
) -> set[tuple[str, ...]]:
    """Remove the entry with an error: at the second level of a file, or else the first."""
    path = tuple(str(part) for part in loc[:2])
    section = data.get(path[0])
    if len(loc) > 1 and isinstance(section, dict) and path[1] in section and path[0] != "time":
        del section[path[1]]
        return {path}
    data.pop(path[0], None)
    known = shape.model_fields.get(path[0])
    if path[0] in STAND_INS and known is not None and known.is_required():
        data[path[0]] = STAND_INS[path[0]]
    return {path[:1]}


def _diagnostic(
    node: Mapping, shape: type[Shape], loc: tuple[str | int, ...], error: Any
) -> Diagnostic:
    """Return the diagnostic for an error of pydantic."""
    kind = error["type"]
    last = str(loc[-1]) if loc else ""
    if kind == "missing":
        parent = loc[:-1]
        name = f" in '{parent[-1]}'" if parent and isinstance(parent[-1], str) else ""
        return Diagnostic("missing-key", f"'{last}' is missing{name}", locate(node, parent).key)
    if kind == "extra_forbidden":
        known = _keys(shape, loc[:-1])
        if len(loc) == 3 and (last, "range") == RENAMED.get(str(loc[0])):
            both = f"'{loc[1]}' has both 'range' and '{last}'"
            hint = f"'{last}' is the old name of 'range'"
            return Diagnostic("conflicting-keys", both, locate(node, loc).key, hint)
        hint = _elsewhere(shape, loc) or answer(last, known)
        hint = hint or (f"known keys: {', '.join(known)}" if known else "")
        place, inside = locate(node, loc), locate(node, loc[:-1]).node
        if isinstance(inside, Mapping) and inside.flow and _empty(place.node):
            hint = "put text that contains a comma in quotes"
        return Diagnostic("unknown-key", f"'{last}' is not a key here", place.key, hint)
    at = locate(node, loc).node
    words = _WORDS.get(kind)
    message = words.format_map(error.get("ctx", {})) if words else error["msg"]
    help = ""
    if kind == "literal_error":
        options = error["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
        message = f"expected one of {options}"
        if isinstance(at, Scalar):
            help = did_you_mean(at.text, options.split(", "))
    elif kind == "string_type" and isinstance(at, Scalar) and at.text:
        help = "put it in quotes to make it text"
    elif kind == "list_type":
        help = "write it as a list, in [ ]"
    return Diagnostic("wrong-type", message[:1].lower() + message[1:], at.span, help)


def _elsewhere(shape: type[Shape], loc: tuple[str | int, ...]) -> str:
    """Return where a key belongs that its file cannot have."""
    last = loc[-1]
    if (len(loc) == 3 and loc[0] == "blocks") or (len(loc) == 1 and "block" in shape.model_fields):
        if last == "blocks":
            return "only a model declares blocks: give each a file, and name it under 'use'"
        return f"only a model has '{last}'" if last in ModelFile.model_fields else ""
    if len(loc) == 1 and last in TimeShape.model_fields and "time" in shape.model_fields:
        return "write it under 'time'"
    if loc == ("sets",) and "of" in shape.model_fields:
        return "only a model has sets, and a scenario keeps them: change them in a model of its own"
    if loc in (("use",), ("blocks",)):
        return (
            "only a model uses blocks: change the names they make, as in 'levers: {blue_pace: 2}'"
        )
    return ""


def _empty(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None and node.text == ""


@functools.cache
def _schema(shape: type[Shape]) -> dict[str, Any]:
    return shape.model_json_schema(by_alias=True)


def _keys(shape: type[Shape], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys of the shape at a path."""
    schema = _schema(shape)
    here: Any = schema
    for part in loc:
        here = _resolve(schema, here)
        if isinstance(part, int):
            here = here.get("items", {})
        else:
            here = here.get("properties", {}).get(part) or here.get("additionalProperties", {})
        if not isinstance(here, dict):
            return []
    return list(_resolve(schema, here).get("properties", {}))


def _resolve(schema: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    """Return the target of a reference in a JSON Schema."""
    for option in here.get("anyOf", []):
        if "$ref" in option:
            here = option
    if "$ref" in here:
        here = schema["$defs"][here["$ref"].rsplit("/", 1)[1]]
    return here
