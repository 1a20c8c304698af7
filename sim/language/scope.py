"""The names that an expression can use, and its place in the file."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.errors import Diagnostic, ModelError, Span
from sim.language import grammar
from sim.language.terms import Role, Type
from sim.yaml import Scalar


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression can use.

    `place` describes the place in messages, as in "random draws are not allowed in {place}". `broken`
    are names whose declaration is invalid: no further errors are reported for them. `unset` are
    locals that only some branches set. `arising` are the events with a `rate` or `when` trigger.
    """

    names: Mapping[str, tuple[Role, Type]]
    events: frozenset[str]
    place: str
    broken: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()
    arising: frozenset[str] = frozenset()
    draws: bool = False
    now: bool = False
    counts: bool = True
    roles: frozenset[Role] = field(
        default_factory=lambda: frozenset(
            ("lever", "parameter", "state", "derived", "local", "now")
        )
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
