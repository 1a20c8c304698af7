"""Why does one policy do better than another? The way from the lever to the outcome, step by step.

What can pass a difference on is read from the model, what did is measured in paired runs, and how
much passes a step is found by holding it at its course under the other policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.analysis.causal_path import Hold, Step, Why
from sim.analysis.causes import (
    Links,
    Node,
    between,
    causes_of,
    differing_nodes,
    joined,
    measures,
    settings_apart,
    widest_path,
)
from sim.analysis.courses import Course, Paired, paired_courses
from sim.analysis.cutting import HELD, can_be_held, twin
from sim.analysis.design import Progress, points
from sim.analysis.registry import Analysis, Option, Source
from sim.engine.codegen.program import generate
from sim.engine.codegen.writer import TWIN
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName
from sim.model.types import Model
from sim.numerics.estimates import Floats, p_value, paired, ratio
from sim.study.arguments import known_name
from sim.study.experiment import Experiment, make_experiment
from sim.study.scenario import Scenario

#: Paths shown, nodes of each, and quantities that are held in turn.
MOST_PATHS, MOST_NODES, MOST_HELD = 3, 9, 16
#: Part of the difference that a quantity outside the first path must pass for a path of its own.
WORTH = 0.1
#: The part that a quantity counts for which could not be held.
UNKNOWN = 0.5
#: Replications in which it is tested that holding a quantity where it is anyway changes nothing.
CHECKED = 100


def why(
    scenario: Scenario,
    against: Scenario,
    outcome: str | None = None,
    *,
    replications: int = 2000,
    futures: int = 0,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Why:
    """Find the way on which the difference of two scenarios reaches an outcome.

    Every lever, quantity and event on a way that the model has is compared between both, replication
    by replication on the same random numbers. Those that moved beyond noise are then held in turn at
    their course under the other policy (see `sim.analysis.cutting`); the paths shown are those whose
    narrowest step passes most.

    Parameters
    ----------
    scenario, against : Scenario
        Two scenarios of one model.
    outcome : str, optional
        By default the first outcome with a goal.
    replications : int
        Of each scenario, in each future.
    futures : int
        Points at which the uncertain parameters are sampled; 0 holds them at their central values.

    Returns
    -------
    Why
        At most three paths; `print` it.

    Raises
    ------
    ExperimentError
        The scenarios are of different models, or there is no such outcome.

    Examples
    --------
    >>> import sim
    >>> from sim.analysis import why
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> against = sim.load_scenario("scenarios/port_strike/model.yaml")
    >>> found = why(scenario, against, "strike_days", replications=200)
    >>> found.paths[0][-1].node.name
    'strike_days'
    """
    if scenario.model.name != against.model.name:
        words = f"'{scenario.name}' and '{against.name}' are of different models"
        raise ExperimentError(Diagnostic("other-model", words))
    if scenario.name == against.name:
        against = replace(against, name=f"{against.name} (against)")
    experiment = make_experiment(
        [scenario, against], replications=replications, futures=futures, seed=seed
    )
    known = experiment.model.outcomes
    goals = [name for name, entry in known.items() if entry.goal]
    name = known_name("outcome", outcome or (goals or list(known))[0], known, "unknown-outcome")
    end = Node("outcome", name)
    links = joined(causes_of(scenario.model), causes_of(against.model))
    starts = differing_nodes(scenario, against)
    candidates = between(links, starts, end)
    measured = measures(scenario.model, known[name])
    ran = Paired({}, np.full((2, 1, 1), np.nan), 0)
    if candidates:
        ran = paired_courses(
            experiment, name, candidates, kernel=kernel, progress=progress
        )  # fmt: skip
    effect = paired(ran.values[0], ran.values[1], share=known[name].share)
    moved = {n for n in candidates if n in ran.courses and ran.courses[n].moved}
    if effect.seen and measured is not None and measured in ran.courses:
        moved.add(measured)
    held: dict[Node, Hold] = {}
    if moved and effect.verdict != "identical":
        order = sorted(moved - {measured}, key=lambda n: (-_strength(ran.courses[n]), n))
        holdable = [n for n in order if can_be_held(scenario.model, against.model, n)][:MOST_HELD]
        if scenario.model.stop is None and against.model.stop is None:
            held = _hold(experiment, name, holdable, ran, kernel, progress)
    reached = effect.seen or any(hold.seen for hold in held.values())
    paths = _paths(links, starts & candidates, end, moved, held) if reached else []
    drawn = [tuple(n for n in path if n != measured or n == path[0]) for path in paths]
    return Why(
        outcome=known[name],
        scenario=scenario.name,
        against=against.name,
        effect=effect,
        paths=tuple(_steps(path, links, scenario, against, ran, held) for path in drawn),
        starts=tuple(sorted(node.name for node in starts)),
        candidates=len([n for n in ran.courses if n != measured]),
        moved=tuple(sorted(n.name for n in moved if n != measured)),
        faults={node.name: hold.fault for node, hold in held.items() if hold.fault},
        stops=scenario.model.stop is not None or against.model.stop is not None,
        replications=replications,
        futures=futures,
        seed=seed,
        clock=scenario.model.clock,
        failures=ran.failed,
    )


def _strength(course: Course) -> float:
    """Return how far beyond its noise a quantity moved, at most; certain where there is no noise."""
    half = float(course.half[course.peak])
    return abs(float(course.mean[course.peak])) / half if half else float("inf")


def _hold(
    experiment: Experiment,
    outcome: str,
    nodes: Sequence[Node],
    ran: Paired,
    kernel: KernelName,
    progress: Progress | None,
) -> dict[Node, Hold]:
    """Hold each quantity in turn at its course under the second policy."""
    if not nodes:
        return {}
    first, second = experiment.scenarios
    apart = settings_apart(first, second)
    share = experiment.model.outcomes[outcome].share

    def held(here: Scenario, replications: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
        pair = twin(here, second, outcome, nodes, apart)
        names, worlds = _worlds(experiment, pair.model, here is first)
        settings = np.repeat(np.eye(len(nodes)), len(worlds), axis=0)
        matrix = np.hstack([settings, np.tile(worlds, (len(nodes), 1))])
        found = points(
            pair, [*(n.name + HELD for n in nodes), *names], matrix, replications, experiment.seed,
            outcomes=(outcome,), future=list(range(len(worlds))) * len(nodes), kernel=kernel,
            progress=progress,
        )  # fmt: skip
        shape = (len(nodes), len(worlds), replications)
        return found.outcome(outcome).reshape(shape), found.failed.reshape(shape)

    checked = min(CHECKED, experiment.replications)
    values, failed = held(first, experiment.replications)
    same, broken = held(second, checked)
    found = {}
    for i, node in enumerate(nodes):
        unlike = ~np.isclose(same[i], ran.values[1][:, :checked], rtol=1e-9, atol=0, equal_nan=True)
        fault = ""
        if failed[i].any():
            fault = f"{int(failed[i].sum()):,} of {failed[i].size:,} runs broke a rule of the model"
        elif unlike.any() or broken[i].any():
            fault = "held where it is anyway, it still changes the outcome"
        gone = ran.values[0] - values[i]
        found[node] = Hold(
            through=paired(ran.values[0], values[i], share=share),
            part=ratio(gone, ran.values[0] - ran.values[1]),
            seen=not fault and _beyond_chance(gone, share, len(nodes)),
            fault=fault,
        )
    return found


def _beyond_chance(differences: Floats, share: bool, tests: int) -> bool:
    """Whether a mean difference is not 0, one of several tested (Bonferroni)."""
    p = p_value(differences, share=share)
    certain = float(np.nanmax(np.abs(differences), initial=0.0)) > 0.0
    return certain if p is None else p <= 0.05 / tests


def _worlds(experiment: Experiment, model: Model, first: bool) -> tuple[list[str], Floats]:
    """Return the sampled parameters of a twin, each copy's own among them, and their values."""
    futures = range(len(experiment.futures))
    columns: dict[str, list[float]] = {}
    for copy, scenario in enumerate(experiment.scenarios):
        slots = generate(scenario.model).records["Values"]
        rows = np.array([experiment.row(1 if copy or not first else 0, f) for f in futures])
        for name in experiment.parameters:
            slot = name + TWIN if copy else name
            if slot in model.parameters and name in slots:
                columns[slot] = list(rows[:, slots.index(name)])
    return list(columns), np.array([*columns.values()]).T.reshape(len(futures), len(columns))


