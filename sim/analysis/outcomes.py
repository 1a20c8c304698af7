"""How does every outcome come out? Means or shares of each scenario, without differences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sim.analysis.answers import HELD
from sim.analysis.comparison import Comparison, compare
from sim.analysis.comparison_tables import assumptions_text, gap_notes, size_text
from sim.analysis.result import Column, Grid, Labels, Result
from sim.analysis.rows import (
    Row,
    estimate_text,
    label_text,
    level_text,
    range_text,
    scenario_text,
    unit_text,
)
from sim.execution.ensemble import Ensemble
from sim.formatting import TOY, number

COLUMNS = (
    "scenario", "outcome", "unit", "n", "mean", "low", "high", "level_q05", "level_q50", "level_q95",
    "variance_assumptions", "variance_chance", "never", "failed",
)  # fmt: skip


#: Rows that a screen shows as they are, and scenarios with a rule between them.
SHORT, BLOCKS = 12, 6


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

    def brief(self) -> tuple[Grid, ...]:
        """Return scenarios × headline outcomes, where a line for each outcome would be long."""
        found = self.comparison
        if len(found.rows) <= SHORT or not found.headlines:
            return (self.grid(),)
        rows = {(row.scenario, row.outcome): row for row in found.rows}
        first = found.scenarios[0]
        heads = [rows[first, name] for name in found.headlines]
        lines = [
            (scenario, *(_cell(rows[scenario, one.outcome]) for one in heads))
            for scenario in found.scenarios
        ]
        columns = [Column("Scenario"), *(Column(_head(one), True) for one in heads)]
        return (Grid(columns, lines, range(len(lines)) if len(lines) <= BLOCKS else ()),)

    def notes(self) -> list[str]:
        """Return the lines that a table of outcomes must carry."""
        return self._notes(
            "A future is one way the assumptions may lie; the expected value is given for 5 to 95 % of "
            "them, and how much of the variance of a run is due to them. The 95 % interval is the "
            "precision of the mean: more runs narrow it, and not what is not known.",
            any(row.missing for row in self.comparison.rows),
        )

    def brief_notes(self) -> list[str]:
        """Return the lines below the table of headlines, on what stands in it."""
        found = self.comparison
        if len(found.rows) <= SHORT or not found.headlines:
            return self.notes()
        shown = [row for row in found.rows if row.outcome in found.headlines]
        return self._notes(
            "A future is one way the assumptions may lie. Below a mean stands its expected value in 5 to "
            "95 % of futures, or in brackets the 95 % interval of chance.",
            any(row.missing and row.level is None for row in shown),
        )

    def _notes(self, reading: str, counts: bool) -> list[str]:
        found = self.comparison
        notes = [
            TOY,
            f"{size_text(found.replications, found.futures, found.central, found.origin)}.",
        ]
        notes += [found.plan] if found.plan else []
        notes += [found.stops] if found.stops else []
        if found.futures > 1:
            notes.append(reading)
        else:
            notes.append("95 % intervals show chance inside this model only.")
        if counts:
            notes.append("Beside a mean, n counts the replications in which the event happens.")
        return notes + gap_notes(found.partial, found.failures)

    def sentence(self) -> str:
        """Return how the first headline outcome comes out, in the only scenario or between which values."""
        found = self.comparison
        name = next(iter(found.headlines), found.rows[0].outcome if found.rows else "")
        rows = [row for row in found.rows if row.outcome == name]
        held = f" {HELD}" if found.central else ""
        if not rows:
            return "The model has no outcome."
        known = sorted((row for row in rows if row.estimate.n), key=lambda row: row.estimate.mean)
        if len(rows) == 1 or not known or known[0].estimate.mean == known[-1].estimate.mean:
            return f"{level_text(rows[0])}.{held}"
        least, most = known[0], known[-1]
        low, high = (number(row.estimate, scale=_scale(row)) for row in (least, most))
        unit = " in 100" if least.share else unit_text(least)
        return (
            f"{label_text(least)} is lowest in {scenario_text(least)} ({low}{unit}) and highest in "
            f"{scenario_text(most)} ({high}{unit}), of {len(rows):,} scenarios.{held}"
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the differences to the first scenario."""
        return self.comparison.chart(theme=theme, width=width)


def _scale(row: Row) -> float:
    return 100.0 if row.share else 1.0


def _head(row: Row) -> str:
    unit = "in 100 runs" if row.share else row.unit
    return "\n".join(filter(None, (row.label or row.outcome.replace("_", " "), unit)))


def _cell(row: Row) -> str:
    """Return a mean or share, and below it its range over futures, or its interval of chance."""
    if row.estimate.n == 0:
        return "never"
    if row.level is None:
        return estimate_text(row)
    return f"{number(row.estimate, scale=_scale(row))}\n{range_text(row.level, row.share)}"


@dataclass(frozen=True)
class WideOutcomes(Outcomes):
    """The outcomes of every scenario, as a table with a row per scenario."""

    def table(self) -> list[dict[str, object]]:
        """Return one record per scenario, with labels and statistics as headings."""
        found: dict[str, dict[str, object]] = {}
        names: dict[str, set[str]] = {}
        for row in self.comparison.rows:
            names.setdefault(row.label, set()).add(row.outcome)
        for row in self.comparison.rows:
            usual: dict[str, object] = {
                "Scenario": row.scenario,
                "Title": row.title or row.scenario,
            }
            record = found.setdefault(row.scenario, usual)
            label = row.label or row.outcome.replace("_", " ")
            if len(names[row.label]) > 1:
                label += f" [{row.outcome}]"
            unit = "in 100 runs" if row.share else row.unit
            label += f" ({unit})" if unit else ""
            scale, known = _scale(row), row.estimate.n > 0
            parts = {
                "mean": row.estimate.mean, "95 % CI low": row.estimate.low,
                "95 % CI high": row.estimate.high,
            }  # fmt: skip
            if row.level is not None:
                parts |= {"5 % of futures": row.level.low, "95 % of futures": row.level.high}
            record |= {
                f"{label}, {word}": round(value * scale, 12) if known else None
                for word, value in parts.items()
            }
        return list(found.values())


def outcomes_of(ensemble: Ensemble, *, wide: bool = False, plan: str = "") -> Outcomes:
    """Return the mean or share of every outcome in every scenario.

    Parameters
    ----------
    ensemble : Ensemble
    wide : bool
        Whether its table has a row per scenario rather than per scenario and outcome.
    plan : str
        Where the futures come from, for a note.

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
    return (WideOutcomes if wide else Outcomes)(replace(compare(ensemble), plan=plan))
