"""Levers as a user writes them: ``NAME``, a label, or either with ``=V,V,…``."""

from __future__ import annotations

from collections.abc import Sequence

from sim.analysis.inputs import Factor, factors
from sim.engine.trace import encode
from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.model.types import Model
from sim.study.assignments import read_assignment
from sim.study.families import input_cells
from sim.study.scenario import Scenario


def lever_name(model: Model, word: str) -> str:
    """Return the name of a lever or parameter by its name or its label, else the word itself.

    Examples
    --------
    >>> import sim
    >>> model = sim.load_scenario("scenarios/port_strike/model.yaml").model
    >>> lever_name(model, "day on which the mediator is called"), lever_name(model, "mediation")
    ('mediation_day', 'mediation')
    """
    known = {**model.parameters, **model.levers}
    if word in known or word in model.families:
        return word
    labels: dict[str, list[str]] = {}
    for name, entry in known.items():
        labels.setdefault(entry.label.casefold(), []).append(name)
    found = labels.get(word.casefold(), [])
    return found[0] if word and len(found) == 1 else word


def read_levers(
    scenario: Scenario, words: Sequence[str], *, levers: bool = False, parameters: bool = True
) -> list[tuple[Factor, list[float]]]:
    """Read levers, each with its values as numbers; of one that is named alone there are none.

    Raises
    ------
    ExperimentError
        A name is unknown or given twice, or a value is none of the lever's.
    """
    model = scenario.model
    parts = [word.partition("=") for word in words]
    names = [lever_name(model, name.strip()) for name, _, _ in parts]
    for name in names:
        kinds = {**(model.levers if levers else {}), **(model.parameters if parameters else {})}
        every = {**kinds, **dict.fromkeys(model.families)}
        if name not in every and not _cells(model, name):
            labels = {e.label: n for n, e in kinds.items() if e.label}
            near = did_you_mean(name, [*every, *labels])
            words_ = f"model '{model.name}' has no lever or parameter '{name}'"
            raise ExperimentError(Diagnostic("unknown-name", words_, None, near))
    found = factors(scenario, names, levers=levers, parameters=parameters)
    if len(found) < len(names):
        twice = next((n for n in names if names.count(n) > 1), names[0])
        raise ExperimentError(Diagnostic("bad-sweep", f"'{twice}' is given twice"))
    return [
        (factor, _values(scenario, factor, values) if sign else [])
        for factor, (_, sign, values) in zip(found, parts, strict=True)
    ]


def _cells(model: Model, name: str) -> Sequence[str]:
    return [c for c in input_cells(model, name) if c in model.levers or c in model.parameters]


def _values(scenario: Scenario, factor: Factor, text: str) -> list[float]:
    """Read values, each as the scenario takes it when it is set by hand."""
    found = []
    for word in text.split(","):
        value = read_assignment(f"{factor.name}={word}")[1]
        cell = factor.members[0].name if factor.members else factor.name
        for name in [member.name for member in factor.members] or [factor.name]:
            moved = scenario.with_settings({name: value})
            if name == cell:
                found.append(encode(moved.values()[cell], factor.type))
    return found
