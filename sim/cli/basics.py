"""The verbs of the main job: check, trace, run, compare, source, ui."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.options import (
    Files,
    FormatOption,
    KernelOption,
    Quiet,
    Replications,
    ScenarioFile,
    Seed,
    Settings,
    settings,
)

if TYPE_CHECKING:
    from sim.ensemble import Ensemble
    from sim.experiment import Experiment

DEFAULT_REPLICATIONS = 200
DEFAULT_SEED = 20250714


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (check, trace, run, compare, robustness, source, ui):
        app.command()(verb)


def check(files: Files, quiet: Quiet = False) -> None:
    """Check files and show every fault at its place; exit 2 if there is one."""
    from sim.errors import DiagnosedError
    from sim.loading import load

    seen: set[str] = set()
    for file in files:
        try:
            found = load(file)
        except DiagnosedError as error:
            for diagnostic in error.diagnostics:
                picture = diagnostic.picture()
                if picture not in seen:
                    print(picture, file=sys.stderr)
                seen.add(picture)
        else:
            if not quiet:
                print(f"{file}: fine, {found}")
    if seen:
        print(f"{len(seen)} fault{'s' if len(seen) > 1 else ''}", file=sys.stderr)
        raise typer.Exit(2)


def trace(
    scenario: ScenarioFile,
    seed: Seed = None,
    replication: Annotated[int, typer.Option(help="Which replication.", min=0)] = 0,
    set_: Settings = None,
    format: Annotated[
        Literal["story", "csv", "json"], typer.Option("--format", help="How it is told.")
    ] = "story",
) -> None:
    """Tell one replication: what happened, when, and what it changed."""
    from sim.reporting.stories import trace_records
    from sim.reporting.tables import write_records
    from sim.running import trace as tell
    from sim.scenario import load_scenario

    chosen = load_scenario(scenario)
    chosen = chosen.with_settings(settings(set_, chosen))
    told = tell(chosen, seed=DEFAULT_SEED if seed is None else seed, replication=replication)
    print(told if format == "story" else write_records(trace_records(told), format).rstrip("\n"))


def run(
    files: Files,
    replications: Replications = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Run scenarios or experiments and print their outcomes."""
    from sim.reporting.tables import outcome_records, write_records

    plan = planned(files, replications, seed, set_)
    ensemble = executed(plan, kernel, quiet)
    sys.stdout.write(write_records(outcome_records(ensemble), format))
    ended(ensemble)


def compare(
    files: Files,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="Name of the baseline; else that of an experiment among the files, else the first."
        ),
    ] = None,
    replications: Replications = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
    until_ci: Annotated[
        str | None,
        typer.Option(
            "--until-ci",
            metavar="5%",
            help="Add replications until every half width is this part of its mean (of 100 % for shares).",
        ),
    ] = None,
    outcome: Annotated[
        list[str] | None, typer.Option(help="Only this outcome; repeatable.")
    ] = None,
    cap: Annotated[
        int, typer.Option(help="Most replications a scenario with --until-ci.", min=1)
    ] = 100_000,
) -> None:
    """Compare scenarios: means or shares, and paired differences to a baseline with 95 % intervals."""
    from sim.analysis.comparison import compare as contrast
    from sim.analysis.stopping import parse_precision, run_until
    from sim.reporting.tables import comparison_notes, comparison_table, show, write_records

    plan = planned(files, replications, seed, set_)
    baseline = baseline or usual_baseline(files, plan)
    plan.scenario_index(baseline)
    chosen = tuple(outcome or ())
    for name in chosen:
        plan.model_outcome(name)
    if until_ci is None:
        ensemble = executed(plan, kernel, quiet)
        comparison = contrast(ensemble, baseline)
    else:
        found = run_until(
            plan,
            parse_precision(until_ci),
            lambda p, onto: executed(p, kernel, quiet, onto=onto),
            baseline=baseline,
            outcomes=chosen,
            cap=cap,
        )
        ensemble, comparison = found.ensemble, found.comparison
        if not found.reached and not quiet:
            name, scenario, ratio = found.widest
            print(
                f"the cap of {cap:,} replications was met first: the interval of '{name}' in "
                f"'{scenario}' is still {ratio:.1f} times as wide as asked",
                file=sys.stderr,
            )
    if chosen:
        comparison = replace(
            comparison, rows=tuple(row for row in comparison.rows if row.outcome in chosen)
        )
    if format == "table":
        show(comparison_table(comparison))
        print("\n" + "\n".join(comparison_notes(comparison)))
    else:
        sys.stdout.write(write_records(comparison.table(), format))
    ended(ensemble)


