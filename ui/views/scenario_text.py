"""Scenario: the overlay as text. Levers write it, and it moves the levers; nothing typed is lost."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import streamlit as st

import sim
from ui import export, state
from ui import sidebar as rail
from ui import text as words
from ui.server import is_loopback
from ui.settings import NAME, NEW_NAME, declared_name, overlay_text, resolve, with_text
from ui.study import Study


def show(study: Study) -> None:
    """Draw the page."""
    view = state.current()
    session = st.session_state
    text = overlay_text(study, view.setting)
    faults = _fault_of(study, session.get("draft", text))
    session.draft_faulty = faults is not None
    dirty = session.get("draft_for") is not None and session.draft != text
    if not dirty or (session.get("draft_for") != text and faults is None):
        session.draft = text
        faults = None
    session.draft_for = text
    with st.sidebar:
        rail.draw(study, live=False)
    st.markdown("### The setting as text")
    st.caption(
        "The levers write this overlay and it moves the levers; comments and order stay. "
        "Leave the field, or press Ctrl+Enter, to apply."
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _editor(study, text)
    with right:
        _state(study, view, faults)


def _editor(study: Study, text: str) -> None:
    session = st.session_state
    session.editor = session.draft
    st.text_area(
        "Overlay (YAML)", key="editor", height=520, on_change=lambda: _apply(study),
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button("Apply", key="apply", on_click=lambda: _apply(study))
        st.button(
            "Revert", key="revert", disabled=session.draft == text, on_click=_revert,
            help="Back to the text that is in force",
        )  # fmt: skip
        name = state.current().setting.scenario
        export.offer("Download", session.draft, f"{name}.yaml", "editor")
    _upload(study)
    _save(study)


def _apply(study: Study) -> None:
    """Take over the text if it is a correct overlay; else keep it as a draft."""
    session = st.session_state
    session.draft = session.editor
    view = state.current()
    try:
        setting = with_text(study, view.setting, session.draft)
        resolve(study, setting)
    except sim.SimError:
        return
    state.commit(replace(view, setting=setting))
    session.draft = overlay_text(study, setting)
    session.draft_for = session.draft


def _revert() -> None:
    st.session_state.draft = st.session_state.draft_for
    st.session_state.draft_faulty = False


def is_faulty_draft() -> bool:
    """Whether the visitor has left a text here that could not be applied."""
    return bool(st.session_state.get("draft_faulty"))


def _fault_of(study: Study, text: str) -> str | None:
    try:
        resolve(study, with_text(study, state.current().setting, text))
    except sim.SimError as error:
        return str(error)
    return None


def _state(study: Study, view: state.View, faults: str | None) -> None:
    if faults is not None:
        st.error("This text has faults; the last good setting stays in force.", title="Not applied")
        st.code(faults, language=None, wrap_lines=True)
    else:
        st.success("In force: levers and charts follow this text.", icon=":material/check:")
    saved = "" if study.is_model(view.setting.scenario) else study.text(view.setting.scenario)
    file = study.files[view.setting.scenario].name
    lines = difflib.unified_diff(
        saved.splitlines(), st.session_state.draft.splitlines(), f"{file} (saved)", "here", "", "",
        lineterm="",
    )  # fmt: skip
    text = "\n".join(lines)
    if study.is_model(view.setting.scenario):
        st.caption(
            "This starts from the model's defaults; there is no saved overlay to compare with."
        )
    elif text:
        st.markdown("**Difference to the saved file**")
        st.code(text, language=None, wrap_lines=True)
    else:
        st.caption(f"The same as the saved file {words.plain(file)}.")


def _upload(study: Study) -> None:
    file = st.file_uploader("Open a file of your own", type=["yaml", "yml"], key="upload")
    if file is None or st.session_state.get("uploaded") == file.file_id:
        return
    st.session_state.uploaded = file.file_id
    try:
        st.session_state.editor_next = file.getvalue().decode("utf-8")
    except UnicodeDecodeError:
        st.error("This file is not UTF-8 text.")
        return
    st.session_state.draft = st.session_state.pop("editor_next")
    view = state.current()
    try:
        setting = with_text(study, view.setting, st.session_state.draft)
        state.commit(replace(view, setting=setting))
    except sim.SimError:
        pass  # it stays as a draft, with its faults beside it
    st.session_state.draft_for = overlay_text(study, state.current().setting)
    st.rerun()


def _save(study: Study) -> None:
    """Save into the study: only where the page runs on this machine alone."""
    if not is_loopback(str(st.get_option("server.address") or "")):
        return
    with st.popover("Save into the study", icon=":material/save:"):
        st.caption(f"Writes a file into the folder {words.plain(study.folder.name)}.")
        declared = declared_name(st.session_state.draft)
        proposed = declared if declared and declared not in study.files else NEW_NAME
        name = st.text_input("Name of the scenario", value=proposed, key=f"save_name.{proposed}")
        over = st.checkbox("Write over a file of that name", key="save_over")
        if st.button("Save", key="save"):
            try:
                path = save(study, name, st.session_state.draft, over)
            except sim.SimError as error:
                st.error(state.first_line(error))
            else:
                st.success(f"Saved as {words.plain(path.name)}.")


def save(study: Study, name: str, text: str, over: bool) -> Path:
    """Write an overlay into the study under a name.

    Raises
    ------
    SimError
        The name will not do, the file is there already, or the text has faults.
    """
    if not re.fullmatch(NAME, name):
        raise sim.ExperimentError("a name has small letters, digits and underscores only")
    path = study.folder / f"{name}.yaml"
    if path in study.files.values() and study.is_model(
        next(n for n, file in study.files.items() if file == path)
    ):
        raise sim.ExperimentError("the model itself is not written over from the page")
    if path.exists() and not over:
        raise sim.ExperimentError(f"there is a file '{path.name}' already")
    content = sim.yaml.splice(text, [(("scenario",), name)], path.name)
    sim.parse_scenario(content, path)
    handle, temporary = tempfile.mkstemp(dir=study.folder, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
