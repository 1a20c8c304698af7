"""The charts of the live page in a real browser, with usual data and with the worst that a model gives."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from sim.charts.axes import nice_bounds, nice_ticks, spread
from sim.charts.theme import THEMES
from ui.live import FOLDER, style
from ui.live.languages import words

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; script-src 'self'; style-src 'self'; img-src data:">
<link rel="stylesheet" href="/style.css"><link rel="stylesheet" href="/grid.css"></head>
<body class="fl-root"><main></main><script type="module" src="/start.js"></script></body></html>"""
GRID = """body {margin: 20px; background: var(--fl-bg); font: 15px 'Liberation Sans', sans-serif}
main {display: grid; grid-template-columns: repeat(%d, minmax(0, 1fr)); gap: 20px}"""
START = """import {drawGallery, gallery} from "/tests/live/chart_gallery.js";
import * as scale from "/ui/live/chart_scale.js";
Object.assign(window, {gallery, scale});
drawGallery(document.querySelector("main"), %s, "%s");
window.ready = true;"""

#: Texts of a picture that leave it, or that lie over another of their layer.
MISPLACED = """() => [...document.querySelectorAll("svg.fl-chart-picture")].flatMap((picture) => {
  const name = picture.closest("figure").dataset.chart
  const [, , width, height] = picture.getAttribute("viewBox").split(" ").map(Number)
  const found = []
  for (const layer of picture.children) {
    const boxes = [...layer.querySelectorAll("text")].map((text) => [text.textContent, text.getBBox()])
    boxes.forEach(([text, b], i) => {
      const inside = b.x >= -1 && b.y >= -1 && b.x + b.width <= width + 1 && b.y + b.height <= height + 1
      if (!inside) found.push([name, "outside", text])
      for (const [other, o] of boxes.slice(0, i)) {
        const across = Math.min(b.x + b.width, o.x + o.width) - Math.max(b.x, o.x)
        const down = Math.min(b.y + b.height, o.y + o.height) - Math.max(b.y, o.y)
        if (across > 1 && down > 3) found.push([name, "over", text, other])
      }
    })
  }
  return found
})"""


