"""Streams without Unicode: plain signs, tables that stay aligned, JSON that stays JSON."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PORT = "scenarios/port_strike"
#: Runs each line of its input as a command of `fulcrum`, in one process.
SCRIPT = """
import sys
from sim.cli.app import main
for line in sys.argv[1:]:
    print(f"# {line}", flush=True)
    sys.argv = ["fulcrum", *line.split()]
    try:
        main()
    except SystemExit as leave:
        sys.stdout.flush()
        print(f"exit {leave.code}", file=sys.stderr, flush=True)
"""
TABLES = (
    f"run {PORT}/compare.yaml -n 20", f"compare {PORT}/compare.yaml -n 20",
    f"quantiles {PORT}/compare.yaml -n 20 --outcome settled_day",
    f"robustness {PORT}/compare.yaml -n 5 --futures 4", f"evidence {PORT}/model.yaml",
    f"sweep {PORT}/mediate.yaml --lever mediation_day=2,9 -n 10 --outcome settled_day",
    f"sensitivity {PORT}/mediate.yaml -n 5 --outcome settled_day --method tornado",
    f"attribute {PORT}/mediate.yaml -n 5 --outcome settled_day",
    f"trace {PORT}/mediate.yaml --against {PORT}/reroute.yaml",
)  # fmt: skip
OTHERS = (
    "--help", "run --help", "sweep --help", "explain", "explain unknown-name", f"check {PORT}",
    f"trace {PORT}/mediate.yaml", f"source {PORT}/mediate.yaml", "run nowhere.yaml",
    f"run {PORT} -n 0", f"card {PORT}/model.yaml",
)  # fmt: skip


def output(encoding: str, *lines: str) -> tuple[str, str]:
    """What commands write to stdout and to stderr, read in their encoding."""
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "PYTHONUTF8")}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *lines], cwd=ROOT, capture_output=True, check=False, timeout=300,
        env=kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, "FULCRUM_CACHE": "off"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.decode(encoding), done.stderr.decode(encoding)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "tables"),
    [("ascii", TABLES), ("latin-1", TABLES[-1:]), ("cp1252", TABLES), ("cp437", TABLES[-1:])],
)
def test_every_verb_writes_plain_signs(encoding: str, tables: tuple[str, ...]) -> None:
    out, err = output(encoding, *tables, *OTHERS)
    assert err.count("exit 0") == len(tables) + len(OTHERS) - 2, err
    assert not re.findall(r".*\\(?:u[0-9a-f]{4}|x[0-9a-f]{2}).*", out + err)
    for table in re.split(r"^# ", out, flags=re.MULTILINE)[1 : len(tables) + 1]:
        assert aligned(table), table


def aligned(text: str) -> bool:
    """Whether the lines beside every rule of a table have their separators where it has its crosses."""
    lines = text.splitlines()
    rules = [i for i, line in enumerate(lines) if re.fullmatch(r"[-+═╪─┼]{9,}", line)]
    for rule in rules:
        places = [i for i, sign in enumerate(lines[rule]) if sign in "+╪┼"]
        for line in (lines[rule - 1], lines[rule + 1]):
            assert all(line[i : i + 1] in ("|", "│", "", " ") for i in places), line
            if [i for i, sign in enumerate(line) if sign in "|│"] != [
                i for i in places if i < len(line)
            ]:
                return False
    return bool(rules)


def test_what_has_no_plain_sign_is_an_escape_of_json(tmp_path: Path) -> None:
    text = 'fünf 中 😀 −1 "'
    script = "import json, sim.reporting.signs as s, sys; sys.stdout.reconfigure(errors=s.HANDLER)"
    done = subprocess.run(
        [sys.executable, "-c", f"{script}; print(json.dumps({text!r}, ensure_ascii=False))"],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.decode("ascii")) == text.replace("−", "-")
