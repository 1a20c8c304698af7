"""What workers say of results, to the last bit as Python says it: two studies and two odd models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toys import scenario as toy
from web_calls import found_row, inputs_of, outcome_of, same, shown_row
from web_cases import web_bytes

import sim
from sim.analysis.identity import can_differ, can_vary
from sim.charts.choices import main_series, main_state, named_axes
from sim.charts.clouds import _bar, _dots, _values, cloud_kind, quadrants
from sim.charts.difference import _over_futures
from sim.engine.codegen.program import generate
from sim.study.assignments import policy_titles
from sim.study.experiment import make_experiment

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parent.parent.parent / "scenarios"
#: Some runs fail, in one scenario more than in the other; in some a number is none.
FAULTY = """
time: {horizon: 12}
levers: {push: {default: 0, range: [0, 9]}}
parameters:
  base: {assume: 2.0, range: [1.0, 3.0]}
state: {x: 1.0, mode: {initial: low, options: [low, middle, high]}}
derived: {y: "x / (x - 1)"}
events:
  step: {every: 1, do: "x = normal(base + push / 4, 3)"}
  turn: {rate: base / 8, do: "mode = 'middle' if mode == 'low' else 'high'"}
  breaks: {every: 5, do: "x = x + 1 / (poisson(1.5 + push) - 0.0)"}
outcomes:
  last: {final: x, headline: true, matters: 0.1, goal: maximize}
  high: {final: "mode == 'high' and base < 2.5", headline: true}
