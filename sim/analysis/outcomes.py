"""How does every outcome come out? Means or shares of each scenario, without differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.analysis.answers import HELD
from sim.analysis.comparison import Comparison, compare
from sim.analysis.comparison_tables import assumptions_text, gap_notes, size_text
from sim.analysis.result import Column, Grid, Labels, Result
from sim.analysis.rows import estimate_text, level_text, range_text
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY

COLUMNS = (
    "scenario", "outcome", "unit", "n", "mean", "low", "high", "level_q05", "level_q50", "level_q95",
    "variance_assumptions", "variance_chance", "never", "failed",
)  # fmt: skip


@dataclass(frozen=True)
class Outcomes(Result):
    """The outcomes of every scenario."""

    comparison: Comparison

    def table(self) -> list[dict[str, object]]:
        """Return one record per outcome and scenario: its mean or share with its interval."""
        return [{key: record[key] for key in COLUMNS} for record in self.comparison.table()]

    def grid(self) -> Grid:
        """Return a line per scenario and outcome."""
        order = self.comparison.scenarios.index
        found = sorted(self.comparison.rows, key=lambda row: order(row.scenario))
        nested = any(row.level for row in found)
        rows = [
            (row.scenario, row.label, row.unit, estimate_text(row))
            + ((range_text(row.level, row.share), assumptions_text(row)) if nested else ())
            for row in found
        ]
        columns = [
            Column("Scenario"), Column("Outcome"), Column("Unit"),
            Column("Mean or share [95 % CI]", True),
        ]  # fmt: skip
        if nested:
            columns += [Column("5 … 95 % of futures", True), Column("Assumptions", True)]
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that a table of outcomes must carry."""
        found = self.comparison
        notes = [
            TOY,
            f"{size_text(found.replications, found.futures, found.central, found.origin)}.",
        ]
        notes += [found.stops] if found.stops else []
        if found.futures > 1:
            notes.append(
                "A future is one way the assumptions may lie; the expected value is given for 5 to 95 % "
                "of them, and how much of the variance of a run is due to them. The 95 % interval is the "
                "precision of the mean: more runs narrow it, and not what is not known."
            )
        else:
            notes.append("95 % intervals show chance inside this model only.")
        if any(row.missing for row in found.rows):
            notes.append("Beside a mean, n counts the replications in which the event happens.")
        return notes + gap_notes(found.partial, found.failures)

    def sentence(self) -> str:
        """Return how the first outcome comes out in the first scenario."""
        rows = self.comparison.rows
        held = f" {HELD}" if self.comparison.central else ""
        return f"{level_text(rows[0])}.{held}" if rows else "The model has no outcome."

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the differences to the first scenario."""
        return self.comparison.chart(theme=theme, width=width)


def outcomes_of(ensemble: Ensemble) -> Outcomes:
    """Return the mean or share of every outcome in every scenario.

    Parameters
    ----------
    ensemble : Ensemble

    Returns
    -------
    Outcomes

    Examples
    --------
    >>> import sim
    >>> from sim.analysis.outcomes import outcomes_of
    >>> ensemble = sim.run(sim.load("scenarios/port_strike/mediate.yaml", replications=50))
    >>> found = outcomes_of(ensemble)
    >>> found.table()[0]["scenario"]
    'mediate'
    """
    return Outcomes(compare(ensemble))
