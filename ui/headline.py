"""What a page shows first, read off the model: the order of its outcomes is the author's say."""

from __future__ import annotations

from collections.abc import Sequence

import sim

FANS = 2


def series(model: sim.Model) -> list[str]:
    """Return the numeric series worth drawing, those of headlines and goals first."""
    kinds = {name: variable.type.kind for name, variable in model.state.items()}
    kinds |= {name: derived.formula.type.kind for name, derived in model.derived.items()}
    drawn = [name for name, kind in kinds.items() if kind in ("number", "whole")]
    read: list[str] = []
    wanted = [*(model.outcomes[name] for name in model.headlines), *model.outcomes.values()]
    for outcome in sorted(wanted, key=lambda o: not o.goal):
        text = outcome.of if isinstance(outcome.of, str) else outcome.of.text
        if text.strip() in drawn and text.strip() not in read:
            read.append(text.strip())
    return [*read, *(name for name in drawn if name not in read)]


def series_needed(model: sim.Model, more: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the series whose bands a page or a file may need: the first ones, and `more`."""
    usual = (*series(model)[:FANS], *sim.charts.main_series(model), sim.charts.main_state(model))
    return tuple(dict.fromkeys(name for name in (*usual, *more) if name))


def is_moment(model: sim.Model, name: str) -> bool:
    """Return whether the time of an event is that lever and nothing else."""
    for event in model.events.values():
        times = [time.text.strip() for time in event.times]
        if name in times:
            return True
        afters = [getattr(edge, "after", None) for edge in event.then]
        if "0" in times and any(a and a.text.strip() == name for a in afters):
            return True
    return False


def goal_of(model: sim.Model, name: str) -> str:
    """Return the goal of the outcomes that read a series, where they agree."""
    goals = {
        o.goal
        for o in model.outcomes.values()
        if o.goal and (o.of if isinstance(o.of, str) else o.of.text).strip() == name
    }
    return goals.pop() if len(goals) == 1 else ""
