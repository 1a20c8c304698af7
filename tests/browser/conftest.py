"""Results that several tests of JavaScript show."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from web_cases import opened_file

import sim
from sim.browser import PAGE, WORKER, script
from sim.statistics.web_library import compile_web_library

PAGE_TEXT = """<!doctype html><meta charset="utf-8"><title>Pool</title>
<script id="worker" type="text/plain">{worker}</script>
<script type="module">{page}
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const text = (array) => {{
  const all = new Uint8Array(array.buffer);
  let out = "";
  for (let i = 0; i < all.length; i += 8192) out += String.fromCharCode(...all.subarray(i, i + 8192));
  return btoa(out);
}};
window.shown = (b) => b && [b.outcomes, b.status, b.events, b.series].map(text);
window.startWith = async (modules, statistics, how) => {{
  window.pool?.close();
  const worker = document.getElementById("worker").textContent;
  const what = {{ modules: modules.map(bytes), statistics: statistics && bytes(statistics) }};
  window.pool = await startPool(what, {{ worker, workers: 2, ...how }});
}};
window.message = (promise) => promise.then(() => "no error", (error) => error.message);
window.ready = true;
</script>"""


def scenarios(study: str) -> list[Path]:
    """The scenarios of a study, by name."""
    files = sorted(Path("scenarios", study).glob("*.yaml"))
    return [file for file in files if file.read_text("utf-8").find("\nscenario:") >= 0]


@pytest.fixture(scope="package")
def results() -> list[sim.Ensemble]:
    """Both studies with all their scenarios, in their usual 200 futures of 5 replications."""
    ports = sim.run(sim.load(scenarios("port_strike")), series=["waiting"])
    return [ports, sim.run(sim.load(scenarios("ukraine_2025")))]


@pytest.fixture(scope="module")
def pool_page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page opened from a file, which holds all it runs, and its workers too."""
    path = tmp_path_factory.mktemp("pool") / "pool.html"
    with opened_file(
        browser, path, PAGE_TEXT.format(worker=script(*WORKER), page=script(*PAGE))
    ) as opened:
        yield opened


@pytest.fixture
def start_pool(pool_page: Any) -> Callable[..., Any]:
    """Start a pool of some modules in the page."""

    def started(modules: list[bytes], **how: Any) -> Any:
        texts = [base64.b64encode(wasm).decode() for wasm in (*modules, compile_web_library())]
        pool_page.evaluate("([m, s, h]) => startWith(m, s, h)", [texts[:-1], texts[-1], how])
        return pool_page

    return started
