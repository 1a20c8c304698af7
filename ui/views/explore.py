"""Explore: what a lever changes against the baseline, and how certain the model is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

import sim
from ui import export, figures, headline, runs, sidebar, state
from ui.address import View
from ui.job_queue import queue_note
from ui.naming import short_title_of
from ui.settings import original_baseline, overlay_text, resolve, status_quo
from ui.study import Study
from ui.text import (
    CHANCE_NOTE,
    HELD,
    TABLE_NOTE,
    card_unit,
    counted,
    difference_text,
    fan_note,
    format_value,
    plain,
    range_text,
    runs_line,
    sentence,
    uncapitalize,
    unit_of,
    value_text,
    verdict,
)

POLICY, BASELINE = "this setting", "baseline"
CARD_HELP = (
    "The expected value in the middle of the futures, and in 5 to 95 % of them. Below: this setting minus "
    "the baseline, in the same futures with the same random numbers, in the middle and in 5 to 95 % of "
    "the futures; and in how many futures that is better or worse. Chance is averaged out."
)
CHANCE_HELP = (
    "Mean or share over all runs with its 95 % interval. Below: this setting minus the baseline, over "
    "pairs of runs with the same random numbers, with its 95 % interval. Both intervals show chance alone."
)


def show(study: Study) -> None:
    """Draw the page."""
    _live(study)


@st.fragment(key="explore")
def _live(study: Study) -> None:
    """Draw levers and charts together: a moving lever redraws only them."""
    note = st.empty()
    moving = bool(st.session_state.pop("moving", False))
    with st.sidebar:
        sidebar.draw(study, live=True)
    view = state.current()
    try:
        policy = resolve(study, view.setting)
        baseline = status_quo(study, view.baseline, policy)
        n = state.replications(policy)
        if moving:
            n = min(n, runs.affordable(policy, live=True))
        named = {BASELINE: baseline, POLICY: policy}
        series = headline.series_needed(policy.model, chosen_series(policy.model))
        run = partial(
            runs.run_all, n=n, seed=view.seed, central=view.central, series=series,
            waiting=queue_note(note),
        )  # fmt: skip
        fans = result = run(named)
        if (own := original_baseline(study, view.baseline, baseline)) is not None:
            fans = run(named | {figures.ORIGINAL: own})
        note.empty()
    except sim.SimError as error:
        st.error("This setting cannot be run. Your other changes are kept.", title="Run failed")
        st.code(str(error), language=None)
        return
    _results(study, view, policy, baseline, result, fans, moving)
    state.refine(policy, result.n)
    if not moving:
        state.remember_runs(n)
        state.sync_address(study)


def _results(
    study: Study,
    view: View,
    policy: sim.Scenario,
    baseline: sim.Scenario,
    result: runs.Result,
    fans: runs.Result,
    moving: bool,
) -> None:
    """Draw what was run; `fans` has the baseline under its own assumptions too, where they differ."""
    model = policy.model
    found = result.comparison(turns=False)
    rows = {row.outcome: row for row in found.rows if row.scenario == POLICY}
    cards = [rows[name] for name in model.headlines]
    title, against = (short_title_of(study, setting) for setting in (view.setting, view.baseline))
    top, right = st.columns([3, 1], vertical_alignment="top")
    with top:
        st.markdown(f"### {verdict(cards, title, against, result.central)}")
    with right:
        sidebar.assumptions_switch(view, model)
    with right.container(horizontal=True, gap="small"):
        export.share(study, policy, result)
        export.downloads(study, result, "explore")
    _cards(cards, moving)
    hanging = st.empty()
    _footnote(study, view, policy, result, moving)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        for name in headline.series(model)[: headline.FANS]:
            if name in _names(fans):
                _fan(fans, name, moving, hairlines=headline.moments(policy, baseline))
        st.caption(fan_note(result) + (figures.ORIGINAL_NOTE if fans is not result else ""))
    with right:
        figures.plane(
            result.ensemble, key="plane", scenario=POLICY, baseline=BASELINE, height=230,
            moving=moving,
        )  # fmt: skip
        phase = sim.charts.main_state(model)
        if phase in _shares(result):
            figures.shares(
                result.ensemble, phase, key=f"shares_{phase}", scenario=POLICY,
                baseline=BASELINE, height=160,
            )  # fmt: skip
    _more(fans, moving)
    st.markdown("#### All outcomes")
    st.dataframe(outcome_table(list(rows.values())), hide_index=True, width="stretch")
    st.caption(TABLE_NOTE if result.futures > 1 else f"{_held(result)}{CHANCE_NOTE}")
    _changes(policy, baseline)
    with st.expander("This setting as YAML", icon=":material/code:"):
        st.code(overlay_text(study, view.setting), language="yaml")
    if not moving and (
        lines := hanging_lines(result.comparison(), [POLICY])
    ):  # last: it takes longest
        hanging.markdown("**What it hangs on.** " + " ".join(lines))


def hanging_lines(comparison: sim.Comparison, scenarios: Sequence[str]) -> list[str]:
    """Return what the sign of each headline difference hangs on, in Markdown, where it is surest."""
    rows = [row for row in comparison.rows if row.turns and row.scenario in scenarios]
    surest = {row.outcome: row for row in sorted(rows, key=lambda row: -row.turns[0].p)}
    several = len(scenarios) > 1
    return [
        f"*{plain(row.label)}*{f' in {plain(row.title)}' if several else ''}: "
        + plain(uncapitalize(sim.analysis.hangs_text(row)).removeprefix("it is "))
        for row in (surest[name] for name in comparison.headlines if name in surest)
    ]


def _held(result: runs.Result) -> str:
    """Return the words for assumptions that do not vary, as a sentence."""
    return f"**{sentence(HELD)}.** " if result.central else ""


def _cards(cards: list[sim.analysis.Row], moving: bool) -> None:
    """Draw the headline outcomes: value, difference in pairs of runs, interval; grey while moving."""
    with st.container(key="cards_moving" if moving else "cards"), st.grid(4, min_column_width=160):
        for row in cards:
            with st.container(
                border=True, height="stretch", gap="xxsmall", key=f"card_{row.outcome}"
            ):
                st.markdown(
                    plain(row.label),
                    help=CARD_HELP if row.level is not None else CHANCE_HELP,
                )
                value = counted(value_text(row), card_unit(row))
                st.metric(plain(row.label), value, label_visibility="collapsed")
                st.caption(f"{range_text(row)}  \n{plain(difference_text(row))}")


def _footnote(
    study: Study, view: View, policy: sim.Scenario, result: runs.Result, moving: bool
) -> None:
    parts = [runs_line(result, view.seed)]
    whole = state.replications(policy)
    if moving and result.n < whole:
        parts.insert(0, f"live: {result.n:,} of {whole:,} runs")
    parts.append("each card: value, its range, and this setting minus the baseline")
    changed = sum(change.section == "parameters" for change in policy.changes())
    if changed:
        word = "assumption" if changed == 1 else "assumptions"
        parts.append(f"baseline rerun with {changed} changed {word}")
    failed = len(result.ensemble.failures)
    if failed:
        parts.append(f"{failed:,} runs violated a rule of the model and are excluded")
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
    selected = session.get("series_choice", further[:3])
    session.series_choice = [name for name in selected if name in further]
    return list(session.series_choice)


def _more(result: runs.Result, moving: bool) -> None:
    """Draw further series, as many as are asked for."""
    model = result.ensemble.experiment.model
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = left.multiselect(
        "More series", headline.series(model)[headline.FANS :], key="series_choice",
        max_selections=9, format_func=lambda name: figures.label_of(model, name),
        persist_state="session",
    )  # fmt: skip
    right.toggle(
        "Show 30 runs", key="paths_choice", persist_state="session",
        help="Draw single runs as thin lines: bands hide the course of each run.",
    )  # fmt: skip
    with st.grid(3, min_column_width=280):
        for name in chosen:
            if name in _names(result):
                with st.container():
                    _fan(result, name, moving, height=150)


def outcome_table(rows: list[sim.analysis.Row]) -> pd.DataFrame:
    """Return the outcomes against the baseline, in words."""
    head = range_text(rows[0]).partition(":")[0]
    return pd.DataFrame(
        {
            "Outcome": [row.label for row in rows],
            "This setting": [counted(value_text(r), unit_of(r)) for r in rows],
            head: [range_text(row).removeprefix(f"{head}: ") for row in rows],
            "Difference from the baseline": [difference_text(row) for row in rows],
            "Verdict": [sim.analysis.verdict_text(row) for row in rows],
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
            note = f"{units(parameter.unit)} (also in the baseline)".strip()
            records.append((parameter.label or name, usual.value, mine[name], note))
    for change in policy.overlay:
        records.append((f"{change.section}: {change.name}", "", "changed", ""))
    st.markdown("#### What differs from the baseline")
    if not records:
        st.caption("Nothing differs. Move a lever or choose another scenario.")
        return
    table = pd.DataFrame(records, columns=["What", "Baseline", "This setting", "Unit"])
    for column in ("Baseline", "This setting"):
        table[column] = table[column].map(format_value)
    st.dataframe(table, hide_index=True, width="stretch")
