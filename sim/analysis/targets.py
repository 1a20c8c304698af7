"""Does the model meet the evidence? Its interval against each figure of a set of targets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.analysis.comparison_tables import size_text
from sim.analysis.judgements import Judgement, judge, judgement_grid
from sim.analysis.registry import Analysis, Source
from sim.analysis.result import Grid, Result
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, decimal
from sim.numerics.estimates import Estimate, estimate
from sim.study.targets import TargetEntry, TargetSet


@dataclass(frozen=True)
class Calibration(Result):
    """Means of the model against the ranges of the evidence."""

    name: str
    title: str
    rationale: str
    judgements: tuple[Judgement, ...]
    replications: int
    futures: int
    failures: int

    @property
    def misses(self) -> tuple[str, ...]:
        """Targets that the model leaves, but for those it departs from on purpose."""
        out = (j.entry for j in self.judgements if not j.in_range)
        return tuple(entry.name for entry in out if not entry.departs)

    @property
    def departures(self) -> tuple[TargetEntry, ...]:
        """Targets that the model leaves on purpose."""
        out = (j.entry for j in self.judgements if not j.in_range)
        return tuple(entry for entry in out if entry.departs)

    def table(self) -> list[dict[str, object]]:
        """Return one record per target."""
        return [
            {
                **j.record(),
                "in_range": j.in_range,
                "feeds_the_model": j.entry.fed,
                "departs": j.entry.departs,
                **j.source(),
            }
            for j in self.judgements
        ]

    def grid(self) -> Grid:
        """Return a line per target, in blocks by scenario."""
        return judgement_grid(self.judgements, calibrating=True)

    def notes(self) -> list[str]:
        """Return the lines that every calibration must carry."""
        fed = sum(j.entry.fed for j in self.judgements)
        notes = [TOY, self.sentence(), _runs(self)]
        if fed:
            notes.append(
                f"· {fed} of them feed the model: a parameter rests on the same fact, so they show that "
                "the model passes it on, not that it is right."
            )
        for entry in self.departures:
            notes.append(f"Out of range on purpose, {entry.name}: {entry.departs}")
        if self.misses:
            notes.append(f"Out of range: {', '.join(self.misses)}.")
        return [*notes, self.rationale] if self.rationale else notes

    def sentence(self) -> str:
        """Return in how many targets the mean lies in the range."""
        inside = sum(j.in_range for j in self.judgements)
        total = len(self.judgements)
        return f"{inside} of {total} targets: the model's mean is in the range of the evidence."

    def chart(
        self, *, theme: Any = "light", width: int = 760, labels: Mapping[str, str] | None = None
    ) -> Any:
        """Return each target's middle 90 % and mean in terms of its evidence, 1 where they agree."""
        return _chart(self.title, self.judgements, True, theme, width)

    @property
    def failed(self) -> int:
        """Number of replications that failed."""
        return self.failures


@dataclass(frozen=True)
class Backtest(Result):
    """Intervals of the model against what came later.

    Attributes
    ----------
    half, most
        Share of the targets inside the middle 50 % and 90 % of the replications, with Wilson's interval.
    """

    name: str
    title: str
    rationale: str
    judgements: tuple[Judgement, ...]
    replications: int
    futures: int
    failures: int
    half: Estimate
    most: Estimate

    @property
    def misses(self) -> tuple[str, ...]:
        """Targets outside the middle 90 % of the replications."""
        return tuple(j.entry.name for j in self.judgements if not j.in_most)

    def table(self) -> list[dict[str, object]]:
        """Return one record per target."""
        return [
            {**j.record(), "in_50": j.in_half, "in_90": j.in_most, **j.source()}
            for j in self.judgements
        ]

    def grid(self) -> Grid:
        """Return a line per target, in blocks by scenario."""
        return judgement_grid(self.judgements, calibrating=False)

    def notes(self) -> list[str]:
        """Return the lines that every backtest must carry."""
        notes = [
            TOY,
            self.sentence(),
            _runs(self),
            "Nothing was tuned to these figures. A figure inside a wide interval is no success; one "
            "outside a narrow interval shows where the model is too sure or wrong.",
        ]
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

    def chart(
        self, *, theme: Any = "light", width: int = 760, labels: Mapping[str, str] | None = None
    ) -> Any:
        """Return each target's middle 90 % and mean in terms of its evidence, 1 where they agree."""
        return _chart(self.title, self.judgements, False, theme, width)

    @property
    def failed(self) -> int:
        """Number of replications that failed."""
        return self.failures


