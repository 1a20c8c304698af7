"""What is declared over sets, in a published file: one control for all, pictures of each, lines that open."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from opened import READY, open_file, overflow, published, study

import sim
from sim.study.assignments import read_assignments
from ui.live.document import make_document

pytestmark = pytest.mark.browser

REGIONS = Path(__file__).parent.parent / "ui" / "regions"
NAMES = ("north", "south", "far-east")
CELLS = [f"lockdown[{name}]" for name in NAMES]
#: More members than have a picture each, one of them named as YAML would read a truth.
MANY = """
    model: many
    time: {unit: day, horizon: 20}
    sets: {site: ["no", a1, a2, a3, a4, a5, a6, a7, a8, a9, b1, b2, b3, b4, b5, b6, b7, b8, b9, c1]}
    levers:
      pace: {label: Pace, over: site, default: 1.0, range: [0, 2]}
    state:
      stock: {label: Stock, over: site, initial: 0}
    events:
      grow: {over: site as s, rate: 'pace[s]', do: 'stock[s] += 1'}
    outcomes:
      total: {final: 'sum(stock[s] for s in site)'}
"""


@pytest.fixture(scope="module")
def experiment() -> sim.Experiment:
    files = [REGIONS / f"{name}.yaml" for name in ("strict", "wide")]
    return sim.load(files, futures=20, replications=3, seed=5)


@pytest.fixture(scope="module")
def file(experiment: sim.Experiment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("page"), experiment, baseline="strict")


@pytest.fixture
def context(browser: Any) -> Any:
    made = browser.new_context(offline=True, accept_downloads=True)
    yield made
    made.close()


@pytest.fixture
def opened(file: Path, context: Any) -> Any:
    shown: list[Any] = []

    def open_page(fragment: str = "scenario=strict&baseline=strict") -> Any:
        shown.append(open_file(context, file, f"#{fragment}"))
        return shown[-1]

    yield open_page
    assert not [fault for page in shown for fault in page.faults]


def row(page: Any, name: str) -> Any:
    return page.locator(f'.fl-lever[data-row="{name}"]')


def field(page: Any, name: str) -> Any:
    return page.locator(f'input[type=number][data-lever="{name}"]')


def values(page: Any) -> dict[str, str]:
    """The values of an address that are set by hand."""
    known = ("scenario", "baseline", "seed", "model.digest", "tab")
    query = page.evaluate("[...new URLSearchParams(location.hash.slice(1))]")
    return {key: value for key, value in query if key not in known}


def settle(page: Any) -> None:
    page.wait_for_selector(READY)


def test_one_control_moves_all_members_and_says_where_they_differ(opened: Any) -> None:
    page = opened()
    family = row(page, "lockdown")
    note = family.locator(":scope > .fl-lever-foot .fl-change")
    assert family.locator(":scope .fl-each").first.text_content() == "per region"
    assert note.text_content() == "differs: 0 … 0.6 · same as the baseline"
    slider = page.locator('input[type=range][data-lever="lockdown"]')
    assert slider.get_attribute("aria-valuetext") == "differs: 0 … 0.6"
    assert field(page, "lockdown").input_value() == ""
    slider.focus()
    slider.press("End")
    settle(page)
    assert values(page) == dict.fromkeys(CELLS, "1.0")
    assert field(page, "lockdown").input_value() == "1"
    assert "3 of 3 differ from the baseline" in note.text_content()
    page.locator("[data-act=undo]").click()
    settle(page)
    assert values(page) == {}
    page.locator("[data-act=redo]").click()
    settle(page)
    family.locator(":scope > .fl-lever-head [aria-label='Reset Lockdown']").click()
    settle(page)
    assert values(page) == {}
    assert page.evaluate("document.activeElement.dataset.lever") == "lockdown"


def test_each_member_has_a_control_of_its_own_once_it_is_opened(opened: Any) -> None:
    page = opened()
    assert field(page, "lockdown[south]").count() == 0
    summary = row(page, "lockdown").locator("summary")
    assert summary.text_content() == "Each of the 3 by itself: Lockdown"
    summary.focus()
    summary.press("Enter")
    south = field(page, "lockdown[south]")
    south.fill("0.25")
    south.press("Enter")
    settle(page)
    assert values(page) == {"lockdown[south]": "0.25"}
    assert page.get_by_role("group", name="Lockdown").get_by_label("south", exact=True).is_visible()
    assert not page.evaluate(
        "(() => { const all = [...document.querySelectorAll('[id]')].map(({id}) => id);"
        " return all.filter((id, i) => all.indexOf(id) !== i || /[^\\w-]/.test(id)) })()"
    )
    reopened = opened(page.evaluate("location.hash.slice(1)"))
    row(reopened, "lockdown").locator("summary").click()
    assert field(reopened, "lockdown[south]").input_value() == "0.25"


def test_choices_of_all_members_stand_unchosen_where_they_differ(opened: Any) -> None:
    page = opened("scenario=strict&baseline=strict&border[south]=closed")
    border = row(page, "border")
    assert border.locator(":scope > .fl-pills :checked").count() == 0
    assert "differs: open, closed" in border.locator(".fl-change").first.text_content()
    border.locator(":scope > .fl-pills input").last.check()
    settle(page)
    assert values(page) == {f"border[{name}]": "closed" for name in NAMES}


def test_yaml_and_command_set_the_members(opened: Any, experiment: sim.Experiment) -> None:
    page = opened(
        "scenario=strict&baseline=strict&lockdown[far-east]=0.4&mobility[north,south]=0.3"
    )
    text = page.locator(".fl-files pre").first.text_content()
    made = sim.parse_scenario(text, REGIONS / "mine.yaml")
    wanted = {"lockdown[far-east]": 0.4, "mobility[north,south]": 0.3, "lockdown[north]": 0.6}
    assert wanted.items() <= made.values().items()
    command = shlex.split(page.locator(".fl-files pre").nth(1).text_content())
    given = [command[i + 1] for i, word in enumerate(command) if word == "--set"]
    assert "mobility[north,south]=0.3" in given
    assert all(read_assignments([one.partition(":")[2] or one]) for one in given if ":" not in one)


def test_a_series_of_each_member_is_drawn_on_one_scale(opened: Any) -> None:
    page = opened("scenario=wide&baseline=strict")
    chart = page.locator('[data-chart="fan-S"]')
    assert chart.locator(".fl-chart-title").text_content() == "Susceptible, per region"
    assert chart.locator(".fl-member").all_text_contents() == list(NAMES)
    assert chart.locator(".fl-median").count() == chart.locator(".fl-dashed").count() == 3
    assert "60 runs" in chart.locator(".fl-chart-note").text_content()
    chart.locator("summary").click()
    chart.locator("tbody tr").first.wait_for()
    heads = chart.locator("th[scope=col]").all_text_contents()
    assert len(heads) == 7 and heads[1] == "north"
    first = chart.locator("tbody tr").first.locator("td").all_text_contents()
    assert [float(text) for text in first] == [60, 60, 40, 40, 30, 30]
    with page.expect_download() as saved:
        chart.locator(".fl-chart-save").click()
    assert saved.value.suggested_filename == "fan-S.png"
    listed = page.locator("[data-choose=series] option").all_text_contents()
    assert "Share" in listed and not [text for text in listed if "north" in text]


def test_many_members_are_lines_of_a_heat_map(context: Any, tmp_path: Path) -> None:
    file = published(tmp_path, study(tmp_path / "study", MANY, futures=None))
    page = open_file(context, file)
    chart = page.locator('[data-chart="fan-stock"]')
    assert chart.locator(".fl-layer-tips rect").count() == 20
    strengths = chart.locator(".fl-layer-heat path")
    drawn = strengths.evaluate_all("(all) => all.slice(0, 9).map((one) => one.getAttribute('d'))")
    assert drawn[0] and drawn[-1]
    assert "median of 5 runs" in chart.locator(".fl-chart-note").text_content()
    row(page, "pace").locator("summary").click()
    field(page, "pace[no]").fill("0.5")
    field(page, "pace[no]").press("Enter")
    settle(page)
    text = page.locator(".fl-files pre").first.text_content()
    made = sim.parse_scenario(text, tmp_path / "study" / "mine.yaml")
    assert made.values()["pace[no]"] == 0.5
    assert not page.faults


def test_outcomes_of_members_are_one_line_that_opens(opened: Any) -> None:
    page = opened("scenario=wide&baseline=strict")
    heads = page.locator(".fl-card-label").all_text_contents()
    assert heads == ["Peak", "Worst hit"]
    page.locator(".fl-outcomes > summary").click()
    fold = page.locator(".fl-outcome-table .fl-fold").first
    assert fold.text_content() == "Ever infected 3 × region"
    lines = page.locator(".fl-outcome-table .fl-member-line")
    assert fold.get_attribute("aria-expanded") == "false"
    assert [line.is_visible() for line in lines.all()] == [False] * 6
    fold.press("Enter")
    assert fold.get_attribute("aria-expanded") == "true"
    assert [line.is_visible() for line in lines.all()] == [True] * 3 + [False] * 3
    assert lines.first.locator("th").text_content() == "north"
    field(page, "lockdown").fill("0.9")
    field(page, "lockdown").press("Enter")
    settle(page)
    assert lines.first.is_visible() and lines.first.locator("th").text_content() == "north"


def test_what_differs_and_the_story_tell_families(opened: Any) -> None:
    page = opened("scenario=wide&baseline=strict&tab=story")
    page.wait_for_selector(".fl-story-list tbody tr")
    events = page.locator(".fl-story-list-controls select option").all_text_contents()
    assert events == ["All events", "Infection", "recovery"]
    page.locator(".fl-story-list-controls select").select_option("infection")
    told = page.locator(".fl-story-list tbody td[data-run]").all_text_contents()
    assert told and all("A case in " in text for text in told)
    assert "Lockdown, north" in page.locator(".fl-story-cause").text_content()


def test_some_levers_of_a_study_are_chosen_by_the_name_of_all_members(
    experiment: sim.Experiment,
) -> None:
    made = make_document(experiment, levers=["lockdown"])
    assert [one["name"] for one in made["levers"]] == CELLS
    assert [one["name"] for one in made["held"]][:1] == ["border[north]"]
    with pytest.raises(sim.ExperimentError, match="locked"):
        make_document(experiment, levers=["locked"])


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_is_no_wider_than_the_screen(
    width: int, scheme: str, file: Path, browser: Any
) -> None:
    made = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = open_file(made, file, "#scenario=wide&baseline=strict")
    row(page, "lockdown").locator("summary").click()
    page.locator(".fl-outcomes > summary").click()
    page.wait_for_timeout(300)
    assert overflow(page) == []
    made.close()
