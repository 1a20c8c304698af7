"""The session: the setting, its history, pins, and the address that encodes it.

The address is the whole state. It is read when a session starts and whenever it was changed from
outside (Back, a pasted link), and written when a change is final.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

import sim
from ui.runs import DEFAULT_RUNS
from ui.settings import Setting, Value, resolve, with_value
from ui.study import Study
from ui.text import short_title

#: Keys of the address that are not names of the model.
SCENARIO, BASELINE, SEED, VARY, RUNS = "scenario", "baseline", "seed", "assumptions", "runs"
PREFIX = "set."
RESERVED = {SCENARIO, BASELINE, SEED, VARY, RUNS, "embed", "embed_options"}
MAX_SEED = 10**15 - 1
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
MAX_RUNS = 5000
MAX_UNDO = 100
MAX_PINS = 6


@dataclass(frozen=True)
class View:
    """All that decides the numbers on the page; `runs` 0 is as many as time allows."""

    setting: Setting
    baseline: Setting
    seed: int
    vary: bool = False
    runs: int = 0


@dataclass(frozen=True)
class Pin:
    """A setting kept for comparison."""

    name: str
    setting: Setting


def start(study: Study) -> None:
    """Prepare the session, and apply the address if it changed from outside."""
    state = st.session_state
    params = {key: st.query_params.get_all(key)[-1] for key in st.query_params}
    if "view" not in state or state.get("folder") != str(study.folder):
        state.folder = str(study.folder)
        state.undo, state.redo, state.pins, state.ignored = [], [], [], []
        state.view = state.committed = opening(study)
        state.revision = 0
        state.address = None
    if state.get("address_page") != state.get("page"):
        state.unwritten = True  # a change of page empties the address until this one has written it
    if params == state.address or (not params and (state.unwritten or state.address is None)):
        return
    view, ignored = read_address(study, params)
    state.ignored = ignored
    if view != state.committed:
        if state.address is not None:
            _push(state.committed)
        state.view = state.committed = view
    state.address = params


def opening(study: Study) -> View:
    """Return what is shown first: the model's defaults replace an invalid file."""
    return View(_or_defaults(study, study.first), _or_defaults(study, study.baseline), study.seed)


def checked_setting(study: Study, name: str) -> Setting:
    """Return the setting of a scenario's file.

    Raises
    ------
    SimError
        The file has errors.
    """
    _ = study.scenarios[name]
    return Setting(name)


def _or_defaults(study: Study, name: str) -> Setting:
    try:
        return checked_setting(study, name)
    except sim.SimError:
        return Setting(study.model_name)


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


def pin(study: Study, name: str = "") -> str:
    """Keep the current setting for comparison and return its name."""
    state = st.session_state
    setting = current().setting
    for pinned in state.pins:
        if pinned.setting == setting:
            return str(pinned.name)
    taken = {pinned.name for pinned in state.pins} | set(study.scenarios)
    touched = bool(setting.values) or setting.text is not None
    title = short_title(resolve(study, setting).title)
    stem = name or f"{title} ({'changed' if touched else 'pinned'})"
    unique = stem
    number = 2
    while unique in taken:
        unique, number = f"{stem} {number}", number + 1
    state.pins = [*state.pins, Pin(unique, setting)][-MAX_PINS:]
    return unique


def key_of(name: str) -> str:
    """Return the key that a lever or parameter has in the address."""
    return PREFIX + name if name in RESERVED or name.startswith(PREFIX) else name


def address_of(study: Study, view: View) -> dict[str, str]:
    """Return the query of the address: only what is not as the study opens."""
    first = opening(study)
    query: dict[str, str] = {}
    if view.setting.scenario != first.setting.scenario:
        query[SCENARIO] = view.setting.scenario
    if view.baseline.scenario != first.baseline.scenario:
        query[BASELINE] = view.baseline.scenario
    if view.seed != first.seed:
        query[SEED] = str(view.seed)
    if view.vary:
        query[VARY] = "vary"
    if view.runs:
        query[RUNS] = str(view.runs)
    for name, value in view.setting.values:
        query[key_of(name)] = write_value(value)
    return query


