"""A verb for every analysis of the registry, made from its declaration."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.analysis.registry import OUTCOME
from sim.cli.next_steps import next_command
from sim.cli.options import (
    TABLE_OPTIONS,
    Central,
    Files,
    FormatOption,
    Futures,
    Independent,
    KernelOption,
    Quiet,
    Replications,
    ScenarioFile,
    Seed,
    Settings,
    Vary,
    asked_futures,
    study_named,
)
from sim.cli.printing import about_command, form_of, quoted, save_tables, write_results
from sim.cli.progress import Meter
from sim.cli.signals import interruptible
from sim.cli.source import FileSource, check_output, report_failures
from sim.cli.studies import is_study, study_files
from sim.errors import Diagnostic, ExperimentError
from sim.reporting.signs import plain

if TYPE_CHECKING:
    from sim.analysis.registry import Analysis, Option

#: The vintage of the targets that a verb reads.
TARGETS = {"calibrate": "ex_ante", "backtest": "ex_post"}
#: Verbs on how one scenario differs from another.
OF_TWO = ("why", "attribute")
#: What the help of the verbs adds.
USUAL_OUTCOME = " By default the first headline outcome of the model."
#: The argument of a verb, by what its analysis reads: its name and its annotation.
ARGUMENTS: dict[str, tuple[str, Any]] = {
    "scenario": ("scenario_file", ScenarioFile),
    "model": ("scenario_file", ScenarioFile),
    "targets": (
        "targets_file",
        Annotated[
            Path,
            typer.Argument(
                help="A file of targets (YAML).", metavar="TARGETS", callback=study_named
            ),
        ],
    ),
    "study": (
        "study_file",
        Annotated[
            Path,
            typer.Argument(
                help="A scenario, an experiment with futures, or a run directory.",
                metavar="STUDY",
                callback=study_named,
            ),
        ],
    ),
    "scenarios": ("files", Files),
}


def check_chart(chart: Path | None) -> Path | None:
    """Refuse a file that no chart can be drawn into, before anything runs."""
    if chart is not None:
        from sim.charts.export import check_suffix

        check_suffix(chart)
        check_output(chart)
    return chart


ChartFile = Annotated[
    Path | None,
    typer.Option(
        "--chart", help="Draw it too: a .png, .svg, .json or .html file.", callback=check_chart
    ),
]


#: Of an analysis that runs a design of its own.
EachReplications = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--replications",
        help="Replications of each setting; by default what suits the analysis.",
        min=1,
    ),
]


def parameters(analysis: Analysis) -> Iterator[inspect.Parameter]:
    """Return the parameters of the verb of an analysis."""
    name, annotation = ARGUMENTS[analysis.reads]
    yield _parameter(name, annotation, inspect.Parameter.empty)
    for option in analysis.options:
        asked = option.required and option is not OUTCOME
        default = inspect.Parameter.empty if asked else option.default
        yield _parameter(option.name, _annotation(option), default)
    runs = analysis.reads != "model"
    sampled = analysis.futures and not analysis.holds
    if analysis.futures or analysis.reads not in ("scenario", "model"):
        yield _parameter("futures", _futures(analysis))
        yield _parameter("central", Central, False)
        yield _parameter("independent", Independent, False)
    if runs:
        design = analysis.reads == "study" or (analysis.reads == "scenario" and not sampled)
        yield _parameter("replications", EachReplications if design else Replications)
        yield _parameter("seed", Seed)
    if analysis.reads in ("scenario", "study", "scenarios"):
        yield _parameter("set_", Settings)
    if analysis.reads == "scenarios":
        yield _parameter("vary", Vary)
    yield _parameter("format", FormatOption, "table")
    taken = {option.name for option in analysis.options}
    if any(option.flag == "-o" for option in analysis.options):
        taken.add("file")
    for name, option in TABLE_OPTIONS.items():
        if name not in taken:
            yield _parameter(name, option, False if name == "all" else None)
    yield _parameter("chart", ChartFile)
    if runs:
        yield _parameter("kernel", KernelOption, "auto")
    yield _parameter("quiet", Quiet, False)


def _futures(analysis: Analysis) -> Any:
    """Return the option of futures, whose help says what is done without it."""
    if analysis.reads == "scenarios" or (analysis.futures and not analysis.holds):
        return Futures
    usual = {
        "scenario": "by default none, and the parameters are held at central values",
        "study": "by default those of the experiment; of a scenario, what suits the analysis",
        "targets": "by default what suits the analysis",
    }[analysis.reads]
    words = f"Futures to sample of the uncertain parameters; {usual}; 0 is --central."
    words += " Or a file that lists them." if analysis.reads == "study" else ""
    return Annotated[
        str | None,
        typer.Option(
            "--futures", metavar="N|FILE.csv" if analysis.reads == "study" else "N", help=words
        ),
    ]


def _parameter(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def _annotation(option: Option) -> Any:
    """Return the type of an option, as Typer reads it."""
    kind: Any = option.type if option.type in (str, int, float, bool, Path) else Path
    if option.choices:
        kind = Literal[option.choices]
    if option.many:
        kind = list[kind]
    if option.default is None and (option is OUTCOME or not option.required):
        kind = kind | None
    word = "--" + option.name.replace("_", "-")
    flags = [f"{word}/--no-{word[2:]}" if option.default is True else word]
    flags += [option.flag] if option.flag else []
    return Annotated[
        kind,
        typer.Option(
            *flags, help=option.help + USUAL_OUTCOME * (option is OUTCOME),
            metavar=plain(option.metavar) or None, min=option.minimum, max=option.maximum,
        ),
    ]  # fmt: skip


def usual_outcome(source: FileSource, reads: str) -> str:
    """Return the first headline outcome, where a command names none, and say which it is."""
    if source.stored or reads not in ("scenario", "model"):
        model = source.experiment().model
    else:
        model = source.scenario().model
    names = [*model.headlines, *(name for name in model.outcomes if name not in model.headlines)]
    if not names:
        words = "the model has no outcome, so there is nothing to analyse"
        raise ExperimentError(Diagnostic("no-outcome", words))
    others = f"; others, with --outcome: {', '.join(names[1:4])}" if names[1:] else ""
    source.message(f"outcome: {names[0]}{others}{', …' if names[4:] else ''}")
    return names[0]


def _other_file(source: FileSource) -> str | None:
    """Return the file of the model that a scenario was compared with; None where it is the same file."""
    base = source.baseline().path
    return None if Path(base).resolve() == Path(source.files[0]).resolve() else base


def refuse_study(verb: str, folder: Path) -> None:
    """Refuse a folder where a scenario is wanted that differs from another, and name those in it.

    Raises
    ------
    ExperimentError
        It is the folder of a study.
    """
    if not is_study(folder):
        return
    found = [file for file in study_files([folder], "listed") if file != folder]
    words = f"'{verb}' wants one scenario, and '{folder}' is the folder of a study"
    option = "--against" if verb == "why" else "--baseline"
    help = f"name a scenario: fulcrum {verb} {quoted(*found[-1:])} {option} {quoted(*found[:1])}"
    raise ExperimentError(Diagnostic("no-scenario", words, None, help))


def about_of(source: FileSource) -> list[tuple[str, str]]:
    """Return what made a workbook: the command, its seed and its runs."""
    if source.ran is None:
        return about_command(source.seed)
    ran = source.ran.experiment
    return about_command(ran.seed, f"{ran.size:,}")


def verb(analysis: Analysis) -> Callable[..., None]:
    """Return the function behind the verb of an analysis."""

    def call(**given: Any) -> None:
        files = given[ARGUMENTS[analysis.reads][0]]
        if analysis.verb in OF_TWO:
            refuse_study(analysis.verb, files)
        source = FileSource(
            files if isinstance(files, list) else [files], replications=given.get("replications"),
            given_seed=given.get("seed"), settings=given.get("set_"),
            kernel=given.get("kernel", "auto"), quiet=given["quiet"],
            vary=given.get("vary"), reads=TARGETS.get(analysis.verb, analysis.reads),
            **asked_futures(
                given.get("futures"), given.get("central", False), given.get("independent", False)
            ),
        )  # fmt: skip
        if OUTCOME in analysis.options and given["outcome"] is None:
            given["outcome"] = usual_outcome(source, analysis.reads)
        options = {
            option.name: tuple(given[option.name] or ()) if option.many else given[option.name]
            for option in analysis.options
        }
        for option in analysis.options:
            if option.output and given[option.name] is not None:
                check_output(given[option.name])
        form = form_of(given)
        with interruptible() as pulse, Meter(source.quiet, None, pulse) as meter:
            source.meter = meter
            results = analysis.run(source, **options)
        if analysis.verb == "why" and given["against"] is None:
            given["against"] = _other_file(source)
        step = next_command(analysis.verb, source.files, given)
        write_results(results, form, given["chart"], step)
        save_tables(results, form, about=about_of(source))
        message, fails = analysis.fails(results, **options)
        if message:
            source.message(message)
        if source.ran is not None:
            report_failures(source.ran)
        elif results[0].failed:
            from sim.formatting import counted

            print(
                f"{counted(results[0].failed, 'replication')} failed and left out", file=sys.stderr
            )
            fails = True
        if fails:
            raise typer.Exit(1)

    call.__doc__ = analysis.summary
    call.__name__ = analysis.verb
    call.__signature__ = inspect.Signature(list(parameters(analysis)))  # type: ignore[attr-defined]
    call.__annotations__ = {p.name: p.annotation for p in parameters(analysis)}
    return call
