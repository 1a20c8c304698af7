"""Deprecated names of keys: files can still use them, and `fulcrum check` reports them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.errors import Diagnostic
from sim.yaml import Entry, Mapping, Node

#: The old and the new name of a key in the entries of a section.
RENAMED = {"parameters": ("between", "range"), "entries": ("between", "range")}


def rename(node: Mapping) -> Mapping:
    """Return a document with old names replaced; keys keep their places in the file.

    An entry with both names keeps both, and validation rejects the old one.
    """
    sections = dict(node.entries)
    for section, (old, new) in RENAMED.items():
        whole = node.get(section)
        if isinstance(whole, Mapping):
            entries = {
                name: replace(entry, value=_renamed(entry.value, old, new))
                for name, entry in whole.entries.items()
            }
            sections[section] = replace(sections[section], value=replace(whole, entries=entries))
    return replace(node, entries=sections)


def _renamed(node: Node, old: str, new: str) -> Node:
    if not isinstance(node, Mapping) or new in node.entries:
        return node
    pairs = ((new if key == old else key, entry) for key, entry in node.entries.items())
    return replace(node, entries={key: replace(entry, key=key) for key, entry in pairs})


def deprecations(node: Node) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each old name in a document."""
    for section, (old, new) in RENAMED.items():
        for entry in node.section(section).values() if isinstance(node, Mapping) else ():
            found = entry.value.entries.get(old) if isinstance(entry.value, Mapping) else None
            if isinstance(found, Entry):
                message = f"'{old}' is now called '{new}'"
                yield Diagnostic("deprecated", message, found.key_span)
