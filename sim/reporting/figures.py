"""Charts inside a page: static SVG, once for a desk and once for a phone, in the colours of its theme."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import markupsafe

from sim import charts
from sim.analysis.comparison import Comparison
from sim.charts.export import as_json
from sim.charts.theme import NARROW, THEMES, WIDE
from sim.execution.ensemble import Ensemble
from sim.model.types import Model
from sim.reporting.renderers import Render

#: Fans, and scenarios whose difference over time is drawn.
MAX_FANS, MAX_DIFFERENCES = 4, 3

_LABELS = re.compile(r' (?:aria-[a-z]+|role|aria-roledescription)="[^"]*"')
_NAMES = re.compile(r'id="([^"]+)"')
_PLACES = re.compile(r' (?:d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"')
_DIGITS = re.compile(r"(\d+\.\d{2})\d+")


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart for a page: its words for who cannot see it, and its SVG for two widths."""

    label: str
    wide: markupsafe.Markup
    narrow: markupsafe.Markup


def figure(
    name: str, label: str, draw: Callable[[int], Any], render: Render
) -> Callable[[], Figure]:
    """Draw a chart for both widths; what is returned waits for the pictures.

    Parameters
    ----------
    name
        Unique on the page: the names inside the SVG begin with it.
    label
        What the chart shows, in words.
    draw
        From a width in pixels to a chart in the light theme.
    """
    with alt.utils.schemapi.debug_mode(False):  # no part is validated: tests do that once
        drawn = [render(as_json(draw(width))) for width in (WIDE, NARROW)]

    def finished() -> Figure:
        wide, narrow = (
            inline(svg(), f"{name}-{end}", label) for svg, end in zip(drawn, "wn", strict=True)
        )
        return Figure(label, wide, narrow)

    return finished


def draw_all(
    ensemble: Ensemble,
    comparison: Comparison,
    order: Sequence[str],
    series: Sequence[str],
    render: Render,
) -> dict[str, list[Callable[[], Figure]]]:
    """Draw the charts of a report, by section; the first scenario of the order but the baseline leads."""
    base = comparison.baseline
    model = ensemble.experiment.model
    focus = next((name for name in order if name != base), base)
    cast: dict[str, Any] = {"scenario": focus, "baseline": base}
    found: dict[str, list[Callable[[], Figure]]] = {
        "plane": [], "differences": [], "fans": [], "forest": [], "incidence": [], "why": []
    }  # fmt: skip

    def add(section: str, words: str, chart: Callable[..., Any], *of: Any, **more: Any) -> None:
        name = f"{section}{len(found[section])}"
        found[section].append(figure(name, words, lambda w: chart(*of, **more, width=w), render))

    if len(model.outcomes) > 1:
        words = " against ".join(model.outcomes[n].label or n for n in charts.plane_axes(model))
        add("plane", words, charts.plane_chart, ensemble, **cast)
    kept = ensemble.trajectories
    if kept is not None and kept.names:
        chosen = series or [s for s in charts.main_series(model, MAX_FANS) if s in kept.names]
        for name in chosen:
            label = charts.series_label(model, name)[0]
            add("fans", f"{label} over time", charts.fan_chart, ensemble, name, **cast)
        first = series[0] if series else charts.headline_series(model)
        others = [name for name in order if name != base][:MAX_DIFFERENCES]
        if first in kept.names and (kept.halves is not None or comparison.futures < 2):
            label = charts.series_label(model, first)[0]
            made: list[dict[str, Any]] = [
                {"scenario": n, "baseline": base, "others": ()} for n in others
            ]
            frames = [charts.difference_frame(ensemble, first, **one) for one in made]
            ends = [end for frame in frames for end in frame.loc[frame["role"] == "bound", "at"]]
            for one in made:
                words = f"{label}: difference of {one['scenario']} over time".replace("_", " ")
                look = {**one, "bounds": (min(ends), max(ends)), "height": 180}
                add("differences", words, charts.difference_chart, ensemble, first, **look)
    for name in charts.incidence_outcomes(model)[:1]:
        words = f"{model.outcomes[name].label or name}: share of runs by day"
        add("incidence", words, charts.incidence_chart, ensemble, name, **cast)
    if len(ensemble.scenarios) > 1:
        add("forest", "Differences to the baseline", comparison.chart)
    return found


def drawn_series(model: Model) -> tuple[str, ...]:
    """Return the series that a report draws of a model."""
    found = charts.main_series(model, MAX_FANS)
    return tuple(dict.fromkeys([charts.headline_series(model), *found])) if found else ()


def inline(svg: str, name: str, label: str) -> markupsafe.Markup:
    """Return an SVG that can stand in a page beside others: names of its own, one label, fluid."""
    start = svg.index(">") + 1
    head, body = svg[:start], svg[start:]
    body = _LABELS.sub("", body)
    places = {old: f"{name}-{n}" for n, old in enumerate(dict.fromkeys(_NAMES.findall(body)))}
    body = _NAMES.sub(lambda found: f'id="{places[found[1]]}"', body)
    body = re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{places[found[1]]})", body)
    body = _PLACES.sub(lambda found: _DIGITS.sub(r"\1", found[0]), body)
    box = re.search(r'viewBox="([^"]+)"', head)
    assert box is not None
    left, top, across, down = box[1].split()
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {across} {down}" '
        f'width="{across}" height="{down}" role="img" aria-label="{markupsafe.escape(label)}">'
    )
    return markupsafe.Markup(root + body)


def dark_rules() -> markupsafe.Markup:
    """Return CSS that gives every light colour of a chart its dark one, by the attribute that sets it."""
    light, dark = THEMES["light"], THEMES["dark"]
    pairs = [(light.background, dark.background), (light.text, dark.text)]
    pairs += [(light.muted, dark.muted), (light.grid, dark.grid), (light.border, dark.border)]
    pairs += list(zip(light.categorical, dark.categorical, strict=True))
    pairs += list(zip(light.sequential, dark.sequential, strict=True))
    inks = list(zip(light.ink, dark.ink, strict=True))
    rules = [
        f'svg {of}[{attribute}="{old}" i]{{{attribute}:{new}}}'
        for of, colours in (("", pairs), ("text", inks))
        for old, new in colours
        for attribute in ("fill", "stroke")
    ]
    return markupsafe.Markup("\n".join(rules))
