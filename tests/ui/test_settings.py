"""A setting and its three faces: levers, text and address. No browser, no page."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from browsing import environment

import sim
from ui.address import View, address_of, digest_of, doubt, opening, read_address
from ui.server import find_study, is_loopback
from ui.settings import (
    Setting,
    overlay_path,
    overlay_text,
    resolve,
    status_quo,
    with_text,
    with_value,
    with_values,
    without_values,
)
from ui.study import Study, read_study
from ui.views.scenario_text import save

UI = Path(__file__).parent.parent.parent / "ui"


@pytest.fixture
def opened(study: Path) -> Study:
    return read_study(study)


def test_the_order_and_baseline_come_from_the_experiment(opened: Study) -> None:
    assert list(opened.scenarios) == ["usual", "thrift", "well"]
    assert (opened.baseline, opened.first, opened.seed) == ("usual", "thrift", 7)


def test_a_lever_writes_into_the_text_and_keeps_its_comments(opened: Study) -> None:
    setting = with_value(opened, Setting("thrift"), "pump", 4)
    assert setting.values == (("pump", 4),)
    text = overlay_text(opened, setting)
    assert "pump: 4        # one bucket" in text
    assert "# what the elders propose" in text
    assert resolve(opened, setting).values()["pump"] == 4


def test_a_lever_put_back_leaves_no_trace(opened: Study) -> None:
    setting = with_value(opened, with_value(opened, Setting("thrift"), "pump", 4), "pump", 1)
    assert setting == Setting("thrift")


def test_text_moves_the_levers(opened: Study) -> None:
    text = overlay_text(opened, Setting("thrift")).replace("wood", "stone") + "# mine\n"
    setting = with_text(opened, Setting("thrift"), text)
    assert setting.values == (("cover", "stone"),)
    assert setting.text == text
    moved = with_value(opened, setting, "pump", 9)
    assert moved.text is not None
    assert moved.text.endswith("# mine\n")
    assert dict(moved.values) == {"cover": "stone", "pump": 9}


def test_text_may_change_the_structure(opened: Study) -> None:
    text = overlay_text(opened, Setting("thrift")) + "events: {draw: {every: 2}}\n"
    setting = with_text(opened, Setting("thrift"), text)
    event = resolve(opened, setting).model.events["draw"]
    assert event.when is not None
    assert event.when.text == "2"


def test_the_model_alone_becomes_an_overlay(opened: Study) -> None:
    setting = with_value(opened, Setting("well"), "pump", 9)
    text = overlay_text(opened, setting)
    assert "of: model.yaml" in text
    assert with_text(opened, Setting("well"), text).values == (("pump", 9),)


@pytest.mark.parametrize(("name", "value"), [("pump", 11), ("pomp", 1), ("cover", "straw")])
def test_what_will_not_do_is_refused(opened: Study, name: str, value: int | str) -> None:
    with pytest.raises(sim.SimError):
        with_value(opened, Setting("thrift"), name, value)


def test_the_baseline_takes_over_assumptions_set_by_hand_and_nothing_else(opened: Study) -> None:
    setting = with_value(opened, with_value(opened, Setting("thrift"), "shower", 9.0), "pump", 5)
    base = status_quo(opened, Setting("usual"), setting).values()
    assert base["shower"] == 9.0
    assert base["pump"] == 3


def test_assumptions_of_a_file_are_part_of_its_scenario(opened: Study) -> None:
    path = opened.folder / "thrift.yaml"
    path.write_text(
        path.read_text(encoding="utf-8") + "parameters: {shower: 9.0}\n", encoding="utf-8"
    )
    again = read_study(opened.folder)
    setting = with_value(again, Setting("thrift"), "rain_every", 3.0)
    assert resolve(again, setting).values()["shower"] == 9.0
    base = status_quo(again, Setting("usual"), setting).values()
    assert (base["shower"], base["rain_every"]) == (6.0, 3.0)


def test_several_values_are_set_at_once_and_taken_back(opened: Study) -> None:
    text = opened.text("thrift") + "events: {draw: {every: 2}}\n"
    bare = with_text(opened, Setting("thrift"), text)
    setting = with_values(opened, bare, {"pump": 4, "shower": 9.0})
    assert setting.values == (("pump", 4), ("shower", 9.0))
    assert "pump: 4        # one bucket" in (setting.text or "")
    again = without_values(opened, setting)
    assert again.values == ()
    assert "every: 2" in (again.text or "")
    with pytest.raises(sim.SimError):
        with_values(opened, bare, {"pump": 4, "depth": 1000.0})


def test_the_address_carries_a_view_there_and_back(opened: Study) -> None:
    setting = Setting("usual")
    for name, value in (("pump", 9), ("depth", 20.5), ("cover", "stone"), ("guarded", True)):
        setting = with_value(opened, setting, name, value)
    setting = with_value(opened, setting, "shower", 9.0)
    view = View(setting, Setting("thrift"), 99, True, 500)
    query = address_of(opened, view)
    assert read_address(opened, query) == (view, [])


def test_an_address_says_what_is_usual_too(opened: Study) -> None:
    """The experiment of the study may name another baseline or seed by the time a link is opened."""
    view = opening(opened)
    digests = digest_of(opened, view)
    assert address_of(opened, view) == {
        "scenario": "thrift", "baseline": "usual", "seed": "7", "model.digest": digests,
    }  # fmt: skip
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{8}){2}", digests)


def edited(opened: Study, file: str, old: str, new: str) -> Study:
    path = opened.folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return read_study(opened.folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("model.yaml", "label: Water left", "label: Water that is left", ""),
        ("model.yaml", "exponential(shower)", "2 * shower", "model 'well'"),
        ("model.yaml", "range: [2.0, 8.0]", "range: [2.0, 9.0]", "model 'well'"),
        ("thrift.yaml", "pump: 1 ", "pump: 2 ", "scenario 'thrift'"),
        ("usual.yaml", "of: model.yaml", "of: model.yaml\nlevers: {pump: 4}", "baseline 'usual'"),
    ],
)
def test_a_link_tells_that_its_files_were_edited(
    opened: Study, file: str, old: str, new: str, words: str
) -> None:
    query = address_of(opened, opening(opened))
    assert doubt(opened, opening(opened), query) == ""
    after = edited(opened, file, old, new)
    found = doubt(after, opening(after), query)
    assert (f"another version of the {words}, or of Fulcrum" in found) == bool(words)
    assert bool(found) == bool(words)


def test_a_link_without_a_digest_cannot_be_checked(opened: Study) -> None:
    for query in ({"pump": "2"}, {"model.digest": "", "pump": "2"}, {"model.digest": "x"}):
        assert "cannot be checked" in doubt(opened, opening(opened), query)
    for query in ({}, {"embed": "true"}):
        assert doubt(opened, opening(opened), query) == ""


def test_save_writes_what_reads_back(opened: Study) -> None:
    text = overlay_text(opened, with_value(opened, Setting("thrift"), "pump", 4))
    path = save(opened, "frugal", text, over=False)
    assert read_study(opened.folder).scenarios["frugal"].values()["pump"] == 4
    assert "# one bucket" in path.read_text(encoding="utf-8")
    assert not list(opened.folder.glob("*.part"))


@pytest.mark.parametrize("name", ["thrift", "model", "../out", "Big", ""])
def test_save_refuses(opened: Study, name: str) -> None:
    before = {path: path.read_bytes() for path in opened.folder.iterdir()}
    with pytest.raises(sim.SimError):
        save(opened, name, overlay_text(opened, Setting("thrift")), over=False)
    assert before == {path: path.read_bytes() for path in opened.folder.iterdir()}


def test_a_faulty_scenario_does_not_take_the_study_along(study: Path) -> None:
    (study / "usual.yaml").write_text("scenario: usual\nof: nowhere.yaml\n", encoding="utf-8")
    opened = read_study(study)
    assert opening(opened).baseline == Setting("well")
    view, ignored = read_address(opened, {"scenario": "usual"})
    assert view.setting == Setting("thrift")
    assert "nowhere.yaml" in ignored[0]


@pytest.mark.parametrize(
    ("address", "inside"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("", False)],
)
def test_loopback_is_told_apart(address: str, inside: bool) -> None:
    assert is_loopback(address) is inside


def test_an_address_open_to_others_is_refused(study: Path) -> None:
    command = [sys.executable, "-m", "ui.server", str(study), "--address", "0.0.0.0"]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "open to other machines" in done.stderr


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    assert find_study(tmp_path / "nothing") is None


def test_the_page_knows_no_study() -> None:
    words = {"ukraine", "atacms", "tariff", "putin", "patriot", "missile", "ceasefire"}
    for file in UI.rglob("*"):
        if file.suffix in (".py", ".js", ".css", ".toml"):
            found = set(file.read_text(encoding="utf-8").lower().replace("_", " ").split())
            assert not found & words, f"{file.name}: {found & words}"


def test_a_text_laid_over_the_scenario_in_view_is_a_new_one(opened: Study) -> None:
    """As an upload is: it does not stand in the file it names, so there is no circle."""
    setting = with_text(
        opened, Setting("thrift"), "scenario: more\nof: thrift.yaml\nlevers: {pump: 4}\n"
    )
    assert resolve(opened, setting).values()["pump"] == 4


def test_faults_bear_the_name_that_a_text_gives_itself(opened: Study) -> None:
    path = opened.folder / "thrift.yaml"
    own = path.read_text(encoding="utf-8")
    for text, file in (
        (own, "thrift.yaml"),
        (own.replace("scenario: thrift", "scenario: usual"), "usual.yaml"),
        (own.replace("scenario: thrift", "scenario: 'guest'  # mine"), "guest.yaml"),
        (own.replace("of: model.yaml", "of: thrift.yaml"), "my_setting.yaml"),
        (own.replace("scenario: thrift", "scenario: '../x'"), "thrift.yaml"),
    ):
        assert overlay_path(opened, "thrift", text) == str(opened.folder / file)
