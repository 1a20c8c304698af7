"""Why two settings differ, on the page: asked of a server, or held in a published file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from opened import READY, open_file, overflow

import sim
from sim.browser import script
from ui.live import style
from ui.live.document import make_document
from ui.live.languages import words
from ui.live.publish import page
from ui.why import every_answer

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
NASTY = "<img src=x onerror=window.hit=1>"
STEP = {"kind": "lever", "through": [], "from": "", "day": "", "removes": ""}
ANSWER: dict[str, Any] = {
    "scenario": "A", "against": "B", "outcome": "strike_days", "sentence": f"It is lower {NASTY}.",
    "paths": [
        {
            "title": "", "story": "",
            "steps": [
                {**STEP, "label": NASTY, "moved": "7 against 14 days", "direction": "set"},
                {**STEP, "label": "Phase", "moved": "−91", "direction": "less", "through": ["Call"],
                 "from": "day 3", "day": "day 7", "removes": "92 %"},
            ],
        },
        {"title": "", "story": "", "steps": [{**STEP, "label": "Other", "moved": "1", "direction": "more"}]},
    ],
    "columns": ["Step", "On"], "rows": [["Phase", "day 7"]], "runs": 500, "futures": 50, "seed": 3,
    "held": "", "notes": ["Beside these paths."], "command": "fulcrum why mediate.yaml",
}  # fmt: skip
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>{style}</style><div id="root" class="fl-root"></div><script>{script}
const study = {document};
window.asked = [];
const ask = (kind, question) => {{
  window.asked.push([kind, question]);
  return new Promise((done, failed) => Object.assign(window, {{ done, failed }}));
}};
const why = createWhy({{ words: study.words, document: study, language: "en", ask, asked: "strike_days" }});
root.append(why.element);
window.view = openingView(study);
window.show = (changed) => why.update((window.view = {{ ...window.view, ...changed }}));
show({{}});
</script></html>"""


@pytest.fixture(scope="module")
def ports() -> sim.Experiment:
    files = [ROOT / "scenarios/port_strike" / f"{n}.yaml" for n in ("sit_it_out", "mediate")]
    return sim.load(files, futures=4, replications=20)


@pytest.fixture
def asking(browser: Any, ports: sim.Experiment, tmp_path: Path) -> Any:
    document = make_document(ports) | {"statistics": "", "modules": [], "words": words("en")}
    modules = [ROOT / "ui/live" / f"{name}.js" for name in ("setting", "why")]
    text = PAGE.format(
        style=style(),
        script=script(*modules),
        document=json.dumps(document).replace("<", "\\u003c"),
    )
    file = tmp_path / "why.html"
    file.write_text(text, "utf-8")
    shown = browser.new_page(viewport={"width": 390, "height": 844})
    faults: list[str] = []
    shown.on("pageerror", lambda error: faults.append(str(error)))
    shown.goto(file.as_uri())
    shown.wait_for_selector(".fl-why:not([hidden])")
    yield shown
    assert not faults
    assert not shown.evaluate("window.hit")
    shown.close()


def test_a_question_is_asked_and_its_answer_drawn(asking: Any) -> None:
    asking.click(".fl-why-ask")
    (kind, question), = asking.evaluate("asked")  # fmt: skip
    assert (kind, question["outcome"]) == ("why", "strike_days")
    assert question["view"]["scenario"] == "mediate"
    assert (question["central"], question["forms"]) == (False, False)
    assert asking.is_visible(".fl-why progress")
    assert "s so far" in asking.inner_text(".fl-why-wait")
    asking.evaluate("(answer) => done(answer)", ANSWER)
    asking.wait_for_selector(".fl-why-sentence")
    assert not asking.is_visible(".fl-why progress")
    assert asking.inner_text(".fl-why-sentence") == ANSWER["sentence"]
    first = asking.locator(".fl-why-path >> nth=0")
    assert first.locator(".fl-why-step strong").all_inner_texts() == [NASTY, "Phase"]
    assert "by way of Call" in first.inner_text()
    assert "most on day 7, seen from day 3" in first.inner_text()
    assert "removes 92 %" in first.inner_text()
    assert asking.locator(".fl-why details > summary").all_inner_texts() == [
        "Further ways: 1", "The numbers, step by step", "How this was computed",
    ]  # fmt: skip
    assert "fulcrum why mediate.yaml" in asking.text_content(".fl-why pre")
    assert not overflow(asking)


def test_an_answer_of_another_setting_says_so(asking: Any) -> None:
    asking.click(".fl-why-ask")
    asking.evaluate("(answer) => done(answer)", ANSWER)
    asking.wait_for_selector(".fl-why-sentence")
    assert not asking.is_visible(".fl-why-note")
    asking.evaluate("show({ seed: 99 })")
    assert "another setting" in asking.inner_text(".fl-why-note")
    asking.click(".fl-why-ask")
    asking.evaluate("failed(new Error('no such outcome'))")
    asking.wait_for_selector(".fl-why-note:not(:empty)")
    assert asking.inner_text(".fl-why-note") == "There is no answer: no such outcome"


def test_a_file_holds_the_answers_that_were_asked_for(
    browser: Any, ports: sim.Experiment, tmp_path: Path
) -> None:
    told: list[str] = []
    document = make_document(ports)
    bare = tmp_path / "bare.html"
    bare.write_text(page(document), "utf-8")
    whys = every_answer(ports, ["sit_it_out", "mediate"], "sit_it_out", told.append)
    assert (told, list(whys)) == (["mediate"], ["mediate"])
    assert list(whys["mediate"]) == list(ports.model.headlines)
    file = tmp_path / "why.html"
    file.write_text(page(document | {"whys": whys}), "utf-8")
    shown = open_file(browser, bare, "#tab=story")
    shown.wait_for_selector(".fl-story-parting:not(:empty)")
    assert not shown.is_visible(".fl-story .fl-why")
    shown.close()
    shown = open_file(browser, file, "#tab=story")
    shown.wait_for_selector(".fl-story .fl-why-sentence")
    outcome = shown.input_value(".fl-story .fl-why select")
    assert shown.inner_text(".fl-story .fl-why-sentence") == whys["mediate"][outcome]["sentence"]
    assert not shown.is_visible(".fl-story .fl-why-ask")
    assert not shown.is_visible(".fl-story .fl-why-note")
    shown.goto(f"{file.as_uri()}#tab=story&scenario=mediate&mediation_day=20")
    shown.wait_for_selector(READY)
    shown.wait_for_function(
        "document.querySelector('.fl-story .fl-why-note').textContent.includes('as they are in the file')"
    )
    assert not shown.faults
    shown.close()
