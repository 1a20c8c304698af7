"""Which assumptions move an outcome? One verb for the methods that rank inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sim.analysis.contrast import AGAINST, both, opponent
from sim.analysis.given_data import importance, resolve_ranking
from sim.analysis.inputs import factors
from sim.analysis.missing import MISSING, Missing
from sim.analysis.one_at_a_time import tornado
from sim.analysis.registry import ONLY, OUTCOME, Analysis, Option, Source, Tab, uncertain
from sim.analysis.result import Result
from sim.analysis.screening import morris
from sim.analysis.variance_decomposition import sobol
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import run
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario

#: *auto* uses Sobol indices up to so many inputs, and Morris's screening above.
SCREEN_ABOVE = 12


@dataclass(frozen=True, slots=True)
class Method:
    """A method that runs a design of its own.

    Attributes
    ----------
    replications
        Of each setting, where none are asked for.
    options
        Keyword of the function, by the option of the verb that gives its value.
    """

    function: Callable[..., Result]
    replications: int
    options: dict[str, str]


DESIGNS = {
    "tornado": Method(tornado, 200, {}),
    "morris": Method(morris, 20, {"trajectories": "trajectories"}),
    "sobol": Method(sobol, 20, {"points": "base_points"}),
}
#: Methods that read the futures of an experiment or of finished results.
MEASURES: tuple[Literal["variance", "pawn"], ...] = ("variance", "pawn")


def _sensitivity(
    source: Source, *, outcome: str, method: str, levers: bool, only: tuple[str, ...],
    scenario: str | None, missing: Missing, against: object = None, **sizes: int,
) -> list[Result]:  # fmt: skip
    if method in MEASURES or (method == "auto" and source.finished):
        measure = next((m for m in MEASURES if m == method), MEASURES[0])
        _refuse(measure, levers=levers or None)
        ensemble, scenario, other = both(
            source, scenario, against, lambda e, name, _: resolve_ranking(e, outcome, name, only)
        )
        return [
            importance(
                ensemble, outcome, scenario, measure=measure, only=only, missing=missing, against=other
            )
        ]  # fmt: skip
    _refuse(method, scenario=scenario, futures=source.futures)
    if source.finished:
        words = (
            f"'{method}' runs a design of its own: it needs a scenario, not futures already chosen"
        )
        help = "give a scenario, or --method variance or pawn"
        raise ExperimentError(Diagnostic("bad-option", words, None, help))
    chosen = source.scenario()
    inputs = factors(chosen, only, levers=levers)
    make_experiment(chosen, futures=0).model_outcome(outcome)
    if method == "auto":
        method = "sobol" if len(inputs) <= SCREEN_ABOVE else "morris"
    design = DESIGNS[method]
    given: dict[str, Any] = {k: sizes[option] for option, k in design.options.items()}
    given |= {"missing": missing} if design.options else {}  # a tornado leaves pairs out anyway
    found = design.function(
        chosen, outcome, inputs, replications=source.replications or design.replications,
        seed=source.seed, kernel=source.kernel, progress=source.progress, **given,
        against=None if against is None else opponent(source, chosen, against),
    )  # fmt: skip
    return [found]


def _refuse(method: str, **options: object) -> None:
    """Refuse options that a method has no use for, rather than ignore them."""
    for name, value in options.items():
        if value is not None:
            given = method in MEASURES
            does = (
                "reads the futures of finished runs" if given else "moves the inputs of a scenario"
            )
            words = f"--{name} does not apply to '{method}', which {does}"
            other = "the other methods do" if given else "--method variance or pawn does"
            raise ExperimentError(Diagnostic("bad-option", words, None, other))


def _together(
    scenario: Scenario, replications: int, /, *, only: tuple[str, ...], points: int, **others: Any
) -> int:
    return points * (len(only) + 3) * replications


def _one_by_one(scenario: Scenario, replications: int, /, **others: Any) -> int:
    return (1 + sum(len(factor.ends) for factor in factors(scenario))) * replications


ANALYSIS = Analysis(
    verb="sensitivity",
    summary="Which assumptions move an outcome: Sobol indices, Morris's screening, a tornado, finished runs.",
    functions=(sobol, morris, tornado, run, importance),
    reads="study",
    run=_sensitivity,
    options=(
        OUTCOME,
        Option(
            "method",
            "auto: Sobol up to 12 inputs, Morris above; variance and pawn read the futures of an "
            "experiment or a run directory.",
            default="auto", choices=("auto", *DESIGNS, *MEASURES),
        ),
        Option("levers", "Move the levers too.", type=bool, default=False),
        ONLY,
        Option(
            "points", "Base points of Sobol, a power of two.", type=int, default=1024, minimum=2
        ),
        Option("trajectories", "Trajectories of Morris.", type=int, default=20, minimum=2),
        Option("scenario", "Which scenario of an experiment; by default the first."),
        AGAINST,
        MISSING,
    ),
    tabs=(
        Tab(
            name="tornado",
            title="What if one assumption is at the end of its range?",
            caption="Each uncertain assumption goes to the low and the high end of its range; the others "
            "are held at central values.",
            terms="Each bar is a change against the held values, with its 95 % interval. The grey **noise "
            "band** is as wide as chance alone makes such an interval.",
            cost=_one_by_one,
            alt="Effect of each assumption on the outcome, sorted",
            controls=("runs",),
            more="Choose 500 under *Runs at each point* above.",
            values={"method": "tornado"},
            needs=uncertain,
        ),
        Tab(
            name="sobol",
            title="What do some assumptions do together?",
            caption="All of those chosen vary at once; the others are held at central values.",
            terms="**Sobol index**: the share of the variance that an assumption explains, *alone* (open) or "
            "*together* with others (filled); where the two differ, it acts through others.",
            cost=_together,
            alt="Share of the variance that each assumption explains",
            controls=("only", "points", "missing"),
            more="Choose 512 under *Points* above, or other assumptions.",
            values={"method": "sobol", "replications": 10},
            needs=uncertain,
        ),
    ),
    order=40,
)  # fmt: skip
