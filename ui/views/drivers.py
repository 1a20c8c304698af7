"""Further questions on what drives a result: those that need a server.

Each is declared by its analysis (`sim.analysis.registry.Tab`); only the controls are made here. Which
lever matters most and which assumption decides it are answered above, by the live page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

import sim
from ui import figures, state, text
from ui.address import OUTCOME, QUESTION
from ui.answers import Progress, answered, key, table
from ui.export import BASELINE, POLICY
from ui.questions import CONTROLS, RUNS, Options, Question
from ui.settings import resolve, status_quo
from ui.study import Study

WIDTH = 860
ASK, ITSELF = "drivers_question", "drivers_itself"
#: What readers see of an input that cannot matter.
CHANCE_ALONE = "Chance alone: an input that cannot matter"


def show(study: Study) -> None:
    """Draw the page."""
    view = state.current()
    policy = replace(resolve(study, view.setting), name=POLICY)
    baseline = replace(status_quo(study, view.baseline, view.setting), name=BASELINE)
    model = policy.model
    outcome = state.looked_at(OUTCOME)
    outcome = outcome if outcome in model.outcomes else model.headlines[0]
    asked = {
        tab.name: (analysis, tab)
        for analysis in sim.analysis.analyses().values()
        for tab in analysis.tabs
    }
    st.markdown("### Further questions")
    label = text.plain(text.label_of(model.outcomes[outcome]))
    st.caption(
        f"They are asked of **{label}**, the outcome chosen above, and answered when you open one."
    )
    if (now := state.looked_at(QUESTION)) in asked:
        st.session_state[ASK] = now
    name = st.radio(
        "Further questions", list(asked), index=None, key=ASK, label_visibility="collapsed",
        format_func=lambda n: asked[n][1].title, on_change=_chosen,
    )  # fmt: skip
    if name is None:
        return
    asks = Question(view, policy, baseline, outcome, not st.session_state.get(ITSELF, False))
    _draw(*asked[name], asks)


def _chosen() -> None:
    """Keep the question in the address."""
    state.look_at(QUESTION, st.session_state[ASK] or "")


@dataclass(frozen=True)
class PageSource:
    """The setting of the levers, as a `sim.analysis.registry.Source`."""

    question: Question
    progress: Progress
    replications: int
    futures: int | None = None
    finished: bool = False
    kernel: Any = "auto"

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
        """Return the runs of Explore."""
        found = self.question.explored().ensemble
        check(found.experiment)
        return found


def _draw(analysis: Any, tab: Any, asks: Question) -> None:
    """Draw a question: its controls, and its answer."""
    options: Options = {
        option.name: () if option.many else option.default for option in analysis.options
    }
    many = any(option.name == "outcome" and option.many for option in analysis.options)
    options |= {"outcome": (asks.outcome,) if many else asks.outcome, **tab.values}
    st.caption(f"{tab.caption} {tab.terms}".strip())
    if "against" in options:
        st.toggle(
            "Of the outcome itself, not of its difference to the baseline", key=ITSELF,
            persist_state="session",
        )  # fmt: skip
        if asks.differs:
            options["against"] = BASELINE
    differs = options.get("against") is not None
    if reason := tab.needs(asks.policy, asks.baseline) or _alike(tab, asks, differs):
        st.info(reason)
        return
    for control in tab.controls:
        chosen = CONTROLS[control](asks)
        if chosen is None:
            return
        options |= chosen
    plan = asks.planned()
    count = len(plan.futures) if not plan.central and plan.parameters else 0
    same = tab.futures == "same"
    n = plan.replications if tab.futures else int(options.pop("replications", RUNS[1]))
    futures = count if same and count else None
    cost = tab.cost(asks.policy, n * (futures or 1), **(options | {"baseline": asks.baseline}))
    cost *= 1 + (differs and not tab.futures)

    def work(progress: Progress) -> Any:
        source = PageSource(asks, progress, n, futures, finished=tab.futures == "runs")
        return analysis.run(source, **options)[0]

    def show_it(found: Any, earlier: bool) -> None:
        _answer(found, tab, asks, n, futures, earlier=earlier)

    word = key(tab.name, asks.view, asks.outcome, n, *sorted(map(repr, options.items())))
    st.caption(_reference(asks, tab))
    names = text.labels(asks.policy.model)
    answered(
        word,
        cost,
        asks.policy,
        work,
        show_it,
        lambda said: in_labels(said, asks.policy.model, names),
    )


def _alike(tab: Any, asks: Question, differs: bool) -> str:
    """Return why a difference has nothing to say, where the setting is the baseline."""
    moves = "lever" in tab.controls or tab.name == "attribution"
    if not differs or moves or asks.policy.values() != asks.baseline.values():
        return ""
    return (
        "This setting is the baseline, so nothing differs. Move a lever, or ask *Of the outcome itself*."
        if sim.make_experiment(asks.policy, futures=0).programs()[0].digest
        == sim.make_experiment(asks.baseline, futures=0).programs()[0].digest
        else ""
    )


def _answer(
    found: Any, tab: Any, asks: Question, n: int, futures: int | None, *, earlier: bool
) -> None:
    """Draw an answer: the sentence, the picture, the numbers, and how it was computed."""
    model = asks.policy.model
    names = text.labels(model)
    if earlier:
        st.caption("Of an earlier setting, until the new answer is there:")
    st.markdown(f"**{text.plain(in_labels(found.sentence(), model, names))}**")
    if not getattr(found, "clear", True):
        st.markdown(f"More runs may tell. {tab.more}")
    if (
        not tab.futures
        and (centre := getattr(found, "centre", None)) is not None
        and model.uncertain
    ):
        size = text.plain(sim.formatting.interval(centre, sign=asks.differs))
        st.caption(f"With all {text.HELD} it is {size}.")
    figures.still(
        lambda width: found.chart(
            theme=figures.mode(), width=width, labels=names | {"dummy": CHANCE_ALONE}
        ),
        WIDTH, f"{tab.name}{'.earlier' if earlier else ''}", tab.alt,
    )  # fmt: skip
    table(found, model)
    each = f" in each of {futures:,} futures" if futures else " at each point"
    each = (
        f" of each of {found.learned + found.judged:,} futures" if tab.futures == "runs" else each
    )
    st.caption(f"{n:,} runs{each} · seed {asks.view.seed} · a toy, not a forecast")


def _reference(asks: Question, tab: Any) -> str:
    """Return Explore's number, and how the answer stands to it."""
    size = text.plain(sim.analysis.brief_size(asks.row()))
    explored = f"On Explore the difference to the baseline is {size}"
    if tab.futures:
        return f"{explored}. The futures, runs and random numbers here are the same."
    if not asks.policy.model.uncertain:
        return f"{explored}."
    return f"{explored}, over all futures. Here other **{text.HELD}**."


def in_labels(sentence: str, model: sim.Model, names: dict[str, str]) -> str:
    """Return a sentence with labels in place of the names of levers, parameters and outcomes."""
    known = names | {o.name: text.label_of(o) for o in model.outcomes.values()}
    pattern = (
        r"(?<![\w“])("
        + "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        + r")(?![\w”])"
    )
    shown = re.sub(pattern, lambda found: f"“{known[found[0]]}”", sentence)
    return shown[:1].upper() + shown[1:]
