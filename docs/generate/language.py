"""Tables of the language: functions, draws, triggers, statistics, and the keys of every file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.language.names import DRAWS, FUNCTIONS, Signature
from sim.model.events import TRIGGERS
from sim.model.formulas import STATISTICS
from sim.model.schema import FILES
from sim.reporting.tables import markdown_table
from sim.study.json_schema import key_texts, schema_of
from sim.study.overlay import SHORTHAND

_RESULTS = {"number": "a number", "whole": "whole", "same": "whole where its arguments are"}


def _signatures(table: Mapping[str, Signature]) -> str:
    rows = []
    for row in table.values():
        result = "true or false" if row.name == "bernoulli" else _RESULTS[row.rule]
        rows.append((f"`{row.name}({row.parameters})`", row.words, result))
    return markdown_table(("Call", "Value", "Type"), rows)


def functions() -> str:
    """Return the table of functions."""
    return _signatures(FUNCTIONS)


def draws() -> str:
    """Return the table of draws."""
    return _signatures(DRAWS)


def triggers() -> str:
    """Return the table of triggers."""
    return markdown_table(
        ("Trigger", "The event happens"),
        ((f"`{t}:`", key_texts()[f"EventShape.{t}"]) for t in TRIGGERS),
    )


def statistics() -> str:
    """Return the table of the statistics that an outcome can be."""
    rows = ((f"`{s}:`", key_texts()[f"OutcomeShape.{s}"]) for s in STATISTICS)
    return markdown_table(("Statistic", "Value of the outcome"), rows)


def shorthands() -> str:
    """Return the table of shorthands."""
    rows = (
        (f"`{s}`", f"`name: value` stands for `name: {{{k}: value}}`") for s, k in SHORTHAND.items()
    )
    return markdown_table(("Section", "Shorthand"), rows)


def keys() -> str:
    """Return the keys of every kind of file and of its entries."""
    parts = []
    seen: set[str] = set()
    for kind in FILES:
        schema = schema_of(kind)
        parts.append(f"### `{kind}:`\n\n{_properties(schema)}")
        for name, shape in schema.get("$defs", {}).items():
            if name not in seen and not name.endswith(("Overlay", "InBlock")):
                seen.add(name)
                words = str(shape.get("description", name)).rstrip(".")
                parts.append(f"#### {words}\n\n{_properties(shape)}")
    return "\n".join(parts)


def _properties(schema: Mapping[str, Any]) -> str:
    required = schema.get("required", ())
    rows = []
    for key, place in schema["properties"].items():
        words = place.get("description", "")
        if words == "an expression":
            words = ""
        default = place.get("default")
        value = _kind_of_value(place) + (" · required" if key in required else "")
        rows.append(
            (f"`{key}`", value + (f" · default {default}" if default is not None else ""), words)
        )
    return markdown_table(("Key", "Value", "Meaning"), rows)


def _kind_of_value(place: Mapping[str, Any]) -> str:
    """Return the kind of value of a key, in a few words."""
    options = [p for p in place.get("anyOf", [place]) if p.get("type") != "null"]
    first = options[0] if options else place
    if "anyOf" in first:
        return _kind_of_value(first)
    if "enum" in first:
        return ", ".join(f"`{word}`" for word in first["enum"])
    kind = first.get("type")
    if isinstance(kind, list):
        formula = first.get("description") == "an expression" or kind[0] == "string"
        return "expression" if formula else "value"
    if kind == "array":
        pair = first.get("maxItems") == 2 and first.get("items", {}).get("type") == "number"
        return "[low, high]" if pair else "list"
    words = {
        "string": "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
    }
    return words.get(str(kind), "mapping")
