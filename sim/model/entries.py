"""Levers, parameters and state: entries of a file → frozen types, with every fault reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.language.terms import NUMBER, WHOLE, Expression, Type
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
from sim.model.facts import Fact
from sim.model.schema import LeverShape, ParameterShape, StateShape
from sim.model.types import Lever, Parameter, StateVariable, Value


def read_lever(
    report: Report, name: str, entry: LeverShape, facts: Mapping[str, Fact], usual: Value | None
) -> Lever | None:
    """Read one lever; `usual` is the model's own default, where a scenario sets another.

    Its type is for the model to say, not for a setting: a whole number stays one. A choice of words
    that is taken away makes room for another type.
    """
    path: Path = ("levers", name)
    good = check_name(report, path, name)
    fact = find_fact(report, (*path, "fact"), entry.fact, facts)
    default = entry.default
    if default is None and entry.fact is not None:
        if fact is None or not check_vintage(report, path, fact):
            return None
        default = fact.value
    if default is None:
        report.fault(path, "missing-key", f"'default' is missing in '{name}'", key=True)
        return None
    own = default if usual is None or isinstance(usual, str) else usual
    numeric = {"range": entry.range, "step": entry.step}
    kind = check_kind(report, (*path, "default"), entry.options, own, numeric)
    if kind is None:
        return None
    if kind == NUMBER:
        kind = numeric_type([own, entry.step, *(entry.range or ()), *entry.points.values()])
    good &= check_unit(report, path, entry.unit, fact)
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
    report: Report,
    name: str,
    entry: ParameterShape,
    facts: Mapping[str, Fact],
    usual: Value | None,
    counter: bool,
) -> Parameter | None:
    """Read one parameter; `usual` as for a lever, `counter`: a scenario replaced a fact by it."""
    path: Path = ("parameters", name)
    good = check_name(report, path, name)
    if entry.fact is None and entry.assume is None:
        words = f"'fact' or 'assume' is missing in '{name}'"
        report.fault(path, "missing-key", words, key=True)
        return None
    if entry.fact is not None and entry.assume is not None:
        words = f"'{name}' has both 'fact' and 'assume'"
        report.fault((*path, "assume"), "conflicting-keys", words, key=True)
        return None
    fact = find_fact(report, (*path, "fact"), entry.fact, facts)
    if entry.fact is not None and fact is None:
        return None
    good &= fact is None or check_vintage(report, path, fact)
    good &= check_unit(report, path, entry.unit, fact)
    value = fact.value if fact else entry.assume
    assert value is not None
    place = (*path, "fact" if fact else "assume")
    pair: Sequence[float] | None = entry.between
    if pair is None and fact is not None and fact.low is not None and fact.high is not None:
        pair = (fact.low, fact.high)
    own = value if usual is None or isinstance(usual, str) else usual
    kind = check_kind(report, place, entry.options, own, {"between": entry.between})
    if kind is None:
        return None
    if kind == NUMBER and entry.whole:
        kind = WHOLE
    good &= check_range(report, (*path, "between"), pair)
    if good:
        good &= check_value(report, place, value, kind, pair)
    for end in pair or () if good else ():
        good &= check_value(report, (*path, "between"), end, kind)
    if good and entry.shape == "loguniform" and pair is not None and pair[0] <= 0:
        report.fault((*path, "shape"), "bad-range", "a loguniform shape wants a range above 0")
        good = False
    if not good:
        return None
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


def read_state(report: Report, name: str, entry: StateShape) -> StateVariable | None:
    """Read one state variable; its initial value may use levers and parameters."""
    path: Path = ("state", name)
    good = check_name(report, path, name)
    initial: Value | Expression | None = entry.initial
    place = (*path, "initial")
    scope = report.scope("an initial value", counts=False, roles=ACTORS)
    kind: Type | None
    if entry.options is not None:
        kind = check_kind(report, place, entry.options, initial, {"range": entry.range})
        if kind is None:
            return None
        if isinstance(initial, str) and (initial in report.names or not is_word(initial)):
            initial = initial if initial in kind.options else report.expression(place, scope, kind)
        else:
            good &= check_value(report, place, initial, kind)
    elif isinstance(initial, str):
        initial = report.expression(place, scope)
        kind = initial.type if initial else NUMBER
        if kind.kind == "whole":
            kind = numeric_type(list(entry.range or ()))
    else:
        kind = check_kind(report, place, None, initial, {"range": entry.range})
        if kind is None:
            return None
        if kind == NUMBER:
            kind = numeric_type([initial, *(entry.range or ())])
        if check_range(report, (*path, "range"), entry.range):
            good &= check_value(report, place, initial, kind, entry.range)
        else:
            good = False
    if isinstance(initial, Expression):
        good &= check_range(report, (*path, "range"), entry.range)
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
