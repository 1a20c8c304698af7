"""Sets and their values in files: read from CSV into a document, and set for single members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sim.errors import Diagnostic, ModelError, Span, Text
from sim.model.fields import Shape
from sim.model.naming import family_of, members_in
from sim.model.schema import LeverShape, OutcomeShape, ParameterShape, StateShape
from sim.model.sets import MAX_MEMBERS, OWN_KEY
from sim.study.paths import existing, shown
from sim.yaml import Entry, Node, Scalar, Sequence, merge
from sim.yaml import Mapping as MappingNode
from sim.yaml.csv_files import Csv, read_csv

_SHAPES: dict[str, type[Shape]] = {
    "levers": LeverShape, "parameters": ParameterShape, "state": StateShape, "outcomes": OutcomeShape,
}  # fmt: skip
#: Of a parameter: keys of which an entry has one.
_SOURCES = frozenset({"fact", "assume"})


def fill_tables(
    node: MappingNode, path: Path, base: MappingNode | None = None
) -> tuple[MappingNode, tuple[Text, ...]]:
    """Return a document in which the CSV files of its sets and values are read, and their texts.

    Parameters
    ----------
    path
        The document's file; others are relative to it.
    base
        The document that it is laid over, which has sets and the entries' `over`.

    Raises
    ------
    ModelError
        With every error of the files.
    """
    reader = _Reader(path)
    entries = dict(node.entries)
    whole = node.get("sets")
    if isinstance(whole, MappingNode):
        found = {name: reader.set_of(entry) for name, entry in whole.entries.items()}
        entries["sets"] = replace(entries["sets"], value=replace(whole, entries=found))
    sets = dict(base.section("sets")) if base is not None else {}
    if isinstance(whole, MappingNode):
        sets |= found
    members = {name: _members(entry.value) for name, entry in sets.items()}
    for section in _SHAPES:
        whole = node.get(section)
        if isinstance(whole, MappingNode):
            known = base.section(section) if base is not None else {}
            filled = {
                name: reader.values_of(name, entry, known.get(name), members)
                for name, entry in whole.entries.items()
            }
            entries[section] = replace(entries[section], value=replace(whole, entries=filled))
    if reader.errors:
        raise ModelError(reader.errors)
    texts = tuple(csv.text for csv in reader.files.values())
    return replace(node, entries=entries), texts


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.errors: list[Diagnostic] = []
        self.files: dict[Path, Csv] = {}

    def file(self, node: Node) -> Csv:
        """Read a file of the study once; a block names it from its own file."""
        span = node.span
        above = self.path if span.used is None or span.file == shown(self.path) else Path(span.file)
        path = existing(above, node, (".csv",))
        if path not in self.files:
            self.files[path] = read_csv(path, shown(path))
        return self.files[path]

    def set_of(self, entry: Entry) -> Entry:
        """Return a set with the members of its file."""
        value = entry.value
        if not isinstance(value, MappingNode) or "from" not in value.entries:
            return entry
        try:
            csv = self.file(value.entries["from"].value)
            column = value.get("column")
            name = column.text if isinstance(column, Scalar) else csv.names[0]
            cells = csv.column(name, (column or value.entries["from"].value).span)
        except ModelError as error:
            self.errors += error.diagnostics
            return entry
        items = tuple(dict.fromkeys(cells))
        return replace(entry, value=Sequence(items, value.span, True))

    def values_of(
        self, name: str, entry: Entry, base: Entry | None, members: Mapping[str, list[str]]
    ) -> Entry:
        """Return an entry with the values of its table."""
        value = entry.value
        if not isinstance(value, MappingNode) or "table" not in value.entries:
            return entry
        over = value.get("over") or (
            base.value.get("over") if base and isinstance(base.value, MappingNode) else None
        )
        if over is None:
            return entry  # reported with the model
        items = over.items if isinstance(over, Sequence) else (over,)
        sets = [item.text.split(" as ")[0].strip() for item in items if isinstance(item, Scalar)]
        if any(one not in members for one in sets):
            return entry
        try:
            table = value.entries["table"].value
            csv = self.file(table)
            column = value.get("column")
            found = _cells(csv, sets, members, column, table.span)
            filled = _nested(found, sets, members, (), table.span)
        except ModelError as error:
            self.errors += error.diagnostics
            kept = {k: e for k, e in value.entries.items() if k not in ("table", "column")}
            return replace(entry, value=replace(value, entries=kept))
        kept = {k: e for k, e in value.entries.items() if k not in ("table", "column")}
        kept["values"] = Entry("values", value.entries["table"].key_span, filled)
        return replace(entry, value=replace(value, entries=kept))


def _members(node: Node) -> list[str]:
    """Return the members of a set as written; none of one that is invalid."""
    if isinstance(node, Sequence):
        return [item.text for item in node.items if isinstance(item, Scalar)]
    count = node.get("count") if isinstance(node, MappingNode) else None
    whole = isinstance(count, Scalar) and isinstance(count.value, int)
    if not whole:
        return []
    most = min(int(count.value), MAX_MEMBERS)  # type: ignore  # more are reported with the model
    return [str(i + 1) for i in range(most)]


def _cells(
    csv: Csv, sets: list[str], members: Mapping[str, list[str]], column: Node | None, span: Span
) -> dict[tuple[str, ...], Scalar]:
    """Return the cells of a file by members: a column of rows, or a matrix of two sets."""
    found: dict[tuple[str, ...], Scalar] = {}
    matrix = column is None and len(sets) == 2
    if matrix:
        names = csv.names[1:]
        pairs = (
            ((row[0].text, name), cell)
            for row in csv.rows
            for name, cell in zip(names, row[1:], strict=True)
        )
    else:
        name = column.text if isinstance(column, Scalar) else csv.names[-1]
        place = column.span if column is not None else span
        values = csv.column(name, place)
        keys = [one if one in csv.names else csv.names[i] for i, one in enumerate(sets)]
        columns = [csv.column(key, place) for key in keys]
        rows = zip(*columns, strict=True)
        pairs = ((tuple(c.text for c in row), cell) for row, cell in zip(rows, values, strict=True))
    for key, cell in pairs:
        if key in found:
            words = f"'{', '.join(key)}' has a second value here"
            raise ModelError(Diagnostic("duplicate-name", words, cell.span))
        found[key] = cell
    return found


def _nested(
    found: Mapping[tuple[str, ...], Scalar],
    sets: list[str],
    members: Mapping[str, list[str]],
    before: tuple[str, ...],
    span: Span,
) -> Node:
    """Return values in nested lists, in the order of the members."""
    if len(before) == len(sets):
        if before not in found:
            words = f"the file has no value for '{', '.join(before)}'"
            help = "add a row for it, or take the member out of its set"
            raise ModelError(Diagnostic("missing-value", words, span, help))
        return found[before]
    items = [_nested(found, sets, members, (*before, m), span) for m in members[sets[len(before)]]]
    return Sequence(tuple(items), span, True)


def by_member(base: MappingNode, patch: MappingNode) -> MappingNode:
    """Return an overlay whose values for single members stand under `members`.

    Both ``lockdown: {north: 0.1}`` and ``'lockdown[north]': 0.1`` mean a member, where `lockdown` is
    declared over sets.
    """
    sections = dict(patch.entries)
    for section, shape in _SHAPES.items():
        whole = patch.get(section)
        if not isinstance(whole, MappingNode):
            continue
        families = {
            name
            for name, entry in base.section(section).items()
            if isinstance(entry.value, MappingNode) and "over" in entry.value.entries
        }
        entries: dict[str, Entry] = {}
        for name, entry in whole.entries.items():
            family, members = family_of(name), members_in(name)
            if members and family in families:
                entry = _under(section, family, entry, {",".join(members): entry})
                name = family
            elif name in families and isinstance(entry.value, MappingNode):
                own = entry.value.entries
                moved = {k: e for k, e in own.items() if k not in shape.model_fields}
                if moved:
                    kept = {k: e for k, e in own.items() if k in shape.model_fields}
                    entry = _under(section, name, entry, moved, kept)
            if name in entries:
                both = merge(entries[name].value, entry.value)
                entry = replace(entry, value=both)
            entries[name] = entry
        sections[section] = replace(sections[section], value=replace(whole, entries=entries))
    return replace(patch, entries=sections)


def _under(
    section: str,
    name: str,
    entry: Entry,
    members: Mapping[str, Entry],
    kept: Mapping[str, Entry] | None = None,
) -> Entry:
    """Return an entry with values under `members`, each written out in full."""
    full: dict[str, Entry] = {}
    for key, of in members.items():
        value = of.value
        if isinstance(value, Scalar) and section in OWN_KEY:
            own = OWN_KEY[section]
            value = MappingNode({own: Entry(own, value.span, value)}, value.span, True)
        full[key.replace(" ", "")] = Entry(key.replace(" ", ""), of.key_span, value)
    inner: Any = MappingNode(full, entry.value.span, True)
    old = (kept or {}).get("members")
    if old is not None:
        inner = merge(old.value, inner)
    entries = {**(kept or {}), "members": Entry("members", entry.key_span, inner)}
    return Entry(name, entry.key_span, MappingNode(entries, entry.value.span, True))


def replaced_facts(base: MappingNode, patch: MappingNode) -> set[str]:
    """Return the parameters' members whose fact an overlay replaces with an assumption."""
    found: set[str] = set()
    for name, entry in patch.section("parameters").items():
        there = base.section("parameters").get(name)
        if not isinstance(entry.value, MappingNode) or there is None:
            continue
        if not isinstance(there.value, MappingNode):
            continue
        for member, own in entry.value.section("members").items():
            old = there.value.section("members").get(member)
            known = "fact" in there.value.entries or (
                old is not None
                and isinstance(old.value, MappingNode)
                and "fact" in old.value.entries
            )
            if known and isinstance(own.value, MappingNode) and "assume" in own.value.entries:
                found.add(f"{name}[{member}]")
    return found


