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
    go(page, "Compare")  # at once
    wait_for_query(page, pump="8", cover="stone")
    assert "/compare" in page.url
    assert number(page, "pump") == "8"
    go(page, "Model")
    wait_for_query(page, pump="8", cover="stone")
    go(page, "Explore")
    wait_for_query(page, pump="8", cover="stone")
    page.get_by_role("button", name="Undo").click()
    settle(page)
    assert query(page) == {"pump": "8", "cover": "wood"} or query(page) == {"pump": "8"}
    go(page, "One run")
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


def figures(page: Any, part: str) -> dict[tuple[str, str], str]:
    """The figures of the setting in a part of the live page, in full, by outcome and statistic."""
    found = page.locator(f".fl-panel[data-tab={part}] data.fl-figure").evaluate_all(
        "all => all.map(({dataset: d}) => [d.scenario, d.outcome, d.statistic, d.value])"
    )
    own = [one for one in found if one[0].startswith("thrift")]
    own = [one for one in own if one[0].endswith("*")] or own
    return {(outcome, statistic): value for _, outcome, statistic, value in own}


def downloaded(page: Any, label: str) -> bytes:
    with page.expect_download() as coming:
        page.get_by_role("button", name=label).click()
    return Path(coming.value.path()).read_bytes()


def test_every_page_has_the_same_numbers_and_so_have_its_files(visit: Visit) -> None:
    page = visit(shower="9.0")
    set_number(page, "pump", "2")
    settle(page)
    explored = figures(page, "explore")
    go(page, "Compare")
    page.wait_for_selector(
        ".fl-compare[data-preliminary=false], .fl-compare:not([data-preliminary])"
    )
    compared = figures(page, "compare")
    shared = explored.keys() & compared.keys()
    assert len(shared) > 10
    assert {key: explored[key] for key in shared} == {key: compared[key] for key in shared}
    page.get_by_role("button", name="Download", exact=True).click()
    table = pd.read_csv(io.BytesIO(downloaded(page, "Table (CSV)")))
    table = table[table["scenario"] == "thrift_pump_2_shower_9"].set_index("outcome")
    numbers = [key for key in shared if key[1] in table and key[1] != "verdict" and explored[key]]
    assert len(numbers) > 5
    for outcome, statistic in numbers:
        assert float(explored[outcome, statistic]) == float(table.loc[outcome, statistic])
    page.keyboard.press("Escape")
    go(page, "One run")
    page.wait_for_selector(".fl-story-body:visible")
    told = page.locator(".fl-story-where").inner_text()
    run = int(re.search(r"\d+", told)[0])  # type: ignore[index]
    page.get_by_role("button", name="Download", exact=True).click()
    runs = pd.read_csv(io.BytesIO(downloaded(page, "All runs (CSV)")))
    mine = runs[runs["scenario"] == "thrift_pump_2_shower_9"].iloc[run]
    shown = page.locator(".fl-story-outcomes").inner_text()
    assert f"{mine['water']:.3g} buckets" in shown


def test_a_change_of_page_begins_nothing_anew(visit: Visit) -> None:
    page = visit(pump="7")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".fl-root").evaluate(
        """(root) => {
          Object.assign(window, {root, body: root.querySelector('.fl-page'), states: []})
          new MutationObserver(() => window.states.push(root.dataset.state))
            .observe(root, {attributeFilter: ['data-state']})
        }"""
    )
    parts = {"Compare": "compare", "Drivers": "drivers", "One run": "story", "Explore": "explore"}
    for name, part in parts.items():
        go(page, name)
        page.wait_for_selector(f".fl-panel[data-tab={part}] >> visible=true")
        assert page.locator(".fl-panel >> visible=true").count() == 1
        assert number(page, "pump") == "7"
    same = "() => window.root.isConnected && window.body === window.root.querySelector('.fl-page')"
    assert page.evaluate(same)
    assert "running" not in page.evaluate("window.states"), "the same setting was run again"
    assert not [url for url in asked if "/live/" in url and "/session/" not in url]


def test_a_scenario_of_compare_opens_on_explore(visit: Visit) -> None:
    page = visit("compare", scenario="thrift")
    page.locator(".fl-compare").get_by_role("button", name="Explore this one").first.click()
    page.wait_for_selector(".fl-panel[data-tab=explore] >> visible=true")
    settle(page)
    assert urllib.parse.urlsplit(page.url).path == "/"
    assert address(page)["scenario"] == "usual"


def test_a_lever_on_drivers_draws_what_is_below_again(visit: Visit) -> None:
    page = visit("compare")
    page.locator(".fl-root").evaluate(OBSERVE)
    set_number(page, "pump", "6")
    settle(page)
    assert page.evaluate("window.frames") == 0
    go(page, "Drivers")
    ask(page, "What does each lever add?")
    told = page.get_by_text("On Explore the difference to the baseline is").inner_text()
    set_number(page, "pump", "5")
    page.wait_for_function(
        "told => { const now = [...document.querySelectorAll('p')].map((p) => p.innerText)"
        ".find((text) => text.startsWith('On Explore the difference')); return now && now !== told; }",
        arg=told,
    )
    settle(page)
    assert page.locator("svg.marks >> visible=true").count() == 1
    assert query(page)["pump"] == "5" and query(page)["question"] == "attribution"


