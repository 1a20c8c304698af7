"""The page in a real browser: what only a browser can tell."""

from __future__ import annotations

import http.client
import io
import json
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

#: Notes what leaves for the server, drawings that are taken out of the page, and what it says.
OBSERVE = """(page) => {
  Object.assign(window, {frames: 0, gone: 0, touched: 0, said: new Set()})
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (data) { window.frames += 1; return send.call(this, data) }
  const watch = new MutationObserver((list) => {
    for (const change of list) {
      for (const node of change.removedNodes) if (node.nodeName === 'svg') window.gone += 1
      if (change.target.closest?.('svg')) window.touched += 1
    }
    window.said.add(page.querySelector('h2').textContent)
  })
  watch.observe(page, {subtree: true, childList: true, attributes: true, characterData: true})
}"""


def number_field(page: Any, name: str) -> Any:
    return page.locator(f"input[type=number][data-lever={name}]")


def slider(page: Any, name: str) -> Any:
    return page.locator(f"input[type=range][data-lever={name}]")


def option(page: Any, name: str, word: str) -> Any:
    group = page.locator("fieldset, [role=radiogroup], .fl-lever").filter(
        has=page.locator(f"input[type=radio][data-lever={name}]")
    )
    return group.last.locator("label").filter(has_text=re.compile(f"^{word}$"))


def number(page: Any, name: str) -> str:
    return str(number_field(page, name).input_value())


def set_number(page: Any, name: str, value: str) -> None:
    number_field(page, name).fill(value)
    number_field(page, name).press("Enter")


def headline(page: Any) -> str:
    return str(page.locator(".fl-root h2").first.inner_text())


def go(page: Any, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).locator("visible=true").first.click()
    settle(page)


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


def test_a_drag_asks_the_server_for_nothing_and_replaces_no_picture(visit: Visit) -> None:
    page = visit()
    entries = page.evaluate("history.length")
    page.locator(".fl-root").evaluate(OBSERVE)
    box = slider(page, "pump").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.1 * box["width"] + 7, y)
    page.mouse.down()
    for step in range(25):
        page.mouse.move(box["x"] + (0.12 + 0.03 * step) * box["width"], y)
        page.wait_for_timeout(60)
    assert page.evaluate("window.said.size") >= 3, "the page did not answer while the lever moved"
    assert query(page) == {}, "a moving lever must not write the address"
    with page.expect_request("**/live/session/*"):
        page.mouse.up()
    settle(page)
    wait_for_query(page, pump=number(page, "pump"))
    assert page.locator(".fl-root").get_attribute("data-runs") == "1000"
    assert page.evaluate("[window.frames, window.gone]") == [0, 0]
    assert page.evaluate("window.touched") > 0
    assert page.evaluate("history.length") == entries


def test_a_link_brings_every_lever_along(visit: Visit) -> None:
    wanted = {"pump": "7", "depth": "20.5", "cover": "stone", "guarded": "yes", "seed": "11"}
    page = visit(**wanted)
    assert number(page, "pump") == "7"
    assert number(page, "depth") == "20.5"
    assert option(page, "cover", "stone").locator("input").is_checked()
    assert option(page, "guarded", "yes").locator("input").is_checked()
    assert query(page) == wanted
    told = headline(page)
    again = visit(**address(page))
    assert headline(again) == told


def test_the_address_follows_the_levers_and_pages_keep_the_setting(visit: Visit) -> None:
    page = visit()
    set_number(page, "pump", "8")
    wait_for_query(page, pump="8")
    option(page, "cover", "stone").click()
    go(page, "Model")  # at once
    wait_for_query(page, pump="8", cover="stone")
    assert "/model" in page.url
    assert number(page, "pump") == "8"
    go(page, "Explore")
    wait_for_query(page, pump="8", cover="stone")
    page.get_by_role("button", name="Undo").click()
    settle(page)
    assert query(page) == {"pump": "8", "cover": "wood"} or query(page) == {"pump": "8"}
    go(page, "Model")
    page.get_by_role("button", name="Undo").click()
    settle(page)
    assert query(page) == {}
    page.get_by_role("button", name="Redo").click()
    settle(page)
    page.get_by_role("button", name="Redo").click()
    settle(page)
    assert query(page) == {"pump": "8", "cover": "stone"}


def test_what_a_link_cannot_set_is_said_once(visit: Visit) -> None:
    page = visit(pump="99", depth="20.5")
    assert "pump" in page.get_by_role("alert").first.inner_text()
    assert page.inner_text("[data-testid=stMain]").count("widen its") == 1
    assert query(page) == {"depth": "20.5"}


