"""Old names of keys: files may still use them, and `fulcrum check` reports them as deprecated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.errors import Diagnostic
from sim.yaml import Entry, Mapping, Node

#: By section: the old name of a key of its entries, and the name it has now.
RENAMED = {"parameters": ("between", "range"), "entries": ("between", "range")}


def rename(node: Mapping) -> Mapping:
    """Return a document under the present names; the keys keep their places in the file.

    An entry that has both names of a key keeps both: the shape of the file refuses the old one.
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
    """Yield a diagnostic for each old name that a document uses."""
    for section, (old, new) in RENAMED.items():
        whole = node.get(section) if isinstance(node, Mapping) else None
        for entry in whole.entries.values() if isinstance(whole, Mapping) else ():
            found = entry.value.entries.get(old) if isinstance(entry.value, Mapping) else None
            if isinstance(found, Entry):
                message = f"'{old}' is now called '{new}'"
                yield Diagnostic("deprecated", message, found.key_span)
