"""The fan: how a quantity runs over time, its median and the bands in which most runs lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sim.ensemble import Ensemble
from sim.model import Model
from sim.reporting.charts.axes import (
    label_gap,
    moment,
    series_bounds,
    series_index,
    series_label,
    span_text,
    spread,
    time_axis,
    trajectories,
)
from sim.reporting.charts.choices import cast, series_goal
from sim.reporting.charts.theme import (
    THEMES,
    WIDE,
    Spec,
    ThemeName,
    as_spec,
    attached,
    colour,
    fill,
    finished,
    layered,
    marks,
    runs_note,
    stroke,
    stroke_dash,
    text_width,
    title,
)
from sim.traces import say

BANDS = "line: median, bands: 50 % and 90 % of runs, day by day"
#: Columns of the data of a fan.
COLUMNS = (
    "role", "scenario", "tone", "stroke", "run", "time", "when", "date",
    "low90", "low50", "median", "high50", "high90", "text", "at",
)  # fmt: skip


def fan_frame(
    ensemble: Ensemble,
    series: str,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: Sequence[str] | None = None,
    samples: int = 0,
    hairlines: Mapping[str, float] | None = None,
    bounds: tuple[float, float] | None = None,
    height: int = 250,
) -> pd.DataFrame:
    """Return the data of a fan, a row per scenario and time; see `fan_chart` for the arguments.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`. `role` tells what a row is for: *focus* (bands and median), *other*
        (median), *sample* (one replication), *hairline* (a moment), *label* (the words at the end of
        a median), *bound* (the bounds of the y axis).
    """
    kept = trajectories(ensemble)
    place = series_index(ensemble, series)
    focus, baseline, shown = cast(ensemble, scenario, baseline, others)
    low, high = bounds or series_bounds(ensemble, series, shown)
    clock = ensemble.experiment.model.clock
    looks = marks(ensemble.scenarios, baseline)
    times = kept.times
    moments = [moment(clock, t) for t in times]
    dates = [d.isoformat() if (d := clock.date(float(t))) else "" for t in times]
    pieces = []
    ends = []
    for name in shown:
        bands = kept.bands[ensemble.scenario_index(name), place]
        look = looks[name]
        columns: dict[str, Any] = {
            "role": "focus" if name == focus else "other",
            "scenario": look.label,
            "tone": look.tone,
            "stroke": look.stroke,
            "run": "",
            "time": times,
            "when": moments,
            "date": dates,
            "median": bands[2],
        }
        if name == focus:
            columns |= {
                "low90": bands[0], "low50": bands[1], "high50": bands[3], "high90": bands[4]
            }  # fmt: skip
        pieces.append(pd.DataFrame(columns))
        ends.append((look, float(bands[2, -1])))
    for number in range(min(samples, kept.samples.shape[1])):
        row = kept.samples[ensemble.scenario_index(focus), number, place]
        if np.isfinite(row).all():
            look = looks[focus]
            path: dict[str, Any] = {"role": "sample", "scenario": look.label, "tone": look.tone}
            path |= {"run": f"run {number}", "time": times, "when": moments, "date": dates}
            pieces.append(pd.DataFrame({**path, "median": row}))
    known = [(look, y) for look, y in ends if np.isfinite(y)]
    raised = spread([y for _, y in known], label_gap((low, high), height), low, high)
    marked = [
        {
            "role": "label", "scenario": look.label, "tone": look.tone, "when": moments[-1],
            "median": y, "at": at, "text": f"{look.label} {say(rounded(y, high - low))}",
        }
        for (look, y), at in zip(known, raised, strict=True)
    ]  # fmt: skip
    marked += [
        {"role": "hairline", "when": moment(clock, t), "time": t, "text": words, "at": high}
        for words, t in (hairlines or {}).items()
        if 0 <= t <= clock.horizon
    ]
    marked += [{"role": "bound", "when": moments[0], "at": y} for y in (low, high)]
    frame = pd.concat([*pieces, pd.DataFrame(marked)], ignore_index=True)
    return frame.reindex(columns=list(COLUMNS))


def fan_spec(
    model: Model,
    series: str,
    *,
    labels: Sequence[str] = (),
    note: str = "",
    theme: ThemeName = "light",
    width: int | None = None,
    height: int = 250,
    heading: bool = True,
) -> Spec:
    """Return the spec of a fan without data: equal arguments, equal spec.

    Parameters
    ----------
    labels
        Names of the scenarios to be drawn, for the room that their labels take.
    width
        Of the whole picture in pixels; None fits the container.
    heading
        Whether it bears a title.
    """
    return as_spec(_fan(model, series, labels, note, theme, width, height, heading, True))


def fan_chart(
    ensemble: Ensemble,
    series: str,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: Sequence[str] | None = None,
    samples: int = 0,
    hairlines: Mapping[str, float] | None = None,
    bounds: tuple[float, float] | None = None,
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 250,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw a series over time: bands of one scenario, the medians of others.

    The bands are pointwise: no single run need follow one of their edges.

    Parameters
    ----------
    scenario
        Whose bands are drawn; by default the first that is not the baseline.
    baseline
        Drawn grey and dashed; by default the first scenario.
    others
        Further scenarios whose medians are drawn; by default all, up to five.
    samples
        Number of single replications drawn faintly.
    hairlines
        Moments marked by a vertical line, by the words on it.

    Raises
    ------
    ExperimentError
        The ensemble holds no series, or a name is unknown.
    """
    frame = fan_frame(
        ensemble, series, scenario=scenario, baseline=baseline, others=others, samples=samples,
        hairlines=hairlines, bounds=bounds, height=height,
    )  # fmt: skip
    texts = [str(t) for t in frame.loc[frame["role"] == "label", "text"]]
    count = int((frame["role"] == "label").sum())
    note = runs_note(trajectories(ensemble).n, count)
    model = ensemble.experiment.model
    chart = _fan(model, series, texts, note, theme, width, height, heading, False)
    return attached(chart, frame)


def _fan(
    model: Model,
    series: str,
    labels: Sequence[str],
    note: str,
    theme: ThemeName,
    width: int | None,
    height: int,
    heading: bool,
    live: bool,
) -> alt.LayerChart:
    look = THEMES[theme]
    label, unit = series_label(model, series)
    room = min(max((text_width(t) for t in labels), default=0.0) + 14, (width or WIDE) * 0.42)
    x = time_axis(model.clock, width, room)
    ticks = max(2, height // 50)

    def y(field: str) -> alt.Y:
        axis = alt.Axis(title=None, tickCount=ticks, domain=False, ticks=False)
        return alt.Y(f"{field}:Q", scale=alt.Scale(zero=False, nice=False), axis=axis)

    base = alt.Chart()
    focus = base.transform_filter("datum.role == 'focus'")
    band: dict[str, Any] = {"x": x, "fill": fill(theme)}
    outer = focus.mark_area(fillOpacity=0.14).encode(y=y("low90"), y2="high90:Q", **band)
    inner = focus.mark_area(fillOpacity=0.3).encode(y=y("low50"), y2="high50:Q", **band)
    paths = (
        base.transform_filter("datum.role == 'sample'")
        .mark_line(strokeWidth=0.7, strokeOpacity=0.45)
        .encode(x=x, y=y("median"), detail="run:N", stroke=stroke(theme))
    )
    medians = (
        base.transform_filter("datum.role == 'other'")
        .mark_line(strokeWidth=1.6)
        .encode(
            x=x, y=y("median"), detail="scenario:N", stroke=stroke(theme), strokeDash=stroke_dash()
        )
    )
    median = (
        base.transform_filter("datum.role == 'focus'")
        .mark_line(strokeWidth=2.6)
        .encode(x=x, y=y("median"), stroke=stroke(theme), strokeDash=stroke_dash())
    )
    moments = base.transform_filter("datum.role == 'hairline'")
    lines = moments.mark_rule(color=look.muted, strokeWidth=1).encode(x=x)
    words = moments.mark_text(align="left", baseline="top", dx=4, fontSize=11, color=look.muted)
    ends = base.transform_filter("datum.role == 'label'")
    end: dict[str, Any] = {"align": "left", "dx": 8, "baseline": "middle", "fontSize": 12}
    layers = [
        outer,
        inner,
        paths,
        medians,
        median,
        lines,
        words.encode(x=x, y=y("at"), text="text:N"),
        ends.mark_text(**end, stroke=look.background, strokeWidth=3).encode(
            x=x, y=y("at"), text="text:N"
        ),
        ends.mark_text(**end, fontWeight=600).encode(
            x=x, y=y("at"), text="text:N", color=colour(theme)
        ),
        base.transform_filter("datum.role == 'bound'").mark_point(opacity=0).encode(x=x, y=y("at")),
    ]
    if live:
        layers.append(
            focus.mark_rule(strokeOpacity=0, strokeWidth=5).encode(x=x, tooltip=_tooltip(model))
        )
    goal = series_goal(model, series)
    parts = [unit, goal, span_text(model.clock), BANDS, note]
    head = title(label, parts, theme, width) if heading else None
    return finished(layered(*layers), head, theme, width, height)


def _tooltip(model: Model) -> list[alt.Tooltip]:
    names = {
        "time": model.clock.unit.capitalize(), "date": "Date", "median": "Median",
        "low50": "25 % of runs below", "high50": "75 % of runs below",
        "low90": "5 % of runs below", "high90": "95 % of runs below",
    }  # fmt: skip
    if model.clock.start is None:
        del names["date"]
    return [
        alt.Tooltip("date:N", title=words)
        if field == "date"
        else alt.Tooltip(f"{field}:Q", title=words, format=".3~g")
        for field, words in names.items()
    ]


def rounded(value: float, span: float) -> float:
    """Return a value without digits that a span of this size does not show."""
    if not span > 0:
        return value
    places = int(np.ceil(2 - np.log10(span)))
    return round(value, places)
