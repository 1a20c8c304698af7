"""What can be taken away: links, tables, pictures, the overlay, the report."""

from __future__ import annotations

import io
import urllib.parse
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

import sim
from ui import state
from ui.runs import Result
from ui.settings import overlay_text, structural
from ui.study import Study
from ui.text import plain


def link(study: Study, n: int) -> str:
    """Return the address of what is shown, the number of runs with it: elsewhere, the same numbers."""
    base = (st.context.url or "http://localhost").split("?", 1)[0].split("#", 1)[0]
    query = urllib.parse.urlencode(
        state.address_of(study, replace(st.session_state.committed, runs=n))
    )
    return f"{base}?{query}" if query else base


def share(study: Study, scenario: sim.Scenario, n: int) -> None:
    """Offer the link, and say what it carries."""
    box = st.popover(
        "Share",
        icon=":material/link:",
        help="A link to exactly this",
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
            st.markdown("Set by hand:\n\n" + "\n".join(lines))
        if structural(scenario) and view.setting.text is not None:
            st.caption(
                "The edited text changes more than values; a link cannot carry that. Download the "
                "overlay on the page Scenario and send the file."
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
        offer(
            "All runs (CSV)",
            lambda: runs_table(result).to_csv(index=False),
            f"{name}_runs.csv",
            key,
        )
        offer(
            "All runs (Parquet)", lambda: parquet(runs_table(result)), f"{name}_runs.parquet", key
        )
        offer(
            "Bands shown (CSV)",
            lambda: bands_table(result).to_csv(index=False),
            f"{name}_bands.csv",
            key,
        )
        offer(
            "Report (HTML)",
            lambda: sim.reporting.report_html(result.ensemble, title=title),
            f"{name}_report.html",
            key,
        )
        series = sim.charts.main_series(result.ensemble.experiment.model, 1)
        if series:
            offer(
                "Picture (SVG)", lambda: sim.charts.svg_text(_chart(result, series[0])),
                f"{name}_{series[0]}.svg", key,
            )  # fmt: skip
            offer(
                "Picture (PNG)", lambda: sim.charts.png_bytes(_chart(result, series[0])),
                f"{name}_{series[0]}.png", key,
            )  # fmt: skip


def offer(label: str, data: Any, file: str, key: str) -> None:
    """Offer one file; a function makes it only when it is asked for."""
    st.download_button(
        label, data, file_name=file, key=f"{key}.{file}", on_click="ignore", type="tertiary",
        icon=":material/download:",
    )  # fmt: skip


def _chart(result: Result, series: str) -> Any:
    return sim.charts.fan_chart(result.ensemble, series)


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
    kept = ensemble.trajectories
    if kept is None:
        return pd.DataFrame()
    parts = []
    for place, scenario in enumerate(ensemble.scenarios):
        for number, name in enumerate(kept.names):
            low2, low, median, high, high2 = kept.bands[place, number]
            columns: dict[str, Any] = {"scenario": scenario, "series": name, "time": kept.times}
            columns |= {"q05": low2, "q25": low, "q50": median, "q75": high, "q95": high2}
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def parquet(table: pd.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False)
    return buffer.getvalue()
