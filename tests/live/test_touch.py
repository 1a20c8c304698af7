"""A finger on the page: a swipe scrolls and moves no lever, a drag sideways moves it, a tap sets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from opened import READY, open_file, published

import sim

pytestmark = pytest.mark.browser

PORT = Path("scenarios/port_strike")
SLIDER = "input[type=range][data-lever=wage_offer]"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    files = [PORT / f"{name}.yaml" for name in ("sit_it_out", "mediate")]
    made = sim.load(files, futures=40, replications=2)
    return published(tmp_path_factory.mktemp("page"), made)


@pytest.fixture
def phone(file: Path, browser: Any) -> Any:
    size = {"width": 390, "height": 844}
    context = browser.new_context(offline=True, viewport=size, has_touch=True, is_mobile=True)
    yield lambda fragment="": open_file(context, file, fragment)
    context.close()


def touch(page: Any, x: float, y: float, dx: float, dy: float) -> None:
    """Press on a place, go so far in steps, and let go."""
    client = page.context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": px, "y": py} for px, py in points]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
        page.wait_for_timeout(20)

    send("touchStart", (x, y))
    if dx or dy:
        for i in range(1, 11):
            send("touchMove", (x + dx * i / 10, y + dy * i / 10))
    send("touchEnd")
    page.wait_for_timeout(400)
    page.wait_for_selector(READY)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dy", [-120, 120])
def test_a_swipe_over_a_slider_scrolls_and_sets_nothing(phone: Any, place: float, dy: int) -> None:
    page = phone("#scenario=sit_it_out")
    page.locator(SLIDER).scroll_into_view_if_needed()
    panel = "document.querySelector('.fl-dock').scrollTop + scrollY"
    page.evaluate("document.querySelector('.fl-dock').scrollTop += 40")
    box, before, at = (
        page.locator(SLIDER).bounding_box(),
        page.locator(SLIDER).input_value(),
        page.evaluate(panel),
    )
    touch(page, box["x"] + place * box["width"], box["y"] + box["height"] / 2, 3, dy)
    assert page.locator(SLIDER).input_value() == before and "wage_offer" not in page.url
    assert page.evaluate(panel) != at


@pytest.mark.parametrize("way", ["drag", "tap"])
def test_a_drag_sideways_or_a_tap_sets_a_slider(phone: Any, way: str) -> None:
    page = phone("#scenario=sit_it_out")
    page.locator(SLIDER).scroll_into_view_if_needed()
    box = page.locator(SLIDER).bounding_box()
    start = box["x"] + 0.3 * box["width"]
    dx = 0.4 * box["width"] if way == "drag" else 0
    touch(page, start, box["y"] + box["height"] / 2, dx, 4 if dx else 0)
    assert "wage_offer" in page.url
    value = float(page.locator(SLIDER).input_value())
    low, high = (float(page.locator(SLIDER).get_attribute(end)) for end in ("min", "max"))
    share = (value - low) / (high - low)
    assert abs(share - (0.7 if dx else 0.3)) < 0.12
