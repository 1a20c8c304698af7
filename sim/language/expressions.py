"""Functions of terms, and checked expressions with their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sim.errors import Span
from sim.language.terms import (
    Apply,
    Call,
    Choose,
    Compare,
    CountOf,
    Draw,
    Logic,
    Lookup,
    Negate,
    Not,
    Number,
    Operation,
    PendingOf,
    Pick,
    Reduce,
    Reference,
    Term,
    Type,
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
        case Lookup(argument=a):
            term = replace(term, argument=rebuilt(a, change))
        case Compare(operands=many) | Logic(operands=many):
            term = replace(term, operands=tuple(rebuilt(one, change) for one in many))
        case Call(arguments=many) | Draw(arguments=many) | Apply(arguments=many):
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


def draws(term: Term) -> int:
    """Return how many random draws a term itself makes, without those of its parts."""
    match term:
        case Draw() | Pick():
            return 1
        case Apply(definition=definition):
            return definition.draws
    return 0


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
            case Reference(name=name, role=role):
                if role != "index":
                    reads.add(name)
            case CountOf(event=event):
                counts.add(event)
            case PendingOf(event=event):
                pendings.add(event)
            case Lookup(table=table, of_now=True):
                turns.add(table)
    return Expression(text, span, term, *map(frozenset, (reads, counts, pendings, turns)))
