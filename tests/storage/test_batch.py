"""Batches against what happens to them: kills, signals, locks, a full disk, a flipped byte."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import multiprocessing
import os
import pty
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from walk import MODEL, run_study, study

import sim
from sim.storage.batch import run_batch
from sim.storage.locations import LOCK, Remote, place_of
from sim.storage.manifest import digest
from sim.storage.parquet import parquet_bytes, parquet_table
from sim.storage.results import load_results
from sim.storage.run_directory import MANIFEST, SHARDS, open_directory, shard_name
from sim.storage.verification import verify
from sim.study.experiment import Experiment, make_experiment

FAILING = MODEL.replace("[-1000, 1000]", "[-12, 12]")
ALWAYS_FAILING = MODEL.replace("[-1000, 1000]", "[-0.001, 0.001]")


def locked(path: Path) -> AbstractContextManager[None]:
    return place_of(path).locked()


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((path / SHARDS).glob("*.parquet"))}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Path]:
    folder = tmp_path_factory.mktemp("finished")
    made = study(folder)
    run_batch(made, folder / "out")
    return made, folder / "out"


@pytest.fixture
def batch(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], ForkServerProcess]:
    """``batch(folder)`` starts a batch in a process of its own, with everything loaded already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["walk"])
    here = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", here, prepend=os.pathsep)

    def start(folder: Path) -> ForkServerProcess:
        process = context.Process(target=run_study, args=(folder, 60_000))
        process.start()
        return process

    return start


def test_results_are_those_of_a_run_in_memory(finished: tuple[Experiment, Path]) -> None:
    made, path = finished
    memory = sim.run(made)
    stored = load_results(path)
    assert np.array_equal(memory.values, stored.values, equal_nan=True)
    assert stored.scenarios == ("walk", "uphill")
    assert stored.events == memory.events


def test_a_finished_directory_is_not_run_again(finished: tuple[Experiment, Path]) -> None:
    made, path = finished
    before = {p: p.stat().st_mtime_ns for p in (path / SHARDS).iterdir()}
    run_batch(made, path)
    assert {p: p.stat().st_mtime_ns for p in (path / SHARDS).iterdir()} == before


def finished_shards(folder: Path) -> int:
    return len(list((folder / "out" / SHARDS).glob("*.parquet")))


def test_killed_at_any_instant_and_resumed(
    tmp_path: Path, batch: Callable[[Path], ForkServerProcess]
) -> None:
    """At least fifty kills at random instants; never a half file, and the same rows at the end."""

    def finish(folder: Path) -> None:
        process = batch(folder)
        process.join(timeout=120)
        assert process.exitcode == 0

    whole = tmp_path / "whole"
    whole.mkdir()
    finish(whole)
    rng = random.Random(5)
    killed = midway = turn = 0
    folder = tmp_path / "killed0"
    folder.mkdir()
    while killed < 50 or (midway < 15 and killed < 200):  # under load, many kills come too early
        process = batch(folder)
        patience = rng.uniform(0.0, 0.3)
        if rng.random() < 0.8:  # most kills while shards are written, some before
            goal = finished_shards(folder) + rng.randint(1, 3)
            while process.is_alive() and finished_shards(folder) < goal:
                time.sleep(0.002)
            patience = rng.uniform(0.0, 0.03)
        process.join(timeout=patience)
        if process.is_alive():
            process.kill()
            process.join()
            killed += 1
            midway += 0 < len(contents(folder / "out")) < 24
        else:
            assert process.exitcode == 0
            assert contents(folder / "out") == contents(whole / "out")
            turn += 1
            folder = tmp_path / f"killed{turn}"
            folder.mkdir()
        found = folder / "out"
        if (found / MANIFEST).exists():
            directory, _ = open_directory(found)
            for shard in directory.shards:
                content = directory.read(shard_name(shard))
                assert content is None or content[:4] == content[-4:] == b"PAR1"
    finish(folder)
    assert contents(folder / "out") == contents(whole / "out")
    assert not list((folder / "out").glob("**/.*.[0-9]*"))
    assert midway >= 15, "too few kills hit a batch at work"


def test_a_part_can_be_read_and_says_how_much_it_is(
    finished: tuple[Experiment, Path], tmp_path: Path
) -> None:
    _, path = finished
    part = tmp_path / "part"
    (part / SHARDS).mkdir(parents=True)
    manifest = json.loads((path / MANIFEST).read_text())
    manifest["complete"] = False
    (part / MANIFEST).write_text(json.dumps(manifest))
    for shard in open_directory(path)[0].shards:
        if shard.last <= 1_250:
            for name in (shard_name(shard), shard_name(shard) + ".sha256"):
                (part / name).write_bytes((path / name).read_bytes())
    stored = load_results(part)
    assert stored.partial
    assert "2,500 of 24,000" in stored.partial_note
    assert stored.experiment.replications == 1_250
    assert np.array_equal(stored.values, load_results(path).values[:, :, :1_250])


