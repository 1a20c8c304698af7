"""The sidebar: scenario, levers, assumptions and run options; and the switch for assumptions."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import sim
from ui import state
from ui.address import MAX_SEED, View, checked_setting
from ui.lever import levers
from ui.live.entries import lever_item, parameter_item
from ui.settings import Setting, declared_name, resolve
from ui.study import Study
from ui.text import plain

VARIED, HELD = "vary", "held at central values"


def draw(study: Study, *, live: bool) -> None:
    """Draw the sidebar.

    Parameters
    ----------
    live
        Whether charts update while a lever moves; needs the sidebar inside their fragment.
    """
    view = state.current()
    place = _choose_scenario(study, view)
    _actions(study)
    scenario = resolve(study, view.setting)
    if place is not None:
        own = declared_name(view.setting.text or "") == view.setting.scenario
        what = "as edited" if own else f"*{plain(scenario.title)}*"
        place.caption(f"Active: {what}, from the text on the page Scenario")
    base = resolve(study, view.baseline).values()
    values = scenario.values()
    chosen = study.scenarios[view.setting.scenario].values()
    items = [lever_item(lever) for lever in scenario.model.levers.values()]
    levers(study, items, values, chosen, base, key="levers", live=live)
    _assumptions(study, view, scenario, live)
    _run_options(view)


def _choose_scenario(study: Study, view: View) -> DeltaGenerator | None:
    """Offer scenario and baseline; return the slot for the note on an edited text, if any."""
    st.session_state.scenario_choice = view.setting.scenario
    st.session_state.baseline_choice = view.baseline.scenario

    def choose() -> None:
        name = st.session_state.scenario_choice
        state.guarded(lambda: state.change(setting=checked_setting(study, name)))

    def compare_with() -> None:
        name = st.session_state.baseline_choice
        state.guarded(lambda: state.change(baseline=checked_setting(study, name)))

    names = list(study.scenarios)
    st.selectbox(
        "Scenario", names, format_func=study.titles.__getitem__, key="scenario_choice", on_change=choose,
        help="A scenario sets all levers at once. You can then move each lever.",
    )  # fmt: skip
    place = st.empty() if view.setting.text is not None else None
    st.selectbox(
        "Baseline", names, format_func=study.titles.__getitem__, key="baseline_choice",
        on_change=compare_with,
        help="The scenario to compare with. It runs under the assumptions chosen below and with the "
        "same random numbers, so any difference comes from the levers.",
    )  # fmt: skip
    return place


def _actions(study: Study) -> None:
    session = st.session_state
    view = session.committed
    changed = bool(view.setting.values or view.setting.text)

    def reset() -> None:
        state.change(setting=Setting(view.setting.scenario))

    def keep() -> None:
        session.pinned = state.pin(study)

    with st.container(horizontal=True, gap="small"):
        st.button(
            "Undo", key="undo_button", icon=":material/undo:", on_click=state.undo, shortcut="Z",
            disabled=not session.undo, help="Undo the last change", type="tertiary",
        )  # fmt: skip
        st.button(
            "Redo", key="redo_button", icon=":material/redo:", on_click=state.redo,
            disabled=not session.redo, help="Redo", type="tertiary",
        )  # fmt: skip
        st.button(
            "Reset", key="reset_button", icon=":material/restart_alt:", on_click=reset, shortcut="S",
            disabled=not changed, help="Restore the scenario from its file", type="tertiary",
        )  # fmt: skip
        st.button(
            "Pin", key="pin_button", icon=":material/keep:", on_click=keep, shortcut="P", type="tertiary",
            help="Save this setting for the page Compare",
        )  # fmt: skip
    if pinned := session.pop("pinned", ""):
        st.toast(f"Pinned: {pinned}", icon=":material/keep:")


def _assumptions(study: Study, view: View, scenario: sim.Scenario, live: bool) -> None:
    parameters = scenario.model.parameters
    if not parameters:
        return
    values = scenario.values()
    before = study.scenarios[view.setting.scenario].values()
    changed = sum(
        values[n] != scenario.base.parameters[n].value
        for n in parameters
        if n in scenario.base.parameters
    )
    note = f" · {changed} changed" if changed else ""
    box = st.expander(
        f"Facts and assumptions{note}", key="assumptions_box", on_change="rerun", expanded=False
    )
    if not box.open:
        return
    with box:
        st.caption(
            "The values the model uses for the world. A fact has a source, an assumption is the modeler's "
            "choice, a counterfactual replaces a fact. Changes here apply to the baseline too."
        )
        items = [parameter_item(parameter) for parameter in parameters.values()]
        levers(study, items, values, before, {}, key="assumptions", live=live, filtered=True)


def _run_options(view: View) -> None:
    session = st.session_state
    session.seed_choice = view.seed

    def reseed() -> None:
        state.commit(replace(state.current(), seed=int(session.seed_choice)))

    left, right = st.columns(2)
    left.number_input(
        "Seed", 0, MAX_SEED, key="seed_choice", on_change=reseed, step=1,
        help="The same seed gives the same numbers on every machine.",
    )  # fmt: skip
    session.runs_choice = view.runs

    def count() -> None:
        state.change(runs=int(session.runs_choice))

    right.selectbox(
        "Runs", sorted({0, 200, 500, 1000, 2000, 5000, view.runs}), key="runs_choice",
        format_func=lambda n: f"{n:,}" if n else "auto", on_change=count,
        help="Runs per scenario, five in each future. Auto: as many as fit in about two seconds.",
    )  # fmt: skip


def assumptions_switch(view: View, model: sim.Model) -> None:
    """Offer to hold uncertain assumptions at their central values; beside the numbers, on every page."""
    if not model.uncertain:
        return
    session = st.session_state
    session.central_choice = HELD if view.central else VARIED

    def hold() -> None:
        state.change(central=session.central_choice == HELD)

    st.segmented_control(
        "Assumptions", [VARIED, HELD], key="central_choice", on_change=hold, required=True,
        help="Vary: the runs are spread over many futures, each with other values of every assumption "
        "that has a range. Held at central values: one future, so ranges show chance alone.",
    )  # fmt: skip
