"""Read strict YAML into nodes, from the *events* of PyYAML: its constructors never run."""

from __future__ import annotations

import functools
import os
import re
import stat
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn

import yaml

from sim.errors import Diagnostic, ModelError, Span, Text
from sim.yaml.near_paths import near_path
from sim.yaml.nodes import Entry, Mapping, Node, Scalar, Sequence
from sim.yaml.scalars import NORWAY, plain, word_error

MAX_BYTES = 1_000_000  #: of a file
MAX_NODES = 50_000  #: scalars, keys and collections of a file
MAX_DEPTH = 64  #: collections inside each other
MAX_SCALAR = 20_000  #: characters of a scalar
MAX_KEY = 128  #: characters of a key

#: The parser of PyYAML: libyaml if available, else the one in Python. Only events are read.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Control, zero-width and bidirectional characters, other line breaks, a lone carriage return.
REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]|\r(?!\n)"
)
_SYNTAX_HELP = {
    "mapping values are not allowed": "put text that contains ': ' in quotes",
    "cannot start any token": "put text that begins with such a character in quotes; "
    "indent with spaces",
    # PyYAML's own parser says "expected", libyaml "did not find expected".
    "expected ',' or": "put text that contains brackets, braces or commas in quotes, "
    "or close what is open",
    "found a tab": "indent with spaces",
}


def read_file(path: str | os.PathLike[str], name: str | None = None) -> Node:
    """Read a YAML file of at most `MAX_BYTES`, called `name` (else the path) in messages.

    Raises
    ------
    ModelError
        The file cannot be read, is not a regular file, or `read_text` refuses it.
    """
    if not isinstance(path, str | os.PathLike):
        _fail("bad-path", f"expected the path of a file, not {path!r:.40}", None)
    if not os.fspath(path):
        _fail("bad-path", "the path of the file is empty", None)
    name = os.fspath(path) if name is None else name
    return read_text(read_characters(path, name), name)


def read_characters(path: str | os.PathLike[str], name: str, most: int = MAX_BYTES) -> str:
    """Read a regular file of UTF-8 text, called `name` in messages and of at most `most` bytes.

    Raises
    ------
    ModelError
        The file cannot be read, is too large, or is not UTF-8 text.
    """
    raw = _read_bytes(path, name, most)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        shown = Text(name, raw.decode("utf-8", "replace").removeprefix("\ufeff"))
        at = len(raw[: error.start].decode("utf-8").removeprefix("\ufeff"))
        _fail(
            "not-utf8", "the file is not UTF-8 text", _stretch(shown, at, at + 1), "save as UTF-8"
        )


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
    if found := REFUSED.search(text.content):
        _fail(
            "bad-character",
            f"the character U+{ord(found[0]):04X} is not allowed",
            _stretch(text, *found.span()),
        )
    if found := re.search(r"^%.*", text.content, re.MULTILINE):
        _fail("not-allowed", "directives are not allowed", _stretch(text, *found.span()))
    return _tree(text, _LOADER)


@functools.lru_cache(maxsize=8)
def _tree(text: Text, loader: Any) -> Node:
    """Build the tree of a text; cached because all scenarios of a study read the same model."""
    builder = _Builder(text)
    try:
        for event in yaml.parse(text.content, Loader=loader):
            builder.take(event)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ModelError([*builder.errors, _syntax(text, error)]) from None
    return builder.finish()


def _fail(code: str, message: str, span: Span | None, help: str = "") -> NoReturn:
    raise ModelError(Diagnostic(code, message, span, help))


def _stretch(text: Text, start: int, end: int) -> Span:
    return Span(text.name, 1, 1, 0, len(text.content), text).shift(start, end)


def _read_bytes(path: str | os.PathLike[str], name: str, most: int) -> bytes:
    """Read a regular file up to the size limit, without waiting for a FIFO or a device."""
    if "\0" in os.fsdecode(path):  # Python's own message differs between versions
        _fail("no-file", f"cannot read '{name}': a path cannot contain a null character", None)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags)
        try:
            mode = os.fstat(handle).st_mode
            if not stat.S_ISREG(mode):
                kind = "a folder, not a file" if stat.S_ISDIR(mode) else "not a regular file"
                _fail("no-file", f"'{name}' is {kind}", None)
            with os.fdopen(handle, "rb", closefd=False) as file:
                raw = file.read(most + 1)
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        _fail("no-file", f"cannot read '{name}': {reason}", None, near_path(path))
    if len(raw) > most:
        _fail("too-big", f"more than {most:,} bytes", Span(name, 1, 1, 0, 0))
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


