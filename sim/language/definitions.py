"""Calls of what a model itself defines: its functions, and `empirical` draws from its samples."""

from __future__ import annotations

import ast
from collections.abc import Callable

from sim.errors import did_you_mean
from sim.language.scope import BrokenName, Passage, Scope
from sim.language.terms import BOOLEAN, NUMBER, WHOLE, Apply, Pick, Term

EMPIRICAL = "empirical"
#: Where the `value` of a function of the model is.
VALUE = "the 'value' of a function"


def require_draws(passage: Passage, scope: Scope, node: ast.Call) -> None:
    """Reject a random draw where there can be none."""
    if not scope.draws:
        help = "draw in 'do', 'every', 'after' or 'initial', and store the result in the state"
        if scope.place == VALUE:
            help = "write 'draw' in place of 'value'"
        message = f"random draws are not allowed in {scope.place}"
        raise passage.refuse(node, "draw-not-allowed", message, help)


def apply(
    passage: Passage, scope: Scope, node: ast.Call, name: str, number: Callable[[ast.expr], Term]
) -> Term:
    """Check a call of a function of the model; `number` checks an argument."""
    function = scope.functions[name]
    if function is None:
        raise BrokenName(name)
    definition = function.definition
    given, takes = len(node.args), definition.takes
    if given != len(takes):
        message = f"'{name}' takes {len(takes)} argument{'s' * (len(takes) != 1)}, not {given}"
        raise passage.refuse(node, "argument-count", message, f"{name}({', '.join(takes)})")
    if definition.draws:
        require_draws(passage, scope, node)
    arguments = tuple(map(number, node.args))
    kinds = tuple(WHOLE if a.type == BOOLEAN else a.type for a in arguments)
    return Apply(definition, arguments, function.typed(kinds), passage.span(node))


def empirical(passage: Passage, scope: Scope, node: ast.Call) -> Term:
    """Check ``empirical(NAME)``."""
    require_draws(passage, scope, node)
    if len(node.args) != 1 or not isinstance(node.args[0], ast.Name):
        message = f"'{EMPIRICAL}' takes the name of one of the 'samples'"
        raise passage.refuse(node, "argument-count", message)
    name = node.args[0].id
    if name not in scope.samples:
        help = did_you_mean(name, scope.samples) or "list its values under 'samples'"
        raise passage.refuse(node.args[0], "unknown-name", f"there is no sample '{name}'", help)
    sample = scope.samples[name]
    if sample is None:
        raise BrokenName(name)
    return Pick(sample, WHOLE if sample.whole else NUMBER)
