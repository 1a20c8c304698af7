"""Words of the form ``NAME=VALUE``, as the command line takes them."""

from __future__ import annotations

from collections.abc import Iterable

from sim.errors import Diagnostic, ExperimentError
from sim.model.types import Value
from sim.yaml import plain


def read_assignment(word: str) -> tuple[str, Value]:
    """Read ``NAME=VALUE``; the value is read as the YAML of a file is.

    Raises
    ------
    ExperimentError
        The word is not of this form.
    """
    name, sign, text = (part.strip() for part in word.partition("="))
    if not sign or not name:
        message = f"'{word}' is not of the form LEVER=VALUE"
        raise ExperimentError(Diagnostic("bad-setting", message, None, "as in --set deadline=20"))
    value = plain(text)
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
