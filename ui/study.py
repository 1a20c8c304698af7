"""A study: a folder with a model, its scenarios and experiments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

import sim

SEED = 20250714


@dataclass(frozen=True)
class Study:
    """What a folder holds.

    Attributes
    ----------
    scenarios
        By name, in the order of the study's first experiment, then by file name; the model alone,
        as the scenario of its defaults, comes last.
    baseline, first
        Name of the usual baseline, and of the scenario that is shown first.
    faults
        Files that could not be read, with the words of the fault.
    """

    folder: Path
    scenarios: Mapping[str, sim.Scenario]
    files: Mapping[str, Path]
    baseline: str
    first: str
    seed: int = SEED
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> sim.Model:
        """The model of the baseline."""
        return self.scenarios[self.baseline].base

    def text(self, name: str) -> str:
        """Return the text of a scenario's file."""
        return self.files[name].read_text(encoding="utf-8")

    def is_model(self, name: str) -> bool:
        """Whether this scenario is the model itself, with its defaults."""
        return not self.scenarios[name].overlay and self.scenarios[name].model is (
            self.scenarios[name].base
        )


def open_study(folder: Path) -> Study:
    """Open a study; it is read again when one of its files has changed.

    Raises
    ------
    SimError
        There is no model, or the model has faults.
    """
    files = sorted(folder.glob("*.yaml"))
    seeds = [p for above in (folder, *folder.parents) for p in sorted(above.glob("seeds/*.yaml"))]
    stamp = tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in (*files, *seeds))
    return _open(str(folder), stamp)


@st.cache_resource(max_entries=4, show_spinner=False)
def _open(folder: str, stamp: tuple[tuple[str, int, int], ...]) -> Study:
    return read_study(Path(folder))


def read_study(folder: Path) -> Study:
    """Read every file of a folder.

    Raises
    ------
    SimError
        There is no model, or no scenario of it can be read.
    """
    found: dict[str, list[Path]] = {"model": [], "scenario": [], "experiment": []}
    faults: dict[str, str] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            found.setdefault(sim.kinds([file])[0][1], []).append(file)
        except sim.SimError as error:
            faults[file.name] = str(error)
    if not found["model"]:
        raise sim.ExperimentError(
            f"there is no model in '{folder.name}'"
            + "".join(f"\n{text}" for text in faults.values())
        )
    loaded: dict[str, sim.Scenario] = {}
    files: dict[str, Path] = {}
    for file in (*found["scenario"], *found["model"][:1]):
        try:
            scenario = sim.load_scenario(file)
        except sim.SimError as error:
            if file in found["model"]:
                raise
            faults[file.name] = str(error)
            continue
        if scenario.name in loaded:
            faults[file.name] = f"a second scenario is called '{scenario.name}'"
            continue
        loaded[scenario.name] = scenario
        files[scenario.name] = file
    order, seed = _order(found["experiment"], loaded)
    names = [*order, *(name for name in loaded if name not in order)]
    return Study(
        folder=folder,
        scenarios={name: loaded[name] for name in names},
        files=files,
        baseline=names[0] if order else names[-1],
        first=names[1] if len(names) > 1 and order else names[0],
        seed=seed,
        faults=faults,
    )


def _order(experiments: list[Path], loaded: Mapping[str, sim.Scenario]) -> tuple[list[str], int]:
    """Return the scenarios of the first experiment that compares several, and its seed."""
    for file in experiments:
        try:
            made = sim.load_experiment(file)
        except sim.SimError:
            continue
        names = [scenario.name for scenario in made.scenarios if scenario.name in loaded]
        if len(names) > 1:
            return names, made.seed
    return [], SEED
