"""Does the model meet the evidence? Its forecast against each figure of a set of targets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.analysis.judgements import Judged, judged, judgement_grid, ranges_chart
from sim.analysis.registry import Analysis, Option, Source
from sim.analysis.result import Grid, Labels
from sim.analysis.scoring import score_record
from sim.execution.ensemble import Ensemble
from sim.execution.runner import run
from sim.formatting import TOY, counted, decimal
from sim.statistics.estimates import Estimate, estimate
from sim.statistics.scores import rank_histogram
from sim.study.arguments import bad_argument
from sim.study.listed_futures import read_futures
from sim.study.targets import EACH, FUTURES, TargetSet


@dataclass(frozen=True)
class Backtest(Judged):
    """Intervals of the model against what came later.

    Attributes
    ----------
    half, most
        Share of the targets inside the middle 50 % and 90 % of the replications, with Wilson's interval.
    better
        Share of the targets with a declared persistence that the model forecasts better, likewise.
    drawn
        What `chart` draws: the ranges of the forecasts, or the histogram of ranks (PIT).
    """

    half: Estimate
    most: Estimate
    better: Estimate
    drawn: Literal["ranges", "pit"] = "ranges"

    @property
    def misses(self) -> tuple[str, ...]:
        """Targets outside the middle 90 % of the replications."""
        return tuple(j.entry.name for j in self.judgements if not j.in_most)

    def table(self) -> list[dict[str, object]]:
        """Return one record per target."""
        return [
            {
                **j.record(), "in_50": j.in_half, "in_90": j.in_most,
                **score_record(j.score, j.entry), **j.source(),
            }
            for j in self.judgements
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per target, in blocks by scenario."""
        return judgement_grid(self.judgements, calibrating=False)

    def notes(self) -> list[str]:
        """Return the lines that every backtest must carry."""
        notes = [
            TOY,
            self.sentence(),
            self.compared(),
            self.runs(),
            "Nothing was tuned to these figures. A figure inside a wide interval is no success; one "
            "outside a narrow interval shows where the model is too sure or wrong.",
            "CRPS: continuous ranked probability score, in the unit of the target, 0 is best (of yes and "
            "no: Brier's). Below it the score of the middle 90 %: its width, and 20 times how far it misses "
            "(of yes and no: the logarithmic score). Skill: 1 less the ratio to the score of persistence, "
            "'–' where none is declared or it is exact.",
        ]
        if moved := [j.entry.name for j in self.judgements if j.entry.other_window]:
            notes.append(
                f"≠ seen in another window of time than the model is measured in: {', '.join(moved)}. "
                "A hit or a miss may be the window's."
            )
        if any(j.never for j in self.judgements):
            notes.append(
                "'Never': the event does not happen before the horizon; such replications count as later "
                "than any day, and the mean is over the others."
            )
        if self.misses:
            notes.append(f"Outside the middle 90 %: {', '.join(self.misses)}.")
        return [*notes, self.rationale] if self.rationale else notes

    def sentence(self) -> str:
        """Return how many figures the middle of the replications covers."""
        return (
            f"{_covered(self.half)} in the middle 50 %, {_covered(self.most)} in the middle 90 % (Wilson's "
            f"95 % interval, n = {self.most.n} targets, which are not independent of each other)."
        )

    def compared(self) -> str:
        """Return in how many targets the model forecasts better than persistence."""
        if not self.better.n:
            return "No target declares a 'persistence' to compare with, so there is no skill."
        exact = sum(j.score.persistence == 0 for j in self.judgements)
        words = f"; in {exact} of them persistence is exact" if exact else ""
        none = len(self.judgements) - self.better.n
        without = (
            f" {counted(none, 'target')} declare{'' if none > 1 else 's'} none." if none else ""
        )
        return (
            f"The model scores better than persistence, the forecast that nothing changes, in "
            f"{_covered(self.better)}{words}.{without}"
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the ranges of the forecasts around what happened, or the histogram of ranks."""
        if self.drawn == "ranges":
            return ranges_chart(self, False, theme, width)
        from sim.charts.forecasts import rank_bars

        ranks = [j.score.rank for j in self.judgements if not math.isnan(j.score.crps)]
        bins = 10 if len(ranks) >= 100 else 5
        parts = [
            "where what happened lay in the forecasts (PIT): flat if calibrated, high at both ends if "
            "too sure",
            "grey: 95 % of flat histograms", f"{len(ranks)} figures", self.base(),
        ]  # fmt: skip
        shares = [float(share) for share in rank_histogram(ranks, bins)]
        return rank_bars(shares, len(ranks), self.title, parts, theme=theme, width=width)


def _covered(estimate: Estimate) -> str:
    inside = round(estimate.mean * estimate.n) if estimate.n else 0
    low, high = (decimal(100 * x, 0) for x in (estimate.low, estimate.high))
    return f"{inside} of {estimate.n} targets [{low}, {high} %]"


def backtest(targets: TargetSet, ensemble: Ensemble) -> Backtest:
    """Hold the intervals of the model against what became known after its start."""
    parts = judged(targets, ensemble)
    judgements = parts["judgements"]
    return Backtest(
        **parts,
        half=_coverage([j.in_half for j in judgements]),
        most=_coverage([j.in_most for j in judgements]),
        better=_coverage([j.score.better for j in judgements if j.score.better is not None]),
    )


def _coverage(inside: list[bool]) -> Estimate:
    return estimate(np.array([inside], dtype=float), share=True)


def _backtest(
    source: Source, *, within: Path | None, draw: Literal["ranges", "pit"]
) -> list[Backtest]:
    targets = source.targets("ex_post")
    if within is None:
        ensemble = source.ensemble(lambda experiment: None, futures=FUTURES)
    else:
        if source.futures is not None:
            words = "--within names the futures, so --central and --futures do not apply"
            raise bad_argument(words, code="bad-option")
        planned = targets.planned(source.replications or EACH, source.seed)
        scenario = targets.scenarios[0]
        names, values = read_futures(within, scenario.model, scenario.base)
        listed = replace(planned, parameters=names, futures=values, sampler="listed")
        ensemble = run(listed, kernel=source.kernel, progress=source.progress)
    return [replace(backtest(targets, ensemble), drawn=draw)]


ANALYSIS = Analysis(
    verb="backtest",
    summary="Score a model against what came later, misses included; nothing is tuned to it.",
    functions=(backtest,),
    reads="targets",
    run=_backtest,
    options=(
        Option(
            "within",
            "Run on the futures of this CSV file, as 'fulcrum calibrate --fit' writes it.",
            type=Path, metavar="FILE.csv",
        ),
        Option(
            "draw", "What --chart draws: the ranges of the forecasts, or the histogram of ranks.",
            default="ranges", choices=("ranges", "pit"),
        ),
    ),
    order=32,
)  # fmt: skip
