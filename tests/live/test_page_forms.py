"""Forms of the model in a published file: the sentences of the command line, and a form held by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from form_models import RIVALS
from opened import READY, open_file, published, study

import sim
from sim.analysis.form_answers import form_sentences
from sim.analysis.forms import held_text

pytestmark = pytest.mark.browser

HEAD = "model: rivals\ntime: {unit: day, horizon: 10}\n"


@pytest.fixture(scope="module")
def experiment(tmp_path_factory: pytest.TempPathFactory) -> sim.Experiment:
    folder = tmp_path_factory.mktemp("rivals")
    pushes = {
        name: f"title: {name.title()} push\nlevers: {{push: {push}}}\n"
        for name, push in (("none", 0), ("small", 2), ("long", 5))
    }
    return study(folder, HEAD + RIVALS, futures=60, replications=4, **pushes)


@pytest.fixture
def shown(experiment: sim.Experiment, tmp_path: Path, browser: Any) -> Any:
    file = published(tmp_path, experiment, baseline="none", first="long")
    context = browser.new_context(offline=True)
    page = open_file(context, file)
    yield page
    assert page.faults == []
    context.close()


def lines(page: Any, place: str) -> list[str]:
    told = page.locator(f"{place} .fl-forms p").all_text_contents()
    return [one.strip() for one in told if one]


def test_heading_and_comparison_say_what_the_command_line_says(
    experiment: sim.Experiment, shown: Any
) -> None:
    compared = sim.compare(sim.run(experiment))
    rows = [row for row in compared.rows if row.scenario == "long"]
    wanted = form_sentences(rows, compared.headlines)
    assert len(wanted) >= 3 and wanted[0].startswith("Under all 3 forms of “How they decide”")
    assert lines(shown, ".fl-headline") == wanted
    shown.locator("[role=tab][id^=tab-compare]").click()
    shown.locator(".fl-fold-answer > summary").click()
    shown.locator(".fl-compare .fl-forms summary").click()
    shown.wait_for_selector(".fl-compare .fl-forms p")
    shown.wait_for_selector(".fl-compare .fl-runs", state="hidden")
    every = form_sentences(compared.rows, compared.headlines)
    assert "Small push" in every[0]
    assert lines(shown, ".fl-compare") == every


def hold(page: Any, option: str) -> None:
    group = page.locator(".fl-world .fl-lever-group").first
    group.get_by_text(option, exact=True).first.click()
    words = f"“How they decide” as {option}."
    page.wait_for_function(
        "(words) => document.querySelector('.fl-headline .fl-forms')?.textContent.includes(words)",
        arg=words,
    )
    page.wait_for_selector(READY)


@pytest.mark.parametrize("option", ["attrition", "pressure"])
def test_a_form_is_the_first_assumption_and_can_be_held_even_as_the_model_has_it(
    experiment: sim.Experiment, shown: Any, option: str
) -> None:
    free = lines(shown, ".fl-headline")
    shown.locator(".fl-world > summary").click()
    group = shown.locator(".fl-world .fl-lever-group").first
    assert group.locator("summary").inner_text().startswith("Forms of the model")
    assert group.evaluate("(box) => box.open")
    row = group.locator(".fl-lever").first
    assert row.locator("input:checked").count() == 0
    assert "varies between the futures" in row.inner_text()
    hold(shown, option)
    assert row.locator("input:checked").count() == 1
    told = lines(shown, ".fl-headline")
    held = [s.with_settings({"decide": option}) for s in experiment.scenarios]
    again = sim.make_experiment(held, futures=60, replications=4, seed=1)
    compared = sim.compare(sim.run(again), "none")
    rows = [row for row in compared.rows if row.scenario == "long"]
    mine = form_sentences(rows, compared.headlines)
    assert [line.replace("Long push", rows[0].title) for line in told[:-1]] == mine
    assert mine[0].startswith("Under both forms of “The ladder”")
    row.locator("[aria-label='Reset How they decide']").click()
    shown.wait_for_function(
        "() => !document.querySelector('.fl-headline .fl-forms').textContent.includes('held')"
    )
    assert lines(shown, ".fl-headline") == free


def test_with_assumptions_held_the_page_names_the_forms(
    experiment: sim.Experiment, shown: Any
) -> None:
    shown.locator("[data-central=held]").check(force=True)
    shown.wait_for_function(
        "() => document.querySelector('.fl-headline .fl-forms')?.textContent.includes('pressure,')"
    )
    central = sim.make_experiment(list(experiment.scenarios), futures=0, replications=10)
    assert lines(shown, ".fl-headline") == [held_text(central)]
