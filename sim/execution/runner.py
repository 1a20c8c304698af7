"""Run an experiment into an ensemble, or one replication into a trace."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal, get_args

from sim.engine.codegen.program import Program
from sim.engine.protocol import Block, Kernel
from sim.engine.simpy_kernel import SimpyKernel
from sim.engine.trace import Trace
from sim.errors import Diagnostic, ExperimentError
from sim.execution.chunks import processors, spread
from sim.execution.ensemble import Ensemble
from sim.execution.failures import MAX_NUMBER, explain_all, reference_run
from sim.execution.recording import Pool, Recorded
from sim.execution.work_queue import Pieces, Rows, Task, batched, run_task
from sim.study.arguments import bad_argument, index, known_name, list_names, whole
from sim.study.experiment import Experiment, make_experiment, require_experiment
from sim.study.scenario import Scenario

_log = logging.getLogger(__name__)
KernelName = Literal["auto", "simpy", "compiled"]
Progress = Callable[[int, int], None]
MAX_VALUES = 200_000_000  #: of outcomes that a run holds in memory
#: Replications a thread runs before it reports.
CHUNK = {"simpy": 20, "compiled": 500}
#: Bands come from the first replications of each scenario, up to this many: they are then exact.
MAX_BANDED = 2_000
#: … and as long as they have no more points in time × series than this.
MAX_CELLS = 40_000_000
RECORDED = 200  #: replications of a task with series, in every kernel: so their means are the same


def trace(scenario: Scenario, *, seed: int = 1, replication: int = 0, future: int = 0) -> Trace:
    """Run one replication of a scenario and return its trace.

    Parameters
    ----------
    scenario : Scenario
        What to run.
    seed : int
        Seed of the random numbers.
    replication, future : int
        Which replication, and in which future; both count from 0. They choose the random numbers:
        the uncertain parameters have their central values.

    Returns
    -------
    Trace
        Every event with its time and what it changed; `print` it as a dated story.

    Raises
    ------
    ExperimentError
        An argument is of the wrong type or out of its range.
    RunError
        The replication broke a rule of its model.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> found = sim.trace(scenario, seed=7)
    >>> found.outcomes["strike_days"] == sim.trace(scenario, seed=7).outcomes["strike_days"]
    True
    """
    if not isinstance(scenario, Scenario):
        raise bad_argument(
            f"expected a scenario, not {scenario!r:.60}", "load it with load_scenario"
        )
    experiment = make_experiment(scenario, seed=seed, replications=1, futures=0)
    return _trace(experiment, None, replication, future, MAX_NUMBER)


def replay(
    experiment: Experiment, *, scenario: str | None = None, replication: int = 0, future: int = 0
) -> Trace:
    """Replay one replication of an experiment with the same random numbers.

    Parameters
    ----------
    experiment : Experiment
        The experiment, as in `Ensemble.experiment`.
    scenario : str, optional
        Name of the scenario; by default the first.
    replication, future : int
        Which replication, and in which future; both count from 0.

    Returns
    -------
    Trace
        Its outcomes are those in the ensemble, bit for bit.

    Raises
    ------
    ExperimentError
        The experiment has no such scenario, future or replication.
    RunError
        The replication broke a rule of its model.

    Examples
    --------
    >>> import sim
    >>> experiment = sim.load("scenarios/port_strike/mediate.yaml", replications=20)
    >>> ensemble = sim.run(experiment)
    >>> found = sim.replay(experiment, replication=3, future=2)
    >>> bool(found.outcomes["strike_days"] == ensemble.outcome("strike_days")[0, 2, 3])
    True
    """
    require_experiment(experiment)
    return _trace(experiment, scenario, replication, future, experiment.replications)


def _trace(
    experiment: Experiment, scenario: str | None, replication: int, future: int, end: int
) -> Trace:
    replication = index("replication", replication, end, "unknown-replication")
    kernel, row, chosen = reference_run(experiment, scenario, future)
    return kernel.trace(
        row,
        seed=experiment.seed,
        future=int(future),
        replication=replication,
        scenario=chosen.name,
        title=chosen.title,
    )


def run(
    experiment: Experiment | Scenario | Sequence[Scenario],
    *,
    replications: int | None = None,
    futures: int | None = None,
    seed: int = 1,
    kernel: KernelName = "auto",
    threads: int | None = None,
    series: bool | str | Sequence[str] = False,
    progress: Progress | None = None,
    extend: Ensemble | None = None,
    cache: bool = True,
    independent: bool = False,
) -> Ensemble:
    """Run an experiment, or scenarios as one.

    Parameters
    ----------
    experiment : Experiment, Scenario or sequence of Scenario
        What to run.
    replications, futures, independent : optional
        As of `make_experiment`. An `Experiment` has its own, and these are ignored.
    seed : int
        Seed of the random numbers, from 0 to 10**15 - 1. An `Experiment` has its own seed.
    kernel : {'auto', 'compiled', 'simpy'}
        Which kernel runs the replications; both give the same numbers. With 'auto' results may come
        from the cache; a named kernel always runs.
    threads : int, optional
        Threads of the compiled kernel; by default one for each processor that it may use.
    series : bool, str or sequence of str
        Series to keep over time: all, or those named.
    progress : callable, optional
        Called with the number of replications done and the number in all.
    extend : Ensemble, optional
        Results of the same experiment with fewer replications: only the missing ones are run.
        With `series` all are run, because trajectories come from the first replications.
    cache : bool
        Whether outcomes may be read from the cache and written to it.

    Returns
    -------
    Ensemble
        Outcomes by scenario, future and replication. A failed replication is a row of NaN and does
        not stop the others.

    Raises
    ------
    ExperimentError
        The experiment does not fit in memory, `extend` belongs to another experiment, or an
        argument is of the wrong type or out of its range.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/mediate.yaml")
    >>> later = scenario.with_settings({"mediation_day": 20}, "later")
    >>> ensemble = sim.run([scenario, later], replications=50, seed=1)
    >>> ensemble.scenarios
    ('mediate', 'later')
    >>> ensemble.outcome("strike_days").shape
    (2, 10, 5)
    """
    if not isinstance(experiment, Experiment):
        experiment = make_experiment(
            experiment, replications=replications, futures=futures, seed=seed, independent=independent
        )  # fmt: skip
    under_way = Run(
        experiment, kernel=kernel, threads=threads, series=series, extend=extend, cache=cache
    )
    for done in under_way.steps():
        if progress is not None:
            progress(done, experiment.size)
    return under_way.result()


class Run:
    """An experiment under way: prepared by its constructor, run by `steps`, returned by `result`."""

    def __init__(
        self,
        experiment: Experiment,
        *,
        kernel: KernelName = "auto",
        threads: int | None = None,
        series: bool | str | Sequence[str] = False,
        extend: Ensemble | None = None,
        cache: bool = True,
    ) -> None:
        self.name = kernel_name(kernel)
        self.threads = processors() if threads is None else whole("threads", threads, 1)
        if extend is not None and not isinstance(extend, Ensemble):
            raise bad_argument(f"extend must be an ensemble, not {extend!r:.60}")
        if not held_in_memory(experiment):
            message = (
                f"{experiment.size:,} replications × {len(experiment.model.outcomes)} outcomes are "
                f"above the {MAX_VALUES:,} values that are held in memory"
            )
            raise ExperimentError(Diagnostic("too-large", message))
        self.experiment = experiment
        self.programs = experiment.programs()
        if kernel == "auto" and not all(program.compilable for program in self.programs):
            self.name = "simpy"
            _log.warning("the model is too large to compile: it runs in the slower SimPy kernel")
        chosen = None if isinstance(series, bool) else list_names("series", series)
        self.pool = Pool(experiment, self.programs, chosen)
        count = 0 if series is False else len(self.pool.names)
        self.banded = banded_replications(experiment, count)
        self.extend = None if self.banded else extend
        self.rows = Rows(experiment, self.extend)
        cached = cache and kernel == "auto"
        self.pieces = Pieces(experiment, self.rows, self.programs, cached, self.banded)
        left = [self.programs[scenario] for scenario in self.pieces.scenarios_left()]
        self.kernels = _kernels(left, kernel, self.threads)

    def steps(self) -> Iterator[int]:
        """Run what is missing, and yield the number of replications done so far."""
        experiment, pool = self.experiment, self.pool
        cells = len(experiment.scenarios) * len(experiment.futures)
        done = self.rows.have * cells + self.pieces.recalled
        if done:
            yield done
        chunk = CHUNK[self.name]
        if self.banded:
            points = max(1, len(pool.names) * experiment.model.clock.grid())
            chunk = max(1, min(RECORDED, MAX_CELLS // 4 // points))
        batches = batched(self.pieces.tasks(chunk), self.name)
        for batch, results in spread(
            lambda batch, stop: [self._work(task, stop) for task in batch],
            batches, self.threads if self.name == "compiled" else 1,
        ):  # fmt: skip
            for task, (parts, recorded, seconds) in zip(batch, results, strict=True):
                first = task.first
                for block in parts:
                    self.rows.add(task.piece.scenario, task.future, first, block)
                    first += len(block.status)
                if recorded is not None:
                    pool.add(task.piece.scenario, (task.future, task.first), recorded)
                self.pieces.finished(task, seconds)
                done += task.count
            yield done

    def _work(
        self, task: Task, stop: threading.Event
    ) -> tuple[list[Block], Recorded | None, float]:
        began = time.perf_counter()
        scenario = task.piece.scenario
        kernel = self.kernels[self.programs[scenario].digest]
        series = self.pool.columns[scenario] if self.banded else ()
        parts = list(run_task(self.experiment, task, kernel, series, stop))
        recorded = None
        if self.banded:
            recorded = Recorded.of(parts, task.first, task.banded, self.pool.halved)
            parts = [replace(part, series=part.series[:, :, :0]) for part in parts]
        return parts, recorded, time.perf_counter() - began

    def result(self) -> Ensemble:
        """Return the results; failed replications are explained."""
        rows, extend = self.rows, self.extend
        known = extend.failures if extend is not None else ()
        return Ensemble(
            experiment=self.experiment,
            values=rows.values,
            failed=rows.status != 0,
            failures=explain_all(self.experiment, rows.status, rows.events, known),
            kernel=self.name,
            events=int(rows.events.sum()) + (extend.events if extend is not None else 0),
            trajectories=self.pool.trajectories(self.threads) if self.banded else None,
        )


def held_in_memory(experiment: Experiment) -> bool:
    """Whether the outcomes of an experiment fit in memory."""
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
    built = spread(lambda program, stop: kernel_of(program, kernel), different.values(), threads)
    return {program.digest: runner for program, runner in built}


def kernel_name(name: str) -> str:
    """Return the kernel that a name stands for.

    Raises
    ------
    ExperimentError
        There is no such kernel.
    """
    name = known_name("kernel", name, get_args(KernelName), "unknown-kernel")
    return "compiled" if name == "auto" else name


def kernel_of(of: Program, name: KernelName) -> Kernel:
    """Return the kernel of a program.

    Raises
    ------
    ExperimentError
        There is no such kernel.
    """
    if kernel_name(name) == "simpy" or (name == "auto" and not of.compilable):
        return SimpyKernel(of)
    from sim.engine.compiled import kernel_for

    return kernel_for(of)