def without_rivals(base: MappingNode, patch: MappingNode) -> MappingNode:
    """Return the base without the sources of members' values that an overlay replaces."""
    whole = base.get("parameters")
    if not isinstance(whole, MappingNode):
        return base
    entries = dict(whole.entries)
    for name, entry in patch.section("parameters").items():
        there = entries.get(name)
        if there is None or not isinstance(there.value, MappingNode):
            continue
        listed = there.value.get("members")
        if not isinstance(entry.value, MappingNode) or not isinstance(listed, MappingNode):
            continue
        members = dict(listed.entries)
        for member, own in entry.value.section("members").items():
            old = members.get(member)
            if old is None or not isinstance(own.value, MappingNode):
                continue
            if isinstance(old.value, MappingNode) and _SOURCES & own.value.entries.keys():
                kept = {k: e for k, e in old.value.entries.items() if k not in _SOURCES}
                members[member] = replace(old, value=replace(old.value, entries=kept))
        inner = replace(listed, entries=members)
        of = {
            **there.value.entries,
            "members": replace(there.value.entries["members"], value=inner),
        }
        entries[name] = replace(there, value=replace(there.value, entries=of))
    section = replace(base.entries["parameters"], value=replace(whole, entries=entries))
    return replace(base, entries={**base.entries, "parameters": section})
