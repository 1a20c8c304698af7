"""Write plain data as YAML, and edit YAML text without changing its comments and layout.

The written text reads back identically under the strict rules of `sim.yaml`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from collections.abc import Sequence as Steps
from copy import deepcopy
from typing import Any

from sim.errors import Diagnostic, ModelError, Span
from sim.yaml.nodes import Entry, Mapping, Node, Scalar, Step, find, to_data
from sim.yaml.reader import read_text
from sim.yaml.scalars import plain

#: A list or an entry's mapping shorter than this is written on one line.
WIDTH = 72

_PLAIN = re.compile(r"(?!-(\s|$)|---|\.\.\.|<<$)[^\s?:,\[\]{}#&*!|>'\"%@`](.*\S)?")
_PLAIN_STOPS = re.compile(r": |:$|\s#|[\n\t\r\ufeff]")
_FLOW_STOPS = re.compile(r"[,\[\]{}:?]")


def dump(data: Any) -> str:
    """Return dicts with text keys, lists and scalars as YAML text that ends in a newline.

    Raises
    ------
    ModelError
        The data contain a forbidden character, a number that is not finite, an object of another
        type, or exceed the limits of `sim.yaml`.
    """
    text = "\n".join(_block(data, 0)) + "\n"
    read_text(text, "<data>")
    return text


def splice(content: str, edits: Iterable[tuple[Steps[Step], Any]], name: str = "<text>") -> str:
    """Set values in a YAML text and leave all other characters unchanged.

    Parameters
    ----------
    content
        The text.
    edits
        Pairs of a path and a plain value. A missing key is added after its last sibling, with the
        mappings above it.
    name
        Name of the text in messages.

    Returns
    -------
    str
        The new text, verified to differ only at these paths.

    Raises
    ------
    ModelError
        The text cannot be read, a path leads through a scalar or past the end of a list, or the
        layout is too unusual to edit in place.
    """
    mark = "\ufeff" if content.startswith("\ufeff") else ""
    content = content.removeprefix("\ufeff")
    for path, value in edits:
        root = read_text(content, name)
        expected = _with(to_data(root), path, value, root)
        edited = _splice_one(content, root, tuple(path), value)
        try:
            found = to_data(read_text(edited, name))
        except ModelError as error:
            raise _cannot(path, root.span) from error
        if json.dumps(found) != json.dumps(expected):
            raise _cannot(path, root.span)
        content = edited
    return mark + content


def _cannot(path: Steps[Step], span: Span) -> ModelError:
    shown = ".".join(str(step) for step in path)
    return ModelError(Diagnostic("cannot-edit", f"'{shown}' cannot be edited in place", span))


def _with(data: Any, path: Steps[Step], value: Any, root: Node) -> Any:
    """Return a copy of the data with one value set."""
    if not path:
        return value
    data = at = deepcopy(data)
    for depth, step in enumerate(path[:-1]):
        if not _fits(at, step):
            raise _cannot(path, find(root, path[:depth]).span)
        if isinstance(at, dict) and at.get(step) is None:
            at[step] = _nested(path[depth + 1 :], value)
            return data
        at = at[step]
    if not _fits(at, path[-1]):
        raise _cannot(path, find(root, path[:-1]).span)
    at[path[-1]] = value
    return data


def _fits(data: Any, step: Step) -> bool:
    """Return whether a value can be set at a step: any key of a mapping, an item of a list."""
    if isinstance(data, dict):
        return isinstance(step, str)
    return isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)


def _nested(path: Steps[Step], value: Any) -> Any:
    """Return the value nested in mappings for a path of missing keys."""
    for step in reversed(path):
        value = {step: value}
    return value


def _splice_one(content: str, root: Node, path: tuple[Step, ...], value: Any) -> str:
    """Set one value; the caller checks the path and the result."""
    parent: Node | None = None
    node = root
    for depth, step in enumerate(path):
        if isinstance(node, Scalar):  # null, to be replaced by a mapping
            value = _nested(path[depth:], value)
            path = path[:depth]
            break
        if isinstance(node, Mapping) and step not in node.entries:
            return _add(content, node, str(step), _nested(path[depth + 1 :], value))
        parent, node = node, find(node, (step,))
    if isinstance(parent, Mapping) and not parent.flow:
        return _replace_entry(content, parent.entries[str(path[-1])], value)
    if parent is None and not isinstance(node, Scalar):
        return "\n".join(_block(value, 0)) + "\n"
    return _put(content, node.span.start, node.span.end, _flow(value, node))


def _put(content: str, start: int, end: int, new: str) -> str:
    """Replace a range; an empty one follows a colon or a dash and needs a space."""
    blank = " " if start == end and content[start - 1 : start].strip() else ""
    return content[:start] + blank + new + content[end:]


def _replace_entry(content: str, entry: Entry, value: Any) -> str:
    """Set a value of a block mapping, in place if old and new take one line."""
    old = entry.value
    one_line = isinstance(old, Scalar) and old.style not in ("|", ">")
    inline = _inline(value, old)
    if inline is not None and (one_line or (not isinstance(old, Scalar) and old.flow)):
        return _put(content, old.span.start, old.span.end, inline)
    lines = _value(value, entry.key_span.column - 1)
    new = ":" + _line_end(content).join(lines)
    return content[: entry.key_span.end] + new + content[old.span.end :]


def _add(content: str, mapping: Mapping, key: str, value: Any) -> str:
    """Add an entry after the last one and the comment on its line."""
    if mapping.flow:
        entry = f"{_text(key, flow=True)}: {_flow(value)}"
        if not mapping.entries:
            return _put(content, mapping.span.start, mapping.span.end, "{" + entry + "}")
        last = list(mapping.entries.values())[-1]
        end = max(last.key_span.end, last.value.span.end)
        return content[:end] + ", " + entry + content[end:]
    end = content.find("\n", mapping.span.end)
    end = len(content) if end < 0 else end
    end -= content[:end].endswith("\r")
    line_end = _line_end(content)
    lines = _entry(key, value, mapping.span.column - 1)
    return content[:end] + line_end + line_end.join(lines) + content[end:]


def _line_end(content: str) -> str:
    return "\r\n" if "\r\n" in content else "\n"


def _block(value: Any, indent: int) -> list[str]:
    """Write a value as separate lines, with mappings and lists in block style."""
    if isinstance(value, dict) and value:
        return [line for key, item in value.items() for line in _entry(key, item, indent)]
    if isinstance(value, list | tuple) and value:
        return [line for item in value for line in _item(item, indent)]
    return [" " * indent + _flow(value)]


def _entry(key: Any, value: Any, indent: int) -> list[str]:
    """Write ``key: value``, on one line if it fits."""
    if not isinstance(key, str):
        raise _unfit(f"the key '{key}' is not text")
    lines = _value(value, indent)
    return [" " * indent + _text(key, flow=False) + ":" + lines[0], *lines[1:]]


def _value(value: Any, indent: int) -> list[str]:
    """Write what follows the colon of a key at this indentation."""
    if isinstance(value, str) and _literal(value):
        header = " |" if value.endswith("\n") else " |-"
        lines = value.removesuffix("\n").split("\n")
        return [header, *(" " * (indent + 2) + line if line else "" for line in lines)]
    inline = _inline(value)
    return [" " + inline] if inline is not None else ["", *_block(value, indent + 2)]


def _item(value: Any, indent: int) -> list[str]:
    """Write ``- value``; the first line of a longer value follows the dash."""
    inline = _inline(value)
    lines = [" " * (indent + 2) + inline] if inline is not None else _block(value, indent + 2)
    return [" " * indent + "- " + lines[0][indent + 2 :], *lines[1:]]


def _inline(value: Any, like: Node | None = None) -> str | None:
    """Write a value on one line, or return None if it reads better as a block."""
    if isinstance(value, str):
        return None if _literal(value) else _text(value, flow=False, like=like)
    if not isinstance(value, dict | list | tuple) or not value:
        return _flow(value)
    if not all(_short(item) for item in (value.values() if isinstance(value, dict) else value)):
        return None
    flow = _flow(value)
    return flow if len(flow) <= WIDTH else None


def _short(item: Any) -> bool:
    """Return whether a part fits on one line: a scalar of one line, or a list of such."""
    if isinstance(item, list | tuple):
        return not any(isinstance(part, dict | list | tuple) or not _short(part) for part in item)
    return not isinstance(item, dict) and not (isinstance(item, str) and "\n" in item)


def _flow(value: Any, like: Node | None = None) -> str:
    """Write a value in flow style; text keeps the quotes of the one it replaces."""
    if isinstance(value, dict):
        if odd := [key for key in value if not isinstance(key, str)]:
            raise _unfit(f"the key '{odd[0]}' is not text")
        inside = (f"{_text(key, flow=True)}: {_flow(item)}" for key, item in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return _text(value, flow=True, like=like)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, float) and math.isfinite(value):
        return repr(float(value))
    raise _unfit(f"'{value}' is not text, a number, a truth value, a list or a mapping")


def _text(text: str, *, flow: bool, like: Node | None = None) -> str:
    """Write a text without quotes if it reads back as itself, else in quotes."""
    style = like.style if isinstance(like, Scalar) else ""
    bare = _PLAIN.fullmatch(text) and not _PLAIN_STOPS.search(text) and plain(text) == text
    if bare and style not in ("'", '"') and not (flow and _FLOW_STOPS.search(text)):
        return text
    if (style != "'" and ("'" in text or "\\" not in text)) or re.search(r"[\n\t\r]", text):
        return json.dumps(text, ensure_ascii=False)
    return "'" + text.replace("'", "''") + "'"


def _literal(text: str) -> bool:
    """Return whether a text of several lines can be a literal block without indicators."""
    body = text.removesuffix("\n")
    last = body.rpartition("\n")[2]
    return "\n" in text and body[:1].strip() != "" and last.strip() != "" and "\r" not in text


def _unfit(message: str) -> ModelError:
    return ModelError(Diagnostic("not-data", message))
