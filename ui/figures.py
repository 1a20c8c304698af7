"""Charts of the page: the charts of `sim`, as constant specs and the data that change.

A chart whose spec stays the same is updated in place, so no picture flickers where a number changes:
axes take their bounds from hidden rows of the data, and words that change stand beside the chart.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

import sim
from ui import headline
from ui.text import HELD, plain

Spec = dict[str, Any]
Mode = Literal["light", "dark"]
#: The name the page gives to the font it ships.
FONT = "'Source Sans', 'Source Sans 3', 'Liberation Sans', sans-serif"
#: Pixels of a chart with a width of its own, on a phone.
PHONE = 350


def mode() -> Mode:
    """Return whether the visitor sees the page light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def draw(frame: pd.DataFrame, spec: Spec, key: str, alt: str) -> None:
    """Draw a chart; `alt` is constant too, because a new one would rebuild the chart."""
    st.vega_lite_chart(
        frame, copy.deepcopy(spec), key=key, alt=alt, theme=None, width="stretch"
    )  # fmt: skip


def cached_spec(key: tuple[Any, ...], make: Callable[[], Spec]) -> Spec:
    """Return a spec, made once for each key."""
    return _cached_spec(repr(key), make)


@st.cache_resource(max_entries=256, show_spinner=False)
def _cached_spec(key: str, _make: Callable[[], Spec]) -> Spec:
    return web_ready(_make())


def web_ready(spec: Spec) -> Spec:
    """Return a spec as the page's Vega can take it.

    Its reader loses moments written as large numbers, and it writes into the padding.
    """
    ready: Spec = _ready(spec)
    if not isinstance(ready.get("padding"), dict):
        ready["padding"] = dict.fromkeys(
            ("left", "top", "right", "bottom"), ready.get("padding", 4)
        )
    ready.setdefault("config", {})["font"] = FONT
    return ready


