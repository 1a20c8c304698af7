"""A plan as plain data: what a run directory keeps of it, and what goes to the workers of a cluster."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.engine.codegen.program import generate
from sim.errors import Diagnostic, ResultError
from sim.model.schema import MAX_SEED
from sim.study.experiment import MAX_REPLICATIONS, Experiment, Target
from sim.study.scenario import resolved, restore


def describe(experiment: Experiment, shard_rows: int) -> dict[str, Any]:
    """Return a plan as plain data from which it can be made again."""
    documents: dict[str, Any] = {}
    scenarios = [_shelved(resolved(scenario), documents) for scenario in experiment.scenarios]
    return {
        "name": experiment.name,
        "title": experiment.title,
        "rationale": experiment.rationale,
        "path": experiment.path,
        "documents": documents,
        "scenarios": scenarios,
        "programs": [generate(scenario.model).digest for scenario in experiment.scenarios],
        "replications": experiment.replications,
        "seed": experiment.seed,
        "randomness": experiment.randomness,
        "sampler": experiment.sampler,
        "parameters": list(experiment.parameters),
        "futures": [[float(value) for value in row] for row in experiment.futures],
        "targets": {
            name: [_finite(t.at_least), _finite(t.at_most)]
            for name, t in experiment.targets.items()
        },
        "shard_rows": shard_rows,
    }


#: What the scenarios of a study have in common, kept once.
_SHELVED = ("model", "scenario", "facts")


def _shelved(scenario: dict[str, Any], documents: dict[str, Any]) -> dict[str, Any]:
    """Put the large parts of a scenario on the common shelf, under their digests."""
    for key in _SHELVED:
        name = digest({key: scenario[key]})[:16]
        documents[name] = scenario[key]
        scenario[key] = name
    return scenario


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def digest(description: Mapping[str, Any]) -> str:
    """Return the digest of a plan: two plans with one digest have the same rows, bit for bit."""
    text = json.dumps(description, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sound(description: Mapping[str, Any]) -> bool:
    """Whether the numbers of a description are of the kind and size that `describe` writes."""

    def whole(key: str, low: int, high: int) -> bool:
        value = description[key]
        return type(value) is int and low <= value <= high

    parameters, futures = description["parameters"], description["futures"]
    return (
        whole("seed", 0, MAX_SEED)
        and whole("replications", 1, MAX_REPLICATIONS)
        and whole("shard_rows", 1, MAX_REPLICATIONS)
        and bool(description["scenarios"])
        and all(isinstance(name, str) for name in parameters)
        and bool(futures)
        and all(len(row) == len(parameters) for row in futures)
    )


def rebuild(description: Mapping[str, Any]) -> Experiment:
    """Make the plan that `describe` put away.

    Raises
    ------
    ResultError
        It does not describe the programs it says it does.
    ValueError
        It names a parameter that the model has not.
    """
    futures = description["futures"]
    shelf = description["documents"]
    scenarios = [
        {key: shelf[value] if key in _SHELVED else value for key, value in scenario.items()}
        for scenario in description["scenarios"]
    ]
    experiment = Experiment(
        name=description["name"],
        title=description["title"],
        scenarios=tuple(restore(scenario) for scenario in scenarios),
        replications=description["replications"],
        seed=description["seed"],
        parameters=tuple(description["parameters"]),
        futures=np.array(futures, dtype=float).reshape(len(futures), -1),
        sampler=description["sampler"],
        targets={
            name: Target(-math.inf if low is None else low, math.inf if high is None else high)
            for name, (low, high) in description["targets"].items()
        },
        rationale=description["rationale"],
        path=description["path"],
    )
    if unknown := set(experiment.parameters) - set(experiment.model.parameters):
        raise ValueError(f"unknown parameters {unknown}")
    programs = [generate(scenario.model).digest for scenario in experiment.scenarios]
    if programs != description["programs"] or experiment.randomness != description["randomness"]:
        words = "these results are of another version of the engine"
        raise ResultError(Diagnostic("other-engine", words))
    return experiment


def differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Say in a few words what tells two plans apart."""
    words = {
        "seed": "seed",
        "replications": "replications",
        "programs": "the model's structure",
        "futures": "futures",
        "randomness": "random numbers",
    }
    for key, word in words.items():
        if old.get(key) != new[key]:
            short = key in ("seed", "replications")
            return f"{word} {old.get(key)}, not {new[key]}" if short else f"{word} differ"
    return "the scenarios differ"
