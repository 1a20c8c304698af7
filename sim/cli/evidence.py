"""The verbs of evidence: what the numbers rest on, and whether the model meets what is known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import FormatOption, KernelOption, Quiet, Replications, ScenarioFile, Seed
from sim.cli.steps import ended, executed, told

TargetsPath = Annotated[Path, typer.Argument(help="A file of targets (YAML).")]
Futures = Annotated[
    int,
    typer.Option(help="Points at which the uncertain parameters are sampled; 0 holds them.", min=0),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    app.command("evidence")(show_evidence)
    app.command("calibrate")(show_calibration)
    app.command("backtest")(show_backtest)
    app.command("card")(write_card)


def show_evidence(
    scenario: ScenarioFile,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 if a source or reason is missing.")
    ] = False,
    format: FormatOption = "table",
    quiet: Quiet = False,
) -> None:
    """Tell what every number of a model rests on: a fact with its source, or an assumption."""
    from sim.analysis.evidence import evidence_of
    from sim.reporting.evidence import evidence_notes, evidence_table
    from sim.study.scenario import load_scenario

    evidence = evidence_of(load_scenario(scenario).model)
    told(evidence, format, evidence_table, evidence_notes)
    if evidence.missing and not quiet:
        names = ", ".join(ground.name for ground in evidence.missing)
        print(f"without a source or reason: {names}", file=sys.stderr)
    if evidence.missing and strict:
        raise typer.Exit(1)


def show_calibration(
    targets: TargetsPath,
    replications: Replications = None,
    seed: Seed = None,
    futures: Futures = 0,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Hold a model against what was known before its start; exit 1 if it leaves a range."""
    from sim.analysis.targets import calibrate
    from sim.reporting.evidence import calibration_notes, calibration_table
    from sim.study.targets import load_targets

    chosen = load_targets(targets, "ex_ante")
    ensemble = executed(chosen.planned(replications, seed, futures), kernel, quiet)
    found = calibrate(chosen, ensemble)
    told(found, format, calibration_table, calibration_notes)
    ended(ensemble)
    if found.misses:
        raise typer.Exit(1)


def show_backtest(
    targets: TargetsPath,
    replications: Replications = None,
    seed: Seed = None,
    futures: Futures = 0,
    format: FormatOption = "table",
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Hold a model against what came later, misses included; nothing is tuned to it."""
    from sim.analysis.targets import backtest
    from sim.reporting.evidence import backtest_notes, backtest_table
    from sim.study.targets import load_targets

    chosen = load_targets(targets, "ex_post")
    ensemble = executed(chosen.planned(replications, seed, futures), kernel, quiet)
    found = backtest(chosen, ensemble)
    told(found, format, backtest_table, backtest_notes)
    ended(ensemble)


def write_card(
    model: Annotated[Path, typer.Argument(help="A model (YAML).")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else stdout.")
    ] = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; exit 1 if the file differs or an item is empty."
        ),
    ] = False,
) -> None:
    """Write the model card: what the model is, rests on, and must not be used for (STRESS-DES)."""
    from sim.reporting.card import model_card

    card = model_card(model)
    for item in card.empty:
        print(f"empty: {item}", file=sys.stderr)
    if check:
        stale = output is not None and (
            not output.is_file() or output.read_text(encoding="utf-8") != card.text
        )
        if stale:
            print(f"{output} is not the card of this model: write it anew", file=sys.stderr)
        if stale or card.empty:
            raise typer.Exit(1)
    elif output is None:
        sys.stdout.write(card.text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(card.text, encoding="utf-8")
