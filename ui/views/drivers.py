"""Drivers: what moves an outcome – assumptions, levers, chance – and where a policy fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import streamlit as st

import sim
from ui import figures, headline, sidebar, state
from ui.answers import Progress, asked, key, table
from ui.settings import resolve, status_quo
from ui.study import Study
from ui.text import label_of, labels, plain, runs_line, sentence

WIDTH = 860


def show(study: Study) -> None:
    """Draw the page."""
    with st.sidebar:
        sidebar.draw(study, live=False)
    view = state.current()
    policy = resolve(study, view.setting)
    baseline = status_quo(study, view.baseline, policy)
    st.markdown("### What drives the result")
    model = policy.model
    names = list(model.outcomes)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    outcome = left.selectbox(
        "Outcome", names, index=names.index(headline.cards(model)[0]), key="drivers_outcome",
        format_func=lambda n: model.outcomes[n].label or n, persist_state="session",
    )  # fmt: skip
    n = int(
        right.selectbox(
            "Runs at each point",
            [50, 100, 200, 500],
            index=1,
            key="drivers_n",
            persist_state="session",
        )
    )
    parts: Mapping[str, Callable[..., None]] = {
        "Assumptions one by one": _tornado,
        "Assumptions together": _sobol,
        "What each lever adds": _attribution,
        "One lever from end to end": _sweep,
        "Where it fails": _discovery,
    }
    tabs = st.tabs(list(parts), key="drivers_tabs", on_change="rerun")
    for tab, part in zip(tabs, parts.values(), strict=True):
        if tab.open:
            with tab:
                part(view, policy, baseline, outcome, n)


def _uncertain(model: sim.Model) -> list[str]:
    return [name for name, p in model.parameters.items() if p.uncertain]


def _tornado(
    view: state.View, policy: sim.Scenario, baseline: sim.Scenario, outcome: str, n: int
) -> None:
    del baseline
    st.caption(
        "Each uncertain assumption goes to the low and the high end of its range, the others stay. "
        "Runs are paired; the band is what chance alone makes of a difference."
    )
    moved = _uncertain(policy.model)
    if not moved:
        st.info("No assumption of this model has a range, so there is nothing to move here.")
        return
    inputs = sim.analysis.factors(policy)
    points = 1 + sum(len(factor.ends) for factor in inputs)
    found = asked(
        key("tornado", view, outcome, n), points * n, policy,
        lambda progress: sim.analysis.tornado(
            policy, outcome, inputs, replications=n, seed=view.seed, progress=progress
        ),
    )  # fmt: skip
    if found is None:
        return
    figures.still(
        lambda width: sim.reporting.sensitivity_charts.tornado_chart(
            found, theme=figures.mode(), width=width, labels=labels(policy.model)
        ),
        WIDTH, "tornado", "Effect of each assumption on the outcome, sorted",
    )  # fmt: skip
    st.caption(runs_line(n, view.seed))
    table(found, policy.model)


def _sobol(
    view: state.View, policy: sim.Scenario, baseline: sim.Scenario, outcome: str, n: int
) -> None:
    del baseline, n
    st.caption(
        "How much of the spread of the outcome's expected value each assumption explains, alone and "
        "together with others, when all of those chosen vary at once (Sobol indices)."
    )
    moved = _uncertain(policy.model)
    if not moved:
        st.info("No assumption of this model has a range, so there is nothing to vary here.")
        return
    parameters = policy.model.parameters
    largest, session = _largest(view, outcome, moved), st.session_state
    untouched = session.get("sobol_inputs", []) == session.get("sobol_from", [])
    if largest and untouched:  # not again after the visitor chose otherwise
        session.sobol_from = session.sobol_inputs = largest
    chosen = st.multiselect(
        "Assumptions that vary", moved, max_selections=10, key="sobol_inputs",
        format_func=lambda name: label_of(parameters[name]), persist_state="session",
    )  # fmt: skip
    if not chosen:
        st.caption(
            "First see which assumptions matter one by one, in the tab before: the largest of them are "
            "then chosen here. Or choose some yourself."
        )
        return
    points, each = 128, 10
    found = asked(
        key("sobol", view, outcome, tuple(chosen)), points * (len(chosen) + 3) * each, policy,
        lambda progress: sim.analysis.sobol(
            policy, outcome, sim.analysis.factors(policy, chosen), base_points=points, replications=each,
            seed=view.seed, progress=progress,
        ),
    )  # fmt: skip
    if found is None:
        return
    figures.still(
        lambda width: sim.reporting.sensitivity_charts.ranking_chart(
            found, theme=figures.mode(), width=width, labels=labels(policy.model)
        ),
        WIDTH, "sobol", "Share of the variance that each assumption explains",
    )  # fmt: skip
    st.caption(runs_line(each * points, view.seed))
    table(found, policy.model)


def _largest(view: state.View, outcome: str, moved: list[str]) -> list[str]:
    """Return the assumptions that moved an outcome most one by one, where that was asked for."""
    for word, found in st.session_state.get("answers", {}).items():
        if word.startswith(repr(key("tornado", view, outcome))[:-1]):
            return [bars[0].factor.name for bars in found.bars if bars[0].factor.name in moved][:4]
    return []


def _attribution(
    view: state.View, policy: sim.Scenario, baseline: sim.Scenario, outcome: str, n: int
) -> None:
    st.caption(
        "The difference to the baseline, shared out among the levers in which the two differ, fairly "
        "over every order of pulling them (Shapley values)."
    )
    mine, theirs = policy.values(), baseline.values()
    differ = [name for name in policy.model.levers if mine[name] != theirs.get(name)]
    if not differ:
        st.info("This setting is the baseline: no lever differs. Move one.")
        return
    groups = len({policy.model.levers[name].group for name in differ})
    by = st.segmented_control(
        "Counted by", ["lever", "group"], default="lever" if len(differ) <= 8 else "group",
        required=True, key="attribution_by",
    )  # fmt: skip
    each: Literal["lever", "group"] = "group" if by == "group" else "lever"
    size = 2 ** (len(differ) if each == "lever" else groups) * n
    found = asked(
        key("attribution", view, outcome, n, by), size, policy,
        lambda progress: sim.analysis.shapley(
            policy, replace(baseline, name="baseline"), [outcome], by=each, replications=n,
            seed=view.seed, progress=progress,
        )[0],
    )  # fmt: skip
    if found is None:
        return
    figures.still(
        lambda width: sim.reporting.exploring_charts.waterfall_chart(
            found, theme=figures.mode(), width=width
        ),
        WIDTH, "waterfall", "What each lever adds to the difference",
    )  # fmt: skip
    st.caption(runs_line(n, view.seed))
    table(found, policy.model)


def _sweep(
    view: state.View, policy: sim.Scenario, baseline: sim.Scenario, outcome: str, n: int
) -> None:
    del baseline
    st.caption("One lever moves over its whole range, all others stay as they are.")
    model = policy.model
    if not model.levers:
        st.info("This model has no lever.")
        return
    numeric = [name for name, lever in model.levers.items() if lever.low is not None]
    names = [*numeric, *(name for name in model.levers if name not in numeric)]
    name = st.selectbox(
        "Lever", names, key="sweep_lever", persist_state="session",
        format_func=lambda n: model.levers[n].label or n.replace("_", " "),
    )  # fmt: skip
    points, moved = 11, sim.analysis.factors(policy, [name], levers=True)
    found = asked(
        key("sweep", view, outcome, n, name), (len(moved[0].levels(points)) + 1) * n, policy,
        lambda progress: sim.analysis.sweep_levers(
            policy, outcome, moved, levels=points, replications=n, seed=view.seed, progress=progress,
        ),
    )  # fmt: skip
    if found is None:
        return
    figures.still(
        lambda width: sim.reporting.exploring_charts.sweep_chart(found, theme=figures.mode(), width=width),
        WIDTH, "sweep", "The outcome over the range of one lever",
    )  # fmt: skip
    st.caption(runs_line(n, view.seed))
    table(found, policy.model)


def _discovery(
    view: state.View, policy: sim.Scenario, baseline: sim.Scenario, outcome: str, n: int
) -> None:
    del baseline
    st.caption(
        "The assumptions are sampled across their ranges; then the conditions are sought under which "
        "this setting misses a target (PRIM and a tree)."
    )
    entry = policy.model.outcomes[outcome]
    if not _uncertain(policy.model):
        st.info("No assumption of this model has a range, so there is nothing to sample here.")
        return
    left, middle = st.columns(2, vertical_alignment="bottom")
    kinds = ["at least", "at most"]
    kind = left.segmented_control(
        "The target is met with", kinds, required=True, key="target_kind",
        default="at most" if entry.goal == "minimize" else "at least",
    )  # fmt: skip
    scale = 100.0 if entry.share else 1.0
    level = middle.number_input(
        "of 100 runs" if entry.share else entry.unit or "value", key=f"target.{outcome}",
        value=_middle(policy, outcome, view.seed) * scale,
    )  # fmt: skip
    futures, each = 300, max(5, n // 10)
    found = asked(
        key("discovery", view, outcome, n, kind, level), futures * each, policy,
        lambda progress: _discovered(
            policy, outcome, kind, level / scale, futures, each, view.seed, progress
        ),
    )  # fmt: skip
    if found is None:
        return
    st.markdown(f"**{sentence(plain(found.box.words))}.**")
    figures.still(
        lambda width: sim.reporting.exploring_charts.trajectory_chart(
            found, theme=figures.mode(), width=width
        ),
        620, "trajectory", "Coverage against density of the boxes that were tried",
    )  # fmt: skip
    st.caption(
        f"n = {futures:,} futures of {each:,} runs, {found.judged:,} of them kept back to judge · seed "
        f"{view.seed} · a toy, not a forecast"
    )
    table(found, policy.model)


def _middle(policy: sim.Scenario, outcome: str, seed: int) -> float:
    """Return the mean of an outcome over a few runs, as a target to begin with."""
    rows = sim.compare(sim.run(policy, replications=50, seed=seed)).rows
    mean = next(row.estimate.mean for row in rows if row.outcome == outcome)
    return float(f"{mean:.3g}") if mean == mean else 0.0


def _discovered(
    policy: sim.Scenario,
    outcome: str,
    kind: str,
    level: float,
    futures: int,
    each: int,
    seed: int,
    progress: Progress,
) -> Any:
    experiment = sim.make_experiment(policy, replications=each, futures=futures, seed=seed)
    ensemble = sim.run(experiment, progress=progress)
    low = kind == "at least"
    target = sim.Target(at_least=level) if low else sim.Target(at_most=level)
    return sim.analysis.discover(ensemble, outcome, target, seed=seed)
