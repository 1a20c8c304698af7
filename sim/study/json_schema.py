"""JSON Schema of every kind of file, for editors: what completes, explains and underlines.

It is made from the shapes that judge the files (`sim.model.schema`), with the shorthands written out. It
accepts every file that is right; the meaning of the words is judged by `fulcrum check` alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sim.language.names import MAX_NAME
from sim.model import docs
from sim.model.fields import MAX_LABEL, Shape
from sim.model.schema import FILES, ModelFile
from sim.study.arguments import known_name
from sim.study.block_declarations import SECTIONS as GROUPED
from sim.study.overlay import SECTIONS, SHORTHAND
from sim.yaml import read_file, to_data

DIALECT = "http://json-schema.org/draft-07/schema#"
SCALAR: dict[str, Any] = {"type": ["number", "boolean", "string"]}
NAME = {"pattern": "^[A-Za-z][A-Za-z0-9_]*$", "maxLength": MAX_NAME}
#: What stands for a value in a block.
NEEDED: dict[str, Any] = {"type": "string", "pattern": r"^\{[A-Za-z][A-Za-z0-9_]*\}$"}

#: Shapes of the items of lists.
LISTED = ("EdgeShape", "CorrelationShape", "SharesShape")
#: Old names of keys, by shape.
OLD_KEYS = {"ParameterShape": {"between": "range"}, "TargetShape": {"between": "range"}}


@cache
def key_texts() -> dict[str, str]:
    """Return what each key means: by ``Shape.key``, or by the key where it means the same anywhere."""
    shapes = to_data(read_file(Path(__file__).with_name("keys.yaml")))
    found = {f"{shape}.{key}": text for shape, keys in shapes.items() for key, text in keys.items()}
    found["ModelFile.docs"] += f": {', '.join(docs.KEYS)}"
    return {key.removeprefix("any."): text for key, text in found.items()}


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 7) of a kind of file.

    Raises
    ------
    ExperimentError
        There is no such kind.
    """
    known_name("kind of file", kind, FILES, "unknown-name")
    schema = _described(FILES[kind])
    defs = schema.setdefault("$defs", {})
    if kind in ("model", "block"):
        _blocks(schema, defs)
    if kind == "model":
        for section, key in SHORTHAND.items():
            place = schema["properties"][section]
            shape = _name_of(place["additionalProperties"])
            place["additionalProperties"] = _or_scalar(shape, f"shorthand for `{key}`")
    elif kind == "experiment":
        options = schema["properties"]["futures"]["anyOf"]
        options.insert(1, {"type": "string", "description": "shorthand for `file`"})
        defs["VaryShape"]["propertyNames"] = NAME
    elif kind in ("scenario", "targets"):
        full = _described(ModelFile)
        for name, part in full["$defs"].items():
            if name in LISTED:  # a list is replaced as a whole
                defs.setdefault(name, part)
            elif name not in ("BlockShape", "UseShape"):
                defs[f"{name}Overlay"] = _overlay(part)
        for section in SECTIONS:
            if "additionalProperties" in schema["properties"].get(section, {}):
                schema["properties"][section] = _section(full["properties"][section], section)
    for section, place in schema["properties"].items():
        if section == "docs":
            place["propertyNames"] = {"enum": list(docs.KEYS)}
        elif section == "terms":
            place["propertyNames"] = {"minLength": 1, "maxLength": MAX_LABEL}
        elif "additionalProperties" in place and kind != "block":
            place["propertyNames"] = NAME
    return {"$schema": DIALECT, "title": f"Fulcrum: a file of kind '{kind}'"} | schema


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file as the text of a file."""
    return json.dumps(schema_of(kind), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _described(shape: type[Shape]) -> dict[str, Any]:
    """Return pydantic's schema with our words and without its titles."""
    schema, texts = shape.model_json_schema(by_alias=True), key_texts()
    _strip(schema)
    for name, part in [(shape.__name__, schema), *schema.get("$defs", {}).items()]:
        for key, place in part.get("properties", {}).items():
            words = texts.get(f"{name}.{key}") or texts.get(key)
            if words:
                place["description"] = words
        for old, new in OLD_KEYS.get(name, {}).items():
            note = {"description": f"old name of `{new}`", "deprecated": True}
            part["properties"][old] = part["properties"][new] | note
    return schema


def _strip(node: Any) -> None:
    for child in list(_children(node)):
        if isinstance(child.get("title"), str):
            del child["title"]
        if child.get("default", 0) in (None, "", [], {}):
            del child["default"]


def _children(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for value in inner:
        yield from _children(value)


def _name_of(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rsplit("/", 1)[1]


def _or_scalar(shape: str, words: str) -> dict[str, Any]:
    return {"anyOf": [{"$ref": f"#/$defs/{shape}"}, SCALAR | {"description": words}]}


def _overlay(shape: dict[str, Any]) -> dict[str, Any]:
    """Return a shape of which any part may be given; null takes a part away."""
    part = {k: copy.deepcopy(v) for k, v in shape.items() if k != "required"}
    for key, place in part["properties"].items():
        words = {"description": place.pop("description")} if "description" in place else {}
        options = place.pop("anyOf", [place])
        if {"type": "null"} not in options:
            options = [*options, {"type": "null"}]
        part["properties"][key] = {"anyOf": options} | words
    return part


def _blocks(schema: dict[str, Any], defs: dict[str, Any]) -> None:
    """Describe the sections of blocks: those of a model, in which a need may stand for any value."""
    full = _described(ModelFile)
    shapes = {_name_of(full["properties"][key]["additionalProperties"]): key for key in GROUPED}
    for name in (*shapes, "EdgeShape"):
        part = copy.deepcopy(full["$defs"][name])
        for key, place in part["properties"].items():
            words = {"description": place.pop("description")} if "description" in place else {}
            if key == "then":
                place["items"] = {"$ref": "#/$defs/EdgeShapeInBlock"}
            part["properties"][key] = {"anyOf": [*_fillable(place), NEEDED]} | words
        defs[f"{name}InBlock"] = part
    for holder in (schema, defs.get("BlockShape")):
        if holder and "needs" in holder["properties"]:
            holder["properties"]["needs"]["items"] |= NAME
            for name, section in shapes.items():
                options: list[dict[str, Any]] = [{"$ref": f"#/$defs/{name}InBlock"}]
                if section in SHORTHAND:
                    options.append(
                        SCALAR | {"description": f"shorthand for `{SHORTHAND[section]}`"}
                    )
                holder["properties"][section] |= {
                    "description": full["properties"][section]["description"],
                    "additionalProperties": {"anyOf": options},
                }


def _fillable(place: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the kinds of a value; each item of a list may be a need."""
    options: list[dict[str, Any]] = place.pop("anyOf", [place])
    for option in options:
        if "$ref" not in option.get("items", {"$ref": ""}):
            option["items"] = {"anyOf": [option["items"], NEEDED]}
    return options


def _section(place: dict[str, Any], section: str) -> dict[str, Any]:
    """Return a section of an overlay: parts of entries, bare values, and null for none."""
    words = {"description": place.get("description", "")}
    if section == "time":
        return {"$ref": "#/$defs/TimeShapeOverlay"}
    shape = f"{_name_of(place['additionalProperties'])}Overlay"
    options: list[dict[str, Any]] = [{"$ref": f"#/$defs/{shape}"}, {"type": "null"}]
    if section in SHORTHAND:
        options.insert(1, SCALAR | {"description": f"shorthand for `{SHORTHAND[section]}`"})
    return {"type": "object", "additionalProperties": {"anyOf": options}} | words
