"""The published page for everybody: axe, keyboard, magnified, on paper, in the system's colours."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opened import overflow, published, visits

import sim

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
FILES = [
    ROOT / "scenarios" / "port_strike" / f"{name}.yaml"
    for name in ("sit_it_out", "mediate", "order_to_work")
]
TABS = ("explore", "compare", "drivers", "story", "sources")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What is alike in every line is looked at in its first lines: axe takes long over many.
TRIM = """() => document.querySelectorAll(
  ".fl-page tbody tr:nth-child(n+4), .fl-source-list li:nth-child(n+4), .fl-chart-picture g > :nth-child(n+6)"
).forEach((one) => one.remove())"""
OPEN = "() => document.querySelectorAll('.fl-page details').forEach((one) => (one.open = true))"
#: Controls in sight that are lower or narrower than 24 pixels, unless their label is a target too.
SMALL = """() => [...document.querySelectorAll("button, input, select, summary, [role=tab]")]
  .filter((e) => e.checkVisibility() && !e.matches(".fl-skip"))
  .map((e) => [e, (e.closest("label") ?? e).getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${box.width} ${box.height}`)"""
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((e) => e.checkVisibility()).map((e) => Number(e.tagName[1]))"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = sim.load(FILES, futures=40, replications=5, seed=7)
    return published(tmp_path_factory.mktemp("page"), made)


@pytest.fixture
def visit(browser: Any, file: Path) -> Iterator[Callable[..., Any]]:
    """``visit("#tab=story", width=390, dark=True)``: the page, ready; no error may come from it."""
    yield from visits(browser, file, bypass_csp=True)


def show(page: Any, tab: str) -> None:
    page.locator(f"[role=tab][id^=fl-tab-{tab}], [role=tab][id^=tab-{tab}]").click()
    if tab == "drivers":
        page.wait_for_selector(".fl-drivers tbody tr")
        page.wait_for_selector(".fl-drivers .fl-runs", state="hidden")
    if tab == "story":
        page.wait_for_selector(".fl-story-body:not([hidden])")
    if tab == "sources":
        page.wait_for_selector(".fl-source-list li")


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_axe_finds_nothing(visit: Callable[..., Any], width: int, dark: bool) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = visit(width=width, dark=dark)
    for tab in TABS:
        show(page, tab)
        page.evaluate(OPEN)
        page.wait_for_timeout(100)  # tables are made when they are opened
        page.evaluate(TRIM)
        found = axe.run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
        told = [
            (fault["id"], [node["target"] for node in fault["nodes"]][:3])
            for fault in found.response["violations"]
        ]
        assert not told, f"{tab}: {told}"
        levels = page.evaluate(HEADINGS)
        assert levels[0] == 1 and levels.count(1) == 1, f"{tab}: {levels}"
        assert all(b <= a + 1 for a, b in itertools.pairwise(levels)), f"{tab}: {levels}"
        assert page.locator("main").count() == 1
        assert not page.evaluate(SMALL)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_texts_and_lines_stand_out_in_both_themes() -> None:
    """Axe cannot judge texts over a chart: they are in these colours, on these grounds."""
    sheet = (ROOT / "ui" / "live" / "theme.css").read_text("utf-8")
    light, dark, _ = re.findall(r"color-scheme: \w+;([^}]*)}", sheet)
    for theme in (light, dark):
        of = dict(re.findall(r"--fl-([a-z0-9]+): (#[0-9a-f]{6})", theme))
        for ground in (of["bg"], of["rail"]):
            for ink in ("text", "muted", "accent", *(f"ink{i}" for i in range(1, 7))):
                assert contrast(of[ink], ground) >= 4.5, (ink, of[ink], ground)
        for line in (f"c{i}" for i in range(1, 7)):
            assert contrast(of[line], of["bg"]) >= 3, line
        assert contrast(of["c1"], of["s2"]) >= 3, "the median in its band"


def focused(page: Any) -> str:
    return page.evaluate(
        "document.activeElement.dataset.act ?? document.activeElement.dataset.lever ?? "
        "document.activeElement.dataset.choose ?? (document.activeElement.className "
        "|| document.activeElement.tagName)"
    )


def settle(page: Any) -> None:
    page.wait_for_selector("html[data-state=ready]")


def test_the_keyboard_reaches_everything_in_order(visit: Callable[..., Any]) -> None:
    page = visit()
    page.keyboard.press("Tab")
    assert focused(page) == "fl-skip"
    assert page.locator(".fl-skip").bounding_box()["y"] >= 0, "seen when it has the focus"
    page.keyboard.press("Enter")
    assert focused(page) == "fl-headline-sentence"
    page.locator(".fl-skip").focus()
    seen = []
    for _ in range(7):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none", f"no sign of the focus on {seen[-1]}"
    assert seen[0] == "BUTTON" and seen[1] == "fl-action", "the tabs, then the lesson"
    assert seen[2:7] == ["scenario", "baseline", "undo", "redo", "reset"]
    page.locator("[role=tab]").first.focus()
    for key, tab in (
        ("ArrowRight", 1),
        ("End", 4),
        ("ArrowRight", 0),
        ("ArrowLeft", 4),
        ("Home", 0),
    ):
        page.keyboard.press(key)
        assert page.locator("[role=tab]").nth(tab).evaluate("(e) => e === document.activeElement")
        assert page.locator(".fl-panel:not([hidden])").count() == 1
    slider = page.locator("input[type=range]").first
    slider.focus()
    for key, value in (
        ("End", 8),
        ("ArrowLeft", 7.5),
        ("PageDown", 2.5),
        ("Home", 0),
        ("PageUp", 5),
    ):
        page.keyboard.press(key)
        assert float(slider.input_value()) == value, key
    settle(page)
    assert slider.evaluate("(e) => e === document.activeElement"), "drawing keeps the focus"
    radio = page.locator("[role=radiogroup] input:checked").first
    radio.focus()
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "mediation" and page.evaluate("document.activeElement.checked")


def test_no_control_that_goes_takes_the_focus_along(visit: Callable[..., Any]) -> None:
    page = visit()
    slider = page.locator("input[type=range]").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.locator("[data-act=undo]").focus()
    page.keyboard.press("Enter")
    settle(page)
    assert focused(page) == "undo", "though there is nothing more to undo"
    page.keyboard.press("Enter")
    assert focused(page) == "undo"
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".fl-lever .fl-small").first.focus()
    page.keyboard.press("Enter")
    assert focused(page) == "wage_offer", "the control that was reset"
    show(page, "compare")
    page.locator("tr[data-scenario=order_to_work] button").focus()
    page.keyboard.press("Enter")
    settle(page)
    assert focused(page) == "fl-headline-sentence"
    show(page, "story")
    page.locator(".fl-step-next").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    assert page.locator(".fl-step-count").inner_text().startswith("3 of")
    page.keyboard.press("Home")
    assert focused(page) == "fl-step-next", "a step that cannot be taken keeps its button"


def test_a_new_headline_is_read_out_when_a_change_has_come_to_rest(
    visit: Callable[..., Any],
) -> None:
    page = visit()
    page.evaluate(
        """() => {
          window.heard = [];
          const watch = new MutationObserver((all) => {
            for (const { target } of all) {
              const region = (target.closest ? target : target.parentElement)
                .closest("[role=status], [role=alert], [aria-live=polite]");
              if (region?.textContent && region.checkVisibility()) window.heard.push(region.textContent);
            }
          });
          watch.observe(document.body, { childList: true, characterData: true, subtree: true });
        }"""
    )
    slider = page.locator("input[type=range]").first
    move = "(e, at) => { e.value = at; e.dispatchEvent(new Event('input', { bubbles: true })); }"
    for at in (4, 5, 6):
        slider.evaluate(move, at)
        page.wait_for_timeout(150)
    assert page.evaluate("heard") == [], "nothing while the lever is held"
    slider.evaluate("(e) => e.dispatchEvent(new Event('change', { bubbles: true }))")
    settle(page)
    page.wait_for_function("heard.length > 0")
    parts = (".fl-headline-sentence", ".fl-headline-others")
    told = [page.locator(part).text_content() for part in parts]
    assert all(told) and page.evaluate("heard") == [" ".join(told)]


@pytest.mark.parametrize(("width", "height"), [(640, 450), (320, 256)])
def test_magnified_it_never_scrolls_sideways(
    visit: Callable[..., Any], width: int, height: int
) -> None:
    page = visit(width=width, height=height)
    for tab in TABS:
        show(page, tab)
        page.evaluate(OPEN)
        assert overflow(page) == [], tab
    assert page.locator(".fl-dock").evaluate("(e) => getComputedStyle(e).position") == "static"


def test_it_follows_the_system_s_theme_motion_and_colours(visit: Callable[..., Any]) -> None:
    page = visit()
    ground = "getComputedStyle(document.getElementById('fulcrum')).backgroundColor"
    light = page.evaluate(ground)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    assert page.evaluate(ground) != light
    moving = (
        "[...document.querySelectorAll('*')]"
        ".filter((e) => parseFloat(getComputedStyle(e).transitionDuration) > 0)"
    )
    assert page.evaluate(f"{moving}.length + document.getAnimations().length") == 0
    page.emulate_media(forced_colors="active")
    fills = page.evaluate(
        """() => [".fl-chart-picture text", ".fl-median", ".fl-band90", ".fl-band50"].map((what) => {
          const { fill, stroke } = getComputedStyle(document.querySelector(what));
          return what === ".fl-median" ? stroke : fill;
        })"""
    )
    assert len(set(fills)) == 4, "texts, lines and bands are told apart"
    probe = """() => {
      const one = document.body.appendChild(document.createElement("i"));
      one.style.color = "CanvasText";
      return getComputedStyle(one).color;
    }"""
    assert fills[0] == page.evaluate(probe)


def test_on_paper_all_parts_are_printed_in_light_colours(visit: Callable[..., Any]) -> None:
    page = visit(dark=True, fragment="#scenario=mediate&wage_offer=6")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 8
    assert page.locator(".fl-root").get_attribute("class").split() == ["fl-root"]
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print", color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.getElementById('fulcrum')).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    shown = [tab for tab in TABS if page.locator(f"[data-tab={tab}]").is_visible()]
    assert shown == [tab for tab in TABS if tab != "drivers"], "which was not opened"
    told = page.locator("#fulcrum").inner_text()
    for words in ("What is set", r"Wage offer\s+6 % \(set by hand\)", "No run is told here"):
        assert re.search(words, told), words
    assert "fulcrum compare" in told and "wage_offer=6" in told and "--seed 7" in told
    controls = "input:visible, select:visible, button:not(.fl-term-word):visible"
    assert not page.locator(controls).count(), "words that have a meaning stay"
    drawn = (
        "(all) => all.filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 60)"
    )
    assert not page.locator(".fl-chart-picture").evaluate_all(f"{drawn}.map((e) => e.ariaLabel)")
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    show(page, "story")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert "No run is told here" not in page.locator("#fulcrum").inner_text()
    assert page.locator(".fl-story-list").is_visible()


@pytest.mark.parametrize("home", ["frame", "notebook"])
def test_axe_finds_nothing_in_a_frame_and_in_a_notebook(
    browser: Any, file: Path, tmp_path: Path, home: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    inside = f'<iframe src="{file.as_uri()}" title="A study" width="900" height="700"></iframe>'
    if home == "notebook":
        inside = sim.load_scenario(FILES[1]).explore(futures=20, replications=5)._repr_html_()
    outer = tmp_path / "outer.html"
    outer.write_text(f"<!doctype html><html lang=en><title>A page</title>{inside}", "utf-8")
    context = browser.new_context(bypass_csp=True, viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.goto(outer.as_uri())
    frame = page.frames[1] if len(page.frames) > 1 else page
    frame.wait_for_selector("[data-state=ready]")
    found = axe.run(frame, options={"runOnly": RULES, "resultTypes": ["violations"]})
    told = [
        (one["id"], [n["target"] for n in one["nodes"]][:3]) for one in found.response["violations"]
    ]
    context.close()
    assert not told
