"""The report on a screen, a phone and paper: one page that answers, eight in all, nothing cut."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.reporting.figures import drawn_series
from sim.reporting.renderers import rendering
from sim.reporting.report import report_html

pytestmark = pytest.mark.browser

SCENARIOS = Path(__file__).parents[2] / "scenarios"
PORT = [SCENARIOS / "port_strike" / f"{name}.yaml" for name in ("sit_it_out", "mediate")]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Pixels of a sheet of A4 within the margins of the report.
SHEET = {"width": 688, "height": 1030}
CASES: dict[str, Callable[[], sim.Experiment]] = {
    "eight": lambda: sim.load(
        SCENARIOS / "ukraine_2025" / "compare.yaml", futures=60, replications=2
    ),
    "two": lambda: sim.load(PORT, futures=30, replications=2),
    "fifteen": lambda: sim.load(
        PORT[1], futures=20, replications=2,
        vary={"mediation_day": [7, 14, 21, 28, 35], "wage_offer": [3.0, 5.0, 7.0]},
    ),
    "alone": lambda: sim.load(PORT[1], futures=20, replications=2),
    "central": lambda: sim.load(PORT, futures=0, replications=20),
}  # fmt: skip


@cache
def written(case: str) -> str:
    experiment = CASES[case]()
    ensemble = sim.run(experiment, series=drawn_series(experiment.model))
    with rendering() as render:
        return report_html(ensemble, render=render)


@pytest.fixture
def visit(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``visit("two", width=390, dark=True)``: a report in a page; nothing may come from it but itself."""
    pages, faults = [], []

    def open_page(text: str, width: int = 1440, height: int = 900, dark: bool = False) -> Any:
        (tmp_path / "report.html").write_text(text, encoding="utf-8")
        size, theme = {"width": width, "height": height}, "dark" if dark else "light"
        page = browser.new_page(viewport=size, color_scheme=theme, bypass_csp=False)
        page.on("console", lambda message: faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not faults


def sheets(page: Any) -> int:
    """How many sheets of A4 a page prints to."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4", print_background=True)))


@pytest.mark.parametrize("case", CASES)
def test_the_first_page_is_one_sheet_and_all_are_few(visit: Callable[..., Any], case: str) -> None:
    page = visit(written(case), **SHEET)
    assert 3 <= sheets(page) <= (9 if case == "fifteen" else 8)
    page.emulate_media(media="print")
    first = page.locator("section.first")
    assert first.evaluate("e => e.scrollHeight <= e.clientHeight && e.scrollWidth <= e.clientWidth")
    assert first.bounding_box()["height"] <= SHEET["height"]
    bottom = first.evaluate("e => e.getBoundingClientRect().bottom")
    nav = page.locator("nav").evaluate("e => e.getBoundingClientRect().bottom")
    assert nav <= bottom, "nothing of the first page runs into the second"
    picture = page.locator(".picture svg >> visible=true")
    assert picture.count() == 1
    assert picture.bounding_box()["height"] > 180
    assert not page.locator("details >> visible=true").count()
    assert page.locator("text=In the file: open").count() >= 3


def test_the_sheets_are_counted(visit: Callable[..., Any]) -> None:
    broken = "<p style='break-after:page'>one</p>" * 3
    assert sheets(visit(f"<!doctype html><title>x</title>{broken}<p>four</p>")) == 4


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
@pytest.mark.parametrize("case", ["eight", "alone"])
def test_nothing_is_cut_and_axe_finds_nothing(
    visit: Callable[..., Any], case: str, width: int, dark: bool
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # Axe is a script, which the policy of the report does not let in.
    text = re.sub(r'<meta http-equiv="Content-Security-Policy".*?>', "", written(case))
    page = visit(text, width=width, dark=dark)
    first = page.locator("section.first").bounding_box()["height"]
    assert width == 390 or first < 1500, "about a screen, not a wall"
    page.evaluate("() => document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = """() => [...document.querySelectorAll("main *")].filter((e) => e.checkVisibility()
      && e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("svg, .scroll > *"))
      .map((e) => e.outerHTML.slice(0, 90))"""
    assert not page.evaluate(wide)
    page.evaluate(
        """() => document.querySelectorAll("tbody tr:nth-child(n+4), tbody:nth-of-type(n+4), svg > *")
        .forEach((one) => one.remove())"""
    )
    found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    faults = found.response["violations"]
    assert not [(f["id"], [n["target"] for n in f["nodes"]][:3]) for f in faults]
    levels = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3, h4")].map((e) => Number(e.tagName[1]))"""
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_contents_lead_to_sections_that_answer_first(visit: Callable[..., Any]) -> None:
    page = visit(written("eight"))
    links = page.locator("nav a")
    assert links.count() == page.locator("main > section[id]").count() - 1
    for link in links.all():
        target = page.locator(link.get_attribute("href"))
        assert target.locator("h2").inner_text().endswith(link.inner_text())
        assert target.locator("h2 + p.lead").count() == 1, link.inner_text()
    links.last.click()
    assert page.evaluate("scrollY") > 2000


def test_levers_can_be_moved_in_a_report(visit: Callable[..., Any], tmp_path: Path) -> None:
    from ui.live.document import make_document
    from ui.live.publish import allowances
    from ui.live.publish import page as published

    experiment = CASES["two"]()
    text = published(make_document(experiment))
    live = sim.reporting.LivePart(text, allowances(text))
    page = visit(report_html(sim.run(experiment), live=live))
    page.locator("iframe").scroll_into_view_if_needed()
    frame = page.frame_locator("iframe")
    frame.locator("html[data-state=ready]").wait_for(state="attached", timeout=60_000)
    assert "Call a mediator" in frame.locator("body").inner_text()
    lead = page.locator("#live .lead").inner_text()
    assert re.search(r"\d\.\d MB", lead)
    assert "--live" in page.locator("#again").inner_text()
    page.emulate_media(media="print")
    assert not page.locator("iframe").is_visible()
