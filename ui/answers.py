"""Answers that take a while: run when their question is opened, with progress, and kept for the session."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

import sim
from ui import runs
from ui.address import View
from ui.job_queue import LONG, queue_note
from ui.text import first_line, labels, plain, sentence

MAX_KEPT = 12
#: What the page refuses to begin: so many replications, or so many seconds.
MAX_ASKED, MAX_SECONDS = 400_000, 300
#: Seconds between two words on the progress, and until its rate is measured.
PAUSE, MEASURED = 0.2, 0.4
Progress = Callable[[int, int], None]


def answered(
    question: tuple[Any, ...],
    size: int,
    scenario: sim.Scenario,
    work: Callable[[Progress], Any],
    show: Callable[[Any, bool], None],
    labelled: Callable[[str], str] = str,
) -> None:
    """Show the answer to a question; it is run unless it is known, and kept for this session.

    Parameters
    ----------
    question
        What the answer depends on; its first part is the name of the question.
    size
        Replications that it takes.
    show
        Draws a result; told whether it is that of an earlier setting, which stays while this one runs.
    labelled
        Puts labels in the place of names.
    """
    session = st.session_state
    found: dict[str, Any] = session.setdefault("answers", {})
    word, name = repr(question), str(question[0])
    if word in found:
        session.setdefault("last_answers", {})[name] = word
        show(found[word], False)
        return
    head, body = st.container(), st.container()
    before = found.get(session.get("last_answers", {}).get(name, ""))
    with body:
        if before is not None:
            show(before, True)
    with head:
        if _refused(size, scenario):
            return
        if session.get("stopped_answer") == word:
            st.info(
                "Stopped. What is shown below was run before." if before is not None else "Stopped."
            )
            st.button("Run it", key=f"ask.{name}", on_click=_stop, args=("",))
            return
        result = _run(word, name, work, labelled)
    if result is not None:
        found[word] = result
        for old in list(found)[:-MAX_KEPT]:
            del found[old]
        st.rerun()


def asked(
    question: tuple[Any, ...], size: int, scenario: sim.Scenario, work: Callable[[Progress], Any]
) -> Any:
    """Return a result after the visitor asked for it, as *Why?* of Compare and One run does."""
    found: dict[str, Any] = st.session_state.setdefault("answers", {})
    word = repr(question)
    if word in found or _refused(size, scenario):
        return found.get(word)
    if st.button(f"Run {size:,} replications", key=f"ask.{question[0]}"):
        found[word] = _run(word, str(question[0]), work)
        st.rerun()
    return None


def _run(
    word: str, name: str, work: Callable[[Progress], Any], labelled: Callable[[str], str] = str
) -> Any:
    """Run an answer; None where there is none, which is then said."""
    place, note = st.empty(), st.empty()
    with place.container(horizontal=True, vertical_alignment="center"):
        bar = st.progress(0.0, "Running")
        # A click reruns the page, and the next word on the progress ends this run.
        st.button("Stop", key=f"stop.{name}", icon=":material/stop:", on_click=_stop, args=(word,))
    tell = meter(bar.progress)
    try:
        with LONG.turn(queue_note(note)):
            note.empty()
            found = work(tell)
    except sim.SimError as error:
        found = None
        st.markdown(f"**{labelled(refusal(error))}**")
    place.empty()
    note.empty()
    return found


def meter(
    say: Callable[[float, str], object], now: Callable[[], float] = time.monotonic
) -> Progress:
    """Return what tells how much is done, and seconds left from the rate measured so far."""
    began, last = now(), 0.0

    def tell(done: int, whole: int) -> None:
        nonlocal last
        spent = now() - began
        if spent - last < PAUSE and done < whole:
            return
        last = spent
        left = round(spent * (whole - done) / done) if done and spent >= MEASURED else 0
        seconds = f", about {left:,} s left" if left else ""
        say(min(1.0, done / max(1, whole)), f"{done:,} of {whole:,} runs{seconds}")

    return tell


def _stop(word: str) -> None:
    st.session_state.stopped_answer = word


def _refused(size: int, scenario: sim.Scenario) -> bool:
    """Say that a question is too large for a page, if it is."""
    rate = runs.speed(scenario)
    if size <= MAX_ASKED and not (rate and size / rate > MAX_SECONDS):
        return False
    st.warning(
        f"{size:,} replications are more than this page runs at once: {MAX_ASKED:,}, or "
        f"{MAX_SECONDS} seconds. Choose less, or use the command line."
    )
    return True


def refusal(error: sim.SimError) -> str:
    """Return in words why there is no answer, and what may help."""
    if any(found.code == "no-variance" for found in getattr(error, "diagnostics", ())):
        return (
            "Beyond chance, the expected outcome does not move with these assumptions. Choose others "
            "above, as those that *Which assumption decides it?* names."
        )
    return plain(sentence(first_line(error))) + "."


def key(kind: str, view: View, *more: Any) -> tuple[Any, ...]:
    """Return what an answer depends on."""
    return (kind, view.setting, view.baseline, view.seed, view.central, view.runs, *more)


def table(found: Any, model: sim.Model) -> None:
    """Offer the numbers of a result as its readers see them, levers and parameters under their labels."""
    called = labels(model)
    grid = found.grid()
    rows = [[called.get(cell, cell) for cell in row] for row in grid.rows]
    with st.expander("The numbers"):
        frame = pd.DataFrame(rows, columns=_apart(grid.head))
        st.dataframe(frame, hide_index=True, width="stretch")
        for note in found.notes()[1:]:
            st.caption(plain(note))


def _apart(heads: list[str]) -> list[str]:
    """Return heads of which no two are the same."""
    return [head + " " * heads[:i].count(head) for i, head in enumerate(heads)]
