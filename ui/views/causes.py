"""Why do two scenarios differ? The way from the lever to the outcome, on Compare and One run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

import sim
from ui import figures
from ui.address import View
from ui.answers import asked, key, table
from ui.digests import key_of
from ui.text import HELD, label_of, labels, plain

WIDTH = 1000
#: Replications of each scenario, and of the quantities that are held, about so many times as many.
RUNS, HELD_RUNS = 500, 15


def ask_why(
    view: View, policies: Mapping[str, sim.Scenario], baseline: sim.Scenario, place: str
) -> None:
    """Offer to find out on which way a difference reaches an outcome; policies by their titles."""
    model = baseline.model
    if not policies or not model.outcomes:
        return
    st.markdown("#### Why do they differ?")
    left, right = st.columns(2)
    title = left.selectbox(
        "Scenario", list(policies), key=f"{place}_why_of", persist_state="session"
    )
    outcome = right.selectbox(
        "Outcome", list(model.outcomes), index=list(model.outcomes).index(model.headlines[0]),
        key=f"{place}_why_in", format_func=lambda n: label_of(model.outcomes[n]),
        persist_state="session",
    )  # fmt: skip
    policy = replace(policies[title], name=title)
    pair = key_of(sim.make_experiment([policy, baseline], replications=1, futures=0))
    found = asked(
        key(f"why.{place}", view, outcome, pair), RUNS * HELD_RUNS, policy,
        lambda progress: sim.analysis.why(
            policy, baseline, outcome, replications=RUNS, seed=view.seed, progress=progress
        ),
    )  # fmt: skip
    if found is None:
        return
    st.markdown(f"**{plain(found.sentence())}**")
    for path in found.paths:
        st.markdown(f"- {plain(found.story(path))}")
    if found.paths:
        figures.still(
            lambda width: found.chart(theme=figures.mode(), width=width, labels=labels(model)),
            WIDTH, f"{place}_why", "The way from the lever to the outcome, step by step",
        )  # fmt: skip
    held = f" · {HELD}" if model.uncertain else ""
    st.caption(f"{RUNS:,} runs of each{held} · seed {view.seed} · a toy, not a forecast")
    table(found, model)
