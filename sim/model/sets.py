"""Sets and what is declared over them: the members of a set, the cells of a name.

A name declared over sets has a *cell* for each combination of their members, called `stock[north]` or
`flow[north,south]`. Levers, parameters, state and outcomes are read cell by cell, so that every cell
can be set, sampled and shown like any other entry; formulas and events are read once for all members.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sim.errors import did_you_mean
from sim.language.indices import index_error, listed
from sim.language.names import name_error
from sim.language.terms import Number, Type
from sim.model.checks import Path, Report, is_word
from sim.model.event_types import Index
from sim.model.naming import members_in
from sim.yaml import Entry, Scalar, merge
from sim.yaml import Mapping as MappingNode

MAX_SETS = 100
MAX_MEMBERS = 1_000  #: of a set
MAX_CELLS = 20_000  #: of a name declared over sets
MAX_INDICES = 3
#: Of an entry written as a bare value: the key that the value is meant for.
OWN_KEY = {"levers": "default", "parameters": "assume", "state": "initial", "derived": "formula"}
#: The other key that can have the value.
_RIVAL = {"assume": "fact", "fact": "assume"}
_OVER = re.compile(r"\s*(\w+)(?:\s+as\s+(\w+))?\s*\Z", re.ASCII)


def members_of(over: Sequence[Index], cell: Sequence[str]) -> dict[str, Number]:
    """Return the members of a cell as values of its index variables."""
    return {
        index.variable: Number(float(index.type.options.index(member)), index.type)
        for index, member in zip(over, cell, strict=True)
    }


def read_sets(report: Report, sets: Mapping[str, Any]) -> dict[str, Type]:
    """Read the sets of a model."""
    found: dict[str, Type] = {}
    if len(sets) > MAX_SETS:
        report.error(("sets",), "too-large", f"more than {MAX_SETS} sets", key=True)
        return found
    for name, given in sets.items():
        path: Path = ("sets", name)
        if error := name_error(name):
            report.error(path, "bad-name", f"'{name}' {error}", key=True)
            continue
        counted = isinstance(given, dict)
        if (given["count"] if counted else len(given)) > MAX_MEMBERS:
            place = (*path, "count") if counted else path
            report.error(place, "too-large", f"more than {MAX_MEMBERS:,} members in one set")
            report.broken.add(name)
            continue
        members = [str(i + 1) for i in range(given["count"])] if counted else given
        if counted or _check_members(report, path, members):
            found[name] = Type("option", tuple(map(str, members)))
            continue
        report.broken.add(name)
    return found


def _check_members(report: Report, path: Path, members: Sequence[Any]) -> bool:
    before = len(report.errors)
    seen: set[str] = set()
    for i, member in enumerate(map(str, members)):
        if not is_word(member):
            message = f"'{member}' cannot be a member: use letters, digits, _ or -"
            report.error((*path, i), "bad-name", message)
        elif member in seen:
            report.error((*path, i), "duplicate-option", f"'{member}' is listed twice")
        seen.add(member)
    return len(report.errors) == before


def read_over(report: Report, path: Path, given: Any) -> tuple[Index, ...] | None:
    """Read the sets over which an entry is declared; None if they are invalid."""
    if given is None:
        return ()
    place = (*path, "over")
    listed_ = given if isinstance(given, list) else [given]
    if not 1 <= len(listed_) <= MAX_INDICES:
        report.error(place, "too-large", f"an entry is declared over 1 to {MAX_INDICES} sets")
        return None
    found: list[Index] = []
    for i, text in enumerate(listed_):
        at: Path = (*place, i) if isinstance(given, list) else place
        index = _index(report, at, str(text), [one.variable for one in found])
        if index is None:
            return None
        found.append(index)
    cells = math.prod(len(index.type.options) for index in found)
    if cells > MAX_CELLS:
        message = f"{cells:,} combinations of members: at most {MAX_CELLS:,} are allowed"
        report.error(place, "too-large", message)
        return None
    return tuple(found)


def _index(report: Report, at: Path, text: str, before: Sequence[str]) -> Index | None:
    """Read ``SET`` or ``SET as NAME``."""
    match = _OVER.match(text)
    if match is None:
        help = "write the name of a set, as in 'region' or 'region as r'"
        report.error(at, "unknown-set", f"'{text}' is not a set", help)
        return None
    name, variable = match[1], match[2] or match[1]
    if name in report.broken:
        return None
    if name not in report.sets:
        known = ", ".join(report.sets)
        help = did_you_mean(name, report.sets) or (
            f"known sets: {known}" if known else "declare it under 'sets'"
        )
        report.error(at, "unknown-set", f"'{name}' is not a set", help)
        return None
    if variable in before and not match[2]:
        # The second index over one set has no name of its own: values need none.
        variable = f"{variable}{before.count(variable) + 1}"
    taken = report.taken.get(variable, "") if match[2] else ""
    error = index_error(variable, taken)
    if variable in before:
        error = f"'{variable}' names two indices"
    if error:
        report.error(
            at, "bad-name", error, "choose another name for the index, as in 'region as r'"
        )
        return None
    return Index(variable, name, report.sets[name])


def open_members(node: MappingNode) -> MappingNode:
    """Return a document in which each member with keys of its own is an entry, ``name[member]``.

    Its keys are those of the whole entry, overlaid by its own.
    """
    entries = dict(node.entries)
    for section in ("levers", "parameters", "state", "outcomes"):
        whole = node.get(section)
        if not isinstance(whole, MappingNode):
            continue
        if not any(_has_members(entry) for entry in whole.entries.values()):
            continue
        found: dict[str, Entry] = {}
        for name, entry in whole.entries.items():
            found |= _opened(section, name, entry)
        entries[section] = replace(entries[section], value=replace(whole, entries=found))
    return replace(node, entries=entries)


def _has_members(entry: Entry) -> bool:
    return isinstance(entry.value, MappingNode) and (
        "members" in entry.value.entries
        or any(isinstance(entry.value.get(key), MappingNode) for key in OWN_KEY.values())
    )


def _opened(section: str, name: str, entry: Entry) -> dict[str, Entry]:
    """Return an entry and those of its members."""
    value, key = entry.value, OWN_KEY.get(section, "")
    if not isinstance(value, MappingNode):
        return {name: entry}
    listed_ = value.get("members")
    own = value.get(key)
    members = dict(listed_.entries) if isinstance(listed_, MappingNode) else {}
    kept = dict(value.entries)
    if isinstance(own, MappingNode):  # a value for each member
        members = {**own.entries, **members}
        first = next(iter(own.entries.values()), None)
        if first is None or not isinstance(first.value, Scalar):
            return {name: entry}
        kept[key] = replace(kept[key], value=first.value)
    if isinstance(listed_, MappingNode):
        del kept["members"]
    base = replace(value, entries=kept)
    alone = replace(base, entries={k: e for k, e in kept.items() if k not in ("over", "values")})
    found = {name: replace(entry, value=base)}
    for member, of in members.items():
        found[f"{name}[{member.replace(' ', '')}]"] = replace(of, value=_cell(alone, of, key))
    return found


def _cell(base: MappingNode, entry: Entry, key: str) -> MappingNode:
    """Return the entry of one member: the whole entry, overlaid by its own keys."""
    own = entry.value
    if isinstance(own, Scalar):
        own = MappingNode({key: Entry(key, own.span, own)}, own.span, True)
    gone = {_RIVAL.get(k, "") for k in own.entries} if isinstance(own, MappingNode) else set()
    kept = {k: e for k, e in base.entries.items() if k not in gone}
    merged = merge(replace(base, entries=kept), own)
    return merged if isinstance(merged, MappingNode) else base


def unknown_member(report: Report, path: Path, name: str, over: Sequence[Index]) -> None:
    """Report an entry of a member that no set has."""
    given = members_in(name)
    if len(given) != len(over):
        sets = ", ".join(index.set for index in over)
        message = f"'{','.join(given)}' does not name one member of each of {sets}"
        example = ",".join(index.type.options[0] for index in over)
        report.error(path, "unknown-member", message, f"write it as '{example}'", key=True)
        return
    for member, index in zip(given, over, strict=True):
        if member not in index.type.options:
            help = did_you_mean(member, index.type.options) or f"its members: {listed(index.type)}"
            message = f"set '{index.set}' has no member '{member}'"
            report.error(path, "unknown-member", message, help, key=True)
            return


def flat_values(report: Report, path: Path, values: Any, over: Sequence[Index]) -> list[Any] | None:
    """Return the values of a list, nested or not, in the order of the cells; None if they do not fit."""
    flat: list[tuple[Path, Any]] = [((*path, "values"), values)]
    for index in over:
        size = len(index.type.options)
        for place, part in flat:
            if not isinstance(part, list) or len(part) != size:
                number = len(part) if isinstance(part, list) else 1
                given = f"{number} value{'s' * (number != 1)}"
                message = f"{given} for the {size} members of '{index.set}'"
                help = "give one value for each member, in order"
                report.error(place, "wrong-length", message, help)
                return None
        flat = [((*place, i), item) for place, part in flat for i, item in enumerate(part)]
    return [value for _, value in flat]
