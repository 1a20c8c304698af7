"""The calendar's part in tables of the time: points between events, and rates that follow a line.

Restricted Python, as `sim.engine.calendar`.
"""

from __future__ import annotations

from sim.engine.calendar import Calendar, reschedule
from sim.numerics.lookups import ramp_sum

#: Functions that a generated source may use.
EXPORTS = {"set_ramp", "set_turn", "turn", "forget"}

# Records of a program, which `turn` does not read.
State = list[float]
Values = list[float]
Accumulators = list[float]


def set_ramp(c: Calendar, event: int, rate: float, slope: float) -> None:
    """Set the rate of the hazard of `event`, which changes by `slope` from now on."""
    used = ramp_sum(c.rate[event], c.slope[event], c.now - c.since[event])
    left = c.left[event] - used
    c.left[event] = left if left > 0.0 else 0.0
    c.since[event] = c.now
    c.rate[event] = rate
    c.slope[event] = slope
    reschedule(c, event)


def set_turn(c: Calendar, time: float) -> None:
    """Set the time of the next point of a table."""
    c.next_turn = time


def turn(c: Calendar, s: State, p: Values, o: Accumulators) -> int:
    """Pass a point of a table; a program that follows tables has a function of its own."""
    return 0


def forget(c: Calendar, activation: int) -> None:
    """Let the next delay of an activation be no repeat of its last."""
    c.delay[activation] = -1.0
