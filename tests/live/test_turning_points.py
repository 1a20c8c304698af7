"""The turning points of a run, both runs in order of time, and a run as text."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from web_calls import as_json

import sim
from sim.analysis.paired_traces import PairedTraces, trace_pair
from sim.engine.trace import Occurrence, Trace

ROOT = Path(__file__).parent.parent.parent
LIVE = (ROOT / "ui" / "live").as_uri()
SCRIPT = f"""
import {{ readFileSync }} from "node:fs";
import {{ consequenceOf, pairedOccurrences }} from "{LIVE}/parting.js";
import {{ momentsOf, turningPoints }} from "{LIVE}/turning_points.js";
import {{ storyText }} from "{LIVE}/story_text.js";
const read = (_, value) => (value === "NaN" ? NaN : value);
const {{ here, there, named }} = JSON.parse(readFileSync(0, "utf-8"), read);
const pairs = pairedOccurrences(here.occurrences, there.occurrences);
const consequence = consequenceOf(pairs, [], () => []);
const of = ({{ here, there, kind }}) => [(here ?? there).event, (here ?? there).time, kind];
console.log(JSON.stringify({{
  turning: turningPoints(pairs, consequence).map(of),
  consequence: consequence && of(consequence),
  moments: momentsOf(pairs).map(({{ time, where }}) => [time, where]),
  text: storyText(here, named),
}}));
"""


def told(occurrence: Occurrence) -> Any:
    day = occurrence.date.isoformat() if occurrence.date else ""
    return json.loads(json.dumps({**asdict(occurrence), "date": day}))


def as_story(trace: Trace) -> dict[str, Any]:
    return {
        "occurrences": [told(o) for o in trace.occurrences], "leftOut": trace.left_out,
        "outcomes": dict(trace.outcomes), "end": trace.end,
    }  # fmt: skip


def found_by(node: str, first: Trace, second: Trace) -> dict[str, Any]:
    """What JavaScript makes of two runs."""
    start = first.clock.start
    clock = {
        "unit": first.clock.unit, "horizon": first.clock.horizon,
        "start": start.isoformat() if start else None,
    }  # fmt: skip
    named = {
        "title": first.title, "seed": first.seed, "future": first.future, "clock": clock,
        "replication": first.replication, "units": dict(first.units),
    }  # fmt: skip
    given = as_json({"here": as_story(first), "there": as_story(second), "named": named})
    command = [node, "--input-type=module", "-e", SCRIPT]
    text = json.dumps(given, allow_nan=False)
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def pair_of(folder: str, scenario: str, baseline: str, replication: int) -> PairedTraces:
    first, second = (
        sim.load_scenario(ROOT / "scenarios" / folder / f"{name}.yaml")
        for name in (scenario, baseline)
    )
    return trace_pair(first, second, seed=11, replication=replication)


@pytest.mark.parametrize(
    ("folder", "scenario", "baseline"),
    [("ukraine_2025", "hold_firm", "no_levers"), ("port_strike", "mediate", "sit_it_out")],
)
@pytest.mark.parametrize("replication", [0, 3])
def test_turning_points_follow_the_rule_that_the_page_states(
    node: str, folder: str, scenario: str, baseline: str, replication: int
) -> None:
    pair = pair_of(folder, scenario, baseline, replication)
    made = found_by(node, pair.first, pair.second)
    family = {(o.event.partition("[")[0]) for p in pair.differences for o in p if o}
    ours, theirs = (
        {(o.event, o.cause, o.number) for o in t.occurrences} for t in (pair.first, pair.second)
    )
    counts = Counter(event.partition("[")[0] for event, _, _ in ours | theirs)
    shown = [event.partition("[")[0] for event, _, _ in made["turning"]]
    assert set(shown) == family  # each kind that differs, at least once
    differ = Counter((p[0] or p[1]).event.partition("[")[0] for p in pair.differences)  # type: ignore[union-attr]
    often = {kind: n for kind, n in Counter(shown).items() if n > 1 and counts[kind] > 2}
    early = {(made["consequence"] or [""])[0].partition("[")[0]}
    early.add((pair.differences[0][0] or pair.differences[0][1]).event.partition("[")[0])  # type: ignore[union-attr]
    assert set(often) <= early  # more than once only what is rare, or where the runs part
    assert all(Counter(shown)[kind] == n for kind, n in differ.items() if counts[kind] <= 2)
    times = [time for _, time, _ in made["turning"]]
    assert times == sorted(times)
    assert all(kind != "same" for _, _, kind in made["turning"])
    assert len(shown) < len(pair.differences) / 4


def test_both_runs_are_in_one_order_of_time_each_event_where_it_happens(node: str) -> None:
    pair = pair_of("ukraine_2025", "hold_firm", "no_levers", 0)
    made = found_by(node, pair.first, pair.second)
    times = [time for time, _ in made["moments"]]
    assert times == sorted(times)
    sides = Counter(where for _, where in made["moments"])
    assert sides["here"] + sides["both"] == len(pair.first.occurrences)
    assert sides["there"] + sides["both"] == len(pair.second.occurrences)
    assert all(sides[where] for where in ("here", "there", "both"))


def test_runs_that_are_the_same_still_have_turning_points(node: str) -> None:
    pair = pair_of("port_strike", "mediate", "mediate", 0)
    made = found_by(node, pair.first, pair.second)
    assert {kind for _, _, kind in made["turning"]} == {"same"}
    assert 3 < len(made["turning"]) < 30


@pytest.mark.parametrize("future", [0, 4])
def test_a_run_as_text_is_what_the_command_line_prints(node: str, future: int) -> None:
    for folder, name in (("ukraine_2025", "as_it_happened"), ("port_strike", "reroute")):
        file = ROOT / "scenarios" / folder / f"{name}.yaml"
        experiment = sim.load([file], futures=5, replications=3, seed=9)
        trace = sim.replay(experiment, replication=2, future=future)
        assert found_by(node, trace, trace)["text"] == str(trace)
