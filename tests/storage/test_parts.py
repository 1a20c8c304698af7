"""A batch in parts, as an array job runs them: in one directory or in several, the same bytes."""

from __future__ import annotations

import hashlib
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from test_batch import begun, contents, eight, fulcrum, study, words

import sim
from sim.storage.batch import run_batch, write_batch
from sim.storage.locations import place_of
from sim.storage.merge import merge_directories
from sim.storage.results import load_results
from sim.storage.run_directory import MANIFEST, SHARDS, open_directory
from sim.storage.verification import verify
from sim.study.experiment import Experiment


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Path]:
    folder = tmp_path_factory.mktemp("whole")
    made = study(folder, replications=2_000)
    run_batch(made, folder / "out")
    return made, folder / "out"


def test_parts_at_the_same_time_in_one_directory(tmp_path: Path) -> None:
    """Real processes, started together; one is killed and run again, and the last says complete."""
    given = eight(tmp_path)
    path = tmp_path / "out"
    alone = subprocess.run([*given, tmp_path / "alone"], capture_output=True, text=True, check=True)
    begin = [[*given, str(path), "--part", f"{k}/3"] for k in (1, 2, 3)]
    both = [subprocess.Popen(part, stderr=subprocess.PIPE, text=True) for part in begin[:2]]
    killed = begun(begin[2], path, 0)
    first = [path / SHARDS / f"shard-0000{number}.parquet.sha256" for number in (2, 5)]
    with killed:
        while not all(file.exists() for file in first):  # its shards of the first replications
            assert killed.poll() is None
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    for process in both:
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
    assert not open_directory(path)[1]["complete"]
    assert load_results(path).partial
    subprocess.run(begin[2], check=True, timeout=60)
    assert open_directory(path)[1]["complete"]
    assert contents(path) == contents(tmp_path / "alone")
    ended = subprocess.run([*given, path], capture_output=True, text=True, check=True)
    assert ended.stdout == alone.stdout
    assert not list(path.rglob(".*.*.fulcrum"))


def test_parts_in_directories_of_their_own_are_merged(
    whole: tuple[Experiment, Path], tmp_path: Path
) -> None:
    made, alone = whole
    parts = [tmp_path / f"part{k}" for k in range(4)]
    for k, part in enumerate(parts):
        write_batch(made, part, part=(k + 1, 4))
    sizes = [len(contents(part)) for part in parts]
    assert sum(sizes) == len(contents(alone)) and max(sizes) - min(sizes) <= 1
    assert fulcrum("merge", tmp_path / "out", *parts, "-q").returncode == 0
    assert contents(tmp_path / "out") == contents(alone)
    assert verify(tmp_path / "out", sample=None).fine
    manifest, other = (open_directory(path)[1] for path in (tmp_path / "out", alone))
    assert manifest["digest"] == other["digest"] and manifest["complete"]
    merge_directories(parts[0], parts[1:])  # also into one of them
    assert contents(parts[0]) == contents(alone)


def test_a_missing_part_is_said_and_what_is_there_can_be_used(
    whole: tuple[Experiment, Path], tmp_path: Path
) -> None:
    made, alone = whole
    for k in (1, 2):
        write_batch(made, tmp_path / f"{k}", part=(k, 3))
    ended = fulcrum("merge", tmp_path / "out", tmp_path / "1", tmp_path / "2", tmp_path / "2")
    assert ended.returncode == 1
    missing = len(open_directory(alone)[0].shards[2::3])
    assert f"{missing} of {len(contents(alone))} shards are missing" in ended.stderr
    assert not open_directory(tmp_path / "out")[1]["complete"]
    run_batch(made, tmp_path / "out")
    assert contents(tmp_path / "out") == contents(alone)


def test_parts_that_do_not_belong_together_are_refused(
    whole: tuple[Experiment, Path], tmp_path: Path
) -> None:
    made, _ = whole
    one, out = tmp_path / "one", tmp_path / "out"
    write_batch(made, one, part=(1, 2))
    run_batch(study(tmp_path, replications=2_000, seed=8), tmp_path / "foreign")
    run_batch(made, tmp_path / "cut", shard_rows=500)
    (tmp_path / "away").mkdir()
    run_batch(study(tmp_path / "away", replications=2_000), tmp_path / "moved")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    for source, why in (
        ("foreign", "seed 8, not 7"), ("moved", "files have other names"),
        ("cut", "cuts into shards differ"), ("mine", "no results"),
        ("nowhere", "no results"),
    ):  # fmt: skip
        with pytest.raises(sim.ResultError, match=why):
            merge_directories(out, [one, tmp_path / source])
    assert not out.exists()
    with pytest.raises(sim.ResultError, match="not empty"):
        merge_directories(tmp_path / "mine", [one])
    with pytest.raises(sim.ResultError, match="another experiment"):
        merge_directories(tmp_path / "foreign", [one])
    twin = tmp_path / "twin"
    shutil.copytree(one, twin)
    shard = sorted((twin / SHARDS).glob("*.parquet"))[0]
    shard.write_bytes(b"other")
    with pytest.raises(sim.ResultError, match=f"{shard.name}' is damaged"):
        merge_directories(out, [one, twin])
    Path(f"{shard}.sha256").write_text(hashlib.sha256(b"other").hexdigest())
    with pytest.raises(sim.ResultError, match=f"differ in {SHARDS}/{shard.name}"):
        merge_directories(out, [one, twin])
    text = (twin / MANIFEST).read_text()
    (twin / MANIFEST).write_text(text.replace(open_directory(twin)[1]["engine"], "0" * 32))
    with pytest.raises(sim.ResultError, match="another version of the engine"):
        merge_directories(tmp_path / "new", [one, twin])


def test_a_part_keeps_its_like_and_a_whole_batch_out(tmp_path: Path) -> None:
    made = study(tmp_path, replications=200)
    out = tmp_path / "out"
    out.mkdir()
    with place_of(out).locked("1/2"):
        write_batch(made, out, part=(2, 2))
        with pytest.raises(sim.ResultError, match=r"out', part '1/2' is in use by process \d+"):
            write_batch(made, out, part=(1, 2))
        with pytest.raises(sim.ResultError, match="is in use"):
            write_batch(made, out)
    with place_of(out).locked(), pytest.raises(sim.ResultError, match="is in use by process"):
        write_batch(made, out, part=(1, 2))
    write_batch(made, out, part=(1, 2))
    assert not load_results(out).partial


@pytest.mark.parametrize("part", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2", "1/2/3", "", "¹/2"])
def test_what_is_no_part_is_refused(tmp_path: Path, part: str) -> None:
    path = study(tmp_path).scenarios[0].path
    ended = fulcrum("run", path, "-o", tmp_path / "out", "--part", part)
    assert ended.returncode == 2
    assert "is not a part" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_what_a_part_cannot_do(tmp_path: Path) -> None:
    path = study(tmp_path).scenarios[0].path
    for more, why in (
        (["--part", "1/2"], "--part needs a directory"),
        (["--part", "1/2", "-o", tmp_path / "out", "--series"], "not run in parts"),
    ):
        ended = subprocess.run(words("run", path, *more), capture_output=True, text=True)
        assert ended.returncode == 2
        assert why in ended.stderr
