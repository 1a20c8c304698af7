"""The levers: the panel of the live page as a custom component that reports changes while it is dragged.

Streamlit's slider reports a move only when it is released. This one reports a few times a second and
marks the last move. All labels come from the model and are set as text, never as markup.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

import sim
from sim.browser import script
from ui import state
from ui.live import FOLDER
from ui.live.entries import Item
from ui.live.languages import words
from ui.settings import Setting, Value, with_value
from ui.study import Study
from ui.text import first_line

#: Milliseconds between two messages while dragging.
THROTTLE = 150
#: The colours of the panel, from those of the theme.
COLOURS = """
.fl-sidebar {
  --fl-accent: var(--st-primary-color);
  --fl-bg: var(--st-background-color);
  --fl-border: var(--st-border-color);
  --fl-muted: color-mix(in srgb, var(--st-text-color) 72%, var(--st-background-color));
  --fl-text: var(--st-text-color);
  font-family: var(--st-font);
}
"""


def _script() -> str:
    """Return the module of the component, with its words."""
    said = {key: text for key, text in words("en").items() if key.startswith("levers.")}
    text = script(FOLDER / "sidebar.js")
    return f"{text}\nexport default (component) => showLevers(component, {json.dumps(said)});\n"


_panel = st.components.v2.component(
    "fulcrum_levers",
    html="<div class='fl-sidebar'></div>\n",
    css=COLOURS + (FOLDER / "levers.css").read_text(encoding="utf-8"),
    js=_script(),
)


def levers(
    study: Study,
    items: list[Item],
    values: Mapping[str, Value],
    before: Mapping[str, Value],
    base: Mapping[str, Value],
    *,
    key: str,
    live: bool,
    filtered: bool = False,
    open_groups: int = 1,
) -> None:
    """Show levers and let them change the current setting.

    Parameters
    ----------
    items
        Levers or parameters, see `ui.live.entries`.
    values, before, base
        What each has now, in the chosen scenario, and in the baseline.
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
    names = [item["name"] for item in items]
    _panel(
        key=key,
        data={
            "groups": [{"name": name, "items": inside} for name, inside in groups.items()],
            "values": {name: values[name] for name in names},
            "before": {item["name"]: before.get(item["name"], item["default"]) for item in items},
            "base": {name: base.get(name) for name in names},
            "live": live,
            "throttle": THROTTLE,
            "filtered": filtered,
            "openGroups": open_groups,
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
