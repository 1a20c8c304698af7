"""Test processes take whole files, the longest first, and share machine code; results they compute."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sharing
import toys

from sim import kept
from sim.engine import compiled
from sim.engine.compiled import CompiledKernel

TESTS = Path(__file__).parent


def test_a_file_runs_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "from sharing import by_file as pytest_xdist_make_scheduler\n"
    )
    (tmp_path / "pytest.ini").touch()
    text = """
import os, pathlib, pytest, time
@pytest.mark.parametrize("number", range(4))
def test_one(number):
    time.sleep(0.02)
    with open("seen.txt", "a") as seen:
        print(pathlib.Path(__file__).stem, os.environ["PYTEST_XDIST_WORKER"], file=seen)
"""
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup"]
    kept_out = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    done = subprocess.run(
        command, cwd=tmp_path, env=kept_out | {"PYTHONPATH": str(TESTS)}, capture_output=True, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    seen = (tmp_path / "seen.txt").read_text().splitlines()
    assert len(seen) == 8 and len(set(seen)) == 2, seen


def test_what_is_named_is_there() -> None:
    for file in (*sharing.LONGEST, *sharing.TOGETHER):
        assert (TESTS.parent / file).exists(), file
    assert len(set(sharing.LONGEST)) == len(sharing.LONGEST)


def test_the_longest_begin() -> None:
    others = len(sharing.LONGEST)
    assert sharing.place(f"{sharing.LONGEST[1]}::test_a[b::c]") == 1
    assert sharing.place("tests/test_sharing.py::test_the_longest_begin") == others


def test_a_program_is_translated_once_in_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept.cache_folder() is None, "results are computed"
    program = toys.program("state: {sharing: 1.0}")
    CompiledKernel(program)
    monkeypatch.setattr(compiled, "translation", None)
    CompiledKernel(program)
