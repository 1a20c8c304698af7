"""How much of a package's effect does each lever contribute? Exact Shapley values.

Every subset of the levers in which a scenario differs from its baseline is run on the same random
numbers. Each replication then has Shapley values of its own (Shapley 1953), which add up to its paired
difference; their means over replications have ordinary intervals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sim.analysis.cooperative_games import pairs, shapley_values
from sim.analysis.design import Progress, affordable, points
from sim.analysis.players import Player, differing, same_structure, subset_row
from sim.analysis.registry import Analysis, Option, Source, Tab
from sim.analysis.result import Column, Grid, Result, outcome_label
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName
from sim.formatting import TOY, counted, direction, interval, number
from sim.model.types import Outcome
from sim.numerics.estimates import Estimate, estimate, paired
from sim.study.futures import sample
from sim.study.scenario import Scenario

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Attribution(Result):
    """What each lever contributes to the difference of a scenario to its baseline.

    Attributes
    ----------
    values
        Per player, its Shapley value; they add up to `whole`.
    alone, last
        Per player, its effect on top of the baseline alone, and on top of all others.
    interactions
        Per pair of players, the Shapley interaction index (Grabisch and Roubens 1999).
    kept
        Replications in which the outcome has a value for every subset.
    """

    outcome: Outcome
    scenario: str
    baseline: str
    players: tuple[Player, ...]
    base: Estimate
    end: Estimate
    whole: Estimate
    values: tuple[Estimate, ...]
    alone: tuple[Estimate, ...]
    last: tuple[Estimate, ...]
    interactions: tuple[tuple[int, int, Estimate], ...]
    kept: int
    replications: int
    futures: int
    failures: int
    seed: int

    def table(self) -> list[dict[str, object]]:
        """Return one record per lever, then per pair, then for the whole."""
        records = []
        for i, player in enumerate(self.players):
            records.append(
                _record("lever", player.name, player.change, self.values[i])
                | {"alone": self.alone[i].mean, "last": self.last[i].mean}
            )
        for i, j, value in self.interactions:
            name = f"{self.players[i].name} × {self.players[j].name}"
            records.append(_record("interaction", name, "", value) | {"alone": None, "last": None})
        records.append(
            _record("whole", self.scenario, f"against {self.baseline}", self.whole)
            | {"alone": None, "last": None}
        )
        return records

    def grid(self) -> Grid:
        """Return the baseline, a line per lever, the whole, and the scenario."""
        rows: list[Sequence[str]] = [(self.baseline, "", interval(self.base), "", "", "")]
        for player, value, alone, last in zip(
            self.players, self.values, self.alone, self.last, strict=True
        ):
            rows.append(
                (
                    player.name, player.change, interval(value, sign=True), number(alone, True),
                    number(last, True), value.verdict,
                )
            )  # fmt: skip
        whole = interval(self.whole, sign=True)
        rows.append(("together", "", whole, "", "", self.whole.verdict))
        rows.append((self.scenario, "", interval(self.end), "", "", ""))
        columns = (
            Column("Lever"), Column("Change"), Column("Contribution [95 % CI]", True),
            Column("alone", True), Column("last", True), Column("Verdict"),
        )  # fmt: skip
        return Grid(columns, rows)

    def notes(self) -> list[str]:
        """Return the lines that every attribution must carry."""
        n = len(self.players)
        each = f"in each of {self.futures} futures" if self.futures > 1 else "each"
        notes = [
            TOY,
            f"{self.outcome.name}: exact Shapley values over {counted(2**n, 'subset')} of "
            f"{counted(n, 'lever')}, {counted(self.replications, 'replication')} {each} on common random "
            f"numbers, seed {self.seed}.",
            "Contributions add up to the whole difference. 'alone': on top of the baseline; 'last': on "
            "top of all others; where they differ, levers interact.",
        ]
        seen = [
            f"{self.players[i].name} × {self.players[j].name} {interval(e, sign=True)}"
            for i, j, e in self.interactions
            if e.seen
        ]
        if seen:
            notes.append("Interactions seen: " + "; ".join(seen[:5]) + ".")
        elif n > 1:
            notes.append("No interaction of two levers is seen.")
        total = self.replications * self.futures
        if self.kept < total:
            notes.append(
                f"Only the {self.kept:,} of {total:,} replications in which the outcome has a value for "
                "every subset count."
            )
        return notes

    def sentence(self) -> str:
        """Return the whole difference and the lever that contributes most to it."""
        i = max(range(len(self.players)), key=lambda i: abs(self.values[i].mean))
        return (
            f"{self.scenario} changes {self.outcome.name} by {interval(self.whole, sign=True)} against "
            f"{self.baseline}; {self.players[i].name} contributes most, "
            f"{interval(self.values[i], sign=True)}."
        )

    @property
    def failed(self) -> int:
        """Number of replications that failed and are left out."""
        return self.failures

    def chart(
        self, *, theme: Any = "light", width: int = 760, labels: Mapping[str, str] | None = None
    ) -> Any:
        """Return a waterfall from the baseline to the scenario."""
        from sim.charts.rankings import waterfall_bars
        from sim.charts.theme import sources_note

        scale = 100.0 if self.outcome.share else 1.0
        counts = Counter(player.label for player in self.players)
        rows: list[dict[str, Any]] = []

        def add(name: str, begin: float, end: float, ends: Estimate, kind: str) -> None:
            shift = begin if kind != "total" else 0.0
            row = {"begin": begin, "end": end, "low": shift + ends.low, "high": shift + ends.high}
            rows.append({"part": name, "kind": kind} | {k: scale * v for k, v in row.items()})

        level = self.base.mean
        add(self.baseline, 0.0, level, self.base, "total")
        for player, value in zip(self.players, self.values, strict=True):
            kind = ("up" if value.mean > 0 else "down") if value.seen else "unseen"
            alone = counts[player.label] == 1
            label = player.label if alone else f"{player.label} ({player.name})"
            add(label or player.name, level, level + value.mean, value, kind)
            level += value.mean
        add(self.scenario, 0.0, level, self.end, "total")
        parts = [
            "of 100 runs" if self.outcome.share else self.outcome.unit,
            direction(self.outcome.goal),
            "Shapley values with 95 % intervals; pale where the interval includes 0",
            sources_note(self.kept, "runs per subset"),
        ]
        heading = f"From {self.baseline} to {self.scenario}: {outcome_label(self.outcome)}"
        return waterfall_bars(rows, heading, parts, theme=theme, width=width)


def _record(kind: str, name: str, change: str, value: Estimate) -> dict[str, object]:
    return {
        "part": kind,
        "name": name,
        "change": change,
        "value": value.mean,
        "low": value.low,
        "high": value.high,
        "n": value.n,
        "verdict": value.verdict,
    }


def shapley(
    scenario: Scenario,
    baseline: Scenario,
    outcomes: Sequence[str],
    *,
    by: Literal["lever", "group"] = "lever",
    replications: int = 500,
    futures: int = 0,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> tuple[Attribution, ...]:
    """Attribute the difference of a scenario to its baseline to the levers in which they differ.

    Parameters
    ----------
    by
        Whether each lever counts for itself or all levers of one group of the model together.
    futures
        Points at which the uncertain parameters are sampled; 0 holds them. Means within a future are
        then the units of the intervals.

    Raises
    ------
    ExperimentError
        The scenarios are alike, differ in more than levers and parameters, or in too many of them.
    """
    if not same_structure(scenario, baseline):
        words = (
            f"'{scenario.name}' and '{baseline.name}' differ in their events, not only in levers"
        )
        help = "compare scenarios that set levers and parameters of one model"
        raise ExperimentError(Diagnostic("other-structure", words, None, help))
    players = differing(scenario, baseline, by)
    names = [name for player in players for name, _, _ in player.settings]
    subsets = 2 ** len(players)
    affordable(subsets * max(futures, 1), replications)
    rows = np.array([subset_row(players, subset, baseline) for subset in range(subsets)])
    sampled, worlds = (
        sample(baseline.model, futures, "latin_hypercube", seed)
        if futures
        else ((), np.empty((1, 0)))
    )
    free = [i for i, name in enumerate(sampled) if name not in names]
    matrix = np.concatenate(
        [np.repeat(rows, len(worlds), axis=0), np.tile(worlds[:, free], (subsets, 1))], axis=1
    )
    ran = points(
        baseline,
        [*names, *(sampled[i] for i in free)],
        matrix,
        replications,
        seed,
        outcomes=tuple(outcomes),
        future=list(range(len(worlds))) * subsets,
        kernel=kernel,
        progress=progress,
    )
    found = []
    for name in outcomes:
        values = ran.outcome(name).reshape(subsets, len(worlds), replications)
        values = np.where(np.isnan(values).any(axis=0), np.nan, values)
        kept = int((~np.isnan(values[0])).sum())
        if not kept:
            words = f"'{name}' has no replication with a value for every subset of the levers"
            raise ExperimentError(Diagnostic("missing-values", words))
        parts = shapley_values(values)
        full = subsets - 1
        entry = scenario.model.outcomes[name]
        found.append(
            Attribution(
                outcome=entry,
                scenario=scenario.name,
                baseline=baseline.name,
                players=players,
                base=estimate(values[0], share=entry.share),
                end=estimate(values[full], share=entry.share),
                whole=paired(values[full], values[0], share=entry.share),
                values=tuple(estimate(part, share=False) for part in parts),
                alone=tuple(
                    paired(values[1 << i], values[0], share=entry.share)
                    for i in range(len(players))
                ),
                last=tuple(
                    paired(
                        values[full],
                        values[full ^ (1 << i)],
                        share=entry.share,
                    )
                    for i in range(len(players))
                ),
                interactions=tuple(
                    sorted(
                        (
                            (i, j, estimate(part, share=False))
                            for (i, j), part in pairs(values).items()
                        ),
                        key=lambda pair: -abs(pair[2].mean),
                    )
                ),
                kept=kept,
                replications=replications,
                futures=len(worlds),
                failures=ran.failures,
                seed=seed,
            )
        )
    return tuple(found)


def _attribute(
    source: Source, *, baseline: str | None, outcome: tuple[str, ...], by: Literal["lever", "group"]
) -> tuple[Attribution, ...]:
    scenario = source.scenario()
    goals = [name for name, entry in scenario.model.outcomes.items() if entry.goal]
    return shapley(
        scenario,
        source.load(baseline) if baseline else source.baseline(),
        outcome or (goals or list(scenario.model.outcomes))[:1],
        by=by,
        replications=source.replications or (40 if source.futures else 500),
        futures=source.futures or 0,
        seed=source.seed,
        kernel=source.kernel,
        progress=source.progress,
    )


def _different(scenario: Scenario, baseline: Scenario) -> list[str]:
    new, old = scenario.values(), baseline.values()
    return [name for name in scenario.model.levers if new[name] != old.get(name)]


def _subsets(
    scenario: Scenario, replications: int, *, baseline: Scenario, by: str, **others: object
) -> int:
    names = _different(scenario, baseline)
    groups = {scenario.model.levers[name].group or name for name in names}
    return int(2 ** len(names if by == "lever" else groups) * replications)


def _alike_levers(scenario: Scenario, baseline: Scenario) -> str:
    same = "This setting is the baseline: no lever differs. Move one."
    return "" if _different(scenario, baseline) else same


ANALYSIS = Analysis(
    verb="attribute",
    summary="How much of a package's effect each lever contributes: exact Shapley values.",
    functions=(shapley,),
    reads="scenario",
    run=_attribute,
    options=(
        Option(
            "baseline", "The scenario without the package; by default the model.", type=Scenario
        ),
        Option("outcome", "The outcome to analyse; repeatable.", many=True),
        Option(
            "by", "Count each lever, or the levers of a group together.", default="lever",
            choices=("lever", "group"),
        ),
    ),
    tabs=(
        Tab(
            name="attribution",
            title="What each lever adds",
            caption="The difference to the baseline, divided among the levers in which the two differ, "
            "fairly over every order of pulling them (Shapley values).",
            cost=_subsets,
            alt="What each lever adds to the difference",
            controls=("by",),
            needs=_alike_levers,
        ),
    ),
    futures=True,
    order=50,
)  # fmt: skip
