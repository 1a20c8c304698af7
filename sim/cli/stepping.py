"""Steps that the exploring verbs share: reading, progress, and the telling of a result."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import Format, KernelName, parse_settings
from sim.cli.steps import executed, holds_results, planned, results, told, writable

if TYPE_CHECKING:
    from rich.progress import Progress

    from sim.execution.ensemble import Ensemble
    from sim.study.experiment import Experiment
    from sim.study.scenario import Scenario

Study = Annotated[
    Path, typer.Argument(help="A scenario, an experiment with futures, or a run directory.")
]
OneOutcome = Annotated[str, typer.Option("--outcome", help="The outcome asked about.")]
Only = Annotated[
    list[str] | None, typer.Option("--only", help="Only this lever or parameter; repeatable.")
]
Count = Annotated[
    int | None, typer.Option("-n", "--replications", help="Replications of each setting.", min=1)
]


def drawable(chart: Path | None) -> Path | None:
    """Refuse a file that no chart can be drawn into, before anything runs."""
    if chart is not None:
        from sim.charts.export import check_suffix

        check_suffix(chart)
        writable(chart)
    return chart


ChartFile = Annotated[
    Path | None,
    typer.Option(
        "--chart", help="Draw it too: a .png, .svg, .json or .html file.", callback=drawable
    ),
]
ManyFutures = Annotated[
    int | None,
    typer.Option(
        "--futures",
        help="Futures to sample; else those of the experiment, or 500 where it has none.",
        min=0,
    ),
]
#: More inputs than these are screened unless Sobol indices are asked for.
SCREEN_ABOVE = 12
#: Futures that are sampled where there are none.
FUTURES = 500


class Steps:
    """Progress on stderr: a bar on a terminal, a line every five seconds elsewhere."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.begun = self.last = time.perf_counter()
        self.total = 0
        self.bar: Progress | None = None

    def __enter__(self) -> Steps:
        if not self.quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
            console = Console(stderr=True)
            self.bar = Progress("running", *columns, console=console, transient=True)
            self.bar.start()
            self.task = self.bar.add_task("run", total=None)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
        if kind is None and not self.quiet:
            seconds = time.perf_counter() - self.begun
            print(f"{self.total:,} replications in {seconds:.1f} s", file=sys.stderr)

    def update(self, done: int, total: int) -> None:
        """Show that `done` of `total` replications are finished."""
        if self.bar is not None:
            self.bar.update(self.task, completed=done, total=total)
        elif not self.quiet and time.perf_counter() - self.last > 5:
            print(f"{done:,} of {total:,} replications", file=sys.stderr)
            self.last = time.perf_counter()
        if done == total:
            self.total += total


def loaded(path: Path, set_: Sequence[str] | None) -> Scenario:
    """Load a scenario with settings by hand."""
    from sim.study.scenario import load_scenario

    scenario = load_scenario(path)
    return scenario.with_settings(parse_settings(set_))


def bare(scenario: Scenario) -> Scenario:
    """Return the model of a scenario at its defaults."""
    from sim.study.scenario import load_scenario

    assert scenario.document is not None
    return load_scenario(scenario.document.chain.files[0])


def kind_of_file(path: Path) -> str:
    """Return the kind of a file."""
    from sim.study.files import kinds

    found = kinds([path])
    return found[0][1] if found else ""


def asked(scenario: Scenario, outcome: str) -> None:
    """Refuse an unknown outcome before anything runs."""
    from sim.study.experiment import make_experiment

    make_experiment(scenario).model_outcome(outcome)


def ensemble_of(
    files: Sequence[Path],
    before: Callable[[Experiment], object],
    *,
    futures: int | None = None,
    usual: int = FUTURES,
    replications: int | None = None,
    seed: int | None = None,
    set_: Sequence[str] | None = None,
    kernel: KernelName = "auto",
    quiet: bool = False,
) -> Ensemble:
    """Return finished results, or run scenarios or an experiment over futures.

    Parameters
    ----------
    before
        Judges the plan before anything runs.
    usual
        Futures where none are asked for and the experiment has none.
    """
    if len(files) == 1 and holds_results(files[0]):
        return results(
            files, replications=replications, seed=seed, set_=set_, kernel=kernel, quiet=quiet,
            futures=futures, before=before,
        )  # fmt: skip
    made = planned(files, replications, seed, set_, futures, quiet)
    if futures is None and len(made.futures) < 2 and usual:
        from sim.study.files import with_futures

        made = with_futures(made, usual, replications)
    before(made)
    return executed(made, kernel, quiet)


def tell(
    found: Any,
    table: Callable[[Any], object],
    notes: Callable[[Any], list[str]],
    draw: Callable[[Any], Any],
    format: Format,
    chart: Path | None,
) -> None:
    """Print a result, and draw it where a file is named."""
    told(found, format, table, notes)
    drawing(found, draw, chart)


def drawing(found: Any, draw: Callable[[Any], Any], chart: Path | None) -> None:
    """Draw a result where a file is named."""
    if chart is not None:
        from sim.charts.export import save_chart

        save_chart(draw(found), chart)


def failed(count: int) -> None:
    """Tell of failed replications, and leave with exit code 1 if there are any."""
    if count:
        from sim.formatting import counted

        print(f"{counted(count, 'replication')} failed and left out", file=sys.stderr)
        raise typer.Exit(1)