def test_another_plan_is_refused_with_the_reason(
    finished: tuple[Experiment, Path], tmp_path: Path
) -> None:
    _, path = finished
    with pytest.raises(sim.ResultError, match=r"seed 7, not 8"):
        run_batch(study(tmp_path, seed=8), path)
    with pytest.raises(sim.ResultError, match="structure"):
        run_batch(study(tmp_path, model=MODEL.replace("place += 1", "place += 2")), path)
    with pytest.raises(sim.ResultError, match="scenarios differ"):
        run_batch(study(tmp_path, model=MODEL.replace("default: 0.5", "default: 0.6")), path)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(sim.ResultError, match="not empty"):
        run_batch(study(tmp_path), tmp_path / "mine")
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_nothing_of_a_foreign_folder_is_touched(tmp_path: Path) -> None:
    """Neither a lock of somebody else's, nor hidden files that end in digits."""
    mine = tmp_path / "mine"
    (mine / "sub").mkdir(parents=True)
    written = {".lock": "precious", ".backup.20251127": "k", "sub/.cfg.2024": "keep", "file": "x"}
    for name, text in written.items():
        (mine / name).write_text(text)
    for _ in range(2):
        with pytest.raises(sim.ResultError, match="not empty"):
            run_batch(study(tmp_path, replications=5), mine)
    left = {str(p.relative_to(mine)): p.read_text() for p in mine.rglob("*") if p.is_file()}
    assert left == written
    with pytest.raises(sim.ExperimentError, match="name of a directory is empty"):
        run_batch(study(tmp_path, replications=5), "")


def test_a_lock_follows_no_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("dear")
    out = tmp_path / "out"
    run_batch(study(tmp_path, replications=5), out)
    (out / LOCK).unlink()
    (out / LOCK).symlink_to(victim)
    for _ in range(2):
        with pytest.raises(sim.ResultError, match="not a lock of Fulcrum"):
            run_batch(study(tmp_path, replications=5), out)
        (out / LOCK).unlink()
        os.mkfifo(out / LOCK)
    assert victim.read_text() == "dear"


def test_no_link_in_a_run_directory_is_followed(tmp_path: Path) -> None:
    """Neither to write, nor to read, nor to sweep; a link to the directory itself is the user's."""
    made = study(tmp_path, replications=5)
    run_batch(made, tmp_path / "whole")
    away = tmp_path / "away"
    away.mkdir()
    (away / ".letter.1.fulcrum").write_text("dear")
    out = tmp_path / "out"
    run_batch(made, out)
    (tmp_path / "linked").symlink_to(out)
    for name in ("series", SHARDS):
        shutil.rmtree(out / name, ignore_errors=True)
        (out / name).symlink_to(away)
        with pytest.raises(
            sim.ResultError, match=f"{name}' is a link where a folder of the results"
        ):
            run_batch(made, out, series=True)
        with pytest.raises(sim.ResultError, match="is a link"):
            load_results(out)
        (out / name).unlink()
    run_batch(made, tmp_path / "linked", series=True)
    assert [file.name for file in away.iterdir()] == [".letter.1.fulcrum"]
    assert contents(out) == contents(tmp_path / "whole")
    shard = next((out / SHARDS).glob("*.parquet"))
    for file in (shard, Path(f"{shard}.sha256"), out / MANIFEST):
        kept = file.rename(away / file.name)
        before = kept.read_bytes()
        file.symlink_to(kept)
        with pytest.raises(sim.ResultError, match=r"missing or damaged|no-results"):
            load_results(out)
        assert kept.read_bytes() == before
        file.unlink()
        file.write_bytes(before)
    assert verify(out).fine
    (out / LOCK).unlink()
    (out / LOCK).hardlink_to(away / ".letter.1.fulcrum")
    with pytest.raises(sim.ResultError, match="not a lock of Fulcrum"):
        run_batch(made, out)
    assert (away / ".letter.1.fulcrum").read_text() == "dear"


def test_a_pipe_is_no_shard(tmp_path: Path) -> None:
    """It would be waited for without end; a device would be read without end."""
    out = tmp_path / "out"
    run_batch(study(tmp_path, replications=5), out)
    shard = next((out / SHARDS).glob("*.parquet"))
    shard.unlink()
    os.mkfifo(shard)
    assert verify(out).damaged == (f"{SHARDS}/{shard.name}",)
    shard.unlink()
    shard.symlink_to("/dev/zero")
    assert verify(out).damaged == (f"{SHARDS}/{shard.name}",)
    shard.unlink()
    shard.mkdir()
    with pytest.raises(sim.ResultError, match="is a folder where a file"):
        run_batch(study(tmp_path, replications=5), out)


@pytest.mark.parametrize(
    "part",
    [
        {"seed": "x"}, {"seed": -1}, {"seed": 10**40}, {"seed": True}, {"parameters": ["zzz"]},
        {"shard_rows": 0}, {"shard_rows": -1}, {"shard_rows": "a"}, {"scenarios": []},
        {"futures": []}, {"replications": 0},
    ],
)  # fmt: skip
def test_a_plan_changed_by_hand_is_damaged(tmp_path: Path, part: dict[str, Any]) -> None:
    """Also one whose digest was made anew."""
    out = tmp_path / "out"
    run_batch(study(tmp_path, replications=5), out)
    manifest = json.loads((out / MANIFEST).read_text())
    manifest["plan"] |= part
    manifest["digest"] = digest(manifest["plan"])
    (out / MANIFEST).write_text(json.dumps(manifest))
    for act in (
        verify,
        load_results,
        lambda path: run_batch(study(tmp_path, replications=5), path),
    ):
        with pytest.raises(sim.ResultError, match=r"damaged|was changed"):
            act(out)


