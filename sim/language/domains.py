"""The arguments that functions, draws and operators accept, and words for those they refuse.

A fault is named by its cause: the call, its arguments and their values, and the rule they break.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sim.language.names import DRAWS, FUNCTIONS
from sim.numerics.continuous import GREATEST, LEAST
from sim.numerics.discrete import GREATEST_MEAN, MAX_TRIALS

Test = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule on some arguments of a call, by their positions; none means all."""

    words: str
    holds: Test
    arguments: tuple[int, ...] = ()


def _probability(i: int) -> Rule:
    return Rule("a probability lies between 0 and 1", lambda p: 0.0 <= p <= 1.0, (i,))


def _not_negative(i: int, what: str) -> Rule:
    return Rule(f"{what} is 0 or more", lambda x: x >= 0.0, (i,))


def _shape(i: int, what: str = "a shape") -> Rule:
    words = f"{what} lies between {LEAST:g} and {GREATEST:g}"
    return Rule(words, lambda x: LEAST <= x <= GREATEST, (i,))


def _trials(most: float) -> Rule:
    words = "the number of trials is a whole number, 0 or more"
    if most < math.inf:
        words = f"the number of trials is a whole number from 0 to {most:g}"
    return Rule(words, lambda n: 0.0 <= n <= most and n % 1.0 == 0.0, (0,))


def _ordered(words: str) -> Rule:
    return Rule(words, lambda *x: all(a <= b for a, b in pairwise(x)))


_POSITIVE = Rule("a logarithm needs a number above 0", lambda x: x > 0.0)
_LARGEST = math.log(1.7976931348623157e308)
RULES: dict[str, tuple[Rule, ...]] = {
    "sqrt": (Rule("a square root needs 0 or more", lambda x: x >= 0.0),),
    "log": (_POSITIVE,),
    "log10": (_POSITIVE,),
    "exp": (Rule("the result is too large", lambda x: x <= _LARGEST),),
    "clip": (Rule("low must not be above high", lambda low, high: low <= high, (1, 2)),),
    "uniform": (_ordered("low must not be above high"),),
    "triangular": (_ordered("low, mode and high must be in ascending order"),),
    "exponential": (_not_negative(0, "a mean"),),
    "normal": (_not_negative(1, "a standard deviation"),),
    "lognormal": (_not_negative(1, "a standard deviation"),),
    "gamma": (_shape(0), _not_negative(1, "a scale")),
    "beta": (_shape(0), _shape(1)),
    "weibull": (Rule("a shape is above 0", lambda x: x > 0.0, (0,)), _not_negative(1, "a scale")),
    "bernoulli": (_probability(0),),
    "binomial": (_trials(math.inf), _probability(1)),
    "poisson": (_not_negative(0, "a mean"),),
    "negative_binomial": (
        Rule(
            f"a mean lies between 0 and {GREATEST_MEAN:g}",
            lambda x: 0.0 <= x <= GREATEST_MEAN,
            (0,),
        ),
        _shape(1, "a size"),
    ),
    "geometric": (
        Rule("a probability of success lies above 0, up to 1", lambda p: 0.0 < p <= 1.0, (0,)),
    ),
    "beta_binomial": (_trials(MAX_TRIALS), _shape(1), _shape(2)),
    "choice": (
        Rule("a weight is 0 or more", lambda *w: all(x >= 0.0 for x in w)),
        Rule("the weights must have a finite sum above 0", lambda *w: 0.0 < sum(w) < math.inf),
    ),
}
_ZERO = Rule("division by zero", lambda b: b != 0.0, (1,))
OPERATORS: dict[str, tuple[Rule, ...]] = {
    "/": (_ZERO,),
    "//": (_ZERO,),
    "%": (_ZERO,),
    "**": (
        Rule("division by zero", lambda a, b: a != 0.0 or b >= 0.0),
        Rule(
            "a negative number has no power with a fraction",
            lambda a, b: a >= 0.0 or b % 1.0 == 0.0,
        ),
    ),
}
#: Functions whose result can be infinite or not a number although their arguments are finite.
PARTIAL = frozenset({"sqrt", "log", "log10", "exp"}) | DRAWS.keys()


def broken_rule(function: str, values: Sequence[float | None]) -> str:
    """Return the words of the first rule that the values break; empty if none does.

    Parameters
    ----------
    function
        The name of a function or a draw, or an operator.
    values
        The arguments; None is one that is not known.

    Examples
    --------
    >>> broken_rule("bernoulli", [-0.01])
    'a probability lies between 0 and 1'
    >>> broken_rule("normal", [None, 2.0])
    ''
    """
    for rule in RULES.get(function) or OPERATORS.get(function, ()):
        chosen = rule.arguments or range(len(values))
        given = [values[i] for i in chosen]
        if not any(x is None or math.isnan(x) for x in given) and not rule.holds(*given):
            return rule.words
    return ""


def explain(function: str, values: Sequence[float]) -> str:
    """Return a failed call or operation in words: its arguments, their values and the cause.

    Examples
    --------
    >>> explain("bernoulli", [-0.01])
    'bernoulli(p) with p = -0.01: a probability lies between 0 and 1'
    >>> explain("/", [1.0, 0.0])
    'division by zero: 1 / 0'
    """
    values = list(values)
    while function == "choice" and len(values) > 2 and values[-1] == 0.0:
        values.pop()  # weights that were not given
    words = broken_rule(function, values) or "the result is too large for a number"
    shown = [f"{value:.12g}" for value in values]
    if function in OPERATORS:
        shown = [f"({text})" if text.startswith("-") else text for text in shown]
        return f"{words}: {f' {function} '.join(shown)}"
    signature = FUNCTIONS.get(function) or DRAWS[function]
    names = signature.parameters.split(", ")
    if "…" in names:
        names = [f"{names[0].rstrip('0')}{i}" for i in range(len(values))]
    given = ", ".join(f"{name} = {text}" for name, text in zip(names, shown, strict=True))
    return f"{function}({', '.join(names)}) with {given}: {words}"
