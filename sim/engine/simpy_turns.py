"""What `sim.engine.turns` does, for a replication in SimPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.numerics.lookups import ramp_sum

Replication = Any  #: that of `sim.engine.simpy_calendar`, which imports this module


def set_ramp(c: Replication, event: int, rate: float, slope: float) -> int:
    """Set the rate of a hazard, which changes by `slope` from now on."""
    left, used = c.left[event], ramp_sum(c.rates[event], c.slopes[event], c.now - c.since[event])
    left = c.threshold(event, 0) if left < 0.0 else max(left - used, 0.0)
    c.rates[event], c.slopes[event] = rate, slope
    c.restart_clock(event, left)
    return 0


def set_turn(c: Replication, time: float) -> int:
    """Set the time of the next point of a table."""
    c.next_turn = time
    return 0


def turn(c: Replication, s: object, p: object, o: object) -> int:
    """Pass a point of a table; a program that follows tables has a function of its own."""
    return 0


def forget(c: Replication, activation: int) -> int:
    """Let the next delay of an activation be no repeat of its last."""
    c.delays.pop(activation, None)
    return 0


#: The functions that the generated source calls.
TURNS: tuple[Callable[..., int], ...] = (set_ramp, set_turn, turn, forget)
