"""The body of a function of a value over the members of sets, in the generated source."""

from __future__ import annotations

from collections.abc import Callable

from sim.engine.codegen.errors import ErrorTemplate
from sim.language.render import Renderer, local
from sim.language.terms import Reduce

# Names of locals; those of a model have no two underscores in a row.
_TOTAL, _VALUE, _BEST, _SOME = "total__", "value__", "best__", "some__"


def lines(term: Reduce, renderer: Renderer, register: Callable[[ErrorTemplate], int]) -> list[str]:
    """Return the lines of the function's body; `register` returns the number of an error."""
    depth = len(term.variables)
    loops = [
        "    " * i + f"for {local(variable)} in range({len(kind.options)}):"
        for i, (variable, kind) in enumerate(term.variables)
    ]
    if term.condition is not None:
        loops.append("    " * depth + f"if {renderer.truth(term.condition)}:")
        depth += 1
    inside = "    " * depth
    match term.function:
        case "sum":
            body = [f"{_TOTAL} = {_TOTAL} + {renderer.number(term.body)}"]
            before, after = [f"{_TOTAL} = 0.0"], [f"return {_TOTAL}"]
        case "count":
            body = [f"if {renderer.truth(term.body)}:", f"    {_TOTAL} = {_TOTAL} + 1.0"]
            before, after = [f"{_TOTAL} = 0.0"], [f"return {_TOTAL}"]
        case "any":
            body = [f"if {renderer.truth(term.body)}:", "    return 1.0"]
            before, after = [], ["return 0.0"]
        case "all":
            body = [f"if not {renderer.truth(term.body)}:", "    return 0.0"]
            before, after = [], ["return 1.0"]
        case _:
            before, body, after = _extreme(term, renderer, register)
    return [*before, *loops, *(inside + line for line in body), *after]


def _extreme(
    term: Reduce, renderer: Renderer, register: Callable[[ErrorTemplate], int]
) -> tuple[list[str], list[str], list[str]]:
    """Return the lines for the least or greatest value, or its member: the first of equal ones."""
    sign = "<" if term.function in ("min", "argmin") else ">"
    member = term.function.startswith("arg")
    result = _BEST if member else _TOTAL
    before = [f"{_SOME} = 0.0", f"{_TOTAL} = 0.0"]
    body = [f"{_VALUE} = {renderer.finite(term.body)}"]
    body += [f"if {_SOME} == 0.0 or {_VALUE} {sign} {_TOTAL}:", f"    {_SOME} = 1.0"]
    body.append(f"    {_TOTAL} = {_VALUE}")
    if member:
        before.append(f"{_BEST} = 0.0")
        body.append(f"    {_BEST} = float({local(term.variables[0][0])})")
    after = [f"return {result}"]
    if term.condition is not None:
        message = f"'{term.function}' has no member: none meets its condition"
        help = "test it first, as in 'x if any(…) else y'"
        number = register(ErrorTemplate("no-member", message, term.span, help))
        renderer.can_fail = True
        after = [f"if {_SOME} == 0.0:", f"    flag(c, {number})", *after]
    return before, body, after
