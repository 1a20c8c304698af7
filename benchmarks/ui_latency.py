"""How soon the page answers, in a real browser: `python benchmarks/ui_latency.py [STUDY] [--moves N]`.

Wants Playwright for Python and Chromium. Prints a table of medians and 95 % quantiles.
"""

from __future__ import annotations

import argparse
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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
RUNS = "1,000"
#: Notes when a picture changes, and when the footnote of a full run appears again.
WATCH = """() => {
  window.pictures = []; window.last = 0
  const watch = new MutationObserver((list) => {
    const drawn = list.some((change) => change.target.closest?.('svg.marks'))
    if (drawn && performance.now() - window.last > 30) {
      window.last = performance.now(); window.pictures.push(window.last)
    }
  })
  const all = {subtree: true, childList: true, attributes: true}
  watch.observe(document.querySelector('[data-testid=stMain]'), all)
}"""
STILL = ".stApp[data-test-script-state='notRunning']"


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


def settle(page: Any) -> None:
    """Wait until the page has come to rest."""
    quiet = 0
    for _ in range(300):
        page.wait_for_timeout(100)
        done = page.locator(STILL).count() and not page.locator("[data-testid=stSkeleton]").count()
        quiet = quiet + 1 if done else 0
        if quiet == 5:
            return
    raise SystemExit("the page does not come to rest")


def now(page: Any) -> float:
    """Return the browser's clock in milliseconds."""
    return float(page.evaluate("performance.now()"))


def slider(page: Any) -> dict[str, float]:
    """Return the box of the first slider in sight."""
    for handle in page.locator("[data-lever] input[type=range]").all():
        box: dict[str, float] | None = handle.bounding_box()
        if box and box["width"] > 20:
            return box
    raise SystemExit("the study has no lever with a slider")


def hold(page: Any) -> None:
    """Keep the lever still until the pictures of the drag are drawn: what comes then is the full run."""
    page.evaluate("window.pictures = []")
    page.wait_for_timeout(700)
    while page.evaluate("window.pictures.length"):
        page.evaluate("window.pictures = []")
        page.wait_for_timeout(700)


def release(page: Any, moves: int) -> tuple[list[float], list[float]]:
    """Drag, hold, and let go: milliseconds to the full run's first picture and to its last."""
    first, full = [], []
    for number in range(moves):
        box = slider(page)
        y = box["y"] + box["height"] / 2
        part = 0.15 + 0.7 * ((number * 7) % 19) / 19
        page.mouse.move(box["x"] + (part - 0.05) * box["width"], y)
        page.mouse.down()
        page.mouse.move(box["x"] + part * box["width"], y)
        hold(page)
        page.evaluate("window.pictures = []")
        began = now(page)
        page.mouse.up()
        footnote = page.get_by_text(f"n = {RUNS} runs each").first
        changed = -1.0
        end = began + 8000
        while now(page) < end:
            pictures = page.evaluate("window.pictures")
            if pictures and changed < 0:
                changed = pictures[0] - began
            if changed >= 0 and footnote.count() and page.locator(STILL).count():
                break
            page.wait_for_timeout(8)
        pictures = page.evaluate("window.pictures")
        if pictures:
            first.append(pictures[0] - began)
            full.append(pictures[-1] - began)
        settle(page)
    return first, full


def dragging(page: Any, seconds: float) -> float:
    """Return picture updates a second while a lever is dragged without letting go."""
    box = slider(page)
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.evaluate("window.pictures = []")
    began = time.perf_counter()
    step = 0
    while time.perf_counter() - began < seconds:
        step += 1
        page.mouse.move(box["x"] + (0.2 + 0.6 * (step % 60) / 60) * box["width"], y)
        page.wait_for_timeout(40)
    pictures = page.evaluate("window.pictures")
    page.mouse.up()
    settle(page)
    groups = sum(b - a > 120 for a, b in itertools.pairwise(pictures))
    return (groups + bool(pictures)) / seconds


def typing(page: Any, moves: int) -> list[float]:
    """Return milliseconds from an arrow key in a number field to the first changed picture."""
    field = page.locator("[data-lever] input[type=number]").first
    found = []
    field.focus()
    for number in range(moves):
        page.evaluate("window.pictures = []")
        began = now(page)
        field.press("ArrowUp" if number % 2 else "ArrowDown")
        for _ in range(600):
            if pictures := page.evaluate("window.pictures"):
                found.append(pictures[0] - began)
                break
            page.wait_for_timeout(8)
        settle(page)
    return found


def alone(study: Path) -> list[float]:
    """Return milliseconds of 1,000 runs with bands of five series, without a page: how fast the host is."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    import sim

    scenario = sim.load_scenario(study / "model.yaml")
    series = sim.charts.main_series(scenario.model, 5)
    found = []
    for seed in range(8):
        began = time.perf_counter()
        sim.run(scenario, replications=1000, seed=seed, series=series)
        found.append(1000 * (time.perf_counter() - began))
    return found[1:]  # the first compiles


def line(what: str, values: list[float], unit: str = "ms") -> str:
    """Return a line of the table."""
    if not values:
        return f"{what:<52} {'–':>8}"
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{what:<52} {statistics.median(values):>8.0f} {high:>8.0f}  {unit}  n={len(values)}"


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path, default=ROOT / "scenarios")
    parser.add_argument("--moves", type=int, default=12)
    parser.add_argument("--quick", action="store_true", help="three moves")
    chosen = parser.parse_args()
    chosen.moves = 3 if chosen.quick else chosen.moves
    study = chosen.study
    if not list(study.glob("*.yaml")):
        study = max(study.glob("*/"), key=lambda folder: len(list(folder.glob("*.yaml"))))
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if chromium is None or sync_playwright is None:
        print("not measured: Playwright for Python and Chromium are wanted", file=sys.stderr)
        return 0
    bare = alone(study)
    with serving(study) as (url, up, _), sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(60_000)
        began = time.perf_counter()
        page.goto(url)
        page.wait_for_selector("[data-testid=stMetric]")
        useful = time.perf_counter() - began
        page.wait_for_selector("svg.marks")
        drawn = time.perf_counter() - began
        settle(page)
        page.goto(f"{url}/?runs={RUNS.replace(',', '')}")
        settle(page)
        page.evaluate(WATCH)
        release(page, 2)  # warm
        first, full = release(page, chosen.moves)
        keys = typing(page, chosen.moves)
        rate = dragging(page, 5.0)
        print(f"{study.name}, {RUNS} runs of baseline and policy, {os.cpu_count()} processors")
        print(f"{'':<52} {'median':>8} {'95 %':>8}")
        print(line("1,000 runs alone, without a page", bare))
        print(line("slider let go → first picture of the full run", first))
        print(line("slider let go → last picture of the full run", full))
        print(line("arrow key → first changed picture", keys))
        print(f"{'while dragging, pictures a second':<52} {rate:>8.1f}")
        print(f"{'server started → it answers':<52} {up:>8.1f}           s")
        print(f"{'first visit → numbers':<52} {useful:>8.1f}           s")
        print(f"{'first visit → first chart':<52} {drawn:>8.1f}           s")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
