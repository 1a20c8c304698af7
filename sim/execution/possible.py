"""Which results a replication can have, so that stored ones which were changed are recognised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program
from sim.language.expressions import Expression
from sim.language.terms import Reference
from sim.model.outcomes import can_be_missing
from sim.model.types import Model, Outcome
from sim.study.experiment import Floats

#: A mean or a duration is a sum: it may exceed its bound by rounding.
_ROUNDING = 1e-9


def first_impossible(
    program: Program, outcomes: Floats, status: npt.NDArray[np.int32], events: npt.NDArray[np.int64]
) -> str:
    """Return what in these rows no replication of a program can have; empty if there is nothing.

    Parameters
    ----------
    outcomes
        ``float64[row, outcome]``.
    status, events
        ``int32[row]`` and ``int64[row]``.
    """
    if set(np.unique(status).tolist()) - {0, *program.errors}:
        return "a status that no rule has"
    if ((events < 0) | (events > program.model.clock.max_events + 1)).any():
        return "a number of events that no replication has"
    if not np.isnan(outcomes[status != 0]).all():
        return "an outcome of a replication that failed"
    fine = status == 0
    for i, outcome in enumerate(program.model.outcomes.values()):
        if not _possible(program.model, outcome, outcomes[fine, i], events[fine]).all():
            return f"an impossible value of outcome '{outcome.name}'"
    return ""


def _possible(
    model: Model, outcome: Outcome, values: Floats, events: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return which values of an outcome a replication with so many events can have."""
    low, high = _bounds(model, outcome)
    slack = _ROUNDING * max(1.0, abs(low), abs(high)) if np.isfinite([low, high]).all() else 0.0
    if outcome.statistic in ("mean", "duration"):
        low, high = low - slack, high + slack
    possible = np.isfinite(values) & (values >= low) & (values <= high)
    if can_be_missing(model.computed, outcome.name):
        return possible | np.isnan(values)
    if outcome.statistic == "count":
        possible &= values <= events + 1  # a condition may hold from the start
    if outcome.share or outcome.statistic == "count" or _whole(outcome):
        possible &= np.trunc(values) == values
    return possible


def _whole(outcome: Outcome) -> bool:
    of = outcome.of
    whole = isinstance(of, Expression) and of.type.kind == "whole"
    return whole and outcome.statistic in ("final", "min", "max", "of")


def _bounds(model: Model, outcome: Outcome) -> tuple[float, float]:
    """Return the least and the largest value of an outcome."""
    if outcome.share:
        return 0.0, 1.0
    if outcome.statistic in ("first", "duration"):
        return 0.0, model.clock.horizon
    if outcome.statistic == "count":
        return 0.0, np.inf
    if outcome.statistic == "sd":
        return 0.0, np.inf
    own = outcome.statistic not in ("integral", "of")
    if own and isinstance(outcome.of, Expression) and isinstance(outcome.of.term, Reference):
        entry = model.state.get(outcome.of.term.name)
        if entry is not None and entry.low is not None and entry.high is not None:
            return entry.low, entry.high
    return -np.inf, np.inf
