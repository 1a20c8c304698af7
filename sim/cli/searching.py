"""The verb search, which writes the settings it finds as scenarios."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli.options import FormatOption, KernelOption, Quiet, ScenarioFile, Seed, Settings
from sim.cli.stepping import ChartFile, Count, Only, Steps, loaded, tell
from sim.cli.steps import default_seed
from sim.errors import Diagnostic, ExperimentError, ResultError

if TYPE_CHECKING:
    from sim.analysis.search import Front
    from sim.study.experiment import Target
    from sim.study.scenario import Scenario

Bounds = Annotated[
    list[str] | None,
    typer.Option(
        "--bound",
        metavar="OUTCOME<=X",
        help="A constraint on a mean, with <= or >=; repeatable. Quote it for the shell.",
    ),
]


def search(
    scenario: ScenarioFile,
    outcome: Annotated[
        list[str], typer.Option("--outcome", help="An objective; give two or three.")
    ],
    bound: Bounds = None,
    only: Only = None,
    method: Annotated[
        Literal["auto", "grid", "nsga2"],
        typer.Option(help="auto: a full grid where it has at most 2,000 points."),
    ] = "auto",
    levels: Annotated[
        int, typer.Option(help="About how many values of a range in the grid.", min=2, max=1_000)
    ] = 5,
    budget: Annotated[int, typer.Option(help="Candidates of NSGA-II.", min=10)] = 1_000,
    keep: Annotated[int, typer.Option(help="Settings to run again.", min=2)] = 20,
    replications: Count = None,
    fresh: Annotated[
        int, typer.Option("--fresh", help="Replications of a setting that is run again.", min=2)
    ] = 1_000,
    storage: Annotated[
        Path | None,
        typer.Option(help="File that keeps NSGA-II's candidates, to go on from later."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder for a scenario per setting on the front."),
    ] = None,
    seed: Seed = None,
    set_: Settings = None,
    format: FormatOption = "table",
    chart: ChartFile = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Pareto-best settings of the levers: a grid or NSGA-II, then a second run on fresh numbers."""
    from sim.analysis.inputs import factors
    from sim.analysis.search import search_levers
    from sim.reporting.exploring import search_notes, search_table
    from sim.reporting.exploring_charts import front_chart

    chosen = loaded(scenario, set_)
    if output is not None:
        base_of(chosen, output)
        if output.exists() and not output.is_dir():
            raise ResultError(Diagnostic("no-folder", f"'{output}' is a file, a folder is wanted"))
    with Steps(quiet) as steps:
        found = search_levers(
            chosen,
            outcome,
            factors(chosen, only or (), levers=True, parameters=False),
            constraints=bounds(bound or []),
            method=method,
            levels=levels,
            budget=budget,
            replications=replications or 100,
            fresh_replications=fresh,
            keep=keep,
            seed=default_seed(seed),
            storage=storage,
            kernel=kernel,
            progress=steps.update,
        )
    tell(found, search_table, search_notes, front_chart, format, chart)
    if output is not None:
        for path in write_scenarios(found, chosen, output):
            if not quiet:
                print(f"wrote {path}", file=sys.stderr)


def bounds(words: list[str]) -> dict[str, Target]:
    """Read ``OUTCOME<=X`` and ``OUTCOME>=X``.

    Raises
    ------
    ExperimentError
        A word is not of this form.
    """
    from sim.study.experiment import Target

    found: dict[str, Target] = {}
    for word in words:
        sign = "<=" if "<=" in word else ">="
        name, given, text = word.partition(sign)
        name = name.strip()
        try:
            number = float(text)
        except ValueError:
            given = ""
        if not given or not name:
            message = f"'{word}' is not of the form OUTCOME<=X or OUTCOME>=X"
            raise ExperimentError(Diagnostic("bad-bound", message))
        old = found.get(name, Target())
        found[name] = Target(old.at_least, number) if sign == "<=" else Target(number, old.at_most)
    return found


def base_of(scenario: Scenario, folder: Path) -> str:
    """Return the scenario's file as scenarios in a folder name it.

    Raises
    ------
    ExperimentError
        The folder lies outside the study, from where a scenario cannot name it.
    """
    from sim.study.paths import study_root

    base = Path(scenario.path).resolve()
    folder = folder.resolve()
    if not base.is_relative_to(study_root(folder / base.name)):
        words = f"scenarios in '{folder.name}' could not name '{base.name}'"
        help = f"choose a folder inside the study, as {Path(scenario.path).parent}"
        raise ExperimentError(Diagnostic("outside-study", words, None, help))
    return Path(os.path.relpath(base, folder)).as_posix()


def write_scenarios(found: Front, scenario: Scenario, folder: Path) -> list[Path]:
    """Write a scenario for each setting on the front, ready to run, and return their paths."""
    from sim.yaml.editor import dump

    of = base_of(scenario, folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = scenario.model
    paths = []
    for number, finalist in enumerate(found.best, 1):
        name = f"{scenario.name}_best_{number}"
        said = "; ".join(
            f"{outcome.name} {fresh.mean:.4g} [{fresh.low:.4g}, {fresh.high:.4g}]"
            for outcome, fresh in zip(found.outcomes, finalist.fresh, strict=True)
        )
        values = dict(scenario.settings) | dict(finalist.changed)
        data: dict[str, Any] = {
            "scenario": name,
            "title": f"{scenario.title}: setting {number} on the front",
            "rationale": (
                f"Found by search ({found.method}, seed {found.seed}) from {scenario.name}. On fresh "
                f"random numbers, {found.fresh_replications} replications: {said}. No other setting "
                f"beats it in {finalist.on_front:.0%} of the resamples."
            ),
            "of": of,
        }
        for section, known in (("levers", model.levers), ("parameters", model.parameters)):
            chosen = {key: value for key, value in values.items() if key in known}
            data |= {section: chosen} if chosen else {}
        path = folder / f"{name}.yaml"
        path.write_text(dump(data), encoding="utf-8")
        paths.append(path)
    return paths
