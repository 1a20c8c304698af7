"""From a quantile to the value of an uncertain parameter, by its shape. Restricted Python.

A *law* holds the numbers of a shape, as `sim.study.laws.law` writes them: both ends of the values and
what the shape adds; of a discrete one each value and the share of all weights up to it; of words
without weights 0 and their number.
"""

from __future__ import annotations

from sim.numerics.arithmetic import clip, floor, minimum, sqrt
from sim.numerics.continuous import beta
from sim.numerics.exponential import exp
from sim.numerics.logarithm import log
from sim.numerics.special import normal_quantile
from sim.numerics.sums import Floats

NUMBER = 0  # kinds of parameters
WHOLE = 1
WORD = 2
PART = 3  # of a sum: its value is there already
UNIFORM = 0  # shapes
LOGUNIFORM = 1
TRIANGULAR = 2
PERT = 3
NORMAL = 4
LOGNORMAL = 5
DISCRETE = 6


def shaped_values(us: Floats, kind: int, shape: int, law: Floats, out: Floats) -> None:
    """Write the values of a parameter at quantiles."""
    for i in range(len(us)):
        out[i] = shaped(us[i], kind, shape, law, 0, len(law))


def shaped(u: float, kind: int, shape: int, laws: Floats, first: int, end: int) -> float:
    """Return the value of a parameter at a quantile; its law is a part of `laws`."""
    if kind == PART:
        return u
    if shape == DISCRETE:
        at = first
        while at < end - 2 and not u < laws[at + 1]:
            at += 2
        return laws[at]
    low = laws[first]
    high = laws[first + 1]
    if kind == WORD:
        return minimum(floor(u * high), high - 1.0)
    if kind == WHOLE:  # each whole number stands for the stretch around it
        x = floor(spread(u, shape, low - 0.5, high + 0.5, laws, first + 2) + 0.5)
        return clip(x, low, high)
    return spread(u, shape, low, high, laws, first + 2)


def spread(u: float, shape: int, low: float, high: float, laws: Floats, more: int) -> float:
    """Return a number at a quantile; what the shape adds to its ends begins at `more`."""
    if shape == LOGUNIFORM:
        return exp(log(low) + u * (log(high) - log(low)))
    if shape == TRIANGULAR:
        mode = laws[more]
        if u < (mode - low) / (high - low):
            return low + sqrt(u * (high - low) * (mode - low))
        return high - sqrt((1.0 - u) * (high - low) * (high - mode))
    if shape == PERT:
        if u <= 0.0:
            return low
        if u >= 1.0:
            return high
        rise = 4.0 * (laws[more] - low) / (high - low)
        return clip(low + (high - low) * beta(u, 1.0 + rise, 5.0 - rise), low, high)
    if shape >= NORMAL:  # or lognormal
        # Middle and spread of the curve, and the quantiles at which it is cut off.
        p = laws[more + 2] + u * (laws[more + 3] - laws[more + 2])
        x = laws[more] + laws[more + 1] * normal_quantile(p)
        return clip(x if shape == NORMAL else exp(x), low, high)
    return low + u * (high - low)