@dataclass(slots=True)
class _Open:
    """A collection that is not closed yet; `end` is the end of its last child."""

    mapping: bool
    flow: bool
    start: Any
    end: int
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: tuple[str, Span] | None = None


class _Builder:
    """Builds the tree from events, with a stack instead of recursion."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.errors: list[Diagnostic] = []
        self.root: Node | None = None
        self.open: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def take(self, event: Any) -> None:
        """Process the next event of the parser."""
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
        """Return the root, or raise all errors."""
        if self.root is None:
            self.errors.append(Diagnostic("empty", "the text is empty", _stretch(self.text, 0, 0)))
        if self.errors or self.root is None:
            raise ModelError(self.errors)
        return self.root

    def _limit(self, event: Any) -> None:
        """Reject tags, anchors and too many nodes."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._stop("too-many-nodes", f"more than {MAX_NODES:,} values", event)
        if event.anchor is not None or event.tag is not None:
            start = event.start_mark.index
            word = self.text.content[start : start + MAX_KEY].split()[0]
            kind = "anchor" if word.startswith("&") else "tag"
            error = Diagnostic("not-allowed", f"the {kind} '{word}' is not allowed")
            span = self._span(event.start_mark, start + len(word))
            raise ModelError([*self.errors, replace(error, span=span)])

    def _scalar(self, event: Any) -> None:
        span = self._span(event.start_mark, event.end_mark.index)
        style = event.style or ""
        if style in ("|", ">"):  # its end mark is after the blank lines and comments that follow
            raw = self.text.content[span.start : span.end]
            span = replace(span, end=span.start + len(raw.rstrip()))
        if len(event.value) > MAX_SCALAR:
            self._refuse(Diagnostic("too-long", f"more than {MAX_SCALAR:,} characters"), span)
        elif style == '"' and (found := REFUSED.search(event.value)):
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
        """Process a key. Words such as `no` and `on` can be keys, `true` cannot, numbers in `points`."""
        top = self.open[-1]
        top.key = key, span
        top.end = span.end
        value = key if style or key.lower() in NORWAY else plain(key[: MAX_KEY + 1])
        if len(key) > MAX_KEY:
            self._refuse(Diagnostic("too-long", f"a key of more than {MAX_KEY} characters"), span)
        elif key == "<<" and not style:
            self._refuse(Diagnostic("not-allowed", "the merge key '<<' is not allowed"), span)
        elif isinstance(value, Diagnostic):
            self._refuse(value, span)
        elif not (isinstance(value, str) or self._numbered(value)):
            self._refuse(word_error("key-not-text", key, "is not text", "put it in quotes"), span)
        elif key in top.entries:
            first = top.entries[key].key_span.line
            self._refuse(
                word_error("duplicate-key", key, f"is already given on line {first}"), span
            )

    def _numbered(self, value: object) -> bool:
        """Whether a key can be a number, as in the points of a table, or a truth value, in weights."""
        above = self.open[-2].key if len(self.open) > 1 else None
        inside = above[0] if above is not None else ""
        return inside == "weights" or (inside == "points" and type(value) in (int, float))

    def _start(self, event: Any) -> None:
        top = self.open[-1] if self.open else None
        if len(self.open) >= MAX_DEPTH:
            self._stop(
                "too-deep", f"lists and mappings are nested more than {MAX_DEPTH} deep", event
            )
        if top is not None and top.mapping and top.key is None:
            help = "put text that begins with a bracket or brace in quotes"
            self._stop("key-not-text", "a list or mapping cannot be a key", event, help)
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
        """Add a finished node to its parent."""
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

    def _refuse(self, error: Diagnostic, span: Span) -> None:
        """Record an error and continue."""
        self.errors.append(replace(error, span=span))

    def _stop(self, code: str, message: str, event: Any, help: str = "") -> NoReturn:
        """Raise an error that makes the rest unreadable, together with the recorded ones."""
        span = self._span(event.start_mark, event.end_mark.index)
        raise ModelError([*self.errors, Diagnostic(code, message, span, help)])
