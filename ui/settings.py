"""One setting of the page: a scenario, values set by hand, perhaps an edited text.

A setting is data; nothing here knows Streamlit. The address of the page, the overlay in YAML and the
levers are three faces of one setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sim
from ui.study import Study

Value = float | int | bool | str
NEW_NAME = "my_setting"
#: What a scenario may be called here, for its file bears that name.
NAME = r"[a-z][a-z0-9_]{0,62}"


@dataclass(frozen=True)
class Setting:
    """A scenario of the study and what was changed on top of it.

    Attributes
    ----------
    values
        Levers and parameters whose value is not the scenario's, sorted by name.
    text
        The overlay as edited; it agrees with `values`. None while it is the scenario's file plus
        the values.
    """

    scenario: str
    values: tuple[tuple[str, Value], ...] = ()
    text: str | None = None


def resolve(study: Study, setting: Setting) -> sim.Scenario:
    """Return the scenario that a setting stands for.

    Raises
    ------
    SimError
        The text has an error, or a value is invalid.
    """
    base = study.scenarios[setting.scenario]
    if setting.text is not None:
        return sim.parse_scenario(setting.text, overlay_path(study, setting.scenario, setting.text))
    return base.with_settings(dict(setting.values)) if setting.values else base


def overlay_path(study: Study, scenario: str, text: str) -> str:
    """Return where the text of an overlay stands, or would: a scenario of a scenario is a new file."""
    name = declared_name(text) or scenario
    file = study.files.get(name, study.folder / f"{name}.yaml")
    is_new = _head(text).get("of") == file.name or study.is_model(name)
    return str(file.with_name(f"{NEW_NAME}.yaml") if is_new else file)


def declared_name(text: str) -> str:
    """Return the name of the scenario in the text of an overlay, if it is a valid one."""
    name = _head(text).get("scenario")
    return name if isinstance(name, str) and re.fullmatch(NAME, name) else ""


def _head(text: str) -> dict[str, Any]:
    """Return the keys of an overlay; none while its YAML is invalid."""
    try:
        data = sim.yaml.to_data(sim.yaml.read_text(text))
    except sim.SimError:
        return {}
    return data if isinstance(data, dict) else {}


def with_value(study: Study, setting: Setting, name: str, value: Value) -> Setting:
    """Return the setting with one lever or parameter set; a value out of its range is refused.

    Raises
    ------
    SimError
        The name is unknown or the value is invalid.
    """
    return with_values(study, setting, {name: value})


def with_values(study: Study, setting: Setting, values: Mapping[str, Value]) -> Setting:
    """Return the setting with several levers and parameters set at once; see `with_value`."""
    base = study.scenarios[setting.scenario]
    if setting.text is not None and values:
        scenario = resolve(study, setting)
        scenario.with_settings(dict(values))
        return with_text(study, setting, text_with(setting.text, values, scenario))
    base.with_settings(dict(values))
    own = base.values()
    known = base.model.parameters  # a form of the model is held even at its own word
    forms = {name for name, entry in known.items() if entry.structural}
    every = dict(setting.values) | dict(values)
    kept = {n: v for n, v in every.items() if own[n] != v or n in forms}
    return replace(setting, values=tuple(sorted(kept.items())))


def text_with(text: str, values: Mapping[str, Value], scenario: sim.Scenario) -> str:
    """Return the text of an overlay with values set in it; `scenario` knows which of them are levers."""
    levers = scenario.model.levers
    edits = [(_path("levers" if n in levers else "parameters", n), v) for n, v in values.items()]
    return sim.yaml.splice(_opened(text, edits), edits, NEW_NAME)


def _path(section: str, name: str) -> tuple[str, ...]:
    """Return where an overlay sets a value: that of a cell under the members of its name."""
    family, bracket, members = name.partition("[")
    return (section, family, "members", members[:-1]) if bracket else (section, name)


def _opened(text: str, edits: Sequence[tuple[tuple[str, ...], Value]]) -> str:
    """Return the text of an overlay in which a value of all members has room for one of a single one."""
    head = _head(text)
    for (section, name, *rest), _ in edits:
        given = (head.get(section) or {}).get(name)
        if rest and section == "levers" and given is not None and not isinstance(given, dict):
            text = sim.yaml.splice(text, [((section, name), {"default": given})], NEW_NAME)
            head = _head(text)
    return text


def without_values(study: Study, setting: Setting) -> Setting:
    """Return the setting with the values of its scenario's file, its text as edited otherwise."""
    own = study.scenarios[setting.scenario].values()
    back = with_values(study, setting, {name: own[name] for name, _ in setting.values})
    return replace(back, values=())


