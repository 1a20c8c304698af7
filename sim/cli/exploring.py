"""The verbs that explore, of which attribute, discover and sweep stand here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.cli.options import (
    FormatOption,
    Futures,
    KernelOption,
    Quiet,
    ScenarioFile,
    Seed,
    Settings,
    parse_settings,
)
from sim.cli.searching import search
from sim.cli.sensitivity import sensitivity, show_worth
from sim.cli.stepping import (
    ChartFile,
    Count,
    ManyFutures,
    OneOutcome,
    Only,
    Steps,
    Study,
    asked,
    bare,
    drawing,
    ensemble_of,
    failed,
    loaded,
    tell,
)
from sim.cli.steps import default_seed, ended, written
from sim.errors import Diagnostic, ExperimentError


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (sensitivity, attribute, discover, search, sweep):
        app.command()(verb)
    app.command("voi")(show_worth)


def attribute(
    scenario: ScenarioFile,
    baseline: Annotated[
        Path | None, typer.Option(help="The scenario without the package; else the model.")
    ] = None,
    outcome: Annotated[
        list[str] | None, typer.Option("--outcome", help="The outcome asked about; repeatable.")
    ] = None,
    by: Annotated[
        Literal["lever", "group"], typer.Option(help="Count each lever, or each group together.")
    ] = "lever",
    futures: Futures = None,
    replications: Count = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    chart: ChartFile = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """How much of a package's effect each lever contributes: exact Shapley values."""
    from sim.analysis.attribution import shapley as divide
    from sim.reporting.exploring import attribution_notes, attribution_table
    from sim.reporting.exploring_charts import waterfall_chart

    chosen = loaded(scenario, set_)
    other = loaded(baseline, None) if baseline else bare(chosen)
    goals = [n for n, o in chosen.model.outcomes.items() if o.goal]
    names = outcome or (goals or list(chosen.model.outcomes))[:1]
    for name in names:
        asked(chosen, name)
    with Steps(quiet) as steps:
        found = divide(
            chosen, other, names, by=by, replications=replications or (40 if futures else 500),
            futures=futures or 0, seed=default_seed(seed), kernel=kernel,
            progress=steps.update,
        )  # fmt: skip
    if len(found) == 1 or format == "table":
        for i, one in enumerate(found):
            print(end="\n" if i else "")
            drawn = chart if i == 0 else None
            tell(one, attribution_table, attribution_notes, waterfall_chart, format, drawn)
    else:
        records = [{"outcome": one.outcome.name} | row for one in found for row in one.table()]
        written(records, format)
        drawing(found[0], waterfall_chart, chart)
    failed(found[0].failed)


def discover(
    study: Study,
    outcome: OneOutcome,
    at_least: Annotated[
        float | None, typer.Option(help="The target: a future fails if its mean is below.")
    ] = None,
    at_most: Annotated[
        float | None, typer.Option(help="The target: a future fails if its mean is above.")
    ] = None,
    futures: ManyFutures = None,
    scenario: Annotated[
        str | None, typer.Option(help="Which scenario of an experiment; else the last.")
    ] = None,
    only: Only = None,
    box: Annotated[
        int | None,
        typer.Option(help="Which box of the peeling trajectory; else the best balanced."),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree/--no-tree", help="Grow a classification tree too.")
    ] = True,
    replications: Count = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    chart: ChartFile = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Under which futures a policy fails its target: boxes (PRIM) and a tree (CART)."""
    from sim.analysis.discovery import discover as find
    from sim.analysis.discovery import settled
    from sim.reporting.exploring import discovery_notes, discovery_table
    from sim.reporting.exploring_charts import trajectory_chart
    from sim.study.experiment import Target

    target = None
    if at_least is not None or at_most is not None:
        target = Target(
            float("-inf") if at_least is None else at_least,
            float("inf") if at_most is None else at_most,
        )
    ensemble = ensemble_of(
        [study],
        lambda e: settled(e, outcome, target, scenario, only or ()), futures=futures,
        replications=replications, seed=seed, set_=set_, kernel=kernel, quiet=quiet,
    )  # fmt: skip
    found = find(ensemble, outcome, target, scenario, only=only or (), choose=box, tree=tree)
    tell(found, discovery_table, discovery_notes, trajectory_chart, format, chart)
    ended(ensemble)


def sweep(
    scenario: ScenarioFile,
    outcome: OneOutcome,
    lever: Annotated[
        list[str],
        typer.Option("--lever", metavar="NAME[=V,V,…]", help="What to sweep; one or two."),
    ],
    against: Annotated[
        Path | None, typer.Option(help="A scenario to take the differences to.")
    ] = None,
    level: Annotated[
        float | None,
        typer.Option(help="Level whose crossing is sought; 0 for differences to a scenario."),
    ] = None,
    levels: Annotated[
        int,
        typer.Option(help="About how many values of a lever given without any.", min=2, max=1_000),
    ] = 11,
    replications: Count = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    chart: ChartFile = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """An outcome over a grid of one or two levers, and where it tips."""
    from sim.analysis.inputs import factors
    from sim.analysis.sweep import sweep_levers
    from sim.engine.trace import encode
    from sim.reporting.exploring import sweep_notes, sweep_table
    from sim.reporting.exploring_charts import sweep_chart

    chosen = loaded(scenario, set_)
    asked(chosen, outcome)
    names = [word.partition("=")[0].strip() for word in lever]
    inputs = factors(chosen, names)
    if len(inputs) < len(names):
        raise ExperimentError(Diagnostic("bad-sweep", f"'{names[0]}' is given twice"))
    grid = []
    for word, factor in zip(lever, inputs, strict=True):
        _, sign, values = word.partition("=")
        if not sign:
            grid.append(factor.levels(levels))
            continue
        each = [parse_settings([f"{factor.name}={v}"])[factor.name] for v in values.split(",")]
        grid.append([encode(v, factor.type) for v in each])
    with Steps(quiet) as steps:
        found = sweep_levers(
            chosen, outcome, inputs, grid, against=loaded(against, None) if against else None,
            level=level, replications=replications or 500,
            seed=default_seed(seed), kernel=kernel, progress=steps.update,
        )  # fmt: skip
    tell(found, sweep_table, sweep_notes, sweep_chart, format, chart)
    failed(found.failed)
