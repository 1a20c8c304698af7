"""Compare: scenarios and pinned settings side by side, on the same random numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

import sim
from ui import export, figures, headline, runs, sidebar, state
from ui.address import View
from ui.job_queue import queue_note
from ui.naming import title_of
from ui.settings import Setting, status_quo
from ui.study import Study
from ui.text import (
    CHANCE_NOTE,
    HELD,
    TABLE_NOTE,
    difference_text,
    fan_note,
    format_value,
    label_of,
    plain,
    range_text,
    runs_line,
    sentence,
    uncapitalize,
    value_text,
)
from ui.views.causes import ask_why

CURRENT = "current setting"
MAX_SHOWN = 8
FORMS = ("Differences", "Medians together", "One chart each")


def show(study: Study) -> None:
    """Draw the page."""
    with st.sidebar:
        sidebar.draw(study)
    view = state.current()
    st.markdown("### Scenarios side by side, in the same futures and with the same luck")
    offered = _offered(study, view)
    _choose(study, view, list(offered))
    left, right = st.columns([5, 2], vertical_alignment="bottom")
    chosen = left.multiselect(
        "Scenarios and pinned settings", list(offered), key="compare_choice",
        format_func=lambda name: _titled(study, offered, name), max_selections=MAX_SHOWN + 4,
        persist_state="session",
    )  # fmt: skip
    with right:
        sidebar.assumptions_switch(view, study.model)
    if not chosen:
        st.info("Choose a scenario above, or pin a setting on the page Explore to compare it here.")
        return
    named = {view.baseline.scenario: view.baseline}
    named |= {name: offered[name] for name in chosen if name != view.baseline.scenario}
    _results(study, view, named)


def _choose(study: Study, view: View, offered: list[str]) -> None:
    """Preselect pinned settings, then the scenarios of the study; add new pins later."""
    session = st.session_state
    own = [name for name in offered if name not in study.scenarios]
    rest = [name for name in study.scenarios if name != view.baseline.scenario]
    if "compare_choice" not in session:
        session.compare_choice = [*own, *rest][:MAX_SHOWN]
    kept = [name for name in session.compare_choice if name in offered]
    fresh = [name for name in own if name not in session.get("compare_seen", own)]
    session.compare_choice = [*kept, *(n for n in fresh if n not in kept)][: MAX_SHOWN + 4]
    session.compare_seen = own


def _offered(study: Study, view: View) -> dict[str, Setting]:
    found = {name: Setting(name) for name in study.scenarios}
    for pin in st.session_state.pins:
        if pin.setting not in found.values():
            found[pin.name] = pin.setting
    if view.setting not in found.values():
        found[CURRENT] = view.setting
    return found


def _titled(study: Study, offered: Mapping[str, Setting], name: str) -> str:
    return title_of(study, offered[name]) if name in offered else name


def _results(study: Study, view: View, named: Mapping[str, Setting]) -> None:
    titles = sim.formatting.short_titles({n: _titled(study, named, n) for n in named})
    try:
        n = view.runs or runs.DEFAULT_RUNS
        scenarios = {
            name: status_quo(study, setting, view.setting) for name, setting in named.items()
        }
        done = _run(scenarios, n, view)
    except sim.SimError as error:
        st.error("These scenarios cannot be compared.")
        st.code(str(error), language=None)
        return
    if done is None:
        return
    result, missing = done
    if missing:
        names = ", ".join(plain(titles[name]) for name in missing)
        st.warning(f"Stopped. Only finished scenarios are shown. Not run: {names}.")
    called = {titles[name]: scenario for name, scenario in scenarios.items()}
    shown = result.renamed(titles)
    comparison = _titled_rows(shown.comparison(turns=False))
    for line in sim.analysis.form_sentences(comparison.rows, comparison.headlines):
        st.markdown(plain(line))
    st.markdown(f"#### {plain(comparison.sentence())}")
    _overview(comparison)
    st.caption(comparison.reading() + " " + runs_line(result, view.seed))
    hanging = st.empty()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        held = f" · {HELD}" if result.central else ""
        st.markdown(f"**Differences**: each scenario minus the baseline{held}")
        chart = partial(
            comparison.chart, comparison.headlines, theme=figures.mode(), heading=False,
        )  # fmt: skip
        figures.still(
            lambda width: chart(width=width), 560, "forest",
            "Differences from the baseline with their ranges",
        )  # fmt: skip
    with right:
        figures.plane(
            shown.ensemble, key="compare_plane", baseline=comparison.baseline, height=380,
            scenario=next((s for s in comparison.scenarios if s != comparison.baseline), None),
        )  # fmt: skip
    _fans(shown)
    _outcomes(comparison, shown)
    _downloads(study, result, named)
    st.markdown("#### Levers that differ")
    _levers(study, called)
    others = {t: scenario for t, scenario in called.items() if t != comparison.baseline}
    ask_why(view, others, replace(called[comparison.baseline], name=comparison.baseline), "compare")
    hung = _titled_rows(shown.comparison())  # last: it takes longest
    if lines := hanging_lines(hung, hung.scenarios):
        hanging.markdown("**What it hangs on**\n\n" + "\n".join(f"- {line}" for line in lines))


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


def _titled_rows(comparison: sim.Comparison) -> sim.Comparison:
    """Return a comparison in whose sentences and tables scenarios are called as on the page."""
    rows = tuple(replace(row, title=row.scenario) for row in comparison.rows)
    return replace(comparison, rows=rows)


def _overview(comparison: sim.Comparison) -> None:
    """Show scenarios × headline outcomes, the best in the first outcome first."""
    grid = comparison.grid()
    base = {row.outcome: row for row in comparison.rows if row.scenario == comparison.baseline}
    heads = ["Scenario", *(plain(base[name].label) for name in comparison.headlines)]
    units = ["", *(_unit(base[name]) for name in comparison.headlines)]
    names = [
        f"{head}  \n{plain(unit)}" if unit else head
        for head, unit in zip(heads, units, strict=True)
    ]
    lines = [["  \n".join(map(plain, cell.split("\n"))) for cell in row] for row in grid.rows]
    lines[0][0] += " (baseline)"
    st.table(pd.DataFrame(lines, columns=names).set_index(names[0]))


def _unit(row: sim.analysis.Row) -> str:
    """Return the unit of a column and the goal."""
    unit = "points of 100 runs" if row.share else sim.formatting.plural(row.unit)
    return ", ".join(part for part in (unit, sim.formatting.direction(row.goal)) if part)


def _run(
    scenarios: Mapping[str, sim.Scenario], n: int, view: View
) -> tuple[runs.Result, list[str]] | None:
    """Run scenario after scenario with progress; a stop keeps those that are finished."""
    names = list(scenarios)
    model = scenarios[names[0]].model
    series = headline.series_needed(model, [st.session_state.get("compare_series", "")])
    place = st.empty()
    finished: list[str] = []
    stopped = bool(st.session_state.pop("compare_stop", False))
    planned = runs.planned(scenarios, n=n, seed=view.seed, central=view.central)
    waiting = [name for name in names if not runs.is_cached(planned, name, series)]
    if waiting and not stopped:
        with place.container(horizontal=True, vertical_alignment="center"):
            bar = st.progress(0.0, f"Running {len(waiting)} scenarios with {n:,} runs each")
            note = st.empty()
            st.button("Stop", key="compare_stop_button", on_click=_stop, icon=":material/stop:")
        for count, name in enumerate(waiting):
            note.empty()
            title = plain(scenarios[name].title)
            bar.progress(count / len(waiting), f"{title}: run {count + 1} of {len(waiting)}")
            runs.run_one(planned, name, series, queue_note(note))
        waiting = []
    place.empty()
    finished = [name for name in names if name not in waiting]
    if len(finished) < 2 or names[0] not in finished:
        st.info("Stopped before two scenarios were finished. Choose fewer runs or run again.")
        st.button("Run again", key="compare_again")
        return None
    chosen = {name: scenarios[name] for name in finished}
    result = runs.run_all(chosen, n=n, seed=view.seed, central=view.central, series=series)
    return result, waiting


def _stop() -> None:
    st.session_state.compare_stop = True


def _fans(result: runs.Result) -> None:
    shown = result.ensemble.scenarios
    ensemble = result.ensemble
    model = ensemble.experiment.model
    kept = ensemble.trajectories
    names = headline.series(model)
    if not names:
        return
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    name = left.selectbox(
        "Series", names, key="compare_series", persist_state="session",
        format_func=lambda name: figures.label_of(model, name),
    )  # fmt: skip
    form = right.segmented_control(
        "Show as", FORMS, default=FORMS[0], required=True,
        key="compare_form", persist_state="session",
    )  # fmt: skip
    if kept is None or name not in kept.names:
        st.caption("Some of these scenarios do not have this series.")
        return
    if form == FORMS[0]:
        st.markdown(f"{figures.heading(model, name)} · **minus the baseline**")
        chart = partial(
            sim.charts.difference_chart, result.ensemble, name, theme=figures.mode(), heading=False,
            height=300,
        )  # fmt: skip
        figures.still(
            lambda width: chart(width=width), 860, "compare_differences",
            "Difference of each scenario to the baseline over time",
        )  # fmt: skip
        over = "bands: 50 % and 90 % of futures" if result.futures > 1 else HELD
        st.caption(f"Line: the expected difference in the middle · {over}, of {plain(shown[1])}")
        return
    bounds = figures.whole_bounds(ensemble, name)
    if form == "Medians together":
        figures.fan(
            ensemble, name, key="compare_medians", height=320, bounds=bounds, others=shown[2:7],
        )  # fmt: skip
        left_out = ", ".join(map(plain, shown[7:]))
        not_drawn = f" Not drawn: {left_out}." if left_out else ""
        st.caption(f"Bands: {plain(shown[1])}. {sentence(fan_note(result))}.{not_drawn}")
        return
    with st.grid(3, min_column_width=280):
        for number, scenario in enumerate(shown[1:]):
            with st.container():
                st.markdown(f"**{plain(scenario)}**")
                figures.fan(
                    ensemble, name, key=f"compare_fan_{number}", height=150, scenario=scenario,
                    others=[], bounds=bounds, titled=False, short=True,
                )  # fmt: skip
    st.caption(f"{figures.heading(model, name)} · {fan_note(result)} · same axis everywhere")


def _outcomes(comparison: sim.Comparison, result: runs.Result) -> None:
    """Show every scenario's value of each outcome, and its difference to the baseline."""
    table: dict[str, dict[str, str]] = {}
    for row in comparison.rows:
        title = row.label if row.share else f"{row.label} ({row.unit})"
        base = row.scenario == comparison.baseline
        cell = f"{value_text(row)} ({range_text(row)})"
        if not base:
            cell += f" · {difference_text(row)}"
        table.setdefault(title, {})[row.scenario] = cell
    st.markdown("#### All outcomes")
    st.dataframe(pd.DataFrame.from_dict(table, orient="index"), width="stretch", height=390)
    st.caption(
        f"{TABLE_NOTE if result.futures > 1 else CHANCE_NOTE} "
        f"{runs_line(result, result.ensemble.experiment.seed)}"
    )


