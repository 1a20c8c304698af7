"""Values set by hand: words of the form ``NAME=VALUE``, and how a title tells of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.errors import Diagnostic, ExperimentError
from sim.formatting import plural, short_title, yaml_text
from sim.model.dates import setting_text
from sim.model.naming import family_of
from sim.model.types import Model, Value
from sim.study.designs import ZIP
from sim.study.scenario import Scenario
from sim.yaml import plain
from sim.yaml.scalars import NORWAY

#: Settings told one by one, and the longest label among them.
MAX_TOLD, MAX_LABEL = 3, 32


def read_assignment(word: str) -> tuple[str, Value]:
    """Read ``NAME=VALUE``; the value is read as the YAML of a file is.

    A word in quotes is that word. One that YAML parsers read differently, as `no`, needs none: a
    setting has a type.

    Raises
    ------
    ExperimentError
        The word is not of this form.
    """
    name, sign, text = (part.strip() for part in word.partition("="))
    if not sign or not name:
        message = f"'{word}' is not of the form LEVER=VALUE"
        raise ExperimentError(Diagnostic("bad-setting", message, None, "as in --set deadline=20"))
    quoted = re.fullmatch(r"""(["'])(.*)\1""", text)
    value = quoted[2] if quoted else plain(text)
    if isinstance(value, Diagnostic) and text.lower() in NORWAY:
        return name, text
    if isinstance(value, Diagnostic) or value is None:
        message = value.message if isinstance(value, Diagnostic) else "the value is missing"
        raise ExperimentError(Diagnostic("bad-setting", f"'{word}': {message}"))
    return name, value


def read_assignments(words: Iterable[str]) -> dict[str, Value]:
    """Read several assignments of different names.

    Raises
    ------
    ExperimentError
        A word is not of the form ``NAME=VALUE``, or a name is given twice.
    """
    found: dict[str, Value] = {}
    for name, value in map(read_assignment, words):
        if name in found:
            raise ExperimentError(Diagnostic("bad-setting", f"'{name}' is set twice"))
        found[name] = value
    return found


def read_design(words: Iterable[str]) -> dict[str, Any]:
    """Read what to vary: ``NAME=A,B``, of which several in one word, with spaces, go together.

    Raises
    ------
    ExperimentError
        A word is not of this form, or a name is given twice.

    Examples
    --------
    >>> read_design(["crews=1,2", "deadline=20,50 charge=10,100"])
    {'crews': [1, 2], 'zip': [{'deadline': [20, 50], 'charge': [10, 100]}]}
    """
    found: dict[str, Any] = {}
    for word in words:
        group: dict[str, list[Value]] = {}
        for part in word.split():
            name, sign, text = part.partition("=")
            if not sign or name in found or name in group:
                message = (
                    f"'{name}' is varied twice"
                    if sign
                    else f"'{part}' is not of the form LEVER=A,B"
                )
                help = "as in --vary deadline=20,50"
                raise ExperimentError(Diagnostic("bad-setting", message, None, help))
            group[name] = [read_assignment(f"{name}={one}")[1] for one in text.split(",")]
        if len(group) == 1:
            found |= group
        elif group:
            found[ZIP] = [*found.get(ZIP, ()), group]
    return found


def write_assignment(name: str, value: Value) -> str:
    """Return the word that `read_assignment` reads."""
    return f"{name}={yaml_text(value)}"


def common_settings(scenarios: Sequence[Scenario]) -> dict[str, Value]:
    """Return what was set by hand, in every scenario alike."""
    first, *others = scenarios
    return {
        name: value
        for name, value in first.settings.items()
        if all(name in s.settings and s.settings[name] == value for s in others)
    }


def settings_text(model: Model, settings: Mapping[str, Value]) -> str:
    """Return settings in words, as ``delay = 20 days``; nothing without any."""
    told = []
    folded = _members_together(model, settings)
    for name, value in list(folded.items())[:MAX_TOLD]:
        cell = model.cells(name)[0]
        entry = model.levers.get(cell) or model.parameters.get(cell)
        number = None if isinstance(value, bool | str) else float(value)
        unit = plural(entry.unit, number) if entry is not None else ""
        text = setting_text(model, cell, value)
        unit = "" if entry is not None and entry.dated else unit
        told.append(f"{setting_label(model, name)} = {text} {unit}".rstrip())
    more = len(folded) - len(told)
    return ", ".join(told) + (f" and {more} more" if more > 0 else "")


def setting_label(model: Model, name: str) -> str:
    """Return what a lever or parameter is called inside a sentence."""
    cell = model.cells(name)[0]
    entry = model.levers.get(cell) or model.parameters.get(cell)
    named = model.families[name].base if name in model.families else entry
    label = named.label if named is not None and len(named.label) <= MAX_LABEL else ""
    words = label[:1].lower() + label[1:] if label[1:2].islower() else label
    return words or name.replace("_", " ")


def _members_together(model: Model, settings: Mapping[str, Value]) -> dict[str, Value]:
    """Return settings; those of all members of a name are one where they are the same."""
    found: dict[str, Value] = {}
    for name, value in settings.items():
        family = family_of(name)
        cells = model.cells(family) if family in model.families else ()
        alike = len(cells) > 1 and all(
            c in settings and (settings[c], type(settings[c])) == (value, type(value))
            for c in cells
        )
        found[family if alike else name] = value
    return found


def policy_titles(scenarios: Sequence[Scenario]) -> dict[str, str]:
    """Return a short title of each scenario by name, with what was set by hand in it alone.

    No two are the same: whole titles, then names tell them apart. Without a title, the name is enough.
    """
    common = common_settings(scenarios)
    short, whole = {}, {}
    for one in scenarios:
        own = {name: value for name, value in one.settings.items() if name not in common}
        text = settings_text(one.model, own) if one.title else ""
        title = one.title or one.name
        short[one.name] = ", ".join(filter(None, (short_title(title), text)))
        whole[one.name] = ", ".join(filter(None, (title, text)))
    ends, wholes = Counter(short.values()), Counter(whole.values())
    alone = {
        name: title if wholes[title] == 1 else f"{title} ({name})" for name, title in whole.items()
    }
    return {name: title if ends[title] == 1 else alone[name] for name, title in short.items()}
