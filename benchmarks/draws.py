"""Time of a draw, its uniform included, in CPython and compiled: `python benchmarks/draws.py [--quick]`."""

from __future__ import annotations

import ctypes
import importlib
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sim.engine.llvm.assembly import Assembly
from sim.engine.llvm.machine_code import MachineCode, object_code

CASES = """
uniform 0 1; exponential 2; normal 0 1; lognormal 0 1; triangular 0 1 3; weibull 1.5 2; bernoulli .3
gamma .1 1; gamma 2 1; gamma 50 1; gamma 1e4 1; beta .3 .3; beta 2 5; beta 200 300; beta 1e4 1e4
poisson .5; poisson 5; poisson 15; poisson 30; poisson 1e3; poisson 1e6; geometric .1
binomial 6 .45; binomial 30 .5; binomial 100 .3; binomial 1e4 .2; binomial 1e7 .4
negative_binomial 5 .5; negative_binomial 30 2; negative_binomial 100 .5
negative_binomial 1e3 50; negative_binomial 1e5 1e3; beta_binomial 10 2 3; beta_binomial 100 2 3
choice 1 2 3 0 0 0 0 0
"""

LOOP = """
def loop_{i}(count: int) -> float:
    total = 0.0
    i = 0
    while i < count:
        total += {name}(uniform01(0x9E3779B97F4A7C15, 0x123456789ABCDEF1, i), {arguments})
        i += 1
    return total
"""


def seconds(loop: Callable[[int], float], least: float) -> float:
    """Return the time of one turn, from a loop that takes some seconds at least."""
    count = 20
    while True:
        start = time.perf_counter()
        loop(count)
        elapsed = time.perf_counter() - start
        if elapsed > least:
            return elapsed / count
        count = int(count * min(100.0, 1.5 * least / elapsed)) + 1


def main() -> None:
    """Print a table."""
    compare(CASES, 0.01 if "--quick" in sys.argv else 0.1)


def compare(listed: str, least: float) -> None:
    """Print a line for each case: its time in both, each from a loop of so many seconds."""
    cases = [
        case.split() for line in listed.split("\n") for case in line.split(";") if case.strip()
    ]
    text = "from __future__ import annotations\nfrom sim.numerics.draws import *\n"
    for i, (name, *values) in enumerate(cases):
        arguments = ", ".join(repr(float(value)) for value in values)
        text += LOOP.format(i=i, name=name, arguments=arguments)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "draw_loops.py").write_text(text)
        sys.path.insert(0, folder)
        loops = importlib.import_module("draw_loops")
        for i, case in enumerate(cases):
            assembly = Assembly("", (), {})
            llvm = assembly.text((assembly.unit("draw_loops"), f"loop_{i}"))
            symbol = f"draw_loops.loop_{i}"
            code = MachineCode(object_code(llvm), [symbol])
            compiled = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)(code.addresses[symbol])
            python = getattr(loops, f"loop_{i}")
            if compiled(500) != python(500):
                raise SystemExit(f"{case}: the kernels differ")
            times = seconds(python, least) * 1e6, seconds(compiled, least) * 1e9
            print(f"{' '.join(case):28}  {times[0]:8.2f} µs CPython  {times[1]:8.1f} ns compiled")


if __name__ == "__main__":
    main()
