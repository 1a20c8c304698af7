"""The first page of a report in sentences: what is compared, the answer, what it hangs on, what it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim import charts
from sim.analysis.answers import CAUTION, of_outcome, size_text
from sim.analysis.answers import listed as listed_texts
from sim.analysis.briefs import UNSIZED, brief_phrase
from sim.analysis.comparison import Comparison
from sim.analysis.comparison_tables import standing
from sim.analysis.evidence import evidence_of
from sim.analysis.form_answers import forms_brief
from sim.analysis.rows import (
    Row,
    difference_text,
    label_text,
    level_text,
    range_text,
    scenario_text,
    unit_text,
)
from sim.analysis.turning import Turn, turn_text
from sim.charts.axes import day_text
from sim.execution.ensemble import Ensemble
from sim.formatting import counted, decimal, digits, futures_count, value_text
from sim.model.types import Model
from sim.study.assignments import policy_titles
from sim.study.experiment import Experiment

#: Assumptions told on the first page, and in the section on them.
MAX_HANGS, MAX_TURNS = 3, 8
#: Letters of a rationale on the first page.
MAX_RATIONALE = 320


@dataclass(frozen=True, slots=True)
class Executive:
    """The sentences of the first page."""

    compared: str
    answers: tuple[str, ...]
    hangs: tuple[str, ...]
    forms: str
    size: str
    caution: str = CAUTION


def first_page(comparison: Comparison, experiment: Experiment) -> Executive:
    """Return the sentences of the first page."""
    return Executive(
        compared=_compared(comparison, experiment),
        answers=tuple(answers(comparison, experiment.model)),
        hangs=tuple(_hang(row, turn) for row, turn in turning(comparison, MAX_HANGS)),
        forms=forms_brief(comparison.rows, comparison.headlines),
        size=runs_text(experiment),
    )


def _compared(comparison: Comparison, experiment: Experiment) -> str:
    """Return what is compared with what, and over which time."""
    titles = policy_titles(experiment.scenarios)
    base = titles[comparison.baseline]
    others = [f"“{title}”" for name, title in titles.items() if name != comparison.baseline]
    span = f"over {experiment.model.clock.span}"
    if not others:
        return f"One scenario, “{base}”, {span}; nothing is compared with it."
    named = listed_texts(others) if len(others) <= 3 else counted(len(others), "scenario")
    return f"{named} against “{base}”, {span}."


def runs_text(experiment: Experiment) -> str:
    """Return how many runs there are, of what, and the seed."""
    parts = [counted(len(experiment.scenarios), "scenario")]
    if len(experiment.futures) > 1:
        parts.append(futures_count(len(experiment.futures), experiment.origin))
    parts.append(counted(experiment.replications, "replication"))
    return f"{' × '.join(parts)} = {counted(experiment.size, 'run')}, seed {experiment.seed}."


def answers(comparison: Comparison, model: Model) -> list[str]:
    """Return the answer in two or three sentences: the outcome asked for, then what else is clear."""
    known = {row.outcome for row in comparison.rows}
    names = [name for name in comparison.headlines if name in known]
    if not names:
        return ["The model has no outcome, so there is no answer."]
    if len(comparison.scenarios) < 2:
        return [f"{level_text(of_outcome(comparison.rows, name)[0])}." for name in names[:3]]
    return [_first(comparison.rows, names[0], model), *_rest(comparison.rows, names[1:])]


def _first(rows: Sequence[Row], name: str, model: Model) -> str:
    """Return what the outcome asked for says: which scenario is best, how surely, by how much."""
    base, others = of_outcome(rows, name)
    best = next(row for row in others if row.scenario == standing(rows, name)[1])
    if not best.goal:
        best = max(others, key=_moved)
    if len(others) > 1 and best.verdict in UNSIZED:
        told = [text for side in ("higher", "lower") if (text := _side(others, side))]
        end = f"; it is {' and '.join(told)}" if told else ""
        seen = "do better than" if best.goal else "differ from"
        return f"No scenario is seen to {seen} {scenario_text(base)} in {label_text(best)}{end}."
    head = f"{label_text(best)} in {scenario_text(best)}"
    if len(others) > 1:
        lead = "is best on average" if best.goal else "moves most"
        head = f"{label_text(best)} {lead} in {scenario_text(best)}"
        if best.judged == "worse":
            head = f"{label_text(best)} is best in the baseline; the next is {scenario_text(best)}"
    parts = [f"{head}, against {scenario_text(base)}: {brief_phrase(best)}"]
    if best.gap is not None and best.verdict not in UNSIZED:
        bare = replace(best, unit="") if best.unit.startswith("index") else best
        parts.append(size_text(bare))
    return f"{'; '.join(parts)}. {_matters(best, model)}".rstrip()


def _moved(row: Row) -> float:
    """Return how far an outcome is moved, in any direction."""
    return 0.0 if math.isnan(row.middle) else abs(row.middle)


def _matters(row: Row, model: Model) -> str:
    """Return whether the difference in the middle is one that a decision would notice."""
    if row.matters <= 0.0 or row.verdict in UNSIZED or row.verdict == "no difference that matters":
        return ""
    k = 100.0 if row.share else 1.0
    least = decimal(row.matters * k, digits(row.matters * k))
    unit = " points" if row.share else "" if row.unit.startswith("index") else unit_text(row)
    relation = "more" if _moved(row) >= row.matters else "less"
    size = "The middle" if row.gap else "The mean"
    if model.outcomes[row.outcome].matters:
        return f"{size} is {relation} than {least}{unit}, the smallest difference that matters."
    return f"{size} is {relation} than {least}{unit}, a tenth of the spread of single runs."


def _rest(rows: Sequence[Row], names: Sequence[str]) -> list[str]:
    """Return which way the other headline outcomes go, and in which of them no direction may be told."""
    told, open_ = [], []
    for name in names:
        _, others = of_outcome(rows, name)
        texts = [text for side in ("higher", "lower") if (text := _side(others, side))]
        if texts:
            told.append(f"{label_text(others[0])} is {' and '.join(texts)}")
        else:
            open_.append(label_text(others[0]))
    found = [f"{'; '.join(told)}."] if told else []
    if open_:
        found.append(f"No direction can be told in {listed_texts(open_)}.")
    return found


def _side(others: Sequence[Row], side: str) -> str:
    """Return in how many scenarios an outcome goes to one side, clearly or else mostly, and where most."""
    sided = [row for row in others if row.side == side]
    rows = [row for row in sided if row.clear] or sided
    if not rows:
        return ""
    most = max(rows, key=_moved)
    degree = "clearly " if most.clear else "mostly " if most.gap else ""
    words = f"{degree}{most.judged or side}"
    size = range_text(most.gap, most.share, True) if most.gap else difference_text(most)
    where = f"{scenario_text(most)} ({size})"
    if len(others) == 1:
        return f"{words} ({size})"
    if len(rows) == 1:
        return f"{words} in {where}"
    return f"{words} in {len(rows)} scenarios, most in {where}"


def turning(comparison: Comparison, most: int) -> list[tuple[Row, Turn]]:
    """Return assumptions on which the direction of a headline outcome hangs, each once, the surest first."""
    pairs = [
        (row, turn)
        for row in comparison.rows
        if row.outcome in comparison.headlines
        for turn in row.turns
    ]
    pairs.sort(key=lambda pair: (pair[1].value is None and not pair[1].words, pair[1].p))
    first: dict[str, tuple[Row, Turn]] = {}
    for row, turn in pairs:
        first.setdefault(turn.parameter, (row, turn))
    return list(first.values())[:most]


def _hang(row: Row, turn: Turn) -> str:
    goal = "" if row.unpaired else row.goal
    return f"{label_text(row)} in {scenario_text(row)} is {turn_text(turn, goal)}."


def assumptions(comparison: Comparison, model: Model) -> list[tuple[str, ...]]:
    """Return the assumptions that directions hang on: name, value and range, what turns there, reason."""
    grounds = {ground.name: ground for ground in evidence_of(model).grounds}
    found: list[tuple[str, ...]] = []
    for row, turn in turning(comparison, MAX_TURNS):
        ground = grounds[turn.parameter]
        value = f"{value_text(ground.value)} {ground.unit}".rstrip()
        if ground.span:
            value += f" ({ground.span})"
        found.append((turn.label, value, _hang(row, turn), ground.ground))
    return found


def over_time(ensemble: Ensemble, comparison: Comparison, focus: str, series: str) -> str:
    """Return when a series is furthest from that of the baseline, or when it is highest; empty without."""
    kept = ensemble.trajectories
    model = ensemble.experiment.model
    if kept is None or series not in kept.names:
        return ""
    titles = policy_titles(ensemble.experiment.scenarios)
    place, base = kept.names.index(series), comparison.baseline
    values = kept.means[ensemble.scenario_index(focus), place]
    alone = focus == base
    if not alone:
        values = values - kept.means[ensemble.scenario_index(base), place]
    if not np.isfinite(values).all():
        return ""
    label, unit = charts.series_label(model, series)
    at = int(np.argmax(values if alone else np.abs(values)))
    half = float(np.ptp(values)) / 4
    top, end = (decimal(float(values[i]), digits(half) if half else 0, not alone) for i in (at, -1))
    if not half and not alone and not values.any():
        return f"“{label}” in “{titles[focus]}” is as in “{titles[base]}” at all times, on average."
    day = day_text(model.clock, float(kept.times[at]))
    where = "is highest" if alone else f"is furthest from “{titles[base]}”"
    tail = f", {unit}" if unit else ""
    return f"“{label}” in “{titles[focus]}” {where} on {day}: {top} on average; at the end {end}{tail}."


def short_rationale(text: str) -> str:
    """Return the first sentences of a rationale, as many as the first page has room for."""
    words = " ".join(text.split())
    if len(words) <= MAX_RATIONALE:
        return words
    cut = words[:MAX_RATIONALE]
    end = max(cut.rfind(sign) for sign in (". ", "? ", "! "))
    return cut[: end + 1] if end > 0 else f"{cut.rpartition(' ')[0]} …"
