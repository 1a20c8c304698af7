"""Arguments of public functions: NumPy and pandas values become plain ones, and the rest is refused."""

from __future__ import annotations

import operator
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.model.types import Value

#: Names that an error lists in full; of more, it only gives the nearest one.
MAX_LISTED = 8


def bad_argument(message: str, help: str = "", code: str = "") -> ExperimentError:
    """Return the error for an argument that cannot be used."""
    return ExperimentError(Diagnostic(code if code else "bad-argument", message, None, help))


def whole(name: str, value: Any, low: int, high: int | None = None, code: str = "") -> int:
    """Return an integer in a range: an `int`, or an integer of NumPy.

    Raises
    ------
    ExperimentError
        It is not an integer, or out of its range.
    """
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is not None and low <= number and (high is None or number <= high):
        return number
    bounds = f"at least {low:,}" if high is None else f"from {low:,} to {high:,}"
    shown = f"{number:,}" if number is not None else _shown(value)
    raise bad_argument(f"{name} must be an integer {bounds}, not {shown}", code=code)


def index(kind: str, value: Any, count: int, code: str = "") -> int:
    """Return the index of one of `count` things, counted from 0.

    Raises
    ------
    ExperimentError
        There is no such thing.
    """
    number = whole(kind, value, 0, code=code)
    if number >= count:
        raise bad_argument(f"there is no {kind} {number}: the last one is {count - 1}", code=code)
    return number


def known_name(kind: str, value: Any, known: Collection[str], code: str = "") -> str:
    """Return a name that is one of those known.

    Raises
    ------
    ExperimentError
        It is not; the error suggests the nearest one.
    """
    if isinstance(value, str) and value in known:
        return str(value)
    listed = f"one of {', '.join(known)}" if 0 < len(known) <= MAX_LISTED else ""
    shown = f"'{value}'" if isinstance(value, str) else _shown(value)
    message = f"there is no {kind} {shown}"
    raise bad_argument(message, did_you_mean(str(value), known) or listed, code)


def list_names(kind: str, value: Any) -> list[str]:
    """Return a list of names; a text is one name.

    Raises
    ------
    ExperimentError
        It is not an iterable of names.
    """
    found = [value] if isinstance(value, str) else list(value) if _iterable(value) else [None]
    if not all(isinstance(name, str) for name in found):
        raise bad_argument(f"{kind} must be names, not {_shown(value)}")
    return [str(name) for name in found]


def scalar(value: Any) -> Any:
    """Return a value of NumPy as the plain value that it is."""
    if type(value).__module__ == "numpy" and getattr(value, "size", 0) == 1:
        return value.item()
    return value


def list_values(name: str, value: Any) -> list[Value]:
    """Return the values of a list, an array or a Series; a single value is a list of one.

    Raises
    ------
    ExperimentError
        It is None or a mapping.
    """
    if value is None or isinstance(value, Mapping):
        raise bad_argument(f"'{name}' needs a list of values, not {_shown(value)}")
    single = isinstance(value, str) or not _iterable(value)
    return [scalar(value)] if single else [scalar(item) for item in value]


def mapping(name: str, value: Any) -> dict[str, Any]:
    """Return a mapping or a row of a data frame as a dictionary of plain values by name.

    Raises
    ------
    ExperimentError
        It is neither, or a key is not text.
    """
    if not isinstance(value, Mapping) and not hasattr(value, "to_dict"):
        raise bad_argument(f"{name} must be a mapping of names to values, not {_shown(value)}")
    found = dict(value.items())
    for key in found:
        if not isinstance(key, str):
            raise bad_argument(f"a name in {name} must be text, not {_shown(key)}")
    return {str(key): scalar(item) for key, item in found.items()}


def path(value: Any) -> Path:
    """Return the path of a file or folder.

    Raises
    ------
    ExperimentError
        It is not a path.
    """
    return Path(path_text(value))


def path_text(value: Any) -> str:
    """Return the path of a file or folder, or an address, as text.

    Raises
    ------
    ExperimentError
        It is not a path.
    """
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else None
    if not isinstance(text, str) or "\0" in text:
        raise bad_argument(f"expected a path, not {_shown(value)}")
    return text


def _iterable(value: Any) -> bool:
    return isinstance(value, Iterable) and getattr(value, "ndim", 1) > 0


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"a value of type {type(value).__name__}"
