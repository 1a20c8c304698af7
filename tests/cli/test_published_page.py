"""A published page in Chromium, cut off from the network: from a disk, and in the frame of a notebook."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sim
from ui.live.notebook import Exploration

STUDY = Path("scenarios/port_strike").resolve()
OUTCOME, LEVER = "strike_days", "mediation_day"
READY = "html[data-state=ready]"
#: The page around a frame: it keeps what the frame says.
AROUND = """<!doctype html><link rel="icon" href="data:,"><title>around</title>
<script>window.heard = []; addEventListener("message", ({ data }) => heard.push(data));</script>
"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def base() -> sim.Scenario:
    return sim.load_scenario(STUDY / "sit_it_out.yaml")


@pytest.fixture(scope="module")
def explored(base: sim.Scenario) -> Exploration:
    return base.explore(
        sim.load_scenario(STUDY / "mediate.yaml"), futures=40, replications=5, seed=7
    )


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[[Path], Any]]:
    """``visit(path)``: the page of a file; at the end, none had an error or asked for anything."""
    context = browser.new_context()
    context.set_offline(True)
    faults: list[str] = []

    def asked(request: Any) -> None:
        if not request.url.startswith(("file:", "blob:", "data:", "about:")):
            faults.append(request.url)

    def open_page(path: Path) -> Any:
        page = context.new_page()
        page.on("console", lambda m: m.type in ("error", "warning") and faults.append(m.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", asked)
        page.goto(path.as_uri())
        return page

    yield open_page
    context.close()
    assert not faults


def figures(place: Any, statistic: str) -> list[float]:
    """What a page says of the outcome, in full."""
    found = place.locator(f"data[data-outcome={OUTCOME}][data-statistic={statistic}]")
    values = found.evaluate_all("found => found.map((one) => one.dataset.value)")
    return [float(value) for value in values if value]


def says(place: Any, base: sim.Scenario, policy: sim.Scenario) -> None:
    """Check that a page says what `compare` finds with the same runs, to the last digit."""
    made = sim.make_experiment([base, policy], futures=40, replications=5, seed=7)
    (row,) = (
        row
        for row in sim.compare(sim.run(made)).table()
        if row["outcome"] == OUTCOME and row["scenario"] == policy.name
    )
    for statistic in ("level_q50", "difference_q50", "futures_lower"):
        assert row[statistic] in figures(place, statistic)


def test_the_command_s_file_opens_from_a_disk(
    visit: Callable[[Path], Any], tmp_path: Path, explored: Exploration
) -> None:
    target = tmp_path / "page.html"
    given = ("--scenarios", "sit_it_out,mediate", "--futures", "40", "-n", "5", "--seed", "7")
    command = [sys.executable, "-m", "sim", "publish", str(STUDY), "-o", str(target), *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert target.read_text("utf-8") == explored.html, "the notebook's page is the file's"
    page = visit(target)
    page.wait_for_selector(READY)
    assert page.locator("html").get_attribute("data-runs") == "200"
    assert not page.locator(".fl-still").count(), "the component took the place of what was there"
    page.goto(f"{target.as_uri()}#scenario=mediate&{LEVER}=20")
    page.reload()
    page.wait_for_selector(READY)
    assert f"{LEVER}=20" in page.url


def test_it_runs_in_the_frame_of_a_notebook(
    visit: Callable[[Path], Any], tmp_path: Path, explored: Exploration, base: sim.Scenario
) -> None:
    """The frame tells its height and its state, takes a setting, and shows the numbers of `compare`."""
    target = tmp_path / "notebook.html"
    target.write_text(AROUND + explored._repr_html_(), encoding="utf-8")
    page = visit(target)
    (frame,) = page.frames[1:]
    frame.wait_for_selector(READY)
    mediate = sim.load_scenario(STUDY / "mediate.yaml")
    says(frame, base, mediate)
    heard = page.evaluate("heard")
    assert any(m["type"] == "fulcrum:height" and m["height"] > 300 for m in heard)
    states = [m for m in heard if m["type"] == "fulcrum:state"]
    assert states[-1]["state"] == "ready" and states[-1]["setting"]["scenario"] == "mediate"
    page.evaluate(
        "(setting) => { heard.length = 0; frames[0].postMessage({ type: 'fulcrum:set', setting }, '*'); }",
        {"scenario": "mediate", LEVER: 20},
    )
    page.wait_for_function(
        "heard.some((m) => m.state === 'ready' && m.setting.mediation_day === 20)"
    )
    later = mediate.with_levers(mediation_day=20)
    says(frame, base, later)
