"""Guides: read beside a model, checked against it, and of no account to any number."""

from __future__ import annotations

import textwrap
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import sim
from sim.storage.manifest import restore_scenario, scenario_data
from sim.study.files import describe_file
from sim.study.guides import load_guide

MODEL = """\
    model: shop
    guide: guide.yaml
    time: {unit: day, start: 2025-01-01, horizon: 30}
    sets: {region: [north, south]}
    levers:
      staff: {default: 2, range: [0, 9]}
      price: {over: region, default: 1.5, range: [0.0, 5.0]}
      open: {default: false}
      from_day: {default: 2025-01-05, range: [2025-01-01, 2025-01-31]}
    parameters:
      pace: {assume: 0.5, range: [0.1, 1.0], why: A guess.}
    state: {sold: 0, by: {over: region, initial: 0.0}}
    events:
      sale:
        rate: pace * staff * (2 if open else 1) / (1 + price[north])
        do: sold += 1
      early:
        at: from_day
        do: by[south] += price[south]
    outcomes:
      sales: {final: sold, goal: maximize}
    """
GUIDE = """\
    guide: first_steps
    title: First steps
    for: newcomers
    minutes: 10
    of: model.yaml
    steps:
      - title: See
        text: >-
          Look
          here.


          And there.
        look: {part: compare, outcome: sales, series: sold, text: The bars.}
      - title: Staff
        set: {price: 2, open: true, from_day: 2025-01-11, pace: 0.2, scenario: busy, baseline: shop}
        move: {staff: 5}
        ask: More or less?
        answer: More.
      - title: Free
        set: {}
        move: 'price[north]'
    """


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "model.yaml").write_text(textwrap.dedent(MODEL), "utf-8")
    (tmp_path / "guide.yaml").write_text(textwrap.dedent(GUIDE), "utf-8")
    (tmp_path / "busy.yaml").write_text("scenario: busy\nof: model.yaml\nlevers: {staff: 4}\n")
    return tmp_path


def test_a_guide_is_read_with_its_model_and_with_every_scenario(study: Path) -> None:
    guide = sim.load_model(study / "model.yaml").guide
    assert guide is not None and guide == sim.load_scenario(study / "busy.yaml").model.guide
    assert guide == load_guide(study / "guide.yaml")
    assert (guide.name, guide.title, guide.audience, guide.minutes) == (
        "first_steps", "First steps", "newcomers", 10,
    )  # fmt: skip
    see, staff, free = guide.steps
    assert see.text == "Look here.\nAnd there." and see.settings is None
    assert see.look == sim.model.guide.Look("compare", "sales", "sold", "The bars.")
    assert staff.settings == {
        "price[north]": 2, "price[south]": 2, "open": True, "from_day": 10.0, "pace": 0.2,
    }  # fmt: skip
    assert (staff.scenario, staff.baseline, staff.lever, staff.to) == ("busy", "shop", "staff", 5)
    assert (free.settings, free.lever, free.to) == ({}, "price[north]", None)
    with pytest.raises(FrozenInstanceError):
        guide.title = "other"  # type: ignore[misc]


def test_a_guide_changes_no_number_and_nothing_that_is_stored(study: Path) -> None:
    with_guide = sim.load_scenario(study / "busy.yaml")
    text = (study / "model.yaml").read_text("utf-8").replace("guide: guide.yaml\n", "")
    (study / "model.yaml").write_text(text, "utf-8")
    without = sim.load_scenario(study / "busy.yaml")
    assert without.model.guide is None
    assert scenario_data(with_guide) == scenario_data(without)
    assert restore_scenario(scenario_data(with_guide)).model.guide is None
    one, other = (
        sim.run(sim.make_experiment([s], futures=4, replications=3, seed=1))
        for s in (with_guide, without)
    )
    assert list(one["sales"]) == list(other["sales"])


def test_a_change_of_the_guide_alone_is_seen(study: Path) -> None:
    assert sim.load_model(study / "model.yaml").guide.minutes == 10  # type: ignore[union-attr]
    text = (study / "guide.yaml").read_text("utf-8").replace("minutes: 10", "minutes: 11")
    (study / "guide.yaml").write_text(text, "utf-8")
    assert sim.load_model(study / "model.yaml").guide.minutes == 11  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("set: {price: 9}", "out-of-range", (8, 18)),
        ("set: {'price[west]': 1}", "unknown-lever", (8, 11)),
        ("set: {from_day: 2026-01-01}", "out-of-range", (8, 21)),
        ("set: {open: 3}", "wrong-type", (8, 17)),
        ("move: {price: 2}", "unknown-lever", (8, 12)),
        ("move: price", "unknown-lever", (8, 11)),
        ("set: {scenario: buzy}", "unknown-scenario", (8, 21)),
        ("look: {series: sell}", "unknown-name", (8, 20)),
    ],
)
def test_an_error_of_a_guide_is_one_of_its_model(
    study: Path, line: str, code: str, place: tuple[int, int]
) -> None:
    head = textwrap.dedent(GUIDE).split("steps:")[0]
    (study / "guide.yaml").write_text(f"{head}steps:\n  - title: One\n    {line}\n", "utf-8")
    for file in ("model.yaml", "busy.yaml", "guide.yaml"):
        with pytest.raises(sim.ModelError) as caught:
            sim.load_model(study / file) if file != "guide.yaml" else load_guide(study / file)
        (found,) = caught.value.diagnostics
        assert found.code == code and found.span is not None
        assert Path(found.span.file).name == "guide.yaml"
        assert (found.span.line, found.span.column) == place


def test_check_tells_of_a_guide(study: Path) -> None:
    told = describe_file(study / "guide.yaml")
    assert told == "guide 'first_steps': 3 steps, 10 minutes"
