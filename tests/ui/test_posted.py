"""What a browser posts and what the server sends it, without a browser."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paging import moved, post, turn
from streamlit.testing.v1 import AppTest

import sim
from ui import documents, posted
from ui.address import View, opening
from ui.settings import Setting, with_text, with_value, with_values, without_values
from ui.study import Study, read_study

Page = Callable[..., AppTest]


@pytest.fixture
def opened(study: Path) -> Study:
    return read_study(study)


def read(opened: Study, data: Any, edited: Setting | None = None) -> View:
    return posted.read_view(opened, posted.checked(data)[1], edited)


def through_json(data: Any) -> Any:
    """Data as JavaScript gives them back: it writes 20.0 as 20."""
    return json.loads(json.dumps(data).replace(".0,", ",").replace(".0}", "}"))


def test_a_view_comes_back_as_it_was_sent(opened: Study) -> None:
    chosen = {"pump": 9, "depth": 20.0, "cover": "stone", "guarded": True, "shower": 9.0}
    view = View(with_values(opened, Setting("thrift"), chosen), Setting("well"), 99, True, 500)
    data = posted.as_data(opened, view, None)
    back = through_json(data)
    assert posted.checked(back)[0] == posted.checked(data)[0]
    assert read(opened, back) == view
    assert isinstance(dict(read(opened, back).setting.values)["depth"], float)


def test_an_edited_text_is_a_scenario_beside_its_file(opened: Study) -> None:
    text = opened.text("thrift") + "events: {draw: {every: 2}}\n"
    setting = with_value(opened, with_text(opened, Setting("thrift"), text), "pump", 4)
    edited = without_values(opened, setting)
    view = View(setting, Setting("thrift"), 7)
    assert posted.as_data(opened, view, None) is None
    data = posted.as_data(opened, view, edited)
    assert data is not None
    assert (data["scenario"], data["baseline"]) == ("thrift_edited", "thrift")
    back = read(opened, through_json(data), edited)
    assert back == view
    assert posted.is_of(opened, back.setting, edited)
    assert read(opened, data | {"scenario": "thrift"}, edited).setting.text is None


GOOD = {
    "scenario": "thrift", "baseline": "usual", "values": {}, "seed": 7, "central": False, "runs": 0
}  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        None, [], "thrift", 7, {}, {"values": 3},
        GOOD | {"scenario": "nowhere"}, GOOD | {"scenario": None}, GOOD | {"scenario": ["thrift"]},
        GOOD | {"baseline": "thrift_edited"}, GOOD | {"baseline": 1},
        GOOD | {"seed": -1}, GOOD | {"seed": 1.5}, GOOD | {"seed": True}, GOOD | {"seed": 10**15},
        GOOD | {"runs": 5001}, GOOD | {"runs": "many"}, GOOD | {"runs": {}},
        GOOD | {"values": {"pump": 99}}, GOOD | {"values": {"pump": 1.5}},
        GOOD | {"values": {"pump": "1"}}, GOOD | {"values": {"pump": True}},
        GOOD | {"values": {"pomp": 1}}, GOOD | {"values": {"pump": None}},
        GOOD | {"values": {"pump": [1]}}, GOOD | {"values": {"depth": float("nan")}},
        GOOD | {"values": {"depth": float("inf")}}, GOOD | {"values": {"depth": 10**400}},
        GOOD | {"values": {"cover": "straw"}}, GOOD | {"values": {"cover": "x" * 5000}},
        GOOD | {"values": {"guarded": 1}}, GOOD | {"values": {"__proto__": 1}},
        GOOD | {"values": {f"x{i}": 1 for i in range(2000)}},
    ],
)  # fmt: skip
def test_what_is_no_view_is_refused_in_words(opened: Study, data: Any) -> None:
    with pytest.raises(sim.SimError) as caught:
        read(opened, data)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "body", [b"", b"[1]", b"7", b"{", b"\xff\xfe", b"[" * 60_000, b'{"a":' * 12_000, b'"x"', b"1" * 9000]
)  # fmt: skip
def test_only_a_json_object_is_a_state(body: bytes) -> None:
    assert posted.parsed(body) is None


def test_only_sessions_of_this_server_may_post_and_only_so_many() -> None:
    token = posted.new_token()
    assert not posted.keep(token, b"{}")
    posted.expect(token)
    assert posted.take(token) is None
    assert posted.keep(token, b'{"a": 1}')
    assert posted.keep(token, b'{"a": 2}')
    assert posted.take(token) == {"a": 2}
    assert posted.take(token) is None
    for _ in range(posted.MAX_SESSIONS):
        posted.expect(posted.new_token())
    assert not posted.keep(token, b"{}")


def document(prepared: documents.Prepared) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(gzip.decompress(prepared.body))
    return found


def test_a_document_is_made_once_and_found_by_its_digest(opened: Study) -> None:
    made = documents.prepare(opened)
    assert documents.prepare(opened) is made
    assert documents.body_of(made.digest) == made.body
    assert documents.body_of("0" * 16) is None
    found = document(made)
    names = [scene["name"] for scene in found["scenarios"]]
    assert names == ["usual", "thrift", "well"]
    assert (found["baseline"], found["first"], found["seed"]) == ("usual", "thrift", 7)
    assert (found["futures"], found["replications"]) == (200, 5)
    assert [scene["digest"] for scene in found["scenarios"]] == [opened.digest(n) for n in names]


def test_files_with_errors_are_left_out_and_named(study: Path) -> None:
    (study / "usual.yaml").write_text("scenario: usual\nof: nowhere.yaml\n", encoding="utf-8")
    (study / "other.yaml").write_text(
        "scenario: other\nof: model.yaml\ntime: {horizon: 30}\n", encoding="utf-8"
    )
    opened = read_study(study)
    made = documents.prepare(opened)
    assert "usual.yaml" in made.errors
    assert "nowhere.yaml" in made.errors["usual.yaml"]
    names = {scene["name"] for scene in document(made)["scenarios"]}
    assert {"thrift", "well"} <= names
    assert "usual" not in names
    assert document(made)["baseline"] == "well"


def test_a_document_of_an_edited_text_has_its_file_too(opened: Study) -> None:
    text = opened.text("thrift") + "events: {draw: {every: 2}}\n"
    edited = with_text(opened, Setting("thrift"), text)
    scenes = {
        scene["name"]: scene for scene in document(documents.prepare(opened, edited))["scenarios"]
    }
    assert list(scenes) == ["usual", "thrift", "well", "thrift_edited"]
    own = scenes["thrift_edited"]
    assert own["title"] == "Thrift, text edited"
    assert own["address"] == "thrift"
    assert own["file"].startswith("thrift_text_")
    assert own["module"] != scenes["thrift"]["module"]


def test_a_published_page_opens_with_the_setting(opened: Study) -> None:
    view = opening(opened)
    setting = with_value(opened, view.setting, "pump", 4)
    page = documents.published(opened, View(setting, view.baseline, 11, runs=500))
    block = page.partition('id="fulcrum-document">')[2].partition("</script>")[0]
    found = json.loads(block)
    assert (found["first"], found["seed"]) == ("thrift_pump_4", 11)
    assert (found["baseline"], found["futures"]) == ("usual", 100)
    titles = [scene["title"] for scene in found["scenarios"] if scene["name"] == found["first"]]
    assert titles == ["Thrift, buckets pumped = 4 buckets/day"]


def pumped(app: AppTest) -> list[Any]:
    """What the history has of the pump, up to what is shown."""
    state = app.session_state
    return [dict(v.setting.values).get("pump") for v in (*state["undo"], state["view"])]


def test_a_late_post_of_an_earlier_visit_changes_nothing(page: Page, study: Path) -> None:
    app = page(study)
    old = app.session_state["visit"]
    turn(app, "model")
    post(app, visit=old, view=moved(app, pump=4))
    assert pumped(app) == [None]


@pytest.mark.parametrize(
    "state",
    [
        {}, {"view": 3}, {"view": GOOD | {"values": {"pump": 99}}}, {"view": GOOD, "undo": {"a": 1}},
        {"view": GOOD, "undo": [None, [], 3, {"values": []}], "redo": "x", "pins": [{}, "pin"]},
        {"view": GOOD | {"scenario": "<img src=x>"}},
    ],
)  # fmt: skip
def test_a_hostile_state_changes_nothing(page: Page, study: Path, state: dict[str, Any]) -> None:
    app = page(study)
    before = app.session_state["view"]
    post(app, **state)
    assert app.session_state["view"] == before
    assert not app.session_state["undo"] and not app.session_state["pins"]
    assert bool(app.warning) == (state.get("view") is not GOOD)


def test_levers_on_explore_go_into_an_edited_text(page: Page, study: Path) -> None:
    app = page(study)
    text = (study / "thrift.yaml").read_text(encoding="utf-8") + "events: {draw: {every: 2}}\n"
    turn(app, "scenario")
    app.text_area(key="editor").set_value(text).run()
    turn(app, "")
    view = app.session_state["offered"]["view"]
    assert (view["scenario"], view["values"]) == ("thrift_edited", {})
    assert len(app.session_state["offered"]["undo"]) == 1
    post(app, view=view | {"values": {"pump": 4}}, undo=[view], redo=[])
    assert len(app.session_state["undo"]) == 1
    turn(app, "scenario")
    shown = app.text_area(key="editor").value
    assert "pump: 4        # one bucket" in shown
    assert "every: 2" in shown
    assert app.query_params["scenario"] == "thrift"


def test_what_was_done_is_the_history_of_all_pages(page: Page, study: Path) -> None:
    app = page(study)
    steps = [moved(app), moved(app, pump=4), moved(app, pump=5)]
    post(app, view=steps[1], undo=steps[:1], redo=steps[2:])
    assert pumped(app) == [None, 4]
    assert app.query_params["pump"] == "4"
    turn(app, "compare")
    post(app, view=steps[2], undo=steps[:2], redo=[])
    assert pumped(app) == [None, 4, 5]
    turn(app, "model")
    assert pumped(app) == [None, 4, 5]
    turn(app, "run")
    post(app, view=steps[1], undo=steps[:1], redo=steps[2:])
    turn(app, "scenario")
    turn(app, "")
    offered = app.session_state["offered"]
    assert [step["values"] for step in offered["undo"]] == [{}]
    assert [step["values"] for step in offered["redo"]] == [{"pump": 5}]
    assert offered["view"]["values"] == {"pump": 4}


def test_pins_are_kept_and_taken_away(page: Page, study: Path) -> None:
    app = page(study)
    pins = [moved(app, pump=n) for n in range(4, 8)]
    post(app, view=moved(app), pins=pins)
    turn(app, "model")
    turn(app, "compare")
    assert app.session_state["offered"]["pins"] == pins
    post(app, view=moved(app), pins=pins[1:3])
    turn(app, "model")
    turn(app, "")
    assert app.session_state["offered"]["pins"] == pins[1:3]
    post(app, view=moved(app), pins=[])
    assert not app.session_state["pins"]


def test_pages_of_the_live_page_are_one_visit(page: Page, study: Path) -> None:
    app = page(study)
    offered = app.session_state["offered"]
    for path in ("compare", "drivers", "run", ""):
        turn(app, path)
        post(app, view=moved(app, pump=4), undo=[moved(app)], redo=[])
        assert app.session_state["offered"] is offered
    app.query_params["pump"] = "6"
    app.run()
    assert app.session_state["offered"]["view"]["values"] == {"pump": 6}
    assert pumped(app) == [None, 4, 6]


def test_an_address_that_the_live_page_wrote_keeps_an_edited_text(page: Page, study: Path) -> None:
    app = page(study)
    text = (study / "thrift.yaml").read_text(encoding="utf-8") + "events: {draw: {every: 2}}\n"
    turn(app, "scenario")
    app.text_area(key="editor").set_value(text).run()
    turn(app, "")
    visit = app.session_state["visit"]
    app.query_params["pump"] = "4"
    post(app, view=moved(app, pump=4), undo=[moved(app)], redo=[])
    assert "every: 2" in app.session_state["view"].setting.text
    assert app.session_state["visit"] == visit
