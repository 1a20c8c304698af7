"""Bars and points in rows: rankings, tornadoes and waterfalls; pale marks are within chance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from sim.charts.labels import word_axis
from sim.charts.theme import THEMES, WIDE, Theme, ThemeName, attached, finished, layered, title

Rows = Sequence[dict[str, Any]]
#: Pixels of a row, and rows drawn of a long ranking.
ROW, DRAWN = 22, 20
#: A chart narrower than this leaves less room for the labels of its bars.
NARROWER = 500


def composed(
    layers: Sequence[alt.Chart | alt.LayerChart], rows: Rows, heading: str, parts: Sequence[str],
    theme: ThemeName, width: int, height: int,
) -> alt.LayerChart:  # fmt: skip
    """Return layers as a chart with its data, size, title and theme."""
    head = title(heading, [part for part in parts if part], theme, width, "bounds")
    chart = finished(layered(*layers), head, theme, width, height)
    return attached(chart, pd.DataFrame(list(rows)))


def row_axis(field: str, rows: Rows, width: int) -> alt.Y:
    """Return the axis of the rows, in the order of the data."""
    order = list(dict.fromkeys(str(row[field]) for row in rows))
    axis = word_axis(order, min(260, int(0.45 * width)), ticks=False)
    return alt.Y(f"{field}:N", sort=order, title=None, axis=axis)


def ranking_chart(
    rows: Rows, heading: str, parts: Sequence[str], *, theme: ThemeName = "light", width: int = WIDE
) -> alt.LayerChart:
    """Draw a ranking of inputs, each with its interval.

    Parameters
    ----------
    rows
        Records of *input*, *part* (total or first), *mean*, *low*, *high* and *seen* (yes or no).
    """
    look = THEMES[theme]
    base = alt.Chart()
    scale = alt.Scale(domain=["yes", "no"], range=[look.categorical[0], look.muted])
    sides = alt.Scale(domain=["total", "first"], range=[1.0, 0.0])
    many = len({row["part"] for row in rows}) > 1
    shared: dict[str, Any] = {
        "y": row_axis("input", rows, width),
        "color": alt.Color("seen:N", scale=scale, legend=None),
    }
    if many:
        shared["yOffset"] = alt.YOffset("part:N", scale=alt.Scale(domain=["total", "first"]))
    layers = (
        base.mark_rule(color=look.border).encode(x=alt.datum(0)),
        base.mark_rule(strokeWidth=1.6).encode(x=alt.X("low:Q", title=None), x2=alt.X2("high:Q"), **shared),
        base.mark_point(size=45, filled=False, strokeWidth=1.5).encode(
            x=alt.X("mean:Q", title=None, axis=alt.Axis(tickCount=6)),
            fill=alt.Fill("seen:N", scale=scale, legend=None),
            fillOpacity=alt.FillOpacity("part:N", scale=sides, legend=None), **shared,
        ),
    )  # fmt: skip
    count = len({row["input"] for row in rows})
    return composed(layers, rows, heading, parts, theme, width, ROW * (1 + many) * count)


def tornado_bars(
    rows: Rows, band: float, heading: str, parts: Sequence[str], *, theme: ThemeName = "light",
    width: int = WIDE,
) -> alt.LayerChart:  # fmt: skip
    """Draw a tornado: per input the differences at its ends, and the noise band behind.

    Parameters
    ----------
    rows
        Records of *input*, *end* (its text), *side* (up or down), *mean*, *low*, *high* and *seen*.
    band
        Half width of the noise band.
    """
    look = THEMES[theme]
    data = [
        row | {"zero": 0.0, "direction": "left" if row["mean"] < 0 else "right"}
        | {"first": "no" if i else "yes"}
        for i, row in enumerate(rows)
    ]  # fmt: skip
    base = alt.Chart()
    once = base.transform_filter("datum.first == 'yes'")
    y = row_axis("input", rows, width)
    offset = alt.YOffset("side:N", scale=alt.Scale(domain=["up", "down"]))
    room = alt.Scale(padding=70 if width > NARROWER else 30)
    sides = alt.Scale(domain=["up", "down"], range=list(look.categorical[:2]))
    faint = alt.Scale(domain=["yes", "no"], range=[0.9, 0.3])
    layers = (
        once.mark_rect(color=look.grid).encode(x=alt.datum(-band), x2=alt.datum(band)),
        base.mark_bar(height=ROW * 0.42).encode(
            x=alt.X("mean:Q", title=None, scale=room), x2=alt.X2("zero:Q"), y=y, yOffset=offset,
            color=alt.Color("side:N", scale=sides, legend=None),
            opacity=alt.Opacity("seen:N", scale=faint, legend=None),
            tooltip=["input:N", "end:N", "mean:Q", "low:Q", "high:Q"],
        ),
        base.mark_rule(color=look.text).encode(
            x=alt.X("low:Q", title=None), x2=alt.X2("high:Q"), y=y, yOffset=offset
        ),
        once.mark_rule(color=look.text).encode(x=alt.datum(0)),
        *(_ends(base, left, y, offset, look) for left in (True, False)),
    )  # fmt: skip
    height = 2 * ROW * max(len({row["input"] for row in rows}), 1)
    return composed(layers, data, heading, parts, theme, width, height)


def _ends(base: alt.Chart, left: bool, y: alt.Y, offset: alt.YOffset, look: Theme) -> alt.Chart:
    """Return the values of the inputs at the ends of the bars that go one way."""
    side: Any = base.transform_filter(
        f"datum.direction == '{'left' if left else 'right'}'"
    ).mark_text(
        align="right" if left else "left", dx=-4 if left else 4, fontSize=10, color=look.muted
    )
    x = alt.X("low:Q" if left else "high:Q", title=None)
    found: alt.Chart = side.encode(x=x, y=y, yOffset=offset, text=alt.Text("end:N"))
    return found


def waterfall_bars(
    rows: Rows, heading: str, parts: Sequence[str], *, theme: ThemeName = "light", width: int = WIDE
) -> alt.LayerChart:
    """Draw how contributions lead from one total to another.

    Parameters
    ----------
    rows
        Records of *part*, *begin*, *end*, *low*, *high* and *kind* (total, up, down or unseen).
    """
    look = THEMES[theme]
    base = alt.Chart()
    y = row_axis("part", rows, width)
    tones = alt.Scale(
        domain=["total", "up", "down", "unseen"],
        range=[look.muted, *look.categorical[:2], look.border],
    )
    layers = (
        base.mark_bar(height=ROW * 0.6).encode(
            x=alt.X("begin:Q", title=None, scale=alt.Scale(zero=True)), x2=alt.X2("end:Q"), y=y,
            color=alt.Color("kind:N", scale=tones, legend=None),
        ),
        base.mark_rule(color=look.text).encode(x=alt.X("low:Q", title=None), x2=alt.X2("high:Q"), y=y),
    )  # fmt: skip
    return composed(layers, rows, heading, parts, theme, width, int(1.4 * ROW * len(rows)))
