"""What a verb prints: the answer first, 100 columns, short by default; and files for spreadsheets."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len

from sim.analysis.declared import declared_verbs
from sim.analysis.result import Column, Grid
from sim.cli.app import main
from sim.cli.guide import EXAMPLES, GROUPS
from sim.reporting.layout import lay_out, wrapped_command
from sim.reporting.tables import render

ROOT = Path(__file__).parent.parent.parent
PORT, UKRAINE = "scenarios/port_strike", "scenarios/ukraine_2025"
#: The words of each verb on both studies, small enough to run in a test.
VERBS = {
    "run": (f"{PORT} -n 2 --futures 4", f"{UKRAINE} -n 2 --futures 4"),
    "check": (PORT, UKRAINE),
    "trace": (f"{PORT}/mediate.yaml", f"{UKRAINE}/all_levers.yaml"),
    "trace --against": (
        f"{PORT}/mediate.yaml --against {PORT}/reroute.yaml",
        f"{UKRAINE}/all_levers.yaml --against {UKRAINE}/no_levers.yaml",
    ),
    "compare": (f"{PORT} -n 2 --futures 12", f"{UKRAINE} -n 2 --futures 12"),
    "levers": (
        f"{PORT} -n 2 --futures 12", f"{UKRAINE} -n 2 --futures 12 --lever atacms --lever patriots_sent"
    ),
    "quantiles": (f"{PORT} -n 20", f"{UKRAINE} -n 20"),
    "robustness": (f"{PORT} -n 2 --futures 4", f"{UKRAINE} -n 2 --futures 4"),
    "attribute": (
        f"{PORT}/mediate.yaml -n 5 --outcome settled", f"{UKRAINE}/patriots_only.yaml -n 2"
    ),
    "sensitivity": (
        f"{PORT}/mediate.yaml -n 2 --method tornado", f"{UKRAINE}/no_levers.yaml -n 1 --method tornado"
    ),
    "sweep": (
        f"{PORT} --lever mediation_day=2,9 -n 4", f"{UKRAINE} --lever tariff_rate=10,100 -n 4"
    ),
    "evidence": (PORT, UKRAINE),
    "calibrate": ("", f"{UKRAINE} -n 2 --futures 4"),
    "backtest": ("", f"{UKRAINE} -n 2 --futures 4"),
}  # fmt: skip
CASES = [(verb, words) for verb, both in VERBS.items() for words in both if words]
#: Lines of a screen with its last ones, and verbs whose notes are longer than that.
LINES, LONGER = 48, {"backtest": 68, "compare": 66, "trace --against": 60, "check": 48}


@pytest.fixture
def fulcrum(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Run the command line at the root of the repository and return what it prints."""
    monkeypatch.chdir(ROOT)

    def run(words: str, code: tuple[int, ...] = (0,)) -> str:
        monkeypatch.setattr(sys, "argv", ["fulcrum", *words.split()])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        assert (left.value.code or 0) in code, found.err
        return found.out if 0 in code else found.err

    return run


@pytest.mark.parametrize(("verb", "words"), CASES, ids=[f"{v} {w.split()[0]}" for v, w in CASES])
def test_a_screenful_with_the_answer_first(
    fulcrum: Callable[..., str], verb: str, words: str
) -> None:
    out = fulcrum(f"{verb.split()[0]} {words}", (0, 1))
    lines = out.splitlines()
    assert [line for line in lines if cell_len(line) > 100] == []
    assert len(lines) <= LONGER.get(verb, LINES)
    if verb != "check":
        assert re.match(r"[\w“]", lines[0]) and "┃" not in lines[0]
    if "--all" in out and verb != "compare":
        whole = fulcrum(f"{verb.split()[0]} {words} --all", (0, 1))
        assert len(whole.splitlines()) > len(lines)
        assert "Left out:" not in whole and "In short" not in whole
        assert [
            line for line in whole.splitlines() if cell_len(line) > 100
        ] == [] or verb == "trace"


