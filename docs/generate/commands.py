"""Tables and help texts of the command line."""

from __future__ import annotations

import contextlib
import inspect
import io
import os
from collections.abc import Callable
from typing import Any

import typer

import sim
from sim.analysis.registry import analyses
from sim.cli import app as application
from sim.reporting.tables import markdown_table

#: Columns of the help texts, whatever the width of the terminal.
WIDTH = 88
_CODES = (
    ("FINE", "success"),
    ("FAILED_RUNS", "some replications failed (their rows are kept), or a check failed"),
    ("BAD_INPUT", "an error in a file or in the command"),
    ("INTERNAL", "an internal error; please report it"),
    ("INPUT_OUTPUT", "input or output failed, or the disk is full"),
    ("LOCKED", "another process is writing to the directory"),
)


def verbs() -> dict[str, str]:
    """Return the first sentence of each verb's help, by name."""
    group: Any = typer.main.get_command(application.app)
    context = group.make_context("fulcrum", [], resilient_parsing=True)
    commands = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {
        name: " ".join(inspect.cleandoc(command.help or "").split("\n\n")[0].split())
        for name, command in commands.items()
        if not command.hidden
    }


def overview() -> str:
    """Return the table of verbs."""
    rows = ((f"`fulcrum {name}`", words) for name, words in verbs().items())
    return markdown_table(("Verb", "Does"), rows)


#: The functions behind verbs that are no analysis, relative to `sim`.
_FUNCTIONS = {
    "studies": ("study.shipped.shipped_study",),
    "new": ("study.templates.write_study",),
    "check": ("load_scenario", "load_experiment", "check_units"),
    "trace": ("trace", "analysis.trace_pair"),
    "run": ("load", "run", "run_batch", "load_results"),
    "merge": ("storage.merge.merge_directories",),
    "verify": ("verify",),
    "replay": ("replay",),
    "plot": ("charts",),
    "report": ("reporting.report_html",),
    "publish": ("Scenario.explore",),
    "card": ("reporting.model_card",),
}


def functions() -> dict[str, tuple[str, ...]]:
    """Return the functions behind each verb, relative to `sim`; some verbs have none."""
    declared = {
        verb: tuple(_public_name(function) for function in analysis.functions)
        for verb, analysis in analyses().items()
    }
    found = _FUNCTIONS | declared
    return {verb: found[verb] for verb in verbs() if verb in found}


def _public_name(function: Callable[..., Any]) -> str:
    name = function.__name__
    return name if name in sim.__all__ else f"analysis.{name}"


def functions_of_verbs() -> str:
    """Return the table of the functions that each verb calls."""
    rows = (
        (f"`fulcrum {verb}`", ", ".join(f"`sim.{name}`" for name in names))
        for verb, names in functions().items()
    )
    return markdown_table(("Verb", "In Python"), rows)


def all_verbs() -> str:
    """Return the help text of every verb."""
    return "\n".join(f"## {name}\n\n```text\n{help_text(name)}\n```\n" for name in verbs())


def help_text(*words: str) -> str:
    """Return what ``fulcrum … --help`` prints."""
    before = {name: os.environ.get(name) for name in ("COLUMNS", "TERMINAL_WIDTH", "NO_COLOR")}
    os.environ |= dict.fromkeys(("COLUMNS", "TERMINAL_WIDTH"), str(WIDTH)) | {"NO_COLOR": "1"}
    try:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
            application.app([*words, "--help"], prog_name="fulcrum", standalone_mode=False)
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return "\n".join(line.rstrip() for line in out.getvalue().strip().splitlines())


def exit_codes() -> str:
    """Return the exit codes."""
    rows = [(f"{getattr(application, name)}", words) for name, words in _CODES]
    rows.append(("130, 143", "interrupted; finished results are usable"))
    return markdown_table(("Code", "Meaning"), rows)
