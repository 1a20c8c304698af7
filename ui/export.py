"""Links and downloads: tables, pictures, the overlay, the report."""

from __future__ import annotations

import io
import urllib.parse
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

import sim
from ui.address import address_of
from ui.runs import Result
from ui.settings import changes_structure, overlay_text
from ui.study import Study
from ui.text import plain


def link(study: Study, n: int) -> str:
    """Return the address of what is shown, the number of runs with it: elsewhere, the same numbers."""
    base = (st.context.url or "http://localhost").split("?", 1)[0].split("#", 1)[0]
    query = urllib.parse.urlencode(address_of(study, replace(st.session_state.committed, runs=n)))
    return f"{base}?{query}"


def share(study: Study, scenario: sim.Scenario, n: int) -> None:
    """Offer the link, and say what it carries."""
    box = st.popover(
        "Share",
        icon=":material/link:",
        help="Copy a link to this setting",
        key="share",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        st.markdown("This link opens the same setting with the same numbers.")
        st.code(link(study, n), language=None, wrap_lines=True)
        view = st.session_state.committed
        if view.setting.values:
            lines = [f"- {plain(n)} = {plain(str(v))}" for n, v in view.setting.values]
            st.markdown("Changed values:\n\n" + "\n".join(lines))
        if changes_structure(scenario) and view.setting.text is not None:
            st.caption(
                "A link holds values only, but the edited text changes more. Download the overlay on the "
                "page Scenario and send the file instead."
            )


def downloads(study: Study, result: Result, key: str) -> None:
    """Offer the overlay and the numbers as files."""
    view = st.session_state.committed
    name = view.setting.scenario
    title = study.titles.get(name, "")  # files are made outside the script: no session there
    box = st.popover(
        "Download", icon=":material/download:", key=f"{key}.downloads", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        offer("Overlay (YAML)", overlay_text(study, view.setting), f"{name}.yaml", key)
        offer("Outcomes (CSV)", lambda: outcomes_csv(result), f"{name}_outcomes.csv", key)
        offer_runs(result, f"{name}_runs", key)
        offer("Bands shown (CSV)", lambda: csv(bands_table(result)), f"{name}_bands.csv", key)
        offer(
            "Report (HTML)", lambda: sim.reporting.report_html(result.ensemble, title=title),
            f"{name}_report.html", key,
        )  # fmt: skip
        for series in sim.charts.main_series(result.ensemble.experiment.model, 1):
            chart = partial(sim.charts.fan_chart, result.ensemble, series)
            offer_picture("Picture", chart, f"{name}_{series}", key)


def offer_runs(result: Result, stem: str, key: str) -> None:
    """Offer the outcomes of every run as CSV and as Parquet."""
    offer("All runs (CSV)", lambda: csv(runs_table(result)), f"{stem}.csv", key)
    offer("All runs (Parquet)", lambda: parquet(runs_table(result)), f"{stem}.parquet", key)


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
    return sim.reporting.tables.write_records(result.comparison.table(), "csv")


def runs_table(result: Result) -> pd.DataFrame:
    """Return every outcome of every run, a row a run."""
    ensemble = result.ensemble
    scenarios, futures, replications, _ = ensemble.values.shape
    index = pd.MultiIndex.from_product(
        [ensemble.scenarios, range(futures), range(replications)],
        names=["scenario", "future", "replication"],
    )
    flat = ensemble.values.reshape(scenarios * futures * replications, -1)
    return pd.DataFrame(flat, index=index, columns=list(ensemble.outcomes)).reset_index()


def bands_table(result: Result) -> pd.DataFrame:
    """Return the quantiles of the series shown, a row a scenario, series and time."""
    ensemble = result.ensemble
    bands = ensemble.trajectories
    if bands is None:
        return pd.DataFrame()
    parts = []
    for place, scenario in enumerate(ensemble.scenarios):
        for number, name in enumerate(bands.names):
            low2, low, median, high, high2 = bands.bands[place, number]
            columns: dict[str, Any] = {"scenario": scenario, "series": name, "time": bands.times}
            columns |= {"q05": low2, "q25": low, "q50": median, "q75": high, "q95": high2}
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def csv(table: pd.DataFrame) -> str:
    """Return a table as CSV."""
    return str(table.to_csv(index=False))


def parquet(table: pd.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()
