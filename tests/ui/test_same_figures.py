"""A published file, opened without a network, shows the figures of `fulcrum compare` to the last bit."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from firefox import running

import sim
from sim.study.files import kind
from sim.study.shipped import shipped_studies

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
#: The key, as WebDriver names it.
ARROW_RIGHT = "\ue014"
READ = """() => [...document.querySelectorAll("data.fl-figure")].map((one) =>
  [one.dataset.scenario, one.dataset.outcome, one.dataset.statistic, one.dataset.value, one.textContent])"""
READ_SHOWN = READ.replace("document.", "document.querySelector('.fl-explore').")


#: Studies that are compared in all their runs; the others that ship run less, on the same way.
WHOLE = ("port_strike", "ukraine_2025", "regions")
FEW = ("--futures", "20", "-n", "3")


def study_folder(study: str) -> str:
    """Where a study is: among the examples, or a small one of the tests, over sets."""
    own = {"regions": "tests/ui/regions", "fitted": "tests/models/fitted"}
    return own.get(study, f"scenarios/{study}")


def publish(study: str, out: Path, *options: str) -> None:
    """Publish a study of the repository."""
    command = [sys.executable, "-m", "sim", "publish", study_folder(study), "-o", str(out)]
    subprocess.run([*command, *options, "--quiet"], check=True, cwd=ROOT)


@pytest.fixture(scope="module")
def offline() -> Iterator[Any]:
    """A browser without a network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        context = browser.new_context(offline=True)
        yield context
        browser.close()


def opened(context: Any, file: Path, fragment: str = "") -> Any:
    """A page once all its runs are shown; what it logs as an error fails the test."""
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda r: None if r.url[:5] in ("file:", "blob:") else errors.append(r.url))
    page.goto(f"file://{file}#{fragment}")
    page.wait_for_selector("html[data-state=ready]", timeout=60_000)
    assert not errors, errors
    return page


