"""Boxes in which cases crowd: the patient rule induction method (Friedman and Fisher 1999).

With the diagnostics of Bryant and Lempert (2010): coverage, density and mass along the peeling, quasi-p
values of each restriction, and how often restrictions come back in resamples. Plain functions of arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.errors import Diagnostic, ExperimentError
from sim.statistics.estimates import Bools, Floats

Places = npt.NDArray[np.intp]
#: Part of the points that one peel takes off, that one paste adds, and below which peeling ends.
PEEL, PASTE, MASS = 0.05, 0.05, 0.05
#: Inputs that peeling is given; more are screened first.
KEPT = 12
#: A restriction whose quasi-p value is above this is dropped.
LIMIT = 0.05
#: Resamples for reproducibility.
RESAMPLES = 20


@dataclass(frozen=True, slots=True)
class Box:
    """A box: bounds of some inputs, and what is inside.

    Attributes
    ----------
    low, high
        ``float64[input]``; infinite where an input is free.
    coverage
        Cases inside over all cases.
    density
        Cases inside over points inside.
    mass
        Points inside over all points.
    points, cases
        Numbers inside.
    """

    low: Floats
    high: Floats
    coverage: float
    density: float
    mass: float
    points: int
    cases: int

    @property
    def restricted(self) -> tuple[int, ...]:
        """Places of the inputs that are bounded."""
        bounded = np.isfinite(self.low) | np.isfinite(self.high)
        return tuple(int(i) for i in np.flatnonzero(bounded))

    def inside(self, x: Floats) -> Bools:
        """Return which points of ``float64[point, input]`` lie in the box."""
        return np.asarray(((x >= self.low) & (x <= self.high)).all(axis=1))


def box_of(x: Floats, cases: Bools, low: Floats, high: Floats) -> Box:
    """Return the box of some bounds, with what is inside."""
    within = ((x >= low) & (x <= high)).all(axis=1)
    points, found = int(within.sum()), int((within & cases).sum())
    return Box(
        low.copy(), high.copy(), found / max(int(cases.sum()), 1), found / max(points, 1),
        points / len(x), points, found,
    )  # fmt: skip


def peeled(x: Floats, cases: Bools) -> list[Box]:
    """Return the peeling trajectory, from all points to the last box of at least `MASS`.

    Each step takes off the slice that raises the density most for each point taken off, the lenient
    criterion, which is fair to inputs with few values (Kwakkel and Jaxa-Rozen 2016).

    Parameters
    ----------
    x
        ``float64[point, input]``.
    cases
        ``bool[point]``.
    """
    size = x.shape[1]
    low, high = np.full(size, -np.inf), np.full(size, np.inf)
    boxes = [box_of(x, cases, low, high)]
    inside = boxes[0].inside(x)
    values, marks = x[inside], cases[inside].astype(float)
    while len(values) > 1:
        density = marks.mean()
        ordered = np.sort(values, axis=0)
        cut = max(1, int(PEEL * len(values)))
        best: tuple[float, int, bool, float] | None = None
        bottoms, tops = ordered[cut], ordered[-cut - 1]
        # An input with few values gives up a whole value at an end.
        bottoms = np.where(bottoms > ordered[0], bottoms, _next_up(ordered))
        tops = np.where(tops < ordered[-1], tops, -_next_up(-ordered[::-1]))
        for side, bound in ((False, bottoms), (True, tops)):
            kept = values <= bound if side else values >= bound
            counts = kept.sum(axis=0)
            gone = len(values) - counts
            sums = marks @ kept
            usable = (gone > 0) & (counts >= max(1.0, MASS * len(x)))
            gains = np.full(size, -np.inf)
            gains[usable] = (sums[usable] / counts[usable] - density) / gone[usable]
            place = int(gains.argmax())
            if np.isfinite(gains[place]) and (best is None or gains[place] > best[0]):
                best = (float(gains[place]), place, side, float(bound[place]))
        if best is None or (best[0] <= 0 and density >= 1.0):
            break
        _, place, side, bound_ = best
        (high if side else low)[place] = bound_
        keep = values[:, place] <= bound_ if side else values[:, place] >= bound_
        values, marks = values[keep], marks[keep]
        boxes.append(box_of(x, cases, low, high))
    return boxes


def _next_up(ordered: Floats) -> Floats:
    """Return per column of sorted values the lowest one above the first; infinity where none is."""
    above = np.where(ordered > ordered[0], ordered, np.inf)
    return np.asarray(above.min(axis=0))


def pasted(x: Floats, cases: Bools, box: Box) -> Box:
    """Return the box widened, one bound at a time, as long as its density does not fall."""
    current = box
    while True:
        best = current
        count = max(1, int(PASTE * current.points))
        for place in current.restricted:
            for side in (False, True):
                low, high = current.low.copy(), current.high.copy()
                edge = (high if side else low)[place]
                if not np.isfinite(edge):
                    continue
                free = low.copy(), high.copy()
                free[side][place] = np.inf if side else -np.inf
                column = x[((x >= free[0]) & (x <= free[1])).all(axis=1), place]
                beyond = np.sort(column[column > edge] if side else -column[column < edge])
                if not len(beyond):
                    bound = np.inf if side else -np.inf
                else:
                    reach = float(beyond[min(count, len(beyond)) - 1])
                    bound = reach if side else -reach
                (high if side else low)[place] = bound
                wider = box_of(x, cases, low, high)
                better = wider.points > current.points and wider.density >= current.density
                if better and (wider.density, wider.points) > (best.density, best.points):
                    best = wider
        if best is current:
            return current
        current = best


def chosen(boxes: Sequence[Box]) -> int:
    """Return the place of the box with the best balance of coverage and density (their harmonic mean)."""
    balance = [
        2 * b.coverage * b.density / (b.coverage + b.density) if b.cases else 0.0 for b in boxes
    ]
    return int(np.argmax(balance))


def quasi_p(x: Floats, cases: Bools, box: Box, owner: Places | None = None) -> dict[int, float]:
    """Return per restricted input the quasi-p value of its bounds (Bryant and Lempert 2010).

    Inputs with the same `owner` are one: their bounds are freed together.

    It is the chance that so many cases or more would be among the box's points if they were drawn from
    the box without these bounds: a binomial tail.
    """
    from scipy.special import bdtrc

    found = {}
    for place in box.restricted:
        low, high = box.low.copy(), box.high.copy()
        freed = place if owner is None else owner == owner[place]
        low[freed], high[freed] = -np.inf, np.inf
        wider = box_of(x, cases, low, high)
        sure = wider.density >= 1.0 or box.cases == 0
        tail = 1.0 if sure else float(bdtrc(box.cases - 1, box.points, wider.density))
        found[place] = tail
    return found


def pruned(x: Floats, cases: Bools, box: Box) -> Box:
    """Return the box without the restrictions that chance explains, the weakest dropped first."""
    while True:
        values = quasi_p(x, cases, box)
        worst = max(values, key=lambda place: values[place], default=None)
        if worst is None or values[worst] <= LIMIT:
            return box
        low, high = box.low.copy(), box.high.copy()
        low[worst], high[worst] = -np.inf, np.inf
        box = box_of(x, cases, low, high)


def screened(x: Floats, cases: Bools, keep: int = KEPT) -> Places:
    """Return the places of the inputs in which cases differ most from the rest, in order.

    The distance is Kolmogorov's and Smirnov's between the two groups, as in regional sensitivity analysis
    (Hornberger and Spear 1981). Peeling among hundreds of inputs follows chance: with 424 ends to peel
    from, some slice is always poor in cases.
    """
    order = x.argsort(axis=0, kind="stable")
    marks = cases[order]
    ordered = np.take_along_axis(x, order, axis=0)
    step = marks / max(cases.sum(), 1) - ~marks / max((~cases).sum(), 1)
    gap = np.abs(step.cumsum(axis=0))
    gap[:-1][ordered[:-1] == ordered[1:]] = 0.0  # equal values step together
    return np.sort(gap.max(axis=0).argsort(kind="stable")[::-1][:keep])


def found(x: Floats, cases: Bools) -> tuple[list[Box], Box]:
    """Return the peeling trajectory among the screened inputs, and its chosen box, pasted and pruned."""
    places = screened(x, cases)
    boxes = [_among(box, places, x.shape[1]) for box in peeled(x[:, places], cases)]
    return boxes, finished(x, cases, boxes[chosen(boxes)])


def finished(x: Floats, cases: Bools, box: Box) -> Box:
    """Return a box of the trajectory pasted and pruned."""
    return pruned(x, cases, pasted(x, cases, box))


def _among(box: Box, places: Places, size: int) -> Box:
    """Return a box over some inputs as one over all."""
    low, high = np.full(size, -np.inf), np.full(size, np.inf)
    low[places], high[places] = box.low, box.high
    return replace(box, low=low, high=high)


def reproduced(
    x: Floats,
    cases: Bools,
    box: Box,
    owner: Places | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> Floats:
    """Return per input how often half samples of the points restrict it too, ``float64[input]``.

    Inputs with the same `owner` are one.
    In each draw, everything is done again, and the box of the new trajectory whose coverage and density are
    nearest is compared, unpruned (Bryant and Lempert 2010).
    """
    rng = np.random.default_rng(seed)
    counts = np.zeros(x.shape[1])
    for _ in range(resamples):
        rows = rng.permutation(len(x))[: len(x) // 2]
        if not cases[rows].any() or cases[rows].all():
            continue
        boxes, _ = found(x[rows], cases[rows])
        hit = list(boxes[_nearest(boxes, box)].restricted)
        counts[hit if owner is None else np.isin(owner, owner[hit])] += 1
    return counts / resamples


def _nearest(boxes: Sequence[Box], box: Box) -> int:
    """Return the place of the box whose coverage and density are nearest to those of another."""
    return int(
        np.argmin([abs(b.coverage - box.coverage) + abs(b.density - box.density) for b in boxes])
    )


def place_of(trajectory: Sequence[Box], box: Box, choose: int | None) -> int:
    """Return the place of a box on the trajectory: the given one, or the nearest."""
    if choose is None:
        return _nearest(trajectory, box)
    if not 0 <= choose < len(trajectory):
        words = f"there is no box {choose}: the trajectory has 0 to {len(trajectory) - 1}"
        raise ExperimentError(Diagnostic("unknown-box", words))
    return choose
