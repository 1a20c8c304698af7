"""The plane of two outcomes: what is gained on one axis, what it costs on the other."""

from __future__ import annotations

import math
from typing import Any, Literal

import altair as alt
import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.charts.axes import nice_bounds
from sim.charts.choices import named_axes
from sim.charts.labels import Box, placed, told_apart
from sim.charts.theme import (
    SIZE,
    THEMES,
    WIDE,
    Mark,
    Spec,
    ThemeName,
    as_spec,
    attached,
    colour,
    direction,
    finished,
    ink,
    layered,
    marks,
    runs_note,
    shapes,
    text_width,
    title,
)
from sim.execution.ensemble import Ensemble
from sim.model.types import Model, Outcome
from sim.numerics.estimates import Estimate, estimate

Floats = npt.NDArray[np.float64]
Sides = tuple[tuple[float, float], tuple[float, float]]
Cloud = Literal["auto", "bootstrap", "replications", "futures"]
#: More dots of one cloud are not drawn.
MAX_DOTS = 200
#: Replications of a future from which on its share is fine enough for a dot of its own.
SMOOTH = 50
COLUMNS = (
    "role", "scenario", "tone", "shape", "x", "y", "x_low", "x_high", "y_low", "y_high",
    "text", "at_x", "at_y",
)  # fmt: skip


def plane_frame(
    ensemble: Ensemble,
    x: str | None = None,
    y: str | None = None,
    *,
    baseline: str | None = None,
    cloud: Cloud = "auto",
    width: int = WIDE,
    height: int = 340,
    least: Sides | None = None,
) -> pd.DataFrame:
    """Return the data of a plane; see `plane_chart` for the arguments.

    Parameters
    ----------
    least
        What the two axes hold at least, each from low to high.

    Returns
    -------
    pandas.DataFrame
        `role` tells what a row is for: *dot* (of a cloud), *centre* (a scenario's mean with its
        intervals), *label*, *bound* (the bounds of the axes). Shares are in percent.
    """
    model = ensemble.experiment.model
    x_name, y_name = named_axes(model, x, y)
    base = baseline or ensemble.scenarios[0]
    ensemble.scenario_index(base)
    kind = cloud_kind(ensemble, x_name, y_name, cloud)
    looks = marks(ensemble.scenarios, base)
    rows: list[dict[str, object]] = []
    centres: list[tuple[str, Estimate, Estimate]] = []
    for name in ensemble.scenarios:
        pair = [ensemble.outcome(o, name) * _scale(model.outcomes[o]) for o in (x_name, y_name)]
        look = looks[name]
        common = {"scenario": look.label, "tone": look.tone, "shape": look.shape}
        dots = _dots(pair[0], pair[1], kind, ensemble.experiment.seed)
        rows += [{"role": "dot", **common, "x": a, "y": b} for a, b in dots]
        here = [_estimate(model.outcomes[o], ensemble, name) for o in (x_name, y_name)]
        if math.isfinite(here[0].mean) and math.isfinite(here[1].mean):
            rows.append(
                {"role": "centre", **common, **_interval("x", here[0]), **_interval("y", here[1])}
            )
            centres.append((name, here[0], here[1]))
    seen = [(r["x"], r["y"]) for r in rows]
    sides = []
    for axis, outcome in ((0, x_name), (1, y_name)):
        values = [float(pair[axis]) for pair in seen]  # type: ignore[arg-type]
        low, high = nice_bounds(min(values, default=0.0), max(values, default=1.0))
        if model.outcomes[outcome].share:
            low, high = max(0.0, low), min(100.0, high)
        if least is not None:
            low, high = min(low, least[axis][0]), max(high, least[axis][1])
        sides.append((low, high))
    rows += [{"role": "bound", "x": sides[0][i], "y": sides[1][i]} for i in (0, 1)]
    rows += _labels(centres, looks, sides, width, height)
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


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
) -> Spec:
    """Return the spec of a plane without data: equal arguments, equal spec."""
    x_name, y_name = named_axes(model, x, y)
    return as_spec(_plane(model, x_name, y_name, note, theme, width, height, heading))


