"""Read levers and state from the entries of a file, and report all errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sim.language.expressions import Expression
from sim.language.terms import NUMBER, WHOLE, Type
from sim.model.checks import (
    ACTORS,
    Path,
    Report,
    check_kind,
    check_name,
    check_range,
    check_unit,
    check_value,
    check_vintage,
    find_fact,
    is_word,
    numeric_type,
)
from sim.model.dates import is_dated, of_fact, with_times
from sim.model.facts import Fact
from sim.model.schema import DerivedShape, LeverShape, ParameterShape, StateShape
from sim.model.types import Lever, StateVariable, Value
from sim.yaml import locate

Pair = Sequence[float] | None
Shape = LeverShape | ParameterShape | StateShape
Ranged = Shape | DerivedShape


def read_lever(
    report: Report, name: str, entry: LeverShape, facts: Mapping[str, Fact], usual: Value | None
) -> Lever | None:
    """Read one lever; `usual` is the model's own default if a scenario changes it.

    The model decides the type, not the scenario: a whole number stays whole.
    """
    path: Path = ("levers", name)
    fact = find_fact(report, (*path, "fact"), entry.fact, facts)
    before = len(report.errors)
    check_name(report, path, name)
    times, dated = with_times(report, path, entry)
    if times is None:
        return None
    entry = times
    default = entry.default
    if default is None and entry.fact is not None:
        if fact is None or not check_vintage(report, path, fact):
            return None
        default = of_fact(report, path, fact) if entry.options is None else fact.value
        dated |= entry.options is None and is_dated(fact.value)
    if default is None:
        report.error(path, "missing-key", f"'default' is missing in '{name}'", key=True)
        return None
    own = declared_value(default, usual)
    number = numeric_type([own, entry.step, *(entry.range or ()), *entry.points.values()])
    values: dict[Path, Value] = {("default",): default}
    values |= {("points", key): v for key, v in entry.points.items()}
    kind = check_values(report, path, entry, values, own, number, entry.range)
    check_unit(report, path, entry.unit, fact)
    if entry.step is not None and entry.step <= 0:
        report.error((*path, "step"), "bad-range", "step must be above 0")
    if kind is None or len(report.errors) > before:
        return None
    return Lever(
        **common_fields(report, path, entry, entry.range, fact), type=kind, default=default,
        step=entry.step, points=dict(entry.points), fact=fact, dated=dated, kept=entry.kept,
    )  # fmt: skip


def read_state(report: Report, name: str, entry: StateShape) -> StateVariable | None:
    """Read one state variable; its initial value can use levers and parameters."""
    path: Path = ("state", name)
    place = (*path, "initial")
    before = len(report.errors)
    check_name(report, path, name)
    value = entry.initial
    if value is None:
        report.error(path, "missing-key", f"'initial' is missing in '{name}'", key=True)
        return None
    initial: Value | Expression | None = value
    if isinstance(value, str) and not _is_option(report, entry):
        kind = None
        if entry.options is not None:
            kind = check_kind(report, place, entry.options, value, {"range": entry.range})
            if kind is None:
                return None
        scope = report.scope("an initial value", draws=True, counts=False, roles=ACTORS, own=True)
        initial = report.expression(place, scope, kind)
        kind = kind or (initial.type if initial else NUMBER)
        if kind == WHOLE:
            kind = numeric_type(entry.range or ())
        check_range(report, (*path, "range"), entry.range)
    else:
        number = numeric_type([value, *(entry.range or ())])
        kind = check_values(report, path, entry, {place[2:]: value}, value, number, entry.range)
    if kind is None or initial is None or len(report.errors) > before:
        return None
    return StateVariable(
        **common_fields(report, path, entry, entry.range), type=kind, initial=initial
    )


def check_values(
    report: Report,
    path: Path,
    entry: Shape,
    values: Mapping[Path, Value],
    own: Value,
    number: Type,
    pair: Pair,
) -> Type | None:
    """Check the values of an entry, given by their paths in it, and return their type.

    `own` decides between option, truth value and number; `number` is the type of numbers. The result
    is None if a value is invalid.
    """
    numeric = {key: getattr(entry, key, None) for key in ("range", "step", "bounds")}
    shape = getattr(entry, "shape", None)
    numeric["shape"] = None if shape in ("uniform", "discrete") else shape
    kind = check_kind(report, (*path, *next(iter(values))), entry.options, own, numeric)
    if kind is None or not check_range(report, (*path, "range"), pair):
        return None
    kind = number if kind == NUMBER else kind
    fits = [check_value(report, (*path, *key), v, kind, pair) for key, v in values.items()]
    return kind if all(fits) else None


def declared_value(value: Value, usual: Value | None) -> Value:
    """Return the value that decides the type; a scenario can give an option another type."""
    return value if usual is None or isinstance(usual, str) else usual


def _is_option(report: Report, entry: StateShape) -> bool:
    """Return whether the text of an initial value is an option and not an expression."""
    text, options = entry.initial, entry.options
    if options is None or not isinstance(text, str):
        return False
    return text in options or (is_word(text) and text not in report.names)


def common_fields(
    report: Report, path: Path, entry: Ranged, pair: Pair, fact: Fact | None = None
) -> dict[str, Any]:
    """Return the fields that levers, parameters, state and derived quantities share."""
    low, high = pair or (None, None)
    unit_span = fact.unit_span if fact and not entry.unit else None
    if entry.unit:
        unit_span = locate(report.node, (*path, "unit")).value
    return {
        "name": path[1], "span": report.key(path), "low": low, "high": high,
        "unit": entry.unit or (fact.unit if fact else ""), "label": entry.label,
        "group": entry.group, "help": entry.help, "unit_span": unit_span,
    }  # fmt: skip
