"""Charts: functions from results to Altair charts, and constant specs with their data for the page."""

from sim.reporting.charts.axes import series_label
from sim.reporting.charts.choices import (
    forest_outcomes,
    main_series,
    main_state,
    plane_axes,
    usual_series,
)
from sim.reporting.charts.export import check_suffix, png_bytes, save_chart, svg_text
from sim.reporting.charts.fan import fan_chart, fan_frame, fan_spec
from sim.reporting.charts.forest import forest_chart, forest_frame
from sim.reporting.charts.graph import graph_chart, graph_frame
from sim.reporting.charts.incidence import incidence_chart, incidence_frame, incidence_outcomes
from sim.reporting.charts.multiples import multiples_chart
from sim.reporting.charts.plane import cloud_note, plane_chart, plane_frame, plane_spec
from sim.reporting.charts.rates import rates_chart, rates_frame
from sim.reporting.charts.shares import share_states, shares_chart, shares_frame, shares_spec
from sim.reporting.charts.theme import THEMES
from sim.reporting.charts.timeline import first_parting, timeline_chart, twin_chart

__all__ = [
    "THEMES",
    "check_suffix",
    "cloud_note",
    "fan_chart",
    "fan_frame",
    "fan_spec",
    "first_parting",
    "forest_chart",
    "forest_frame",
    "forest_outcomes",
    "graph_chart",
    "graph_frame",
    "incidence_chart",
    "incidence_frame",
    "incidence_outcomes",
    "main_series",
    "main_state",
    "multiples_chart",
    "plane_axes",
    "plane_chart",
    "plane_frame",
    "plane_spec",
    "png_bytes",
    "rates_chart",
    "rates_frame",
    "save_chart",
    "series_label",
    "share_states",
    "shares_chart",
    "shares_frame",
    "shares_spec",
    "svg_text",
    "timeline_chart",
    "twin_chart",
    "usual_series",
]
