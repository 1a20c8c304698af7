"""Line numbers beside the text area of a scenario, with its errors marked and reachable by a click."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

import sim
from ui.figures import mode

_component = st.components.v2.component(
    "fulcrum_lines",
    html="<div class='faults'></div><div class='gutter' aria-hidden='true'></div>",
    css=Path(__file__).with_suffix(".css").read_text(encoding="utf-8"),
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def show(key: str, error: sim.SimError | None, text: str) -> None:
    """Number the lines of the text area that follows.

    Parameters
    ----------
    key
        That of the text area.
    error
        What is wrong with its text.
    text
        That text: errors elsewhere have no line in it.
    """
    found = getattr(error, "diagnostics", ())
    _component(
        key=f"{key}.lines", data={"area": key, "faults": faults_in(found, text), "theme": mode()}
    )


def faults_in(diagnostics: Sequence[Any], text: str) -> list[dict[str, Any]]:
    """Return line and message of the errors that lie in a text, in the order of their lines."""
    inside = [
        {"line": one.span.line, "message": one.message}
        for one in diagnostics
        if one.span is not None and one.span.text is not None and one.span.text.content == text
    ]
    return sorted(inside, key=lambda fault: fault["line"])
