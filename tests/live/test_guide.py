"""The lesson of a study in a published file: steps, moves, undo, address, phone, paper, for everybody."""

from __future__ import annotations

import re
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from opened import READY, overflow, published, visits

import sim
from ui.live.document import make_document

pytestmark = pytest.mark.browser

PORT = Path("scenarios/port_strike")
NAMES = ("sit_it_out", "mediate", "reroute")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """() => [...document.querySelectorAll(".fl-guide :is(button, summary)")]
  .filter((e) => e.checkVisibility()).map((e) => e.getBoundingClientRect())
  .filter((box) => box.width < 24 || box.height < 24).length"""


@pytest.fixture(scope="module")
def experiment() -> sim.Experiment:
    return sim.load([PORT / f"{name}.yaml" for name in NAMES], futures=40, replications=5)


@pytest.fixture(scope="module")
def file(experiment: sim.Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("page"), experiment)


@pytest.fixture
def opened(file: Path, browser: Any) -> Any:
    yield from visits(browser, file, offline=True, bypass_csp=True)


def press(page: Any, *names: str) -> None:
    for name in names:
        page.locator(f"[data-guide={name}]").click()
        page.wait_for_timeout(50)
        page.wait_for_selector(READY)


def test_steps_set_what_they_say_and_can_be_undone(opened: Any) -> None:
    page = opened()
    before = page.locator("[data-choose=scenario]").input_value()
    assert before == "mediate" and not page.locator(".fl-guide").is_visible()
    press(page, "start")
    assert not page.locator(".fl-guide-invite").is_visible()
    assert page.locator(".fl-guide-count").inner_text() == "1 of 9"
    assert page.locator(".fl-guide-title").evaluate("(e) => e === document.activeElement")
    assert page.locator("[data-choose=scenario]").input_value() == "sit_it_out"
    assert "step=1" in page.url
    page.locator("[data-act=undo]").click()
    assert page.locator("[data-choose=scenario]").input_value() == before
    press(page, "next", "next")
    assert "step=3" in page.url and "mediation_day=7" in page.url
    assert page.locator(".fl-asked").get_attribute("data-row") == "mediation"
    press(page, "back", "next")
    assert "step=3" in page.url
    press(page, "close")
    assert "step" not in page.url and page.locator(".fl-guide-invite").is_visible()
    assert not page.locator(".fl-asked").count()
    assert page.locator("[data-guide=start]").evaluate("(e) => e === document.activeElement")


@pytest.mark.parametrize("by", ["hand", "help"])
def test_a_move_is_noticed_and_told_in_the_words_of_the_page(opened: Any, by: str) -> None:
    page = opened("#step=3&scenario=sit_it_out&mediation_day=7")
    state = page.locator(".fl-guide-state")
    assert state.inner_text() == "" and not page.locator(".fl-guide-tick").is_visible()
    if by == "hand":
        press(page, "show")
        assert page.evaluate("document.activeElement.dataset.lever") == "mediation"
        page.keyboard.press("ArrowRight")
    else:
        press(page, "help")
    page.wait_for_selector(".fl-guide-state:not(:empty)")
    told = state.inner_text()
    assert re.fullmatch(
        r"✓ “Mediator” is called\. “Days on strike”: −[\d.]+ days, better in \d+ of 100 futures\.",
        told,
    )
    assert page.locator(".fl-guide-tick").is_visible() and "mediation=called" in page.url
    page.locator("[data-act=undo]").click()
    page.wait_for_selector(READY)
    assert state.inner_text() == "" and not page.locator(".fl-guide-tick").is_visible()


def test_a_step_stays_done_where_the_reader_goes_on_from_there(opened: Any) -> None:
    page = opened("#step=6&scenario=sit_it_out&mediation=called&mediation_day=7&talks_boost=1.0")
    field = page.locator("input[type=number][data-lever=mediation_gain]")
    tick = page.locator(".fl-guide-tick")
    first = field.input_value()
    press(page, "help")
    assert tick.is_visible()
    done = float(field.input_value())
    further = (done + float(first)) / 2
    field.fill(str(further))
    field.press("Enter")
    page.wait_for_selector(READY)
    assert float(field.input_value()) == further and tick.is_visible()


def test_an_assumption_is_opened_and_a_part_is_shown(opened: Any) -> None:
    page = opened("#step=5")
    press(page, "next")
    assert page.locator(".fl-asked").get_attribute("data-row") == "mediation_gain"
    assert page.locator(".fl-asked").is_visible() and "talks_boost=1.0" in page.url
    press(page, "next", "next")
    assert "tab=story" in page.url and page.locator(".fl-story").is_visible()
    press(page, "next")
    assert "tab=" not in page.url
    assert page.locator("[data-guide=next]").inner_text() == "End the lesson"
    press(page, "next")
    assert not page.locator(".fl-guide").is_visible()


