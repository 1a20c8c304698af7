"""The values that a kernel reads of one scenario, and which of them follow the futures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sim.engine.codegen.initial import initial_slot
from sim.engine.codegen.program import generate
from sim.engine.protocol import Floats
from sim.engine.trace import encode, model_types
from sim.language.expressions import Expression
from sim.study.scenario import Scenario


class OwnRow(NamedTuple):
    """The values of a scenario, and the slots that follow columns of the futures."""

    values: Floats
    slots: list[int]
    columns: list[int]


def own_row(scenario: Scenario, followed: Mapping[str, int]) -> OwnRow:
    """Return the values of a scenario; `followed` has the column of each parameter that follows."""
    types = model_types(scenario.model)
    values = {n: encode(v, types[n]) for n, v in scenario.values().items()}
    for name, variable in scenario.model.state.items():
        if not isinstance(variable.initial, Expression):
            values[initial_slot(name)] = encode(variable.initial, variable.type)
    slots = list(generate(scenario.model).records["Values"])
    follow = [(i, followed[slot]) for i, slot in enumerate(slots) if slot in followed]
    return OwnRow(
        np.array([values[slot] for slot in slots]), [i for i, _ in follow], [c for _, c in follow]
    )
