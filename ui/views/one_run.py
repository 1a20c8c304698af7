"""One run: one possible course of events, compared with the paired baseline run."""

from __future__ import annotations

import math
import random
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import sim
from ui import figures, headline, runs, sidebar, state
from ui.job_queue import queue_note
from ui.naming import title_of
from ui.settings import resolve, status_quo
from ui.study import Study
from ui.text import HELD, counted, fan_note, label_of, plain, rule, uncapitalize
from ui.views.causes import ask_why
from ui.views.explore import BASELINE, POLICY

WIDTH = 1000
PICKS = ("Typical", "Worst 5 in 100", "Best 5 in 100", "Random", "Number")


def show(study: Study) -> None:
    """Draw the page."""
    with st.sidebar:
        sidebar.draw(study)
    view = state.current()
    policy = resolve(study, view.setting)
    baseline = status_quo(study, view.baseline, view.setting)
    n = view.runs or runs.DEFAULT_RUNS
    named = {BASELINE: baseline, POLICY: policy}
    series = headline.series_needed(policy.model, [st.session_state.get("run_series", "")])
    note = st.empty()
    result = runs.run_all(
        named, n=n, seed=view.seed, central=view.central, series=series, waiting=queue_note(note)
    )
    note.empty()
    st.markdown(f"### One possible run of *{plain(title_of(study, view.setting))}*, step by step")
    sidebar.assumptions_switch(view, policy.model)
    number = _choose(policy.model, result)
    if number is None:
        st.info(
            "Every run of this setting violated a rule of the model; Explore shows the messages."
        )
        return
    future, replication = divmod(number, result.ensemble.values.shape[2])
    try:
        ran = result.ensemble.experiment
        traces = [runs.replay(ran, name, replication, future) for name in (POLICY, BASELINE)]
    except sim.RunError as error:
        st.error("This run violated a rule of the model.")
        st.code(str(error), language=None)
        return
    basis = ""
    if st.session_state.run_pick in PICKS[1:3]:
        by = label_of(policy.model.outcomes[st.session_state.run_by])
        basis = f" · {st.session_state.run_pick.lower()} by {uncapitalize(plain(by))}"
    st.caption(
        f"Run {number} of 0 to {result.n - 1:,}{_where(result, future)}{basis} · seed {view.seed} · "
        "one possible run of a toy, not a forecast"
    )
    _story(policy.model, result, traces)
    ask_why(view, {title_of(study, view.setting): policy}, named[BASELINE], "run")


def _where(result: runs.Result, future: int) -> str:
    """Return in which future a run is."""
    if result.futures > 1:
        return f" · in future {future} of 0 to {result.futures - 1:,}, its assumptions the same in both runs"
    return f" · {HELD}" if result.central else ""


def _choose(model: sim.Model, result: runs.Result) -> int | None:
    """Let the visitor choose a run, and return its number."""
    left, middle = st.columns([3, 2], vertical_alignment="bottom")
    pick = left.segmented_control(
        "Which run", PICKS, default="Typical", required=True, key="run_pick",
        persist_state="session", wrap=True,
    )  # fmt: skip
    goals = [name for name, o in model.outcomes.items() if o.goal] or list(model.outcomes)
    values = result.ensemble.values[1].reshape(-1, len(model.outcomes))
    completed = np.flatnonzero(~result.ensemble.failed[1].ravel())
    if not len(completed):
        return None
    if pick == "Typical":
        return int(typical(values, completed, [list(model.outcomes).index(n) for n in goals]))
    if pick == "Random":
        middle.button("Another", key="run_another", icon=":material/casino:", on_click=_roll)
        if "run_random" not in st.session_state:
            _roll()
        return int(completed[st.session_state.run_random % len(completed)])
    if pick == "Number":
        chosen = middle.number_input("Run", 0, len(values) - 1, 0, key="run_number")
        return int(chosen)
    headlines = (model.outcomes[name] for name in model.headlines)
    first = next((o.name for o in headlines if not o.share and o.statistic != "first"), goals[0])
    outcome = middle.selectbox(
        "Ranked by", goals, index=goals.index(first) if first in goals else 0, key="run_by",
        format_func=lambda n: model.outcomes[n].label or n, persist_state="session",
    )  # fmt: skip
    return ranked(model, values, completed, outcome, worst=pick == PICKS[1])


def _roll() -> None:
    st.session_state.run_random = random.randrange(2**31)


def typical(values: Any, completed: Any, columns: list[int]) -> int:
    """Return the run nearest to the middle of all in the outcomes that have a goal."""
    table = np.nan_to_num(values[completed][:, columns], nan=0.0)
    spread = table.std(axis=0)
    table = table[:, spread > 0] / spread[spread > 0]
    distance = np.abs(table - np.median(table, axis=0)).sum(axis=1)
    return int(completed[int(distance.argmin())])