def write_value(value: Value) -> str:
    """Return a value as it stands in the address."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def read_address(study: Study, params: dict[str, str]) -> tuple[View, list[str]]:
    """Return the view that an address asks for, and messages about what could not be set."""
    view, ignored = opening(study), []
    known = ", ".join(study.scenarios)
    for key in (SCENARIO, BASELINE):
        if key not in params:
            continue
        if params[key] not in study.scenarios:
            near = sim.errors.did_you_mean(params[key], study.scenarios)
            ignored.append(f"{key} '{params[key]}': unknown; {near or f'choose from {known}'}")
            continue
        try:
            setting = checked_setting(study, params[key])
        except sim.SimError as error:
            ignored.append(f"{key} '{params[key]}': {first_line(error)}")
            continue
        parts: dict[str, Any] = {"setting" if key == SCENARIO else "baseline": setting}
        view = replace(view, **parts)
    for key, low, high in ((SEED, 0, MAX_SEED), (RUNS, 2, MAX_RUNS)):
        if key not in params:
            continue
        if (number := whole(params[key], low, high)) is None:
            ignored.append(
                f"{key} '{params[key][:40]}': must be a whole number from {low} to {high}"
            )
        else:
            view = replace(view, seed=number) if key == SEED else replace(view, runs=number)
    if VARY in params:
        if params[VARY] == "vary":
            view = replace(view, vary=True)
        else:
            ignored.append(f"assumptions '{params[VARY]}': must be 'vary'")
    for key, text in params.items():
        if key in RESERVED:
            continue
        name = key.removeprefix(PREFIX)
        try:
            value = read_value(study, view.setting, name, text)
            view = replace(view, setting=with_value(study, view.setting, name, value))
        except sim.SimError as error:
            ignored.append(first_line(error))
    return view, ignored


def first_line(error: sim.SimError) -> str:
    """Return an error in one line, with its hint."""
    diagnostics = getattr(error, "diagnostics", ())
    if not diagnostics:
        return str(error).split("\n", 1)[0]
    found = diagnostics[0]
    return f"{found.message}; {found.help}" if found.help else str(found.message)


def whole(text: str, low: int, high: int) -> int | None:
    """Return the whole number that a text is, if it lies between two others."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        return None
    return int(text) if low <= int(text) <= high else None


def read_value(study: Study, setting: Setting, name: str, text: str) -> Value:
    """Return a value of the address as the type of its lever or parameter."""
    model = study.scenarios[setting.scenario].model
    entry = model.levers.get(name) or model.parameters.get(name)
    if entry is None:
        return text  # the setting refuses the name, in the words of the model
    try:
        match entry.type.kind:
            case "whole" if re.fullmatch(r"[-+]?[0-9]{1,15}", text):
                return int(text)
            case "number" if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
                return float(text)
            case "whole" | "number":
                raise ValueError(text)
            case "boolean":
                return {"yes": True, "no": False}[text]
    except (ValueError, KeyError):
        ends = "" if entry.low is None else f" from {entry.low:g} to {entry.high:g}"
        raise sim.ExperimentError(f"'{name}': '{text[:40]}' is not {entry.type}{ends}") from None
    return text


def remember_runs(n: int) -> None:
    """Remember how many runs the page shows, so that its address gives the same numbers elsewhere."""
    st.session_state.shown_runs = n if n != DEFAULT_RUNS else 0


def sync_address(study: Study) -> None:
    """Write the address of what is committed and shown, if it is another."""
    view = st.session_state.committed
    view = replace(view, runs=view.runs or st.session_state.get("shown_runs", 0))
    query = address_of(study, view)
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
