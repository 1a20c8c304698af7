"""What a fresh analyst types: one effect has one number, bad words have a cure, next commands run."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.cli.app import main
from sim.cli.progress import Meter

ROOT = Path(__file__).parent.parent.parent
PORT, UKRAINE = "scenarios/port_strike", "scenarios/ukraine_2025"
MEDIATE, SIT = f"{PORT}/mediate.yaml", f"{PORT}/sit_it_out.yaml"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def fulcrum(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line at the root of the repository; return its code and what it prints."""
    monkeypatch.chdir(ROOT)

    def run(words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fulcrum", *shlex.split(words)])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        return int(left.value.code or 0), found.out, found.err

    return run


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_one_effect_has_one_number(fulcrum: Run) -> None:
    rows = json.loads(fulcrum(f"compare {SIT} {MEDIATE} --format json -q")[1])
    [row] = [r for r in rows if (r["scenario"], r["outcome"]) == ("mediate", "strike_days")]
    shares = json.loads(
        fulcrum(f"attribute {MEDIATE} --baseline {SIT} --outcome strike_days --format json -q")[1]
    )
    [whole] = [r for r in shares if r["part"] == "whole"]
    found = [row[key] for key in ("difference", "difference_low", "difference_high")]
    assert [whole[key] for key in ("value", "low", "high")] == pytest.approx(found)
    told = one_line(fulcrum(f"why {MEDIATE} --against {SIT} --outcome strike_days -q")[1])
    assert "differs by −14.27 [−15.22, −13.31] days" in told
    assert [round(number, 2) for number in found] == [-14.27, -15.22, -13.31]


@pytest.mark.parametrize(
    "words",
    [
        f"why {MEDIATE} --against {SIT} --central -n 50", f"attribute {MEDIATE} --central -n 20",
        f"sweep {MEDIATE} --lever mediation_day=2,9 -n 10",
        f"sensitivity {MEDIATE} --method tornado -n 5",
    ],
)  # fmt: skip
def test_a_verb_that_holds_assumptions_says_so_first(fulcrum: Run, words: str) -> None:
    code, out, _ = fulcrum(f"{words} -q")
    assert code == 0
    assert "Assumptions held at central values" in one_line(out.split("\n\n")[0])


@pytest.mark.parametrize("named", [PORT, f"{PORT}/compare.yaml"])
def test_scenarios_join_the_experiment_beside_them(
    fulcrum: Run, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (PORT, "seeds"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    mine = Path(PORT, "mine.yaml")
    mine.write_text("scenario: mine\nof: model.yaml\nlevers: {mediation: called}\n")
    code, out, _ = fulcrum(f"compare {named} {mine} -n 2 --futures 4 --format json -q")
    assert code == 0
    rows = json.loads(out)
    assert rows[0]["scenario"] == "sit_it_out" and rows[0]["verdict"] == "baseline"
    assert list(dict.fromkeys(r["scenario"] for r in rows))[-1] == "mine"
    _, _, err = fulcrum(f"compare {mine} -n 4")
    assert "nothing is compared" in err


@pytest.mark.parametrize(
    "words",
    [
        f"compare {SIT} {MEDIATE} -n 20 --baseline mediate",
        f"why {MEDIATE} --against {SIT} -n 20", f"run {SIT} {MEDIATE} -n 10 --central",
        f"attribute {MEDIATE} -n 10", f"levers {MEDIATE} -n 10 --set wage_offer=4 --lever mediation",
        f"trace {PORT}",
    ],
)  # fmt: skip
def test_the_next_command_runs_and_keeps_the_direction(
    fulcrum: Run, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, out, _ = fulcrum(words)
    assert code == 0
    step = one_line(out.partition("Next: ")[2].replace("\\\n", " "))
    step = step.replace("report.html", str(tmp_path / "report.html"))
    assert step.startswith("fulcrum ")
    for option in re.findall(r"--(?:set \S+|central|baseline \S+)", words):
        assert option in step or "why" in step
    if words.startswith("why"):
        assert step.index(SIT) < step.index(MEDIATE)  # the first file is the baseline
    code, _, err = fulcrum(f"{step.removeprefix('fulcrum ')} -q")
    assert code == 0, err


def test_a_wide_table_has_a_row_per_scenario(fulcrum: Run, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    code, _, err = fulcrum(f"run {PORT} -n 1 --futures 4 --wide -o {file}")
    assert code == 0 and f"written: {file}" in err
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert rows[0]["Scenario"] == "sit_it_out" and len(rows) == 4
    assert "Settled within 90 days (in 100 runs), mean" in rows[0]


def test_a_row_per_run_warns_of_nothing(
    fulcrum: Run, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    code, _, err = fulcrum(f"run {UKRAINE}/hold_firm.yaml -n 2 --rows {tmp_path / 'r.csv'}")
    assert code == 0 and "written" in err and "Warning" not in err
    assert [one for one in recwarn if "Performance" in one.category.__name__] == []


@pytest.mark.parametrize(
    ("words", "said", "cure"),
    [
        (f"levers {MEDIATE} --lever mediation=calld", "calld", "called"),
        (f"levers {MEDIATE} --lever mediaton", "mediaton", "mediation"),
        (f"sweep {MEDIATE} --lever mediation=calld --outcome settled", "calld", "called"),
        (f"sweep {MEDIATE} --lever mediation_day=soon --outcome settled", "soon", "whole number"),
        (f"run {PORT} -o t.xls", "t.xls", "t.xlsx"),
        (f"compare {PORT} --format xlsx", "xlsx", "-o FILE.xlsx"),
        (f"compare {PORT} --format cvs", "cvs", "did you mean 'csv'"),
        (f"report {PORT}", "--output", "-o report.html"),
        ("compare scenarios/port_strik", "port_strik", PORT),
        (f"compare {PORT}/meditate.yaml", "meditate", MEDIATE),
        ("run scenarios", "studies", PORT),
        (f"why {PORT}", "one scenario", "--against"),
        (f"attribute {PORT}", "one scenario", "--baseline"),
        (f"calibrate {PORT}", "no file of targets", "TARGETS.yaml"),
    ],
)  # fmt: skip
def test_bad_words_have_a_cure(fulcrum: Run, words: str, said: str, cure: str) -> None:
    code, out, err = fulcrum(words)
    assert (code, out) == (2, ""), err
    assert said in err and cure in err and "internal error" not in err


def test_a_folder_is_enough_for_a_card(fulcrum: Run) -> None:
    code, out, _ = fulcrum(f"card {PORT} -q")
    assert code == 0 and out.startswith("# A dock strike")


def test_a_lever_has_a_label_too(fulcrum: Run) -> None:
    words = f"levers {SIT} -n 10 --outcome settled --format json -q --lever"
    by_label, by_name = (fulcrum(f"{words} {shlex.quote(w)}") for w in ("Wage offer", "wage_offer"))
    assert by_label == by_name and by_name[0] == 0


def test_by_form_speaks_of_what_was_asked(fulcrum: Run) -> None:
    _, out, _ = fulcrum(f"compare {UKRAINE} -n 1 --by-form --outcome leverage -q")
    assert "of a headline outcome" not in one_line(out)


def test_notes_tell_of_what_is_printed(fulcrum: Run) -> None:
    out = one_line(fulcrum(f"run {PORT} -n 1 --futures 8 -q")[1])
    assert "variance" not in out
    assert "those of compare.yaml" in one_line(fulcrum(f"run {PORT} -q")[1])


def test_columns_are_obeyed(fulcrum: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = fulcrum(f"compare {PORT} -n 1 --futures 4 -q")[1].splitlines()
    assert max(map(len, lines)) <= 80


def test_the_time_left_is_of_a_measured_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    meter, start = Meter(quiet=True), 100.0
    assert meter._speed(10, 1000, start) == (0.0, None)
    assert meter._speed(20, 1000, start + 0.4) == (0.0, None)  # too soon to know
    rate, left = meter._speed(310, 1000, start + 3.0)
    assert (rate, left) == (pytest.approx(100.0), pytest.approx(6.9))