def test_numbers_and_pins_of_explore_are_those_of_compare(visit: Visit) -> None:
    page = visit(shower="9.0")
    set_number(page, "pump", "2")
    settle(page)
    page.get_by_role("button", name="Pin").click()
    cards = page.locator(".fl-card")
    shown = [card.inner_text() for card in cards.all()]
    go(page, "Compare")
    table = page.locator("[data-testid=stTable]").inner_text()
    assert "Thrift, buckets pumped = 2 buckets/day" in table
    row = next(
        line for line in page.locator("[data-testid=stTable] tr").all_inner_texts()
        if line.startswith("Thrift, buckets")
    )  # fmt: skip
    cells = row.split("\t")[1:]
    for card, cell in zip(shown, cells, strict=True):
        verdict, ends = [*cell.strip().split("\n"), ""][:2]
        assert verdict.split(" (")[0] in card
        for end in ends.split(" … "):
            assert end in card.replace("\u2009", ""), (ends, card)


def test_an_edited_text_runs_on_explore_and_takes_its_levers(visit: Visit) -> None:
    page = visit("scenario")
    area = page.get_by_label("Overlay (YAML)")
    area.fill(area.input_value() + "events: {draw: {every: 2}}\n")
    area.press("Control+Enter")
    settle(page)
    go(page, "Explore")
    assert "Thrift, text edited" in headline(page)
    set_number(page, "pump", "4")
    settle(page)
    assert query(page) == {"pump": "4"}
    go(page, "Scenario")
    text = page.get_by_label("Overlay (YAML)").input_value()
    assert "pump: 4        # one bucket" in text
    assert "every: 2" in text


def test_share_says_that_only_this_machine_can_open_a_link(visit: Visit, tmp_path: Path) -> None:
    page = visit(shower="9.0")
    set_number(page, "pump", "4")
    page.get_by_role("button", name="Share").click()
    page.get_by_text("There is no link for others").wait_for()
    box = page.get_by_test_id("stPopoverBody")
    box.get_by_text(
        "fulcrum compare usual.yaml thrift.yaml --set shower=9.0 --set thrift:pump=4"
    ).wait_for()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Page (HTML)").click()
    assert coming.value.suggested_filename == "thrift_pump_4_shower_9.html"
    file = tmp_path / "page.html"
    coming.value.save_as(file)
    told = headline(page)
    other = page.context.new_page()
    other.goto(file.as_uri())
    other.wait_for_selector("#fulcrum[data-state=ready]")
    assert other.locator("h2").first.inner_text().partition(": ")[2] == told.partition(": ")[2]


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
    set_number(page, "pump", "4")
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
    field = number_field(page, "pump")
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


def test_only_the_page_itself_may_post(visit: Visit, served: Served) -> None:
    page = visit()
    with page.expect_request("**/live/session/*") as coming:
        set_number(page, "pump", "4")
    place = urllib.parse.urlsplit(coming.value.url)
    body = coming.value.post_data
    for origin, path, sent, status in (
        (served.url, place.path, body, 204),
        (None, place.path, body, 204),
        ("http://evil.example", place.path, body, 403),
        (served.url, "/live/session/guess", body, 404),
        (served.url, place.path, "[1]", 400),
        (served.url, place.path, "[" * 50_000, 400),
        (served.url, place.path, '{"a":"' + "x" * 70_000 + '"}', 413),
    ):
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=10)
        headers = {} if origin is None else {"Origin": origin}
        connection.request("POST", path, body=sent, headers=headers)
        assert connection.getresponse().status == status, (origin, path, sent[:20])
        connection.close()
    hostile = json.loads(body) | {"view": {"values": {"pump": "<b>"}}, "undo": [[[]]], "pins": 7}
    page.evaluate(
        "([url, body]) => fetch(url, {method: 'POST', body})",
        [coming.value.url, json.dumps(hostile)],
    )
    go(page, "Model")
    assert not page.get_by_text("error has occurred").count()
    assert "no value" in page.get_by_role("alert").first.inner_text() or number(page, "pump") == "1"


def test_documents_and_scripts_are_kept_for_good(visit: Visit, served: Served) -> None:
    page = visit()
    urls = page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    found = [url for url in urls if "/live/" in url]
    assert sorted(re.sub(r"-[0-9a-f]{16}", "", url.rpartition("/")[2]) for url in found) == [
        "app.js", "document.json"
    ]  # fmt: skip
    for url in found:
        with urllib.request.urlopen(url) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert answer.headers["Content-Encoding"] == "gzip"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(re.sub(r"[0-9a-f]{16}", "0" * 16, url))
        caught.value.close()
        assert caught.value.code == 404


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
    caught.value.close()
