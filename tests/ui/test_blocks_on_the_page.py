"""A lever that a block makes moves on the page like any other: the edit goes into the scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from ui import settings
from ui.study import Study, open_study

TANK = "block: tank\nneeds: [me]\nlevers: {'{me}_open': true}\nstate: {'{me}_x': 0}\n"
TANK += "events: {'{me}_drips': {rate: 1, if: '{me}_open', do: '{me}_x += 1'}}\n"
TANK += "outcomes: {'{me}_end': {final: '{me}_x'}}\n"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/tank.yaml").write_text(TANK)
    (tmp_path / "model.yaml").write_text(
        "model: tanks\ntime: {horizon: 10}\nuse: [{file: parts/tank.yaml, me: north}]\n"
    )
    (tmp_path / "dry.yaml").write_text("scenario: dry\nof: model.yaml\nlevers: {}  # none\n")
    return open_study(tmp_path)


@pytest.mark.parametrize("scenario", ["tanks", "dry"])
def test_a_lever_of_a_block_moves(study: Study, scenario: str) -> None:
    moved = settings.with_value(study, settings.Setting(scenario), "north_open", False)
    text = settings.overlay_text(study, moved)
    assert "levers: {north_open: false}" in text
    assert settings.with_text(study, moved, text) == moved
    assert settings.resolve(study, moved).values() == {"north_open": False}


def test_a_use_in_a_scenario_is_told(study: Study) -> None:
    with pytest.raises(sim.ModelError, match="only a model uses blocks"):
        settings.with_text(
            study, settings.Setting("dry"), "scenario: dry\nof: model.yaml\nuse: []\n"
        )


def test_a_changed_file_of_a_block_opens_the_study_anew(study: Study) -> None:
    (study.folder / "parts/tank.yaml").write_text(TANK.replace("open': true", "open': false "))
    assert open_study(study.folder).model.levers["north_open"].default is False
