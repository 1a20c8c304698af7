"""The published page with hostile words, names, addresses and messages, and with models of little."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opened import NASTY, open_file, overflow, published, study

from ui.live.document import make_document

pytestmark = pytest.mark.browser

TEXT = json.dumps(NASTY, ensure_ascii=False)
LONG = json.dumps(f"{NASTY} {'W' * 500}", ensure_ascii=False)
#: Names that an object of JavaScript has by birth, or that an address has for other things.
MODEL = f"""
model: hostile
title: {TEXT}
time: {{unit: month, horizon: 12}}
docs: {{purpose: {LONG}, limits: {TEXT}, uses: {TEXT}}}
levers:
  constructor:
    {{default: 1.0, range: [0.0, 2.0], unit: {TEXT}, label: {TEXT}, group: {TEXT}, help: {LONG},
    points: {{'<b>x</b>': 2.0}}}}
  toString:
    {{default: low, options: [low, hasOwnProperty, valueOf, prototype], label: {TEXT}, group: constructor}}
  scenario: {{default: 1, range: [0, 3], label: '', group: toString}}
  seed: {{default: false, label: seed}}
  tab: {{default: 1, range: [0, 3]}}
parameters:
  hasOwnProperty: {{assume: 1.0, range: [0.5, 2.0], unit: {TEXT}, label: {TEXT}, why: {TEXT}}}
  valueOf: {{assume: 1.0, range: [0.5, 2.0], why: {LONG}}}
state:
  prototype: {{initial: 0.0, unit: {TEXT}, label: {TEXT}}}
  isPrototypeOf: {{initial: low, options: [low, hasOwnProperty], label: {TEXT}}}
events:
  propertyIsEnumerable:
    label: {TEXT}
    group: {TEXT}
    every: exponential(hasOwnProperty)
    do: |
      prototype += constructor + scenario + valueOf
      isPrototypeOf = 'hasOwnProperty'
    tell: {TEXT.replace("{done}", "{prototype}")}
outcomes:
  toLocaleString:
    {{final: prototype, goal: minimize, unit: {TEXT}, label: {TEXT}, group: {TEXT}, help: {TEXT}}}
  watch: {{count: propertyIsEnumerable, goal: maximize, unit: event, label: ''}}
"""
OTHER = f"title: {TEXT}\nlevers: {{constructor: 2.0, scenario: 3, seed: true, toString: hasOwnProperty}}"
#: Models of little: what their page says.
LITTLE = {
    "alone": (
        "model: alone\ntime: {unit: hour, horizon: 24}\nstate: {x: {initial: 0.0}}\n"
        "events:\n  tick: {every: 1, do: x += 1}\noutcomes:\n  end: {final: x}\n",
        "This study has no lever to move.",
    ),
    "bare": (
        "model: bare\ntime: {unit: month, horizon: 12}\nlevers: {a: {default: 1.0, range: [0.1, 5.0]}}\n"
        "events:\n  tick: {every: exponential(a)}\noutcomes:\n  some: {count: tick}\n",
        "Move a lever to see a difference.",
    ),
}
FAILING = """
model: failing
time: {unit: hour, horizon: 24}
levers: {a: {default: 1.0, range: [0.0, 5.0]}}
state: {x: {initial: 0.0, range: [0.0, 30.0], label: Level}}
events:
  tick: {every: exponential(1), do: x += a}
outcomes:
  end: {final: x, goal: minimize}
"""
ENDLESS = """
model: endless
time: {unit: day, horizon: 1000, max_events: 50000000}
levers: {a: {default: 1000.0, range: [1.0e-7, 1000.0]}}
state: {x: {initial: 0.0, range: [0.0, 1.0e12]}}
events:
  tick: {every: a, do: x += 1}
outcomes:
  end: {final: x, goal: minimize}
