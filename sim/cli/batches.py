"""The verbs of batches: run, verify, replay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import (
    Files,
    FormatOption,
    KernelName,
    KernelOption,
    Quiet,
    Replications,
    Seed,
    Settings,
)
from sim.cli.working import ended, executed, planned

if TYPE_CHECKING:
    from sim.ensemble import Ensemble
    from sim.experiment import Experiment

Directory = Annotated[Path, typer.Argument(help="A run directory.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (run, verify, replay):
        app.command()(verb)


def run(
    files: Files,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Keep the results in this directory; resume what is there."
        ),
    ] = None,
    replications: Replications = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    cluster: Annotated[
        str | None,
        typer.Option(metavar="local:N|ADDRESS", help="Run on a Dask cluster; wants -o."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Run scenarios or experiments and print their outcomes."""
    from sim.errors import Diagnostic, ExperimentError
    from sim.reporting.tables import outcome_records, write_records

    plan = planned(files, replications, seed, set_)
    if cluster is not None and output is None:
        raise ExperimentError(Diagnostic("no-output", "a cluster wants a directory: add -o DIR"))
    if output is None:
        ensemble = executed(plan, kernel, quiet)
    else:
        ensemble = _kept(plan, output, kernel, cluster, quiet)
    sys.stdout.write(write_records(outcome_records(ensemble), format))
    ended(ensemble)


def _kept(
    plan: Experiment, output: Path, kernel: KernelName, cluster: str | None, quiet: bool
) -> Ensemble:
    """Run a plan into a directory, with progress."""
    from sim import executors
    from sim.batch import run_batch
    from sim.cli.progress import Meter

    executor = executors.local if cluster is None else executors.cluster(cluster)
    with Meter(plan, quiet) as meter:
        try:
            ensemble = run_batch(
                plan, output, kernel=kernel, executor=executor, progress=meter.update
            )
        except KeyboardInterrupt:
            print(f"interrupted: what is finished is kept in '{output}'", file=sys.stderr)
            raise
        meter.done(ensemble)
    return ensemble


def verify(
    directory: Directory,
    sample: Annotated[int, typer.Option(help="Replications to compute again.", min=0)] = 20,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Check the digests of a run directory and compute a sample of its rows again, bit for bit."""
    from sim.batch import verify as inspect

    found = inspect(directory, sample=sample, kernel=kernel)
    for name in found.damaged:
        print(f"{name}: missing or damaged", file=sys.stderr)
    for name in found.different:
        print(f"{name}: comes out otherwise", file=sys.stderr)
    if not found.fine:
        raise typer.Exit(1)
    if not quiet:
        print(f"{found.shards} shards whole, {found.sampled} replications the same bit for bit")


def replay(
    directory: Directory,
    scenario: Annotated[
        str | None, typer.Option(help="Name of the scenario; else the first.")
    ] = None,
    replication: Annotated[int, typer.Option(help="Which replication.", min=0)] = 0,
    future: Annotated[int, typer.Option(help="Which future.", min=0)] = 0,
) -> None:
    """Tell any row of a run directory as a story."""
    from sim.running import replay as tell
    from sim.store import open_directory

    plan = open_directory(directory)[0].plan
    print(tell(plan, scenario=scenario, replication=replication, future=future))
