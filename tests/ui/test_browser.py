"""The page in a real browser: what only a browser can tell."""

from __future__ import annotations

import http.client
import io
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browsing import Served, settle

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Visit = Callable[..., Any]
PAGES = ("", "compare", "drivers", "run", "scenario", "model")

#: Counts pictures that are taken out of the page, and changes inside those that stay.
OBSERVE = """() => {
  window.gone = 0; window.touched = 0
  const picture = (node) =>
    node.nodeType === 1 && (node.matches('svg.marks') || node.querySelector('svg.marks'))
  const watch = new MutationObserver((list) => {
    for (const change of list) {
      for (const node of change.removedNodes) if (picture(node)) window.gone += 1
      if (change.target.closest?.('svg.marks')) window.touched += 1
    }
  })
  const all = {subtree: true, childList: true, attributes: true}
  watch.observe(document.querySelector('[data-testid=stMain]'), all)
}"""


def lever(page: Any, name: str) -> Any:
    return page.locator(f"[data-row={name}]")


def number(page: Any, name: str) -> str:
    return str(lever(page, name).locator("input[type=number]").input_value())


def address(page: Any) -> dict[str, str]:
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(page.url).query))


#: What every address of the small study says, and the number of runs that a busy machine adds.
USUAL = {"scenario": "thrift", "baseline": "usual", "seed": "7"}
ALWAYS = ("runs", "model.digest")


def query(page: Any) -> dict[str, str]:
    """What the address sets beyond the usual."""
    return {
        k: v for k, v in address(page).items() if k not in ALWAYS and v != USUAL.get(k)
    }  # fmt: skip


def wait_for_query(page: Any, **wanted: str) -> None:
    for _ in range(100):
        if wanted.items() <= query(page).items():
            return
        page.wait_for_timeout(100)
    assert query(page) == wanted


def open_groups(page: Any) -> None:
    for group in page.locator("details.fl-lever-group").all():
        if group.get_attribute("open") is None:
            group.locator("summary").click()


def test_a_drag_answers_before_it_ends_and_replaces_no_picture(visit: Visit) -> None:
    page = visit()
    entries = page.evaluate("history.length")
    said = page.locator("h3").first.inner_text()
    page.evaluate(OBSERVE)
    box = page.locator("input[type=range][data-lever=pump]").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.1 * box["width"] + 7, y)
    page.mouse.down()
    heard = set()
    for step in range(25):
        page.mouse.move(box["x"] + (0.12 + 0.03 * step) * box["width"], y)
        page.wait_for_timeout(120)
        heard.add(page.locator("h3").first.inner_text())
    assert len(heard - {said}) >= 2, "the page did not answer while the lever moved"
    assert query(page) == {}, "a moving lever must not write the address"
    page.mouse.up()
    settle(page)
    wait_for_query(page, pump=number(page, "pump"))
    assert page.evaluate("window.touched") > 0
    assert page.evaluate("window.gone") == 0
    assert page.evaluate("history.length") <= entries + 1


def test_a_link_brings_every_lever_along(visit: Visit) -> None:
    wanted = {"pump": "7", "depth": "20.5", "cover": "stone", "guarded": "yes", "seed": "11"}
    page = visit(**wanted)
    open_groups(page)
    assert number(page, "pump") == "7"
    assert number(page, "depth") == "20.5"
    assert lever(page, "cover").locator("label", has_text="stone").locator("input").is_checked()
    assert lever(page, "guarded").locator("label", has_text="yes").locator("input").is_checked()
    assert query(page) == wanted
    told = page.locator("h3").first.inner_text()
    again = visit(**address(page))
    assert again.locator("h3").first.inner_text() == told


def test_the_address_follows_the_levers_and_back_undoes(visit: Visit) -> None:
    page = visit()
    open_groups(page)
    field = lever(page, "pump").locator("input[type=number]")
    field.fill("8")
    field.press("Enter")
    wait_for_query(page, pump="8")
    lever(page, "cover").locator("label", has_text="stone").click()
    wait_for_query(page, pump="8", cover="stone")
    page.get_by_role("link", name="Model").click()
    settle(page)
    wait_for_query(page, pump="8", cover="stone")
    assert "/model" in page.url
    page.get_by_role("link", name="Explore").click()
    settle(page)
    wait_for_query(page, pump="8", cover="stone")
    page.get_by_role("button", name="Undo").click()
    settle(page)
    assert query(page) == {"pump": "8"}
    page.get_by_role("button", name="Redo").click()
    settle(page)
    assert query(page) == {"pump": "8", "cover": "stone"}


