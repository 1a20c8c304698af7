"""Charts of the page as Vega-Lite: a constant spec and the data that change.

A chart whose spec stays the same is updated in place; so axes take their bounds from hidden rows of
the data, and words that change stand beside the chart, not in it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

import sim

Spec = dict[str, Any]
LIGHT = {
    "bands": ("#DCE9F3", "#7DB0D5"),
    "line": "#0B3C66",
    "quiet": "#57606A",
    "ink": "#1B1F24",
    "grid": "#E7E2D8",
    "pair": ("#D37B1E", "#0B5FA5"),
    "hues": ("#0B5FA5", "#D37B1E", "#00A487", "#8E8CC3", "#5F5506", "#8D004D"),
    "shares": ("#DAD5CA", "#B4A98F", "#0B5FA5", "#D37B1E", "#00A487", "#8E8CC3"),
}
DARK = {
    "bands": ("#1C3040", "#3C7BA8"),
    "line": "#D3EAFB",
    "quiet": "#9AA4AE",
    "ink": "#E8E6E1",
    "grid": "#2C343D",
    "pair": ("#AC9500", "#7FB8E6"),
    "hues": ("#7FB8E6", "#AC9500", "#418C69", "#816DFF", "#CECC96", "#D62C97"),
    "shares": ("#2C343D", "#5B6570", "#7FB8E6", "#AC9500", "#418C69", "#816DFF"),
}
DASH = [5, 4]


def palette(dark: bool) -> Mapping[str, Any]:
    """Return the colours of a mode."""
    return DARK if dark else LIGHT


def dates(clock: sim.Clock, times: Iterable[float]) -> list[str]:
    """Return the calendar date of each time, or the time itself without a start date."""
    found = [clock.date(float(t)) for t in times]
    return [d.isoformat() if isinstance(d, datetime.date) else "" for d in found]


def across(clock: sim.Clock, quiet: bool = False) -> Spec:
    """Return the time axis: by date where the model has one."""
    axis: Spec = {"title": None, "grid": False, "tickCount": 4 if quiet else 6, "labelFlush": True}
    if clock.start is None:
        return {"field": "t", "type": "quantitative", "axis": axis | {"title": clock.unit}}
    axis |= {"format": "%d %b"}
    return {"field": "date", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def fan(clock: sim.Clock, dark: bool, height: int, unit: str, labels: bool = True) -> Spec:
    """Return the spec of one fan with the baseline's median dashed."""
    ink = palette(dark)
    x = across(clock, not labels)
    y = {"type": "quantitative", "title": None, "axis": {"tickCount": 4, "gridColor": ink["grid"]}}
    tip = [
        {"field": "when", "type": "nominal", "title": "Day"},
        {"field": "q50", "type": "quantitative", "title": "Median", "format": ".3~g"},
        {"field": "range50", "type": "nominal", "title": "Half of the runs"},
        {"field": "range90", "type": "nominal", "title": "90 in 100 runs"},
        {"field": "base", "type": "quantitative", "title": "Baseline median", "format": ".3~g"},
    ]
    layers: list[Spec] = [
        {
            "mark": {"type": "area", "color": ink["bands"][0]},
            "encoding": {"x": x, "y": {"field": "q05", **y}, "y2": {"field": "q95"}},
        },
        {
            "mark": {"type": "area", "color": ink["bands"][1]},
            "encoding": {"x": x, "y": {"field": "q25", **y}, "y2": {"field": "q75"}},
        },
        {
            "mark": {"type": "line", "color": ink["quiet"], "strokeDash": DASH, "strokeWidth": 1.8},
            "encoding": {"x": x, "y": {"field": "base", **y}},
        },
        {
            "mark": {"type": "line", "color": ink["line"], "strokeWidth": 2.2},
            "encoding": {"x": x, "y": {"field": "q50", **y}},
        },
        {
            "mark": {"type": "point", "opacity": 0},
            "encoding": {"x": x, "y": {"field": "bound", **y}},
        },
        {
            "params": [
                {
                    "name": "hover",
                    "select": {
                        "type": "point",
                        "on": "pointermove",
                        "nearest": True,
                        "encodings": ["x"],
                        "clear": "pointerout",
                    },
                }
            ],
            "mark": {"type": "rule", "color": ink["quiet"]},
            "encoding": {
                "x": x,
                "opacity": {
                    "condition": {"param": "hover", "empty": False, "value": 1},
                    "value": 0,
                },
                "tooltip": tip,
            },
        },
    ]
    if labels:
        for field, colour, text in (("at", "line", "end"), ("base_at", "quiet", "base_end")):
            layers.append(
                {
                    "transform": [{"filter": f"isValid(datum.{text})"}],
                    "mark": {"type": "text", "align": "left", "dx": 6, "color": ink[colour]}
                    | {"fontSize": 12, "fontWeight": 600 if text == "end" else 400},
                    "encoding": {
                        "x": x,
                        "y": {"field": field, **y},
                        "text": {"field": text, "type": "nominal"},
                    },
                }
            )
    return {
        "height": height,
        "layer": layers,
        "padding": {"right": 78 if labels else 8, "left": 4, "top": 6, "bottom": 4},
        "config": {"view": {"stroke": None}},
    }


