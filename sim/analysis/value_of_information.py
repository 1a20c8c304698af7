"""Which parameter is worth knowing before choosing? EVPI and EVPPI from sampled futures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.analysis.criteria import performance
from sim.analysis.inputs import goal_of
from sim.analysis.missing import MISSING, LeftOut, Missing, left_out
from sim.analysis.perfect_information import FOLDS, coherent, estimate_evppi, evpi, shuffled_floor
from sim.analysis.rankings import SHOWN, cut_note, ranked_chart
from sim.analysis.registry import ONLY, OUTCOME, Analysis, Source
from sim.analysis.result import Column, Grid, Labels, Result, outcome_label
from sim.analysis.sampled import column_of, origin_lines, sampled_entry, varied
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import run
from sim.formatting import TOY, counted, decimal, interval, plural
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate
from sim.study.experiment import Experiment


@dataclass(frozen=True)
class Information(Result):
    """The worth of knowing, in units of one outcome.

    Attributes
    ----------
    best
        The scenario chosen without knowing more.
    perfect
        The gain of knowing everything that the futures vary.
    names, values
        Per parameter, the gain of knowing it alone; the largest first.
    changes
        Per parameter, in which share of the futures another scenario would be chosen.
    floor
        The 95 % quantile of the largest gain of as many shuffled parameters.
    """

    outcome: Outcome
    best: str
    perfect: Estimate
    names: tuple[str, ...]
    values: tuple[Estimate, ...]
    changes: tuple[float, ...]
    floor: float
    futures: int
    replications: int
    left_out: LeftOut
    origin: str = ""

    def worthwhile(self, value: Estimate) -> bool:
        """Whether a gain is above 0 and above that of shuffled parameters."""
        return value.low > 0 and value.mean > self.floor

    def table(self) -> list[dict[str, object]]:
        """Return one record per parameter, after one for everything."""
        rows = [("everything", self.perfect, math.nan)]
        rows += list(zip(self.names, self.values, self.changes, strict=True))
        return [
            {
                "parameter": name, "worth": value.mean, "low": value.low, "high": value.high,
                "changes_choice": changes,
                "verdict": "seen" if self.worthwhile(value) else "no value seen", "n": value.n,
            }
            for name, value, changes in rows
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per parameter, after one for everything."""
        rows = [("everything", interval(self.perfect), "", "")]
        found = list(zip(self.names, self.values, self.changes, strict=True))
        for name, value, changes in found[:SHOWN]:
            seen = "seen" if self.worthwhile(value) else "no value seen"
            rows.append((name, interval(value), f"{changes:.0%}", seen))
        columns = (
            Column("Knowing"), Column("gains [95 % CI]", True), Column("changes the choice in", True),
            Column("Verdict"),
        )  # fmt: skip
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that the value of information must carry."""
        unit = f" ({plural(self.outcome.unit)})" if self.outcome.unit else ""
        return [
            TOY,
            f"Gain in {self.outcome.name}{unit} if the choice between the scenarios may depend on a "
            f"parameter; without knowing more, {self.best} is chosen.",
            f"{counted(self.futures, 'future')} × {counted(self.replications, 'replication')}. A choice is "
            "learned from other futures than it is judged by, so figures lean to the low side; values "
            "below 0 are chance and shown as 0.",
            f"'seen': above 0 and above {decimal(self.floor, 4)}, which the best of as many shuffled "
            "parameters reaches in 5 % of samples. Knowing everything is worth no less than any part that is "
            "seen, and no part is shown to be worth more.",
            *origin_lines(self.origin),
            *self.left_out.lines(),
            *cut_note(self.names),
        ]

    def sentence(self) -> str:
        """Return which parameter is most worth knowing."""
        best = f"Without knowing more, {self.best} is the best choice"
        if not self.names or not self.worthwhile(self.values[0]):
            return self.left_out.after(f"{best}; knowing one parameter is not seen to improve it.")
        gain = interval(self.values[0])
        return self.left_out.after(
            f"{best}; knowing {self.names[0]} first gains {gain} of {self.outcome.name}."
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the ranking."""
        parts = [f"gain in {outcome_label(self.outcome)}", self.outcome.unit, "95 % intervals"]
        return ranked_chart(
            self.names, lambda i: self.worthwhile(self.values[i]), {"total": self.values},
            "What is worth knowing before choosing", parts, self.futures * self.replications,
            theme=theme, width=width, labels=labels,
        )  # fmt: skip


