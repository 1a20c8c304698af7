"""The steps of a causal path as small multiples: the difference of each over time, in order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.charts.axes import moment, time_axis
from sim.charts.theme import (
    THEMES,
    WIDE,
    ThemeName,
    attached,
    layered,
    panelled,
    title,
    wrapped,
)
from sim.model.clock import Clock

Floats = npt.NDArray[np.float64]
#: Of one step: its label, the lines below it, and mean and half width of its difference.
Panel = tuple[str, Sequence[str], Floats, Floats]


def path_chart(
    panels: Sequence[Panel],
    heading: str,
    parts: Sequence[str],
    clock: Clock,
    *,
    theme: ThemeName = "light",
    width: int = WIDE,
    height: int = 110,
) -> alt.ConcatChart:
    """Draw a panel per step, in the order of the path; the line at 0 is no difference."""
    columns = max(1, min(3, width // 240))
    each = (width - 24 * (columns - 1)) // columns
    drawn: list[Any] = [
        _panel(panel, i, clock, theme, each, height) for i, panel in enumerate(panels)
    ]
    head = title(heading, parts, theme, width, "bounds")
    return panelled(drawn or [_empty(theme)], columns, head, theme)


def _panel(
    panel: Panel, place: int, clock: Clock, theme: ThemeName, width: int, height: int
) -> alt.LayerChart:
    look = THEMES[theme]
    label, below, mean, half = panel
    times = np.arange(len(mean))
    frame = pd.DataFrame(
        {
            "when": [moment(clock, float(t)) for t in times],
            "mean": mean, "low": mean - half, "high": mean + half,
        }
    )  # fmt: skip
    head = alt.TitleParams(
        text=wrapped(f"{place + 1}  {label}", width, 13), subtitle=[b for b in below if b],
        fontSize=12.5, fontWeight=600, subtitleFontSize=11, anchor="start", color=look.text,
        subtitleColor=look.muted, offset=6,
    )  # fmt: skip
    x = time_axis(clock, width, 0.0)
    y = alt.Y("low:Q", title=None, axis=alt.Axis(tickCount=3, grid=False))
    colour = look.categorical[0]
    base = alt.Chart()
    band: Any = base.mark_area(color=colour, opacity=0.22).encode(x=x, y=y, y2=alt.Y2("high:Q"))
    line: Any = base.mark_line(color=colour, strokeWidth=1.8).encode(x=x, y=alt.Y("mean:Q"))
    zero: Any = base.mark_rule(color=look.muted, strokeDash=[3, 3]).encode(y=alt.datum(0))
    chart = layered(zero, band, line)
    chart.title, chart.width, chart.height = head, width - 48, height
    return attached(chart, frame)


def _empty(theme: ThemeName) -> alt.LayerChart:
    """Return a picture that says that nothing moved."""
    mark: Any = alt.Chart().mark_text(color=THEMES[theme].muted).encode(text=alt.Text("text:N"))
    return attached(layered(mark), pd.DataFrame({"text": ["Nothing moved beyond noise."]}))
