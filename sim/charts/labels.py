"""Where labels stand so that they hide neither each other nor what they name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

LINE = 15.0  # pixels from one label to the next below it
ROUNDING = 1e-9


class Box(NamedTuple):
    """A rectangle in pixels, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def contains(self, other: Box) -> bool:
        """Return whether another box is inside, up to rounding."""
        return (
            self.left <= other.left + ROUNDING
            and self.top <= other.top + ROUNDING
            and other.right <= self.right + ROUNDING
            and other.bottom <= self.bottom + ROUNDING
        )

    def overlap(self, other: Box) -> float:
        """Return the area that two boxes share."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(across, 0.0) * max(down, 0.0)


def placed(
    anchors: Sequence[tuple[float, float]],
    widths: Sequence[float],
    frame: Box,
    lines: Sequence[Box] = (),
) -> list[tuple[float, float]]:
    """Return the left middle of each label, near its anchor, by trying places ring by ring.

    Greedy: the labels at the edges of the picture choose first; a place costs its distance and what it
    would hide.
    """
    dots = [Box(x - 7, y - 7, x + 7, y + 7) for x, y in anchors]
    taken: list[Box] = []
    found: dict[int, tuple[float, float]] = {}
    middle = ((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2)
    order = sorted(range(len(anchors)), key=lambda i: -math.dist(anchors[i], middle))
    for i in order:
        best, least = (anchors[i][0] + 10, anchors[i][1]), math.inf
        for x, y, far in _tries(anchors[i], widths[i]):
            box = Box(x, y - LINE / 2, x + widths[i], y + LINE / 2)
            inside = frame.contains(box)
            hidden = sum(box.overlap(other) for other in (*taken, *dots))
            struck = sum(box.overlap(other) for other in lines)
            cost = far + 3 * hidden + 0.3 * struck + (0 if inside else 1e6)
            if cost < least:
                best, least = (x, y), cost
        found[i] = best
        taken.append(Box(best[0], best[1] - LINE / 2, best[0] + widths[i], best[1] + LINE / 2))
    return [found[i] for i in range(len(anchors))]


def _tries(anchor: tuple[float, float], width: float) -> list[tuple[float, float, float]]:
    """Return places for a label: its left, its middle, and how far it is from its anchor."""
    x, y = anchor
    tries = []
    for ring in (10.0, 22.0, 36.0, 54.0, 76.0, 100.0, 130.0):
        for angle in range(0, 360, 30):
            dx, dy = ring * math.cos(math.radians(angle)), ring * math.sin(math.radians(angle))
            left = x + dx if dx > 1 else x + dx - width if dx < -1 else x - width / 2
            penalty = 0.0 if dx > 0 else 3.0
            tries.append((left, y + dy, ring + penalty))
    return tries
