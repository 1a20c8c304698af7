"""Explore: what happens if I pull this lever, against not pulling it, and how sure is the model."""

from __future__ import annotations

import streamlit as st

import sim
from ui import figures, headline, rail, runs, state, words
from ui.setting import overlay_text, resolve, status_quo
from ui.study import Study


def show(study: Study) -> None:
    """Draw the page."""
    _live(study)


@st.fragment(key="explore")
def _live(study: Study) -> None:
    """Draw levers and charts together: a moving lever redraws only them."""
    moving = bool(st.session_state.pop("moving", False))
    with st.sidebar:
        rail.draw(study, live=True)
    view = state.current()
    try:
        policy = resolve(study, view.setting)
        baseline = status_quo(study, view.baseline, policy)
        n = st.session_state.get("runs_choice") or runs.affordable(policy, live=False)
        if moving:
            n = min(n, runs.affordable(policy, live=True))
        result = runs.pair(baseline, policy, n=n, seed=view.seed, vary=view.vary)
    except sim.SimError as error:
        st.error("This setting cannot be run.")
        st.code(str(error), language=None)
        return
    _results(study, view, policy, baseline, result)
    if not moving:
        state.sync_address(study)


def _results(
    study: Study,
    view: state.View,
    policy: sim.Scenario,
    baseline: sim.Scenario,
    result: runs.Result,
) -> None:
    model = policy.model
    rows = {row.outcome: row for row in result.comparison.rows if row.scenario != "baseline"}
    cards = [rows[name] for name in headline.cards(model)]
    title = policy.title if not view.setting.values else f"{policy.title}, changed"
    st.markdown(f"#### {words.verdict(cards, title, baseline.title)}")
    with st.grid(4, min_column_width=200):
        for row in cards:
            st.metric(
                words.plain(row.label), f"{words.value_text(row)} {words.unit_of(row)}",
                words.difference_text(row), delta_color="off", delta_arrow="off", border=True,
                height="stretch", help=f"95 % interval {words.spread_text(row)}",
            )  # fmt: skip
    st.caption(words.runs_line(result.n, view.seed, result.banded))
    dark = st.context.theme.type == "dark"
    left, right = st.columns([3, 2])
    names = headline.series(model)
    with left:
        for name in names[: headline.FANS]:
            fan(model, result, name, dark)
    with right:
        phase = headline.phases(model)
        if phase:
            options = model.state[phase].type.options
            st.markdown(f"**{words.plain(headline.name_of(model, phase))}** · share of runs, %")
            st.vega_lite_chart(
                figures.shares_data(model.clock, result.policy, result.baseline, phase, options),
                figures.shares(model.clock, dark, 220, options),
                key=f"shares_{phase}", alt=f"Share of runs in each state of {phase} over time",
            )  # fmt: skip
    st.markdown("##### All outcomes")
    st.dataframe(outcome_table(list(rows.values())), hide_index=True)
    with st.expander("This setting as YAML"):
        st.code(overlay_text(study, view.setting), language="yaml")


def outcome_table(rows: list[sim.Row]) -> list[dict[str, str]]:
    """Return the outcomes against the baseline as records of words."""
    return [
        {
            "Outcome": row.label,
            "This setting": f"{words.value_text(row)} {words.unit_of(row)}",
            "95 % interval": words.spread_text(row),
            "Against the baseline": words.difference_text(row),
        }
        for row in rows
    ]


def fan(model: sim.Model, result: runs.Result, name: str, dark: bool, height: int = 210) -> None:
    """Draw one fan with its heading."""
    label, unit = headline.name_of(model, name), headline.unit_of(model, name)
    low, high = headline.bounds(model, name)
    reach = (low, high) if low is not None and high is not None else None
    heading = " · ".join(filter(None, (f"**{words.plain(label)}**", words.plain(unit))))
    st.markdown(heading)
    st.vega_lite_chart(
        figures.fan_data(model.clock, result.policy, result.baseline, name, reach),
        figures.fan(model.clock, dark, height, unit),
        key=f"fan_{name}", alt=f"{label} over time: median and bands, baseline dashed",
    )  # fmt: skip
