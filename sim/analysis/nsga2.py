"""Candidates by evolution: NSGA-II, a generation at a time, with a storage to go on from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.inputs import Factor
from sim.analysis.optional import needed
from sim.analysis.pareto import violation
from sim.errors import Diagnostic, ExperimentError
from sim.statistics.estimates import Floats
from sim.study.experiment import Target

#: Evaluates ``float64[point, input]`` to ``float64[point, replication, outcome]``.
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
            means = evaluate(np.array(new)).mean(axis=1)
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
