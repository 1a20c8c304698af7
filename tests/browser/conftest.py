"""Results that several tests of JavaScript show."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim


def scenarios(study: str) -> list[Path]:
    """The scenarios of a study, by name."""
    files = sorted(Path("scenarios", study).glob("*.yaml"))
    return [file for file in files if file.read_text("utf-8").find("\nscenario:") >= 0]


@pytest.fixture(scope="package")
def results() -> list[sim.Ensemble]:
    """Both studies with all their scenarios, in their usual 200 futures of 5 replications."""
    ports = sim.run(sim.load(scenarios("port_strike")), series=["waiting"])
    return [ports, sim.run(sim.load(scenarios("ukraine_2025")))]
