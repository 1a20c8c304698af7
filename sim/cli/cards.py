"""The verb card: the model card."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import study_named
from sim.cli.progress import Meter
from sim.cli.signals import interruptible


def register(app: typer.Typer) -> None:
    """Add the verb to the application."""
    app.command("card")(write_card)


def write_card(
    model: Annotated[
        Path,
        typer.Argument(help="A model (YAML), or the folder of its study.", callback=study_named),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else stdout.")
    ] = None,
    measured: Annotated[
        bool,
        typer.Option(
            "--measured",
            help="Run the study too: what the variance is due to, which futures are plausible, what turns "
            "each sign, calibration, backtest.",
        ),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; exit 1 if the file differs or an item is empty."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Suppress messages and progress.")
    ] = False,
) -> None:
    """Write the model card: what the model is, rests on, and must not be used for (STRESS-DES)."""
    from sim.cli.studies import study_files
    from sim.reporting.card import model_card

    [model] = study_files([model], "model", quiet=quiet)

    with interruptible() as pulse, Meter(quiet, None, pulse) as meter:
        card = model_card(model, measured=measured, progress=meter.update)
    for item in card.empty:
        print(f"empty: {item}", file=sys.stderr)
    if check:
        stale = output is not None and (
            not output.is_file() or output.read_text(encoding="utf-8") != card.text
        )
        if stale:
            print(f"{output} is out of date: write it again", file=sys.stderr)
        if stale or card.empty:
            raise typer.Exit(1)
    elif output is None:
        sys.stdout.write(card.text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(card.text, encoding="utf-8")
