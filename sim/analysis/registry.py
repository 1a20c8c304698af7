"""The registry: an analysis declares itself once, and every front door offers it.

A module of this package that declares ``ANALYSIS = Analysis(…)``, or several as ``ANALYSES``, is a
verb of the command line, a tab of the page where it has a `Tab`, a section of the report where it
has a `report`, and a part of the reference. No other code has to be edited.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sim.analysis.declared import declared_verbs
from sim.analysis.result import Result
from sim.execution.ensemble import Ensemble
from sim.execution.runner import KernelName, Progress
from sim.model.types import Model
from sim.study.experiment import Experiment
from sim.study.futures import sizes
from sim.study.model_futures import rows
from sim.study.scenario import Scenario
from sim.study.targets import TargetSet, Vintage

Check = Callable[[Experiment], object]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of an analysis.

    Attributes
    ----------
    name
        The keyword under which `Analysis.run` gets its value.
    help
        What it does, in a sentence.
    type
        Of a value. A ``Scenario`` is given as a file.
    default
        None where it may be left out.
    many
        It is repeatable; its value is a tuple.
    choices
        The words it can be.
    flag
        How it is written on the command line; by default ``--name``.
    output
        It is a file that is written: one that cannot be is refused before anything runs.
    """

    name: str
    help: str
    type: type = str
    default: Any = None
    many: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    flag: str = ""
    metavar: str = ""
    output: bool = False


class Source(Protocol):
    """Where an analysis gets what it reads, and how it runs.

    The command line implements it on files, the page on the setting of its levers.

    Attributes
    ----------
    replications, futures
        None where the analysis chooses.
    """

    seed: int
    kernel: KernelName
    replications: int | None
    futures: int | None
    progress: Progress | None

    @property
    def finished(self) -> bool:
        """Whether it holds futures: an experiment or finished results rather than a scenario."""

    def scenario(self) -> Scenario:
        """Return the scenario."""

    def baseline(self) -> Scenario:
        """Return the scenario to compare with: the model at its defaults, or the page's baseline."""

    def load(self, name: str) -> Scenario:
        """Return another scenario, by its file."""

    def targets(self, vintage: Vintage) -> TargetSet:
        """Return the targets of a calibration or backtest."""

    def ensemble(self, check: Check, *, futures: int = 0) -> Ensemble:
        """Return finished results, or run the experiment.

        Parameters
        ----------
        check
            Raises for what the analysis cannot use, before anything runs.
        futures
            Futures to sample where none are asked for and the experiment has none.
        """

    def narrowed(
        self, check: Check, precision: str, baseline: str | None, outcomes: Sequence[str], cap: int
    ) -> Ensemble:
        """Run the experiment until the intervals are as narrow as asked."""

    def usual_baseline(self) -> str:
        """Return the baseline where none is named."""

    def plan(self) -> str:
        """Return where the futures come from, in a sentence; empty where it need not be said."""

    def message(self, text: str) -> None:
        """Tell the user something that is no part of the result."""


@dataclass(frozen=True, slots=True)
class Tab:
    """The place of an analysis on the page.

    Attributes
    ----------
    name, title, caption
        Its short name, which stands in addresses, its question in plain words, and what is done.
    terms
        What the words of its chart mean that not everybody knows.
    cost
        Number of replications, from the scenario, the replications of a point, the baseline and the
        options.
    alt
        What the chart shows, in words.
    controls
        What a visitor chooses besides the outcome: *runs*, *only*, *points*, *missing*, *by*, *lever* or
        *target*.
    more
        What to do where too few runs tell nothing apart from chance, by the name of a control.
    values
        Options that the page fixes; *replications* among them.
    futures
        Whether it reads the futures of Explore, so that its numbers are the same; *runs* where it takes
        the finished runs.
    needs
        From the scenario and the baseline, why there is nothing to do; empty where there is.
    """

    name: str
    title: str
    caption: str
    cost: Callable[..., int]
    alt: str
    terms: str = ""
    controls: tuple[str, ...] = ()
    more: str = "Choose more *Runs* among the levers: up to 5,000."
    values: dict[str, Any] = field(default_factory=dict)
    futures: Literal["", "same", "runs"] = ""
    needs: Callable[[Scenario, Scenario], str] = lambda scenario, baseline: ""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What a front door needs to know of an analysis.

    Attributes
    ----------
    verb
        Its name on the command line.
    summary
        One line of help.
    functions
        The public functions behind it.
    reads
        *scenario*: one file; *scenarios*: some, or one experiment or run directory; *study*: a
        scenario, an experiment or a run directory; *targets*, *model*: a file of that kind.
    run
        Called with a `Source` and a keyword per option; returns the results.
    fails
        From the results and the options, a last message, and whether the verb exits with 1.
    options
        Its own options. Those of running (replications, seed, kernel …) follow from `reads`.
    futures
        Whether one that reads a scenario can sample futures of it.
    holds
        Whether it holds the assumptions at central values unless futures are asked for.
    report
        Its result for a report on an ensemble; None where it has nothing to say there.
    order
        Its place among the verbs.
    """

    verb: str
    summary: str
    functions: tuple[Callable[..., Any], ...]
    reads: Literal["scenario", "scenarios", "study", "targets", "model"]
    run: Callable[..., Sequence[Result]]
    options: tuple[Option, ...] = ()
    tabs: tuple[Tab, ...] = ()
    futures: bool = False
    holds: bool = False
    report: Callable[[Ensemble], Result | None] | None = None
    fails: Callable[..., tuple[str, bool]] = lambda results, **options: ("", False)
    order: int = 50


OUTCOME = Option("outcome", "The outcome to analyse.", required=True)
OUTCOMES = Option("outcome", "Only this outcome; repeatable.", many=True)
ONLY = Option("only", "Only this lever or parameter; repeatable.", many=True)


def usual_sizes(source: Source, model: Model, held: int) -> tuple[int, int]:
    """Return the futures, 0 for central values, and the replications in each, as `compare` has them.

    Parameters
    ----------
    held
        Replications where nothing is sampled and none are asked for.
    """
    if source.futures == 0 or not model.uncertain:
        return 0, source.replications or held
    return sizes(True, source.futures, source.replications, most=rows(model))


def uncertain(scenario: Scenario, baseline: Scenario) -> str:
    """Return why nothing can be varied; empty where some parameter is uncertain."""
    if any(parameter.uncertain for parameter in scenario.model.parameters.values()):
        return ""
    return "No assumption of this model has a range or options, so there is nothing to vary."


def analysis(verb: str) -> Analysis | None:
    """Return an analysis by its verb; None where there is none."""
    found = declared_verbs().get(verb)
    if found is None:
        return None
    module = importlib.import_module(found.module)
    declared: tuple[Analysis, ...] = getattr(module, "ANALYSES", None) or (module.ANALYSIS,)
    return next(one for one in declared if one.verb == verb)


def analyses() -> dict[str, Analysis]:
    """Return every analysis by its verb, in order."""
    found = {verb: analysis(verb) for verb in declared_verbs()}
    return {verb: one for verb, one in found.items() if one is not None}
