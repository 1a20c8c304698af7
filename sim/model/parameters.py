"""Read parameters: their value, and from what shape an uncertain one is sampled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sim.language.terms import NUMBER, WHOLE, Type
from sim.model.checks import (
    Path,
    Report,
    check_name,
    check_unit,
    check_vintage,
    find_fact,
)
from sim.model.dates import is_dated, of_fact, with_times
from sim.model.entries import Pair, check_values, common_fields, declared_value
from sim.model.facts import Fact
from sim.model.fields import is_number
from sim.model.schema import ParameterShape
from sim.model.types import Parameter, Value
from sim.numerics.special import normal_quantile
from sim.yaml import plain

#: Shapes of which a `range` is the 5th and 95th percentile, and where they are cut off without
#: `bounds`: at so many standard deviations.
UNBOUNDED = ("normal", "lognormal")
CUT = 4.0
#: The 95th percentile of the standard normal curve.
Z95 = normal_quantile(0.95)


def read_parameter(
    report: Report,
    name: str,
    entry: ParameterShape,
    facts: Mapping[str, Fact],
    usual: Value | None,
    counter: bool,
) -> Parameter | None:
    """Read one parameter; `counter` is true if a scenario replaces its fact."""
    path: Path = ("parameters", name)
    before = len(report.errors)
    check_name(report, path, name)
    if entry.fact is None and entry.assume is None:
        message = f"'fact' or 'assume' is missing in '{name}'"
        report.error(path, "missing-key", message, key=True)
        return None
    if entry.fact is not None and entry.assume is not None:
        message = f"'{name}' has both 'fact' and 'assume'"
        report.error((*path, "assume"), "conflicting-keys", message, key=True)
        return None
    fact = find_fact(report, (*path, "fact"), entry.fact, facts)
    if entry.fact is not None and fact is None:
        return None
    times, dated = with_times(report, path, entry)
    if times is None:
        return None
    entry = times
    value = entry.assume
    if fact is not None:
        value = of_fact(report, path, fact) if entry.options is None else fact.value
        dated |= entry.options is None and is_dated(fact.value)
    if value is None:
        return None
    pair: Any = entry.range
    if fact is not None:
        check_vintage(report, path, fact)
        check_unit(report, path, entry.unit, fact)
        if pair is None and fact.low is not None and fact.high is not None:
            pair = (fact.low, fact.high)
    own = declared_value(value, usual)
    shape = entry.shape or ("uniform" if entry.weights is None else "discrete")
    listed = _listed(report, path, entry, own)
    if listed is None or not _check_shape(report, path, entry, shape, pair, own):
        return None
    if listed and pair is None and is_number(own):
        pair = (min(listed), max(listed))
    middle = pair if shape in UNBOUNDED else None
    limits = pair if middle is None else _limits(shape, middle, entry.bounds)
    if middle is not None and limits is not None and entry.whole:
        limits = (math.ceil(limits[0]), math.floor(limits[1]))
    values: dict[Path, Value] = {("fact" if fact else "assume",): value}
    values |= {("weights", key): v for key, v in zip(entry.weights or (), listed, strict=True)}
    values |= {("range", i): end for i, end in enumerate(pair or ())}
    number = WHOLE if entry.whole else NUMBER
    kind = check_values(report, path, entry, values, own, number, limits)
    if kind is None or len(report.errors) > before:
        return None
    common = common_fields(report, path, entry, limits, fact)
    return Parameter(
        **common | {"label": entry.label or (fact.label if fact else "")}, type=kind, value=value,
        kind="fact" if fact else "counterfactual" if counter else "assumption", shape=shape,
        middle=None if middle is None else (middle[0], middle[1]),
        weights=_weights(entry, listed, kind), why=entry.why, fact=fact,
        dated=dated, kept=entry.kept,
    )  # fmt: skip


def _check_shape(
    report: Report, path: Path, entry: ParameterShape, shape: str, pair: Pair, own: Value
) -> bool:
    """Reject a shape without what it needs, or with what it cannot have."""
    before = len(report.errors)
    if entry.weights is not None and shape != "discrete":
        message = f"'weights' belong to the shape 'discrete', not to '{shape}'"
        report.error((*path, "weights"), "conflicting-keys", message, key=True)
    elif entry.weights is None and shape == "discrete":
        help = "as in weights: {0.1: 2, 0.5: 1}"
        report.error((*path, "shape"), "missing-key", "a discrete shape needs 'weights'", help)
    elif shape not in ("uniform", "discrete") and pair is None and is_number(own):
        help = "as in range: [low, high]"
        report.error((*path, "shape"), "missing-key", f"a {shape} shape needs a 'range'", help)
    elif shape in ("loguniform", "lognormal") and pair is not None and pair[0] <= 0:
        message = f"a {shape} shape needs a range above 0"
        report.error((*path, "shape"), "bad-range", message)
    if entry.bounds is not None and shape not in UNBOUNDED:
        message = f"'bounds' belong to the shapes normal and lognormal, not to '{shape}'"
        help = "its 'range' already bounds it"
        report.error((*path, "bounds"), "conflicting-keys", message, help, key=True)
    elif entry.bounds is not None and pair is not None:
        low, high = entry.bounds
        if not (low <= pair[0] <= pair[1] <= high and low < high):
            message = f"the range {pair[0]} to {pair[1]} is not inside the bounds {low} to {high}"
            help = "a range has the 5th and 95th percentile, and bounds lie outside it"
            report.error((*path, "bounds"), "bad-range", message, help)
    if pair is not None and shape in UNBOUNDED and pair[0] > pair[1]:
        message = f"the low end, {pair[0]}, is above the high end, {pair[1]}"
        report.error((*path, "range"), "bad-range", message)
    return len(report.errors) == before


def curve(shape: str, middle: tuple[float, float]) -> tuple[float, float]:
    """Return mean and standard deviation of a normal curve; of a lognormal one those of the logarithm.

    Parameters
    ----------
    middle
        Its 5th and 95th percentile.
    """
    low, high = middle if shape == "normal" else (math.log(middle[0]), math.log(middle[1]))
    return (low + high) / 2.0, (high - low) / (2.0 * Z95)


def _limits(shape: str, middle: Any, bounds: Any) -> Pair:
    """Return where the values of a normal or lognormal shape lie."""
    if bounds is not None:
        return (bounds[0], bounds[1])
    mean, sd = curve(shape, middle)
    ends = (mean - CUT * sd, mean + CUT * sd)
    return ends if shape == "normal" else (math.exp(ends[0]), math.exp(ends[1]))


def _listed(report: Report, path: Path, entry: ParameterShape, own: Value) -> list[Value] | None:
    """Return the values that have weights, in the order of the file; None if one is invalid."""
    weights = entry.weights
    if weights is None:
        return []
    place: Path = (*path, "weights")
    before = len(report.errors)
    found: list[Value] = []
    for key, weight in weights.items():
        value = key if entry.options is not None else plain(key)
        if not entry.options and not (
            is_number(value) if is_number(own) else value in (True, False)
        ):
            what = "a number" if is_number(own) else "true or false"
            message = f"expected {what} before the weight, not '{key}'"
            report.error((*place, key), "wrong-type", message, key=True)
        elif value in found:
            report.error((*place, key), "duplicate-option", f"'{key}' has two weights", key=True)
        elif not 0.0 <= weight <= 1e15:
            message = f"a weight is from 0 to 1e15, not {weight}"
            report.error((*place, key), "bad-range", message)
        found.append(value)  # type: ignore[arg-type]
    if len(report.errors) == before and not any(weights.values()):
        report.error(place, "bad-range", "all weights are 0, so no value is possible", key=True)
    every: list[Value] = [True, False] if isinstance(own, bool) else []
    every += entry.options or []
    lacking = [word for word in every if word not in found]
    if lacking and len(report.errors) == before:
        word = str(lacking[0]).lower() if isinstance(lacking[0], bool) else lacking[0]
        message = f"'{word}' has no weight"
        report.error(place, "missing-key", message, f"write {word}: 0 if it cannot be", key=True)
    return found if len(report.errors) == before else None


def _weights(
    entry: ParameterShape, listed: list[Value], kind: Type
) -> tuple[tuple[float, float], ...]:
    """Return values and weights in ascending order; an option as its place among the words."""
    weights = (entry.weights or {}).values()
    places = [float(kind.options.index(str(v)) if kind.options else v) for v in listed]
    return tuple(sorted(zip(places, map(float, weights), strict=True)))
