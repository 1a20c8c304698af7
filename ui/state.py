"""The session: the setting, its history, pins, and the link that it was opened with.

The address is the whole state. It is read when a session starts and whenever it was changed from
outside (Back, a pasted link), and written when a change is final.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

import sim
from ui import runs
from ui.address import DIGEST, View, address_of, doubt, opening, read_address
from ui.naming import title_of
from ui.settings import Setting
from ui.study import Study
from ui.text import first_line

MAX_UNDO = 100
MAX_PINS = 6


@dataclass(frozen=True)
class Pin:
    """A setting kept for comparison."""

    name: str
    setting: Setting


@dataclass(frozen=True)
class Link:
    """An address that was opened: its view, its digest, and why its numbers may be others.

    While this view is shown the address keeps the digest, so a reload says the same again.
    """

    view: View
    digest: str | None
    doubt: str


def start(study: Study) -> None:
    """Prepare the session, and apply the address if it changed from outside."""
    state = st.session_state
    params = {key: st.query_params.get_all(key)[-1] for key in st.query_params}
    if "view" not in state or state.get("folder") != str(study.folder):
        state.folder = str(study.folder)
        state.undo, state.redo, state.pins, state.ignored = [], [], [], []
        state.view = state.committed = opening(study)
        state.revision = state.settled = 0
        state.address = state.link = None
    if state.get("address_page") != state.get("page"):
        state.unwritten = True  # a change of page empties the address until this one has written it
    if params == state.address or (not params and (state.unwritten or state.address is None)):
        return
    view, ignored = read_address(study, params)
    given = {key: len(st.query_params.get_all(key)) for key in params}
    repeated = [
        f"'{key[:40]}' is given {n} times; its last value, '{params[key][:40]}', is used"
        for key, n in given.items()
        if n > 1
    ]
    state.ignored = [*ignored, *repeated]
    state.link = Link(view, params.get(DIGEST), doubt(study, view, params))
    if view != state.committed:
        if state.address is not None:
            _push(state.committed)
        state.view = state.committed = view
    state.address = params


def current() -> View:
    """Return what is shown now, perhaps while a lever is still moving."""
    view: View = st.session_state.view
    return view


def preview(view: View) -> None:
    """Show a view without making it part of the history: a lever is still moving."""
    st.session_state.view = view


def commit(view: View) -> None:
    """Make a view part of the history."""
    state = st.session_state
    if view != state.committed:
        _push(state.committed)
        state.redo = []
        state.committed = view
    state.view = view


def _push(view: View) -> None:
    st.session_state.undo = [*st.session_state.undo, view][-MAX_UNDO:]


def change(**parts: Any) -> None:
    """Commit the current view with some of its parts replaced."""
    commit(replace(current(), **parts))


def undo() -> None:
    """Go back one step."""
    _travel("undo", "redo")


def redo() -> None:
    """Go forward again."""
    _travel("redo", "undo")


def _travel(source: str, target: str) -> None:
    state = st.session_state
    if state[source]:
        state[target] = [*state[target], state.committed]
        state.view = state.committed = state[source][-1]
        state[source] = state[source][:-1]


def pin(study: Study) -> str:
    """Keep the current setting for comparison and return its name."""
    state = st.session_state
    setting = current().setting
    for pinned in state.pins:
        if pinned.setting == setting:
            return str(pinned.name)
    taken = {pinned.name for pinned in state.pins} | set(study.scenarios)
    stem = title_of(study, setting)
    unique = stem
    number = 2
    while unique in taken:
        unique, number = f"{stem} {number}", number + 1
    state.pins = [*state.pins, Pin(unique, setting)][-MAX_PINS:]
    return unique


def replications(policy: sim.Scenario) -> int:
    """Return how many runs of each scenario every page shows, so that their numbers agree.

    Where nothing is asked for, it is what time allows, and in a session it only grows.
    """
    state = st.session_state
    state.settled = max(state.get("settled", 0), runs.affordable(policy, live=False))
    return current().runs or int(state.settled)


def refine(policy: sim.Scenario, n: int) -> None:
    """Draw once more with more runs where the first ones showed how fast the model is."""
    state = st.session_state
    if "refined" not in state and not current().runs:
        state.refined = True
        if replications(policy) > n:
            state.ignored = state.notices  # the visitor has had no time to read the notices
            st.rerun()


def remember_runs(n: int) -> None:
    """Remember how many runs the page shows, so that its address gives the same numbers elsewhere."""
    st.session_state.shown_runs = n if n != runs.DEFAULT_RUNS else 0


def doubted() -> Link | None:
    """Return the link whose view is shown, if its numbers may not be those its sender saw."""
    link: Link | None = st.session_state.link
    shown = link is not None and link.doubt and link.view == st.session_state.committed
    return link if shown else None


def sync_address(study: Study) -> None:
    """Write the address of what is committed and shown, if it is another."""
    view = st.session_state.committed
    view = replace(view, runs=view.runs or st.session_state.get("shown_runs", 0))
    query = address_of(study, view)
    if (link := doubted()) is not None:
        query.pop(DIGEST)
        query |= {} if link.digest is None else {DIGEST: link.digest}
    shown = {key: st.query_params.get_all(key)[-1] for key in st.query_params}
    kept = {key: value for key, value in shown.items() if key.startswith("embed")}
    st.session_state.address = query | kept
    st.session_state.address_page = st.session_state.get("page")
    st.session_state.unwritten = False
    if shown != query | kept:
        st.query_params.from_dict(query | kept)


def guarded(action: Callable[[], None]) -> None:
    """Run an action; show its error at the top of the page and change nothing."""
    try:
        action()
    except sim.SimError as error:
        st.session_state.ignored = [first_line(error)]
