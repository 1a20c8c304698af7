"""Kept machine code: a second process translates nothing, and nothing strange is ever executed."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import toys

from sim import kept
from sim.engine import compiled
from sim.engine.codegen.program import Program
from sim.engine.compiled import CompiledKernel
from sim.engine.llvm import kept_code, machine_code
from sim.engine.protocol import Kernel
from sim.engine.simpy_kernel import SimpyKernel
from sim.engine.web_module import compile_web_module

HERE = Path(__file__).parent
TEXT = """\
levers: {flow: {default: 1.0, range: [0.1, 3.0]}}
state: {level: {initial: 0.0}}
events:
  drop: {rate: flow, do: level += exponential(0.5)}
outcomes:
  level: {final: level}
"""


def total(kernel: Kernel) -> str:
    """Return the sum of some outcomes, to the bit."""
    block = kernel.run(np.array([1.0, 0.0]), seed=1, future=0, first=0, count=20)
    return float(block.outcomes.sum()).hex()


@pytest.fixture(scope="module")
def program() -> Program:
    return toys.program(TEXT)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept_code, "kept", kept)  # not what test processes share
    monkeypatch.setenv("FULCRUM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def translated(program: Program, monkeypatch: pytest.MonkeyPatch) -> Callable[[Program], int]:
    """Make a kernel, check its numbers; return how often a module was compiled for it."""
    compilations: list[str] = []
    inner = machine_code.object_code

    def counted(llvm: str) -> bytes:
        compilations.append(llvm)
        return inner(llvm)

    monkeypatch.setattr(kept_code, "object_code", counted)
    right = total(SimpyKernel(program))

    def make(program: Program) -> int:
        before = len(compilations)
        assert total(CompiledKernel(program)) == right
        return len(compilations) - before

    return make


Make = Callable[[Program], int]


def only(folder: Path) -> Path:
    (entry,) = folder.iterdir()
    return entry


def test_a_second_kernel_is_linked_and_not_translated(
    program: Program, folder: Path, translated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert translated(program) == 1
    assert folder.stat().st_mode & 0o777 == 0o700
    assert only(folder).stat().st_mode & 0o777 == 0o600

    def never(program: Program) -> kept_code.Translation:
        raise AssertionError("translated")

    monkeypatch.setattr(compiled, "translation", never)
    assert translated(program) == 0


def test_every_part_of_the_target_is_in_the_name(
    program: Program, folder: Path, translated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu, features = machine_code._processor()
    assert translated(program) == 1
    with monkeypatch.context() as patch:
        patch.setattr(machine_code, "_processor", lambda: (cpu, features + ",-avx2"))
        assert translated(program) == 1
        patch.setattr(machine_code, "_processor", lambda: ("generic", features))
        assert translated(program) == 1
    with monkeypatch.context() as patch:
        patch.setattr(machine_code, "PASSES", machine_code.PASSES[:-1])
        assert translated(program) == 1
    with monkeypatch.context() as patch:
        patch.setattr("llvmlite.__version__", "0.0.1")
        assert translated(program) == 1
    with monkeypatch.context() as patch:
        patch.setattr(kept_code, "engine", lambda: "another")
        assert translated(program) == 1
    assert translated(program) == 0
    assert len(list(folder.iterdir())) == 6
    CompiledKernel(toys.program(TEXT.replace("0.5", "0.25")))
    assert len(list(folder.iterdir())) == 7


def test_a_second_module_for_the_browser_is_not_translated_either(
    program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = compile_web_module(program)
    assert only(folder).stat().st_mode & 0o777 == 0o600
    with monkeypatch.context() as patch:
        patch.setattr(kept_code, "wasm_object", None)
        again = compile_web_module(program)
    assert again.wasm == first.wasm
    assert again.layout == first.layout
    CompiledKernel(program)
    assert len(list(folder.iterdir())) == 2
    monkeypatch.setattr(machine_code, "_processor", lambda: ("generic", ""))
    assert compile_web_module(program).wasm == first.wasm
    assert len(list(folder.iterdir())) == 2
    with monkeypatch.context() as patch:
        patch.setattr(machine_code, "WASM_FEATURES", "+mutable-globals")
        compile_web_module(program)
    assert len(list(folder.iterdir())) == 3


def test_off_is_off(
    program: Program, folder: Path, translated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FULCRUM_CACHE", "off")
    assert translated(program) == translated(program) == 1
    assert not folder.exists()


def test_a_changed_byte_anywhere_is_seen(program: Program, folder: Path, translated: Make) -> None:
    translated(program)
    entry = only(folder)
    whole = entry.read_bytes()
    for place in {*range(0, 300, 7), *range(300, len(whole), len(whole) // 200), len(whole) - 1}:
        harmed = bytearray(whole)
        harmed[place] ^= 0x10
        entry.write_bytes(harmed)
        assert kept.recall(entry.stem, kept_code.MAX_CODE, code=True) is None
    assert translated(program) == 1
    assert translated(program) == 0


@pytest.mark.parametrize(
    "kind", ["empty", "cut", "longer", "huge", "folder", "link", "fifo", "moved"]
)
def test_what_is_no_entry_counts_as_missing(
    program: Program, folder: Path, tmp_path: Path, kind: str, translated: Make
) -> None:
    translated(program)
    entry = only(folder)
    whole = entry.read_bytes()
    aside = entry.rename(tmp_path / "aside")
    match kind:
        case "empty":
            entry.touch()
        case "cut":
            entry.write_bytes(whole[:-100])
        case "longer":
            entry.write_bytes(whole + b"\0")
        case "huge":
            with entry.open("wb") as file:
                file.truncate(10 * 2**30)
        case "folder":
            entry.mkdir()
        case "link":
            entry.symlink_to(aside)
        case "fifo":
            os.mkfifo(entry)
        case "moved":  # a whole entry under the name of another
            other = entry.with_stem("0" * 40)
            other.write_bytes(whole)
            assert kept.recall(other.stem, kept_code.MAX_CODE, code=True) is None
    assert translated(program) == 1
    assert translated(program) == (kind == "folder")


@pytest.mark.parametrize(
    "head", [b"[1]", b"{}", b"nonsense", b'{"a": "??"}', b'{"a": 1}', b'{"a": ""}']
)
def test_a_head_of_its_own_making_is_not_believed(
    program: Program, folder: Path, head: bytes, translated: Make
) -> None:
    translated(program)
    name = only(folder).stem
    code = (kept.recall(name, kept_code.MAX_CODE, code=True) or b"").partition(b"\n")[2]
    kept.keep(name, head + b"\n" + code, code=True)
    assert translated(program) == 1


@pytest.mark.parametrize("whose", ["group", "world", "stranger"])
@pytest.mark.parametrize("what", ["folder", "entry"])
def test_code_that_others_could_have_written_is_refused(
    program: Program, folder: Path, whose: str, what: str, translated: Make
) -> None:
    translated(program)
    place = folder if what == "folder" else only(folder)
    if whose == "stranger":
        if os.geteuid() != 0:
            pytest.skip("only the superuser gives files away")
        os.chown(place, 12345, -1)
    else:
        place.chmod(0o720 if whose == "group" else 0o702)
    before = only(folder).stat().st_mtime_ns
    assert translated(program) == 1
    again = translated(program)
    if what == "folder":  # and nothing is kept there
        assert again == 1
        assert only(folder).stat().st_mtime_ns == before
    else:  # a good one took its place
        assert again == 0


def test_results_are_still_kept_where_code_is_not(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    kept.keep("rows", b"numbers")
    kept.keep("code", b"instructions", code=True)
    assert [file.name for file in folder.iterdir()] == ["rows.fulcrum"]
    assert kept.recall("rows", 100) == b"numbers"


@pytest.mark.parametrize("place", ["/proc", "/dev/null", "/dev/null/below"])
def test_where_nothing_can_be_written_nothing_happens(
    program: Program, place: str, translated: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FULCRUM_CACHE", place)
    assert translated(program) == translated(program) == 1


def test_a_full_disk_leaves_nothing_behind(
    program: Program, folder: Path, translated: Make
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        count = translated(program)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert count == 1
    assert not list(folder.iterdir())


def test_threads_and_processes_at_once(program: Program, folder: Path) -> None:
    """They write, read and remove the same entries, and every kernel gives the right number."""
    script = (
        f"import sys; sys.path[:0] = [{str(HERE)!r}, {str(HERE.parent)!r}]\n"
        "import toys; from test_kept_code import TEXT, total\n"
        "from sim.engine.compiled import CompiledKernel; from sim import kept\n"
        "program = toys.program(TEXT)\n"
        "for turn in range(12):\n"
        "    if turn % 4 == 3: kept.shrink(0)\n"
        "    print(total(CompiledKernel(program)))\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    with ThreadPoolExecutor(4) as pool:
        kernels = list(pool.map(CompiledKernel, [program] * 8))
    said = {word for process in both for word in process.communicate(timeout=120)[0].split()}
    assert [process.returncode for process in both] == [0, 0]
    assert said | set(map(total, kernels)) == {total(SimpyKernel(program))}
