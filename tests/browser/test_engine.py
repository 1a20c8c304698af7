"""The engine in JavaScript has the bits of the compiled kernel, and the words of a trace."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from all_models import STUDIES
from toys import scenario as toy
from web_cases import WebCases, block_of, opened_file, same_bits, web_bytes

import sim
from sim.browser import FOLDER, PAGE, script
from sim.engine.codegen.errors import TOO_MANY_AT_ONCE, TOO_MANY_EVENTS, TOO_MANY_PENDING
from sim.engine.codegen.program import generate
from sim.engine.compiled import kernel_for
from sim.engine.trace import Trace
from sim.formatting import value_text
from sim.model.clock import Clock
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario

ROOT = Path(__file__).parent.parent.parent
STORIES = (0, 7)


def told(trace: Trace) -> list[dict[str, Any]]:
    """Return a trace as JavaScript tells it."""
    return [
        {
            "time": o.time,
            "date": o.date.isoformat() if o.date else "",
            "event": o.event,
            "label": o.label,
            "text": o.text,
            "cause": o.cause,
            "number": o.number,
            "changes": [{"name": c.name, "before": c.before, "after": c.after} for c in o.changes],
            "scheduled": [list(pair) for pair in o.scheduled],
            "cancelled": [list(pair) for pair in o.cancelled],
            **({"arguments": [list(pair) for pair in o.arguments]} if o.arguments else {}),
        }
        for o in trace.occurrences
    ]


@pytest.fixture(scope="module")
def everything(node: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each scenario of the repository, run in one process of Node."""
    cases, scenarios = WebCases(tmp_path_factory.mktemp("cases")), {}
    for path in STUDIES:
        scenario = sim.load_scenario(path)
        row = make_experiment(scenario, seed=17, futures=0).row(0, 0)
        study = path.parent.parent.name == "scenarios"
        cases.add(generate(scenario.model), row, seed=17, stories=STORIES if study else (0,))
        scenarios[f"{path.parent.name}-{path.stem}"] = scenario
    return {
        name: (scenario, *result)
        for (name, scenario), result in zip(scenarios.items(), cases.run(node), strict=True)
    }


def test_every_model_has_the_same_bits(everything: dict[str, Any]) -> None:
    for _, expected, found, _ in everything.values():
        same_bits(expected, found)


def test_every_story_has_the_same_words(everything: dict[str, Any]) -> None:
    for scenario, _, _, stories in everything.values():
        for replication, story in zip(STORIES, stories, strict=False):
            trace = sim.trace(scenario, seed=17, replication=replication)
            assert story["occurrences"] == told(trace)
            assert story["end"] == trace.end
            assert story["error"] is None
            assert [x for x in story["outcomes"].values() if x is not None] == [
                x for x in trace.outcomes.values() if x == x
            ]
            assert {n: tuple(v) for n, v in story["series"].items()} == trace.series


#: Each value of `kind` fails in its own way.
FAILING = """
time: {horizon: 30, max_events: 200000}
levers: {kind: {default: 0, range: [0, 9]}}
state: {x: 1.0, y: {initial: 1, range: [0, 5]}}
events:
  divides: {at: 2, if: kind == 1, do: x = 1 / (x - 1)}
  leaves: {every: 1, if: kind == 2, do: y += 1}
  draws: {at: 1, if: kind == 3, do: x = exponential(x - 2)}
  sometimes: {every: 1, if: kind == 4, do: x = 1 / (poisson(4.5) - 0.0)}
  hurries: {every: "0.0001 if kind == 5 else 100"}
  stays: {at: 1, if: kind == 6, then: [{schedule: stays}]}
  doubles:
    at: 1
    if: kind == 7
    then: [{schedule: doubles, after: exponential(1)}, {schedule: doubles, after: exponential(1)}]
outcomes: {n: {count: leaves}, last: {final: x}}
"""
LIMITS = {5: TOO_MANY_EVENTS, 6: TOO_MANY_AT_ONCE, 7: TOO_MANY_PENDING}


def failing(kind: int) -> Scenario:
    return toy(FAILING, kind=kind)


def test_failures_are_the_same(node: str, tmp_path: Path) -> None:
    cases = WebCases(tmp_path)
    for kind in range(8):
        row = make_experiment(failing(kind)).row(0, 0)
        cases.add(generate(failing(kind).model), row, seed=3, count=9, stories=[0][: kind < 5])
    for kind, (expected, found, stories) in enumerate(cases.run(node)):
        same_bits(expected, found)
        assert found.status.any() == (kind > 0)
        assert kind != 4 or not found.status.all()
        assert kind not in LIMITS or set(found.status) == {LIMITS[kind]}
        for story in stories:
            assert bool(story["error"]) == bool(found.status[0])
    assert len(list(tmp_path.glob("*.wasm"))) == 1


