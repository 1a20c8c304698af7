"""The page without a browser: it is made from the model, and it says what it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

import sim
from sim.analysis import one_at_a_time, sweep
from sim.analysis.design import points
from sim.errors import Diagnostic
from sim.formatting import short_titles
from ui import answers, documents
from ui.settings import Setting, with_text
from ui.study import open_study
from ui.text import JOINER, format_value, plain

Page = Callable[..., AppTest]
FLAGSHIP = Path(__file__).parent.parent.parent / "scenarios" / "ukraine_2025"


def turn(app: AppTest, path: str) -> AppTest:
    """Turn to another page."""
    app._page_hash = calc_hash(path)
    app.run()
    assert not app.exception, app.exception
    return app


def texts(app: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*app.markdown, *app.caption, *app.code))


def test_opens_with_the_second_scenario_against_the_first(page: Page, study: Path) -> None:
    app = page(study)
    view = app.session_state["offered"]["view"]
    assert (view["scenario"], view["baseline"], view["seed"]) == ("thrift", "usual", 7)
    assert "a toy, not a forecast" in texts(app)
    assert not app.sidebar.children
    turn(app, "compare")
    assert app.selectbox(key="scenario_choice").value == "thrift"
    assert app.selectbox(key="baseline_choice").value == "usual"
    assert "1,000 runs each: 200 futures × 5 replications" in texts(app)
    assert "bands from" not in texts(app)


def test_a_link_sets_levers(page: Page, study: Path) -> None:
    app = page(study, pump="9", cover="stone", guarded="yes", runs="500")
    assert not app.warning
    assert app.session_state["offered"]["view"]["values"] == {
        "cover": "stone", "guarded": True, "pump": 9
    }  # fmt: skip
    assert app.query_params["runs"] == "500"
    code = app.text_area(key="editor").value if turn(app, "scenario") else ""
    assert "pump: 9        # one bucket" in code
    assert "cover: stone" in code
    assert "guarded: true" in code


def test_a_link_to_an_edited_model_says_so_until_something_is_changed(
    page: Page, study: Path
) -> None:
    first = page(study, pump="9")
    assert "cannot be checked" in first.info[0].value
    assert "model.digest" not in first.query_params
    turn(first, "model").button(key="reset_button").click().run()
    assert not first.info
    query = {**first.query_params, "pump": "4"}
    assert not page(study, **query).info
    file = study / "model.yaml"
    text = file.read_text(encoding="utf-8").replace("every: exponential", "every: 2 * exponential")
    file.write_text(text.replace("  depth:", "  deep:").replace("2 * depth", "2 * deep"))
    app = page(study, **query, depth="20.0")
    assert "another version of the model 'well'" in app.info[0].value
    assert "scenario 'thrift' against 'usual'" in app.info[0].value
    assert "no lever or parameter 'depth'" in app.warning[0].value
    assert app.query_params["model.digest"] == query["model.digest"]
    turn(app, "model")
    assert app.info, "the word is gone while the same setting is shown"
    app.button(key="reset_button").click().run()
    assert not app.info
    assert app.query_params["model.digest"] != query["model.digest"]


def test_what_stands_twice_in_an_address_is_said(page: Page, study: Path) -> None:
    app = page(study, pump=["2", "5"], **{f"x{i}": "1" for i in range(20)})
    said = app.warning[0].value
    assert "and 11 more" in said
    assert app.session_state["view"].setting.values == (("pump", 5),)
    app = page(study, pump=["2", "5"])
    assert "'pump' is given 2 times; its last value, '5', is used" in app.warning[0].value


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"pump": "99"}, "pump"),
        ({"pump": "many"}, "a whole number"),
        ({"pumpe": "1"}, "pumpe"),
        ({"scenario": "nowhere"}, "nowhere"),
        ({"seed": "-1"}, "a whole number"),
        ({"cover": "straw"}, "straw"),
    ],
)
def test_what_a_link_cannot_set_is_shown(
    page: Page, study: Path, query: dict[str, str], words: str
) -> None:
    app = page(study, depth="20.0", **query)
    assert words in app.warning[0].value
    assert app.session_state["view"].setting.values == (("depth", 20.0),)


def test_a_study_without_a_model_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("model: broken\ntime: {}\n", encoding="utf-8")
    app = page(tmp_path)
    assert app.error
    assert "model.yaml:2:1" in app.code[0].value
    assert "Traceback" not in app.code[0].value


def test_the_flagship_opens(page: Page) -> None:
    app = page(FLAGSHIP)
    assert not app.error
    assert documents.body_of(app.session_state["offered"]["for"][1])


@pytest.mark.parametrize("path", ["compare", "drivers", "run", "scenario", "model"])
def test_every_page_is_drawn(page: Page, study: Path, path: str) -> None:
    app = page(study, pump="7")
    turn(app, path)
    assert not app.error
    assert "a toy, not a forecast" in texts(app)


def test_names_of_a_model_are_shown_as_they_are_written(page: Page, study: Path) -> None:
    """A label cannot bring an image, a link or a formula onto the page."""
    file = study / "model.yaml"
    evil = "![x](https://elsewhere.example/x.png) $a$ <b>"
    text = file.read_text(encoding="utf-8").replace("label: Water left", f"label: '{evil}'")
    file.write_text(text, encoding="utf-8")
    app = turn(page(study), "compare")
    shown = [m.value for m in (*app.markdown, *app.caption)]
    shown += [name for table in app.table for name in table.value.columns]
    assert any("elsewhere" in part for part in shown)
    assert not any("](https://elsewhere" in part for part in shown)


def test_a_study_bears_links_that_lead_nowhere(page: Page, study: Path) -> None:
    """An editor leaves such a link beside a file that is being edited."""
    (study / ".#model.yaml").symlink_to("user@host.1:2")
    (study / "gone.yaml").symlink_to("nowhere.yaml")
    (study / "loop.yaml").symlink_to("loop.yaml")
    (study / "seeds").mkdir(exist_ok=True)
    (study / "seeds" / "gone.yaml").symlink_to("nowhere.yaml")
    app = page(study)
    assert not app.error


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("seed", "0" * 20 + "9" * 30), ("seed", "0" * 21 + "9" * 5000), ("seed", "٣"),
        ("runs", "000000005" + "0" * 30), ("runs", "9" * 6000), ("pump", "9" * 6000),
        ("pump", "nan"), ("pump", "1e999"), ("pump", "٣"),
    ],
)  # fmt: skip
def test_numbers_of_an_address_are_plain(page: Page, study: Path, key: str, text: str) -> None:
    app = page(study, **{key: text})
    assert len(app.warning) == 1
    assert len(app.warning[0].value) < 600
    assert not app.error


def test_an_address_in_a_name_is_no_link() -> None:
    text = plain("http://evil.test www.evil.test a@evil.test :material/home: :smile: 12:30 a: b")
    assert re.search(r"https?:|www\\.|:(material|smile)|a@", text.replace("\\", "")) is None
    assert text.replace("\\", "").replace(JOINER, "").startswith("http://evil.test www.evil.")


def test_a_text_that_cannot_stand_beside_the_study_is_not_in_force(study: Path) -> None:
    opened = open_study(study)
    for text in (
        "model: other\ntime: {horizon: 5}\n",
        "scenario: x\nof: model.yaml\noutcomes: {e: {final: '1'}}\n",
    ):
        with pytest.raises(sim.SimError):
            with_text(opened, Setting("thrift"), text)


def test_values_read_as_a_reader_would_write_them() -> None:
    values = (None, True, False, "some_word", 2025, 10_000, -0.5, 3.0)
    said = [format_value(value) for value in values]
    assert said == ["–", "yes", "no", "some word", "2025", "10,000", "−0.5", "3"]


def test_the_caption_says_what_a_run_is_judged_by(page: Page, study: Path) -> None:
    app = turn(page(study), "run")
    assert " by " not in app.caption[1].value
    app.session_state["run_pick"] = "Worst 5 in 100"
    app.run()
    said = [caption.value for caption in app.caption if caption.value.startswith("Run ")]
    assert " · worst 5 in 100 by water left · " in said[0]


def test_an_answer_uses_labels(page: Page, study: Path) -> None:
    app = turn(page(study), "drivers")
    app.button(key="ask.tornado").click().run()
    assert set(app.dataframe[0].value["input"]) == {"Days between rains", "Buckets in a shower"}


def test_runs_without_a_value_are_left_out_where_asked(page: Page, study: Path) -> None:
    app = page(study)
    app.session_state["drivers_tabs"] = "Assumptions together"
    app = turn(app, "drivers")
    app.selectbox(key="drivers_outcome").set_value("dry_day").run()
    app.multiselect(key="sobol_inputs").set_value(["rain_every", "shower"]).run()
    app.button(key="ask.sobol").click().run()
    assert "has no value in" in app.warning[0].value
    app.toggle(key="drivers_missing").set_value(True).run()
    app.button(key="ask.sobol").click().run()
    assert not app.exception and not app.warning
    assert "Left out" in texts(app) and "Those left are a selection" in texts(app)


def test_a_question_without_an_answer_says_where_to_go() -> None:
    error = sim.ExperimentError(Diagnostic("no-variance", "'dry' does not vary"))
    assert "Assumptions one by one" in answers.refusal(error)
    assert answers.refusal(sim.ExperimentError("too many")) == "Too many."


def test_comparison_speaks_in_titles(page: Page, study: Path) -> None:
    app = turn(page(study), "compare")
    assert [list(table.value.columns)[:2] for table in app.dataframe] == [
        ["As usual", "Thrift"]
    ] * 2
    drawn = "".join(part.proto.spec for part in app.get("vega_lite_chart"))
    assert '"Thrift"' in drawn
    assert '"thrift"' not in drawn


def test_titles_are_short_where_that_tells_them_apart() -> None:
    titles = {
        "a": "Thrift: pump less", "b": "Usual (as it was)", "c": "Flood: soon", "d": "Flood: late",
        "e": "Drought", "f": "Drought", "g": ": none",
    }  # fmt: skip
    assert list(short_titles(titles).values()) == [
        "Thrift", "Usual", "Flood: soon", "Flood: late", "Drought (e)", "Drought (f)", ": none",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tab", "query", "runs"),
    [
        ("tornado", {}, 500), ("tornado", {"rain_every": "2"}, 400), ("sweep", {}, 1200),
        ("against", {}, 1000),
    ],
)  # fmt: skip
def test_the_price_of_a_question_is_what_it_takes(
    page: Page,
    study: Path,
    monkeypatch: pytest.MonkeyPatch,
    tab: str,
    query: dict[str, str],
    runs: int,
) -> None:
    app = page(study, **query)
    if tab == "sweep":
        app.session_state["drivers_tabs"] = "One lever from end to end"
    app = turn(app, "drivers")
    if tab == "against":
        tab = "tornado"
        app.toggle(key="drivers_against").set_value(True).run()
    totals = set()

    def watched(*given: Any, progress: Callable[[int, int], None], **named: Any) -> Any:
        def watch(done: int, total: int) -> None:
            totals.add(total)
            progress(done, total)

        return points(*given, progress=watch, **named)

    module = sweep if tab == "sweep" else one_at_a_time
    monkeypatch.setattr(module, "points", watched)
    button = app.button(key=f"ask.{tab}")
    assert f"Run {runs:,} replications" in button.label
    button.click().run()
    assert totals == {runs}
    assert ("this setting minus baseline" in texts(app)) == (runs == 1000)


def test_a_random_run_is_drawn_at_once(page: Page, study: Path) -> None:
    app = turn(page(study), "run")
    app.session_state["run_pick"] = "Random"
    app.run()
    said = next(caption.value for caption in app.caption if caption.value.startswith("Run "))
    place, last = map(int, re.findall(r"\d+", said.replace(",", "")[:24])[::2])
    assert place == app.session_state["run_random"] % (last + 1)


def test_an_edited_text_is_shown_beside_the_scenario(page: Page, study: Path) -> None:
    app = page(study)
    text = (study / "thrift.yaml").read_text(encoding="utf-8").replace("pump: 1 ", "pump: 2 ")
    for edited, told, title in (
        (
            f"{text}# mine\n",
            "Active: as edited",
            "*Thrift, buckets pumped = 2 buckets/day, text edited*",
        ),
        (
            text.replace("thrift", "mine").replace("Thrift: pump less", "Mine"),
            "*Mine*",
            "of *Mine*",
        ),
    ):
        setting = with_text(open_study(study), Setting("thrift"), edited)
        view = app.session_state["view"]
        app.session_state["view"] = replace(view, setting=setting)
        turn(app, "run")
        assert any(told in caption.value for caption in app.sidebar.caption)
        assert title in texts(app)


@pytest.mark.parametrize("path", ["model", "scenario"])
def test_units_that_do_not_agree_are_shown(page: Page, study: Path, path: str) -> None:
    assert not turn(page(study), path).warning
    file = study / "model.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "  odd: {final: water, unit: day}\n")
    app = turn(page(study), path)
    assert "Units do not agree in 1 place" in app.warning[0].value
    assert "unit-mismatch: 'odd' is in day" in texts(app)


@pytest.mark.parametrize("view", ["compare", "run"])
def test_why_is_answered_where_two_scenarios_meet(page: Page, study: Path, view: str) -> None:
    app = turn(page(study), view)
    app.button(key=f"ask.why.{view}").click().run()
    assert not app.exception and not app.warning
    told = texts(app)
    assert "Why do they differ?" in told
    assert " differs by " in told and " → " in told