def evppi(
    ensemble: Ensemble,
    outcome: str,
    *,
    only: Sequence[str] = (),
    missing: Missing = "refuse",
    seed: int = 1,
) -> Information:
    """Rank parameters by what knowing them is worth to the choice between the scenarios.

    Parameters
    ----------
    missing
        *drop* leaves out the replications in which some scenario has no value, so that all are judged
        by the same ones, and the futures that have fewer than two others.

    Raises
    ------
    ExperimentError
        There is one scenario, or no futures, or the outcome has no goal, or values are missing.
    """
    experiment = ensemble.experiment
    goal, names = resolve_choice(experiment, outcome, only)
    values = ensemble.outcome(outcome)
    choices, futures, replications = values.shape
    gone = left_out(
        outcome, values.reshape(-1, replications), ensemble.failed.reshape(-1, replications), missing,
        "future", lambda i: f"future {i % futures} of {ensemble.scenarios[i // futures]}",
    )  # fmt: skip
    gaps = np.isnan(values).any(axis=0)
    kept = (~gaps).sum(axis=1) >= min(2, replications)
    gone = replace(gone, replications=choices * int(gaps.sum()))
    gone = gone.whole(outcome, kept, 2 * FOLDS, "future")
    values = np.where(gaps, np.nan, values)[:, kept]
    utility = performance(values) * (1.0 if goal == "maximize" else -1.0)
    columns = experiment.futures[kept][:, [column_of(experiment, name) for name in names]]
    worded = [bool(sampled_entry(experiment, name).type.options) for name in names]
    rng = np.random.default_rng(seed)
    found = [
        estimate_evppi(utility, columns[:, i], worded=worded[i], seed=seed)
        for i in range(len(names))
    ]
    null = shuffled_floor(utility, len(names), rng)
    perfect = evpi(values * (1.0 if goal == "maximize" else -1.0), seed=seed)
    perfect, parts = coherent(perfect, [gain for gain, _ in found], null)
    order = sorted(range(len(names)), key=lambda i: (-parts[i].mean, -found[i][0].mean))
    return Information(
        outcome=experiment.model_outcome(outcome),
        best=ensemble.scenarios[int(utility.mean(axis=1).argmax())], perfect=perfect,
        names=tuple(names[i] for i in order), values=tuple(parts[i] for i in order),
        changes=tuple(found[i][1] for i in order), floor=null, futures=utility.shape[1],
        replications=experiment.replications, left_out=gone, origin=experiment.origin,
    )  # fmt: skip


def resolve_choice(
    experiment: Experiment, outcome: str, only: Sequence[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """Return the goal and the parameters of a choice, before anything runs.

    Raises
    ------
    ExperimentError
        There is one scenario, a name is unknown, the outcome has no goal, or there are too few futures.
    """
    goal = goal_of(experiment, outcome, "scenario")
    if len(experiment.scenarios) < 2:
        raise ExperimentError(Diagnostic("one-scenario", "a choice needs at least two scenarios"))
    return goal, varied(experiment, only, 2 * FOLDS, "the value of information needs")


def _voi(
    source: Source, *, outcome: str, only: tuple[str, ...], missing: Missing
) -> list[Information]:
    ensemble = source.ensemble(lambda e: resolve_choice(e, outcome, only), futures=500)
    return [evppi(ensemble, outcome, only=only, missing=missing)]


ANALYSIS = Analysis(
    verb="voi",
    summary="What it is worth to know a parameter before choosing between scenarios (EVPPI).",
    functions=(run, evppi), reads="scenarios", run=_voi, options=(OUTCOME, ONLY, MISSING),
    order=80,
)  # fmt: skip
