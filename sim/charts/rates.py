"""Event rates: how often each event occurs, week by week or in twenty-six parts of the horizon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sim.charts.axes import moment, time_axis
from sim.charts.labels import word_axis
from sim.charts.theme import (
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
from sim.engine.trace import Trace
from sim.formatting import value_text
from sim.model.clock import DAYS, Clock
from sim.model.naming import family_of
from sim.model.types import Model


def rates_frame(
    traces: Sequence[Trace], model: Model, events: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return mean occurrences per run of each event in each part of the horizon.

    Returns
    -------
    pandas.DataFrame
        `role` *cell*: `label`, `when`, `end`, `rate` (per run and part), `part_of_peak` from 0 to 1;
        *label*: `text`, mean occurrences per run.
    """
    clock = traces[0].clock
    width = bin_width(clock)
    edges = np.append(np.arange(0.0, clock.horizon, width), clock.horizon)
    chosen = list(events or model.events)
    rows: list[dict[str, object]] = []
    for name in chosen:
        happened = (o for trace in traces for o in trace.occurrences)
        times = [o.time for o in happened if name in (o.event, family_of(o.event))]
        if not times:
            continue
        counts = np.histogram(times, edges)[0] / len(traces)
        label = model.events[family_of(name)].label or family_of(name).replace("_", " ")
        label += name[len(family_of(name)) :]
        for left, right, rate in zip(edges[:-1], edges[1:], counts, strict=True):
            rows.append(
                {
                    "role": "cell", "label": label, "when": moment(clock, left),
                    "end": moment(clock, right), "rate": float(rate),
                    "part_of_peak": float(rate / counts.max()),
                }
            )  # fmt: skip
        rows.append(
            {
                "role": "label", "label": label, "when": moment(clock, clock.horizon),
                "text": value_text(float(f"{counts.sum():.2g}")),
            }
        )  # fmt: skip
    columns = ["role", "label", "when", "end", "rate", "part_of_peak", "text"]
    return pd.DataFrame(rows, columns=columns)


def rates_chart(
    traces: Sequence[Trace],
    model: Model,
    events: Sequence[str] | None = None,
    *,
    theme: ThemeName = "light",
    width: int = WIDE,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw how often each event occurs over time, as a strip of cells; events that never occur are left out.

    Parameters
    ----------
    traces
        Replications of one scenario.
    events
        Names; by default all.
    """
    look = THEMES[theme]
    frame = rates_frame(traces, model, events)
    clock = traces[0].clock
    order = list(dict.fromkeys(str(label) for label in frame["label"]))
    limit = min(max((text_width(t, 11) for t in order), default=0.0) * 1.05 + 8, width * 0.5)
    x = time_axis(clock, int(width - limit), 40)
    names = word_axis(order, limit, title=None, ticks=False, domain=False, labelColor=look.text)
    y = alt.Y("label:N", sort=order, axis=names, scale=alt.Scale(paddingInner=0.12))
    ramp = alt.Scale(domain=[0, 1], range=[look.grid, look.sequential[-1]], interpolate="rgb")
    cells = alt.Chart().transform_filter("datum.role == 'cell'")
    counts = alt.Chart().transform_filter("datum.role == 'label'")
    tips: list[Any] = [alt.Tooltip("label:N"), alt.Tooltip("rate:Q", format=".2~g")]
    chart = layered(
        cells.mark_rect(stroke=look.background, strokeWidth=0.5).encode(
            x=x, x2=alt.X2("end:T") if clock.start is not None else "end:Q", y=y,
            fill=alt.Fill("part_of_peak:Q", scale=ramp, legend=None), tooltip=tips,
        ),
        counts.mark_text(align="left", dx=6, fontSize=11, color=look.muted).encode(
            x=x, y=y, text=alt.Text("text:N")
        ),
    )  # fmt: skip
    unit = "week" if DAYS[clock.unit] * bin_width(clock) == 7 else "part of the horizon"
    parts = [
        f"strongest colour: the busiest {unit} of that event", "number: mean per run",
        clock.span, runs_note(len(traces), 1),
    ]  # fmt: skip
    name = traces[0].scenario.replace("_", " ")
    head = (
        title(f"How often events occur in {name}", parts, theme, width, "bounds")
        if heading
        else None
    )
    return attached(finished(chart, head, theme, width, 17 * max(len(order), 1)), frame)


def bin_width(clock: Clock) -> float:
    """Return the width of a cell in time units: a week where the horizon holds 8 to 60, else a 26th."""
    week = 7.0 / DAYS[clock.unit]
    return week if 8 <= clock.horizon / week <= 60 else clock.horizon / 26