ODD = [
    None,
    True,
    -1,
    0,
    0.5,
    10**30,
    1e308,
    1e-320,
    "",
    "a",
    "nan",
    [],
    {},
    [[]],
    [None],
    {"a": 1},
]


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in items:
        yield from leaves(value, (*path, key))


def test_whatever_a_plan_says_it_is_damaged_or_runs(tmp_path: Path) -> None:
    """Every value of a manifest in turn is replaced by what it cannot be, with a digest that fits."""
    (tmp_path / "walk.yaml").write_text(FUTURES)
    scenario = sim.load_scenario(tmp_path / "walk.yaml").with_settings({"drift": 0.7}, "uphill")
    targets = {"place": sim.Target(at_least=2)}
    made = make_experiment(scenario, replications=5, seed=1, futures=2, targets=targets)
    out = tmp_path / "out"
    run_batch(made, out)
    manifest = json.loads((out / MANIFEST).read_text())
    refused = 0
    for path in list(leaves(manifest["plan"]))[1:]:
        for value in ODD:
            changed = json.loads(json.dumps(manifest))
            node = changed["plan"]
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = value
            changed["digest"] = digest(changed["plan"])
            (out / MANIFEST).write_text(json.dumps(changed))
            try:
                found = open_directory(out)[0].experiment
                found.row(0, 0), repr(found)
            except sim.SimError:
                refused += 1
            else:
                kind = type(found.seed), found.futures.shape, len(found.scenarios)
                assert kind == (int, (2, 1), 1), (path, value)
                assert path[0] != "futures" or 3 <= value <= 9, (path, value)
    assert refused > 580


def test_a_batch_refuses_futures_that_it_could_not_read_back(tmp_path: Path) -> None:
    (tmp_path / "walk.yaml").write_text(FUTURES)
    made = make_experiment(sim.load_scenario(tmp_path / "walk.yaml"), replications=5, futures=2)
    for value in (1e308, 2.9, 9.1):
        with pytest.raises(sim.ExperimentError, match=r"'far_off' leave its range, 3 to 9"):
            run_batch(replace(made, futures=np.array([[value], [5]])), tmp_path / "out")
    for value in (math.nan, math.inf, None):
        with pytest.raises(sim.ExperimentError, match="finite"):
            replace(made, futures=np.array([[value], [5]]))


@pytest.mark.parametrize(
    "part",
    [{"kernel": "zzz"}, {"kernel": [1]}, {"complete": "no"}, {"engine": 5}, {"command": None}],
)
def test_a_manifest_changed_by_hand_is_damaged(tmp_path: Path, part: dict[str, Any]) -> None:
    out = tmp_path / "out"
    run_batch(study(tmp_path, replications=5), out)
    manifest = json.loads((out / MANIFEST).read_text())
    (out / MANIFEST).write_text(json.dumps(manifest | part))
    with pytest.raises(sim.ResultError, match="damaged"):
        verify(out)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("outcome.place", ["a"] * 5), ("outcome.place", [[1.0]] * 5), ("outcome.place", [math.inf] * 5),
        ("status", [77] * 5), ("status", ["x"] * 5), ("status", [None] * 5), ("events", ["x"] * 5),
        ("failed_state", ["{bad"] * 5), ("failed_state", ["[1]"] * 5), ("outcome.place", [1.0] * 5),
        ("failed_state", ["[" * 100_000] * 5), ("events", [-1] * 5), ("events", [10**9] * 5),
    ],
)  # fmt: skip
def test_a_shard_changed_by_hand_is_damaged(tmp_path: Path, name: str, values: list[Any]) -> None:
    """Also one whose digest was made anew; the words say what to do."""
    import pyarrow as pa

    made = study(tmp_path, model=ALWAYS_FAILING, replications=5)
    out = tmp_path / "out"
    run_batch(made, out)
    shard = open_directory(out)[0].shards[0]
    file = out / shard_name(shard)
    table = parquet_table(file.read_bytes())
    kind = {"status": pa.int32(), "outcome.place": pa.float64()}.get(name)
    try:
        column = pa.array(values, kind)
    except (pa.ArrowException, TypeError):
        column = pa.array(values)
    place = table.schema.get_field_index(name)
    rewritten(file, lambda table: table.set_column(place, name, column))
    with pytest.raises(sim.ResultError, match=r"shard 0 (is not a shard|holds)") as caught:
        load_results(out)
    assert "computes it again" in caught.value.diagnostics[0].help


def test_whatever_the_bytes_of_a_file_are_it_is_damaged_or_read(tmp_path: Path) -> None:
    """Bytes changed at random, each with a digest that fits, end in no other error."""
    made = study(tmp_path, FAILING, replications=20)
    out, rng, refused = tmp_path / "out", random.Random(1), 0
    run_batch(made, out, series=True)
    for file in (next((out / folder).glob("*.parquet")) for folder in (SHARDS, "series")):
        whole = file.read_bytes()
        for turn in range(150):
            content = bytearray(whole)
            for _ in range(rng.randint(1, 4)):
                content[rng.randrange(len(content))] = rng.randrange(256)
            content = content[: rng.randrange(len(content))] if turn % 5 == 0 else content
            file.write_bytes(content)
            Path(f"{file}.sha256").write_text(hashlib.sha256(content).hexdigest())
            try:
                load_results(out)
            except sim.ResultError:
                refused += 1
        file.write_bytes(whole)
        Path(f"{file}.sha256").write_text(hashlib.sha256(whole).hexdigest())
    assert refused > 200


