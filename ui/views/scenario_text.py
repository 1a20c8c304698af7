"""Scenario: the overlay as text, in step with the levers; typed text is never lost."""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import streamlit as st

import sim
from ui import export, line_numbers, state, units
from ui.address import View
from ui.server import is_loopback
from ui.settings import NAME, NEW_NAME, declared_name, overlay_text, resolve, with_text
from ui.study import Study
from ui.text import first_line, plain

#: Bytes of a file that can be opened, the limit of any YAML file; the server takes more, to say so.
MAX_UPLOAD = 1_000_000


def show(study: Study) -> None:
    """Draw the page."""
    view = state.current()
    session = st.session_state
    text = overlay_text(study, view.setting)
    errors = _error_of(study, session.get("draft", text))
    session.draft_invalid = errors is not None
    dirty = session.get("draft_for") is not None and session.draft != text
    if not dirty or (session.get("draft_for") != text and errors is None):
        session.draft = text
        errors = None
    session.draft_for = text
    st.markdown("### The setting as text")
    st.caption(
        "Moving a lever changes this text, and editing the text moves the levers. Comments and order "
        "are kept. To apply an edit, press Ctrl+Enter or click outside the field."
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _editor(study, text, errors)
    with right:
        _state(study, view, errors)


def _editor(study: Study, text: str, error: sim.SimError | None) -> None:
    session = st.session_state
    session.editor = session.draft
    line_numbers.show("editor", error, session.draft)
    st.text_area(
        "Overlay (YAML)", key="editor", height=520, on_change=lambda: _apply(study),
    )  # fmt: skip
    with st.container(horizontal=True):
        st.button("Apply", key="apply", on_click=lambda: _apply(study))
        st.button(
            "Revert", key="revert", disabled=session.draft == text, on_click=_revert,
            help="Restore the active text",
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
    st.session_state.draft_invalid = False


def is_draft_invalid() -> bool:
    """Whether the visitor has left a text here that could not be applied."""
    return bool(st.session_state.get("draft_invalid"))


def _error_of(study: Study, text: str) -> sim.SimError | None:
    try:
        resolve(study, with_text(study, state.current().setting, text))
    except sim.SimError as error:
        return error
    return None


def _state(study: Study, view: View, errors: sim.SimError | None) -> None:
    if refused := st.session_state.pop(
        "refused", ""
    ):  # instead of what was said of the text before
        st.error(refused, title="Not opened")
    elif errors is not None:
        st.error(
            "The text in the editor has errors. The last valid setting stays active.",
            title="Not applied",
        )
        st.code(str(errors), language=None, wrap_lines=True)
    else:
        st.success("Applied: levers and charts use this text.", icon=":material/check:")
        units.show(resolve(study, view.setting))
    saved = "" if study.is_model(view.setting.scenario) else study.text(view.setting.scenario)
    file = study.files[view.setting.scenario].name
    lines = difflib.unified_diff(
        saved.splitlines(), st.session_state.draft.splitlines(), f"{file} (saved)", "here", "", "",
        lineterm="",
    )  # fmt: skip
    text = "\n".join(lines)
    if study.is_model(view.setting.scenario):
        st.caption(
            "This setting starts from the model's defaults, so there is no saved file to compare with."
        )
    elif text:
        st.markdown("**Changes since the saved file**")
        st.code(text, language=None, wrap_lines=True)
    else:
        st.caption(f"Identical to the saved file {plain(file)}.")


def _upload(study: Study) -> None:
    file = st.file_uploader("Open your own file", type=["yaml", "yml"], key="upload")
    if file is None or st.session_state.get("uploaded") == file.file_id:
        return
    st.session_state.uploaded = file.file_id
    try:
        if file.size > MAX_UPLOAD:
            raise ValueError(f"has more than {MAX_UPLOAD:,} bytes")
        st.session_state.draft = file.getvalue().decode("utf-8")
    except ValueError as error:
        why = "is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        st.session_state.refused = f"The file {plain(file.name)} {why}. The text stays as it was."
        st.rerun()
    view = state.current()
    try:
        setting = with_text(study, view.setting, st.session_state.draft)
        state.commit(replace(view, setting=setting))
    except sim.SimError:
        pass  # it stays as a draft, with its errors beside it
    st.session_state.draft_for = overlay_text(study, state.current().setting)
    st.rerun()


def _save(study: Study) -> None:
    """Save into the study: only where the page runs on this machine alone."""
    if not is_loopback(str(st.get_option("server.address") or "")):
        return
    with st.popover("Save to the study", icon=":material/save:"):
        st.caption(f"Writes a file to the folder {plain(study.folder.name)}.")
        declared = declared_name(st.session_state.draft)
        proposed = declared if declared and declared not in study.files else NEW_NAME
        name = st.text_input("Name of the scenario", value=proposed, key=f"save_name.{proposed}")
        over = st.checkbox("Overwrite an existing file", key="save_over")
        if st.button("Save", key="save"):
            try:
                path = save(study, name, st.session_state.draft, over)
            except sim.SimError as error:
                st.error(first_line(error))
            else:
                st.success(f"Saved as {plain(path.name)}.")


def save(study: Study, name: str, text: str, over: bool) -> Path:
    """Write an overlay into the study under a name.

    Raises
    ------
    SimError
        The name will not do, the file is there already, or the text has errors.
    """
    if not re.fullmatch(NAME, name):
        raise sim.ExperimentError(
            "a name starts with a small letter; small letters, digits and underscores may follow"
        )
    path = study.folder / f"{name}.yaml"
    if path in study.files.values() and study.is_model(
        next(n for n, file in study.files.items() if file == path)
    ):
        raise sim.ExperimentError("the page cannot overwrite the model")
    if path.exists() and not over:
        raise sim.ExperimentError(f"the file '{path.name}' already exists")
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
