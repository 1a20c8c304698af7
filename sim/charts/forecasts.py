"""Forecasts against what happened: their ranges, the histogram of ranks, and what rules futures out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt

from sim.charts.rankings import ROW, Rows, composed, row_axis
from sim.charts.theme import THEMES, WIDE, ThemeName


def forecast_ranges(
    rows: Rows, heading: str, parts: Sequence[str], *, theme: ThemeName = "light", width: int = WIDE
) -> alt.LayerChart:
    """Draw the ranges of forecasts around what happened, which is 0.

    Parameters
    ----------
    rows
        Records of *target*, *low* and *high*, *first* and *third* quartile, *mean*, and *inside*
        (yes or no).
    """
    look = THEMES[theme]
    base = alt.Chart()
    scale = alt.Scale(domain=["yes", "no"], range=[look.categorical[0], look.categorical[1]])
    y, tone = row_axis("target", rows, width), alt.Color("inside:N", scale=scale, legend=None)
    marks = [-1, -0.5, 0, 0.5, 1, 2, 5, 10, 20, 50, 100]
    x = alt.X("low:Q", title=None, axis=alt.Axis(values=marks, format="+~g"))
    x = x.scale(type="symlog", constant=0.5)
    layers = (
        base.mark_rule(color=look.text).encode(x=alt.datum(0)),
        base.mark_rule(strokeWidth=1.6).encode(x=x, x2=alt.X2("high:Q"), y=y, color=tone),
        base.mark_rule(strokeWidth=5, opacity=0.45).encode(
            x=alt.X("first:Q", title=None), x2=alt.X2("third:Q"), y=y, color=tone
        ),
        base.mark_point(size=30, filled=True, opacity=1).encode(
            x=alt.X("mean:Q", title=None), y=y, color=tone, tooltip=["target:N", "mean:Q"]
        ),
    )
    return composed(layers, rows, heading, parts, theme, width, ROW * len(rows))


def rank_bars(
    shares: Sequence[float],
    count: int,
    heading: str,
    parts: Sequence[str],
    *,
    theme: ThemeName = "light",
    width: int = WIDE,
) -> alt.LayerChart:
    """Draw a histogram of probability integral transforms, with the band that chance allows a flat one.

    Parameters
    ----------
    shares
        Of the forecasts in each bin.
    count
        Number of forecasts; the band holds 95 % of binomial counts, bin by bin.
    """
    from scipy.stats import binom

    look, bins = THEMES[theme], len(shares)
    low, high = (float(x) for x in binom.ppf([0.025, 0.975], count, 1 / bins))
    rows = [
        {"from": i / bins, "to": (i + 1) / bins, "count": share * count, "zero": 0.0}
        for i, share in enumerate(shares)
    ]
    base = alt.Chart()
    once = base.transform_filter("datum.from == 0")
    x = alt.X("from:Q", title="where it lay in the forecast", axis=alt.Axis(format="%"))
    x = x.scale(domain=[0, 1])
    layers = (
        once.mark_rect(color=look.grid).encode(
            x=alt.datum(0), x2=alt.datum(1), y=alt.datum(low), y2=alt.datum(high)
        ),
        base.mark_rect(color=look.categorical[0], stroke=look.background).encode(
            x=x, x2=alt.X2("to:Q"), y=alt.Y("count:Q", title="figures"), y2=alt.Y2("zero:Q"),
            tooltip=["from:Q", "to:Q", "count:Q"],
        ),
        once.mark_rule(color=look.text, strokeDash=[4, 3]).encode(y=alt.datum(count / bins)),
    )  # fmt: skip
    return composed(layers, rows, heading, parts, theme, width, 220)


def exclusion_bars(
    rows: Rows, heading: str, parts: Sequence[str], *, theme: ThemeName = "light", width: int = WIDE
) -> alt.LayerChart:
    """Draw the share of futures that each target rules out, and what it alone rules out.

    Parameters
    ----------
    rows
        Records of *target*, *excluded* and *alone*, shares from 0 to 1.
    """
    look = THEMES[theme]
    base = alt.Chart()
    y = row_axis("target", rows, width)
    top = math.ceil(max([10 * float(row["excluded"]) for row in rows], default=1.0) or 1.0) / 10
    x = alt.X("excluded:Q", title=None, axis=alt.Axis(format="%", tickCount=6))
    x = x.scale(domain=[0, top])
    layers = (
        base.mark_bar(height=ROW * 0.6, color=look.categorical[0], opacity=0.4).encode(
            x=x, y=y, tooltip=["target:N", "excluded:Q", "alone:Q"]
        ),
        base.mark_bar(height=ROW * 0.6, color=look.categorical[0]).encode(
            x=alt.X("alone:Q", title=None), y=y
        ),
    )
    return composed(layers, rows, heading, parts, theme, width, ROW * len(rows))
