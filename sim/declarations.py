"""Levers, parameters and state: entries of a file → frozen types, with every fault reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sim.errors import Diagnostic, ModelError, Span, did_you_mean
from sim.facts import Fact
from sim.language.check import BrokenName, Scope, check
from sim.language.names import name_fault
from sim.language.terms import BOOLEAN, NUMBER, WHOLE, Expression, Role, Type, express
from sim.model import Lever, Parameter, StateVariable, Value
from sim.schema import LeverShape, ParameterShape, StateShape
from sim.source import Node, Scalar, locate

MAX_OPTIONS = 100
Path = tuple[str | int, ...]


@dataclass
class Report:
    """The faults found so far in one document, and the names that are declared but faulty."""

    node: Node
    faults: list[Diagnostic] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def fault(self, path: Path, code: str, message: str, help: str = "", key: bool = False) -> None:
        """Add a fault that points at the value (or the key) at a path."""
        place = locate(self.node, path)
        self.faults.append(Diagnostic(code, message, place.key if key else place.value, help))

    def key(self, path: Path) -> Span:
        """Return the place of a key."""
        return locate(self.node, path).key

    def expression(self, path: Path, scope: Scope, want: Type | None = None) -> Expression | None:
        """Check the expression at a path; None where it is faulty."""
        scalar = locate(self.node, path).node
        if not isinstance(scalar, Scalar):
            self.fault(path, "wrong-type", "an expression is wanted here")
            return None
        text = formula_text(scalar)
        try:
            return express(text, scalar.span, check(scalar, text, scope, want))
        except ModelError as error:
            self.faults.extend(error.diagnostics)
        except BrokenName:
            pass
        return None


def formula_text(scalar: Scalar) -> str:
    """Return the text of an expression; a bare number or truth value is one too."""
    return scalar.value if isinstance(scalar.value, str) else scalar.text.strip()


def is_number(value: Any) -> bool:
    """Whether a value of a file is a number (and not true or false)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numeric_type(values: Sequence[Any]) -> Type:
    return WHOLE if all(isinstance(v, int) for v in values if v is not None) else NUMBER


def check_name(report: Report, path: Path, name: str) -> bool:
    """Refuse a word that cannot be a name."""
    fault = name_fault(name)
    if fault:
        report.fault(path, "bad-name", f"'{name}' {fault}", key=True)
    return not fault


def check_options(report: Report, path: Path, options: Sequence[str]) -> bool:
    """Refuse options that are not distinct plain words."""
    before = len(report.faults)
    for i, word in enumerate(options):
        if not word or not word.isascii() or not word.replace("_", "a").replace("-", "a").isalnum():
            report.fault(
                (*path, i), "bad-name", f"'{word}' is not a word: use letters, digits, _ or -"
            )
        if word in options[:i]:
            report.fault((*path, i), "duplicate-option", f"'{word}' is listed twice")
    return len(report.faults) == before


def check_range(report: Report, path: Path, pair: Sequence[float] | None) -> bool:
    """Refuse a range whose low end is above its high end."""
    if pair is not None and not pair[0] <= pair[1]:
        report.fault(path, "bad-range", f"the low end, {pair[0]}, is above the high end, {pair[1]}")
        return False
    return True


def check_value(
    report: Report, path: Path, value: Any, kind: Type, pair: Sequence[float] | None = None
) -> bool:
    """Refuse a value that is not of a type or not in a range."""
    before = len(report.faults)
    if kind.kind == "option":
        if value not in kind.options:
            report.fault(
                path,
                "unknown-option",
                f"'{value}' is not one of the options: {', '.join(kind.options)}",
                did_you_mean(str(value), kind.options),
            )
    elif kind.kind == "boolean":
        if not isinstance(value, bool):
            report.fault(path, "wrong-type", f"true or false is wanted here, not '{value}'")
    elif not is_number(value):
        report.fault(path, "wrong-type", f"{kind} is wanted here, not '{value}'")
    elif kind.kind == "whole" and float(value) != int(value):
        report.fault(path, "wrong-type", f"a whole number is wanted here, not {value}")
    elif pair is not None and not pair[0] <= value <= pair[1]:
        report.fault(
            path, "out-of-range", f"{value} lies outside the range, {pair[0]} to {pair[1]}"
        )
    return len(report.faults) == before


def find_fact(
    report: Report, path: Path, name: str | None, facts: Mapping[str, Fact]
) -> Fact | None:
    """Return the fact that an entry names, or None with the fault reported."""
    if name is None:
        return None
    if name not in facts:
        hint = did_you_mean(name, facts) or ("" if facts else "list its file under 'facts'")
        report.fault(path, "unknown-fact", f"there is no fact '{name}'", hint)
        return None
    return facts[name]


