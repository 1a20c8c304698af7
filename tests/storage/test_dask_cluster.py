"""Batches on a Dask cluster: the same bytes, whoever dies meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_batch import begun, contents, study, words

import sim
from sim.storage.batch import run_batch
from sim.storage.executors import cluster
from sim.storage.results import load_results

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")


@pytest.fixture
def two() -> Iterator[Any]:
    """A cluster of two workers, which gives a task up at the first death."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as started,
    ):
        yield started


def test_the_same_bytes_though_a_worker_dies(tmp_path: Path, two: Any) -> None:
    made = study(tmp_path, replications=40_000)
    run_batch(made, tmp_path / "alone")
    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        if not killed and done > 0:
            killed.append(next(iter(two.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    run_batch(made, tmp_path / "spread", executor=cluster(two.scheduler_address), progress=kill_one)
    assert killed
    assert contents(tmp_path / "spread") == contents(tmp_path / "alone")


def poison() -> Any:
    """Return what makes shard 3 kill every worker that computes it."""

    class Poison(distributed.WorkerPlugin):
        name = "poison"

        def setup(self, worker: Any) -> None:
            import os
            import signal

            from sim.storage import dask_cluster as clusters
            from sim.storage import shards

            def compute(experiment: Any, shard: Any, kernel: Any) -> bytes:
                if shard.number == 3:
                    os.kill(os.getpid(), signal.SIGKILL)
                return shards.compute_shard(experiment, shard, kernel)

            clusters.compute_shard = compute

    return Poison()


def test_a_shard_that_kills_its_workers_is_named_and_the_others_kept(
    tmp_path: Path, two: Any
) -> None:
    made = study(tmp_path, replications=30_000)
    with distributed.Client(two) as client:
        client.register_plugin(poison())
    with pytest.raises(
        sim.ResultError, match=r"shard 3 killed the worker that computed it 3 times"
    ):
        run_batch(made, tmp_path / "out", executor=cluster(two.scheduler_address), shard_rows=5_000)
    assert len(contents(tmp_path / "out")) == 11
    part = load_results(tmp_path / "out")
    assert part.experiment.replications == 5_000  # shard 3 has the second 5,000
    run_batch(made, tmp_path / "out")
    run_batch(made, tmp_path / "alone", shard_rows=5_000)
    assert contents(tmp_path / "out") == contents(tmp_path / "alone")


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_lost_scheduler_ends_the_batch_and_loses_nothing(tmp_path: Path, number: int) -> None:
    """In clean words: nothing of Dask's own complaints is shown."""
    path, out = study(tmp_path).scenarios[0].path, tmp_path / "out"
    scheduler = started(
        "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
    )
    with scheduler:
        assert scheduler.stderr is not None
        found = None
        while found is None:
            found = re.search(r"tcp://127\.0\.0\.1:\d+", scheduler.stderr.readline())
        worker = started("distributed.cli.dask_worker", found[0], "--nthreads", "1", "--no-nanny")
        given = words("run", path, "-n", 3_000_000, "-o", out, "--cluster", found[0], "-q")
        with worker:
            try:
                process = begun(given, out, 2)
                began = time.monotonic()
                scheduler.send_signal(number)
                with process:
                    _, told = process.communicate(timeout=60)
            finally:
                worker.kill()
                scheduler.kill()
    assert time.monotonic() - began < 60
    assert process.returncode == 74, told
    first, help = told.strip().split("\n")
    assert first.startswith("lost-cluster: ")
    assert "what is finished is kept" in help
    assert len(contents(out)) >= 2


def test_the_command_line_starts_a_cluster(tmp_path: Path) -> None:
    made = study(tmp_path, replications=10)
    given = words("run", made.scenarios[0].path, "-n", 12_000, "--format", "json")
    alone = subprocess.run(given, capture_output=True, text=True, timeout=60)
    there = subprocess.run(
        [*given, "--cluster", "local:1", "-o", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert there.returncode == 0, there.stderr
    assert there.stdout == alone.stdout
    assert re.search(r"dashboard at http://127\.0\.0\.1:\d+/status", there.stderr)
    assert "Traceback" not in there.stderr


def test_ctrl_c_ends_the_cluster_too(tmp_path: Path) -> None:
    made = study(tmp_path, replications=10)
    given = words("run", made.scenarios[0].path, "-n", 3_000_000, "-o", tmp_path / "out")
    process = subprocess.Popen(
        [*given, "--cluster", "local:2"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        deadline = time.monotonic() + 60
        while len(contents(tmp_path / "out")) < 4:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to the workers too
        _, told = process.communicate(timeout=15)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    for _ in range(50):  # no process stays behind
        if subprocess.run(["pgrep", "-g", str(process.pid)], capture_output=True).returncode:
            break
        time.sleep(0.1)
    else:
        pytest.fail("workers are still there")


@pytest.mark.parametrize("address", ["local:0", "local:x", "http://there", "nowhere"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(sim.ExperimentError, match="bad-cluster"):
        cluster(address)


@pytest.mark.parametrize(
    "address", ["tcp://10.0.0.1:8786", "tcp://example.org:8786", "tcp://[fe80::1]:1"]
)
def test_another_machine_wants_encryption(address: str) -> None:
    with pytest.raises(sim.ExperimentError, match="insecure-cluster"):
        cluster(address)
    assert cluster(address, insecure=True)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://localhost:1", "tcp://[::1]:1"])
def test_nobody_answers(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.storage.dask_cluster.ANSWER", "1s")
    with pytest.raises(sim.ResultError, match="no scheduler answers"):
        run_batch(study(tmp_path, replications=10), tmp_path / "out", executor=cluster(address))