def _paths(
    links: Links,
    starts: frozenset[Node],
    end: Node,
    moved: set[Node],
    held: Mapping[Node, Hold],
) -> list[tuple[Node, ...]]:
    """Return the widest path, and one through each quantity beside it that passes enough."""
    passed = {n: abs(h.through.mean) for n, h in held.items() if h.seen}
    whole = max(passed.values(), default=1.0)
    widths = dict.fromkeys((*moved, end), 1.0)
    for node, hold in held.items():
        widths[node] = UNKNOWN if hold.fault else round(10 * passed.get(node, 0.0) / whole) / 10
    first = widest_path(links, starts, end, widths, MOST_NODES)
    found = [first] if first else []
    for node in sorted(passed, key=lambda n: -passed[n]):
        if len(found) == MOST_PATHS or passed[node] < WORTH * whole:
            break
        if any(node in path for path in found):
            continue
        begin = widest_path(links, starts, node, widths, MOST_NODES - 1)
        rest = {n: width for n, width in widths.items() if n not in begin}
        onward = widest_path(links, [node], end, rest, MOST_NODES - len(begin) + 1)
        if begin and onward and min(widths[n] for n in (*begin[1:], *onward)) > 0:
            found.append((*begin, *onward[1:]))
    return found


def _steps(
    path: Sequence[Node],
    links: Links,
    scenario: Scenario,
    against: Scenario,
    ran: Paired,
    held: Mapping[Node, Hold],
) -> tuple[Step, ...]:
    """Return the nodes of a path with what is known of each."""
    ours, theirs = scenario.values(), against.values()
    found = []
    for place, node in enumerate(path):
        through = links[path[place - 1]].get(node, ()) if place else ()
        model = scenario.model
        measured = measures(model, model.outcomes[node.name]) if node.kind == "outcome" else None
        if place and measured is not None:
            through = links[path[place - 1]].get(measured, ())
        found.append(
            Step.of(
                node, model, against.model,
                through=tuple(e for e in through if e != node.name),
                settings=(ours.get(node.name), theirs.get(node.name)),
                course=ran.courses.get(measured or node),
                hold=held.get(node),
            )
        )  # fmt: skip
    return tuple(found)


def _why(source: Source, *, against: str | None, outcome: str | None) -> tuple[Why, ...]:
    scenario = source.scenario()
    return (
        why(
            scenario,
            source.load(against) if against else source.baseline(),
            outcome,
            replications=source.replications or (10 if source.futures else 2000),
            futures=source.futures or 0,
            seed=source.seed,
            kernel=source.kernel,
            progress=source.progress,
        ),
    )


ANALYSIS = Analysis(
    verb="why",
    summary="Why two scenarios differ: the way from the lever to the outcome, step by step.",
    functions=(why,),
    reads="scenario",
    run=_why,
    options=(
        Option("against", "The other scenario; by default the model at its defaults.", type=Scenario),
        Option("outcome", "The outcome to explain; by default the first with a goal."),
    ),
    futures=True,
    order=25,
)  # fmt: skip
