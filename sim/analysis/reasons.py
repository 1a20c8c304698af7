"""Why does one policy do better than another? The way from the lever to the outcome, step by step.

What can pass a difference on is read from the model, what did is measured in paired runs, and how
much passes a step is found by holding it at its course under the other policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sim.analysis.causal_path import Hold, Step, Why
from sim.analysis.causes import Links, Node, between, causes_of, differing_nodes, joined, measures
from sim.analysis.courses import Course, Paired, paired_courses
from sim.analysis.cutting import can_be_held
from sim.analysis.forms import held_text
from sim.analysis.holding import hold
from sim.analysis.path_search import BATCH, ROUNDS, Path, strongest_paths
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, Progress
from sim.formatting import value_text
from sim.model.naming import members_in
from sim.model.types import Value
from sim.statistics.estimates import paired
from sim.study.arguments import known_name
from sim.study.experiment import Experiment, make_experiment
from sim.study.families import refuse_family
from sim.study.futures import usual_sampler
from sim.study.scenario import Scenario

#: Members of which a path says how they are set.
MOST_SETTINGS = 3


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
    design: Experiment | None = None,
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
    design : Experiment, optional
        Take its futures and its seed instead.

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
        [scenario, against], replications=replications, futures=futures, seed=seed,
        sampler=usual_sampler(against.model, futures) if futures else None,
    )  # fmt: skip
    if design is not None:
        experiment = replace(design, scenarios=experiment.scenarios, replications=replications)
    known = experiment.model.outcomes
    goals = [name for name, entry in known.items() if entry.goal]
    if outcome is not None:
        refuse_family(experiment.model, outcome, known, "unknown-outcome")
    name = known_name("outcome", outcome or (goals or list(known))[0], known, "unknown-outcome")
    end = Node("outcome", name)
    links = joined(causes_of(scenario.model), causes_of(against.model))
    starts = differing_nodes(scenario, against)
    candidates = between(links, starts, end)
    only, plain = measures(scenario.model, known[name])
    measured = only if plain else None
    ran = Paired({}, np.full((2, 1, 1), np.nan), np.zeros((2, 1, 1), bool))
    if candidates:
        ran = paired_courses(
            experiment, name, candidates, kernel=kernel, progress=progress
        )  # fmt: skip
    # It tells of these runs: where none differs, nothing moved that could be followed.
    effect = paired(
        ran.values[0], ran.values[1], share=known[name].share, can_differ=False,
        blocks=experiment.blocks,
    )  # fmt: skip
    moved = {n for n in candidates if n in ran.courses and ran.courses[n].moved}
    if measured is not None and measured in ran.courses:
        moved.add(measured)  # the outcome itself: whether it differs is said by its own interval
    stops = scenario.model.stop is not None or against.model.stop is not None
    begins = starts & candidates if len(starts) > 1 else set()
    holdable = [
        n
        for n in sorted(moved | begins, key=lambda n: (-_strength(ran.courses.get(n)), n))
        if n != only and can_be_held(scenario.model, against.model, n)
    ]

    def measure(nodes: Sequence[Node]) -> Mapping[Node, Hold]:
        return hold(
            experiment, name, nodes, ran, tests=BATCH * ROUNDS, kernel=kernel, progress=progress
        )

    paths: list[Path] = []
    held: dict[Node, Hold] = {}
    if effect.verdict != "identical":
        paths, held = strongest_paths(
            links, starts & candidates, end, moved, [] if stops else holdable, measure,
            abs(effect.mean) if effect.seen else 0.0,
        )  # fmt: skip
    if not effect.seen and not any(found.seen for found in held.values()):
        paths = []
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
        beside=tuple(
            (node.name, found)
            for node, found in sorted(held.items(), key=lambda pair: -abs(pair[1].through.mean))
            if found.seen and not any(node in path for path in paths)
        ),
        faults={node.name: found.fault for node, found in held.items() if found.fault},
        stops=stops,
        replications=replications,
        futures=len(experiment.futures) if experiment.parameters else 0,
        seed=experiment.seed,
        central=experiment.central,
        clock=scenario.model.clock,
        failures=int(ran.failed.sum()),
        held_forms=held_text(experiment),
    )


def _strength(course: Course | None) -> float:
    """Return how far beyond its noise a quantity moved, at most; certain where there is no noise."""
    half = float(course.half[course.peak]) if course else 0.0
    return abs(float(course.mean[course.peak])) / half if course and half else float("inf")


def _steps(
    path: Sequence[Node],
    links: Links,
    scenario: Scenario,
    against: Scenario,
    ran: Paired,
    held: Mapping[Node, Hold],
) -> tuple[Step, ...]:
    """Return the nodes of a path with what is known of each."""
    found = []
    for place, node in enumerate(path):
        through = links[path[place - 1]].get(node, ()) if place else ()
        model = scenario.model
        measured = None
        if node.kind == "outcome":
            only, plain = measures(model, model.outcomes[node.name])
            measured = only if plain else None
        if place and measured is not None:
            through = links[path[place - 1]].get(measured, ())
        found.append(
            Step.of(
                node, model, against.model,
                through=tuple(e for e in through if e != node.name),
                settings=_settings(node.name, (scenario, against)),
                course=ran.courses.get(measured or node),
                hold=held.get(node),
            )
        )  # fmt: skip
    return tuple(found)


def _settings(name: str, both: tuple[Scenario, Scenario]) -> tuple[Value | None, Value | None]:
    """Return the value in both; of a family in words those of the members that differ, unless one for all."""
    values = [scenario.values() for scenario in both]
    cells = both[0].model.cells(name)
    of = [[own.get(cell) for cell in cells] for own in values]
    if all(len(set(own)) == 1 for own in of):
        return of[0][0], of[1][0]
    apart = [i for i, (x, y) in enumerate(zip(*of, strict=True)) if x != y]
    more = " …" if len(apart) > MOST_SETTINGS else ""

    def words(own: Sequence[Value | None]) -> str:
        told = [(",".join(members_in(cells[i])), own[i]) for i in apart[:MOST_SETTINGS]]
        return (
            ", ".join(f"{member} {'–' if x is None else value_text(x)}" for member, x in told)
            + more
        )

    return words(of[0]), words(of[1])
