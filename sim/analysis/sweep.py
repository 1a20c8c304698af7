"""What happens along a lever, or over two? A grid on common random numbers, and where it tips."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.analysis.design import Progress, points
from sim.analysis.inputs import Factor, factors
from sim.analysis.registry import OUTCOME, Analysis, Option, Source, Tab
from sim.analysis.result import Column, Grid, Result, outcome_label
from sim.analysis.tipping import Tipping, extreme, find_tipping
from sim.engine.trace import encode
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, run
from sim.formatting import TOY, counted, direction, interval
from sim.model.types import Outcome
from sim.numerics.estimates import Estimate, estimate, paired
from sim.study.assignments import read_assignment
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sweep(Result):
    """An outcome over a grid.

    Attributes
    ----------
    matrix
        ``float64[point, lever]``, the first lever slowest.
    values
        Per point, the mean or share.
    differences
        Per point, the paired difference to `against`.
    against
        What the differences are to: another scenario, or the scenario as it stands.
    contrast
        Whether that is another scenario: then the difference is what tips.
    level
        Level whose crossing is sought; None where the best place is.
    tippings
        The places where it tips; none for words.
    """

    outcome: Outcome
    scenario: str
    against: str
    levers: tuple[Factor, ...]
    matrix: Floats
    values: tuple[Estimate, ...]
    differences: tuple[Estimate, ...]
    contrast: bool
    level: float | None
    tippings: tuple[Tipping, ...]
    replications: int
    failures: int
    seed: int

    def table(self) -> list[dict[str, object]]:
        """Return one record per point."""
        records: list[dict[str, object]] = []
        for row, value, gap in zip(self.matrix, self.values, self.differences, strict=True):
            record: dict[str, object] = {}
            for lever, place in zip(self.levers, row, strict=True):
                record[lever.name] = lever.value(float(place))
            records.append(
                record
                | {
                    "outcome": self.outcome.name,
                    "mean": value.mean,
                    "low": value.low,
                    "high": value.high,
                    "n": value.n,
                    "difference": gap.mean,
                    "difference_low": gap.low,
                    "difference_high": gap.high,
                    "verdict": gap.verdict,
                }
            )
        return records

    def grid(self) -> Grid:
        """Return a line per point."""
        rows = []
        for row, value, gap in zip(self.matrix, self.values, self.differences, strict=True):
            places = [f.word(float(v)) for f, v in zip(self.levers, row, strict=True)]
            rows.append((*places, interval(value), interval(gap, sign=True), gap.verdict))
        columns = [Column(f"{f.name} {f.unit}".strip(), True) for f in self.levers]
        columns += [
            Column(f"{self.outcome.name} [95 % CI]", True),
            Column(f"Difference to {self.against}", True),
            Column("Verdict"),
        ]
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that every sweep must carry."""
        notes = [
            TOY,
            f"{counted(len(self.matrix), 'point')} × {counted(self.replications, 'replication')}, common "
            f"random numbers, seed {self.seed}, paired differences. 95 % intervals, not adjusted for "
            "multiple comparisons.",
        ]
        fewer = sum(value.n < self.replications for value in self.values)
        if fewer:
            notes.append(
                f"Some replications have no value at {counted(fewer, 'point')}: those left are a "
                "selection."
            )
        return [*notes, *self._tipping_lines()]

    def sentence(self) -> str:
        """Return where the outcome tips along the lever, or that it does not."""
        lines = self._tipping_lines()
        return lines[0] if lines else f"{self.outcome.name} over {self.levers[0].name}."

    @property
    def failed(self) -> int:
        """Number of replications that failed and are left out."""
        return self.failures

    def _tipping_lines(self) -> list[str]:
        """Return each tipping point in words, or why there is none."""
        if self.tippings or self.levers[0].worded:
            return [self._tipping_text(tipping) for tipping in self.tippings]
        outcome, lever = self.outcome, self.levers[0].name
        if all(math.isnan(value.mean) for value in self.values):
            return [f"No tipping point: {outcome.name} has no value at any point."]
        if self.level is not None:
            what = f"the difference to {self.against}" if self.contrast else outcome.name
            return [f"No tipping point within the range: {what} does not cross {self.level:g}."]
        if not outcome.goal:
            return [f"No tipping point: {outcome.name} has no goal, and no --level is given."]
        if len(np.unique(self.matrix[:, 0])) < 3:
            return [f"No tipping point: {lever} takes fewer than three values."]
        means = [value.mean for value in self.values]
        best = max if outcome.goal == "maximize" else min
        place = means.index(best(mean for mean in means if not math.isnan(mean)))
        inside = 0 < place < len(means) - 1
        if inside or len(self.levers) > 1 or not any(gap.seen for gap in self.differences):
            return [
                f"No tipping point: no value within the range is clearly best for {outcome.name}."
            ]
        at = self.levers[0].word(float(self.matrix[place, 0]))
        return [
            f"No tipping point within the range: {outcome.name} is {extreme(outcome)} at an end of "
            f"it, {lever}={at}."
        ]

    def _tipping_text(self, tipping: Tipping) -> str:
        return tipping.text(self.outcome, self.levers, self.scenario, self.against * self.contrast)

    def chart(
        self, *, theme: Any = "light", width: int = 760, labels: Mapping[str, str] | None = None
    ) -> Any:
        """Return a line with its interval over one lever, a heat map over two."""
        from sim.charts.grids import heat_map, line_chart
        from sim.charts.theme import sources_note

        outcome, one = self.outcome, len(self.levers) == 1
        scale = 100.0 if outcome.share else 1.0
        worded = self.levers[0].type.kind == "option"
        rows: list[dict[str, Any]] = []
        for row, mean, gap in zip(self.matrix, self.values, self.differences, strict=True):
            value = gap if self.contrast else mean
            cells = {
                "x": self.levers[0].word(float(row[0])) if worded else float(row[0]),
                "mean": value.mean * scale, "low": value.low * scale, "high": value.high * scale,
                "seen": "yes" if gap.seen else "no",
            }  # fmt: skip
            rows.append(cells if one else cells | {"y": self.levers[1].word(float(row[1]))})
        heading = f"{outcome_label(outcome)} over {' and '.join(f.label for f in self.levers)}"
        axes = [f"{f.label} ({f.unit})" if f.unit else f.label for f in self.levers]
        parts = [
            f"difference to {self.against}" if self.contrast else "",
            "of 100 runs" if outcome.share else outcome.unit,
            direction(outcome.goal),
        ]
        runs = sources_note(self.replications, "runs per point")
        if not one:
            ring = f"○: no difference seen to {self.against}"
            pair = (axes[0], axes[1])
            return heat_map(rows, pair, heading, [*parts, ring, runs], theme=theme, width=width)
        parts += [self._tipping_text(t).rstrip(".") for t in self.tippings[:1]]
        parts.append("blue: the mean with its 95 % interval")
        parts.append("orange: where it tips, with its 95 % interval" if self.tippings else "")
        bands = [(t.at.low, t.at.mean, t.at.high) for t in self.tippings]
        return line_chart(
            rows,
            axes[0],
            heading,
            [*parts, runs],
            worded=worded,
            bands=bands,
            theme=theme,
            width=width,
        )


