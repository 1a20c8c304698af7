"""Steps that several verbs share: files → plan → results, and the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import typer

from sim.cli.options import Format, KernelName, settings

if TYPE_CHECKING:
    from sim.execution.ensemble import Ensemble
    from sim.study.experiment import Experiment

Loaded = TypeVar("Loaded")
DEFAULT_REPLICATIONS = 1_000
DEFAULT_SEED = 20250714
#: Replications of a future where futures are sampled.
PER_FUTURE = 50


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
    plan = planned(files, replications, seed, set_, futures, quiet)
    if before is not None:
        before(plan)
    return executed(plan, kernel, quiet, series=series)


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


def usual_baseline(files: Sequence[Path], plan: Experiment) -> str:
    """Return the baseline of an experiment among the files, else the first scenario."""
    from sim.study.experiment_file import load_experiment
    from sim.study.files import kinds

    names = [scenario.name for scenario in plan.scenarios]
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
    """Turn the files of a command into one experiment.

    Among scenarios everything else is passed over, and said so: `compare study/*.yaml` compares the
    scenarios of a study.
    """
    made = _gathered(files, replications, seed, set_, quiet)
    if futures is None:
        return made
    return with_futures(made, futures, replications)


def with_futures(made: Experiment, futures: int, replications: int | None) -> Experiment:
    """Sample an experiment's uncertain parameters anew; 0 holds them at their central values.

    Scenarios get fewer replications in each of many futures; an experiment in a file keeps its own.
    """
    from sim.study.experiment import plan

    sampler = made.sampler
    if sampler == "central":
        sampler = "latin_hypercube" if futures & (futures - 1) else "sobol"
    few = bool(futures) and replications is None and not made.path
    again = plan(
        made.scenarios, replications=PER_FUTURE if few else made.replications, seed=made.seed,
        futures=futures, sampler=sampler,
    )  # fmt: skip
    return replace(
        made,
        replications=again.replications,
        parameters=again.parameters,
        futures=again.futures,
        sampler=again.sampler,
    )


def _gathered(
    files: Sequence[Path],
    replications: int | None,
    seed: int | None,
    set_: Sequence[str] | None,
    quiet: bool,
) -> Experiment:
    """Read the files of a command into one experiment."""
    from sim.errors import Diagnostic, ExperimentError
    from sim.study.experiment import plan
    from sim.study.experiment_file import load_experiment
    from sim.study.files import kinds
    from sim.study.scenario import load_scenario

    found = kinds(files)
    scenarios = [f for f, kind in found if kind == "scenario"] or [
        f for f, k in found if k == "model"
    ]
    experiments = [f for f, kind in found if kind == "experiment"]
    if scenarios:
        passed = {f: kind for f, kind in found if f not in scenarios}
        if passed and not quiet:
            names = ", ".join(f"{f.name} ({kind})" for f, kind in passed.items())
            print(f"passed over among scenarios: {names}", file=sys.stderr)
        loaded = every(scenarios, load_scenario)
        loaded = [s.with_settings(settings(set_, s)) for s in loaded]
        return plan(
            loaded,
            replications=replications or DEFAULT_REPLICATIONS,
            seed=DEFAULT_SEED if seed is None else seed,
            name="comparison" if len(loaded) > 1 else loaded[0].name,
        )
    if len(experiments) != 1:
        words = "scenarios, one model or one experiment are wanted here"
        raise ExperimentError(Diagnostic("no-scenario", words))
    made = load_experiment(experiments[0])
    if set_:
        for name in settings(set_, made.scenarios[0]):
            if any(name in scenario.settings for scenario in made.scenarios):
                words = f"'{name}' is varied by the experiment and cannot be set too"
                raise ExperimentError(Diagnostic("bad-setting", words))
        given = [s.with_settings(settings(set_, s)) for s in made.scenarios]
        made = replace(made, scenarios=tuple(given))
    return replace(
        made,
        replications=replications or made.replications,
        seed=made.seed if seed is None else seed,
    )


def every(files: Sequence[Path], load: Callable[[Path], Loaded]) -> list[Loaded]:
    """Load every file.

    Raises
    ------
    ModelError
        With the faults of all of them.
    """
    from sim.errors import Diagnostic, ModelError

    loaded: list[Loaded] = []
    faults: dict[Diagnostic, None] = {}
    for file in files:
        try:
            loaded.append(load(file))
        except ModelError as error:
            faults |= dict.fromkeys(error.diagnostics)
    if faults:
        raise ModelError(faults)
    return loaded


def executed(
    plan: Experiment,
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

    with interruptible() as pulse, Meter(plan, quiet, log, pulse) as meter:
        ensemble = execute(
            plan, kernel=kernel, progress=meter.update, series=series, onto=onto, cache=cache
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
