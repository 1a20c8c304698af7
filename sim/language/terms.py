"""Checked terms: expressions with resolved names and types."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from sim.errors import Span

Kind = Literal["number", "whole", "boolean", "option"]
Operator = Literal["+", "-", "*", "/", "//", "%", "**"]
Role = Literal[
    "lever", "parameter", "state", "derived", "local", "now", "horizon", "outcome", "index",
    "argument",
]  # fmt: skip
Reducer = Literal["sum", "min", "max", "any", "all", "count", "argmax", "argmin"]


@dataclass(frozen=True, slots=True)
class Type:
    """The values a name can take; `options` are the allowed words, in order."""

    kind: Kind
    options: tuple[str, ...] = ()

    @property
    def worded(self) -> bool:
        """Whether its values are words, without an order."""
        return self.kind in ("option", "boolean")

    def __str__(self) -> str:
        names = {"number": "a number", "whole": "a whole number", "boolean": "true or false"}
        return names.get(self.kind) or f"one of {', '.join(self.options)}"


NUMBER = Type("number")
WHOLE = Type("whole")
BOOLEAN = Type("boolean")


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; an option is represented by its index."""

    value: float
    type: Type


@dataclass(frozen=True, slots=True)
class Word:
    """A quoted word whose option type is not yet known; `at` are its offsets in the text."""

    word: str
    at: tuple[int, int]
    type: Type = Type("option")


@dataclass(frozen=True, slots=True)
class Reference:
    """A name; `index` has a member for each of the sets over which it is declared."""

    name: str
    role: Role
    type: Type
    index: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """Arithmetic on two terms; `span` is its place, for the errors of a run."""

    op: Operator
    left: Term
    right: Term
    type: Type
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Negate:
    """Unary minus."""

    operand: Term
    type: Type


@dataclass(frozen=True, slots=True)
class Not:
    """Logical negation."""

    operand: Term
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class Compare:
    """A chain of comparisons."""

    ops: tuple[str, ...]
    operands: tuple[Term, ...]
    type: Type = BOOLEAN
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` over two or more terms, evaluated from left to right with short-circuiting."""

    op: Literal["and", "or"]
    operands: tuple[Term, ...]
    type: Type = BOOLEAN


@dataclass(frozen=True, slots=True)
class Choose:
    """``then if test else otherwise``."""

    test: Term
    then: Term
    otherwise: Term
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language; `span` is its place."""

    function: str
    arguments: tuple[Term, ...]
    type: Type
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Draw:
    """A random draw; `span` is its place."""

    function: str
    arguments: tuple[Term, ...]
    type: Type
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function of the model: a pure term of its arguments, and of `draws` random draws.

    `size` is the number of its terms, those of the functions that it calls included.
    """

    name: str
    takes: tuple[str, ...]
    body: Term
    draws: int
    size: int
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """A call of a function of the model; `span` is its place."""

    definition: Definition
    arguments: tuple[Term, ...]
    type: Type
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """Observed values in ascending order, each from its place among all weights (from 0 to 1) on."""

    name: str
    values: tuple[float, ...]
    places: tuple[float, ...]
    whole: bool


@dataclass(frozen=True, slots=True)
class Pick:
    """A random draw of one of the observed values of a sample."""

    sample: Sample
    type: Type


@dataclass(frozen=True, slots=True)
class CountOf:
    """The number of times an event has happened; without an `index`, for all members of its sets."""

    event: str
    type: Type = WHOLE
    index: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingOf:
    """The number of scheduled occurrences of an event; without an `index`, for all members."""

    event: str
    type: Type = WHOLE
    index: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Reduce:
    """A value over the members of sets: ``sum(body for variable in set if condition)``.

    `variables` are names with the types of their sets, the last of which changes fastest.
    """

    function: Reducer
    variables: tuple[tuple[str, Type], ...]
    body: Term
    condition: Term | None
    type: Type
    span: Span = field(compare=False, repr=False)

    @property
    def size(self) -> int:
        """Number of members, or of combinations of members."""
        return math.prod(len(kind.options) for _, kind in self.variables)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The value of a table at an argument; `span` is the place of the call.

    Attributes
    ----------
    table
        Its name; one of the calendar's begins with ``:``.
    between
        Whether the value is that of the last point, or on the line between two points.
    read
        The value, the slope of a line, or the time until the next point.
    """

    table: str
    argument: Term
    type: Type
    span: Span = field(compare=False, repr=False)
    between: Literal["step", "linear"] = "step"
    read: Literal["value", "slope", "until"] = "value"

    @property
    def of_now(self) -> bool:
        """Whether its argument is the time."""
        return isinstance(self.argument, Reference) and self.argument.role == "now"


Term = (
    Number
    | Word
    | Reference
    | Operation
    | Negate
    | Not
    | Compare
    | Logic
    | Choose
    | Call
    | Draw
    | Apply
    | Pick
    | CountOf
    | PendingOf
    | Reduce
    | Lookup
)
