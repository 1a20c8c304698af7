"""The nodes of a YAML text, and functions to find, locate and merge them."""

from __future__ import annotations

import functools
import re
from collections import abc
from collections.abc import Sequence as Steps
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sim.errors import Span

Value: TypeAlias = str | int | float | bool | None
Step: TypeAlias = str | int

_PIECES = {
    "": re.compile(r"[ \t\r\n]+|."),
    "'": re.compile(r"''|[ \t\r\n]+|."),
    '"': re.compile(r"\\\r?\n[ \t\r\n]*|\\x..|\\u.{4}|\\U.{8}|\\.|[ \t\r\n]+|."),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """The text of a scalar before parts of it were replaced.

    Each of the `cuts` has start and end of a part in the new text, and in the old one.
    """

    text: str
    cuts: tuple[tuple[int, int, int, int], ...]

    def before(self, begin: int, end: int) -> tuple[int, int]:
        """Return the range of the old text that became a range of the new one."""
        first, last = begin, end
        for start, stop, old_start, old_stop in self.cuts:
            if begin >= start:
                first = old_start if begin < stop else begin + old_stop - stop
            if end > start:
                last = old_stop if end <= stop else end + old_stop - stop
        return first, max(first, last)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.

    Attributes
    ----------
    value
        The value.
    text
        Its characters without quotes, escapes and indentation; expressions are parsed from it.
    span
        Its place, including quotes or the ``|`` of a block.
    style
        One of ``''`` (plain), ``'``, ``"``, ``|`` and ``>``.
    filled
        What stands in the file, where parts of the text were replaced.
    """

    value: Value
    text: str
    span: Span
    style: str = ""
    filled: Filled | None = None

    @property
    def whole(self) -> bool:
        """Whether it is a number written without a point or exponent."""
        return isinstance(self.value, int) and not isinstance(self.value, bool)

    def span_at(self, begin: int, end: int) -> Span:
        """Return the place in the file of ``text[begin:end]``.

        Offsets past the end are clipped; an empty range keeps its place and has no length.
        """
        if self.span.text is None:
            return self.span
        text = self.text
        if self.filled is not None:
            text = self.filled.text
            begin, end = self.filled.before(begin, end)
        raw = self.span.text.content[self.span.start : self.span.end]
        places = _places(self.style, text, raw)
        last = places[-1][1] if places else 0
        start = places[begin][0] if begin < len(places) else last
        stop = places[min(end, len(places)) - 1][1] if begin < min(end, len(places)) else start
        return self.span.shift(start, stop)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list; `flow` says that it is written in brackets."""

    items: tuple[Node, ...]
    span: Span
    flow: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping with its value."""

    key: str
    key_span: Span
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Entries by key, in the order of the file; `flow` says that it is written in braces."""

    entries: abc.Mapping[str, Entry]
    span: Span
    flow: bool = False

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        entry = self.entries.get(key)
        return entry.value if entry else None

    def section(self, key: str) -> abc.Mapping[str, Entry]:
        """Return the entries of the mapping at a key; none where it is something else."""
        found = self.get(key)
        return found.entries if isinstance(found, Mapping) else {}


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a path: `key` is the span of its key, or of the node if it has none."""

    path: tuple[Step, ...]
    key: Span
    node: Node

    @property
    def value(self) -> Span:
        """The span of the value."""
        return self.node.span


def to_data(node: Node) -> Any:
    """Return the node as plain dicts, lists and scalars."""
    if isinstance(node, Mapping):
        return {key: to_data(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Sequence):
        return [to_data(item) for item in node.items]
    return node.value


def find(node: Node, path: Steps[Step]) -> Node:
    """Return the node at a path of keys and positions.

    Raises
    ------
    KeyError
        There is no such path.
    """
    for step in path:
        child = _child(node, step)
        if child is None:
            raise KeyError(tuple(path))
        node = child[1]
    return node


def locate(node: Node, path: Steps[Step]) -> Place:
    """Return the place of the longest subsequence of `path` that is a path of the tree.

    Steps that are not keys of the file, such as tags that a schema adds to a location, are skipped.
    Of two equally long subsequences the later one wins, because a tag comes before its fields.
    """
    at: tuple[Span, Node] | None = (node.span, node)
    for step in path:
        at = _child(at[1], step) if at else None
    if at:  # nearly always
        return Place(tuple(path), *at)
    found: dict[tuple[Step, ...], Place] = {(): Place((), node.span, node)}
    for step in path:
        for place in list(found.values()):
            if child := _child(place.node, step):
                found[*place.path, step] = Place((*place.path, step), *child)
    return max(reversed(found.values()), key=lambda place: len(place.path))


def merge(base: Node, patch: Node) -> Node:
    """Apply a patch to a tree, as JSON Merge Patch (RFC 7396) does. Null deletes a key.

    Nodes from the patch keep their spans, so errors in them point to its file.
    """
    if not isinstance(patch, Mapping):
        return patch
    if isinstance(base, Mapping) and not patch.entries:
        return base
    target = base if isinstance(base, Mapping) else Mapping({}, patch.span, patch.flow)
    entries = dict(target.entries)
    for key, entry in patch.entries.items():
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            entries.pop(key, None)
        elif not isinstance(entry.value, Mapping):
            entries[key] = entry
        elif key in entries and isinstance(entries[key].value, Mapping):
            entries[key] = replace(entries[key], value=merge(entries[key].value, entry.value))
        else:
            empty = Mapping({}, entry.value.span, entry.value.flow)
            entries[key] = replace(entry, value=merge(empty, entry.value))
    return replace(target, entries=entries)


def _child(node: Node, step: Step) -> tuple[Span, Node] | None:
    """Return the span of the key and the node one step down, if there is one."""
    if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
        return node.entries[step].key_span, node.entries[step].value
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step].span, node.items[step]
    return None


@functools.lru_cache(maxsize=1_024)
def _places(style: str, text: str, raw: str) -> list[tuple[int, int]]:
    """Return the start and end in `raw` of each character of a scalar's `text`."""
    if style in ("|", ">"):
        return _block_places(text, raw)
    skip = len(style)
    places: list[tuple[int, int]] = []
    for piece in _PIECES[style].finditer(raw, skip, len(raw) - skip):
        begin, end = piece.span()
        breaks = piece[0].count("\n")
        if breaks:  # a single break is read as a blank, more of them as one fewer
            fewest = 0 if piece[0].startswith("\\") else 1
            places += [(begin, end)] * max(fewest, breaks - 1)
        elif piece[0].isspace():
            places += [(at, at + 1) for at in range(begin, end)]
        else:
            places.append((begin, end))
    return places


def _block_places(text: str, raw: str) -> list[tuple[int, int]]:
    """Return the places of a block scalar: its text is `raw` less the header and the indentation.

    A folded block also lacks line breaks, or has spaces instead.
    """
    lines = raw.split("\n")
    indent = _first_indent(lines[1:]) - _first_indent(text.split("\n"))
    written: list[tuple[str, int]] = []
    start = len(lines[0]) + 1
    for line in lines[1:]:
        kept = line.rstrip("\r")
        written += [(char, start + at) for at, char in enumerate(kept) if at >= indent]
        written.append(("\n", start + len(kept)))
        start += len(line) + 1
    places: list[tuple[int, int]] = []
    at = 0
    for char in text:
        while (
            at < len(written) and written[at][0] != char and (char, written[at][0]) != (" ", "\n")
        ):
            at += 1
        place = written[at][1] if at < len(written) else len(raw)
        places.append((place, place + 1))
        at += 1
    return places


def _first_indent(lines: list[str]) -> int:
    """Return the indentation of the first line that is not blank."""
    full = next((line for line in lines if line.strip()), "")
    return len(full) - len(full.lstrip(" "))
