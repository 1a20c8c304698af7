"""What a second process costs: `python benchmarks/start.py [--quick]`.

CPU time of `fulcrum check` and of `fulcrum run` on the flagship against that of importing NumPy and
pandas, in turns. Bytecode and machine code are in a cache; each run has a seed of its own, so it runs.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
STUDY = "scenarios/ukraine_2025"
FULCRUM = (sys.executable, "-c", "from sim.cli import process; process()")
ROUNDS = 3 if "--quick" in sys.argv else 7


def seconds(command: Sequence[str]) -> float:
    """Return the CPU time of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a table."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"FULCRUM_CACHE": f"{folder}/cache", "PYTHONPYCACHEPREFIX": folder}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        for seed in range(ROUNDS + 1):
            run = ("run", "-n", "1000", "--seed", str(seed), f"{STUDY}/hold_firm.yaml")
            for name, command in {
                "import numpy, pandas": (sys.executable, "-c", "import numpy, pandas"),
                "fulcrum check model.yaml": (*FULCRUM, "check", f"{STUDY}/model.yaml"),
                "fulcrum run -n 1000 hold_firm.yaml": (*FULCRUM, *run),
            }.items():
                found.setdefault(name, []).append(seconds(command))
    print("| process | CPU s | of the import |\n| --- | --- | --- |")
    unit = statistics.median(found["import numpy, pandas"][1:])
    for name, times in found.items():  # the first round fills the cache
        median = statistics.median(times[1:])
        print(f"| `{name}` | {median:.2f} | {median / unit:.2f} × |")


if __name__ == "__main__":
    main()
