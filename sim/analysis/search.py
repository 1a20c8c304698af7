"""Which settings of the levers are Pareto-best? A grid where it is small, NSGA-II where it is not.

All candidates are run on the same random numbers. Those that seem best were partly lucky, so they are run
again on fresh ones, and every figure reported comes from that second run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.analysis.candidates import Method, grid, identity, way, without_twins
from sim.analysis.design import Progress, affordable, points
from sim.analysis.inputs import Factor, exactly, factors, goal_of, reachable
from sim.analysis.nsga2 import evolve
from sim.analysis.pareto import draws, front_probability, nondominated, survivors, violation
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName
from sim.model.types import Outcome, Value
from sim.numerics.estimates import Estimate, estimate, paired
from sim.study.experiment import Target, make_experiment
from sim.study.scenario import Scenario

Floats = npt.NDArray[np.float64]
#: Settings that are run again.
KEEP = 20
#: Added to the seed for the second run.
FRESH = 1_000_003
RESAMPLES = 1_000


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

    settings: tuple[tuple[str, Value], ...]
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
            ", ".join(f"{name}={exactly(value)}" for name, value in self.changed) or "as it stands"
        )


@dataclass(frozen=True, slots=True)
class Front:
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


def _columns(
    name: str, fresh: Estimate, gain: Estimate | None = None, first: float | None = None
) -> dict[str, object]:
    return {
        name: fresh.mean,
        f"{name}_low": fresh.low,
        f"{name}_high": fresh.high,
        f"{name}_difference": gain.mean if gain else None,
        f"{name}_difference_low": gain.low if gain else None,
        f"{name}_difference_high": gain.high if gain else None,
        f"{name}_in_search": first,
        "n": fresh.n,
    }


def search_levers(
    scenario: Scenario,
    objectives: Sequence[str],
    inputs: Sequence[Factor] | None = None,
    *,
    constraints: Mapping[str, Target] | None = None,
    method: Method = "auto",
    levels: int = 5,
    budget: int = 1_000,
    replications: int = 100,
    fresh_replications: int = 1_000,
    keep: int = KEEP,
    seed: int = 1,
    storage: Path | None = None,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Front:
    """Search the levers for settings that no other setting beats in every objective.

    Parameters
    ----------
    inputs
        By default all levers.
    constraints
        Bounds on means of outcomes.
    method
        *auto* is a grid where that has at most `MAX_GRID` points.
    levels
        About how many values of each range in the grid; an option has all of its words.
    budget
        Candidates of NSGA-II (Deb et al. 2002), by Optuna.
    storage
        File in which NSGA-II keeps its candidates, so that it goes on where it was interrupted. It is
        of one search: the model, the scenario, the levers and their ranges, the outcomes and
        constraints, the replications and the seed must be the same, only the budget may grow.

    Raises
    ------
    ExperimentError
        An objective has no goal, nothing meets the constraints, Optuna is missing, or the storage
        is of another search.
    """
    inputs = factors(scenario, levers=True, parameters=False) if inputs is None else tuple(inputs)
    bounds = dict(constraints or {})
    whole = make_experiment(scenario)
    for name, target in bounds.items():
        whole.model_outcome(name)
        reachable(name, target)
    affordable(keep + 1, fresh_replications)
    objectives = tuple(dict.fromkeys(objectives))
    goals = [goal_of(whole, name, "setting") for name in objectives]
    names = [*objectives, *(name for name in bounds if name not in objectives)]
    signs = np.array([1.0 if goal == "minimize" else -1.0 for goal in goals])
    columns = [f.name for f in inputs]
    limits = [(names.index(name), target) for name, target in bounds.items()]

    def run(matrix: Floats, count: int, at: int) -> Floats:
        return points(
            scenario, columns, matrix, count, at, outcomes=names, kernel=kernel, progress=progress
        ).values

    chosen = way(inputs, levels, method)
    if chosen == "grid":
        matrix = grid(inputs, levels)
        means = run(matrix, replications, seed).mean(axis=1)
    else:
        matrix, means = evolve(
            inputs,
            lambda rows: run(rows, replications, seed),
            signs,
            limits,
            budget=budget,
            seed=seed,
            storage=storage,
            study=identity(scenario, inputs, names, bounds, replications, seed),
        )
    own = np.array([[f.central for f in inputs]])
    valid = ~np.isnan(means).any(axis=1)
    able = valid & (violation(means, limits) <= 0)
    if not able.any():
        words = f"none of the {len(means):,} settings tried meets the constraints"
        help = "loosen a constraint"
        if not valid.any():
            words = f"all of the {len(means):,} settings tried have missing values"
            help = "choose outcomes that always have a value"
        raise ExperimentError(Diagnostic("infeasible", words, None, help))
    places, twins = without_twins(np.flatnonzero(able), matrix, means, own[0])
    places = places[survivors(means[places][:, : len(goals)] * signs, keep)]
    again = run(np.concatenate([matrix[places], own]), fresh_replications, seed + FRESH)
    lost = np.isnan(again[:-1]).any(axis=(1, 2))
    if lost.all():
        words = (
            f"each of the {len(places):,} best settings has missing values on fresh random numbers"
        )
        help = "choose outcomes that always have a value"
        raise ExperimentError(Diagnostic("missing-values", words, None, help))
    places, fresh = places[~lost], again[:-1][~lost]
    weights = draws(fresh_replications, RESAMPLES, seed)
    resampled = np.einsum("br,prk->bpk", weights, fresh)
    meets = np.array([violation(part, limits) <= 0 for part in resampled])
    sure = front_probability(
        fresh[..., : len(goals)] * signs, meets, resamples=RESAMPLES, seed=seed
    )
    centre = fresh.mean(axis=1)
    fits = violation(centre, limits) <= 0
    best = np.zeros(len(centre), bool)
    kept = np.flatnonzero(fits)
    best[kept[nondominated(centre[kept][:, : len(goals)] * signs)]] = True
    outcomes = tuple(scenario.model.outcomes[name] for name in names)
    finalists = [
        Finalist(
            settings=tuple((f.name, f.value(float(v))) for f, v in zip(inputs, row, strict=True)),
            changed=tuple(
                (f.name, f.value(float(v)))
                for f, v in zip(inputs, row, strict=True)
                if v != f.central
            ),
            first=tuple(float(v) for v in means[place]),
            fresh=tuple(
                estimate(fresh[i, :, k][None], share=entry.share)
                for k, entry in enumerate(outcomes)
            ),
            gains=tuple(
                paired(fresh[i, :, k][None], again[-1, :, k][None], share=entry.share)
                for k, entry in enumerate(outcomes)
            ),
            on_front=float(sure[i]),
            meets=float(meets[:, i].mean()),
            best=bool(best[i]),
            twins=twins[int(place)],
        )
        for i, (place, row) in enumerate(zip(places, matrix[places], strict=True))
    ]
    return Front(
        scenario=scenario.name,
        outcomes=outcomes,
        objectives=len(goals),
        method=chosen,
        finalists=tuple(sorted(finalists, key=lambda f: (-f.best, -f.on_front))),
        reference=tuple(
            estimate(again[-1, :, k][None], share=entry.share) for k, entry in enumerate(outcomes)
        ),
        cloud=means,
        dropped=int((~valid).sum() + lost.sum()),
        replications=replications,
        fresh_replications=fresh_replications,
        seed=seed,
    )
