"""Strict YAML text → a tree of nodes, each with its place in the file; and the merge of two trees.

The text is read from PyYAML's *events*; its constructors never run. A scalar is text, a number
(YAML 1.2: ``1e-3`` is one), ``true``, ``false`` or null. What YAML 1.1 and 1.2 read differently is
refused, and so are tags, anchors, merge keys, directives, second documents and duplicate keys.
Every fault is a `ModelError`; faults of single scalars and keys are reported together.
"""

from __future__ import annotations

import math
import functools
import os
import re
import stat
from collections import abc
from collections.abc import Sequence as Steps
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn, TypeAlias

import yaml

from sim.errors import Diagnostic, ModelError, Span, Text

MAX_BYTES = 1_000_000  #: of a file
MAX_NODES = 50_000  #: scalars, keys and collections of a file
MAX_DEPTH = 64  #: collections inside each other
MAX_SCALAR = 20_000  #: characters of a scalar
MAX_KEY = 128  #: characters of a key
MAX_DIGITS = 15  #: of a whole number: every one of these is exact in a float64

Value: TypeAlias = str | int | float | bool | None
Step: TypeAlias = str | int

#: PyYAML's parser: libyaml where the wheel has it, else its twin in Python. Only events are read.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Control, zero-width and bidirectional characters, other line breaks, a lone carriage return.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]|\r(?!\n)"
)
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_YAML_1_1 = re.compile(
    r"[-+]?0[xob][0-9a-fA-F_]+"
    r"|[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
)
_WORDS: dict[str, Value] = {"": None, "~": None, "null": None, "true": True, "false": False}
_NORWAY = frozenset({"yes", "no", "on", "off"})
_PIECES = {
    "": re.compile(r"[ \t\r\n]+|."),
    "'": re.compile(r"''|[ \t\r\n]+|."),
    '"': re.compile(r"\\\r?\n[ \t\r\n]*|\\x..|\\u.{4}|\\U.{8}|\\.|[ \t\r\n]+|."),
}
_SYNTAX_HELP = {
    "mapping values are not allowed": "put text that holds ': ' in quotes",
    "cannot start any token": "put text that begins with such a character in quotes; "
    "indent with spaces",
    "found a tab": "indent with spaces",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value.

    Attributes
    ----------
    value
        What the scalar means.
    text
        Its characters before they are read as a number or a word, without quotes, escapes and
        indentation: what an expression is parsed from.
    span
        Its place, with quotes or the ``|`` of a block.
    style
        One of ``''`` (plain), ``'``, ``"``, ``|`` and ``>``.
    """

    value: Value
    text: str
    span: Span
    style: str = ""

    @property
    def quoted(self) -> bool:
        """Whether it is text by its quotes or block, whatever it looks like."""
        return self.style != ""

    @property
    def whole(self) -> bool:
        """Whether it is a number written without a point or exponent."""
        return isinstance(self.value, int) and not isinstance(self.value, bool)

    def span_at(self, begin: int, end: int) -> Span:
        """Return the place in the file of ``text[begin:end]``.

        Offsets past the end are cut; an empty stretch keeps its place and has no length.
        """
        if self.span.text is None:
            return self.span
        raw = self.span.text.content[self.span.start : self.span.end]
        places = _places(self.style, self.text, raw)
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


Node: TypeAlias = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path lies: `key` is the span of its key, or of the node where it has none."""

    path: tuple[Step, ...]
    key: Span
    node: Node

    @property
    def value(self) -> Span:
        """The span of the value."""
        return self.node.span


def read_file(path: str | os.PathLike[str], name: str | None = None) -> Node:
    """Read a YAML file of at most `MAX_BYTES`, called `name` (else the path) in messages.

    Raises
    ------
    ModelError
        The file cannot be read, is not a regular file, or `read_text` refuses it.
    """
    name = os.fspath(path) if name is None else name
    raw = _read_bytes(path, name)
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = Text(name, raw.decode("utf-8", "replace").removeprefix("\ufeff"))
        at = len(raw[: error.start].decode("utf-8").removeprefix("\ufeff"))
        _fail(
            "not-utf8", "the file is not UTF-8 text", _stretch(shown, at, at + 1), "save as UTF-8"
        )
    return read_text(content, name)


def read_text(content: str, name: str = "<text>") -> Node:
    """Read YAML text, called `name` in messages. A byte order mark is skipped.

    Raises
    ------
    ModelError
        The text is not strict YAML, or larger than the limits of this module.
    """
    text = Text(name, content.removeprefix("\ufeff"))
    size = len(content.encode("utf-8", "surrogatepass")) if len(content) <= MAX_BYTES else -1
    if not 0 <= size <= MAX_BYTES:
        _fail("too-big", f"more than {MAX_BYTES:,} bytes", Span(name, 1, 1, 0, 0))
    if found := _REFUSED.search(text.content):
        _fail(
            "bad-character",
            f"the character U+{ord(found[0]):04X} is not allowed",
            _stretch(text, *found.span()),
        )
    if found := re.search(r"^%.*", text.content, re.MULTILINE):
        _fail("not-allowed", "directives are not allowed", _stretch(text, *found.span()))
    builder = _Builder(text)
    try:
        for event in yaml.parse(text.content, Loader=_LOADER):
            builder.take(event)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ModelError([*builder.faults, _syntax(text, error)]) from None
    return builder.finish()


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

    Steps that are no keys of the file, such as the tags a schema puts into a location, are
    skipped. Of two equally long ones the later is taken, for a tag comes before its fields.
    """
    found: dict[tuple[Step, ...], Place] = {(): Place((), node.span, node)}
    for step in path:
        for place in list(found.values()):
            if child := _child(place.node, step):
                found[*place.path, step] = Place((*place.path, step), *child)
    return max(reversed(found.values()), key=lambda place: len(place.path))


def merge(base: Node, patch: Node) -> Node:
    """Lay a patch over a tree: JSON Merge Patch, RFC 7396. Null deletes a key.

    Nodes that come from the patch keep their spans, so a fault in them points into its file.
    """
    if not isinstance(patch, Mapping):
        return patch
    if isinstance(base, Mapping) and not patch.entries:
        return base
    onto = base if isinstance(base, Mapping) else Mapping({}, patch.span, patch.flow)
    entries = dict(onto.entries)
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
    return replace(onto, entries=entries)


def plain(text: str) -> Value | Diagnostic:
    """Return what an unquoted scalar means, or the fault it is."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        if len(text.lstrip("+-")) > MAX_DIGITS:
            return _fault("number-too-big", text, f"has more than {MAX_DIGITS} digits")
        return int(text)
    if _NUMBER.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            return _fault("number-too-big", text, "is too large for a number")
        return number
    if _NOT_FINITE.fullmatch(text):
        return _fault("not-finite", text, "is not a finite number")
    if text.lower() in ("null", "true", "false") and text in (text.upper(), text.capitalize()):
        return _fault("quote-it", text, "is ambiguous", f"write {text.lower()}, or quote it")
    if text.lower() in _NORWAY or _YAML_1_1.fullmatch(text):
        kind = "a truth value" if text.lower() in _NORWAY else "another number"
        return _fault("quote-it", text, f"is {kind} to some readers of YAML", _quote_it(text))
    return text


def _fault(code: str, word: str, message: str, help: str = "") -> Diagnostic:
    shown = word if len(word) <= 40 else word[:40] + "…"
    return Diagnostic(code, f"'{shown}' {message}", help=help)


def _quote_it(word: str) -> str:
    shown = f': "{word}"' if len(word) <= 40 else ""
    digits = re.match(r"[-+.]?[0-9]", word) and ":" not in word
    return ("write the number in plain decimal digits, or " if digits else "") + f"quote it{shown}"


def _fail(code: str, message: str, span: Span | None, help: str = "") -> NoReturn:
    raise ModelError(Diagnostic(code, message, span, help))


def _stretch(text: Text, start: int, end: int) -> Span:
    return Span(text.name, 1, 1, 0, len(text.content), text).shift(start, end)


def _child(node: Node, step: Step) -> tuple[Span, Node] | None:
    """Return the span of the key and the node one step down, if there is one."""
    if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
        return node.entries[step].key_span, node.entries[step].value
    if isinstance(node, Sequence) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step].span, node.items[step]
    return None


