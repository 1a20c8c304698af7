"""Simulations for the page: as many replications as a time budget allows, each run kept.

The replications of policy and baseline share their random numbers, so a run of one scenario is kept
by itself and paired with any other of the same seed.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st

import sim

#: Replications that a run may have: while a lever moves, and once it is let go.
LIVE, FULL = (10, 25, 50, 100, 200), (25, 50, 100, 200, 500, 1000)
#: Seconds that a run may take: while a lever moves, and once it is let go.
LIVE_BUDGET, FULL_BUDGET = 0.25, 1.2
#: Replications behind the bands; outcomes use all.
BANDED = 200
#: The uncertain assumptions are sampled at so many points, each with this many replications.
PER_FUTURE = 5
MAX_CHOSEN = 5000

_speed: dict[str, float] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Result:
    """Baseline and policy on the same random numbers.

    Attributes
    ----------
    ensemble
        Outcomes of both, the baseline first; without trajectories.
    baseline, policy
        Trajectories of each.
    n, banded
        Replications behind the outcomes, and behind the bands.
    """

    ensemble: sim.Ensemble
    baseline: sim.Trajectories
    policy: sim.Trajectories
    n: int
    banded: int
    seconds: float

    @property
    def comparison(self) -> sim.Comparison:
        """Every outcome of the policy against the baseline."""
        return sim.compare(self.ensemble)


def affordable(scenario: sim.Scenario, live: bool) -> int:
    """Return how many replications fit the time budget, by the speed seen so far."""
    rate = _speed.get(scenario.model.name)
    ladder, budget = (LIVE, LIVE_BUDGET) if live else (FULL, FULL_BUDGET)
    if rate is None:
        return ladder[1]
    return max([n for n in ladder if n <= rate * budget], default=ladder[0])


def pair(
    baseline: sim.Scenario, policy: sim.Scenario, *, n: int, seed: int, vary: bool = False
) -> Result:
    """Run baseline and policy, or take what was run before.

    Raises
    ------
    SimError
        The two do not belong in one table.
    """
    began = time.perf_counter()
    names = ("baseline", policy.name if policy.name != "baseline" else "policy")
    both = [s.with_settings({}, name) for s, name in zip((baseline, policy), names, strict=True)]
    plan = planned(both, n=n, seed=seed, vary=vary)
    parts = [run_one(plan, i) for i in range(2)]
    banded = min(n, BANDED)
    short = plan if banded == n else planned(both, n=banded, seed=seed, vary=vary)
    bands = [run_one(short, i, series=True).trajectories for i in range(2)]
    assert bands[0] is not None and bands[1] is not None
    return Result(joined(plan, parts), bands[0], bands[1], n, banded, time.perf_counter() - began)


def planned(scenarios: list[sim.Scenario], *, n: int, seed: int, vary: bool) -> sim.Experiment:
    """Plan a run; with `vary`, the uncertain assumptions are sampled across their ranges."""
    if not vary:
        return sim.plan(scenarios, replications=n, seed=seed)
    futures = max(2, n // PER_FUTURE)
    return sim.plan(scenarios, replications=PER_FUTURE, seed=seed, futures=futures)


def joined(plan: sim.Experiment, parts: list[sim.Ensemble]) -> sim.Ensemble:
    """Put the runs of single scenarios together, as if they had been run as one."""
    return replace(
        parts[0],
        experiment=plan,
        values=np.concatenate([part.values for part in parts]),
        failed=np.concatenate([part.failed for part in parts]),
        failures=tuple(
            replace(failure, scenario=plan.scenarios[place].name)
            for place, part in enumerate(parts)
            for failure in part.failures
        ),
        trajectories=None,
    )


def run_one(plan: sim.Experiment, place: int, series: bool = False) -> sim.Ensemble:
    """Run one scenario of a plan, or take what was run before."""
    alone = replace(plan, scenarios=plan.scenarios[place : place + 1])
    return _run(key_of(alone), series, alone)


def key_of(plan: sim.Experiment) -> str:
    """Return what the numbers of a plan depend on, as one word."""
    digest = hashlib.blake2b(digest_size=16)
    for scenario in plan.scenarios:
        program = sim.plan(scenario).programs()[0]
        digest.update(program.digest.encode())
        held = sorted(set(scenario.settings) & set(plan.parameters))
        digest.update(repr(held).encode())
    for place in range(len(plan.scenarios)):
        digest.update(plan.row(place, 0).tobytes())
    digest.update(repr((plan.replications, plan.seed, plan.parameters)).encode())
    digest.update(np.ascontiguousarray(plan.futures).tobytes())
    return digest.hexdigest()


@st.cache_resource(max_entries=48, show_spinner=False)
def _run(key: str, series: bool, _plan: sim.Experiment) -> sim.Ensemble:
    began = time.perf_counter()
    ensemble = sim.run(_plan, series=series)
    seconds = time.perf_counter() - began
    _learn(_plan.model.name, _plan.size, seconds)
    return ensemble


def _learn(model: str, size: int, seconds: float) -> None:
    """Keep the best recent speed: the first run of a model also compiles it."""
    rate = size / max(seconds, 1e-6)
    with _lock:
        known = _speed.get(model)
        _speed[model] = rate if known is None else max(rate, 0.8 * known)


def story(scenario: sim.Scenario, seed: int, replication: int, future: int = 0) -> sim.Trace:
    """Tell one replication.

    Raises
    ------
    RunError
        It broke a rule of its model.
    """
    plan = sim.plan(scenario, seed=seed)
    return _story(key_of(plan), replication, plan)


@st.cache_resource(max_entries=32, show_spinner=False)
def _story(key: str, replication: int, _plan: sim.Experiment) -> sim.Trace:
    return sim.replay(_plan, replication=replication)


def facts_of(result: Result) -> dict[str, Any]:
    """Return what a footnote says of a run."""
    plan = result.ensemble.experiment
    return {"n": result.n, "seed": plan.seed, "kernel": result.ensemble.kernel}
