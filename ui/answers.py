"""Answers that take a while: run when they are asked for, with progress, and kept for the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

import sim
from ui import runs
from ui.address import View
from ui.job_queue import LONG, queue_note
from ui.text import first_line, labels, plain, sentence

MAX_KEPT = 6
#: What the page refuses to begin: so many replications, or so many seconds.
MAX_ASKED, MAX_SECONDS = 200_000, 300
Progress = Callable[[int, int], None]


def asked(
    key: tuple[Any, ...], size: int, scenario: sim.Scenario, work: Callable[[Progress], Any]
) -> Any:
    """Return a result, after the visitor asked for it; it is kept for this session."""
    found: dict[str, Any] = st.session_state.setdefault("answers", {})
    word = repr(key)
    if word not in found:
        rate = runs.speed(scenario)
        seconds = round(size / rate) if rate else 0
        if size > MAX_ASKED or seconds > MAX_SECONDS:
            st.warning(
                f"{size:,} replications are more than this page runs at once: {MAX_ASKED:,}, or "
                f"{MAX_SECONDS} seconds. Choose less, or use the command line."
            )
            return None
        time = f", about {max(1, seconds):,} s" if rate else ""
        wanted = st.button(f"Run {size:,} replications{time}", key=f"ask.{key[0]}")
        if not wanted:
            st.caption(
                "Nothing is run before you ask for it. A change of page or lever stops it, as Stop does."
            )
            return None
        place, note = st.empty(), st.empty()
        with place.container(horizontal=True, vertical_alignment="center"):
            bar = st.progress(0.0, "Running")
            # A click reruns the page, and the next word on the progress ends this run.
            st.button("Stop", key=f"stop.{key[0]}", icon=":material/stop:")

        def tell(done: int, whole: int) -> None:
            words_now = f"Running: {done:,} of {whole:,} replications"
            bar.progress(min(1.0, done / whole), words_now)

        try:
            with LONG.turn(queue_note(note)):
                note.empty()
                found[word] = work(tell)
        except sim.SimError as error:
            place.empty()
            note.empty()
            st.warning(refusal(error))
            return None
        place.empty()
        for old in list(found)[:-MAX_KEPT]:
            del found[old]
        st.rerun()
    return found[word]


def refusal(error: sim.SimError) -> str:
    """Return in words why there is no answer, and what may help."""
    if any(found.code == "no-variance" for found in getattr(error, "diagnostics", ())):
        return (
            "Beyond chance, the expected outcome does not move with these assumptions. Choose some "
            "that move it in the tab *Assumptions one by one*."
        )
    return sentence(plain(first_line(error))) + "."


def key(kind: str, view: View, *more: Any) -> tuple[Any, ...]:
    """Return what an answer depends on."""
    return (kind, view.setting, view.baseline, view.seed, *more)


def table(found: Any, model: sim.Model) -> None:
    """Offer the records of a result, levers and parameters under their labels."""
    called = labels(model)
    records = [
        {key: called.get(value, value) if isinstance(value, str) else value for key, value in row.items()}
        for row in found.table()
    ]  # fmt: skip
    with st.expander("As a table"):
        st.dataframe(pd.DataFrame(records), hide_index=True, width="stretch")
