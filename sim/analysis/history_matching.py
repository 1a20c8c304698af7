"""Which futures does the evidence not rule out? History matching of the uncertain parameters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from sim.analysis.judgements import counted_values
from sim.analysis.plausible import CUTOFF, Plausible, Ruling
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import KernelName, Progress, run
from sim.model.fields import MAX_SEED
from sim.statistics.estimates import Floats
from sim.study.editions import targets_digest
from sim.study.experiment import Experiment, make_experiment
from sim.study.listed_futures import shortened
from sim.study.scenario import Scenario
from sim.study.targets import TargetEntry, TargetSet

#: Futures drawn, and replications of each in the first wave.
DRAWS, FIRST = 1_000, 20
#: Each wave runs so many times the replications of the one before, in what that one kept.
WAVES, MORE = 3, 4
#: A variance of few replications is drawn to that of all futures, as if those were so many values more.
PRIOR = 4


def plausible_futures(
    targets: TargetSet,
    *,
    draws: int = DRAWS,
    replications: int = FIRST,
    seed: int | None = None,
    worst: int = 1,
    cutoff: float = CUTOFF,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Plausible:
    """Draw futures, and keep those in which no target is implausible.

    History matching (Craig et al. 1997; Vernon, Goldstein and Bower 2010): the implausibility of a
    future is |mean − observed| over the standard deviation of evidence, model discrepancy and mean
    together. At 3 and more a future is ruled out, since at least 95 % of any distribution with one
    peak lies within three standard deviations (Pukelsheim 1994). A range is taken so: its middle is
    observed, its ends are three standard deviations away; without noise, what is kept lies in all
    ranges. The variance of few replications is moderated (Smyth 2004). What is kept is run again with
    more replications, `WAVES` times in all, and judged by the last ones alone.

    Parameters
    ----------
    targets : TargetSet
        Those that the model departs from on purpose are not used.
    draws : int
        Points of a Latin hypercube over the uncertain parameters.
    replications : int
        Of each future in the first wave.
    seed : int, optional
        By default that of the targets.
    worst : int
        Judge by the worst target (1), the second or the third worst.
    cutoff : float
        Implausibility that rules out.

    Returns
    -------
    Plausible

    Raises
    ------
    ExperimentError
        The model has no uncertain parameter, or there is no target to use.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.study.targets import load_targets
    >>> targets = load_targets(next(Path("scenarios").rglob("calibration.yaml")))
    >>> plausible_futures(targets, draws=30, replications=2).drawn
    30
    """
    entries = [entry for entry in targets.entries if not entry.departs]
    needed = sorted({entry.scenario for entry in entries})
    if not needed:
        words = "there is no target to hold futures against"
        raise ExperimentError(Diagnostic("no-target", words))
    entries = [replace(entry, scenario=needed.index(entry.scenario)) for entry in entries]
    seed = targets.seed if seed is None else seed
    experiment = _drawn([targets.scenarios[i] for i in needed], draws, seed)
    sizes = np.array([(e.high or 0.0) - (e.low or 0.0) for e in entries]) / 6
    errors = np.sqrt(sizes**2 + np.array([e.discrepancy for e in entries]) ** 2)
    observed = np.array([((e.low or 0.0) + (e.high or 0.0)) / 2 for e in entries])
    implausible = np.zeros((len(entries), draws))
    left = np.arange(draws)
    waves, failures = [], 0
    for wave in range(WAVES):
        count = replications * MORE**wave
        part = replace(
            experiment,
            futures=experiment.futures[left],
            replications=count,
            seed=(seed + wave) % (MAX_SEED + 1),  # a wave does not see the luck that chose it
        )
        ensemble = run(part, kernel=kernel, progress=progress)
        failures += len(ensemble.failures)
        implausible[:, left] = implausibility(entries, ensemble, observed, errors)
        waves.append((len(left), count))
        left = left[_measure(implausible[:, left], worst) < cutoff]
        if not len(left):
            break
    over = implausible >= cutoff
    alone = over & (over.sum(axis=0) == 1)
    return Plausible(
        model=targets.scenarios[needed[0]].base,
        title=targets.title,
        rulings=tuple(
            Ruling(
                e,
                float(observed[i]),
                float(errors[i]),
                float(over[i].mean()),
                float(alone[i].mean()),
            )
            for i, e in enumerate(entries)
        ),
        departures=tuple(entry.name for entry in targets.entries if entry.departs),
        parameters=experiment.parameters,
        futures=experiment.futures[left],
        draws=experiment.futures,
        implausibility=implausible,
        waves=tuple(waves),
        cutoff=cutoff,
        worst=worst,
        seed=seed,
        failures=failures,
        file=Path(targets.path),
        digest=targets_digest(targets),
    )


def _drawn(scenarios: Sequence[Scenario], draws: int, seed: int) -> Experiment:
    """Draw futures from the ranges, with the digits that a file of them has; it is these that are run."""
    made = make_experiment(scenarios, replications=1, seed=seed, futures=draws, independent=True)
    if not made.parameters:
        words = "the model has no uncertain parameter, so there is one future"
        raise ExperimentError(Diagnostic("no-range", words))
    futures = made.futures.copy()
    shares = {name for group in made.model.shares for name in group.of}
    for i, name in enumerate(made.parameters):
        entry = made.model.parameters[name]
        if entry.low is not None and entry.high is not None:
            futures[:, i] = np.clip(futures[:, i], entry.low, entry.high)
            if entry.name not in shares:  # which add up to the last digit
                futures[:, i] = shortened(futures[:, i], entry.low, entry.high)
    return replace(made, futures=futures)


def implausibility(
    entries: Sequence[TargetEntry], ensemble: Ensemble, observed: Floats, errors: Floats
) -> Floats:
    """Return how far each future is from each target, in standard deviations.

    Returns
    -------
    float64[target, future]
        0 where no replication counts for the target, and infinite where all failed.
    """
    found = []
    for entry, seen, error in zip(entries, observed, errors, strict=True):
        values, _ = counted_values(entry, ensemble)
        n = (~np.isnan(values)).sum(axis=1)
        mean = np.nansum(values, axis=1) / np.maximum(n, 1)
        squares = np.nansum((values - mean[:, None]) ** 2, axis=1)
        free = np.maximum(n - 1, 0)
        usual = squares.sum() / max(1, int(free.sum()))
        variance = (PRIOR * usual + squares) / (PRIOR + free)
        spread = np.sqrt(error**2 + variance / np.maximum(n, 1))
        away = np.abs(mean - seen)
        far = np.where(away > 0, math.inf, 0.0)
        score = np.divide(away, spread, out=far, where=spread > 0)
        score = np.where(n > 0, score, 0.0)
        found.append(np.where(ensemble.failed[entry.scenario].all(axis=1), math.inf, score))
    return np.array(found)


def _measure(implausible: Floats, worst: int) -> Floats:
    """Return the implausibility that decides: the largest, or the second or third largest."""
    place = len(implausible) - min(worst, len(implausible))
    return np.asarray(np.sort(implausible, axis=0)[place])
