"""Batches against what happens to them: kills, locks, a full disk, a flipped byte, a dead worker."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.batch import run_batch, verify
from sim.executors import cluster
from sim.experiment import Experiment, plan
from sim.places import place_of
from sim.store import MANIFEST, SHARDS, load_results, open_directory, shard_name

MODEL = """\
model: walk
time: {horizon: 20}
levers: {drift: {default: 0.5, range: [0.0, 1.0]}}
state: {place: {initial: 0, range: [-1000, 1000]}}
events:
  step:
    every: 1
    do: |
      if bernoulli(drift):
        place += 1
      else:
        place -= 1
outcomes:
  place: {final: place, unit: m, label: Place}
  far: {ever: place > 6}
"""
FAILING = MODEL.replace("[-1000, 1000]", "[-12, 12]")


def study(
    folder: Path, model: str = MODEL, replications: int = 12_000, seed: int = 7
) -> Experiment:
    file = folder / "walk.yaml"
    file.write_text(model)
    scenario = sim.load_scenario(file)
    other = scenario.with_settings({"drift": 0.7}, "uphill")
    return plan([scenario, other], replications=replications, seed=seed)


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


SCRIPT = """\
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_batch import study
from sim.batch import run_batch
folder = Path({folder!r})
run_batch(study(folder, replications={n}), folder / "out")
"""


def command(folder: Path, n: int = 60_000) -> list[str]:
    here = str(Path(__file__).parent)
    return [sys.executable, "-c", SCRIPT.format(here=here, folder=str(folder), n=n)]


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


@pytest.mark.slow
def test_killed_at_any_instant_and_resumed(tmp_path: Path) -> None:
    """At least fifty kills at random instants; never a half file, and the same rows at the end."""
    whole = tmp_path / "whole"
    whole.mkdir()
    subprocess.run(command(whole), check=True, timeout=120)
    rng = random.Random(5)
    killed = 0
    folder = tmp_path / "killed0"
    folder.mkdir()
    while killed < 50:
        process = subprocess.Popen(command(folder))
        try:
            process.wait(timeout=rng.uniform(0.3, 1.6))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
        else:
            assert process.returncode == 0
            assert contents(folder / "out") == contents(whole / "out")
            folder = tmp_path / f"killed{killed}"
            folder.mkdir()
        found = folder / "out"
        if (found / MANIFEST).exists():
            directory, _ = open_directory(found)
            for shard in directory.shards:
                content = directory.read(shard_name(shard))
                assert content is None or content[:4] == content[-4:] == b"PAR1"
    subprocess.run(command(folder), check=True, timeout=120)
    assert contents(folder / "out") == contents(whole / "out")


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
        if shard.first == 0:
            for name in (shard_name(shard), shard_name(shard) + ".sha256"):
                (part / name).write_bytes((path / name).read_bytes())
    stored = load_results(part)
    assert stored.partial
    assert "10,000 of 24,000" in stored.partial_note
    assert stored.experiment.replications == 5_000
    assert np.array_equal(stored.values, load_results(path).values[:, :, :5_000])


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
    assert [p.name for p in (tmp_path / "mine").iterdir() if p.name != ".lock"] == ["letter.txt"]


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
            "import sys, time\nfrom sim.places import place_of\n"
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


def test_a_changed_row_is_found(tmp_path: Path) -> None:
    """A row changed together with its digest comes out otherwise when it is computed again."""
    import hashlib
    from dataclasses import replace

    from sim.shards import read_table, to_parquet

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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "damaged"),
        ("{", "damaged"),
        ("[]", "of format None"),
        ('{"format": 99}', "of format 99"),
        ('{"format": 1, "plan": {}}', "changed"),
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


def test_a_file_in_the_way(tmp_path: Path) -> None:
    made = study(tmp_path)
    (tmp_path / "out").write_text("")
    ended = fulcrum("run", made.scenarios[0].path, "-o", tmp_path / "out", "-q")
    assert ended.returncode == 74
    assert "Traceback" not in ended.stderr


def test_interrupted_it_keeps_what_is_finished(tmp_path: Path) -> None:
    made = study(tmp_path)
    process = subprocess.Popen(
        words("run", made.scenarios[0].path, "-q", "-n", 3_000_000, "-o", tmp_path / "out"),
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        deadline = time.monotonic() + 60
        while len(list((tmp_path / "out").glob(f"{SHARDS}/*.parquet"))) < 6:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert time.monotonic() - began < 2.5
    assert process.returncode == 130, told
    assert "what is finished is kept" in told
    assert "Traceback" not in told
    assert load_results(tmp_path / "out").experiment.replications >= 5_000


def test_a_cluster_gives_the_same_bytes_though_a_worker_dies(tmp_path: Path) -> None:
    distributed = (
        pytest.importorskip("distributed") if "CI" not in os.environ else __import__("distributed")
    )
    made = study(tmp_path, replications=60_000)
    run_batch(made, tmp_path / "alone")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as local:
        killed: list[int] = []

        def kill_one(done: int, total: int) -> None:
            if not killed and done > 0:
                pid = next(iter(local.workers.values())).pid
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

        run_batch(
            made, tmp_path / "spread", executor=cluster(local.scheduler_address), progress=kill_one
        )
    assert killed
    assert contents(tmp_path / "spread") == contents(tmp_path / "alone")


@pytest.mark.parametrize("address", ["local:0", "local:x", "http://there", "nowhere"])
def test_other_addresses_are_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(sim.ExperimentError, match="bad-cluster"):
        run_batch(study(tmp_path, replications=10), tmp_path / "out", executor=cluster(address))


def test_parquet_carries_units_and_labels(finished: tuple[Experiment, Path]) -> None:
    import pyarrow.parquet as pq

    file = sorted((finished[1] / SHARDS).glob("*.parquet"))[0]
    field = pq.read_schema(file).field("outcome.place")
    assert field.metadata == {b"unit": b"m", b"label": b"Place", b"statistic": b"final"}