def test_what_a_link_cannot_set_is_said(visit: Visit) -> None:
    page = visit(pump="99", depth="20.5")
    assert "pump" in page.get_by_role("alert").first.inner_text()
    assert query(page) == {"depth": "20.5"}


def test_text_and_levers_follow_each_other(visit: Visit) -> None:
    page = visit("scenario")
    area = page.get_by_label("Overlay (YAML)")
    text = area.input_value()
    assert "pump: 1        # one bucket" in text
    area.fill(text.replace("pump: 1 ", "pump: 6 "))
    area.press("Control+Enter")
    settle(page)
    assert number(page, "pump") == "6"
    wait_for_query(page, pump="6")
    field = lever(page, "pump").locator("input[type=number]")
    field.fill("4")
    field.press("Enter")
    wait_for_query(page, pump="4")
    settle(page)
    assert "pump: 4        # one bucket" in area.input_value()
    assert "# what the elders propose" in area.input_value()


def test_a_faulty_text_stays_and_the_last_good_setting_too(visit: Visit) -> None:
    page = visit("scenario", pump="2")
    area = page.get_by_label("Overlay (YAML)")
    faulty = area.input_value().replace("pump: 2 ", "pomp: 2 ")
    area.fill(faulty)
    area.press("Control+Enter")
    settle(page)
    shown = page.locator("[data-testid=stCode]").first.inner_text()
    assert re.search(r"thrift\.yaml:7:3: .*'pomp'", shown)
    assert "did you mean 'pump'" in shown
    assert area.input_value() == faulty
    assert number(page, "pump") == "2"
    page.get_by_role("link", name="Model").click()
    settle(page)
    page.get_by_role("link", name="Scenario").click()
    settle(page)
    assert page.get_by_label("Overlay (YAML)").input_value() == faulty, "what was typed is lost"


