"""The report: one HTML file that opens offline, without a script, on a desk, a phone and paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import jinja2

from sim.analysis.answers import HELD, summarize
from sim.analysis.causal_path import Why
from sim.analysis.comparison import Comparison, compare
from sim.analysis.comparison_tables import standing
from sim.analysis.evidence import evidence_of
from sim.analysis.form_answers import form_sentences
from sim.analysis.registry import analyses
from sim.errors import ExperimentError
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, counted
from sim.reporting.executive import (
    Executive,
    assumptions,
    first_page,
    over_time,
    short_rationale,
)
from sim.reporting.figures import (
    Figure,
    dark_rules,
    draw_all,
    figure,
    focus_of,
    followed_series,
)
from sim.reporting.glossary import glossary_terms
from sim.reporting.renderers import Render, here
from sim.reporting.report_tables import (
    evidence_tables,
    limits_of,
    outcome_blocks,
    overview_table,
    run_facts,
    scenario_changes,
    sources_brief,
)
from sim.reporting.reproduction import Recipe, file_stem, recipe, report_title
from sim.study.assignments import policy_titles
from sim.study.experiment import Experiment

#: Failed replications told one by one.
MAX_FAILURES = 50


@dataclass(frozen=True, slots=True)
class LivePart:
    """A page on which the levers can be moved, to stand in a report.

    Attributes
    ----------
    page
        The page, whole: one HTML document that needs no other file.
    allowed
        What its own policy allows it, which that of the report must allow too.
    """

    page: str
    allowed: str

    @property
    def size(self) -> str:
        """How large it is, in words."""
        return f"{len(self.page.encode()) / 1e6:.1f} MB"


def report_html(
    ensemble: Ensemble,
    baseline: str | None = None,
    *,
    title: str = "",
    series: Sequence[str] = (),
    reasons: Why | None = None,
    command: Recipe | None = None,
    live: LivePart | None = None,
    render: Render = here,
) -> str:
    """Write a report of an ensemble as one HTML document.

    Its first page holds question, answer and picture, and fits one sheet of A4. What is reference is
    folded on a screen and left out on paper. The document asks no host for anything and runs no
    script, but for that of a live part in a frame of its own. Texts of the model are escaped.

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
    command
        What gives the same numbers again; by default it is found and tried.
    live
        A part with levers that can be moved, at the end.
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
    order = list(ensemble.scenarios)
    if model.outcomes:
        order = standing(comparison.rows, model.headlines[0])
    named = titled(ensemble)
    shown = replace(
        comparison,
        baseline=(titles := policy_titles(experiment.scenarios))[comparison.baseline],
        rows=tuple(replace(row, scenario=titles[row.scenario]) for row in comparison.rows),
    )
    drawn = draw_all(named, shown, [titles[name] for name in order], series, render)
    if reasons is not None and reasons.paths:
        words = "What passes the difference on"
        drawn["why"] = [figure("why", words, lambda w: reasons.chart(width=w), render)]
    again = command or recipe(experiment)
    asked = [*(["--title", title] if title else [])]
    asked += [word for name in series for word in ("--series", name)]
    asked += ["--why", reasons.scenario] if reasons else []
    asked += ["--live"] if live else []
    first = first_page(comparison, experiment)
    sentences = summarize(comparison.rows, model, model.headlines).sentences
    parts: dict[str, Any] = {
        "overview": overview_table(comparison, model),
        "lead": _leads(ensemble, comparison, order, series, first),
        "sentences": sentences if len(experiment.scenarios) > 1 else (),
        "forms": form_sentences(comparison.rows, comparison.headlines),
        "turns": assumptions(comparison, model),
        "main": outcome_blocks(comparison, order, goals=True),
        "rest": outcome_blocks(comparison, order, goals=False),
        "outcome_notes": [*takewhile(bool, replace(comparison, detailed=True).notes()[1:])],
        "why": reasons.notes()[1:] if reasons is not None else (),
        "analyses": _sections(named),
        "scenarios": [
            scenario_changes(experiment.scenarios[experiment.scenario_index(name)])
            for name in order
        ],
        "figures": {section: [done() for done in of] for section, of in drawn.items()},  # last
    }
    return _template().render(
        title=title or report_title(experiment),
        question=model.title or model.name.replace("_", " "),
        first=first,
        rationale=short_rationale(experiment.rationale),
        central=HELD if experiment.central else "",
        by_hand=comparison.by_hand,
        toy=TOY,
        contents=_contents(parts, live),
        evidence=evidence_tables(model, experiment.scenarios),
        evidence_notes=evidence_of(model).notes()[1:],
        sources=sources_brief(model),
        docs=limits_of(model),
        glossary=glossary_terms(model),
        facts=run_facts(ensemble),
        commands=_commands(again, experiment, comparison.baseline, asked),
        overlays=again.overlays,
        failures=ensemble.failures[:MAX_FAILURES],
        failed=int(ensemble.failed.sum()),
        size=ensemble.failed.size,
        dark_rules=dark_rules(),
        live=live,
        **parts,
    )


