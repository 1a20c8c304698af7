"""The settings that a search found, written as scenario files that are ready to run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sim.analysis.fronts import Front
from sim.errors import Diagnostic, ExperimentError
from sim.study.paths import study_root
from sim.study.scenario import Scenario
from sim.yaml import dump


def base_of(scenario: Scenario, folder: Path) -> str:
    """Return the scenario's file as scenarios in a folder name it.

    Raises
    ------
    ExperimentError
        The folder lies outside the study, from where a scenario cannot name it.
    """
    base = Path(scenario.path).resolve()
    folder = folder.resolve()
    if not base.is_relative_to(study_root(folder / base.name)):
        words = f"scenarios in '{folder.name}' cannot name '{base.name}'"
        help = f"choose a folder inside the study, as {Path(scenario.path).parent}"
        raise ExperimentError(Diagnostic("outside-study", words, None, help))
    return Path(os.path.relpath(base, folder)).as_posix()


def write_scenarios(found: Front, scenario: Scenario, folder: Path) -> list[Path]:
    """Write a scenario for each setting on the front, ready to run, and return their paths."""
    of = base_of(scenario, folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = scenario.model
    paths = []
    for number, finalist in enumerate(found.best, 1):
        name = f"{scenario.name}_best_{number}"
        said = "; ".join(
            f"{outcome.name} {fresh.mean:.4g} [{fresh.low:.4g}, {fresh.high:.4g}]"
            for outcome, fresh in zip(found.outcomes, finalist.fresh, strict=True)
        )
        values = dict(scenario.settings) | dict(finalist.changed)
        data: dict[str, Any] = {
            "scenario": name,
            "title": f"{scenario.title}: setting {number} on the front",
            "rationale": (
                f"Found by search ({found.method}, seed {found.seed}) from {scenario.name}. On fresh "
                f"random numbers, {found.fresh_replications} replications: {said}. No other setting "
                f"beats it in {finalist.on_front:.0%} of the resamples."
            ),
            "of": of,
        }
        for section, known in (("levers", model.levers), ("parameters", model.parameters)):
            chosen = {key: value for key, value in values.items() if key in known}
            data |= {section: chosen} if chosen else {}
        path = folder / f"{name}.yaml"
        path.write_text(dump(data), encoding="utf-8")
        paths.append(path)
    return paths
