"""Values of unquoted scalars: YAML 1.2 core; what YAML 1.1 reads differently is rejected."""

from __future__ import annotations

import math
import re

from sim.errors import Diagnostic
from sim.yaml.nodes import Value

MAX_DIGITS = 15  #: of a whole number, so that it is exact in a float64

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
NORWAY = frozenset({"yes", "no", "on", "off"})


def plain(text: str) -> Value | Diagnostic:
    """Return the value of an unquoted scalar, or a diagnostic."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        if len(text.lstrip("+-")) > MAX_DIGITS:
            return word_error("number-too-big", text, f"has more than {MAX_DIGITS} digits")
        return int(text)
    if _NUMBER.fullmatch(text) and not _LEADING_ZERO.fullmatch(text):
        number = float(text)
        if not math.isfinite(number):
            return word_error("number-too-big", text, "is too large for a number")
        return number
    if _NOT_FINITE.fullmatch(text):
        return word_error("not-finite", text, "is not a finite number")
    if text.lower() in ("null", "true", "false") and text in (text.upper(), text.capitalize()):
        return word_error(
            "quote-it", text, "is ambiguous", f"write {text.lower()}, or put it in quotes"
        )
    if text.lower() in NORWAY or _YAML_1_1.fullmatch(text):
        kind = "a truth value" if text.lower() in NORWAY else "another number"
        return word_error("quote-it", text, f"is {kind} to some YAML parsers", _quote_it(text))
    return text


def word_error(code: str, word: str, message: str, help: str = "") -> Diagnostic:
    """Return a diagnostic for a word, without its place."""
    shown = word if len(word) <= 40 else word[:40] + "…"
    return Diagnostic(code, f"'{shown}' {message}", help=help)


def _quote_it(word: str) -> str:
    shown = f': "{word}"' if len(word) <= 40 else ""
    digits = re.match(r"[-+.]?[0-9]", word) and ":" not in word
    return (
        "write the number in plain decimal digits, or " if digits else ""
    ) + f"put it in quotes{shown}"
