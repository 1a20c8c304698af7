"""In what do two scenarios differ? Their levers, one by one or group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sim.engine.codegen.program import generate
from sim.engine.trace import encode
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import exact_text
from sim.model.types import Value
from sim.study.experiment import make_experiment
from sim.study.scenario import Scenario

#: More levers than these would need more than a thousand subsets.
MAX_PLAYERS = 10


@dataclass(frozen=True, slots=True)
class Player:
    """A lever, or some together, that is set as in the scenario or as in the baseline."""

    name: str
    label: str
    settings: tuple[tuple[str, Value, Value], ...]

    @property
    def change(self) -> str:
        """What it changes, in words."""
        return ", ".join(
            f"{n}: {exact_text(old)} → {exact_text(new)}" for n, old, new in self.settings
        )


def same_structure(scenario: Scenario, baseline: Scenario) -> bool:
    """Return whether two scenarios differ in levers and parameters only."""
    one, other = generate(scenario.model), generate(baseline.model)
    if one.digest != other.digest or scenario.model.clock != baseline.model.clock:
        return False
    rows = zip(
        make_experiment(scenario, futures=0).row(0, 0),
        make_experiment(baseline, futures=0).row(0, 0),
        strict=True,
    )
    settings = scenario.values()
    slots = zip(one.records["Values"], rows, strict=True)
    return all(slot in settings or a == b for slot, (a, b) in slots)


def differing(
    scenario: Scenario, baseline: Scenario, by: Literal["lever", "group"] = "lever"
) -> tuple[Player, ...]:
    """Return the levers and parameters in which two scenarios differ.

    Raises
    ------
    ExperimentError
        They are alike, or differ in too many.
    """
    new, old = scenario.values(), baseline.values()
    model = scenario.model
    players: dict[str, Player] = {}
    for name in new:
        if new[name] == old.get(name, new[name]):
            continue
        entry = model.levers.get(name) or model.parameters[name]
        key = entry.group if by == "group" and entry.group else name
        label = key if key != name else entry.label or name.replace("_", " ")
        before = players[key].settings if key in players else ()
        players[key] = Player(key, label, (*before, (name, old[name], new[name])))
    if not players:
        words = f"'{scenario.name}' and '{baseline.name}' set every lever alike"
        raise ExperimentError(Diagnostic("no-difference", words))
    if len(players) > MAX_PLAYERS:
        words = f"{len(players)} levers differ, and {2 ** len(players):,} subsets are too many"
        help = f"up to {MAX_PLAYERS} are possible; --by group takes those of one group together"
        raise ExperimentError(Diagnostic("too-many-levers", words, None, help))
    return tuple(players.values())


def subset_row(players: Sequence[Player], subset: int, baseline: Scenario) -> list[float]:
    """Return the values of all settings for one subset; bit i says that player i is in."""
    model = baseline.model
    row = []
    for i, player in enumerate(players):
        for name, old, new in player.settings:
            entry = model.levers.get(name) or model.parameters[name]
            row.append(encode(new if subset >> i & 1 else old, entry.type))
    return row
