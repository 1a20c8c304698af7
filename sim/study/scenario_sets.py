"""Several scenarios of one experiment: whether they can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.errors import Diagnostic, ExperimentError
from sim.study.scenario import Scenario


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
