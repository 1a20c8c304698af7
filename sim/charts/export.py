"""Charts to files: PNG and SVG without a browser, JSON, and a page that needs no network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sim.errors import Diagnostic, ExperimentError

SUFFIXES = (".png", ".svg", ".json", ".html")


def as_json(chart: Any) -> str:
    """Return a chart as a Vega-Lite spec with its data; its parts were validated as they were made."""
    return json.dumps(chart.to_dict(validate=False), ensure_ascii=False)


def svg_text(chart: Any) -> str:
    """Return a chart as SVG."""
    return drawn(as_json(chart))


def drawn(spec: str) -> str:
    """Return a chart given as JSON as SVG."""
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec))


def png_bytes(chart: Any, scale: float = 2.0) -> bytes:
    """Return a chart as PNG, `scale` pixels for each of its own."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(as_json(chart), scale=scale))


def save_chart(chart: Any, path: Path, scale: float = 2.0) -> None:
    """Write a chart; the suffix chooses the form. HTML holds an SVG and no script.

    Raises
    ------
    ExperimentError
        The suffix is not one of `SUFFIXES`.
    """
    match check_suffix(path):
        case ".png":
            path.write_bytes(png_bytes(chart, scale))
        case ".svg":
            path.write_text(svg_text(chart), encoding="utf-8")
        case ".json":
            path.write_text(as_json(chart) + "\n", encoding="utf-8")
        case _:
            path.write_text(_page(svg_text(chart)), encoding="utf-8")


def check_suffix(path: Path) -> str:
    """Return the suffix of a chart's file.

    Raises
    ------
    ExperimentError
        It is not one of `SUFFIXES`.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        words = f"a chart cannot be written as '{path.suffix or path.name}'"
        hint = f"one of {', '.join(SUFFIXES)}"
        raise ExperimentError(Diagnostic("bad-suffix", words, None, hint))
    return suffix


def _page(svg: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">\n<title>Chart</title>\n"
        "<style>body{margin:16px}svg{max-width:100%;height:auto}</style>\n</head>\n<body>\n"
        f"{svg}\n</body>\n</html>\n"
    )