def read_lever(
    report: Report, name: str, entry: LeverShape, facts: Mapping[str, Fact]
) -> Lever | None:
    """Read one lever."""
    path: Path = ("levers", name)
    good = check_name(report, path, name)
    fact = find_fact(report, (*path, "fact"), entry.fact, facts)
    default = entry.default
    if default is None and entry.fact is not None and fact is None:
        return None
    if default is None and fact is not None:
        default = fact.value
    if default is None:
        report.fault(path, "missing-key", f"'default' is missing in '{name}'", key=True)
        return None
    if entry.options is not None:
        kind = Type("option", tuple(entry.options))
        good &= check_options(report, (*path, "options"), entry.options)
    elif isinstance(default, bool):
        kind = BOOLEAN
    else:
        kind = _numeric_type([default, entry.step, *(entry.range or ()), *entry.points.values()])
    good &= check_range(report, (*path, "range"), entry.range)
    if good:
        good &= check_value(report, (*path, "default"), default, kind, entry.range)
        for point, value in entry.points.items():
            good &= check_value(report, (*path, "points", point), value, kind, entry.range)
    if entry.step is not None and entry.step <= 0:
        report.fault((*path, "step"), "bad-range", "a step is above 0")
        good = False
    low, high = entry.range or (None, None)
    if not good:
        return None
    return Lever(
        name=name,
        type=kind,
        default=default,
        span=report.key(path),
        low=low,
        high=high,
        step=entry.step,
        points=dict(entry.points),
        unit=entry.unit or (fact.unit if fact else ""),
        label=entry.label,
        group=entry.group,
        help=entry.help,
        fact=fact,
    )


def read_parameter(
    report: Report, name: str, entry: ParameterShape, facts: Mapping[str, Fact], counter: bool
) -> Parameter | None:
    """Read one parameter; `counter` says that a scenario replaced a fact by it."""
    path: Path = ("parameters", name)
    good = check_name(report, path, name)
    if (entry.fact is None) == (entry.assume is None):
        words = (
            "'fact' or 'assume' is missing" if entry.fact is None else "both 'fact' and 'assume'"
        )
        report.fault(path, "missing-key", f"{words} in '{name}'", key=True)
        return None
    fact = find_fact(report, (*path, "fact"), entry.fact, facts)
    if entry.fact is not None and fact is None:
        return None
    if fact is not None and fact.vintage == "ex_post":
        report.fault(
            (*path, "fact"),
            "ex-post-default",
            f"fact '{fact.name}' became known only later: it may check the model, not feed it",
        )
        good = False
    value = fact.value if fact else entry.assume
    place = (*path, "fact" if fact else "assume")
    pair: Sequence[float] | None = entry.between
    if pair is None and fact is not None and fact.low is not None and fact.high is not None:
        pair = (fact.low, fact.high)
    if entry.options is not None:
        kind = Type("option", tuple(entry.options))
        good &= check_options(report, (*path, "options"), entry.options)
    elif isinstance(value, bool):
        kind = BOOLEAN
    else:
        kind = WHOLE if entry.whole else NUMBER
    good &= check_range(report, (*path, "between"), pair)
    if good:
        good &= check_value(report, place, value, kind, pair)
    if good and entry.shape == "loguniform" and pair is not None and pair[0] <= 0:
        report.fault((*path, "shape"), "bad-range", "a loguniform shape wants a range above 0")
        good = False
    if not good:
        return None
    assert value is not None
    low, high = pair or (None, None)
    return Parameter(
        name=name,
        type=kind,
        value=value,
        kind="fact" if fact else "counterfactual" if counter else "assumption",
        span=report.key(path),
        low=low,
        high=high,
        shape=entry.shape,
        unit=entry.unit or (fact.unit if fact else ""),
        label=entry.label or (fact.label if fact else ""),
        group=entry.group,
        help=entry.help,
        why=entry.why,
        fact=fact,
    )


def read_state(
    report: Report, name: str, entry: StateShape, names: Mapping[str, tuple[Role, Type]]
) -> StateVariable | None:
    """Read one state variable; `names` are the levers and parameters its initial value may use."""
    path: Path = ("state", name)
    good = check_name(report, path, name)
    initial: Value | Expression | None = entry.initial
    place = (*path, "initial")
    good &= check_range(report, (*path, "range"), entry.range)
    bounds = list(entry.range or ())
    if entry.options is not None:
        kind = Type("option", tuple(entry.options))
        good &= check_options(report, (*path, "options"), entry.options)
        if good and isinstance(initial, str) and initial not in kind.options and initial in names:
            initial = report.expression(place, _initial_scope(report, names), kind)
        elif good:
            good &= check_value(report, place, initial, kind)
    elif isinstance(initial, bool):
        kind = BOOLEAN
    elif isinstance(initial, str):
        initial = report.expression(place, _initial_scope(report, names))
        kind = initial.type if initial else NUMBER
        if kind.kind == "whole":
            kind = _numeric_type(bounds)
    else:
        kind = _numeric_type([initial, *bounds])
        if good:
            good &= check_value(report, place, initial, kind, entry.range)
    if not good or initial is None:
        return None
    low, high = entry.range or (None, None)
    return StateVariable(
        name=name,
        type=kind,
        initial=initial,
        span=report.key(path),
        low=low,
        high=high,
        unit=entry.unit,
        label=entry.label,
        help=entry.help,
        group=entry.group,
    )


def _initial_scope(report: Report, names: Mapping[str, tuple[Role, Type]]) -> Scope:
    return Scope(
        names, frozenset(), "an initial value", broken=frozenset(report.broken), counts=False
    )
