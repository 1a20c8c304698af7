"""The gallery of a site: its pictures are the results of the studies, and it asks for nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.study.files import inside, kinds
from sim.study.shipped import shipped_studies
from ui.live.gallery import MOST, Bar, Card, Picture, picture_of, purpose
from ui.live.publish import index

Run = Callable[..., tuple[int, str, str]]
HOSTILE = "</h2><img src=x onerror=alert(1)><!-- {n} \"'&"
PORT = [shipped_studies()["port_strike"] / f"{name}.yaml" for name in ("sit_it_out", "mediate")]


def made(**more: Any) -> dict[str, Any]:
    """The part of a document that a gallery reads."""
    return {
        "title": HOSTILE,
        "levers": [{"name": name} for name in ("price", "staff[north]", "staff[south]")],
        "scenarios": [{}, {}],
        "docs": [{"name": "purpose", "text": "First one.\n Second one."}],
        "outcomes": [{"name": "sold", "label": HOSTILE}, {"name": "rest", "label": "Rest"}],
        "headlines": ["sold"],
    } | more


def bars(goal: str = "minimize") -> Picture:
    first = (
        Bar(0.996, 0.004, "clearly higher"), Bar(0.25, 0.5, "depends on the assumptions"),
    )  # fmt: skip
    second = (Bar(0.5, 0.5, "no difference that matters"), Bar(1.0, 0.0, "clearly higher"))
    return Picture(
        outcomes=(HOSTILE, "Sold"), goals=(goal, goal), baseline=HOSTILE,
        bars={HOSTILE: first, "B": second}, futures=300, replications=5, more=2,
    )  # fmt: skip


def test_a_picture_is_what_the_command_line_says(fulcrum: Run) -> None:
    few = ("--futures", 30, "-n", 3, "--format", "json")
    rows = json.loads(fulcrum("compare", *PORT, *few, "-q")[1])
    named = {row["outcome"]: row for row in rows if row["scenario"] == "mediate"}
    picture = picture_of(sim.load(PORT, futures=30, replications=3))
    assert picture is not None and list(picture.bars) == ["Call a mediator after a week"]
    assert (picture.futures, picture.replications, picture.more) == (30, 3, 0)
    sides = [(one.better, one.worse) for one in picture.bars["Call a mediator after a week"]]
    settled, days, cost = (named[name] for name in ("settled", "strike_days", "cost"))
    assert sides == [
        (settled["futures_higher"], settled["futures_lower"]),
        (days["futures_lower"], days["futures_higher"]),
        (cost["futures_lower"], cost["futures_higher"]),
    ]
    assert picture.outcomes[1:] == ("Days on strike", "Cost of waiting and rerouting")


def test_less_is_better_where_the_goal_says_so(tmp_path: Path) -> None:
    text = (
        "model: m\ntime: {horizon: 1}\nlevers: {a: {default: 0.0, range: [0.0, 1.0]}}\n"
        "parameters: {b: {assume: 1.0, range: [0.5, 2.0], why: A test.}}\n"
        "state: {x: {initial: a * b}}\n"
        "outcomes: {x: {final: x, goal: GOAL, headline: true}}\n"
    )
    for goal, better in (("minimize", 0.0), ("maximize", 1.0)):
        model = tmp_path / f"{goal}.yaml"
        model.write_text(text.replace("GOAL", goal), "utf-8")
        base = sim.load_scenario(model)
        more = base.with_settings({"a": 1.0}, name="more")
        picture = picture_of(sim.make_experiment([base, more, base.with_settings({}, name="like")],
                                                 futures=40, replications=2))  # fmt: skip
        assert picture is not None
        assert picture.bars == {
            "m, a = 1": (Bar(better, 1 - better, "mostly higher"),),
            "m (like)": (Bar(0.0, 0.0, "identical"),),
        }  # fmt: skip
        alone = sim.make_experiment([base], futures=40, replications=2)
        held = sim.make_experiment([base, more], futures=0, replications=9)
        assert picture_of(alone) is None and picture_of(held) is None


def test_only_the_first_scenarios_are_drawn() -> None:
    base = sim.load_scenario(PORT[0])
    others = [base.with_settings({"wage_offer": i}, name=f"w{i}") for i in range(1, 5)]
    whole = sim.make_experiment([base, *others], futures=5, replications=2)
    few, every = picture_of(whole, shown=2), picture_of(whole)
    assert few is not None and every is not None
    assert few.more == 2 and every.more == 0
    assert list(few.bars.items()) == list(every.bars.items())[:2]


def test_a_card_tells_what_a_study_is() -> None:
    card = Card(made(guide={"minutes": 25}), bars(), {"models/a b.html": "Model card"})
    text = index({"a b.html": card}, title="Ours")
    shown = unescape(re.sub(r"<[^>]*>", "", text.partition("<main")[2]))
    assert "<img" not in text and text.count("<script") == 0
    for words in ("First one.", "Scenarios: 2 · levers: 2 · lesson: 25 minutes", "better in 99 of 100",
                  "better in 25 of 100", "no difference that matters", "Scenarios not drawn: 2.",
                  "1,500 runs of each scenario: 5 in each of 300 futures."):  # fmt: skip
        assert words in shown, words
    assert "Second one" not in shown and "Rest" not in shown
    assert re.findall(r'<a href="([^"]*)"', text) == [
        "a%20b.html",
        "models/a%20b.html",
    ]
    table = text.partition("<table>")[2]
    drawn = re.findall(r'class="fl-still-(\w+)"(?: x="([\d.]+)")? width="([\d.]+)"', table)
    assert drawn == [
        ("same", "", "100"), ("better", "0", "99.6"), ("worse", "99.6", "0.4"),
        ("same", "", "100"), ("better", "0", "25"), ("worse", "50", "50"), ("same", "", "100"),
        ("same", "", "100"), ("better", "0", "100"),
    ]  # fmt: skip
    german = unescape(index({"a.html": Card(made(), bars(""))}, language="de"))
    assert "1.500 Läufe je Szenario" in german and "höher in 25 von 100" in german
    assert "höher in 25 von 100: hängt von den Annahmen ab" in german


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("To show how\n prices act. More.", "How prices act."),
        ("To show whoever asks.", "To show whoever asks."),
        ("To show that it runs.", "To show that it runs."),
        ("", ""),
    ],
)
def test_a_summary_begins_with_its_question(text: str, shown: str) -> None:
    assert purpose(made(docs=[{"name": "purpose", "text": text}])) == shown


def test_the_key_names_the_colours_that_occur() -> None:
    def key(picture: Picture, language: str = "en") -> list[str]:
        text = index({"a.html": Card(made(), picture)}, language=language)
        return re.findall(r"<li><svg.*?</svg>([^<]*)</li>", text)

    sides = ["blue, from the left: better", "orange, from the right: worse"]
    assert key(bars()) == [*sides, "grey: no difference, or none that matters"]
    assert [word.split(",")[0] for word in key(bars(), "de")] == [
        "blau", "orange", "grau: kein Unterschied oder keiner von Bedeutung",
    ]  # fmt: skip
    assert "or higher where there is no goal" in key(bars(""))[0]
    unsettled = replace(bars(), bars={"A": (Bar(0.79, 0.21, "not settled"),) * 2})
    assert key(unsettled) == [*sides, "striped: not settled by so few runs or events"]


@pytest.mark.parametrize("study", shipped_studies())
def test_colour_says_no_more_than_the_study(study: str) -> None:
    """A bar has a colour where the comparison names a side, or says that it depends."""
    files = [path for path, kind in kinds(inside(shipped_studies()[study])) if kind == "scenario"]
    experiment = sim.load(files, futures=60, replications=3)
    picture = picture_of(experiment)
    assert picture is not None
    verdicts = {
        (row.title, row.outcome): row.verdict
        for row in sim.compare(sim.run(experiment), turns=False).rows
    }
    text = unescape(index({"a.html": Card(made(), picture)}, title="Ours"))
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', text)
    assert [title for title, _ in rows] == list(picture.bars)
    for title, cells in rows:
        drawn = re.findall(r"<td>(.*?)</td>", cells)
        for cell, outcome in zip(drawn, experiment.model.headlines[:MOST], strict=True):
            verdict = verdicts[title, outcome]
            coloured = verdict.endswith(("higher", "lower")) or verdict.startswith("depends")
            assert ("fl-still-better" in cell or "fl-still-worse" in cell) == coloured, verdict
            assert re.search(rf"<title>(.* in \d+ of 100: )?{verdict}</title>", cell), verdict
            unsettled = verdict == "not settled" or verdict.startswith("too few")
            assert ("fl-still-open" in cell) == unsettled, verdict


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_and_asks_for_nothing(
    browser: Any, tmp_path: Path, width: int, scheme: str
) -> None:
    cards = {
        f"{i}.html": Card(made(title=f"{i} {HOSTILE} {'long ' * 9}"), bars()) for i in range(3)
    }
    (tmp_path / "index.html").write_text(index(cards), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: told.append(request.url))
    page.goto(f"file://{tmp_path}/index.html")
    told.remove(f"file://{tmp_path}/index.html")
    assert not told
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [page.locator("article").nth(i).bounding_box() for i in range(3)]
    assert len({box["y"] for box in boxes}) == (1 if width == 1440 else 3)
    fills = page.evaluate(
        "[...document.querySelectorAll('tbody tr:first-child rect')].map((r) => getComputedStyle(r).fill)"
    )
    assert len(set(fills[:3])) == 3, "the style of the picture is applied"
    page.close()
