"""Charts of the page: the charts of `sim`, as the Vega of the page can take them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pandas as pd
import streamlit as st

Spec = dict[str, Any]
Mode = Literal["light", "dark"]
#: The name the page gives to the font it ships.
FONT = "'Source Sans', 'Source Sans 3', 'Liberation Sans', sans-serif"
#: Pixels of a chart with a width of its own, on a phone.
PHONE = 350


def mode() -> Mode:
    """Return whether the visitor sees the page light or dark."""
    return "dark" if st.context.theme.type == "dark" else "light"


def web_ready(spec: Spec) -> Spec:
    """Return a spec as the page's Vega can take it.

    Its reader loses moments written as large numbers, and it writes into the padding.
    """
    ready: Spec = _ready(spec)
    if not isinstance(ready.get("padding"), dict):
        ready["padding"] = dict.fromkeys(
            ("left", "top", "right", "bottom"), ready.get("padding", 4)
        )
    ready.setdefault("config", {})["font"] = FONT
    return ready


def _ready(part: Any) -> Any:
    """Return a part of a spec with the moments of its time axes as text, its marks silent."""
    if isinstance(part, list):
        return [_ready(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {key: _ready(value) for key, value in part.items()}
    if "mark" in made and "encoding" in made:  # the picture as a whole has its words
        mark = made["mark"] if isinstance(made["mark"], dict) else {"type": made["mark"]}
        made["mark"] = mark | {"aria": False}
    if made.get("type") == "temporal":
        for inner, key in (("scale", "domain"), ("axis", "values")):
            held = made.get(inner)
            if isinstance(held, dict) and isinstance(held.get(key), list):
                made[inner] = held | {key: [_iso(value) for value in held[key]]}
    return made


def _iso(value: Any) -> Any:
    if not isinstance(value, int | float):
        return value
    return pd.Timestamp(value, unit="ms").isoformat(timespec="milliseconds") + "Z"


def still(make: Callable[[int], Any], width: int, key: str, alt: str) -> None:
    """Draw a chart that holds its data, at a width for a desk and at one for a phone.

    The style sheet shows the one that fits.
    """
    for name, wide in (("desk", width), ("phone", PHONE)):
        spec = {k: v for k, v in make(wide).to_dict().items() if k != "$schema"}
        with st.container(key=f"{name}_{key}"):
            st.vega_lite_chart(
                None, web_ready(spec), key=f"{key}_{name}", alt=alt, theme=None, width="content"
            )
