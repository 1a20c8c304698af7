"""A verb for every analysis of the registry, made from its declaration."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli.options import (
    Central,
    Files,
    Format,
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
)
from sim.cli.progress import Meter
from sim.cli.signals import interruptible
from sim.cli.source import FileSource, check_output, report_failures
from sim.reporting.signs import plain

if TYPE_CHECKING:
    from sim.analysis.registry import Analysis, Option
    from sim.analysis.result import Result

#: The argument of a verb, by what its analysis reads: its name and its annotation.
ARGUMENTS: dict[str, tuple[str, Any]] = {
    "scenario": ("scenario_file", ScenarioFile),
    "model": ("scenario_file", ScenarioFile),
    "targets": (
        "targets_file",
        Annotated[Path, typer.Argument(help="A file of targets (YAML).", metavar="TARGETS")],
    ),
    "study": (
        "study_file",
        Annotated[
            Path,
            typer.Argument(
                help="A scenario, an experiment with futures, or a run directory.", metavar="STUDY"
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
        default = inspect.Parameter.empty if option.required else option.default
        yield _parameter(option.name, _annotation(option), default)
    runs = analysis.reads != "model"
    if analysis.futures or analysis.reads not in ("scenario", "model"):
        yield _parameter("futures", Futures)
    if analysis.reads not in ("scenario", "model"):
        yield _parameter("central", Central, False)
    if analysis.futures or analysis.reads not in ("scenario", "model"):
        yield _parameter("independent", Independent, False)
    if runs:
        design = analysis.reads in ("scenario", "study")
        yield _parameter("replications", EachReplications if design else Replications)
        yield _parameter("seed", Seed)
    if analysis.reads in ("scenario", "study", "scenarios"):
        yield _parameter("set_", Settings)
    if analysis.reads == "scenarios":
        yield _parameter("vary", Vary)
    yield _parameter("format", FormatOption, "table")
    yield _parameter("chart", ChartFile)
    if runs:
        yield _parameter("kernel", KernelOption, "auto")
    yield _parameter("quiet", Quiet, False)


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
    if option.default is None and not option.required:
        kind = kind | None
    word = "--" + option.name.replace("_", "-")
    flags = [f"{word}/--no-{word[2:]}" if option.default is True else word]
    flags += [option.flag] if option.flag else []
    return Annotated[
        kind,
        typer.Option(
            *flags, help=option.help, metavar=plain(option.metavar) or None, min=option.minimum,
            max=option.maximum,
        ),
    ]  # fmt: skip


def verb(analysis: Analysis) -> Callable[..., None]:
    """Return the function behind the verb of an analysis."""

    def call(**given: Any) -> None:
        files = given[ARGUMENTS[analysis.reads][0]]
        source = FileSource(
            files if isinstance(files, list) else [files], replications=given.get("replications"),
            given_seed=given.get("seed"), settings=given.get("set_"),
            kernel=given.get("kernel", "auto"), quiet=given["quiet"],
            vary=given.get("vary"),
            **asked_futures(
                given.get("futures"), given.get("central", False), given.get("independent", False)
            ),
        )  # fmt: skip
        options = {
            option.name: tuple(given[option.name] or ()) if option.many else given[option.name]
            for option in analysis.options
        }
        for option in analysis.options:
            if option.output and given[option.name] is not None:
                check_output(given[option.name])
        with interruptible() as pulse, Meter(source.quiet, None, pulse) as meter:
            source.meter = meter
            results = analysis.run(source, **options)
        write_results(results, given["format"], given["chart"])
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


def write_results(results: Sequence[Result], format: Format, chart: Path | None = None) -> None:
    """Write results to stdout: for readers as tables with notes, for programs as records."""
    from sim.reporting.tables import grid_markdown, grid_table, show, write_records

    if format == "table" or format == "markdown":
        for i, result in enumerate(results):
            print(end="\n" if i else "")
            if format == "table":
                show(grid_table(result.grid()))
                print("\n" + "\n".join(result.notes()))
            else:
                print(
                    "\n\n".join(filter(None, (grid_markdown(result.grid())[:-1], *result.notes())))
                )
    else:
        records = [
            ({"outcome": found.outcome.name} if len(results) > 1 else {}) | row  # type: ignore[attr-defined]
            for found in results
            for row in found.table()
        ]
        sys.stdout.write(write_records(records, format))
    if chart is not None:
        from sim.charts.export import save_chart

        save_chart(results[0].chart(), chart)
