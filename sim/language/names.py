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


def _table(*rows: Signature) -> dict[str, Signature]:
    return {row.name: row for row in rows}


FUNCTIONS = _table(
    Signature("abs", 1, 1, "same", "absolute", "absolute value", "x"),
    Signature("min", 2, 16, "same", "minimum", "the smallest of its arguments", "x, y, …"),
    Signature("max", 2, 16, "same", "maximum", "the largest of its arguments", "x, y, …"),
    Signature("floor", 1, 1, "whole", "floor", "the largest whole number not above x", "x"),
    Signature("ceil", 1, 1, "whole", "ceil", "the smallest whole number not below x", "x"),
    Signature(
        "round", 1, 1, "whole", "round_half_even", "the nearest whole number, halves to even", "x"
    ),
    Signature("sqrt", 1, 1, "number", "sqrt", "square root", "x"),
    Signature("exp", 1, 1, "number", "exp", "e to the power x", "x"),
    Signature("log", 1, 1, "number", "log", "natural logarithm", "x"),
    Signature("log10", 1, 1, "number", "log10", "logarithm to base 10", "x"),
    Signature("sin", 1, 1, "number", "sin", "sine of an angle in radians", "x"),
    Signature("cos", 1, 1, "number", "cos", "cosine of an angle in radians", "x"),
    Signature("tanh", 1, 1, "number", "tanh", "hyperbolic tangent", "x"),
    Signature("erf", 1, 1, "number", "erf", "error function", "x"),
    Signature("sigmoid", 1, 1, "number", "sigmoid", "1 / (1 + exp(-x))", "x"),
    Signature("sign", 1, 1, "whole", "sign", "-1, 0 or 1", "x"),
    Signature(
        "clip", 3, 3, "same", "clip", "x limited to the range from low to high", "x, low, high"
    ),
)

DRAWS = _table(
    Signature("uniform", 2, 2, "number", "uniform", "uniform between low and high", "low, high"),
    Signature("exponential", 1, 1, "number", "exponential", "waiting time with this mean", "mean"),
    Signature("normal", 2, 2, "number", "normal", "normal", "mean, sd"),
    Signature(
        "lognormal",
        2,
        2,
        "number",
        "lognormal",
        "exponential of a normal with mean mu and sd sigma",
        "mu, sigma",
    ),
    Signature("triangular", 3, 3, "number", "triangular", "triangular", "low, mode, high"),
    Signature("gamma", 2, 2, "number", "gamma", "gamma, mean shape × scale", "shape, scale"),
    Signature("beta", 2, 2, "number", "beta", "beta, mean a / (a + b)", "a, b"),
    Signature("weibull", 2, 2, "number", "weibull", "Weibull", "shape, scale"),
    Signature("bernoulli", 1, 1, "whole", "bernoulli", "true with probability p", "p"),
    Signature("binomial", 2, 2, "whole", "binomial", "successes in n trials", "n, p"),
    Signature("poisson", 1, 1, "whole", "poisson", "Poisson count with this mean", "mean"),
    Signature(
        "negative_binomial",
        2,
        2,
        "whole",
        "negative_binomial",
        "over-dispersed count, variance mean + mean² / size",
        "mean, size",
    ),
    Signature("geometric", 1, 1, "whole", "geometric", "failures before the first success", "p"),
    Signature(
        "beta_binomial",
        3,
        3,
        "whole",
        "beta_binomial",
        "successes in n trials whose probability is beta(a, b)",
        "n, a, b",
    ),
    Signature(
        "choice",
        2,
        8,
        "whole",
        "choice",
        "index of one of the weights, from 0, in proportion to them",
        "w0, w1, …",
    ),
)

#: Names with a fixed meaning in expressions.
RESERVED = frozenset(FUNCTIONS) | frozenset(DRAWS) | {"now", "count", "pending", "true", "false"}

#: Device names on Windows: names of scenarios become file names.
DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{d}{i}" for d in ("com", "lpt") for i in range(10)}
)

MAX_NAME = 64
#: Braces in a sentence; a doubled brace is a literal one.
BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z", re.ASCII)


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
    if spoken and keyword.iskeyword(name):
        return "is a reserved word"
    if spoken and name in RESERVED:
        function = name in FUNCTIONS or name in DRAWS
        return "is the name of a function" if function else "is a reserved word"
    if name.lower() in DEVICES:
        return "is a device name on some systems"
    return ""