def test_several_futures_in_one_call_are_those_of_several_calls(node: str, tmp_path: Path) -> None:
    cases = WebCases(tmp_path)
    for path in STUDIES:
        scenario = sim.load_scenario(path)
        plan = make_experiment(scenario, seed=3, futures=7, replications=4)
        rows = np.array([plan.row(0, future) for future in range(7)])
        program = generate(scenario.model)
        for series in ([], list(range(len(program.series)))[2::-1]):
            cases.add(program, rows, seed=3, future=5, first=9, count=4, series=series)
    kinds = [make_experiment(failing(kind)).row(0, 0) for kind in (0, 4, 5, 2, 1, 0)]
    cases.add(generate(failing(0).model), np.array(kinds), seed=3, count=9)
    for expected, found, _ in cases.run(node):
        same_bits(expected, found)
    assert found.status.any() and not found.status.all()


def test_runs_that_do_not_fit_into_memory_are_refused(node: str, tmp_path: Path) -> None:
    (tmp_path / "m.wasm").write_bytes(web_bytes(generate(failing(0).model)))
    text = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ load }} from {json.dumps((FOLDER / "engine.js").as_uri())};
        const engine = await load(readFileSync(process.argv[1]));
        for (const request of [{{ values: [0, 0, 0], count: 50000000 }}, {{ values: [], count: 1 }}]) {{
          try {{ engine.run(request); }} catch (error) {{ console.log(error.message); }}
        }}
    """
    command = [node, "--input-type=module", "-e", text, str(tmp_path / "m.wasm")]
    large, few = subprocess.check_output(command, text=True, timeout=60).splitlines()
    assert large.startswith("these runs need 1") and large.endswith("ask for fewer runs or series")
    assert few == "3 values expected for each future, not 0"


def test_a_failure_is_told(node: str, tmp_path: Path) -> None:
    cases = WebCases(tmp_path)
    cases.add(
        generate(failing(2).model), make_experiment(failing(2)).row(0, 0), seed=3, stories=[0]
    )
    (_, _, (story,)) = cases.run(node)[0]
    with pytest.raises(sim.SimError) as error:
        sim.trace(failing(2), seed=3)
    assert story["error"]["message"] in str(error.value)
    assert [o["time"] for o in story["occurrences"]] == [1.0, 2.0, 3.0, 4.0]


ODD = """
time: {start: 2024-01-31, unit: month, horizon: 14}
state:
  x: {initial: 0.0}
  mode: {initial: down, options: [up, down]}
  flag: false
derived: {odd: 1 / x, half: x / 8}
events:
  tick:
    every: 0.5
    do: |
      x += 0.5
      mode = 'up' if mode == 'down' else 'down'
      flag = mode == 'up'
    tell: "{{x}} {x}, {half}, {mode}, {flag}, {odd}"
    then: [{schedule: late, after: 20}, {schedule: soon, after: 0.25, if: x > 3}]
  soon: {tell: "{odd}, {x}", then: [{cancel: late}, {cancel: soon}]}
  late: {tell: never}
  turns: {when: flag and x > 4}
  rare: {rate: x, if: x > 2}
  early: {at: 0.25, tell: "{odd} and {x}"}
