"""Syntax tree → checked term: names resolved, types settled, everything else refused by name."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from sim.errors import Diagnostic, ModelError, did_you_mean
from sim.language import grammar
from sim.language.names import DRAWS, FUNCTIONS, Signature
from sim.language.terms import (
    BOOLEAN,
    NUMBER,
    WHOLE,
    Call,
    Choose,
    Compare,
    CountOf,
    Draw,
    Logic,
    Negate,
    Not,
    Number,
    Operation,
    PendingOf,
    Reference,
    Role,
    Term,
    Type,
    Word,
)
from sim.source import Scalar

#: Syntax that Python has and the language has not, with what to say of it.
REFUSED: dict[type[ast.AST], str] = {
    ast.Attribute: "attributes ('a.b') are not part of the language",
    ast.Subscript: "subscripts ('a[b]') are not part of the language",
    ast.Lambda: "functions cannot be defined here",
    ast.ListComp: "comprehensions are not part of the language",
    ast.SetComp: "comprehensions are not part of the language",
    ast.DictComp: "comprehensions are not part of the language",
    ast.GeneratorExp: "comprehensions are not part of the language",
    ast.List: "lists are not part of the language",
    ast.Tuple: "lists of values are not part of the language",
    ast.Set: "sets are not part of the language",
    ast.Dict: "mappings are not part of the language",
    ast.JoinedStr: "format strings are not part of the language",
    ast.NamedExpr: "':=' is not part of the language",
    ast.Await: "'await' is not part of the language",
    ast.Yield: "'yield' is not part of the language",
    ast.YieldFrom: "'yield' is not part of the language",
    ast.Starred: "'*' arguments are not part of the language",
}
_ARITHMETIC = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
}
_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
MAX_WHOLE = 2**53


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may speak of.

    `broken` are names that are declared but faulty: nothing more is said of them. `place` names the
    place in messages, as in "a draw may not stand in {place}".
    """

    names: Mapping[str, tuple[Role, Type]]
    events: frozenset[str]
    place: str
    broken: frozenset[str] = frozenset()
    draws: bool = False
    now: bool = False
    counts: bool = True
    roles: frozenset[Role] = field(
        default_factory=lambda: frozenset(
            ("lever", "parameter", "state", "derived", "local", "now")
        )
    )


class BrokenName(Exception):  # noqa: N818 - a signal inside the checker, not an error to show
    """The expression uses a name whose own fault has been reported."""


def check(scalar: Scalar, text: str, scope: Scope, want: Type | None = None) -> Term:
    """Check one expression, and that its value fits `want`.

    Raises
    ------
    ModelError
        At the first fault.
    BrokenName
        It uses a name that is faulty itself.
    """
    node = grammar.expression(scalar, text)
    lead = len(text) - len(text.lstrip())
    checker = Checker(scalar, text, scope, lead)
    term = checker.term(node)
    return checker.fit(term, want, node) if want else checker.settled(term, node)


