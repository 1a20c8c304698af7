"""Small multiples: the same fan for every scenario, or several series of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from sim.charts.axes import base_note, series_bounds, series_label, trajectories
from sim.charts.choices import cast, main_series, usual_series
from sim.charts.courses import course_chart
from sim.charts.fan import BANDS, fan_frame
from sim.charts.theme import (
    THEMES,
    WIDE,
    ThemeName,
    attached,
    panelled,
    title,
    wrapped,
)
from sim.execution.ensemble import Ensemble


def multiples_chart(
    ensemble: Ensemble,
    series: str | Sequence[str] | None = None,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    theme: ThemeName = "light",
    width: int = WIDE,
    height: int = 130,
) -> alt.ConcatChart:
    """Draw a fan of one series for every scenario, on equal axes; or of several series for one scenario.

    The baseline's median is drawn in every panel, grey and dashed.

    Parameters
    ----------
    series
        One name: a panel for each scenario. Several, or none for the main ones: a panel for each; a
        name that is declared over sets stands for all its members.
    scenario
        Of several series; by default the first that is not the baseline.

    Raises
    ------
    ExperimentError
        A name is unknown, or the ensemble holds no series.
    """
    focus, base, _ = cast(ensemble, scenario, baseline, ())
    model = ensemble.experiment.model
    if isinstance(series, str) and model.over(series):
        series = model.cells(series)
    columns = max(1, min(3, width // 240))
    each = (width - 24 * (columns - 1)) // columns
    panels: list[Any] = []
    count = base_note(ensemble, trajectories(ensemble).n)
    if isinstance(series, str):
        label, unit = series_label(model, series)
        bounds = series_bounds(ensemble, series)
        for name in ensemble.scenarios:
            words = [name.replace("_", " ")]
            panels.append(_panel(ensemble, series, name, base, words, bounds, theme, each, height))
        parts = [unit, model.clock.span, BANDS, _dashes(base), count]
    else:
        label = focus.replace("_", " ").capitalize()
        usual_series(model)
        for name in tuple(series or main_series(model)):
            words = [p for p in series_label(model, name) if p]
            bounds = series_bounds(ensemble, name, (focus, base))
            panels.append(_panel(ensemble, name, focus, base, words, bounds, theme, each, height))
        parts = [model.clock.span, BANDS, _dashes(base), count]
    return panelled(panels, columns, title(label, parts, theme, width, "bounds"), theme)


def _dashes(baseline: str) -> str:
    return f"dashed: median of {baseline.replace('_', ' ')}"


def _panel(
    ensemble: Ensemble,
    series: str,
    scenario: str,
    baseline: str,
    words: Sequence[str],
    bounds: tuple[float, float],
    theme: ThemeName,
    width: int,
    height: int,
) -> alt.LayerChart:
    look = THEMES[theme]
    frame = fan_frame(
        ensemble,
        series,
        scenario=scenario,
        baseline=baseline,
        others=(),
        bounds=bounds,
        height=height,
    )
    head = alt.TitleParams(
        text=wrapped(words[0], width, 13), subtitle=list(words[1:]), fontSize=12.5, fontWeight=600,
        subtitleFontSize=11, anchor="start", color=look.text, subtitleColor=look.muted, offset=6,
    )  # fmt: skip
    frame = frame[frame["role"] != "label"]
    clock = ensemble.experiment.model.clock
    made: Any = course_chart(clock, head, (), theme, width, height)
    for option in ("autosize", "padding", "config"):
        made[option] = alt.Undefined
    made.width = width - 42
    chart: alt.LayerChart = made
    return attached(chart, frame)
