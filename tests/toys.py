"""Small models from text, for tests."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import sim
from sim.engine.codegen.program import Program, generate
from sim.errors import Diagnostic, ModelError, RunError
from sim.model.types import Model

PLACE = Path("model.yaml")


def scenario(text: str, horizon: float = 10, **settings: Any) -> sim.Scenario:
    """The scenario of a model's text; its name, and its time if it has none, are put in front."""
    timed = text.lstrip().startswith("time:")
    head = "model: toy\n" if timed else f"model: toy\ntime: {{horizon: {horizon:g}}}\n"
    made = sim.parse_scenario(head + textwrap.dedent(text), PLACE)
    return made.with_settings(settings)


def model(text: str, horizon: float = 10) -> Model:
    return scenario(text, horizon).model


def program(text: str, horizon: float = 10) -> Program:
    return generate(model(text, horizon))


def trace(text: str, horizon: float = 10, seed: int = 1, replication: int = 0) -> sim.Trace:
    return sim.trace(scenario(text, horizon), seed=seed, replication=replication)


def story(text: str, horizon: float = 10, seed: int = 1) -> list[tuple[str, float]]:
    """Event and time of each occurrence."""
    return [(o.event, o.time) for o in trace(text, horizon, seed).occurrences]


def events(text: str, horizon: float = 10) -> str:
    """The events in order of occurrence, as one line of words."""
    return " ".join(event for event, _ in story(text, horizon))


def failure(text: str, horizon: float = 10) -> RunError:
    try:
        trace(text, horizon)
    except RunError as error:
        return error
    raise AssertionError("the replication did not fail")


def faults(text: str, horizon: float = 10) -> list[Diagnostic]:
    try:
        scenario(text, horizon)
    except ModelError as error:
        return list(error.diagnostics)
    return []