def _covered(estimate: Estimate) -> str:
    inside = round(estimate.mean * estimate.n) if estimate.n else 0
    low, high = (decimal(100 * x, 0) for x in (estimate.low, estimate.high))
    return f"{inside} of {estimate.n} targets [{low}, {high} %]"


def _runs(found: Calibration | Backtest) -> str:
    fixed = "" if found.futures > 1 else ", uncertain parameters at their central values"
    failed = f"; {found.failures:,} failed and are left out" if found.failures else ""
    return f"{size_text(found.replications, found.futures)}{fixed}{failed}."


def _chart(
    title: str, judgements: Sequence[Judgement], calibrating: bool, theme: Any, width: int
) -> Any:
    from sim.charts.rankings import ranking_chart

    rows = []
    for j in judgements:
        scale = abs(j.entry.value) or 1.0
        low, high = (x / scale if math.isfinite(x) else math.nan for x in j.most)
        inside = j.in_range if calibrating else j.in_most
        rows.append(
            {
                "input": j.entry.label, "part": "total", "mean": j.estimate.mean / scale,
                "low": low, "high": high, "seen": "yes" if inside else "no",
            }
        )  # fmt: skip
    parts = ["model over evidence: 1 is agreement", "bar: middle 90 % of the replications"]
    parts.append("grey: outside")
    return ranking_chart(rows, title, parts, theme=theme, width=width)


def calibrate(targets: TargetSet, ensemble: Ensemble) -> Calibration:
    """Hold the means of the model against ranges of evidence from before its start."""
    return Calibration(
        name=targets.name,
        title=targets.title,
        rationale=targets.rationale,
        judgements=judge(targets, ensemble),
        replications=ensemble.experiment.replications,
        futures=len(ensemble.experiment.futures),
        failures=len(ensemble.failures),
    )


def backtest(targets: TargetSet, ensemble: Ensemble) -> Backtest:
    """Hold the intervals of the model against what became known after its start."""
    judgements = judge(targets, ensemble)
    return Backtest(
        name=targets.name,
        title=targets.title,
        rationale=targets.rationale,
        judgements=judgements,
        replications=ensemble.experiment.replications,
        futures=len(ensemble.experiment.futures),
        failures=len(ensemble.failures),
        half=_coverage([j.in_half for j in judgements]),
        most=_coverage([j.in_most for j in judgements]),
    )


def _coverage(inside: list[bool]) -> Estimate:
    return estimate(np.array([inside], dtype=float), share=True)


def _calibrate(source: Source) -> list[Calibration]:
    targets = source.targets("ex_ante")
    return [calibrate(targets, source.ensemble(lambda experiment: None))]


def _backtest(source: Source) -> list[Backtest]:
    targets = source.targets("ex_post")
    return [backtest(targets, source.ensemble(lambda experiment: None))]


ANALYSES = (
    Analysis(
        verb="calibrate",
        summary="Compare a model with what was known before its start; exit 1 if it leaves a range.",
        functions=(calibrate,),
        reads="targets",
        run=_calibrate,
        fails=lambda results: ("", bool(results[0].misses)),
        order=31,
    ),
    Analysis(
        verb="backtest",
        summary="Compare a model with what came later, misses included; nothing is tuned to it.",
        functions=(backtest,),
        reads="targets",
        run=_backtest,
        order=32,
    ),
)
