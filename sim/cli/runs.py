"""The verbs of batches: run, merge, verify, replay, cache."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.next_steps import kept_options
from sim.cli.options import (
    All,
    Bom,
    Central,
    Decimal,
    Experiments,
    FormatOption,
    Futures,
    Independent,
    KernelName,
    KernelOption,
    Quiet,
    Replications,
    Seed,
    Separator,
    Settings,
    Vary,
    asked_futures,
)
from sim.cli.printing import SUFFIXES, Form, about_command, quoted, save_tables, write_results
from sim.cli.source import FileSource, report_failures

if TYPE_CHECKING:
    from sim.execution.ensemble import Ensemble
    from sim.reporting.workbooks import Sheet
    from sim.study.experiment import Experiment


def _part(text: str | None) -> tuple[int, int] | None:
    """Read ``2/8`` as part 2 of 8."""
    if text is None:
        return None
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise typer.BadParameter(f"'{text}' is not a part: part 2 of 8 is written 2/8")
    return int(number), int(count)


Directory = Annotated[str, typer.Argument(help="A run directory, or its address.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (run, merge, verify, replay):
        app.command()(verb)
    app.command(name="cache")(cached)


def run(
    files: Experiments,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR|ADDRESS|FILE",
            help="Keep all results in this directory, or at an address of fsspec, and resume what is "
            "there; or write the table into a file: .xlsx, .csv, .parquet or .json.",
        ),
    ] = None,
    replications: Replications = None,
    futures: Futures = None,
    central: Central = False,
    independent: Independent = False,
    seed: Seed = None,
    set_: Settings = None,
    vary: Vary = None,
    format: FormatOption = "table",
    all_: All = False,
    separator: Separator = None,
    decimal: Decimal = None,
    bom: Bom = None,
    kernel: KernelOption = "auto",
    cluster: Annotated[
        str | None, typer.Option(metavar="local:N|ADDRESS", help="Run on a Dask cluster; needs -o.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Let --cluster use another machine unencrypted.")
    ] = False,
    series: Annotated[
        bool, typer.Option("--series", help="Keep trajectories over time too; needs -o.")
    ] = False,
    rows: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a row per run too, with its sampled assumptions and its outcomes: .csv, .xlsx, "
            ".parquet or .json; with -o FILE.xlsx of the same name, a second sheet.",
        ),
    ] = None,
    wide: Annotated[
        bool,
        typer.Option(
            "--wide",
            help="In files, CSV and JSON a row per scenario, with labels and statistics as headings, instead "
            "of a row per scenario and outcome.",
        ),
    ] = False,
    part: Annotated[
        str | None,
        typer.Option(metavar="K/N", help="Run part K of N only, for N machines; needs -o."),
    ] = None,
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
    from sim.execution.runner import held_in_memory

    source = FileSource(
        files, replications, given_seed=seed, settings=set_, kernel=kernel, quiet=quiet, vary=vary,
        **asked_futures(futures, central, independent),
    )  # fmt: skip
    check_place(output)
    file = Path(output) if output and Path(output).suffix.lower() in SUFFIXES else None
    output = None if file else output
    form = Form(format, all_, file, rows, separator, decimal, bom)
    form.check()
    experiment = source.experiment()
    for name, asked in (("--cluster", cluster), ("--series", series), ("--part", part)):
        if asked and output is None:
            words = f"{name} needs a directory for the results"
            raise ExperimentError(Diagnostic("no-output", words, None, "add -o DIR"))
    share = _part(part)
    if share and series:
        raise typer.BadParameter("trajectories are not run in parts: add --series to the whole run")
    if rows is not None and (share or not held_in_memory(experiment)):
        words = "--rows wants all results in memory: read the Parquet shards instead"
        raise ExperimentError(Diagnostic("too-large", words))
    if output is None:
        ensemble = source.run(experiment, log=log_json, cache=not no_cache)
    else:
        where = (cluster, insecure)
        ensemble = _stored(experiment, output, kernel, where, series, share, quiet, log_json)
    results = [outcomes_of(ensemble, wide=wide, plan=source.plan())]
    several = len(ensemble.scenarios) > 1
    verb = "compare" if several else "levers"
    given = {
        "set_": set_, "seed": seed, "futures": futures, "central": central, "vary": vary,
        "independent": independent, "replications": replications,
    }  # fmt: skip
    named = quoted(*files) if several else quoted(files[0])
    next_step = f"fulcrum {verb} {named}{kept_options(verb, given)}"
    write_results(
        results, form,
        step=next_step,
    )  # fmt: skip
    about = about_command(experiment.seed, f"{experiment.size:,}")
    save_tables(results, form, None if rows is None else _runs(ensemble), about)
    for written in dict.fromkeys(f for f in (file, rows) if f is not None):
        source.message(f"written: {written}")
    report_failures(ensemble)


def check_place(output: str | None) -> None:
    """Refuse what looks like a file of a kind that no table is written into, rather than make a folder.

    Raises
    ------
    ExperimentError
        It ends as the name of a file does, in none of the known suffixes.
    """
    from sim.errors import Diagnostic, ExperimentError

    if output is None or "://" in output or output.endswith(("/", "\\")) or Path(output).exists():
        return
    suffix = Path(output).suffix.lower()
    if suffix and suffix not in SUFFIXES and re.fullmatch(r"\.[a-z][a-z0-9]{1,7}", suffix):
        words = f"'{output}': the suffix of a table is one of {', '.join(SUFFIXES)}"
        help = f"write {Path(output).stem}.xlsx, or for a folder of results '{output}/'"
        raise ExperimentError(Diagnostic("bad-suffix", words, None, help))


def _runs(ensemble: Ensemble) -> Sheet:
    """Return a row per run: scenario, future, replication, assumptions, outcomes, whether it failed."""
    frame = ensemble.to_pandas().reset_index().astype({"failed": int})
    return [str(name) for name in frame], list(frame.itertuples(index=False, name=None))


def _stored(
    experiment: Experiment,
    output: str,
    kernel: KernelName,
    cluster: tuple[str | None, bool],
    series: bool,
    part: tuple[int, int] | None,
    quiet: bool,
    log: str | None,
) -> Ensemble:
    """Run an experiment into a directory, with progress."""
    from sim.cli.progress import Meter
    from sim.cli.signals import interruptible
    from sim.execution.runner import held_in_memory
    from sim.storage import executors
    from sim.storage.batch import write_batch
    from sim.storage.results import count_failed, load_results

    address, insecure = cluster
    executor: executors.Executor = executors.local
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
                experiment, output, kernel=kernel, executor=executor, progress=progress,
                series=series, part=part,
            )  # fmt: skip
        except OSError:
            if kept():
                print(f"finished shards are kept in '{output}'", file=sys.stderr)
            raise
        if part or not held_in_memory(experiment):
            failed = count_failed(output)
            what = "part {} of {} is".format(*part) if part else "the results are"
            why = "" if part else ", too large for a table"
            if not (part and quiet):
                print(f"{what} in '{output}'{why}", file=sys.stderr)
            if failed:
                print(f"{failed:,} of {experiment.size:,} replications failed", file=sys.stderr)
            raise typer.Exit(1 if failed else 0)
        ensemble = load_results(output)
        meter.done(ensemble)
    return ensemble


def merge(
    output: Annotated[str, typer.Argument(metavar="OUT", help="The run directory to write.")],
    directories: Annotated[
        list[str], typer.Argument(metavar="DIR...", help="Run directories of parts.")
    ],
    quiet: Quiet = False,
) -> None:
    """Join the parts of a batch, which ran into directories of their own, in one run directory."""
    from sim.storage.merge import merge_directories

    there, shards = merge_directories(output, directories)
    if there < shards:
        words = f"{shards - there:,} of {shards:,} shards are missing"
        help = f"merge the other parts too, or repeat the run with -o {output} and no --part"
        print(f"{words}: {help}", file=sys.stderr)
        raise typer.Exit(1)
    if not quiet:
        print(f"{output}: complete, {shards} shards")


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
    all_: All = False,
) -> None:
    """Show any replication of a run directory as a story."""
    from sim.execution.runner import replay as tell
    from sim.reporting.stories import brief_story
    from sim.storage.run_directory import open_directory

    experiment = open_directory(directory)[0].experiment
    one = tell(experiment, scenario=scenario, replication=replication, future=future)
    print(one if all_ else brief_story(one, experiment.model))


def cached(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all entries.")] = False,
) -> None:
    """Show where the cache of replications and machine code is and what is in it, or clear it."""
    from sim.kept import cache_folder, entries, shrink

    folder = cache_folder()
    if folder is None:
        print("the cache is off")
        return
    found = entries()
    size = sum(size for _, size, _ in found) / 2**20
    print(f"{folder}: {len(found):,} entries, {size:.1f} MB")
    if clear:
        print(f"{shrink(0):,} removed")
