"""Syntax tree → checked term: resolve names and types, and reject what the language lacks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from sim.errors import ModelError
from sim.language import definitions, grammar, indices, loops
from sim.language.domains import broken_rule, explain
from sim.language.hints import SYNTAX, answer
from sim.language.lookups import NOW_HELP, lookup
from sim.language.names import DRAWS, FUNCTIONS, REDUCERS
from sim.language.scope import (
    OPTION_HELP,
    BrokenName,
    Passage,
    Scope,
    count_arguments,
    fit,
    require_type,
    unset_local,
)
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    WHOLE,
    Call,
    Choose,
    Compare,
    Draw,
    Logic,
    Negate,
    Not,
    Number,
    Operation,
    Operator,
    Reference,
    Term,
    Type,
    Word,
)
from sim.numerics.arithmetic import bounded, div, floordiv, mod
from sim.numerics.logarithm import power
from sim.yaml import Scalar

MAX_WHOLE = 2**53
#: What is called besides the functions and draws of the tables.
CALLED = ("count", "pending", definitions.EMPIRICAL)
#: Arithmetic for constant folding, with the same results as the kernels.
ARITHMETIC: dict[Operator, Callable[[float, float], float]] = {
    "+": float.__add__, "-": float.__sub__, "*": float.__mul__, "/": div, "//": floordiv,
    "%": mod, "**": power,
}  # fmt: skip


def check(scalar: Scalar, text: str, scope: Scope, want: Type | None = None) -> Term:
    """Check one expression, and that its value fits `want`.

    Raises
    ------
    ModelError
        At the first error.
    BrokenName
        The expression uses a name whose declaration is invalid.
    """
    node = grammar.expression(scalar, text)
    passage = Passage(scalar, text, len(text) - len(text.lstrip()))
    return Checker(passage, scope).value(node, want)


def _constants(*terms: Term) -> list[float | None]:
    """Return the values of the terms that are constants."""
    return [term.value if isinstance(term, Number) else None for term in terms]


_LOGIC: dict[type[ast.boolop], Literal["and", "or"]] = {ast.And: "and", ast.Or: "or"}


class Checker:
    """Turns one expression into a term; each kind of node has a method."""

    def __init__(self, passage: Passage, scope: Scope) -> None:
        self.passage = passage
        self.refuse = passage.refuse
        self.scope = scope

    def value(self, node: ast.expr, want: Type | None = None) -> Term:
        """Check a whole expression, and that its value fits `want`."""
        term = self.term(node)
        if want is not None:
            return fit(self.passage, term, want, node)
        return require_type(self.passage, term, node)

    def term(self, node: ast.expr) -> Term:
        """Check a node; reject kinds that the language does not have."""
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(id=name) if name in self.scope.over and name not in self.scope.events:
                term = self.named(node)
                assert isinstance(term, Reference)
                return replace(term, index=indices.own_members(self, node))
            case ast.Name():
                return self.named(node)
            case ast.Subscript():
                return indices.indexed(self, node)
            case ast.BinOp():
                return self._operation(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BoolOp():
                return Logic(
                    _LOGIC[type(node.op)], tuple(self.truth(value) for value in node.values)
                )
            case ast.Compare():
                return self._comparison(node)
            case ast.IfExp():
                return self._choice(node)
            case ast.Call():
                return self._call(node)
        message = grammar.REFUSED.get(type(node), "this syntax is not part of the language")
        raise self.refuse(node, "not-allowed", message, SYNTAX.get(type(node), ""))

    def number(self, node: ast.expr) -> Term:
        """Check a node that must be a number."""
        term = self.term(node)
        if term.type.kind == "option":
            message = "expected a number, not an option"
            raise self.refuse(node, "type-mismatch", message, OPTION_HELP)
        return term

    def truth(self, node: ast.expr) -> Term:
        """Check a node that must be true or false."""
        term = require_type(self.passage, self.term(node), node)
        if term.type.kind != "boolean":
            raise self.refuse(
                node,
                "type-mismatch",
                f"expected true or false, not {term.type}",
                "compare it with '=='" if term.type.options else "compare it, as in 'x > 0'",
            )
        return term

    def _constant(self, node: ast.Constant) -> Term:
        value = node.value
        if isinstance(value, bool):
            word = str(value)
            raise self.refuse(
                node, "not-allowed", f"'{word}' is not a value here", f"write {word.lower()}"
            )
        if isinstance(value, int):
            if value > MAX_WHOLE:
                raise self.refuse(node, "too-large", "whole numbers above 2**53 are not exact")
            return Number(float(value), WHOLE)
        if isinstance(value, float):
            if not bounded(value):
                raise self.refuse(node, "too-large", "the number is too large")
            return Number(value, NUMBER)
        if isinstance(value, str):
            return Word(value, self.passage.offsets(node))
        message = f"values of type '{type(value).__name__}' are not part of the language"
        if value is None or value is ...:
            message = f"'{ast.unparse(node)}' is not a value here"
        raise self.refuse(node, "not-allowed", message)

    def named(self, node: ast.Name) -> Term:
        """Check a name, without the index that it may need."""
        name, scope = node.id, self.scope
        if name in ("true", "false"):
            return Number(float(name == "true"), BOOLEAN)
        if name == "now":
            if not scope.now:
                message = f"'now' is not allowed in {scope.place}"
                raise self.refuse(node, "now-not-allowed", message, NOW_HELP)
            return Reference("now", "now", NUMBER)
        if name in scope.broken:
            raise BrokenName(name)
        if name in scope.unset:
            raise self.refuse(node, "unset-local", *unset_local(name, scope))
        if name not in scope.names and name == "horizon":
            return Reference(name, "horizon", NUMBER)
        if name not in scope.names:
            raise self._unknown(node, name)
        role, kind = scope.names[name]
        if role not in scope.roles:
            message = f"{role} '{name}' is not allowed in {scope.place}"
            help = (
                "read it in 'if', 'do', 'then' or 'tell'" if role == "argument" else scope.instead
            )
            raise self.refuse(node, "not-allowed", message, help)
        return Reference(name, role, kind)

    def _unknown(self, node: ast.expr, name: str) -> ModelError:
        """Return the error for an unknown name, with a suggestion."""
        if name in self.scope.events:
            message = f"'{name}' is an event, not a value"
            return self.refuse(node, "unknown-name", message, f"write count({name})")
        if name in self.scope.samples:
            message = f"'{name}' is a sample, not a value"
            raise self.refuse(node, "unknown-name", message, f"write empirical({name})")
        if name in self.scope.tables.types:
            help = f"write {name}(now), or another argument"
            return self.refuse(node, "unknown-name", f"'{name}' is a table, not a value", help)
        if any(name in known for known in (FUNCTIONS, DRAWS, CALLED, self.scope.functions)):
            message = f"'{name}' is a function: call it with arguments"
            return self.refuse(node, "unknown-name", message)
        if name in self.scope.outcomes:
            help = "only an outcome with 'of' reads others"
            return self.refuse(node, "unknown-name", f"'{name}' is an outcome", help)
        near = answer(name, [*self.scope.names, *self.scope.events])
        if any(name in kind.options for kind in self.scope.sets.values()):
            near = f"write a member of a set in quotes: '{name}'"
        elif name in self.scope.sets:
            near = f"'{name}' is a set: write sum(… for r in {name})"
        return self.refuse(node, "unknown-name", f"'{name}' is not defined", near)

    def _operation(self, node: ast.BinOp) -> Term:
        op = grammar.ARITHMETIC.get(type(node.op))
        if op is None:
            sign = grammar.BIT_OPERATORS.get(type(node.op), "?")
            message, help = f"'{sign}' is not part of the language", "write a power as '**'"
            raise self.refuse(node, "not-allowed", message, help if sign == "^" else "")
        left, right = self.number(node.left), self.number(node.right)
        whole = left.type.kind != "number" and right.type.kind != "number"
        if op == "/":
            whole = False
        if op == "**":
            whole = whole and isinstance(right, Number) and right.value >= 0
        kind = WHOLE if whole else NUMBER
        values = _constants(left, right)
        if words := broken_rule(op, values):
            raise self.refuse(node.right, "not-finite", words)
        if None in values:
            return Operation(op, left, right, kind, self.passage.span(node))
        assert isinstance(left, Number) and isinstance(right, Number)
        value = ARITHMETIC[op](left.value, right.value)
        if not bounded(value):
            raise self.refuse(node, "not-finite", "the result is too large for a number")
        return Number(value, kind)

    def _unary(self, node: ast.UnaryOp) -> Term:
        if isinstance(node.op, ast.Not):
            return Not(self.truth(node.operand))
        if isinstance(node.op, ast.Invert):
            raise self.refuse(node, "not-allowed", "'~' is not part of the language", "write 'not'")
        operand = self.number(node.operand)
        kind = NUMBER if operand.type.kind == "number" else WHOLE
        if isinstance(node.op, ast.UAdd):
            return operand
        if isinstance(operand, Number):
            return Number(-operand.value, kind)
        return Negate(operand, kind)

    def _comparison(self, node: ast.Compare) -> Term:
        ops = []
        for comparison in node.ops:
            sign = grammar.COMPARISONS.get(type(comparison))
            if sign is None:
                message = f"'{grammar.MEMBERSHIPS[type(comparison)]}' is not part of the language"
                raise self.refuse(node, "not-allowed", message, "write '=='")
            ops.append(sign)
        nodes = [node.left, *node.comparators]
        terms = [self.term(part) for part in nodes]
        options = next((t.type for t in terms if t.type.options), None)
        if options is None:
            for part, term in zip(nodes, terms, strict=True):
                if term.type.kind == "option":
                    message = "a word can be compared only with a name that has options"
                    raise self.refuse(part, "type-mismatch", message)
            return Compare(tuple(ops), tuple(terms), span=self.passage.span(node))
        for op in ops:
            if op not in ("==", "!="):
                message = "options are unordered: use == or !="
                raise self.refuse(node, "type-mismatch", message)
        fitted = [fit(self.passage, t, options, n) for t, n in zip(terms, nodes, strict=True)]
        return Compare(tuple(ops), tuple(fitted))

    def _choice(self, node: ast.IfExp) -> Term:
        test = self.truth(node.test)
        then, otherwise = self.term(node.body), self.term(node.orelse)
        kinds = {then.type.kind, otherwise.type.kind}
        if "option" in kinds:
            options = next((t.type for t in (then, otherwise) if t.type.options), Type("option"))
            if options.options:
                then = fit(self.passage, then, options, node.body)
                otherwise = fit(self.passage, otherwise, options, node.orelse)
            elif kinds != {"option"}:
                raise self.refuse(
                    node, "type-mismatch", "one branch is an option, the other is not"
                )
            return Choose(test, then, otherwise, options)
        if kinds == {"boolean"}:
            return Choose(test, then, otherwise, BOOLEAN)
        kind = NUMBER if "number" in kinds else WHOLE
        return Choose(test, then, otherwise, kind, self.passage.span(node))

    def _call(self, node: ast.Call) -> Term:
        if not isinstance(node.func, ast.Name):
            message = "only a function of the language can be called"
            raise self.refuse(node.func, "not-allowed", message)
        name = node.func.id
        if loops.reduces(self, node, name):
            return loops.reduced(self, node, name)
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                raise self.refuse(argument, "not-allowed", grammar.REFUSED[ast.Starred])
        if node.keywords:
            raise self.refuse(node, "not-allowed", "arguments are given by position, not by name")
        if name in ("count", "pending"):
            return indices.occurrences_of(self, node, name)
        if name == "position":
            return indices.position(self, node)
        if name in self.scope.functions:
            return definitions.apply(self.passage, self.scope, node, name, self.number)
        if name == definitions.EMPIRICAL:
            return definitions.empirical(self.passage, self.scope, node)
        if name in self.scope.broken or self.scope.tables.has(name):
            return lookup(self.passage, self.scope, node, self.number)
        signature = FUNCTIONS.get(name) or DRAWS.get(name)
        if signature is None:
            known = [
                *(*FUNCTIONS, *DRAWS, *REDUCERS, *CALLED, "position"),
                *(*self.scope.functions, *self.scope.tables.names),
            ]
            help = answer(name, known)
            alone = " of single values" if name in REDUCERS else ""
            message = f"'{name}' is not a function{alone}"
            raise self.refuse(node.func, "unknown-function", message, help)
        count_arguments(self.passage, node, signature)
        if name in DRAWS:
            definitions.require_draws(self.passage, self.scope, node)
        arguments = tuple(self.number(argument) for argument in node.args)
        values = _constants(*arguments)
        if words := broken_rule(name, values):
            given = [value for value in values if value is not None]
            whole = len(given) == len(values)
            message = explain(name, given) if whole else f"'{name}': {words}"
            raise self.refuse(node, "impossible-argument", message)
        span = self.passage.span(node)
        if name in DRAWS:
            kind = WHOLE if signature.rule == "whole" else NUMBER
            return Draw(name, arguments, BOOLEAN if name == "bernoulli" else kind, span)
        whole = all(argument.type.kind != "number" for argument in arguments)
        kind = (
            WHOLE if signature.rule == "whole" or (signature.rule == "same" and whole) else NUMBER
        )
        return Call(name, arguments, kind, span)