"""
COMPARED = """async ([here, base, series, plan, compare, planes]) => {
    const [one, two] = await Promise.all(
        [here, base].map((run, i) => pool.run({ ...run, series }, { name: `${i}` })),
    );
    const of = (block) => ({
        scenario: "", outcomes: block.outcomes, status: block.status,
        width: block.outcomes.length / block.status.length,
    });
    const told = await pool.ask("compare", {
        ...plan, ...compare, here: { ...of(one), ...compare.here }, base: { ...of(two), ...compare.base },
    });
    const points = one.series.length / one.status.length / series.length;
    const runs = one.status.length;
    const part = (block, k) => block.series.slice(k * points * runs, (k + 1) * points * runs);
    const found = [];
    for (let k = 0; k < series.length; k += 1) {
        const [mine, other] = [part(one, k), part(two, k)];
        const asked = { here: mine, base: other, hereStatus: one.status, baseStatus: two.status, ...plan };
        const all = Array.from({ length: points }, (_, i) => i);
        found.push({
            bands: await pool.ask("bands", { values: mine, status: one.status }),
            gap: await pool.ask("gap", { ...asked, times: all }),
            some: await pool.ask("gap", { ...asked, times: [3, 5] }),
            shares: await pool.ask("shares", { values: mine, status: one.status, options: 3 }),
        });
    }
    const column = (block, place) => block.outcomes.filter((_, i) => i % of(block).width === place);
    const axis = ({ place, share }) => ({ here: column(one, place), base: column(two, place), share });
    const plane = await pool.ask("plane", { x: axis(planes[0]), y: axis(planes[1]), ...plan });
    const lists = found.map((of) => Object.fromEntries(Object.entries(of).map(([k, v]) => [k, [...v]])));
    return [told, lists, plane, [...one.status, ...two.status].filter(Boolean).length];
}"""


@dataclass(frozen=True)
class Found:
    """What Python and what JavaScript say of two scenarios."""

    ensemble: sim.Ensemble
    series: list[str]
    told: dict[str, Any]
    lists: list[dict[str, list[float]]]
    plane: dict[str, Any]
    failed: int


def study(name: str, *policies: str) -> list[sim.Scenario]:
    return [sim.load_scenario(ROOT / name / f"{policy}.yaml") for policy in policies]


def pushed() -> list[sim.Scenario]:
    return [replace(toy(FAULTY, push=push), name=f"push_{push}") for push in (0, 3)]


CASES: dict[str, tuple[Callable[[], list[sim.Scenario]], dict[str, Any], list[str]]] = {
    "flagship": (lambda: study("ukraine_2025", "no_levers", "all_levers"), {}, []),
    "port": (lambda: study("port_strike", "sit_it_out", "mediate"), {}, ["waiting"]),
    "faulty": (pushed, {"futures": 40, "replications": 9}, ["x", "mode", "y"]),
    "long": (pushed, {"futures": 3, "replications": 450}, ["x", "mode"]),
    "one future": (pushed, {"futures": 0, "replications": 450}, ["x", "mode"]),
}  # fmt: skip


@pytest.fixture(params=CASES)
def found(request: Any, start_pool: Callable[..., Any]) -> Found:
    """Both scenarios in a page and in Python; the first is the baseline."""
    make, plan, series = CASES[request.param]
    experiment = make_experiment(make(), seed=4, **plan)
    model, futures = experiment.model, len(experiment.futures)
    series = series or [main_series(model)[0], main_state(model)]
    programs = [generate(scenario.model) for scenario in experiment.scenarios]
    rows = [[experiment.row(s, f) for f in range(futures)] for s in (1, 0)]
    page = start_pool([web_bytes(programs[1]), web_bytes(programs[0])])
    count, names = experiment.replications, list(model.outcomes)
    runs = [
        {"module": module, "values": np.ravel(rows[module]).tolist(), "seed": 4, "count": count}
        for module in (0, 1)
    ]
    shape = {"rows": futures, "cols": count, "blocks": experiment.blocks}
    titles = policy_titles(experiment.scenarios)
    sides = [{"scenario": n.name, "title": titles[n.name]} for n in experiment.scenarios]
    compare = {
        "outcomes": [{**outcome_of(o), "place": names.index(o.name)} for o in model.outcomes.values()],
        "canDiffer": {name: can_differ(experiment, 1, 0, name) for name in names},
        "canVary": {name: can_vary(experiment, 1, name) for name in names},
        "baseVary": {name: can_vary(experiment, 0, name) for name in names},
        "inputs": inputs_of(experiment), "hung": list(model.headlines),
        "here": sides[1], "base": sides[0],
    }  # fmt: skip
    planes = [
        {"place": names.index(name), "share": model.outcomes[name].share}
        for name in named_axes(model, None, None)
    ]
    places = [programs[0].series.index(name) for name in series]
    given = [*runs, places, shape, compare, planes]
    told, lists, plane, failed = page.evaluate(COMPARED, given)
    return Found(sim.run(experiment, series=series), series, told, lists, plane, failed)


def alike(wanted: Any, got: list[float]) -> None:
    """Assert that numbers have the same bits."""
    numbers = np.ravel(wanted).tolist()
    assert len(numbers) == len(got)
    differing = [
        (i, a, b) for i, (a, b) in enumerate(zip(numbers, got, strict=True)) if not same(a, b)
    ]
    assert not differing, differing[:5]


def test_results_say_the_same_in_a_worker(found: Found) -> None:
    """All tasks at once: a page and its runs take the time."""
    ensemble = found.ensemble
    experiment, kept = ensemble.experiment, ensemble.trajectories
    model, (base, here) = experiment.model, ensemble.scenarios
    assert kept is not None
    assert found.failed == ensemble.failed.sum()
    assert bool(found.failed) == ("push" in model.levers)
    compared = sim.compare(ensemble)
    for side, name in (("rows", here), ("base", base)):
        assert len(found.told[side]) == len(model.outcomes)
        for row, outcome in zip(found.told[side], model.outcomes, strict=True):
            wanted = compared.row(outcome, name)
            turns = wanted.turns if outcome in model.headlines else ()
            one, two = shown_row(replace(wanted, p_holm=None, turns=turns)), found_row(row)
            assert len(one) == len(two) and all(map(same, one, two)), (wanted, row)
    times = np.arange(len(kept.times))
    for name, got in zip(found.series, found.lists, strict=True):
        if name in kept.shares:
            size = len(kept.options[name]) * len(times)
            alike(kept.shares[name][1], got["shares"][:size])
            assert not any(got["shares"][size:])
            continue
        place = kept.names.index(name)
        alike(kept.bands[1, place], got["bands"])
        alike(_over_futures(ensemble, [1, 0], place, times), got["gap"])
        alike(_over_futures(ensemble, [1, 0], place, times[[3, 5]]), got["some"])
    names = named_axes(model, None, None)
    pair = np.array([_values(ensemble, o, here, base) for o in names])
    kind = cloud_kind(ensemble, *names)
    for axis, name, values in zip("xy", names, pair, strict=True):
        alike(_bar(model.outcomes[name], values, kind, ensemble), found.plane[axis])
    dots = [] if kind == "bootstrap" else _dots(pair, kind, experiment.seed)
    alike(dots, np.ravel(found.plane["dots"]).tolist())
    table = quadrants(ensemble, *names, here, base)
    corners = (
        None if table is None else [[round(100 * table[i, j]) for j in (0, 2)] for i in (0, 2)]
    )
    assert found.plane["corners"] == corners
    assert corners is None or sum(map(sum, corners)) > 50
