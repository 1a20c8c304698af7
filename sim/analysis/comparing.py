"""The verb `compare`: scenarios against a baseline, by outcome, by quantile or by form of the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.analysis.comparison import CAP, Comparison, compare, compare_under
from sim.analysis.comparison_tables import next_step
from sim.analysis.form_answers import ByForm
from sim.analysis.forms import combined, forms_of, require_forms
from sim.analysis.paired_quantiles import QuantileComparison, compare_quantiles, shown
from sim.analysis.registry import OUTCOMES, Analysis, Option, Source
from sim.analysis.rows import Row, holm
from sim.execution.runner import run
from sim.study.experiment import Experiment


def _compare(
    source: Source,
    *,
    baseline: str | None,
    outcome: tuple[str, ...],
    all: bool,
    by_form: bool,
    until_ci: str | None,
    cap: int,
    show: str | None,
) -> list[Comparison] | list[QuantileComparison] | list[ByForm]:
    """Compare the scenarios of some files."""
    words = shown(show)

    def known(experiment: Experiment) -> None:
        experiment.scenario_index(baseline or experiment.scenarios[0].name)
        for name in outcome:
            experiment.model_outcome(name)
        if by_form:
            require_forms(experiment)

    if until_ci is None:
        ensemble = source.ensemble(known)
    else:
        ensemble = source.narrowed(known, until_ci, baseline, outcome, cap)
    if words:
        names = outcome or (tuple(ensemble.outcomes) if all else ())
        return [compare_quantiles(ensemble, words, baseline or source.usual_baseline(), names)]
    base = baseline or source.usual_baseline()
    found = compare(ensemble, base, turns=not by_form, outcomes=outcome)
    found = replace(found, plan=source.plan())
    if by_form:
        names = outcome or found.by_form.headlines
        rows = _of(found, names)
        more = combined(forms_of(ensemble.experiment)) if all else ()
        combinations = (
            _of(compare_under(ensemble, base, more, False, outcome), names) if more else ()
        )
        of = replace(found.by_form, rows=rows, headlines=names, combinations=combinations)
        return [replace(of, asked=bool(outcome))]
    if outcome:
        rows = holm([row for row in found.rows if row.outcome in outcome])
        found = replace(found, rows=rows, headlines=outcome)
    if len(ensemble.scenarios) == 1:
        source.message(
            "only one scenario, so nothing is compared: name another file, or add --vary LEVER=A,B"
        )
    step = next_step(found.rows, found.headlines, ensemble.experiment)
    return [replace(found, detailed=all or bool(outcome), asked=bool(outcome), next_step=step)]


def _of(found: Comparison, names: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of some outcomes that are told by form."""
    return tuple(row for row in found.by_form.rows if row.outcome in names)


ANALYSIS = Analysis(
    verb="compare",
    summary="Compare scenarios with a baseline: in how many futures each is better, and by how much.",
    functions=(run, compare, compare_quantiles),
    reads="scenarios",
    run=_compare,
    options=(
        Option(
            "baseline",
            "Name of the baseline; by default that of an experiment among the files, or the first.",
        ),
        OUTCOMES,
        Option("show", "Show these quantiles over runs, and the mean.", metavar="p5,p50,p95,mean"),
        Option("all", "All outcomes, with means and intervals.", type=bool, default=False),
        Option(
            "by_form",
            "A table of the differences under each form of the model (structural assumption); with "
            "--all under each combination too.",
            type=bool, default=False,
        ),
        Option(
            "until_ci",
            "Add runs until every half width is this part of its mean (of 100 % for shares).",
            metavar="5%",
        ),
        Option(
            "cap", "Most replications per scenario with --until-ci, in all futures.", type=int,
            default=CAP, minimum=1,
        ),
    ),
    order=10,
)  # fmt: skip