@pytest.fixture(scope="module")
def open_gallery(browser: Any) -> Iterator[Any]:
    """``open_gallery(width, columns, language, scheme)``: every chart on a page with a strict policy."""
    contexts = []
    errors: list[str] = []

    def opened(
        width: int = 1440, columns: int = 3, language: str = "en", scheme: str = "light"
    ) -> Any:
        files = {
            "/": (PAGE, "text/html"),
            "/style.css": (style(), "text/css"),
            "/grid.css": (GRID % columns, "text/css"),
            "/start.js": (START % (json.dumps(words(language)), language), "text/javascript"),
        }

        def answer(route: Any) -> None:
            path = urlsplit(route.request.url).path
            text, kind = files.get(path) or (
                (ROOT / path[1:]).read_text("utf-8"),
                "text/javascript",
            )
            route.fulfill(body=text, content_type=kind)

        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("http://charts.test/**", answer)
        page.goto("http://charts.test/")
        page.wait_for_function("window.ready")
        page.wait_for_function(
            "[...document.querySelectorAll('svg.fl-chart-picture')].every(p => p.hasAttribute('viewBox'))"
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not errors


@pytest.fixture(scope="module")
def page(open_gallery: Any) -> Any:
    return open_gallery()


def texts(page: Any, chart: str) -> list[str]:
    """The texts of a picture."""
    found = page.eval_on_selector_all(
        f"[data-chart={chart}] svg.fl-chart-picture text", "all => all.map(e => e.textContent)"
    )
    return [str(text) for text in found]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "columns", "language"), [(1440, 3, "en"), (1440, 2, "de"), (390, 1, "de"), (1440, 1, "en")]
)  # fmt: skip
def test_no_text_leaves_its_picture_or_covers_another(
    open_gallery: Any, width: int, columns: int, language: str
) -> None:
    page = open_gallery(width, columns, language)
    assert page.evaluate(MISPLACED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_what_a_model_says_stays_text(page: Any) -> None:
    assert page.locator("main img, main script, main a, main [style]").count() == 0
    assert page.evaluate("window.executed") is None
    assert "<img src=x" in page.locator("[data-chart=fan_hostile] figcaption").inner_text()
    assert not any(
        "NaN" in text or "undefined" in text for text in page.locator("figure").all_inner_texts()
    )


@pytest.mark.browser
def test_every_chart_is_a_picture_with_words(page: Any) -> None:
    for figure in page.locator("figure.fl-chart").all():
        assert figure.locator("svg.fl-chart-picture[role=img][aria-label]").count() == 1
        assert figure.locator("figcaption").inner_text()
    assert page.locator("figure table").count() == 0


@pytest.mark.browser
def test_pictures_say_what_is_drawn(page: Any) -> None:
    assert {"Ultimatum with arms 57", "Status quo 52", "day 0", "14 Jul 2025"} <= set(
        texts(page, "fan")
    )
    assert {"worse", "better", "Status quo", "+5", "−5", "0"} <= set(texts(page, "fan_gap"))
    assert {"62 of 100 futuresbetter in both", "5 of 100 futuresworse in both"} <= set(
        texts(page, "plane")
    )
    assert {"ceasefire signed 40 %", "no talks 30 %"} <= set(texts(page, "shares"))
    assert {"−2.1", "−9.0", "no value"} <= set(texts(page, "bars"))
    assert "they part on 23 Jul 2025 (day 9.5)" in texts(page, "lanes_twin")
    assert "Military | Missile strike × 40" in texts(page, "lanes_twin")
    for empty in ("fan_empty", "fan_nan", "plane_empty", "shares_nan"):
        assert "no value" in texts(page, empty)
    assert "0" in texts(page, "fan_constant")
    assert "−0" not in [t for name in ("fan_constant", "plane_hostile") for t in texts(page, name)]


@pytest.mark.browser
def test_a_moving_lever_changes_a_chart_in_place_on_axes_that_only_grow(page: Any) -> None:
    ticks = [*nice_ticks(0, 100, 4)]
    seen = page.evaluate(
        """() => {
          const {chart, data} = gallery.fan_samples
          const picture = chart.element.querySelector("svg")
          const axis = () => [...picture.querySelectorAll(".fl-layer-axis text")].map((e) => e.textContent)
          const alone = {...data, samples: [], run: null, lines: [], baseline: null}
          const draw = (k, moving) => {
            chart.update({...alone, bands: data.bands.map((x) => k * x), moving})
            return axis()
          }
          const before = draw(1, false)
          const watch = new MutationObserver(() => {})
          watch.observe(picture, {subtree: true, childList: true})
          draw(0.97, true)
          const smaller = draw(0.1, true)
          const made = watch.takeRecords().flatMap((record) => [...record.addedNodes, ...record.removedNodes])
          const found = {before, smaller, larger: draw(4, true), rest: draw(0.1, false)}
          chart.update(data)
          return {...found, made: made.filter((node) => node.nodeType === 1).length}
        }"""
    )
    assert seen["made"] == 0
    assert seen["before"] == seen["smaller"] == [f"{tick:.0f}" for tick in ticks]
    assert seen["larger"][-1] == "400"
    assert seen["rest"][-1] == "10.0"


@pytest.mark.browser
def test_opening_the_data_makes_a_table_with_its_heads(page: Any) -> None:
    figure = page.locator("[data-chart=fan_gap]")
    figure.locator("summary").click()
    figure.locator("table").wait_for()
    assert figure.locator("table caption").inner_text().startswith("Escalation index: Ultimatum")
    assert figure.locator("thead th[scope=col]").all_inner_texts()[1] == "5 % of futures below"
    assert figure.locator("tbody th[scope=row]").count() == 181
    assert figure.locator("tbody tr").last.inner_text().startswith("10 Jan 2026 (day 180)\t−9.7")


@pytest.mark.browser
def test_a_pointer_reads_a_fan_and_leaves_it_as_it_was(page: Any) -> None:
    caption = page.locator("[data-chart=fan] .fl-chart-caption")
    before = caption.inner_text()
    page.locator("[data-chart=fan] svg.fl-chart-picture").hover(position={"x": 28, "y": 80})
    assert caption.inner_text().startswith("14 Jul 2025 (day 0): the median is 30")
    page.mouse.move(0, 0)
    assert caption.inner_text() == before


@pytest.mark.browser
@pytest.mark.parametrize("name", ["fan_hostile", "lanes_twin"])
def test_a_chart_becomes_a_picture_to_keep(page: Any, name: str) -> None:
    size = page.evaluate(
        """async (name) => {
          const blob = await gallery[name].chart.asPng()
          const {width, height} = await createImageBitmap(blob)
          return [blob.type, width, height]
        }""",
        name,
    )
    assert size[0] == "image/png"
    assert size[1] > 800
    assert size[2] > 400


@pytest.mark.browser
def test_axes_are_those_of_the_library(page: Any) -> None:
    sides = [
        (0.0, 7.3),
        (-3.1, 12.0),
        (55.0, 61.0),
        (0.02, 0.9),
        (-1e6, 1e3),
        (5.0, 5.0),
        (-4.0, -4.0),
    ]
    assert page.evaluate("all => all.map(([a, b]) => scale.niceBounds(a, b))", sides) == [
        list(nice_bounds(*side)) for side in sides
    ]
    asked = [(-3.1, 12.0, 4), (0.0, 180.0, 7), (0.0, 1.0, 3), (2.0, 2.0, 5)]
    assert page.evaluate("all => all.map((one) => scale.niceTicks(...one))", asked) == [
        nice_ticks(*one) for one in asked
    ]
    places = [12.0, 3.0, 12.5, 90.0, 4.0, 12.1]
    found = page.evaluate("([all, gap]) => scale.spreadApart(all, gap, 0, 100)", [places, 8])
    assert found == pytest.approx(spread(places, 8, 0, 100))


@pytest.mark.browser
def test_numbers_are_short_and_never_negative_zero(page: Any) -> None:
    given = [[-0.0, 2], [1.5, 3], [1234567.0, 0], [2.5e12, 0], [-3e-9, 9], [-0.001, 2], [7.0, 1]]
    shown = page.evaluate("all => all.map((one) => scale.chartNumber(...one))", given)
    assert shown == ["0", "1.5", "1,234,567", "2.5·10¹²", "−3·10⁻⁹", "0", "7"]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_colours_of_the_page_are_those_of_the_library(name: Any) -> None:
    """Dark stands twice: for a dark system, and where a visitor asks for it."""
    sheet = (FOLDER / "theme.css").read_text(encoding="utf-8")
    look = THEMES[name]
    wanted = {"bg": look.background, "text": look.text, "muted": look.muted}
    wanted |= {"border": look.border, "grid": look.grid}
    for key, colours in (("c", look.categorical), ("ink", look.ink), ("s", look.sequential)):
        wanted |= {f"{key}{i}": colour for i, colour in enumerate(colours, 1)}
    blocks = [
        b for b in re.findall(r"\{([^{}]*--fl-bg[^{}]*)\}", sheet) if f"color-scheme: {name}" in b
    ]
    assert len(blocks) == {"light": 1, "dark": 2}[name]
    for block in blocks:
        found = dict(re.findall(r"--fl-(\w+): (#\w+);", block))
        assert {key: found[key] for key in wanted} == {k: v.lower() for k, v in wanted.items()}