def test_all_has_every_row(fulcrum: Callable[..., str]) -> None:
    words = f"evidence {UKRAINE}"
    names = [row["name"] for row in json.loads(fulcrum(f"{words} --format json"))]
    assert len(names) > 200
    whole = fulcrum(f"{words} --all")
    short = fulcrum(words)
    families = {name.partition("[")[0] for name in names}
    assert [name for name in families if name[:20] not in whole] == []
    assert sum(name in short for name in families) < 30


def test_a_table_is_never_cut(fulcrum: Callable[..., str]) -> None:
    """Cells of a table that is much too wide are all there, in several tables."""
    columns = [Column("Name"), *(Column(f"a long heading {i}", True) for i in range(12))]
    rows = [[f"row{j}", *(f"{j}{i}.25 [1,000.5, 2,000.5]" for i in range(12))] for j in range(3)]
    laid = lay_out(Grid(columns, rows), 100)
    assert len(laid) > 1
    from sim.reporting.layout import table_of

    text = "\n".join(render(table_of(one), width=100) for one in laid)
    assert max(map(cell_len, text.splitlines())) <= 100
    assert all(f"{j}{i}.25" in text for j in range(3) for i in range(12))
    wide = lay_out(Grid([Column("x")], [["中" * 90]]), 100)
    assert render(table_of(wide[0]), width=100).count("中") == 90


def test_a_long_command_goes_on_in_the_next_line() -> None:
    command = "fulcrum why " + " ".join(f"folder/of/a/study/{i}.yaml" for i in range(8))
    text = wrapped_command(command, 60, "Next: ")
    assert max(map(len, text.splitlines())) <= 60
    joined = re.sub(r" [\\^]\n +", " ", text)
    assert joined == f"Next: {command}"


DIALECTS = {
    "--format csv": (",", ".", False),
    "--format csv-eu": (";", ",", True),
    "--format csv --decimal comma": (";", ",", False),
    "--format csv --separator tab --bom": ("\t", ".", True),
    "--format csv-eu --no-bom --separator tab": ("\t", ",", False),
}


@pytest.mark.parametrize("words", DIALECTS)
def test_csv_is_read_back_in_its_dialect(fulcrum: Callable[..., str], words: str) -> None:
    separator, decimal, bom = DIALECTS[words]
    plan = f"run {PORT} -n 2 --futures 2"
    text = fulcrum(f"{plan} {words}")
    assert text.startswith("\ufeff") == bom
    import io

    found = pd.read_csv(io.StringIO(text.removeprefix("\ufeff")), sep=separator, decimal=decimal)
    expected = json.loads(fulcrum(f"{plan} --format json"))
    assert found["mean"].tolist() == [row["mean"] for row in expected]


def test_csv_options_that_make_no_sense_are_refused(fulcrum: Callable[..., str]) -> None:
    said = fulcrum(f"run {PORT} --separator comma --decimal comma --format csv", (2,))
    assert "cannot part cells and decimals both" in said
    assert "are of CSV" in fulcrum(f"run {PORT} --bom", (2,))
    assert "suffix of a table" in fulcrum(f"evidence {PORT} -o table.doc", (2,))
    assert "only a workbook" in fulcrum(f"run {PORT} -o t.csv --rows t.csv", (2,))


def cells(book: zipfile.ZipFile, sheet: int) -> str:
    return book.read(f"xl/worksheets/sheet{sheet}.xml").decode()


