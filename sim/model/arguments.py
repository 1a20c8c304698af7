"""Read what events take, what an edge gives them, and which of their occurrences it cancels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sim.errors import Diagnostic, did_you_mean
from sim.language.expressions import Expression, express, walk
from sim.language.scope import Scope
from sim.language.terms import BOOLEAN, Compare, Number, Role, Type
from sim.model.checks import (
    Path,
    Report,
    check_name,
    check_options,
    check_value,
    formula_text,
    is_word,
    number_help,
    numeric_type,
)
from sim.model.event_types import Argument
from sim.model.schema import EdgeShape
from sim.model.types import Value
from sim.yaml import Mapping as Node
from sim.yaml import Scalar, locate

_SECTIONS = ("levers", "parameters", "state", "derived", "events")


@dataclass
class Taken:
    """The arguments of one event; `broken` are the names of those that are invalid."""

    arguments: dict[str, Argument] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.arguments or self.broken)

    def within(self, scope: Scope) -> Scope:
        """Return a scope in which the arguments can be read."""
        if not self:
            return scope
        return replace(self.beside(scope), roles=scope.roles | {"argument"})

    def beside(self, scope: Scope) -> Scope:
        """Return a scope that knows the arguments, so that it can say that they are not allowed."""
        if not self:
            return scope
        names: dict[str, tuple[Role, Type]] = dict(scope.names)
        names |= {name: ("argument", of.type) for name, of in self.arguments.items()}
        return replace(scope, names=names, broken=scope.broken | self.broken)


def read_takes(
    report: Report, path: Path, takes: Mapping[str, Any], sets: Mapping[str, Type]
) -> Taken:
    """Read the arguments that an event declares."""
    found = Taken()
    for name, value in takes.items():
        place = (*path, "takes", name)
        before = len(report.errors)
        check_name(report, place, name)
        for section in _SECTIONS:
            if isinstance(report.node, Node) and name in report.node.section(section):
                message, help = f"'{name}' is also in '{section}'", "give the argument another name"
                report.error(place, "duplicate-name", message, help, key=True)
        kind, declared = _kind(report, place, value, sets)
        if kind is None or len(report.errors) > before:
            found.broken.add(name)
        else:
            found.arguments[name] = Argument(name, kind, declared, report.key(place))
    return found


def _kind(
    report: Report, path: Path, value: Any, sets: Mapping[str, Type]
) -> tuple[Type | None, Value]:
    """Return the type of an argument and its declared value; of options it is the first."""
    if isinstance(value, dict):
        words = value["options"]
        good = check_options(report, (*path, "options"), words)
        return (Type("option", tuple(words)) if good else None), words[0]
    if isinstance(value, str):
        if value in sets:
            return sets[value], sets[value].options[0]
        message = f"'{value}' gives no kind: it is neither a value nor the name of a set"
        help = number_help(value) or did_you_mean(value, sets)
        code = "unknown-name" if value.isidentifier() else "wrong-type"
        report.error(path, code, message, help or _KINDS)
        return None, value
    kind = BOOLEAN if isinstance(value, bool) else numeric_type([value])
    return (kind if check_value(report, path, value, kind) else None), value


_KINDS = "write 0 for a whole number, 0.0 for a number, true or false, or {options: [a, b]}"


def read_given(
    report: Report, path: Path, entry: EdgeShape, scope: Scope, target: Taken | None
) -> dict[str, Expression]:
    """Read the arguments that an edge gives; `target` is None for an invalid event."""
    given: dict[str, Expression] = {}
    if entry.where is not None:
        message, help = "'schedule' cannot have 'where'", "write 'if' for a condition"
        report.error((*path, "where"), "unknown-key", message, help, key=True)
    for name in entry.given:
        place = (*path, "with", name)
        argument = target.arguments.get(name) if target else None
        if target is not None and argument is None:
            if name not in target.broken:
                message = f"'{entry.schedule}' takes no argument '{name}'"
                help = did_you_mean(name, target.arguments)
                help = help or f"declare it there, as in 'takes: {{{name}: 0}}'"
                report.error(place, "unknown-argument", message, help, key=True)
            continue
        if argument is not None and (word := _word(report, place, argument.type, scope)):
            found = _option(report, place, argument.type, word)
        else:
            want = argument.type if argument else None
            found = report.expression(place, replace(scope, place="'with'"), want)
        if found is not None:
            given[name] = found
    return given


def _word(report: Report, path: Path, kind: Type, scope: Scope) -> str:
    """Return an option that is written without quotes, as in the entries of a file, or nothing."""
    scalar = locate(report.node, path).node
    assert isinstance(scalar, Scalar)
    text = formula_text(scalar).strip()
    known = text in scope.names or text in scope.broken or text in scope.unset
    return text if kind.options and is_word(text) and not known else ""


def _option(report: Report, path: Path, kind: Type, word: str) -> Expression | None:
    """Return an option as an expression."""
    if not check_value(report, path, word, kind):
        return None
    number = Number(float(kind.options.index(word)), kind)
    return express(word, locate(report.node, path).value, number)


def read_where(
    report: Report, path: Path, entry: EdgeShape, scope: Scope, target: Taken | None, own: bool
) -> Expression | None:
    """Read the condition for occurrences to cancel; `own` is true if they are of the same event.

    The names of the target's arguments are its arguments, all others those of the event that
    cancels.
    """
    if entry.given:
        message = "'cancel' cannot have 'with'"
        help = "write 'where' to choose what to cancel"
        report.error((*path, "with"), "unknown-key", message, help, key=True)
    if entry.where is None or target is None:
        return None
    place = (*path, "where")
    found = report.expression(place, target.within(replace(scope, place="'where'")), BOOLEAN)
    if found is None:
        return None
    read = [name for name in target.arguments if name in found.reads]
    if not read:
        message = f"'where' reads no argument of '{entry.cancel}'"
        help = "write 'if' for a condition that is the same for all of its occurrences"
        if not target.arguments:
            help = "declare there what tells its occurrences apart, as in 'takes: {who: 0}'"
        report.error(place, "no-argument", message, help)
    for name in read:
        role = "local" if name in scope.unset else scope.names.get(name, ("",))[0]
        if own and _with_itself(found):
            message = f"'{name}' is compared with itself: here it is of the pending occurrence"
            help = f"store the one under way in 'do', as in 'this_{name} = {name}'"
        elif not own and role in ("argument", "local"):
            message = f"'{name}' is an argument of '{entry.cancel}' and {_WORDS[role]} here"
            help = "give one of the two another name"
        else:
            continue
        scalar = locate(report.node, place).node
        assert isinstance(scalar, Scalar)
        match = re.search(rf"\b{name}\b", formula_text(scalar))
        assert match is not None
        span = scalar.span_at(*match.span())
        report.errors.append(Diagnostic("ambiguous-name", message, span, help))
    return found


_WORDS = {"argument": "an argument", "local": "a local"}


def _with_itself(condition: Expression) -> bool:
    """Whether a condition compares something with itself."""
    return any(
        isinstance(term, Compare) and len(set(term.operands)) < len(term.operands)
        for term in walk(condition.term)
    )
