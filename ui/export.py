"""Links and downloads: tables, pictures, the overlay, the report."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

import sim
from ui import documents, headline, state
from ui.address import address_of
from ui.job_queue import Waiting, queue_note
from ui.naming import recipe, short_title_of, slug_of, title_of
from ui.posted import edited_name
from ui.runs import DEFAULT_RUNS, Result, planned, run_all
from ui.server import is_loopback
from ui.settings import Setting, changes_structure, overlay_text, resolve, status_quo
from ui.study import Study
from ui.text import HELD, plain

#: What the two sides of a setting are called where they need a name.
POLICY, BASELINE = "this setting", "baseline"


def line(study: Study, *, compared: bool = False) -> None:
    """Draw what only a server can do with what the live page shows: links for others, and files."""
    with st.container(horizontal=True, gap="small"):
        share(study)
        downloads(study, compared)


def link(study: Study) -> str:
    """Return the address of what is shown; empty where only this machine can open it."""
    url = urllib.parse.urlsplit(st.context.url or "http://localhost")
    if is_loopback(url.hostname or ""):
        return ""
    query = urllib.parse.urlencode(address_of(study, state.current()))
    return urllib.parse.urlunsplit((url.scheme, url.netloc, url.path, query, ""))


def share(study: Study) -> None:
    """Offer a link or a file for others, and the command, and say what they carry."""
    box = st.popover(
        "Share",
        icon=":material/link:",
        help="A link or a file for others, and a command for the same numbers",
        key="share",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        view = state.current()
        found = link(study)
        if found:
            st.markdown("This link opens the same setting with the same numbers.")
            st.code(found, language=None, wrap_lines=True)
        else:
            st.markdown(
                "There is no link for others: this page runs on your machine only. The file below needs no "
                "server. It opens with this setting, and anyone can move its levers."
            )
        if view.central:
            st.caption(f"Its {HELD}.")
        if view.setting.values:
            lines = [f"- {plain(n)} = {plain(str(v))}" for n, v in view.setting.values]
            st.markdown("Changed values:\n\n" + "\n".join(lines))
        scenario = resolve(study, view.setting)
        if found and changes_structure(scenario) and view.setting.text is not None:
            st.caption(
                "A link holds values only, but the edited text changes more. The file and the command "
                "below have all of it."
            )
        name = slug_of(study, view.setting) + ("_central" if view.central else "")
        offer("Page (HTML)", partial(documents.published, study, view), f"{name}.html", "share")
        settings = {BASELINE: view.baseline, POLICY: view.setting}
        named = {BASELINE: status_quo(study, view.baseline, view.setting), POLICY: scenario}
        n = view.runs or DEFAULT_RUNS
        experiment = planned(named, n=n, seed=view.seed, central=view.central)
        offer_command(recipe(study, settings, experiment), "share")
        st.markdown("This one publishes the study as it stands in its files:")
        st.code(f"fulcrum publish . -o {study.folder.name}.html", language=None, wrap_lines=True)


def offer_command(found: sim.reporting.Recipe, key: str) -> None:
    """Show the command that gives the same numbers, and offer the overlays that it needs."""
    needs = ", beside the files below" if found.overlays else ""
    st.markdown(f"In the folder of the study{needs}, this command gives the same numbers:")
    st.code(found.command("compare"), language=None, wrap_lines=True)
    for name, text in found.overlays.items():
        offer(name, text, name, f"{key}.command")


def downloads(study: Study, compared: bool) -> None:
    """Offer the numbers as files, under the names of what was run.

    Parameters
    ----------
    compared
        All that Compare shows; else the setting and its baseline.
    """
    box = st.popover("Download", icon=":material/download:", key="downloads", on_change="rerun")
    if not box.open:
        return
    with box:
        view = state.current()
        settings = _compared(study) if compared else {BASELINE: view.baseline, POLICY: view.setting}
        note = st.empty()
        try:
            with st.spinner("Running", show_time=True):
                result = _run(study, settings, queue_note(note))
        except sim.SimError as error:
            st.error("These scenarios cannot be compared.")
            st.code(str(error), language=None)
            return
        note.empty()
        command = recipe(study, settings, result.ensemble.experiment)
        if compared:
            _comparison_files(result, command)
        else:
            _setting_files(study, result, settings, command)
        offer_command(command, "files")


def _run(study: Study, settings: Mapping[str, Setting], waiting: Waiting) -> Result:
    """Run settings as the live page does: all under the assumptions that were set by hand."""
    view = state.current()
    named = {name: status_quo(study, one, view.setting) for name, one in settings.items()}
    return run_all(
        named, n=view.runs or DEFAULT_RUNS, seed=view.seed, central=view.central,
        series=headline.series_needed(study.model), waiting=waiting,
    )  # fmt: skip


def _compared(study: Study) -> dict[str, Setting]:
    """Return what Compare shows, the baseline first: scenarios, pins, and the setting if it is neither."""
    view, pins, edited = state.current(), st.session_state.pins, state.edited(study)
    found = {view.baseline.scenario: view.baseline}
    scenarios, _ = documents.comparable(study, view.baseline.scenario)
    found |= {one.name: Setting(one.name) for one in scenarios if one.name not in found}
    own, shared = view.setting, study.scenarios[view.setting.scenario].model.parameters
    more = {} if edited is None else {edited_name(study, edited): edited}
    more |= {f"pin {number}": pin.setting for number, pin in enumerate(pins, 1)}
    if own.text is not None or any(name not in shared for name, _ in own.values):
        more[POLICY] = own
    for name, setting in more.items():
        if setting not in found.values():
            found[name] = setting
    return found


def _comparison_files(result: Result, command: sim.reporting.Recipe) -> None:
    """Offer the files of a comparison, its scenarios called as in their command."""
    stem = "comparison_central" if result.central else "comparison"
    title = f"Comparison; {HELD}" if result.central else ""
    called = result.renamed(command.names)
    offer("Table (CSV)", lambda: outcomes_csv(called), f"{stem}.csv", "files")
    offer_runs(called, f"{stem}_runs", "files")
    offer_report(result, command, title, stem, "files")
    offer_picture("Differences", called.comparison().chart, f"{stem}_differences", "files")


def _setting_files(
    study: Study, result: Result, settings: Mapping[str, Setting], command: sim.reporting.Recipe
) -> None:
    """Offer the overlay of the setting, and the numbers of it and its baseline."""
    key, setting = "files", settings[POLICY]
    name = slug_of(study, setting) + ("_central" if result.central else "")
    title = title_of(study, setting)  # files are made outside the script: no session there
    if result.central:
        title += f"; {HELD}"
    called = result.renamed(_slugs(study, settings))
    offer("Overlay (YAML)", overlay_text(study, setting), f"{name}.yaml", key)
    offer("Outcomes (CSV)", lambda: outcomes_csv(called), f"{name}_outcomes.csv", key)
    offer_runs(called, f"{name}_runs", key)
    offer(
        "Bands shown (CSV)", lambda: bands_table(called).to_csv(index=False), f"{name}_bands.csv", key
    )  # fmt: skip
    offer_report(result, command, title, f"{name}_report", key)
    drawn = titled(study, result, settings)
    for series in sim.charts.main_series(result.ensemble.experiment.model, 1):
        chart = partial(sim.charts.fan_chart, drawn, series)
        offer_picture("Picture", chart, f"{name}_{series}", key)


def _slugs(study: Study, settings: Mapping[str, Setting]) -> dict[str, str]:
    """Return what scenarios are called in files; the same setting twice keeps its name on the page."""
    slugs = {name: slug_of(study, setting) for name, setting in settings.items()}
    taken = list(slugs.values())
    return {
        name: slug if taken.count(slug) == 1 else name.replace(" ", "_")
        for name, slug in slugs.items()
    }


def titled(study: Study, result: Result, settings: Mapping[str, Setting]) -> sim.Ensemble:
    """Return an ensemble whose scenarios bear their titles, which a picture shows."""
    titles = {name: short_title_of(study, setting) for name, setting in settings.items()}
    distinct = len(set(titles.values())) == len(titles)
    return (result.renamed(titles) if distinct else result).ensemble


def offer_report(
    result: Result, command: sim.reporting.Recipe, title: str, stem: str, key: str
) -> None:
    """Offer the report, in which scenarios have the names that the command gives them."""
    called = result.renamed(command.names).ensemble
    made = partial(sim.reporting.report_html, called, title=title, command=command)
    offer("Report (HTML)", made, f"{stem}.html", key)


def offer_runs(result: Result, stem: str, key: str) -> None:
    """Offer the outcomes of every run as CSV and as Parquet."""
    offer("All runs (CSV)", lambda: runs_table(result).to_csv(index=False), f"{stem}.csv", key)
    offer(
        "All runs (Parquet)",
        lambda: runs_table(result).to_parquet(index=False),
        f"{stem}.parquet",
        key,
    )


def offer_picture(label: str, chart: Callable[[], Any], stem: str, key: str) -> None:
    """Offer a chart as SVG and as PNG."""
    offer(f"{label} (SVG)", lambda: sim.charts.svg_text(chart()), f"{stem}.svg", key)
    offer(f"{label} (PNG)", lambda: sim.charts.png_bytes(chart()), f"{stem}.png", key)


def offer(label: str, data: Any, file: str, key: str) -> None:
    """Offer one file; a function makes it only on a click."""
    st.download_button(
        label, data, file_name=file, key=f"{key}.{file}", on_click="ignore", type="tertiary",
        icon=":material/download:",
    )  # fmt: skip


def outcomes_csv(result: Result) -> str:
    """Return the comparison as CSV."""
    records = result.comparison().table()
    if result.central:
        records = [record | {"assumptions": "central"} for record in records]
    return sim.reporting.tables.write_records(records, "csv")


def runs_table(result: Result) -> pd.DataFrame:
    """Return every outcome of every run, a row a run."""
    ensemble = result.ensemble
    columns = {name: ensemble[name] for name in ensemble.outcomes}
    return _labelled(pd.DataFrame(columns).reset_index(), result)


def bands_table(result: Result) -> pd.DataFrame:
    """Return the quantiles of the series shown, a row a scenario, series and time."""
    bands = result.ensemble.trajectories
    if bands is None:
        return pd.DataFrame()
    index = pd.MultiIndex.from_product(
        [result.ensemble.scenarios, bands.names, bands.times], names=["scenario", "series", "time"]
    )
    flat = np.moveaxis(bands.bands, 2, 3).reshape(len(index), -1)
    columns = ["q05", "q25", "q50", "q75", "q95"]
    return _labelled(pd.DataFrame(flat, index, columns).reset_index(), result)


def _labelled(table: pd.DataFrame, result: Result) -> pd.DataFrame:
    """Return a table that says so where assumptions are held at their central values."""
    return table.assign(assumptions="central") if result.central else table
