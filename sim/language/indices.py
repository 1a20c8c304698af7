"""Members of sets in expressions: names with an index.

A member of a set is a value of the set's option type, so an index variable, a quoted word, a local or
a state variable with these options can each stand between the brackets.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from sim.errors import ModelError, did_you_mean
from sim.language.names import name_error
from sim.language.scope import Passage, Scope, fit, require_type
from sim.language.terms import (
    WHOLE,
    CountOf,
    Number,
    Operation,
    PendingOf,
    Reference,
    Term,
    Type,
)


class Checker(Protocol):
    """What checks the expression around an index or a loop."""

    passage: Passage
    scope: Scope

    @property
    def refuse(self) -> Callable[..., ModelError]:
        """Return an error that points at a node."""

    def term(self, node: ast.expr) -> Term:
        """Check a node."""

    def number(self, node: ast.expr) -> Term:
        """Check a node that must be a number."""

    def truth(self, node: ast.expr) -> Term:
        """Check a node that must be true or false."""

    def named(self, node: ast.Name) -> Term:
        """Check a name, without the index that it may need."""


def indexed(checker: Checker, node: ast.Subscript) -> Term:
    """Check ``name[member, …]``."""
    if isinstance(node.slice, ast.Slice):
        raise checker.refuse(node, "not-allowed", "slices ('a[1:2]') are not part of the language")
    if not isinstance(node.value, ast.Name):
        message = "only a name can have an index, as in 'stock[r]'"
        raise checker.refuse(node, "not-allowed", message)
    name, scope = node.value.id, checker.scope
    if name not in scope.over and name in scope.names:
        role = scope.names[name][0]
        message = f"{role} '{name}' is not declared over a set, so it has no members"
        raise checker.refuse(node, "not-indexed", message, "declare it with 'over: SET'")
    if name not in scope.over and name in scope.sets:
        message = f"'{name}' is a set, not a value"
        raise checker.refuse(node.value, "unknown-name", message, "write a name declared over it")
    term = checker.named(node.value)  # reports an unknown name
    return (
        replace(term, index=members(checker, node, name)) if isinstance(term, Reference) else term
    )


def members(checker: Checker, node: ast.Subscript, name: str) -> tuple[Term, ...]:
    """Check the members between the brackets after a name, one for each of its sets."""
    sets = checker.scope.over[name]
    given = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if len(given) != len(sets):
        written = ", ".join(sets)
        message = (
            f"'{name}' has {len(sets)} ind{'ex' if len(sets) == 1 else 'ices'}, not {len(given)}"
        )
        raise checker.refuse(node, "not-indexed", message, f"it is declared over {written}")
    kinds = [checker.scope.sets[one] for one in sets]
    return tuple(
        member(checker, part, kind, of) for part, kind, of in zip(given, kinds, sets, strict=True)
    )


def member(checker: Checker, node: ast.expr, kind: Type, of: str) -> Term:
    """Check one member of a set: a name or word of the set, or a value that is one."""
    word = ""
    match node:
        case ast.Name(id=name) if (
            name not in checker.scope.names and name not in checker.scope.broken
        ):
            word = name
        case ast.Constant(value=bool()):
            pass
        case ast.Constant(value=str() | int() as value):
            word = str(value)
    if word and word not in checker.scope.unset:
        if word not in kind.options:
            near = did_you_mean(word, [*kind.options, *_variables(checker, kind)])
            help = near or f"its members: {listed(kind)}"
            message = f"set '{of}' has no member '{word}'"
            raise checker.refuse(node, "unknown-member", message, help)
        return Number(float(kind.options.index(word)), kind)
    term = checker.term(node)
    if term.type.kind != "option" or term.type.options not in ((), kind.options):
        message = f"expected a member of set '{of}', not {term.type}"
        raise checker.refuse(node, "type-mismatch", message, f"its members: {listed(kind)}")
    return fit(checker.passage, term, kind, node)


def listed(kind: Type) -> str:
    """Return the members of a set in words, the first of many."""
    some = ", ".join(kind.options[:8])
    return some if len(kind.options) <= 8 else f"{some} … {kind.options[-1]}"


def _variables(checker: Checker, kind: Type) -> list[str]:
    """Return the index variables of a set that an expression can use."""
    return [n for n, (role, of) in checker.scope.names.items() if role == "index" and of == kind]


def own_members(checker: Checker, node: ast.Name) -> tuple[Term, ...]:
    """Return the index of a name that is written without one, where its own members are meant."""
    name, scope = node.id, checker.scope
    sets = scope.over[name]
    variables = [scope.names[own] for own in scope.own]
    if [kind for _, kind in variables] == [scope.sets[one] for one in sets]:
        return tuple(
            Reference(own, "index", kind)
            for own, (_, kind) in zip(scope.own, variables, strict=True)
        )
    known = [(_variables(checker, scope.sets[one]) or [one[:1]])[0] for one in sets]
    loops = " ".join(f"for {v} in {one}" for v, one in zip(known, sets, strict=True))
    example = f"{name}[{', '.join(known)}]"
    help = f"write {example} for one member, or sum({example} {loops})"
    raise checker.refuse(
        node, "not-indexed", f"'{name}' has a value for each {', '.join(sets)}", help
    )


def not_whole(checker: Checker, node: ast.Name) -> ModelError:
    """Return the error for an assignment to all members at once."""
    name, sets = node.id, checker.scope.over[node.id]
    variables = [(_variables(checker, checker.scope.sets[one]) or [one[:1]])[0] for one in sets]
    loops = " ".join(f"for {v} in {one}:" for v, one in zip(variables, sets, strict=True))
    cell = f"{name}[{', '.join(variables)}]"
    message = f"'{name}' has a value for each {', '.join(sets)}"
    help = f"assign to one member, as in '{cell} = …', or in a loop, '{loops}'"
    return checker.refuse(node, "not-indexed", message, help)


def index_error(name: str, taken: str) -> str:
    """Return why a name cannot be an index variable, or an empty text."""
    if taken:
        return f"'{name}' is already the name of {'an' if taken[0] in 'aeiou' else 'a'} {taken}"
    error = name_error(name)
    return f"'{name}' {error}" if error else ""


def event_of(checker: Checker, node: ast.expr) -> tuple[str, tuple[Term, ...]]:
    """Check the name of an event, perhaps with members of its sets."""
    scope = checker.scope
    named = node.value if isinstance(node, ast.Subscript) else node
    if not isinstance(named, ast.Name):
        raise checker.refuse(node, "argument-count", "expected the name of one event")
    if named.id not in scope.events:
        help = did_you_mean(named.id, scope.events)
        raise checker.refuse(named, "unknown-event", f"'{named.id}' is not an event", help)
    if not isinstance(node, ast.Subscript):
        return named.id, ()
    if named.id not in scope.over:
        raise not_over(checker, node, named.id)
    return named.id, members(checker, node, named.id)


def not_over(checker: Checker, node: ast.expr, name: str) -> ModelError:
    """Return the error for an index after an event that has no members."""
    message = f"event '{name}' is not declared over a set, so it has no members"
    return checker.refuse(node, "not-indexed", message, "declare it with 'over: SET'")


def occurrences_of(checker: Checker, node: ast.Call, name: str) -> Term:
    """Check ``count(EVENT)`` and ``pending(EVENT)``."""
    if not checker.scope.counts:
        message = f"'{name}' is not allowed in {checker.scope.place}"
        raise checker.refuse(node, "not-allowed", message)
    if len(node.args) != 1:
        raise checker.refuse(node, "argument-count", f"'{name}' takes the name of one event")
    event, index = event_of(checker, node.args[0])
    if name == "pending" and event in checker.scope.arising:
        message = f"'{event}' has a 'rate' or 'when' trigger, so it is never pending"
        raise checker.refuse(node.args[0], "not-allowed", message, f"write count({event})")
    return CountOf(event, index=index) if name == "count" else PendingOf(event, index=index)


def position(checker: Checker, node: ast.Call) -> Term:
    """Check ``position(member)``: its place in its set, from 1."""
    if len(node.args) != 1:
        message = "'position' takes one member of a set"
        raise checker.refuse(node, "argument-count", message, "position(r)")
    given = node.args[0]
    word = str(given.value) if isinstance(given, ast.Constant) else getattr(given, "id", "")
    known = word in checker.scope.names or word in checker.scope.unset
    if not known and any(word in kind.options for kind in checker.scope.sets.values()):
        message = f"'position' takes what holds a member, not the word '{word}'"
        help = "write an index, or a local, state variable or lever with these options"
        raise checker.refuse(given, "type-mismatch", message, help)
    term = require_type(checker.passage, checker.term(node.args[0]), node.args[0])
    if term.type.kind != "option":
        message = f"expected a member of a set, not {term.type}"
        raise checker.refuse(node.args[0], "type-mismatch", message)
    return Operation("+", term, Number(1.0, WHOLE), WHOLE, checker.passage.span(node))
