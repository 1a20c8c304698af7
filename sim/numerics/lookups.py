"""Tables of constants, and rates that follow them. Restricted Python, which every kernel uses.

A table is two buffers: the places of its points, in ascending order, and their values.
"""

from __future__ import annotations

from sim.numerics.arithmetic import INF, sqrt
from sim.numerics.sums import up_to

Floats = list[float]  # constants of a program


def point_of(places: Floats, x: float) -> int:
    """Return how many of the places are at most ``x``, by bisection."""
    return up_to(places, len(places), x)


def step_of(places: Floats, values: Floats, x: float) -> float:
    """Return the value of the last point at or before ``x``; of the first before all points."""
    i = point_of(places, x)
    return values[i - 1] if i > 0 else values[0]


def line_of(places: Floats, values: Floats, x: float) -> float:
    """Return the value on the line between the two points around ``x``; beyond all, of the nearest."""
    i = point_of(places, x)
    if i == 0:
        return values[0]
    begin = values[i - 1]
    if i == len(places):
        return begin
    return begin + (values[i] - begin) * ((x - places[i - 1]) / (places[i] - places[i - 1]))


def slope_of(places: Floats, values: Floats, x: float) -> float:
    """Return the slope of the line from ``x`` on; 0 beyond all points."""
    i = point_of(places, x)
    if i == 0 or i == len(places):
        return 0.0
    return (values[i] - values[i - 1]) / (places[i] - places[i - 1])


def next_of(places: Floats, x: float) -> float:
    """Return the first place after ``x``; infinite after the last."""
    i = point_of(places, x)
    return places[i] if i < len(places) else INF


def until(places: Floats, now: float) -> float:
    """Return the delay that leads from ``now`` to the next place, to the last bit if there is one."""
    time = next_of(places, now)
    delay = time - now
    return delay + (time - (now + delay))


def ramp_time(left: float, rate: float, slope: float) -> float:
    """Return when a rate that changes by ``slope`` has added up to ``left``; infinite if never.

    It is the root of ``rate * t + slope * t**2 / 2 = left``. A rate that falls to 0 stays there.
    """
    square = rate * rate + 2.0 * slope * left
    if square < 0.0:
        return INF
    bottom = rate + sqrt(square)
    return 2.0 * left / bottom if bottom > 0.0 else INF


def ramp_sum(rate: float, slope: float, time: float) -> float:
    """Return what a rate that changes by ``slope`` adds up to; one that falls to 0 stays there."""
    if rate + slope * time < 0.0 and slope < 0.0:
        time = rate / -slope
    return time * (rate + 0.5 * slope * time)
