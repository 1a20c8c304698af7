"""The panel of levers in a browser: what moves it, what it reports, what it shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.browser import script
from ui.live import FOLDER, style
from ui.live.entries import Item, lever_item, parameter_item
from ui.live.languages import words

pytestmark = pytest.mark.browser

WELL = Path(__file__).parent.parent / "ui" / "well"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Levers</title>
<meta name="viewport" content="width=device-width"><style>{style}</style>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline';
style-src 'unsafe-inline'"><main class="fl-root" id="root"></main>
<script>{script}
const given = {given};
speak(given.words);
window.moves = [];
window.panels = given.panels.map(([groups, how]) => {{
  const panel = createLevers({{ words: given.words, language: given.language }}, how);
  panel.onMove((...move) => window.moves.push(move));
  root.append(panel.element);
  return panel;
}});
window.show = (values, base, before) =>
  given.panels.forEach(([groups], i) => panels[i].update({{ groups, values, base, before }}));
show(given.values, given.base, given.values);
</script></html>"""
HOSTILE = '<img src=x onerror="window.hit = 1">'


def grouped(items: list[Item]) -> list[Any]:
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item["group"], []).append(item)
    return [{"name": name, "items": inside} for name, inside in groups.items()]


def page_text(language: str) -> str:
    model = sim.load_model(WELL / "model.yaml")
    levers = [lever_item(lever) for lever in model.levers.values()]
    levers[0] |= {
        "label": "Buckets " + HOSTILE,
        "help": HOSTILE,
        "source": HOSTILE,
        "url": "javascript:alert(1)",
    }
    assumptions = [parameter_item(parameter) for parameter in model.parameters.values()]
    assumptions[0] |= {
        "source": "A paper",
        "url": "https://example.org/a",
        "said": "A. B.",
        "badge": "fact",
    }
    values = {item["name"]: item["default"] for item in (*levers, *assumptions)}
    given = {
        "words": words(language),
        "language": language,
        "panels": [
            [grouped(levers), {"openGroups": 9}],
            [grouped(assumptions), {"filtered": True, "openGroups": 9}],
        ],
        "values": values,
        "base": values | {"pump": 7},
    }
    text = json.dumps(given).replace("<", "\\u003c")
    return PAGE.format(style=style(), script=script("phrases", FOLDER / "levers.js"), given=text)


@pytest.fixture
def panel(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """``panel(language="de")``: a page with levers and assumptions, without an error at its end."""
    errors: list[str] = []
    contexts = []

    def open_page(language: str = "en", **how: Any) -> Any:
        context = browser.new_context(viewport={"width": 390, "height": 900}, **how)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        file = tmp_path / "levers.html"
        file.write_text(page_text(language), encoding="utf-8")
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors


def moves(page: Any) -> list[Any]:
    """What was reported since it was last asked."""
    found: list[Any] = page.evaluate("window.moves.splice(0)")
    return found


def one(page: Any, kind: str, name: str) -> Any:
    return page.locator(f"{kind}[data-lever={name}]")


def test_a_drag_reports_on_the_way_and_at_its_end(panel: Callable[..., Any]) -> None:
    page = panel()
    box = one(page, "input[type=range]", "pump").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + 0.3 * (box["width"] - 16), y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=4)
    page.evaluate(
        "show(given.values, given.base, given.values)"
    )  # what is late moves no lever under the hand
    under = one(page, "input[type=number]", "pump").input_value()
    page.mouse.up()
    told = moves(page)
    assert under == "6"
    assert told[-1] == ["pump", 6, True]
    assert {final for _, _, final in told[:-1]} == {False}
    assert len(told) > 2


def test_keys_move_by_a_step_by_ten_and_to_the_ends(panel: Callable[..., Any]) -> None:
    page = panel()
    one(page, "input[type=range]", "depth").focus()
    for key, wanted in (
        ("ArrowRight", 13),
        ("PageUp", 18),
        ("PageDown", 13),
        ("End", 40),
        ("Home", 5),
    ):
        page.keyboard.press(key)
        assert moves(page)[-1] == ["depth", wanted, True], key
    one(page, "input[type=number]", "depth").focus()
    for key, wanted in (("ArrowUp", 5.5), ("PageUp", 10.5), ("ArrowDown", 10), ("PageDown", 5)):
        page.keyboard.press(key)
        assert moves(page)[-1] == ["depth", wanted, True], key
    one(page, "input[type=number]", "depth").fill("99")
    page.keyboard.press("Enter")
    assert moves(page)[-1] == ["depth", 40, True]


