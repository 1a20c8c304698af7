"""Charts inside a page: static SVG, once for a desk and once for a phone, in the colours of its theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import markupsafe

from sim.charts.export import svg_text
from sim.charts.theme import NARROW, THEMES, WIDE

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


def figure(name: str, label: str, draw: Callable[[int], Any]) -> Figure:
    """Draw a chart for both widths.

    Parameters
    ----------
    name
        Unique on the page: the names inside the SVG begin with it.
    label
        What the chart shows, in words.
    draw
        From a width in pixels to a chart in the light theme.
    """
    return Figure(
        label,
        inline(svg_text(draw(WIDE)), f"{name}-w", label),
        inline(svg_text(draw(NARROW)), f"{name}-n", label),
    )


def inline(svg: str, name: str, label: str) -> markupsafe.Markup:
    """Return an SVG that can stand in a page beside others: names of its own, one label, fluid."""
    start = svg.index(">") + 1
    head, body = svg[:start], svg[start:]
    body = _LABELS.sub("", body)
    body = _NAMES.sub(rf'id="{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
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