def test_a_file_that_is_refused_does_not_leave_the_fault_of_another(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit("scenario")
    main = page.locator("[data-testid=stMain]")
    faulty = "scenario: thrift\nof: model.yaml\nlevers: {NAME: 1}\n"
    for name, text, told, gone in (
        ("first.yaml", faulty.replace("NAME", "pomp"), "'pomp'", "'pamp'"),
        ("large.yaml", faulty + "# and so on\n" * 300_000, "large.yaml has more than", "'pomp'"),
        ("latin.yaml", "title: \xe9", "latin.yaml is not UTF-8", "'pomp'"),
        ("other.yaml", faulty.replace("NAME", "pamp"), "'pamp'", "'pomp'"),
    ):  # fmt: skip
        file = tmp_path / name
        file.write_text(text, encoding="latin-1")
        page.locator("input[type=file]").set_input_files(str(file))
        page.wait_for_function(
            "told => document.querySelector('[data-testid=stMain]').innerText.includes(told)",
            arg=told,
        )
        settle(page)
        assert gone not in main.inner_text(), name


@pytest.mark.parametrize(
    "tab",
    [
        "Assumptions one by one",
        "Assumptions together",
        "What each lever adds",
        "One lever from end to end",
        "Where it fails",
    ],
)
def test_every_question_gets_its_answer(visit: Visit, tab: str) -> None:
    page = visit("drivers")
    page.get_by_role("tab", name=tab).click()
    settle(page)
    if tab == "Where it fails":  # a target that about half of the futures meet
        page.get_by_label("of 100 runs").fill("10")
        page.get_by_label("of 100 runs").press("Enter")
        settle(page)
    if tab == "Assumptions together":  # nothing is chosen before it is known what matters
        assert "Run Assumptions one by one first" in page.inner_text("[data-testid=stMain]")
        for _ in range(2):
            page.get_by_label("Assumptions that vary").click()
            page.get_by_role("option").first.click()
            settle(page)
    page.get_by_role("button", name=re.compile(r"^Run \d")).click()
    page.wait_for_selector("svg.marks >> visible=true")
    settle(page)
    assert page.locator("svg.marks >> visible=true").count() == 1
    assert "a toy, not a forecast" in page.locator("[data-testid=stMain]").inner_text()


def test_downloads_open(visit: Visit) -> None:
    page = visit(pump="7")
    page.get_by_role("button", name="Download", exact=True).click()
    found = {}
    for label in ("Overlay (YAML)", "Outcomes (CSV)", "All runs (CSV)", "All runs (Parquet)",
                  "Bands shown (CSV)", "Report (HTML)", "Picture (SVG)", "Picture (PNG)"):  # fmt: skip
        with page.expect_download() as coming:
            page.get_by_role("button", name=label).click()
        assert coming.value.suggested_filename.startswith("thrift_pump_7")
        path = coming.value.path()
        found[label] = Path(path).read_bytes()
    assert b"pump: 7        # one bucket" in found["Overlay (YAML)"]
    outcomes = pd.read_csv(io.BytesIO(found["Outcomes (CSV)"]))
    assert {"outcome", "difference", "pairs"} <= set(outcomes)
    runs = pd.read_csv(io.BytesIO(found["All runs (CSV)"]))
    same = pd.read_parquet(io.BytesIO(found["All runs (Parquet)"]))
    assert len(runs) == len(same) > 0
    assert {"q05", "q95", "series"} <= set(pd.read_csv(io.BytesIO(found["Bands shown (CSV)"])))
    assert b"toy" in found["Report (HTML)"]
    assert b"Thrift, buckets pumped = 7 buckets/day" in found["Report (HTML)"]
    assert b"Water left" in found["Picture (SVG)"] or b"Water" in found["Picture (SVG)"]
    assert found["Picture (PNG)"].startswith(b"\x89PNG")


def test_the_keyboard_alone_is_enough(visit: Visit) -> None:
    page = visit()
    field = lever(page, "pump").locator("input[type=number]")
    for _ in range(60):
        page.keyboard.press("Tab")
        if field.evaluate("e => e.getRootNode().activeElement === e"):
            break
    else:
        pytest.fail("the first lever cannot be reached with Tab")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    settle(page)
    wait_for_query(page, pump="3")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    settle(page)
    wait_for_query(page, pump="10")
    width = page.evaluate(
        "() => { let e = document.activeElement; while (e.shadowRoot?.activeElement)"
        " e = e.shadowRoot.activeElement; return parseFloat(getComputedStyle(e).outlineWidth) }"
    )
    assert width >= 2, "the focus cannot be seen"


@pytest.mark.parametrize(
    ("width", "height", "dark"),
    [(1440, 900, False), (390, 844, True)],
    ids=["wide", "narrow, dark"],
)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_and_has_no_serious_error_of_accessibility(
    visit: Visit, tmp_path: Path, path: str, width: int, height: int, dark: bool
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    folder = Path(os.environ.get("FULCRUM_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page = visit(path, width=width, height=height, dark=dark, pump="7")
    name = f"{path or 'explore'}_{width}_{'dark' if dark else 'light'}.png"
    page.screenshot(path=str(folder / name))
    assert (folder / name).stat().st_size > 8_000
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"{path} is {wide} pixels wide"
    serious = [
        f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:4]]}"
        for v in axe.run(page).response["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n".join(serious)


def test_another_host_is_refused(served: Served) -> None:
    place = urllib.parse.urlsplit(served.url)
    assert place.hostname and place.port
    port = f"http://{place.hostname}:{place.port + 1}"
    for name, value in (
        ("Host", "evil.example"),
        ("Origin", "http://evil.example"),
        ("Origin", port),
    ):
        headers = {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Host": place.netloc,
            "Origin": served.url, name: value,
        }  # fmt: skip
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=10)
        connection.request("GET", "/_stcore/stream", headers=headers)
        assert connection.getresponse().status == 403, name
        connection.close()


def test_no_other_site_may_frame_the_page(served: Served) -> None:
    for path in ("", "/compare", "/_stcore/health"):
        with urllib.request.urlopen(f"{served.url}{path}") as answer:
            assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_frame_of_another_site_stays_empty(browser: Any, served: Served, tmp_path: Path) -> None:
    outer = tmp_path / "outer.html"
    outer.write_text(f'<iframe src="{served.url}" width=900 height=600></iframe>', encoding="utf-8")
    page = browser.new_page()
    page.goto(outer.as_uri())
    page.wait_for_timeout(3000)
    assert not any(frame.locator(".stApp").count() for frame in page.frames)
    page.close()


def test_an_address_with_too_many_settings_is_refused_in_words(served: Served) -> None:
    long = "&".join(f"x{i}=1" for i in range(1001))
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{served.url}/?{long}")
    assert caught.value.code == 414
    assert "1,001 settings, more than 1,000" in caught.value.read().decode()
