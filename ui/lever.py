"""The levers: a custom component that reports changes while it is dragged.

Streamlit's slider reports a move only when it is released. This one, a native range input and a
number field in one row, reports a few times a second and marks the last move. All labels come from
the model and are set as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

import sim
from ui import state
from ui.settings import Setting, Value, with_value
from ui.study import Study
from ui.text import doubt, first_line, label_of

HERE = Path(__file__).parent
#: Milliseconds between two messages while dragging.
THROTTLE = 150
Item = dict[str, Any]

_panel = st.components.v2.component(
    "fulcrum_levers",
    html="<div class='panel'></div>\n",
    css=(HERE / "lever.css").read_text(encoding="utf-8"),
    js=(HERE / "lever.js").read_text(encoding="utf-8"),
)


def lever_item(lever: sim.model.Lever, value: Value, base: Value | None, before: Value) -> Item:
    """Describe a lever: `base` is its value in the baseline, `before` in the chosen scenario."""
    return {
        **_item(lever, value, before, lever.step),
        "group": lever.group or "Levers",
        "points": [{"label": name, "value": at} for name, at in lever.points.items()],
        "base": base,
    }


def parameter_item(parameter: sim.model.Parameter, value: Value, before: Value) -> Item:
    """Describe an assumption or fact about the world."""
    kind = parameter.kind
    if kind == "fact" and value != parameter.value:
        kind = "counterfactual"
    return {
        **_item(parameter, value, before, None),
        **({} if parameter.uncertain else {"low": None, "high": None}),
        "group": parameter.group or "Assumptions",
        "base": parameter.value,
        "help": parameter.help or parameter.why,
        "badge": kind,
        "doubt": doubt(parameter) if kind == "fact" else "",
    }


def _item(
    entry: sim.model.Lever | sim.model.Parameter, value: Value, before: Value, step: float | None
) -> Item:
    """Describe what levers and parameters share."""
    return {
        "name": entry.name,
        "label": label_of(entry),
        "kind": entry.type.kind,
        "options": list(entry.type.options),
        "low": entry.low,
        "high": entry.high,
        "step": step_of(entry.type.kind, entry.low, entry.high, step),
        "unit": entry.unit,
        "units": sim.formatting.plural(entry.unit),
        "points": [],
        "value": value,
        "before": before,
        "help": entry.help,
        "badge": "",
        "doubt": "",
    } | source_of(entry.fact)


def source_of(fact: Any) -> Item:
    """Return the source of a figure, as parts of an item."""
    if fact is None:
        return {"source": "", "url": ""}
    statement = ", ".join(part for part in (fact.said_by, fact.date) if part)
    source = " · ".join(part for part in (fact.source, statement, fact.status) if part)
    url = fact.url if fact.url.startswith(("https://", "http://")) else ""
    return {"source": source, "url": url}


def step_of(kind: str, low: float | None, high: float | None, step: float | None) -> float:
    """Return the step of a slider: the lever's own, else one or about a hundredth of its range."""
    if step is not None:
        return step
    if kind == "whole" or low is None or high is None:
        return 1
    rough = (high - low) / 100
    power = 10.0 ** len(f"{int(1 / rough)}") if rough < 1 else 1.0
    return round(max(round(rough * power), 1) / power, 12)


def levers(
    study: Study,
    items: list[Item],
    *,
    key: str,
    live: bool,
    filtered: bool = False,
    open_groups: int = 1,
) -> None:
    """Show levers and let them change the current setting.

    Parameters
    ----------
    live
        Report moves while dragging, not only the last.
    filtered
        Offer a field to search by name.
    open_groups
        Groups shown unfolded at first; those with a changed lever are unfolded too.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item["group"], []).append(item)
    _panel(
        key=key,
        data={
            "groups": [{"name": name, "items": inside} for name, inside in groups.items()],
            "live": live,
            "throttle": THROTTLE,
            "filtered": filtered,
            "open": open_groups,
            "seen": st.session_state.get(f"{key}.seen", 0),
            "revision": st.session_state.get("revision", 0),
        },
        on_moves_change=_moved(study, key),
    )


def _moved(study: Study, key: str) -> Callable[[], None]:
    """Return what happens when the component reports moves."""

    def act() -> None:
        moves = getattr(st.session_state.get(key), "moves", None)
        if not isinstance(moves, Mapping):
            return  # the levers left the page before their last message arrived
        st.session_state[f"{key}.seen"] = moves.get("number", 0)
        setting: Setting = state.current().setting
        refused = []
        for name, value in dict(moves.get("values", {})).items():
            try:
                setting = with_value(study, setting, str(name), typed(study, str(name), value))
            except sim.SimError as error:
                refused.append(first_line(error))
        if refused:
            st.session_state.ignored = refused
        view = replace(state.current(), setting=setting)
        if moves.get("final"):
            state.commit(view)
        else:
            state.preview(view)
        st.session_state.moving = not moves.get("final")

    return act


def typed(study: Study, name: str, value: Value) -> Value:
    """Return a value from the browser as the type of its lever or parameter."""
    model = study.model
    entry = model.levers.get(name) or model.parameters.get(name)
    if entry is None or isinstance(value, str | bool):
        return value
    return int(value) if entry.type.kind == "whole" and value == int(value) else float(value)
