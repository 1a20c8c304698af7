"""The verbs of batches: run, verify, replay, cache."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.analyses import write_results
from sim.cli.options import (
    Experiments,
    FormatOption,
    Futures,
    KernelName,
    KernelOption,
    Quiet,
    Replications,
    Seed,
    Settings,
)
from sim.cli.source import FileSource, report_failures

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
    files: Experiments,
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
        typer.Option(metavar="local:N|ADDRESS", help="Run on a Dask cluster; needs -o."),
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let --cluster use another machine unencrypted.")
    ] = False,
    series: Annotated[
        bool, typer.Option("--series", help="Keep trajectories over time too; needs -o.")
    ] = False,
    no_cache: Annotated[
        bool,
        typer.Option("--no-cache", help="Compute everything again instead of reading the cache."),
    ] = False,
    log_json: Annotated[
        str | None,
        typer.Option("--log-json", metavar="FILE|-", help="Log as JSON lines; - is stderr."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Run scenarios or experiments and print their outcomes."""
    from sim.analysis.outcomes import outcomes_of
    from sim.errors import Diagnostic, ExperimentError

    source = FileSource(
        files,
        replications=replications,
        futures=futures,
        given_seed=seed,
        settings=set_,
        kernel=kernel,
        quiet=quiet,
    )
    experiment = source.experiment()
    for name, asked in (("--cluster", cluster), ("--series", series)):
        if asked and output is None:
            words = f"{name} needs a directory for the results"
            raise ExperimentError(Diagnostic("no-output", words, None, "add -o DIR"))
    if output is None:
        ensemble = source.run(experiment, log=log_json, cache=not no_cache)
    else:
        ensemble = _stored(experiment, output, kernel, (cluster, insecure), series, quiet, log_json)
    write_results([outcomes_of(ensemble)], format)
    report_failures(ensemble)


def _stored(
    experiment: Experiment,
    output: str,
    kernel: KernelName,
    cluster: tuple[str | None, bool],
    series: bool,
    quiet: bool,
    log: str | None,
) -> Ensemble:
    """Run an experiment into a directory, with progress."""
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
    finished = 0

    def kept() -> str:
        return output if finished else ""

    def progress(done: int, total: int) -> None:
        nonlocal finished
        finished = done
        meter.update(done, total)

    with interruptible(kept) as pulse, Meter(quiet, log, pulse) as meter:
        meter.begin(experiment)
        try:
            write_batch(
                experiment,
                output,
                kernel=kernel,
                executor=executor,
                progress=progress,
                series=series,
            )
        except OSError:
            if kept():
                print(f"finished shards are kept in '{output}'", file=sys.stderr)
            raise
        if not held_in_memory(experiment):
            failed = count_failed(output)
            print(f"the results are in '{output}', too large for a table", file=sys.stderr)
            if failed:
                print(f"{failed:,} of {experiment.size:,} replications failed", file=sys.stderr)
            raise typer.Exit(1 if failed else 0)
        ensemble = load_results(output)
        meter.done(ensemble)
    return ensemble


def verify(
    directory: Directory,
    sample: Annotated[int, typer.Option(help="Replications to compute again.", min=0)] = 20,
    all_: Annotated[
        bool, typer.Option("--all", help="Compute every row and the trajectories again.")
    ] = False,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Check the digests of a run directory and compute its rows again, a sample or all, bit for bit."""
    from sim.storage.verification import verify as inspect

    found = inspect(directory, sample=None if all_ else sample, kernel=kernel)
    for name in found.damaged:
        print(f"{name}: missing or damaged", file=sys.stderr)
    for name in found.different:
        print(f"{name}: computed again, it differs", file=sys.stderr)
    if found.unfinished:
        words = f"{found.unfinished:,} of {found.shards:,} shards are missing"
        print(f"{words}: the run is not finished; repeat the command to go on", file=sys.stderr)
    if not found.fine:
        raise typer.Exit(1)
    if not quiet:
        print(f"{found.shards} shards intact, {found.sampled} replications equal bit for bit")


def replay(
    directory: Directory,
    scenario: Annotated[
        str | None, typer.Option(help="Name of the scenario; by default the first.")
    ] = None,
    replication: Annotated[int, typer.Option(help="Which replication.", min=0, max=2**53)] = 0,
    future: Annotated[int, typer.Option(help="Which future.", min=0)] = 0,
) -> None:
    """Show any replication of a run directory as a story."""
    from sim.execution.runner import replay as tell
    from sim.storage.run_directory import open_directory

    experiment = open_directory(directory)[0].experiment
    print(tell(experiment, scenario=scenario, replication=replication, future=future))


def cached(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all entries.")] = False,
) -> None:
    """Show where the cache of replications is and what is in it, or clear it."""
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