def test_two_batches_in_one_directory(tmp_path: Path) -> None:
    made = study(tmp_path)
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out"), pytest.raises(sim.ResultError, match=f"process {os.getpid()}"):
        run_batch(made, tmp_path / "out")
    run_batch(made, tmp_path / "out")


def test_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\nfrom sim.storage.locations import place_of\n"
            "with place_of(sys.argv[1]).locked():\n    print('held', flush=True)\n    time.sleep(60)",
            str(tmp_path / "out"),
        ],
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(sim.ResultError, match=f"process {holder.pid}"),
            locked(tmp_path / "out"),
        ):
            pass
        holder.kill()
    with locked(tmp_path / "out"):
        pass


def damage_flip(path: Path) -> None:
    file = sorted((path / SHARDS).glob("*.parquet"))[1]
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def damage_cut(path: Path) -> None:
    file = sorted((path / SHARDS).glob("*.parquet"))[0]
    file.write_bytes(file.read_bytes()[:-20])


def damage_gone(path: Path) -> None:
    sorted((path / SHARDS).glob("*.parquet"))[2].unlink()


@pytest.mark.parametrize("damage", [damage_flip, damage_cut, damage_gone])
def test_damage_is_found_and_mended(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    made = study(tmp_path)
    path = tmp_path / "out"
    run_batch(made, path)
    before = contents(path)
    assert verify(path).fine
    damage(path)
    found = verify(path, sample=3)
    assert not found.fine
    assert len(found.damaged) == 1
    with pytest.raises(sim.ResultError, match="missing or damaged"):
        load_results(path)
    run_batch(made, path)
    assert contents(path) == before


def test_unfinished_is_not_damaged(tmp_path: Path) -> None:
    made = study(tmp_path)
    path = tmp_path / "out"
    run_batch(made, path)
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps(manifest | {"complete": False}))
    shards = sorted((path / SHARDS).glob("*.parquet"))
    for file in (shards[1], Path(f"{shards[1]}.sha256"), shards[2]):
        file.unlink()
    found = verify(path, sample=3)
    assert (found.unfinished, len(found.damaged), found.fine) == (1, 1, False)
    assert f"{SHARDS}/{shards[2].name}" in found.damaged


def test_other_series_are_added(tmp_path: Path) -> None:
    made = study(tmp_path)
    names = made.programs()[0].series
    first = run_batch(made, tmp_path / "out", series=names[:1]).trajectories
    assert first is not None and len(first.names) + len(first.shares) == 1
    more = run_batch(made, tmp_path / "out", series=names).trajectories
    assert more is not None and len(more.names) + len(more.shares) == len(names)
    run_batch(made, tmp_path / "two", series=names[:1])
    every = run_batch(made, tmp_path / "two", series=True).trajectories
    assert every is not None and len(every.names) + len(every.shares) == len(names)


def test_a_seed_has_an_end(tmp_path: Path) -> None:
    for seed in (-1, 10**15):
        with pytest.raises(sim.ExperimentError, match="seed must be an integer from 0 to"):
            study(tmp_path, replications=5, seed=seed)
    made = study(tmp_path, replications=5, seed=10**15 - 1)
    assert run_batch(made, tmp_path / "out", shard_rows=10**9).values.shape[2] == 5
    assert verify(tmp_path / "out").fine


def test_a_changed_row_is_found(tmp_path: Path) -> None:
    """A row changed together with its digest comes out otherwise when it is computed again."""
    from sim.storage.shards import read_table, to_parquet

    made = study(tmp_path, replications=40)
    path = tmp_path / "out"
    run_batch(made, path)
    shard = open_directory(path)[0].shards[0]
    file = path / shard_name(shard)
    table = read_table(file.read_bytes(), made, shard)
    changed = table.outcomes.copy()
    changed[5, 0] += 1
    content = to_parquet(made, shard, replace(table, outcomes=changed))
    file.write_bytes(content)
    file.with_name(file.name + ".sha256").write_text(hashlib.sha256(content).hexdigest())
    found = verify(path, sample=80)
    assert found.different == ("walk, future 0, replication 5",)


def rewritten(file: Path, change: Callable[[Any], Any]) -> None:
    """Change a Parquet file, and make its digest anew."""
    content = parquet_bytes(change(parquet_table(file.read_bytes())))
    file.write_bytes(content)
    Path(f"{file}.sha256").write_text(hashlib.sha256(content).hexdigest())


def replaced(name: str, change: Callable[[list[Any]], list[Any]]) -> Callable[[Any], Any]:
    import pyarrow as pa

    def act(table: Any) -> Any:
        at = table.schema.get_field_index(name)
        column = pa.array(change(table[name].to_pylist()), table.schema.field(name).type)
        return table.set_column(at, table.schema.field(name), column)

    return act


