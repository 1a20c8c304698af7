"""Workers in a page opened from a file: they share runs, give them up, and say what results show."""

from __future__ import annotations

import base64
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import scenario as toy
from web_cases import block_of, kernel_block, same_bits, web_bytes

import sim
from sim.browser import FOLDER
from sim.engine.codegen.program import generate
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parent.parent.parent
#: Runs for many seconds where it is slow.
ENDLESS = """
time: {horizon: 100000, max_events: 100000000}
levers: {slow: false}
state: {x: 0.0}
events: {tick: {every: "0.001 if slow else 100", do: x += 1}}
outcomes: {x: {final: x}}
"""


@pytest.fixture(scope="module")
def modules() -> dict[str, Scenario]:
    """The models of a pool, by name."""
    folder = ROOT / "scenarios"
    return {
        "flagship": sim.load_scenario(folder / "ukraine_2025/hold_firm.yaml"),
        "port": sim.load_scenario(folder / "port_strike/mediate.yaml"),
        "endless": toy(ENDLESS),
    }


@pytest.fixture
def start(start_pool: Any, modules: dict[str, Scenario]) -> Any:
    """Start a pool of all models."""
    files = [web_bytes(generate(of.model)) for of in modules.values()]
    return lambda **how: start_pool(files, **how)


def arrays(shown: list[str]) -> bytes:
    return b"".join(base64.b64decode(part) for part in shown)


def rows_of(scenario: Scenario, futures: int) -> np.ndarray:
    plan = make_experiment(scenario, seed=5, futures=futures, replications=3)
    return np.array([plan.row(0, future) for future in range(futures)])


def test_workers_change_nothing(start: Any, modules: dict[str, Scenario]) -> None:
    page = start()
    for module, scenario in enumerate(list(modules.values())[:2]):
        program = generate(scenario.model)
        for futures, count in ((31, 5), (1, 203), (2, 90), (31, 1)):
            rows, ask = rows_of(scenario, futures), {"seed": 5, "future": 2, "first": 7}
            ask |= {"count": count}
            expected = kernel_block(program, rows, ask, [1, 4])
            request = {**ask, "module": module, "values": rows.ravel().tolist(), "series": [1, 4]}
            shown = page.evaluate("async (request) => shown(await pool.run(request))", request)
            same_bits(expected, block_of(arrays(shown), program, futures * count, 2))
    words = page.evaluate("message(pool.run({values: [1], count: 1}))")
    assert "values expected for each future, not 1" in words
    assert (
        page.evaluate("message(pool.run({module: 7, values: [1], count: 1}))")
        == "there is no model 7"
    )
    huge = "message(pool.run({module: 2, values: [0, 0], count: 1e8, series: [0]}))"
    assert "MB of memory" in page.evaluate(huge)


def test_blocks_arrive_one_by_one_and_fill_the_whole(
    start: Any, modules: dict[str, Scenario]
) -> None:
    page, rows = start(), rows_of(modules["port"], 40)
    request = {"module": 1, "values": rows.ravel().tolist(), "seed": 5, "count": 5}
    places, total = page.evaluate(
        """async (request) => {
            const places = [];
            const onBlock = (block, place) => places.push([place, block.status.length]);
            const whole = await pool.run(request, { onBlock });
            return [places, whole.status.length];
        }""",
        request,
    )
    filled = sorted(x for place, size in places for x in range(place, place + size))
    assert filled == list(range(total)) and total == 200
    for place, size in places:  # of a slow machine a part of a future, else whole ones
        assert place // 5 == (place + size - 1) // 5 or place % 5 == size % 5 == 0


