"""The live page and its levers as components of Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

import sim
from ui import documents, state
from ui.figures import mode
from ui.settings import Setting, Value, typed, with_values
from ui.study import Study
from ui.text import first_line

Item = dict[str, Any]

#: What the page around it has already, and what stands there until the script has arrived.
STYLE = """
:host .fl-root { background: transparent; }
:host .fl-page { max-width: none; padding: 0; }
:host .fl-root[data-state="loading"] { min-height: 80vh; }
:host .fl-root[data-state="loading"]::before { content: "Loading the study …"; }
"""
_component = st.components.v2.component(
    "fulcrum",
    html="<style></style><div class='fl-root'></div>",
    css=STYLE,
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def explore(study: Study, document: documents.Prepared) -> None:
    """Show the live page of a study."""
    offered = state.offer(study, document.digest)
    _show(
        "explore",
        f"{offered['visit']}.{document.digest}",
        document=f"live/document-{document.digest}.json",
        session=f"live/session/{st.session_state.token}",
        **offered,
    )


def levers(
    study: Study,
    items: list[Item],
    values: Mapping[str, Value],
    *,
    key: str,
    base: Mapping[str, Value] | None = None,
    before: Mapping[str, Value],
    families: Mapping[str, Item],
    filtered: bool = False,
) -> None:
    """Show levers and let them change the current setting.

    Parameters
    ----------
    base, before
        Values of the baseline and of the chosen scenario.
    families
        Levers that are declared over sets, each as one.
    filtered
        Offer a field to search by name.
    """
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item["group"], []).append(item)
    _show(
        key,
        key,
        groups=[{"name": name, "items": inside} for name, inside in groups.items()],
        values=dict(values),
        base=dict(base or {}),
        before=dict(before),
        families=dict(families),
        filtered=filtered,
        openGroups=0 if filtered else 1,
        seen=st.session_state.get(f"{key}.seen", 0),
        on_moves_change=_moved(study, key),
    )


def _show(key: str, mark: str, **data: Any) -> None:
    """Show a component; another mark makes it begin anew."""
    told = {name: data.pop(name) for name in list(data) if name.startswith("on_")}
    parts = {"key": mark, "theme": mode(), "script": f"live/app-{documents.script()[0]}.js"}
    _component(key=key, data=parts | data, **told)


def _moved(study: Study, key: str) -> Callable[[], None]:
    """Return what happens when the levers report moves."""

    def act() -> None:
        moves = getattr(st.session_state.get(key), "moves", None)
        if not isinstance(moves, Mapping):
            return  # the levers left the page before their last message arrived
        st.session_state[f"{key}.seen"] = moves.get("number", 0)
        setting: Setting = state.current().setting
        refused = []
        for name, value in dict(moves.get("values", {})).items():
            try:
                known = {str(name): typed(study, setting, str(name), value)}
                setting = with_values(study, setting, known)
            except sim.SimError as error:
                refused.append(first_line(error))
        if refused:
            st.session_state.ignored = refused
        state.commit(replace(state.current(), setting=setting))

    return act