def robustness(
    experiment: Annotated[Path, typer.Argument(help="An experiment with futures.")],
    outcome: Annotated[
        list[str] | None, typer.Option(help="Only this outcome; repeatable.")
    ] = None,
    replications: Replications = None,
    seed: Seed = None,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Judge scenarios across futures: expected value, worst case, regret, satisficing and more."""
    from sim.analysis.robustness import robustness as judge
    from sim.reporting.tables import robustness_notes, robustness_table, show, write_records

    plan = planned([experiment], replications, seed, None)
    for name in outcome or ():
        plan.model_outcome(name)
    ensemble = executed(plan, kernel, quiet)
    found = judge(ensemble, tuple(outcome or ()))
    if format == "table":
        show(robustness_table(found))
        print("\n" + "\n".join(robustness_notes(found)))
    else:
        sys.stdout.write(write_records(found.table(), format))
    ended(ensemble)


def source(
    scenario: ScenarioFile,
    emit: Annotated[Literal["python", "llvm"], typer.Option(help="Which form.")] = "python",
) -> None:
    """Print what runs: the generated source, with the place in the YAML beside each line."""
    from sim.program import generate
    from sim.scenario import load_scenario

    program = generate(load_scenario(scenario).model)
    if emit == "llvm":
        from sim.kernels.compiled import compiled

        print(compiled(program).llvm)
        return
    for number, line in enumerate(program.source.split("\n"), start=1):
        span = program.lines.get(number)
        print(f"{line:<96}  # {Path(span.file).name}:{span.line}" if span else line)


def ui(
    study: Annotated[
        Path | None, typer.Argument(help="A study's folder, or one of its files.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 8501,
) -> None:
    """Open the page: slide a lever, see what changes, know how sure."""
    from ui.launch import serve

    raise typer.Exit(serve(study, port))


def usual_baseline(files: Sequence[Path], plan: Experiment) -> str:
    """Return the baseline of an experiment among the files, else the first scenario."""
    from sim.experiment import load_experiment
    from sim.loading import kinds

    names = [scenario.name for scenario in plan.scenarios]
    for file, kind in kinds(files):
        if kind == "experiment":
            first = load_experiment(file).scenarios[0].name
            if first in names:
                return first
    return names[0]


def planned(
    files: Sequence[Path], replications: int | None, seed: int | None, set_: list[str] | None
) -> Experiment:
    """Turn the files of a command into one experiment.

    Among scenarios, models and experiments are passed over: `compare study/*.yaml` compares the
    scenarios of a study.
    """
    from sim.errors import Diagnostic, ExperimentError
    from sim.experiment import load_experiment, plan
    from sim.loading import kinds
    from sim.scenario import load_scenario

    found = kinds(files)
    scenarios = [f for f, kind in found if kind == "scenario"] or [
        f for f, k in found if k == "model"
    ]
    experiments = [f for f, kind in found if kind == "experiment"]
    if scenarios:
        loaded = [load_scenario(file) for file in scenarios]
        loaded = [s.with_settings(settings(set_, s)) for s in loaded]
        return plan(
            loaded,
            replications=replications or DEFAULT_REPLICATIONS,
            seed=DEFAULT_SEED if seed is None else seed,
            name="comparison" if len(loaded) > 1 else loaded[0].name,
        )
    if len(experiments) != 1:
        raise ExperimentError(
            Diagnostic("no-scenario", "scenarios, one model or one experiment are wanted here")
        )
    made = load_experiment(experiments[0])
    if set_:
        given = [s.with_settings(settings(set_, s)) for s in made.scenarios]
        made = replace(made, scenarios=tuple(given))
    return replace(
        made,
        replications=replications or made.replications,
        seed=made.seed if seed is None else seed,
    )


def executed(
    plan: Experiment,
    kernel: Literal["auto", "simpy", "compiled"],
    quiet: bool,
    series: bool = False,
    onto: Ensemble | None = None,
) -> Ensemble:
    """Run an experiment with progress on stderr."""
    from sim.cli.progress import Meter
    from sim.running import run as execute

    with Meter(plan, quiet) as meter:
        ensemble = execute(plan, kernel=kernel, progress=meter.update, series=series, onto=onto)
        meter.done(ensemble)
    return ensemble


def ended(ensemble: Ensemble) -> None:
    """Tell of failed replications, and leave with exit code 1 if there are any."""
    if not ensemble.failures:
        return
    for failure in ensemble.failures[:5]:
        where = f"{failure.scenario}, replication {failure.replication}"
        if failure.future:
            where += f", future {failure.future}"
        print(f"failed: {where}, event '{failure.event}', time {failure.time:.4g}", file=sys.stderr)
        print(f"   {failure.message}", file=sys.stderr)
    print(
        f"{len(ensemble.failures):,} of {ensemble.failed.size:,} replications failed",
        file=sys.stderr,
    )
    raise typer.Exit(1)
