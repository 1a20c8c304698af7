"""An outcome over one lever as a line, over two as a heat map, and settings as points of a plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.labels import word_axis
from sim.charts.rankings import Rows, composed
from sim.charts.theme import THEMES, WIDE, ThemeName

Band = tuple[float, float, float]


def line_chart(
    rows: Rows, lever: str, heading: str, parts: Sequence[str], *, worded: bool = False,
    bands: Sequence[Band] = (), theme: ThemeName = "light", width: int = WIDE,
) -> alt.LayerChart:  # fmt: skip
    """Draw an outcome with its interval over one lever.

    Parameters
    ----------
    rows
        Records of *x*, *mean*, *low* and *high*.
    worded
        Whether x is a word, without an order of its own.
    bands
        Low end, middle and high end of places to mark on x.
    """
    look = THEMES[theme]
    data = [row | {"first": "no" if i else "yes"} for i, row in enumerate(rows)]
    base = alt.Chart()
    free = alt.Scale(zero=False)
    given: dict[str, Any] = {"sort": [row["x"] for row in rows]} if worded else {"scale": free}
    words = [str(row["x"]) for row in rows] if worded else []
    axis = word_axis(words, 0.85 * width / max(1, len(words)), labelAngle=0)
    x = alt.X("x:N" if worded else "x:Q", title=lever, axis=axis, **given)
    y = alt.Y("mean:Q", title=None, scale=free)
    blue, orange = look.categorical[:2]
    spread: Any = (
        base.mark_errorbar(color=blue) if worded else base.mark_area(color=blue, opacity=0.18)
    )
    once = base.transform_filter("datum.first == 'yes'")
    layers = [
        *(
            once.mark_rect(color=orange, opacity=0.25).encode(x=alt.datum(low), x2=alt.datum(high))
            for low, _, high in bands[::-1]
        ),
        spread.encode(x=x, y=alt.Y("low:Q", title="", scale=free), y2=alt.Y2("high:Q")),
        base.mark_line(color=blue, strokeWidth=2.2).encode(x=x, y=y),
        base.mark_point(color=blue, filled=True, size=40, opacity=1).encode(x=x, y=y),
        *(
            once.mark_rule(color=orange, strokeWidth=1.5).encode(x=alt.datum(middle))
            for _, middle, _ in bands
        ),
    ]
    return composed(layers, data, heading, parts, theme, width, 300)


def heat_map(
    rows: Rows, levers: tuple[str, str], heading: str, parts: Sequence[str], *,
    theme: ThemeName = "light", width: int = WIDE,
) -> alt.LayerChart:  # fmt: skip
    """Draw an outcome over two levers.

    Parameters
    ----------
    rows
        Records of *x*, *y*, *mean*, *low*, *high* and *seen* (no where a difference is within
        chance, which gets a ring).
    """
    look = THEMES[theme]
    base = alt.Chart()
    columns = list(dict.fromkeys(row["x"] for row in rows))
    order = list(dict.fromkeys(str(row["y"]) for row in rows))
    across = word_axis([str(x) for x in columns], 0.65 * width / max(1, len(columns)), labelAngle=0)
    x = alt.X("x:O", sort=columns, title=levers[0], axis=across)
    y = alt.Y("y:N", sort=order[::-1], title=levers[1], axis=word_axis(order, 0.3 * width))
    ramp = alt.Color("mean:Q", title=None, scale=alt.Scale(range=list(look.sequential)))
    unseen = base.transform_filter("datum.seen == 'no'")
    layers = (
        base.mark_rect().encode(
            x=x, y=y, color=ramp, tooltip=["x:O", "y:N", "mean:Q", "low:Q", "high:Q"]
        ),
        unseen.mark_text(text="○", color=look.muted, fontSize=11).encode(x=x, y=y),
    )
    return composed(layers, rows, heading, parts, theme, width, max(160, 34 * len(order)))


def front_plane(
    rows: Rows, axes: tuple[str, str], heading: str, parts: Sequence[str], *,
    theme: ThemeName = "light", width: int = WIDE,
) -> alt.LayerChart:  # fmt: skip
    """Draw settings in the plane of two objectives.

    Parameters
    ----------
    rows
        Records of *role* (cloud, finalist, best or reference), *x* and *y*; except in the cloud
        also *x1*, *x2*, *y1*, *y2* (ends of intervals), *text* and *setting*.
    """
    look = THEMES[theme]
    base = alt.Chart()
    free = alt.Scale(zero=False)
    x, x1 = (alt.X(f"{name}:Q", scale=free, title=axes[0]) for name in ("x", "x1"))
    y, y1 = (alt.Y(f"{name}:Q", scale=free, title=axes[1]) for name in ("y", "y1"))

    def role(*names: str) -> alt.Chart:
        return base.transform_filter(alt.FieldOneOfPredicate("role", list(names)))

    tones = alt.Scale(
        domain=["best", "finalist", "reference"],
        range=[look.categorical[0], look.muted, look.categorical[1]],
    )
    tone = alt.Color("role:N", scale=tones, legend=None)
    rules = role("best", "finalist").mark_rule(opacity=0.5)
    layers = (
        role("cloud").mark_point(filled=True, size=14, color=look.border, opacity=1).encode(x=x, y=y),
        rules.encode(x=x1, x2=alt.X2("x2:Q"), y=y, color=tone),
        rules.encode(x=x, y=y1, y2=alt.Y2("y2:Q"), color=tone),
        role("best", "finalist", "reference").mark_point(filled=True, size=70, opacity=1).encode(
            x=x, y=y, color=tone, tooltip=["setting:N", "x:Q", "y:Q"]
        ),
        role("best", "reference").mark_text(align="left", dx=8, dy=-6).encode(
            x=x, y=y, text=alt.Text("text:N"), color=tone
        ),
    )  # fmt: skip
    return composed(layers, rows, heading, parts, theme, width, 420)


def peeling_path(
    rows: Rows, heading: str, parts: Sequence[str], *, theme: ThemeName = "light", width: int = WIDE
) -> alt.LayerChart:
    """Draw the peeling trajectory of PRIM: coverage against density, the chosen box marked.

    Parameters
    ----------
    rows
        Records of *box*, *coverage*, *density*, *restricted* and *chosen* (yes or no).
    """
    look = THEMES[theme]
    base = alt.Chart()
    unit = alt.Scale(domain=[0, 1])
    x = alt.X("coverage:Q", scale=unit, title="coverage: share of all failures inside")
    y = alt.Y("density:Q", scale=unit, title="density: share of futures inside that fail")
    ramp = alt.Scale(range=list(look.sequential[1:]))
    chosen = base.transform_filter("datum.chosen == 'yes'")
    layers = (
        base.mark_line(color=look.border).encode(x=x, y=y, order=alt.Order("box:Q")),
        base.mark_point(filled=True, size=55, opacity=1).encode(
            x=x, y=y, color=alt.Color("restricted:Q", scale=ramp, title="restrictions"),
            tooltip=["box:Q", "coverage:Q", "density:Q", "restricted:Q"],
        ),
        chosen.mark_point(size=190, strokeWidth=2, color=look.categorical[1]).encode(x=x, y=y),
    )  # fmt: skip
    return composed(layers, rows, heading, parts, theme, width, 320)
