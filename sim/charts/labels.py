"""Labels: what is left of a long one, and where they stand so that they hide nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import altair as alt

from sim.charts.theme import text_width

LINE = 15.0  # pixels from one label to the next below it
ROUNDING = 1e-9


def told_apart(words: Sequence[str], room: float, size: float = 11) -> dict[str, str]:
    """Return what is shown of each label in `room` pixels: different labels stay different.

    Long labels lose their ends; where that makes two alike, their middles; at last they are numbered.
    """
    labels = list(dict.fromkeys(words))
    tries = [
        [_cut(label, room, size, _end(label, part * room, size)) for label in labels]
        for part in (0.0, 0.5, 0.8)
    ]
    numbered = [_cut(label, room, size, f" ({n})") for n, label in enumerate(labels, 1)]
    found = next((texts for texts in tries if len(set(texts)) == len(labels)), numbered)
    return dict(zip(labels, found, strict=True))


def _fits(label: str, room: float, size: float) -> bool:
    return text_width(label, size) * 1.05 <= room


def _cut(label: str, room: float, size: float, end: str = "") -> str:
    """Return a label, or as much of its start as fits, an ellipsis and `end`."""
    if _fits(label, room, size):
        return label
    lengths = range(len(label) - 1, 0, -1)
    kept = next((n for n in lengths if _fits(f"{label[:n]}…{end}", room, size)), 0)
    return f"{label[:kept].rstrip()}…{end}"


def _end(label: str, room: float, size: float) -> str:
    """Return as much of the end of a label as fits."""
    return next((label[n:] for n in range(len(label)) if _fits(label[n:], room, size)), "")


def word_axis(words: Sequence[str], room: float, **options: Any) -> alt.Axis:
    """Return an axis of labels that take `room` pixels at most, each told apart from the others."""
    shown = told_apart(words, room)
    if any(shown[word] != word for word in shown):
        options["labelExpr"] = f"{json.dumps(shown)}[datum.value]"
    return alt.Axis(labelLimit=0, **options)


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
