"""Measuring the live page in a real browser, wherever it lives: in Streamlit or in a file.

The page says what it does: its root has `data-state` (moving, running, ready) and `data-runs`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sim
from ui.study import read_study

ROOT = Path(__file__).parent.parent.parent
RUNS = 1000
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PAGE = ".fl-root[data-state]"
#: Notes states of the page, moments at which a picture has changed, and tasks that block it.
WATCH = """(page) => {
  const seen = window.fulcrum = {states: [], pictures: [], tasks: []}
  const note = () => {
    const state = page.dataset.state
    requestAnimationFrame(() => seen.states.push([performance.now(), state]))
  }
  new MutationObserver(note).observe(page, {attributeFilter: ['data-state']})
  new PerformanceObserver((list) => seen.tasks.push(...list.getEntries().map((e) => e.duration)))
    .observe({type: 'longtask'})
}"""
#: Notes each picture; only while a lever is dragged, for to watch every change takes time too.
WATCH_PICTURES = """(page) => {
  const seen = window.fulcrum
  let frame = 0
  const drawn = () => { frame = 0; seen.pictures.push(performance.now()) }
  new MutationObserver((list) => {
    const chart = list.some((change) => change.target.parentElement?.closest('figure, .fl-card, h2'))
    if (chart && !frame) frame = requestAnimationFrame(drawn)
  }).observe(page, {subtree: true, childList: true, attributes: true, characterData: true})
}"""
CLEAR = "Object.assign(window.fulcrum, {states: [], pictures: [], tasks: []})"


@dataclass(frozen=True)
class Measured:
    """How a page answers, in milliseconds; of each the runs alone in the same minute."""

    full: list[float]
    native: list[float]
    rate: float
    longest: float

    @property
    def ratio(self) -> float:
        """How many times as long as the runs alone the full picture takes."""
        return statistics.median(self.full) / statistics.median(self.native)


@contextmanager
def serving(study: Path) -> Iterator[tuple[str, float, int]]:
    """Serve a study afresh; give the address, the seconds until it answered, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    began = time.perf_counter()
    command = [sys.executable, "-m", "sim", "ui", str(study), "--port", str(port)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{url}/_stcore/health"):
                    break
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        yield url, time.perf_counter() - began, server.pid
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def chromium() -> Iterator[Any]:
    """Give a browser; None without Playwright for Python and Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        found = None
    if found is None:
        print("not measured: Playwright for Python and Chromium are wanted", file=sys.stderr)
        yield None
        return
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def first_figures(
    browser: Any, address: str, times: int = 3
) -> tuple[Any, list[float], list[float]]:
    """Visit with an empty cache; give the last page, and seconds to the first figures and to all runs."""
    first, full = [], []
    page = None
    for _ in range(times):
        if page is not None:
            page.context.close()
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        began = time.perf_counter()
        page.goto(address, wait_until="commit")
        page.wait_for_selector(".fl-root .fl-card data[data-value]", state="attached")
        first.append(time.perf_counter() - began)
        settle(page)
        full.append(time.perf_counter() - began)
    return page, first, full


def settle(page: Any) -> None:
    """Wait until all runs are drawn."""
    page.wait_for_selector(".fl-root[data-state=ready]", state="attached")


def measure(page: Any, study: Path, moves: int, seconds: float = 5.0) -> Measured:
    """Move levers on a page, and run the same beside it."""
    page.locator(PAGE).evaluate(WATCH)
    released(page, 2)
    longest = 0.0
    full: list[float] = []
    native: list[float] = []
    for _ in range(moves):
        taken, task = released(page, 1)
        full += taken
        native += alone(study, 1)
        longest = max(longest, task)
    rate, task = dragged(page, seconds)
    return Measured(full, native, rate, max(longest, task))


def slider(page: Any) -> dict[str, float]:
    """Return the box of the first slider in sight."""
    for handle in page.locator("input[type=range][data-lever]").all():
        box: dict[str, float] | None = handle.bounding_box()
        if box and box["width"] > 20:
            return box
    raise SystemExit("the study has no lever with a slider")


def released(page: Any, moves: int) -> tuple[list[float], float]:
    """Drag and let go; milliseconds to the picture of all runs, and the longest task meanwhile."""
    found, longest = [], 0.0
    for _ in range(moves):
        box = slider(page)
        y = box["y"] + box["height"] / 2
        part = 0.15 + 0.7 * ((next(_places) * 7) % 19) / 19
        page.mouse.move(box["x"] + (part - 0.05) * box["width"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + part * box["width"], y)
        page.evaluate(CLEAR)
        began = float(page.evaluate("performance.now()"))
        page.mouse.up()
        page.wait_for_timeout(900)  # to ask the page again and again would hold it up
        settle(page)
        states = page.evaluate("window.fulcrum.states")
        found.append(next(at for at, state in states if state == "ready") - began)
        longest = max(longest, *page.evaluate("window.fulcrum.tasks"), 0.0, 0.0)
    return found, longest


def dragged(page: Any, seconds: float) -> tuple[float, float]:
    """Return pictures a second while a lever is dragged without letting go, and the longest task."""
    page.locator(PAGE).evaluate(WATCH_PICTURES)
    box = slider(page)
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.wait_for_timeout(300)
    page.evaluate(CLEAR)
    began = time.perf_counter()
    for step in itertools.count():
        if time.perf_counter() - began > seconds:
            break
        page.mouse.move(box["x"] + (0.2 + 0.6 * (step % 60) / 60) * box["width"], y)
        page.wait_for_timeout(20)
    took = time.perf_counter() - began
    seen = page.evaluate("window.fulcrum")
    page.mouse.up()
    settle(page)
    return pictures(seen["pictures"]) / took, max([0.0, *seen["tasks"]])


def pictures(moments: list[float]) -> int:
    """Return how many pictures: what changes within a frame or two belongs to one."""
    return sum(b - a > 35 for a, b in itertools.pairwise(moments)) + bool(moments)


def alone(study: Path, times: int) -> list[float]:
    """Return milliseconds of the runs of a full picture without a page, on two threads."""
    experiment, series = planned(study)
    found = []
    for _ in range(times):
        began = time.perf_counter()
        sim.run(experiment, threads=2, series=series, cache=False)
        found.append(1000 * (time.perf_counter() - began))
    return found


def planned(study: Path) -> tuple[sim.Experiment, list[str]]:
    """Return what a moved lever asks for: one scenario in all futures, and the series that are drawn."""
    if study not in _planned:
        opened = read_study(study)
        experiment = sim.make_experiment(
            opened.scenarios[opened.first], replications=RUNS, seed=opened.seed
        )
        _planned[study] = experiment, list(sim.charts.main_series(experiment.model, 5))
        alone(study, 1)  # compiles
    return _planned[study]


_places = itertools.count()
_planned: dict[Path, tuple[sim.Experiment, list[str]]] = {}


def line(what: str, values: list[float], unit: str = "ms") -> str:
    """Return a line of the table."""
    if not values:
        return f"{what:<52} {'–':>8}"
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    places = 0 if unit == "ms" else 2
    median = statistics.median(values)
    return f"{what:<52} {median:>8.{places}f} {high:>8.{places}f}  {unit}  n={len(values)}"


def table(name: str, found: Measured) -> Iterator[str]:
    """Give the lines of the table of a page."""
    yield line(f"{name}: lever let go → picture of all runs", found.full)
    yield line("the same runs alone, on two threads", found.native)
    yield f"{'times as long as the runs alone':<52} {found.ratio:>8.2f}"
    yield f"{'while dragging, pictures a second':<52} {found.rate:>8.1f}"
    yield f"{'longest task that blocks the page':<52} {found.longest:>8.0f}           ms"
