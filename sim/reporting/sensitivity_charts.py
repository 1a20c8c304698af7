"""Charts of sensitivity: rankings of inputs, and the tornado; grey says that chance would do as much."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import altair as alt

from sim.analysis.given_data import Importance
from sim.analysis.one_at_a_time import Tornado
from sim.analysis.screening import Screening
from sim.analysis.value_of_information import Information
from sim.analysis.variance_decomposition import DUMMY, Variances
from sim.charts.theme import (
    THEMES,
    WIDE,
    Theme,
    ThemeName,
    layered,
    sources_note,
    title,
)
from sim.formatting import UNCOUNTED, plural
from sim.reporting.exploring_charts import ROW, made, outcome_label

#: Inputs drawn of a long ranking.
DRAWN = 20
#: A chart less wide than this has its title over the names of its rows too.
NARROWER = 500


def ranking_chart(
    found: Variances | Screening | Importance | Information,
    *,
    theme: ThemeName = "light",
    width: int = WIDE,
    labels: Mapping[str, str] | None = None,
) -> alt.LayerChart:
    """Draw a ranking of inputs, each with its interval; the dummy stands last.

    Parameters
    ----------
    labels
        What inputs are called; else by their names.
    """
    rows: list[dict[str, Any]] = []
    called = labels or {}

    def add(name: str, part: str, estimate: Any, seen: bool) -> None:
        rows.append(
            {
                "input": called.get(name, name), "part": part, "mean": estimate.mean,
                "low": estimate.low, "high": estimate.high, "seen": "yes" if seen else "no",
            }
        )  # fmt: skip

    match found:
        case Variances():
            names, heading = found.names, f"What moves {outcome_label(found.outcome)}"
            parts = ["share of variance: total (filled) and alone (open)"]
            parts.append(found.unsure or "95 % intervals")
            n = found.points * found.replications
            for i in _drawn(names):
                add(names[i], "total", found.indices.total[i], found.seen(i))
                add(names[i], "first", found.indices.first[i], found.seen(i))
        case Screening():
            names, heading = found.names, f"What moves {outcome_label(found.outcome)}"
            parts = ["μ*, mean size of the change over an input's range", "95 % intervals"]
            n = found.points * found.replications
            for i in _drawn(names):
                add(names[i], "total", found.effects.size[i], found.seen(i))
        case Importance():
            names, heading = found.names, f"What moved {outcome_label(found.outcome)}"
            parts = [f"importance ({found.measure}) read from given runs", "95 % intervals"]
            n = found.futures * found.replications
            for i in _drawn(names):
                add(names[i], "total", found.values[i], found.seen(i))
        case Information():
            names, heading = found.names, "What is worth knowing before choosing"
            parts = [
                f"gain in {outcome_label(found.outcome)}",
                found.outcome.unit,
                "95 % intervals",
            ]
            n = found.futures * found.replications
            for i in _drawn(names):
                value = found.values[i]
                add(names[i], "total", value, value.low > 0 and value.mean > found.floor)
    order = list(dict.fromkeys(str(row["input"]) for row in rows))
    look = THEMES[theme]
    base = alt.Chart()
    y = alt.Y(
        "input:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelLimit=min(260, int(0.45 * width)), ticks=False),
    )
    x = alt.X("mean:Q", title=None, axis=alt.Axis(tickCount=6))
    scale = alt.Scale(domain=["yes", "no"], range=[look.categorical[0], look.muted])
    tone = alt.Color("seen:N", scale=scale, legend=None)
    opacity = alt.FillOpacity(
        "part:N", scale=alt.Scale(domain=["total", "first"], range=[1.0, 0.0]), legend=None
    )
    offset = alt.YOffset("part:N", scale=alt.Scale(domain=["total", "first"]))
    many = len({row["part"] for row in rows}) > 1
    shared: dict[str, Any] = {"y": y, "color": tone} | ({"yOffset": offset} if many else {})
    chart = layered(
        base.mark_rule(color=look.border).encode(x=alt.datum(0)),
        base.mark_rule(strokeWidth=1.6).encode(x=alt.X("low:Q", title=None), x2="high:Q", **shared),
        base.mark_point(size=45, filled=False, strokeWidth=1.5).encode(
            x=x, fill=alt.Fill("seen:N", scale=scale, legend=None),
            fillOpacity=opacity, **shared,
        ),
    )  # fmt: skip
    head = title(heading, [*parts, sources_note(n)], theme, width, "bounds")
    step = ROW * (2 if many else 1)
    return made(chart, rows, head, theme, width, step * len(order))


def tornado_chart(
    found: Tornado,
    *,
    theme: ThemeName = "light",
    width: int = WIDE,
    labels: Mapping[str, str] | None = None,
) -> alt.LayerChart:
    """Draw a tornado: per input the differences at its ends, and the noise band behind.

    Parameters
    ----------
    labels
        What inputs are called; else by their names.
    """
    share, called = found.outcome.share, labels or {}
    scale = 100.0 if share else 1.0
    rows: list[dict[str, Any]] = [
        {
            "input": called.get(bar.factor.name, bar.factor.name),
            "end": _said(bar.factor.word(bar.value), bar.factor.unit, bar.value),
            "side": "up" if bar.value > bar.factor.central else "down", "zero": 0.0,
            "mean": bar.difference.mean * scale, "low": bar.difference.low * scale,
            "high": bar.difference.high * scale, "seen": "yes" if bar.seen else "no",
            "way": "left" if bar.difference.mean < 0 else "right",
        }
        for bars in found.bars[:DRAWN]
        for bar in bars
    ]  # fmt: skip
    for row in rows:
        row["first"] = "yes" if row is rows[0] else "no"
    look = THEMES[theme]
    order = list(dict.fromkeys(str(row["input"]) for row in rows))
    base = alt.Chart()
    once = base.transform_filter("datum.first == 'yes'")
    y = alt.Y(
        "input:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelLimit=min(260, int(0.45 * width)), ticks=False),
    )
    offset = alt.YOffset("side:N", scale=alt.Scale(domain=["up", "down"]))
    room = alt.Scale(padding=70 if width > NARROWER else 30)
    tone = alt.Color(
        "side:N",
        scale=alt.Scale(domain=["up", "down"], range=[look.categorical[0], look.categorical[1]]),
        legend=None,
    )
    faint = alt.Opacity(
        "seen:N", scale=alt.Scale(domain=["yes", "no"], range=[0.9, 0.3]), legend=None
    )
    chart = layered(
        once.mark_rect(color=look.grid).encode(
            x=alt.datum(-found.band * scale), x2=alt.datum(found.band * scale)
        ),
        base.mark_bar(height=ROW * 0.42).encode(
            x=alt.X("mean:Q", title=None, scale=room), x2="zero:Q", y=y, yOffset=offset, color=tone,
            opacity=faint, tooltip=["input:N", "end:N", "mean:Q", "low:Q", "high:Q"],
        ),
        base.mark_rule(color=look.text).encode(
            x=alt.X("low:Q", title=None), x2="high:Q", y=y, yOffset=offset
        ),
        once.mark_rule(color=look.text).encode(x=alt.datum(0)),
        *(_ends(base, way, y, offset, look) for way in ("left", "right")),
    )  # fmt: skip
    parts = [
        "points of 100 runs" if share else found.outcome.unit,
        f"the {DRAWN} largest of {len(found.bars)}" if len(found.bars) > DRAWN else "",
        "paired difference to the centre: blue at the higher end, orange at the lower or another option",
        "grey: noise band",
        sources_note(found.replications, "runs a setting"),
    ]
    parts = [part for part in parts if part]
    words = f"One input at a time: {outcome_label(found.outcome)}"
    head = title(words, parts, theme, width, "bounds")
    return made(chart, rows, head, theme, width, 2 * ROW * max(len(order), 1))


def _names(order: list[str], width: int) -> alt.Y:
    """Return the axis of the inputs."""
    axis = alt.Axis(labelLimit=min(260, int(0.45 * width)), ticks=False)
    return alt.Y("input:N", sort=order, title=None, axis=axis)


def _said(word: str, unit: str, value: float) -> str:
    """Return a value with its unit, where that says more than that it has none."""
    bare = re.fullmatch(r"([a-z]+)( .*)?", unit)
    return word if bare and bare[1] in UNCOUNTED else f"{word} {plural(unit, value)}".strip()


def _ends(base: alt.Chart, way: str, y: alt.Y, offset: alt.YOffset, look: Theme) -> alt.Chart:
    """Return the values of the inputs, at the ends of the bars that go one way."""
    left = way == "left"
    side: Any = base.transform_filter(f"datum.way == '{way}'").mark_text(
        align="right" if left else "left", dx=-4 if left else 4, fontSize=10, color=look.muted
    )
    found: alt.Chart = side.encode(
        x=alt.X("low:Q" if left else "high:Q", title=None), y=y, yOffset=offset, text="end:N"
    )
    return found


def _drawn(names: tuple[str, ...]) -> list[int]:
    """Return the places drawn of a ranking: the first ones, and the dummy."""
    places = list(range(min(DRAWN, len(names))))
    last = len(names) - 1
    return [*places, last] if names[-1] == DUMMY and last not in places else places
