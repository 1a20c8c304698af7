"""The cache: nothing twice, never a wrong number, never too much, whoever else is there."""

from __future__ import annotations

import ast
import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim import kept
from sim.engine import compiled, sources
from sim.engine.codegen.program import Program
from sim.engine.llvm import kept_code
from sim.execution import cache
from sim.execution import work_queue as ledger
from sim.study.experiment import Experiment, make_experiment

MODEL = """\
model: drops
time: {horizon: 30}
levers: {flow: {default: 1.0, range: [0.1, 3.0]}}
parameters: {size: {assume: 0.5, range: [0.1, 0.9]}}
state: {level: {initial: 0.0}}
events:
  drop: {rate: flow, do: level += exponential(size)}
outcomes:
  level: {final: level}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, without code, in which all results are worth it."""
    monkeypatch.setenv("FULCRUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept_code, "MAX_CODE", 0)
    monkeypatch.setattr(ledger, "WORTH_SECONDS", 0.0)
    return tmp_path / "cache"


def study(tmp_path: Path, text: str = MODEL, n: int = 60, seed: int = 5, **more: Any) -> Experiment:
    file = tmp_path / "drops.yaml"
    file.write_text(text)
    return make_experiment(
        sim.load_scenario(file), **{"replications": n, "seed": seed, "futures": 0} | more
    )


class Counter:
    """Counts the replications that are computed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        inner = ledger.blocks

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.rows += kwargs["count"]
            return inner(*args, **kwargs)

        monkeypatch.setattr(ledger, "blocks", counted)

    def of(self, made: Experiment, **more: Any) -> tuple[int, sim.Ensemble]:
        before = self.rows
        found = sim.run(made, **more)
        return self.rows - before, found


def test_nothing_is_computed_twice(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(monkeypatch)
    made = study(tmp_path)
    fresh = sim.run(made, cache=False)
    assert counter.of(made)[0] == 60
    again, found = counter.of(made)
    assert again == 0
    assert np.array_equal(found.values, fresh.values)
    assert found.events == fresh.events
    more, found = counter.of(replace(made, replications=100))
    assert more == 40
    whole = sim.run(replace(made, replications=100), cache=False)
    assert np.array_equal(found.values, whole.values)
    assert counter.of(replace(made, replications=10))[0] == 0


def test_whatever_changes_a_number_has_a_name_of_its_own(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(monkeypatch)
    counter.of(study(tmp_path))
    assert counter.of(study(tmp_path, seed=6))[0] == 60
    assert counter.of(study(tmp_path, MODEL.replace("default: 1.0", "default: 1.1")))[0] == 60
    assert counter.of(study(tmp_path, MODEL.replace("size)", "2 * size)")))[0] == 60
    assert counter.of(study(tmp_path, MODEL.replace("horizon: 30", "horizon: 31")))[0] == 60
    assert counter.of(study(tmp_path, futures=2))[0] == 120
    monkeypatch.setattr(cache, "engine", lambda: "another")
    assert counter.of(study(tmp_path))[0] == 60


def test_what_changes_no_number_shares_a_name(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(monkeypatch)
    counter.of(study(tmp_path))
    made = study(tmp_path, MODEL.replace("model: drops", "model: drops\ntitle: Drops"))
    renamed = made.scenarios[0].with_settings({}, "other")
    assert counter.of(replace(made, scenarios=(renamed,), name="another"))[0] == 0


def test_a_kernel_that_is_named_runs(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(monkeypatch)
    made = study(tmp_path)
    counter.of(made)
    assert counter.of(made, kernel="compiled")[0] == 60
    assert counter.of(made, kernel="simpy")[0] == 60
    assert counter.of(made, cache=False)[0] == 60
    monkeypatch.setenv("FULCRUM_CACHE", "off")
    assert counter.of(made)[0] == 60


def test_only_what_is_left_to_run_is_compiled(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    inner = compiled.kernel_for

    def noted(program: Program) -> compiled.CompiledKernel:
        asked.append(program.digest)
        return inner(program)

    monkeypatch.setattr(compiled, "kernel_for", noted)
    made = study(tmp_path)
    fresh = sim.run(made)
    assert len(asked) == 1
    assert np.array_equal(sim.run(made).values, fresh.values)
    assert len(asked) == 1  # all of it came from the cache
    other = sim.parse_scenario(MODEL.replace("size)", "2 * size)"), tmp_path / "other.yaml")
    both = make_experiment(
        [made.scenarios[0], replace(other, name="other")], replications=60, seed=5, futures=0
    )
    sim.run(both)
    assert len(asked) == 2  # the other model alone
    assert asked[0] != asked[1]
    sim.run(made, cache=False)
    sim.run(made, extend=fresh)
    assert len(asked) == 3  # nothing is left of what is extended by nothing


def test_failed_replications_are_told_the_same(tmp_path: Path, folder: Path) -> None:
    made = study(tmp_path, MODEL.replace("initial: 0.0", "initial: 0.0, range: [0, 20]"))
    fresh = sim.run(made)
    assert fresh.failures
    assert list(folder.iterdir())
    assert sim.run(made).failures == fresh.failures


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "garbage", "folder"])
def test_damaged_entries_are_computed_again(
    tmp_path: Path, folder: Path, harm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(monkeypatch)
    made = study(tmp_path)
    _, fresh = counter.of(made)
    (entry,) = folder.iterdir()
    content = bytearray(entry.read_bytes())
    content[len(content) // 2] ^= 1
    if harm == "folder":
        entry.unlink()
        entry.mkdir()
    else:
        kinds = {"flip": content, "cut": content[:-9], "empty": b"", "garbage": b"x" * 500}
        entry.write_bytes(kinds[harm])
    count, found = counter.of(made)
    assert count == 60
    assert np.array_equal(found.values, fresh.values)


MANY = (
    MODEL
    + """\
  high: {ever: level > 4}
  begun: {first: level > 1}
  drops: {count: drop}
  crossed: {count: level > 2}
  full: {duration: level > 3}
"""
)


def forged(entry: Path, change: Callable[[Any], Any], outcomes: int) -> None:
    """Write an entry with changed rows and a digest that fits."""
    rows = np.frombuffer(entry.read_bytes(), cache._row(outcomes), offset=32).copy()
    content = change(rows)
    content = content if isinstance(content, bytes) else rows.tobytes()
    entry.write_bytes(kept._digest(entry.stem, content) + content)


def value(outcome: int, number: float) -> Callable[[Any], Any]:
    return lambda rows: rows["outcomes"].__setitem__((3, outcome), number)


@pytest.mark.parametrize(
    "change",
    [
        value(0, np.inf), value(0, np.nan), value(1, 0.5), value(1, 2), value(1, np.nan), value(2, -1),
        value(2, 31), value(3, 1.5), value(3, -1), value(3, 10_000), value(4, 10_000), value(5, 31),
        value(5, -1), lambda r: r["outcomes"].__iadd__(1000), lambda r: r["status"].__setitem__(0, 77),
        lambda r: r["status"].__setitem__(0, -1), lambda r: r["events"].__setitem__(0, -1),
        lambda r: r["events"].__setitem__(0, 10**9), lambda r: r[:7].tobytes()[:-1], lambda r: b"",
        lambda r: b"PK\x03\x04garbage", lambda r: r.tobytes() + b"x", lambda r: r.tobytes() * 100,
    ],
)  # fmt: skip
def test_an_entry_with_a_digest_that_fits_is_not_trusted(
    tmp_path: Path, folder: Path, change: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(monkeypatch)
    made = study(tmp_path, MANY)
    fresh = counter.of(made)[1]
    (entry,) = folder.iterdir()
    forged(entry, change, 6)
    count, found = counter.of(made)
    assert count == 60
    assert np.array_equal(found.values, fresh.values, equal_nan=True)
    assert counter.of(made)[0] == 0  # a good one took its place


def test_rows_of_archives_are_not_unpacked(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither compressed arrays of a gigabyte nor pickles nor headers that claim 10**11 numbers."""
    counter = Counter(monkeypatch)
    made = study(tmp_path)
    counter.of(made)
    (entry,) = folder.iterdir()
    squeezed, pickled = io.BytesIO(), io.BytesIO()
    np.savez_compressed(squeezed, outcomes=np.zeros(2**24))
    np.savez(pickled, outcomes=np.array([object()]), allow_pickle=True)
    claim = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (100000000000,), }"
    for content in (squeezed.getvalue(), pickled.getvalue(), claim):
        entry.write_bytes(kept._digest(entry.stem, content) + content)
        assert counter.of(made)[0] == 60


