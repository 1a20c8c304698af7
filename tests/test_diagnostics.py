"""The catalogue of diagnostics: every code has an entry, every entry a code, every example its code."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import pytest

from docs.generate.pages import filled
from sim.cli import files, main
from sim.errors import DiagnosedError, RunError
from sim.reporting.diagnostics import Explanation, explanations
from sim.study.templates import write_study

ROOT = Path(__file__).parent.parent
ENTRIES = list(explanations().values())
RUNNABLE = [entry for entry in ENTRIES if not entry.needs]


def source_trees() -> list[ast.Module]:
    paths = [path for package in ("sim", "ui") for path in (ROOT / package).rglob("*.py")]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def parameters(node: ast.AST) -> list[str]:
    """What a call of this function or class passes by position."""
    if isinstance(node, ast.FunctionDef):
        return [
            a.arg for a in node.args.posonlyargs + node.args.args if a.arg not in ("self", "cls")
        ]
    if isinstance(node, ast.ClassDef):
        fields = [part.target for part in node.body if isinstance(part, ast.AnnAssign)]
        return [target.id for target in fields if isinstance(target, ast.Name)]
    return []


def called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def codes_in_source() -> set[str]:
    """Every constant that is passed as the argument `code` of a function or class of ours."""
    nodes = [node for tree in source_trees() for node in ast.walk(tree)]
    places: dict[str, set[int]] = {}
    for node in nodes:
        if "code" in (names := parameters(node)):
            assert isinstance(node, ast.FunctionDef | ast.ClassDef)
            places.setdefault(node.name, set()).add(names.index("code"))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Call):
            given = [node.args[i] for i in places.get(called(node), ()) if i < len(node.args)]
            given += [word.value for word in node.keywords if word.arg == "code"]
            for value in given:
                arms = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                found |= {arm.value for arm in arms if isinstance(arm, ast.Constant)}
    return {code for code in found if isinstance(code, str)}


def test_every_code_is_explained_and_every_entry_is_a_code() -> None:
    codes = codes_in_source()
    assert len(codes) > 120, "the scan of the source finds too few codes"
    assert codes - set(explanations()) == set(), "codes without an entry"
    assert set(explanations()) - codes == set(), "entries without a code"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_entry_is_complete(entry: Explanation) -> None:
    assert entry.group and entry.meaning.endswith(".") and entry.cure.endswith(".")
    assert len(entry.summary) <= 120
    assert entry.yaml or entry.command or entry.python or entry.needs


def run_line(line: str) -> tuple[int, str, str]:
    """Run a command in this process; return its exit code, and what it prints to stdout and stderr."""
    before, sys.argv = sys.argv, shlex.split(line)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()) as out,
            contextlib.redirect_stderr(io.StringIO()) as err,
            pytest.raises(SystemExit) as end,
        ):
            main()
    finally:
        sys.argv = before
    return int(end.value.code or 0), out.getvalue(), err.getvalue()


def codes_of_python(text: str) -> list[str]:
    with pytest.raises((DiagnosedError, RunError)) as caught:
        exec(text, {})
    return [d.code for d in getattr(caught.value, "diagnostics", ())]


#: Codes of notes, which are printed while the command succeeds.
NOTES = {"deprecated", "unit-assumed"}


@pytest.mark.parametrize("entry", RUNNABLE, ids=lambda entry: entry.code)
def test_example_produces_its_code(
    entry: Explanation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_study(tmp_path / "study", "blank")
    monkeypatch.chdir(tmp_path / "study")
    if entry.yaml:
        Path("example.yaml").write_text(entry.yaml, encoding="utf-8")
    if entry.python:
        assert entry.code in codes_of_python(entry.python)
        return
    *before, last = entry.commands.strip().splitlines()
    for line in before:
        assert run_line(line)[0] == 0, line
    exit_code, _, printed = run_line(last)
    assert (exit_code == 0) == (entry.code in NOTES)
    assert f"{entry.code}: " in printed


def test_the_page_is_current_and_has_an_anchor_per_code() -> None:
    page = (ROOT / "docs/reference/diagnostics.md").read_text(encoding="utf-8")
    assert page == filled(page), "run python -m docs.generate"
    assert all(f"\n### {entry.code}\n" in page for entry in ENTRIES)


def test_explain_prints_the_entry() -> None:
    assert run_line("fulcrum explain cycle")[:2] == (0, (
        "# cycle\n\n"
        "Scenarios are based on each other in a circle, or blocks use each other in one. Following 'of' "
        "from\nfile to file, or 'use' from block to block, leads back to the start.\n\n"
        "**Example**\n\n"
        "```yaml\nscenario: s\nof: example.yaml\n```\n\n"
        "```sh\nfulcrum check example.yaml\n```\n\n"
        "**Cure**: Let one of the scenarios name the model under 'of'. Take one of the uses "
        "out of its block.\n"
    ))  # fmt: skip
    two = run_line("fulcrum explain cycle locked")[1]
    assert "# cycle\n" in two and "# locked\n" in two


def test_explain_alone_lists_every_code() -> None:
    exit_code, listed, _ = run_line("fulcrum explain")
    assert exit_code == 0
    whole = re.sub(r"\n {4,}", " ", listed)
    lines = [line.split(maxsplit=1) for line in whole.splitlines() if line.startswith("  ")]
    assert lines[: len(ENTRIES)] == [[entry.code, entry.summary] for entry in ENTRIES]
    assert "  future               One way in which the uncertain" in listed.partition("Words")[2]
    assert max(map(len, listed.splitlines())) <= 100


def test_explain_knows_words_in_any_number_and_those_of_a_model() -> None:
    wanted = (0, "# future\n\nOne way in which the uncertain")
    for words in ("future", "Futures", "FUTURES"):
        exit_code, printed, _ = run_line(f"fulcrum explain {words}")
        assert (exit_code, printed[: len(wanted[1])]) == wanted
    assert run_line("fulcrum explain sobol indices")[1].startswith("# Sobol index\n")
    assert run_line("fulcrum explain berth")[0] == 2
    of = "--of scenarios/port_strike/model.yaml"
    assert run_line(f"fulcrum explain berths {of}")[1].startswith("# berth\n\nA place at the quay")
    exit_code, _, printed = run_line(f"fulcrum explain bert {of}")
    assert exit_code == 2 and "did you mean 'berth'?" in printed


def test_explain_suggests_the_code_that_was_meant() -> None:
    exit_code, _, printed = run_line("fulcrum explain unknown-nam")
    assert exit_code == 2
    assert "unknown-name: " in printed and "did you mean 'unknown-name'?" in printed


def test_a_terminal_shows_the_command_and_a_pipe_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ["cycle", "locked", "cycle", "empty", "syntax"]
    with contextlib.redirect_stderr(io.StringIO()) as piped:
        files.point_to_explanations(codes)
    assert piped.getvalue() == ""
    with contextlib.redirect_stderr(io.StringIO()) as shown:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        files.point_to_explanations(codes)
    assert shown.getvalue().endswith("fulcrum explain cycle locked empty\n")
