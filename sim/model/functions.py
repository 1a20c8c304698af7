"""Read functions from the entries of a file, and report all errors."""

from __future__ import annotations

import functools
import graphlib
import re
from collections.abc import Mapping, Sequence

from sim.language.definitions import EMPIRICAL, VALUE
from sim.language.expressions import Expression, draws, walk
from sim.language.names import DRAWS, FUNCTIONS, name_error
from sim.language.scope import Function, Scope
from sim.language.terms import NUMBER, Apply, Definition, Role, Type
from sim.model.chance import FunctionShape
from sim.model.checks import Path, Report, check_name

#: Terms of a function, with those of the functions that it calls.
MAX_TERMS = 2_000
MAX_VALUES = 10_000
_TAKEN = {*FUNCTIONS, *DRAWS, EMPIRICAL}


def read_functions(
    report: Report, entries: Mapping[str, FunctionShape], names: Mapping[str, tuple[Role, Type]]
) -> dict[str, Function | None]:
    """Read the functions of a model, each after those it calls; None is an invalid one.

    Parameters
    ----------
    names
        Of the model: a function sees only its arguments.
    """
    found: dict[str, Function | None] = dict(report.functions)
    for name in _order(report, entries, found):
        if name not in found:
            found[name] = _function(report, name, entries[name], names, found)
    return found


def _order(
    report: Report, entries: Mapping[str, FunctionShape], found: dict[str, Function | None]
) -> list[str]:
    """Return the names of the functions, each after those it calls; report circles."""
    texts = {n: str(e.value if e.value is not None else e.draw) for n, e in entries.items()}
    needs = {n: set(re.findall(r"(\w+)\s*\(", text)) & set(entries) for n, text in texts.items()}
    while True:
        try:
            return list(graphlib.TopologicalSorter(needs).static_order())
        except graphlib.CycleError as error:
            cycle: list[str] = list(reversed(error.args[1]))
            first = min(range(len(cycle) - 1), key=lambda i: list(entries).index(cycle[i]))
            cycle = [*cycle[first:-1], *cycle[: first + 1]]
            message = f"'{cycle[0]}' calls itself: {' → '.join(cycle)}"
            report.error(("functions", cycle[0]), "function-cycle", message, key=True)
            found |= dict.fromkeys(cycle)
            needs = {n: uses - set(cycle) for n, uses in needs.items() if n not in cycle}


def _function(
    report: Report,
    name: str,
    entry: FunctionShape,
    names: Mapping[str, tuple[Role, Type]],
    known: Mapping[str, Function | None],
) -> Function | None:
    path: Path = ("functions", name)
    before = len(report.errors)
    if check_name(report, path, name) and name in _TAKEN:
        message = f"'{name}' is a function of the language already"
        report.error(path, "bad-name", message, "choose another name", key=True)
    for i, argument in enumerate(entry.takes):
        if error := name_error(argument):
            report.error((*path, "takes", i), "bad-name", f"'{argument}' {error}")
        elif argument in entry.takes[:i]:
            report.error((*path, "takes", i), "duplicate-name", f"two arguments '{argument}'")
    if entry.value is None and entry.draw is None:
        message = f"'value' or 'draw' is missing in '{name}'"
        report.error(path, "missing-key", message, key=True)
    elif entry.value is not None and entry.draw is not None:
        message = f"'{name}' has both 'value' and 'draw'"
        report.error((*path, "draw"), "conflicting-keys", message, key=True)
    if len(report.errors) > before:
        return None
    key = "value" if entry.draw is None else "draw"
    place = VALUE if key == "value" else "the 'draw' of a function"

    def body(kinds: Sequence[Type]) -> Expression | None:
        own: dict[str, tuple[Role, Type]] = {
            n: ("local", kind) for n, kind in zip(entry.takes, kinds, strict=True)
        }
        scope = Scope(
            {**names, **own}, frozenset(), place, draws=key == "draw", counts=False,
            roles=frozenset({"local"}), functions=known, samples=report.samples,
        )  # fmt: skip
        return report.expression((*path, key), scope)

    formula = body([NUMBER] * len(entry.takes))
    if formula is None:
        return None
    terms = list(walk(formula.term))
    called = [t.definition.size for t in terms if isinstance(t, Apply)]
    definition = Definition(
        name, tuple(entry.takes), formula.term, sum(map(draws, terms)), len(terms) + sum(called),
        formula.span,
    )  # fmt: skip
    if definition.size > MAX_TERMS:
        message = f"'{name}' expands to more than {MAX_TERMS:,} terms"
        report.error((*path, key), "too-large", message)
        return None
    if key == "draw" and not definition.draws:
        help = "write 'value' in place of 'draw'"
        report.error((*path, key), "conflicting-keys", f"'{name}' draws nothing", help, key=True)
        return None

    @functools.cache
    def typed(kinds: tuple[Type, ...]) -> Type:
        again = body(kinds)
        return NUMBER if again is None else again.type

    return Function(definition, typed)
