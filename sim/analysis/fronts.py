"""What a search found: the settings that no other beats on fresh random numbers, and their files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.analysis.result import Column, Grid, Labels, Result, ends, outcome_label
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import TOY, counted, direction, exact_text, interval, plural
from sim.model.types import Outcome, Value
from sim.statistics.estimates import Estimate, Floats
from sim.study.families import set_cells
from sim.study.paths import study_root
from sim.study.scenario import Scenario
from sim.yaml import dump


@dataclass(frozen=True, slots=True)
class Finalist:
    """One setting that was run again.

    Attributes
    ----------
    changed
        The settings that differ from the scenario's own.
    first, fresh
        Per outcome, its mean in the search and its estimate on fresh random numbers.
    gains
        Per outcome, the paired difference to the scenario as it stands.
    on_front
        How sure it is that no other finalist beats it: the share of resamples in which none does.
    meets
        The share of resamples in which it meets every constraint.
    twins
        Other candidates with the same means to the last digit: a lever without effect there.
    """

    settings: tuple[tuple[str, Value | None], ...]
    changed: tuple[tuple[str, Value], ...]
    first: tuple[float, ...]
    fresh: tuple[Estimate, ...]
    gains: tuple[Estimate, ...]
    on_front: float
    meets: float
    best: bool
    twins: int

    @property
    def words(self) -> str:
        """What is set otherwise than in the scenario, in words."""
        return (
            ", ".join(f"{name}={exact_text(value)}" for name, value in self.changed)
            or "as it stands"
        )


@dataclass(frozen=True)
class Front(Result):
    """Result of a search.

    Attributes
    ----------
    outcomes
        The objectives, then the outcomes of the constraints.
    objectives
        Number of objectives among the outcomes.
    finalists
        The settings that were run again, the surest first.
    reference
        The scenario as it stands, on the same fresh random numbers.
    cloud
        Means of all candidates in the search, ``float64[candidate, outcome]``.
    dropped
        Candidates left out because a value was missing, in the search or on fresh random numbers.
    """

    scenario: str
    outcomes: tuple[Outcome, ...]
    objectives: int
    method: str
    finalists: tuple[Finalist, ...]
    reference: tuple[Estimate, ...]
    cloud: Floats
    dropped: int
    replications: int
    fresh_replications: int
    seed: int

    @property
    def best(self) -> tuple[Finalist, ...]:
        """The finalists that no other beats on fresh random numbers and that meet the constraints."""
        return tuple(f for f in self.finalists if f.best)

    def table(self) -> list[dict[str, object]]:
        """Return one record per finalist, then one for the scenario as it stands."""
        records = []
        for number, f in enumerate(self.finalists, 1):
            record: dict[str, object] = {"point": number, "best": f.best}
            record |= dict(f.settings)
            for i, outcome in enumerate(self.outcomes):
                record |= _columns(outcome.name, f.fresh[i], f.gains[i], f.first[i])
            record |= {"on_front": f.on_front, "meets_constraints": f.meets, "twins": f.twins}
            records.append(record)
        record = {"point": self.scenario, "best": None}
        record |= {name: None for name, _ in self.finalists[0].settings}
        for outcome, fresh in zip(self.outcomes, self.reference, strict=True):
            record |= _columns(outcome.name, fresh)
        return [*records, record | dict.fromkeys(("on_front", "meets_constraints", "twins"))]

    @property
    def _constrained(self) -> bool:
        return any(f.meets < 1 for f in self.finalists) or len(self.outcomes) > self.objectives

    def grid(self) -> Grid:
        """Return a line per finalist, each estimate with its difference to the scenario below."""
        rows: list[Sequence[str]] = []
        for place, f in enumerate(self.finalists, 1):
            cells = [f"{place}{' *' if f.best else ''}", f.words]
            for fresh, gain in zip(f.fresh, f.gains, strict=True):
                cells.append(f"{interval(fresh)}\n{interval(gain, sign=True)}")
            cells.append(f"{f.on_front:.0%}")
            rows.append([*cells, f"{f.meets:.0%}"] if self._constrained else cells)
        last = ["", self.scenario, *(interval(e) for e in self.reference), ""]
        rows.append([*last, ""] if self._constrained else last)
        columns = [Column(""), Column(f"Changes to {self.scenario}")]
        columns += [Column(f"{o.name} [95 % CI]\ndifference", True) for o in self.outcomes]
        columns.append(Column("on the front", True))
        return Grid([*columns, Column("in bounds", True)] if self._constrained else columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that every search must carry."""
        how = "a full grid" if self.method == "grid" else "NSGA-II"
        notes = [
            TOY,
            f"{counted(len(self.cloud), 'setting')} by {how}, {counted(self.replications, 'replication')} "
            f"each; {counted(len(self.finalists), 'setting')} of the best ran again with "
            f"{counted(self.fresh_replications, 'fresh replication')}: all figures come from these. "
            f"Seed {self.seed}.",
            "* no other beats it in every objective. 'on the front': the share of resamples in which "
            "none does.",
        ]
        lost = [
            outcome.name
            for k, outcome in enumerate(self.outcomes[: self.objectives])
            if all(
                (f.first[k] - f.fresh[k].mean) * (1 if outcome.goal == "maximize" else -1) > 0
                for f in self.finalists
            )
        ]
        if lost:
            notes.append(
                f"Every finalist does worse in {' and '.join(lost)} than in the search: part of that was "
                "luck."
            )
        if twins := sum(f.twins for f in self.finalists):
            notes.append(f"Not listed because equal to one of these: {counted(twins, 'setting')}.")
        if self.dropped:
            settings = plural("setting", self.dropped)
            notes.append(f"Left out for missing values: {self.dropped:,} {settings}.")
        return notes

    def sentence(self) -> str:
        """Return how many settings no other beats, and the surest of them."""
        first = self.finalists[0]
        count = counted(len(self.best), "setting")
        return (
            f"{count} of {len(self.cloud):,} tried {'is' if len(self.best) == 1 else 'are'} beaten by "
            f"no other; the surest ({first.on_front:.0%} of the resamples) is {first.words}."
        )

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the first two objectives: all candidates, and the finalists with intervals."""
        from sim.charts.grids import front_plane
        from sim.charts.theme import sources_note

        y = min(1, len(self.outcomes) - 1)
        rows: list[dict[str, Any]] = [
            {"role": "cloud", "x": float(row[0]), "y": float(row[y])} for row in self.cloud
        ]
        for number, f in enumerate(self.finalists, 1):
            a, b = f.fresh[0], f.fresh[y]
            rows.append(
                {
                    "role": "best" if f.best else "finalist", "x": a.mean, "y": b.mean, "x1": a.low,
                    "x2": a.high, "y1": b.low, "y2": b.high, "text": str(number),
                    "setting": f.words,
                }
            )  # fmt: skip
        a, b = self.reference[0], self.reference[y]
        rows.append({"role": "reference", "x": a.mean, "y": b.mean, "text": self.scenario})
        parts = [
            "blue: no other setting beats it in every objective; grey: other finalists; orange: as it is",
            "95 % intervals from fresh random numbers",
            sources_note(self.fresh_replications, "runs per finalist"),
        ]
        heading = f"Settings of the levers that no other beats ({len(self.cloud):,} tried)"
        axes = (_axis(self.outcomes[0]), _axis(self.outcomes[y]))
        return front_plane(rows, axes, heading, parts, theme=theme, width=width)


def _axis(outcome: Outcome) -> str:
    words = (outcome_label(outcome), outcome.unit, direction(outcome.goal))
    return " · ".join(word for word in words if word)


def _columns(
    name: str, fresh: Estimate, gain: Estimate | None = None, first: float | None = None
) -> dict[str, object]:
    return {
        **ends(name, fresh), **ends(f"{name}_difference", gain), f"{name}_in_search": first,
        "n": fresh.n,
    }  # fmt: skip


def base_of(scenario: Scenario, folder: Path) -> str:
    """Return the scenario's file as scenarios in a folder name it.

    Raises
    ------
    ExperimentError
        The folder lies outside the study, from where a scenario cannot name it.
    """
    base = Path(scenario.path).resolve()
    folder = folder.resolve()
    if not base.is_relative_to(study_root(folder / base.name)):
        words = f"scenarios in '{folder.name}' cannot name '{base.name}'"
        help = f"choose a folder inside the study, as {Path(scenario.path).parent}"
        raise ExperimentError(Diagnostic("outside-study", words, None, help))
    return Path(os.path.relpath(base, folder)).as_posix()


def write_scenarios(found: Front, scenario: Scenario, folder: Path) -> list[Path]:
    """Write a scenario for each setting on the front, ready to run, and return their paths."""
    of = base_of(scenario, folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = scenario.model
    paths = []
    for number, finalist in enumerate(found.best, 1):
        name = f"{scenario.name}_best_{number}"
        said = "; ".join(
            f"{outcome.name} {fresh.mean:.4g} [{fresh.low:.4g}, {fresh.high:.4g}]"
            for outcome, fresh in zip(found.outcomes, finalist.fresh, strict=True)
        )
        values = set_cells(model, dict(scenario.settings) | dict(finalist.changed))
        data: dict[str, Any] = {
            "scenario": name,
            "title": f"{scenario.title}: setting {number} on the front",
            "rationale": (
                f"Found by search ({found.method}, seed {found.seed}) from {scenario.name}. On fresh "
                f"random numbers, {found.fresh_replications} replications: {said}. No other setting "
                f"beats it in {finalist.on_front:.0%} of the resamples."
            ),
            "of": of,
        }
        for section, known in (("levers", model.levers), ("parameters", model.parameters)):
            chosen = {key: value for key, value in values.items() if key in known}
            data |= {section: chosen} if chosen else {}
        path = folder / f"{name}.yaml"
        path.write_text(dump(data), encoding="utf-8")
        paths.append(path)
    return paths
