"""Shares: how often a state stands at each of its options, over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sim.charts.axes import base_note, moment, spread, time_axis, trajectories
from sim.charts.choices import cast, main_state
from sim.charts.theme import (
    SIZE,
    THEMES,
    WIDE,
    Spec,
    ThemeName,
    as_spec,
    attached,
    finished,
    layered,
    text_width,
    title,
)
from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.execution.ensemble import Ensemble
from sim.formatting import decimal
from sim.model.types import Model
from sim.study.families import refuse_family

#: More options than this are not told apart by colour.
MAX_OPTIONS = 8


def share_states(ensemble: Ensemble) -> tuple[str, ...]:
    """Return the states whose options can be drawn."""
    return tuple(trajectories(ensemble).shares)


def shares_frame(
    ensemble: Ensemble,
    state: str | None = None,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    height: int = 220,
) -> pd.DataFrame:
    """Return the data of a chart of shares, the last option at the bottom.

    Returns
    -------
    pandas.DataFrame
        Columns `role` (*area*, *line*: the share of the last option in the baseline, *label*), `option`,
        `rank` (the place of its colour), `time`, `when`, `date`, `low`, `high` and `share` (percent),
        `text`, `at`.
    """
    name = _state(ensemble, state)
    kept = trajectories(ensemble)
    clock = ensemble.experiment.model.clock
    words = [
        option.replace("_", " ") for option in ensemble.experiment.model.state[name].type.options
    ]
    data = 100.0 * kept.shares[name][ensemble.scenario_index(scenario or ensemble.scenarios[0])]
    ever = [i for i in range(len(words)) if np.nanmax(data[i], initial=0.0) > 0]
    tops = np.cumsum(data[::-1], axis=0)[::-1]
    moments = [moment(clock, t) for t in kept.times]
    dates = [d.isoformat() if (d := clock.date(float(t))) else "" for t in kept.times]
    pieces: list[pd.DataFrame] = []
    for i in ever:
        columns: dict[str, Any] = {"role": "area", "option": words[i]}
        columns |= {"rank": f"o{min(i, MAX_OPTIONS - 1)}", "time": kept.times, "when": moments}
        columns |= {"date": dates, "high": tops[i], "low": tops[i] - data[i], "share": data[i]}
        pieces.append(pd.DataFrame(columns))
    if baseline is not None:
        last = 100.0 * kept.shares[name][ensemble.scenario_index(baseline), -1]
        pieces.append(pd.DataFrame({"role": "line", "when": moments, "at": last}))
    ends = [float(tops[i, -1] - 0.5 * data[i, -1]) for i in ever]
    places = spread(ends, 100.0 * (SIZE + 3) / height, 0.0, 100.0)
    labels = [
        {
            "role": "label", "option": words[i], "when": moments[-1], "at": at,
            "text": f"{words[i]} {decimal(data[i, -1], 0)} %",
        }
        for i, at in zip(ever, places, strict=True)
    ]  # fmt: skip
    return pd.concat([*pieces, pd.DataFrame(labels)], ignore_index=True)


def shares_spec(
    model: Model,
    state: str,
    *,
    theme: ThemeName = "light",
    width: int | None = None,
    height: int = 220,
) -> Spec:
    """Return the spec of a chart of shares without data or heading: equal arguments, equal spec."""
    options = model.state[state].type.options
    labels = [f"{option.replace('_', ' ')} 100 %" for option in options]
    return as_spec(_layers(model, None, labels, theme, width, height))


def shares_chart(
    ensemble: Ensemble,
    state: str | None = None,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 220,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw the share of runs in which a state stands at each of its options, over time.

    Parameters
    ----------
    state
        A state with options; by default the one that most of the model asks about.
    scenario
        By default the first besides the baseline.
    baseline
        Its share of the last option is a dashed line; by default there is none.

    Raises
    ------
    ExperimentError
        A name is unknown, or the ensemble holds no series.
    """
    name = _state(ensemble, state)
    chosen, _, _ = cast(ensemble, scenario, baseline, ())
    baseline = None if baseline == chosen else baseline
    frame = shares_frame(ensemble, name, scenario=chosen, baseline=baseline, height=height)
    model = ensemble.experiment.model
    last = model.state[name].type.options[-1].replace("_", " ")
    parts = [
        f"% of runs of {chosen.replace('_', ' ')}, day by day", model.clock.span,
        f"dashed: {last} in {baseline.replace('_', ' ')}" if baseline else "",
        base_note(ensemble, trajectories(ensemble).n, 1),
    ]  # fmt: skip
    label = model.state[name].label or name.replace("_", " ").capitalize()
    head = title(label, parts, theme, width) if heading else None
    texts = [str(t) for t in frame.loc[frame["role"] == "label", "text"]]
    return attached(_layers(model, head, texts, theme, width, height), frame)


def _layers(
    model: Model,
    head: alt.TitleParams | None,
    labels: Sequence[str],
    theme: ThemeName,
    width: int | None,
    height: int,
) -> alt.LayerChart:
    """Return the layers without data; `labels` decide the room at the right."""
    look = THEMES[theme]
    room = max((text_width(t) for t in labels), default=0.0) + 14
    x = time_axis(model.clock, width, min(room, (width or WIDE) * 0.45))
    axis = alt.Axis(title=None, values=[0, 50, 100], domain=False, ticks=False)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", scale=alt.Scale(domain=[0, 100]), axis=axis)

    def rows(role: str) -> alt.Chart:
        return alt.Chart().transform_filter(f"datum.role == '{role}'")

    scale = alt.Scale(domain=[f"o{i}" for i in range(MAX_OPTIONS)], range=option_colours(theme))
    tips = [
        alt.Tooltip("option:N", title="State"),
        alt.Tooltip("share:Q", title="% of runs", format=".1f"),
        alt.Tooltip("time:Q", title=model.clock.unit.capitalize()),
    ]
    tips += [alt.Tooltip("date:N", title="Date")] if model.clock.start else []
    halos: list[dict[str, Any]] = [{"stroke": look.background, "strokeWidth": 3}, {}]
    line: Any = rows("line").mark_line(color=look.text, strokeDash=[6, 4], strokeWidth=1.6)
    chart = layered(
        rows("area")
        .mark_area(stroke=look.background, strokeWidth=0.7)
        .encode(
            x=x,
            y=y("low"),
            y2=alt.Y2("high:Q"),
            fill=alt.Fill("rank:N", scale=scale, legend=None),
            tooltip=tips,
        ),
        line.encode(x=x, y=y("at")),
        *(
            rows("label")
            .mark_text(align="left", dx=8, baseline="middle", color=look.text, **halo)
            .encode(x=x, y=y("at"), text=alt.Text("text:N"))
            for halo in halos
        ),
    )
    return finished(chart, head, theme, width, height)


def option_colours(theme: ThemeName) -> list[str]:
    """Return the colours of options: quiet for the first, then one hue and two more."""
    look = THEMES[theme]
    faint, pale, middle, strong = look.sequential
    return [look.border, pale, strong, middle, look.categorical[1], look.categorical[2], faint,
            look.muted]  # fmt: skip


def _state(ensemble: Ensemble, name: str | None) -> str:
    known: Sequence[str] = share_states(ensemble)
    if name is None and known:
        usual = main_state(ensemble.experiment.model)
        return usual if usual in known else known[0]
    if name is not None:
        refuse_family(ensemble.experiment.model, name, known, "unknown-series")
    if name is None or name not in known:
        words = f"'{name}' is not a state with options" if name else "no state has options"
        raise ExperimentError(
            Diagnostic("unknown-series", words, None, did_you_mean(name or "", known))
        )
    return name