def _ready(part: Any) -> Any:
    """Return a part of a spec with the moments of its time axes as text, its marks silent."""
    if isinstance(part, list):
        return [_ready(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {key: _ready(value) for key, value in part.items()}
    if "mark" in made and "encoding" in made:  # the picture as a whole has its words
        mark = made["mark"] if isinstance(made["mark"], dict) else {"type": made["mark"]}
        made["mark"] = mark | {"aria": False}
    if made.get("type") == "temporal":
        for inner, key in (("scale", "domain"), ("axis", "values")):
            held = made.get(inner)
            if isinstance(held, dict) and isinstance(held.get(key), list):
                made[inner] = held | {key: [_iso(value) for value in held[key]]}
    return made


def _iso(value: Any) -> Any:
    if not isinstance(value, int | float):
        return value
    return pd.Timestamp(value, unit="ms").isoformat(timespec="milliseconds") + "Z"


def identity(model: sim.Model) -> tuple[Any, ...]:
    """Return what a spec takes from a model."""
    units = tuple((n, sim.charts.series_label(model, n)) for n in model.derived)
    return (model.name, str(model.clock), hash(units), len(model.state))


def label_of(model: sim.Model, name: str) -> str:
    """Return what a series is called."""
    return sim.charts.series_label(model, name)[0]


def heading(model: sim.Model, name: str) -> str:
    """Return the title of a chart of a series, in Markdown: quantity, unit, direction."""
    label, unit = sim.charts.series_label(model, name)
    words = {"minimize": "lower is the goal", "maximize": "higher is the goal"}
    goal = words.get(headline.goal_of(model, name), "")
    parts = [f"**{plain(label)}**", plain(sim.formatting.plural(unit)), goal]
    return " · ".join(part for part in parts if part)


def fan(
    ensemble: sim.Ensemble,
    name: str,
    *,
    key: str,
    height: int = 200,
    scenario: str | None = None,
    others: Sequence[str] | None = None,
    bounds: tuple[float, float] | None = None,
    titled: bool = True,
    short: bool = False,
    extra: pd.DataFrame | None = None,
) -> None:
    """Draw the fan of a series with the baseline's median, its heading above.

    `short` leaves the names out of the labels; `extra` are further rows of the data.
    """
    model = ensemble.experiment.model
    if titled:
        st.markdown(heading(model, name))
    frame = sim.charts.fan_frame(
        ensemble, name, scenario=scenario, others=others,
        bounds=bounds, height=height,
    )  # fmt: skip
    if short:
        frame["text"] = frame["text"].str.rpartition(" ")[2]
    if extra is not None:
        frame = pd.concat([frame, extra], ignore_index=True)
    look = mode()
    spec = cached_spec(
        ("fan", identity(model), name, look, height),
        lambda: (
            sim.charts.fan_spec(model, name, theme=look, width=620, height=height, heading=False)
            | {"width": "container"}
        ),
    )
    draw(frame, spec, key, f"{label_of(model, name)} over time, median and bands of runs")


def plane(
    ensemble: sim.Ensemble,
    *,
    key: str,
    scenario: str | None = None,
    baseline: str | None = None,
    height: int = 260,
) -> None:
    """Draw two outcomes against each other: the differences of each future, else a cloud of runs."""
    model = ensemble.experiment.model
    try:
        usual = sim.charts.plane_axes(model)
    except sim.SimError:
        return
    x, y = (st.session_state.get(f"{key}_{n}", u) for n, u in zip("xy", usual, strict=True))
    x, y = (name if name in model.outcomes else usual[0] for name in (x, y))
    labels = [model.outcomes[name].label or name.replace("_", " ") for name in (x, y)]
    st.markdown(f"**{plain(labels[1])}** against **{plain(labels[0])}**")
    look = mode()
    pairs = len(ensemble.experiment.futures) > 1 and len(ensemble.scenarios) > 1
    spec = cached_spec(
        ("plane", identity(model), x, y, look, height, pairs),
        lambda: sim.charts.plane_spec(
            model, x, y, theme=look, height=height, heading=False, differences=pairs
        ),
    )
    frame = sim.charts.plane_frame(
        ensemble, x, y, scenario=scenario, baseline=baseline, height=height, width=480,
        differences=pairs,
    )  # fmt: skip
    draw(frame, spec, key, f"{labels[1]} against {labels[0]}, the cloud of each scenario")
    goals = [sim.formatting.direction(model.outcomes[name].goal) for name in (x, y)]
    ways = [f"{way}: {goal}" for way, goal in zip(("across", "up"), goals, strict=True) if goal]
    futures, each = len(ensemble.experiment.futures), ensemble.experiment.replications
    many = f"{futures:,} futures × " if futures > 1 else ""
    held = f" · {HELD}" if ensemble.experiment.central else ""
    note = sim.charts.cloud_note(ensemble, x, y, differences=pairs)
    if pairs:
        focus = scenario or next(s for s in ensemble.scenarios if s != baseline)
        note = f"{plain(focus)} minus {plain(baseline or ensemble.scenarios[0])}: {note}"
    n = f"n = {many}{each:,} runs each{held}"
    st.caption(" · ".join([*ways, note, n]))
    box = st.popover("Axes", icon=":material/tune:", key=f"{key}.axes", on_change="rerun")
    if not box.open:
        return
    with box:
        for label, slot, name in zip(("Across", "Upwards"), "xy", usual, strict=True):
            names = list(model.outcomes)
            st.selectbox(
                label, names, index=names.index(name), key=f"{key}_{slot}",
                persist_state="session",
                format_func=lambda n: model.outcomes[n].label or n.replace("_", " "),
            )  # fmt: skip


def still(make: Callable[[int], Any], width: int, key: str, alt: str) -> None:
    """Draw a chart that holds its data, at a width for a desk and at one for a phone.

    The style sheet shows the one that fits.
    """
    for name, wide in (("desk", width), ("phone", PHONE)):
        spec = {k: v for k, v in make(wide).to_dict().items() if k != "$schema"}
        with st.container(key=f"{name}_{key}"):
            st.vega_lite_chart(
                None, web_ready(spec), key=f"{key}_{name}", alt=alt, theme=None, width="content"
            )


def whole_bounds(ensemble: sim.Ensemble, name: str) -> tuple[float, float]:
    """Return the bounds of an axis on which every scenario's bands fit."""
    model = ensemble.experiment.model
    entry = model.series(name)
    if entry.low is not None and entry.high is not None and entry.high <= 100:
        return entry.low, entry.high
    kept_series = ensemble.trajectories
    assert kept_series is not None
    bands = kept_series.bands[:, kept_series.names.index(name)]
    least, most = float(np.nanmin(bands)), float(np.nanmax(bands))
    least = min(0.0, least) if least < 0.5 * most else least
    return (least, most) if most > least else (least, least + 1.0)