def _downloads(study: Study, result: runs.Result, named: Mapping[str, Setting]) -> None:
    """Offer the numbers as files, under the names that the scenarios have in their command."""
    settings = {name: named[name] for name in result.ensemble.scenarios}
    command = export.made(study, result, settings)
    called = result.renamed(command.names)
    stem = "comparison_central" if result.central else "comparison"
    title = f"Comparison; {HELD}" if result.central else ""
    with st.container(horizontal=True):
        export.offer("Table (CSV)", lambda: export.outcomes_csv(called), f"{stem}.csv", "cmp")
        export.offer_runs(called, f"{stem}_runs", "cmp")
        export.offer_report(called, title, stem, "cmp")
        export.offer_picture("Differences", result.comparison().chart, f"{stem}_differences", "cmp")
    export.offer_command(command, "cmp")


def _levers(study: Study, scenarios: Mapping[str, sim.Scenario]) -> None:
    """Show every lever in which two scenarios differ."""
    values = {name: scenario.values() for name, scenario in scenarios.items()}
    records = {}
    for name, lever in study.model.levers.items():
        found = {s: format_value(v.get(name)) for s, v in values.items()}
        if len(set(found.values())) > 1:
            unit = f" ({sim.formatting.plural(lever.unit)})" if lever.unit else ""
            records[f"{label_of(lever)}{unit}"] = found
    if records:
        st.dataframe(pd.DataFrame.from_dict(records, orient="index"), width="stretch")
    else:
        st.caption("All levers are the same.")
