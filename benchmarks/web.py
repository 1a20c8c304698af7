"""The compiled model in a real Chromium, one thread, against machine code.

`python benchmarks/web.py [FILE] [--quick]`.

CPU time of the page's process and of this one, in turns; their ratio hardly depends on what else
the machine does.
"""

from __future__ import annotations

import base64
import contextlib
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sim
from sim.browser import PAGE, script
from sim.engine.codegen.program import Program, generate
from sim.engine.compiled import kernel_for
from sim.engine.web_module import compile_web_module
from sim.study.experiment import make_experiment

FLAGSHIP = Path(__file__).parent.parent / "scenarios/ukraine_2025/hold_firm.yaml"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
#: Replications of a turn, and turns.
COUNT, ROUNDS = 600, 7 if "--quick" in sys.argv else 15


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """A page of Chromium that has the engine; None where there is no Chromium."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        program = None
    if program is None:
        yield None
        return
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=FLAGS)
        page = browser.new_page()
        page.add_script_tag(content=script(*PAGE))
        yield page
        browser.close()


def in_page(page: Any, wasm: bytes, values: list[float]) -> tuple[float, Callable[[int], float]]:
    """Load a module; return the milliseconds it took, and what runs replications in CPU seconds."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    compiled = page.evaluate(
        """async ([text, values]) => {
            const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
            const start = performance.now();
            window.engine = await load(bytes);
            window.turn = (count) => { engine.run({ values, seed: 1, count }); };
            return performance.now() - start;
        }""",
        [base64.b64encode(wasm).decode(), values],
    )

    def clock() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "ThreadTime")

    def run(count: int) -> float:
        start = clock()
        page.evaluate("turn", count)
        return clock() - start

    return compiled, run


def microseconds(
    program: Program, row: Any, count: int = COUNT, rounds: int = ROUNDS
) -> tuple[float, float] | None:
    """Return the median CPU µs of a replication in Chromium and as machine code, or None."""
    kernel = kernel_for(program)
    with chromium() as page:
        if page is None:
            return None
        _, run = in_page(page, compile_web_module(program).wasm, [float(x) for x in row])
        for _ in range(4):  # the browser compiles again what runs often
            run(count)
        page.wait_for_timeout(500)
        web, native = [], []
        for _ in range(rounds):
            web.append(run(count))
            start = time.process_time()
            kernel.run(row, seed=1, future=0, first=0, count=count)
            native.append(time.process_time() - start)
    one, other = (statistics.median(times) / count * 1e6 for times in (web, native))
    return one, other


def main() -> None:
    files = [word for word in sys.argv[1:] if not word.startswith("-")]
    scenario = sim.load_scenario(files[0] if files else FLAGSHIP)
    program = generate(scenario.model)
    row = make_experiment(scenario, futures=0).row(0, 0)
    start = time.process_time()
    module = compile_web_module(program)
    print(f"compile in Python {time.process_time() - start:.2f} s, {len(module.wasm):,} bytes")
    with chromium() as page:
        if page is not None:
            print(f"compile in Chromium {in_page(page, module.wasm, list(row))[0]:.1f} ms")
    found = microseconds(program, row)
    if found is not None:
        web, native = found
        print(f"Chromium {web:.0f} µs, native {native:.0f} µs a replication: {native / web:.2f}")


if __name__ == "__main__":
    main()
