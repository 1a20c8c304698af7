"""Charts of ensembles, traces and models, as Altair charts.

The page takes constant specs and their data instead, so that only data changes while a lever moves.
"""

from sim.charts.axes import series_label
from sim.charts.choices import (
    headline_series,
    main_series,
    main_state,
    plane_axes,
    usual_series,
)
from sim.charts.clouds import cloud_note, plane_frame
from sim.charts.difference import difference_chart, difference_frame
from sim.charts.export import check_suffix, png_bytes, save_chart, svg_text
from sim.charts.fan import fan_chart, fan_frame, fan_spec
from sim.charts.graph import graph_chart, graph_frame
from sim.charts.incidence import incidence_chart, incidence_frame, incidence_outcomes
from sim.charts.multiples import multiples_chart
from sim.charts.plane import plane_chart, plane_spec
from sim.charts.rates import rates_chart, rates_frame
from sim.charts.shares import share_states, shares_chart, shares_frame, shares_spec
from sim.charts.theme import THEMES
from sim.charts.timeline import first_parting, timeline_chart, twin_chart

__all__ = [
    "THEMES",
    "check_suffix",
    "cloud_note",
    "difference_chart",
    "difference_frame",
    "fan_chart",
    "fan_frame",
    "fan_spec",
    "first_parting",
    "graph_chart",
    "graph_frame",
    "headline_series",
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
