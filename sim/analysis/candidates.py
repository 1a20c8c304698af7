"""Which settings does a search try? A grid where it is small, else those that evolution comes upon."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from sim.analysis.inputs import Factor
from sim.analysis.optional import needed
from sim.analysis.pareto import violation
from sim.engine.codegen.program import generate
from sim.engine.sources import engine
from sim.errors import Diagnostic, ExperimentError
from sim.statistics.estimates import Floats
from sim.study.experiment import Target, make_experiment
from sim.study.scenario import Scenario

Places = npt.NDArray[np.int64]
Method = Literal["auto", "grid", "nsga2"]
#: Points of a grid up to which it is run in full, and beyond which it is refused.
MAX_GRID, MOST = 2_000, 100_000


def resolve_method(
    inputs: Sequence[Factor], levels: int, method: Method
) -> Literal["grid", "nsga2"]:
    """Return how candidates are found: *auto* is a grid where that has at most `MAX_GRID` points.

    Raises
    ------
    ExperimentError
        A grid is asked for, and it is too large.
    """
    size = math.prod(len(f.levels(levels)) for f in inputs)
    if method == "auto":
        return "grid" if size <= MAX_GRID else "nsga2"
    if method == "grid" and size > MOST:
        words = f"the grid has {size:,} points"
        help = "fewer --levels, fewer levers with --only, or --method nsga2"
        raise ExperimentError(Diagnostic("too-large", words, None, help))
    return method


def grid(inputs: Sequence[Factor], levels: int) -> Floats:
    """Return every combination of the inputs' levels, ``float64[point, input]``."""
    return np.array(list(itertools.product(*(f.levels(levels) for f in inputs))))


def identity(
    scenario: Scenario,
    inputs: Sequence[Factor],
    names: Sequence[str],
    bounds: Mapping[str, Target],
    replications: int,
    seed: int,
) -> str:
    """Return the digest of all that the candidates of a search and their means depend on."""
    goals = [scenario.model.outcomes[name].goal for name in names]
    space = [(f.name, f.type, f.low, f.high, f.step) for f in inputs]
    base = make_experiment(scenario, futures=0).row(0, 0).tolist()
    asked = (names, goals, sorted(bounds.items(), key=lambda item: item[0]), replications, seed)
    whole = repr((engine(), generate(scenario.model).digest, base, space, asked))
    return hashlib.sha256(whole.encode()).hexdigest()


def without_twins(
    places: Places, matrix: Floats, means: Floats, own: Floats
) -> tuple[Places, dict[int, int]]:
    """Return one of the candidates that come out alike, the nearest to the scenario, and the others' number.

    Parameters
    ----------
    places
        Of the candidates to look at.
    matrix, means
        ``float64[candidate, input]`` and ``float64[candidate, outcome]``.
    own
        The scenario's own setting, ``float64[input]``.
    """
    changes = (matrix[places] != own).sum(axis=1)
    groups: dict[bytes, list[int]] = {}
    for i in np.argsort(changes, kind="stable"):
        groups.setdefault(means[places[i]].tobytes(), []).append(int(places[i]))
    return np.array(sorted(g[0] for g in groups.values())), {
        g[0]: len(g) - 1 for g in groups.values()
    }


#: Evaluates ``float64[point, input]`` to ``float64[point, measure]``.
Evaluate = Callable[[Floats], Floats]
#: Candidates of a generation.
POPULATION = 50


def evolve(
    inputs: Sequence[Factor],
    evaluate: Evaluate,
    signs: Floats,
    limits: Sequence[tuple[int, Target]] = (),
    *,
    budget: int = 1_000,
    seed: int = 1,
    storage: Path | None = None,
    study: str = "search",
) -> tuple[Floats, Floats]:
    """Search by NSGA-II (Deb et al. 2002) through Optuna, a generation at a time.

    Parameters
    ----------
    signs
        Per objective, 1 where it is to be small and -1 where it is to be large; the objectives are the
        first outcomes that `evaluate` returns.

    Returns
    -------
    tuple
        The candidates, ``float64[point, input]``, and their means, ``float64[point, outcome]``.
    """
    optuna = needed("optuna", "optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.NSGAIISampler(population_size=min(POPULATION, budget), seed=seed)
    made = optuna.create_study(
        study_name=study, directions=["minimize"] * len(signs), sampler=sampler,
        storage=_stored(optuna, storage, study), load_if_exists=True,
    )  # fmt: skip
    complete = optuna.trial.TrialState.COMPLETE
    seen: dict[tuple[float, ...], list[float]] = {}
    for trial in made.get_trials(deepcopy=False, states=(complete,)):
        seen[tuple(trial.user_attrs["row"])] = trial.user_attrs["means"]
    done = len(made.get_trials(deepcopy=False, states=(complete,)))
    while done < budget:
        trials = [made.ask() for _ in range(min(POPULATION, budget - done))]
        rows = [tuple(_asked(trial, f) for f in inputs) for trial in trials]
        new = [row for row in dict.fromkeys(rows) if row not in seen]
        if new:
            means = evaluate(np.array(new))
            seen |= {row: [float(v) for v in m] for row, m in zip(new, means, strict=True)}
        for trial, row in zip(trials, rows, strict=True):
            values = np.array(seen[row])
            broken = violation(values[None], limits)[0] if not np.isnan(values).any() else 1e9
            trial.set_user_attr("row", row)
            trial.set_user_attr("means", seen[row])
            if limits:
                trial.set_constraint("bounds", float(broken))
            costs = values[: len(signs)] * signs
            if np.isnan(costs).any():
                costs = np.full(len(signs), 1e300)
            made.tell(trial, [float(c) for c in costs])
        done += len(trials)
    return np.array(list(seen)), np.array(list(seen.values()))


def _stored(optuna: Any, storage: Path | None, study: str) -> Any:
    """Return Optuna's storage in a file that needs no database, or None.

    Raises
    ------
    ExperimentError
        The file is of another search, or of something else.
    """
    if storage is None:
        return None
    begun = storage.is_file() and storage.stat().st_size > 0
    try:
        kept = optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(storage))
        )
        names = [found.study_name for found in kept.get_all_studies()]
    except (ValueError, KeyError, TypeError, AttributeError):
        names = []
    if begun and study not in names:
        words = f"'{storage}' holds no candidates of a search"
        if names:
            words = (
                f"'{storage}' holds candidates of another search: the model, the scenario, the levers or "
                "their ranges, the outcomes, the constraints, the replications or the seed differ"
            )
        raise ExperimentError(Diagnostic("other-search", words, None, "name a new file"))
    return kept


def _asked(trial: Any, factor: Factor) -> float:
    """Return the value that Optuna suggests for a lever."""
    if factor.worded:
        return float(trial.suggest_categorical(factor.name, range(int(factor.high) + 1)))
    if not factor.grain:
        return factor.rounded(trial.suggest_float(factor.name, factor.low, factor.high))
    place = trial.suggest_int(factor.name, 0, factor.steps)
    return factor.rounded(factor.low + factor.grain * place, 12)