def records(files: list[str], *options: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What `fulcrum compare --format json` says, by scenario and outcome."""
    command = [
        sys.executable,
        "-m",
        "sim",
        "compare",
        *files,
        "--format",
        "json",
        "--quiet",
        *options,
    ]
    made = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout
    rows = json.loads(made)
    rows = rows if isinstance(rows, list) else rows["rows"]
    return {(row["scenario"], row["outcome"]): row for row in rows}


def faults(figures: list[list[str]], wanted: dict[tuple[str, str], dict[str, Any]]) -> list[Any]:
    """The figures that are not those of the command line."""
    wrong = []
    for scenario, outcome, statistic, value, text in figures:
        if not outcome:
            continue
        told = wanted[scenario, outcome].get(statistic, "no such statistic")
        if isinstance(told, str):
            same = told == value
        elif told is None or (isinstance(told, float) and math.isnan(told)):
            same = value == ""
        else:
            same = value != "" and float(value) == told
        if not same:
            wrong.append((scenario, outcome, statistic, value, told, text))
    return wrong


@pytest.mark.parametrize(
    ("study", "few"),
    [
        *((study, ()) for study in WHOLE),
        *((study, FEW) for study in sorted(shipped_studies().keys() - set(WHOLE))),
    ],
)
def test_every_figure_of_every_scenario_is_that_of_the_command_line(
    study: str, few: tuple[str, ...], offline: Any, tmp_path: Path
) -> None:
    publish(study, tmp_path / "page.html", *few)
    folder = sorted((ROOT / study_folder(study)).glob("*.yaml"))
    files = [str(file) for file in folder if kind(file) == "scenario"]
    page = opened(offline, tmp_path / "page.html", "tab=compare")
    base = json.loads(page.locator("#fulcrum-document").text_content())["baseline"]
    wanted = records(files, "--all", "--baseline", base, *few)
    page.wait_for_selector(".fl-compare:not([data-preliminary]) .fl-records", state="attached")
    page.locator(
        "details:has(> .fl-records) > summary, details:has(.fl-records) > summary"
    ).first.click()
    assert page.evaluate("document.documentElement.dataset.runs") == ("60" if few else "1000")
    figures = page.evaluate(READ)
    scenarios = {scenario for scenario, _ in wanted}
    headlines = set(sim.load(files).model.headlines)
    seen = {(s, o, statistic) for s, o, statistic, *_ in figures}
    for scenario in scenarios:
        for outcome in headlines:
            for statistic in ("mean", "low", "high", "level_q05", "level_q95"):
                assert (scenario, outcome, statistic) in seen
    assert len(seen) > 20 * len(wanted) // 2
    assert not faults(figures, wanted)


def test_a_moved_lever_and_assumption_give_the_figures_of_the_command_line(
    offline: Any, tmp_path: Path
) -> None:
    publish("ukraine_2025", tmp_path / "page.html")
    page = opened(offline, tmp_path / "page.html", "scenario=hold_firm&baseline=no_levers")
    folder = "scenarios/ukraine_2025/"
    files = [f"{folder}no_levers.yaml", f"{folder}hold_firm.yaml"]
    slider = page.locator("input[type=range][data-lever=tariff_deadline]")
    slider.focus()
    slider.press("ArrowRight")
    value = slider.input_value()
    page.wait_for_selector("html[data-state=ready]")
    wanted = records(files, "--all", "--set", f"hold_firm:tariff_deadline={value}")
    assert len(page.evaluate(READ_SHOWN)) > 20
    assert not faults(page.evaluate(READ_SHOWN), wanted)
    page.locator("input[data-central=held]").check()
    page.wait_for_selector("html[data-state=ready]")
    wanted = records(files, "--all", "--central", "--set", f"hold_firm:tariff_deadline={value}")
    assert not faults(page.evaluate(READ_SHOWN), wanted)
    page.locator("[data-seed]").evaluate("(e) => { e.value = 7; e.onchange() }")
    page.wait_for_selector("html[data-state=ready]")
    options = ["--all", "--central", "--seed", "7", "--set", f"hold_firm:tariff_deadline={value}"]
    assert not faults(page.evaluate(READ_SHOWN), records(files, *options))


def test_plausible_futures_give_the_figures_of_the_command_line(
    offline: Any, tmp_path: Path
) -> None:
    publish("fitted", tmp_path / "page.html")
    files = [f"tests/models/fitted/{name}.yaml" for name in ("base", "more")]
    page = opened(offline, tmp_path / "page.html", "scenario=more&baseline=base")
    assert "60 plausible futures (of 62 kept of 400 drawn)" in page.inner_text("body")
    wanted = records(["tests/models/fitted/as_it_was.yaml", *files], "--all")
    figures = page.evaluate(READ_SHOWN)
    assert len(figures) > 10
    page.evaluate("location.hash = 'scenario=more&baseline=as_it_was'")
    page.wait_for_selector("html[data-state=ready]")
    assert not faults(page.evaluate(READ_SHOWN), wanted)
    page.evaluate("location.hash = 'scenario=more&baseline=as_it_was&calls=5.5&clerks=7'")
    page.wait_for_selector("html[data-state=ready]")
    files = [f"tests/models/fitted/{name}.yaml" for name in ("as_it_was", "more")]
    moved = ["--set", "calls=5.5", "--set", "more:clerks=7"]
    assert not faults(page.evaluate(READ_SHOWN), records(files, "--all", *moved))
    publish("fitted", tmp_path / "ranges.html", "--independent")
    page = opened(offline, tmp_path / "ranges.html", "scenario=more&baseline=as_it_was")
    assert "plausible futures" not in page.inner_text("body")
    assert "--independent" in page.content()
    assert not faults(page.evaluate(READ_SHOWN), records(files, "--all", "--independent"))


def test_members_moved_together_and_alone_give_the_figures_of_the_command_line(
    offline: Any, tmp_path: Path
) -> None:
    publish("regions", tmp_path / "page.html", "--futures", "20", "-n", "3")
    files = [f"tests/ui/regions/{name}.yaml" for name in ("strict", "wide")]
    page = opened(offline, tmp_path / "page.html", "scenario=wide&baseline=strict")
    page.locator(".fl-outcomes > summary").click()
    slider = page.locator('input[type=range][data-lever="lockdown"]')
    slider.focus()
    slider.press("ArrowRight")
    value = slider.input_value()
    page.locator('[data-row="lockdown"] summary').click()
    alone = page.locator('input[type=number][data-lever="lockdown[far-east]"]')
    alone.fill("0.9")
    alone.press("Enter")
    page.wait_for_selector("html[data-state=ready]")
    cells = {"north": value, "south": value, "far-east": "0.9"}
    moved = [w for r, v in cells.items() for w in ("--set", f"wide:lockdown[{r}]={v}")]
    wanted = records(files, "--all", "--futures", "20", "-n", "3", *moved)
    figures = page.evaluate(READ_SHOWN)
    assert {"attack[far-east]", "cases[south]"} <= {outcome for _, outcome, *_ in figures}
    assert not faults(figures, wanted)


def test_firefox_shows_the_same_figures_and_saves_a_picture(
    need: Callable[..., str], tmp_path: Path
) -> None:
    publish("port_strike", tmp_path / "page.html")
    files = [f"scenarios/port_strike/{name}.yaml" for name in ("sit_it_out", "mediate")]
    slider = "document.querySelector('input[type=range][data-lever=mediation_day]')"
    ready = "document.documentElement.dataset.state === 'ready'"
    read = f"({READ_SHOWN})()"
    with running(need("firefox-esr", "firefox"), tmp_path) as page:
        page.visit(f"file://{tmp_path}/page.html#scenario=mediate&baseline=sit_it_out")
        page.wait_for(ready)
        page.evaluate(f"{slider}.focus()")
        page.press(ARROW_RIGHT)
        page.wait_for(f"{slider}.value === '8' && {ready}")
        wanted = records(files, "--all", "--set", "mediate:mediation_day=8")
        figures = page.evaluate(read)
        assert len(figures) > 20 and not faults(figures, wanted)
        page.evaluate("document.querySelector('.fl-chart-save').click()")
        saved = page.saved("*.png")
        assert not page.faults
    assert saved.startswith(b"\x89PNG")


def test_a_link_opened_in_the_open_page_is_the_setting(offline: Any, tmp_path: Path) -> None:
    publish("port_strike", tmp_path / "page.html")
    page = opened(offline, tmp_path / "page.html", "scenario=mediate")
    page.evaluate("location.hash = 'scenario=reroute&baseline=sit_it_out&seed=3&tab=compare'")
    page.wait_for_selector("html[data-state=ready]")
    assert page.locator("[data-choose=scenario]").input_value() == "reroute"
    assert page.locator("[data-seed]").input_value() == "3"
    assert page.locator(".fl-compare").is_visible()
    page.evaluate("location.hash = 'scenario=nobody&wage_offer=5'")
    page.wait_for_selector("html[data-state=ready]")
    assert "nobody" in page.locator(".fl-alert:visible").first.text_content()
    assert page.locator("input[type=range][data-lever=wage_offer]").input_value() == "5"
