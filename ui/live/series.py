"""The series of a study as its page draws them: alone, or one for each member of sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sim
from ui import headline
from ui.live.entries import member_of

Part = dict[str, Any]


def drawn_series(model: sim.Model) -> Part:
    """Return the series worth drawing and which are drawn at first."""
    numeric = headline.drawn(model)
    alone = [name for name in numeric if not model.over(name)]
    state = sim.charts.main_state(model)
    state = "" if "[" in state else state
    try:
        plane: Sequence[str] | None = sim.charts.plane_axes(model)
    except sim.SimError:
        plane = None
    fan = sim.charts.headline_series(model) if alone else ""
    fan = fan if fan in alone else next(iter(alone), "")
    first = [fan, *(name for name in numeric if name != fan)]
    return {
        "series": [_series(model, name) for name in (*numeric, *([state] if state else []))],
        "fan": fan,
        "fans": [name for name in first if name][: headline.FANS],
        "state": state,
        "plane": list(plane) if plane else None,
    }


def _series(model: sim.Model, name: str) -> Part:
    entry: Any = model.families[name].base if name in model.families else model.series(name)
    kind = getattr(entry, "formula", entry).type
    return {
        "name": name,
        "label": entry.label or name.replace("_", " ").capitalize(),
        "unit": entry.unit,
        "goal": headline.goal_of(model, name),
        "kind": kind.kind,
        "options": list(kind.options),
        "low": entry.low,
        "high": entry.high,
    } | _cells(model, name)


def _cells(model: sim.Model, name: str) -> Part:
    """Return the series of the members of sets over which a name is declared, and the sets."""
    if not (over := model.over(name)):
        return {}
    cells = model.cells(name)
    members = [member_of(cell)["member"] for cell in cells]
    return {
        "cells": list(cells),
        "members": members,
        "sets": [index.set.replace("_", " ") for index in over],
    }
