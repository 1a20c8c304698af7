"""The verbs plot and report."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli.options import (
    Central,
    Files,
    Futures,
    Independent,
    KernelName,
    KernelOption,
    OutcomeOption,
    Quiet,
    Replications,
    Seed,
    Settings,
    Vary,
    asked_futures,
)
from sim.cli.source import FileSource, check_output, report_failures
from sim.errors import Diagnostic, ExperimentError

if TYPE_CHECKING:
    from sim.analysis.causal_path import Why
    from sim.execution.ensemble import Ensemble
    from sim.model.types import Model
    from sim.reporting.report import LivePart
    from sim.study.experiment import Experiment

ChartName = Literal[
    "fan",
    "difference",
    "plane",
    "forest",
    "incidence",
    "shares",
    "multiples",
    "graph",
    "timeline",
    "twin",
    "rates",
]
#: Charts of single replications.
SINGLE = ("timeline", "twin", "rates")
#: Replications behind a chart of rates unless a number is named.
REPLAYED = 30
#: Runs of each scenario by which a report says why; fewer replications of the same futures where
#: more were run.
MOST_WHY = 2_000

SeriesOption = Annotated[
    list[str] | None,
    typer.Option("--series", help="Series over time: a state or derived quantity; repeatable."),
]
ScenarioOption = Annotated[
    str | None, typer.Option("--scenario", help="The scenario in focus; by default the second.")
]
BaselineOption = Annotated[
    str | None,
    typer.Option(
        help="Name of the baseline; by default that of an experiment among the files, or the first."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the application."""
    for verb in (plot, report):
        app.command()(verb)