def test_an_address_opens_a_step_and_leaves_what_is_set(opened: Any) -> None:
    page = opened("#scenario=sit_it_out&wage_offer=5.0&step=7")
    assert page.locator(".fl-guide-count").inner_text() == "7 of 9"
    assert "wage_offer=5.0" in page.url and "mediation=" not in page.url
    wrong = opened("#step=12")
    assert not wrong.locator(".fl-guide").is_visible()
    alert = wrong.locator(".fl-alert[role=alert]").inner_text()
    assert "step '12': must be a whole number from 1 to 9" in alert


def test_a_bare_address_of_a_step_sets_what_turning_to_it_sets(opened: Any) -> None:
    turned = opened()
    press(turned, "start", *["next"] * 3)
    page = opened("#step=4")
    assert page.locator(".fl-guide-count").inner_text() == "4 of 9"
    assert page.locator("[data-choose=scenario]").input_value() == "sit_it_out"
    assert page.locator("[data-choose=baseline]").input_value() == "sit_it_out"
    assert "reroute_share=0.7" in page.url and "outcome=cost" in page.url
    assert keys(page) == keys(turned)
    assert not page.locator(".fl-guide-tick").is_visible()
    press(page, "help")
    assert page.locator(".fl-guide-tick").is_visible(), "the move is still to be made"
    page.evaluate("location.hash = '#step=3'")
    page.wait_for_function("location.hash.includes('mediation_day=7')")
    assert page.locator(".fl-guide-count").inner_text() == "3 of 9"
    assert page.locator("[data-choose=scenario]").input_value() == "sit_it_out"


def test_a_bare_address_of_a_step_opens_its_part_and_keeps_luck(opened: Any) -> None:
    page = opened("#step=8&seed=11")
    assert page.locator(".fl-story").is_visible()
    assert page.locator("[data-choose=scenario]").input_value() == "mediate"
    assert "seed=11" in page.url
    own = opened("#step=3&scenario=reroute")
    assert own.locator("[data-choose=scenario]").input_value() == "reroute"
    assert "mediation_day" not in own.url, "a setting in the address wins"


def keys(page: Any) -> dict[str, list[str]]:
    return urllib.parse.parse_qs(page.url.split("#", 1)[1])


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_axe_finds_nothing_in_a_step(opened: Any, width: int, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = opened("#step=3&scenario=sit_it_out&mediation=called", width=width, dark=dark)
    page.wait_for_selector(".fl-guide-state:not(:empty)")
    page.locator(".fl-guide summary").click()
    found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    assert not [(f["id"], f["nodes"][0]["target"]) for f in found.response["violations"]]
    assert not page.evaluate(SMALL)
    assert overflow(page) == []


def test_on_a_phone_step_lever_and_result_are_in_sight_together(opened: Any) -> None:
    page = opened(width=390, height=844)
    press(page, "start", "next", "next", "show")
    assert page.locator(".fl-guide[data-folded]").count() == 1
    boxes = [
        page.locator(place).first.bounding_box()
        for place in (".fl-headline-sentence", ".fl-guide-head", "[data-row=mediation]")
    ]
    headline, head, lever = boxes
    assert head["height"] < 60, "one line"
    assert headline["y"] < head["y"] < lever["y"] and lever["y"] + lever["height"] <= 844
    assert overflow(page) == []
    page.evaluate("document.querySelector('.fl-dock').scrollTop = 9999")
    page.evaluate("scrollTo(0, 900)")
    assert page.locator("[data-guide=fold]").inner_text() == "Back to the step"
    press(page, "fold")
    for place in (".fl-headline-sentence", ".fl-guide-text", ".fl-guide-move"):
        box = page.locator(place).bounding_box()
        assert 0 <= box["y"] < 700, place
    page.set_viewport_size({"width": 1440, "height": 900})
    assert page.locator(".fl-body > .fl-guide").count() == 1


def test_paper_has_all_steps_and_the_answers_at_the_end(opened: Any) -> None:
    page = opened("#step=2")
    page.emulate_media(media="print")
    paper = page.locator(".fl-guide-paper")
    text = paper.inner_text()
    assert paper.locator("h3").count() == 9 and paper.locator(".fl-guide-lines").count() == 9
    assert (
        text.index("What the model leaves out")
        < text.index("Answers")
        < text.index("Luck averages")
    )
    assert not page.locator(".fl-guide").is_visible()


def test_a_page_without_what_the_guide_needs_has_none(experiment: sim.Experiment) -> None:
    assert make_document(experiment)["guide"]["minutes"] == 25
    assert "guide" not in make_document(experiment, guide=False)
    assert "guide" not in make_document(experiment, levers=["wage_offer"])
    alone = sim.load(PORT / "sit_it_out.yaml", futures=2, replications=1)
    assert "guide" not in make_document(alone), "step 8 sets another scenario"