"""
HIT = "window.hit ?? document.querySelector('#fulcrum img, #fulcrum script, #fulcrum b')?.outerHTML"


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    made = browser.new_context(viewport={"width": 390, "height": 900})
    made.set_offline(True)
    yield made
    faults = [fault for page in made.pages for fault in page.faults]
    made.close()
    assert not faults


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    made = study(folder, MODEL, usual=f"title: {TEXT}\nrationale: {TEXT}", other=OTHER)
    return published(folder, made)


def test_words_of_a_model_show_as_text_and_keep_the_page_narrow(
    context: Any, hostile: Path
) -> None:
    page = open_file(context, hostile)
    page.evaluate(
        "for (const one of document.querySelectorAll('.fl-about, .fl-small')) one.click()"
    )
    for tab in range(5):
        page.locator("[role=tab]").nth(tab).click()
        ready = (
            ".fl-headline",
            ".fl-compare td",
            ".fl-drivers td",
            ".fl-story-list tbody tr",
            ".fl-source-list li",
        )[tab]
        page.wait_for_selector(ready)
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        page.wait_for_timeout(100)
        assert overflow(page) == [], tab
        assert page.evaluate(HIT) is None
    assert page.title().startswith("<img src=x")
    assert NASTY[:40] in page.locator(".fl-headline").inner_text()


def test_names_that_objects_have_by_birth_are_names_like_others(
    context: Any, hostile: Path
) -> None:
    page = open_file(context, hostile, "#scenario=usual&set.scenario=2&set.seed=yes&set.tab=3")
    page.locator("input[type=number][data-lever=constructor]").fill("1.5")
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash.includes('constructor=1.5')")
    page.wait_for_selector("html[data-state=ready]")
    written = page.evaluate("location.hash")
    for part in ("set.scenario=2", "set.seed=yes", "set.tab=3", "scenario=usual&", "seed=1&"):
        assert part in written
    assert "hasOwnProperty" not in written and "valueOf" not in written
    assert not page.locator(".fl-world .fl-count").is_visible(), "no assumption was changed"
    again = open_file(context, hostile, written)
    told = ".fl-headline-sentence"
    assert again.locator(told).inner_text() == page.locator(told).inner_text()


@pytest.mark.parametrize(
    "fragment",
    [
        "#__proto__=1&constructor=NaN&scenario=__proto__&seed=-1&runs=1e999&toString=valueOf%00",
        "#%E0%A4%A&%&=&==&&constructor=1e999&set.scenario=-3&tab=__proto__&baseline=constructor",
        "#" + "&".join(f"k{i}=1" for i in range(3000)),
        "#scenario=" + "x" * 20_000,
    ],
    ids=["names", "escapes", "many", "long"],
)
def test_a_hostile_address_is_told_and_nothing_more(
    context: Any, hostile: Path, fragment: str
) -> None:
    page = open_file(context, hostile, fragment)
    told = page.locator("[role=alert]").inner_text()
    assert told and len(told) < 4000
    assert page.evaluate("({}).polluted ?? Object.keys(Object.prototype).length") == 0
    assert overflow(page) == [] and page.evaluate(HIT) is None


def test_hostile_messages_change_nothing(context: Any, hostile: Path, tmp_path: Path) -> None:
    around = tmp_path / "around.html"
    around.write_text(
        f'<!doctype html><title>x</title><link rel="icon" href="data:,"><iframe src="{hostile.as_uri()}">'
        "</iframe><iframe></iframe>"
    )
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.goto(around.as_uri())
    frame = page.frames[1]
    frame.wait_for_selector("html[data-state=ready]", state="attached")
    before = frame.evaluate("location.hash")
    page.evaluate(
        """() => {
          const send = (m) => frames[0].postMessage(m, "*");
          const cyclic = {}; cyclic.self = cyclic;
          const big = Object.fromEntries(Array.from({ length: 9000 }, (_, i) => [`k${i}`, 1]));
          const type = "fulcrum:set";
          for (const m of [null, 1, type, [], { type }, { type: 7, setting: {} }]) send(m);
          const settings = [null, 3, "constructor=2", cyclic, big, { constructor: 1n }];
          for (const setting of settings) send({ type, setting });
        }"""
    )
    words = "{type: 'fulcrum:set', setting: {constructor: 0.5}}"
    other = f"frames[1].eval(\"parent.frames[0].postMessage({words}, '*')\")"
    page.evaluate(other)
    page.wait_for_timeout(300)
    assert frame.evaluate("location.hash") == before
    page.evaluate(
        "frames[0].postMessage({ type: 'fulcrum:set', setting: { constructor: 0.25, toString: {}, "
        "__proto__: null, tab: [1] } }, '*')"
    )
    frame.wait_for_function("location.hash.includes('constructor=0.25')")


def test_addresses_of_sources_are_links_only_if_they_are_of_the_web(
    context: Any, tmp_path: Path
) -> None:
    made = study(tmp_path, MODEL, usual="", other="")
    document = make_document(made)
    for entry, url in zip(
        [*document["levers"]],
        ("javascript:hit=1", "data:text/html,x", " JaVaScRiPt:x", "//x", "https://a.b"),
        strict=True,
    ):
        entry |= {"source": NASTY, "url": url}
    from ui.live.publish import page as page_of

    target = tmp_path / "page.html"
    target.write_text(page_of(document), "utf-8")
    page = open_file(context, target, "#tab=sources")
    page.wait_for_selector(".fl-source-list li")
    links = page.locator("#fulcrum a[href]").evaluate_all(
        "(all) => all.map((e) => e.getAttribute('href'))"
    )
    assert links == ["https://a.b"]


@pytest.mark.parametrize("name", LITTLE)
def test_a_model_of_little_opens_and_says_something_true(
    context: Any, tmp_path: Path, name: str
) -> None:
    model, said = LITTLE[name]
    page = open_file(context, published(tmp_path, study(tmp_path, model)))
    assert said in page.locator(".fl-headline").inner_text()
    for tab in range(5):
        page.locator("[role=tab]").nth(tab).click()
        assert overflow(page) == []
    assert not page.get_by_text("undefined").count() and not page.get_by_text("NaN").count()


def test_failed_runs_are_counted_and_left_out(context: Any, tmp_path: Path) -> None:
    made = study(
        tmp_path,
        FAILING,
        replications=50,
        futures=None,
        usual="",
        some="levers: {a: 1.3}",
        none="levers: {a: 5.0}",
    )
    import sim

    run = sim.run(made)
    page = open_file(context, published(tmp_path, made), "#scenario=some")
    row = sim.compare(run).row("end", "some")
    shown = page.locator("data[data-scenario=some][data-statistic=mean]").first
    assert float(shown.get_attribute("data-value")) == row.estimate.mean
    note = page.locator(".fl-explore > .fl-note:visible").first.inner_text()
    assert f"Of 50 runs each, {row.failed} of this setting" in note
    page.locator("select[data-choose=scenario]").select_option("none")
    page.wait_for_selector("html[data-state=ready]")
    page.wait_for_function("document.querySelector('.fl-headline').textContent.includes('too few')")
    page.locator("[role=tab]").nth(3).click()
    page.get_by_text("Every run of this setting broke a rule").wait_for()


def test_a_model_that_does_not_end_can_be_stopped_and_left(context: Any, tmp_path: Path) -> None:
    page = open_file(context, published(tmp_path, study(tmp_path, ENDLESS)))
    field = page.locator("input[type=number][data-lever=a]")
    field.fill("0.0000001")
    field.press("Enter")
    page.get_by_role("button", name="Stop").click()
    page.wait_for_selector("html[data-state=stopped]")
    assert "Stopped" in page.locator("[role=alert]").inner_text()
    page.wait_for_timeout(300)
    assert page.locator("html[data-state=stopped]").count(), "and nothing begins again"
    field.fill("0.0000002")
    field.press("Enter")
    page.wait_for_timeout(600)
    field.fill("500")
    field.press("Enter")
    page.wait_for_selector("html[data-state=ready]")
    assert "a=500" in page.evaluate("location.hash")
