"""Digests of all that decides numbers: what has the same one has the same results."""

from __future__ import annotations

import hashlib

import numpy as np

import sim


def key_of(experiment: sim.Experiment) -> str:
    """Return a digest of everything that determines the results."""
    digest = hashlib.blake2b(digest_size=16)
    for scenario in experiment.scenarios:
        program = sim.make_experiment(scenario, futures=0).programs()[0]
        digest.update(program.digest.encode())
        held = sorted(set(scenario.settings) & set(experiment.parameters))
        digest.update(repr(held).encode())
    for index in range(len(experiment.scenarios)):
        digest.update(experiment.row(index, 0).tobytes())
    digest.update(repr((experiment.replications, experiment.seed, experiment.parameters)).encode())
    digest.update(np.ascontiguousarray(experiment.futures).tobytes())
    return digest.hexdigest()


def scenario_digest(scenario: sim.Scenario) -> str:
    """Return eight digits for all that decides the numbers of a scenario: labels do not."""
    ranges = [(p.name, p.low, p.high, p.shape) for p in scenario.model.parameters.values()]
    model = scenario.model
    shaped = [
        (p.name, p.middle, p.weights) for p in model.parameters.values() if p.middle or p.weights
    ]
    linked = [(c.of, c.rank) for c in model.correlations], [(s.of, s.to) for s in model.shares]
    more = (shaped, linked) if shaped or any(linked) else ()
    parts: tuple[object, ...] = (
        key_of(sim.make_experiment(scenario, replications=1, seed=0)),
        ranges,
        *more,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]