def sweep_levers(
    scenario: Scenario,
    outcome: str,
    levers: Sequence[Factor],
    grid: Sequence[Sequence[float]] = (),
    *,
    against: Scenario | None = None,
    level: float | None = None,
    levels: int = 11,
    replications: int = 500,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Sweep:
    """Run a scenario over a grid of one or two levers.

    Parameters
    ----------
    grid
        Values of each lever, options as their places; by default about `levels` of them over its range.
    against
        A scenario for the differences; by default the scenario as it stands.
    level
        Level whose crossing is sought: of the outcome itself, or where `against` is given of the
        difference, there 0 by default. Without either, the best place is sought.

    Raises
    ------
    ExperimentError
        Not one or two levers are given, the level is no number, or the scenarios do not belong
        together.
    """
    if not 1 <= len(levers) <= 2:
        raise ExperimentError(
            Diagnostic("bad-sweep", f"one or two levers are swept, not {len(levers)}")
        )
    if against is not None:
        if against.model.name != scenario.model.name:
            words = f"'{against.name}' belongs to model '{against.model.name}', not "
            raise ExperimentError(Diagnostic("other-model", f"{words}'{scenario.model.name}'"))
        make_experiment(against).model_outcome(outcome)
    if level is not None and not math.isfinite(level):
        raise ExperimentError(Diagnostic("bad-level", f"{level:g} is no level to cross"))
    places = [sorted(set(values)) for values in grid] or [f.levels(levels) for f in levers]
    matrix = np.array(list(itertools.product(*places)))
    own = np.array([[f.central for f in levers]])
    ran = points(
        scenario, [f.name for f in levers], np.concatenate([matrix, own]), replications, seed,
        outcomes=(outcome,), kernel=kernel, progress=progress,
    )  # fmt: skip
    values, base = ran.outcome(outcome)[:-1], ran.outcome(outcome)[-1]
    if against is not None:
        other = run(against, replications=replications, seed=seed, kernel=kernel)
        base = other.outcome(outcome)[0, 0]
    entry = scenario.model.outcomes[outcome]
    tippings: list[Tipping] = []
    sought = 0.0 if level is None and against is not None else level
    if not levers[0].worded:
        curve = values - base if against is not None else values
        inner = len(places[1]) if len(levers) == 2 else 1
        for j in range(inner):
            found = find_tipping(
                np.array(places[0]), curve[j::inner], sought, goal=entry.goal, seed=seed,
                where=places[1][j] if len(levers) == 2 else None,
            )  # fmt: skip
            tippings += [found] if found else []
    return Sweep(
        outcome=entry,
        scenario=scenario.name,
        against=against.name if against is not None else f"{scenario.name} as it stands",
        levers=tuple(levers),
        matrix=matrix,
        values=tuple(estimate(v[None], share=entry.share) for v in values),
        differences=tuple(paired(v[None], base[None], share=entry.share) for v in values),
        contrast=against is not None,
        level=sought,
        tippings=tuple(tippings),
        replications=replications,
        failures=ran.failures,
        seed=seed,
    )


def _sweep(
    source: Source,
    *,
    outcome: str,
    lever: tuple[str, ...],
    against: str | None,
    level: float | None,
    levels: int,
) -> list[Sweep]:
    """Sweep the levers named as ``NAME`` or ``NAME=V,V,…``."""
    scenario = source.scenario()
    names = [word.partition("=")[0].strip() for word in lever]
    inputs = factors(scenario, names)
    if len(inputs) < len(names):
        raise ExperimentError(Diagnostic("bad-sweep", f"'{names[0]}' is given twice"))
    grid = []
    for word, factor in zip(lever, inputs, strict=True):
        _, sign, values = word.partition("=")
        if not sign:
            grid.append(factor.levels(levels))
            continue
        each = [read_assignment(f"{factor.name}={value}")[1] for value in values.split(",")]
        for value in each:
            scenario.with_settings({factor.name: value})
        grid.append([encode(value, factor.type) for value in each])
    found = sweep_levers(
        scenario,
        outcome,
        inputs,
        grid,
        against=source.load(against) if against else None,
        level=level,
        replications=source.replications or 500,
        seed=source.seed,
        kernel=source.kernel,
        progress=source.progress,
    )
    return [found]


def _points(
    scenario: Scenario, replications: int, *, lever: tuple[str, ...], **others: object
) -> int:
    [factor] = factors(scenario, lever)
    return (len(factor.levels(11)) + 1) * replications


ANALYSIS = Analysis(
    verb="sweep",
    summary="An outcome over a grid of one or two levers, and where it tips.",
    functions=(sweep_levers,),
    reads="scenario",
    run=_sweep,
    options=(
        OUTCOME,
        Option(
            "lever", "Lever to sweep; one or two.", many=True, required=True, metavar="NAME[=V,V,…]"
        ),
        Option("against", "A scenario to take the differences to.", type=Scenario),
        Option(
            "level",
            "Level whose crossing is sought; by default 0 for differences to a scenario.",
            type=float,
        ),
        Option(
            "levels",
            "Approximate number of values of a lever given without any.",
            type=int,
            default=11,
            minimum=2,
            maximum=1_000,
        ),
    ),
    tabs=(
        Tab(
            name="sweep",
            title="One lever from end to end",
            caption="One lever moves over its whole range; all others stay as they are.",
            cost=_points,
            alt="The outcome over the range of one lever",
            controls=("lever",),
            needs=lambda scenario, _: "" if scenario.model.levers else "This model has no lever.",
        ),
    ),
    order=60,
)
