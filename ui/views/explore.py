"""Explore: what happens if I pull this lever, against not pulling it, and how sure is the model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import pandas as pd
import streamlit as st

import sim
from ui import export, figures, headline, runs, state
from ui import sidebar as rail
from ui import text as words
from ui.job_queue import queue_note
from ui.settings import overlay_text, resolve, status_quo, untouched
from ui.study import Study

POLICY, BASELINE = "this setting", "baseline"


def show(study: Study) -> None:
    """Draw the page."""
    _live(study)


@st.fragment(key="explore")
def _live(study: Study) -> None:
    """Draw levers and charts together: a moving lever redraws only them."""
    note = st.empty()
    moving = bool(st.session_state.pop("moving", False))
    with st.sidebar:
        rail.draw(study, live=True)
    view = state.current()
    try:
        policy = resolve(study, view.setting)
        baseline = status_quo(study, view.baseline, policy)
        n = view.runs or runs.affordable(policy, live=False)
        if moving:
            n = min(n, runs.affordable(policy, live=True))
        named = {BASELINE: baseline, POLICY: policy}
        series = headline.drawn(policy.model, chosen_series(policy.model))
        run = partial(
            runs.together, n=n, seed=view.seed, vary=view.vary, series=series,
            waiting=queue_note(note),
        )  # fmt: skip
        fans = result = run(named)
        if (own := untouched(study, view.baseline, baseline)) is not None:
            fans = run(named | {figures.ORIGINAL: own})
        note.empty()
    except sim.SimError as error:
        st.error("This setting cannot be run; nothing else is lost.", title="It does not run")
        st.code(str(error), language=None)
        return
    _results(study, view, policy, baseline, result, fans, moving)
    _refine(policy, result)
    if not moving:
        state.shows(n)
        state.sync_address(study)


def _refine(policy: sim.Scenario, result: runs.Result) -> None:
    """Draw once more with more runs when the first picture showed how fast the model is."""
    session = st.session_state
    if "refined" not in session and not state.current().runs:
        session.refined = True
        if runs.affordable(policy, live=False) > result.n:
            session.ignored = session.told  # what was said at the top has hardly been seen
            st.rerun()


def _results(
    study: Study,
    view: state.View,
    policy: sim.Scenario,
    baseline: sim.Scenario,
    result: runs.Result,
    fans: runs.Result,
    moving: bool,
) -> None:
    """Draw what was run; `fans` has the baseline under its own assumptions too, where they differ."""
    model = policy.model
    rows = {row.outcome: row for row in result.comparison.rows if row.scenario == POLICY}
    cards = [rows[name] for name in headline.cards(model)]
    title = study.titles[view.setting.scenario] if view.setting.text is None else policy.title
    if view.setting.values and title == study.titles[view.setting.scenario]:
        title += " (changed)"
    top, right = st.columns([3, 1], vertical_alignment="top")
    with top:
        st.markdown(f"### {words.verdict(cards, title, study.titles[view.baseline.scenario])}")
    with right.container(horizontal=True, horizontal_alignment="right", gap="small"):
        export.share(study, policy, result.n)
        export.downloads(study, result, "explore")
    _cards(cards, moving)
    _footnote(study, view, policy, result, moving)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        for name in headline.series(model)[: headline.FANS]:
            if name in _names(fans):
                _fan(fans, name, moving, hairlines=headline.moments(policy, baseline))
        st.caption(figures.FAN_NOTE + (figures.ORIGINAL_NOTE if fans is not result else ""))
    with right:
        figures.plane(result.ensemble, key="plane", height=230, moving=moving)
        phase = sim.charts.main_state(model)
        if phase in _shares(result):
            figures.shares(
                result.ensemble, phase, key=f"shares_{phase}", scenario=POLICY,
                baseline=BASELINE, height=160,
            )  # fmt: skip
    _more(fans, moving)
    st.markdown("#### All outcomes")
    st.dataframe(outcome_table(list(rows.values())), hide_index=True, width="stretch")
    st.caption(words.TABLE_NOTE)
    _changes(policy, baseline)
    with st.expander("This setting as YAML", icon=":material/code:"):
        st.code(overlay_text(study, view.setting), language="yaml")


def _cards(cards: list[sim.analysis.Row], moving: bool) -> None:
    """Draw the headline outcomes: value, difference in pairs of runs, interval; grey while moving."""
    with st.container(key="cards_moving" if moving else "cards"), st.grid(4, min_column_width=160):
        for row in cards:
            with st.container(
                border=True, height="stretch", gap="xxsmall", key=f"card_{row.outcome}"
            ):
                st.markdown(
                    words.plain(row.label),
                    help="Mean or share of all runs, with its 95 % interval. Below: the difference to "
                    "the baseline in pairs of runs with the same random numbers, and its 95 % interval.",
                )
                value = words.counted(words.value_text(row), words.short_unit(row))
                st.metric(words.plain(row.label), value, label_visibility="collapsed")
                st.caption(f"95 %: {words.spread_text(row)}  \n{words.difference_text(row)}")


def _footnote(
    study: Study, view: state.View, policy: sim.Scenario, result: runs.Result, moving: bool
) -> None:
    parts = [words.runs_line(result.n, view.seed, result.banded)]
    whole = view.runs or runs.affordable(policy, live=False)
    if moving and result.n < whole:
        parts.insert(0, f"live: {result.n:,} of {whole:,} runs")
    parts.append("on each card: mean or share, its 95 % interval, difference to the baseline")
    changed = sum(change.section == "parameters" for change in policy.changes())
    if changed:
        word = "assumption" if changed == 1 else "assumptions"
        parts.append(f"baseline run again under {changed} changed {word}")
    failed = len(result.ensemble.failures)
    if failed:
        parts.append(f"{failed:,} runs broke a rule of the model and are left out")
    st.caption(" · ".join(parts))
    if failed:
        with st.expander(f"{failed:,} runs failed", icon=":material/error:"):
            lines = [
                f"{f.scenario}, run {f.replication}, event {f.event}, time {f.time:.4g}: {f.message}"
                for f in result.ensemble.failures[:20]
            ]
            st.code("\n".join(lines), language=None)


def _names(result: runs.Result) -> tuple[str, ...]:
    kept = result.ensemble.trajectories
    return kept.names if kept is not None else ()


def _shares(result: runs.Result) -> tuple[str, ...]:
    kept = result.ensemble.trajectories
    return tuple(kept.shares) if kept is not None else ()


def _fan(
    result: runs.Result,
    name: str,
    moving: bool,
    height: int = 190,
    hairlines: Mapping[str, float] | None = None,
) -> None:
    bounds = figures.bounds_for(result.ensemble, name, moving)
    paths = 30 if st.session_state.get("paths_choice") else 0
    figures.fan(
        result.ensemble, name, key=f"fan_{name}", height=height, scenario=POLICY, bounds=bounds,
        samples=paths, hairlines=hairlines,
    )  # fmt: skip


def chosen_series(model: sim.Model) -> list[str]:
    """Return the further series that are asked for, at first the next few."""
    session = st.session_state
    further = headline.series(model)[headline.FANS :]
    wanted = session.get("series_choice", further[:3])
    session.series_choice = [name for name in wanted if name in further]
    return list(session.series_choice)


def _more(result: runs.Result, moving: bool) -> None:
    """Draw further series, as many as are asked for."""
    model = result.ensemble.experiment.model
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = left.multiselect(
        "More series", headline.series(model)[headline.FANS :], key="series_choice",
        max_selections=9, format_func=lambda name: headline.name_of(model, name),
        persist_state="session",
    )  # fmt: skip
    right.toggle(
        "Show 30 runs", key="paths_choice", persist_state="session",
        help="Single runs, drawn thin: bands hide how one run goes.",
    )  # fmt: skip
    with st.grid(3, min_column_width=280):
        for name in chosen:
            if name in _names(result):
                with st.container():
                    _fan(result, name, moving, height=150)


def outcome_table(rows: list[sim.analysis.Row]) -> pd.DataFrame:
    """Return the outcomes against the baseline, in words."""
    return pd.DataFrame(
        {
            "Outcome": [row.label for row in rows],
            "This setting": [words.counted(words.value_text(r), words.unit_of(r)) for r in rows],
            "95 % interval": [words.spread_text(row) for row in rows],
            "Against the baseline": [words.difference_text(row) for row in rows],
        }
    )


def _changes(policy: sim.Scenario, baseline: sim.Scenario) -> None:
    """Say what differs from the baseline: levers, assumptions, structure."""
    mine, theirs = policy.values(), baseline.values()
    units = sim.formatting.plural
    records = []
    for name, lever in policy.model.levers.items():
        if name in theirs and mine[name] != theirs[name]:
            records.append((lever.label or name, theirs[name], mine[name], units(lever.unit)))
    for name, parameter in policy.model.parameters.items():
        usual = policy.base.parameters.get(name)
        if usual is not None and mine[name] != usual.value:
            note = f"{units(parameter.unit)} (in the baseline too)".strip()
            records.append((parameter.label or name, usual.value, mine[name], note))
    for change in policy.overlay:
        records.append((f"{change.section}: {change.name}", "", "changed", ""))
    st.markdown("#### What differs from the baseline")
    if not records:
        st.caption("Nothing: move a lever, or choose another scenario.")
        return
    table = pd.DataFrame(records, columns=["What", "Baseline", "This setting", "Unit"])
    for column in ("Baseline", "This setting"):
        table[column] = table[column].map(words.said)
    st.dataframe(table, hide_index=True, width="stretch")
