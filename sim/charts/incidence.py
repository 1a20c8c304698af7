"""Incidence: in how many runs something has happened by each day."""

from __future__ import annotations

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.charts.axes import base_note, nice_bounds
from sim.charts.choices import cast
from sim.charts.courses import Course, course_chart, course_frame, end_texts
from sim.charts.theme import WIDE, Mark, ThemeName, attached, marks, title
from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.model.types import Model, Outcome
from sim.statistics.estimates import estimate

Floats = npt.NDArray[np.float64]


def incidence_outcomes(model: Model) -> tuple[str, ...]:
    """Return the outcomes of which an incidence can be drawn: those that are a `first`."""
    return tuple(o.name for o in model.outcomes.values() if o.statistic == "first")


def incidence_frame(
    ensemble: Ensemble,
    outcome: str | None = None,
    against: str | None = None,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: list[str] | None = None,
    height: int = 250,
    width: int | None = WIDE,
) -> pd.DataFrame:
    """Return the data of an incidence; see `incidence_chart` for the arguments.

    Returns
    -------
    pandas.DataFrame
        Columns and roles of `sim.charts.courses.course_frame`; values in percent.
    """
    model = ensemble.experiment.model
    first = _first(model, outcome)
    second = _first(model, against) if against else None
    focus, base, shown = cast(ensemble, scenario, baseline, others)
    if second is not None:
        shown = [focus]
    looks = marks(ensemble.scenarios, base)
    times = np.arange(model.clock.grid(), dtype=float)
    courses = []
    for name in shown:
        values, low, high = _reached(ensemble, first, name, times)
        mine = name == focus
        label = looks[name].label if second is None else _short(first)
        bands = {"low90": low, "high90": high} if mine else {}
        courses.append(Course("focus" if mine else "other", looks[name], values, bands, label))
    if second is not None:
        values, _, _ = _reached(ensemble, second, focus, times)
        look = looks[focus]
        dotted = Mark(look.scenario, look.label, look.tone, "dotted", look.shape)
        courses.append(Course("other", dotted, values, {}, _short(second)))
    tops = np.concatenate([c.bands.get("high90", c.values) for c in courses])
    top = float(tops.max(initial=1.0, where=np.isfinite(tops)))
    bounds = (0.0, min(100.0, nice_bounds(0.0, top)[1]))
    return course_frame(
        courses, times, model.clock, bounds, height, unit=" %", places=0, width=width
    )


def incidence_chart(
    ensemble: Ensemble,
    outcome: str | None = None,
    against: str | None = None,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    others: list[str] | None = None,
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 250,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw the share of runs in which something has happened by each day.

    Every run is seen until the horizon, so the share needs no correction for runs cut short. Failed
    replications are left out.

    Parameters
    ----------
    outcome
        A `first` outcome; by default the first of the model.
    against
        Another, drawn dotted for the same scenario: what may undo or forestall the first.
    scenario
        Whose 95 % interval is drawn; by default the first that is not the baseline.

    Raises
    ------
    ExperimentError
        A name is unknown, or the outcome is not a `first`.
    """
    model = ensemble.experiment.model
    first = _first(model, outcome)
    frame = incidence_frame(
        ensemble, first.name, against, scenario=scenario, baseline=baseline, others=others,
        height=height, width=width,
    )  # fmt: skip
    labels = end_texts(frame)
    parts = [
        "% of runs in which it has happened by the day", model.clock.span,
        "band: 95 % interval, day by day", base_note(ensemble, None, 1 if against else len(labels)),
    ]  # fmt: skip
    name = first.label or first.name.replace("_", " ")
    if against:
        focus = cast(ensemble, scenario, baseline, others)[0].replace("_", " ")
        parts = [f"in {focus}", *parts]
    head = title(f"{name}: how soon, how often", parts, theme, width) if heading else None
    chart = course_chart(model.clock, head, labels, theme, width, height, step=True)
    return attached(chart, frame)


def _first(model: Model, name: str | None) -> Outcome:
    from sim.errors import did_you_mean

    known = incidence_outcomes(model)
    if name is None and known:
        name = known[0]
    if name is None or name not in known:
        words = f"'{name}' is not a 'first' outcome" if name else "no outcome is a 'first'"
        hint = did_you_mean(name or "", known) or "as in day: {first: EVENT}"
        raise ExperimentError(Diagnostic("not-a-first", words, None, hint))
    return model.outcomes[name]


def _short(outcome: Outcome) -> str:
    return outcome.name.replace("_", " ")


def _reached(
    ensemble: Ensemble, outcome: Outcome, scenario: str, times: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return percent of runs by time, and its interval, each ``float64[time]``."""
    days = ensemble.outcome(outcome.name, scenario)
    good = ~ensemble.failed[ensemble.scenario_index(scenario)]
    found = []
    last = None
    for time in times:
        hit = np.where(good, np.nan_to_num(days, nan=np.inf) <= time, np.nan).astype(float)
        total = float(np.nansum(hit))
        if last is None or total != last[0]:
            last = (total, estimate(hit, share=True, blocks=ensemble.experiment.blocks))
        found.append((last[1].mean, last[1].low, last[1].high))
    columns = 100.0 * np.array(found).T
    return columns[0], columns[1], columns[2]
