"""Units that do not agree, shown where the errors of a model are."""

from __future__ import annotations

import streamlit as st

import sim

#: Messages that are shown; the rest are counted.
MOST = 20


def show(of: sim.Model | sim.Scenario) -> None:
    """Draw the warnings of the check of units, if there are any."""
    found = sim.check_units(of)
    if not found:
        return
    many = "1 place" if len(found) == 1 else f"{len(found)} places"
    st.warning(
        f"Units do not agree in {many}. Results are what the formulas say: nothing is converted.",
        title="Units",
    )
    more = [f"… and {len(found) - MOST} more"] if len(found) > MOST else []
    text = "\n".join([*(str(warning) for warning in found[:MOST]), *more])
    st.code(text, language=None, wrap_lines=True)
