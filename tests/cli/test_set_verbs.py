"""Every verb on a model with sets: it ends well and names families or members."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import sim
from sim.cli.app import main

MODEL = Path(__file__).parent.parent / "models" / "regions.yaml"
FILES = {
    "closed.yaml": "scenario: closed\nof: model.yaml\nlevers: {'lockdown[south]': 0.9, 'beds[east]': 6}\n",
    "open.yaml": "scenario: open\nof: model.yaml\nlevers: {'lockdown[north]': 0}\n",
    "plan.yaml": """\
experiment: plan
scenarios: [open.yaml, closed.yaml]
vary: {lockdown: [0.1, 0.6]}
replications: 2
seed: 1
futures: {sample: latin_hypercube, n: 8}
robustness: {'attack[north]': {at_most: 30}}
""",
    "targets.yaml": """\
targets: check
of: model.yaml
vintage: ex_ante
replications: 20
entries:
  north: {at: 40, range: [0, 80], outcome: 'attack[north]', why: invented}
""",
    "later.yaml": """\
targets: later
of: model.yaml
vintage: ex_post
replications: 20
entries:
  north: {at: 40, outcome: 'attack[north]', why: invented}
""",
}
TWO = ["open.yaml", "closed.yaml"]
SENSITIVITY = ["sensitivity", "model.yaml", "--outcome", "attack[south]", "-n", "4", "--method"]
FUTURES = ["--futures", "64", "-n", "2"]
#: What is run, and a word of what it says.
VERBS = {
    "check": (["check", "."], "3 regions, 6 levers, 17 parameters, 10 states, 2 events (6 in all)"),
    "run": (["run", *TWO, "-n", "10", "--all"], "attack, north"),
    "run --set": (["run", "model.yaml", "-n", "5", "--set", "lockdown=0.5", "--all"], "attack, north"),
    "run plan": (["run", "plan.yaml"], "lockdown=0.1"),
    "trace": (["trace", "closed.yaml", "--all"], "A case in south"),
    "trace against": (["trace", "closed.yaml", "--against", "open.yaml"], "lockdown[south]"),
    "source": (["source", "model.yaml"], "def fire_infection"),
    "card": (["card", "model.yaml"], "`infection` × 3 region"),
    "evidence": (["evidence", "model.yaml"], "people"),
    "compare": (["compare", *TWO, "-n", "10", "--all"], "attack, north"),
    "quantiles": (["quantiles", *TWO, "-n", "10", "--outcome", "attack[south]"], "95%"),
    "robustness": (["robustness", "plan.yaml"], "attack[north]"),
    "why": (["why", "closed.yaml", "--outcome", "infections", "-n", "20"], "lockdown"),
    "tornado": ([*SENSITIVITY, "tornado", "--only", "people"], "people "),
    "morris": ([*SENSITIVITY, "morris", "--trajectories", "4", "--levers"], "lockdown "),
    "sobol": ([*SENSITIVITY, "sobol", "--points", "32"], "people "),
    "variance": ([*SENSITIVITY[:4], "--method", "variance", *FUTURES], "people "),
    "pawn": ([*SENSITIVITY[:4], "--method", "pawn", *FUTURES, "--only", "people"], "people "),
    "attribute": (
        ["attribute", "closed.yaml", "--baseline", "open.yaml", "--outcome", "infections", "-n", "4"],
        "lockdown",
    ),
    "sweep": (
        ["sweep", "model.yaml", "--outcome", "infections", "--lever", "lockdown=0,0.5", "-n", "4"],
        "lockdown ",
    ),
    "discover": (
        ["discover", "model.yaml", "--outcome", "infections", "--at-most", "90", *FUTURES], "people",
    ),
    "search": (
        [
            "search", "model.yaml", "--outcome", "infections", "--outcome", "attack[south]", "--only",
            "lockdown", "-n", "4", "--fresh", "4", "--keep", "2", "--levels", "3", "-o", ".",
        ],
        "lockdown=",
    ),
    "voi": (["voi", *TWO, "--outcome", "attack[north]", *FUTURES], "people"),
    "calibrate": (["calibrate", "targets.yaml"], "attack"),
    "backtest": (["backtest", "later.yaml"], "attack"),
    "report": (["report", *TWO, "-n", "10", "-o", "out.html"], ""),
    "publish": (["publish", *TWO, "-n", "10", "-o", "out.html"], ""),
}  # fmt: skip
CHARTS = {
    "fan": ["--series", "I"], "difference": ["--series", "I[south]"], "plane": [], "forest": [],
    "incidence": [], "shares": ["--series", "alarm[north]"], "multiples": ["--series", "share"],
    "graph": [], "timeline": [], "twin": [], "rates": [],
}  # fmt: skip


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "model.yaml").write_text(MODEL.read_text())
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def fulcrum(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    monkeypatch.setenv("COLUMNS", "200")  # names stand on one line

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["fulcrum", *words])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        return int(left.value.code or 0), found.out, found.err

    return run


Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_ends_well_and_names_families(fulcrum: Run, study: Path, verb: str) -> None:
    words, expected = VERBS[verb]
    code, out, err = fulcrum(*words)
    assert code == 0, err
    assert expected in out or expected in " ".join(out.split())
    if "-o" in words and words[-1] == "out.html":
        text = (study / "out.html").read_text()
        assert "attack, north" in text or "attack[north]" in text


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_drawn(fulcrum: Run, study: Path, chart: str) -> None:
    code, _, err = fulcrum(
        "plot", *TWO, "--chart", chart, "-o", "out.svg", *CHARTS[chart],
        *([] if chart in ("graph", "timeline", "twin") else ["-n", "10"]),
    )  # fmt: skip
    assert code == 0, err
    text = (study / "out.svg").read_text()
    told = {"graph": "infection × 3 region", "timeline": "nfection", "fan": "south"}
    assert told.get(chart, "<svg") in text


def test_a_directory_keeps_members(fulcrum: Run, study: Path) -> None:
    words = [
        "run",
        *TWO,
        "-n",
        "10",
        "-o",
        "kept",
        "--series",
        "--rows",
        "rows.csv",
        "--format",
        "csv",
    ]
    assert fulcrum(*words)[0] == 0
    rows = list(csv.DictReader(io.StringIO((study / "rows.csv").read_text())))
    assert {"attack[north]", "people[south]"} <= rows[0].keys()
    assert float(rows[0]["people[south]"]) == float(rows[0]["people[east]"])
    assert fulcrum("verify", "kept")[0] == 0
    assert "A case in" in fulcrum("replay", "kept", "--all")[1]
    code, out, _ = fulcrum("compare", "kept")
    assert code == 0 and "infections" in out
    assert (
        fulcrum("plot", "kept", "--chart", "fan", "--series", "share[north]", "-o", "out.svg")[0]
        == 0
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["quantiles", *TWO, "--outcome", "attack", "-n", "5"], "'attack' has 3 members: name one"),
        (["why", "closed.yaml", "--outcome", "attack", "-n", "5"], "attack[north], attack[south]"),
        (["run", "model.yaml", "--set", "lockdown=3"], "outside the range 0 to 1"),
        (["run", "model.yaml", "--set", "lockdown[west]=1"], "no lever or parameter"),
        (["sensitivity", "model.yaml", "--outcome", "peak", "--only", "poeple"], "'people'"),
        (["plot", *TWO, "--chart", "shares", "--series", "alarm", "-o", "o.svg", "-n", "5"], "name one"),
    ],
)  # fmt: skip
def test_a_bad_name_is_said(fulcrum: Run, words: list[str], told: str) -> None:
    code, _, err = fulcrum(*words)
    assert code != 0
    assert told in err


def test_files_that_name_a_family_of_outcomes_are_told_its_members(
    fulcrum: Run, study: Path
) -> None:
    for file in ("plan.yaml", "targets.yaml"):
        path = study / file
        path.write_text(path.read_text().replace("attack[north]", "attack"))
        code, _, err = fulcrum("check", file)
        assert code != 0
        assert f"{file}:" in err and "'attack' has 3 members: name one of them" in err


def test_vary_of_a_family_sets_all_members(study: Path) -> None:
    made = sim.load(study / "plan.yaml")
    told = [{s.values()[cell] for cell in made.model.cells("lockdown")} for s in made.scenarios]
    assert told == [{0.1}, {0.6}, {0.1}, {0.6}]
