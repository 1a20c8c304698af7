"""Shares: how often a state stands at each of its options, over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sim.ensemble import Ensemble
from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.reporting.charts.axes import moment, span_text, spread, time_axis, trajectories
from sim.reporting.charts.theme import (
    SIZE,
    THEMES,
    WIDE,
    ThemeName,
    attached,
    finished,
    layered,
    runs_note,
    text_width,
    title,
)

#: More options than this are not told apart by colour.
MAX_OPTIONS = 8


def share_states(ensemble: Ensemble) -> tuple[str, ...]:
    """Return the states whose options can be drawn."""
    return tuple(trajectories(ensemble).shares)


def shares_frame(
    ensemble: Ensemble, state: str | None = None, *, scenario: str | None = None, height: int = 220
) -> pd.DataFrame:
    """Return the data of a chart of shares.

    Returns
    -------
    pandas.DataFrame
        Columns `role` (*area*, *label*), `option`, `rank` (the place of its colour), `time`, `when`,
        `date`, `low` and `high` (percent), `text`, `at`.
    """
    name = _state(ensemble, state)
    kept = trajectories(ensemble)
    clock = ensemble.experiment.model.clock
    options = ensemble.experiment.model.state[name].type.options
    data = kept.shares[name][ensemble.scenario_index(scenario or ensemble.scenarios[0])]
    ever = [i for i in range(len(options)) if np.nanmax(data[i], initial=0.0) > 0]
    tops = 100.0 * np.cumsum(data, axis=0)
    moments = [moment(clock, t) for t in kept.times]
    dates = [d.isoformat() if (d := clock.date(float(t))) else "" for t in kept.times]
    pieces: list[pd.DataFrame] = []
    for i in ever:
        columns: dict[str, Any] = {"role": "area", "option": options[i].replace("_", " ")}
        columns |= {"rank": f"o{min(i, MAX_OPTIONS - 1)}", "time": kept.times, "when": moments}
        columns |= {"date": dates, "high": tops[i], "low": tops[i] - 100.0 * data[i]}
        pieces.append(pd.DataFrame(columns))
    ends = [float(tops[i, -1] - 50.0 * data[i, -1]) for i in ever]
    places = spread(ends, 100.0 * (SIZE + 3) / height, 0.0, 100.0)
    labels = [
        {
            "role": "label", "option": options[i].replace("_", " "), "when": moments[-1],
            "at": at, "text": f"{options[i].replace('_', ' ')} {100 * data[i, -1]:.0f} %",
        }
        for i, at in zip(ever, places, strict=True)
    ]  # fmt: skip
    return pd.concat([*pieces, pd.DataFrame(labels)], ignore_index=True)


def shares_chart(
    ensemble: Ensemble,
    state: str | None = None,
    *,
    scenario: str | None = None,
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 220,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw the share of runs in which a state stands at each of its options, over time.

    Parameters
    ----------
    state
        A state with options; by default the first.
    scenario
        By default the first.

    Raises
    ------
    ExperimentError
        A name is unknown, or the ensemble holds no series.
    """
    name = _state(ensemble, state)
    chosen = scenario or ensemble.scenarios[0]
    frame = shares_frame(ensemble, name, scenario=chosen, height=height)
    model = ensemble.experiment.model
    texts = [str(t) for t in frame.loc[frame["role"] == "label", "text"]]
    parts = [
        f"% of runs of {chosen.replace('_', ' ')}, day by day", span_text(model.clock),
        runs_note(trajectories(ensemble).n, 1),
    ]  # fmt: skip
    label = model.state[name].label or name.replace("_", " ").capitalize()
    head = title(label, parts, theme, width) if heading else None
    look = THEMES[theme]
    room = max((text_width(t) for t in texts), default=0.0) + 14
    x = time_axis(model.clock, width, min(room, (width or WIDE) * 0.45))
    axis = alt.Axis(title=None, values=[0, 50, 100], domain=False, ticks=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, 100]), axis=axis)

    scale = alt.Scale(domain=[f"o{i}" for i in range(MAX_OPTIONS)], range=option_colours(theme))
    areas = alt.Chart().transform_filter("datum.role == 'area'")
    ends = alt.Chart().transform_filter("datum.role == 'label'")
    chart = layered(
        areas.mark_area(stroke=look.background, strokeWidth=0.7).encode(
            x=x, y=y("low"), y2="high:Q", fill=alt.Fill("rank:N", scale=scale, legend=None)
        ),
        ends.mark_text(align="left", dx=8, baseline="middle", color=look.text).encode(
            x=x, y=y("at"), text="text:N"
        ),
    )
    return attached(finished(chart, head, theme, width, height), frame)


def option_colours(theme: ThemeName) -> list[str]:
    """Return the colours of options: quiet for the first, then one hue and two more."""
    look = THEMES[theme]
    faint, pale, middle, strong = look.sequential
    return [look.border, pale, strong, middle, look.categorical[1], look.categorical[2], faint,
            look.muted]  # fmt: skip


def _state(ensemble: Ensemble, name: str | None) -> str:
    known: Sequence[str] = share_states(ensemble)
    if name is None and known:
        return known[0]
    if name is None or name not in known:
        words = f"'{name}' is not a state with options" if name else "no state has options"
        raise ExperimentError(
            Diagnostic("unknown-series", words, None, did_you_mean(name or "", known))
        )
    return name
