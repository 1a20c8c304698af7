"""The sidebar: scenario, levers, assumptions and run options; and the switch for assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import sim
from ui import state
from ui.address import MAX_SEED, View, checked_setting
from ui.component import levers
from ui.live.entries import family_items, lever_item, parameter_item
from ui.runs import DEFAULT_RUNS
from ui.settings import Setting, Value, declared_name, resolve
from ui.study import Study
from ui.text import plain

VARIED, HELD = "vary", "held at central values"


def draw(study: Study) -> None:
    """Draw the sidebar."""
    view = state.current()
    place = _choose_scenario(study, view)
    _actions(study)
    scenario = resolve(study, view.setting)
    if place is not None:
        own = declared_name(view.setting.text or "") == view.setting.scenario
        what = "as edited" if own else f"*{plain(scenario.title)}*"
        place.caption(f"Active: {what}, from the text on the page Scenario")
    values = scenario.values()
    before = values | dict(study.scenarios[view.setting.scenario].values())
    items = [lever_item(lever) for lever in scenario.model.levers.values()]
    base = resolve(study, view.baseline).values()
    families = family_items(scenario.model)
    levers(study, items, values, key="levers", base=base, before=before, families=families)
    _assumptions(study, scenario, before)
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
        help="The scenario to compare with. It runs under the assumptions that were set by hand and with "
        "the same random numbers.",
    )  # fmt: skip
    return place


def _actions(study: Study) -> None:
    session = st.session_state
    view = state.current()
    changed = bool(view.setting.values or view.setting.text)

    def reset() -> None:
        state.change(setting=Setting(view.setting.scenario))

    def keep() -> None:
        session.pinned = state.pin(study, view.setting)

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


def _assumptions(study: Study, scenario: sim.Scenario, before: Mapping[str, Value]) -> None:
    parameters = scenario.model.parameters
    if not parameters:
        return
    values = scenario.values()
    usual = scenario.base.parameters
    changed = sum(values[n] != usual[n].value for n in parameters if n in usual)
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
        parts = {name for group in scenario.model.shares for name in group.of}
        items = [parameter_item(parameter, parts) for parameter in parameters.values()]
        families = family_items(scenario.model)
        levers(
            study, items, values, key="assumptions", before=before, families=families, filtered=True
        )


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
        "Runs", sorted({0, 200, 500, 2000, 5000, view.runs} - {DEFAULT_RUNS}, key=_many),
        key="runs_choice", format_func=lambda n: f"{_many(n):,}", on_change=count,
        help="Runs per scenario, five in each future.",
    )  # fmt: skip


def _many(n: int) -> int:
    return n or DEFAULT_RUNS


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