def test_all_is_all(tmp_path: Path) -> None:
    """One row of thousands, the words of a failure and a band are found, each with its digest made anew."""
    made = study(tmp_path, FAILING, replications=1_500)
    path = tmp_path / "out"
    run_batch(made, path, series=True)
    found = verify(path, sample=None)
    assert found.fine
    assert found.sampled == 3_000
    last = path / shard_name(open_directory(path)[0].shards[-1])
    before = last.read_bytes()
    rewritten(last, replaced("events", lambda column: [column[0] + 1, *column[1:]]))
    assert len(verify(path, sample=None).different) == 1
    told = fulcrum("verify", path, "--all", "-q")
    assert told.returncode == 1
    assert "computed again, it differs" in told.stderr
    last.write_bytes(before)
    rewritten(last, replaced("failed_message", lambda column: [m and f"{m}!" for m in column]))
    assert verify(path, sample=None).different == (
        f"{SHARDS}/{last.name}, in the words of what failed",
    )
    last.write_bytes(before)
    rewritten(last, lambda table: table)
    series = sorted((path / "series").glob("*.parquet"))[1]
    rewritten(series, replaced("place.q50", lambda column: [*column[:-1], column[-1] + 1]))
    assert verify(path).fine  # a sample is a sample
    assert verify(path, sample=None).different == ("the trajectories of uphill",)
    series.write_bytes(series.read_bytes()[:-1])
    assert verify(path, sample=0).damaged == (f"series/{series.name}",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "damaged"),
        ('{"format": 99}', "has format 99"),
        ('{"format": 1, "plan": {}}', "damaged"),
    ],
)
def test_other_manifests_are_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(sim.ResultError, match=words):
        load_results(tmp_path)


def test_a_manifest_changed_by_hand_is_refused(
    finished: tuple[Experiment, Path], tmp_path: Path
) -> None:
    manifest = json.loads((finished[1] / MANIFEST).read_text())
    manifest["plan"]["seed"] = 8
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(sim.ResultError, match="changed"):
        load_results(tmp_path)


def test_failed_runs_are_rows(tmp_path: Path) -> None:
    made = study(tmp_path, FAILING, replications=60)
    ensemble = run_batch(made, tmp_path / "out")
    memory = sim.run(made)
    assert ensemble.failures
    assert ensemble.failures == memory.failures
    assert np.isnan(ensemble.values[ensemble.failed]).all()
    first = ensemble.failures[0]
    assert first.code == "out-of-range"
    assert first.event == "step"
    assert "place" in first.state


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def words(*given: object) -> list[str]:
    return [sys.executable, "-m", "sim", *map(str, given)]


