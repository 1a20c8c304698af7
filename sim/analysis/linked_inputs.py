"""Inputs of a design that depend on each other: correlated ones, and shares of a sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.analysis.inputs import Factor
from sim.errors import Diagnostic, ExperimentError
from sim.statistics.estimates import Floats
from sim.study.dependence import correlated, links, values
from sim.study.scenario import Scenario


def moved_values(scenario: Scenario, inputs: Sequence[Factor], unit: Floats) -> Floats:
    """Return values ``float64[point, input]`` at independent quantiles.

    Of correlated inputs a quantile is that given those before it, and of shares too: the first has
    what all have in common, and each other one what it adds.

    Raises
    ------
    ExperimentError
        Some shares of a sum move, and others do not.
    """
    model, names = scenario.model, [f.name for f in inputs]
    for group in model.shares:
        lacking = [name for name in group.of if name not in names]
        if 1 < len(group.of) - len(lacking) < len(group.of):
            words = f"'{lacking[0]}' must move too, for it adds up with others that do"
            help = f"name all of {', '.join(group.of)}, or one"
            raise ExperimentError(Diagnostic("bad-sum", words, None, help))
    depend = links(model, names)
    unit = correlated(depend, unit)
    matrix = np.column_stack([f.at(unit[:, i]) for i, f in enumerate(inputs)])
    if depend.shared:
        chosen = [inputs[i].parameter for i in depend.shared]
        own = replace(depend, members=(), ranks=(), shared=tuple(range(len(chosen))))
        parts = values(own, [p for p in chosen if p], unit[:, depend.shared])
        matrix[:, depend.shared] = np.column_stack(parts)
    return matrix


def linked_note(inputs: Sequence[Factor]) -> list[str]:
    """Return how to read the figures of inputs that depend on each other; nothing without any."""
    names = [f.name for f in inputs if f.linked]
    if len(names) < 2:
        return []
    return [
        f"Correlated inputs and shares of a sum ({', '.join(names)}) move in the order of the model: the "
        "first has what it has in common with the others, each other one what it adds, the last share none."
    ]
