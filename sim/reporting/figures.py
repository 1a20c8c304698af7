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
MAX_FANS, MAX_DIFFERENCES = 4, 4
#: Headline outcomes on the first page, and the scenarios of which that many fit.
MAX_FIRST, MAX_ROWS = 2, 8
#: The picture of the first page stands beside the answer.
FIRST_WIDTH = 620

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
    cast: dict[str, Any] = {"scenario": focus_of(order, base), "baseline": base}
    names = ("first", "plane", "differences", "fans", "forest", "incidence", "why")
    found: dict[str, list[Callable[[], Figure]]] = {name: [] for name in names}

    def add(section: str, words: str, chart: Callable[..., Any], *of: Any, **more: Any) -> None:
        name = f"{section}{len(found[section])}"
        most = FIRST_WIDTH if section == "first" else WIDE
        found[section].append(
            figure(name, words, lambda w: chart(*of, **more, width=min(w, most)), render)
        )

    kept = ensemble.trajectories
    if len(order) > 1 and comparison.headlines:
        shown = comparison.headlines[: MAX_FIRST if len(order) <= MAX_ROWS else 1]
        add("first", "Differences to the baseline", comparison.chart, shown)
        if len(shown) < len(comparison.headlines):
            words = "Differences to the baseline in every headline outcome"
            add("forest", words, comparison.chart)
    if len(model.outcomes) > 1:
        words = " against ".join(model.outcomes[n].label or n for n in charts.plane_axes(model))
        add("plane", words, charts.plane_chart, ensemble, **cast)
    if kept is not None and kept.names:
        chosen = series or [s for s in charts.main_series(model, MAX_FANS) if s in kept.names]
        for name in chosen:
            label = charts.series_label(model, name)[0]
            alone = len(order) == 1 and not found["first"]
            add(
                "first" if alone else "fans",
                f"{label} over time",
                charts.fan_chart,
                ensemble,
                name,
                **cast,
            )
        first = followed_series(ensemble, series)
        if first and (kept.halves is not None or comparison.futures < 2):
            label = charts.series_label(model, first)[0]
            others = [name for name in order if name != base][:MAX_DIFFERENCES]
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
    if not found["first"]:
        found["first"], found["plane"] = found["plane"], []
    return found


def focus_of(order: Sequence[str], baseline: str) -> str:
    """Return the scenario that leads: the first but the baseline."""
    return next((name for name in order if name != baseline), baseline)


def followed_series(ensemble: Ensemble, series: Sequence[str]) -> str:
    """Return the series whose difference is drawn over time; empty where it was not kept."""
    kept = ensemble.trajectories
    if kept is None or not kept.names:
        return ""
    first = series[0] if series else charts.headline_series(ensemble.experiment.model)
    return first if first in kept.names else ""


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
