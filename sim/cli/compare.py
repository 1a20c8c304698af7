"""The verbs that judge: compare, robustness."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import (
    Files,
    FormatOption,
    Futures,
    KernelOption,
    OutcomeOption,
    Quiet,
    Replications,
    Seed,
    Settings,
)
from sim.cli.steps import ended, executed, planned, results, told, usual_baseline

if TYPE_CHECKING:
    from sim.analysis.comparison import Comparison
    from sim.execution.ensemble import Ensemble
    from sim.study.experiment import Experiment


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (compare, robustness):
        app.command()(verb)


def compare(
    files: Files,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="Name of the baseline; else that of an experiment among the files, else the first."
        ),
    ] = None,
    replications: Replications = None,
    futures: Futures = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
    outcome: OutcomeOption = None,
    until_ci: Annotated[
        str | None,
        typer.Option(
            "--until-ci",
            metavar="5%",
            help="Add replications until every half width is this part of its mean (of 100 % for shares).",
        ),
    ] = None,
    cap: Annotated[int, typer.Option(help="Most replications with --until-ci.", min=1)] = 100_000,
) -> None:
    """Compare scenarios: means or shares, and paired differences to a baseline with 95 % intervals."""
    from sim.analysis.comparison import compare as contrast
    from sim.analysis.comparison import holm
    from sim.reporting.tables import comparison_notes, comparison_table

    chosen = tuple(outcome or ())

    def known(experiment: Experiment) -> None:
        experiment.scenario_index(baseline or experiment.scenarios[0].name)
        for name in chosen:
            experiment.model_outcome(name)

    if until_ci is None:
        ensemble = results(
            files,
            replications=replications,
            seed=seed,
            set_=set_,
            kernel=kernel,
            quiet=quiet,
            futures=futures,
            before=known,
        )
        experiment = ensemble.experiment
        baseline = baseline or usual_baseline(files, experiment)
        comparison = contrast(ensemble, baseline)
    else:
        experiment = planned(files, replications, seed, set_, futures, quiet)
        known(experiment)
        baseline = baseline or usual_baseline(files, experiment)
        ensemble, comparison = _narrowed(experiment, until_ci, baseline, chosen, cap, kernel, quiet)
    if chosen:
        rows = holm([row for row in comparison.rows if row.outcome in chosen])
        comparison = replace(comparison, rows=rows)
    told(comparison, format, comparison_table, comparison_notes)
    ended(ensemble)


def _narrowed(
    experiment: Experiment,
    until: str,
    baseline: str,
    outcomes: tuple[str, ...],
    cap: int,
    kernel: KernelOption,
    quiet: bool,
) -> tuple[Ensemble, Comparison]:
    """Add replications until the intervals are narrow enough; say so if they are not."""
    from sim.analysis.stopping import parse_precision, run_until

    found = run_until(
        experiment,
        parse_precision(until),
        lambda p, onto: executed(p, kernel, quiet, onto=onto),
        baseline=baseline,
        outcomes=outcomes,
        cap=cap,
    )
    if not found.reached and not quiet:
        name, scenario, ratio = found.widest
        print(
            f"the cap of {cap:,} replications was met first: the interval of '{name}' in '{scenario}' "
            f"is still {ratio:.1f} times as wide as asked",
            file=sys.stderr,
        )
    return found.ensemble, found.comparison


def robustness(
    files: Files,
    outcome: OutcomeOption = None,
    replications: Replications = None,
    futures: Futures = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Judge scenarios across futures: expected value, worst case, regret, satisficing and more."""
    from sim.analysis.decision_criteria import judgeable, robustness
    from sim.reporting.tables import robustness_notes, robustness_table

    chosen = tuple(outcome or ())
    ensemble = results(
        files,
        replications=replications,
        seed=seed,
        set_=set_,
        kernel=kernel,
        quiet=quiet,
        futures=futures,
        before=lambda experiment: judgeable(experiment, chosen),
    )
    found = robustness(ensemble, chosen)
    told(found, format, robustness_table, robustness_notes)
    ended(ensemble)
