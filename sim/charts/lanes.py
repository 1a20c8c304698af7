"""Lanes: what happened when, in rows, with labels where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from sim.charts.axes import moment, time_axis
from sim.charts.labels import told_apart
from sim.charts.theme import (
    THEMES,
    ThemeName,
    colour,
    finished,
    ink,
    layered,
    shapes,
    stroke,
    text_width,
)
from sim.model.clock import Clock

LABEL, HEADING, MARKS = 13, 17, 15  # heights in pixels
MAX_LEVELS = 4
COLUMNS = ("role", "when", "time", "date", "y", "y2", "text", "told", "tone", "shape", "align")


@dataclass(frozen=True, slots=True)
class Item:
    """One mark: a point with a label, or a tick for what happens all the time."""

    time: float
    label: str
    told: str
    tone: str
    shape: str
    tick: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of marks under a heading."""

    heading: str
    items: Sequence[Item]


def lane_frame(lanes: Sequence[Lane], clock: Clock, width: int) -> pd.DataFrame:
    """Return the data of lanes, `y` in pixels from the top.

    `role`: *heading*, *line* (the base of a lane), *tick*, *point*, *label*.
    """
    rows: list[dict[str, object]] = []
    top = 0.0
    plot = max(width - 20.0, 150.0)
    headings = told_apart([lane.heading for lane in lanes], plot, 12)
    for lane in lanes:
        if lane.heading:
            words = headings[lane.heading]
            rows.append(
                {"role": "heading", "when": moment(clock, 0.0), "y": top + 7, "text": words}
            )
            top += HEADING
        base = top + MARKS / 2
        ends = (moment(clock, 0.0), moment(clock, clock.horizon))
        rows += [{"role": "line", "when": at, "y": base, "told": f"{top}"} for at in ends]
        levels = 0
        taken: list[list[tuple[float, float]]] = [[] for _ in range(MAX_LEVELS)]
        for item in sorted(lane.items, key=lambda i: i.time):
            date = clock.date(item.time)
            common: dict[str, object] = {
                "when": moment(clock, item.time), "time": item.time, "tone": item.tone,
                "told": item.told, "date": date.isoformat() if date else "",
            }  # fmt: skip
            if item.tick:
                rows.append({"role": "tick", "y": base - 4, "y2": base + 4, **common})
                continue
            rows.append({"role": "point", "y": base, "shape": item.shape, **common})
            if not item.label:
                continue
            x = item.time / clock.horizon * plot
            place = _level(taken, x, text_width(item.label, 10.5) * 1.05, plot)
            if place is not None:
                level, align = place
                levels = max(levels, level + 1)
                y = top + MARKS + LABEL * level + LABEL / 2
                rows.append({"role": "label", "y": y, "text": item.label, "align": align, **common})
        top += MARKS + LABEL * levels + 5
    frame = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    frame.attrs["height"] = int(top + 4)
    return frame


def _level(
    taken: list[list[tuple[float, float]]], x: float, wide: float, plot: float
) -> tuple[int, str] | None:
    """Return the first row in which a label finds room, and its side; None where there is none."""
    for level, row in enumerate(taken):
        for align, low in (("left", x - 3), ("right", x + 3 - wide)):
            high = low + wide
            if low < -4 or high > plot + 4:
                continue
            if all(high + 7 < a or low > b + 7 for a, b in row):
                row.append((low, high))
                return level, align
    return None


def lane_chart(
    frame: pd.DataFrame,
    clock: Clock,
    head: alt.TitleParams | None,
    theme: ThemeName,
    width: int,
    hairline: bool = False,
) -> alt.LayerChart:
    """Return the layers of lanes, without data; `hairline` adds rows of the role *hairline*."""
    look = THEMES[theme]
    height = int(frame.attrs["height"])
    x = time_axis(clock, width)
    scale = alt.Scale(domain=[0, height], reverse=True, nice=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=scale, axis=None)

    def rows(role: str) -> alt.Chart:
        return alt.Chart().transform_filter(f"datum.role == '{role}'")

    tips: list[alt.Tooltip] = [
        alt.Tooltip("told:N", title="what"),
        alt.Tooltip("time:Q", format=".1f"),
    ]
    words: dict[str, Any] = {"fontSize": 10.5, "baseline": "middle"}
    layers: list[alt.Chart] = [
        rows("line").mark_line(color=look.border, strokeWidth=1).encode(
            x=x, y=y("y"), detail=alt.Detail("told:N")
        ),
        rows("tick").mark_rule(strokeWidth=1, strokeOpacity=0.55).encode(
            x=x, y=y("y"), y2=alt.Y2("y2:Q"), color=colour(theme), tooltip=tips
        ),
        rows("point").mark_point(size=58, strokeWidth=1.8, fill=look.background, opacity=1).encode(
            x=x, y=y("y"), stroke=stroke(theme), shape=shapes(), tooltip=tips
        ),
    ]  # fmt: skip
    for align, shift in (("left", -3), ("right", 3)):
        label = (
            alt.Chart()
            .transform_filter("datum.role == 'label'")
            .transform_filter(f"datum.align == '{align}'")
        )
        side: Any = align
        layers.append(
            label.mark_text(**words, align=side, dx=shift).encode(
                x=x, y=y("y"), text=alt.Text("text:N"), fill=ink(theme, alt.Fill)
            )
        )
    heading = rows("heading").mark_text(
        **(words | {"fontSize": 11.5}), align="left", fontWeight=600, color=look.text
    )
    layers.append(heading.encode(x=x, y=y("y"), text=alt.Text("text:N")))
    if hairline:
        rule = rows("hairline").mark_rule(color=look.text, strokeWidth=1.2, strokeDash=[3, 2])
        layers.append(rule.encode(x=x))
    return finished(layered(*layers), head, theme, width, height)
