"""Simulations for the page: as many replications as a time budget allows, each run kept.

The replications of policy and baseline share their random numbers, so a run of one scenario is kept
by itself and paired with any other of the same seed.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

import sim
from ui.job_queue import SHORT, Waiting

#: Replications that a run may have: while a lever moves, and once it is let go.
LIVE, FULL = (10, 25, 50, 100, 200), (25, 50, 100, 200, 500, 1000)
#: What an address need not say: so many replications each.
USUAL = FULL[-1]
#: Seconds that a run may take: while a lever moves, and once it is let go.
LIVE_BUDGET, FULL_BUDGET = 0.25, 2.0
#: The uncertain assumptions are sampled at so many points, each with this many replications.
PER_FUTURE = 5
MAX_CHOSEN = 5000

#: Runs and told replications that are kept, for all visitors.
KEPT, KEPT_TRACES = 64, 32
#: Programs whose speed is remembered.
KEPT_SPEEDS = 1000

K = TypeVar("K")
V = TypeVar("V")

_speed: dict[str, float] = {}
_ensembles: OrderedDict[tuple[str, tuple[str, ...]], sim.Ensemble] = OrderedDict()
_traces: OrderedDict[tuple[str, int, int], sim.Trace] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Result:
    """Scenarios on the same random numbers, the baseline first.

    Attributes
    ----------
    ensemble
        Outcomes of `n` replications each, and bands of the series that were asked for.
    """

    ensemble: sim.Ensemble
    n: int
    seconds: float

    @property
    def banded(self) -> int:
        """Replications behind the bands: all, up to a limit, but those that failed."""
        kept = self.ensemble.trajectories
        return kept.n if kept is not None else 0

    @property
    def baseline(self) -> str:
        """Name of the baseline."""
        return self.ensemble.scenarios[0]

    @property
    def comparison(self) -> sim.Comparison:
        """Every outcome of every scenario against the baseline."""
        return sim.compare(self.ensemble)


def affordable(scenario: sim.Scenario, live: bool) -> int:
    """Return how many replications fit the time budget, by the speed seen so far."""
    rate = speed(scenario)
    ladder, budget = (LIVE, LIVE_BUDGET) if live else (FULL, FULL_BUDGET)
    if rate is None:
        return ladder[1]
    return max([n for n in ladder if n <= rate * budget], default=ladder[0])


def together(
    named: Mapping[str, sim.Scenario],
    *,
    n: int,
    seed: int,
    vary: bool = False,
    series: Sequence[str] = (),
    waiting: Waiting | None = None,
) -> Result:
    """Run scenarios under the names given, the baseline first, or take what was run before.

    Parameters
    ----------
    series
        Of these the bands are kept, as far as a scenario has them.
    waiting
        Told how many others compute first.

    Raises
    ------
    SimError
        They do not belong in one table, or too many others wait.
    """
    began = time.perf_counter()
    scenarios = [scenario.with_settings({}, name) for name, scenario in named.items()]
    experiment = planned(scenarios, n=n, seed=seed, vary=vary)
    parts = [run_one(experiment, place, series, waiting) for place in range(len(scenarios))]
    ensemble = sim.Ensemble.concat(parts, experiment)
    return Result(ensemble, n, time.perf_counter() - began)


def prepare(
    named: Mapping[str, sim.Scenario],
    name: str,
    *,
    n: int,
    seed: int,
    vary: bool = False,
    series: Sequence[str] = (),
    waiting: Waiting | None = None,
) -> None:
    """Run one of several scenarios, so that `together` finds it done."""
    run_one(_alone(named, name, n, seed, vary), 0, series, waiting)


def known(
    named: Mapping[str, sim.Scenario],
    name: str,
    n: int,
    seed: int,
    vary: bool = False,
    series: Sequence[str] = (),
) -> bool:
    """Whether `together` would find a scenario done."""
    return _key(_alone(named, name, n, seed, vary), series) in _ensembles


def _alone(
    named: Mapping[str, sim.Scenario], name: str, n: int, seed: int, vary: bool
) -> sim.Experiment:
    """Return the plan of one of several scenarios, under the futures that all of them share."""
    scenarios = [scenario.with_settings({}, key) for key, scenario in named.items()]
    experiment = planned(scenarios, n=n, seed=seed, vary=vary)
    place = list(named).index(name)
    return replace(experiment, scenarios=experiment.scenarios[place : place + 1])


def planned(scenarios: list[sim.Scenario], *, n: int, seed: int, vary: bool) -> sim.Experiment:
    """Plan a run; with `vary`, the uncertain assumptions are sampled across their ranges."""
    if not vary:
        return sim.make_experiment(scenarios, replications=n, seed=seed)
    futures = max(2, n // PER_FUTURE)
    return sim.make_experiment(scenarios, replications=PER_FUTURE, seed=seed, futures=futures)


def run_one(
    experiment: sim.Experiment,
    place: int,
    series: Sequence[str] = (),
    waiting: Waiting | None = None,
) -> sim.Ensemble:
    """Run one scenario of a plan when its turn comes, or take what was run before."""
    alone = replace(experiment, scenarios=experiment.scenarios[place : place + 1])
    key = _key(alone, series)
    found = _recalled(_ensembles, key)
    if found is None:
        with SHORT.turn(waiting):
            found = _recalled(_ensembles, key)
            if found is None:
                found = _run(alone, key[1])
                _keep(_ensembles, key, found, KEPT)
    return found


def _key(alone: sim.Experiment, series: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    return key_of(alone), tuple(n for n in series if n in alone.programs()[0].series)


def _recalled(store: OrderedDict[K, V], key: K) -> V | None:
    with _lock:
        if key in store:
            store.move_to_end(key)
        return store.get(key)


def _keep(store: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    with _lock:
        store[key] = value
        while len(store) > most:
            store.popitem(last=False)


def key_of(experiment: sim.Experiment) -> str:
    """Return what the numbers of a plan depend on, as one word."""
    digest = hashlib.blake2b(digest_size=16)
    for scenario in experiment.scenarios:
        program = sim.make_experiment(scenario).programs()[0]
        digest.update(program.digest.encode())
        held = sorted(set(scenario.settings) & set(experiment.parameters))
        digest.update(repr(held).encode())
    for place in range(len(experiment.scenarios)):
        digest.update(experiment.row(place, 0).tobytes())
    digest.update(repr((experiment.replications, experiment.seed, experiment.parameters)).encode())
    digest.update(np.ascontiguousarray(experiment.futures).tobytes())
    return digest.hexdigest()


def _run(experiment: sim.Experiment, series: tuple[str, ...]) -> sim.Ensemble:
    key = _program(experiment.scenarios[-1])
    if key not in _speed:  # what compiling takes says nothing of the speed
        sim.run(replace(experiment, replications=1), series=series or False)
    began = time.perf_counter()
    ensemble = sim.run(experiment, series=series or False)
    _learn(key, experiment.size, time.perf_counter() - began)
    return ensemble


def _program(scenario: sim.Scenario) -> str:
    """Return what the speed of a scenario depends on most: its program."""
    return sim.make_experiment(scenario).programs()[0].digest


def _learn(program: str, size: int, seconds: float) -> None:
    """Keep the best recent speed: a run that compiles, or waits, says little."""
    rate = size / max(seconds, 1e-6)
    with _lock:
        known = _speed.get(program)
        if len(_speed) > KEPT_SPEEDS:
            _speed.clear()
        _speed[program] = rate if known is None else max(rate, 0.8 * known)


def replayed(
    experiment: sim.Experiment, scenario: str, replication: int, future: int = 0
) -> sim.Trace:
    """Tell any run of a plan.

    Raises
    ------
    RunError
        It broke a rule of its model.
    """
    place = experiment.scenario_index(scenario)
    alone = replace(experiment, scenarios=experiment.scenarios[place : place + 1])
    key = key_of(alone), replication, future
    found = _recalled(_traces, key)
    if found is None:
        found = sim.replay(alone, replication=replication, future=future)
        _keep(_traces, key, found, KEPT_TRACES)
    return found


def speed(scenario: sim.Scenario) -> float | None:
    """Return the runs a second seen so far, if any."""
    return _speed.get(_program(scenario))
