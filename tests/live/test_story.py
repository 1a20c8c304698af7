"""The story of one run and the sources, in a browser: a page of their own, without the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chosen_runs import typical

import sim
from sim.analysis.paired_traces import trace_pair
from sim.browser import script
from ui.live import style
from ui.live.document import make_document

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
LIVE = ROOT / "ui" / "live"
RUNS = 60
MODULES = ("setting", "story", "sources")
PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Story</title>
<meta name="viewport" content="width=device-width">
<style>{style}</style><div id="root" class="fl-root"></div>
<script id="document" type="application/json">{document}</script>
<script type="module">{script}
const study = JSON.parse(document.getElementById("document").textContent);
const bytes = async (text) => {{
  const packed = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}};
const engines = await Promise.all(study.modules.map(async (text) => load(await bytes(text))));
study.layouts = engines.map((engine) => engine.layout);
const context = {{ words: study.words, document: study, language: study.language }};
let view = {{ ...openingView(study), central: true }};
const sideOf = ({{ scenario, values }}) => {{
  const scene = sceneOf(study, scenario);
  const row = Float64Array.from(scene.values);
  study.layouts[scene.module].values.forEach((value, i) => {{
    if (value.name in values) row[i] = encode(values[value.name], value);
  }});
  return {{ engine: engines[scene.module], row, scenario }};
}};
const sides = () => {{
  const {{ policy, baseline }} = settingsOf(study, view);
  return {{ here: sideOf(policy), base: sideOf(baseline) }};
}};
window.replays = 0;
const replay = async (name, run) => {{
  window.replays += 1;
  const {{ engine, row }} = sides()[name];
  const told = engine.replay({{ values: row, seed: view.seed, replication: run }});
  return {{ ...told, error: name === "here" ? (window.fault ?? null) : null }};
}};
const runs = ({{ engine, row, scenario }}) => {{
  const series = [engine.layout.series.findIndex(({{ name }}) => name === study.fan)];
  const block = engine.run({{ values: row, seed: view.seed, count: {runs}, series }});
  if (window.fault) block.status.fill(window.fault.status);
  return {{ ...block, rows: 1, width: {runs}, scenario }};
}};
const bandsOf = ({{ series }}) => {{
  const points = series.length / {runs};
  const bands = new Float64Array(5 * points);
  for (let i = 0; i < points; i += 1) {{
    const sorted = series.slice(i * {runs}, (i + 1) * {runs}).sort();
    [0.05, 0.25, 0.5, 0.75, 0.95].forEach((q, k) => {{
      bands[k * points + i] = sorted[Math.floor(q * ({runs} - 1))];
    }});
  }}
  return bands;
}};
const story = createStory(context, {{ replay }});
const sources = createSources(context);
document.getElementById("root").append(story.element, sources.element);
window.show = (changed) => {{
  view = {{ ...view, ...changed }};
  const {{ here, base }} = sides();
  const ran = {{ here: runs(here), base: runs(base) }};
  const bands = {{ [study.fan]: {{ here: bandsOf(ran.here), base: bandsOf(ran.base) }} }};
  story.update({{ view, sides: ran, bands }});
  sources.update({{ view, hangs: {hangs} }});
}};
window.show({{}});
window.ready = true;
</script></html>"""
PORTS = [ROOT / "scenarios" / "port_strike" / f"{n}.yaml" for n in ("sit_it_out", "mediate")]


def page_text(made: dict[str, Any], hangs: list[str]) -> str:
    """A page that shows both parts of a document."""
    return PAGE.format(
        language=made["language"], document=json.dumps(made).replace("<", "\\u003c"), style=style(),
        script=script("engine", "format", *(LIVE / f"{name}.js" for name in MODULES)),
        runs=RUNS, hangs=json.dumps(hangs),
    )  # fmt: skip


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """The document of two scenarios, some of its words hostile."""
    document = make_document(sim.load(PORTS))
    document["assumptions"][0] |= {
        "label": "<img src=x onerror=window.hacked=1>",
        "source": "<script>window.hacked=1</script>",
        "url": "javascript:window.hacked=1",
    }
    event = next(iter(document["events"].values()))
    event["label"] = event["group"] = "<b onclick=x>bold</b>"
    return document