def _read_bytes(path: str | os.PathLike[str], name: str) -> bytes:
    """Read a regular file, no further than the limit; a FIFO or a device is not waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
        try:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                _fail("no-file", f"'{name}' is not a regular file", None)
            with os.fdopen(handle, "rb", closefd=False) as file:
                raw = file.read(MAX_BYTES + 1)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        _fail("no-file", f"cannot read '{name}': {reason}", None)
    if len(raw) > MAX_BYTES:
        _fail("too-big", f"more than {MAX_BYTES:,} bytes", Span(name, 1, 1, 0, 0))
    return raw


def _syntax(text: Text, error: Exception) -> Diagnostic:
    """Turn an error of PyYAML's scanner or parser into a diagnostic."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "the text is not YAML")
    opened = getattr(error, "context_mark", None)
    message = problem
    if opened is not None and mark is not None and opened.index < mark.index:
        message += f", {error.context} from line {opened.line + 1}"  # type: ignore[attr-defined]
    help = next((help for words, help in _SYNTAX_HELP.items() if words in problem), "")
    at = min(mark.index, len(text.content)) if mark is not None else 0
    return Diagnostic("yaml-syntax", message, _stretch(text, at, at + 1), help)


@functools.lru_cache(maxsize=256)
def _places(style: str, text: str, raw: str) -> list[tuple[int, int]]:
    """Return where each character of a scalar's `text` is written, as begin and end in `raw`."""
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

    A folded block also lost line breaks, or has blanks for them.
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
    """Return the blanks before the first line that has more than blanks."""
    full = next((line for line in lines if line.strip()), "")
    return len(full) - len(full.lstrip(" "))


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come; `end` is where its last child ended."""

    mapping: bool
    flow: bool
    start: Any
    end: int
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: tuple[str, Span] | None = None


class _Builder:
    """Builds the tree from events; keeps its own stack, so that depth costs no recursion."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.faults: list[Diagnostic] = []
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self._limit(event)
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._limit(event)
            self._start(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.AliasEvent):
            self._stop("not-allowed", f"the alias '*{event.anchor}' is not allowed", event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._stop("not-allowed", "a second document is not allowed", event)

    def finish(self) -> Node:
        """Return the root, or raise all faults."""
        if self.root is None:
            self.faults.append(Diagnostic("empty", "the text is empty", _stretch(self.text, 0, 0)))
        if self.faults or self.root is None:
            raise ModelError(self.faults)
        return self.root

    def _limit(self, event: Any) -> None:
        """Refuse what costs: too many nodes, tags, anchors."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop("too-many-nodes", f"more than {MAX_NODES:,} values", event)
        if event.anchor is not None or event.tag is not None:
            start = event.start_mark.index
            word = self.text.content[start : start + MAX_KEY].split()[0]
            kind = "anchor" if word.startswith("&") else "tag"
            fault = Diagnostic("not-allowed", f"the {kind} '{word}' is not allowed")
            span = self._span(event.start_mark, start + len(word))
            raise ModelError([*self.faults, replace(fault, span=span)])

    def _scalar(self, event: Any) -> None:
        span = self._span(event.start_mark, event.end_mark.index)
        style = event.style or ""
        if style in ("|", ">"):  # its end mark lies beyond the blank lines and comments that follow
            raw = self.text.content[span.start : span.end]
            span = replace(span, end=span.start + len(raw.rstrip()))
        if len(event.value) > MAX_SCALAR:
            self._refuse(Diagnostic("too-long", f"more than {MAX_SCALAR:,} characters"), span)
        elif style == '"' and (found := _REFUSED.search(event.value)):
            message = f"the character U+{ord(found[0]):04X} is not allowed"
            self._refuse(Diagnostic("bad-character", message), span)
        if self.open and self.open[-1].mapping and self.open[-1].key is None:
            self._key(event.value, style, span)
            return
        value = event.value if style or len(event.value) > MAX_SCALAR else plain(event.value)
        if isinstance(value, Diagnostic):
            self._refuse(value, span)
            value = event.value
        self._add(Scalar(value, event.value, span, style))

    def _key(self, key: str, style: str, span: Span) -> None:
        """Take a key. Words such as `no` and `on` are names here; `true` and numbers are not."""
        top = self.open[-1]
        top.key = key, span
        top.end = span.end
        value = key if style or key.lower() in _NORWAY else plain(key[: MAX_KEY + 1])
        if len(key) > MAX_KEY:
            self._refuse(Diagnostic("too-long", f"a key of more than {MAX_KEY} characters"), span)
        elif key == "<<" and not style:
            self._refuse(Diagnostic("not-allowed", "the merge key '<<' is not allowed"), span)
        elif isinstance(value, Diagnostic):
            self._refuse(value, span)
        elif not isinstance(value, str):
            self._refuse(_fault("key-not-text", key, "is not text", "quote it"), span)
        elif key in top.entries:
            first = top.entries[key].key_span.line
            self._refuse(_fault("duplicate-key", key, f"is given on line {first} already"), span)

    def _start(self, event: Any) -> None:
        top = self.open[-1] if self.open else None
        if len(self.open) >= MAX_DEPTH:
            self._stop("too-deep", f"more than {MAX_DEPTH} lists and mappings in each other", event)
        if top is not None and top.mapping and top.key is None:
            help = "put text that begins with a bracket or brace in quotes"
            self._stop("key-not-text", "a list or mapping is no key", event, help)
        mapping = isinstance(event, yaml.MappingStartEvent)
        at = event.start_mark
        self.open.append(_Open(mapping, bool(event.flow_style), at, at.index))

    def _end(self, event: Any) -> None:
        done = self.open.pop()
        span = self._span(done.start, event.end_mark.index if done.flow else done.end)
        if done.mapping:
            self._add(Mapping(done.entries, span, done.flow))
        else:
            self._add(Sequence(tuple(done.items), span, done.flow))

    def _add(self, node: Node) -> None:
        """Put a finished node where it belongs."""
        if not self.open:
            self.root = node
            return
        top = self.open[-1]
        top.end = max(top.end, node.span.end)
        if top.key is not None:
            key, span = top.key
            top.entries.setdefault(key, Entry(key, span, node))
            top.key = None
        else:
            top.items.append(node)

    def _span(self, start: Any, end: int) -> Span:
        return Span(self.text.name, start.line + 1, start.column + 1, start.index, end, self.text)

    def _refuse(self, fault: Diagnostic, span: Span) -> None:
        """Note a fault and go on."""
        self.faults.append(replace(fault, span=span))

    def _stop(self, code: str, message: str, event: Any, help: str = "") -> NoReturn:
        """Raise a fault that leaves no sense in the rest, after those noted."""
        span = self._span(event.start_mark, event.end_mark.index)
        raise ModelError([*self.faults, Diagnostic(code, message, span, help)])