def plot(
    files: Files,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to write: .png, .svg, .json or .html.")
    ],
    chart: Annotated[ChartName, typer.Option(help="Which chart.")] = "fan",
    outcome: OutcomeOption = None,
    series: SeriesOption = None,
    scenario: ScenarioOption = None,
    baseline: BaselineOption = None,
    replication: Annotated[int, typer.Option(help="Which replication, for a timeline.", min=0)] = 0,
    samples: Annotated[int, typer.Option(help="Single runs drawn on a fan.", min=0, max=30)] = 0,
    theme: Annotated[Literal["light", "dark"], typer.Option(help="Which colours.")] = "light",
    width: Annotated[int, typer.Option(help="Width in pixels.", min=300, max=2400)] = 760,
    replications: Replications = None,
    futures: Futures = None,
    central: Central = False,
    independent: Independent = False,
    seed: Seed = None,
    set_: Settings = None,
    vary: Vary = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Draw a chart of scenarios, experiments or a run directory into a file."""
    from sim import charts

    charts.check_suffix(output)
    check_output(output)
    look: dict[str, Any] = {"theme": theme, "width": width}
    source = FileSource(
        files, replications, given_seed=seed, settings=set_, kernel=kernel, quiet=quiet, vary=vary,
        **asked_futures(futures, central, independent),
    )  # fmt: skip
    if chart == "graph" or chart in SINGLE:
        if chart == "rates" and source.stored:
            source.replications = None
        elif not source.stored and source.futures is None:
            source.futures = 0  # single runs, at the values that `trace` shows
        experiment = source.experiment()
        base = baseline or source.usual_baseline()
        count = min(experiment.replications, replications or REPLAYED)
        drawn = _single(chart, experiment, scenario, base, replication, count, look)
        charts.save_chart(drawn, output)
        return
    ensemble = source.ensemble(
        lambda e: _check_names(e, outcome or (), series or (), (scenario, baseline)),
        series=lambda model: _wanted(chart, model, series or ()),
        halves=chart == "difference",
    )
    base = baseline or source.usual_baseline()
    drawn = _pooled(chart, ensemble, outcome or (), series or (), scenario, base, samples, look)
    charts.save_chart(drawn, output)
    report_failures(ensemble)


def _check_names(
    experiment: Experiment,
    outcomes: Sequence[str],
    series: Sequence[str],
    scenarios: Sequence[str | None],
) -> None:
    """Refuse unknown names before anything runs."""
    from sim.execution.recording import check_series

    for name in filter(None, scenarios):
        experiment.scenario_index(name)
    for name in outcomes:
        experiment.model_outcome(name)
    check_series(experiment.programs()[0], series)


def _wanted(chart: str, model: Model, series: Sequence[str]) -> Sequence[str]:
    """Return the series that a chart is drawn of."""
    from sim import charts

    match chart:
        case "fan":
            return series or (charts.usual_series(model),)
        case "difference":
            return series or (charts.headline_series(model),)
        case "multiples":
            return series or charts.main_series(model)
        case "shares":
            return series or [name for name in (charts.main_state(model),) if name]
    return ()


def _single(
    chart: str,
    experiment: Experiment,
    scenario: str | None,
    baseline: str,
    replication: int,
    count: int,
    look: dict[str, Any],
) -> Any:
    """Draw a chart of the model, of one replication, or of `count` replications."""
    from sim import charts
    from sim.execution.runner import replay

    names = [s.name for s in experiment.scenarios]
    focus = scenario or next((n for n in names if n != baseline), baseline)
    model = experiment.scenarios[experiment.scenario_index(focus)].model
    if chart == "graph":
        return charts.graph_chart(model, **look)
    if chart == "rates":
        traces = [replay(experiment, scenario=focus, replication=r) for r in range(count)]
        return charts.rates_chart(traces, model, **look)
    trace = replay(experiment, scenario=focus, replication=replication)
    if chart == "timeline":
        return charts.timeline_chart(trace, model, **look)
    other = replay(experiment, scenario=baseline, replication=replication)
    return charts.twin_chart(trace, other, model, **look)


def _pooled(
    chart: str,
    ensemble: Ensemble,
    outcomes: Sequence[str],
    series: Sequence[str],
    scenario: str | None,
    baseline: str,
    samples: int,
    look: dict[str, Any],
) -> Any:
    """Draw a chart of many replications."""
    from sim import charts
    from sim.analysis.comparison import compare

    model = ensemble.experiment.model
    cast: dict[str, Any] = {"scenario": scenario, "baseline": baseline, **look}
    match chart:
        case "fan":
            (name, *rest) = series or _wanted(chart, model, series)
            if model.over(name) and not rest:  # a panel for each member
                return charts.multiples_chart(ensemble, name, **cast)
            return charts.fan_chart(ensemble, name, samples=samples, **cast)
        case "difference":
            (name, *_) = series or _wanted(chart, model, series)
            return charts.difference_chart(ensemble, name, **cast)
        case "multiples":
            chosen: Any = series[0] if len(series) == 1 else tuple(series) or None
            return charts.multiples_chart(ensemble, chosen, **cast)
        case "shares":
            state = series[0] if series else None
            return charts.shares_chart(ensemble, state, **cast)
        case "incidence":
            pair = [*outcomes, None, None][:2]
            return charts.incidence_chart(ensemble, *pair, **cast)
        case "plane":
            pair = [*outcomes, None, None][:2]
            return charts.plane_chart(ensemble, *pair, **cast)
    return compare(ensemble, baseline).chart(tuple(outcomes) or None, **look)


def report(
    files: Files,
    output: Annotated[Path, typer.Option("-o", "--output", help="The HTML file to write.")],
    title: Annotated[str, typer.Option(help="Title; by default that of the experiment.")] = "",
    series: SeriesOption = None,
    baseline: BaselineOption = None,
    why: Annotated[
        str | None,
        typer.Option(
            metavar="SCENARIO",
            help="Also explain, step by step, why this scenario differs from the baseline in the first "
            "headline outcome, in the same futures; it takes further runs.",
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Also put in the page on which the levers can be moved; the file grows to some megabytes.",
        ),
    ] = False,
    replications: Replications = None,
    futures: Futures = None,
    central: Central = False,
    independent: Independent = False,
    seed: Seed = None,
    set_: Settings = None,
    vary: Vary = None,
    kernel: KernelOption = "auto",
    quiet: Quiet = False,
) -> None:
    """Write a report: one file that opens offline, with the answer, the charts, and what they rest on."""
    from sim.reporting.renderers import rendering

    if output.suffix not in (".html", ".htm"):
        words = f"'{output}': a report is an HTML file"
        raise ExperimentError(Diagnostic("bad-suffix", words, None, f"write {output.stem}.html"))
    check_output(output)
    source = FileSource(
        files, replications, given_seed=seed, settings=set_, kernel=kernel, quiet=quiet, vary=vary,
        **asked_futures(futures, central, independent),
    )  # fmt: skip
    with rendering() as render:
        from sim.reporting.figures import drawn_series
        from sim.reporting.report import report_html

        ensemble = source.ensemble(
            lambda e: _check_names(e, (), series or (), (baseline, why)),
            series=lambda model: tuple(series or ()) or drawn_series(model),
            halves=True,
        )
        base = baseline or source.usual_baseline()
        reasons = _reasons(ensemble, why, base, kernel) if why else None
        text = report_html(
            ensemble, base, title=title, series=tuple(series or ()), reasons=reasons,
            live=_live_part(ensemble.experiment, base) if live else None, render=render,
        )  # fmt: skip
    output.write_text(text, encoding="utf-8")
    if not quiet:
        print(f"{output}: {len(text.encode()) / 1e6:.1f} MB", file=sys.stderr)
    report_failures(ensemble)


def _live_part(experiment: Experiment, baseline: str) -> LivePart:
    """Make the page of an experiment on which levers can be moved; its baseline stands first."""
    from sim.reporting.report import LivePart
    from sim.study.experiment import make_experiment
    from ui.live.document import make_document
    from ui.live.publish import allowances, page

    scenarios = sorted(experiment.scenarios, key=lambda s: s.name != baseline)
    made = make_experiment(
        scenarios, replications=experiment.replications, seed=experiment.seed, name=experiment.name,
        futures=len(experiment.futures) if experiment.parameters else 0,
    )  # fmt: skip
    text = page(make_document(made))
    return LivePart(text, allowances(text))


def _reasons(ensemble: Ensemble, scenario: str, baseline: str, kernel: KernelName) -> Why:
    """Find out why a scenario differs from the baseline in the first headline outcome."""
    from sim.analysis.reasons import why

    experiment = ensemble.experiment
    here, there = (experiment.scenarios[experiment.scenario_index(n)] for n in (scenario, baseline))
    outcome = next(iter(experiment.model.headlines), None)
    each = min(experiment.replications, max(1, MOST_WHY // len(experiment.futures)))
    return why(here, there, outcome, replications=each, kernel=kernel, design=experiment)
