"""Run: one replication as a story, or an experiment as an ensemble."""

from __future__ import annotations

import functools
import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.engine.codegen.program import Program, generate
from sim.engine.protocol import Block, Kernel
from sim.engine.simpy_kernel import SimpyKernel
from sim.engine.trace import Trace
from sim.errors import Diagnostic, ExperimentError
from sim.execution.chunks import blocks, spread
from sim.execution.ensemble import Ensemble, FailedRun
from sim.execution.trajectories import Pool
from sim.execution.work_queue import Pieces, Rows, Task
from sim.study.experiment import Experiment
from sim.study.experiment import make_experiment as planned
from sim.study.scenario import Scenario

KernelName = Literal["auto", "simpy", "compiled"]
Progress = Callable[[int, int], None]
#: Values of outcomes that a run holds in memory.
MAX_VALUES = 200_000_000
#: Replications a thread runs before it reports.
CHUNK = {"simpy": 20, "compiled": 500}
#: Bands come from the first replications of each scenario, up to this many: they are then exact.
MAX_BANDED = 2_000
#: … and as long as they have no more points in time × series than this.
MAX_CELLS = 64_000_000
#: Failed replications that are run again for the words, and events that these may take together; of
#: the others only the rule is told.
MAX_REPLAYED, REPLAYED_EVENTS = 100, 300_000


def trace(scenario: Scenario, *, seed: int = 1, replication: int = 0, future: int = 0) -> Trace:
    """Run one replication and tell it.

    Raises
    ------
    RunError
        The replication broke a rule of its model.
    """
    return _told(planned(scenario, seed=seed, replications=1), None, replication, future)


def replay(
    experiment: Experiment, *, scenario: str | None = None, replication: int = 0, future: int = 0
) -> Trace:
    """Tell any replication of an experiment: the same random numbers, hence the same run.

    Raises
    ------
    ExperimentError
        The experiment has no such scenario, future or replication.
    RunError
        The replication broke a rule of its model.
    """
    if not 0 <= replication < experiment.replications:
        words = (
            f"there is no replication {replication}: the last one is {experiment.replications - 1}"
        )
        raise ExperimentError(Diagnostic("unknown-replication", words))
    return _told(experiment, scenario, replication, future)


def _told(experiment: Experiment, scenario: str | None, replication: int, future: int) -> Trace:
    """Run one replication of a plan, whether it holds so many or not, and tell it."""
    kernel, row, chosen = _replayed(experiment, scenario, future)
    return kernel.trace(
        row,
        seed=experiment.seed,
        future=future,
        replication=replication,
        scenario=chosen.name,
        title=chosen.title,
    )


def _replayed(
    experiment: Experiment, scenario: str | None, future: int
) -> tuple[SimpyKernel, list[float], Scenario]:
    """Return what it takes to run a replication of an experiment again."""
    place = 0 if scenario is None else experiment.scenario_index(scenario)
    if future < 0 or (future >= len(experiment.futures) and len(experiment.futures) > 1):
        words = f"there is no future {future}: the last one is {len(experiment.futures) - 1}"
        raise ExperimentError(Diagnostic("unknown-future", words))
    row = experiment.row(place, future if len(experiment.futures) > 1 else 0)
    chosen = experiment.scenarios[place]
    return _simpy(generate(chosen.model)), [float(value) for value in row], chosen


@functools.lru_cache(maxsize=8)
def _simpy(program: Program) -> SimpyKernel:
    return SimpyKernel(program)


