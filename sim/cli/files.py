"""The verbs that look at one thing: check, explain, trace, source, ui."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli.options import (
    All,
    AnyFiles,
    Bom,
    Decimal,
    Futures,
    Independent,
    Quiet,
    Replications,
    ScenarioFile,
    Seed,
    Separator,
    Settings,
    TableFile,
    asked_futures,
    study_named,
)
from sim.cli.printing import Form, about_command, quoted, save_records, show_next
from sim.cli.studies import is_study, study_files
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import counted
from sim.reporting.signs import plain

if TYPE_CHECKING:
    from sim.engine.codegen.program import Program
    from sim.study.scenario import Scenario


#: Files of which `check` tells no more than that they are right.
MANY = 10


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
    all_: All = False,
    quiet: Quiet = False,
) -> None:
    """Check files, or all of a folder, and show every error at its place; exit 2 if there is one."""
    from sim.errors import DiagnosedError, listed
    from sim.model.dimensions.check import units_of
    from sim.model.renames import deprecations
    from sim.reporting.layout import screen_width, wrapped
    from sim.study.editions import outdated
    from sim.study.files import inspect_file, within
    from sim.study.paths import shown
    from sim.study.shipped import short_path
    from sim.yaml import read_file

    found: list[Diagnostic] = []
    warnings: list[Diagnostic] = []
    notes: list[Diagnostic] = []
    listed_files = [inside for path in files for inside in within(path)]
    short = len(listed_files) > MANY and not all_
    for file in listed_files:
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
            told = words.partition(":")[0] if short else words
            print(wrapped(plain(f"{short_path(file)}: ok, {told}"), screen_width(), "    "))
    for note in dict.fromkeys(notes):  # a line each: a large model has hundreds
        print(note.first_line(), file=sys.stderr)
    found, warnings = list(dict.fromkeys(found)), list(dict.fromkeys(warnings))
    if warnings and not strict_units and not quiet:
        print(listed(warnings), file=sys.stderr)
        print(counted(len(warnings), "warning"), file=sys.stderr)
    if found:
        print(listed(found), file=sys.stderr)
        print(counted(len(found), "error"), file=sys.stderr)
        point_to_explanations(diagnostic.code for diagnostic in found)
        raise typer.Exit(2)
    if quiet:
        return
    if short:
        print(f"\n{counted(len(listed_files), 'file')}, all ok. --all shows what is in each.")
    if folders := [path for path in files if is_study(path)]:
        show_next(f"fulcrum run {quoted(folders[0])}")


def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Codes of messages, or words such as 'future'; without one, list them all."
        ),
    ] = None,
    of: Annotated[
        Path | None,
        typer.Option(
            "--of", help="A model: explain its own words too.", metavar="FILE", callback=study_named
        ),
    ] = None,
) -> None:
    """Explain the code of an error message, its cure with an example, or a word of the page."""
    from sim.reporting.diagnostics import explanations
    from sim.reporting.glossary import explained, glossary_terms
    from sim.reporting.layout import screen_width
    from sim.study.scenario import load_model

    terms = glossary_terms(load_model(of) if of else None)
    if words:
        print("\n\n".join(f"# {head}\n\n{text}" for head, text in explained(words, terms)))
        return
    group = ""
    for entry in explanations().values():
        if entry.group != group:
            print(*([""] if group else []), entry.group, sep="\n")
            group = entry.group
        print(_listed(entry.code, entry.summary, screen_width()))
    print("", "Words", *(_listed(one.term, one.means, screen_width()) for one in terms), sep="\n")


def _listed(head: str, text: str, width: int) -> str:
    """Return a line of a list, wrapped behind its head."""
    from sim.reporting.layout import wrapped

    head = f"  {head:<20} "
    return head + wrapped(plain(text), width - len(head)).replace("\n", "\n" + " " * len(head))


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
    futures: Futures = None,
    future: Annotated[
        int, typer.Option(help="Which of the futures that --futures samples, from 0.", min=0)
    ] = 0,
    replications: Replications = None,
    independent: Independent = False,
    against: Annotated[
        Path | None,
        typer.Option(
            help="The baseline, on the same random numbers: where do they part, by how much?",
            callback=study_named,
        ),
    ] = None,
    format: Annotated[
        Literal["story", "csv", "csv-eu", "json"],
        typer.Option(
            "--format", help="Format of the story on stdout; csv-eu is for Excel in Europe."
        ),
    ] = "story",
    all_: All = False,
    output: TableFile = None,
    separator: Separator = None,
    decimal: Decimal = None,
    bom: Bom = None,
) -> None:
    """Show one replication as a dated story: what happened, when, and what it changed."""
    from sim.analysis.paired_traces import trace_pair
    from sim.cli.source import FileSource
    from sim.execution.runner import replay
    from sim.execution.runner import trace as tell
    from sim.reporting.stories import brief_story, twins_text
    from sim.reporting.tables import write_records
    from sim.study.assignments import read_assignments
    from sim.study.files import DEFAULT_SEED
    from sim.study.scenario import load_scenario

    if futures is None and (future or replications or independent):
        raise typer.BadParameter("--future, -n and --independent go with --futures")
    if futures is not None and against is not None:
        raise typer.BadParameter("--futures tells one run: leave out --against")
    [scenario] = study_files([scenario], "scenario")
    chosen = load_scenario(scenario)
    chosen = chosen.with_settings(read_assignments(set_ or ()))
    seed = DEFAULT_SEED if seed is None else seed
    form = Form(
        "table" if format == "story" else format, all_, output, None, separator, decimal, bom
    )
    form.check()
    named = quoted(scenario)
    about = about_command(seed, "1")
    if against is not None:
        other = load_scenario(against)
        both = trace_pair(chosen, other, seed=seed, replication=replication)
        shown = () if all_ else chosen.model.headlines
        told, records = twins_text(both, shown), both.table()
        step = f"fulcrum why {named} --against {quoted(against)}"
    else:
        if futures is None:
            one = tell(chosen, seed=seed, replication=replication)
        else:
            asked = asked_futures(futures, False, independent)
            source = FileSource([scenario], replications, given_seed=seed, settings=set_, **asked)
            one = replay(source.experiment(), replication=replication, future=future)
        told, records = str(one) if all_ else brief_story(one, chosen.model), one.table()
        origin = _origin(chosen)
        differs = Path(origin).resolve() != Path(scenario).resolve()
        step = (
            f"fulcrum trace {named} --against {quoted(origin)}"
            if differs
            else f"fulcrum levers {named}"
        )
    if format == "story":
        print(plain(told.rstrip("\n")))
        show_next(step)
    else:
        print(write_records(records, format, form.dialect).rstrip("\n"))
    save_records("Story", records, form, about)


def _origin(scenario: Scenario) -> Path:
    """Return the file of the model behind a scenario, with its levers at their defaults."""
    assert scenario.document is not None
    return Path(scenario.document.chain.files[0])


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
        Path | None,
        typer.Argument(help="A study's folder, or one of its files.", callback=study_named),
    ] = None,
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65535)] = 8501,
) -> None:
    """Open the page: slide a lever, see what changes, know how sure."""
    from ui.server import serve

    raise typer.Exit(serve(study, port))
