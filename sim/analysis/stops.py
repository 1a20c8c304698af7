"""How many runs of a model with a `stop` ended before the horizon, and when."""

from __future__ import annotations

import numpy as np

from sim.execution.ensemble import Ensemble
from sim.language.expressions import Expression
from sim.language.terms import Reference
from sim.model.types import Model

#: Scenarios that are named.
MOST = 6


def end_of(model: Model) -> str:
    """Return the outcome that is the time at which a run ended; empty without one."""
    for name, outcome in model.outcomes.items():
        of = outcome.of
        term = of.term if isinstance(of, Expression) else None
        if isinstance(term, Reference) and term.role == "now" and outcome.at is None:
            return name
    return ""


def stops_text(ensemble: Ensemble) -> str:
    """Return how many runs stopped, and by when half of these; empty without a `stop`."""
    model = ensemble.experiment.model
    if model.stop is None:
        return ""
    name = end_of(model)
    if not name:
        return "A run ends where 'time: stop' holds; an outcome {final: now} says how many did, and when."
    parts = []
    for scenario in ensemble.scenarios[:MOST]:
        ends = ensemble.outcome(name, scenario)
        ends = ends[~np.isnan(ends)]
        early = ends[ends < model.clock.horizon]
        text = f"{scenario} in {100 * early.size / max(1, ends.size):.0f} of 100 runs"
        if early.size:
            text += f" (half of these by {model.clock.unit} {float(np.median(early)):.4g})"
        parts.append(text)
    more = len(ensemble.scenarios) - len(parts)
    rest = f" and {more} more scenarios" if more else ""
    return f"Stopped before the horizon: {', '.join(parts)}{rest}."
