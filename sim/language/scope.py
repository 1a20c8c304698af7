"""What an expression may speak of, and where it stands."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.errors import Diagnostic, ModelError
from sim.language import grammar
from sim.language.terms import Role, Type
from sim.yaml import Scalar


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may speak of.

    `place` names the place in messages, as in "a draw may not stand in {place}". `broken` are names
    that are declared but invalid: nothing more is said of them. `unset` are locals that only some
    branches set. `arising` are the events that a hazard or a condition brings about.
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
    """The expression uses a name whose own error has been reported: no error to show."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the language and the scalar it stands in; `lead` blanks were cut before parsing."""

    scalar: Scalar
    text: str
    lead: int = 0

    def offsets(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return where a node begins and ends in the text."""
        return grammar.offsets(self.text, node, self.lead)

    def refuse(
        self, node: ast.expr | ast.stmt, code: str, message: str, help: str = ""
    ) -> ModelError:
        """Return an error that points at a node."""
        span = self.scalar.span_at(*self.offsets(node))
        return ModelError(Diagnostic(code, message, span, help))
