"""Axes: model time as dates, bounds that hold what is drawn, and labels that do not collide."""

from __future__ import annotations

import math
from collections.abc import Sequence

import altair as alt
import numpy as np

from sim.charts.theme import SIZE, runs_note
from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.execution.ensemble import Ensemble
from sim.execution.trajectories import Trajectories
from sim.model.clock import DAYS, Clock
from sim.model.naming import family_of, labelled, members_in
from sim.model.types import Derived, Model, StateVariable
from sim.study.assignments import common_settings, settings_text
from sim.study.families import refuse_family

_EPOCH = 719_163  # the ordinal of 1970-01-01
_DAY = 86_400_000.0  # milliseconds


def moment(clock: Clock, time: float) -> float:
    """Return a model time as an x value: milliseconds of UTC, or the time itself without a date."""
    if clock.start is None:
        return float(time)
    return (clock.start.toordinal() - _EPOCH + clock.days(float(time))) * _DAY


def day_text(clock: Clock, time: float) -> str:
    """Return a model time in words: ``2 Sep 2025 (day 50)``."""
    date = clock.date(time)
    count = f"{clock.unit} {math.floor(time + 1e-6)}"
    return f"{date.day} {date:%b %Y} ({count})" if date else count


def time_axis(
    clock: Clock, width: int | None, room: float = 0.0, field: str = "when", grid: bool = False
) -> alt.X:
    """Return the x encoding for moments of a model, `room` pixels kept free at the right for labels.

    Ticks stand on the first of months where the model has dates and months are its scale.
    """
    total = float(width or 600)
    plot = max(total - 60.0, 120.0)
    stretch = clock.horizon * room / max(plot - room, 60.0)
    low, high = moment(clock, 0.0), moment(clock, clock.horizon + stretch)
    ticks = max(2, int((plot - room) / 80))
    if clock.start is None:
        places = [float(x) for x in nice_ticks(0.0, clock.horizon, ticks)]
        axis = alt.Axis(title=clock.unit, values=places, grid=grid, labelFlush=False)
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=axis)
    stamps = _date_ticks(clock, ticks)
    days = clock.horizon * DAYS[clock.unit]
    form = "%-d %b" if days <= 330 else "%b %Y" if days <= 3700 else "%Y"
    axis = alt.Axis(title=None, values=stamps, format=form, grid=grid, labelFlush=False)
    scale = alt.Scale(type="utc", domain=[low, high], nice=False)
    return alt.X(f"{field}:T", scale=scale, axis=axis)


