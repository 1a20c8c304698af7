"""What a page shows first, read off the model: the order of its outcomes is the author's say."""

from __future__ import annotations

import sim

CARDS = 4
FANS = 2


def cards(model: sim.Model) -> list[str]:
    """Return the outcomes on the cards: of each group with a goal its first, then the rest."""
    first: dict[str, str] = {}
    for outcome in model.outcomes.values():
        if outcome.goal:
            first.setdefault(outcome.group, outcome.name)
    names = [*first.values(), *(n for n in model.outcomes if n not in first.values())]
    return names[:CARDS]


def series(model: sim.Model) -> list[str]:
    """Return the numeric series worth drawing, those of goals and cards first."""
    drawn = [
        name
        for name in (*model.state, *model.derived)
        if kind_of(model, name) in ("number", "whole")
    ]
    read: list[str] = []
    wanted = [*(model.outcomes[name] for name in cards(model)), *model.outcomes.values()]
    for outcome in sorted(wanted, key=lambda o: not o.goal):
        text = outcome.of if isinstance(outcome.of, str) else outcome.of.text
        if text.strip() in drawn and text.strip() not in read:
            read.append(text.strip())
    return [*read, *(name for name in drawn if name not in read)]


def kind_of(model: sim.Model, name: str) -> str:
    """Return the kind of a state variable or derived quantity."""
    if name in model.state:
        return model.state[name].type.kind
    return model.derived[name].formula.type.kind


def phases(model: sim.Model) -> str:
    """Return the option state whose shares of runs are drawn: the first; empty without one."""
    return next((n for n, v in model.state.items() if v.type.kind == "option"), "")


def axes(model: sim.Model) -> tuple[str, str]:
    """Return the outcomes that span the plane: one to keep low across, one wanted upwards."""
    spread = [o for o in model.outcomes.values() if o.statistic in ("final", "mean", "min", "max")]
    low = [o.name for o in spread if o.goal == "minimize"]
    high = [o.name for o in spread if o.goal == "maximize" and o.of not in ("", None)]
    high = [name for name in high if not _binary(model.outcomes[name])]
    names = [*low[:1], *high[:1]]
    names += [o.name for o in (*spread, *model.outcomes.values()) if o.name not in names]
    return (names[0], names[1]) if len(names) > 1 else ("", "")


def _binary(outcome: sim.Outcome) -> bool:
    """Whether an outcome looks like a share: 0 or 1 in each run."""
    return outcome.share or outcome.unit == "share"


def name_of(model: sim.Model, name: str) -> str:
    """Return what a series is called."""
    entry = model.state.get(name) or model.derived.get(name)
    return (entry.label if entry else "") or name.replace("_", " ")


def unit_of(model: sim.Model, name: str) -> str:
    """Return the unit of a series."""
    entry = model.state.get(name) or model.derived.get(name)
    return entry.unit if entry else ""


def bounds(model: sim.Model, name: str) -> tuple[float | None, float | None]:
    """Return the range of a series, where it has one."""
    entry = model.state.get(name) or model.derived.get(name)
    return (entry.low, entry.high) if entry else (None, None)
