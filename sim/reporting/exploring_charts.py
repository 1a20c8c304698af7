"""Charts of attribution, discovery, search and sweep; pale marks say that chance would do as much."""

from __future__ import annotations

from collections import Counter
from typing import Any

import altair as alt
import pandas as pd

from sim.analysis.attribution import Attribution
from sim.analysis.discovery import Discovery
from sim.analysis.search import Front
from sim.analysis.sweep import Sweep
from sim.charts.theme import (
    THEMES,
    WIDE,
    ThemeName,
    attached,
    direction,
    finished,
    layered,
    sources_note,
    title,
)
from sim.model.types import Outcome
from sim.reporting.exploring import tipping_words

#: Pixels of a row.
ROW = 22


def waterfall_chart(
    found: Attribution, *, theme: ThemeName = "light", width: int = WIDE
) -> alt.LayerChart:
    """Draw how the levers' contributions lead from the baseline to the scenario."""
    rows: list[dict[str, Any]] = []
    scale = 100.0 if found.outcome.share else 1.0
    counts = Counter(player.label for player in found.players)
    level = found.base.mean

    def add(name: str, begin: float, end: float, low: float, high: float, kind: str) -> None:
        row = {"begin": begin, "end": end, "low": low, "high": high}
        rows.append({"part": name, "kind": kind} | {k: scale * v for k, v in row.items()})

    add(found.baseline, 0.0, level, found.base.low, found.base.high, "total")
    for player, value in zip(found.players, found.values, strict=True):
        seen = value.low > 0 or value.high < 0
        kind = ("up" if value.mean > 0 else "down") if seen else "unseen"
        called = player.label if counts[player.label] == 1 else f"{player.label} ({player.name})"
        add(
            called or player.name,
            level,
            level + value.mean,
            level + value.low,
            level + value.high,
            kind,
        )
        level += value.mean
    add(found.scenario, 0.0, level, found.end.low, found.end.high, "total")
    look = THEMES[theme]
    order = [str(row["part"]) for row in rows]
    base = alt.Chart()
    y = alt.Y(
        "part:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelLimit=min(260, int(0.45 * width)), ticks=False),
    )
    tone = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=["total", "up", "down", "unseen"],
            range=[look.muted, look.categorical[0], look.categorical[1], look.border],
        ),
        legend=None,
    )
    chart = layered(
        base.mark_bar(height=ROW * 0.6).encode(
            x=alt.X("begin:Q", title=None, scale=alt.Scale(zero=True)), x2="end:Q", y=y, color=tone
        ),
        base.mark_rule(color=look.text).encode(x=alt.X("low:Q", title=None), x2="high:Q", y=y),
    )
    parts = [
        "of 100 runs" if found.outcome.share else found.outcome.unit,
        direction(found.outcome.goal),
        "Shapley values with 95 % intervals; pale where the interval holds 0",
        sources_note(found.kept, "runs a subset"),
    ]
    words = f"From {found.baseline} to {found.scenario}: {outcome_label(found.outcome)}"
    return made(
        chart,
        rows,
        title(words, parts, theme, width, "bounds"),
        theme,
        width,
        int(1.4 * ROW * len(rows)),
    )


def trajectory_chart(
    found: Discovery, *, theme: ThemeName = "light", width: int = WIDE
) -> alt.LayerChart:
    """Draw the peeling trajectory of PRIM: coverage against density, the chosen box marked."""
    rows: list[dict[str, Any]] = [
        {
            "box": i, "coverage": s.coverage, "density": s.density, "restricted": s.restricted,
            "chosen": "yes" if i == found.chosen else "no",
        }
        for i, s in enumerate(found.trajectory)
    ]  # fmt: skip
    look = THEMES[theme]
    base = alt.Chart()
    unit = alt.Scale(domain=[0, 1])
    x = alt.X("coverage:Q", scale=unit, title="coverage: share of all failures inside")
    y = alt.Y("density:Q", scale=unit, title="density: share of futures inside that fail")
    ramp = alt.Color(
        "restricted:Q", scale=alt.Scale(range=list(look.sequential[1:])), title="restrictions"
    )
    chosen = base.transform_filter("datum.chosen == 'yes'")
    chart = layered(
        base.mark_line(color=look.border).encode(x=x, y=y, order="box:Q"),
        base.mark_point(filled=True, size=55, opacity=1).encode(
            x=x, y=y, color=ramp, tooltip=["box:Q", "coverage:Q", "density:Q", "restricted:Q"]
        ),
        chosen.mark_point(size=190, strokeWidth=2, color=look.categorical[1]).encode(x=x, y=y),
    )
    parts = [
        f"boxes along the peeling, by the {found.learned:,} futures they were found in",
        sources_note(found.learned + found.judged, "futures"),
    ]
    words = f"Where {found.scenario} fails: {outcome_label(found.outcome)}"
    return made(chart, rows, title(words, parts, theme, width, "bounds"), theme, width, 320)


