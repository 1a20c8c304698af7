"""Levers, facts and assumptions as the page shows them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sim
from sim.analysis.forms import likely_options
from sim.study.laws import law, weights_text
from ui.text import doubt, label_of

#: Shapes of which a page needs no more than the range and the value.
PLAIN = ("uniform", "loguniform", "triangular")
Item = dict[str, Any]
Value = float | int | bool | str


def lever_item(lever: sim.model.Lever) -> Item:
    """Describe a lever."""
    return {
        **_item(lever, lever.default, lever.step),
        "group": lever.group or "Levers",
        "points": [{"label": name, "value": at} for name, at in lever.points.items()],
    }


def parameter_item(parameter: sim.model.Parameter, parts: Collection[str] = ()) -> Item:
    """Describe an assumption or fact about the world; `parts` are those that add up to something."""
    spread = {
        "law": law(parameter) if parameter.shape not in PLAIN else None,
        "part": parameter.name in parts or None,
        "middle": list(parameter.middle) if parameter.middle else None,
        "weights": weights_text(parameter) or None,
        "forms": len(likely_options(parameter)) if parameter.structural else None,
    }
    return {
        **_item(parameter, parameter.value, None),
        "group": parameter.group or "Assumptions",
        "help": parameter.help or parameter.why,
        "why": parameter.why,
        "badge": parameter.kind,
        "doubt": doubt(parameter) if parameter.kind == "fact" else "",
        "uncertain": parameter.uncertain,
        "shape": parameter.shape,
    } | {key: value for key, value in spread.items() if value is not None}


def table_item(table: sim.model.Table) -> Item:
    """Describe a table, for the list of sources."""
    return {
        "name": table.name,
        "label": label_of(table),
        "kind": "option",
        "options": [],
        "low": None,
        "high": None,
        "unit": table.unit,
        "default": sim.formatting.counted(len(table.places), "point"),
        "group": table.group,
        "help": table.help,
        "why": table.why,
        "badge": "fact" if table.source else "assumption",
    } | (
        source_of(table.fact)
        | {
            "source": table.source,
            "url": safe_url(table.url),
            "status": table.status if table.source else "",
        }
    )


def dated_item(item: Item, clock: sim.model.Clock) -> Item:
    """Add to an item of a date what shows it as one."""
    if clock.start is None:
        return item
    unit = item["unit"] or clock.unit
    more = {"unit": unit, "units": sim.formatting.plural(unit)}
    return item | more | {"clock": {"unit": clock.unit, "start": clock.start.isoformat()}}


def safe_url(url: str) -> str:
    """Return an address on the web, and nothing in place of others."""
    return url if url.startswith(("https://", "http://")) else ""


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
        if isinstance(base, sim.model.Lever | sim.model.Parameter) and base.dated:
            found[family.name] = dated_item(found[family.name], model.clock)
        found[family.name]["sets"] = [index.set.replace("_", " ") for index in family.over]
    return found


def source_of(fact: Any) -> Item:
    """Return the source of a figure, as parts of an item; only a web address is a link."""
    if fact is None:
        return dict.fromkeys(("source", "url", "said", "date", "status", "note"), "")
    return {
        "source": fact.source,
        "url": safe_url(fact.url),
        "said": fact.said_by,
        "date": fact.date,
        "status": fact.status,
        "note": " ".join(fact.note.split()),
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
