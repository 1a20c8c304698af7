"""Options that several verbs share, and the reading of their values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.errors import Diagnostic, ExperimentError

if TYPE_CHECKING:
    from sim.model.types import Value

Format = Literal["table", "csv", "json", "markdown"]
KernelName = Literal["auto", "simpy", "compiled"]

ScenarioFile = Annotated[
    Path, typer.Argument(help="A scenario, or a model as the scenario of its defaults.")
]
Files = Annotated[
    list[Path],
    typer.Argument(help="Scenarios, a model or an experiment (YAML); or one run directory."),
]
Plans = Annotated[list[Path], typer.Argument(help="Scenarios, a model or an experiment (YAML).")]
AnyFiles = Annotated[
    list[Path], typer.Argument(help="Files of any kind (YAML), or folders of them.")
]
Seed = Annotated[
    int | None, typer.Option(help="Seed of the random numbers.", min=0, max=10**15 - 1)
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="LEVER=VALUE", help="Set a lever or parameter by hand; repeatable."
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--replications",
        help="Replications a scenario; 1,000 unless an experiment says otherwise.",
        min=1,
    ),
]
Futures = Annotated[
    int | None,
    typer.Option(
        "--futures",
        help="Futures to sample of the uncertain parameters; 0: all at their central values.",
        min=0,
    ),
]
OutcomeOption = Annotated[
    list[str] | None, typer.Option("--outcome", help="Only this outcome; repeatable.")
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="How the result is written to stdout.")
]
KernelOption = Annotated[KernelName, typer.Option("--kernel", help="Which kernel runs it.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No talk and no progress on stderr.")]


def parse_settings(words: Sequence[str] | None) -> dict[str, Value]:
    """Read ``LEVER=VALUE`` words; a value is read as the YAML of a file would be.

    Raises
    ------
    ExperimentError
        A word is not of this form.
    """
    from sim.yaml import plain

    found: dict[str, Value] = {}
    for word in words or ():
        name, sign, text = (part.strip() for part in word.partition("="))
        if not sign or not name:
            message = f"'{word}' is not of the form LEVER=VALUE"
            raise ExperimentError(
                Diagnostic("bad-setting", message, None, "as in --set deadline=20")
            )
        value = plain(text)
        if isinstance(value, Diagnostic) or value is None:
            message = value.message if isinstance(value, Diagnostic) else "the value is missing"
            raise ExperimentError(Diagnostic("bad-setting", f"'{word}': {message}"))
        if name in found:
            raise ExperimentError(Diagnostic("bad-setting", f"'{name}' is set twice"))
        found[name] = value
    return found
