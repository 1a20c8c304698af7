"""Batches that are killed, lose a worker or fill a disk.

`python benchmarks/durability.py [--kills N] [--quick]`

Every shipped study runs as a batch from the command line. The process is killed at random moments and
begun again until all kills are spent; then its shards are compared with those of a run that nothing
disturbed. Once more with a Dask worker that is killed, and on a disk that fills up (a real small one
where this user may mount it, else a limit on the size of files).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.storage.batch import run_batch
from sim.storage.executors import cluster
from sim.study.files import load
from sim.study.shipped import shipped_studies

#: Replications of each scenario: enough that a kill hits a batch at work.
ROWS = 2_000
Contents = dict[str, str]


def words(study: Path, folder: Path) -> list[str]:
    """Return the command that runs a study as a batch, or resumes it."""
    named = [
        str(study / "compare.yaml"),
        "--futures",
        "0",
        "-n",
        str(ROWS),
        "-o",
        str(folder),
        "-q",
    ]
    return [sys.executable, "-m", "sim", "run", *named]


def batch(study: Path, folder: Path, **options: Any) -> int:
    """Run a study as a batch, say nothing, and return the exit code."""
    return subprocess.run(words(study, folder), capture_output=True, **options).returncode


def contents(folder: Path) -> Contents:
    """Return the digest of every shard."""
    shards = sorted(folder.rglob("*.parquet"))
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in shards}


def half_files(folder: Path) -> int:
    """Count the shards that begin or end otherwise than a Parquet file does."""
    ends = [(p.read_bytes()[:4], p.read_bytes()[-4:]) for p in folder.rglob("*.parquet")]
    return sum(pair != (b"PAR1", b"PAR1") for pair in ends)


def killed(study: Path, home: Path, kills: int, rng: random.Random) -> tuple[int, int, int, bool]:
    """Kill a batch some times; return kills, those at work, half files seen, and whether it ended alike."""
    whole, folder, done, at_work, halves = home / "whole", home / "turn0", 0, 0, 0
    begun = time.perf_counter()
    assert batch(study, whole) == 0
    seconds = time.perf_counter() - begun
    turn, alike = 0, True
    while done < kills:
        process = subprocess.Popen(
            words(study, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            alike &= process.wait(timeout=rng.uniform(0.3, 1.0) * seconds) == 0
            alike &= contents(folder) == contents(whole)
            turn += 1
            folder = home / f"turn{turn}"
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            done += 1
            at_work += 0 < len(contents(folder)) < len(contents(whole))
            halves += half_files(folder)
    alike &= batch(study, folder) == 0 and contents(folder) == contents(whole)
    verify = [sys.executable, "-m", "sim", "verify", str(folder), "-q"]
    alike &= subprocess.run(verify, capture_output=True).returncode == 0
    return done, at_work, halves, alike


def worker_dies(study: Path, home: Path) -> bool:
    """Run a study on two Dask workers of which one is killed; say whether the shards are the same."""
    import dask
    import distributed

    made = load([study / "compare.yaml"], futures=0, replications=30 * ROWS)
    run_batch(made, home / "alone")
    dead: list[int] = []
    with (
        dask.config.set(
            {"distributed.scheduler.allowed-failures": 0, "logging.distributed": "error"}
        ),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as two,
    ):

        def kill_one(done: int, total: int) -> None:
            if not dead and done:
                dead.append(next(iter(two.workers.values())).pid)
                os.kill(dead[0], signal.SIGKILL)

        run_batch(made, home / "spread", executor=cluster(two.scheduler_address), progress=kill_one)
    return bool(dead) and contents(home / "spread") == contents(home / "alone")


def disk_fills(study: Path, home: Path) -> tuple[int, int, int, bool]:
    """Run a study on a full disk; return exit code, shards kept, half files, and if it was resumed."""
    small = home / "disk"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)]
    mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        ended = batch(study, small / "out", preexec_fn=None if mounted else limited)
        kept, halves = len(contents(small / "out")), half_files(small / "out")
        if mounted:
            subprocess.run([*mount[:4], "remount,size=300m", *mount[5:]], check=True)
        again = batch(study, small / "out") == 0 == batch(study, home / "roomy")
        return ended, kept, halves, again and contents(small / "out") == contents(home / "roomy")
    finally:
        if mounted:
            subprocess.run(["umount", str(small)], check=True)


def limited() -> None:
    """Limit the size of files, for a user who may not mount a small disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def each(kills: int, studies: dict[str, Path], row: Callable[..., None]) -> None:
    """Kill every study its part of the kills."""
    rng = random.Random(5)
    for at, (name, study) in enumerate(studies.items()):
        part = kills // len(studies) + (at < kills % len(studies))
        with tempfile.TemporaryDirectory() as home:
            row(f"kill -9, {name}", *killed(study, Path(home), part, rng))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--quick", action="store_true", help="two kills of one small study")
    chosen = asked.parse_args()
    kills = 2 if chosen.quick else chosen.kills
    os.environ["FULCRUM_CACHE"] = "off"
    studies = shipped_studies()
    study = studies["port_strike"]
    if chosen.quick:
        studies = {study.name: study}
    print(f"{'':34}{'kills':>8}{'at work':>10}{'half files':>12}{'same at the end':>17}")

    def row(what: str, *found: object) -> None:
        wide = (8, 10, 12, 17)
        print(
            f"{what:34}" + "".join(f"{value!s:>{w}}" for value, w in zip(found, wide, strict=True))
        )

    each(kills, studies, row)
    with tempfile.TemporaryDirectory() as home:
        print(f"a Dask worker killed: same shards {worker_dies(study, Path(home))}")
    with tempfile.TemporaryDirectory() as home:
        code, kept, halves, same = disk_fills(study, Path(home))
        print(
            f"full disk: exit {code}, {kept} shards kept, {halves} half files, same after more room {same}"
        )


if __name__ == "__main__":
    main()
