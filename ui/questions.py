"""What a visitor of Drivers asks about, and the controls of its questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

import sim
from ui import headline, runs, text
from ui.address import View

#: Runs at each point that can be chosen, and the runs that the page begins with at most.
RUNS, MOST_RUNS = (50, 100, 200, 500), 40_000
POINTS = (64, 128, 256, 512)
#: Levers that are counted one by one by default, and assumptions that vary together.
MOST_LEVERS, TOGETHER = 5, 4
Options = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What the visitor asks about."""

    view: View
    policy: sim.Scenario
    baseline: sim.Scenario
    outcome: str
    differs: bool = True

    def explored(self) -> runs.Result:
        """Return the runs of the setting and its baseline that Explore shows."""
        view = self.view
        return runs.run_all(
            {one.name: one for one in (self.baseline, self.policy)}, n=view.runs or runs.DEFAULT_RUNS,
            seed=view.seed, central=view.central, series=headline.series_needed(self.policy.model),
        )  # fmt: skip

    def planned(self) -> sim.Experiment:
        """Return the experiment of these runs."""
        view = self.view
        return runs.planned(
            {one.name: one for one in (self.baseline, self.policy)}, n=view.runs or runs.DEFAULT_RUNS,
            seed=view.seed, central=view.central,
        )  # fmt: skip

    def row(self) -> sim.analysis.Row:
        """Return what Explore says of the outcome."""
        return self.explored().comparison(turns=False).row(self.outcome, self.policy.name)


def _runs(asks: Question) -> Options:
    """Choose the runs at each point; by default as many as take a few seconds."""
    ends = sum(len(factor.ends) for factor in sim.analysis.factors(asks.policy))
    usual = [n for n in RUNS[:2] if n * ends * 2 <= MOST_RUNS] or [RUNS[0]]
    n = st.selectbox(
        "Runs at each point", RUNS, index=RUNS.index(usual[-1]), key="drivers_n",
        persist_state="session", width=220,
    )  # fmt: skip
    return {"replications": int(n)}


def _points(asks: Question) -> Options:
    """Choose the points of the design."""
    points = st.selectbox(
        "Points", POINTS, index=1, key="sobol_points", persist_state="session", width=220
    )
    return {"points": int(points)}


def _only(asks: Question) -> Options | None:
    """Choose the assumptions that vary; by default those that the futures of Explore tell of first."""
    parameters, session = asks.policy.model.parameters, st.session_state
    moved = [name for name, parameter in parameters.items() if parameter.uncertain]
    usual = _ranked(asks, moved)[:TOGETHER]
    if session.get("sobol_inputs", []) == session.get("sobol_from", []):
        session.sobol_from = session.sobol_inputs = usual  # not again after another choice
    chosen = st.multiselect(
        "Assumptions that vary", moved, max_selections=10, key="sobol_inputs",
        format_func=lambda name: text.label_of(parameters[name]), persist_state="session",
    )  # fmt: skip
    if not chosen:
        st.caption("Choose some assumptions.")
        return None
    return {"only": tuple(chosen)}


def _ranked(asks: Question, moved: list[str]) -> list[str]:
    """Return assumptions by what they explain over the futures of Explore, as far as there are any."""
    try:
        found = sim.analysis.importance(
            asks.explored().ensemble, asks.outcome, asks.policy.name, missing="drop",
            against=asks.baseline.name if asks.differs else None,
        )  # fmt: skip
    except sim.SimError:
        return moved
    return [name for name in found.names if name in moved]


def _by(asks: Question) -> Options:
    """Choose whether levers count one by one or by group."""
    new, old = asks.policy.values(), asks.baseline.values()
    differ = [name for name in asks.policy.model.levers if new[name] != old.get(name)]
    by = st.segmented_control(
        "Counted by", ["lever", "group"], default="lever" if len(differ) <= MOST_LEVERS else "group",
        required=True, key="attribution_by",
    )  # fmt: skip
    return {"by": "group" if by == "group" else "lever"}


def _missing(asks: Question) -> Options:
    """Choose what to do about runs without a value, as where a `first` never happened."""
    drop = st.toggle(
        "Leave out runs in which this outcome has no value", key="drivers_missing",
        persist_state="session",
    )  # fmt: skip
    return {"missing": "drop" if drop else "refuse"}


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
    """Return the level that Explore shows, as a target to begin with."""
    row = asks.row()
    middle = row.level.middle if row.level is not None else row.estimate.mean
    return float(f"{middle:.3g}") if middle == middle else 0.0


CONTROLS: dict[str, Callable[[Question], Options | None]] = {
    "runs": _runs, "only": _only, "points": _points, "missing": _missing, "by": _by, "lever": _lever,
    "target": _target,
}  # fmt: skip
