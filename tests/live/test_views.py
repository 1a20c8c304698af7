"""Headline, cards, table and comparison of the live page, in a browser: without runs, of known rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import card_texts
import pytest
from web_calls import as_json

import sim
from sim.analysis.comparison_tables import standing
from sim.browser import script
from ui.live import style
from ui.live.document import make_document
from ui.live.languages import words

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
MODULES = [
    ROOT / "ui" / "live" / f"{name}.js"
    for name in ("texts", "headline", "cards", "table", "compare")
]
NASTY = "<img src=x onerror=alert(1)> \u202e & {done}"
PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Figures</title>
<meta name="viewport" content="width=device-width"><style>{style}</style>
<div id="root" class="fl-root"></div><script id="data" type="application/json">{data}</script>
<script>{script}
const number = (_, value) => (value === "NaN" ? NaN : value);
const {{ study, rows }} = JSON.parse(document.getElementById("data").textContent, number);
speak(study.words);
const context = {{ words: study.words, document: study, language: study.language }};
window.chosen = [];
const views = [createHeadline(context), createCards(context), createTable(context)];
const compare = createCompare(context, {{ onChoose: (name) => window.chosen.push(name) }});
root.append(...views.map(({{ element }}) => element), compare.element);
const base = rows.filter((row) => row.verdict === "baseline");
const others = rows.filter((row) => row.verdict !== "baseline");
window.show = (scenario, full, runs) => {{
  const here = others.filter((row) => row.scenario === scenario);
  const titles = {{ title: here[0].title, baseline: base[0].title }};
  for (const view of views) view.update({{ rows: here, base, ...titles, central: false, full, runs }});
}};
window.compareAll = (scenario, done, of) =>
  compare.update({{ rows: others, base, done, of, view: {{ scenario, central: false }} }});
</script></html>"""


@pytest.fixture(scope="module")
def compared() -> sim.Comparison:
    """The port strike, all scenarios, in its usual futures."""
    names = ("sit_it_out", "mediate", "order_to_work", "reroute")
    files = [ROOT / "scenarios" / "port_strike" / f"{name}.yaml" for name in names]
    return sim.compare(sim.run(sim.load(files)))


@pytest.fixture(scope="module")
def opened(
    browser: Any, compared: sim.Comparison, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Any]]:
    """``opened("de", width=390)``: a page with the views, before anything is shown."""
    files = [ROOT / "scenarios" / "port_strike" / f"{name}.yaml" for name in compared.scenarios]
    made = make_document(sim.load(files)) | {"statistics": "", "modules": []}
    pages: list[Any] = []

    def make(language: str = "en", width: int = 1440, label: str = "") -> Any:
        study = made | {"language": language, "words": words(language)}
        rows = [replace(row, label=label or row.label) for row in compared.rows]
        data = json.dumps({"study": study, "rows": as_json(rows)}).replace("<", "\\u003c")
        page = PAGE.format(
            language=language, style=style(), data=data, script=script("phrases", *MODULES)
        )
        file = tmp_path_factory.mktemp("figures") / "page.html"
        file.write_text(page, "utf-8")
        shown = browser.new_page(viewport={"width": width, "height": 900})
        shown.on("pageerror", lambda error: pytest.fail(str(error)))
        shown.goto(file.as_uri())
        pages.append(shown)
        return shown

    yield make
    for page in pages:
        page.close()


def test_every_number_of_the_comparison_is_in_the_page(
    opened: Callable[..., Any], compared: sim.Comparison
) -> None:
    page = opened()
    page.evaluate("compareAll('mediate', 3, 3)")
    found = page.evaluate(
        "[...document.querySelectorAll('.fl-record data')].map(({ dataset: d }) => "
        "[d.scenario, d.outcome, d.statistic, d.value])"
    )
    by = {tuple(key): value for *key, value in found}
    for record in compared.table():
        for name, value in record.items():
            if name in ("outcome", "scenario", "unit", "variance_reduction"):
                continue
            shown = by[str(record["scenario"]), str(record["outcome"]), name]
            if isinstance(value, str):
                assert shown == value
            else:
                assert (float(shown) if shown else None) == (value if value == value else None), (
                    name
                )