@pytest.mark.parametrize(
    "kind", ["fifo", "link", "loop", "device", "socket", "unreadable", "sparse"]
)
def test_what_is_no_regular_file_is_no_entry(
    tmp_path: Path, folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(monkeypatch)
    made = study(tmp_path)
    counter.of(made)
    (entry,) = folder.iterdir()
    elsewhere = entry.rename(tmp_path / "elsewhere")
    match kind:
        case "fifo":
            os.mkfifo(entry)
        case "link":
            entry.symlink_to(elsewhere)
        case "loop":
            entry.symlink_to(entry)
        case "device":
            entry.symlink_to("/dev/zero")
        case "socket":
            with socket.socket(socket.AF_UNIX) as one:
                monkeypatch.chdir(folder)
                one.bind(entry.name)
        case "unreadable":
            entry.write_bytes(b"x")
            entry.chmod(0)
        case "sparse":  # ten gigabytes of nothing
            with entry.open("wb") as file:
                file.truncate(10 * 2**30)
    began = time.monotonic()
    assert counter.of(made)[0] == 60
    assert time.monotonic() - began < 5
    assert counter.of(made)[0] == 0
    assert elsewhere.exists()


def test_a_folder_in_the_place_of_an_entry_stops_nothing(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = study(tmp_path)
    sim.run(made)
    (entry,) = folder.iterdir()
    entry.unlink()
    (entry / "letter").mkdir(parents=True)
    monkeypatch.setattr(kept, "MAX_BYTES", 10)
    for seed in range(3):
        sim.run(study(tmp_path, seed=seed))
    assert kept.shrink(0) == len(kept.entries()) == 0
    assert [file.name for file in folder.iterdir()] == [entry.name]


def test_what_was_used_longest_ago_goes(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    (folder / "letter.txt").write_text("not ours")
    for seed in range(6):
        sim.run(study(tmp_path, seed=seed, n=2_000))
        names = {file for _, _, file in kept.entries()}
        assert len(names) == seed + 1
    sizes = [size for _, size, _ in kept.entries()]
    for age, (_, _, file) in enumerate(kept.entries()):
        os.utime(file, (time.time() - 100 + age, time.time() - 100 + age))
    oldest = kept.entries()[0][2]
    sim.run(study(tmp_path, seed=0, n=2_000))  # used again: now the youngest
    assert kept.entries()[-1][2] == oldest
    monkeypatch.setattr(kept, "MAX_BYTES", int(sum(sizes) * 0.9))
    sim.run(study(tmp_path, seed=9, n=2_000))
    left = [file for _, _, file in kept.entries()]
    assert sum(size for _, size, _ in kept.entries()) <= kept.MAX_BYTES
    assert oldest in left
    assert (folder / "letter.txt").exists()


def test_tiny_pieces_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FULCRUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept_code, "MAX_CODE", 0)
    sim.run(study(tmp_path, n=5))
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_cannot_be_is_no_cache(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write_text("a file in the way")
    assert Counter(monkeypatch).of(study(tmp_path))[0] == 60


SCRIPT = """\
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from sim import kept
from sim.execution import work_queue as ledger
ledger.WORTH_SECONDS = 0.0
kept.MAX_BYTES = 60_000
from test_cache import study
import sim
import numpy as np
for turn in range(40):
    found = sim.run(study(Path({folder!r}), seed=turn % 8, n=500))
    fresh = sim.run(study(Path({folder!r}), seed=turn % 8, n=500), cache=False)
    assert np.array_equal(found.values, fresh.values)
"""


def test_two_processes_at_once(tmp_path: Path, folder: Path) -> None:
    """Both write, read and remove the same entries; every number is right."""
    both = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        script = SCRIPT.format(here=str(Path(__file__).parent), folder=str(tmp_path / name))
        both.append(subprocess.Popen([sys.executable, "-c", script]))
    assert [process.wait(timeout=120) for process in both] == [0, 0]


def test_the_verb_counts_code_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fulcrum: Callable[..., tuple[int, str, str]]
) -> None:
    monkeypatch.setenv("FULCRUM_CACHE", "off")
    assert fulcrum("cache") == (0, "the cache is off\n", "")
    monkeypatch.setenv("FULCRUM_CACHE", str(tmp_path / "cache"))
    assert fulcrum("cache") == (0, f"{tmp_path / 'cache'}: 0 entries, 0.0 MB\n", "")
    compiled.CompiledKernel(study(tmp_path).programs()[0])
    assert fulcrum("cache")[1].startswith(f"{tmp_path / 'cache'}: 1 entries")
    assert fulcrum("cache", "--clear")[1].endswith("1 removed\n")
    assert not kept.entries()


def test_the_verb(tmp_path: Path, folder: Path) -> None:
    sim.run(study(tmp_path))
    told = subprocess.run(
        [sys.executable, "-m", "sim", "cache", "--clear"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "1 entries" in told.stdout
    assert "1 removed" in told.stdout
    assert not kept.entries()


def test_the_engine_is_all_that_the_kernels_import() -> None:
    """The digest covers every module that can change a number, and no module that only prints."""
    home = Path(sim.__file__).parent
    covered = {file.relative_to(home).as_posix() for file in sources.engine_files()}
    waiting, found = ["engine/compiled.py", "engine/simpy_kernel.py"], set[str]()
    while waiting:
        file = waiting.pop()
        if file in found or not (home / file).is_file():
            continue
        found.add(file)
        for node in ast.walk(ast.parse((home / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sim"):
                base = (node.module or "").removeprefix("sim").strip(".").replace(".", "/")
                names = [f"{base}/{alias.name}".strip("/") for alias in node.names]
                waiting += [f"{name}.py" for name in (base, *names)] + [f"{base}/__init__.py"]
    assert "engine/codegen/generator.py" in found
    assert found - covered <= {"formatting.py", "errors.py", "__init__.py", "kept.py"}
    assert {"study/futures.py", "study/scenario.py", "model/builder.py"} <= covered
    for talk in ("cli", "reporting", "charts", "storage", "execution", "analysis"):
        assert not [file for file in covered if file.startswith(f"{talk}/")]
