"""The verbs of batches: run, verify, replay, cache."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import (
    FormatOption,
    Futures,
    KernelName,
    KernelOption,
    Plans,
    Quiet,
    Replications,
    Seed,
    Settings,
)
from sim.cli.steps import ended, executed, planned, told, written

if TYPE_CHECKING:
    from sim.execution.ensemble import Ensemble
    from sim.study.experiment import Experiment

Directory = Annotated[str, typer.Argument(help="A run directory, or its address.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (run, verify, replay):
        app.command()(verb)
    app.command(name="cache")(cached)


def run(
    files: Plans,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR|ADDRESS",
            help="Keep the results in this directory, or at an address of fsspec; resume what is there.",
        ),
    ] = None,
    replications: Replications = None,
    futures: Futures = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    cluster: Annotated[
        str | None,
        typer.Option(metavar="local:N|ADDRESS", help="Run on a Dask cluster; wants -o."),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let --cluster use another machine unencrypted.")
    ] = False,
    series: Annotated[
        bool, typer.Option("--series", help="Keep trajectories over time too; wants -o.")
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Compute anew what was computed before.")
    ] = False,
    log_json: Annotated[
        str | None,
        typer.Option("--log-json", metavar="FILE|-", help="Log as JSON lines; - is stderr."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Run scenarios or experiments and print their outcomes."""
    from sim.analysis.comparison import compare
    from sim.errors import Diagnostic, ExperimentError
    from sim.reporting.tables import outcome_notes, outcome_records, outcome_table

    experiment = planned(files, replications, seed, set_, futures, quiet)
    for name, asked in (("--cluster", cluster), ("--series", series)):
        if asked and output is None:
            words = f"{name} wants a directory"
            raise ExperimentError(Diagnostic("no-output", words, None, "add -o DIR"))
    if output is None:
        ensemble = executed(experiment, kernel, quiet, log=log_json, cache=not no_cache)
    else:
        ensemble = _kept(experiment, output, kernel, (cluster, insecure), series, quiet, log_json)
    found = compare(ensemble)
    if format in ("table", "markdown"):
        told(found, format, outcome_table, outcome_notes)
    else:
        written(outcome_records(found), format)
    ended(ensemble)


def _kept(
    experiment: Experiment,
    output: str,
    kernel: KernelName,
    cluster: tuple[str | None, bool],
    series: bool,
    quiet: bool,
    log: str | None,
) -> Ensemble:
    """Run a plan into a directory, with progress."""
    from sim.cli.progress import Meter
    from sim.cli.signals import interruptible
    from sim.execution.runner import held_in_memory
    from sim.storage import executors
    from sim.storage.batch import write_batch
    from sim.storage.run_directory import count_failed, load_results

    address, insecure = cluster
    executor = executors.local
    if address is not None:
        executor = executors.cluster(address, insecure=insecure)
    with interruptible(output) as pulse, Meter(experiment, quiet, log, pulse) as meter:
        try:
            write_batch(
                experiment,
                output,
                kernel=kernel,
                executor=executor,
                progress=meter.update,
                series=series,
            )
        except OSError:
            print(f"what is finished is kept in '{output}'", file=sys.stderr)
            raise
        if not held_in_memory(experiment):
            failed = count_failed(output)
            print(f"all is in '{output}', too large for a table", file=sys.stderr)
            if failed:
                print(f"{failed:,} of {experiment.size:,} replications failed", file=sys.stderr)
            raise typer.Exit(1 if failed else 0)
        ensemble = load_results(output)
        meter.done(ensemble)
    return ensemble


def verify(
    directory: Directory,
    sample: Annotated[int, typer.Option(help="Replications to compute again.", min=0)] = 20,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Check the digests of a run directory and compute a sample of its rows again, bit for bit."""
    from sim.storage.batch import verify as inspect

    found = inspect(directory, sample=sample, kernel=kernel)
    for name in found.damaged:
        print(f"{name}: missing or damaged", file=sys.stderr)
    for name in found.different:
        print(f"{name}: comes out otherwise", file=sys.stderr)
    if found.unfinished:
        words = f"{found.unfinished:,} of {found.shards:,} shards are not there yet"
        print(
            f"{words}: the run was not finished; the same command goes on with it", file=sys.stderr
        )
    if not found.fine:
        raise typer.Exit(1)
    if not quiet:
        print(f"{found.shards} shards whole, {found.sampled} replications the same bit for bit")


def replay(
    directory: Directory,
    scenario: Annotated[
        str | None, typer.Option(help="Name of the scenario; else the first.")
    ] = None,
    replication: Annotated[int, typer.Option(help="Which replication.", min=0, max=2**53)] = 0,
    future: Annotated[int, typer.Option(help="Which future.", min=0)] = 0,
) -> None:
    """Tell any row of a run directory as a story."""
    from sim.execution.runner import replay as tell
    from sim.storage.run_directory import open_directory

    experiment = open_directory(directory)[0].experiment
    print(tell(experiment, scenario=scenario, replication=replication, future=future))


def cached(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything from it.")] = False,
) -> None:
    """Say what the cache of replications holds and where, or clear it."""
    from sim.execution.cache import cache_folder, entries, shrink

    folder = cache_folder()
    if folder is None:
        print("the cache is off")
        return
    found = entries()
    size = sum(size for _, size, _ in found) / 2**20
    print(f"{folder}: {len(found):,} entries, {size:.1f} MB")
    if clear:
        print(f"{shrink(0):,} removed")
