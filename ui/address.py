"""The address of a view: all that decides its numbers, and the model it was made with.

A link must open elsewhere, and later, with the same numbers, or say that it does not. So it names the
scenario, the baseline and the seed even where they are the usual ones, and carries short digests of
the model, the scenario and the baseline, in this order.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sim
from ui.settings import Setting, Value, with_value, with_values
from ui.study import Study
from ui.text import first_line

#: Keys of the address that are not names of the model.
SCENARIO, BASELINE, SEED, ASSUMPTIONS, RUNS = "scenario", "baseline", "seed", "assumptions", "runs"
#: What the address says of assumptions: held at their central values, or, as usual, varied.
HELD, VARIED = "central", "vary"
TAB = "tab"  # which part of the live page is shown: it decides no number
PREFIX = "set."
EMBED = ("embed", "embed_options")
DIGEST = "model.digest"  # a point: no name of a model has one
OUTCOME, QUESTION, STEP = "outcome", "question", "step"
#: What is looked at: it decides no number, and lasts while the visitor goes from page to page.
LOOK = (OUTCOME, QUESTION, STEP)
RESERVED = {SCENARIO, BASELINE, SEED, ASSUMPTIONS, RUNS, DIGEST, TAB, *LOOK, *EMBED}
#: Questions of Drivers that the live page answers itself; the others are those of the analyses.
LIVE_QUESTIONS = ("levers", "assumptions")
MAX_SEED = 10**15 - 1
_NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
MAX_RUNS = 5000


@dataclass(frozen=True)
class View:
    """All that decides the numbers on the page.

    Attributes
    ----------
    central
        Whether uncertain assumptions are held at their central values, not varied.
    runs
        Runs of each scenario; 0 is as many as time allows.
    """

    setting: Setting
    baseline: Setting
    seed: int
    central: bool = False
    runs: int = 0


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


def key_of(name: str) -> str:
    """Return the key that a lever or parameter has in the address."""
    return PREFIX + name if name in RESERVED or name.startswith(PREFIX) else name


def digest_of(study: Study, view: View) -> str:
    """Return what an address says of the files behind a view: the model, the scenario, the baseline."""
    names = (study.model_name, view.setting.scenario, view.baseline.scenario)
    return "-".join(study.digest(name) for name in names)


def doubt(study: Study, view: View, params: Mapping[str, str]) -> str:
    """Return why the numbers may not be those that the sender of a link saw, or an empty string."""
    if not any(key not in (*EMBED, TAB, *LOOK) for key in params):
        return ""
    then, now = params.get(DIGEST, "").split("-"), digest_of(study, view).split("-")
    if len(then) != len(now):
        return (
            "This link does not say which version of the model it was made with. Whether its numbers "
            "are still the same cannot be checked."
        )
    scenario, baseline = view.setting.scenario, view.baseline.scenario
    asked = [study.model_name, params.get(SCENARIO, scenario), params.get(BASELINE, baseline)]
    shown = [study.model_name, scenario, baseline]
    words = [f"model '{study.model_name}'", f"scenario '{scenario}'", f"baseline '{baseline}'"]
    changed = [
        word
        for word, a, b, before, after in zip(words, asked, shown, then, now, strict=True)
        if a == b and before != after
    ]
    if not changed:
        return ""
    what = changed[0] if changed[0] == words[0] else " and the ".join(changed)
    return (
        f"This link was made with another version of the {what}, or of Fulcrum. It opens the scenario "
        f"'{scenario}' against '{baseline}', but its numbers may differ from those that its sender saw."
    )


def address_of(study: Study, view: View) -> dict[str, str]:
    """Return the query of the address."""
    query = {
        SCENARIO: view.setting.scenario,
        BASELINE: view.baseline.scenario,
        SEED: str(view.seed),
        DIGEST: digest_of(study, view),
    }
    if view.central:
        query[ASSUMPTIONS] = HELD
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


def read_address(study: Study, params: Mapping[str, str]) -> tuple[View, list[str]]:
    """Return the view that an address asks for, and messages about what could not be set."""
    view, ignored = _begun(study, params), []
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
    if ASSUMPTIONS in params:
        if params[ASSUMPTIONS] in (HELD, VARIED):
            view = replace(view, central=params[ASSUMPTIONS] == HELD)
        else:
            given = params[ASSUMPTIONS][:40]
            ignored.append(f"assumptions '{given}': must be '{HELD}' or '{VARIED}'")
    for key, text in params.items():
        if key in RESERVED:
            continue
        name = key.removeprefix(PREFIX)
        try:
            value = read_value(study, view.setting, name, text)
            view = replace(view, setting=with_value(study, view.setting, name, value))
        except sim.SimError as error:
            ignored.append(first_line(error))
    return view, [*ignored, *read_look(study, params)[1]]


def _step_set(study: Study, params: Mapping[str, Any]) -> Any:
    """Return the step whose setting an address opens, if it names one and sets nothing itself.

    A step that leaves the page as it is opens with what was set last before it.
    """
    guide = study.model.guide
    named = {SCENARIO, BASELINE} & params.keys() or params.keys() - RESERVED
    if guide is None or named or not (number := whole(str(params.get(STEP)), 1, len(guide.steps))):
        return None
    setting = [one for one in guide.steps[:number] if one.settings is not None]
    last = (setting or guide.steps)[-1 if setting else 0]
    shown = guide.steps[number - 1]
    return replace(shown, scenario=last.scenario, baseline=last.baseline, settings=last.settings)


def _begun(study: Study, params: Mapping[str, str]) -> View:
    """Return the view that an address begins from: the opening one, or that of its step."""
    view, step = opening(study), _step_set(study, params)
    if step is None or step.settings is None:
        return view
    base = step.baseline or study.baseline
    setting = with_values(study, Setting(step.scenario or base), step.settings)
    return replace(view, setting=setting, baseline=Setting(base))


def read_look(study: Study, params: Mapping[str, Any]) -> tuple[dict[str, str], list[str]]:
    """Return what an address says of what is looked at, and messages about what cannot be."""
    look, ignored = {}, []
    known = {OUTCOME: lambda: list(study.model.outcomes), QUESTION: _questions}
    for key, names_of in known.items():
        if (text := params.get(key)) is None:
            continue
        names = names_of()
        if text in names:
            look[key] = str(text)
            continue
        given = str(text)[:40]
        near = sim.errors.did_you_mean(given, names) or f"choose from {', '.join(names)}"
        ignored.append(f"{key} '{given}': unknown; {near}")
    if (text := params.get(STEP)) is not None:
        guide, given = study.model.guide, str(text)[:40]
        if guide and (number := whole(given, 1, len(guide.steps))):
            look[STEP] = str(number)
        elif guide:
            ignored.append(f"{STEP} '{given}': must be a whole number from 1 to {len(guide.steps)}")
        else:
            ignored.append(f"{STEP} '{given}': this study has no guide")
    step = _step_set(study, params)
    if step and step.look.outcome and step.look.outcome != study.model.headlines[0]:
        look.setdefault(OUTCOME, step.look.outcome)
    return look, ignored


def _questions() -> list[str]:
    further = [tab.name for found in sim.analysis.analyses().values() for tab in found.tabs]
    return [*LIVE_QUESTIONS, *further]


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