def _date_ticks(clock: Clock, count: int) -> list[float]:
    """Return moments at firsts of months, or at whole days for short horizons."""
    assert clock.start is not None
    first = clock.start.toordinal()
    days = clock.horizon * DAYS[clock.unit]
    if days <= 45:
        step = max(1, math.ceil(days / count))
        return [(first + d - _EPOCH) * _DAY for d in range(0, int(days) + 1, step)]
    months = []
    year, month = clock.start.year, clock.start.month
    for _ in range(int(days / 28) + 2):
        ordinal = clock.start.replace(year=year, month=month, day=1).toordinal()
        if first <= ordinal <= first + days:
            months.append((ordinal, year * 12 + month - 1))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        if year > 9998:
            break
    for step in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600):
        kept = [o for o, index in months if index % step == 0]
        if len(kept) <= count:
            return [(o - _EPOCH) * _DAY for o in kept]
    return [(o - _EPOCH) * _DAY for o, _ in months[:: max(1, len(months) // count)]]


def nice_ticks(low: float, high: float, count: int) -> list[float]:
    """Return round numbers from `low` to `high`, about `count` of them."""
    if not high > low:
        return [low]
    raw = (high - low) / max(count, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def tick_format(ticks: Sequence[float]) -> str:
    """Return the format of signed ticks: as many decimals as their steps have."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else abs(ticks[0]) if ticks else 1.0
    places = 0
    while places < 9 and abs(step * 10**places - round(step * 10**places)) > 1e-6:
        places += 1
    return f"+,.{places}f"


def nice_bounds(low: float, high: float) -> tuple[float, float]:
    """Return round bounds around two values; zero is kept where it is near."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    if low == high:
        pad = abs(low) * 0.1 or 1.0
        low, high = (0.0, high + pad) if low >= 0 else (low - pad, high + pad)
    if 0 < low < 0.6 * high:
        low = 0.0
    step = nice_ticks(low, high, 5)
    gap = step[1] - step[0] if len(step) > 1 else high - low
    return math.floor(low / gap + 1e-9) * gap, math.ceil(high / gap - 1e-9) * gap


def series_bounds(
    ensemble: Ensemble, series: str, scenarios: Sequence[str] | None = None
) -> tuple[float, float]:
    """Return the y bounds of a series: its declared range if it has one, else what the bands need."""
    model = ensemble.experiment.model
    entry = series_entry(model, series)
    kept = trajectories(ensemble)
    place = series_index(ensemble, series)
    rows = [ensemble.scenario_index(s) for s in scenarios or ensemble.scenarios]
    data = kept.bands[rows, place]
    data = data[np.isfinite(data)]
    low, high = (float(data.min()), float(data.max())) if len(data) else (0.0, 1.0)
    bounded = entry is not None and entry.low is not None and entry.high is not None
    if bounded and entry is not None and entry.low is not None and entry.high is not None:
        index = entry.high - entry.low in (1.0, 100.0)
        if index or high - low > 0.5 * (entry.high - entry.low):
            return entry.low, entry.high
    low, high = nice_bounds(low, high)
    if entry is not None and entry.low is not None:
        low = max(low, entry.low)
    return low, high


def trajectories(ensemble: Ensemble) -> Trajectories:
    """Return the trajectories of an ensemble.

    Raises
    ------
    ExperimentError
        It was run without them.
    """
    if ensemble.trajectories is None:
        words = "these results hold no series over time"
        raise ExperimentError(Diagnostic("no-series", words, None, "run with series=True"))
    return ensemble.trajectories


def base_note(ensemble: Ensemble, n: int | None = None, scenarios: int | None = None) -> str:
    """Return what stands below every chart of an ensemble: its runs, its futures, what is held.

    Parameters
    ----------
    n
        Runs of each scenario behind the chart; by default all.
    scenarios
        Scenarios in the chart; by default all.
    """
    experiment = ensemble.experiment
    futures = len(experiment.futures)
    n = experiment.replications * futures if n is None else n
    count = len(ensemble.scenarios) if scenarios is None else scenarios
    held = settings_text(experiment.model, common_settings(experiment.scenarios))
    note = runs_note(n, count, futures, experiment.central, experiment.origin)
    return f"{held}\u00a0· {note}" if held else note


def series_index(ensemble: Ensemble, name: str) -> int:
    """Return the place of a numeric series.

    Raises
    ------
    ExperimentError
        There is no such series.
    """
    names = trajectories(ensemble).names
    refuse_family(ensemble.experiment.model, name, names, "unknown-series")
    if name not in names:
        words = f"there is no series '{name}'"
        raise ExperimentError(Diagnostic("unknown-series", words, None, did_you_mean(name, names)))
    return names.index(name)


def series_entry(model: Model, name: str) -> StateVariable | Derived | None:
    """Return the entry of a state variable or derived quantity, or of a member of one; None of others."""
    known = name in model.state or family_of(name) in model.derived
    return model.series(name) if known else None


def series_label(model: Model, name: str) -> tuple[str, str]:
    """Return the label and the unit of a series."""
    family = model.families.get(name)
    found = series_entry(model, name) if family is None else family.base
    if found is None:
        return name.replace("_", " "), ""
    plain = labelled(family_of(name).capitalize(), members_in(name)).replace("_", " ")
    return found.label or plain, found.unit


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Return places moved apart to at least `gap`: in their order, within bounds, moved the least.

    The least squares answer is an isotonic regression of the places less their rank times the gap.
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    if not order:
        return []
    gap = min(gap, (high - low) / max(len(order) - 1, 1))
    pools: list[list[float]] = []  # mean and size of each pool of places that touch
    for rank, i in enumerate(order):
        pools.append([places[i] - rank * gap, 1.0])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, size = pools.pop()
            pools[-1][0] = (pools[-1][0] * pools[-1][1] + mean * size) / (pools[-1][1] + size)
            pools[-1][1] += size
    level = [mean for mean, size in pools for _ in range(int(size))]
    top = high - (len(order) - 1) * gap
    result = [0.0] * len(places)
    for rank, i in enumerate(order):
        result[i] = min(max(level[rank], low), top) + rank * gap
    return result


def label_gap(bounds: tuple[float, float], height: int, size: float = SIZE) -> float:
    """Return the least distance of two labels, in units of the y axis."""
    return (bounds[1] - bounds[0]) * (size + 3) / height