def plane_chart(
    ensemble: Ensemble,
    x: str | None = None,
    y: str | None = None,
    *,
    baseline: str | None = None,
    cloud: Cloud = "auto",
    theme: ThemeName = "light",
    width: int | None = WIDE,
    height: int = 340,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw every scenario on the plane of two outcomes: a cloud, its centre, 95 % intervals.

    Parameters
    ----------
    x, y
        Names of outcomes; by default those of `plane_axes`.
    cloud
        What a dot is: *replications* one replication; *futures* the means of one future; *bootstrap*
        the means of the replications, or of whole futures, resampled, which shows how well the
        centre is known. *auto* takes futures where there are several, bootstrap where an axis is a
        share of too few replications to lie elsewhere than in stripes, else replications.

    Raises
    ------
    ExperimentError
        A name is unknown, or the model has fewer than two outcomes.
    """
    model = ensemble.experiment.model
    x_name, y_name = named_axes(model, x, y)
    frame = plane_frame(
        ensemble, x_name, y_name, baseline=baseline, cloud=cloud, width=width or WIDE, height=height
    )
    count = ensemble.experiment.replications * len(ensemble.experiment.futures)
    note = cloud_note(ensemble, x_name, y_name, cloud)
    chart = _plane(
        model, x_name, y_name, f"{note}\u00a0· {runs_note(count)}", theme, width, height, heading
    )
    return attached(chart, frame)


def cloud_note(ensemble: Ensemble, x: str, y: str, cloud: Cloud = "auto") -> str:
    """Return what a dot and a cross of a plane are."""
    units = "futures" if len(ensemble.experiment.futures) > 1 else "runs"
    means = {
        "bootstrap": f"a dot is the mean of resampled {units}",
        "replications": "a dot is a run",
        "futures": "a dot is the mean of one future",
    }[cloud_kind(ensemble, x, y, cloud)]
    return f"{means}, cross: 95 % interval of the mean"


def cloud_kind(
    ensemble: Ensemble, x: str, y: str, cloud: Cloud = "auto"
) -> Literal["bootstrap", "replications", "futures"]:
    """Return what a dot of the cloud stands for."""
    if cloud != "auto":
        return cloud
    experiment = ensemble.experiment
    share = experiment.model.outcomes[x].share or experiment.model.outcomes[y].share
    if (
        len(experiment.futures) > 1
    ):  # a share of few runs has few values: its dots would lie in stripes
        return "bootstrap" if share and experiment.replications < SMOOTH else "futures"
    return "bootstrap" if share else "replications"


def _scale(outcome: Outcome) -> float:
    return 100.0 if outcome.share else 1.0


def _estimate(outcome: Outcome, ensemble: Ensemble, scenario: str) -> Estimate:
    values = ensemble.outcome(outcome.name, scenario)
    found = estimate(values, share=outcome.share, blocks=ensemble.experiment.blocks)
    k = _scale(outcome)
    return Estimate(found.mean * k, found.low * k, found.high * k, found.n)


def _interval(axis: str, estimate: Estimate) -> dict[str, float]:
    return {axis: estimate.mean, f"{axis}_low": estimate.low, f"{axis}_high": estimate.high}


def _dots(x: Floats, y: Floats, kind: str, seed: int) -> list[tuple[float, float]]:
    """Return the dots of a cloud from ``float64[future, replication]``."""
    if kind == "replications":
        pairs = np.column_stack([x.ravel(), y.ravel()])
    elif kind == "futures":
        pairs = np.column_stack([_means(x), _means(y)])
    else:
        chance = np.random.default_rng(seed)
        a, b = (v.ravel() if len(v) == 1 else _means(v) for v in (x, y))
        pick = chance.integers(0, len(a), (MAX_DOTS, len(a)))
        pairs = np.column_stack([_means(a[pick]), _means(b[pick])])
    pairs = pairs[np.isfinite(pairs).all(axis=1)][:MAX_DOTS]
    return [(float(a), float(b)) for a, b in pairs]


def _means(rows: Floats) -> Floats:
    counts = (~np.isnan(rows)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.nansum(rows, axis=1) / counts
    return found


def _labels(
    centres: list[tuple[str, Estimate, Estimate]],
    looks: dict[str, Mark],
    sides: list[tuple[float, float]],
    width: int,
    height: int,
) -> list[dict[str, object]]:
    """Return the labels of the centres where they hide neither each other nor a centre."""
    (x0, x1), (y0, y1) = sides
    plot = max(width - 75.0, 150.0)

    def across(value: float) -> float:
        return (value - x0) / (x1 - x0) * plot

    def down(value: float) -> float:
        return (1 - (value - y0) / (y1 - y0)) * height

    anchors = [(across(a.mean), down(b.mean)) for _, a, b in centres]
    bars = [
        bar
        for (x, y), (_, a, b) in zip(anchors, centres, strict=True)
        for bar in (
            Box(across(a.low), y - 2, across(a.high), y + 2),
            Box(x - 2, down(b.high), x + 2, down(b.low)),
        )
    ]
    names = [looks[name].label for name, _, _ in centres]
    texts = list(told_apart(names, plot / 2, SIZE).values())
    widths = [text_width(t) * 1.06 for t in texts]
    boxes = placed(anchors, widths, Box(0, 0, plot, height), bars)
    rows = []
    for (name, a, b), text, (px, py) in zip(centres, texts, boxes, strict=True):
        rows.append(
            {
                "role": "label", "scenario": looks[name].label, "text": text, "x": a.mean, "y": b.mean,
                "tone": looks[name].tone,
                "at_x": x0 + px / plot * (x1 - x0), "at_y": y0 + (1 - py / height) * (y1 - y0),
            }
        )  # fmt: skip
    return rows


def _axis_title(outcome: Outcome) -> str:
    unit = "%" if outcome.share else outcome.unit
    parts = [outcome.label or outcome.name.replace("_", " "), f"({unit})" if unit else ""]
    goal = direction(outcome.goal)
    return " ".join(p for p in parts if p) + (f", {goal}" if goal else "")


def _plane(
    model: Model,
    x: str,
    y: str,
    note: str,
    theme: ThemeName,
    width: int | None,
    height: int,
    heading: bool,
) -> alt.LayerChart:
    look = THEMES[theme]
    across, up = model.outcomes[x], model.outcomes[y]
    plain = alt.Scale(zero=False, nice=False)

    def at_x(field: str) -> alt.X:
        axis = alt.Axis(title=_axis_title(across), tickCount=6, ticks=False, domain=False)
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
    chart = layered(
        base.transform_filter("datum.role == 'dot'")
        .mark_circle(size=14, opacity=0.22)
        .encode(x=at_x("x"), y=at_y("y"), color=colour(theme)),
        centres.mark_rule(strokeWidth=1.6).encode(
            x=at_x("x_low"), x2="x_high:Q", y=at_y("y"), color=colour(theme)
        ),
        centres.mark_rule(strokeWidth=1.6).encode(
            x=at_x("x"), y=at_y("y_low"), y2="y_high:Q", color=colour(theme)
        ),
        labels.mark_rule(strokeWidth=0.7, color=look.muted).encode(
            x=at_x("x"), y=at_y("y"), x2="at_x:Q", y2="at_y:Q"
        ),
        centres.mark_point(size=90, filled=True, opacity=1, stroke=look.background, strokeWidth=1.5)
        .encode(x=at_x("x"), y=at_y("y"), color=colour(theme), shape=shapes(), tooltip=tips),
        labels.mark_text(**words, stroke=look.background, strokeWidth=3.5).encode(
            x=at_x("at_x"), y=at_y("at_y"), text="text:N"
        ),
        labels.mark_text(**words, fontWeight=600).encode(
            x=at_x("at_x"), y=at_y("at_y"), text="text:N", fill=ink(theme, alt.Fill)
        ),
        base.transform_filter("datum.role == 'bound'")
        .mark_point(opacity=0, color=look.muted)
        .encode(x=at_x("x"), y=at_y("y")),
    )  # fmt: skip
    words_ = f"{across.label or x} against {_lower(up.label or y)}"
    parts = [f"up: {_lower(_axis_title(up))}", model.clock.span, note]
    head = title(words_, parts, theme, width) if heading else None
    return finished(chart, head, theme, width, height)


def _lower(words: str) -> str:
    """Return words as they stand inside a sentence."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