def fan_data(
    clock: sim.Clock,
    policy: sim.Trajectories,
    baseline: sim.Trajectories | None,
    name: str,
    reach: tuple[float, float] | None = None,
    thin: int = 1,
) -> pd.DataFrame:
    """Return the data of a fan: one row a day, and hidden rows that hold the axis open."""
    bands = policy.bands[0, policy.names.index(name)]
    places = np.unique(np.r_[0 : len(policy.times) : thin, len(policy.times) - 1])
    times = policy.times[places]
    low2, low, median, high, high2 = bands[:, places]
    base = np.full(len(times), np.nan)
    if baseline is not None and name in baseline.names:
        base = baseline.bands[0, baseline.names.index(name), 2][places]
    frame = pd.DataFrame(
        {"t": times, "date": dates(clock, times), "q05": low2, "q25": low, "q50": median}
        | {"q75": high, "q95": high2, "base": base}
    )
    frame["when"] = [
        f"{t:g} · {d}" if d else f"{t:g}" for t, d in zip(times, frame["date"], strict=True)
    ]
    frame["range50"] = [f"{short(a)} to {short(b)}" for a, b in zip(low, high, strict=True)]
    frame["range90"] = [f"{short(a)} to {short(b)}" for a, b in zip(low2, high2, strict=True)]
    frame["bound"] = np.nan
    if reach is not None:
        frame.loc[frame.index[0], "bound"] = reach[0]
        frame.loc[frame.index[-1], "bound"] = reach[1]
    return _ends(frame, reach)


def _ends(frame: pd.DataFrame, reach: tuple[float, float] | None) -> pd.DataFrame:
    """Add the two labels at the right end, apart from each other."""
    here, there = float(frame["q50"].iloc[-1]), float(frame["base"].iloc[-1])
    columns = ["q05", "q95", "base"]
    size = (reach[1] - reach[0]) if reach else float(np.nanmax(frame[columns].to_numpy())) or 1.0
    gap = 0.085 * size
    at, base_at = here, there
    if np.isfinite(there) and abs(here - there) < gap:
        shift = (gap - abs(here - there)) / 2
        at, base_at = (
            (here + shift, there - shift) if here >= there else (here - shift, there + shift)
        )
    for column, value in (("at", at), ("base_at", base_at)):
        frame[column] = np.nan
        frame.loc[frame.index[-1], column] = value
    frame["end"] = pd.Series([None] * len(frame), dtype=object)
    frame["base_end"] = pd.Series([None] * len(frame), dtype=object)
    frame.loc[frame.index[-1], "end"] = short(here)
    if np.isfinite(there):
        frame.loc[frame.index[-1], "base_end"] = f"{short(there)} baseline"
    return frame


def short(value: float) -> str:
    """Return a number of three digits."""
    if not np.isfinite(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")


def shares(clock: sim.Clock, dark: bool, height: int, options: Sequence[str]) -> Spec:
    """Return the spec of shares of runs over time, stacked; the last option lies at the bottom."""
    ink = palette(dark)
    colours = list(ink["shares"][: len(options)])
    return {
        "height": height,
        "layer": [
            {
                "mark": {"type": "area", "line": False},
                "encoding": {
                    "x": across(clock),
                    "y": {
                        "field": "share",
                        "type": "quantitative",
                        "stack": "zero",
                        "scale": {"domain": [0, 100]},
                        "axis": {"title": None, "tickCount": 4, "gridColor": ink["grid"]},
                    },
                    "color": {
                        "field": "option",
                        "type": "nominal",
                        "scale": {"domain": list(options), "range": colours},
                        "legend": {"orient": "top", "title": None},
                    },
                    "order": {"field": "rank", "type": "quantitative", "sort": "descending"},
                    "tooltip": [
                        {"field": "when", "type": "nominal", "title": "Day"},
                        {"field": "option", "type": "nominal", "title": "State"},
                        {
                            "field": "share",
                            "type": "quantitative",
                            "title": "Of 100 runs",
                            "format": ".0f",
                        },
                    ],
                },
            },
            {
                "mark": {
                    "type": "line",
                    "color": ink["ink"],
                    "strokeDash": DASH,
                    "strokeWidth": 1.6,
                },
                "transform": [{"filter": "isValid(datum.base)"}],
                "encoding": {
                    "x": across(clock),
                    "y": {"field": "base", "type": "quantitative"},
                },
            },
        ],
        "padding": {"right": 12, "left": 4, "top": 4, "bottom": 4},
        "config": {"view": {"stroke": None}},
    }


def shares_data(
    clock: sim.Clock,
    policy: sim.Trajectories,
    baseline: sim.Trajectories | None,
    name: str,
    options: Sequence[str],
) -> pd.DataFrame:
    """Return shares of runs in each option; the last option of the baseline as a line."""
    table = policy.shares[name][0]
    when = dates(clock, policy.times)
    parts = []
    for rank, option in enumerate(options):
        base = np.full(len(policy.times), np.nan)
        if baseline is not None and rank == len(options) - 1 and name in baseline.shares:
            base = baseline.shares[name][0, rank] * 100
        parts.append(
            pd.DataFrame(
                {"t": policy.times, "date": when, "option": option, "rank": rank}
                | {"share": table[rank] * 100, "base": base}
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    frame["when"] = [
        f"{t:g} · {d}" if d else f"{t:g}" for t, d in zip(frame["t"], frame["date"], strict=True)
    ]
    return frame
