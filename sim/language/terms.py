"""Checked terms: expressions with resolved names and types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from sim.errors import Span

Kind = Literal["number", "whole", "boolean", "option"]
Operator = Literal["+", "-", "*", "/", "//", "%", "**"]
Role = Literal["lever", "parameter", "state", "derived", "local", "now"]


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
    """A name."""

    name: str
    role: Role
    type: Type


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
    """The number of times an event has happened."""

    event: str
    type: Type = WHOLE


@dataclass(frozen=True, slots=True)
class PendingOf:
    """The number of scheduled occurrences of an event."""

    event: str
    type: Type = WHOLE


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
    | Lookup
)


def parts(term: Term) -> tuple[Term, ...]:
    """Return the terms directly inside a term."""
    match term:
        case Operation(left=a, right=b):
            return (a, b)
        case Negate(operand=a) | Not(operand=a) | Lookup(argument=a):
            return (a,)
        case Compare(operands=many) | Logic(operands=many):
            return many
        case Call(arguments=many) | Draw(arguments=many) | Apply(arguments=many):
            return many
        case Choose(test=t, then=a, otherwise=b):
            return (t, a, b)
    return ()


def draws(term: Term) -> int:
    """Return how many random draws a term itself makes, without those of its parts."""
    match term:
        case Draw() | Pick():
            return 1
        case Apply(definition=definition):
            return definition.draws
    return 0


def walk(term: Term) -> Iterator[Term]:
    """Yield a term and every term inside it."""
    stack = [term]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(parts(here))


def rebuilt(term: Term, change: Callable[[Term], Term]) -> Term:
    """Return a term after `change` of it and of every term inside it, the innermost first."""
    match term:
        case Operation(left=a, right=b):
            term = replace(term, left=rebuilt(a, change), right=rebuilt(b, change))
        case Negate(operand=a) | Not(operand=a):
            term = replace(term, operand=rebuilt(a, change))
        case Lookup(argument=a):
            term = replace(term, argument=rebuilt(a, change))
        case Compare(operands=many) | Logic(operands=many):
            term = replace(term, operands=tuple(rebuilt(one, change) for one in many))
        case Call(arguments=many) | Draw(arguments=many) | Apply(arguments=many):
            term = replace(term, arguments=tuple(rebuilt(one, change) for one in many))
        case Choose(test=t, then=a, otherwise=b):
            told = [rebuilt(one, change) for one in (t, a, b)]
            term = replace(term, test=told[0], then=told[1], otherwise=told[2])
    return change(term)


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression and its place in the file.

    `reads` are the names it uses; `counts` and `pendings` are the events in its calls of `count` and
    `pending`; `turns` are the tables that it reads at `now`.
    """

    text: str
    span: Span
    term: Term
    reads: frozenset[str]
    counts: frozenset[str]
    pendings: frozenset[str]
    turns: frozenset[str] = frozenset()

    @property
    def type(self) -> Type:
        """Type of its value."""
        return self.term.type


def express(text: str, span: Span, term: Term) -> Expression:
    """Return the term as an `Expression`, with the names and events it uses."""
    reads, counts, pendings, turns = set(), set(), set(), set()
    for part in walk(term):
        match part:
            case Reference(name=name):
                reads.add(name)
            case CountOf(event=event):
                counts.add(event)
            case PendingOf(event=event):
                pendings.add(event)
            case Lookup(table=table, of_now=True):
                turns.add(table)
    return Expression(text, span, term, *map(frozenset, (reads, counts, pendings, turns)))
