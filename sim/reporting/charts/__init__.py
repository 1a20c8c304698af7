"""Charts: functions from results to Altair charts, and constant specs with their data for the page."""

from sim.reporting.charts.choices import forest_outcomes, main_series, plane_axes
from sim.reporting.charts.export import png_bytes, save_chart, svg_text
from sim.reporting.charts.fan import fan_chart, fan_frame, fan_spec
from sim.reporting.charts.forest import forest_chart, forest_frame
from sim.reporting.charts.plane import plane_chart, plane_frame, plane_spec

__all__ = [
    "fan_chart",
    "fan_frame",
    "fan_spec",
    "forest_chart",
    "forest_frame",
    "forest_outcomes",
    "main_series",
    "plane_axes",
    "plane_chart",
    "plane_frame",
    "plane_spec",
    "png_bytes",
    "save_chart",
    "svg_text",
]
