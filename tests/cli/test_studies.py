"""The studies that come with the package: listed, shown, and named wherever a verb takes a study."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from test_house import HEAVY, loaded_by

from sim.study.shipped import packs, shipped_path, shipped_studies, shipped_study, short_path

Run = Callable[..., tuple[int, str, str]]
PORT = "port_strike"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory in which no study lies."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_all_are_listed_as_every_format(fulcrum: Run, elsewhere: Path) -> None:
    names = list(shipped_studies())
    assert len(names) >= 2 and "blank" not in names
    code, out, _ = fulcrum("studies", "-o", "studies.csv")
    assert code == 0 and all(name in out for name in names)
    assert f"Next: fulcrum studies {names[0]}" in out
    rows = json.loads(fulcrum("studies", "--format", "json")[1])
    assert [row["study"] for row in rows] == names
    for row in rows:
        study = shipped_study(row["study"])
        assert row["title"] == study.model.title and row["purpose"]
        assert row["scenarios"] == len(study.scenarios) > 1
        assert row["next"] == f"fulcrum new mine --from {row['study']}"
    text = fulcrum("studies", "--format", "csv")[1]
    assert text == Path("studies.csv").read_text("utf-8")
    assert [row["study"] for row in csv.DictReader(io.StringIO(text))] == names
    assert fulcrum("studies", "--format", "markdown")[1].startswith("| Study |")


def test_one_is_shown_with_what_is_in_it(
    fulcrum: Run, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # a cell stands on one line
    code, out, _ = fulcrum("studies", PORT)
    assert code == 0
    told = " ".join(out.split())
    for words in (
        "A dock strike and three ways to meet it",
        "Wage offer",
        "0 to 8 % (as it is: 3)",
        "none, called (as it is: none)",
        "less is better; $M",
        "port_strike/mediate.yaml",
        "9 steps, 25 minutes",
        "What it must not be used for: Every figure is invented.",
        f"Files: {shipped_studies()[PORT]}",
    ):
        assert words in told or words in out, words
    rows = json.loads(fulcrum("studies", PORT, "--format", "json")[1])
    count = {
        part: sum(row["is"] == part for row in rows) for part in ("lever", "outcome", "scenario")
    }
    assert count == {"lever": 7, "outcome": 3, "scenario": 4}
    assert [row["name"] for row in rows][:2] == ["wage_offer", "mediation"]
    assert all(row["about"] for row in rows)


def test_its_commands_run_where_there_is_no_checkout(fulcrum: Run, elsewhere: Path) -> None:
    out = fulcrum("studies", PORT)[1]
    commands = [line.strip() for line in out.splitlines() if line.startswith("  fulcrum ")]
    assert len(commands) == 5
    for command in commands:
        words = shlex.split(command)[1:]
        few = ["-n", "1", "--futures", "8"] if words[0] in ("compare", "levers") else []
        few += ["--lever", "wage_offer"] if words[0] == "levers" else []
        code, _, err = fulcrum(*words, *few)
        assert code == 0, (command, err)
    assert sorted(path.name for path in elsewhere.iterdir()) == ["mine", "port_strike.html"]


def test_the_commands_that_follow_use_the_name_too(fulcrum: Run, elsewhere: Path) -> None:
    code, out, err = fulcrum("compare", PORT, "-n", 2, "--outcome", "cost")
    assert code == 0 and "reading port_strike/compare.yaml" in err
    step = " ".join(out.partition("Next: ")[2].replace("\\\n", " ").split())
    words = shlex.split(step)[1:]
    assert words[0] == "why" and words[1].startswith("port_strike/")
    assert fulcrum(*words, "-q")[0] == 0
    assert "port_strike/model.yaml: ok" in fulcrum("check", PORT)[1]


def test_what_lies_here_comes_first(elsewhere: Path) -> None:
    home = shipped_studies()[PORT]
    assert shipped_path(Path(PORT)) == home
    assert shipped_path(Path("port_strike/none.yaml")) == home / "none.yaml"
    assert short_path(home / "mediate.yaml") == "port_strike/mediate.yaml"
    (elsewhere / PORT).mkdir()
    for path in (PORT, "port_strike/mediate.yaml", "nothing.yaml", "a/b", "/port_strike", "."):
        assert shipped_path(Path(path)) == Path(path)
    assert short_path(home / "mediate.yaml") == str(home / "mediate.yaml")
    assert short_path(packs() / "scenarios") == str(packs() / "scenarios")
    assert short_path("mine/model.yaml") == "mine/model.yaml"


def test_a_word_that_is_nearly_a_study_is_explained(fulcrum: Run, elsewhere: Path) -> None:
    for words in (("compare", "port_strik"), ("card", "port_strik"), ("ui", "port_strik")):
        code, _, err = fulcrum(*words)
        assert code == 2 and "did you mean 'port_strike'?" in err, err
    code, _, err = fulcrum("trace", "port_strike/mediat.yaml")
    assert code == 2 and "mediate.yaml'?" in err
    code, _, err = fulcrum("compare", "hospital")
    assert code == 2 and "cannot read 'hospital'" in err
    code, _, err = fulcrum("studies", "port_strik")
    assert code == 2 and "did you mean 'port_strike'?" in err


def test_the_list_needs_nothing_heavy() -> None:
    code = """
import sys
sys.argv = ["fulcrum", "studies"]
from sim.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
    assert not loaded_by(code).intersection(HEAVY)
