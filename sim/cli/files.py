"""The verbs that look at one thing: check, explain, trace, source, ui."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.options import (
    AnyFiles,
    Quiet,
    ScenarioFile,
    Seed,
    Settings,
)
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import counted

if TYPE_CHECKING:
    from sim.engine.codegen.program import Program


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (check, explain, trace, source, ui):
        app.command()(verb)


def check(
    files: AnyFiles,
    strict_units: Annotated[
        bool, typer.Option("--strict-units", help="Units that do not agree are errors.")
    ] = False,
    assumed_units: Annotated[
        bool, typer.Option("--assumed-units", help="Show where a bare number was given a unit.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Check files, or all of a folder, and show every error at its place; exit 2 if there is one."""
    from sim.errors import DiagnosedError, listed
    from sim.model.dimensions.check import units_of
    from sim.model.renames import deprecations
    from sim.study.editions import outdated
    from sim.study.files import inspect_file, within
    from sim.study.paths import shown
    from sim.yaml import read_file

    found: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    notes: list[Diagnostic] = []
    for file in (inside for path in files for inside in within(path)):
        try:
            words, models = inspect_file(file)
            warnings += [one for model in models for one in outdated(model)]
        except DiagnosedError as error:
            found.extend(error.diagnostics)
            continue
        for note in deprecations(read_file(file, shown(file))):
            print(note.picture(), file=sys.stderr)
        checked = [one for model in models for one in units_of(model, assumed_units)]
        notes += [one for one in checked if not one.warning]
        differing = [one for one in checked if one.warning]
        if strict_units:
            found += [replace(one, warning=False) for one in differing]
        warnings += differing
        if not quiet and not (strict_units and differing):
            print(f"{file}: ok, {words}")
    for note in dict.fromkeys(notes):  # a line each: a large model has hundreds
        print(note.first_line(), file=sys.stderr)
    found, warnings = list(dict.fromkeys(found)), list(dict.fromkeys(warnings))
    if warnings and not strict_units and not quiet:
        print(listed(warnings), file=sys.stderr)
        print(counted(len(warnings), "warning"), file=sys.stderr)
    if found:
        print(listed(found), file=sys.stderr)
        print(f"{len(found)} error{'s' if len(found) > 1 else ''}", file=sys.stderr)
        point_to_explanations(diagnostic.code for diagnostic in found)
        raise typer.Exit(2)


def explain(
    codes: Annotated[
        list[str] | None, typer.Argument(help="Codes of messages; without one, list them all.")
    ] = None,
) -> None:
    """Explain the code of an error message: what it means, an example and the cure."""
    from sim.reporting.diagnostics import explanation, explanations

    if codes:
        print("\n\n".join(f"# {code}\n\n{explanation(code).markdown()}" for code in codes))
        return
    group = ""
    for entry in explanations().values():
        if entry.group != group:
            print(*([""] if group else []), entry.group, sep="\n")
            group = entry.group
        print(f"  {entry.code:<20} {entry.summary}")


def point_to_explanations(codes: Iterable[str]) -> None:
    """On a terminal, end with the command that explains the codes; piped output stays as it is."""
    if sys.stderr.isatty():
        shown = " ".join(list(dict.fromkeys(codes))[:3])
        print(f"for more information: fulcrum explain {shown}", file=sys.stderr)


def trace(
    scenario: ScenarioFile,
    seed: Seed = None,
    replication: Annotated[int, typer.Option(help="Which replication.", min=0, max=2**53)] = 0,
    set_: Settings = None,
    against: Annotated[
        Path | None,
        typer.Option(
            help="The baseline, on the same random numbers: where do they part, by how much?"
        ),
    ] = None,
    format: Annotated[
        Literal["story", "csv", "json"],
        typer.Option("--format", help="Format of the story on stdout."),
    ] = "story",
) -> None:
    """Show one replication as a dated story: what happened, when, and what it changed."""
    from sim.analysis.paired_traces import trace_pair
    from sim.execution.runner import trace as tell
    from sim.reporting.stories import twins_text
    from sim.reporting.tables import write_records
    from sim.study.assignments import read_assignments
    from sim.study.files import DEFAULT_SEED
    from sim.study.scenario import load_scenario

    chosen = load_scenario(scenario)
    chosen = chosen.with_settings(read_assignments(set_ or ()))
    seed = DEFAULT_SEED if seed is None else seed
    if against is not None:
        other = load_scenario(against)
        both = trace_pair(chosen, other, seed=seed, replication=replication)
        told_pair = twins_text(both) if format == "story" else write_records(both.table(), format)
        print(told_pair.rstrip("\n"))
        return
    told = tell(chosen, seed=seed, replication=replication)
    print(told if format == "story" else write_records(told.table(), format).rstrip("\n"))


def source(
    scenario: ScenarioFile,
    emit: Annotated[Literal["python", "llvm", "wasm"], typer.Option(help="Which form.")] = "python",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write, instead of stdout.")
    ] = None,
) -> None:
    """Print the generated source that runs, with its place in the YAML beside each line.

    The WebAssembly module of --emit wasm runs in a browser, and has the model's texts in it.
    """
    from sim.cli.source import check_output
    from sim.engine.codegen.program import generate
    from sim.study.scenario import load_scenario

    if output is not None:
        check_output(output)
    elif emit == "wasm":
        words = "a WebAssembly module is no text that could be printed"
        raise ExperimentError(Diagnostic("not-text", words, None, "name a file with -o"))
    program = generate(load_scenario(scenario).model)
    if emit == "wasm" and output is not None:
        from sim.engine.web_module import compile_web_module

        output.write_bytes(compile_web_module(program).wasm)
        return
    if emit == "llvm":
        from sim.engine.compiled import translation

        text = f"{translation(program).llvm}\n"
    else:
        text = "".join(_with_places(program))
    if output is not None:
        output.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def _with_places(program: Program) -> Iterator[str]:
    for number, line in enumerate(program.source.split("\n"), start=1):
        span = program.lines.get(number)
        yield f"{line:<96}  # {Path(span.file).name}:{span.line}\n" if span else f"{line}\n"


def ui(
    study: Annotated[
        Path | None, typer.Argument(help="A study's folder, or one of its files.")
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 8501,
) -> None:
    """Open the page: slide a lever, see what changes, know how sure."""
    from ui.server import serve

    raise typer.Exit(serve(study, port))
