"""How much of a package's effect does each lever contribute? Exact Shapley values.

Every subset of the levers in which a scenario differs from its baseline is run on the same random
numbers. Each replication then has Shapley values of its own (Shapley 1953), which add up to its paired
difference; their means over replications have ordinary intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.analysis.cooperative_games import pairs, shapley_values
from sim.analysis.design import Progress, affordable, points
from sim.analysis.inputs import exactly
from sim.engine.codegen.program import generate
from sim.engine.trace import encode
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName
from sim.model.types import Outcome, Value
from sim.numerics.estimates import Estimate, estimate, paired
from sim.study.experiment import make_experiment
from sim.study.futures import sample
from sim.study.scenario import Scenario

Floats = npt.NDArray[np.float64]
#: More levers than these would need more than a thousand subsets.
MAX_PLAYERS = 10


@dataclass(frozen=True, slots=True)
class Player:
    """A lever, or some together, that is set as in the scenario or as in the baseline."""

    name: str
    label: str
    settings: tuple[tuple[str, Value, Value], ...]

    @property
    def change(self) -> str:
        """What it changes, in words."""
        return ", ".join(f"{n}: {exactly(old)} → {exactly(new)}" for n, old, new in self.settings)


@dataclass(frozen=True, slots=True)
class Attribution:
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
    failed: int
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
    if not _alike(scenario, baseline):
        words = (
            f"'{scenario.name}' and '{baseline.name}' differ in their events, not only in levers"
        )
        help = "compare scenarios that set levers and parameters of one model"
        raise ExperimentError(Diagnostic("other-structure", words, None, help))
    players = differing(scenario, baseline, by)
    names = [name for player in players for name, _, _ in player.settings]
    subsets = 2 ** len(players)
    affordable(subsets * max(futures, 1), replications)
    rows = np.array([_row(players, subset, baseline) for subset in range(subsets)])
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
                failed=ran.failures,
                seed=seed,
            )
        )
    return tuple(found)


def _alike(scenario: Scenario, baseline: Scenario) -> bool:
    """Return whether two scenarios differ in levers and parameters only."""
    one, other = generate(scenario.model), generate(baseline.model)
    if one.digest != other.digest or scenario.model.clock != baseline.model.clock:
        return False
    rows = zip(
        make_experiment(scenario).row(0, 0), make_experiment(baseline).row(0, 0), strict=True
    )
    settings = scenario.values()
    slots = zip(one.records["Values"], rows, strict=True)
    return all(slot in settings or a == b for slot, (a, b) in slots)


def differing(
    scenario: Scenario, baseline: Scenario, by: Literal["lever", "group"] = "lever"
) -> tuple[Player, ...]:
    """Return the levers and parameters in which two scenarios differ.

    Raises
    ------
    ExperimentError
        They are alike, or differ in too many.
    """
    new, old = scenario.values(), baseline.values()
    model = scenario.model
    players: dict[str, Player] = {}
    for name in new:
        if new[name] == old.get(name, new[name]):
            continue
        entry = model.levers.get(name) or model.parameters[name]
        key = entry.group if by == "group" and entry.group else name
        label = key if key != name else entry.label or name.replace("_", " ")
        before = players[key].settings if key in players else ()
        players[key] = Player(key, label, (*before, (name, old[name], new[name])))
    if not players:
        words = f"'{scenario.name}' and '{baseline.name}' set every lever alike"
        raise ExperimentError(Diagnostic("no-difference", words))
    if len(players) > MAX_PLAYERS:
        words = f"{len(players)} levers differ, and {2 ** len(players):,} subsets are too many"
        help = f"up to {MAX_PLAYERS} are possible; --by group takes those of one group together"
        raise ExperimentError(Diagnostic("too-many-levers", words, None, help))
    return tuple(players.values())


def _row(players: Sequence[Player], subset: int, baseline: Scenario) -> list[float]:
    """Return the values of all settings for one subset; bit i says that player i is in."""
    model = baseline.model
    row = []
    for i, player in enumerate(players):
        for name, old, new in player.settings:
            entry = model.levers.get(name) or model.parameters[name]
            row.append(encode(new if subset >> i & 1 else old, entry.type))
    return row
