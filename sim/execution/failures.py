"""Failed replications in words: which rule of the model each broke, at which event, in which state."""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.errors import most_frequent
from sim.engine.codegen.program import Program, generate
from sim.engine.simpy_kernel import SimpyKernel
from sim.execution.chunks import Stopped
from sim.study.arguments import index
from sim.study.experiment import Experiment
from sim.study.scenario import Scenario

#: Failed replications that are replayed for their event, time and state, and the events that these may
#: have together: the reference kernel is slow. The others only name the rule.
MAX_REPLAYED, REPLAYED_EVENTS = 100, 300_000
#: Storms that run again in the compiled kernel, to name their events.
MAX_STORMS = 3
#: Futures and replications of a single trace are numbered below this.
MAX_NUMBER = 2**31


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A replication that broke a rule of its model; its row has no values and is never dropped."""

    scenario: str
    future: int
    replication: int
    event: str
    time: float
    code: str
    message: str
    state: Mapping[str, object] = field(default_factory=dict)


def reference_run(
    experiment: Experiment, scenario: str | None, future: int
) -> tuple[SimpyKernel, list[float], Scenario]:
    """Return the reference kernel, the values of one run and its scenario.

    Raises
    ------
    ExperimentError
        There is no such scenario or future.
    """
    place = 0 if scenario is None else experiment.scenario_index(scenario)
    sampled = len(experiment.futures) > 1  # otherwise every future has the same values
    futures = len(experiment.futures) if sampled else MAX_NUMBER
    future = index("future", future, futures, "unknown-future")
    chosen = experiment.scenarios[place]
    row = experiment.row(place, future if sampled else 0)
    return _simpy(generate(chosen.model)), [float(value) for value in row], chosen


@functools.lru_cache(maxsize=8)
def _simpy(program: Program) -> SimpyKernel:
    return SimpyKernel(program)


def replay_failure(
    experiment: Experiment, scenario: int, future: int, replication: int
) -> FailedRun:
    """Replay a failed replication to learn its event, time and state."""
    name = experiment.scenarios[scenario].name
    kernel, row, _ = reference_run(experiment, name, future)
    error = kernel.failure(row, seed=experiment.seed, future=future, replication=replication)
    if error is None:
        raise AssertionError(f"{name}, replication {replication}: the kernels disagree")
    return FailedRun(
        scenario=name, future=future, replication=replication, event=error.event, time=error.time,
        code=error.diagnostic.code, message=error.diagnostic.one_line(), state=error.state,
    )  # fmt: skip


def broken_rule(
    experiment: Experiment, scenario: int, future: int, replication: int, status: int, again: bool
) -> FailedRun:
    """Return a failed replication with the rule it broke, but no event, time or state.

    With `again` a storm runs again, to name the events that it had most often.
    """
    chosen = experiment.scenarios[scenario]
    program = generate(chosen.model)
    rule = program.errors[status].diagnostic()
    if again and rule.code == "event-storm":
        from sim.engine.compiled import kernel_for

        row = experiment.row(scenario, future if len(experiment.futures) > 1 else 0)
        place = {"future": future, "replication": replication}
        often = kernel_for(program).occurrences(row, seed=experiment.seed, **place)
        rule = replace(rule, message=rule.message + most_frequent(often))
    return FailedRun(
        scenario=chosen.name, future=future, replication=replication, event="", time=math.nan,
        code=rule.code, message=rule.one_line(),
    )  # fmt: skip


def choose_replayed(events: Sequence[int], most: int) -> list[bool]:
    """Return which failed replications are replayed: the first ones, within `REPLAYED_EVENTS`."""
    chosen: list[bool] = []
    left = REPLAYED_EVENTS
    for count in events:
        chosen.append(most > 0 and count <= left)
        if chosen[-1]:
            left, most = left - count, most - 1
    return chosen


def explain(
    experiment: Experiment,
    failed: Iterable[tuple[int, int, int]],
    status: Iterable[int],
    events: Iterable[int],
    most: int,
    stop: threading.Event | None = None,
) -> list[FailedRun]:
    """Return failed replications in words, and replay at most `most` of them.

    Parameters
    ----------
    failed
        Scenario, future and replication of each.
    status, events
        The rule that each broke, and how many events it had.

    Raises
    ------
    Stopped
        `stop` was set.
    """
    found = []
    storms = 0
    replayed = choose_replayed([int(count) for count in events], most)
    for (scenario, future, replication), rule, again in zip(failed, status, replayed, strict=True):
        if stop is not None and stop.is_set():
            raise Stopped
        if again:
            found.append(replay_failure(experiment, scenario, future, replication))
        else:
            storms += rule < 0
            known = storms > MAX_STORMS
            found.append(broken_rule(experiment, scenario, future, replication, rule, not known))
    return found


def explain_all(
    experiment: Experiment,
    status: npt.NDArray[np.int32],
    events: npt.NDArray[np.int64],
    known: Sequence[FailedRun],
) -> tuple[FailedRun, ...]:
    """Return all failed replications of an experiment in words; those in `known` are reused.

    Parameters
    ----------
    status, events
        ``[scenario, future, replication]``; a status other than 0 is a failure.
    """
    names = [scenario.name for scenario in experiment.scenarios]
    found = {(names.index(f.scenario), f.future, f.replication): f for f in known}
    failed = [(s, f, r) for s, f, r in np.argwhere(status != 0).tolist()]
    new = [row for row in failed if row not in found]
    rules, counts = [status[row] for row in new], [events[row] for row in new]
    found |= zip(
        new, explain(experiment, new, rules, counts, MAX_REPLAYED - len(found)), strict=True
    )
    return tuple(found[row] for row in sorted(found))