def test_a_workbook_has_numbers_a_frozen_head_and_its_origin(
    fulcrum: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "table.xlsx"
    fulcrum(f"run {PORT} -n 2 --futures 2 -o {file} --rows {file}")
    with zipfile.ZipFile(file) as book:
        names = re.findall(r'<sheet name="(\w+)"', book.read("xl/workbook.xml").decode())
        assert names == ["Outcomes", "Runs", "About"]
        assert 'state="frozen"' in cells(book, 1) and "<cols>" in cells(book, 1)
        assert len(re.findall(r"<row ", cells(book, 2))) == 1 + 4 * 2 * 2
        assert re.search(r'<c r="C2"><v>\d+</v></c>', cells(book, 2))  # the replication, a number
        about = cells(book, 3)
    assert "never a forecast" in about and "--rows" in about and "<t>7</t>" in about  # the seed


def test_text_that_looks_like_a_formula_is_text(tmp_path: Path) -> None:
    from sim.reporting.workbooks import write_workbook

    file = tmp_path / "x.xlsx"
    rows = [["=1+1", -2.5, True, float("nan")], ["@sum", 3, None, float("inf")]]
    write_workbook(file, {"a/b": (["text", "n", "b", "odd"], rows)}, [("What", "=cmd")])
    with zipfile.ZipFile(file) as book:
        text = cells(book, 1) + cells(book, 2)
    assert "<f>" not in text and "<t>=1+1</t>" in text
    assert "<v>-2.5</v>" in text and "<t>inf</t>" in text


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_a_row_per_run(fulcrum: Callable[..., str], tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"runs.{suffix}"
    fulcrum(f"run {PORT} -n 3 --futures 4 --rows {file} -q")
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}[suffix]
    found = read(file)
    assert len(found) == 4 * 4 * 3
    assert {"scenario", "future", "replication", "settled", "settle_rate", "failed"} <= {*found}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_streams_without_these_signs(encoding: str) -> None:
    for words, code in (
        (f"run {PORT} -n 2 --futures 4", 0), (f"levers {PORT} -n 2 --futures 4", 0), ("--help", 0),
        (f"trace {UKRAINE}", 0), ("levers --help", 0), (f"run {PORT} --set nothing=1", 2),
    ):  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", "from sim.cli import process; process()", *words.split()],
            cwd=ROOT, capture_output=True, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        text = done.stdout.decode(encoding) + done.stderr.decode(encoding)
        assert "Traceback" not in text and "??" not in text
        assert not re.search(r"\\(?:u[0-9a-f]{4}|x[0-9a-f]{2})", text)


def test_every_verb_has_a_task_and_an_example(fulcrum: Callable[..., str]) -> None:
    shown = fulcrum("--help")
    verbs = {name for group in GROUPS.values() for name in group}
    assert {*declared_verbs()} <= verbs == {*EXAMPLES}
    assert "More:" not in shown
    assert [title for title in GROUPS if f"\n{title}:\n" not in shown] == []
    for verb in sorted(verbs):
        assert f"  {EXAMPLES[verb]}\n" in fulcrum(f"{verb} --help")


def test_the_lever_that_helps_most(fulcrum: Callable[..., str], tmp_path: Path) -> None:
    """The lever with the largest effect is first; one that works against the goal is not said to help."""
    (tmp_path / "model.yaml").write_text(
        "model: toy\ntime: {horizon: 1}\n"
        "levers:\n  weak: {default: 0.0, range: [0, 1]}\n  strong: {default: 0.0, range: [0, 1]}\n"
        "  harmful: {default: 0.0, range: [0, 1]}\n  idle: {default: 0.0, range: [0, 1]}\n"
        "parameters:\n  turn: {assume: 0.5, range: [0, 1], why: A guess}\nstate: {y: 0.0}\n"
        "events:\n  end:\n    at: 1\n"
        '    do: "y = weak * (turn - 0.5) + 3 * strong - 9 * harmful + normal(0, 0.01)"\n'
        "outcomes:\n  y: {final: y, goal: maximize}\n"
    )
    out = fulcrum(f"levers {tmp_path / 'model.yaml'} --futures 40 -n 5")
    assert out.startswith("“strong” at 1 instead of 0 helps “y” most")
    assert "Changes nothing by itself here, in any run: idle." in out
    found = json.loads(fulcrum(f"levers {tmp_path / 'model.yaml'} --futures 40 -n 5 --format json"))
    assert [row["lever"] for row in found] == ["strong", "harmful", "weak"]
    assert found[2]["hangs_on"] == "turn"
