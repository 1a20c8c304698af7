"""Names of events in texts of the language, perhaps with members of their sets."""

from __future__ import annotations

from sim.language import grammar
from sim.language.checker import Checker
from sim.language.indices import event_of
from sim.language.scope import Passage, Scope
from sim.language.terms import Term
from sim.yaml import Scalar


def event_reference(scalar: Scalar, text: str, scope: Scope) -> tuple[str, tuple[Term, ...]]:
    """Check the name of an event, perhaps with members, as in ``arrival[north]``.

    Raises
    ------
    ModelError
        There is no such event, or its sets have no such members.
    """
    node = grammar.expression(scalar, text)
    passage = Passage(scalar, text, len(text) - len(text.lstrip()))
    return event_of(Checker(passage, scope), node)
