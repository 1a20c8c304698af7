"""Words for a difference, by rule: what may be said of its direction, and when."""

from __future__ import annotations

import math
from typing import Literal

from sim.formatting import judged as judged
from sim.statistics.estimates import Estimate
from sim.statistics.nested import MIN_EVENTS, Spread

Verdict = Literal[
    "baseline",
    "too few",
    "too few events",
    "identical",
    "no difference seen",
    "no difference that matters",
    "depends on the assumptions",
    "not settled",
    "mostly the same",
    "mostly higher",
    "mostly lower",
    "clearly higher",
    "clearly lower",
    "higher",
    "lower",
]
#: *Clearly* says that at least 95 of 100 futures share a direction. The lower end of the interval of
#: that share must lie above this: under much noise it can be a point or two too high.
CLEAR = 0.97
#: *Mostly* needs a share above this one; between it and its complement, it depends.
MOST = 0.80
#: What matters where a model does not say: this part of the standard deviation of a run.
USUAL_PART = 0.1


def verdict_over_futures(
    difference: Estimate,
    gap: Spread | None,
    above: Estimate,
    below: Estimate,
    matters: float,
    beyond: float,
    events: int,
) -> Verdict:
    """Return what may be said of a difference over several futures.

    Parameters
    ----------
    difference : Estimate
        Mean paired difference.
    gap : Spread or None
        The expected difference over futures; None where it cannot be told from noise.
    above, below : Estimate
        Share of futures in which it is above and below 0.
    matters : float
        Smallest difference that a decision would notice.
    beyond : float
        Share of futures in which it is larger than that on one side: the upper end of the interval.
    events : int
        Pairs of runs that differ.

    Examples
    --------
    >>> from sim.statistics.nested import Components
    >>> gap = Spread(0.5, 1.2, 2.0, Components(1.2, 0.2, 0.1, 0.02, 200, 1000))
    >>> sure, never = Estimate(0.99, 0.98, 1.0, 200), Estimate(0.01, 0.0, 0.02, 200)
    >>> verdict_over_futures(Estimate(1.2, 1.1, 1.3, 1000), gap, sure, never, 0.1, 0.9, 900)
    'clearly higher'
    """
    if difference.n < 2 or gap is None:
        return "too few"
    if events == 0:
        return "no difference seen"
    if events < MIN_EVENTS:
        return "too few events"
    if max(-gap.low, gap.high) <= matters and beyond < 1.0 - MOST:
        return "no difference that matters"
    side, word = (above, "higher") if above.mean >= below.mean else (below, "lower")
    if side.mean > MOST and side.low <= 0.5:
        return "not settled"
    if side.mean <= MOST and max(above.high, below.high) >= CLEAR:  # chance alone looks like this
        return "not settled"
    if side.mean > MOST:
        found: Verdict = f"{'clearly' if side.low >= CLEAR else 'mostly'} {word}"  # type: ignore[assignment]
        return found
    if above.mean + below.mean < 1.0 - MOST:
        return "mostly the same"
    return "depends on the assumptions"


def side_of(verdict: Verdict) -> Literal["higher", "lower", ""]:
    """Return the direction that a verdict names, if any.

    Examples
    --------
    >>> side_of("mostly lower"), side_of("not settled")
    ('lower', '')
    """
    for side in ("higher", "lower"):
        if verdict.endswith(side):
            return side
    return ""


def usual_matters(values_sd: float) -> float:
    """Return what matters where a model does not say: a tenth of the spread of a run."""
    return USUAL_PART * values_sd if math.isfinite(values_sd) else 0.0
