"""Can an outcome differ at all? What it hangs on, read from the checked model.

That no pair of runs differs in a sample says what was seen. That none can differ takes a proof: a
slice of the model backwards from the outcome (Weiser 1984) that holds nothing in which two scenarios
differ. Every draw is keyed by its place and occurrence, so what lies outside the slice cannot shift
the luck of what lies inside.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence

from sim.analysis.causes import CHANCE, SECTIONS, Node, Nodes, backwards, causes_of, reached
from sim.engine.codegen.program import ModelKey
from sim.model.naming import family_of
from sim.model.types import Model
from sim.study.experiment import Experiment


def sliced(model: Model, outcome: str) -> Nodes:
    """Return what an outcome hangs on, `CHANCE` among it, and what the end of a run does.

    Of an event whose occurrence matters, what it does counts only as far as it sets a state that
    matters.
    """
    return _sliced(ModelKey(model), outcome)


@functools.lru_cache(maxsize=4096)
def _sliced(key: ModelKey, outcome: str) -> Nodes:
    return reached(_sources(key), [Node("outcome", outcome)])


@functools.lru_cache(maxsize=64)
def _sources(key: ModelKey) -> Mapping[Node, Sequence[Node]]:
    return backwards(causes_of(key.model))


def can_differ(experiment: Experiment, scenario: int, base: int, outcome: str) -> bool:
    """Whether an outcome may differ between two scenarios, with the same luck in the same future.

    False is a proof: entries and values on which the outcome hangs are the same in both. True is
    none: what differs may still never act.

    Parameters
    ----------
    scenario, base
        Indices of scenarios.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> made = sim.make_experiment([scenario, scenario.with_settings({}, "again")])
    >>> can_differ(made, 1, 0, "strike_days")
    False
    """
    here, there = (experiment.scenarios[i].model for i in (scenario, base))
    nodes = sliced(here, outcome)
    if here is not there and nodes != sliced(there, outcome):
        return True
    return _says(experiment, scenario, nodes) != _says(experiment, base, nodes)


def can_vary(experiment: Experiment, scenario: int, outcome: str) -> bool:
    """Whether an outcome may differ between the replications or the futures of one scenario."""
    found = sliced(experiment.scenarios[scenario].model, outcome)
    followed = experiment.follows(scenario) if len(experiment.futures) > 1 else ()
    names = map(family_of, followed)
    return CHANCE in found or any(Node("parameter", name) in found for name in names)


def reaches(model: Model, names: Iterable[str], outcome: str) -> bool:
    """Whether an outcome hangs on any of some levers and parameters."""
    families = set(map(family_of, names))
    wanted = {Node(kind, name) for name in families for kind in ("lever", "parameter")}
    return not sliced(model, outcome).isdisjoint(wanted)


def _says(experiment: Experiment, scenario: int, nodes: Nodes) -> list[object]:
    """Return what a scenario says of nodes: their entries in the model, or their values.

    A parameter that follows the futures says nothing of its own.
    """
    chosen = experiment.scenarios[scenario]
    model, values, followed = chosen.model, chosen.values(), experiment.follows(scenario)
    said: list[object] = [model.clock, model.stop]
    for kind, name in sorted(nodes - {CHANCE}):
        entries = getattr(model, SECTIONS[kind])
        for cell in model.cells(name) if name in model.families else (name,):
            entry = entries[cell]
            if kind in ("lever", "parameter"):
                entry = None if cell in followed else (entry.type, values[cell])
            said.append(entry)
    return said
