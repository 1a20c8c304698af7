"""The verbs that rank inputs: sensitivity and voi."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sim.cli.options import FormatOption, Futures, KernelOption, Quiet, Seed, Settings
from sim.cli.stepping import (
    SCREEN_ABOVE,
    ChartFile,
    Count,
    ManyFutures,
    OneOutcome,
    Only,
    Steps,
    Study,
    asked,
    ensemble_of,
    failed,
    kind_of_file,
    loaded,
    tell,
)
from sim.cli.steps import default_seed, ended, holds_results
from sim.errors import Diagnostic, ExperimentError


def sensitivity(
    study: Study,
    outcome: OneOutcome,
    method: Annotated[
        Literal["auto", "morris", "sobol", "tornado", "variance", "pawn"],
        typer.Option(
            help="auto: Sobol up to 12 inputs, Morris above; variance and pawn read futures "
            "already made (an experiment or a run directory)."
        ),
    ] = "auto",
    levers: Annotated[bool, typer.Option("--levers", help="Move the levers too.")] = False,
    only: Only = None,
    points: Annotated[
        int, typer.Option(help="Base points of Sobol, a power of two.", min=2)
    ] = 1024,
    trajectories: Annotated[int, typer.Option(help="Trajectories of Morris.", min=2)] = 20,
    scenario: Annotated[
        str | None, typer.Option(help="Which scenario of an experiment; else the first.")
    ] = None,
    replications: Count = None,
    futures: Futures = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    chart: ChartFile = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Which assumptions move an outcome: Sobol indices, Morris's screening, a tornado, given runs."""
    from sim.analysis import screening
    from sim.analysis import variance_decomposition as variances
    from sim.analysis.inputs import factors
    from sim.analysis.one_at_a_time import tornado
    from sim.reporting import sensitivities as told
    from sim.reporting import sensitivity_charts as charts

    given = holds_results(study) or kind_of_file(study) == "experiment"
    if method in ("variance", "pawn") or (method == "auto" and given):
        from sim.analysis.given_data import importance, settled

        _fits("variance" if method == "auto" else method, levers=levers or None)
        ensemble = ensemble_of(
            [study], lambda e: settled(e, outcome, scenario, only or ()), futures=futures, usual=0,
            replications=replications, seed=seed, set_=set_, kernel=kernel, quiet=quiet,
        )  # fmt: skip
        measure: Literal["variance", "pawn"] = "pawn" if method == "pawn" else "variance"
        found = importance(ensemble, outcome, scenario, measure=measure, only=only or ())
        tell(
            found, told.importance_table, told.importance_notes, charts.ranking_chart, format, chart
        )
        ended(ensemble)
        return
    _fits(method, scenario=scenario, futures=futures)
    if holds_results(study):
        words = f"'{method}' runs a design of its own, and '{study}' holds finished results"
        help = "give a scenario, or --method variance or pawn"
        raise ExperimentError(Diagnostic("finished", words, None, help))
    chosen = loaded(study, set_)
    inputs = factors(chosen, only or (), levers=levers)
    asked(chosen, outcome)
    at = default_seed(seed)
    if method == "auto":
        method = "sobol" if len(inputs) <= SCREEN_ABOVE else "morris"
    result: Any
    with Steps(quiet) as steps:
        shared: dict[str, Any] = {"seed": at, "kernel": kernel, "progress": steps.update}
        if method == "tornado":
            result = tornado(chosen, outcome, inputs, replications=replications or 200, **shared)
        elif method == "morris":
            result = screening.morris(
                chosen, outcome, inputs, trajectories=trajectories,
                replications=replications or 20, **shared,
            )  # fmt: skip
        else:
            result = variances.sobol(
                chosen, outcome, inputs, base_points=points, replications=replications or 20,
                **shared,
            )  # fmt: skip
    match method:
        case "tornado":
            tell(
                result, told.tornado_table, told.tornado_notes, charts.tornado_chart, format, chart
            )
            failed(sum(bar.failed for bars in result.bars for bar in bars))
        case "morris":
            tell(result, told.morris_table, told.morris_notes, charts.ranking_chart, format, chart)
        case _:
            tell(result, told.sobol_table, told.sobol_notes, charts.ranking_chart, format, chart)


def _fits(method: str, **options: object) -> None:
    """Refuse options that a method has no use for, rather than pass them over."""
    for name, value in options.items():
        if value is not None:
            given = method in ("variance", "pawn")
            does = (
                "reads the futures of finished runs" if given else "moves the inputs of a scenario"
            )
            words = f"--{name} does not apply to '{method}', which {does}"
            other = "the other methods do" if given else "--method variance or pawn does"
            raise ExperimentError(Diagnostic("bad-option", words, None, other))


def show_worth(
    files: Annotated[
        list[Path], typer.Argument(help="Scenarios to choose between, or one experiment or run.")
    ],
    outcome: OneOutcome,
    futures: ManyFutures = None,
    only: Only = None,
    replications: Count = None,
    seed: Seed = None,
    format: FormatOption = "table",
    chart: ChartFile = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """What it is worth to know a parameter before choosing between scenarios (EVPPI)."""
    from sim.analysis.value_of_information import evppi, settled
    from sim.reporting.sensitivities import worth_notes, worth_table
    from sim.reporting.sensitivity_charts import ranking_chart

    ensemble = ensemble_of(
        files, lambda experiment: settled(experiment, outcome, only or ()), futures=futures,
        replications=replications, seed=seed, kernel=kernel, quiet=quiet,
    )  # fmt: skip
    found = evppi(ensemble, outcome, only=only or ())
    tell(found, worth_table, worth_notes, ranking_chart, format, chart)
    ended(ensemble)