def ranked(model: sim.Model, values: Any, completed: Any, outcome: str, worst: bool) -> int:
    """Return the run at the edge of the worst or best 5 in 100 by one outcome."""
    column = values[completed, list(model.outcomes).index(outcome)]
    minimise = model.outcomes[outcome].goal == "minimize"
    column = np.where(np.isnan(column), np.inf if minimise else -np.inf, column)
    order = np.argsort(column if minimise else -column, kind="stable")  # best first
    rank = int(0.05 * (len(order) - 1))
    return int(completed[order[-1 - rank if worst else rank]])


def _story(model: sim.Model, result: runs.Result, traces: list[sim.Trace]) -> None:
    mine, twin = traces
    parting = sim.charts.first_parting(mine, twin)
    split = parting[0] if parting else None
    both = st.toggle(
        "Show the paired baseline run", value=True, key="run_twin", persist_state="session"
    )
    if parting is None:
        st.markdown("The baseline run with the same random numbers is identical.")
    else:
        when = mine.clock.date(parting[0])
        day = f"{mine.clock.unit} {math.floor(parting[0] + 1e-6)}" + (
            f", {when:%-d %B %Y}" if when else ""
        )
        st.markdown(
            f"With the same random numbers, this run and the baseline run first differ on **{day}**: "
            f"{plain(parting[1])}."
        )
    look = figures.mode()
    draw: Any = partial(sim.charts.timeline_chart, mine, model)
    if both:
        draw = partial(sim.charts.twin_chart, mine, twin, model)
    figures.still(
        lambda width: draw(theme=look, width=width, heading=False),
        WIDTH, "timeline", "Events of this run by date, one lane per group",
    )  # fmt: skip
    if both:
        st.caption("Blue: only in this run. Orange: only in the baseline run. Grey: in both.")
    _over_fan(model, result, mine)
    _lists(model, traces, split, both)


def _over_fan(model: sim.Model, result: runs.Result, mine: sim.Trace) -> None:
    """Draw this run's line over the fan of all runs."""
    kept = result.ensemble.trajectories
    names = [name for name in headline.series(model) if name in mine.series]
    if not names:
        return
    name = st.selectbox(
        "This run against all runs", names, key="run_series", persist_state="session",
        format_func=lambda n: figures.label_of(model, n),
    )  # fmt: skip
    if kept is None or name not in kept.names:
        st.caption("The baseline does not have this series.")
        return
    low, high = figures.whole_bounds(result.ensemble, name)
    line = np.asarray(mine.series[name], dtype=float)
    low, high = min(low, float(np.nanmin(line))), max(high, float(np.nanmax(line)))
    frame = sim.charts.fan_frame(result.ensemble, name, scenario=POLICY, bounds=(low, high))
    axis = frame[frame["role"] == "focus"][["time", "when", "date"]].reset_index(drop=True)
    extra = axis.assign(
        role="other", scenario="this run", tone="c1", stroke="solid", median=line[: len(axis)]
    )
    figures.fan(
        result.ensemble, name, key="run_fan", height=220, scenario=POLICY, bounds=(low, high),
        extra=extra,
    )  # fmt: skip
    st.caption(f"{fan_note(result)} · thin line: this run")


def _lists(model: sim.Model, traces: list[sim.Trace], split: float | None, both: bool) -> None:
    """List the events of both runs, each with its rule."""
    st.markdown("#### What happened")
    families = [o.event.partition("[")[0] for o in traces[0].occurrences]
    happened = [name for name in model.events if name in families]
    chosen = st.multiselect(
        "Only these events", happened, key="run_events", placeholder="All events",
        format_func=lambda name: model.events[name].label or name.replace("_", " "),
    )  # fmt: skip
    boxes = st.columns(2) if both else [st.container()]
    for box, trace, head in zip(boxes, traces, ("This setting", "Baseline"), strict=False):
        records = [
            {
                "When": o.date.isoformat() if o.date else f"{o.time:.1f}",
                "Event": o.text or o.label,
                "Rule": rule(model, o.event),
                "Differs": "after this point" if split is not None and o.time >= split else "",
            }
            for o in trace.occurrences
            if not chosen or o.event.partition("[")[0] in chosen
        ]
        with box:
            st.markdown(f"**{head}** · {len(records)} of {len(trace.occurrences)} events")
            if records:
                st.dataframe(pd.DataFrame(records), hide_index=True, width="stretch", height=360)
            else:
                st.caption("None of the selected events happened in this run.")
    outcomes = {
        label_of(o): [outcome_text(trace.outcomes[n], o) for trace in traces]
        for n, o in model.outcomes.items()
    }
    with st.expander("Outcomes of this run"):
        table = pd.DataFrame.from_dict(
            outcomes, orient="index", columns=["This run", "Baseline run"]
        )
        st.dataframe(table, width="stretch")
    with st.expander("Full run as text"):
        st.code(str(traces[0]), language=None, height=400)


def outcome_text(value: float, outcome: sim.model.Outcome) -> str:
    """Return an outcome of one run as text."""
    if np.isnan(value):
        return "never"
    if outcome.share:
        return "yes" if value else "no"
    return counted(f"{value:.4g}", outcome.unit)
