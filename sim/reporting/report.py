"""The report: one HTML file that opens offline, without a script, on a desk, a phone and paper."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from sim import charts
from sim.analysis.answers import horizon_text, summarize
from sim.analysis.comparison import Comparison, compare
from sim.analysis.evidence import Ground, evidence_of, kind_text
from sim.analysis.forest import forest_outcomes
from sim.analysis.registry import analyses
from sim.analysis.rows import Row, difference_text, estimate_text, verdict_text
from sim.engine.codegen.program import generate
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, direction, value_text
from sim.model.types import Model
from sim.reporting.figures import Figure, dark_rules, figure
from sim.study.overlay import Change
from sim.study.scenario import Scenario
from sim.version import __version__

#: Fans, and panels of the forest.
MAX_FANS, MAX_PANELS = 4, 4
#: Failed replications told one by one.
MAX_FAILURES = 50


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one outcome in the table of the comparison."""

    label: str
    unit: str
    goal: str
    rows: tuple[tuple[str, str, str, str, bool], ...]


def report_html(
    ensemble: Ensemble,
    baseline: str | None = None,
    *,
    title: str = "",
    series: Sequence[str] = (),
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

    Raises
    ------
    ExperimentError
        There is no scenario or series of that name.
    """
    experiment = ensemble.experiment
    model = experiment.model
    comparison = compare(ensemble, baseline)
    axes = charts.plane_axes(model) if len(model.outcomes) > 1 else tuple(model.outcomes)
    question = model.title or model.name.replace("_", " ")
    named = experiment.title not in ("", experiment.name, "comparison")
    found = summarize(comparison.rows, model, axes, question)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html").render(
        title=title or (experiment.title if named else question),
        toy=TOY,
        answer=found,
        rationale=experiment.rationale,
        horizon=horizon_text(model),
        baseline=comparison.baseline.replace("_", " "),
        figures=_figures(ensemble, comparison, axes, series),
        main=_blocks(comparison, axes, goals=True),
        rest=_blocks(comparison, axes, goals=False),
        notes=comparison.notes()[1:],
        sections=_sections(ensemble),
        scenarios=[_scenario(scenario) for scenario in experiment.scenarios],
        evidence=_evidence(model, experiment.scenarios),
        evidence_notes=evidence_of(model).notes()[1:],
        docs=_docs(model),
        facts=_facts(ensemble),
        failures=ensemble.failures[:MAX_FAILURES],
        failed=int(ensemble.failed.sum()),
        size=ensemble.failed.size,
        dark_rules=dark_rules(),
    )


def _figures(
    ensemble: Ensemble, comparison: Comparison, axes: Sequence[str], series: Sequence[str]
) -> dict[str, list[Figure]]:
    """Draw the charts, by section."""
    base = comparison.baseline
    model = ensemble.experiment.model
    found: dict[str, list[Figure]] = {"plane": [], "fans": [], "forest": [], "incidence": []}
    if len(axes) == 2:
        words = " against ".join(model.outcomes[name].label or name for name in axes)
        found["plane"].append(
            figure("plane", words, lambda w: charts.plane_chart(ensemble, baseline=base, width=w))
        )
    if ensemble.trajectories is not None:
        known = ensemble.trajectories.names
        chosen = series or [s for s in charts.main_series(model) if s in known][:MAX_FANS]
        for number, name in enumerate(chosen):
            label, _ = charts.series_label(model, name)

            def fan(w: int, name: str = name) -> Any:
                return charts.fan_chart(ensemble, name, baseline=base, width=w)

            found["fans"].append(figure(f"fan{number}", f"{label} over time", fan))
    for outcome in charts.incidence_outcomes(model)[:1]:
        label = model.outcomes[outcome].label or outcome

        def incidence(w: int, outcome: str = outcome) -> Any:
            return charts.incidence_chart(ensemble, outcome, baseline=base, width=w)

        found["incidence"].append(figure("incidence", f"{label}: share of runs by day", incidence))
    if len(ensemble.scenarios) > 1:
        names = list(dict.fromkeys([*axes, *forest_outcomes(comparison.rows, MAX_PANELS + 2)]))
        panels = names[:MAX_PANELS]
        found["forest"].append(
            figure(
                "forest",
                "Differences to the baseline",
                lambda w: comparison.chart(panels, width=w),
            )
        )
    return found


def _blocks(comparison: Comparison, axes: Sequence[str], goals: bool) -> list[Block]:
    """Return the outcomes with a goal, or the rest; the two axes of the plane come first."""
    rows: dict[str, list[Row]] = {}
    for row in comparison.rows:
        rows.setdefault(row.outcome, []).append(row)
    names = list(dict.fromkeys([*(n for n in axes if n in rows), *rows]))
    kept = [n for n in names if (bool(rows[n][0].goal) or n in axes) == goals]
    return [
        Block(
            label=rows[n][0].label or n.replace("_", " "),
            unit="" if rows[n][0].share else rows[n][0].unit,
            goal=direction(rows[n][0].goal),
            rows=tuple(
                (
                    row.scenario.replace("_", " "),
                    estimate_text(row),
                    difference_text(row),
                    verdict_text(row),
                    row.verdict in ("higher", "lower"),
                )
                for row in rows[n]
            ),
        )
        for n in kept
    ]


def _sections(ensemble: Ensemble) -> list[dict[str, Any]]:
    """Return a section for each analysis that has something to say of an ensemble."""
    found = []
    names = {name: name.replace("_", " ") for name in ensemble.scenarios}
    names |= {o.name: o.label or o.name for o in ensemble.experiment.model.outcomes.values()}
    for analysis in analyses().values():
        result = analysis.report(ensemble) if analysis.report is not None else None
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
        before, after = (f"{value_text(x)} {unit}".strip() for x in (change.before, change.after))  # type: ignore[arg-type]
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
    futures = f"{len(experiment.futures):,}, {experiment.sampler.replace('_', ' ')}"
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
