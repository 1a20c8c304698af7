"""How long a visitor waits: `python benchmarks/page_waits.py [STUDY] [--times N] [--quick]`.

In real Chromium, at a server of its own: the first visit, each page after it, each question of Drivers. A
lever that is dragged is in `ui_latency.py`. A table of medians; nothing here is a test. Wants Playwright for
Python and Chromium.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pages.live import ROOT, chromium, line, serving

#: Streamlit's script runs, or the live page does.
BUSY = (
    "[data-testid=stStatusWidget], [data-testid=stSpinner], [data-testid=stProgress], [data-stale=true], "
    ".fl-panel:not([hidden]) .fl-runs:not([hidden]) progress:not([hidden]), "
) + ", ".join(f".fl-root[data-state={state}]" for state in ("loading", "moving", "running"))
PAGES = ("Compare", "Drivers", "One run", "Scenario", "Model", "Explore")
#: Milliseconds for which a page must have been at rest.
QUIET = 300


def settled(page: Any) -> None:
    """Wait until a page has been at rest for a while."""
    end = time.perf_counter() + 180
    calm = time.perf_counter()
    busy = page.locator(BUSY).locator("visible=true")
    while time.perf_counter() < end:
        if busy.count():
            calm = time.perf_counter()
        elif time.perf_counter() - calm > QUIET / 1000:
            return
        page.wait_for_timeout(20)
    found = busy.first.evaluate("element => element.outerHTML.slice(0, 300)")
    raise TimeoutError(f"the page never came to rest: {found}")


def timed(act: Callable[[], object], page: Any) -> float:
    """Return the seconds from an act until the page is at rest, without the time of watching the rest."""
    start = time.perf_counter()
    act()
    page.wait_for_timeout(50)  # what follows the act has begun
    settled(page)
    return time.perf_counter() - start - QUIET / 1000


def visit(browser: Any, url: str) -> tuple[Any, float]:
    """Return a page that was opened with nothing cached, and how long that took."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(180_000)

    def open_it() -> None:
        page.goto(url)
        page.wait_for_selector(".fl-root[data-state=ready]")

    return page, timed(open_it, page)


def link(page: Any, name: str) -> Any:
    """Return the link to a page."""
    return page.get_by_role("link", name=name, exact=True).locator("visible=true").first


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", nargs="?", type=Path, default=ROOT / "scenarios/ukraine_2025")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="measure once")
    chosen = parser.parse_args()
    chosen.times = 1 if chosen.quick else chosen.times
    study = chosen.study.resolve()
    with chromium() as browser, serving(study) as (url, _, _):
        if browser is None:
            return 0
        firsts: list[float] = []
        waits: dict[str, list[float]] = {}
        for _ in range(chosen.times):
            page, first = visit(browser, url)
            firsts.append(first)
            for name in PAGES:
                waits.setdefault(name, []).append(timed(link(page, name).click, page))
            link(page, "Drivers").click()
            settled(page)
            asked = page.locator(".fl-questions button, .st-key-drivers_question label")
            for question in asked.locator("visible=true").all():
                words = f"Drivers: {question.inner_text()}"
                waits.setdefault(words, []).append(timed(question.click, page))
            page.context.close()
        print(f"{study.name}, {os.cpu_count()} processors, median of {chosen.times}")
        print(f"{'':<52} {'median':>8} {'95 %':>8}")
        print(line("first visit, nothing cached", firsts, "s"))
        for name, found in sorted(waits.items(), key=lambda one: -statistics.median(one[1])):
            print(line(f"→ {name}", found, "s"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
