"""The look of every chart: palettes, type, titles, and the colour that follows a scenario.

A chart is built without data and reads fixed columns, so that equal inputs give an equal spec. Texts
of a user (labels, names, units) go into titles and data as plain strings, never into an expression.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import altair as alt
import numpy as np
import pandas as pd

from sim.formatting import HELD, TOY, futures_count
from sim.formatting import direction as direction

ThemeName = Literal["light", "dark"]
Spec = dict[str, Any]
C = TypeVar("C", alt.Chart, alt.LayerChart, alt.VConcatChart, alt.ConcatChart)

#: Widths in pixels for a desk and for a phone.
WIDE, NARROW = 760, 370
#: The exporter measures a text wrongly, or draws none at all, in a font that it lacks; the first of
#: these is built into it, the others have the same widths.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SIZE = 12


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one theme.

    Attributes
    ----------
    categorical
        Six hues for scenarios, told apart under the three common colour deficiencies.
    ink
        The same six for text: darker or lighter, so that their contrast is 4.5 to 1 or more.
    sequential
        From the faintest to the strongest, for parts of a whole.
    """

    background: str
    text: str
    muted: str
    grid: str
    border: str
    categorical: tuple[str, ...]
    ink: tuple[str, ...]
    sequential: tuple[str, ...]


