"""What moved between two policies, when and by how much: paired differences of everything over time."""

from __future__ import annotations

import functools
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sim.analysis.causes import SECTIONS, Node
from sim.engine.trace import model_types
from sim.execution.chunks import spread
from sim.execution.runner import KernelName, Progress, kernel_of
from sim.execution.trajectories import Moments
from sim.language.expressions import express
from sim.language.terms import Compare, CountOf, Number, Reference, Role
from sim.model.types import Derived, Model
from sim.statistics.estimates import Estimate, Floats
from sim.statistics.library import compiled
from sim.study.experiment import Experiment
from sim.study.scenario import Scenario

#: Times of a run at which it is tested whether a quantity moved.
TESTED = 20
#: The part of the quantities said to have moved that may be false.
FALSE_SHARE = 0.05
#: Values of series that a thread holds at once.
CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Course:
    """The paired difference of a quantity over time.

    Attributes
    ----------
    node
        What it is of; of an event, how often it has happened.
    word
        The option it is the share of; empty where it is a number.
    share
        Whether a value is 0 or 1, so that a mean is a share of the runs.
    mean, half : float64[time]
        The mean over pairs, and half the width of its interval, which holds for all quantities that
        moved and all times together.
    moved
        Whether it differs by more than noise, all quantities and times considered.
    onset, peak
        The first time beyond noise, and that of the largest difference beyond noise.
    """

    node: Node
    word: str
    share: bool
    mean: Floats
    half: Floats
    n: int
    moved: bool
    onset: int
    peak: int

    def at(self, time: int) -> Estimate:
        """Return the difference at a time with its interval."""
        mean, half = float(self.mean[time]), float(self.half[time])
        return Estimate(mean, mean - half, mean + half, self.n)


@dataclass(frozen=True)
class Paired:
    """Two scenarios on the same luck: what each quantity does differently, and the outcome of each.

    Attributes
    ----------
    courses
        By node; of a quantity with options, that of the option which moved most.
    values : float64[scenario, future, replication]
        The outcome in the first and in the second.
    failed : bool[scenario, future, replication]
        Where a run broke a rule of its model.
    """

    courses: Mapping[Node, Course]
    values: Floats
    failed: npt.NDArray[np.bool_]


