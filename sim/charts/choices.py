"""What a chart shows by default: chosen by the model, never by a name in this code."""

from __future__ import annotations

from collections.abc import Sequence

from sim.errors import Diagnostic, ExperimentError
from sim.execution.ensemble import Ensemble
from sim.formatting import direction
from sim.language.terms import Number, Reference
from sim.model.naming import cell_name
from sim.model.types import Model, Outcome
from sim.study.families import unknown_outcome


def cast(
    ensemble: Ensemble, scenario: str | None, baseline: str | None, others: Sequence[str] | None
) -> tuple[str, str, list[str]]:
    """Return the scenario in focus, the baseline, and all that are drawn, in the ensemble's order.

    Raises
    ------
    ExperimentError
        A name is unknown.
    """
    names = ensemble.scenarios
    for name in (scenario, baseline, *(others or ())):
        if name is not None:
            ensemble.scenario_index(name)
    base = baseline or names[0]
    focus = scenario or next((n for n in names if n != base), base)
    more = [n for n in names if n not in (focus, base)][:5] if others is None else list(others)
    wanted = {focus, base, *more}
    return focus, base, [n for n in names if n in wanted]


def main_series(model: Model, limit: int = 6) -> tuple[str, ...]:
    """Return the series worth a fan: those of which a goal is taken, in the order of the outcomes."""
    numeric = [
        cell
        for n, derived in model.derived.items()
        if derived.formula.type.kind in ("number", "whole")
        for cell in model.cells(n)
    ]
    numeric += [n for n, v in model.state.items() if v.type.kind in ("number", "whole")]
    numeric.sort(key=lambda name: "[" in name)  # one that is not of a single member leads
    found: list[str] = []
    for outcome in model.outcomes.values():
        of = measured_name(outcome)
        if outcome.goal and of in numeric and of not in found:
            found.append(of)
    return tuple(found[:limit] or numeric[:limit])


def measured_name(outcome: Outcome) -> str:
    """Return the series or event that an outcome is taken of, or what it computes as written."""
    of = outcome.of
    if isinstance(of, str):
        return of
    term = of.term
    if isinstance(term, Reference) and term.index:
        members = [one for one in term.index if isinstance(one, Number)]
        if len(members) == len(term.index):
            return cell_name(term.name, (one.type.options[int(one.value)] for one in members))
    return of.text.strip()


def usual_series(model: Model) -> str:
    """Return the series of a fan when none is named.

    Raises
    ------
    ExperimentError
        The model has no numeric state and no derived quantity.
    """
    found = main_series(model, 1)
    if not found:
        words = f"model '{model.name}' has no number that could be drawn over time"
        raise ExperimentError(Diagnostic("no-series", words, None, "try --chart shares"))
    return found[0]


def main_state(model: Model) -> str:
    """Return the option state whose shares of runs are drawn; empty without one.

    It is the one that most of the model asks about, in events and outcomes.
    """
    options = [n for n, v in model.state.items() if v.type.kind == "option" and "[" not in n]
    if not options:
        return ""
    texts = [o.of.text for o in model.outcomes.values() if not isinstance(o.of, str)]
    texts += [e.guard.text for e in model.events.values() if e.guard is not None]
    return max(options, key=lambda name: sum(f"{name} " in text for text in texts))


def series_goal(model: Model, series: str) -> str:
    """Return which way is better, where the outcomes taken of a series agree on it."""
    goals = {
        o.goal
        for o in model.outcomes.values()
        if o.goal and not isinstance(o.of, str) and measured_name(o) == series
    }
    return direction(goals.pop()) if len(goals) == 1 else ""


def plane_axes(model: Model) -> tuple[str, str]:
    """Return the outcomes of the plane: the first headline, and the first of another group.

    Where all headlines are of one group, it is the first two of them; where there is one alone, the
    next outcome, one with a goal before others.

    Raises
    ------
    ExperimentError
        The model has fewer than two outcomes.
    """
    if len(model.outcomes) < 2:
        words = "a plane wants two outcomes, and the model has fewer"
        raise ExperimentError(Diagnostic("too-few-outcomes", words))
    x, *heads = model.headlines
    goals = [name for name, outcome in model.outcomes.items() if outcome.goal]
    rest = [name for name in (*heads, *goals, *model.outcomes) if name != x]
    group = model.outcomes[x].group
    return x, next((name for name in heads if model.outcomes[name].group != group), rest[0])


def headline_series(model: Model) -> str:
    """Return the series that the first headline is taken of which has one; else the usual one.

    Raises
    ------
    ExperimentError
        The model has no numeric state and no derived quantity.
    """
    known = set(main_series(model, len(model.outcomes)))
    texts = [measured_name(o) for o in map(model.outcomes.get, model.headlines) if o]
    return next((text for text in texts if text in known), usual_series(model))


def named_axes(model: Model, x: str | None, y: str | None) -> tuple[str, str]:
    """Return the axes asked for, and the usual ones where none is named.

    Raises
    ------
    ExperimentError
        There is no such outcome.
    """
    usual = plane_axes(model) if x is None or y is None else (x, y)
    for name in (x, y):
        if name is not None and name not in model.outcomes:
            words, hint = unknown_outcome(model, name)
            raise ExperimentError(Diagnostic("unknown-outcome", words, None, hint))
    return x or usual[0], y or usual[1]
