"""Run: one replication as a story, or an experiment as an ensemble."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.bands import Pool
from sim.ensemble import Ensemble, FailedRun
from sim.errors import Diagnostic, ExperimentError
from sim.experiment import Experiment
from sim.experiment import plan as planned
from sim.kernels.protocol import Block, Kernel
from sim.kernels.simpy_kernel import SimpyKernel
from sim.program import Program, generate
from sim.scenario import Scenario
from sim.traces import Trace

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
#: Failed replications that are run again for the words; of the others only the rule is told.
MAX_REPLAYED = 100


def trace(scenario: Scenario, *, seed: int = 1, replication: int = 0, future: int = 0) -> Trace:
    """Run one replication and tell it.

    Raises
    ------
    RunError
        The replication broke a rule of its model.
    """
    return replay(planned(scenario, seed=seed), replication=replication, future=future)


def replay(
    plan: Experiment, *, scenario: str | None = None, replication: int = 0, future: int = 0
) -> Trace:
    """Tell any replication of an experiment: the same random numbers, hence the same run.

    Raises
    ------
    RunError
        The replication broke a rule of its model.
    """
    kernel, row, chosen = _replayed(plan, scenario, future)
    return kernel.trace(
        row,
        seed=plan.seed,
        future=future,
        replication=replication,
        scenario=chosen.name,
        title=chosen.title,
    )


def _replayed(
    plan: Experiment, scenario: str | None, future: int
) -> tuple[SimpyKernel, list[float], Scenario]:
    """Return what it takes to run a replication of an experiment again."""
    place = 0 if scenario is None else plan.scenario_index(scenario)
    if future < 0 or (future >= len(plan.futures) and len(plan.futures) > 1):
        words = f"there is no future {future}: the last one is {len(plan.futures) - 1}"
        raise ExperimentError(Diagnostic("unknown-future", words))
    row = plan.row(place, future if len(plan.futures) > 1 else 0)
    chosen = plan.scenarios[place]
    return _simpy(generate(chosen.model)), [float(value) for value in row], chosen


@functools.lru_cache(maxsize=8)
def _simpy(program: Program) -> SimpyKernel:
    return SimpyKernel(program)


@dataclass(frozen=True, slots=True)
class _Piece:
    scenario: int
    future: int
    first: int
    count: int
    series: bool


def run(
    plan: Experiment | Scenario | Sequence[Scenario],
    *,
    replications: int = 200,
    seed: int = 1,
    kernel: KernelName = "auto",
    threads: int | None = None,
    series: bool = False,
    progress: Progress | None = None,
    onto: Ensemble | None = None,
) -> Ensemble:
    """Run an experiment, or scenarios as one.

    Parameters
    ----------
    replications, seed
        Used where `plan` is not an experiment, which has its own.
    series
        Keep trajectories over time.
    progress
        Called with the replications done and those in all.
    onto
        Results of the same plan with fewer replications: only the missing ones are run.

    Returns
    -------
    Ensemble
        Failed replications are in it as rows; they do not stop the others.
    """
    if not isinstance(plan, Experiment):
        plan = planned(plan, replications=replications, seed=seed)
    if plan.size * len(plan.model.outcomes) > MAX_VALUES:
        words = (
            f"{plan.size:,} replications × {len(plan.model.outcomes)} outcomes are above the "
            f"{MAX_VALUES:,} values that are held in memory"
        )
        raise ExperimentError(Diagnostic("too-large", words))
    programs = plan.programs()
    kernels = {p.digest: kernel_of(p, kernel) for p in programs}
    runners = [kernels[p.digest] for p in programs]
    values = np.full(
        (len(plan.scenarios), len(plan.futures), plan.replications, len(plan.model.outcomes)),
        np.nan,
    )
    status = np.zeros(values.shape[:3], np.int32)
    pool = Pool(plan.model, programs)
    have = 0
    events = 0
    if onto is not None:
        have = onto.experiment.replications
        events = onto.events
        values[:, :, :have] = onto.values
        status[:, :, :have] = onto.failed
    pieces = _pieces(plan, programs[0], runners[0].name, series, have)
    done = have * len(plan.scenarios) * len(plan.futures)
    workers = threads or (os.cpu_count() or 1 if runners[0].name == "compiled" else 1)
    with ThreadPoolExecutor(workers) as executor:

        def work(piece: _Piece) -> tuple[_Piece, Block]:
            row = plan.row(piece.scenario, piece.future)
            runner = runners[piece.scenario]
            return piece, runner.run(
                row,
                seed=plan.seed,
                future=piece.future,
                first=piece.first,
                count=piece.count,
                series=piece.series,
            )

        futures = [executor.submit(work, piece) for piece in pieces]
        try:
            for future in as_completed(futures):
                piece, block = future.result()
                stretch = slice(piece.first, piece.first + piece.count)
                values[piece.scenario, piece.future, stretch] = block.outcomes
                status[piece.scenario, piece.future, stretch] = block.status
                events += int(block.events.sum())
                pool.add(piece.scenario, (piece.future, piece.first), block)
                done += piece.count
                if progress is not None:
                    progress(done, plan.size)
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    failed = status != 0
    return Ensemble(
        experiment=plan,
        values=values,
        failed=failed,
        failures=failures(plan, status, onto.failures if onto is not None else ()),
        kernel=runners[0].name,
        events=events,
        trajectories=pool.trajectories() if series else None,
    )


def kernel_name(name: KernelName) -> str:
    """Return which kernel a choice means."""
    return "compiled" if name == "auto" else name


def kernel_of(of: Program, name: KernelName) -> Kernel:
    """Return the kernel of a program."""
    if name == "simpy":
        return SimpyKernel(of)
    from sim.kernels.compiled import compiled

    return compiled(of)


def _pieces(
    plan: Experiment, program: Program, kernel: str, series: bool, have: int
) -> list[_Piece]:
    """Cut the work into pieces; the cut never changes a number."""
    cells = len(program.series) * plan.model.clock.grid()
    banded = min(MAX_BANDED, MAX_CELLS // (cells * len(plan.scenarios) or 1))
    per_future = -(-max(banded, 1) // len(plan.futures)) if series else 0
    chunk = CHUNK[kernel] if not series else max(1, min(CHUNK[kernel], MAX_CELLS // 4 // cells))
    pieces = []
    for scenario in range(len(plan.scenarios)):
        for future in range(len(plan.futures)):
            first = have
            while first < plan.replications:
                here = first < per_future
                end = min(first + chunk, per_future if here else plan.replications)
                end = min(end, plan.replications)
                pieces.append(_Piece(scenario, future, first, end - first, here))
                first = end
    return pieces


def failure(plan: Experiment, scenario: int, future: int, replication: int) -> FailedRun:
    """Replay a failed replication in the kernel that has the words."""
    name = plan.scenarios[scenario].name
    kernel, row, _ = _replayed(plan, name, future)
    error = kernel.failure(row, seed=plan.seed, future=future, replication=replication)
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


def failures(
    plan: Experiment, status: npt.NDArray[np.int32], known: Sequence[FailedRun]
) -> tuple[FailedRun, ...]:
    """Return the failed replications of an experiment in words.

    Those in `known` are taken as they are, and no more than `MAX_REPLAYED` are replayed: of the
    rest the rule they broke is told, but not the event, the time and the state.
    """
    names = [scenario.name for scenario in plan.scenarios]
    found = {(names.index(f.scenario), f.future, f.replication): f for f in known}
    for place in (tuple(map(int, place)) for place in np.argwhere(status != 0)):
        scenario, future, replication = place
        if place in found:
            continue
        if len(found) < MAX_REPLAYED:
            found[scenario, future, replication] = failure(plan, scenario, future, replication)
            continue
        rule = generate(plan.scenarios[scenario].model).faults[int(status[place])].diagnostic("…")
        found[scenario, future, replication] = FailedRun(
            scenario=names[scenario],
            future=future,
            replication=replication,
            event="",
            time=math.nan,
            code=rule.code,
            message=rule.first_line(),
        )
    return tuple(found[place] for place in sorted(found))