THEMES: dict[ThemeName, Theme] = {
    "light": Theme(
        background="#FBFAF7",
        text="#1B1F24",
        muted="#57606A",
        grid="#E7E2D8",
        border="#DAD5CA",
        categorical=("#0B5FA5", "#D37B1E", "#00A487", "#8E8CC3", "#5F5506", "#8D004D"),
        ink=("#0B5FA5", "#9A5510", "#007562", "#625FA8", "#5F5506", "#8D004D"),
        sequential=("#DCE9F3", "#B4D1E7", "#7DB0D5", "#0B3C66"),
    ),
    "dark": Theme(
        background="#12161B",
        text="#E8E6E1",
        muted="#9AA4AE",
        grid="#28303A",
        border="#2C343D",
        categorical=("#7FB8E6", "#AC9500", "#418C69", "#816DFF", "#CECC96", "#D62C97"),
        ink=("#7FB8E6", "#AC9500", "#4DA37B", "#8F7DFF", "#CECC96", "#EA57B0"),
        sequential=("#1C3040", "#27506F", "#3C7BA8", "#D3EAFB"),
    ),
}
#: Words for a scenario's place in the palette; data hold the word, specs the colour.
TONES = ("baseline", "c1", "c2", "c3", "c4", "c5", "c6")
STROKES = ("solid", "dashed", "dotted", "dashdot")
SHAPES = ("circle", "triangle-up", "square", "diamond")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a scenario is drawn wherever it appears: its name, tone, stroke of lines, shape of points."""

    scenario: str
    label: str
    tone: str
    stroke: str
    shape: str


def marks(scenarios: Sequence[str], baseline: str | None) -> dict[str, Mark]:
    """Return the mark of each scenario: its place in the list gives the colour, never its rank.

    The baseline is grey and dashed; from the seventh on, colours come again with another stroke and
    shape.
    """
    found: dict[str, Mark] = {}
    place = 0
    for name in scenarios:
        label = name.replace("_", " ")
        if name == baseline:
            found[name] = Mark(name, label, "baseline", "dashed", "diamond")
            continue
        again = place // 6
        dash = ("solid", "dotted", "dashdot")[min(again, 2)]
        shape = SHAPES[min(again, 2)]
        found[name] = Mark(name, label, TONES[1 + place % 6], dash, shape)
        place += 1
    return found


def tone_scale(theme: ThemeName) -> alt.Scale:
    """Return the colour scale of the `tone` column."""
    look = THEMES[theme]
    return alt.Scale(domain=list(TONES), range=[look.muted, *look.categorical])


def colour(theme: ThemeName, field: str = "tone") -> alt.Color:
    """Return the colour encoding of a column of tones, without a legend."""
    return alt.Color(f"{field}:N", scale=tone_scale(theme), legend=None)


def ink(theme: ThemeName, channel: type[alt.Color] | type[alt.Fill]) -> Any:
    """Return the colour encoding of the `tone` column for text, without a legend.

    Layers share the scale of a channel, so `channel` is one that no mark of the chart uses.
    """
    look = THEMES[theme]
    scale = alt.Scale(domain=list(TONES), range=[look.muted, *look.ink])
    return channel("tone:N", scale=scale, legend=None)


def fill(theme: ThemeName, field: str = "tone") -> alt.Fill:
    """Return the fill encoding of a column of tones, without a legend."""
    return alt.Fill(f"{field}:N", scale=tone_scale(theme), legend=None)


def stroke(theme: ThemeName, field: str = "tone") -> alt.Stroke:
    """Return the stroke encoding of a column of tones, without a legend."""
    return alt.Stroke(f"{field}:N", scale=tone_scale(theme), legend=None)


def stroke_dash(field: str = "stroke") -> alt.StrokeDash:
    """Return the dash encoding of a column of strokes."""
    scale = alt.Scale(domain=list(STROKES), range=[[1, 0], [6, 4], [2, 3], [8, 3, 2, 3]])
    return alt.StrokeDash(f"{field}:N", scale=scale, legend=None)


def shapes(field: str = "shape") -> alt.Shape:
    """Return the shape encoding of a column of shapes."""
    scale = alt.Scale(domain=list(SHAPES), range=list(SHAPES))
    return alt.Shape(f"{field}:N", scale=scale, legend=None)


def title(
    words: str,
    parts: Sequence[str],
    theme: ThemeName,
    width: int | None,
    frame: Literal["group", "bounds"] = "group",
) -> alt.TitleParams:
    """Return a title, the quantity, over a subtitle, what is drawn; both wrapped to the width."""
    look = THEMES[theme]
    room = (width or WIDE) - 50
    parts = [p.replace(" %", "\u00a0%") for p in parts if p]
    return alt.TitleParams(
        text=wrapped(words, room, 15),
        subtitle=wrapped("\u00a0· ".join(parts), room, SIZE),
        anchor="start",
        frame=frame,
        color=look.text,
        subtitleColor=look.muted,
    )


def wrapped(words: str, room: float, size: float) -> list[str]:
    """Return a text in lines that fit `room` pixels at a type size."""
    columns = max(12, int(room / (size * 0.52)))
    return textwrap.wrap(words, columns) or [""]


def text_width(words: str, size: float = SIZE) -> float:
    """Return about how many pixels a text takes."""
    return sum(0.3 if c in "iljt.,:;' |" else 0.85 if c in "mwMW%" else 0.56 for c in words) * size


def sources_note(n: int, unit: str = "runs") -> str:
    """Return what every chart says of its base: how many runs, and that it is a toy."""
    return f"n\u00a0=\u00a0{n:,} {unit}\u00a0· {TOY.split(':')[0].lower()}, no forecast"


def runs_note(
    n: int, scenarios: int = 2, futures: int = 1, central: bool = False, origin: str = ""
) -> str:
    """Return the replications behind each scenario, what is assumed of them, and that this is a toy."""
    unit = "runs a scenario" if scenarios > 1 else "runs"
    if futures > 1:
        unit += f" in {futures_count(futures, origin)}"
    held = f"\u00a0· {HELD}" if central else ""
    return sources_note(n, unit + held)


def layered(*layers: alt.Chart | alt.LayerChart) -> alt.LayerChart:
    """Return charts laid over each other, the first at the bottom; none has data or a size of its own.

    They are set, not passed, and so are the options below: Altair would copy every part for each.
    """
    made = alt.LayerChart()
    made.layer = list(layers)
    return made


def panelled(
    panels: Sequence[Any], columns: int, heading: alt.TitleParams, theme: ThemeName
) -> alt.ConcatChart:
    """Return charts beside and below each other, so many in a row, under one title."""
    made = alt.ConcatChart(columns=columns, spacing=16, padding=4, title=heading)
    made.concat = list(panels)
    return themed(made, theme)


def finished(
    chart: C,
    heading: alt.TitleParams | None,
    theme: ThemeName,
    width: int | None,
    height: int | None,
) -> C:
    """Give a chart its size, title and theme, and return it; `width` is that of the whole picture."""
    made: Any = chart
    if heading is not None:
        made.title = heading
    made.width = "container" if width is None else width
    if height is not None:
        made.height = height
    made.autosize = alt.AutoSizeParams(type="fit-x", contains="padding")
    made.padding = 4
    return themed(chart, theme)


def themed(chart: C, theme: ThemeName) -> C:
    """Give a chart the type and the colours of a theme, and return it."""
    look = THEMES[theme]
    made: Any = chart
    made.config = alt.Config(
        font=FONT,
        background=look.background,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=look.muted,
            titleColor=look.muted,
            gridColor=look.grid,
            domainColor=look.border,
            tickColor=look.border,
            labelFontSize=11,
            titleFontSize=SIZE,
            titleFontWeight="normal",
            labelPadding=4,
        ),
        title=alt.TitleConfig(
            fontSize=15,
            subtitleFontSize=SIZE,
            fontWeight=600,
            offset=10,
            subtitlePadding=4,
            lineHeight=18,
            subtitleLineHeight=15,
        ),
        text=alt.MarkConfig(color=look.text, fontSize=SIZE),
    )
    return chart


def as_spec(chart: Any) -> Spec:
    """Return a chart built without data as a Vega-Lite spec, to be cached; data are given beside it."""
    chart.data = {"name": "rows"}  # or every layer would be given a data set of its own, empty
    spec: Spec = chart.to_dict()
    for part in ("$schema", "data", "datasets"):
        spec.pop(part, None)
    return spec


def attached(chart: C, frame: pd.DataFrame) -> C:
    """Return the chart with its data inside, as JSON can hold them."""
    made: Any = chart
    made.data = {"values": records(frame)}  # set, not passed: rows are neither copied nor validated
    return chart


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame without what JSON cannot hold: a value that is missing is left out."""
    names = [str(name) for name in frame]
    columns = [[_plain(value) for value in frame[name].tolist()] for name in frame]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns, strict=True)
    ]


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it, or None."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