def test_scenarios_stand_in_order_and_can_be_chosen(
    opened: Callable[..., Any], compared: sim.Comparison
) -> None:
    page = opened()
    page.evaluate("compareAll('mediate', 3, 3)")
    lines = page.locator(".fl-ranked tbody tr")
    names = [lines.nth(i).get_attribute("data-scenario") for i in range(lines.count())]
    assert names == standing(compared.rows, compared.headlines[0])
    page.locator('tr[data-scenario="reroute"] [data-act=explore]').click()
    assert page.evaluate("window.chosen") == ["reroute"]
    assert page.locator('tr[data-scenario="mediate"] [data-act=explore]').is_hidden()
    page.locator('tr[data-scenario="mediate"] summary').click()
    assert (
        "Mediator" in page.locator('tr[data-scenario="mediate"] .fl-scenario-levers').inner_text()
    )


def test_a_card_says_how_few_runs_it_has_until_all_are_done(
    opened: Callable[..., Any], compared: sim.Comparison
) -> None:
    page = opened()
    page.evaluate("show('mediate', false, 200)")
    cards = page.locator(".fl-card")
    assert cards.count() == len(compared.headlines)
    assert "200 runs" in cards.first.inner_text()
    page.evaluate("show('mediate', true, 1000)")
    row = compared.row(compared.headlines[0], "mediate")
    told = cards.first.inner_text()
    assert "runs" not in told.replace("of 100 runs", "")
    middle, rest = card_texts.difference_text(row).split(", ", 1)
    assert told.index(middle) < told.index(rest)
    assert card_texts.range_text(row) in told


def test_what_has_the_focus_keeps_it_while_numbers_change(opened: Callable[..., Any]) -> None:
    page = opened()
    page.evaluate("show('mediate', false, 200); compareAll('mediate', 1, 3)")
    page.locator(".fl-outcome-table input").focus()
    page.evaluate("window.card = document.querySelector('.fl-card'); show('reroute', true, 1000)")
    assert page.evaluate("document.activeElement.type") == "checkbox"
    assert page.evaluate("window.card === document.querySelector('.fl-card')")
    page.locator('tr[data-scenario="reroute"] [data-act=explore]').focus()
    page.evaluate("compareAll('mediate', 3, 3)")
    assert page.evaluate("document.activeElement.className") == "fl-link"


def test_means_and_p_values_are_shown_when_they_are_asked_for(opened: Callable[..., Any]) -> None:
    page = opened()
    page.evaluate("show('mediate', true, 1000)")
    p = page.locator('.fl-outcome-table [data-statistic="p"]').first
    assert p.is_hidden()
    page.locator(".fl-outcome-table input").check()
    assert p.is_visible()


def test_a_phone_shows_all_without_moving_the_page_sideways(opened: Callable[..., Any]) -> None:
    page = opened(width=390)
    page.evaluate("show('mediate', true, 1000); compareAll('mediate', 3, 3)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lines = page.locator(".fl-ranked tbody tr")
    for cell in (lines.last.locator("th"), lines.last.locator("td").first):
        assert cell.bounding_box()["x"] + cell.bounding_box()["width"] <= 390


def test_words_of_a_model_are_text_and_nothing_else(opened: Callable[..., Any]) -> None:
    page = opened(label=NASTY)
    page.evaluate("show('mediate', true, 1000); compareAll('mediate', 3, 3)")
    assert page.locator("#root img").count() == 0
    assert NASTY in page.locator(".fl-card h3").first.inner_text()
    assert NASTY in page.locator(".fl-headline").inner_text()


def test_a_page_in_german_has_german_words_and_marks(opened: Callable[..., Any]) -> None:
    page = opened("de")
    page.evaluate("show('mediate', true, 1000); compareAll('mediate', 3, 3)")
    told = page.locator("#root").inner_text()
    assert "von 100 Zukünften" in told
    for word in ("futures", "better", "worse", "clearly", "mostly", "baseline"):
        assert f" {word}" not in told
    figures = page.locator("[data-statistic=difference_q50]")
    values = figures.evaluate_all("all => all.map((e) => e.dataset.value)")
    shown = figures.evaluate_all("all => all.map((e) => e.textContent)")
    assert any("," in one for one in shown)
    assert all("," not in value for value in values)
