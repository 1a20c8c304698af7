"""One run on a time axis: a lane for each group of events, a mark for each occurrence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

import sim
from ui import figures

#: Events that occur more often than this in a run are left out at first.
FREQUENT = 12
SHAPES = {
    "at": "square",
    "every": "circle",
    "when": "diamond",
    "rate": "circle",
    "none": "triangle-up",
}
MEANING = {
    "at": "at a set time",
    "every": "again and again",
    "when": "when a condition turns true",
    "rate": "by chance, at a rate",
    "none": "because another event brought it about",
}


def rare(trace: sim.Trace) -> list[str]:
    """Return the events that occur seldom enough to be told one by one."""
    count = Counter(o.event for o in trace.occurrences)
    return [name for name, times in count.items() if times <= FREQUENT]


def rarest(trace: sim.Trace, limit: int = 3) -> list[str]:
    """Return the events that occur least often, if at all."""
    count = Counter(o.event for o in trace.occurrences)
    return [name for name, _ in sorted(count.items(), key=lambda pair: pair[1])[:limit]]


def lane_of(model: sim.Model, event: str) -> str:
    """Return the lane of an event: its group."""
    return (model.events[event].group if event in model.events else "") or "Events"


def draw(
    model: sim.Model, traces: Sequence[sim.Trace], events: Sequence[str], split: float | None
) -> None:
    """Draw the occurrences of some events; of two traces, the second (the baseline) hollow.

    `split` is the time at which the two part.
    """
    clock = model.clock
    rows = []
    for number, trace in enumerate(traces):
        for occurrence in trace.occurrences:
            if occurrence.event not in events:
                continue
            event = model.events.get(occurrence.event)
            rows.append(
                {
                    "time": occurrence.time,
                    "date": occurrence.date.isoformat() if occurrence.date else "",
                    "lane": lane_of(model, occurrence.event),
                    "label": occurrence.label,
                    "text": occurrence.text or occurrence.label,
                    "kind": MEANING[event.trigger] if event else "",
                    "run": "this setting" if number == 0 else "baseline",
                }
            )
    if not rows:
        return
    lanes = list(dict.fromkeys(lane_of(model, name) for name in model.events))
    shown = [lane for lane in lanes if any(row["lane"] == lane for row in rows)]
    figures.still(
        _spec(clock, rows, shown, split, len(traces) > 1), "timeline", "Events of one run by date"
    )


def _spec(
    clock: sim.Clock, rows: list[dict[str, Any]], lanes: list[str], split: float | None, two: bool
) -> figures.Spec:
    dark = figures.mode() == "dark"
    ink, muted = ("#E8E6E1", "#9AA4AE") if dark else ("#1B1F24", "#57606A")
    grid, page = ("#28303A", "#12161B") if dark else ("#E7E2D8", "#FBFAF7")
    hue = "#7FB8E6" if dark else "#0B5FA5"
    frame = pd.DataFrame(rows)
    dated = clock.start is not None
    x: dict[str, Any] = {"field": "time", "type": "quantitative", "title": clock.unit}
    x["scale"] = {"domain": [0, clock.horizon]}
    if dated:
        first, last = clock.date(0), clock.date(clock.horizon)
        assert first is not None and last is not None
        x = {"field": "date", "type": "temporal", "title": None, "axis": {"format": "%-d %b"}}
        x["scale"] = {"type": "utc", "domain": [first.isoformat(), last.isoformat()]}
    x["axis"] = {**x.get("axis", {}), "gridColor": grid, "tickCount": 8}
    y = {
        "field": "lane", "type": "nominal", "scale": {"domain": lanes},
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 150, "grid": True},
    }  # fmt: skip
    tips = {
        "date": "Date",
        "time": clock.unit.capitalize(),
        "label": "Event",
        "text": "What happened",
    }
    tips |= {"kind": "Comes about", "run": "Run"}
    tooltip = [{"field": f, "title": t, "type": "nominal"} for f, t in tips.items()]
    layers: list[dict[str, Any]] = []
    if split is not None:
        when = clock.date(split)
        at = {"date": when.isoformat()} if dated and when else {"time": split}
        layers.append(
            {
                "data": {"values": [at]},
                "mark": {"type": "rule", "color": ink, "strokeDash": [4, 3]},
                "encoding": {"x": {k: v for k, v in x.items() if k != "axis"}},
            }
        )
    for name, mark in (
        (
            "baseline",
            {"filled": False, "color": muted, "shape": "diamond", "yOffset": 8 if two else 0},
        ),
        (
            "this setting",
            {"filled": True, "color": hue, "shape": "circle", "yOffset": -5 if two else 0},
        ),
    ):
        layers.append(
            {
                "transform": [{"filter": f"datum.run == '{name}'"}],
                "mark": {"type": "point", "size": 70, "opacity": 0.85} | mark,
                "encoding": {"x": x, "y": y, "tooltip": tooltip},
            }
        )
    return {
        "width": 980,
        "height": {"step": 38},
        "data": {"values": frame.to_dict("records")},
        "layer": layers,
        "config": {
            "background": page,
            "view": {"stroke": None},
            "axis": {"labelColor": ink, "titleColor": muted, "gridColor": grid, "labelFontSize": 12}
            | {"domainColor": grid, "tickColor": grid},
        },
    }
