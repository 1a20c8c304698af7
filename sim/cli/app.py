"""The application: its verbs, its exit codes, and what becomes of an error."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Annotated, NoReturn

import typer

from sim.cli import basics, evidence, exploring, reports
from sim.cli import compare as verdicts
from sim.cli import new as starting
from sim.cli import runs as batches
from sim.errors import ResultError, RunError, SimError
from sim.version import __version__

FINE, FAILED_RUNS, BAD_INPUT, OUR_FAULT, INPUT_OUTPUT, LOCKED = 0, 1, 2, 70, 74, 75

app = typer.Typer(
    name="fulcrum",
    help="What if this lever were pulled, or pulled later, or together with that one? "
    "A toy, transparent and uncertain – never a forecast.",
    invoke_without_command=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"fulcrum {__version__}")
        raise typer.Exit


@app.callback()
def top(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Say what there is where no verb is named."""
    if context.invoked_subcommand is None:
        print(context.get_help())


for verbs in (starting, basics, batches, verdicts, reports, evidence, exploring):
    verbs.register(app)


def main() -> NoReturn:
    """Run the command line and raise `SystemExit` with its exit code."""
    _sound_streams()
    try:
        code = app(standalone_mode=False, prog_name="fulcrum")
        sys.stdout.flush()
    except SystemExit as leave:
        code = leave.code
    except BaseException as error:
        code = _told(error)
    raise SystemExit(code if isinstance(code, int) else FINE)


def process() -> NoReturn:
    """Be the process `fulcrum`: run the command line and end.

    After an error, threads of native libraries may still be at work, and some of these abort the
    process when the interpreter takes them down; so it is left at once, its words written.
    """
    try:
        main()
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else FINE
    if code == FINE:
        raise SystemExit(code)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _sound_streams() -> None:
    """Give a closed stream somewhere to go, and a terminal without Unicode its nearest signs."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _told(error: BaseException) -> int:
    """Say what went wrong on stderr and return the exit code."""
    if isinstance(error, typer.Exit | typer.Abort):
        return getattr(error, "exit_code", 130)
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        print(f"fulcrum: {error.format_message()}", file=sys.stderr)
        return BAD_INPUT
    if isinstance(error, KeyboardInterrupt):
        print("fulcrum: interrupted", file=sys.stderr)
        return 130
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    if isinstance(error, SimError):
        print(error, file=sys.stderr)
        if isinstance(error, RunError):
            return FAILED_RUNS
        if any(d.code == "locked" for d in getattr(error, "diagnostics", ())):
            return LOCKED
        return INPUT_OUTPUT if isinstance(error, ResultError) else BAD_INPUT
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        words = "the disk is full" if full else (error.strerror or str(error)).lower()
        print(f"fulcrum: {error.filename or 'output'}: {words}", file=sys.stderr)
        return INPUT_OUTPUT
    if isinstance(error, MemoryError):
        print("fulcrum: out of memory", file=sys.stderr)
        return OUR_FAULT
    print(
        f"fulcrum: a fault of ours: {type(error).__name__}: {error}\n"
        "   = help: set FULCRUM_DEBUG=1 to see where, and report it",
        file=sys.stderr,
    )
    if os.environ.get("FULCRUM_DEBUG"):
        raise error
    return OUR_FAULT
