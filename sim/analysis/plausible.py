"""The futures that the evidence does not rule out, and what ruled out the others."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sim.analysis.grounds import amount, span_text
from sim.analysis.result import Column, Grid, Labels, Result
from sim.errors import Diagnostic, ResultError
from sim.formatting import TOY, counted, decimal
from sim.model.types import Model
from sim.statistics.estimates import Floats
from sim.study.editions import ranges_digest
from sim.study.listed_futures import futures_text
from sim.study.targets import TargetEntry

#: A future is ruled out at this implausibility.
CUTOFF = 3.0
#: Fewer futures than this are few.
FEW = 20


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one target rules out.

    Attributes
    ----------
    observed, error
        The middle of its range, and the standard deviation of the evidence and the model's
        discrepancy together.
    excluded, alone
        Share of the futures drawn that it rules out, and that nothing else does.
    """

    entry: TargetEntry
    observed: float
    error: float
    excluded: float
    alone: float


@dataclass(frozen=True)
class Plausible(Result):
    """The futures that no target rules out.

    Attributes
    ----------
    parameters, futures, draws
        Names, and ``float64[future, parameter]`` of those kept and of all drawn.
    waves
        Of each wave, the futures that were run and the replications in each.
    departures
        Targets that were not used because the model departs from them on purpose.
    file, digest
        The file of the targets, and what they say.
    keep
        Futures to write at most, the first ones.
    implausibility : float64[target, draw]
        Of all futures drawn, as last judged.
    """

    model: Model
    title: str
    rulings: tuple[Ruling, ...]
    departures: tuple[str, ...]
    parameters: tuple[str, ...]
    futures: Floats
    draws: Floats
    implausibility: Floats
    waves: tuple[tuple[int, int], ...]
    cutoff: float
    worst: int
    seed: int
    failures: int
    file: Path
    digest: str
    path: str = ""
    keep: int | None = None

    @property
    def drawn(self) -> int:
        """Number of futures drawn."""
        return len(self.draws)

    @property
    def kept(self) -> int:
        """Number of futures kept."""
        return len(self.futures)

    def table(self) -> list[dict[str, object]]:
        """Return one record per target."""
        return [
            {
                "target": r.entry.name, "outcome": r.entry.outcome, "unit": r.entry.unit,
                "evidence_low": r.entry.low, "evidence_high": r.entry.high,
                "observed": r.observed, "error": r.error, "excluded": r.excluded,
                "excluded_alone": r.alone, "drawn": self.drawn, "kept": self.kept,
            }
            for r in self.rulings
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per target, those that rule out most first."""
        rows = [
            (
                f"{r.entry.label} ({r.entry.unit})" if r.entry.unit else r.entry.label,
                span_text(r.entry.low, r.entry.high),
                amount(r.error),
                f"{decimal(100 * r.excluded, 1)} %",
                f"{decimal(100 * r.alone, 1)} %",
            )
            for r in self.ordered()
        ]
        columns = (
            Column("Target (unit)", width=44),
            Column("Evidence (range)", True),
            Column("Standard\ndeviation", True),
            Column("Futures\nruled out", True),
            Column("by it\nalone", True),
        )
        return Grid(columns, rows)

    def ordered(self) -> list[Ruling]:
        """Return the rulings, those that rule out most first."""
        return sorted(self.rulings, key=lambda r: (-r.excluded, -r.alone))

    def sentence(self) -> str:
        """Return how many futures are kept, and which targets rule out most."""
        share = decimal(100 * self.kept / self.drawn, 1)
        binding = [r.entry.label for r in self.ordered()[:3] if r.excluded]
        most = f" Most are ruled out by: {'; '.join(binding)}." if binding else ""
        return f"{self.kept:,} of {self.drawn:,} futures ({share} %) are plausible.{most}"

    def notes(self) -> list[str]:
        """Return the lines that must stand below the table."""
        nth = ("", "second ", "third ")[self.worst - 1]
        runs = " → ".join(f"{futures:,} × {count}" for futures, count in self.waves)
        notes = [
            TOY,
            self.sentence(),
            f"Futures × replications a scenario, wave by wave: {runs}; seed {self.seed}. What one wave "
            "rules out is not run again.",
            f"Implausibility is |mean − middle of the range| over the standard deviation of evidence, "
            f"model discrepancy and mean together; the {nth}worst target decides, and {self.cutoff:g} "
            "rules out. The ends of a range are three standard deviations from its middle.",
        ]
        if self.kept < FEW:
            few = f"{self.kept} are few for a distribution" if self.kept else "None is left"
            notes.append(
                f"{few}: widen ranges that are too narrow, give a target a 'discrepancy', judge by "
                "'--worst 2', or draw more with --futures."
            )
        if self.departures:
            notes.append(
                f"Not used, as the model departs on purpose: {', '.join(self.departures)}."
            )
        if self.failures:
            notes.append(f"{counted(self.failures, 'replication')} failed and are left out.")
        return notes

    def outlook(self) -> str:
        """Return where the futures were written, or that there are none."""
        if self.kept:
            written = len(self.futures[: self.keep])
            return f"{counted(written, 'future')} in {self.path}"
        name = self.ordered()[0].entry.name
        return f"no future is plausible, and nothing is written; '{name}' rules out most"

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the share of the futures that each target rules out."""
        from sim.charts.forecasts import exclusion_bars
        from sim.charts.theme import sources_note

        rows = [
            {"target": r.entry.label, "excluded": r.excluded, "alone": r.alone}
            for r in self.ordered()
        ]
        total = sum(futures * count for futures, count in self.waves)
        parts = [
            "share of the futures drawn that a target rules out, dark: that it alone does",
            f"{self.kept:,} of {self.drawn:,} futures kept", sources_note(total, "runs a scenario"),
        ]  # fmt: skip
        return exclusion_bars(rows, self.title, parts, theme=theme, width=width)

    def text(self) -> str:
        """Return the futures as the text of a file that an experiment can name."""
        folder = Path(self.path).parent
        targets = Path(os.path.relpath(self.file.resolve(), folder.resolve())).as_posix()
        worst = f"worst {self.worst}, " if self.worst > 1 else ""
        origin = (
            f"{self.kept} of {self.drawn} futures kept by 'fulcrum calibrate --fit', implausibility of "
            f"the targets below {self.cutoff:g}, {worst}seed {self.seed}; in random order\n"
            f"# targets {self.digest} {targets}; ranges {ranges_digest(self.model.parameters)}"
        )
        return futures_text(self.model, self.parameters, self.futures[: self.keep], origin)

    def saved(self, path: Path) -> Plausible:
        """Write the futures to a file, if there are any; return the result with its path.

        Raises
        ------
        ResultError
            It cannot be written.
        """
        named = replace(self, path=str(path))
        if self.kept:
            try:
                path.write_text(named.text(), encoding="utf-8", newline="\n")
            except OSError as error:
                words = f"cannot write '{path}': {(error.strerror or str(error)).lower()}"
                raise ResultError(Diagnostic("no-output", words)) from None
        return named
