"""The session: the setting, its history, pins, and the link that it was opened with.

The address is the whole state. It is read when a session starts and whenever it was changed from
outside (Back, a pasted link), and written when a change is final.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

import sim
from ui import posted
from ui.address import DIGEST, View, address_of, doubt, opening, read_address
from ui.naming import title_of
from ui.settings import Setting, without_values
from ui.study import Study
from ui.text import first_line

MAX_UNDO = 100
MAX_PINS = 6
#: Steps that Explore begins with, and views of it that are not checked again.
MAX_STEPS, MAX_GIVEN = 30, 500


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
    """Prepare the session; apply what Explore posted, then the address if it changed from outside."""
    state = st.session_state
    params = {key: st.query_params.get_all(key)[-1] for key in st.query_params}
    if "view" not in state or state.get("folder") != str(study.folder):
        state.folder = str(study.folder)
        state.undo, state.redo, state.pins, state.ignored = [], [], [], []
        state.view = opening(study)
        state.address = state.link = state.edited = None
        state.token, state.visit, state.offered = posted.new_token(), 0, {}
    posted.expect(state.token)
    _receive(study)
    if state.get("address_page") != state.get("page"):
        state.visit += 1
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
    state.ignored = [*state.ignored, *ignored, *repeated]
    state.link = Link(view, params.get(DIGEST), doubt(study, view, params))
    if view != state.view:
        if state.address is not None:
            _push(state.view)
        state.view = view
        state.visit += 1
    state.address = params


def _receive(study: Study) -> None:
    """Apply what the component on Explore has posted since the last rerun."""
    state = st.session_state
    data = posted.take(state.token)
    if data is None or data.get("visit") != state.visit:  # of an earlier visit
        return
    try:
        view = _given(study, data.get("view"))
    except sim.SimError as error:
        state.ignored = [f"Explore: {first_line(error)}"]
        return
    for key in ("undo", "redo"):
        state[key] = [*state.hidden[key], *_all_given(study, data.get(key))][-MAX_UNDO:]
    for step in _all_given(study, data.get("pins"))[-MAX_PINS:]:
        pin(study, step.setting)
    state.view = view


def _all_given(study: Study, given: Any) -> list[View]:
    """Return the valid ones among posted views."""
    views = []
    for data in given[-MAX_UNDO:] if isinstance(given, list) else ():
        with suppress(sim.SimError):
            views.append(_given(study, data))
    return views


def _given(study: Study, data: Any) -> View:
    """Return a posted view; one that came from here, or was posted before, is not read again."""
    state = st.session_state
    key, parts = posted.checked(data)
    if key not in state.given:
        state.given[key] = posted.read_view(study, parts, state.edited)
        while len(state.given) > MAX_GIVEN:
            del state.given[next(iter(state.given))]
    view: View = state.given[key]
    return view


def edited(study: Study) -> Setting | None:
    """Return the last edited text, with the values of its scenario's file: Explore offers it."""
    state = st.session_state
    setting: Setting = state.view.setting
    if setting.text is not None and not posted.is_of(study, setting, state.edited):
        bare = without_values(study, setting)
        state.edited = bare if bare.text is not None else None
    found: Setting | None = state.edited
    return found


def offer(study: Study, document: str) -> dict[str, Any]:
    """Return what the component on Explore begins with, the same until the page is visited again."""
    state = st.session_state
    visit = [state.visit, document]
    if state.offered.get("for") != visit:
        state.given, state.hidden = {}, {}
        made = {key: _offered(study, key) for key in ("undo", "redo")}
        (view,) = _data(study, [state.view])
        state.offered = {"for": visit, "visit": state.visit, "view": view, **made}
    found: dict[str, Any] = state.offered
    return found


def _offered(study: Study, key: str) -> list[dict[str, Any]]:
    """Return the nearest steps of the history that Explore can show; the others stay here."""
    state = st.session_state
    steps = _data(study, state[key][-MAX_STEPS:])
    state.hidden[key] = state[key][: len(state[key]) - len(steps)]
    return steps


def _data(study: Study, views: list[View]) -> list[dict[str, Any]]:
    """Return the last of some views as a browser has them, back to the first that it cannot show."""
    found: list[dict[str, Any]] = []
    for view in reversed(views):
        data = posted.as_data(study, view, st.session_state.edited)
        if data is None:
            break
        st.session_state.given[posted.checked(data)[0]] = view
        found.insert(0, data)
    return found


def current() -> View:
    """Return what is shown now."""
    view: View = st.session_state.view
    return view


def commit(view: View) -> None:
    """Show a view and make it part of the history."""
    state = st.session_state
    if view != state.view:
        _push(state.view)
        state.redo = []
        state.view = view


def _push(view: View) -> None:
    st.session_state.undo = [*st.session_state.undo, view][-MAX_UNDO:]


def change(**parts: Any) -> None:
    """Show the current view with some of its parts replaced."""
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
        state[target] = [*state[target], state.view]
        state.view = state[source][-1]
        state[source] = state[source][:-1]


def pin(study: Study, setting: Setting) -> str:
    """Keep a setting for comparison and return its name."""
    state = st.session_state
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


def doubted() -> Link | None:
    """Return the link whose view is shown, if its numbers may not be those its sender saw."""
    link: Link | None = st.session_state.link
    shown = link is not None and link.doubt and link.view == st.session_state.view
    return link if shown else None


def sync_address(study: Study) -> None:
    """Write the address of what is view and shown, if it is another."""
    query = address_of(study, current())
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
