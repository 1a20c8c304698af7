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


def test_central_values_are_labelled(here: Path) -> None:
    page = report_html(sim.run(sim.load(PAIR, futures=0, replications=20), kernel="simpy"))
    assert "Assumptions held at central values. What follows holds for these values alone." in page
    assert page.count("assumptions held at central values") >= 3
    other = report_html(sim.run(sim.load(PAIR, replications=20), kernel="simpy"))
    assert "central values" not in other.replace("every parameter at its central value", "")


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
    titles = re.findall(r"<tr><th>(.*?)</th>", table)[1:]
    gaps = {row.title: row.gap.middle for row in sim.compare(ensemble).rows
            if row.outcome == "left" and row.gap}  # fmt: skip
    assert titles[0] == "Patch none"
    assert [html.unescape(t) for t in titles[1:]] == sorted(gaps, key=lambda t: -gaps[t])
    assert np.all(np.diff([gaps[html.unescape(t)] for t in titles[1:]]) <= 0)
    assert 'class="base"' in table and re.search(r'class="(better|worse|depends|quiet)', table)
    order = [
        page.index(words) for words in ("<h2>Answer", "<h2>A cloud of futures", "<h2>Comparison")
    ]
    assert order == sorted(order)
