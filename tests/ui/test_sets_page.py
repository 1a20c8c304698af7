"""The pages of a study over sets: every part opens, and an overlay sets single members."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import sim
from ui.settings import Setting, overlay_text, resolve, with_text, with_values, without_values
from ui.study import read_study

REGIONS = Path(__file__).parent / "regions"
#: An overlay with one value for all members.
FLAT = "scenario: flat\nof: model.yaml\nlevers:\n  lockdown: 0.3 # of all\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the study with another scenario."""
    copied = tmp_path / "regions"
    shutil.copytree(REGIONS, copied)
    (copied / "flat.yaml").write_text(FLAT, "utf-8")
    return copied


@pytest.mark.parametrize("path", ["explore", "compare", "drivers", "run", "scenario", "model"])
def test_every_page_opens(path: str, page: Callable[..., AppTest]) -> None:
    app = page(REGIONS, runs="60", **{"lockdown[south]": "0.5"})
    if path != "explore":
        app._page_hash = calc_hash(path)
        app.run()
    assert not app.exception, app.exception
    assert app.query_params["lockdown[south]"] == "0.5"
    if path == "model":
        assert "3 levers · 3 facts and assumptions · 2 state variables" in app.caption[1].value


@pytest.mark.parametrize("name", ["strict", "wide", "flat", "regions"])
def test_an_overlay_sets_single_members(name: str, folder: Path) -> None:
    study = read_study(folder)
    wanted = {
        "lockdown[south]": 0.5, "lockdown[far-east]": 0.25, "border[north]": "closed",
        "mobility[north,south]": 0.75,
    }  # fmt: skip
    setting = with_values(study, Setting(name), wanted)
    text = overlay_text(study, setting)
    made = sim.parse_scenario(text, folder / "mine.yaml")
    assert made.values() == resolve(study, setting).values()
    assert wanted.items() <= made.values().items()
    again = with_text(study, Setting(name), text)
    assert dict(again.values) == dict(setting.values)
    edited = with_text(study, Setting(name), text + "# mine\n")
    assert edited.text is not None
    moved = with_values(study, edited, {"lockdown[north]": 0.75})
    assert resolve(study, moved).values()["lockdown[north]"] == 0.75
    own = study.scenarios[name].values()
    assert resolve(study, without_values(study, moved)).values() == own
