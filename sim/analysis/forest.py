"""The forest: differences to the baseline, each over the futures, or with its interval of chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from sim.analysis.comparison_tables import standing
from sim.analysis.rows import Row, hundred, range_text
from sim.charts.axes import nice_ticks, tick_format
from sim.charts.labels import told_apart, word_axis
from sim.charts.theme import (
    THEMES,
    WIDE,
    ThemeName,
    attached,
    colour,
    direction,
    layered,
    marks,
    runs_note,
    text_width,
    themed,
    title,
    wrapped,
)
from sim.errors import Diagnostic, ExperimentError
from sim.formatting import interval
from sim.study.arguments import known_name

COLUMNS = (
    "role", "scenario", "label", "tone", "seen", "mean", "low", "high", "text", "place", "matters"
)  # fmt: skip


#: Pictures less wide than this tell the direction alone beside a bar.
SHORT = 500


def forest_frame(table: Sequence[Row], outcome: str, order: Sequence[str] = ()) -> pd.DataFrame:
    """Return the data of one panel, a row per scenario: shares are in points, of a hundred.

    `low`, `mean` and `high` are the 5, 50 and 95 % quantiles over futures of the expected difference,
    where there are futures; else the mean difference and its 95 % interval. `seen` marks a clear
    verdict. `order` are scenarios from the top; by default the best in the outcome first.

    Raises
    ------
    ExperimentError
        There is no such outcome.
    """
    rows = _rows(table, outcome)
    looks = marks([row.scenario for row in rows], _baseline(table))
    found: list[dict[str, object]] = []
    places = list(order or standing(table, outcome))
    for place, row in enumerate(sorted(rows, key=lambda row: places.index(row.scenario))):
        if row.difference is None:
            continue
        k = 100.0 if row.share else 1.0
        low, mean, high = (x * k for x in _bar(row))
        found.append(
            {
                "role": "row", "scenario": row.scenario, "label": looks[row.scenario].label,
                "tone": looks[row.scenario].tone,
                "seen": "yes" if row.clear and not row.unpaired else "no",
                "mean": mean, "low": low, "high": high, "text": _words(row, k), "place": place,
                "matters": row.matters * k,
            }
        )  # fmt: skip
    return pd.DataFrame(found, columns=list(COLUMNS))


def forest_chart(
    table: Sequence[Row],
    outcomes: str | Sequence[str] | None = None,
    *,
    runs: int,
    futures: int = 1,
    central: bool = False,
    by_hand: str = "",
    theme: ThemeName = "light",
    width: int = WIDE,
    heading: bool = True,
) -> alt.VConcatChart:
    """Draw the differences of some outcomes to the baseline, a panel for each.

    Over several futures a bar holds 5 to 95 % of them, of the expected difference, and the mark is
    the middle; with one it is the mean with its 95 % interval. A filled mark says that the direction
    is clear; within the grey zone a difference does not matter.

    Parameters
    ----------
    table
        Rows of a comparison.
    outcomes
        Names; by default the first four that have a goal.
    runs, futures
        Replications of each scenario, over all futures, and those.
    central
        Whether uncertain parameters are held at their central values.
    by_hand
        What was set by hand in every scenario, in words.

    Raises
    ------
    ExperimentError
        There is no such outcome, or no scenario besides the baseline.
    """
    if isinstance(outcomes, str):
        outcomes = (outcomes,)
    names = tuple(outcomes or forest_outcomes(table))
    if len({row.scenario for row in table}) < 2:
        words = "a difference needs a second scenario"
        raise ExperimentError(Diagnostic("one-scenario", words))
    order = standing(table, names[0])
    panels = [_panel(table, name, order, theme, width) for name in names]
    over = any(row.gap is not None for row in table)
    chart = alt.VConcatChart(spacing=18, padding=4)
    chart.vconcat = [*panels]
    if heading:
        base = _baseline(table).replace("_", " ")
        what = (
            "bar: the expected difference in 5 to 95 % of futures, mark: the middle"
            if over
            else "bar: 95 % interval of chance"
        )
        parts = [
            "paired: the same random numbers in both", what, "filled: the direction is clear",
            "grey: too small to matter", by_hand, runs_note(runs, 2, futures, central),
        ]  # fmt: skip
        chart.title = title(f"Difference to {base}", parts, theme, width, "bounds")
    return themed(chart, theme)


def _panel(
    table: Sequence[Row], outcome: str, standing: Sequence[str], theme: ThemeName, width: int
) -> alt.LayerChart:
    look = THEMES[theme]
    first = _rows(table, outcome)[0]
    frame = forest_frame(table, outcome, standing)
    order = [str(t) for t in frame["label"]]
    room = width * 0.36 - 14
    shown = told_apart(order, room).values()
    left = max((text_width(t, 11) for t in shown), default=40.0) + 14
    if width < SHORT:  # the bars say the rest
        frame["text"] = frame["text"].str.partition(" · ")[0]
    right = max((text_width(t, 11) for t in frame["text"]), default=0.0) + 12
    plot = max(width - left - 12, 100)
    values = [v for c in ("low", "high", "mean") for v in frame[c] if math.isfinite(v)]
    low, high = min([0.0, *values]), max([0.0, *values])
    matters = float(frame["matters"].max())
    if matters <= high - low:
        low, high = min(low, -matters), max(high, matters)
    pad = (high - low or 1.0) * 0.04
    low, high = low - pad, high + pad
    stretch = (high - low) * right / max(plot - right, 40)
    scale = alt.Scale(domain=[low, high + stretch], nice=False, zero=False)
    unit = "points" if first.share else first.unit
    ticks = [round(t, 9) for t in nice_ticks(low, high, max(2, int((plot - right) / 70)))]
    x = alt.Axis(
        title=None,
        values=ticks,
        ticks=False,
        domain=False,
        format=tick_format(ticks),
        labelExpr="datum.value == 0 ? '0' : datum.label",
    )
    rows = word_axis(
        order, room, title=None, ticks=False, domain=False, labelColor=look.text, grid=False
    )
    y = alt.Y("label:N", sort=order, axis=rows, scale=alt.Scale(paddingInner=0.2, paddingOuter=0.2))
    base = alt.Chart()
    words: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": 11, "dx": 8}
    fill = alt.condition("datum.seen == 'yes'", alt.value(1.0), alt.value(0.0))
    zone = [max(-matters, low), min(matters, high)]
    grey = base.mark_rect(color=look.grid, opacity=1)
    layers = layered(
        grey.encode(x=alt.X(datum=zone[0], scale=scale), x2=alt.X2(datum=zone[1])),
        base.mark_rule(color=look.muted, strokeWidth=1).encode(x=alt.X(datum=0.0, scale=scale)),
        base.mark_rule(strokeWidth=2).encode(
            x=alt.X("low:Q", scale=scale, axis=x), x2=alt.X2("high:Q"), y=y, color=colour(theme)
        ),
        base.mark_circle(size=80, opacity=1, color=look.background).encode(
            x=alt.X("mean:Q", scale=scale, axis=x), y=y
        ),
        base.mark_point(size=70, strokeWidth=2, opacity=1, filled=False).encode(
            x=alt.X("mean:Q", scale=scale, axis=x), y=y, color=colour(theme)
        ),
        base.mark_circle(size=80).encode(
            x=alt.X("mean:Q", scale=scale, axis=x), y=y, color=colour(theme), opacity=fill
        ),
        base.mark_text(**words, color=look.muted).encode(
            x=alt.X("edge:Q", scale=scale, axis=x), y=y, text=alt.Text("text:N")
        ),
    )
    frame = frame.assign(edge=high)
    selected = any(row.unpaired for row in _rows(table, outcome))
    goal = "" if selected else direction(first.goal)
    words_ = " · ".join(p for p in (first.label or outcome, unit, goal) if p)
    head = alt.TitleParams(
        text=wrapped(words_, width - 20, 12.5), fontSize=12.5, anchor="start", frame="bounds",
        color=look.text, offset=6, lineHeight=15,
    )  # fmt: skip
    layers.width, layers.height, layers.title = plot, 20 * len(order) + 8, head
    return attached(layers, frame)


def _rows(table: Sequence[Row], outcome: str) -> list[Row]:
    known = list(dict.fromkeys(row.outcome for row in table))
    known_name("outcome", outcome, known, "unknown-outcome")
    return [row for row in table if row.outcome == outcome]


def _baseline(table: Sequence[Row]) -> str:
    return next(row.scenario for row in table if row.verdict == "baseline")


def _bar(row: Row) -> tuple[float, float, float]:
    """Return the low end, the mark and the high end of the bar of a row, in the unit of its outcome."""
    if row.gap is not None:
        return row.gap.low, row.gap.middle, row.gap.high
    assert row.difference is not None
    return row.difference.low, row.difference.mean, row.difference.high


def _words(row: Row, k: float) -> str:
    """Return a direction with its futures and the range over them, else a difference with its interval."""
    found = row.difference
    assert found is not None
    if row.gap is not None and row.leading is not None and row.verdict != "too few events":
        word, share = row.leading
        ends = range_text(row.gap, row.share, True)
        told = {"no difference that matters": "does not matter", "not settled": "not settled"}
        if row.verdict == "no difference seen":
            return "no difference seen"
        return f"{told.get(row.verdict, f'{word} in {hundred(share.mean)} of 100')} · {ends}"
    if row.verdict == "too few events":
        return f"too few pairs differ: {row.events:,}"
    if row.verdict == "identical":
        return "exactly 0"
    if row.verdict == "too few":
        return "too few pairs"
    pairs = f" · {found.n:,} pairs" if row.unpaired else ""
    return interval(found, True, k) + pairs


def forest_outcomes(table: Sequence[Row], limit: int = 4) -> tuple[str, ...]:
    """Return the outcomes worth a panel: the first of those that have a goal."""
    rows = {row.outcome: row.goal for row in table}
    goals = [name for name, goal in rows.items() if goal]
    return tuple((goals or list(rows))[:limit])
