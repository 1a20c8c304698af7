"""Which lever matters most, what the last move did, and what a reader takes along, in a published file."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opened import READY, open_file, published

import sim

pytestmark = pytest.mark.browser

PORT = Path("scenarios/port_strike")
DRIVING = (Path(__file__).parent.parent.parent / "ui/live/driving.js").as_uri()
NAMES = ("sit_it_out", "mediate", "reroute")


@pytest.fixture(scope="module")
def experiment() -> sim.Experiment:
    return sim.load([PORT / f"{name}.yaml" for name in NAMES])


@pytest.fixture(scope="module")
def file(experiment: sim.Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("page"), experiment)


@pytest.fixture
def opened(file: Path, browser: Any) -> Any:
    context = browser.new_context(offline=True, accept_downloads=True)
    yield lambda fragment: open_file(context, file, f"#{fragment}")
    context.close()


def test_the_time_left_is_of_what_each_kind_of_work_costs(node: str) -> None:
    script = f"""
    const {{ stopwatch }} = await import({json.dumps(DRIVING)});
    let time = 0;
    const [left, found] = [stopwatch(() => time), []];
    for (let i = 0; i < 20; i += 1) {{
      for (const [kind, count, cost] of [["run", 200, 20], ["comparison", 1, 30]]) {{
        time += cost;
        left.did(kind, count);
      }}
      found.push(left.seconds({{ run: 50000, comparison: 100 }}));
    }}
    console.log(JSON.stringify(found));
    """
    command = [node, "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(done.stdout)
    assert found[:19] == [None] * 19  # NaN: a second of work has not been measured
    assert found[19] == pytest.approx(50_000 * 0.1 / 1000 + 100 * 0.03)


def test_each_lever_alone_is_compared_with_the_setting(
    opened: Any, experiment: sim.Experiment
) -> None:
    page = opened("scenario=mediate&tab=singles")
    figures = page.evaluate(
        """() => [...document.querySelectorAll(".fl-drivers tbody tr")].map((line) => [
            line.querySelector(".fl-scenario-title").textContent,
            line.querySelector(".fl-scenario-levers").textContent,
            [...line.querySelectorAll("data")].map(({ dataset: { outcome, statistic, value } }) =>
                [outcome, statistic, value]),
        ])"""
    )
    mediate = experiment.scenarios[1]
    told = 0
    for label, move, values in figures:
        lever = next(one for one in mediate.model.levers.values() if one.label == label)
        ends = lever.type.options or (lever.low, lever.high)
        word = move.split(" instead of ")[0].split(" ")[0]
        end = next(e for e in ends if str(e).replace("_", " ").split(" ")[0] in (word, f"{word}.0"))
        moved = mediate.with_settings({lever.name: end}, "moved")
        pair = sim.make_experiment([mediate, moved], seed=experiment.seed)
        found = sim.compare(sim.run(pair))
        for outcome, statistic, value in values:
            record = next(
                row
                for row in found.table()
                if (row["outcome"], row["scenario"]) == (outcome, "moved")
            )
            known = record[statistic]
            same = (
                value == known if isinstance(known, str) else value == "" or float(value) == known
            )
            assert same, (label, move, outcome, statistic)
            told += value != ""
    assert len(figures) > 3 and told > 20


def test_the_levers_are_told_first_in_a_sentence(opened: Any) -> None:
    page = opened("scenario=mediate&tab=drivers&outcome=cost")
    page.wait_for_selector(".fl-levers-alone .fl-runs", state="hidden")
    assert "” moves “" in page.locator("[data-answer=levers]").text_content()
    counts = page.locator("[data-told=counts]").text_content()
    told = [int(number) for number in re.findall(r"\d+", counts)]
    assert told[0] == sum(told[1:]), counts


def test_the_deciding_assumption_is_that_of_python(opened: Any, experiment: sim.Experiment) -> None:
    page = opened(
        "scenario=mediate&baseline=sit_it_out&tab=drivers&question=assumptions&outcome=cost"
    )
    page.wait_for_selector("[data-chart=assumptions] .fl-bar", state="attached")
    pair = replace(experiment, scenarios=experiment.scenarios[:2])
    found = sim.analysis.importance(sim.run(pair), "cost", "mediate", against="sit_it_out")
    labels = [
        experiment.model.parameters[name].label
        for i, name in enumerate(found.names)
        if found.seen(i)
    ]
    answer = page.locator("[data-answer=assumptions]").text_content()
    assert labels and all(f"“{label}”" in answer for label in labels[:3]), (labels, answer)
    share = min(1.0, found.values[0].mean / (1 - found.chance))
    assert f"explains {round(100 * share)} %" in answer
    assert page.locator("[data-chart=futures_by_assumption] circle").count() == 200
    assert "question=assumptions" in page.url and "outcome=cost" in page.url


def test_a_move_is_told_with_its_effect_or_that_it_has_none(opened: Any) -> None:
    page = opened("scenario=sit_it_out&baseline=sit_it_out")
    line = page.locator(".fl-last-move")
    assert line.is_hidden()
    page.locator("input[type=range][data-lever=mediation_day]").press("ArrowRight")
    page.wait_for_selector(READY)
    assert "it changes nothing, in any run" in line.text_content()
    page.locator("input[type=range][data-lever=wage_offer]").press("End")
    page.wait_for_selector(READY)
    assert line.text_content().startswith("Wage offer, from ") and "→" in line.text_content()
    assert "Your setting" in page.locator(".fl-headline-sentence").text_content()


def test_the_numbers_are_saved_under_the_name_of_the_setting(opened: Any) -> None:
    page = opened("scenario=mediate&baseline=sit_it_out&wage_offer=6")
    with page.expect_download() as caught:
        page.locator("[data-act=save_csv]").click()
    assert caught.value.suggested_filename == "mediate_wage_offer_6.csv"
    text = Path(caught.value.path()).read_text("utf-8")
    rows = list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))
    assert {row["scenario"] for row in rows} == {"sit_it_out", "mediate_wage_offer_6"}
    assert len({row["outcome"] for row in rows}) == len(
        sim.load(PORT / "mediate.yaml").model.outcomes
    )


def test_where_nothing_differs_no_assumption_is_said_to_decide(opened: Any) -> None:
    same = "scenario=sit_it_out&baseline=sit_it_out"
    page = opened(f"{same}&tab=drivers&question=assumptions&outcome=cost")
    page.wait_for_selector("[data-answer=assumptions]:not(:empty)")
    text = page.locator(".fl-decides").inner_text()
    assert "does not differ from" in text and "Move a lever" in text
    assert "%" not in text and "futures" not in text
    assert not page.locator(".fl-decides button").locator("visible=true").count()
    page = opened(same)
    text = page.locator(".fl-explore").inner_text()
    assert "differences" not in text and "by 0" not in text


def test_what_helps_most_and_what_idles_stand_beside_the_answer(opened: Any) -> None:
    page = opened("scenario=sit_it_out&baseline=sit_it_out&tab=drivers&outcome=strike_days")
    page.wait_for_selector(".fl-levers-alone .fl-runs", state="hidden")
    best = page.locator("[data-told=best]").text_content()
    assert re.search(r"help", best)
    idle = page.locator("[data-told=idle]")
    told = idle.text_content()
    found = re.match(r"(\d+) levers? changes? nothing when moved alone in this setting", told)
    assert found and int(found[1]) == told.split(": ", 1)[1].count(",") + 1, told
    picture = page.locator("[data-chart=levers]").bounding_box()
    assert idle.bounding_box()["y"] < picture["y"]


def test_outcomes_to_choose_are_grouped_and_told_apart(opened: Any) -> None:
    page = opened("scenario=mediate&tab=drivers")
    menu = page.locator(".fl-drivers [data-choose=outcome]")
    names = menu.locator("option").all_text_contents()
    assert len(names) == len(set(names))
    first = menu.locator(":scope > option").count()
    heads = sim.load(PORT / "mediate.yaml").model.headlines
    values = menu.locator("option").evaluate_all("(all) => all.map((one) => one.value)")
    assert tuple(values[: len(heads)]) == tuple(heads) and first >= len(heads)
    assert len(values) == len(sim.load(PORT / "mediate.yaml").model.outcomes)


def test_a_fault_is_told_in_the_part_in_sight(opened: Any) -> None:
    page = opened("scenario=nowhere&tab=compare")
    alert = page.locator(".fl-panel[data-tab=compare] .fl-alert[role=alert]")
    assert alert.is_visible() and "nowhere" in alert.text_content()
    page.locator("[role=tab]", has_text="Explore").click()
    assert page.locator(".fl-panel[data-tab=explore] .fl-alert[role=alert]").is_visible()
