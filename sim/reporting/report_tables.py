"""The tables of a report: the comparison, what each scenario changes, what the numbers rest on."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from sim.analysis.comparison import Comparison
from sim.analysis.comparison_tables import details, overview, standing
from sim.analysis.evidence import evidence_of
from sim.analysis.grounds import Ground, kind_text
from sim.analysis.rows import Row
from sim.engine.codegen.program import generate
from sim.execution.ensemble import Ensemble
from sim.formatting import direction, plural, value_text
from sim.model.dates import setting_text
from sim.model.types import Model
from sim.study.assignments import settings_text
from sim.study.overlay import Change
from sim.study.scenario import Scenario
from sim.version import __version__

#: Sources that are named on paper.
MAX_SOURCES = 12


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one outcome in the table of the comparison: title, cells, whether it is clear.

    `heads` are the headings of the cells, and whether these are numbers.
    """

    label: str
    unit: str
    goal: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, tuple[str, ...], bool], ...]


def overview_table(comparison: Comparison, model: Model) -> dict[str, Any] | None:
    """Return scenarios × headline outcomes as text, each cell with the class of its colour."""
    if len(comparison.scenarios) < 2:  # none where the model has no outcome
        return None
    grid = overview(comparison.rows, comparison.headlines)
    heads = []
    for name in comparison.headlines:
        outcome = model.outcomes[name]
        unit = "points" if outcome.share else plural(outcome.unit)
        label = outcome.label or name.replace("_", " ")
        heads.append((label, ", ".join(x for x in (unit, direction(outcome.goal)) if x)))
    names = standing(comparison.rows, comparison.headlines[0])
    lines = []
    for scenario, (title, *cells) in zip(names, grid.rows, strict=True):
        kinds = [_kind(comparison.row(name, scenario)) for name in comparison.headlines]
        lines.append(
            (title, [(*cell.split("\n"), kind) for cell, kind in zip(cells, kinds, strict=True)])
        )
    return {"heads": heads, "rows": lines, "notes": list(takewhile(bool, comparison.notes()[1:]))}


def _kind(row: Row) -> str:
    """Return the class of a cell: its colour says better or worse, its strength how clear that is."""
    if row.verdict == "baseline":
        return "base"
    if row.judged:
        return f"{row.judged} {'sure' if row.clear else 'mostly'}"
    return "depends" if row.verdict == "depends on the assumptions" else "quiet"


def outcome_blocks(comparison: Comparison, order: Sequence[str], goals: bool) -> list[Block]:
    """Return the headlines and the outcomes with a goal, or the rest; scenarios in their order."""
    rows: dict[str, list[Row]] = {name: [] for name in comparison.headlines}
    for row in sorted(comparison.rows, key=lambda row: order.index(row.scenario)):
        rows.setdefault(row.outcome, []).append(row)
    found = []
    for name, of in rows.items():
        if (bool(of[0].goal) or name in comparison.headlines) == goals:
            grid = details(of, comparison.baseline.replace("_", " "))
            lines = [
                (row.title, tuple(cells), row.clear)
                for row, (_, _, *cells) in zip(of, grid.rows, strict=True)
            ]
            unit = "" if of[0].share else of[0].unit
            label = of[0].label or name.replace("_", " ")
            heads = tuple(
                (c.name.replace("-\n", "").replace("\n", " "), c.numeric) for c in grid.columns[2:]
            )
            found.append(Block(label, unit, direction(of[0].goal), heads, tuple(lines)))
    return found


def scenario_changes(scenario: Scenario) -> dict[str, Any]:
    """Return what a scenario is called and why it is there, and all that it changes."""
    return {
        "name": scenario.name.replace("_", " "),
        "title": scenario.title or scenario.name.replace("_", " "),
        "by_hand": settings_text(scenario.model, scenario.settings),
        "rationale": scenario.rationale,
        "changes": [_change(scenario, change) for change in scenario.changes()],
    }


