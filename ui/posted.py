"""What browsers post: the state of the live page, by session, until its next rerun.

A posted state is a stranger's JSON: its parts are checked as those of an address are.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import sim
from ui.address import MAX_RUNS, MAX_SEED, View, checked_setting
from ui.settings import Setting, Value, text_with, typed, with_values
from ui.study import Study

#: Bytes of a state, and sessions whose state is kept.
MAX_STATE, MAX_SESSIONS = 64 * 1024, 1000
#: Largest number, and letters, of a value.
LARGEST, MAX_WORD = 2**53, 200
#: Values of a view, and its other parts.
MAX_VALUES, PARTS = 1000, ("scenario", "baseline", "seed", "central", "runs")

_states: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(24)


def expect(token: str) -> None:
    """Let a session post."""
    with _lock:
        _states.setdefault(token, b"")
        _states.move_to_end(token)
        while len(_states) > MAX_SESSIONS:
            _states.popitem(last=False)


def keep(token: str, body: bytes) -> bool:
    """Keep what a session posts, in place of what it posted before; false where nobody expects it."""
    with _lock:
        if token in _states:
            _states[token] = body
        return token in _states


def take(token: str) -> Mapping[str, Any] | None:
    """Return what a session has posted since the last time, if anything."""
    with _lock:
        body, _states[token] = _states.get(token, b""), b""
    return parsed(body) if body else None


def parsed(body: bytes) -> Mapping[str, Any] | None:
    """Return a JSON object; None of anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def is_of(study: Study, setting: Setting, edited: Setting | None) -> bool:
    """Whether the text of a setting is the edited one with values set in it."""
    return (
        edited is not None
        and edited.scenario == setting.scenario
        and text_with(edited.text or "", dict(setting.values), study.scenarios[setting.scenario])
        == setting.text
    )


def as_data(study: Study, view: View, edited: Setting | None) -> dict[str, Any] | None:
    """Return a view as the component has it; None of one with another text than the edited one."""
    setting = view.setting
    if setting.text is not None and not is_of(study, setting, edited):
        return None
    return {
        "scenario": setting.scenario if setting.text is None else edited_name(study, setting),
        "values": dict(setting.values),
        "baseline": view.baseline.scenario,
        "seed": view.seed,
        "central": view.central,
        "runs": view.runs,
    }


def edited_name(study: Study, setting: Setting) -> str:
    """Return what an edited text is called beside the scenarios of the study."""
    name = f"{setting.scenario}_edited"
    while name in study.scenarios:
        name += "_"
    return name


def checked(data: Any) -> tuple[str, dict[str, Any]]:
    """Return the parts of a posted view, and a word for them; a browser writes 20.0 as 20.

    Raises
    ------
    SimError
        It is no view.
    """
    values = data.get("values") if isinstance(data, dict) else None
    if not isinstance(values, dict) or len(values) > MAX_VALUES:
        raise sim.ExperimentError("no setting was sent")
    parts: dict[str, Any] = {key: _plain(key, data.get(key)) for key in PARTS}
    parts["values"] = {name: _plain(name, value) for name, value in sorted(values.items())}
    return json.dumps(parts), parts


def read_view(study: Study, parts: Mapping[str, Any], edited: Setting | None) -> View:
    """Return the view that has these parts.

    Raises
    ------
    SimError
        It is none of this study.
    """
    settings = [_setting(study, parts[key], edited) for key in ("scenario", "baseline")]
    for key, low, high in (("seed", 0, MAX_SEED), ("runs", 0, MAX_RUNS)):
        if type(parts[key]) is not int or not low <= parts[key] <= high:
            words = f"{key} '{parts[key]}': must be a whole number from {low} to {high}"
            raise sim.ExperimentError(words)
    values = {name: typed(study, settings[0], name, v) for name, v in parts["values"].items()}
    chosen = with_values(study, settings[0], values)
    return View(chosen, settings[1], parts["seed"], parts["central"] is True, parts["runs"])


def _setting(study: Study, name: Any, edited: Setting | None) -> Setting:
    if edited is not None and name == edited_name(study, edited):
        return edited
    if name not in study.scenarios:
        raise sim.ExperimentError(f"no scenario '{name}'")
    return checked_setting(study, name)


def _plain(name: str, value: Any) -> Value:
    """Return a number or a short text; a whole number as such."""
    if isinstance(value, int | float) and abs(value) <= LARGEST:
        whole = isinstance(value, float) and value.is_integer()
        return int(value) if whole else value
    if isinstance(value, str) and len(value) <= MAX_WORD:
        return value
    raise sim.ExperimentError(f"'{name[:40]}' has no such value")
