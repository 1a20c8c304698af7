"""The functions and draws of the language, and the rules for names."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from typing import Literal

#: Type of the result: a number, a whole number, or whole if all arguments are.
Rule = Literal["number", "whole", "same"]


@dataclass(frozen=True, slots=True)
class Signature:
    """Signature of a function: `target` is its name in the generated source."""

    name: str
    least: int
    most: int
    rule: Rule
    target: str
    words: str
    parameters: str


def _row(
    name: str, parameters: str, rule: Rule, words: str, target: str = "", most: int = 0
) -> Signature:
    """Return a row of the tables; `most` is given where the number of arguments varies."""
    least = parameters.count(",") + (0 if most else 1)
    return Signature(name, least, most or least, rule, target or name, words, parameters)


def _table(*rows: Signature) -> dict[str, Signature]:
    return {row.name: row for row in rows}


FUNCTIONS = _table(
    _row("abs", "x", "same", "absolute value", "absolute"),
    _row("min", "x, y, …", "same", "the smallest of its arguments", "minimum", most=200),
    _row("max", "x, y, …", "same", "the largest of its arguments", "maximum", most=200),
    _row("floor", "x", "whole", "the largest whole number not above x"),
    _row("ceil", "x", "whole", "the smallest whole number not below x"),
    _row("round", "x", "whole", "nearest whole number, halves to even", "round_half_even"),
    _row("sqrt", "x", "number", "square root"),
    _row("exp", "x", "number", "e to the power x"),
    _row("log", "x", "number", "natural logarithm"),
    _row("log10", "x", "number", "logarithm to base 10"),
    _row("sin", "x", "number", "sine of an angle in radians"),
    _row("cos", "x", "number", "cosine of an angle in radians"),
    _row("tanh", "x", "number", "hyperbolic tangent"),
    _row("erf", "x", "number", "error function"),
    _row("sigmoid", "x", "number", "1 / (1 + exp(-x))"),
    _row("sign", "x", "whole", "-1, 0 or 1"),
    _row("clip", "x, low, high", "same", "x limited to the range from low to high"),
)

DRAWS = _table(
    _row("uniform", "low, high", "number", "uniform between low and high"),
    _row("exponential", "mean", "number", "waiting time with this mean"),
    _row("normal", "mean, sd", "number", "normal"),
    _row("lognormal", "mu, sigma", "number", "exponential of a normal with mean mu and sd sigma"),
    _row("triangular", "low, mode, high", "number", "triangular"),
    _row("gamma", "shape, scale", "number", "gamma, mean shape × scale"),
    _row("beta", "a, b", "number", "beta, mean a / (a + b)"),
    _row("weibull", "shape, scale", "number", "Weibull"),
    _row("bernoulli", "p", "whole", "true with probability p"),
    _row("binomial", "n, p", "whole", "successes in n trials"),
    _row("poisson", "mean", "whole", "Poisson count with this mean"),
    _row("negative_binomial", "mean, size", "whole", "count with variance mean + mean² / size"),
    _row("geometric", "p", "whole", "failures before the first success"),
    _row("beta_binomial", "n, a, b", "whole", "successes in n trials with probability beta(a, b)"),
    _row("choice", "w0, w1, …", "whole", "index from 0, in proportion to the weights", most=8),
)

#: Functions of a value over the members of sets, as in ``sum(stock[r] for r in region)``.
REDUCERS = ("sum", "mean", "min", "max", "any", "all", "count", "argmax", "argmin")

#: Words with a fixed meaning in expressions. Functions are none: a call is the function, a name alone
#: is the model's, so `beta` may be a parameter.
RESERVED = frozenset({"now", "count", "pending", "true", "false"})

#: Device names on Windows: names of models and scenarios become file names.
DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{d}{i}" for d in ("com", "lpt") for i in range(10)}
)

MAX_NAME = 64
#: Braces in a sentence; a doubled brace is a literal one.
BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
#: Inside braces: a name, with words for 1 and words for all other numbers, as in ``{n ship|ships}``.
COUNTED = re.compile(r"(\w+(?:\[[^\[\]]*\])?)\s+([^|]*[^|\s])\s*\|\s*([^|]*[^|\s])\s*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)


def told_name(braces: str) -> str:
    """Return the name of which braces in a sentence show the value.

    Examples
    --------
    >>> told_name("n"), told_name("n ship waits|ships wait")
    ('n', 'n')
    """
    found = COUNTED.fullmatch(braces)
    return found[1] if found else braces


def name_error(name: str, spoken: bool = True) -> str:
    """Return why a name is invalid, or an empty string.

    `spoken` is true for names that expressions can use; names of files and studies are not.
    """
    if len(name) > MAX_NAME:
        return f"is longer than {MAX_NAME} characters"
    if not _NAME.match(name):
        return "is not a name: use letters a-z, digits and _, with a letter first"
    if "__" in name:
        return "contains two underscores in a row"
    if spoken and (keyword.iskeyword(name) or name in RESERVED):
        return "is a reserved word"
    if not spoken and name.lower() in DEVICES:
        return "is a device name on some systems"
    return ""