def ask(page: Any, question: str) -> None:
    """Open a further question of Drivers, which is then answered by itself."""
    page.get_by_text(question, exact=True).click()
    answered = page.locator("svg.marks").or_(page.get_by_text("None of the 200 futures fail"))
    answered.first.wait_for()
    settle(page)


def test_a_page_turned_while_the_live_page_loads_still_comes(visit: Visit) -> None:
    page = visit("model")
    held: list[Any] = []
    page.route("**/live/document-*.json", lambda route: held.append(route))
    page.get_by_role("link", exact=True, name="Explore").locator("visible=true").first.click()
    while not held:
        page.wait_for_timeout(20)
    page.get_by_role("link", exact=True, name="Drivers").locator("visible=true").first.click()
    page.locator(".st-key-drivers_question").wait_for()
    for route in held:
        route.continue_()
    page.locator(".fl-root[data-state=ready]").wait_for()
    assert page.locator("[data-answer=levers]").inner_text()


@pytest.mark.parametrize("path", PAGES[:4])
def test_levers_and_results_share_the_screen_of_a_phone(visit: Visit, path: str) -> None:
    page = visit(path, width=390, height=844)
    for gone in ("stSidebar", "stSidebarCollapsedControl", "stExpandSidebarButton"):
        assert not page.get_by_test_id(gone).count()
    bar = page.locator(".fl-dock-head")
    if bar.get_attribute("aria-expanded") == "false":
        bar.click()
    for _ in range(2):
        foot = page.locator(".fl-dock").bounding_box()
        assert foot["y"] + foot["height"] <= 845 and foot["height"] < 0.5 * 844
        page.get_by_test_id("stMain").evaluate("e => e.scrollTo(0, e.scrollHeight)")
        page.wait_for_timeout(300)
    page.get_by_test_id("stMain").evaluate("e => e.scrollTo(0, 0)")
    set_number(page, "pump", "4")
    settle(page)
    wait_for_query(page, pump="4")
    told = (
        page.locator(".fl-panel >> visible=true")
        .locator("h2, p, table")
        .locator("visible=true")
        .first
    )
    assert told.bounding_box()["y"] < page.locator(".fl-dock").bounding_box()["y"] - 100
    links = page.locator(".st-key-pages").bounding_box()
    assert links["height"] < 60, "the pages stand in more than one row"


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
    wait_for_query(page, pump="6")
    go(page, "Compare")
    assert number(page, "pump") == "6"
    set_number(page, "pump", "4")
    wait_for_query(page, pump="4")
    go(page, "Scenario")
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
    go(page, "Explore")
    assert number(page, "pump") == "2"
    assert "last valid setting" in page.get_by_role("alert").first.inner_text()
    go(page, "Scenario")
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
    "question",
    [
        "What if one assumption is at the end of its range?",
        "What do some assumptions do together?",
        "What does each lever add?",
        "What if one lever goes from end to end?",
        "Where does it fail?",
    ],
)
def test_every_question_gets_its_answer(visit: Visit, question: str) -> None:
    page = visit("drivers")
    ask(page, question)
    told = page.locator("[data-testid=stMain]").inner_text()
    assert (
        "a toy, not a forecast" in told and "On Explore the difference to the baseline is" in told
    )


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


def test_what_is_compared_can_be_downloaded(visit: Visit) -> None:
    page = visit("compare", pump="8", assumptions="central")
    page.get_by_role("button", name="Pin").click()
    set_number(page, "pump", "7")
    settle(page)
    page.get_by_role("button", name="Download", exact=True).click()
    page.get_by_role("button", name="Table (CSV)").wait_for()
    command = page.locator("[data-testid=stCode]").first.inner_text()
    for name in (
        "usual.yaml",
        "thrift.yaml",
        "well_defaults.yaml",
        "thrift_pump_8.yaml",
        "thrift_pump_7.yaml",
    ):
        assert name in command, command
    assert "--central" in command
    assert b"pump: 8 " in downloaded(page, "thrift_pump_8.yaml")
    wanted = {"usual", "thrift", "well_defaults", "thrift_pump_7", "thrift_pump_8"}
    table = pd.read_csv(io.BytesIO(downloaded(page, "Table (CSV)")))
    assert set(table["scenario"]) == wanted
    assert set(table["assumptions"]) == {"central"}
    runs = pd.read_csv(io.BytesIO(downloaded(page, "All runs (CSV)")))
    same = pd.read_parquet(io.BytesIO(downloaded(page, "All runs (Parquet)")))
    assert set(runs["scenario"]) == set(same["scenario"]) == wanted
    report = downloaded(page, "Report (HTML)").decode()
    assert "held at central values" in report and "Thrift, buckets pumped = 7" in report
    assert downloaded(page, "Differences (PNG)").startswith(b"\x89PNG")


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
    assert "has no such value" in page.get_by_role("alert").first.inner_text()


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
