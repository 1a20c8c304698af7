"""Which lever matters most, what the last move did, and what a reader takes along, in a published file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from opened import READY, open_file, published

import sim

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PORT = Path("scenarios/port_strike")
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


def test_each_lever_alone_is_compared_with_the_setting(
    opened: Any, experiment: sim.Experiment
) -> None:
    page = opened("scenario=mediate&tab=singles")
    figures = page.evaluate(
        """() => [...document.querySelectorAll(".fl-singles tbody tr")].map((line) => [
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
    assert "Your setting" in page.locator("h2").first.text_content()


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
