"""What a report takes, and a comparison beside its simulation: `python benchmarks/report.py [--quick]`.

Each in new processes, once with nothing kept on disk, and once with the machine code of an earlier run;
never with kept results, since every round has a seed of its own. Medians of rounds.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import sim

ROOT = Path(__file__).parent.parent
STUDY = ROOT / "scenarios" / "ukraine_2025"
DEMO = sorted(STUDY.glob("*.yaml"))


def command(words: Sequence[str], cache: str) -> tuple[float, float]:
    """Run a verb of the command line; return its wall time and its processor time."""
    environment = os.environ | {"FULCRUM_CACHE": cache, "PYTHONPATH": str(ROOT)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sim", *words, "--quiet"],
        env=environment, stdout=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, sum(after[:2]) - sum(before[:2])


def simulated(files: Sequence[Path], seed: int) -> tuple[float, float]:
    """Return the wall and the processor time of the runs alone, with kernels that are compiled."""
    experiment = sim.load([str(file) for file in files], seed=seed)
    sim.run(experiment, cache=False)
    wall, cpu = time.perf_counter(), time.process_time()
    sim.run(experiment, cache=False)
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(
    demo: Sequence[Path], report: Sequence[str], rounds: int
) -> dict[str, tuple[float, float]]:
    """Return the median wall and processor time of each piece of work; all have their turn in a round."""
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        output = ["-o", str(Path(folder, "report.html"))]
        kept = str(Path(folder, "kept"))
        compared = ["compare", *map(str, demo), "--seed"]
        reported = ["report", *report, *output, "--seed"]
        for words in (compared, reported):
            command([*words, "1"], kept)
        for seed in range(2, rounds + 2):
            turns = {
                "simulation": lambda s=seed: simulated(demo, s),
                "compare": lambda s=seed: command([*compared, f"{s}"], "off"),
                "compare, code kept": lambda s=seed: command([*compared, f"{s}"], kept),
                "report": lambda s=seed: command([*reported, f"{s}"], "off"),
                "report, code kept": lambda s=seed: command([*reported, f"{s}"], kept),
            }
            for name, turn in turns.items():
                found.setdefault(name, []).append(turn())
    return {
        name: (statistics.median(w for w, _ in of), statistics.median(c for _, c in of))
        for name, of in found.items()
    }


def main() -> None:
    """Print a table and the ratios."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    eight = [str(STUDY / "compare.yaml"), "-n", "400"]
    times = measure(DEMO, eight, 1 if "--quick" in sys.argv else 5)
    print("\n| work | wall s | CPU s |\n| --- | --- | --- |")
    words = {
        "simulation": "12 scenarios × 1,000, the runs alone", "compare": "`make demo`, nothing kept",
        "compare, code kept": "`make demo`, code kept", "report": "report of 8 × 400, nothing kept",
        "report, code kept": "report of 8 × 400, code kept",
    }  # fmt: skip
    for name, (wall, cpu) in times.items():
        print(f"| {words[name]} | {wall:.2f} | {cpu:.2f} |")
    wall, cpu = (times["compare, code kept"][i] / times["simulation"][i] for i in (0, 1))
    print(f"\ndemo/simulation {wall:.2f} (CPU {cpu:.2f})")
    print(f"report seconds {times['report, code kept'][0]:.1f}")


if __name__ == "__main__":
    main()
