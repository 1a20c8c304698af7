"""Policies in which an analysis tries a model: the scenarios beside it, and drawn settings of all levers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.analysis.inputs import named
from sim.engine.codegen.sites import site_of
from sim.engine.trace import decode
from sim.errors import ModelError
from sim.model.types import Model, Value
from sim.study.experiment import make_experiment
from sim.study.families import together
from sim.study.files import kind
from sim.study.scenario import Scenario, load_scenario

#: Scenario files that are policies, at most.
MAX_FILES = 24


def input_names(model: Model, names: Sequence[str]) -> list[str]:
    """Return the inputs that move levers or parameters: of a family that moves together, its name."""
    families = (together(model, name) for name in names)
    pairs = zip(families, names, strict=True)
    return list(dict.fromkeys(family.name if family else name for family, name in pairs))


def scenarios_beside(scenario: Scenario) -> tuple[list[Scenario], list[str]]:
    """Return the other scenarios of the model in its folder, and which files are left out, and why."""
    document = scenario.document
    model = Path(document.chain.files[0]) if document else Path()
    if not model.is_file():
        return [], []
    found: list[Scenario] = []
    left_out: list[str] = []
    for file in sorted((*model.parent.glob("*.yaml"), *model.parent.glob("*.yml"))):
        if file.resolve() in (model.resolve(), Path(scenario.path).resolve()):
            continue
        try:
            if kind(file) != "scenario":
                continue
            other = load_scenario(file)
        except ModelError:
            left_out.append(f"{file.name} (it has errors)")
            continue
        if (
            other.document is None
            or Path(other.document.chain.files[0]).resolve() != model.resolve()
        ):
            continue
        if len(found) < MAX_FILES:
            found.append(other)
        else:
            left_out.append(f"{file.name} (more than {MAX_FILES} scenarios)")
    return found, left_out


def drawn_settings(scenario: Scenario, count: int, seed: int) -> list[Scenario]:
    """Return settings of all levers, drawn as a Latin hypercube that has both ends of every range.

    What a lever is drawn to is keyed by its name, so that another lever more changes none.
    """
    settings: list[dict[str, Value]] = [{} for _ in range(count)]
    for factor in named(scenario, input_names(scenario.model, list(scenario.model.levers))):
        if factor.low < factor.high:
            rng = np.random.default_rng([seed, site_of(factor.name)])
            unit = rng.permutation(count) / (count - 1) if count > 1 else np.full(count, 0.5)
            for own, value in zip(settings, factor.at(unit), strict=True):
                own.update(factor.settings(float(value)))
    made = [(i, own) for i, own in enumerate(settings, 1) if own]
    return [scenario.with_settings(own, f"drawn {i}") for i, own in made]


def in_futures(policies: Sequence[Scenario], seed: int) -> list[Scenario]:
    """Return policies that are settings of one scenario, each in another future."""
    first = policies[0]
    sampled = make_experiment(
        first, replications=1, futures=max(2, len(policies)), seed=seed, sampler="latin_hypercube"
    )
    follows, types = sampled.follows(0), first.model.parameters
    found = []
    for i, policy in enumerate(policies):
        pairs = zip(sampled.parameters, sampled.futures[i % len(sampled.futures)], strict=True)
        own = {n: decode(float(v), types[n].type) for n, v in pairs if n in follows}
        found.append(policy.with_settings(own, f"{policy.name}, future {i + 1}"))
    return found
