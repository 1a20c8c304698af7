"""Where two runs part, and which run is typical: JavaScript finds what Python does."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chosen_runs import ranked, typical
from toys import scenario as toy
from web_calls import as_json

import sim
from sim.analysis.paired_traces import PairedTraces, reads_of, trace_pair
from sim.engine.trace import Occurrence

ROOT = Path(__file__).parent.parent.parent
SCRIPT = f"""
import {{ readFileSync }} from "node:fs";
import * as parting from {json.dumps((ROOT / "ui/live/parting.js").as_uri())};
const special = {{ NaN: NaN, Infinity: Infinity, "-Infinity": -Infinity }};
const read = (_, value) => (value in special ? special[value] : value);
const {{ pairs, tables }} = JSON.parse(readFileSync(0, "utf-8"), read);
const parted = pairs.map(({{ here, there, apart, reads, shared }}) => {{
  const found = parting.pairedOccurrences(here, there);
  const differing = found.filter((pair) => pair.kind !== "same");
  const first = parting.partingOf(found);
  const shares = (event) => shared.includes(event);
  return {{
    differing: differing.map((pair) => [pair.here, pair.there]),
    shared: found.length - differing.length,
    kinds: differing.map((pair) => pair.kind),
    first: first && [first.time, parting.earlierOf(first), first.kind],
    cause: first && parting.partingCause(first, apart, (event) => reads[event] ?? [], shares),
  }};
}});
const runs = tables.map(({{ values, width, status, columns, column, goal }}) => [
  parting.typicalRun(values, width, status, columns),
  ...[true, false].map((worst) => parting.rankedRun(values, width, status, column, goal, worst)),
]);
console.log(JSON.stringify({{ parted, runs }}));
"""


def found_by(node: str, pairs: list[Any], tables: list[Any]) -> dict[str, list[Any]]:
    """What JavaScript finds."""
    given = json.dumps(as_json({"pairs": pairs, "tables": tables}), allow_nan=False)
    command = [node, "--input-type=module", "-e", SCRIPT]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[Any]] = json.loads(done.stdout)
    return found


def told(occurrence: Occurrence | None) -> Any:
    """An occurrence as the engine in JavaScript tells it."""
    if occurrence is None:
        return None
    day = occurrence.date.isoformat() if occurrence.date else ""
    return json.loads(json.dumps({**asdict(occurrence), "date": day}))


def asked(pair: PairedTraces, first: sim.Scenario, second: sim.Scenario) -> dict[str, Any]:
    """Two stories, and what their models say of their events."""
    models = (first.model, second.model)
    names = set(models[0].events) | set(models[1].events)
    return {
        "here": [told(o) for o in pair.first.occurrences],
        "there": [told(o) for o in pair.second.occurrences],
        "apart": [{"name": n, "here": x, "there": y} for n, x, y in pair.settings],
        "reads": {n: sorted(set().union(*(reads_of(m, {n}) for m in models))) for n in names},
        "shared": sorted(set(models[0].events) & set(models[1].events)),
    }


def cause_words(cause: dict[str, Any]) -> str:
    """A cause of JavaScript in the words of `PairedTraces.cause`."""
    value = sim.formatting.value_text
    listed = {
        key: ", ".join(
            f"{a['name']} ({value(a['here'])} against {value(a['there'])})" for a in cause[key]
        )
        for key in ("reads", "differ")
    }
    if cause["reads"]:
        return f"it depends on {listed['reads']}"
    if cause["lone"]:
        return f"only one of the two has the event '{cause['lone']}'"
    if cause["differ"]:
        return f"the policies differ in {listed['differ']}"
    return "the two differ in structure"


def parting_words(found: list[Any], names: tuple[str, str]) -> tuple[float, str]:
    """The first parting of JavaScript in the words of `sim.charts.first_parting`."""
    time, early, kind = found
    label, (here, there) = f"'{early['label']}'", (n.replace("_", " ") for n in names)
    if kind in ("here", "there"):
        return time, f"{label} in {here if kind == 'here' else there} only"
    if kind == "otherwise":
        return time, f"{label}, which turns out otherwise"
    return time, f"{label}, which comes sooner in "


def test_runs_part_where_python_says(node: str) -> None:
    folders = {
        "ukraine_2025": ["hold_firm", "as_it_happened", "no_levers"],
        "port_strike": ["mediate", "reroute", "order_to_work", "sit_it_out"],
    }
    wanted = []
    for folder, names in folders.items():
        *others, base = (
            sim.load_scenario(ROOT / "scenarios" / folder / f"{n}.yaml") for n in names
        )
        for scenario in (*others, base):
            for replication in (0, 3):
                pair = trace_pair(scenario, base, seed=7, replication=replication)
                wanted.append((pair, asked(pair, scenario, base)))
    found = found_by(node, [given for _, given in wanted], [])["parted"]
    for (pair, _), parted in zip(wanted, found, strict=True):
        assert parted["differing"] == [[told(a), told(b)] for a, b in pair.differences]
        assert parted["shared"] == pair.shared
        parting = sim.charts.first_parting(pair.first, pair.second)
        if parting is None:
            assert parted["first"] is None
            continue
        time, words = parting_words(parted["first"], (pair.first.scenario, pair.second.scenario))
        assert time == parting[0]
        assert parting[1].startswith(words)
        assert cause_words(parted["cause"]) == pair.cause
    kinds = {kind for parted in found for kind in parted["kinds"]}
    assert kinds == {"here", "there", "moved", "otherwise"}
    alone = [p["first"] for (pair, _), p in zip(wanted, found, strict=True) if not pair.settings]
    assert alone and not any(alone)  # a baseline beside itself


STRUCTURE = "events: {bell: {every: 7, tell: It rings.}, fire: {rate: 0.5}}"


def test_an_event_that_one_model_lacks_is_the_cause(node: str) -> None:
    one, other = toy(STRUCTURE), toy(STRUCTURE.replace("fire", "flood"))
    pair = trace_pair(one, other, seed=3)
    (parted,) = found_by(node, [asked(pair, one, other)], [])["parted"]
    assert parted["first"][2] in ("here", "there")
    assert cause_words(parted["cause"]) == pair.cause
    assert pair.cause.startswith("only one of the two has the event 'f")


def tables_of(ensemble: sim.Ensemble) -> list[tuple[dict[str, Any], list[int]]]:
    """Every scenario × outcome with a goal: a table of runs, and the runs that Python chooses."""
    model = ensemble.experiment.model
    goals = [name for name, o in model.outcomes.items() if o.goal] or list(model.outcomes)
    columns = [list(model.outcomes).index(name) for name in goals]
    made = []
    for values, failed in zip(ensemble.values, ensemble.failed, strict=True):
        flat = values.reshape(-1, len(model.outcomes))
        completed = np.flatnonzero(~failed.ravel())
        for name, column in zip(goals, columns, strict=True):
            table = {
                "values": flat.ravel(), "width": len(model.outcomes), "columns": columns,
                "status": failed.ravel().astype(int), "column": column,
                "goal": model.outcomes[name].goal,
            }  # fmt: skip
            worst, best = (ranked(model, flat, completed, name, worst) for worst in (True, False))
            made.append((table, [typical(flat, completed, columns), worst, best]))
    return made


@pytest.mark.parametrize(("folder", "futures"), [("port_strike", 100), ("ukraine_2025", 20)])
def test_the_same_runs_are_typical_worst_and_best(node: str, folder: str, futures: int) -> None:
    files = sorted((ROOT / "scenarios" / folder).glob("*.yaml"))
    kept = [file for file in files if "\nscenario:" in file.read_text("utf-8")][:3]
    ensemble = sim.run(sim.load(kept), futures=futures)
    made = tables_of(ensemble)
    found = found_by(node, [], [table for table, _ in made])["runs"]
    assert found == [wanted for _, wanted in made]


def test_runs_at_equal_distances_and_failed_ones_are_the_same(node: str) -> None:
    rng = np.random.default_rng(3)
    tables, wanted = [], []
    for n in (1, 2, 5, 8, 37, 130, 300, 1000):
        values = rng.integers(0, 4, (n, 3)) * np.array([0.1, 7.0, 1 / 3])
        values[rng.random((n, 3)) < 0.2] = np.nan
        status = (rng.random(n) < 0.1).astype(int)
        completed = np.flatnonzero(status == 0)
        tables.append(
            {"values": values.ravel(), "width": 3, "status": status, "columns": [0, 2], "column": 1,
             "goal": ""}
        )  # fmt: skip
        wanted.append(typical(values, completed, [0, 2]) if len(completed) else None)
    tables.append({**tables[0], "status": [1]})
    found = found_by(node, [], tables)["runs"]
    assert [runs[0] for runs in found] == [*wanted, None]
    assert found[-1] == [None, None, None]
