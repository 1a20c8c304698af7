"""The application: its verbs, its exit codes, and what becomes of an error."""

from __future__ import annotations

import atexit
import contextlib
import errno
import gc
import os
import sys
import threading
from typing import Annotated, Any, NoReturn

import typer

from sim.analysis.declared import declared_verbs
from sim.cli import cards, files, new, publish, reports, runs, shipped
from sim.cli.guide import FIRST_STEPS, example, grouped, usage_text
from sim.cli.options import with_quiet
from sim.errors import ResultError, RunError, SimError
from sim.reporting.signs import HANDLER, plain
from sim.version import __version__

#: Objects that are made before the collector of garbage looks at them. A start makes a million and
#: throws few away, and the usual 700 cost it a tenth of a second.
YOUNG = 200_000
FINE, FAILED_RUNS, BAD_INPUT, INTERNAL, INPUT_OUTPUT, LOCKED = 0, 1, 2, 70, 74, 75


class Verbs(typer.core.TyperGroup):
    """The verbs of the command line; those of the analyses are made when they are asked for."""

    #: Whether only names and summaries are wanted, which need no analysis to be imported.
    listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all verbs, in order."""
        return [*super().list_commands(ctx), *declared_verbs()]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of verbs for the help, by task."""
        self.listing = True
        for title, names in grouped(self.list_commands(ctx)):
            found = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(title):
                formatter.write_dl([(name, _summary(verb)) for name, verb in found])
        self.listing = False

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the first steps."""
        formatter.write_paragraph()
        for line in FIRST_STEPS.splitlines():
            formatter.write(f"{plain(line)}\n")

    def get_command(self, ctx: Any, name: str) -> Any:
        """Return a verb by its name."""
        found = super().get_command(ctx, name)
        if found is not None or (declared := declared_verbs().get(name)) is None:
            return found
        if self.listing:
            return typer.core.TyperCommand(name, help=declared.summary)
        from sim.analysis.registry import analysis
        from sim.cli.analyses import verb

        chosen = analysis(name)
        assert chosen is not None
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(name, epilog=plain(example(name)))(verb(chosen))
        return typer.main.get_command(single)


def _summary(verb: Any) -> str:
    """Return the first paragraph of a verb's help, in one line."""
    return plain(" ".join((verb.help or "").partition("\n\n")[0].split()))


app = typer.Typer(
    name="fulcrum",
    cls=Verbs,
    help=plain(  # for ASCII, Click writes help past our streams
        "What if this lever were pulled, or pulled later, or together with that one? "
        "A toy, transparent and uncertain – never a forecast."
    ),
    invoke_without_command=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        print(f"fulcrum {__version__}")
        raise typer.Exit


@app.callback()
def top(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Print the help where no verb is named."""
    if context.invoked_subcommand is None:
        print(context.get_help())


for verbs in (shipped, new, files, runs, reports, publish, cards):
    verbs.register(app)
for command in app.registered_commands:
    assert command.callback is not None
    command.epilog = plain(example(command.name or command.callback.__name__))
    command.callback = with_quiet(command.callback)


def main() -> NoReturn:
    """Run the command line and raise `SystemExit` with its exit code."""
    _repair_streams()
    try:
        code = app(standalone_mode=False, prog_name="fulcrum")
        sys.stdout.flush()
    except SystemExit as leave:
        code = leave.code
    except BaseException as error:
        code = _report(error)
    raise SystemExit(code if isinstance(code, int) else FINE)


def process() -> NoReturn:
    """Be the process `fulcrum`: run the command line and end.

    It is left at once, its words written: to take down an interpreter with NumPy in it takes as long
    as to read a study. And after an error threads of native libraries may still be at work, some of
    which abort the process when the interpreter is taken down.
    """
    gc.set_threshold(YOUNG, 20, 100)
    try:
        main()
    except SystemExit as leave:
        code = leave.code if isinstance(leave.code, int) else FINE
    if code == FINE:
        with contextlib.suppress(KeyboardInterrupt):
            for thread in threading.enumerate():
                if thread is not threading.current_thread() and not thread.daemon:
                    thread.join()
            atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _repair_streams() -> None:
    """Give a closed stream somewhere to go, and one without Unicode plain signs."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=HANDLER)


def _report(error: BaseException) -> int:
    """Print an error on stderr and return the exit code."""
    if isinstance(error, typer.Exit | typer.Abort):
        return getattr(error, "exit_code", 130)
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        print(f"fulcrum: {usage_text(error)}", file=sys.stderr)
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
            files.point_to_explanations([error.diagnostic.code])
            return FAILED_RUNS
        codes = [diagnostic.code for diagnostic in getattr(error, "diagnostics", ())]
        files.point_to_explanations(codes)
        if "locked" in codes:
            return LOCKED
        return INPUT_OUTPUT if isinstance(error, ResultError) else BAD_INPUT
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        words = "the disk is full" if full else (error.strerror or str(error)).lower()
        print(f"fulcrum: {error.filename or 'output'}: {words}", file=sys.stderr)
        return INPUT_OUTPUT
    if isinstance(error, MemoryError):
        print("fulcrum: out of memory", file=sys.stderr)
        return INTERNAL
    print(
        f"fulcrum: internal error: {type(error).__name__}: {error} (please report it)\n"
        "   = help: set FULCRUM_DEBUG=1 to see where",
        file=sys.stderr,
    )
    if os.environ.get("FULCRUM_DEBUG"):
        raise error
    return INTERNAL
