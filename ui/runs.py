"""Simulations for the page, cached.

The replications of policy and baseline share their random numbers, so each scenario is run and
cached alone and paired with any other of the same seed.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import sim
from ui.digests import key_of
from ui.job_queue import SHORT, Waiting

#: Runs of each scenario unless a view asks for another number, on all pages: their numbers agree.
DEFAULT_RUNS = 1000
#: Bytes of the cached ensembles, at most so many, and number of cached comparisons, shared by all
#: visitors.
MAX_BYTES, MAX_ENSEMBLES, MAX_COMPARISONS = 32 * 2**20, 64, 16
#: Programs whose speed is remembered.
MAX_SPEEDS = 1000

K = TypeVar("K")
V = TypeVar("V")

_speed: dict[str, float] = {}
_ensembles: OrderedDict[tuple[str, tuple[str, ...]], sim.Ensemble] = OrderedDict()
_comparisons: OrderedDict[tuple[str, str, bool], sim.Comparison] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Result:
    """Scenarios in the same futures and on the same random numbers, the baseline first.

    Attributes
    ----------
    ensemble
        Outcomes of `n` replications each, and bands of the series that were asked for.
    """

    ensemble: sim.Ensemble

    @property
    def n(self) -> int:
        """Replications of each scenario, in all futures together."""
        return self.ensemble.experiment.replications * self.futures

    @property
    def futures(self) -> int:
        """Futures; 1 where assumptions are held, or have no ranges."""
        return len(self.ensemble.experiment.futures)

    @property
    def origin(self) -> str:
        """Of how many plausible futures these are, where the model lists them."""
        return self.ensemble.experiment.origin

    @property
    def central(self) -> bool:
        """Whether assumptions are held at their central values."""
        return self.ensemble.experiment.central

    @property
    def banded(self) -> int:
        """Replications behind the bands: all, up to a limit, but those that failed."""
        kept = self.ensemble.trajectories
        return kept.n if kept is not None else 0

    @property
    def baseline(self) -> str:
        """Name of the baseline."""
        return self.ensemble.scenarios[0]

    def comparison(self, *, turns: bool = True) -> sim.Comparison:
        """Return every outcome of every scenario against the baseline.

        `turns` also finds what the sign of a difference hangs on, which takes most of the time.
        """
        experiment = self.ensemble.experiment
        called = [(scenario.name, scenario.title) for scenario in experiment.scenarios]
        key = key_of(experiment), repr(called), turns
        found = _cached(_comparisons, key)
        if found is None:
            found = sim.compare(self.ensemble, turns=turns)
            _store(_comparisons, key, found, MAX_COMPARISONS)
        return found

    def renamed(self, names: Mapping[str, str]) -> Result:
        """Return the result with other names for its scenarios."""
        experiment = self.ensemble.experiment
        scenarios = tuple(s.with_settings({}, names[s.name]) for s in experiment.scenarios)
        experiment = replace(experiment, scenarios=scenarios)
        return Result(replace(self.ensemble, experiment=experiment))


def run_all(
    named: Mapping[str, sim.Scenario],
    *,
    n: int,
    seed: int,
    central: bool = False,
    series: Sequence[str] = (),
    waiting: Waiting | None = None,
) -> Result:
    """Run scenarios under the names given, the baseline first, or return cached results.

    Parameters
    ----------
    series
        Series whose bands are stored, where a scenario has them.
    waiting
        Called with the number of jobs ahead.

    Raises
    ------
    SimError
        The scenarios cannot be compared, or the queue is full.
    """
    experiment = planned(named, n=n, seed=seed, central=central)
    parts = [run_one(experiment, name, series, waiting) for name in named]
    return Result(sim.Ensemble.concat(parts, experiment))


def planned(
    named: Mapping[str, sim.Scenario], *, n: int, seed: int, central: bool = False
) -> sim.Experiment:
    """Return an experiment of `n` runs each; unless `central`, over futures of their assumptions."""
    scenarios = [scenario.with_settings({}, name) for name, scenario in named.items()]
    held = 0 if central else None
    return sim.make_experiment(scenarios, replications=n, seed=seed, futures=held)


def _alone(experiment: sim.Experiment, name: str) -> sim.Experiment:
    """Return the experiment of one of several scenarios, with the futures they share."""
    return replace(experiment, scenarios=(experiment.scenarios[experiment.scenario_index(name)],))


def run_one(
    experiment: sim.Experiment, name: str, series: Sequence[str], waiting: Waiting | None
) -> sim.Ensemble:
    """Run one scenario of an experiment, or return its cached ensemble."""
    alone = _alone(experiment, name)
    key = _key(alone, series)
    found = _cached(_ensembles, key)
    if found is None:
        with SHORT.turn(waiting):
            found = _cached(_ensembles, key)
            if found is None:
                found = _run(alone, key[1])
                _store(_ensembles, key, found, MAX_BYTES, _bytes)
    return found


def _key(alone: sim.Experiment, series: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    return key_of(alone), tuple(n for n in series if n in alone.programs()[0].series)


def _cached(store: OrderedDict[K, V], key: K) -> V | None:
    with _lock:
        if key in store:
            store.move_to_end(key)
        return store.get(key)


def _store(
    store: OrderedDict[K, V], key: K, value: V, most: int, size: Callable[[V], int] = lambda _: 1
) -> None:
    with _lock:
        store[key] = value
        while sum(map(size, store.values())) > most and len(store) > 1:
            store.popitem(last=False)


def _bytes(ensemble: sim.Ensemble) -> int:
    kept = ensemble.trajectories
    series = 0 if kept is None else kept.bands.nbytes + kept.samples.nbytes
    series += 0 if kept is None or kept.halves is None else kept.halves.nbytes
    return max(ensemble.values.nbytes + ensemble.failed.nbytes + series, MAX_BYTES // MAX_ENSEMBLES)


def _run(experiment: sim.Experiment, series: tuple[str, ...]) -> sim.Ensemble:
    key = _program(experiment.scenarios[-1])
    if key not in _speed:  # compile first, so that it does not count as running time
        sim.run(replace(experiment, replications=1), series=series or False)
    began = time.perf_counter()
    ensemble = sim.run(experiment, series=series or False)
    _record_speed(key, experiment.size, time.perf_counter() - began)
    return ensemble


def _program(scenario: sim.Scenario) -> str:
    """Return the digest of the program, which determines the speed."""
    return sim.make_experiment(scenario, futures=0).programs()[0].digest


def _record_speed(program: str, size: int, seconds: float) -> None:
    """Record the best recent speed; compiling or waiting makes a run look slow."""
    rate = size / max(seconds, 1e-6)
    with _lock:
        known = _speed.get(program)
        if len(_speed) > MAX_SPEEDS:
            _speed.clear()
        _speed[program] = rate if known is None else max(rate, 0.8 * known)


def speed(scenario: sim.Scenario) -> float | None:
    """Return the runs per second measured so far, if any."""
    return _speed.get(_program(scenario))
