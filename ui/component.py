"""The live page as a component of Streamlit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from ui import documents, state
from ui.figures import mode
from ui.study import Study

#: What the page around it has already, what stands there until the script has arrived, and on a phone the
#: levers, which stay in sight beside what stands below the component too.
STYLE = """
:host .fl-root { background: transparent; }
:host .fl-page { max-width: none; padding: 0; }
:host .fl-root[data-state="loading"] { min-height: 80vh; }
:host .fl-root[data-state="loading"]::before { content: "Loading the study …"; }
@media screen and (max-width: 760px) {
  :host .fl-dock { inset: auto 0 0; margin: 0; position: fixed; }
}
"""
_component = st.components.v2.component(
    "fulcrum",
    html="<style></style><div class='fl-root'></div>",
    css=STYLE,
    js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"),
)


def live_page(study: Study, document: documents.Prepared, tab: str, *, follow: bool) -> str:
    """Show a part of the live page; return the part that it asks to turn to, if any.

    Parameters
    ----------
    follow
        Run the script again after each move: something below is drawn for the setting shown.
    """
    offered = state.offer(study, document.digest)
    token = st.session_state.token
    shown = _component(
        key="live",
        data={
            "key": f"{offered['visit']}.{document.digest}",  # another one makes it begin anew
            "theme": mode(),
            "script": f"live/app-{documents.script()[0]}.js",
            "document": f"live/document-{document.digest}.json",
            "session": f"live/session/{token}",
            "questions": f"live/ask/{token}",
            "tab": tab,
            "parts": state.LIVE,
            "follow": follow,
            **offered,
        },
        on_moved_change=_nothing,
        on_go_change=_nothing,
    )
    wanted: Any = shown.go
    return wanted if isinstance(wanted, str) else ""


def _nothing() -> None:
    """Let a message of the component run the script; what was moved has been posted."""
