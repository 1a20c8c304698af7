"""The report: one HTML file that opens offline, without a script, on a desk, a phone and paper."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import jinja2

from sim.analysis.answers import HELD, hangs_text, horizon_text, summarize
from sim.analysis.causal_path import Why
from sim.analysis.comparison import Comparison, compare
from sim.analysis.comparison_tables import details, overview, standing
from sim.analysis.evidence import Ground, evidence_of, kind_text
from sim.analysis.form_answers import form_sentences
from sim.analysis.registry import analyses
from sim.analysis.rows import Row, label_text, scenario_text
from sim.engine.codegen.program import generate
from sim.errors import ExperimentError
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, direction, plural, value_text
from sim.model.dates import setting_text
from sim.model.types import Model
from sim.reporting.figures import dark_rules, draw_all, figure
from sim.reporting.renderers import Render, here
from sim.reporting.reproduction import Recipe, file_stem, recipe, report_title
from sim.study.assignments import settings_text
from sim.study.experiment import Experiment
from sim.study.overlay import Change
from sim.study.scenario import Scenario
from sim.version import __version__

#: Sentences on what a direction hangs on.
MAX_HANGS = 3
#: Failed replications told one by one.
MAX_FAILURES = 50


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


def report_html(
    ensemble: Ensemble,
    baseline: str | None = None,
    *,
    title: str = "",
    series: Sequence[str] = (),
    reasons: Why | None = None,
    render: Render = here,
) -> str:
    """Write a report of an ensemble as one HTML document.

    The document asks no host for anything and runs no script. Texts of the model are escaped.

    Parameters
    ----------
    baseline
        By default the first scenario.
    title
        By default that of the experiment, else of the model.
    series
        Series to draw as fans; by default the main ones. Without trajectories there are none.
    reasons
        What `sim.analysis.why` found of two of the scenarios, for a section of its own.
    render
        Who draws the charts: by default this process; faster, `sim.reporting.renderers.rendering`.

    Raises
    ------
    ExperimentError
        There is no scenario or series of that name.
    """
    experiment = ensemble.experiment
    model = experiment.model
    comparison = compare(ensemble, baseline)
    question = model.title or model.name.replace("_", " ")
    found = summarize(comparison.rows, model, model.headlines, question)
    order = list(ensemble.scenarios)
    if model.outcomes:
        order = standing(comparison.rows, model.headlines[0])
    drawn = draw_all(ensemble, comparison, order, series, render)
    if reasons is not None and reasons.paths:
        words = "What passes the difference on"
        drawn["why"] = [figure("why", words, lambda w: reasons.chart(width=w), render)]
    again = recipe(experiment)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html").render(
        title=title or report_title(experiment),
        central=HELD if experiment.central else "",
        by_hand=comparison.by_hand,
        clouds=len(experiment.futures) > 1 and len(experiment.scenarios) > 1,
        overview=_overview(comparison, model),
        forms=form_sentences(comparison.rows, comparison.headlines),
        hangs=_hangs(comparison),
        toy=TOY,
        answer=found,
        rationale=experiment.rationale,
        horizon=horizon_text(model),
        baseline=comparison.baseline.replace("_", " "),
        main=_blocks(comparison, order, goals=True),
        rest=_blocks(comparison, order, goals=False),
        notes=[*takewhile(bool, replace(comparison, detailed=True).notes()[1:])],
        why=reasons.notes()[1:] if reasons is not None else (),
        sections=_sections(ensemble),
        scenarios=[
            _scenario(experiment.scenarios[experiment.scenario_index(name)]) for name in order
        ],
        evidence=_evidence(model, experiment.scenarios),
        evidence_notes=evidence_of(model).notes()[1:],
        docs=_docs(model),
        facts=_facts(ensemble),
        commands=_commands(again, experiment, comparison.baseline, reasons),
        overlays=again.overlays,
        failures=ensemble.failures[:MAX_FAILURES],
        failed=int(ensemble.failed.sum()),
        size=ensemble.failed.size,
        dark_rules=dark_rules(),
        figures={
            section: [done() for done in of] for section, of in drawn.items()
        },  # they are last
    )


def _overview(comparison: Comparison, model: Model) -> dict[str, Any] | None:
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


def _hangs(comparison: Comparison) -> list[str]:
    """Return what the directions of the headline outcomes hang on, the most certain first."""
    rows = [r for r in comparison.rows if r.turns and r.outcome in comparison.headlines]
    rows.sort(key=lambda row: row.turns[0].p)
    return [f"{label_text(r)} in {scenario_text(r)}: {hangs_text(r)}" for r in rows[:MAX_HANGS]]


def _commands(
    again: Recipe, experiment: Experiment, baseline: str, reasons: Why | None
) -> list[str]:
    """Return the commands that give the same numbers and the same report; none where none does."""
    if not again.arguments:
        return []
    more = ["--baseline", baseline] if baseline != experiment.scenarios[0].name else []
    verb = "compare" if len(experiment.scenarios) > 1 else "run"
    file = file_stem(experiment) + ".html"
    asked = ["--why", reasons.scenario] if reasons else []
    return [
        again.command(verb, *(more if verb == "compare" else ())),
        again.command("report", *more, *asked, "-o", file),
    ]


def _blocks(comparison: Comparison, order: Sequence[str], goals: bool) -> list[Block]:
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


def _sections(ensemble: Ensemble) -> list[dict[str, Any]]:
    """Return a section for each analysis that has something to say of an ensemble."""
    found = []
    names = {name: name.replace("_", " ") for name in ensemble.scenarios}
    names |= {o.name: o.label or o.name for o in ensemble.experiment.model.outcomes.values()}
    for analysis in analyses().values():
        try:
            result = analysis.report(ensemble) if analysis.report is not None else None
        except ExperimentError:  # too few values to say anything
            continue
        if result is not None:
            found.append(
                {
                    "verb": analysis.verb,
                    "title": analysis.verb.capitalize(),
                    "sentence": result.sentence(),
                    "grid": (grid := result.grid()),
                    "rows": [[names.get(cell, cell) for cell in row] for row in grid.rows],
                    "notes": result.notes()[1:],
                }
            )
    return found


def _scenario(scenario: Scenario) -> dict[str, Any]:
    return {
        "name": scenario.name.replace("_", " "),
        "title": scenario.title,
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


def _evidence(model: Model, scenarios: Sequence[Scenario]) -> dict[str, list[dict[str, str]]]:
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


def _docs(model: Model) -> list[tuple[str, str]]:
    """Return what the model says of its limits."""
    wanted = {"limits": "Limits", "misuses": "What it must not be used for", "purpose": "Purpose"}
    return [(words, model.docs[key]) for key, words in wanted.items() if model.docs.get(key)]


def _facts(ensemble: Ensemble) -> list[tuple[str, str]]:
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
