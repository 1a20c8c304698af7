"""What one meets who opens a page for the first time: few words, the difference first, words explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opened import published, visits

import sim
from sim.reporting.glossary import glossary_terms

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "scenarios" / "port_strike"
#: A name of a file, which a reader should never meet outside of code.
IDENTIFIER = re.compile(r"(?<![\w./])[a-z]+(?:_[a-z0-9]+)+\b(?![./])")
#: All that is read as text. Left out are code, the table with names of the command line, and rules,
#: which are formulas.
TEXTS = """() => {
  document.querySelectorAll("details").forEach((one) => (one.open = true));
  const walk = document.createTreeWalker(document.querySelector(".fl-page"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) {
    const { parentElement: of, data } = walk.currentNode;
    if (!of.closest("pre, code, textarea, option, .fl-records, .fl-step-why")) found.push(data);
  }
  const told = [...document.querySelectorAll("[aria-label], [title], option")];
  return [...found, ...told.map((e) => e.ariaLabel || e.title || e.textContent)];
}"""
LINES = """(e) => {
  const range = document.createRange();
  range.selectNodeContents(e);
  const tops = [...range.getClientRects()].map(({ bottom }) => Math.round(bottom / 6));
  return new Set(tops).size;
}"""


@pytest.fixture(scope="module")
def model() -> sim.Model:
    return sim.load_model(FOLDER / "model.yaml")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ("sit_it_out", "mediate", "order_to_work", "reroute")
    made = sim.load([FOLDER / f"{name}.yaml" for name in names], futures=40, replications=5, seed=7)
    return published(tmp_path_factory.mktemp("newcomer"), made)


@pytest.fixture
def visit(browser: Any, file: Path) -> Iterator[Callable[..., Any]]:
    yield from visits(browser, file)


@pytest.mark.parametrize(("width", "most"), [(1440, 2), (390, 3)])
def test_the_first_sentence_is_short_and_the_rest_a_line_each(
    visit: Callable[..., Any], width: int, most: int
) -> None:
    page = visit(width=width)
    assert page.locator(".fl-headline-sentence").evaluate(LINES) <= most
    for line in page.locator(".fl-headline summary:visible").all():
        assert line.bounding_box()["height"] <= 30, line.inner_text()


@pytest.mark.parametrize(("width", "most"), [(1440, 1), (390, 2)])
def test_the_other_outcomes_are_named_below_the_first_sentence(
    visit: Callable[..., Any], width: int, most: int
) -> None:
    page = visit(width=width)
    line = page.locator(".fl-headline-others")
    cards = page.locator(".fl-card").all()[1:]
    told = dict.fromkeys(("worse", "depends", "better"), "")
    for card in cards:
        kind = card.locator(".fl-verdict").get_attribute("data-kind")
        if kind in told:
            told[kind] += ", " * bool(told[kind]) + card.locator(".fl-card-label").inner_text()
    heads = {"worse": "Worse", "depends": "Depends on the assumptions", "better": "Better"}
    wanted = " · ".join(f"{heads[kind]}: {names}" for kind, names in told.items() if names)
    assert wanted and line.inner_text() == wanted
    assert line.evaluate(LINES) <= most
    page.locator("[data-choose=scenario]").select_option("sit_it_out")
    page.wait_for_selector(".fl-headline-others", state="hidden")
    assert "the same as the baseline" in page.locator(".fl-headline-sentence").inner_text()


def test_a_card_leads_with_the_difference_and_the_level_is_smaller(
    visit: Callable[..., Any],
) -> None:
    page = visit()
    size = "(e) => parseFloat(getComputedStyle(e).fontSize)"
    for card in page.locator(".fl-card").all():
        lead, level = card.locator(".fl-card-lead data"), card.locator(".fl-card-value data")
        assert lead.get_attribute("data-statistic").startswith("difference")
        assert lead.evaluate(size) > 1.5 * level.evaluate(size)
        assert lead.bounding_box()["y"] < level.bounding_box()["y"]
    tops = {card.bounding_box()["y"] for card in page.locator(".fl-card").all()}
    assert len(tops) == 1, "all cards stand in one row"


def test_cards_and_the_chart_of_the_difference_show_the_same_statistic(
    visit: Callable[..., Any],
) -> None:
    page = visit()
    found = page.locator(".fl-card-lead data").evaluate_all(
        "(all) => all.map((e) => e.dataset.statistic)"
    )
    assert "difference_q50" in found, "the middle over futures, as the line of the chart"
    note = page.locator(".fl-cards .fl-note").inner_text()
    assert "middle" in note
    assert "outcome of a whole run" in note and "series at each time" in note, "they may differ"


def test_each_sign_says_what_that_thing_is(visit: Callable[..., Any], model: sim.Model) -> None:
    page = visit()
    told = {}
    for card in page.locator(".fl-card").all():
        card.locator(".fl-card-about").click()
        told[card.get_attribute("data-outcome")] = card.locator(".fl-term-text").inner_text()
    assert told == {name: model.outcomes[name].help for name in model.headlines}


def test_a_word_opens_its_meaning_by_key_and_by_touch(visit: Callable[..., Any]) -> None:
    page = visit(width=390, has_touch=True)
    page.locator(".fl-dock-head").tap()
    word = page.locator(".fl-runs [data-term=future] .fl-term-word")
    meaning = page.locator(".fl-runs [data-term=future] .fl-term-text")
    assert not meaning.is_visible()
    word.tap()
    assert meaning.is_visible() and "uncertain assumptions" in meaning.inner_text()
    page.keyboard.press("Escape")
    assert not meaning.is_visible()
    assert word.evaluate("(e) => e === document.activeElement"), "the focus stays"
    page.keyboard.press("Enter")
    assert meaning.is_visible() and word.get_attribute("aria-expanded") == "true"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_word_stays_open_while_the_runs_go_on(visit: Callable[..., Any]) -> None:
    page = visit()
    page.locator(".fl-runs [data-term=future] .fl-term-word").click()
    slider = page.locator("input[type=range]").first
    slider.evaluate(
        "(e) => { e.value = 6; e.dispatchEvent(new Event('input', {bubbles: true})); "
        "e.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    page.wait_for_selector("html[data-state=ready]")
    assert page.locator(".fl-runs [data-term=future] .fl-term-text").is_visible()


def test_the_page_lists_every_word_and_those_of_the_model(
    visit: Callable[..., Any], model: sim.Model
) -> None:
    page = visit()
    page.locator("[role=tab]").last.click()
    listed = page.locator(".fl-glossary dt").all_inner_texts()
    assert listed == [term.term for term in glossary_terms(model)]
    assert listed[: len(model.terms)] == list(model.terms)


def test_z_undoes_while_a_slider_has_the_focus(visit: Callable[..., Any]) -> None:
    page = visit()
    slider = page.locator("input[type=range]").first
    before = slider.input_value()
    slider.focus()
    page.keyboard.press("End")
    moved = slider.input_value()
    assert moved != before
    page.keyboard.press("z")
    assert slider.input_value() == before
    page.keyboard.press("Shift+Z")
    assert slider.input_value() == moved
    page.locator(".fl-options summary").click()
    page.locator("input[data-seed]").focus()
    page.keyboard.press("z")
    assert slider.input_value() == moved, "where text is written Z is a letter"


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_a_seed_is_seen_whole(visit: Callable[..., Any], width: int) -> None:
    page = visit("#seed=202507141", width=width)
    page.locator(".fl-options summary").click()
    seed = page.locator("input[data-seed]")
    assert seed.input_value() == "202507141"
    assert seed.evaluate("(e) => e.scrollWidth <= e.clientWidth")


def test_no_name_of_a_file_is_read_anywhere(visit: Callable[..., Any]) -> None:
    page = visit("#scenario=order_to_work")
    for tab in page.locator("[role=tab]").all():
        tab.click()
        page.wait_for_timeout(1500)
        found = {name for text in page.evaluate(TEXTS) for name in IDENTIFIER.findall(text)}
        assert not found, (tab.inner_text(), found)


def test_one_of_a_thing_has_no_plural() -> None:
    """Over many runs of both studies, whatever numbers come up."""
    plural = re.compile(
        r"(?<![\d.,])1 (?:cruise |new |permitted )?"
        r"(?:drones|missiles|interceptors|Patriot systems|objects|days|ships|square kilometres)\b"
    )
    texts = [
        told.text
        for path in ("ukraine_2025/all_levers.yaml", "port_strike/mediate.yaml")
        for replication in range(4)
        for told in sim.trace(
            sim.load_scenario(ROOT / "scenarios" / path), replication=replication
        ).occurrences
    ]
    assert any(
        re.search(r"(?<![\d.,])1 (?:drone|missile|interceptor|ship)\b", text) for text in texts
    )
    assert [text for text in texts if plural.search(text)] == []


def test_the_note_of_a_fact_stands_beside_its_source(visit: Callable[..., Any]) -> None:
    """A reader learns that a range is the author's, or why a figure differs from its source."""
    page = visit("#tab=sources")
    page.fill(".fl-sources input[type=search]", "illustrative")
    offer = page.locator(".fl-source", has_text="Wage offer")
    assert "Invented for this example" in offer.inner_text()
    assert offer.locator(".fl-source-line").last.inner_text() == "Illustrative."
