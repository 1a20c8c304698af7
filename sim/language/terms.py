"""Checked terms: expressions with resolved names and types."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
    | CountOf
    | PendingOf
    | Reduce
)


def parts(term: Term) -> tuple[Term, ...]:
    """Return the terms directly inside a term."""
    match term:
        case Operation(left=a, right=b):
            return (a, b)
        case Negate(operand=a) | Not(operand=a):
            return (a,)
        case Compare(operands=many) | Logic(operands=many):
            return many
        case Call(arguments=many) | Draw(arguments=many):
            return many
        case Choose(test=t, then=a, otherwise=b):
            return (t, a, b)
        case Reference(index=many) | CountOf(index=many) | PendingOf(index=many):
            return many
        case Reduce(body=a, condition=b):
            return (a,) if b is None else (a, b)
    return ()


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
        case Compare(operands=many) | Logic(operands=many):
            term = replace(term, operands=tuple(rebuilt(one, change) for one in many))
        case Call(arguments=many) | Draw(arguments=many):
            term = replace(term, arguments=tuple(rebuilt(one, change) for one in many))
        case Choose(test=t, then=a, otherwise=b):
            told = [rebuilt(one, change) for one in (t, a, b)]
            term = replace(term, test=told[0], then=told[1], otherwise=told[2])
        case Reference(index=many) | CountOf(index=many) | PendingOf(index=many) if many:
            term = replace(term, index=tuple(rebuilt(one, change) for one in many))
        case Reduce(body=a, condition=b):
            condition = None if b is None else rebuilt(b, change)
            term = replace(term, body=rebuilt(a, change), condition=condition)
    return change(term)


def bound_to(term: Term, members: Mapping[str, Number]) -> Term:
    """Return a term with index variables replaced by members of their sets."""

    def change(part: Term) -> Term:
        if isinstance(part, Reference) and part.role == "index":
            return members.get(part.name, part)
        return part

    return rebuilt(term, change) if members else term


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression and its place in the file.

    `reads` are the names it uses; `counts` and `pendings` are the events in its calls of `count` and
    `pending`.
    """

    text: str
    span: Span
    term: Term
    reads: frozenset[str]
    counts: frozenset[str]
    pendings: frozenset[str]

    @property
    def type(self) -> Type:
        """Type of its value."""
        return self.term.type


def express(text: str, span: Span, term: Term) -> Expression:
    """Return the term as an `Expression`, with the names and events it uses."""
    reads, counts, pendings = set(), set(), set()
    for part in walk(term):
        match part:
            case Reference(name=name, role=role):
                if role != "index":
                    reads.add(name)
            case CountOf(event=event):
                counts.add(event)
            case PendingOf(event=event):
                pendings.add(event)
    return Expression(text, span, term, frozenset(reads), frozenset(counts), frozenset(pendings))
