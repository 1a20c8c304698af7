"""Settings of the command line: words that YAML parsers read differently are words of options here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import sim
from sim.study.assignments import read_assignment, read_design

Run = Callable[..., tuple[int, str, str]]
MODEL = """\
model: words
time: {horizon: 1}
levers:
  standby: {default: 'no', options: ['no', 'yes']}
  year: {default: '2025', options: ['2025', '2026', 'true']}
  ready: {default: false}
state: {x: 0}
events:
  end: {at: 1, do: 'x = (1 if standby == "yes" else 0) + (2 if year == "2026" else 0)'}
outcomes: {x: {final: x}}
"""


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.yaml").write_text(MODEL)
    return tmp_path / "model.yaml"


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("a=yes", "yes"), ("a=No", "No"), ("a='yes'", "yes"), ('a="off"', "off"), ("a='3'", "3"),
        ("a=3", 3), ("a=true", True), ("a=calm", "calm"), ("a=''", ""),
    ],
)  # fmt: skip
def test_a_word_is_read(word: str, value: object) -> None:
    assert read_assignment(word) == ("a", value)


def test_words_are_varied() -> None:
    assert read_design(["standby=no,yes"]) == {"standby": ["no", "yes"]}


@pytest.mark.parametrize("word", ["a=0x1f", "a=1:30", "a=", "a=NULL"])
def test_what_means_two_things_is_still_refused(word: str) -> None:
    with pytest.raises(sim.ExperimentError):
        read_assignment(word)


@pytest.mark.parametrize(
    ("word", "x"),
    [("standby=yes", 1), ("standby='yes'", 1), ("standby=no", 0), ("year=2026", 2), ("year=true", 0)],
)  # fmt: skip
def test_options_are_set_by_their_words(model: Path, fulcrum: Run, word: str, x: int) -> None:
    code, out, err = fulcrum("run", model, "-n", 2, "-q", "--set", word, "--format", "json")
    assert code == 0, err
    assert f'"mean": {x}.0' in out


def test_a_truth_value_says_how_it_is_written(model: Path, fulcrum: Run) -> None:
    code, _, err = fulcrum("run", model, "--set", "ready=yes")
    assert code == 2 and "expected true or false, not 'yes'" in err


def test_a_wrong_word_of_an_option_names_those_there_are(model: Path, fulcrum: Run) -> None:
    code, _, err = fulcrum("run", model, "--set", "standby=on")
    assert code == 2 and "'on' is not one of the options: no, yes" in err
