"""The plane of two outcomes: what is gained on one axis, what it costs on the other."""

from __future__ import annotations

from typing import Any

import altair as alt

from sim.charts.axes import base_note
from sim.charts.choices import cast, named_axes
from sim.charts.clouds import Cloud, cloud_kind, cloud_note, plane_frame
from sim.charts.theme import (
    THEMES,
    WIDE,
    Spec,
    Theme,
    ThemeName,
    as_spec,
    attached,
    colour,
    direction,
    finished,
    ink,
    layered,
    shapes,
    title,
)
from sim.execution.ensemble import Ensemble
from sim.model.types import Model, Outcome


def plane_spec(
    model: Model,
    x: str | None = None,
    y: str | None = None,
    *,
    note: str = "",
    theme: ThemeName = "light",
    width: int | None = None,
    height: int = 340,
    heading: bool = True,
    differences: bool = False,
) -> Spec:
    """Return the spec of a plane without data: equal arguments, equal spec."""
    x_name, y_name = named_axes(model, x, y)
    head = _heading(model, x_name, y_name, [note], theme, width) if heading else None
    return as_spec(_plane(model, x_name, y_name, head, theme, width, height, differences))


def plane_chart(
    ensemble: Ensemble,
    x: str | None = None,
    y: str | None = None,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    cloud: Cloud = "auto",
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 340,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw scenarios on the plane of two outcomes.

    With several futures and scenarios: a cloud of futures, in each the expected difference of one
    scenario to the baseline with the noise of the replications taken off; its middle and the bars
    that hold 5 to 95 % of futures; how many of a hundred lie in each quadrant; and the middles of the
    other scenarios. Else the levels of every scenario: a cloud, its centre, 95 % intervals.

    Parameters
    ----------
    x, y
        Names of outcomes; by default those of `plane_axes`.
    scenario
        Whose differences are a cloud; by default the first that is not the baseline.
    cloud
        What a dot is: *futures*, as above; of levels also *replications*, one run, or *bootstrap*, the
        means of the replications resampled, which shows how well the centre is known. *auto* takes
        futures where there are several, bootstrap where an axis is a share, else replications.

    Raises
    ------
    ExperimentError
        A name is unknown, or the model has fewer than two outcomes.
    """
    model = ensemble.experiment.model
    names = named_axes(model, x, y)
    differences = cloud_kind(ensemble, *names, cloud) == "futures" and len(ensemble.scenarios) > 1
    focus, base, _ = cast(ensemble, scenario, baseline, None)
    differences = differences and focus != base
    frame = plane_frame(
        ensemble, *names, scenario=focus if differences else None, baseline=base, cloud=cloud,
        differences=differences, width=width or WIDE, height=height,
    )  # fmt: skip
    notes = [cloud_note(ensemble, *names, cloud, differences), base_note(ensemble)]
    if differences:
        pair = " minus ".join(name.replace("_", " ") for name in (focus, base))
        notes.insert(0, f"{pair}, the same futures and luck in both")
    head = _heading(model, *names, notes, theme, width) if heading else None
    chart = _plane(model, *names, head, theme, width, height, differences)
    return attached(chart, frame)


def _axis_title(outcome: Outcome, differences: bool = False) -> str:
    unit = ("points" if differences else "%") if outcome.share else outcome.unit
    parts = [outcome.label or outcome.name.replace("_", " "), f"({unit})" if unit else ""]
    goal = direction(outcome.goal)
    return " ".join(p for p in parts if p) + (f", {goal}" if goal else "")


def _plane(
    model: Model,
    x: str,
    y: str,
    head: alt.TitleParams | None,
    theme: ThemeName,
    width: int | None,
    height: int,
    differences: bool,
) -> alt.LayerChart:
    look = THEMES[theme]
    across = model.outcomes[x]
    plain = alt.Scale(zero=False, nice=False)

    def at_x(field: str) -> alt.X:
        axis = alt.Axis(
            title=_axis_title(across, differences), tickCount=6, ticks=False, domain=False
        )
        return alt.X(f"{field}:Q", scale=plain, axis=axis)

    def at_y(field: str) -> alt.Y:
        axis = alt.Axis(title=None, tickCount=5, ticks=False, domain=False)
        return alt.Y(f"{field}:Q", scale=plain, axis=axis)

    base = alt.Chart()
    centres = base.transform_filter("datum.role == 'centre'")
    labels = base.transform_filter("datum.role == 'label'")
    words: dict[str, Any] = {"align": "left", "baseline": "middle", "fontSize": 12}
    tips = [
        alt.Tooltip("scenario:N", title="Scenario"),
        alt.Tooltip("x:Q", title="across", format=".3~g"),
        alt.Tooltip("y:Q", title="up", format=".3~g"),
    ]
    zero = [
        base.mark_rule(color=look.muted, strokeWidth=1).encode(x=alt.X(datum=0.0, scale=plain)),
        base.mark_rule(color=look.muted, strokeWidth=1).encode(y=alt.Y(datum=0.0, scale=plain)),
    ]
    chart = layered(
        *(zero if differences else []),
        base.transform_filter("datum.role == 'dot'")
        .mark_circle(size=20 if differences else 14, opacity=0.32 if differences else 0.22)
        .encode(x=at_x("x"), y=at_y("y"), color=colour(theme)),
        centres.mark_rule(strokeWidth=1.6).encode(
            x=at_x("x_low"), x2=alt.X2("x_high:Q"), y=at_y("y"), color=colour(theme)
        ),
        centres.mark_rule(strokeWidth=1.6).encode(
            x=at_x("x"), y=at_y("y_low"), y2=alt.Y2("y_high:Q"), color=colour(theme)
        ),
        labels.mark_rule(strokeWidth=0.7, color=look.muted).encode(
            x=at_x("x"), y=at_y("y"), x2=alt.X2("at_x:Q"), y2=alt.Y2("at_y:Q")
        ),
        centres.mark_point(size=90, filled=True, opacity=1, stroke=look.background, strokeWidth=1.5)
        .encode(x=at_x("x"), y=at_y("y"), color=colour(theme), shape=shapes(), tooltip=tips),
        labels.mark_text(**words, stroke=look.background, strokeWidth=3.5).encode(
            x=at_x("at_x"), y=at_y("at_y"), text=alt.Text("text:N")
        ),
        labels.mark_text(**words, fontWeight=600).encode(
            x=at_x("at_x"), y=at_y("at_y"), text=alt.Text("text:N"), fill=ink(theme, alt.Fill)
        ),
        *(_corner_texts(base, at_x, at_y, look) if differences else []),
        base.transform_filter("datum.role == 'bound'")
        .mark_point(opacity=0, color=look.muted)
        .encode(x=at_x("x"), y=at_y("y")),
    )  # fmt: skip
    return finished(chart, head, theme, width, height)


def _corner_texts(base: alt.Chart, at_x: Any, at_y: Any, look: Theme) -> list[alt.Chart]:
    """Return the words in the corners: how many futures lie there, and what that means."""
    found = []
    for right in (0, 1):
        for up in (0, 1):
            rows = base.transform_filter(f"datum.role == 'corner' && datum.shape == '{right}{up}'")
            place: dict[str, Any] = {
                "align": "right" if right else "left",
                "dx": -6 if right else 6,
            }
            for field, size, down in (("text", 12, 8), ("words", 11, 22)):
                down = down if up else down - 30
                words = rows.mark_text(
                    **place, dy=down, fontSize=size, fontWeight=600 if size == 12 else 400,
                    color=look.text if size == 12 else look.muted, baseline="middle",
                )  # fmt: skip
                halo = rows.mark_text(
                    **place, dy=down, fontSize=size, fontWeight=600 if size == 12 else 400,
                    stroke=look.background, strokeWidth=3, baseline="middle",
                )  # fmt: skip
                at: dict[str, Any] = {
                    "x": at_x("x"),
                    "y": at_y("y"),
                    "text": alt.Text(f"{field}:N"),
                }
                found += [halo.encode(**at), words.encode(**at)]
    return found


def _heading(
    model: Model, x: str, y: str, notes: list[str], theme: ThemeName, width: int | None
) -> alt.TitleParams:
    across, up = model.outcomes[x], model.outcomes[y]
    words = f"{across.label or x} against {_lower(up.label or y)}"
    parts = [f"up: {_lower(_axis_title(up))}", model.clock.span, *notes]
    return title(words, parts, theme, width)


def _lower(words: str) -> str:
    """Return words as they stand inside a sentence."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
