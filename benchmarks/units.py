"""Part of `fulcrum check` that the check of units takes: `python benchmarks/units.py [--quick]`.

In one process, on the flagship, read afresh each time: what the verb does without it, and it alone.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from sim.model.dimensions.check import units_of
from sim.study import models
from sim.study.files import inspect_file

FLAGSHIP = Path(__file__).parent.parent / "scenarios/ukraine_2025/model.yaml"
ROUNDS = 3 if "--quick" in sys.argv else 15


def main() -> None:
    """Print a table."""
    reading, checking = [], []
    for _ in range(ROUNDS):
        models._models.clear()
        begun = time.process_time()
        found = inspect_file(FLAGSHIP)[1]
        read = time.process_time()
        units_of(found[0])
        reading.append(read - begun)
        checking.append(time.process_time() - read)
    whole, part = statistics.median(reading), statistics.median(checking)
    print("| check of the flagship | CPU ms |\n| --- | --- |")
    print(f"| without units | {1e3 * whole:.0f} |\n| units | {1e3 * part:.0f} |")
    print(f"| units, of the whole | {part / (whole + part):.0%} |")


if __name__ == "__main__":
    main()
