"""Runs and batches: what the house adds to the kernel, and where a cluster meets its limit.

`python benchmarks/batches.py [--quick] [--cluster]`: without the last nothing of Dask is measured.
"""

from __future__ import annotations

import heapq
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import sim
from sim import kept as disk
from sim.execution import chunks as pieces
from sim.storage.batch import run_batch, write_batch
from sim.storage.executors import cluster
from sim.storage.locations import Folder
from sim.storage.merge import merge_directories
from sim.storage.results import load_results
from sim.storage.run_directory import open_directory
from sim.storage.shards import compute, to_parquet

STUDY = Path(__file__).parent.parent / "scenarios" / "ukraine_2025"
CORES = os.cpu_count() or 1
#: Rows of a shard that the study of scale tries.
SIZES = (5_000, 50_000, 500_000)
QUICK = "--quick" in sys.argv


def timed(call: Callable[[], object], turns: int = 3) -> tuple[float, float]:
    """Return the least wall time, and the least processor time, of some turns."""
    walls, cpus = [], []
    for _ in range(1 if QUICK else turns):
        wall, cpu = time.perf_counter(), time.process_time()
        call()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)


def line(what: str, wall: float, cpu: float | None = None) -> None:
    spent = "" if cpu is None else f"{cpu * 1e3:10.1f} ms of processor"
    print(f"{what:58}{wall * 1e3:10.1f} ms{spent}")


def runs(experiment: sim.Experiment) -> None:
    series = [name for name in experiment.programs()[0].series if name in experiment.model.derived][
        :10
    ]
    sim.run(experiment, cache=False)
    size = f"{len(experiment.scenarios)} scenarios × {experiment.replications:,}"
    line(size, *timed(lambda: sim.run(experiment, cache=False)))
    line(
        f"{size}, bands of 10 series",
        *timed(lambda: sim.run(experiment, cache=False, series=series)),
    )
    line(
        f"{size}, bands of all series",
        *timed(lambda: sim.run(experiment, cache=False, series=True)),
    )


def recalled(experiment: sim.Experiment) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FULCRUM_CACHE"] = folder
        sim.run(experiment)
        kept = len(disk.entries())
        line(f"the same from the cache, {kept} entries", *timed(lambda: sim.run(experiment)))
        os.environ["FULCRUM_CACHE"] = "off"