@pytest.fixture
def opened(browser: Any, made: dict[str, Any], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``opened(height=900)``: the page, in a window of its own."""
    pages, faults = [], []

    def go(**size: int) -> Any:
        path = tmp_path / "story.html"
        path.write_text(page_text(made, [made["sampled"][-1]]), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1200, "height": 900, **size})
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_function("window.ready")
        pages.append(page)
        return page

    yield go
    assert not faults
    assert not any(page.evaluate("window.hacked") for page in pages)
    for page in pages:
        page.close()


def goal_columns(model: sim.Model) -> list[int]:
    return [i for i, outcome in enumerate(model.outcomes.values()) if outcome.goal]


def typical_number(scenario: sim.Scenario, seed: int) -> int:
    """The typical run of a scenario whose assumptions are held."""
    ran = sim.run(scenario, futures=0, replications=RUNS, seed=seed)
    values, completed = ran.values[0][0], (~ran.failed[0][0]).nonzero()[0]
    return int(typical(values, completed, goal_columns(scenario.model)))


def test_a_run_is_told_beside_its_twin(opened: Callable[..., Any]) -> None:
    base, scenario = (sim.load_scenario(path) for path in PORTS)
    run = typical_number(scenario, sim.load(PORTS).seed)
    seed = sim.load(PORTS).seed
    pair = trace_pair(scenario, base, seed=seed, replication=run)
    time, words = sim.charts.first_parting(pair.first, pair.second) or (0.0, "")
    page = opened()
    page.wait_for_selector(".fl-story-parting:not(:empty)")
    assert f"Run {run} of 0 to {RUNS - 1} " in page.inner_text(".fl-story-where")
    told = page.inner_text(".fl-story-parting")
    assert (
        f"first differ on day {int(time)}: “A mediator is called” happens in this run only." in told
    )
    assert words == "'A mediator is called' in mediate only"
    assert "Mediator (called here, none in the baseline)" in page.inner_text(".fl-story-cause")
    assert pair.cause.startswith("it depends on mediation (called against none)")
    shared, differ = pair.shared, len(pair.differences)
    caption = ".fl-story-list caption"
    page.check("input[value=differ]")
    assert page.inner_text(caption).startswith(f"{differ:,} of {shared + differ:,} ")
    page.check("input[value=all]")
    assert page.inner_text(caption).startswith(f"{shared + differ:,} of ")
    page.select_option(".fl-story-list-controls select", "mediator_called")
    assert page.inner_text(caption).startswith("1 of ")
    shown = page.eval_on_selector_all(
        ".fl-story-outcomes data",
        "all => all.map((one) => [one.dataset.outcome, one.dataset.value])",
    )
    wanted = {(n, x) for t in (pair.first, pair.second) for n, x in t.outcomes.items() if x == x}
    assert {(name, float(value)) for name, value in shown if value} == wanted


def test_the_story_is_walked_by_keyboard(opened: Callable[..., Any]) -> None:
    page = opened()
    page.wait_for_selector(".fl-step-told")
    first = page.inner_text(".fl-step-told")
    page.focus(".fl-step-next")
    page.keyboard.press("Enter")
    assert page.inner_text(".fl-step-count").startswith("2 of ")
    second = page.inner_text(".fl-step-told")
    assert second in page.text_content(".fl-step-live")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".fl-step-told") == first
    page.keyboard.press("End")
    assert page.get_attribute(".fl-step-next", "aria-disabled") == "true"
    last = page.locator(".fl-story-list tr[aria-current=step]")
    assert page.inner_text(".fl-step-told") in last.inner_text()
    assert page.evaluate("document.activeElement.className") == "fl-step-next"


def test_a_story_plays_to_its_end_and_heeds_the_keyboard(opened: Callable[..., Any]) -> None:
    page = opened()
    page.wait_for_selector(".fl-step-told")
    page.clock.install()
    count = int(page.inner_text(".fl-step-count").split(" of ")[1])
    assert page.inner_text(".fl-step-scope label >> nth=0") == f"turning points: {count}"
    assert "at most 2 times" in page.inner_text(".fl-step-rule >> nth=0")
    page.focus(".fl-step-card")
    page.keyboard.press(" ")
    assert page.inner_text(".fl-step-play") == "Pause"
    page.clock.run_for(5_100)
    assert page.inner_text(".fl-step-count").startswith("2 of ")
    page.keyboard.press(" ")
    page.clock.run_for(30_000)
    assert page.inner_text(".fl-step-count").startswith("2 of ")
    page.select_option(".fl-step-player select", "fast")
    page.click(".fl-step-play")
    page.clock.run_for(2_100)
    assert page.inner_text(".fl-step-count").startswith("3 of ")
    page.clock.run_for(2_000 * count)
    assert page.inner_text(".fl-step-count") == f"{count} of {count}"
    assert page.inner_text(".fl-step-play") == "Play"
    page.click(".fl-step-play")  # from the beginning again
    assert page.inner_text(".fl-step-count").startswith("1 of ")
    page.focus(".fl-step-card")
    page.keyboard.press("ArrowRight")
    assert page.inner_text(".fl-step-count").startswith("2 of ")
    assert page.inner_text(".fl-step-play") == "Play"  # a step by hand ends it


def test_a_step_is_marked_on_the_lanes_and_moves_softly_only_if_wanted(
    opened: Callable[..., Any],
) -> None:
    page = opened()
    page.wait_for_selector(".fl-layer-step line", state="attached")
    place = "Number(document.querySelector('.fl-layer-step line').getAttribute('x1'))"
    first = page.evaluate(place)
    page.focus(".fl-step-card")
    page.keyboard.press("End")
    assert page.evaluate(place) > first
    name = "getComputedStyle(document.querySelector('.fl-step-in')).animationName"
    assert page.evaluate(name) == "fl-step-in"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(name) == "none"


def test_the_list_is_in_order_of_time_in_two_columns(opened: Callable[..., Any]) -> None:
    page = opened()
    page.wait_for_selector(".fl-story-list tbody tr")
    page.check("input[value=differ]")
    while page.is_visible(".fl-story-more"):
        page.click(".fl-story-more")
    rows = page.eval_on_selector_all(
        ".fl-story-list tbody tr",
        """all => all.map((row) => [
          parseFloat(row.querySelector("th").textContent.replace(/[^0-9.]/g, "")),
          [...row.querySelectorAll("td")].map((cell) => cell.dataset.run ?? ""),
          row.textContent, row.dataset.kind])""",
    )
    times = [time for time, *_ in rows]
    assert times == sorted(times)
    cells = {tuple(columns) for _, columns, *_ in rows}
    assert cells <= {("here", ""), ("", "there"), ("both",)}
    assert len(cells) >= 2
    moved = [(columns, text) for _, columns, text, kind in rows if kind == "moved"]
    assert moved
    for columns, text in moved:
        other = "In the baseline" if columns[0] == "here" else "In this run"
        assert other in text
        assert re.search(r"(later|earlier)\.", text)
    page.set_viewport_size({"width": 390, "height": 900})
    run = page.locator(".fl-story-list td[data-run] .fl-story-run >> nth=0")
    assert run.bounding_box()["width"] > 40
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_a_run_is_taken_along_as_text_and_as_a_short_page(
    opened: Callable[..., Any], browser: Any, made: dict[str, Any], tmp_path: Path
) -> None:
    page = opened()
    page.wait_for_selector(".fl-story-ending:not(:empty)")
    seed = sim.load(PORTS).seed
    scenario = sim.load_scenario(PORTS[1])
    run = typical_number(scenario, seed)
    trace = sim.trace(scenario, seed=seed, replication=run)
    with page.expect_download() as text:
        page.click("[data-act=save_text]")
    assert Path(text.value.path()).read_text("utf-8").rstrip("\n") == str(trace)
    command = page.inner_text(".fl-story-take > pre")
    assert command == f"fulcrum trace mediate.yaml --all --seed {seed} --replication {run}"
    with page.expect_download() as sheet:
        page.click("[data-act=save_sheet]")
    file = tmp_path / sheet.value.suggested_filename
    sheet.value.save_as(file)
    html = file.read_text("utf-8")
    assert file.suffix == ".html"
    assert len(html) < 200_000
    assert "<script" not in html
    printed = browser.new_page(viewport={"width": 900, "height": 1200})
    said: list[str] = []
    printed.on("console", lambda message: said.append(message.text))
    printed.on("request", lambda request: said.append(request.url))
    printed.goto(file.as_uri())
    shown = printed.inner_text("body")
    for words in (
        page.inner_text(".fl-story-ending"),
        page.inner_text(".fl-story-parting"),
        command,
    ):
        assert words in shown
    turning = int(page.inner_text(".fl-step-count").split(" of ")[1])
    assert printed.locator("table >> nth=1").locator("tbody tr").count() == turning
    assert printed.locator("figure svg path").count() >= turning
    assert printed.locator("body b").count() == 0  # the words of the model stay words
    pages = re.search(rb"/Count (\d+)", printed.pdf(prefer_css_page_size=True))
    assert pages and int(pages[1]) <= 2
    assert said == [file.as_uri()]
    printed.close()


def test_nothing_is_replayed_out_of_sight(opened: Callable[..., Any]) -> None:
    page = opened()
    page.wait_for_selector(".fl-story-parting:not(:empty)")
    assert page.evaluate("replays") == 2
    page.evaluate("show({})")
    page.evaluate("document.querySelector('.fl-story').hidden = true")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    page.evaluate("show({ scenario: 'sit_it_out' })")
    assert page.evaluate("replays") == 2
    page.evaluate("document.querySelector('.fl-story').hidden = false")
    page.wait_for_function("replays === 4")
    page.wait_for_function(
        "document.querySelector('.fl-story-parting').textContent.includes('the same')"
    )
    page.check("input[value=worst]")
    page.wait_for_function(
        "document.querySelector('.fl-story-where').textContent.includes('worst')"
    )
    page.check("input[value=number]")
    page.fill("input[type=number]", "7")
    page.keyboard.press("Tab")
    page.wait_for_function(
        "document.querySelector('.fl-story-where').textContent.startsWith('Run 7 of')"
    )


def test_a_run_that_fails_says_why(opened: Callable[..., Any]) -> None:
    page = opened()
    page.evaluate("window.fault = { status: 0, message: '<i>queue</i> fell below 0', help: '' }")
    page.check("input[value=worst]")
    page.wait_for_selector(".fl-story-note:not(:empty)")
    assert page.inner_text(".fl-story-note").strip() == (
        "This run broke a rule of the model and ends early: <i>queue</i> fell below 0."
    )
    cells = page.locator(".fl-story-outcomes tr >> nth=1").locator("td").all_inner_texts()
    assert cells[0] == "–" != cells[1]
    page.evaluate("window.fault.status = 1; show({})")
    page.wait_for_selector(".fl-story-body", state="hidden")
    assert "Every run of this setting broke a rule" in page.inner_text(".fl-story-note")


def test_evidence_is_searched_filtered_and_linked(
    opened: Callable[..., Any], made: dict[str, Any]
) -> None:
    page = opened(width=390, height=4000)
    page.wait_for_selector(".fl-source")
    hung = next(e for e in made["assumptions"] if e["name"] == made["sampled"][-1])
    assert page.inner_text(".fl-source >> nth=0").startswith(hung["label"])
    assert "the result hangs on this" in page.inner_text(".fl-source >> nth=0")
    page.fill(".fl-sources input[type=search]", "onerror")
    assert page.locator(".fl-source").count() == 1
    assert page.inner_text(".fl-source h4") == "<img src=x onerror=window.hacked=1>"
    assert page.locator(".fl-source a").get_attribute("href") is None
    page.fill(".fl-sources input[type=search]", "")
    page.evaluate("show({ values: { ships_a_day: 6.5 } })")
    page.select_option(".fl-sources select", "hand")
    assert page.locator(".fl-source").count() == 1
    assert "ships_a_day=6.5" in page.inner_text(".fl-sources pre >> nth=0")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