def fulcrum(*given: object, **kwargs: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words(*given),
        capture_output=True,
        text=True,
        timeout=120,
        **kwargs,  # type: ignore[call-overload]
    )


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    made = study(tmp_path)
    small = tmp_path / "disk"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(small)], capture_output=True
    )
    if mounted.returncode == 0:
        try:
            ended = fulcrum("run", made.scenarios[0].path, "-n", 40_000, "-o", small / "out", "-q")
            kept = contents(small / "out")
            leavings = list((small / "out" / SHARDS).glob(".*"))
        finally:
            subprocess.run(["umount", str(small)], check=True)
    else:
        many = MODEL + "".join(f"  far{i}: {{max: place * {i}.5}}\n" for i in range(40))
        (tmp_path / "walk.yaml").write_text(many)
        ended = fulcrum(
            "run",
            tmp_path / "walk.yaml",
            "-n",
            40_000,
            "-o",
            small / "out",
            "-q",
            preexec_fn=limited,
        )
        kept = contents(small / "out")
        leavings = list((small / "out" / SHARDS).glob(".*"))
    assert ended.returncode == 74, ended.stderr
    assert "Traceback" not in ended.stderr
    assert all(content[:4] == content[-4:] == b"PAR1" for content in kept.values())
    assert not leavings


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Make a folder read-only, for the superuser too: by a mount, else by its permissions."""
    options = ["--bind", "-o", "ro", str(path), str(path)]
    mounted = subprocess.run(["mount", *options], capture_output=True).returncode == 0
    if mounted:
        again = ["mount", "-o", "remount,bind,ro", str(path)]
        subprocess.run(again, check=True, capture_output=True)
    else:
        path.chmod(0o555)
    try:
        if not mounted and os.access(path, os.W_OK):
            pytest.skip("nothing here is read-only to this user")
        yield
    finally:
        if mounted:
            subprocess.run(["umount", str(path)], check=True)
        else:
            path.chmod(0o755)


def test_a_read_only_folder_is_said(tmp_path: Path) -> None:
    made = study(tmp_path)
    folder = tmp_path / "there"
    folder.mkdir()
    run_batch(made, folder / "part")
    run_batch(made, folder / "whole")
    sorted((folder / "part" / SHARDS).glob("*.parquet"))[0].unlink()
    with read_only(folder):
        for name in ("new", "part"):
            with pytest.raises((OSError, sim.ResultError)) as caught:
                run_batch(made, folder / name)
            assert isinstance(caught.value, OSError)
            assert caught.value.errno in (errno.EROFS, errno.EACCES)
            assert caught.value.filename == str(folder / name)
        ended = fulcrum("run", made.scenarios[0].path, "-o", folder / "new", "-q")
        assert ended.returncode == 74, ended.stderr
        assert "Traceback" not in ended.stderr
        assert verify(folder / "whole", sample=2).fine
        assert not load_results(folder / "whole").partial
    run_batch(made, folder / "part")
    assert contents(folder / "part") == contents(folder / "whole")


def test_a_vanished_folder_is_said(tmp_path: Path) -> None:
    made = study(tmp_path)

    def vanish(done: int, total: int) -> None:
        if done:
            shutil.rmtree(tmp_path / "out", ignore_errors=True)

    with pytest.raises(sim.ResultError, match="has vanished"):
        run_batch(made, tmp_path / "out", progress=vanish)
    assert not (tmp_path / "out" / MANIFEST).exists()


def test_a_file_system_without_locks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(sim.ResultError, match="without locks"):
        run_batch(study(tmp_path), tmp_path / "out")


def test_a_file_in_the_way(tmp_path: Path) -> None:
    made = study(tmp_path)
    (tmp_path / "out").write_text("")
    ended = fulcrum("run", made.scenarios[0].path, "-o", tmp_path / "out", "-q")
    assert ended.returncode == 74
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_it_keeps_what_is_finished(tmp_path: Path, number: int, code: int) -> None:
    made = study(tmp_path)
    given = words("run", made.scenarios[0].path, "-q", "-n", 3_000_000, "-o", tmp_path / "out")
    process = begun(given, tmp_path / "out", shards=6)
    deadline = time.monotonic() + 60
    while load_results(tmp_path / "out").experiment.replications < 5_000:  # without a gap
        assert time.monotonic() < deadline
    process.send_signal(number)
    with process:
        _, told = process.communicate(timeout=15)
    assert process.returncode == code, told
    assert "finished shards are kept" in told
    assert "Traceback" not in told
    assert not list((tmp_path / "out" / SHARDS).glob(".*"))
    stored = load_results(tmp_path / "out")
    assert stored.experiment.replications >= 5_000
    assert stored.partial
    again = sim.run(stored.experiment, cache=False)
    assert np.array_equal(stored.values, again.values, equal_nan=True)
    compared = fulcrum("compare", tmp_path / "out")
    assert compared.returncode == 0, compared.stderr
    assert "of 3,000,000 replications" in compared.stdout


def test_a_lock_that_a_signal_broke_ends_as_the_signal_does() -> None:
    """The signal may come inside a lock, whose release then fails with an error of its own."""
    code = (
        "import signal\n"
        "from sim.cli.signals import interruptible\n"
        "with interruptible():\n"
        "    try:\n"
        "        signal.raise_signal(signal.SIGTERM)\n"
        "    except SystemExit:\n"
        "        raise RuntimeError('release unlocked lock')\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 143, ended.stderr
    assert "Traceback" not in ended.stderr


SLOW = """\
model: ticks
time: {horizon: 40}
levers: {speed: {default: 1.0, range: [0.5, 8.0]}}
state: {n: {initial: 0.0}}
events:
  tick: {every: 0.002, do: "n += speed * uniform(0, 1)"}
outcomes: {n: {final: n}}
"""


def eight(folder: Path) -> list[str]:
    """A study of eight scenarios, 400 replications each, that lasts some seconds."""
    (folder / "ticks.yaml").write_text(SLOW)
    vary = "{speed: [1, 2, 3, 4, 5, 6, 7, 8]}"
    study = (
        f"experiment: eight\nscenarios: [ticks.yaml]\nvary: {vary}\nreplications: 400\nseed: 3\n"
    )
    (folder / "eight.yaml").write_text(study)
    return words("run", folder / "eight.yaml", "-q", "--format", "csv", "-o")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("eight")
    given = [*eight(folder), str(folder / "out")]
    return folder, subprocess.run(given, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_at_any_instant_it_can_be_compared_and_resumed(
    tmp_path: Path, uninterrupted: tuple[Path, str], number: int
) -> None:
    """From the first 25 replications of each scenario on, which is after a sixteenth of the work."""
    given = eight(tmp_path)
    whole, table = uninterrupted
    path = tmp_path / "out"
    seen = []
    for shards in (1, 12, 30):
        process = begun([*given, str(path)], path, shards)
        process.send_signal(number)
        with process:
            _, told = process.communicate(timeout=15)
        assert process.returncode in (-number, 128 + number), told
        directory, _ = open_directory(path)
        there = [directory.read(shard_name(shard)) is not None for shard in directory.shards]
        compared = fulcrum("compare", path, "--format", "csv")
        if all(there[:8]):
            assert compared.returncode == 0, compared.stderr
            assert re.search(r"Partial results: [\d,]+ of 3,200 replications", compared.stderr)
            seen.append(load_results(path).experiment.replications)
        else:
            assert compared.returncode == 74
            assert f"it has {sum(there)} of {len(there)} shards" in compared.stderr
    assert len(seen) >= 2
    assert seen == sorted(seen)
    assert 25 <= seen[0] < seen[-1] < 400
    resumed = subprocess.run([*given, path], capture_output=True, text=True, check=True)
    assert resumed.stdout == table
    assert contents(path) == contents(whole / "out")


def test_interrupted_before_a_shard_it_claims_none(tmp_path: Path) -> None:
    """Also while the directory is not there yet."""
    (tmp_path / "ticks.yaml").write_text(ENDLESS)
    for wait in ("out", "manifest"):
        path = tmp_path / wait
        given = words("run", tmp_path / "ticks.yaml", "-n", 200, "--kernel", "simpy", "-o", path)
        process = subprocess.Popen([*given, "--log-json", "-"], stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        assert '"begin"' in process.stderr.readline()
        while wait == "manifest" and not (path / MANIFEST).exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        with process:
            told = process.stderr.read()
        assert process.returncode == 130
        assert "interrupted" in told
        assert "kept" not in told


def test_a_directory_of_the_first_layout_is_read_and_resumed(tmp_path: Path) -> None:
    """Version 0.2.0 cut all shards alike, and said nothing of the first ones."""
    made = study(tmp_path, replications=9_000)
    path = tmp_path / "old"
    run_batch(made, path, shard_rows=5_000)
    plan = json.loads((path / MANIFEST).read_text())["plan"]
    assert "first_rows" not in plan and plan["shard_rows"] == 5_000
    before = contents(path)
    assert [len(parquet_table(content)) for content in before.values()] == [
        5_000,
        5_000,
        4_000,
        4_000,
    ]
    (path / shard_name(open_directory(path)[0].shards[2])).unlink()
    run_batch(made, path)
    assert contents(path) == before


def begun(given: list[str], path: Path, shards: int) -> subprocess.Popen[str]:
    """Start a batch and wait for its first shards, or for its manifest."""
    process = subprocess.Popen(given, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while len(contents(path)) < shards or not (path / MANIFEST).exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    return process


ENDLESS = """\
model: ticks
time: {horizon: 1000}
state: {n: {initial: 0.0}}
events:
  tick: {every: 0.002, do: "n += uniform(0, 1)"}
