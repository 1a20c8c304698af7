"""Explore: what a lever changes against the baseline, run in the visitor's browser."""

from __future__ import annotations

from functools import partial

import streamlit as st

import sim
from ui import component, documents, export, headline, runs, state
from ui.job_queue import queue_note
from ui.settings import resolve, status_quo
from ui.study import Study
from ui.text import plain

POLICY, BASELINE = "this setting", "baseline"


def show(study: Study) -> None:
    """Draw the page."""
    try:
        with st.spinner("Preparing the study", show_time=True):
            document = documents.prepare(study, state.edited(study))
    except sim.SimError as error:
        st.error("This study cannot be run in a browser. The other pages show it.")
        st.code(str(error), language=None)
        return
    if document.errors and "left_out" not in st.session_state:
        st.session_state.left_out = True
        for name, text in document.errors.items():
            with st.expander(f"{plain(name)} is left out", icon=":material/error:"):
                st.code(text, language=None)
    component.explore(study, document)
    with st.container(horizontal=True, gap="small"):
        export.share(study)
        export.downloads(study, partial(_result, study))


def _result(study: Study) -> runs.Result:
    """Return the setting and its baseline as the other pages run them."""
    view = state.current()
    note = st.empty()
    policy = resolve(study, view.setting)
    named = {BASELINE: status_quo(study, view.baseline, view.setting), POLICY: policy}
    result = runs.run_all(
        named, n=view.runs or runs.DEFAULT_RUNS, seed=view.seed, central=view.central,
        series=headline.series_needed(policy.model), waiting=queue_note(note),
    )  # fmt: skip
    note.empty()
    return result
