"""A report names what was run, and its command gives the same numbers again."""

from __future__ import annotations

import html
import io
import json
import re
import shlex
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.reporting.report import report_html
from sim.reporting.reproduction import file_stem, recipe, report_title

MODEL = """\
model: tank
title: Does a patch save water?
time: {unit: day, start: 2025-03-30, horizon: 12}
levers:
  patch: {default: 0, range: [0, 2], label: Patches}
  deadline: {default: 5, range: [1, 12], unit: day, label: Day of the deadline}
parameters:
  seal: {assume: 0.2, range: [-0.4, 0.8], why: Nobody knows.}
state:
  water: {initial: 50.0, range: [0.0, 200.0], unit: m3, label: Water in the tank}
events:
  leak: {rate: 2, do: 'water = max(0, water - 1 + seal * patch)'}
  late: {at: deadline, do: 'water = water - 3'}
outcomes:
  left: {final: water, goal: maximize, unit: m3, label: Water left}
  least: {min: water, goal: maximize, unit: m3, label: Least water}
"""
Maker = Callable[..., sim.Experiment]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of work, with a model and two scenarios."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.yaml").write_text(MODEL, encoding="utf-8")
    for name, patch in (("none", 0), ("two", 2)):
        text = (
            f"scenario: {name}\nof: model.yaml\ntitle: Patch {name}\nlevers: {{patch: {patch}}}\n"
        )
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    study = "experiment: both\nscenarios: [none.yaml, two.yaml]\nseed: 9\nreplications: 4\n"
    (tmp_path / "both.yaml").write_text(study + "futures: {sample: sobol, n: 8}\n")
    (tmp_path / "listed.csv").write_text("seal\n" + "\n".join(f"{x / 10}" for x in range(-2, 8)))
    (tmp_path / "varies.yaml").write_text(
        "experiment: varies\nscenarios: [two.yaml]\nvary: {deadline: [2, 8]}\nseed: 4\nreplications: 40\n"
    )
    return tmp_path


def run_command(monkeypatch: pytest.MonkeyPatch, line: str, *more: str) -> str:
    from sim.cli import main

    monkeypatch.setattr(sys, "argv", [*shlex.split(line), *more])
    out = io.StringIO()
    with redirect_stdout(out), pytest.raises(SystemExit) as end:
        main()
    assert not end.value.code
    return out.getvalue()