def test_choices_are_buttons_and_whole_levers_stay_whole(panel: Callable[..., Any]) -> None:
    page = panel()
    page.locator("[data-row=guarded] label", has_text="yes").click()
    page.locator("[data-row=cover] label", has_text="stone").click()
    one(page, "input[type=radio]", "cover").last.press("ArrowLeft")
    one(page, "input[type=number]", "pump").fill("4.6")
    page.keyboard.press("Enter")
    assert moves(page) == [
        ["guarded", True, True],
        ["cover", "stone", True],
        ["cover", "wood", True],
        ["pump", 5, True],
    ]
    assert page.get_by_role("radiogroup", name="Cover").count() == 1


def test_a_lever_tells_how_far_it_is_from_the_baseline_and_goes_back(
    panel: Callable[..., Any],
) -> None:
    page = panel()
    row = page.locator("[data-row=pump]")
    assert row.locator(".fl-change").inner_text() == "−4 buckets/day against the baseline"
    mark = row.locator(".fl-lever-base").bounding_box()
    box = one(page, "input[type=range]", "pump").bounding_box()
    assert mark["x"] == pytest.approx(box["x"] + 8 + 0.7 * (box["width"] - 16), abs=1.5)
    row.get_by_role("button", name="usual").click()
    assert moves(page) == [["pump", 3, True]]
    row.get_by_role("button", name="off").click()
    assert row.get_by_role("button", name="off").get_attribute("aria-pressed") == "true"
    row.get_by_role("button", name="Reset").click()
    row.get_by_role("button", name="baseline").click()
    assert moves(page) == [["pump", 0, True], ["pump", 3, True], ["pump", 7, True]]
    assert row.locator(".fl-change").inner_text() == "same as the baseline"
    page.evaluate("show({...given.values, spoils: 0.5, rain_every: 5.5}, given.base, given.values)")
    assert page.locator("[data-row=rain_every] .fl-badge").inner_text() == "counterfactual"
    assert "+1.5 days against the model" in page.locator("[data-row=rain_every]").inner_text()
    assert "1 changed" in page.locator("summary").first.inner_text()


def test_what_a_model_says_is_text_and_only_the_web_is_a_link(panel: Callable[..., Any]) -> None:
    page = panel()
    page.locator("[data-row=pump]").get_by_role("button", name="About").click()
    page.locator("[data-row=rain_every]").get_by_role("button", name="About").click()
    assert page.locator("img").count() == 0
    assert page.evaluate("window.hit") is None
    assert HOSTILE in page.locator("[data-row=pump] .fl-known").inner_text()
    links = page.locator("a")
    assert links.count() == 1
    assert links.get_attribute("href") == "https://example.org/a"
    assert "A paper · A. B." in page.locator("[data-row=rain_every] .fl-known").inner_text()


def test_the_field_finds_a_lever_and_says_where_there_is_none(panel: Callable[..., Any]) -> None:
    page = panel()
    field = page.get_by_role("searchbox", name="Find by name")
    field.fill("buckets shower")
    assert page.locator("[data-row=shower]").is_visible()
    assert not page.locator("[data-row=spoils]").is_visible()
    field.fill("nothing like it")
    assert page.get_by_text("Nothing of that name.").is_visible()
    page.evaluate("panels[1].reveal('spoils')")
    assert page.evaluate("document.activeElement.dataset.lever") == "spoils"


def test_an_update_keeps_the_focus_and_the_nodes(panel: Callable[..., Any]) -> None:
    page = panel()
    one(page, "input[type=number]", "depth").focus()
    page.evaluate("window.kept = document.activeElement")
    page.evaluate("show({...given.values, depth: 20.5}, {...given.base, depth: 8}, given.values)")
    assert page.evaluate("window.kept === document.activeElement && window.kept.isConnected")
    assert one(page, "input[type=number]", "depth").input_value() == "20.5"


def test_the_panel_speaks_german_with_german_numbers(panel: Callable[..., Any]) -> None:
    page = panel("de")
    page.evaluate("show({...given.values, rain_every: 5.5}, given.base, given.values)")
    said = page.locator("#root").inner_text()
    assert "gegenüber der Vergleichsbasis" in said
    assert "+1,5 days gegenüber dem Modell" in said
    assert not {"baseline", "changed", "same"} & set(said.split())


def test_targets_are_large_enough_for_a_finger(panel: Callable[..., Any]) -> None:
    for how, least in (({}, 24), ({"has_touch": True, "is_mobile": True}, 44)):
        page = panel(**how)
        for target in page.locator(
            "button:visible, input:visible, select:visible, .fl-pills label"
        ).all():
            box = target.bounding_box()
            assert box["height"] >= least - 0.5, (how, target.evaluate("e => e.outerHTML"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
