"""Match a term to an expected type; words become options."""

from __future__ import annotations

import ast

from sim.errors import Diagnostic, ModelError, did_you_mean
from sim.language.scope import Passage
from sim.language.terms import Choose, Number, Term, Type, Word


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
        raise passage.refuse(node, "type-mismatch", f"expected {want}, not an option")
    if want.kind == "boolean" and have != "boolean":
        message = f"expected true or false, not {term.type}"
        raise passage.refuse(node, "type-mismatch", message)
    if want.kind == "whole" and have == "number":
        raise passage.refuse(
            node,
            "type-mismatch",
            "expected a whole number, but this can have a fraction",
            "use round(), floor() or ceil(), or declare the state with a point: 'initial: 0.0'",
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
