"""The event graph as an arc diagram: a line for each event, an arc for each edge.

An arc diagram reads at any width and keeps the order of the model, which is its author's order of thought.
"""

from __future__ import annotations

import math
from typing import Any

import altair as alt
import pandas as pd

from sim.charts.labels import told_apart
from sim.charts.theme import (
    THEMES,
    WIDE,
    ThemeName,
    attached,
    finished,
    layered,
    text_width,
    title,
)
from sim.model.event_types import Cancel, Event, Schedule
from sim.model.types import Model

ROW = 19  # pixels from one event to the next
POINTS = 28  # of an arc
SHAPE_OF = {
    "at": "triangle-up",
    "every": "square",
    "when": "diamond",
    "rate": "circle",
    "none": "stroke",
}
WORD_OF = {
    "at": "at a time", "every": "every so often", "when": "when a condition turns true",
    "rate": "at a rate", "none": "only if scheduled",
}  # fmt: skip
COLUMNS = ("role", "x", "y", "text", "shape", "kind", "edge", "order", "angle", "told")


def graph_frame(model: Model, width: int = WIDE) -> pd.DataFrame:
    """Return the data of an event graph, positions in pixels.

    Returns
    -------
    pandas.DataFrame
        `role`: *group* (a heading), *node* (an event), *arc* (a point of an edge, `order` along it),
        *head* (its arrow). `kind` of an edge is *schedule* or *cancel*; `told` is its delay, its
        arguments and its condition in the words of the model.
    """
    rows: list[dict[str, object]] = []
    place: dict[str, float] = {}
    line = 0.0
    groups: dict[str, list[Event]] = {}
    for event in model.events.values():
        groups.setdefault(event.group, []).append(event)
    labels = {e.name: e.label or e.name.replace("_", " ") for e in model.events.values()}
    room = max((text_width(label, 11) for label in labels.values()), default=0.0) * 1.05 + 26
    room = min(room, width * 0.68)
    shown = told_apart(list(labels.values()), room - 22)
    for group, events in groups.items():
        if group:
            line += 0.5
            rows.append({"role": "group", "x": 0.0, "y": line * ROW, "text": group})
            line += 1
        for event in events:
            place[event.name] = line * ROW
            rows.append(
                {
                    "role": "node", "x": 7.0, "y": line * ROW,
                    "text": shown[labels[event.name]],
                    "shape": SHAPE_OF[event.trigger], "told": f"{event.name}, {WORD_OF[event.trigger]}",
                }
            )  # fmt: skip
            line += 1
    longest = max(
        (abs(place[edge.event] - place[e.name]) for e in model.events.values() for edge in e.then),
        default=1.0,
    )
    for event in model.events.values():
        for number, edge in enumerate(event.then):
            start, end = place[event.name], place[edge.event]
            words = [f"{event.name} -> {edge.event}"]
            if isinstance(edge, Schedule) and edge.after is not None:
                words.append(f"after {edge.after.text}")
            words += edge.notes
            if edge.condition is not None:
                words.append(f"if {edge.condition.text}")
            kind = "cancel" if isinstance(edge, Cancel) else "schedule"
            common = {"kind": kind, "edge": f"{event.name}#{number}", "told": ", ".join(words)}
            rows += _arc(start, end, room, width - 12.0, longest, common)
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def graph_chart(
    model: Model, *, theme: ThemeName = "light", width: int = WIDE, heading: bool = True
) -> alt.LayerChart:
    """Draw the events of a model, how each comes about, and which of them schedule or cancel which."""
    look = THEMES[theme]
    frame = graph_frame(model, width)
    height = int(frame["y"].max() + ROW) if len(frame) else ROW
    x = alt.Scale(domain=[0, width], nice=False)
    y = alt.Scale(domain=[-ROW * 0.6, height], nice=False, reverse=True)
    at: dict[str, Any] = {
        "x": alt.X("x:Q", scale=x, axis=None), "y": alt.Y("y:Q", scale=y, axis=None)
    }  # fmt: skip
    kinds = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=["schedule", "cancel"], range=[look.categorical[0], look.categorical[1]]
        ),
        legend=None,
    )
    dash = alt.StrokeDash(
        "kind:N",
        scale=alt.Scale(domain=["schedule", "cancel"], range=[[1, 0], [4, 3]]),
        legend=None,
    )
    names = list(SHAPE_OF.values())
    shape = alt.Shape("shape:N", scale=alt.Scale(domain=names, range=names), legend=None)
    tip = [alt.Tooltip("told:N", title="event")]

    def rows(role: str) -> alt.Chart:
        return alt.Chart().transform_filter(f"datum.role == '{role}'")

    arcs: alt.Chart = rows("arc").mark_line(strokeWidth=1.2, strokeOpacity=0.6)
    chart = layered(
        arcs.encode(
            **at, color=kinds, strokeDash=dash, detail=alt.Detail("edge:N"),
            order=alt.Order("order:Q"),
        ),
        rows("head").mark_point(size=34, filled=True, opacity=0.9, shape="triangle-left").encode(
            **at, color=kinds, tooltip=[alt.Tooltip("told:N", title="edge")]
        ),
        rows("node").mark_point(size=52, color=look.text, strokeWidth=1.5).encode(
            **at, shape=shape, tooltip=tip
        ),
        rows("node").mark_text(
            align="left", baseline="middle", dx=11, fontSize=11, color=look.text
        ).encode(**at, text=alt.Text("text:N")),
        rows("group").mark_text(
            align="left", baseline="middle", fontSize=11.5, fontWeight=600, color=look.muted
        ).encode(**at, text=alt.Text("text:N")),
    )  # fmt: skip
    parts = [
        f"{len(model.events)} events", "arc: one schedules another", "dashed: cancels it",
        *(f"{SHAPE_OF[kind].removesuffix('-up')}: {words}" for kind, words in WORD_OF.items()),
        "a toy, no forecast",
    ]  # fmt: skip
    head = title("Event graph", parts, theme, width) if heading else None
    return attached(finished(chart, head, theme, width, height), frame)


def _arc(
    start: float, end: float, left: float, right: float, longest: float, common: dict[str, str]
) -> list[dict[str, object]]:
    """Return the points of an arc between two lines, and its arrow; longer arcs reach further right."""
    span = abs(end - start)
    reach = (right - left) * (0.06 + 0.94 * math.sqrt(span / longest)) if longest else 0.0
    reach = min(reach, right - left) if span else 16.0
    low, high = (start, end) if span else (start - 4, start + 4)
    middle, half = (low + high) / 2, (high - low) / 2
    points: list[dict[str, object]] = []
    for k in range(POINTS + 1):
        angle = math.pi * k / POINTS
        x, y = left + 5 + reach * math.sin(angle), middle - half * math.cos(angle)
        points.append({"role": "arc", "x": x, "y": y, "order": k, **common})
    return [*points, {"role": "head", "x": left + 4, "y": end if span else high, **common}]
