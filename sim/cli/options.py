"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Format = Literal["table", "csv", "json", "markdown"]
KernelName = Literal["auto", "simpy", "compiled"]

ScenarioFile = Annotated[
    Path,
    typer.Argument(
        help="A scenario, or a model as the scenario of its defaults.", metavar="SCENARIO"
    ),
]
Files = Annotated[
    list[Path],
    typer.Argument(help="Scenarios, a model or an experiment (YAML); or one run directory."),
]
Experiments = Annotated[
    list[Path], typer.Argument(help="Scenarios, a model or an experiment (YAML).")
]
AnyFiles = Annotated[
    list[Path], typer.Argument(help="Files of any kind (YAML), or folders of them.")
]
Seed = Annotated[
    int | None, typer.Option(help="Seed of the random numbers.", min=0, max=10**15 - 1)
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="LEVER=VALUE",
        help="Set a lever or parameter by hand, or time.horizon, time.warmup, time.stop or "
        "time.max_events; repeatable.",
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--replications",
        help="Replications per scenario; by default those of the experiment, or 1,000.",
        min=1,
    ),
]
Futures = Annotated[
    int | None,
    typer.Option(
        "--futures",
        help="Futures to sample of the uncertain parameters; 0 keeps their central values.",
        min=0,
    ),
]
OutcomeOption = Annotated[
    list[str] | None, typer.Option("--outcome", help="Only this outcome; repeatable.")
]
FormatOption = Annotated[Format, typer.Option("--format", help="Format of the result on stdout.")]
KernelOption = Annotated[KernelName, typer.Option("--kernel", help="Kernel to run it on.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Suppress messages and progress.")]
