"""Several scenarios of one experiment: a grid of settings, and whether they can be compared."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim.errors import Diagnostic, ExperimentError
from sim.formatting import yaml_text
from sim.model.types import Value
from sim.study.scenario import Scenario


def at_grid(scenario: Scenario, vary: Mapping[str, Sequence[Value]]) -> list[Scenario]:
    """Return the scenario at every point of the grid."""
    points = []
    for values in itertools.product(*vary.values()):
        settings = dict(zip(vary, values, strict=True))
        label = ", ".join(f"{key}={yaml_text(value)}" for key, value in settings.items())
        points.append(
            scenario.with_settings(settings, f"{scenario.name} [{label}]" if label else None)
        )
    return points


def require_comparable(scenarios: Sequence[Scenario]) -> None:
    """Refuse scenarios that cannot be compared."""
    names = [scenario.name for scenario in scenarios]
    for name in names:
        if names.count(name) > 1:
            words = f"two scenarios are called '{name}'"
            raise ExperimentError(Diagnostic("duplicate-scenario", words))
    first = scenarios[0].model
    for scenario in scenarios[1:]:
        if scenario.model.name != first.name:
            words = (
                f"'{scenario.name}' belongs to model '{scenario.model.name}', not '{first.name}'"
            )
            raise ExperimentError(Diagnostic("other-model", words))
        if replace(scenario.model.clock, max_events=first.clock.max_events) != first.clock:
            words = f"'{scenario.name}' has another time axis than '{scenarios[0].name}'"
            raise ExperimentError(Diagnostic("other-time", words))
        if list(scenario.model.outcomes) != list(first.outcomes):
            words = f"'{scenario.name}' has other outcomes than '{scenarios[0].name}'"
            raise ExperimentError(Diagnostic("other-outcomes", words))