def run(
    experiment: Experiment | Scenario | Sequence[Scenario],
    *,
    replications: int = 200,
    seed: int = 1,
    kernel: KernelName = "auto",
    threads: int | None = None,
    series: bool | Sequence[str] = False,
    progress: Progress | None = None,
    onto: Ensemble | None = None,
    cache: bool = True,
) -> Ensemble:
    """Run an experiment, or scenarios as one.

    Parameters
    ----------
    replications, seed
        Used where `experiment` is not an experiment, which has its own.
    kernel
        Which kernel runs it; a kernel that is named runs everything anew.
    series
        Keep trajectories over time: of every series, or of those named.
    progress
        Called with the replications done and those in all.
    onto
        Results of the same plan with fewer replications: only the missing ones are run. Trajectories
        come from the first replications, so with `series` all are run.
    cache
        Whether outcomes that were run before may be taken from the cache, and put there.

    Returns
    -------
    Ensemble
        Failed replications are in it as rows; they do not stop the others.

    Raises
    ------
    ExperimentError
        The plan is too large to be held in memory, or `onto` belongs to another one.
    """
    if not isinstance(experiment, Experiment):
        experiment = planned(experiment, replications=replications, seed=seed)
    if not held_in_memory(experiment):
        words = (
            f"{experiment.size:,} replications × {len(experiment.model.outcomes)} outcomes are above the "
            f"{MAX_VALUES:,} values that are held in memory"
        )
        raise ExperimentError(Diagnostic("too-large", words))
    programs = experiment.programs()
    pool = Pool(experiment.model, programs, None if isinstance(series, bool) else series)
    banded = 0 if series is False else banded_replications(experiment, len(pool.names))
    workers = threads or os.cpu_count() or 1
    kernels = _kernels(programs, kernel, workers)
    onto = None if banded else onto
    rows = Rows(experiment, onto)
    pieces = Pieces(experiment, rows, programs, cache=cache and kernel == "auto", banded=banded)
    name = kernels[programs[0].digest].name
    cells = max(1, len(pool.names) * experiment.model.clock.grid()) if banded else 1
    chunk = max(1, min(CHUNK[name], MAX_CELLS // 4 // cells))
    done = rows.have * len(experiment.scenarios) * len(experiment.futures) + pieces.recalled
    if progress is not None and done:
        progress(done, experiment.size)

    def work(task: Task, stop: threading.Event) -> tuple[list[Block], float]:
        began = time.perf_counter()
        parts = blocks(
            kernels[programs[task.piece.scenario].digest],
            experiment.row(task.piece.scenario, task.future),
            seed=experiment.seed,
            future=task.future,
            first=task.first,
            count=task.count,
            series=pool.places[task.piece.scenario] if task.series else (),
            stop=stop,
        )
        found = [pool.kept(block) for block in parts]
        return found, time.perf_counter() - began

    tasks = pieces.tasks(chunk)
    for task, (parts, seconds) in spread(work, tasks, workers if name == "compiled" else 1):
        first = task.first
        for block in parts:
            rows.add(task.piece.scenario, task.future, first, block)
            pool.add(task.piece.scenario, (task.future, first), block)
            first += len(block.status)
        pieces.finished(task, seconds)
        done += task.count
        if progress is not None:
            progress(done, experiment.size)
    return Ensemble(
        experiment=experiment,
        values=rows.values,
        failed=rows.status != 0,
        failures=failures(
            experiment, rows.status, rows.events, onto.failures if onto is not None else ()
        ),
        kernel=name,
        events=int(rows.events.sum()) + (onto.events if onto is not None else 0),
        trajectories=pool.trajectories(workers) if banded else None,
    )


def held_in_memory(experiment: Experiment) -> bool:
    """Whether the outcomes of a plan are few enough to be held in memory at once."""
    return experiment.size * len(experiment.model.outcomes) <= MAX_VALUES


def banded_replications(experiment: Experiment, series: int) -> int:
    """Return how many replications of each future the bands of so many series come from."""
    cells = series * experiment.model.clock.grid() * len(experiment.scenarios)
    if cells == 0:
        return 0
    banded = max(1, min(MAX_BANDED, MAX_CELLS // cells))
    return min(experiment.replications, -(-banded // len(experiment.futures)))


def _kernels(programs: Sequence[Program], kernel: KernelName, threads: int) -> dict[str, Kernel]:
    """Return the kernel of each program by its digest; several are compiled at once."""
    different = {program.digest: program for program in programs}
    made = spread(lambda program, stop: kernel_of(program, kernel), different.values(), threads)
    return {program.digest: runner for program, runner in made}


def kernel_name(name: KernelName) -> str:
    """Return which kernel a choice means."""
    return "compiled" if name == "auto" else name


def kernel_of(of: Program, name: KernelName) -> Kernel:
    """Return the kernel of a program."""
    if name == "simpy":
        return SimpyKernel(of)
    from sim.engine.compiled import kernel_for

    return kernel_for(of)


def failure(experiment: Experiment, scenario: int, future: int, replication: int) -> FailedRun:
    """Replay a failed replication in the kernel that has the words."""
    name = experiment.scenarios[scenario].name
    kernel, row, _ = _replayed(experiment, name, future)
    error = kernel.failure(row, seed=experiment.seed, future=future, replication=replication)
    if error is None:
        raise AssertionError(f"{name}, replication {replication}: the kernels disagree")
    return FailedRun(
        scenario=name,
        future=future,
        replication=replication,
        event=error.event,
        time=error.time,
        code=error.diagnostic.code,
        message=error.diagnostic.first_line(),
        state=error.state,
    )


def retold(events: Sequence[int], most: int) -> list[bool]:
    """Return which of some failed replications are run again for the words.

    The first ones, and those that are not too long for what is left of the events: the kernel that
    has the words is slow.
    """
    chosen: list[bool] = []
    left, told = REPLAYED_EVENTS, 0
    for count in events:
        again = told < most and count <= left
        if again:
            left -= count
            told += 1
        chosen.append(again)
    return chosen


def failures(
    experiment: Experiment,
    status: npt.NDArray[np.int32],
    events: npt.NDArray[np.int64],
    known: Sequence[FailedRun],
) -> tuple[FailedRun, ...]:
    """Return the failed replications of an experiment in words.

    Those in `known` are taken as they are, and only some are replayed (see `retold`): of the rest the
    rule they broke is told, but not the event, the time and the state.
    """
    names = [scenario.name for scenario in experiment.scenarios]
    found = {(names.index(f.scenario), f.future, f.replication): f for f in known}
    failed = [(s, f, r) for s, f, r in np.argwhere(status != 0).tolist()]
    new = [place for place in failed if place not in found]
    again = retold([int(events[place]) for place in new], MAX_REPLAYED - len(found))
    for place, told in zip(new, again, strict=True):
        found[place] = (
            failure(experiment, *place)
            if told
            else untold_failure(experiment, *place, int(status[place]))
        )
    return tuple(found[place] for place in sorted(found))


def untold_failure(
    experiment: Experiment, scenario: int, future: int, replication: int, status: int
) -> FailedRun:
    """Return a failed replication with the rule it broke, but not the event, the time and the state."""
    chosen = experiment.scenarios[scenario]
    rule = generate(chosen.model).errors[status].diagnostic("…")
    return FailedRun(
        scenario=chosen.name,
        future=future,
        replication=replication,
        event="",
        time=math.nan,
        code=rule.code,
        message=rule.first_line(),
    )