"""


def test_a_story_of_all_kinds(node: str, tmp_path: Path) -> None:
    cases, scenario = WebCases(tmp_path), toy(ODD)
    row = make_experiment(scenario).row(0, 0)
    cases.add(generate(scenario.model), row, seed=1, stories=range(5))
    stories = cases.run(node)[0][2]
    for replication, story in enumerate(stories):
        assert story["occurrences"] == told(sim.trace(scenario, seed=1, replication=replication))
    assert "infinity and 0" in {o["text"] for o in stories[0]["occurrences"]}


def test_a_long_story_is_told_in_full(node: str, tmp_path: Path) -> None:
    cases, scenario = WebCases(tmp_path), toy("events: {tick: {every: 0.0005}}")
    cases.add(generate(scenario.model), [], seed=1, count=1, stories=[0])
    assert len(cases.run(node)[0][2][0]["occurrences"]) == 20_000


def test_words_and_dates_are_those_of_python(node: str) -> None:
    rng = random.Random(5)
    values: list[float] = [0.0, -0.0, 1e300, 2.0**70, 999.5, 9999.5, 1234.5, 2.125, 0.0625, 1e-9]
    values += [rng.uniform(-1, 1) * 10.0 ** rng.randint(-12, 18) for _ in range(500)]
    values += [rng.randint(0, 80_000) / 2 ** rng.randint(0, 12) for _ in range(1_500)]
    clocks = [
        Clock(unit, 1e4, start)
        for unit in ("hour", "day", "week", "month", "year")
        for start in (None, date(2024, 2, 29), date(2025, 1, 31), date(1, 3, 1))
    ]
    shown = [{"unit": c.unit, "start": c.start.isoformat() if c.start else None} for c in clocks]
    script = f"""
        import {{ dateAt, fixed, general, valueText }} from {json.dumps((FOLDER / "format.js").as_uri())};
        const [values, clocks] = JSON.parse(require("fs").readFileSync(0));
        const words = values.map((x) => [valueText(x), fixed(x, 1), fixed(x, 3), general(x, 12)]);
        const dates = clocks.map((c) => values.slice(0, 300).map((x) => dateAt(c, x)));
        console.log(JSON.stringify([words, dates]));
    """
    script = script.replace("require(", "process.getBuiltinModule(")
    done = subprocess.run(
        [node, "--input-type=module", "-e", script],
        input=json.dumps([values, shown]), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert not done.stderr, done.stderr
    words, dates = json.loads(done.stdout)
    assert words == [[value_text(x), f"{x:.1f}", f"{x:.3f}", f"{x:.12g}"] for x in values]
    for clock, found in zip(clocks, dates, strict=True):
        wanted = [clock.date(x) for x in values[:300]]
        assert found == [day.isoformat() if day else "" for day in wanted]


SETTINGS = """
levers: {deadline: {default: 12, range: [0, 100]}, mode: {default: down, options: [up, down]}}
parameters: {share: {assume: 0.5, range: [0.0, 1.0]}, open: {assume: true}}
"""


def test_values_are_set_by_name(node: str, tmp_path: Path) -> None:
    (tmp_path / "m.wasm").write_bytes(web_bytes(generate(toy(SETTINGS).model)))
    tries = [
        {}, {"deadline": 3, "mode": "up", "share": 0.25, "open": False},
        {"mode": "sideways"}, {"deadline": 3.5}, {"deadline": 101}, {"share": "much"}, {"speed": 1},
        {"open": 2},
    ]  # fmt: skip
    text = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ load }} from {json.dumps((FOLDER / "engine.js").as_uri())};
        const engine = await load(readFileSync(process.argv[1]));
        const found = {json.dumps(tries)}.map((settings) => {{
          try {{ return [...engine.values(settings)]; }} catch (error) {{ return error.message; }}
        }});
        console.log(JSON.stringify(found));
    """
    command = [node, "--input-type=module", "-e", text, str(tmp_path / "m.wasm")]
    assert json.loads(subprocess.check_output(command, text=True, timeout=60)) == [
        [12, 1, 0.5, 1], [3, 0, 0.25, 0], "'sideways' is none of up, down",
        "'deadline' is a whole number", "'deadline' is from 0 to 100", "'share' is from 0 to 1",
        "'speed' is no lever and no parameter", "'open' is true or false",
    ]  # fmt: skip


# -- in a page ------------------------------------------------------------------------------------------

PAGE_TEXT = """<!doctype html><meta charset="utf-8"><title>Engine</title>
<script type="module">{page}
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const text = (array) => {{
  const all = new Uint8Array(array.buffer);
  let out = "";
  for (let i = 0; i < all.length; i += 8192) out += String.fromCharCode(...all.subarray(i, i + 8192));
  return btoa(out);
}};
const shown = (b) => [b.outcomes, b.status, b.events, b.series].map(text);
window.alone = async (wasm, request) => shown((await load(bytes(wasm))).run(request));
window.ready = true;
</script>"""


@pytest.fixture(scope="module")
def page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A page opened from a file, which holds all it runs."""
    path = tmp_path_factory.mktemp("page") / "engine.html"
    with opened_file(browser, path, PAGE_TEXT.format(page=script(*PAGE))) as opened:
        yield opened


def arrays(shown: list[str]) -> bytes:
    return b"".join(base64.b64decode(part) for part in shown)


@pytest.mark.browser
def test_a_page_has_the_same_bits(page: Any, studies: dict[str, tuple[Scenario, str]]) -> None:
    for scenario, wasm in studies.values():
        program, row = generate(scenario.model), make_experiment(scenario, seed=5).row(0, 0)
        every = list(range(len(program.series)))
        request = {"values": list(row), "seed": 5, "future": 1, "first": 2, "count": 3}
        shown = page.evaluate("([w, r]) => alone(w, r)", [wasm, {**request, "series": every}])
        expected = kernel_for(program).run(row, seed=5, future=1, first=2, count=3, series=every)
        same_bits(expected, block_of(arrays(shown), program, 3, len(every)))


@pytest.fixture(scope="module")
def studies() -> dict[str, tuple[Scenario, str]]:
    """The scenarios of both studies, and the modules of their programs."""
    found = {}
    for path in STUDIES:
        if path.parent.parent == ROOT / "scenarios":
            scenario = sim.load_scenario(path)
            wasm = base64.b64encode(web_bytes(generate(scenario.model))).decode()
            found[path.stem] = (scenario, wasm)
    return found
