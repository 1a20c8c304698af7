"""Drivers: what moves an outcome – assumptions, levers, chance – and where a policy fails.

Each tab is declared by its analysis (`sim.analysis.registry.Tab`); only the controls are made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

import sim
from ui import figures, sidebar, state, text
from ui.address import View
from ui.answers import Progress, asked, key, table
from ui.settings import resolve, status_quo
from ui.study import Study
from ui.views.explore import BASELINE, POLICY

WIDTH = 860
Options = dict[str, Any]


def show(study: Study) -> None:
    """Draw the page."""
    with st.sidebar:
        sidebar.draw(study)
    view = state.current()
    policy = resolve(study, view.setting)
    baseline = replace(status_quo(study, view.baseline, view.setting), name=BASELINE)
    policy = replace(policy, name=POLICY)
    st.markdown("### What drives the result")
    model = policy.model
    names = list(model.outcomes)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    outcome = left.selectbox(
        "Outcome", names, index=names.index(model.headlines[0]), key="drivers_outcome",
        format_func=lambda n: model.outcomes[n].label or n, persist_state="session",
    )  # fmt: skip
    n = right.selectbox(
        "Runs at each point", [50, 100, 200, 500], index=1, key="drivers_n",
        persist_state="session",
    )  # fmt: skip
    differs = st.toggle(
        "Of the difference to the baseline", key="drivers_against", persist_state="session",
        help="Ask what moves this setting minus the baseline, in the same futures with the same random "
        "numbers, rather than the outcome itself.",
    )  # fmt: skip
    parts = {
        tab.title: (analysis, tab)
        for analysis in sim.analysis.analyses().values()
        for tab in analysis.tabs
    }
    asks = Question(view, policy, baseline, outcome, int(n), differs)
    tabs = st.tabs(list(parts), key="drivers_tabs", on_change="rerun")
    for place, (analysis, tab) in zip(tabs, parts.values(), strict=True):
        if place.open:
            with place:
                _draw(analysis, tab, asks)


@dataclass(frozen=True)
class Question:
    """What the visitor asks about, on every tab."""

    view: View
    policy: sim.Scenario
    baseline: sim.Scenario
    outcome: str
    replications: int
    differs: bool = False


@dataclass(frozen=True)
class PageSource:
    """The setting of the levers, as a `sim.analysis.registry.Source`."""

    question: Question
    progress: Progress
    replications: int
    futures: int | None = None
    kernel: Any = "auto"
    finished: bool = False

    @property
    def seed(self) -> int:
        """The seed of the page."""
        return self.question.view.seed

    def scenario(self) -> sim.Scenario:
        """Return the setting of the levers."""
        return self.question.policy

    def baseline(self) -> sim.Scenario:
        """Return the baseline of the page."""
        return self.question.baseline

    def load(self, name: str) -> sim.Scenario:
        """Return the baseline, which an analysis of a difference subtracts."""
        return self.question.baseline

    def ensemble(
        self, check: Callable[[sim.Experiment], object], *, futures: int = 0
    ) -> sim.Ensemble:
        """Run the setting over sampled futures."""
        experiment = sim.make_experiment(
            self.question.policy, replications=self.replications,
            futures=self.futures or futures, seed=self.seed,
        )  # fmt: skip
        check(experiment)
        return sim.run(experiment, progress=self.progress)


def _draw(analysis: Any, tab: Any, asks: Question) -> None:
    """Draw a tab: its controls, the button that runs it, and the answer."""
    st.caption(tab.caption)
    if reason := tab.needs(asks.policy, asks.baseline):
        st.info(reason)
        return
    options: Options = {
        option.name: () if option.many else option.default for option in analysis.options
    }
    many = any(option.name == "outcome" and option.many for option in analysis.options)
    options |= {"outcome": (asks.outcome,) if many else asks.outcome, **tab.values}
    differs = asks.differs and "against" in options
    if differs:
        options["against"] = BASELINE
    for control in tab.controls:
        chosen = CONTROLS[control](asks)
        if chosen is None:
            return
        options |= chosen
    n = int(options.pop("replications", asks.replications))
    futures = options.pop("futures", None)
    if futures:
        n = max(5, n // 10)
    cost = tab.cost(asks.policy, n, **(options | {"baseline": asks.baseline})) * (1 + differs)
    found = asked(
        key(tab.name, asks.view, asks.outcome, n, *sorted(map(repr, options.items()))),
        cost, asks.policy,
        lambda progress: analysis.run(PageSource(asks, progress, n, futures), **options)[0],
    )  # fmt: skip
    if found is None:
        return
    names = text.labels(asks.policy.model)
    st.markdown(f"**{text.plain(_in_labels(found.sentence(), asks.policy.model, names))}**")
    figures.still(
        lambda width: found.chart(theme=figures.mode(), width=width, labels=names),
        WIDTH, tab.name, tab.alt,
    )  # fmt: skip
    each = f" in each of {futures:,} futures" if futures else " at each point"
    held = "" if futures or "only" in tab.controls else _held(asks.policy.model)
    st.caption(f"{n:,} runs{each}{held} · seed {asks.view.seed} · a toy, not a forecast")
    table(found, asks.policy.model)


def _held(model: sim.Model) -> str:
    """Return what is held while something else moves: levels differ from those of other pages."""
    return (
        f" · other **{text.HELD}**, so levels are not those of Explore" if model.uncertain else ""
    )


def _in_labels(sentence: str, model: sim.Model, names: dict[str, str]) -> str:
    """Return a sentence with labels in place of the names of levers, parameters and outcomes."""
    known = names | {o.name: text.label_of(o) for o in model.outcomes.values()}
    pattern = r"(?<![\w“])(" + "|".join(map(re.escape, known)) + r")(?![\w”])"
    shown = re.sub(pattern, lambda found: f"“{known[found[0]]}”", sentence)
    return shown[:1].upper() + shown[1:]


def _only(asks: Question) -> Options | None:
    """Choose the assumptions that vary; by default those that moved the outcome most one by one."""
    parameters = asks.policy.model.parameters
    moved = [name for name, parameter in parameters.items() if parameter.uncertain]
    largest, session = _largest(asks, moved), st.session_state
    untouched = session.get("sobol_inputs", []) == session.get("sobol_from", [])
    if largest and untouched:  # not again after the visitor chose otherwise
        session.sobol_from = session.sobol_inputs = largest
    chosen = st.multiselect(
        "Assumptions that vary", moved, max_selections=10, key="sobol_inputs",
        format_func=lambda name: text.label_of(parameters[name]), persist_state="session",
    )  # fmt: skip
    if not chosen:
        st.caption(
            "Run *Assumptions one by one* first: the assumptions that matter most are then chosen here. "
            "Or choose some yourself."
        )
        return None
    return {"only": tuple(chosen)}


def _missing(asks: Question) -> Options:
    """Choose what to do about runs without a value, as where a `first` never happened."""
    drop = st.toggle(
        "Leave out runs in which this outcome has no value", key="drivers_missing",
        persist_state="session",
    )  # fmt: skip
    return {"missing": "drop" if drop else "refuse"}


def _largest(asks: Question, moved: list[str]) -> list[str]:
    """Return the assumptions that moved an outcome most one by one, where that was asked for."""
    begin = repr(key("tornado", asks.view, asks.outcome))[:-1]
    for word, found in st.session_state.get("answers", {}).items():
        if word.startswith(begin):
            return [bars[0].factor.name for bars in found.bars if bars[0].factor.name in moved][:4]
    return []


def _by(asks: Question) -> Options:
    """Choose whether levers count one by one or by group."""
    new, old = asks.policy.values(), asks.baseline.values()
    differ = [name for name in asks.policy.model.levers if new[name] != old.get(name)]
    by = st.segmented_control(
        "Counted by", ["lever", "group"], default="lever" if len(differ) <= 8 else "group",
        required=True, key="attribution_by",
    )  # fmt: skip
    return {"by": "group" if by == "group" else "lever"}


def _lever(asks: Question) -> Options:
    """Choose the lever that moves."""
    levers = asks.policy.model.levers
    numeric = [name for name, lever in levers.items() if lever.low is not None]
    name = st.selectbox(
        "Lever", [*numeric, *(name for name in levers if name not in numeric)], key="sweep_lever",
        persist_state="session", format_func=lambda n: text.label_of(levers[n]),
    )  # fmt: skip
    return {"lever": (name,)}


def _target(asks: Question) -> Options:
    """Choose the target that a future may miss."""
    entry = asks.policy.model.outcomes[asks.outcome]
    if asks.differs and entry.goal:
        st.caption(
            "The target is met in a future where this setting is not worse than the baseline."
        )
        return {}
    left, middle = st.columns(2, vertical_alignment="bottom")
    kind = left.segmented_control(
        "The target is met with", ["at least", "at most"], required=True, key="target_kind",
        default="at most" if entry.goal == "minimize" else "at least",
    )  # fmt: skip
    scale = 100.0 if entry.share and not asks.differs else 1.0
    unit = "points" if asks.differs else "of 100 runs"
    level = middle.number_input(
        unit if entry.share else entry.unit or "value", key=f"target.{asks.outcome}.{asks.differs}",
        value=0.0 if asks.differs else _middle(asks) * scale,
    )  # fmt: skip
    return {"at_least" if kind == "at least" else "at_most": level / scale}


def _middle(asks: Question) -> float:
    """Return the mean of an outcome over a few runs, as a target to begin with."""
    rows = sim.compare(sim.run(asks.policy, replications=50, seed=asks.view.seed)).rows
    mean = next(row.estimate.mean for row in rows if row.outcome == asks.outcome)
    return float(f"{mean:.3g}") if mean == mean else 0.0


CONTROLS: dict[str, Callable[[Question], Options | None]] = {
    "only": _only, "missing": _missing, "by": _by, "lever": _lever, "target": _target,
}  # fmt: skip