PAIR = ["none.yaml", "two.yaml"]
CASES: dict[str, tuple[Callable[[], sim.Experiment], str]] = {
    "by default": (lambda: sim.load(PAIR, replications=40), "-n 40"),
    "futures": (lambda: sim.load(PAIR, futures=16, replications=3), "--futures 16 -n 3"),
    "few": (lambda: sim.load(PAIR, replications=80, seed=5), "--seed 5 -n 80"),
    "central": (lambda: sim.load(PAIR, futures=0, replications=30), "--central -n 30"),
    "by hand": (
        lambda: sim.load(PAIR, replications=40, settings={"deadline": 7}), "--set deadline=7",
    ),
    "an experiment": (lambda: sim.load("both.yaml"), "both.yaml --seed 9"),
    "an experiment with other sizes": (
        lambda: sim.load("both.yaml", futures=12, replications=3), "both.yaml --seed 9 --futures 12 -n 3",
    ),
    "held": (lambda: sim.load(PAIR, replications=40, settings={"seal": 0.5}), "--set seal=0.5"),
    "in one scenario": (
        lambda: sim.load(PAIR, replications=40, settings={"two:deadline": 7}), "--set two:deadline=7",
    ),
    "in one and in all": (
        lambda: sim.load("both.yaml", settings={"deadline": 9, "two:seal": 0.5}),
        "both.yaml --seed 9 --set deadline=9 --set two:seal=0.5",
    ),
    "varied": (lambda: sim.load(PAIR, replications=40, vary={"deadline": [3, 7]}), "--vary deadline=3,7"),
    "varied in an experiment": (
        lambda: sim.load("both.yaml", vary={"deadline": [3, 7]}), "both.yaml --seed 9 --vary deadline=3,7",
    ),
    "combinations": (
        lambda: sim.load("two.yaml", replications=40, vary={"deadline": [3, 7], "seal": [0.1, 0.2]}),
        "--vary deadline=3,7 --vary seal=0.1,0.2",
    ),
    "varied together": (
        lambda: sim.load("two.yaml", replications=40, settings={"patch": 1},
                         vary={"zip": [{"deadline": [3, 7], "seal": [0.1, 0.2]}]}),
        "--set patch=1 --vary 'deadline=3,7 seal=0.1,0.2'",
    ),
    "a file of futures": (
        lambda: sim.load(PAIR, futures="listed.csv", replications=2), "--futures listed.csv -n 2",
    ),
    "a second setting under its own name": (
        lambda: sim.load("varies.yaml"), "varies.yaml --seed 4",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_command_of_a_report_gives_its_numbers(
    here: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    make, words = CASES[case]
    ensemble = sim.run(make(), kernel="simpy")
    line = recipe(ensemble.experiment).command("compare")
    assert words in line
    printed = run_command(monkeypatch, line, "--format", "json", "-q", "--kernel", "simpy")
    again = json.loads(printed)
    rows = again["rows"] if isinstance(again, dict) else again
    for row, known in zip(rows, sim.compare(ensemble).table(), strict=True):
        for key in (
            "outcome",
            "scenario",
            "mean",
            "difference",
            "difference_q05",
            "futures_higher",
        ):
            assert row[key] == known[key], key


def test_a_report_is_written_again_by_its_command(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = sim.load(PAIR, replications=20, settings={"deadline": 7})
    page = report_html(sim.run(experiment, kernel="simpy", series=["water"]))
    lines = [html.unescape(line) for line in re.findall(r"<pre><code>(.*?)</code></pre>", page)]
    assert lines[0] == recipe(experiment).command("compare")
    run_command(monkeypatch, lines[1], "-q", "--kernel", "simpy")
    assert Path("two_against_none_deadline_7_report.html").read_text(encoding="utf-8") == page


def test_scenarios_of_different_hands_come_with_their_files(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = sim.load_scenario("two.yaml")
    late = base.with_settings({"deadline": 9}, "late one")
    ensemble = sim.run(sim.make_experiment([base, late], replications=30, seed=2), kernel="simpy")
    page = html.unescape(report_html(ensemble))
    found = recipe(ensemble.experiment)
    assert list(found.overlays) == ["late_one.yaml"]
    for name, text in found.overlays.items():
        assert f"Save as {name}" in page and text in page
        (here / name).write_text(text, encoding="utf-8")
    assert "Patch two, day of the deadline = 9 days" in page, "in the table, not only in the facts"
    again = json.loads(
        run_command(
            monkeypatch, found.command("compare"), "--format", "json", "-q", "--kernel", "simpy"
        )
    )
    rows: Any = again["rows"] if isinstance(again, dict) else again
    assert [r["mean"] for r in rows] == [r["mean"] for r in sim.compare(ensemble).table()]


def test_no_command_is_told_that_gives_other_numbers(here: Path) -> None:
    experiment = sim.load(PAIR, replications=40)
    moved = replace(experiment, futures=experiment.futures + 0.001)
    assert recipe(moved).arguments == ()
    (here / "two.yaml").write_text("scenario: two\nof: model.yaml\nlevers: {patch: 1}\n")
    assert recipe(experiment).arguments == (), "the file has changed since"
    (here / "two.yaml").unlink()
    assert recipe(experiment).arguments == ()
    page = report_html(sim.run(experiment, kernel="simpy"))
    assert "No command gives these numbers" in page


def test_title_and_file_name_what_was_changed(here: Path) -> None:
    settings = {"deadline": 7}
    pair = sim.load(PAIR, replications=20, settings=settings)
    assert report_title(pair) == "Does a patch save water?, day of the deadline = 7 days"
    assert file_stem(pair) == "two_against_none_deadline_7_report"
    alone = sim.load("two.yaml", replications=20, settings=settings)
    assert report_title(alone) == "Patch two, day of the deadline = 7 days"
    page = report_html(sim.run(pair, kernel="simpy"))
    assert "Set by hand in every scenario: day of the deadline = 7 days." in page
    assert report_title(sim.load(PAIR)) == "Does a patch save water?"
    assert report_title(sim.load("two.yaml")) == "Patch two"


NAMED: dict[str, tuple[dict[str, Any], str, str]] = {
    "one": ({"settings": {"two:deadline": 7}}, "day of the deadline = 7 days in “Patch two”",
            "two_against_none_two_deadline_7_report"),
    "varied": ({"vary": {"deadline": [3, 7]}}, "day of the deadline at 3 and 7",
               "tank_deadline_3_7_report"),
    "both": ({"settings": {"seal": 0.5}, "vary": {"deadline": [3, 7]}},
             "seal = 0.5, day of the deadline at 3 and 7", "tank_seal_0.5_deadline_3_7_report"),
    "central": ({"futures": 0}, "", "two_against_none_central_report"),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED)
def test_every_way_of_changing_is_named(here: Path, case: str) -> None:
    how, title, stem = NAMED[case]
    experiment = sim.load(PAIR, replications=20, **how)
    whole = "Does a patch save water?"
    assert report_title(experiment) == (f"{whole}, {title}" if title else whole)
    assert file_stem(experiment) == stem


def test_a_report_of_renamed_scenarios_has_the_command_it_is_given(here: Path) -> None:
    """The page calls them otherwise than their files do."""
    pair = [sim.load_scenario(f) for f in PAIR]
    named = [one.with_settings({}, name) for one, name in zip(pair, ("base", "this"), strict=True)]
    experiment = sim.make_experiment(named, replications=20, seed=3)
    given = sim.reporting.Recipe(("none.yaml", "two.yaml", "--seed", "3"), {}, {"this": "two"})
    page = html.unescape(
        report_html(sim.run(experiment, kernel="simpy"), "this", title="Mine", command=given)
    )
    assert "fulcrum compare none.yaml two.yaml --seed 3 --baseline two" in page
    assert "--baseline two --title Mine -o" in page


def test_central_values_are_labelled(here: Path) -> None:
    page = report_html(sim.run(sim.load(PAIR, futures=0, replications=20), kernel="simpy"))
    assert "Assumptions held at central values. What follows holds for these values alone." in page
    assert page.count("assumptions held at central values") >= 3
    other = report_html(sim.run(sim.load(PAIR, replications=20), kernel="simpy"))
    assert "held at central values" not in other


def test_the_answer_leads_with_the_best(here: Path) -> None:
    """Scenarios stand by the first headline; the colour of a cell is its verdict."""
    scenarios = [sim.load_scenario(f) for f in ("none.yaml", "two.yaml")]
    middle = scenarios[1].with_settings({"patch": 1}, "one")
    worse = scenarios[0].with_settings({"deadline": 1}, "soon")
    ensemble = sim.run(
        sim.make_experiment([scenarios[0], worse, middle, scenarios[1]], futures=40, replications=4),
        kernel="compiled",
    )  # fmt: skip
    page = report_html(ensemble)
    table = page[page.index('<table class="overview') : page.index("</table>")]
    titles = re.findall(r'<tr><th scope="row">(.*?)</th>', table)
    gaps = {row.title: row.gap.middle for row in sim.compare(ensemble).rows
            if row.outcome == "left" and row.gap}  # fmt: skip
    assert titles[0] == "Patch none"
    assert [html.unescape(t) for t in titles[1:]] == sorted(gaps, key=lambda t: -gaps[t])
    assert np.all(np.diff([gaps[html.unescape(t)] for t in titles[1:]]) <= 0)
    assert 'class="base"' in table and re.search(r'class="(better|worse|depends|quiet)', table)
    order = [
        page.index(words)
        for words in (
            "<h2>Question",
            "<h2>Answer",
            "<h2>What it hangs on",
            "<h2>Contents",
            "<h2>1. How",
        )
    ]
    assert order == sorted(order)
