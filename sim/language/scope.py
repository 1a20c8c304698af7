"""The names that an expression can use, its place in the file, and the type that it must have."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sim.errors import Diagnostic, ModelError, Span, did_you_mean
from sim.language import grammar
from sim.language.names import Signature
from sim.language.tables import Tables
from sim.language.terms import Choose, Definition, Number, Role, Sample, Term, Type, Word
from sim.yaml import Scalar

#: What to write where a number is expected, and an option is given.
OPTION_HELP = "compare it with '==', or write position(…) for its place among the options"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a model; `typed` tells the type of its value from those of its arguments."""

    definition: Definition
    typed: Callable[[tuple[Type, ...]], Type]


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression can use.

    `place` describes the place in messages, as in "random draws are not allowed in {place}". `broken`
    are names whose declaration is invalid: no further errors are reported for them. `unset` are
    locals that only some branches set, `looped` those of them that only a loop sets. `arising` are
    the events with a `rate` or `when` trigger.
    `sets` are the types of sets by name, and `over` has the sets of each name and event that is
    declared over some. `own` are the index variables that a name without an index stands for.
    `turns` is how often the `loops` loops around go through it.
    `instead` is what to write instead of a name whose role is not among `roles`.
    `outcomes` are names of outcomes, which only an outcome can read.
    `functions` and `samples` are the model's; None is one whose declaration is invalid.
    `tables` are those it can call.
    """

    names: Mapping[str, tuple[Role, Type]]
    events: frozenset[str]
    place: str
    broken: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()
    looped: frozenset[str] = frozenset()
    arising: frozenset[str] = frozenset()
    draws: bool = False
    now: bool = False
    counts: bool = True
    sets: Mapping[str, Type] = field(default_factory=dict)
    over: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own: tuple[str, ...] = ()
    turns: int = 1
    loops: int = 0
    tables: Tables = field(default_factory=Tables)
    roles: frozenset[Role] = field(
        default_factory=lambda: frozenset(
            ("lever", "parameter", "state", "derived", "local", "now", "index")
        )
    )
    instead: str = ""
    outcomes: frozenset[str] = frozenset()
    functions: Mapping[str, Function | None] = field(default_factory=dict)
    samples: Mapping[str, Sample | None] = field(default_factory=dict)


def unset_local(name: str, scope: Scope) -> tuple[str, str]:
    """Return the words and the cure for a local that only one branch, or only a loop, has set."""
    if name in scope.looped:
        return (
            f"'{name}' may be unset here: only a loop sets it",
            "set it before the 'for', as in 'best = 0'",
        )
    return (
        f"'{name}' may be unset here: only one branch sets it",
        "set it before the 'if', or in every branch",
    )


class BrokenName(Exception):
    """The expression uses a name whose declaration is invalid and has been reported."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the language and its scalar; `lead` spaces were removed before parsing."""

    scalar: Scalar
    text: str
    lead: int = 0

    def offsets(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return the start and end offsets of a node in the text."""
        return grammar.offsets(self.text, node, self.lead)

    def span(self, node: ast.expr | ast.stmt) -> Span:
        """Return the place of a node in the file."""
        return self.scalar.span_at(*self.offsets(node))

    def refuse(
        self, node: ast.expr | ast.stmt, code: str, message: str, help: str = ""
    ) -> ModelError:
        """Return an error that points at a node."""
        return ModelError(Diagnostic(code, message, self.span(node), help))


def require_type(passage: Passage, term: Term, node: ast.expr) -> Term:
    """Reject a term that contains a word whose option type is unknown."""
    if isinstance(term, Word) or (term.type.kind == "option" and not term.type.options):
        message = "a word is allowed only next to a name that has options"
        raise passage.refuse(node, "type-mismatch", message)
    return term


def fit(passage: Passage, term: Term, want: Type, node: ast.expr) -> Term:
    """Return the term as a value of type `want`, or raise an error."""
    if want.kind == "option":
        return fit_option(passage, term, want, node)
    require_type(passage, term, node)
    have = term.type.kind
    if have == "option":
        message = f"expected {want}, not an option"
        raise passage.refuse(node, "type-mismatch", message, OPTION_HELP)
    if want.kind == "boolean" and have != "boolean":
        message = f"expected true or false, not {term.type}"
        raise passage.refuse(node, "type-mismatch", message)
    if want.kind == "whole" and have == "number":
        raise passage.refuse(
            node,
            "type-mismatch",
            "expected a whole number, but this can have a fraction",
            "use round(), floor() or ceil(), or declare it with a point: 0.0 in place of 0",
        )
    return term


def fit_option(passage: Passage, term: Term, want: Type, node: ast.expr) -> Term:
    """Return the term as one of the options of `want`, or raise an error."""
    if isinstance(term, Word):
        if term.word not in want.options:
            raise ModelError(
                Diagnostic(
                    "unknown-option",
                    f"'{term.word}' is not one of the options: {', '.join(want.options)}",
                    passage.scalar.span_at(*term.at),
                    did_you_mean(term.word, want.options),
                )
            )
        return Number(float(want.options.index(term.word)), want)
    if isinstance(term, Choose) and term.type.kind == "option" and not term.type.options:
        assert isinstance(node, ast.IfExp)
        return Choose(
            term.test,
            fit_option(passage, term.then, want, node.body),
            fit_option(passage, term.otherwise, want, node.orelse),
            want,
        )
    if term.type != want:
        message = f"expected one of {', '.join(want.options)}, not {term.type}"
        raise passage.refuse(node, "type-mismatch", message)
    return term


def count_arguments(passage: Passage, node: ast.Call, signature: Signature) -> None:
    """Reject a call with too few or too many arguments."""
    given = len(node.args)
    if not signature.least <= given <= signature.most:
        one = signature.least == signature.most
        takes = f"{signature.least}" if one else f"{signature.least} to {signature.most}"
        plural = "" if takes == "1" else "s"
        raise passage.refuse(
            node,
            "argument-count",
            f"'{signature.name}' takes {takes} argument{plural}, not {given}",
            f"{signature.name}({signature.parameters})",
        )
