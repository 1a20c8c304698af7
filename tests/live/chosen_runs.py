"""Which run is typical, and which is among the worst or best: what the page is held against."""

from __future__ import annotations

from typing import Any

import numpy as np

import sim


def typical(values: Any, completed: Any, columns: list[int]) -> int:
    """Return the run nearest to the middle of all in the outcomes that have a goal."""
    table = np.nan_to_num(values[completed][:, columns], nan=0.0)
    spread = table.std(axis=0)
    table = table[:, spread > 0] / spread[spread > 0]
    distance = np.abs(table - np.median(table, axis=0)).sum(axis=1)
    return int(completed[int(distance.argmin())])


def ranked(model: sim.Model, values: Any, completed: Any, outcome: str, worst: bool) -> int:
    """Return the run at the edge of the worst or best 5 in 100 by one outcome."""
    column = values[completed, list(model.outcomes).index(outcome)]
    minimise = model.outcomes[outcome].goal == "minimize"
    column = np.where(np.isnan(column), np.inf if minimise else -np.inf, column)
    order = np.argsort(column if minimise else -column, kind="stable")  # best first
    rank = int(0.05 * (len(order) - 1))
    return int(completed[order[-1 - rank if worst else rank]])
