"""Options that several verbs share."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import typer


def study_named(given: Any) -> Any:
    """Return a path or paths of a command; the name of a shipped study stands for its folder."""
    from sim.study.shipped import shipped_path

    if isinstance(given, list):
        return [shipped_path(path) for path in given]
    return given and shipped_path(given)


Format = Literal["table", "csv", "csv-eu", "json", "markdown"]
KernelName = Literal["auto", "simpy", "compiled"]

ScenarioFile = Annotated[
    Path,
    typer.Argument(
        help="A scenario, or a model as the scenario of its defaults.",
        metavar="SCENARIO",
        callback=study_named,
    ),
]
Files = Annotated[
    list[Path],
    typer.Argument(
        help="Scenarios, a model or an experiment (YAML); or one run directory.",
        callback=study_named,
    ),
]
Experiments = Annotated[
    list[Path],
    typer.Argument(help="Scenarios, a model or an experiment (YAML).", callback=study_named),
]
AnyFiles = Annotated[
    list[Path],
    typer.Argument(help="Files of any kind (YAML), or folders of them.", callback=study_named),
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
        "time.max_events; SCENARIO:LEVER=VALUE in one scenario alone; repeatable.",
    ),
]
Replications = Annotated[
    int | None,
    typer.Option(
        "-n",
        "--replications",
        help="Replications per scenario: in each future if --futures is given, else in all "
        "futures; by default those of the experiment, or 1,000.",
        min=1,
    ),
]
Futures = Annotated[
    str | None,
    typer.Option(
        "--futures",
        metavar="N|FILE.csv",
        help="Futures to sample of the uncertain parameters; by default those of the experiment, "
        "or as many as give 5 replications in each; 0 is --central. Or a file that lists them.",
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="LEVER=A,B",
        help="Run every scenario at each of these values; repeatable, for every combination. "
        "'deadline=20,50 charge=10,100' in one option go together, one by one.",
    ),
]
Central = Annotated[
    bool,
    typer.Option("--central", help="Hold the uncertain parameters at their central values."),
]
Independent = Annotated[
    bool,
    typer.Option(
        "--independent",
        help="Sample the uncertain parameters from their ranges, each for itself, even where the "
        "model lists plausible futures.",
    ),
]


class AskedFutures(TypedDict):
    """What --futures, --central and --independent ask for: a number, None where none does, or a file."""

    futures: int | None
    listed: Path | None
    independent: bool


def asked_futures(futures: str | None, central: bool, independent: bool = False) -> AskedFutures:
    """Return the futures that three options ask for, as `FileSource` takes them."""
    listed = Path(futures) if futures is not None and futures.endswith(".csv") else None
    number = None if futures is None or listed else _count(futures)
    if central and (number or listed):
        raise typer.BadParameter("--central holds the assumptions that --futures samples")
    if independent and (central or listed or number == 0):
        raise typer.BadParameter("--independent samples the assumptions: give a number of futures")
    return {"futures": 0 if central else number, "listed": listed, "independent": independent}


def _count(futures: str) -> int:
    try:
        number = int(futures)
    except ValueError:
        number = -1
    if number < 0:
        words = f"Invalid value for '--futures': '{futures}' is not a number of at least 0"
        raise typer.BadParameter(f"{words}, and not the name of a .csv file")
    return number


OutcomeOption = Annotated[
    list[str] | None, typer.Option("--outcome", help="Only this outcome; repeatable.")
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        help="Format of the result on stdout; csv-eu is CSV for Excel in Europe: semicolons, decimal "
        "commas and a byte order mark.",
    ),
]
All = Annotated[
    bool, typer.Option("--all", help="Show everything, where a screenful is shown by default.")
]
TableFile = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write the whole table into a file too: .xlsx, .csv, .parquet or .json.",
    ),
]
Separator = Annotated[
    Literal["comma", "semicolon", "tab"] | None,
    typer.Option(help="Between the cells of CSV; with a decimal comma, a semicolon."),
]
Decimal = Annotated[
    Literal["point", "comma"] | None,
    typer.Option(
        help="In the numbers of CSV. For Excel in German: --format csv-eu, or -o FILE.xlsx."
    ),
]
Bom = Annotated[
    bool | None,
    typer.Option("--bom/--no-bom", help="Begin CSV with the mark by which Excel knows UTF-8."),
]
#: Options of every verb that prints a table, by the keyword each is given as.
TABLE_OPTIONS: dict[str, Any] = {
    "file": TableFile, "separator": Separator, "decimal": Decimal, "bom": Bom, "all": All,
}  # fmt: skip
KernelOption = Annotated[KernelName, typer.Option("--kernel", help="Kernel to run it on.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Suppress messages and progress.")]


def with_quiet(verb: Callable[..., None]) -> Callable[..., None]:
    """Return a verb that takes --quiet: itself, or one whose only messages are warnings."""
    signature = inspect.signature(verb, eval_str=True)
    if "quiet" in signature.parameters:
        return verb

    @functools.wraps(verb)
    def call(*, quiet: bool, **given: Any) -> None:
        if quiet:
            logging.getLogger("sim").setLevel(logging.ERROR)
        verb(**given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    option = inspect.Parameter("quiet", keyword, default=False, annotation=Quiet)
    parameters = [*signature.parameters.values(), option]
    call.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call