outcomes: {n: {final: n}}
"""


@pytest.mark.parametrize("kernel", ["simpy", "compiled"])
@pytest.mark.parametrize("twice", [False, True])
def test_long_replications_do_not_hold_it_up(tmp_path: Path, kernel: str, twice: bool) -> None:
    """A replication of half a million events lasts; the end does not, and the second is at once."""
    (tmp_path / "ticks.yaml").write_text(ENDLESS)
    given = words("run", tmp_path / "ticks.yaml", "-n", 20_000, "-o", tmp_path / "out")
    process = begun([*given, "--kernel", kernel], tmp_path / "out", shards=0)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    if twice:
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
    with process:
        _, told = process.communicate(timeout=15)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    with locked(tmp_path / "out"):
        pass


def test_parquet_carries_units_and_labels(finished: tuple[Experiment, Path]) -> None:
    import pyarrow.parquet as pq

    file = sorted((finished[1] / SHARDS).glob("*.parquet"))[0]
    field = pq.read_schema(file).field("outcome.place")
    assert field.metadata == {b"unit": b"m", b"label": b"Place", b"statistic": b"final"}


def test_the_size_of_a_shard_changes_nothing(
    finished: tuple[Experiment, Path], tmp_path: Path
) -> None:
    made, path = finished
    whole = load_results(path)
    for rows in (700, 12_001):
        stored = run_batch(made, tmp_path / str(rows), shard_rows=rows)
        assert np.array_equal(stored.values, whole.values, equal_nan=True)
        assert stored.events == whole.events
    again = run_batch(made, tmp_path / "700", shard_rows=50)  # those that are there stay
    assert np.array_equal(again.values, whole.values, equal_nan=True)


FUTURES = MODEL.replace(
    "levers:", "parameters: {far_off: {assume: 6, range: [3, 9]}}\nlevers:"
).replace("place > 6", "place > far_off")


@pytest.mark.parametrize("rows", [7, 100])
def test_parts_of_futures_can_be_read(tmp_path: Path, rows: int) -> None:
    """The first shards have the first replications of every future, or, if small, the first futures."""
    file = tmp_path / "walk.yaml"
    file.write_text(FUTURES)
    scenario = sim.load_scenario(file)
    other = scenario.with_settings({"drift": 0.7}, "uphill")
    made = make_experiment([scenario, other], replications=30, seed=1, futures=12)
    whole = run_batch(made, tmp_path / "out", shard_rows=rows)
    assert np.array_equal(whole.values, sim.run(made).values, equal_nan=True)
    directory, content = open_directory(tmp_path / "out")
    manifest = json.dumps(content | {"complete": False})
    (tmp_path / "out" / MANIFEST).write_text(manifest)
    for shard in directory.shards[3:]:
        (tmp_path / "out" / shard_name(shard)).unlink()
    part = load_results(tmp_path / "out")
    shape = part.failed.shape
    assert shape == ((2, 6, 1) if rows == 7 else (2, 12, 8)), shape
    assert np.array_equal(part.values, whole.values[:, : shape[1], : shape[2]], equal_nan=True)
    assert part.partial


def test_trajectories_are_kept_when_asked(tmp_path: Path) -> None:
    made = study(tmp_path, replications=300)
    stored = run_batch(made, tmp_path / "out", series=True)
    memory = sim.run(made, series=True).trajectories
    assert stored.trajectories is not None
    assert memory is not None
    assert np.array_equal(stored.trajectories.bands, memory.bands, equal_nan=True)
    assert np.array_equal(stored.trajectories.samples, memory.samples, equal_nan=True)
    assert stored.trajectories.names == memory.names
    assert stored.trajectories.n == memory.n
    files = sorted((tmp_path / "out" / "series").glob("*.parquet"))
    assert len(files) == 2
    before = [file.read_bytes() for file in files]
    files[0].write_bytes(before[0][:-1])
    assert load_results(tmp_path / "out").trajectories is None
    run_batch(made, tmp_path / "out", series=True)
    assert [file.read_bytes() for file in files] == before


@pytest.mark.parametrize("scheme", ["memory", "file", "simplecache"])
def test_addresses_of_fsspec(tmp_path: Path, scheme: str) -> None:
    made = study(tmp_path)
    run_batch(made, tmp_path / "here")
    if scheme == "simplecache":
        with pytest.raises(sim.ExperimentError, match="bad-address"):
            run_batch(made, "nonsense://there")
        return
    address = f"{scheme}://{tmp_path}/out" if scheme == "file" else "memory://runs/out"
    stored = run_batch(made, address)
    assert np.array_equal(stored.values, load_results(tmp_path / "here").values)
    place = place_of(address)
    here, _ = open_directory(tmp_path / "here")
    for shard in here.shards:
        assert place.read(shard_name(shard)) == here.place.read(shard_name(shard))
    name = shard_name(here.shards[1])
    place.write(name, b"damaged")
    assert verify(address).damaged == (name,)
    run_batch(made, address)
    assert verify(address).fine
    with pytest.raises(sim.ResultError, match=r"seed 7, not 8"):
        run_batch(study(tmp_path, seed=8), address)


def test_other_file_systems_are_written_beside_and_moved(tmp_path: Path) -> None:
    """As those where a file that is being written can be seen: a stand-in for sftp, hdfs, smb."""
    import importlib

    memory = importlib.import_module("fsspec.implementations.memory").MemoryFileSystem()
    place = Remote(memory, "/elsewhere/out", "sftp")
    place.make("shards")
    seen = []
    moved = memory.mv
    memory.mv = lambda a, b: (seen.append((a, b)), moved(a, b))
    try:
        place.write("shards/one", b"content")
    finally:
        del memory.mv
    assert place.read("shards/one") == b"content"
    assert place.names() == {"shards"}
    ((beside, last),) = seen
    assert beside.rpartition("/")[2].startswith(".one.")
    assert last == "/elsewhere/out/shards/one"


def test_the_log_says_what_happens(tmp_path: Path) -> None:
    made = study(tmp_path, FAILING, replications=60)
    log = tmp_path / "log"
    path = made.scenarios[0].path
    ended = fulcrum("run", path, "-n", 6_000, "-o", tmp_path / "out", "--log-json", log)
    assert ended.returncode == 1
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0]["event"] == "begin"
    assert lines[0]["replications"] == 6_000
    assert [line["shard"] for line in lines if "shard" in line]
    assert lines[-1]["event"] == "end"
    assert lines[-1]["failed"] > 0
    assert all("time" in line for line in lines)
    told = fulcrum("run", path, "-n", 60, "--log-json", "-", "-q").stderr.splitlines()
    assert json.loads(told[0])["event"] == "begin"


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    """A bar with rate and time left, and a visible cursor at the end."""
    made = study(tmp_path)
    ours, theirs = pty.openpty()
    given = words("run", made.scenarios[0].path, "-n", 400_000, "-o", tmp_path / "out")
    process = subprocess.Popen(given, stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    assert process.wait(timeout=60) == 0
    text = shown.decode()
    assert "/400000" in text
    assert re.search(r"\d/s", text)
    assert re.search(r"\d:\d\d", text)
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_quiet_is_quiet(tmp_path: Path) -> None:
    made = study(tmp_path)
    assert fulcrum("run", made.scenarios[0].path, "-o", tmp_path / "out", "-q").stderr == ""


def test_plain_lines_where_there_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.cli import progress

    monkeypatch.setitem(progress.EVERY, "line", 0.0)
    made = study(tmp_path, replications=100)
    with progress.Meter(quiet=False) as meter:
        meter.begin(made)
        meter.update(0, 200)
        time.sleep(0.01)
        meter.update(50, 200)
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.fullmatch(r"50 of 200 replications(, [\d,]+ a second, \d+ s left)?", last)


def test_what_is_too_large_for_memory_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.execution import runner as running
    from sim.storage.batch import write_batch

    made = study(tmp_path, replications=600)
    monkeypatch.setattr(running, "MAX_VALUES", 1_000)
    write_batch(made, tmp_path / "out", shard_rows=100)
    assert len(contents(tmp_path / "out")) == 12
    with pytest.raises(sim.ResultError, match="do not fit in memory"):
        load_results(tmp_path / "out")


def test_failures_of_a_batch_too_large_to_load_set_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer

    from sim.cli.runs import run
    from sim.execution import runner as running
    from sim.storage.results import count_failed

    made = study(tmp_path, FAILING, replications=400)
    run_batch(made, tmp_path / "out")
    wanted = count_failed(tmp_path / "out")
    assert wanted == len(load_results(tmp_path / "out").failures) > 0
    monkeypatch.setattr(running, "MAX_VALUES", 10)
    with pytest.raises(typer.Exit) as leave:
        run(
            [Path(made.scenarios[0].path)],
            output=str(tmp_path / "large"),
            replications=400,
            quiet=True,
        )
    assert leave.value.exit_code == 1
