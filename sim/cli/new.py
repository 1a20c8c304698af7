"""The verbs one begins with: new and schema."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import Quiet


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    app.command("new")(begin)
    app.command("schema")(print_schema)


def begin(
    folder: Annotated[Path, typer.Argument(help="The folder to write; empty or not there yet.")],
    source: Annotated[
        str,
        typer.Option(
            "--from", help="The study to begin from: 'blank', or one that 'fulcrum studies' lists."
        ),
    ] = "blank",
    quiet: Quiet = False,
) -> None:
    """Write a new study: a folder of files that check, run and can be changed."""
    from sim.study.templates import write_study

    written = write_study(folder, source)
    for path in written:
        print(path)
    if not quiet:
        shown = f"'{folder}'" if " " in str(folder) else folder
        print(f"next: fulcrum compare {shown}/*.yaml", file=sys.stderr)


def print_schema(
    kind: Annotated[
        str, typer.Argument(help="Kind of file: model, scenario, experiment, facts or targets.")
    ],
) -> None:
    """Print the JSON Schema of a kind of file, for editors."""
    from sim.study.json_schema import schema_text

    sys.stdout.write(schema_text(kind))