def titled(ensemble: Ensemble) -> Ensemble:
    """Return an ensemble whose scenarios bear their titles, as the text of a report calls them."""
    experiment = ensemble.experiment
    titles = policy_titles(experiment.scenarios)
    scenarios = tuple(s.with_settings({}, titles[s.name]) for s in experiment.scenarios)
    return replace(ensemble, experiment=replace(experiment, scenarios=scenarios))


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("report.html")


def _contents(parts: Mapping[str, Any], live: LivePart | None) -> dict[str, str]:
    """Return the sections that have something to show, with their headings."""
    figures: Mapping[str, list[Figure]] = parts["figures"]
    several = len(parts["scenarios"]) > 1
    over = any(figures[name] for name in ("differences", "incidence", "fans"))
    wanted = {
        "compare": (parts["main"], "How the scenarios compare" if several else "The outcomes"),
        "differences": (figures["forest"], "How large the differences are"),
        "time": (over, "Over time"),
        "why": (parts["why"], "Why they differ"),
        "hangs": (parts["forms"] or parts["turns"], "What it hangs on"),
        "settings": (True, "What each scenario changes"),
        **{found["verb"]: (True, found["title"]) for found in parts["analyses"]},
        "outcomes": (several and parts["main"], "Every outcome"),
        "sources": (True, "What the numbers rest on"),
        "limits": (True, "Limits"),
        "words": (True, "What the words mean"),
        "again": (True, "To get the same numbers again"),
        "live": (live, "Move the levers"),
    }
    return {name: title for name, (shown, title) in wanted.items() if shown}


def _leads(
    ensemble: Ensemble,
    comparison: Comparison,
    order: Sequence[str],
    series: Sequence[str],
    first: Executive,
) -> dict[str, str]:
    """Return the sentence that answers at the top of sections."""
    model, rows = ensemble.experiment.model, comparison.rows
    hangs = first.forms or next(iter(first.hangs), "")
    found = {"compare": comparison.sentence(), "differences": "", "hangs": hangs}
    if len(order) > 1:
        told = [r for r in rows if r.outcome in comparison.headlines and r.verdict != "baseline"]
        clear, mostly = sum(r.clear for r in told), sum(bool(r.side) and not r.clear for r in told)
        found["differences"] = (
            f"Of {counted(len(told), 'difference')} in the headline outcomes, {clear} are clear, {mostly} "
            f"mostly go one way, and {len(told) - clear - mostly} have no direction that may be told."
        )
    followed = followed_series(ensemble, series)
    focus = focus_of(order, comparison.baseline)
    found["time"] = over_time(ensemble, comparison, focus, followed) if followed else ""
    found["words"] = "What this report means by a future, a baseline or a seed, in a sentence each."
    changed = [s for s in ensemble.experiment.scenarios if s.changes()]
    count = counted(len(order), "scenario")
    found["settings"] = (
        f"{len(changed)} of {count} {'differs' if len(changed) == 1 else 'differ'} from the model as it "
        "stands in its file."
    )
    goals = sum(bool(outcome.goal) for outcome in model.outcomes.values())
    found["outcomes"] = (
        f"The model has {counted(len(model.outcomes), 'outcome')}, {goals} of them with a goal; clear "
        "differences are bold."
    )
    return found


def _commands(
    again: Recipe, experiment: Experiment, baseline: str, asked: Sequence[str]
) -> list[str]:
    """Return the commands that give the same numbers and the same report; none where none does."""
    if not again.arguments:
        return []
    called = again.names.get
    first = experiment.scenarios[0].name
    more = ["--baseline", called(baseline, baseline)] if baseline != first else []
    verb = "compare" if len(experiment.scenarios) > 1 else "run"
    file = file_stem(experiment) + ".html"
    return [
        again.command(verb, *(more if verb == "compare" else ())),
        again.command("report", *more, *asked, "-o", file),
    ]


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
