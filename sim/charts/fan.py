"""The fan: how a quantity runs over time, its median and the bands in which most runs lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from sim.charts.axes import (
    base_note,
    series_bounds,
    series_index,
    series_label,
    trajectories,
)
from sim.charts.choices import cast, series_goal
from sim.charts.courses import Course, Floats, course_chart, course_frame, end_texts
from sim.charts.theme import (
    WIDE,
    Mark,
    Spec,
    ThemeName,
    as_spec,
    attached,
    marks,
    title,
)
from sim.execution.ensemble import Ensemble
from sim.model.types import Model

BANDS = "line: median, bands: 50 % and 90 % of runs, day by day"
LEVEL_COLUMNS = ("low90", "low50", "median", "high50", "high90")


def fan_frame(
    ensemble: Ensemble,
    series: str,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: Sequence[str] | None = None,
    samples: int = 0,
    hairlines: Mapping[str, float] | None = None,
    bounds: tuple[float, float] | None = None,
    height: int = 250,
    width: int | None = WIDE,
) -> pd.DataFrame:
    """Return the data of a fan, a row per scenario and time; see `fan_chart` for the arguments.

    Returns
    -------
    pandas.DataFrame
        Columns and roles of `sim.charts.courses.course_frame`.
    """
    kept = trajectories(ensemble)
    place = series_index(ensemble, series)
    focus, base, shown = cast(ensemble, scenario, baseline, others)
    looks = marks(ensemble.scenarios, base)
    courses = []
    mine = ensemble.scenario_index(focus)
    for row in kept.samples[mine, :samples, place]:
        if np.isfinite(row).all():
            courses.append(Course("sample", looks[focus], row, {}))
    for name in shown:
        bands = kept.bands[ensemble.scenario_index(name), place]
        courses.append(banded(looks[name], bands, name == focus))
    return course_frame(
        courses,
        kept.times,
        ensemble.experiment.model.clock,
        bounds or series_bounds(ensemble, series, shown),
        height,
        hairlines,
        width=width,
    )


def banded(look: Mark, bands: Floats, focus: bool) -> Course:
    """Return the line of a scenario through its middle; in focus, between its bands."""
    if not focus:
        return Course("other", look, bands[2], {}, look.label)
    around = dict(zip(LEVEL_COLUMNS, bands, strict=True))
    middle = around.pop("median")
    return Course("focus", look, middle, around, look.label)


def fan_spec(
    model: Model,
    series: str,
    *,
    labels: Sequence[str] = (),
    note: str = "",
    theme: ThemeName = "light",
    width: int | None = None,
    height: int = 250,
    heading: bool = True,
) -> Spec:
    """Return the spec of a fan without data: equal arguments, equal spec.

    Parameters
    ----------
    labels
        The words at the ends of the lines, for the room that they take.
    width
        Of the whole picture in pixels; None fits the container.
    heading
        Whether it bears a title.
    """
    head = series_heading(model, series, BANDS, note, theme, width) if heading else None
    tips = {
        "time": model.clock.unit.capitalize(), "date": "Date", "median": "Median",
        "low50": "25 % of runs below", "high50": "75 % of runs below",
        "low90": "5 % of runs below", "high90": "95 % of runs below",
    }  # fmt: skip
    if model.clock.start is None:
        del tips["date"]
    return as_spec(course_chart(model.clock, head, labels, theme, width, height, tips))


def fan_chart(
    ensemble: Ensemble,
    series: str,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: Sequence[str] | None = None,
    samples: int = 0,
    hairlines: Mapping[str, float] | None = None,
    bounds: tuple[float, float] | None = None,
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 250,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw a series over time: bands of one scenario, the medians of others.

    The bands are pointwise: no single run need follow one of their edges.

    Parameters
    ----------
    scenario
        Whose bands are drawn; by default the first that is not the baseline.
    baseline
        Drawn grey and dashed; by default the first scenario.
    others
        Further scenarios whose medians are drawn; by default all, up to five.
    samples
        Number of single replications drawn faintly.
    hairlines
        Moments marked by a vertical line, by the words on it.

    Raises
    ------
    ExperimentError
        The ensemble holds no series, or a name is unknown.
    """
    frame = fan_frame(
        ensemble, series, scenario=scenario, baseline=baseline, others=others, samples=samples,
        hairlines=hairlines, bounds=bounds, height=height, width=width,
    )  # fmt: skip
    labels = end_texts(frame)
    note = base_note(ensemble, trajectories(ensemble).n, len(labels))
    model = ensemble.experiment.model
    head = series_heading(model, series, BANDS, note, theme, width) if heading else None
    return attached(course_chart(model.clock, head, labels, theme, width, height), frame)


def series_heading(
    model: Model, series: str, drawn: str, note: str, theme: ThemeName, width: int | None,
    pair: str = "",
) -> alt.TitleParams:  # fmt: skip
    """Return the title of a chart of a series: what is drawn of it, and of a difference between whom."""
    label, unit = series_label(model, series)
    parts = [unit, series_goal(model, series), model.clock.span, drawn, note]
    return title(f"{label}: {pair}" if pair else label, parts, theme, width)
