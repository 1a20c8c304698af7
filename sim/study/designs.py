"""Designs: which values of levers and parameters go together, each combination a scenario."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.errors import Diagnostic, ExperimentError
from sim.formatting import counted, yaml_text
from sim.model.types import Value
from sim.study.arguments import list_values, mapping
from sim.study.scenario import Scenario

MAX_SCENARIOS = 2_000
#: The key whose values go together, one by one.
ZIP = "zip"
#: Names that change together, each with as many values: one axis of a design.
Axis = dict[str, list[Value]]
#: Keys below `vary`.
Place = tuple[str | int, ...]


def zips(found: Any) -> list[Any]:
    """Return the zips under the key `zip`; none where it holds the values of a lever of that name."""
    if isinstance(found, Mapping):
        return [found]
    if isinstance(found, Sequence) and found and all(isinstance(one, Mapping) for one in found):
        return list(found)
    return []


def lists(vary: Mapping[str, Any]) -> Iterator[tuple[Place, str, Any]]:
    """Yield the place, name and values of everything that a design varies."""
    for key, found in vary.items():
        groups = zips(found) if key == ZIP else []
        for place, group in enumerate(groups):
            yield from (((key, place, name), name, values) for name, values in group.items())
        if not groups:
            yield (key,), key, found


def problems(vary: Mapping[str, Any]) -> Iterator[tuple[Place, Diagnostic]]:
    """Yield what is wrong with a design, with the place of each error."""
    seen: set[str] = set()
    for place, name, values in lists(vary):
        if name in seen:
            yield place, Diagnostic("duplicate-name", f"'{name}' is varied twice")
        if len(place) > 1 and not _plain(values):
            help = "write the values as a list, in [ ]"
            yield (
                place,
                Diagnostic("wrong-type", f"expected a list of values for '{name}'", None, help),
            )
        seen.add(name)
    for number, group in enumerate(zips(vary.get(ZIP))):
        sizes = {name: len(values) for name, values in group.items() if isinstance(values, list)}
        first = next(iter(sizes), "")
        if not group or 0 in sizes.values():
            words = "a zip needs lists of values, one for each name"
            yield (ZIP, number), Diagnostic("empty", words)
        for named, size in sizes.items():
            if size != sizes[first]:
                words = f"'{named}' has {counted(size, 'value')}, and '{first}' has {sizes[first]}"
                help = "the lists of a zip go together, one by one"
                yield (ZIP, number, named), Diagnostic("bad-design", words, None, help)


def _plain(values: Any) -> bool:
    """Whether these are single values in a list."""
    return isinstance(values, list) and all(isinstance(v, str | int | float) for v in values)


def axes(vary: Mapping[str, Any] | None) -> list[Axis]:
    """Return the axes of a design: each key alone, and the names of each zip together.

    Raises
    ------
    ExperimentError
        A zip has lists of different lengths, or a name is varied twice.
    """
    made: dict[str, Any] = {}
    for key, found in mapping("vary", vary or {}).items():
        groups = zips(found) if key == ZIP else []
        plain = [{n: list_values(n, v) for n, v in mapping(ZIP, one).items()} for one in groups]
        made[key] = plain or list_values(key, found)
    for _, problem in problems(made):
        raise ExperimentError(problem)
    found_axes: list[Axis] = []
    for key, found in made.items():
        found_axes += zips(found) if key == ZIP and zips(found) else [{key: found}]
    return found_axes


def spread(scenarios: Sequence[Scenario], design: Sequence[Axis]) -> list[Scenario]:
    """Return each scenario at every point of a design.

    Raises
    ------
    ExperimentError
        There are too many, or a value does not suit its lever.
    """
    steps = [list(zip(*axis.values(), strict=True)) for axis in design]
    points = math.prod(map(len, steps))
    if points * len(scenarios) > MAX_SCENARIOS:
        words = (
            f"{len(scenarios)} scenarios × {points:,} points to vary are above {MAX_SCENARIOS:,}"
        )
        raise ExperimentError(Diagnostic("too-large", words))
    names = [name for axis in design for name in axis]
    found = []
    for scenario, point in itertools.product(scenarios, itertools.product(*steps)):
        settings = dict(zip(names, itertools.chain(*point), strict=True))
        label = ", ".join(f"{key}={yaml_text(value)}" for key, value in settings.items())
        name = f"{scenario.name} [{label}]" if label else None
        found.append(scenario.with_settings(settings, name))
    return found
