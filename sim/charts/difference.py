"""The difference fan: how far a policy moves a quantity over time, and over how many futures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.charts.axes import base_note, nice_bounds, series_index, trajectories
from sim.charts.choices import cast
from sim.charts.courses import Course, course_chart, course_frame, end_texts
from sim.charts.fan import banded, series_heading
from sim.charts.theme import WIDE, ThemeName, attached, marks
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.trajectories import LEVELS
from sim.statistics.nested import ranges
from sim.study.experiment import Floats

#: Times at which the futures are laid out; of more, only so many are taken.
MAX_TIMES = 400


def difference_frame(
    ensemble: Ensemble,
    series: str,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: Sequence[str] | None = None,
    bounds: tuple[float, float] | None = None,
    height: int = 250,
    width: int | None = WIDE,
) -> pd.DataFrame:
    """Return the data of a difference fan, a row per scenario and time; see `difference_chart`.

    Returns
    -------
    pandas.DataFrame
        Columns and roles of `sim.charts.courses.course_frame`; the baseline is the line at zero.
    """
    kept = trajectories(ensemble)
    place = series_index(ensemble, series)
    focus, base, shown = cast(ensemble, scenario, baseline, others)
    if focus == base:
        words = "a difference needs a second scenario"
        raise ExperimentError(Diagnostic("one-scenario", words))
    looks = marks(ensemble.scenarios, base)
    times = np.unique(np.linspace(0, len(kept.times) - 1, MAX_TIMES).astype(int))
    zero = np.zeros(len(times))
    courses = [Course("other", looks[base], zero, {}, looks[base].label)]
    for name in shown:
        if name == base:
            continue
        rows = [ensemble.scenario_index(n) for n in (name, base)]
        bands = _over_futures(ensemble, rows, place, times)
        courses.append(banded(looks[name], bands, name == focus))
    drawn = np.concatenate([row for c in courses for row in (c.values, *c.bands.values())])
    bounds = bounds or nice_bounds(float(np.nanmin(drawn)), float(np.nanmax(drawn)))
    return course_frame(
        courses, kept.times[times], ensemble.experiment.model.clock, bounds, height,
        width=width, sign=True,
    )  # fmt: skip


def difference_chart(
    ensemble: Ensemble,
    series: str,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: Sequence[str] | None = None,
    bounds: tuple[float, float] | None = None,
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 250,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw how a scenario moves a series over time: its paired difference to the baseline.

    The line is the middle over futures of the expected difference, the bands hold 50 and 90 % of
    futures, day by day; the noise of the replications is taken off at each time. With one future the
    line is the mean difference, and there are no bands.

    Parameters
    ----------
    scenario
        Whose bands are drawn; by default the first that is not the baseline.
    baseline
        What is subtracted; by default the first scenario.
    others
        Further scenarios whose middles are drawn; by default all, up to five.
    bounds
        Of the y axis; by default those of what is drawn.

    Raises
    ------
    ExperimentError
        The ensemble holds no series, or not the means of each future; there is one scenario; or a
        name is unknown.
    """
    cast_: dict[str, Any] = {"scenario": scenario, "baseline": baseline, "others": others}
    frame = difference_frame(ensemble, series, **cast_, bounds=bounds, height=height, width=width)
    labels = end_texts(frame)
    focus, base, _ = cast(ensemble, **cast_)
    model = ensemble.experiment.model
    drawn = "line: the mean difference"
    if len(ensemble.experiment.futures) > 1:
        drawn = (
            "line: middle, bands: 50 % and 90 % of futures, of the expected difference day by day"
        )
    pair = " minus ".join(name.replace("_", " ") for name in (focus, base))
    note = base_note(ensemble, trajectories(ensemble).counted)
    head = series_heading(model, series, drawn, note, theme, width, pair) if heading else None
    chart = course_chart(model.clock, head, labels, theme, width, height)
    return attached(chart, frame)


def _over_futures(
    ensemble: Ensemble, rows: Sequence[int], place: int, times: npt.NDArray[np.int64]
) -> Floats:
    """Return quantiles over futures of a difference: ``float64[level, time]``; of one future its mean."""
    kept = trajectories(ensemble)
    one, base = rows
    if len(ensemble.experiment.futures) < 2:
        gap = (kept.means[one, place] - kept.means[base, place])[times]
        return np.array([gap if level == 0.5 else np.full_like(gap, np.nan) for level in LEVELS])
    if kept.halves is None or kept.half_counts is None:
        words = "these results hold no means of each future over time"
        help = "run again with fewer series, futures or scenarios"
        raise ExperimentError(Diagnostic("no-series", words, None, help))
    gaps = kept.halves[one][:, :, place, times] - kept.halves[base][:, :, place, times]
    counts = kept.half_counts[one]
    same = counts == kept.half_counts[base]  # else failed runs have no twin
    return ranges(np.where(same[:, :, None], gaps, np.nan), counts, LEVELS)
