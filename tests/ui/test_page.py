"""The page without a browser: it is made from the model, and it says what it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

Page = Callable[..., AppTest]
FLAGSHIP = Path(__file__).parent.parent.parent / "scenarios" / "ukraine_2025"


def texts(app: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*app.markdown, *app.caption, *app.code))


def test_opens_with_the_second_scenario_against_the_first(page: Page, study: Path) -> None:
    app = page(study)
    assert app.selectbox(key="scenario_choice").value == "thrift"
    assert app.selectbox(key="baseline_choice").value == "usual"
    assert "The well runs dry" in [metric.label for metric in app.metric]
    assert "a toy, not a forecast" in texts(app)
    assert "seed 7" in texts(app)


def test_identical_scenarios_are_said_to_be(page: Page, study: Path) -> None:
    app = page(study, scenario="usual")
    assert "nothing differs yet" in texts(app)
    said = [caption.value for caption in app.caption if "same in every run" in caption.value]
    assert len(said) == len(app.metric)


def test_a_link_sets_levers(page: Page, study: Path) -> None:
    app = page(study, pump="9", cover="stone", guarded="yes")
    assert not app.warning
    code = "\n".join(part.value for part in app.code)
    assert "pump: 9        # one bucket" in code
    assert "cover: stone" in code
    assert "guarded: true" in code


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
def test_what_a_link_cannot_set_is_said(
    page: Page, study: Path, query: dict[str, str], words: str
) -> None:
    app = page(study, depth="20.0", **query)
    assert words in app.warning[0].value
    assert "depth: 20.0" in "\n".join(part.value for part in app.code)


def test_a_study_without_a_model_is_refused_in_words(page: Page, tmp_path: Path) -> None:
    (tmp_path / "model.yaml").write_text("model: broken\ntime: {}\n", encoding="utf-8")
    app = page(tmp_path)
    assert app.error
    assert "model.yaml:2:1" in app.code[0].value
    assert "Traceback" not in app.code[0].value


def test_the_flagship_opens(page: Page) -> None:
    app = page(FLAGSHIP)
    assert len(app.metric) == 4
    assert not app.error
