"""Fulcrum's kernels against their peers, on one model: `python benchmarks/kernels.py [--quick]`.

``--quick`` takes less than a minute, for the ratios; the tables are for RESULTS.md.

Process CPU time, medians of rounds in which every engine has its turn; ratios within one run.
Peers that are not installed (`pip install -e '.[bench]'`), and C without gcc, are left out.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import web
from peers import ema_model, heap_model, simpy_model
from peers.c import CKernel

import sim
from sim.engine.codegen.program import generate
from sim.engine.compiled import CompiledKernel, kernel_for
from sim.engine.simpy_kernel import SimpyKernel
from sim.study.experiment import make_experiment

HERE = Path(__file__).parent
MODEL = HERE / "model.yaml"
FLAGSHIP = HERE.parent / "scenarios/ukraine_2025/hold_firm.yaml"
QUICK = "--quick" in sys.argv
ROUNDS = 3 if QUICK else 7
#: Replications on one thread and on two.
THREADED = 2_000 if QUICK else 10_000


class Setting:
    """A scenario, its program, and a row of values."""

    def __init__(self, file: Path) -> None:
        self.scenario = sim.load_scenario(str(file))
        self.experiment = make_experiment(self.scenario, futures=0)
        self.program = generate(self.experiment.scenarios[0].model)
        self.row = self.experiment.row(0, 0)

    def block(self, kernel, count: int):
        return kernel.run(self.row, seed=1, future=0, first=0, count=count)


def run(setting: Setting, count: int, **how) -> sim.Ensemble:
    return sim.run(setting.scenario, replications=count, futures=0, cache=False, **how)


def medians(
    turns: dict[str, Callable[[], object]], clock=time.process_time, rounds: int = ROUNDS
) -> dict[str, float]:
    """Return the median seconds of each turn; all have theirs in each round."""
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            start = clock()
            turn()
            seconds[name].append(clock() - start)
    return {name: statistics.median(of) for name, of in seconds.items()}


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def head(*cells: str) -> None:
    print()
    row(*cells)
    row(*["---"] * len(cells))


def machine() -> None:
    packages = ("simpy", "numpy", "llvmlite", "salabim", "mesa", "ema_workbench")
    versions = []
    for package in packages:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text().split("\n") if cpuinfo.exists() else ():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"{model}, {os.cpu_count()} cores, load {load:.1f}; Python {platform.python_version()};")
    print("; ".join(versions), end="")
    if shutil.which("gcc"):
        print(
            "; " + subprocess.check_output(["gcc", "--version"], text=True).split("\n")[0], end=""
        )
    print()


def against_peers(bench: Setting) -> None:
    compiled, slow = kernel_for(bench.program), SimpyKernel(bench.program)

    def many(replicate, count: int, **how) -> Callable[[], object]:
        return lambda: [replicate(seed, **how) for seed in range(count)]

    small, large = (20, 2_000) if QUICK else (60, 5_000)
    engines: dict[str, tuple[int, Callable[[], object]]] = {
        "compiled, 1 thread": (large, lambda: bench.block(compiled, large)),
        "our SimPy kernel": (small, lambda: bench.block(slow, small)),
        "SimPy, processes": (small, many(simpy_model.replicate, small)),
        "SimPy, processes, our draws": (small, many(simpy_model.replicate, small, keyed=True)),
        "heapq loop": (small, many(heap_model.replicate, small)),
        "heapq loop, our draws": (small, many(heap_model.replicate, small, keyed=True)),
    }
    for name in ("salabim", "mesa"):
        if importlib.util.find_spec(name):
            peer = importlib.import_module(f"peers.{name}_model")
            engines[name] = (small // 2, many(peer.replicate, small // 2))
    if importlib.util.find_spec("ema_workbench"):
        engines["EMA Workbench, SimPy"] = (small, lambda: ema_model.replicate_many(small))
    if shutil.which("gcc"):
        c = CKernel(bench.program)
        equal(bench, compiled, c)
        engines["C, gcc -O3"] = (large, lambda: bench.block(c, large))
    times = medians({name: turn for name, (_, turn) in engines.items()})
    rate = {name: engines[name][0] / seconds for name, seconds in times.items()}
    ours = rate["compiled, 1 thread"]
    head("engine", "replications/s", "× SimPy", "compiled is … times as fast")
    for name in sorted(rate, key=rate.__getitem__):
        faster = f"{ours / rate[name]:.3g}"
        row(name, f"{rate[name]:,.0f}", f"{rate[name] / rate['SimPy, processes']:.3g}", faster)


def equal(setting: Setting, a, b, count: int = 2_000) -> None:
    one, two = setting.block(a, count), setting.block(b, count)
    if not np.array_equal(one.outcomes, two.outcomes, equal_nan=True):
        raise SystemExit(f"{a.name} and {b.name} differ")


def against_c(name: str, setting: Setting) -> float:
    """Print a row, and return how fast the compiled kernel is, with C as 1."""
    compiled = kernel_for(setting.program)
    c = CKernel(setting.program)
    equal(setting, compiled, c)
    count = 1_000 if QUICK else 3_000
    times = medians(
        {"compiled": lambda: setting.block(compiled, count), "c": lambda: setting.block(c, count)},
        rounds=3 * ROUNDS,
    )
    ours, theirs = times["compiled"] / count * 1e6, times["c"] / count * 1e6
    events = setting.block(compiled, 200).events.mean()
    ratio = theirs / ours
    row(name, f"{events:.0f}", f"{ours:.1f}", f"{theirs:.1f}", f"{ratio:.2f}")
    return ratio


def threads(name: str, setting: Setting) -> None:
    count = THREADED
    turns = {n: (lambda n=n: run(setting, count, threads=n)) for n in (1, 2)}
    for turn in turns.values():
        turn()
    times = medians(turns, time.perf_counter)
    row(name, f"{times[1]:.3f}", f"{times[2]:.3f}", f"{times[1] / times[2]:.2f}")


#: The peak of this process alone: `ru_maxrss` would begin with that of its parent.
FLAT = """
import pathlib, re, sys, time
import sim
scenario = sim.load_scenario(sys.argv[1])
sim.run(scenario, replications=500, cache=False)
start = time.process_time()
ensemble = sim.run(scenario, replications=int(sys.argv[2]), cache=False)
peak = re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())
print(time.process_time() - start, int(peak[1]) / 1024)
"""


def flat() -> None:
    head("replications", "CPU µs a replication", "peak resident MB")
    for count in (1_000, 10_000, 100_000, 1_000_000):
        command = [sys.executable, "-c", FLAT, str(MODEL), str(count)]
        found = []
        for _ in range(1 if count > 100_000 else 5):
            text = subprocess.check_output(command, text=True, cwd=HERE.parent)
            found.append([float(word) for word in text.split()])
        seconds, peak = (statistics.median(column) for column in zip(*found, strict=True))
        row(f"{count:,}", f"{seconds / count * 1e6:.1f}", f"{peak:.0f}")


def banded(name: str, setting: Setting) -> None:
    names = setting.program.series[:10]

    def turn():
        return run(setting, 1_000, series=list(names))

    turn()
    wall = medians({"": turn}, time.perf_counter, 2 * ROUNDS)[""]
    cpu = medians({"": turn}, rounds=2 * ROUNDS)[""]
    row(name, f"{wall * 1e3:.0f}", f"{cpu * 1e3:.0f}")


FRESH = """
import sys, time
import sim
ensemble = sim.run(sim.load_scenario(sys.argv[1]), replications=1_000, cache=False)
print(time.process_time())
"""


def cold(name: str, setting: Setting, file: Path) -> None:
    rounds = 1 if QUICK else ROUNDS
    compile_time = medians({"": lambda: CompiledKernel(setting.program)}, rounds=rounds)[""]
    cpu, wall = [], []
    for _ in range(1 if QUICK else 5):
        start = time.perf_counter()
        command = [sys.executable, "-c", FRESH, str(file)]
        cpu.append(float(subprocess.check_output(command, text=True, cwd=HERE.parent)))
        wall.append(time.perf_counter() - start)
    times = (compile_time, statistics.median(cpu), statistics.median(wall))
    row(name, *(f"{seconds:.2f}" for seconds in times))


def main() -> None:
    os.environ["FULCRUM_CACHE"] = "off"  # what is kept is not compiled
    machine()
    bench, flagship = Setting(MODEL), Setting(FLAGSHIP)
    both = (("benchmark", bench), ("flagship", flagship))
    against_peers(bench)
    ratios = []
    if shutil.which("gcc"):
        head("model", "events", "compiled, µs a replication", "C, µs a replication", "C / compiled")
        ratios = [f"{name} compiled/C {against_c(name, setting):.2f}" for name, setting in both]
    if (found := web.microseconds(flagship.program, flagship.row)) is not None:
        head("flagship", "Chromium, µs a replication", "native, µs a replication")
        row("one thread", *(f"{micros:.1f}" for micros in found))
        ratios.append(f"flagship wasm/native {found[1] / found[0]:.2f}")
    head(f"{THREADED:,} replications", "1 thread, wall s", "2 threads, wall s", "ratio")
    for name, setting in both:
        threads(name, setting)
    head("1,000 replications, bands of 10 series", "wall ms", "CPU ms")
    for name, setting in both:
        banded(name, setting)
    head("cold", "compile, CPU s", "new process to 1,000, CPU s", "wall s")
    for (name, setting), file in zip(both, (MODEL, FLAGSHIP), strict=True):
        cold(name, setting, file)
    if not QUICK:
        flat()
    print("\nSpeed, as a ratio:\n")
    print("\n".join(ratios))


if __name__ == "__main__":
    main()