def paired_courses(
    experiment: Experiment,
    outcome: str,
    nodes: Collection[Node],
    *,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Paired:
    """Run both scenarios of an experiment and compare them replication by replication.

    Every quantity is tested at up to 20 times by a paired t test; its smallest p value, times the
    number of its tests (Bonferroni), enters the procedure of Benjamini and Hochberg (1995), by which
    at most 5 % of what is said to have moved is expected to be false. Intervals have the level that
    keeps this promise for what was selected (Benjamini and Yekutieli 2005). Over several futures the
    mean in a future is the unit.
    """
    first, second = experiment.scenarios
    series = {n: s for n in nodes if (s := _series(first.model, second.model, n))}
    measured = tuple(_measuring(s, series) for s in (first, second))
    planned = replace(experiment, scenarios=measured)
    programs = planned.programs()
    names = [name for told in series.values() for name, _, _ in told]
    columns = [[program.series.index(name) for name in names] for program in programs]
    kernels = {p.digest: kernel_of(p, kernel) for p in programs}
    points = experiment.model.clock.grid()
    replications, futures = experiment.replications, len(experiment.futures)
    place = list(experiment.model.outcomes).index(outcome)
    values = np.full((2, futures, replications), np.nan)
    failed = np.zeros((2, futures, replications), bool)
    size = max(1, min(200, CELLS // max(1, len(names) * points)))
    tasks = [
        (future, begin, min(size, replications - begin))
        for future in range(futures)
        for begin in range(0, replications, size)
    ]

    def work(task: tuple[int, int, int], stop: object) -> Moments:
        future, begin, count = task
        found = []
        for i, program in enumerate(programs):
            block = kernels[program.digest].run(
                planned.row(i, future), seed=experiment.seed, future=future, first=begin,
                count=count, series=columns[i],
            )  # fmt: skip
            values[i, future, begin : begin + count] = block.outcomes[:, place]
            failed[i, future, begin : begin + count] = block.status != 0
            found.append(block)
        both = (found[0].status == 0) & (found[1].status == 0)
        return Moments.of(found[0].series[:, :, both] - found[1].series[:, :, both])

    collected: dict[tuple[int, int, int], Moments] = {}
    simple = next(iter(kernels.values())).name == "simpy"
    workers = 1 if simple else os.cpu_count() or 1
    for task, moments in spread(work, tasks, workers):
        collected[task] = moments
        if progress is not None:
            done = sum(count for _, _, count in collected)
            progress(2 * done, 2 * futures * replications)
    total = _joined([(task, collected[task]) for task in tasks], futures)
    rows = [(node, word, share) for node, told in series.items() for _, word, share in told]
    return Paired(_judged(rows, total), values, failed)


def _joined(parts: Sequence[tuple[tuple[int, int, int], Moments]], futures: int) -> Moments:
    """Return the moments over replications, or over futures of the mean in each."""
    if futures == 1:
        return functools.reduce(Moments.__add__, (moments for _, moments in parts))
    means = []
    for future in range(futures):
        own = functools.reduce(Moments.__add__, (m for task, m in parts if task[0] == future))
        if own.count:
            means.append(own.mean)
    return Moments.of(np.stack(means, axis=2))


def _judged(rows: Sequence[tuple[Node, str, bool]], total: Moments) -> dict[Node, Course]:
    """Return what moved, tested over all nodes and times."""
    n, mean = total.count, total.mean
    if not rows or n < 2:
        return {}
    error = np.sqrt(total.squares / (n - 1) / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(mean == 0.0, 0.0, mean / error)
    t = np.nan_to_num(t, nan=0.0, posinf=np.inf, neginf=-np.inf)
    tested = np.unique(np.linspace(0, mean.shape[1] - 1, TESTED).astype(int))
    own: dict[Node, list[int]] = {}
    for row, (node, _, _) in enumerate(rows):
        own.setdefault(node, []).append(row)
    tests = {node: len(found) * len(tested) for node, found in own.items()}
    largest = {node: float(np.abs(t[found][:, tested]).max()) for node, found in own.items()}
    smallest = {
        node: min(1.0, tests[node] * compiled("student_tails")(size, n - 1))
        for node, size in largest.items()
    }
    ordered = sorted(smallest.values())
    passed = sum(1 for value in ordered if value <= _level(ordered))
    courses = {}
    for node, found in own.items():
        level = FALSE_SHARE * max(1, passed) / len(own) / tests[node]
        critical = compiled("student_quantile")(level, n - 1)
        moved = passed > 0 and smallest[node] <= _level(ordered)
        row = max(found, key=lambda r: float(np.abs(t[r]).max()))
        beyond = np.abs(t[row]) > critical
        times = np.flatnonzero(beyond) if beyond.any() else np.arange(mean.shape[1])
        _, word, share = rows[row]
        courses[node] = Course(
            node, word, share, mean[row], critical * error[row], n, moved,
            onset=int(times[0]),
            peak=int(times[np.argmax(np.abs(np.nan_to_num(mean[row, times])))]),
        )  # fmt: skip
    return courses


def _level(ordered: Sequence[float]) -> float:
    """Return the largest p value that passes (Benjamini and Hochberg 1995); −1 where none does."""
    m = len(ordered)
    passing = [p for k, p in enumerate(ordered, start=1) if p <= FALSE_SHARE * k / m]
    return passing[-1] if passing else -1.0


def _series(first: Model, second: Model, node: Node) -> list[tuple[str, str, bool]]:
    """Return the series that measure a node: name, option, whether it is a share."""
    section = SECTIONS[node.kind]
    if node.kind not in ("state", "derived", "event"):
        return []
    if any(node.name not in getattr(model, section) for model in (first, second)):
        return []
    if node.kind == "event":
        return [(f"{node.name}__count", "", False)]
    kinds = [model_types(model)[node.name] for model in (first, second)]
    if kinds[0] != kinds[1]:
        return []
    options = kinds[0].options
    if not options:
        return [(node.name, "", kinds[0].kind == "boolean")]
    return [(f"{node.name}__is{i}", word, True) for i, word in enumerate(options)]


def _measuring(
    scenario: Scenario, series: Mapping[Node, Sequence[tuple[str, str, bool]]]
) -> Scenario:
    """Return a scenario whose model has a derived quantity for each series that it lacks."""
    model = scenario.model
    extra: dict[str, Derived] = {}
    for node, told in series.items():
        for place, (name, _, _) in enumerate(told):
            if name == node.name:
                continue
            if node.kind == "event":
                span, term = model.events[node.name].span, CountOf(node.name)
                extra[name] = Derived(name=name, span=span, formula=express(name, span, term))
                continue
            role: Role = "state" if node.kind == "state" else "derived"
            kind, span = model_types(model)[node.name], getattr(model, role)[node.name].span
            here, there = Reference(node.name, role, kind), Number(float(place), kind)
            formula = express(name, span, Compare(("==",), (here, there)))
            extra[name] = Derived(name=name, span=span, formula=formula)
    made = replace(model, derived={**model.derived, **extra})
    return replace(scenario, model=made)
