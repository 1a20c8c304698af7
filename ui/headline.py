"""What a page shows first, read off the model: the order of its outcomes is the author's say."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sim

FANS = 2


def series(model: sim.Model) -> list[str]:
    """Return the numeric series worth drawing, those of headlines and goals first."""
    return [cell for name in drawn(model) for cell in model.cells(name)]


def drawn(model: sim.Model) -> list[str]:
    """Return the names of these series, once where there is one for each member of a set."""
    kinds = {name.partition("[")[0]: entry.type.kind for name, entry in model.state.items()}
    kinds |= {name: derived.formula.type.kind for name, derived in model.derived.items()}
    names = [name for name, kind in kinds.items() if kind in ("number", "whole")]
    read: list[str] = []
    wanted = [*(model.outcomes[name] for name in model.headlines), *model.outcomes.values()]
    for outcome in sorted(wanted, key=lambda o: not o.goal):
        name = _read_alone(outcome)
        if name in names and name not in read:
            read.append(name)
    return [*read, *(name for name in names if name not in read)]


def _read_alone(outcome: sim.model.Outcome) -> str:
    """Return the name of what an outcome is taken of, of whichever member; else the whole text."""
    text = (outcome.of if isinstance(outcome.of, str) else outcome.of.text).strip()
    found = re.fullmatch(r"(\w+)\[[^\[\]]*\]", text)
    return found[1] if found else text


def series_of(model: sim.Model, name: str) -> str:
    """Return the only series worth drawing that an outcome reads, if there is one."""
    outcome = model.outcomes[name]
    read = set(re.findall(r"\w+", outcome.of if isinstance(outcome.of, str) else outcome.of.text))
    found = [one for one in drawn(model) if one in read and not model.over(one)]
    return found[0] if len(found) == 1 else ""


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
        if o.goal and _read_alone(o) == name.partition("[")[0]
    }
    return goals.pop() if len(goals) == 1 else ""
