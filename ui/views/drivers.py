"""Drivers: which assumptions move an outcome, and which movements are noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

import sim
from ui import figures, headline, rail, runs, state, words
from ui.setting import resolve, status_quo
from ui.study import Study

SHOWN = 12
OUTCOME, EFFECT = "The outcome", "The difference to the baseline"


@dataclass(frozen=True)
class Bar:
    """What one assumption does at the two ends of its range, against its central value."""

    name: str
    label: str
    low: float
    high: float
    at_low: sim.Estimate
    at_high: sim.Estimate

    @property
    def size(self) -> float:
        """The larger of the two effects."""
        found = [abs(e.mean) for e in (self.at_low, self.at_high) if math.isfinite(e.mean)]
        return max(found, default=0.0)

    @property
    def seen(self) -> bool:
        """Whether an effect at one end is told apart from none."""
        return any(e.low > 0 or e.high < 0 for e in (self.at_low, self.at_high))


def show(study: Study) -> None:
    """Draw the page."""
    with st.sidebar:
        rail.draw(study, live=False)
    view = state.current()
    policy = resolve(study, view.setting)
    baseline = status_quo(study, view.baseline, policy)
    st.markdown("### Which assumptions drive the result")
    st.caption(
        "Each uncertain assumption is set to the low and to the high end of its range, the others "
        "stay where they are. Runs are paired: the same random numbers at every point."
    )
    model = policy.model
    moved = [p for p in model.parameters.values() if p.uncertain]
    if not moved:
        st.info("No assumption of this model has a range, so there is nothing to move here.")
        return
    names = list(model.outcomes)
    left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
    outcome = left.selectbox(
        "Outcome", names, index=names.index(headline.cards(model)[0]), key="drivers_outcome",
        format_func=lambda n: model.outcomes[n].label or n, persist_state="session",
    )  # fmt: skip
    target = middle.segmented_control(
        "What is driven", [OUTCOME, EFFECT], default=OUTCOME, required=True, key="drivers_of",
        persist_state="session",
    )  # fmt: skip
    n = int(right.selectbox("Runs each", [50, 100, 200, 500], index=1, key="drivers_n"))
    _tornado(view, policy, baseline if target == EFFECT else None, moved, outcome, n)


def _tornado(
    view: state.View,
    policy: sim.Scenario,
    baseline: sim.Scenario | None,
    moved: list[sim.Parameter],
    outcome: str,
    n: int,
) -> None:
    key = (policy.values(), baseline.values() if baseline else None, n, view.seed, len(moved))
    word = repr(key)
    found: dict[str, list[list[Bar]]] = st.session_state.setdefault("tornado", {})
    total = len(moved) * 2 * n * (2 if baseline else 1)
    rate = runs.speed(policy)
    estimate = f"about {max(1, round(total / rate)):,} s" if rate else "a while"
    if word not in found:
        st.button(
            f"Run {len(moved)} assumptions, {total:,} runs, {estimate}",
            key="drivers_run", icon=":material/play_arrow:",
        )  # fmt: skip
        if not st.session_state.drivers_run:
            st.caption("Nothing is run before you ask for it.")
            return
        bar = st.progress(0.0, "Running")
        bars = _bars(policy, baseline, moved, n, view.seed, bar)
        bar.empty()
        for old in list(found)[:-3]:
            del found[old]
        found[word] = bars
    places = list(policy.model.outcomes)
    _draw(policy.model, [bars[places.index(outcome)] for bars in found[word]], outcome, n, view)


def _bars(
    policy: sim.Scenario,
    baseline: sim.Scenario | None,
    moved: list[sim.Parameter],
    n: int,
    seed: int,
    bar: Any,
) -> list[list[Bar]]:
    """Return for each assumption its bar in every outcome."""
    centre = _values(policy, baseline, {}, n, seed)
    result = []
    for count, parameter in enumerate(moved):
        label = words.label_of(parameter)
        bar.progress(count / len(moved), f"{words.plain(label)}: {count + 1} of {len(moved)}")
        ends = []
        low, high = _ends(parameter)
        for end in (low, high):
            ends.append(_values(policy, baseline, {parameter.name: end}, n, seed) - centre)
        result.append(
            [
                Bar(parameter.name, label, float(low), float(high), *estimates)
                for estimates in zip(*(map(sim.mean, _columns(end)) for end in ends), strict=True)
            ]
        )
    return result


def _ends(parameter: sim.Parameter) -> tuple[float | int, float | int]:
    assert parameter.low is not None and parameter.high is not None
    if parameter.type.kind == "whole":
        return round(parameter.low), round(parameter.high)
    return float(parameter.low), float(parameter.high)


def _columns(values: Any) -> list[Any]:
    return [values[None, :, place] for place in range(values.shape[1])]


def _values(
    policy: sim.Scenario,
    baseline: sim.Scenario | None,
    change: dict[str, float | int],
    n: int,
    seed: int,
) -> Any:
    """Return every outcome of every run, or its difference to the baseline."""
    made = sim.run(policy.with_settings(change), replications=n, seed=seed).values[0, 0]
    if baseline is None:
        return made
    return made - sim.run(baseline.with_settings(change), replications=n, seed=seed).values[0, 0]


def _draw(model: sim.Model, bars: list[Bar], outcome: str, n: int, view: state.View) -> None:
    entry = model.outcomes[outcome]
    scale = 100.0 if entry.share else 1.0
    unit = "of 100 runs" if entry.share else entry.unit
    bars = sorted(bars, key=lambda b: b.size, reverse=True)
    noise = [e.half_width for b in bars for e in (b.at_low, b.at_high) if math.isfinite(e.low)]
    band = float(pd.Series(noise).median()) * scale if noise else 0.0
    seen = sum(bar.seen for bar in bars)
    st.markdown(f"**{words.plain(words.label_of(entry))}** · change, {words.plain(unit)}")
    figures.still(_spec(bars[:SHOWN], scale, band), "tornado", "Effect of each assumption, sorted")
    st.caption(
        f"Grey band: what chance alone makes of a difference, ±{band:.3g} in pairs of runs. "
        f"{seen} of {len(bars)} assumptions show an effect. {words.runs_line(n, view.seed)}"
    )
    table = pd.DataFrame(
        {
            "Assumption": [b.label for b in bars],
            "Low end": [f"{b.low:g}" for b in bars],
            "Change there": [sim.numbers.interval(b.at_low, True, scale) for b in bars],
            "High end": [f"{b.high:g}" for b in bars],
            "Change there ": [sim.numbers.interval(b.at_high, True, scale) for b in bars],
            "Verdict": ["effect seen" if b.seen else words.NO_DIFFERENCE for b in bars],
        }
    )
    with st.expander("All as a table"):
        st.dataframe(table, hide_index=True, width="stretch")


def _spec(bars: list[Bar], scale: float, band: float) -> figures.Spec:
    dark = figures.mode() == "dark"
    low_hue, high_hue = ("#AC9500", "#7FB8E6") if dark else ("#D37B1E", "#0B5FA5")
    ink, muted = ("#E8E6E1", "#9AA4AE") if dark else ("#1B1F24", "#57606A")
    grid, page = ("#28303A", "#12161B") if dark else ("#E7E2D8", "#FBFAF7")
    rows = []
    for bar in bars:
        for end, value, estimate in (("low", bar.low, bar.at_low), ("high", bar.high, bar.at_high)):
            if math.isfinite(estimate.mean):
                effect = estimate.mean * scale
                rows.append(
                    {"label": bar.label, "end": f"{end} end", "effect": effect, "zero": 0.0}
                    | {"text": f"{value:g}", "side": "right" if effect >= 0 else "left"}
                )
    order = [bar.label for bar in bars]
    y = {"field": "label", "type": "nominal", "sort": order, "axis": {"title": None}}
    y["axis"] = {"title": None, "labelLimit": 300, "ticks": False, "domain": False}
    x = {"field": "effect", "type": "quantitative", "axis": {"title": None, "tickCount": 6}}
    colour = {
        "field": "end", "type": "nominal", "legend": {"orient": "top", "title": None},
        "scale": {"domain": ["low end", "high end"], "range": [low_hue, high_hue]},
    }  # fmt: skip

    def label(side: str) -> dict[str, Any]:
        shift = {"align": "left", "dx": 4} if side == "right" else {"align": "right", "dx": -4}
        return {
            "transform": [{"filter": f"datum.side == '{side}'"}],
            "mark": {"type": "text", "fontSize": 11, "color": ink} | shift,
            "encoding": {"y": y, "x": x, "text": {"field": "text", "type": "nominal"}},
        }

    return {
        "width": 760,
        "height": {"step": 26},
        "data": {"values": rows},
        "layer": [
            {
                "data": {"values": [{"a": -band, "b": band}]},
                "mark": {"type": "rect", "color": muted, "opacity": 0.25},
                "encoding": {"x": {"field": "a", "type": "quantitative"}, "x2": {"field": "b"}},
            },
            {
                "mark": {"type": "bar", "height": 14},
                "encoding": {
                    "y": y, "x": x, "color": colour,
                    "x2": {"field": "zero"},
                    "tooltip": [
                        {"field": "label", "type": "nominal", "title": "Assumption"},
                        {"field": "text", "type": "nominal", "title": "Set to"},
                        {"field": "effect", "type": "quantitative", "title": "Change", "format": "+.3~g"},
                    ],
                },
            },
            label("left"), label("right"),
        ],
        "config": {
            "background": page,
            "view": {"stroke": None},
            "axis": {"labelColor": ink, "gridColor": grid, "labelFontSize": 12, "tickColor": grid}
            | {"domainColor": grid},
            "legend": {"labelColor": ink, "labelFontSize": 12},
        },
    }  # fmt: skip