def test_a_newer_run_of_the_name_drops_the_older_at_once(
    start: Any, modules: dict[str, Scenario]
) -> None:
    page, program = start(), generate(modules["flagship"].model)
    rows = rows_of(modules["flagship"], 40)
    request = {"values": rows.ravel().tolist(), "seed": 5, "count": 5}
    found = page.evaluate(
        """async (request) => {
            let blocks = 0;
            const order = [];
            const told = (name, promise) => promise.then((x) => (order.push(name), x));
            const onBlock = () => { blocks += 1; };
            const runs = [1, 2, 3].map((i) => told(i, pool.run(request, { onBlock })));
            const other = told("other", pool.run({ ...request, count: 1 }, { name: "other" }));
            const [a, b, c, d] = await Promise.all([...runs, other]);
            return [a, b, shown(c), d.status.length, order.slice(0, 2)];
        }""",
        request,
    )
    assert found[:2] == [None, None] and found[3:] == [40, [1, 2]]
    expected = kernel_block(program, rows, {"seed": 5, "future": 0, "first": 0, "count": 5}, [])
    same_bits(expected, block_of(arrays(found[2]), program, 200, 0))


SLOW = "pool.run({module: 2, values: [1, 0], count: 20})"


def test_a_slow_run_holds_nothing_up(start: Any) -> None:
    page = start(limit=600_000)
    assert page.evaluate(
        f"""async () => {{
            const slow = {SLOW};
            await new Promise((resolve) => setTimeout(resolve, 100));
            const fast = await pool.run({{ module: 2, values: [0, 0], count: 20 }});
            return [await slow, fast.status.length];
        }}"""
    ) == [None, 20]


def test_all_work_is_stopped(start: Any) -> None:
    page = start(limit=600_000)
    assert page.evaluate(
        f"""async () => {{
            const slow = {SLOW};
            const asked = pool.ask("bands", {{ values: new Float64Array(4), status: new Int32Array(2) }});
            setTimeout(() => pool.stop(), 50);
            const stopped = [await slow, await asked];
            const fast = await pool.run({{ module: 2, values: [0, 0], count: 20 }});
            return [...stopped, fast.status.length];
        }}"""
    ) == [None, None, 20]


def test_a_run_that_takes_too_long_is_told_in_plain_words(start: Any) -> None:
    page = start(limit=1500)
    words, after = page.evaluate(
        f"""async () => {{
            const words = await message({SLOW});
            return [words, (await pool.run({{ module: 2, values: [0, 0], count: 20 }})).status.length];
        }}"""
    )
    assert words == "this took longer than 1.5 seconds and was stopped" and after == 20


def test_a_worker_that_does_not_start_is_told(start: Any) -> None:
    page = start(worker="throw new Error('no');\n")
    assert "no" in page.evaluate(f"message({SLOW})")


def test_a_worker_may_start_before_the_models_are_compiled(start: Any) -> None:
    opened, faults = start(), []
    page = opened.context.browser.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.add_init_script(
        """const [RealWorker, compile] = [Worker, WebAssembly.compile];
        const started = new Promise((done) => {
          window.Worker = class extends RealWorker {
            constructor(...given) { super(...given); this.addEventListener("message", done); }
          };
        });
        WebAssembly.compile = (wasm) => started.then(() => compile(wasm));"""
    )
    page.goto(opened.url)
    page.wait_for_function("window.ready")
    module = base64.b64encode(web_bytes(generate(toy(ENDLESS).model))).decode()
    page.evaluate("(module) => startWith([module], null, {})", module)
    block = page.evaluate("async () => shown(await pool.run({values: [0, 0], count: 3}))")
    page.close()
    assert block and not faults


def test_modules_at_an_address_need_no_joining(browser: Any, modules: dict[str, Scenario]) -> None:
    """A server hands out the modules as they are; each worker imports what it needs."""
    program = generate(modules["port"].model)
    rows, request = rows_of(modules["port"], 3), {"seed": 5, "future": 0, "first": 0, "count": 4}
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(FOLDER))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        outcomes = page.evaluate(
            """async ([wasm, request]) => {
                const { startPool } = await import("/pool.js");
                const modules = [Uint8Array.from(atob(wasm), (c) => c.charCodeAt(0))];
                const pool = await startPool({ modules }, { worker: "/worker.js", workers: 1 });
                return [...(await pool.run(request)).outcomes];
            }""",
            [base64.b64encode(web_bytes(program)).decode(), {**request, "values": rows.ravel().tolist()}],
        )  # fmt: skip
        page.close()
        server.shutdown()
    assert outcomes == kernel_block(program, rows, request, []).outcomes.ravel().tolist()
