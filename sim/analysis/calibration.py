"""Is the model in the ranges of what was known before its start, and which futures are?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.analysis.history_matching import DRAWS, FIRST, plausible_futures
from sim.analysis.judgements import Judged, judged, judgement_grid, ranges_chart
from sim.analysis.plausible import CUTOFF, Plausible
from sim.analysis.registry import Analysis, Option, Source
from sim.analysis.result import Grid, Labels
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY
from sim.study.arguments import bad_argument
from sim.study.targets import FUTURES, TargetEntry, TargetSet


@dataclass(frozen=True)
class Calibration(Judged):
    """Means of the model against the ranges of the evidence."""

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
                **j.record(), "in_range": j.in_range, "feeds_the_model": j.entry.fed,
                "departs": j.entry.departs, **j.source(),
            }
            for j in self.judgements
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per target, in blocks by scenario."""
        return judgement_grid(self.judgements, calibrating=True)

    def notes(self) -> list[str]:
        """Return the lines that every calibration must carry."""
        fed = sum(j.entry.fed for j in self.judgements)
        notes = [TOY, self.sentence(), self.runs()]
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

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return each target's middle 90 % and mean around its evidence."""
        return ranges_chart(self, True, theme, width)


def calibrate(targets: TargetSet, ensemble: Ensemble) -> Calibration:
    """Hold the means of the model against ranges of evidence from before its start."""
    return Calibration(**judged(targets, ensemble))


def _calibrate(
    source: Source, *, fit: Path | None, keep: int | None, worst: int | None, cutoff: float | None
) -> Sequence[Calibration | Plausible]:
    targets = source.targets("ex_ante")
    if fit is None:
        if any(option is not None for option in (keep, worst, cutoff)):
            raise bad_argument("--keep, --worst and --cutoff go with --fit", code="bad-option")
        plausible = targets.scenarios[0].model.futures is not None
        ensemble = source.ensemble(lambda experiment: None, futures=FUTURES if plausible else 0)
        return [calibrate(targets, ensemble)]
    found = plausible_futures(
        targets, draws=source.futures or DRAWS, replications=source.replications or FIRST,
        seed=source.seed, worst=worst or 1, cutoff=CUTOFF if cutoff is None else cutoff,
        kernel=source.kernel, progress=source.progress,
    )  # fmt: skip
    return [replace(found, keep=keep).saved(fit)]


def _failed(results: Sequence[Calibration | Plausible], **options: object) -> tuple[str, bool]:
    found = results[0]
    if isinstance(found, Plausible):
        return found.outlook(), not found.kept
    return "", bool(found.misses)


ANALYSIS = Analysis(
    verb="calibrate",
    summary="Compare a model with what was known before its start; exit 1 if it leaves a range.",
    functions=(calibrate, plausible_futures),
    reads="targets",
    run=_calibrate,
    options=(
        Option(
            "fit",
            "Keep the futures that the targets do not rule out, in this CSV file, to be named by "
            "'futures:' in a model or experiment; --futures is how many are drawn from the ranges, by "
            "default 1,000.",
            type=Path,
            metavar="OUT.csv",
            output=True,
        ),
        Option(
            "keep", "With --fit: write at most so many of the futures that are kept.", type=int,
            minimum=1,
        ),
        Option(
            "worst", "With --fit: judge by the worst target, or by the second or third worst.",
            type=int, minimum=1, maximum=3,
        ),
        Option(
            "cutoff", "With --fit: the implausibility that rules out; by default 3.", type=float,
            minimum=0,
        ),
    ),
    fails=_failed,
    order=31,
)  # fmt: skip
