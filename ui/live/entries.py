"""Levers, facts and assumptions as the page shows them."""

from __future__ import annotations

from typing import Any

import sim
from ui.text import doubt, label_of

Item = dict[str, Any]
Value = float | int | bool | str


def lever_item(lever: sim.model.Lever) -> Item:
    """Describe a lever."""
    return {
        **_item(lever, lever.default, lever.step),
        "group": lever.group or "Levers",
        "points": [{"label": name, "value": at} for name, at in lever.points.items()],
    }


def parameter_item(parameter: sim.model.Parameter) -> Item:
    """Describe an assumption or fact about the world."""
    return {
        **_item(parameter, parameter.value, None),
        "group": parameter.group or "Assumptions",
        "help": parameter.help or parameter.why,
        "why": parameter.why,
        "badge": parameter.kind,
        "doubt": doubt(parameter) if parameter.kind == "fact" else "",
        "uncertain": parameter.uncertain,
        "shape": parameter.shape,
    }


def _item(entry: sim.model.Lever | sim.model.Parameter, value: Value, step: float | None) -> Item:
    """Describe what levers and parameters share."""
    return {
        "name": entry.name,
        **member_of(entry.name),
        "label": label_of(entry),
        "kind": entry.type.kind,
        "options": list(entry.type.options),
        "low": entry.low,
        "high": entry.high,
        "step": step_of(entry.type.kind, entry.low, entry.high, step),
        "unit": entry.unit,
        "units": sim.formatting.plural(entry.unit),
        "default": value,
        "help": entry.help,
        "points": [],
        "badge": "",
        "doubt": "",
    } | source_of(entry.fact)


def member_of(name: str) -> Item:
    """Return the name that is declared over sets, and the member of a cell; both empty of others."""
    family, _, members = name.partition("[")
    told = ", ".join(members.rstrip("]").split(",")).replace("_", " ")
    return {"family": family if members else "", "member": told}


def family_items(model: sim.model.Model) -> dict[str, Item]:
    """Describe levers, parameters and outcomes that are declared over sets, as one for all members."""
    found = {}
    for family in model.families.values():
        base = family.base
        if isinstance(base, sim.model.Lever):
            found[family.name] = lever_item(base)
        elif isinstance(base, sim.model.Parameter):
            found[family.name] = parameter_item(base)
        elif isinstance(base, sim.model.Outcome):
            found[family.name] = {"label": label_of(base)}
        else:
            continue
        found[family.name]["sets"] = [index.set.replace("_", " ") for index in family.over]
    return found


def source_of(fact: Any) -> Item:
    """Return the source of a figure, as parts of an item; only a web address is a link."""
    if fact is None:
        return {"source": "", "url": "", "said": "", "date": "", "status": ""}
    url = fact.url if fact.url.startswith(("https://", "http://")) else ""
    return {
        "source": fact.source,
        "url": url,
        "said": fact.said_by,
        "date": fact.date,
        "status": fact.status,
    }


def step_of(kind: str, low: float | None, high: float | None, step: float | None) -> float:
    """Return the step of a slider: the lever's own, else one or about a hundredth of its range."""
    if step is not None:
        return step
    if kind == "whole" or low is None or high is None:
        return 1
    rough = (high - low) / 100
    power = 10.0 ** len(f"{int(1 / rough)}") if rough < 1 else 1.0
    return round(max(round(rough * power), 1) / power, 12)
