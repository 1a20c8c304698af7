"""Steps that several verbs share: files → plan → results, and the end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import typer

from sim.cli.options import Format, KernelName, parse_settings

if TYPE_CHECKING:
    from sim.execution.ensemble import Ensemble
    from sim.study.experiment import Experiment


def results(
    files: Sequence[Path],
    *,
    replications: int | None = None,
    seed: int | None = None,
    set_: Sequence[str] | None = None,
    kernel: KernelName = "auto",
    quiet: bool = False,
    series: bool = False,
    futures: int | None = None,
    before: Callable[[Experiment], object] | None = None,
) -> Ensemble:
    """Return the results of a run directory, or run the files of a command.

    Parameters
    ----------
    futures
        Futures to sample in place of those of the experiment, if any.
    before
        Judges the plan before anything runs.

    Raises
    ------
    SimError
        A file is faulty, or the directory holds no results.
    ExperimentError
        Options are given that finished results cannot follow.
    """
    if len(files) == 1 and holds_results(files[0]):
        from sim.storage.run_directory import load_results

        ensemble = load_results(files[0])
        refuse_options(replications, seed, set_, futures)
        if before is not None:
            before(ensemble.experiment)
        if series and ensemble.trajectories is None:
            again = executed(ensemble.experiment, kernel, quiet, series=True)
            return replace(again, planned=ensemble.planned)
        return ensemble
    experiment = planned(files, replications, seed, set_, futures, quiet)
    if before is not None:
        before(experiment)
    return executed(experiment, kernel, quiet, series=series)


def default_seed(seed: int | None) -> int:
    """Return a seed, or the default one."""
    from sim.study.files import DEFAULT_SEED

    return DEFAULT_SEED if seed is None else seed


def refuse_options(
    replications: int | None, seed: int | None, set_: Sequence[str] | None, futures: int | None
) -> None:
    """Refuse options that finished results cannot follow."""
    from sim.errors import Diagnostic, ExperimentError

    if replications or seed is not None or set_ or futures is not None:
        words = "a directory holds finished results: -n, --seed, --set and --futures do not apply"
        raise ExperimentError(Diagnostic("finished", words))


def holds_results(file: Path) -> bool:
    """Whether a word of the command line is a directory or an address rather than a file."""
    return file.is_dir() or ":/" in str(file)


def writable(output: Path) -> None:
    """Refuse a file that cannot be written, before anything runs."""
    from sim.errors import Diagnostic, ResultError

    if not output.parent.is_dir():
        raise ResultError(Diagnostic("no-folder", f"there is no folder '{output.parent}'"))
    if output.is_dir():
        raise ResultError(Diagnostic("is-folder", f"'{output}' is a folder, a file is wanted"))


def usual_baseline(files: Sequence[Path], experiment: Experiment) -> str:
    """Return the baseline of an experiment among the files, else the first scenario."""
    from sim.study.experiment_file import load_experiment
    from sim.study.files import kinds

    names = [scenario.name for scenario in experiment.scenarios]
    for file, kind in kinds([file for file in files if not holds_results(file)]):
        if kind == "experiment":
            first = load_experiment(file).scenarios[0].name
            if first in names:
                return first
    return names[0]


def planned(
    files: Sequence[Path],
    replications: int | None,
    seed: int | None,
    set_: Sequence[str] | None,
    futures: int | None = None,
    quiet: bool = False,
) -> Experiment:
    """Load the files of a command as one experiment; warnings go to stderr unless `quiet`."""
    from sim.study.files import load

    logger = logging.getLogger("sim")
    before = logger.level
    logger.setLevel(logging.ERROR if quiet else before)
    try:
        return load(
            files,
            replications=replications,
            seed=seed,
            settings=parse_settings(set_),
            futures=futures,
        )
    finally:
        logger.setLevel(before)


def executed(
    experiment: Experiment,
    kernel: KernelName,
    quiet: bool,
    series: bool = False,
    onto: Ensemble | None = None,
    log: str | None = None,
    cache: bool = True,
) -> Ensemble:
    """Run an experiment with progress on stderr."""
    from sim.cli.progress import Meter
    from sim.cli.signals import interruptible
    from sim.execution.runner import run as execute

    with interruptible() as pulse, Meter(experiment, quiet, log, pulse) as meter:
        ensemble = execute(
            experiment, kernel=kernel, progress=meter.update, series=series, onto=onto, cache=cache
        )
        meter.done(ensemble)
    return ensemble


def ended(ensemble: Ensemble) -> None:
    """Tell of failed replications and of what is not there; exit 1 if a replication failed."""
    if ensemble.partial:
        print(ensemble.partial_note, file=sys.stderr)
    if not ensemble.failures:
        return
    for failure in ensemble.failures[:5]:
        where = f"{failure.scenario}, replication {failure.replication}"
        if failure.future:
            where += f", future {failure.future}"
        if failure.event:
            where += f", event '{failure.event}', time {failure.time:.4g}"
        print(f"failed: {where}", file=sys.stderr)
        print(f"   {failure.message}", file=sys.stderr)
    print(
        f"{len(ensemble.failures):,} of {ensemble.failed.size:,} replications failed",
        file=sys.stderr,
    )
    raise typer.Exit(1)


class Answer(Protocol):
    """What an analysis gives."""

    def table(self) -> Sequence[Mapping[str, object]]:
        """Return one record per row, numbers in full."""


Given = TypeVar("Given", bound=Answer)


def told(
    answer: Given,
    format: Format,
    table: Callable[[Given], object],
    notes: Callable[[Given], Sequence[str]],
) -> None:
    """Write an answer to stdout: for people as a table with its notes, for programs as records."""
    from rich.table import Table

    from sim.reporting.tables import show, table_markdown

    if format == "table":
        show(table(answer))
        print("\n" + "\n".join(notes(answer)))
    elif format == "markdown" and isinstance(made := table(answer), Table):
        print(table_markdown(made) + "\n" + "\n\n".join(notes(answer)))
    else:
        written(answer.table(), format)


def written(records: Sequence[Mapping[str, object]], format: Format) -> None:
    """Write records to stdout."""
    from sim.reporting.tables import write_records

    sys.stdout.write(write_records(records, format))