def typed(study: Study, setting: Setting, name: str, value: Value) -> Value:
    """Return a value from a browser as the type of its lever or parameter."""
    model = study.scenarios[setting.scenario].model
    entry = model.levers.get(name) or model.parameters.get(name)
    if entry is None or isinstance(value, str | bool):
        return value
    return int(value) if entry.type.kind == "whole" and value == int(value) else float(value)


def with_text(study: Study, setting: Setting, text: str) -> Setting:
    """Return the setting that a text stands for.

    Raises
    ------
    SimError
        With every error of the text, or it cannot be compared with the study.
    """
    scenario = sim.parse_scenario(text, overlay_path(study, setting.scenario, text))
    base = study.scenarios[setting.scenario]
    sim.make_experiment(
        [base.with_settings({}, "the study"), scenario.with_settings({}, "this text")]
    )
    before = base.values()
    after = scenario.values()
    values = {name: after[name] for name in after if name in before and after[name] != before[name]}
    if text == _spliced(study, setting.scenario, values):
        return Setting(setting.scenario, tuple(sorted(values.items())))
    return Setting(setting.scenario, tuple(sorted(values.items())), text)


def overlay_text(study: Study, setting: Setting) -> str:
    """Return the overlay that a setting makes, with the comments and order of its file."""
    if setting.text is not None:
        return setting.text
    return _spliced(study, setting.scenario, dict(setting.values))


def _spliced(study: Study, name: str, values: Mapping[str, Value]) -> str:
    scenario = study.scenarios[name]
    levers = {n: v for n, v in values.items() if n in scenario.model.levers}
    others = {n: v for n, v in values.items() if n not in levers}
    if study.is_model(name):
        overlay: dict[str, Any] = {
            "scenario": NEW_NAME,
            "title": "My setting" if values else "Model defaults",
            "of": study.files[name].name,
        }
        overlay |= {"levers": _nested(levers)} if levers else {}
        return sim.yaml.dump(overlay | ({"parameters": _nested(others)} if others else {}))
    edits = [(_path("levers", n), v) for n, v in levers.items()]
    edits += [(_path("parameters", n), v) for n, v in others.items()]
    return sim.yaml.splice(_opened(study.text(name), edits), edits, study.files[name].name)


def _nested(values: Mapping[str, Value]) -> dict[str, Any]:
    """Return values by name, those of cells under the members of their name."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        _, family, *rest = _path("", name)
        if rest:
            found.setdefault(family, {"members": {}})["members"][rest[1]] = value
        else:
            found[name] = value
    return found


def changes_structure(scenario: sim.Scenario) -> bool:
    """Whether a scenario changes more than values of levers and parameters."""
    return any(change.section not in ("levers", "parameters") for change in scenario.changes())


def status_quo(study: Study, baseline: Setting, setting: Setting) -> sim.Scenario:
    """Return the baseline under the assumptions that were set by hand; its levers stay its own."""
    scenario = resolve(study, baseline)
    known = {n: v for n, v in setting.values if n in scenario.model.parameters}
    return scenario.with_settings(known, allow_out_of_range=True) if known else scenario