def front_chart(found: Front, *, theme: ThemeName = "light", width: int = WIDE) -> alt.LayerChart:
    """Draw the first two objectives: all candidates faintly, the finalists with their intervals."""
    one, two = found.outcomes[:2] if len(found.outcomes) > 1 else (found.outcomes[0],) * 2
    rows: list[dict[str, Any]] = [
        {"role": "cloud", "x": float(row[0]), "y": float(row[min(1, len(row) - 1)])}
        for row in found.cloud
    ]
    for number, f in enumerate(found.finalists, 1):
        a, b = f.fresh[0], f.fresh[min(1, len(f.fresh) - 1)]
        rows.append(
            {
                "role": "best" if f.best else "finalist", "x": a.mean, "y": b.mean, "x1": a.low,
                "x2": a.high, "y1": b.low, "y2": b.high, "text": str(number), "setting": f.words,
            }
        )  # fmt: skip
    a, b = found.reference[0], found.reference[min(1, len(found.reference) - 1)]
    rows.append({"role": "reference", "x": a.mean, "y": b.mean, "text": found.scenario})
    look = THEMES[theme]
    base = alt.Chart()
    free = alt.Scale(zero=False)
    x = alt.X("x:Q", scale=free, title=_axis(one))
    y = alt.Y("y:Q", scale=free, title=_axis(two))

    def role(*names: str) -> alt.Chart:
        return base.transform_filter(alt.FieldOneOfPredicate("role", list(names)))

    tone = alt.Color(
        "role:N",
        scale=alt.Scale(
            domain=["best", "finalist", "reference"],
            range=[look.categorical[0], look.muted, look.categorical[1]],
        ),
        legend=None,
    )
    chart = layered(
        role("cloud")
        .mark_point(filled=True, size=14, color=look.border, opacity=1)
        .encode(x=x, y=y),
        role("best", "finalist")
        .mark_rule(opacity=0.5)
        .encode(x=alt.X("x1:Q", title=_axis(one), scale=free), x2="x2:Q", y=y, color=tone),
        role("best", "finalist")
        .mark_rule(opacity=0.5)
        .encode(x=x, y=alt.Y("y1:Q", title=_axis(two), scale=free), y2="y2:Q", color=tone),
        role("best", "finalist", "reference")
        .mark_point(filled=True, size=70, opacity=1)
        .encode(x=x, y=y, color=tone, tooltip=["setting:N", "x:Q", "y:Q"]),
        role("best", "reference")
        .mark_text(align="left", dx=8, dy=-6)
        .encode(x=x, y=y, text="text:N", color=tone),
    )
    parts = [
        "blue: no other setting beats it in every objective; grey: other finalists; orange: as it stands",
        "95 % intervals from fresh random numbers",
        sources_note(found.fresh_replications, "runs a finalist"),
    ]
    words = f"Settings of the levers that no other beats ({len(found.cloud):,} tried)"
    return made(chart, rows, title(words, parts, theme, width, "bounds"), theme, width, 420)