def _change(scenario: Scenario, change: Change) -> tuple[str, str, str]:
    """Return what is changed, from what, to what, in words."""
    model = scenario.model
    entry: Any = (
        getattr(model, change.section, {}).get(change.name) if change.section != "time" else None
    )
    label = getattr(entry, "label", "") or change.name.replace("_", " ")
    unit = getattr(entry, "unit", "")
    if change.section in ("levers", "parameters"):
        if getattr(entry, "dated", False):
            unit = ""
        before, after = (
            f"{setting_text(model, change.name, x)} {unit}".strip()  # type: ignore[arg-type]
            for x in (change.before, change.after)
        )
        kind = getattr(entry, "kind", "")
        return label, before, after + (" (counterfactual)" if kind == "counterfactual" else "")
    return f"{label} ({change.section})", "as in the model", "changed"


def evidence_tables(model: Model, scenarios: Sequence[Scenario]) -> dict[str, list[dict[str, str]]]:
    """Return what every number rests on, by kind; counterfactuals of every scenario among them."""
    found: dict[str, list[dict[str, str]]] = {}
    for ground in evidence_of(model).grounds:
        found.setdefault(ground.kind, []).append(_ground(ground, ""))
    for scenario in scenarios:
        if scenario.model is model:
            continue
        for ground in evidence_of(scenario.model).grounds:
            if ground.kind == "counterfactual":
                where = scenario.name.replace("_", " ")
                found.setdefault("counterfactual", []).append(_ground(ground, where))
    order = ("fact", "choice", "assumption", "counterfactual")
    return {kind: found[kind] for kind in order if kind in found}


def _ground(ground: Ground, where: str) -> dict[str, str]:
    safe = ground.url.startswith(("https://", "http://"))
    return {
        "label": ground.label or ground.name.replace("_", " "),
        "where": where,
        "value": f"{value_text(ground.value)} {ground.unit}".rstrip(),
        "range": ground.span,
        "status": kind_text(ground).partition(", ")[2].replace("_", " "),
        "date": ground.date,
        "ground": ground.ground or "missing",
        "url": ground.url if safe else "",
    }


def sources_brief(model: Model) -> dict[str, Any]:
    """Return the sources of the facts, each once, and how many are not told."""
    found = [ground.ground for ground in evidence_of(model).grounds if ground.kind == "fact"]
    sources = list(dict.fromkeys(filter(None, found)))
    return {"told": sources[:MAX_SOURCES], "more": max(0, len(sources) - MAX_SOURCES)}


def limits_of(model: Model) -> list[tuple[str, str]]:
    """Return what the model says of its limits."""
    wanted = {"limits": "Limits", "misuses": "What it must not be used for", "purpose": "Purpose"}
    return [(words, model.docs[key]) for key, words in wanted.items() if model.docs.get(key)]


def run_facts(ensemble: Ensemble) -> list[tuple[str, str]]:
    """Return what it takes to get the same numbers again."""
    import numpy as np

    experiment = ensemble.experiment
    python = platform.python_version()
    each = " and future" if len(experiment.futures) > 1 else ""
    origin = experiment.origin and f" {experiment.origin}"
    futures = f"{len(experiment.futures):,}, {experiment.sampler.replace('_', ' ')}{origin}"
    digests = sorted({generate(s.model).digest[:12] for s in experiment.scenarios})
    found = [
        ("Model", f"{experiment.model.name}, program {', '.join(digests)}"),
        ("Files", ", ".join(dict.fromkeys(f for s in experiment.scenarios for f in s.model.files))),
        ("Replications", f"{experiment.replications:,} per scenario{each}"),
        ("Futures", futures if len(experiment.futures) > 1 else "1, every parameter at its central value"),
        ("Seed", f"{experiment.seed}"),
        ("Random numbers", f"{experiment.randomness}, common to all scenarios"),
        ("Kernel", ensemble.kernel),
        ("Events simulated", f"{ensemble.events:,}"),
        ("Versions", f"Fulcrum {__version__}, Python {python}, NumPy {np.__version__}"),
    ]  # fmt: skip
    if ensemble.trajectories is not None:
        found.insert(3, ("Bands", f"from {ensemble.trajectories.n:,} runs a scenario"))
    return [(name, value) for name, value in found if value]
