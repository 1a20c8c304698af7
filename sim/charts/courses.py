"""Values over time: lines with bands, labels at their ends. Fans and incidences are drawn with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.charts.axes import label_gap, moment, spread, time_axis
from sim.charts.labels import told_apart
from sim.charts.theme import (
    SIZE,
    THEMES,
    WIDE,
    Mark,
    ThemeName,
    fill,
    finished,
    ink,
    layered,
    stroke,
    stroke_dash,
    text_width,
)
from sim.formatting import decimal
from sim.model.clock import Clock

#: The part of the picture's width that the words at the ends of lines may take.
END = 0.45
Floats = npt.NDArray[np.float64]
#: Columns of the data.
COLUMNS = (
    "role", "scenario", "tone", "stroke", "run", "time", "when", "date",
    "low90", "low50", "median", "high50", "high90", "text", "at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    """One line over time.

    Attributes
    ----------
    role
        *focus*: a strong line with bands; *other*: a thin line; *sample*: a faint one without a label.
    bands
        Columns of `COLUMNS` from `low90` to `high90` that the bands take, each ``float64[time]``.
    """

    role: Literal["focus", "other", "sample"]
    mark: Mark
    values: Floats
    bands: Mapping[str, Floats]
    label: str = ""


def course_frame(
    courses: Sequence[Course],
    times: Floats,
    clock: Clock,
    bounds: tuple[float, float],
    height: int,
    hairlines: Mapping[str, float] | None = None,
    unit: str = "",
    places: int | None = None,
    width: int | None = WIDE,
    sign: bool = False,
) -> pd.DataFrame:
    """Return the data of lines over time: a row per line and time, then labels, hairlines, bounds.

    `places` are the decimals of the values at the ends; by default what the bounds let one see.
    With `sign` these bear one. Labels are cut to their part of `width`, the whole picture.
    `role` tells what a row is for: *focus*, *other*, *sample* (see `Course`), *hairline* (a moment),
    *label* (the words at the end of a line), *bound* (the bounds of the y axis).
    """
    low, high = bounds
    digits = max(0, int(np.ceil(2 - np.log10(high - low)))) if places is None else places
    moments = [moment(clock, t) for t in times]
    dates = [d.isoformat() if (d := clock.date(float(t))) else "" for t in times]
    pieces = []
    for number, course in enumerate(courses):
        columns: dict[str, Any] = {"role": course.role, "scenario": course.mark.label}
        columns |= {"tone": course.mark.tone, "stroke": course.mark.stroke, "run": f"{number}"}
        columns |= {"time": times, "when": moments, "date": dates, "median": course.values}
        pieces.append(pd.DataFrame({**columns, **course.bands}))
    named = [c for c in courses if c.label and np.isfinite(c.values[-1])]
    ends = [float(c.values[-1]) for c in named]
    values = [f"{_short(y, digits, sign)}{unit}" for y in ends]
    room = END * (width or WIDE) - 24 - max(map(text_width, values), default=0.0)
    shown = told_apart([c.label for c in named], room, SIZE)
    rows: list[dict[str, object]] = [
        {
            "role": "label", "scenario": c.mark.label, "tone": c.mark.tone, "when": moments[-1],
            "median": y, "at": at, "text": f"{shown[c.label]} {value}",
        }
        for c, y, value, at in zip(
            named, ends, values, spread(ends, label_gap(bounds, height), low, high), strict=True
        )
    ]  # fmt: skip
    rows += [
        {"role": "hairline", "when": moment(clock, t), "time": t, "text": words, "at": high}
        for words, t in (hairlines or {}).items()
        if 0 <= t <= clock.horizon
    ]
    rows += [{"role": "bound", "when": moments[0], "at": y} for y in bounds]
    frame = pd.concat([*pieces, pd.DataFrame(rows)], ignore_index=True)
    return frame.reindex(columns=list(COLUMNS))


def _short(value: float, places: int, sign: bool = False) -> str:
    """Return a number with a few decimals, without zeros at its end."""
    text = decimal(value, places, sign)
    return text.rstrip("0").rstrip(".") if "." in text else text


def end_texts(frame: pd.DataFrame) -> list[str]:
    """Return the words at the ends of the lines of a frame."""
    return [str(t) for t in frame.loc[frame["role"] == "label", "text"]]


def course_chart(
    clock: Clock,
    head: alt.TitleParams | None,
    labels: Sequence[str],
    theme: ThemeName,
    width: int | None,
    height: int,
    tips: Mapping[str, str] | None = None,
    step: bool = False,
) -> alt.LayerChart:
    """Return the layers without data.

    Parameters
    ----------
    labels
        The words at the ends of the lines, for the room that they take.
    tips
        Words for columns of `COLUMNS`; a hint with them follows the pointer. None: no hints.
    step
        Whether values hold until the next time.
    """
    look = THEMES[theme]
    room = max((text_width(t) for t in labels), default=-14.0) * 1.06 + 14
    x = time_axis(clock, width, min(room, (width or WIDE) * END))
    along: Any = "step-after" if step else "linear"

    def y(field: str) -> alt.Y:
        axis = alt.Axis(title=None, tickCount=max(2, height // 50), domain=False, ticks=False)
        return alt.Y(f"{field}:Q", scale=alt.Scale(zero=False, nice=False), axis=axis)

    def rows(role: str) -> alt.Chart:
        return alt.Chart().transform_filter(f"datum.role == '{role}'")

    def band(opacity: float, level: int) -> alt.Chart:
        area: Any = rows("focus").mark_area(fillOpacity=opacity, interpolate=along)
        found: alt.Chart = area.encode(
            x=x, y=y(f"low{level}"), y2=alt.Y2(f"high{level}:Q"), fill=fill(theme)
        )
        return found

    def line(role: str, thick: float, opacity: float = 1.0) -> alt.Chart:
        mark: alt.Chart = rows(role).mark_line(
            strokeWidth=thick, strokeOpacity=opacity, interpolate=along, clip=True
        )
        drawn: dict[str, Any] = {"stroke": stroke(theme), "strokeDash": stroke_dash()}
        found: alt.Chart = mark.encode(x=x, y=y("median"), detail=alt.Detail("run:N"), **drawn)
        return found

    hair, ends = rows("hairline"), rows("label")
    words = hair.mark_text(align="left", baseline="top", dx=4, fontSize=11, color=look.muted)
    end: dict[str, Any] = {"align": "left", "dx": 8, "baseline": "middle", "fontSize": 12}
    at: dict[str, Any] = {"x": x, "y": y("at"), "text": alt.Text("text:N")}
    halo = ends.mark_text(**end, stroke=look.background, strokeWidth=3)
    layers = [
        band(0.14, 90),
        band(0.3, 50),
        line("sample", 0.7, 0.45),
        line("other", 1.6),
        line("focus", 2.6),
        hair.mark_rule(color=look.muted, strokeWidth=1).encode(x=x),
        words.encode(**at),
        halo.encode(**at),
        ends.mark_text(**end, fontWeight=600).encode(**at, color=ink(theme, alt.Color)),
        rows("bound").mark_point(opacity=0, color=look.muted).encode(x=x, y=y("at")),
    ]
    if tips is not None:
        hint = rows("focus").mark_rule(strokeOpacity=0, strokeWidth=5)
        layers.append(hint.encode(x=x, tooltip=[_tip(field, text) for field, text in tips.items()]))
    return finished(layered(*layers), head, theme, width, height)


def _tip(field: str, words: str) -> alt.Tooltip:
    if field == "date":
        return alt.Tooltip("date:N", title=words)
    return alt.Tooltip(f"{field}:Q", title=words, format=".3~g")
