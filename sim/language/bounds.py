"""How large the value of a term can be, given that every name and every tested result is bounded.

A value in a model is at most `LARGEST` in size; the program tests it where it is stored and where a
call may have no finite result. A sum or a product of such values needs a test of its own only where
its bound exceeds `OVERFLOW`.
"""

from __future__ import annotations

from collections.abc import Mapping

from sim.language.terms import (
    Apply,
    Call,
    Choose,
    CountOf,
    Lookup,
    Negate,
    Number,
    Operation,
    PendingOf,
    Pick,
    Reduce,
    Reference,
    Term,
)
from sim.numerics.arithmetic import LARGEST

#: Below this no sum or product is infinite or not a number.
OVERFLOW = 1e300
_COUNT = 1e15
#: Functions with results from -1 to 1.
_SMALL = frozenset({"sin", "cos", "tanh", "erf", "sigmoid", "sign"})


def magnitude(term: Term, of_derived: Mapping[str, float]) -> float:
    """Return an upper bound of the size of a term's value.

    Parameters
    ----------
    of_derived
        The bounds of the derived quantities that it reads.
    """

    def of(part: Term) -> float:
        return magnitude(part, of_derived)

    match term:
        case Number(value=value):
            return abs(value)
        case Reference(name=name, role="derived"):
            return of_derived[name]
        case Reference(role="index", type=kind):
            return float(len(kind.options))
        case Reduce(function="sum", body=body):
            return term.size * of(body)
        case Reduce(function="min" | "max", body=body):
            return of(body)
        case Reduce():
            return float(term.size)
        case CountOf() | PendingOf() | Reference(role="now" | "horizon"):
            return _COUNT
        case Operation(op="+" | "-", left=left, right=right):
            return of(left) + of(right)
        case Operation(op="*", left=left, right=right):
            return max(of(left), 1.0) * max(of(right), 1.0)  # 0 times infinity is not a number
        case Operation(op="/", left=left, right=Number(value=value)):
            return of(left) / abs(value)
        case Operation(op="**", left=Reference(), right=Number(value=2.0)):
            return of(term.left) ** 2 if of(term.left) < OVERFLOW**0.5 else float("inf")
        case Negate(operand=operand):
            return of(operand)
        case Choose(then=then, otherwise=otherwise):
            return max(of(then), of(otherwise))
        case Lookup(table=table) if table.startswith(":"):  # of the calendar
            return _COUNT
        case Call(function=function) if function in _SMALL:
            return 1.0
        case Pick(sample=sample):
            return max(abs(value) for value in sample.values)
        case Apply(definition=definition):  # it tests its value where that may be larger
            own = magnitude(definition.body, {})
            return own if own <= OVERFLOW else LARGEST
        case Call(function="abs" | "min" | "max" | "clip" | "floor" | "ceil" | "round"):
            return 1.0 + max(of(part) for part in term.arguments)
    return LARGEST
