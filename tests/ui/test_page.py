"""The page without a browser: it is made from the model, and it says what it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paging import moved, post, texts, turn
from streamlit.testing.v1 import AppTest

import sim
from sim.analysis import one_at_a_time, sweep
from sim.analysis.design import points
from sim.errors import Diagnostic
from sim.formatting import short_titles
from ui import answers, documents, runs
from ui.settings import Setting, resolve, status_quo, with_text
from ui.study import open_study
from ui.text import JOINER, format_value, plain

Page = Callable[..., AppTest]
FLAGSHIP = Path(__file__).parent.parent.parent / "scenarios" / "ukraine_2025"


def test_opens_with_the_second_scenario_against_the_first(page: Page, study: Path) -> None:
    app = page(study)
    view = app.session_state["offered"]["view"]
    assert (view["scenario"], view["baseline"], view["seed"]) == ("thrift", "usual", 7)
    assert "a toy, not a forecast" in texts(app)
    assert not app.sidebar.children
    for path in ("compare", "drivers", "run"):
        turn(app, path)
        assert not app.sidebar.children
        assert app.session_state["offered"]["view"] is view, "a change of page begins nothing anew"


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
    post(first, view=moved(first))
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
    turn(app, "run")
    post(app, view=moved(app))
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


def opened(app: AppTest, question: str, outcome: str = "") -> AppTest:
    """Open a question of Drivers."""
    app.session_state["look"] = {"question": question} | ({"outcome": outcome} if outcome else {})
    return turn(app, "drivers")


@pytest.mark.parametrize("name", ["tornado", "sobol", "attribution", "sweep", "discovery"])
def test_a_question_is_answered_when_it_is_opened(page: Page, study: Path, name: str) -> None:
    app = opened(page(study), name)
    told = texts(app)
    assert app.radio(key="drivers_question").value == name
    assert app.query_params["question"] == name
    (bold,) = [m.value for m in app.markdown if m.value.startswith("**") and len(m.value) > 40]
    assert "On Explore the difference to the baseline is" in told, told
    assert bold.endswith((".**", ").**")), bold
    assert not app.button or all(not b.key.startswith("ask.") for b in app.button if b.key)
    assert "dummy" not in told.lower()


def test_nothing_runs_before_a_question_is_opened(page: Page, study: Path) -> None:
    app = turn(page(study), "drivers")
    assert app.radio(key="drivers_question").value is None
    assert "answers" not in app.session_state
    app.radio(key="drivers_question").set_value("sweep").run()
    assert app.query_params["question"] == "sweep" and len(app.session_state["answers"]) == 1


def test_an_answer_uses_labels(page: Page, study: Path) -> None:
    app = opened(page(study), "tornado")
    inputs = set(app.dataframe[0].value["Input"]) - {""}
    assert inputs == {"Days between rains", "Buckets in a shower"}


@pytest.mark.parametrize("name", ["attribution", "sweep"])
def test_what_takes_the_futures_of_explore_has_its_number(
    page: Page, study: Path, name: str
) -> None:
    app = opened(page(study), name)
    source = open_study(study)
    view = app.session_state["view"]
    pair = {
        "base": status_quo(source, view.baseline, view.setting),
        "here": resolve(source, view.setting),
    }
    explored = runs.run_all(pair, n=1000, seed=view.seed).comparison()
    (found,) = app.session_state["answers"].values()
    row = explored.row(found.outcome.name, "here")
    if name == "attribution":
        assert found.whole == row.difference
        return
    at = pair["here"].values()[found.levers[0].name]
    places = [i for i, at_point in enumerate(found.matrix[:, 0]) if at_point == at]
    for place in places:
        assert found.differences[place] == row.difference
        assert (found.ranges[place].low, found.ranges[place].high) == (row.gap.low, row.gap.high)
    assert places, (found.matrix, at)


def test_runs_without_a_value_are_left_out_where_asked(page: Page, study: Path) -> None:
    app = page(study)
    app.session_state["sobol_inputs"] = ["rain_every", "shower"]
    app.session_state["sobol_from"] = []
    app = opened(app, "sobol", "dry_day")
    assert "has no value in" in texts(app)
    app.toggle(key="drivers_missing").set_value(True).run()
    assert not app.exception and not app.warning
    assert "has no value in" not in texts(app)


def test_a_question_without_an_answer_says_where_to_go() -> None:
    error = sim.ExperimentError(Diagnostic("no-variance", "'dry' does not vary"))
    assert "Which assumption decides it?" in answers.refusal(error)
    assert answers.refusal(sim.ExperimentError("too many")) == "Too many."


def test_seconds_left_come_from_the_rate_measured() -> None:
    at, said = [0.0], []
    tell = answers.meter(lambda share, words: said.append((share, words)), lambda: at[0])
    for done in range(0, 1001, 10):  # 100 runs a second
        at[0] = done / 100
        tell(done, 1000)
    for share, words in said:
        left = re.search(r"about (\d+) s left", words)
        if left:
            assert abs(int(left[1]) - 10 * (1 - share)) <= 0.5
    assert len(said) > 20 and said[-1] == (1.0, "1,000 of 1,000 runs")


def test_titles_are_short_where_that_tells_them_apart() -> None:
    titles = {
        "a": "Thrift: pump less", "b": "Usual (as it was)", "c": "Flood: soon", "d": "Flood: late",
        "e": "Drought", "f": "Drought", "g": ": none",
    }  # fmt: skip
    assert list(short_titles(titles).values()) == [
        "Thrift", "Usual", "Flood: soon", "Flood: late", "Drought (e)", "Drought (f)", ": none",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "each"), [("tornado", 1000), ("sweep", 11_000)])
def test_progress_ends_at_what_a_question_takes(
    page: Page, study: Path, monkeypatch: pytest.MonkeyPatch, name: str, each: int
) -> None:
    totals = set()

    def watched(
        *given: Any, progress: Callable[[int, int], None] | None = None, **named: Any
    ) -> Any:
        def watch(done: int, total: int) -> None:
            totals.add(total)
            if progress is not None:
                progress(done, total)

        return points(*given, progress=watch, **named)

    monkeypatch.setattr(sweep if name == "sweep" else one_at_a_time, "points", watched)
    app = opened(page(study), name)
    assert totals == {each}
    assert "this setting minus baseline" in texts(app)


def test_stop_keeps_what_is_shown(page: Page, study: Path) -> None:
    app = opened(page(study), "tornado")
    before = [m.value for m in app.markdown]
    (word,) = app.session_state["answers"]
    app.session_state["stopped_answer"] = word.replace(", 100, ", ", 200, ")
    app.selectbox(key="drivers_n").set_value(200).run()
    assert app.info[0].value.startswith("Stopped.")
    assert before[-1] in [m.value for m in app.markdown]
    app.button(key="ask.tornado").click().run()
    assert not app.info and len(app.session_state["answers"]) == 2


@pytest.mark.parametrize("path", ["model", "scenario"])
def test_units_that_do_not_agree_are_shown(page: Page, study: Path, path: str) -> None:
    assert not turn(page(study), path).warning
    file = study / "model.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + "  odd: {final: water, unit: day}\n")
    app = turn(page(study), path)
    assert "Units do not agree in 1 place" in app.warning[0].value
    assert "unit-mismatch: 'odd' is in day" in texts(app)


def test_names_of_a_model_are_shown_as_they_are_written(page: Page, study: Path) -> None:
    """A title cannot bring an image, a link or a formula onto the page."""
    file = study / "model.yaml"
    evil = "![x](https://elsewhere.example/x.png) $a$ <b>"
    text = file.read_text(encoding="utf-8").replace("title: A village well", f"title: '{evil}'")
    file.write_text(text, encoding="utf-8")
    app = turn(page(study), "model")
    shown = [m.value for m in (*app.markdown, *app.caption)]
    assert any("elsewhere" in part for part in shown)
    assert not any("](https://elsewhere" in part for part in shown)


LOOKED = {"outcome": "dry_day", "question": "sobol", "step": "3"}


def taught(study: Path) -> Path:
    """Give a study a lesson of three steps."""
    steps = "".join(f"  - {{title: Step {n}, text: Look.}}\n" for n in (1, 2, 3))
    (study / "guide.yaml").write_text(
        f"guide: lesson\nof: model.yaml\nsteps:\n{steps}", encoding="utf-8"
    )
    model = study / "model.yaml"
    model.write_text(model.read_text(encoding="utf-8") + "\nguide: guide.yaml\n", encoding="utf-8")
    return study


def test_what_is_looked_at_lasts_over_pages(page: Page, study: Path) -> None:
    app = page(taught(study), **LOOKED)
    assert not app.warning
    assert "cannot be checked" not in "".join(one.value for one in app.info)
    for path in ("compare", "model", "drivers", ""):
        turn(app, path)
        assert {key: app.query_params[key] for key in LOOKED} == LOOKED
    assert app.session_state["offered"]["look"] == {"outcome": "dry_day", "step": "3"}
    post(app, view=moved(app), look={"outcome": "water"})
    assert app.query_params["outcome"] == "water"
    assert app.query_params["question"] == "sobol"
    assert "step" not in app.query_params


@pytest.mark.parametrize(
    ("key", "given", "words"),
    [
        ("outcome", "dry_dy", "did you mean 'dry_day'"),
        ("question", "why not", "question 'why not': unknown"),
        ("step", "0", "a whole number from 1 to 3"),
        ("step", "4", "a whole number from 1 to 3"),
        ("step", "x" * 5000, "a whole number from 1 to 3"),
    ],
)
def test_what_cannot_be_looked_at_is_said(
    page: Page, study: Path, key: str, given: str, words: str
) -> None:
    app = page(taught(study), **{key: given})
    assert words in app.warning[0].value.replace("\\", "")
    assert len(app.warning[0].value) < 600
    assert key not in app.query_params
    assert key not in app.session_state["look"]


def test_a_study_without_a_lesson_has_no_step(page: Page, study: Path) -> None:
    app = page(study, step="1")
    assert "step '1': this study has no guide" in app.warning[0].value.replace("\\", "")