class Checker:
    """One expression on its way to a term; a method per kind of node the language has."""

    def __init__(self, scalar: Scalar, text: str, scope: Scope, lead: int = 0) -> None:
        self.scalar = scalar
        self.text = text
        self.scope = scope
        self.lead = lead

    def refuse(
        self, node: ast.expr | ast.stmt, code: str, message: str, help: str = ""
    ) -> NoReturn:
        """Raise a `ModelError` that points at a node."""
        begin, end = grammar.offsets(self.text, node, self.lead)
        raise ModelError(Diagnostic(code, message, self.scalar.span_at(begin, end), help))

    def term(self, node: ast.expr) -> Term:
        """Check a node by the method for its kind; refuse the kinds the language has not."""
        method = getattr(self, f"term_{type(node).__name__}", None)
        if method is None:
            words = REFUSED.get(type(node), "this is not part of the language")
            self.refuse(node, "not-allowed", words)
        term: Term = method(node)
        return term

    def term_Constant(self, node: ast.Constant) -> Term:  # noqa: N802
        value = node.value
        if isinstance(value, bool):
            self.refuse(
                node, "not-allowed", f"'{value}' is not a value here", f"write {str(value).lower()}"
            )
        if isinstance(value, int):
            if value > MAX_WHOLE:
                self.refuse(node, "too-large", "a whole number above 2**53 cannot be held exactly")
            return Number(float(value), WHOLE)
        if isinstance(value, float):
            if value - value != 0.0:
                self.refuse(node, "too-large", "the number is too large")
            return Number(value, NUMBER)
        if isinstance(value, str):
            return Word(value, grammar.offsets(self.text, node, self.lead))
        if value is None:
            self.refuse(node, "not-allowed", "'None' is not a value here")
        self.refuse(
            node, "not-allowed", f"{type(value).__name__} values are not part of the language"
        )

    def term_Name(self, node: ast.Name) -> Term:  # noqa: N802
        name = node.id
        if name in ("true", "false"):
            return Number(float(name == "true"), BOOLEAN)
        if name == "now":
            if not self.scope.now:
                self.refuse(
                    node,
                    "now-not-allowed",
                    f"'now' may not stand in {self.scope.place}: it is judged only when the state changes",
                    "let an event at a certain time change the state, and test that",
                )
            return Reference("now", "now", NUMBER)
        if name in self.scope.broken:
            raise BrokenName(name)
        if name not in self.scope.names:
            self.unknown(node, name)
        role, kind = self.scope.names[name]
        if role not in self.scope.roles:
            self.refuse(node, "not-allowed", f"{role} '{name}' may not stand in {self.scope.place}")
        return Reference(name, role, kind)

    def unknown(self, node: ast.expr, name: str) -> NoReturn:
        """Refuse an unknown name, with a word on what it may have meant."""
        if name in self.scope.events:
            self.refuse(
                node, "unknown-name", f"'{name}' is an event, not a value", f"write count({name})"
            )
        if name in FUNCTIONS or name in DRAWS or name in ("count", "pending"):
            self.refuse(node, "unknown-name", f"'{name}' is a function and wants arguments")
        if name in ("True", "False"):
            self.refuse(node, "unknown-name", f"'{name}' is not defined", f"write {name.lower()}")
        self.refuse(
            node, "unknown-name", f"'{name}' is not defined", did_you_mean(name, self.scope.names)
        )

    def term_BinOp(self, node: ast.BinOp) -> Term:  # noqa: N802
        op = _ARITHMETIC.get(type(node.op))
        if op is None:
            words = type(node.op).__name__
            self.refuse(
                node, "not-allowed", f"the bit operator '{words}' is not part of the language"
            )
        left = self.numeric(node.left)
        right = self.numeric(node.right)
        whole = left.type.kind != "number" and right.type.kind != "number"
        if op == "/":
            whole = False
        if op == "**":
            whole = whole and isinstance(right, Number) and right.value >= 0
        return Operation(op, left, right, WHOLE if whole else NUMBER)  # type: ignore[arg-type]

    def term_UnaryOp(self, node: ast.UnaryOp) -> Term:  # noqa: N802
        if isinstance(node.op, ast.Not):
            return Not(self.truth(node.operand))
        if isinstance(node.op, ast.Invert):
            self.refuse(node, "not-allowed", "'~' is not part of the language", "write 'not'")
        operand = self.numeric(node.operand)
        if isinstance(node.op, ast.UAdd):
            return operand
        kind = NUMBER if operand.type.kind == "number" else WHOLE
        if isinstance(operand, Number):
            return Number(-operand.value, kind)
        return Negate(operand, kind)

    def term_BoolOp(self, node: ast.BoolOp) -> Term:  # noqa: N802
        op = "and" if isinstance(node.op, ast.And) else "or"
        return Logic(op, tuple(self.truth(value) for value in node.values))  # type: ignore[arg-type]

    def term_Compare(self, node: ast.Compare) -> Term:  # noqa: N802
        ops = []
        for op in node.ops:
            symbol = _COMPARISONS.get(type(op))
            if symbol is None:
                words = {"In": "in", "NotIn": "not in", "Is": "is", "IsNot": "is not"}
                word = words[type(op).__name__]
                self.refuse(
                    node, "not-allowed", f"'{word}' is not part of the language", "write '=='"
                )
            ops.append(symbol)
        nodes = [node.left, *node.comparators]
        terms = [self.term(n) for n in nodes]
        options = next((t.type for t in terms if t.type.kind == "option" and t.type.options), None)
        if options is None and any(isinstance(t, Word) for t in terms):
            at = next(n for n, t in zip(nodes, terms, strict=True) if isinstance(t, Word))
            self.refuse(
                at, "type-mismatch", "a word can only be compared with a name that has options"
            )
        if options is not None:
            for op in ops:
                if op not in ("==", "!="):
                    self.refuse(
                        node, "type-mismatch", f"options have no order: '{op}' may not stand here"
                    )
            terms = [self.fit(t, options, n) for t, n in zip(terms, nodes, strict=True)]
        return Compare(tuple(ops), tuple(terms))

    def term_IfExp(self, node: ast.IfExp) -> Term:  # noqa: N802
        test = self.truth(node.test)
        then, otherwise = self.term(node.body), self.term(node.orelse)
        kinds = {then.type.kind, otherwise.type.kind}
        if "option" in kinds:
            options = next((t.type for t in (then, otherwise) if t.type.options), Type("option"))
            if options.options:
                then = self.fit(then, options, node.body)
                otherwise = self.fit(otherwise, options, node.orelse)
            elif kinds != {"option"}:
                self.refuse(node, "type-mismatch", "one arm is a word, the other is not")
            return Choose(test, then, otherwise, options)
        if kinds == {"boolean"}:
            return Choose(test, then, otherwise, BOOLEAN)
        return Choose(test, then, otherwise, NUMBER if "number" in kinds else WHOLE)

    def term_Call(self, node: ast.Call) -> Term:  # noqa: N802
        if not isinstance(node.func, ast.Name):
            self.refuse(node.func, "not-allowed", "only a function of the language can be called")
        name = node.func.id
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                self.refuse(argument, "not-allowed", REFUSED[ast.Starred])
        if node.keywords:
            self.refuse(node, "not-allowed", "arguments are given by place, not by name")
        if name in ("count", "pending"):
            return self.of_event(node, name)
        signature = FUNCTIONS.get(name) or DRAWS.get(name)
        if signature is None:
            known = [*FUNCTIONS, *DRAWS, "count", "pending"]
            self.refuse(
                node.func,
                "unknown-function",
                f"'{name}' is not a function",
                did_you_mean(name, known),
            )
        self.count_arguments(node, signature)
        if name in DRAWS and not self.scope.draws:
            self.refuse(
                node,
                "draw-not-allowed",
                f"a draw may not stand in {self.scope.place}",
                "draw in 'do', 'every' or 'after', and keep the result in the state",
            )
        arguments = tuple(self.numeric(argument) for argument in node.args)
        whole = all(argument.type.kind != "number" for argument in arguments)
        kind = (
            WHOLE if signature.rule == "whole" or (signature.rule == "same" and whole) else NUMBER
        )
        if name == "bernoulli":
            kind = BOOLEAN
        if name in DRAWS:
            return Draw(name, arguments, kind)
        return Call(name, arguments, kind)

    def count_arguments(self, node: ast.Call, signature: Signature) -> None:
        """Refuse a call with too few or too many arguments."""
        given = len(node.args)
        if not signature.least <= given <= signature.most:
            few = signature.least == signature.most
            wants = f"{signature.least}" if few else f"{signature.least} to {signature.most}"
            self.refuse(
                node,
                "argument-count",
                f"'{signature.name}' wants {wants} argument{'' if wants == '1' else 's'}, not {given}",
                f"{signature.name}({signature.parameters})",
            )

    def of_event(self, node: ast.Call, name: str) -> Term:
        """Check ``count(EVENT)`` and ``pending(EVENT)``."""
        if not self.scope.counts:
            self.refuse(node, "not-allowed", f"'{name}' may not stand in {self.scope.place}")
        if len(node.args) != 1 or not isinstance(node.args[0], ast.Name):
            self.refuse(node, "argument-count", f"'{name}' wants the name of one event")
        event = node.args[0].id
        if event in self.scope.broken:
            raise BrokenName(event)
        if event not in self.scope.events:
            self.refuse(
                node.args[0],
                "unknown-event",
                f"'{event}' is not an event",
                did_you_mean(event, self.scope.events),
            )
        return CountOf(event) if name == "count" else PendingOf(event)

    def numeric(self, node: ast.expr) -> Term:
        """Check a node that must be a number."""
        term = self.term(node)
        if isinstance(term, Word) or term.type.kind == "option":
            self.refuse(node, "type-mismatch", "a number is wanted here, not an option's word")
        return term

    def truth(self, node: ast.expr) -> Term:
        """Check a node that must be true or false."""
        term = self.term(node)
        if term.type.kind != "boolean":
            self.refuse(
                node,
                "type-mismatch",
                f"true or false is wanted here, not {_described(term.type)}",
                "compare it, as in 'x > 0'"
                if term.type.kind != "option"
                else "compare it with '=='",
            )
        return term

    def settled(self, term: Term, node: ast.expr) -> Term:
        """Refuse a term that holds a word without an option type."""
        if isinstance(term, Word) or (term.type.kind == "option" and not term.type.options):
            self.refuse(
                node, "type-mismatch", "a word has a meaning only beside a name that has options"
            )
        return term

    def fit(self, term: Term, want: Type, node: ast.expr) -> Term:
        """Return the term as a value of type `want`, or refuse it."""
        if want.kind == "option":
            return self.fit_option(term, want, node)
        self.settled(term, node)
        have = term.type.kind
        if have == "option":
            self.refuse(node, "type-mismatch", f"{want} is wanted here, not an option")
        if want.kind == "boolean" and have != "boolean":
            self.refuse(
                node, "type-mismatch", f"true or false is wanted here, not {_described(term.type)}"
            )
        if want.kind == "whole" and have == "number":
            self.refuse(
                node,
                "type-mismatch",
                "a whole number is wanted here, and this may have a fraction",
                "use round(), floor() or ceil(), or declare the state with a point: 'initial: 0.0'",
            )
        return term

    def fit_option(self, term: Term, want: Type, node: ast.expr) -> Term:
        """Return the term as one of the options of `want`, or refuse it."""
        if isinstance(term, Word):
            if term.word not in want.options:
                known = ", ".join(want.options)
                raise ModelError(
                    Diagnostic(
                        "unknown-option",
                        f"'{term.word}' is not one of the options: {known}",
                        self.scalar.span_at(*term.at),
                        did_you_mean(term.word, want.options),
                    )
                )
            return Number(float(want.options.index(term.word)), want)
        if isinstance(term, Choose) and term.type.kind == "option" and not term.type.options:
            assert isinstance(node, ast.IfExp)
            return Choose(
                term.test,
                self.fit_option(term.then, want, node.body),
                self.fit_option(term.otherwise, want, node.orelse),
                want,
            )
        if term.type != want:
            known = ", ".join(want.options)
            self.refuse(
                node, "type-mismatch", f"one of {known} is wanted here, not {_described(term.type)}"
            )
        return term


def _described(kind: Type) -> str:
    return f"one of {', '.join(kind.options)}" if kind.options else str(kind)