def shard_costs(experiment: sim.Experiment) -> tuple[float, dict[int, float]]:
    """Return the seconds a worker takes for 5,000 rows, and those to write shards of some sizes."""
    piece = pieces.cut(replace(experiment, replications=5_000), 5_000)[0]
    table = compute(experiment, piece, "auto")
    _, computing = timed(lambda: compute(experiment, piece, "auto"), 1)
    content = to_parquet(experiment, piece, table)
    _, encoding = timed(lambda: to_parquet(experiment, piece, table))
    line(f"a shard of 5,000 rows ({len(content) / 1e3:.0f} kB): to compute", computing)
    line("   to encode", encoding)
    writing = {}
    with tempfile.TemporaryDirectory() as folder:
        place = Folder(Path(folder))
        for rows in SIZES:
            times = []
            for i in range(9):
                began = time.perf_counter()
                place.write(f"{i}", content * (rows // 5_000))
                place.write(f"{i}.sha256", b"0" * 64)
                times.append(time.perf_counter() - began)
            writing[rows] = statistics.median(times)
            line(f"   {rows:,} rows: to write, synced, with their digest", writing[rows])
    return computing + encoding, writing


def directories(folder: Path, shards: int = 500) -> None:
    """Many small shards: what a directory costs beside the work."""
    file = folder / "tiny.yaml"
    file.write_text(
        "model: tiny\ntime: {horizon: 1}\nstate: {n: {initial: 0}}\n"
        "events: {one: {at: uniform_at, do: n += 1}}\n"
        "parameters: {uniform_at: {assume: 0.5, range: [0, 1]}}\noutcomes: {n: {final: n}}\n"
    )
    experiment = sim.make_experiment(sim.load_scenario(file), replications=10_000, futures=0)
    sim.run(experiment)
    rows = 10_000 // shards
    wall, cpu = timed(lambda: run_batch(experiment, folder / "many", shard_rows=rows), 1)
    line(f"{shards} shards of {rows:,} rows: run", wall, cpu)
    directory, _ = open_directory(folder / "many")
    line("   digests read again, as at each resume", *timed(directory.missing))
    line("   loaded", *timed(lambda: load_results(folder / "many")))


def on_dask(folder: Path) -> float:
    """Return the seconds that Dask and the client take for a shard that takes no time."""
    experiment = sim.make_experiment(
        sim.load_scenario(folder / "tiny.yaml"), replications=10_000, futures=0
    )
    began = time.perf_counter()
    run_batch(experiment, folder / "few", executor=cluster("local:2"), shard_rows=10_000)
    start = time.perf_counter() - began
    began = time.perf_counter()
    run_batch(experiment, folder / "dask", executor=cluster("local:2"), shard_rows=20)
    each = (time.perf_counter() - began - start) / 500
    line("Dask, local:2: start, one shard, end", start)
    line("   each further shard of 20 rows", each)
    return each


def in_parts(folder: Path, shards: int = 500) -> float:
    """Return the seconds that merging takes for a shard, of parts in directories of their own."""
    experiment = sim.make_experiment(
        sim.load_scenario(folder / "tiny.yaml"), replications=10_000, futures=0
    )
    parts = [folder / f"part{k}" for k in (1, 2)]
    for k, part in enumerate(parts, 1):
        write_batch(experiment, part, part=(k, 2), shard_rows=10_000 // shards)
    began = time.perf_counter()
    merge_directories(folder / "merged", parts)
    each = (time.perf_counter() - began) / shards
    line("two parts merged, each shard of 20 rows", each)
    return each


def simulated(workers: int, shards: int, computing: float, serial: float) -> float:
    """Return the time of a batch: workers compute, one client takes what is finished in turn.

    Every worker has more shards waiting, so it never waits for the client.
    """
    free = [0.0] * min(workers, shards)
    heapq.heapify(free)
    client = 0.0
    for _ in range(shards):
        finished = heapq.heappop(free) + computing
        heapq.heappush(free, finished)
        client = max(client, finished) + serial
    return client


def array_job(computing: float, merging: float, writing: dict[int, float]) -> None:
    """Show the time of a batch whose parts write their own shards: alone, and with a merge after it."""
    print("\nas an array job\nreplications    parts  rows a shard    minutes  merged too")
    for replications in (10**8, 10**10):
        for parts in (100, 1_000):
            for rows in SIZES:
                count = replications // rows
                own = -(-count // parts) * (computing * rows / 5_000 + writing[rows])
                joined = own + count * (merging + writing[rows] - writing[SIZES[0]])
                print(
                    f"{replications:12.0e} {parts:8,} {rows:13,} {own / 60:10,.1f} {joined / 60:11,.1f}"
                )


def scale(computing: float, dask: float, writing: dict[int, float]) -> None:
    print(
        f"\n5,000 rows: {computing:.2f} s on a worker; a shard: {dask * 1e3:.0f} ms of the client"
    )
    print("replications  workers  rows a shard    minutes  of the ideal")
    for replications in (10**8, 10**10):
        for workers in (100, 300, 1_000):
            for rows in SIZES:
                each = computing * rows / 5_000
                count = replications // rows
                shown = min(count, 20_000)  # beyond this the share does not change
                serial = dask + writing[rows] - writing[SIZES[0]]  # the first is in `dask` too
                share = each * shown / workers / simulated(workers, shown, each, serial)
                minutes = each * count / workers / share / 60
                print(
                    f"{replications:12.0e} {workers:8,} {rows:13,} {minutes:10,.0f} {share:13.0%}"
                )


def main() -> None:
    os.environ["FULCRUM_CACHE"] = "off"
    pair = [sim.load_scenario(STUDY / f"{name}.yaml") for name in ("hold_firm", "all_levers")]
    experiment = sim.make_experiment(pair, replications=1_000, futures=0, seed=1)
    print(f"{CORES} cores, load {os.getloadavg()[0]:.1f}")
    runs(experiment)
    recalled(replace(experiment, replications=1_000 if QUICK else 5_000))
    computing, writing = shard_costs(experiment)
    folder = Path(tempfile.mkdtemp())
    try:
        directories(folder)
        given = on_dask(folder) if "--cluster" in sys.argv[1:] else 0.02
        scale(computing, given, writing)
        array_job(computing, in_parts(folder), writing)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
