"""The page. Streamlit reruns this file for each visitor and each change."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

import sim
from ui import component, documents, export, state
from ui.server import find_study, is_loopback
from ui.study import Study, open_study
from ui.text import plain
from ui.views import about, drivers, scenario_text

STYLE = Path(__file__).parent / "page.css"
#: What could not be applied is listed up to here; the rest is counted.
MOST = 10
#: What each page shows by itself: of a part of the live page, what stands below it.
PAGES: dict[str, tuple[str, Callable[[Study], None]]] = {
    "explore": ("Explore", export.line),
    "compare": ("Compare", partial(export.line, compared=True)),
    "drivers": ("Drivers", drivers.show),
    "run": ("One run", export.line),
    "scenario": ("Scenario", scenario_text.show),
    "model": ("Model", about.show),
}


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Fulcrum", page_icon="⚖️", layout="wide")
    st.html(STYLE)
    address = str(st.get_option("server.address") or "")
    if not is_loopback(address) and not os.environ.get("FULCRUM_BEHIND_PROXY"):
        st.error("This page is disabled because its address is open to other machines.")
        st.stop()
    study = _study()
    pages = [
        st.Page(partial(view, study), title=title, url_path=name, default=name == "explore")
        for name, (title, view) in PAGES.items()
    ]
    page = st.navigation(pages, position="hidden")
    st.session_state.page = page.url_path
    state.start(study)
    with st.container(key="pages", horizontal=True, gap="small"):
        for other in pages:
            st.page_link(other)
    _head(study)
    # The live page keeps its place among the elements, so that a change of page does not begin it anew.
    with st.container(key="notices"):
        _show_notices(study)
        if page.url_path != "scenario" and scenario_text.is_draft_invalid():
            st.warning(
                "The text on the page Scenario has errors, so this page shows the last valid setting."
            )
    with st.container(key="live_part"):
        wanted = _live_page(study) if page.url_path in state.LIVE else ""
    for path, part in state.LIVE.items():
        if part == wanted:
            st.switch_page(next(other for other in pages if other.url_path == path))
    try:
        page.run()
    except sim.SimError as error:
        st.error("This page cannot be shown for this setting. Your changes are kept.")
        st.code(str(error), language=None)
    state.sync_address(study)


def _study() -> Study:
    named = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    folder = find_study(Path(named[0]) if named else None)
    if folder is None:
        st.error("No study found. A study is a folder with a model.yaml file.")
        st.stop()
    try:
        study = open_study(folder)
        _ = study.model
        return study
    except sim.SimError as error:
        st.error("The model of this study cannot be read.")
        st.code(str(error), language=None)
        st.stop()


def _live_page(study: Study) -> str:
    """Show the part of the live page that belongs to the page; return the part that it turns to."""
    session = st.session_state
    try:
        with st.spinner("Preparing the study", show_time=True):
            document = documents.prepare(study, state.edited(study))
    except sim.SimError as error:
        st.error("This study cannot be run in a browser.")
        st.code(str(error), language=None)
        return ""
    part = state.LIVE[session.page]
    wanted = component.live_page(study, document, part, follow=part == "drivers")
    if document.errors and "left_out" not in session:
        session.left_out = True
        for name, text in document.errors.items():
            with st.expander(f"{plain(name)} is left out", icon=":material/error:"):
                st.code(text, language=None)
    return wanted


def _head(study: Study) -> None:
    """Show on every page the model, its time span, and that it is a toy."""
    model = study.model
    title = plain(model.title or model.name)
    st.caption(f"{title} · {model.clock.span} · **a toy, not a forecast**")


def _show_notices(study: Study) -> None:
    """Show what a link could not apply or prove, and which files could not be read."""
    if (link := state.doubted()) is not None:
        st.info(plain(link.doubt), icon=":material/link:")
    ignored = st.session_state.notices = st.session_state.ignored
    if ignored:
        text = "\n".join(f"- {plain(line)}" for line in ignored[:MOST])
        if len(ignored) > MOST:
            text += f"\n- and {len(ignored) - MOST} more"
        st.warning(f"Some settings could not be applied:\n\n{text}")
        st.session_state.ignored = []
    if study.errors and "errors_shown" not in st.session_state:
        st.session_state.errors_shown = True
        for name, text in study.errors.items():
            with st.expander(f"{plain(name)} cannot be read", icon=":material/error:"):
                st.code(text, language=None)


main()
