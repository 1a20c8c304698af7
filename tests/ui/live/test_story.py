"""The story of one run and the sources, in a browser: a page of their own, without the rest."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.analysis.paired_traces import trace_pair
from sim.browser import FOLDER as BROWSER
from ui.live import joined
from ui.live.document import make_document
from ui.views.one_run import typical

ROOT = Path(__file__).parent.parent.parent.parent
LIVE = ROOT / "ui" / "live"
RUNS = 60
PAGE = """<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Story</title>
<meta name="viewport" content="width=device-width">
<style>:root {{ {tones} }} body {{ margin: 16px; background: var(--fl-bg);
font: 15px "Source Sans 3", "Liberation Sans", Arial, sans-serif; }}
.fl-icon {{ width: 1em; height: 1em; fill: none; stroke: currentColor; stroke-width: 1.6; }}
[hidden] {{ display: none !important; }} {style}</style>
<main id="root"></main>
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
let view = openingView(study);
view = {{ ...view, central: true, ...{view} }};
const side = ({{ scenario, values }}) => {{
  const scene = sceneOf(study, scenario);
  const row = Float64Array.from(scene.values);
  study.layouts[scene.module].values.forEach((value, i) => {{
    if (value.name in values) row[i] = encode(values[value.name], value);
  }});
  return {{ engine: engines[scene.module], row, scenario }};
}};
window.replays = 0;
const of = () => {{
  const {{ policy, baseline }} = settingsOf(study, view);
  return {{ here: side(policy), base: side(baseline) }};
}};
const replay = async (name, run) => {{
  window.replays += 1;
  const {{ engine, row }} = of()[name];
  return engine.replay({{ values: row, seed: view.seed, replication: run }});
}};
const runs = ({{ engine, row, scenario }}) => ({{
  ...engine.run({{ values: row, seed: view.seed, count: {runs} }}), rows: 1, width: {runs}, scenario,
}});
const story = createStory(context, {{ replay }});
const sources = createSources(context);
document.getElementById("root").append(story.element, sources.element);
window.show = (changed) => {{
  view = {{ ...view, ...changed }};
  const {{ here, base }} = of();
  story.update({{ view, sides: {{ here: runs(here), base: runs(base) }} }});
  sources.update({{ view, hangs: {hangs} }});
}};
window.show({{}});
window.ready = true;
</script></html>"""
LIGHT = {
    "bg": "#FBFAF7", "rail": "#F1EEE7", "text": "#1B1F24", "muted": "#57606A", "border": "#DAD5CA",
    "grid": "#E7E2D8", "accent": "#0B5FA5", "c1": "#0B5FA5", "c2": "#D37B1E", "ink1": "#0B5FA5",
    "ink2": "#9A5510", "ink3": "#007562",
}  # fmt: skip
PORTS = [ROOT / "scenarios" / "port_strike" / f"{n}.yaml" for n in ("sit_it_out", "mediate")]


def page_text(
    made: dict[str, Any], hangs: list[str], tones: dict[str, str] = LIGHT, view: str = "{}"
) -> str:
    """A page that shows both parts of a document."""
    script = joined(BROWSER / "engine.js", LIVE / "story.js", LIVE / "sources.js")
    return PAGE.format(
        language=made["language"],
        tones="".join(f"--fl-{name}: {tone};" for name, tone in tones.items()),
        style=(LIVE / "story.css").read_text("utf-8"),
        document=json.dumps(made).replace("<", "\\u003c"),
        script=script, runs=RUNS, hangs=json.dumps(hangs), view=view,
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
