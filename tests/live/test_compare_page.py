"""Compare in a published file: one outcome is asked for, colours stay, pins are rows."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from opened import READY, open_file, overflow, published, study

import sim
from sim.analysis.comparison_tables import standing

pytestmark = pytest.mark.browser

MODEL = """
model: pushes
title: Pushes
time: {unit: day, horizon: 10}
levers:
  push: {default: 0.0, range: [0.0, 20.0], unit: push, label: Push}
parameters:
  strength: {assume: 1.0, range: [0.5, 2.0], why: a guess}
state:
  level: {initial: 0.0, unit: point}
  cost: {initial: 0.0, unit: EUR}
events:
  step:
    every: exponential(1)
    do: |
      level += push * strength - 0.1 * push * push
      cost += push
outcomes:
  level: {final: level, goal: maximize, headline: true, label: Level reached, matters: 1}
  cost: {final: cost, goal: minimize, headline: true, label: What it costs}
  steps: {count: step}
"""
NAMES = [f"push_{i}" for i in range(9)]
#: The colour and the mark of each scenario that is coloured, by its name.
LOOKS = """() => Object.fromEntries([...document.querySelectorAll(".fl-ranked tbody tr")].flatMap((line) => {
  const [stroke, mark] = line.querySelectorAll(".fl-swatch path");
  const look = `${stroke.getAttribute("class")} ${mark.getAttribute("d").slice(5)}`;
  return look.includes("fl-tone0") ? [] : [[line.dataset.scenario, look]];
}))"""


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> sim.Experiment:
    pushes = {
        name: f"title: {name.replace('_', ' ').title()}\nlevers: {{push: {i}}}\n"
        for i, name in enumerate(NAMES)
    }
    folder = tmp_path_factory.mktemp("pushes")
    return study(folder, MODEL, futures=20, replications=5, **pushes)


@pytest.fixture(scope="module")
def file(experiment: sim.Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("page"), experiment)


@pytest.fixture
def visit(browser: Any, file: Path) -> Iterator[Callable[..., Any]]:
    """``visit("&outcome=cost", width=390)``: Compare, all scenarios run; no error may come from it."""
    opened: list[tuple[Any, Any]] = []

    def make(more: str = "", width: int = 1440, **how: Any) -> Any:
        context = browser.new_context(offline=True, viewport={"width": width, "height": 900}, **how)
        page = open_file(context, file, f"#tab=compare{more}")
        page.wait_for_selector(".fl-compare .fl-runs", state="hidden")
        opened.append((context, page))
        return page

    yield make
    for context, page in opened:
        assert page.faults == []
        context.close()


def order(page: Any) -> list[str]:
    lines = page.locator(".fl-ranked tbody tr")
    return [str(lines.nth(i).get_attribute("data-scenario")) for i in range(lines.count())]


def push(page: Any, value: float) -> None:
    box = page.locator("[data-lever=push] input[type=number], .fl-lever input[type=number]").first
    box.fill(str(value))
    box.press("Enter")
    page.wait_for_timeout(50)
    page.wait_for_selector(READY)


def test_the_outcome_asked_for_orders_rows_columns_and_pictures_and_is_in_the_address(
    visit: Callable[..., Any], experiment: sim.Experiment
) -> None:
    rows = sim.compare(sim.run(experiment)).rows
    page = visit()
    assert order(page) == standing(rows, "level")
    assert "outcome=" not in page.url
    assert page.locator(".fl-compare .fl-compare-lead").inner_text().startswith("“Level reached”")
    page.locator("[data-ask=cost]").click()
    assert order(page) == standing(rows, "cost")
    heads = page.locator(".fl-ranked thead button")
    assert [heads.nth(i).get_attribute("data-ask") for i in range(2)] == ["cost", "level"]
    panels = page.locator(".fl-panels-list > figure")
    assert [panels.nth(i).get_attribute("data-outcome") for i in range(2)] == ["cost", "level"]
    assert panels.first.get_attribute("data-lead") == ""
    assert page.locator(".fl-compare [data-choose=outcome]").input_value() == "cost"
    assert page.locator(".fl-compare .fl-compare-lead").inner_text().startswith("“What it costs”")
    assert "outcome=cost" in page.url
    again = visit("&outcome=cost")
    assert order(again) == standing(rows, "cost")
    other = visit("&outcome=steps")
    assert other.locator(".fl-ranked thead button").count() == 3, "one that is no headline"
    assert order(visit("&outcome=nonsense")) == standing(rows, "level")


def test_the_answer_counts_what_the_command_line_compares(
    visit: Callable[..., Any], experiment: sim.Experiment
) -> None:
    found = sim.compare(sim.run(experiment))
    rows = [row for row in found.rows if row.outcome == "cost" and row.verdict != "baseline"]
    worse = sum(row.verdict.endswith("higher") for row in rows)
    told = visit("&outcome=cost").locator(".fl-compare .fl-compare-lead").inner_text()
    assert f"worse in {worse} of {len(rows)} scenarios" in told
    assert "None is better." in told and "Worst: “Push 8” (worse in 100 of 100 futures" in told


def test_every_number_is_that_of_python(
    visit: Callable[..., Any], experiment: sim.Experiment
) -> None:
    page = visit()
    with page.expect_download() as saved:
        page.locator("[data-act=compare-csv]").click()
    lines = list(csv.DictReader(io.StringIO(Path(saved.value.path()).read_text("utf-8"))))
    records = {
        (str(r["scenario"]), str(r["outcome"])): r for r in sim.compare(sim.run(experiment)).table()
    }
    assert {(line["scenario"], line["outcome"]) for line in lines} == set(records)
    assert len(lines) == len(records)
    for line in lines:
        record = records[line["scenario"], line["outcome"]]
        for name in ("mean", "difference", "difference_q05", "difference_q50", "futures_higher"):
            value = record[name]
            shown = float(line[name]) if line[name] else None
            assert shown == (value if value == value else None), (line["scenario"], name)
        assert line["verdict"] == record["verdict"]


def test_a_scenario_keeps_its_colour_whatever_else_is_shown(visit: Callable[..., Any]) -> None:
    page = visit()
    first = page.evaluate(LOOKS)
    assert 3 <= len(first) <= 6
    assert len({look.split("fl-tone")[1][0] for look in first.values()}) == len(first)
    assert "push_1" in first, "the setting that is shown"

    def alike() -> None:
        now = page.evaluate(LOOKS)
        assert len(now) <= 6
        assert {name: first[name] for name in now if name in first} == {
            name: look for name, look in now.items() if name in first
        }

    page.locator(".fl-shown > summary").click()
    page.locator("[data-show=push_8]").uncheck()
    assert "push_8" not in order(page)
    alike()
    page.locator("[data-ask=cost]").click()
    alike()
    push(page, 12.5)
    page.locator("[data-act=pin]").click()
    page.wait_for_selector("tr[data-scenario='pin 1']")
    alike()
    page.locator("[data-choose=baseline]").select_option("push_4")
    page.wait_for_selector("tr[data-scenario=push_4][data-base]")
    alike()
    assert "push_4" not in page.evaluate(LOOKS), "a baseline is grey"


def test_at_most_six_are_coloured_and_the_reader_says_which(visit: Callable[..., Any]) -> None:
    page = visit()
    for name in NAMES[1:]:
        box = page.locator(f"[data-colour={name}]")
        if box.is_enabled() and not box.is_checked():
            box.check()
    assert len(page.evaluate(LOOKS)) == 6
    assert page.locator("[data-colour]:checked").count() == 6
    assert page.locator("[data-colour]:enabled:visible").count() == 6
    lead = page.locator(".fl-panels-list > figure").first
    assert lead.locator(".fl-layer-bars .fl-range:not(.fl-tone0)").count() == 6
    taken = page.locator("[data-colour]:checked").first
    name = taken.get_attribute("data-colour")
    taken.uncheck()
    assert name not in page.evaluate(LOOKS) and len(page.evaluate(LOOKS)) == 5
    assert page.locator("[data-colour]:disabled").count() == 0


def test_pins_are_rows_with_what_was_changed_and_can_be_removed(visit: Callable[..., Any]) -> None:
    page = visit()
    page.locator("[data-act=pin]").click()
    assert page.locator("tr[data-scenario^=pin]").count() == 0, "it is a scenario of the study"
    for i in range(1, 8):
        push(page, 10 + i / 2)
        page.locator("[data-act=pin]").click()
        page.wait_for_timeout(100)
    page.wait_for_selector(".fl-compare .fl-runs", state="hidden")
    page.wait_for_selector("tr[data-scenario='pin 6']")
    pins = page.locator("tr[data-scenario^=pin]")
    assert pins.count() == 6
    told = page.locator("tr[data-scenario='pin 1'] .fl-scenario-title").inner_text()
    assert "Push 1, push = 10.5 pushes" in told
    page.locator("tr[data-scenario='pin 1'] [data-act=remove]").click()
    page.wait_for_selector("tr[data-scenario='pin 1']", state="detached")
    assert pins.count() == 5
    page.locator("tr[data-scenario='pin 2'] [data-act=explore]").click()
    page.wait_for_selector(READY)
    assert "push=11.0" in page.url
    assert "pin" not in page.url.replace("tab=", "")


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_overflows_and_grey_ones_are_named(visit: Callable[..., Any], width: int) -> None:
    page = visit(width=width, has_touch=width < 500)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_timeout(100)
    assert overflow(page) == []
    panel = page.locator(".fl-panels-list > figure").nth(1)
    panel.scroll_into_view_if_needed()
    ranges = panel.locator(".fl-layer-bars .fl-range.fl-tone0")
    box = ranges.first.bounding_box()
    at = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    if width < 500:
        page.touchscreen.tap(*at)
    else:
        page.mouse.move(*at)
    said = panel.locator(".fl-layer-said text")
    said.wait_for()
    name = page.locator("tr[data-pointed] .fl-scenario-title").inner_text()
    assert str(said.text_content()).startswith(name.split()[0])
    picture = page.locator(".fl-courses svg.fl-chart-picture")
    picture.focus()
    picture.press("ArrowDown")
    assert page.locator(".fl-courses .fl-pointed").count() == 1


def test_lines_over_time_have_names_that_do_not_meet(visit: Callable[..., Any]) -> None:
    page = visit()
    page.locator(".fl-courses").scroll_into_view_if_needed()
    assert page.locator("[data-choose=compare-series]").input_value() == "level"
    page.locator("[data-choose=compare-series]").select_option("cost")
    lines = page.locator(".fl-courses .fl-layer-lines path[data-scenario]")
    assert lines.count() == len(NAMES) - 1
    boxes = page.locator(".fl-courses .fl-layer-ends text").evaluate_all(
        "all => all.map((e) => e.getBoundingClientRect()).map(({top, bottom}) => [top, bottom])"
    )
    assert len(boxes) == len(page.evaluate(LOOKS)) + 1
    boxes.sort()
    assert all(low[1] <= high[0] + 1 for low, high in itertools.pairwise(boxes))
