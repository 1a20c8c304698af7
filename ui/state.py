"""The session: the setting, its history, pins, what is looked at, and the link that it was opened with.

The address is the whole state. It is read when a session starts and whenever it was changed from
outside (Back, a pasted link), and written when a change is final.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

import sim
from ui import asking, posted
from ui.address import (
    DIGEST,
    EMBED,
    LIVE_QUESTIONS,
    LOOK,
    QUESTION,
    View,
    address_of,
    doubt,
    opening,
    read_address,
    read_look,
)
from ui.settings import Setting, without_values
from ui.study import Study
from ui.text import first_line

MAX_UNDO = 100
MAX_PINS = 6
#: Pages that are parts of the live page, and the name of each part.
LIVE = {"": "explore", "compare": "compare", "drivers": "drivers", "run": "story"}
#: Steps that the live page begins with, and views of it that are not checked again.
MAX_STEPS, MAX_GIVEN = 30, 500


@dataclass(frozen=True)
class Link:
    """An address that was opened: its view, its digest, and why its numbers may be others.

    While this view is shown the address keeps the digest, so a reload says the same again.
    """

    view: View
    digest: str | None
    doubt: str


def start(study: Study) -> None:
    """Prepare the session; apply what the live page posted, then the address if it changed from outside."""
    state = st.session_state
    params = {key: st.query_params.get_all(key)[-1] for key in st.query_params}
    if "view" not in state or state.get("folder") != str(study.folder):
        state.folder = str(study.folder)
        state.undo, state.redo, state.pins, state.ignored, state.look = [], [], [], [], {}
        state.view = opening(study)
        state.address = state.link = state.edited = None
        state.token, state.visit, state.offered = posted.new_token(), 0, {}
    posted.expect(state.token)
    _receive(study)
    asking.admit(state.token, study, edited(study))
    if (before := state.get("address_page")) != state.page:
        state.visit += before not in LIVE or state.page not in LIVE  # between them it begins anew
        state.unwritten = True  # a change of page empties the address until this one has written it
    if not params and (state.unwritten or state.address is None):
        return
    if params == state.address:
        return
    if _numbers(params) == address_of(study, state.view):
        _look_from(study, params)
        return
    view, ignored = read_address(study, params)
    given = {key: len(st.query_params.get_all(key)) for key in params}
    repeated = [
        f"'{key[:40]}' is given {n} times; its last value, '{params[key][:40]}', is used"
        for key, n in given.items()
        if n > 1
    ]
    state.ignored = [*state.ignored, *ignored, *repeated]
    state.look = read_look(study, params)[0]
    state.link = Link(view, params.get(DIGEST), doubt(study, view, params))
    if view != state.view:
        if state.address is not None:
            _push(state.view)
        state.view = view
        state.visit += 1
    state.address = params


def _numbers(params: dict[str, str]) -> dict[str, str]:
    """Return what an address says beyond what is looked at."""
    return {key: value for key, value in params.items() if key not in (*LOOK, *EMBED)}


def _look_from(study: Study, params: dict[str, str]) -> None:
    """Take over what an address says of what is looked at, where that was changed there."""
    state = st.session_state
    found, ignored = read_look(study, params)
    changed = [key for key in LOOK if params.get(key) != (state.address or {}).get(key)]
    look = {key: (found if key in changed else state.look).get(key, "") for key in LOOK}
    look = {key: value for key, value in look.items() if value}
    state.visit += _told(look) != _told(state.look)  # else the live page has posted it
    state.look, state.address = look, params
    state.ignored = [*state.ignored, *ignored]


def _told(look: dict[str, str]) -> dict[str, str]:
    """Return of what is looked at what the live page knows of; further questions are asked below it."""
    return {key: v for key, v in look.items() if key != QUESTION or v in LIVE_QUESTIONS}


def _receive(study: Study) -> None:
    """Apply what the live page has posted since the last rerun."""
    state = st.session_state
    data = posted.take(state.token)
    if data is None or data.get("visit") != state.visit:  # of an earlier visit
        return
    try:
        view = _given(study, data.get("view"))
    except sim.SimError as error:
        state.ignored = [f"The setting of the page: {first_line(error)}"]
        return
    for key in ("undo", "redo"):
        state[key] = [*state.hidden[key], *_all_given(study, data.get(key))][-MAX_UNDO:]
    if "pins" in data:
        state.pins = [*state.hidden["pins"], *_all_given(study, data["pins"])][-MAX_PINS:]
    if isinstance(look := data.get("look"), dict):
        live = _told(read_look(study, look)[0])
        if live.get(QUESTION) == state.get("live_question") and QUESTION in state.look:
            live[QUESTION] = state.look[QUESTION]  # a further one, chosen since
        else:
            state.live_question = live.get(QUESTION)
        state.look = live
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
    """Return the last edited text, with the values of its scenario's file, a scenario more."""
    state = st.session_state
    setting: Setting = state.view.setting
    if setting.text is not None and not posted.is_of(study, setting, state.edited):
        bare = without_values(study, setting)
        state.edited = bare if bare.text is not None else None
    found: Setting | None = state.edited
    return found


def offer(study: Study, document: str) -> dict[str, Any]:
    """Return what the live page begins with, the same until it begins anew."""
    state = st.session_state
    visit = [state.visit, document]
    if state.offered.get("for") != visit:
        state.given, state.hidden = {}, {}
        made = {key: _offered(study, key) for key in ("undo", "redo", "pins")}
        (view,) = _data(study, [state.view])
        look = _told(state.look)
        state.offered = {"for": visit, "visit": state.visit, "view": view, "look": look, **made}
    found: dict[str, Any] = state.offered
    return found


def _offered(study: Study, key: str) -> list[dict[str, Any]]:
    """Return the latest of some views that the live page can show; the others stay here."""
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


def looked_at(key: str) -> str:
    """Return the outcome, the question or the step that is looked at; an empty text where none was chosen."""
    return str(st.session_state.look.get(key, ""))


def look_at(key: str, value: str) -> None:
    """Look at another outcome, question or step; an empty text is the usual one."""
    rest = {name: one for name, one in st.session_state.look.items() if name != key}
    st.session_state.look = rest | ({key: value} if value else {})


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
    kept = {key: shown[key] for key in EMBED if key in shown}
    kept |= st.session_state.look
    st.session_state.address = query | kept
    st.session_state.address_page = st.session_state.get("page")
    st.session_state.unwritten = False
    if shown != query | kept:
        st.query_params.from_dict(query | kept)