def sweep_chart(found: Sweep, *, theme: ThemeName = "light", width: int = WIDE) -> alt.LayerChart:
    """Draw a sweep: a line with its interval over one lever, a heat map over two."""
    look = THEMES[theme]
    base = alt.Chart()
    parts = [
        "of 100 runs" if found.outcome.share else found.outcome.unit,
        direction(found.outcome.goal),
        *(
            tipping_words(found, t).rstrip(".")
            for t in found.tippings[:1]
            if len(found.levers) == 1
        ),
        sources_note(found.replications, "runs a point"),
    ]
    if found.contrast:
        parts.insert(0, f"difference to {found.against}")
    if len(found.levers) == 1:
        parts.insert(-1, "blue: the mean with its 95 % interval")
    if found.tippings and len(found.levers) == 1:
        parts.insert(-1, "orange: where it tips, with its 95 % interval")
    scale = 100.0 if found.outcome.share else 1.0
    words = f"{outcome_label(found.outcome)} over {' and '.join(f.label for f in found.levers)}"
    head = title(words, parts, theme, width, "bounds")
    first = found.levers[0]
    named = first.type.kind == "option"
    rows: list[dict[str, Any]] = []
    for row, mean, gap in zip(found.matrix, found.values, found.differences, strict=True):
        value = gap if found.contrast else mean
        cells: dict[str, Any] = {
            "first": "no" if rows else "yes",
            "x": first.word(float(row[0])) if named else float(row[0]),
            "mean": value.mean * scale, "low": value.low * scale, "high": value.high * scale,
            "seen": "yes" if gap.low > 0 or gap.high < 0 else "no",
        }  # fmt: skip
        if len(found.levers) == 2:
            cells["y"] = found.levers[1].word(float(row[1]))
        rows.append(cells)
    if len(found.levers) == 2:
        order = list(dict.fromkeys(str(row["y"]) for row in rows))
        xs = list(dict.fromkeys(row["x"] for row in rows))
        x: Any = alt.X("x:O", sort=xs, title=_named(found, 0), axis=alt.Axis(labelAngle=0))
        y: Any = alt.Y("y:N", sort=order[::-1], title=_named(found, 1))
        ramp = alt.Color("mean:Q", title=None, scale=alt.Scale(range=list(look.sequential)))
        text = base.transform_filter("datum.seen == 'no'")
        chart = layered(
            base.mark_rect().encode(
                x=x, y=y, color=ramp, tooltip=["x:O", "y:N", "mean:Q", "low:Q", "high:Q"]
            ),
            text.mark_text(text="○", color=look.muted, fontSize=11).encode(x=x, y=y),
        )
        note = f"○: no difference seen to {found.against}"
        head = title(words, [*parts[:-1], note, parts[-1]], theme, width, "bounds")
        return made(chart, rows, head, theme, width, max(160, 34 * len(order)))
    kind = "x:N" if named else "x:Q"
    sort = [str(row["x"]) for row in rows] if named else None
    axis = alt.Axis(labelAngle=0)
    close: Any = {} if named else {"scale": alt.Scale(zero=False)}
    x = alt.X(kind, title=_named(found, 0), sort=sort, axis=axis, **close)
    y = alt.Y("mean:Q", title=None, scale=alt.Scale(zero=False))
    blue = look.categorical[0]
    layers = [
        base.mark_errorbar(color=blue).encode(
            x=x, y=alt.Y("low:Q", title="", scale=alt.Scale(zero=False)), y2="high:Q"
        )
        if named
        else base.mark_area(color=blue, opacity=0.18).encode(
            x=x, y=alt.Y("low:Q", title="", scale=alt.Scale(zero=False)), y2="high:Q"
        ),
        base.mark_line(color=blue, strokeWidth=2.2).encode(x=x, y=y),
        base.mark_point(color=blue, filled=True, size=40, opacity=1).encode(x=x, y=y),
    ]
    once = base.transform_filter("datum.first == 'yes'")
    for t in found.tippings:
        layers.insert(
            0,
            once.mark_rect(color=look.categorical[1], opacity=0.25).encode(
                x=alt.datum(t.at.low), x2=alt.datum(t.at.high)
            ),
        )
        layers.append(
            once.mark_rule(color=look.categorical[1], strokeWidth=1.5).encode(
                x=alt.datum(t.at.mean)
            )
        )
    return made(layered(*layers), rows, head, theme, width, 300)


def made(
    chart: alt.LayerChart,
    rows: list[dict[str, Any]],
    head: alt.TitleParams,
    theme: ThemeName,
    width: int,
    height: int,
) -> alt.LayerChart:
    """Return a chart with its data, size, title and theme."""
    return attached(finished(chart, head, theme, width, height), pd.DataFrame(rows))


def outcome_label(outcome: Outcome) -> str:
    """Return the label of an outcome, or its name in words."""
    return outcome.label or outcome.name.replace("_", " ")


def _axis(outcome: Outcome) -> str:
    return " · ".join(
        x for x in (outcome_label(outcome), outcome.unit, direction(outcome.goal)) if x
    )


def _named(found: Sweep, place: int) -> str:
    lever = found.levers[place]
    return f"{lever.label} ({lever.unit})" if lever.unit else lever.label
