"""The data of the plane of two outcomes: clouds, centres, labels, and what lies in each quadrant."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.charts.axes import nice_bounds
from sim.charts.choices import cast, named_axes
from sim.charts.labels import Box, placed, told_apart
from sim.charts.theme import SIZE, WIDE, Mark, marks, text_width
from sim.execution.ensemble import Ensemble
from sim.formatting import judged
from sim.model.types import Model, Outcome
from sim.statistics.estimates import estimate
from sim.statistics.nested import MIN_EVENTS, expected, shares, spread

Floats = npt.NDArray[np.float64]
Cloud = Literal["auto", "bootstrap", "replications", "futures"]
#: More dots of one cloud are not drawn.
MAX_DOTS = 200
COLUMNS = (
    "role", "scenario", "tone", "shape", "x", "y", "x_low", "x_high", "y_low", "y_high",
    "text", "words", "at_x", "at_y",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Centre:
    """The middle of a cloud and its bars, in the units of the axes: x, then y, each low to high."""

    scenario: str
    x: tuple[float, float, float]
    y: tuple[float, float, float]

    @property
    def known(self) -> bool:
        """Whether it can be drawn."""
        return all(math.isfinite(v) for v in (*self.x, *self.y))


def plane_frame(
    ensemble: Ensemble,
    x: str | None = None,
    y: str | None = None,
    *,
    scenario: str | None = None,
    baseline: str | None = None,
    cloud: Cloud = "auto",
    differences: bool = False,
    width: int = WIDE,
    height: int = 340,
) -> pd.DataFrame:
    """Return the data of a plane; see `plane_chart` for the arguments.

    Parameters
    ----------
    differences
        Whether the axes are paired differences to the baseline rather than levels.

    Returns
    -------
    pandas.DataFrame
        `role` tells what a row is for: *dot* (of a cloud), *centre* (the middle of a scenario with its
        bars), *label*, *corner* (how many futures lie in a quadrant), *bound* (the bounds of the
        axes). Shares are in percent.
    """
    model = ensemble.experiment.model
    names = named_axes(model, x, y)
    focus, base, _ = cast(ensemble, scenario, baseline, None)
    kind = cloud_kind(ensemble, *names, cloud)
    looks = marks(ensemble.scenarios, base)
    rows: list[dict[str, object]] = []
    centres: list[Centre] = []
    for name in ensemble.scenarios:
        if differences and name == base:
            continue
        pair = np.array([_values(ensemble, o, name, base if differences else None) for o in names])
        look = looks[name]
        common = {"scenario": look.label, "tone": look.tone, "shape": look.shape}
        if name == focus or not (differences or scenario):
            dots = _dots(pair, kind, ensemble.experiment.seed)
            rows += [{"role": "dot", **common, "x": a, "y": b} for a, b in dots]
        sides = [
            _bar(model.outcomes[o], v, kind, ensemble) for o, v in zip(names, pair, strict=True)
        ]
        centre = Centre(name, *sides)
        if centre.known:
            centres.append(centre)
            found: dict[str, object] = {"role": "centre", **common}
            for axis, (low, middle, high) in zip("xy", sides, strict=True):
                found[axis] = middle
                if name == focus or not differences:
                    found |= {f"{axis}_low": low, f"{axis}_high": high}
            rows.append(found)
    bounds = _bounds(rows, [model.outcomes[o] for o in names], differences)
    rows += [{"role": "bound", "x": bounds[0][i], "y": bounds[1][i]} for i in (0, 1)]
    rows += _labels(centres, looks, bounds, width, height, focus if differences else None)
    if differences:
        rows += _corners(ensemble, names, focus, base, bounds)
    return pd.DataFrame(rows).reindex(columns=list(COLUMNS))


def cloud_note(
    ensemble: Ensemble, x: str, y: str, cloud: Cloud = "auto", differences: bool = False
) -> str:
    """Return what a dot and a bar of a plane are."""
    kind = cloud_kind(ensemble, x, y, cloud)
    if kind == "futures":
        what = "its expected difference" if differences else "its expected value"
        if ensemble.experiment.replications < 2:
            what = (
                "one pair of runs, with its chance" if differences else "one run, with its chance"
            )
        dot = "one future"
        if len(ensemble.experiment.futures) > MAX_DOTS:
            dot = f"one of the first {MAX_DOTS} futures"
        return f"a dot: {dot}, {what}; bars: the middle and 5–95 % of futures"
    means = {"bootstrap": "the mean of resampled runs", "replications": "a run"}[kind]
    return f"a dot: {means}; cross: 95 % interval of the mean"


def cloud_kind(
    ensemble: Ensemble, x: str, y: str, cloud: Cloud = "auto"
) -> Literal["bootstrap", "replications", "futures"]:
    """Return what a dot of the cloud stands for."""
    if cloud != "auto":
        return cloud
    experiment = ensemble.experiment
    if len(experiment.futures) > 1:
        return "futures"
    share = experiment.model.outcomes[x].share or experiment.model.outcomes[y].share
    return "bootstrap" if share else "replications"


def _values(ensemble: Ensemble, outcome: str, scenario: str, base: str | None) -> Floats:
    """Return an outcome, or its paired difference to the baseline: ``float64[future, replication]``."""
    values = ensemble.outcome(outcome, scenario)
    values = values if base is None else values - ensemble.outcome(outcome, base)
    return values * (100.0 if ensemble.experiment.model.outcomes[outcome].share else 1.0)


def _bar(
    outcome: Outcome, values: Floats, kind: str, ensemble: Ensemble
) -> tuple[float, float, float]:
    """Return the low end, the middle and the high end of a bar."""
    over = spread(values) if kind == "futures" else None
    if over is not None:
        return over.low, over.middle, over.high
    share = outcome.share and bool(np.nanmin(values, initial=0.0) >= 0.0)
    k = 100.0 if share else 1.0
    found = estimate(values / k, share=share, blocks=ensemble.experiment.blocks)
    return found.low * k, found.mean * k, found.high * k


def _dots(pair: Floats, kind: str, seed: int) -> list[tuple[float, float]]:
    """Return the dots of a cloud from ``float64[outcome, future, replication]``."""
    if kind == "replications":
        pairs = pair.reshape(2, -1).T
    elif kind == "futures":
        pairs = _expected(pair).T
    else:
        flat = pair.reshape(2, -1)
        pick = np.random.default_rng(seed).integers(0, flat.shape[1], (MAX_DOTS, flat.shape[1]))
        pairs = np.column_stack([_means(row[pick]) for row in flat])
    pairs = pairs[np.isfinite(pairs).all(axis=1)][:MAX_DOTS]
    return [(float(a), float(b)) for a, b in pairs]


def _expected(pair: Floats) -> Floats:
    """Return the expected values of two outcomes: ``float64[outcome, future]``."""
    return np.array([expected(values, turn) for turn, values in enumerate(pair)])


def _means(rows: Floats) -> Floats:
    counts = (~np.isnan(rows)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.nansum(rows, axis=1) / counts
    return found


def _bounds(
    rows: Sequence[dict[str, object]],
    outcomes: Sequence[Outcome],
    differences: bool,
) -> list[tuple[float, float]]:
    """Return the bounds of both axes; those of differences hold zero."""
    sides = []
    for axis, outcome in enumerate(outcomes):
        name = "xy"[axis]
        ends = (f"{name}_low", f"{name}_high") if differences else ()
        found = [row[k] for row in rows for k in (name, *ends) if k in row]
        values = [float(v) for v in found]  # type: ignore[arg-type]
        if differences:
            values.append(0.0)
        low, high = nice_bounds(min(values, default=0.0), max(values, default=1.0))
        if outcome.share and not differences:
            low, high = max(0.0, low), min(100.0, high)
        sides.append((low, high))
    return sides


def _labels(
    centres: Sequence[Centre],
    looks: dict[str, Mark],
    sides: Sequence[tuple[float, float]],
    width: int,
    height: int,
    focus: str | None,
) -> list[dict[str, object]]:
    """Return the labels of the centres where they hide neither each other nor a centre."""
    (x0, x1), (y0, y1) = sides
    plot = max(width - 75.0, 150.0)

    def across(value: float) -> float:
        return (value - x0) / (x1 - x0) * plot

    def down(value: float) -> float:
        return (1 - (value - y0) / (y1 - y0)) * height

    anchors = [(across(c.x[1]), down(c.y[1])) for c in centres]
    bars = [
        bar
        for (x, y), c in zip(anchors, centres, strict=True)
        if focus in (None, c.scenario)
        for bar in (
            Box(across(c.x[0]), y - 2, across(c.x[2]), y + 2),
            Box(x - 2, down(c.y[2]), x + 2, down(c.y[0])),
        )
    ]
    names = [looks[c.scenario].label for c in centres]
    texts = list(told_apart(names, plot / 2, SIZE).values())
    widths = [text_width(t) * 1.06 for t in texts]
    frame = Box(0, 32, plot, height - 32) if focus else Box(0, 0, plot, height)
    boxes = placed(anchors, widths, frame, bars)
    return [
        {
            "role": "label", "scenario": looks[c.scenario].label, "text": text, "x": c.x[1],
            "y": c.y[1], "tone": looks[c.scenario].tone,
            "at_x": x0 + px / plot * (x1 - x0), "at_y": y0 + (1 - py / height) * (y1 - y0),
        }
        for c, text, (px, py) in zip(centres, texts, boxes, strict=True)
    ]  # fmt: skip


def quadrants(
    ensemble: Ensemble, x: str, y: str, scenario: str, baseline: str
) -> npt.NDArray[np.float64] | None:
    """Return the shares of futures by the signs of two expected differences.

    The futures are counted as the dots lie, then fitted to the shares of each outcome alone, which
    `sim.statistics.nested.shares` gives (iterative proportional fitting, Deming and Stephan 1940).

    Returns
    -------
    float64[sign of x, sign of y], or None
        Signs are −, 0, +. None where chance cannot be told from futures, or where fewer than
        `sim.statistics.nested.MIN_EVENTS` pairs of runs differ in one of the two.
    """
    pair = np.array([_values(ensemble, o, scenario, baseline) for o in (x, y)])
    if min((np.abs(values) > 0).sum() for values in pair) < MIN_EVENTS:
        return None
    alone = [shares(values, ensemble.experiment.blocks) for values in pair]
    dots = _expected(pair)
    dots = dots[:, np.isfinite(dots).all(axis=0)]
    if alone[0] is None or alone[1] is None or not dots.size:
        return None
    table = np.zeros((3, 3))
    places = np.sign(dots).astype(int) + 1
    np.add.at(table, (places[0], places[1]), 1.0 / dots.shape[1])
    table += 1e-6  # a quadrant without a dot may still have its part
    wanted = []
    for above, below in (alone[0], alone[1]):
        rest = max(0.0, 1.0 - above.mean - below.mean)
        wanted.append(np.array([below.mean, rest, above.mean]))
    for _ in range(50):
        for axis, aim in enumerate(wanted):
            have = table.sum(axis=1 - axis)
            part = np.divide(aim, have, out=np.zeros(3), where=have > 0)
            table = table * (part[:, None] if axis == 0 else part[None, :])
    return table


def _corners(
    ensemble: Ensemble,
    names: Sequence[str],
    focus: str,
    base: str,
    sides: Sequence[tuple[float, float]],
) -> list[dict[str, object]]:
    """Return how many futures of a hundred lie in each quadrant, and what that means."""
    model = ensemble.experiment.model
    table = quadrants(ensemble, names[0], names[1], focus, base)
    if table is None:
        return []
    rows = []
    for right in (0, 1):
        for up in (0, 1):
            count = round(100 * table[2 * right, 2 * up])
            if count:
                words = _quadrant_words(model, names, (right, up))
                rows.append(
                    {"role": "corner", "shape": f"{right}{up}", "text": f"{count} of 100 futures",
                     "words": words, "x": sides[0][right], "y": sides[1][up]}
                )  # fmt: skip
    return rows


def _quadrant_words(model: Model, names: Sequence[str], ends: tuple[int, int]) -> str:
    """Return what a quadrant means: better or worse by the goals, else higher or lower."""
    found = []
    for name, end in zip(names, ends, strict=True):
        side = "higher" if end else "lower"
        found.append(judged(side, model.outcomes[name].goal) or side)
    if found[0] == found[1]:
        return f"{found[0]} in both"
    return f"{found[0]} across, {found[1]} upwards"
