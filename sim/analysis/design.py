"""Many points of one model under common random numbers: what comes out at each.

Every point is run with the same future number and the same replications, so two points differ by what
was set and by nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.analysis.contrast import follows, require_pair, subtracted
from sim.analysis.inputs import named
from sim.analysis.missing import LeftOut, Missing, left_out
from sim.engine.codegen.program import generate, narrowed
from sim.errors import Diagnostic, ExperimentError
from sim.execution.chunks import spread
from sim.execution.runner import KernelName, Progress, kernel_of
from sim.formatting import value_text
from sim.statistics.estimates import Bools, Floats
from sim.study.dependence import give_way
from sim.study.experiment import MAX_REPLICATIONS, make_experiment
from sim.study.scenario import Scenario

#: Replications a thread runs before it reports.
CHUNK = 500


@dataclass(frozen=True)
class Points:
    """What came out at every point.

    Attributes
    ----------
    matrix
        ``float64[point, name]``.
    values
        ``float64[point, replication, outcome]``; NaN where the replication failed, and where a
        `first` never happened.
    failed
        ``bool[point, replication]``.
    """

    scenario: Scenario
    names: tuple[str, ...]
    outcomes: tuple[str, ...]
    matrix: Floats
    values: Floats
    failed: Bools
    seed: int
    kernel: str

    @property
    def replications(self) -> int:
        """Replications of every point."""
        return int(self.values.shape[1])

    @property
    def failures(self) -> int:
        """Replications that failed, over all points."""
        return int(self.failed.sum())

    def outcome(self, name: str) -> Floats:
        """Return an outcome as ``float64[point, replication]``."""
        return self.values[..., self.outcomes.index(name)]

    def complete(self, name: str, missing: Missing = "refuse") -> tuple[Floats, LeftOut]:
        """Return an outcome as ``float64[point, replication]``, and what of it is left out.

        Raises
        ------
        ExperimentError
            A value is missing, and that is refused.
        """
        values = self.outcome(name)
        return values, left_out(name, values, self.failed, missing, "point", self._place)

    def _place(self, point: int) -> str:
        """Return which point it is: its number, and its first values as a reader would write them."""
        row = zip(named(self.scenario, self.names), self.matrix[point], strict=True)
        at = [f"{factor.name}={value_text(factor.value(float(v)))}" for factor, v in row]
        return f"point {point} ({', '.join(at[:4])}{', …' if len(at) > 4 else ''})"


def points(
    scenario: Scenario,
    names: Sequence[str],
    matrix: Floats,
    replications: int = 20,
    seed: int = 1,
    *,
    outcomes: Sequence[str] = (),
    future: int | Sequence[int] = 0,
    against: Scenario | None = None,
    kernel: KernelName = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Points:
    """Run many settings of a scenario, each with the same random numbers.

    Parameters
    ----------
    names
        Levers and parameters, the columns of `matrix`.
    matrix
        ``float64[point, name]``; an option as its place among the words.
    outcomes
        Outcomes to keep; by default all. Others are not computed, and fail no replication.
    future
        Number of the future whose random numbers are used, for all points or for each.
    against
        A scenario to subtract at every point, with the same random numbers: see `counterparts`. The
        values are then differences, of shares in points, and a replication of which either fails.

    Raises
    ------
    ExperimentError
        A name is unknown, a lever leaves its range, or the design is too large.
    """
    if against is not None:
        require_pair(scenario, against)
        given: dict[str, Any] = {
            "replications": replications, "seed": seed, "outcomes": outcomes, "future": future,
            "kernel": kernel, "threads": threads,
        }  # fmt: skip
        half = None if progress is None else (lambda k, n: progress(k, 2 * n))
        rest = None if progress is None else (lambda k, n: progress(n + k, 2 * n))
        here = points(scenario, names, matrix, progress=half, **given)
        there = counterparts(scenario, against, names, matrix, progress=rest, **given)
        entries = [scenario.model.outcomes[name] for name in here.outcomes]
        values = subtracted(entries, here.values, there.values)
        return replace(here, values=values, failed=here.failed | there.failed)
    base = make_experiment(scenario, replications=replications, seed=seed, futures=0)
    chosen = tuple(outcomes or base.model.outcomes)
    for name in chosen:
        base.model_outcome(name)
    matrix = np.asarray(matrix, float).reshape(len(matrix), len(names))
    _fits(scenario, names, matrix)
    affordable(len(matrix), replications)
    program = generate(narrowed(scenario.model, chosen))
    slots = program.records["Values"]
    columns = [slots.index(name) for name in names]
    runner = kernel_of(program, kernel)
    kept = [list(program.model.outcomes).index(name) for name in chosen]
    rows = np.repeat(base.row(0, 0)[None, :], len(matrix), axis=0)
    rows[:, columns] = matrix
    give_way(scenario.model, rows, base.row(0, 0), {name: i for i, name in enumerate(slots)})
    streams = np.broadcast_to(np.asarray(future, int), (len(matrix),))
    values = np.full((len(matrix), replications, len(chosen)), np.nan)
    failed = np.zeros((len(matrix), replications), bool)

    def work(piece: tuple[range, int, int], stop: object) -> int:
        where, first, count = piece
        for point in where:
            block = runner.run(
                rows[point], seed=seed, future=int(streams[point]), first=first, count=count
            )
            values[point, first : first + count] = block.outcomes[:, kept]
            failed[point, first : first + count] = block.status != 0
        return len(where) * count

    done = 0
    workers = threads or ((os.cpu_count() or 1) if runner.name == "compiled" else 1)
    for _, count in spread(work, _pieces(len(matrix), replications), workers):
        done += count
        if progress is not None:
            progress(done, failed.size)
    return Points(
        scenario, tuple(names), chosen, matrix, values, failed, seed=seed, kernel=runner.name
    )


def counterparts(
    scenario: Scenario,
    against: Scenario,
    names: Sequence[str],
    matrix: Floats,
    replications: int,
    seed: int,
    *,
    future: int | Sequence[int] = 0,
    **others: Any,
) -> Points:
    """Run the other scenario of a difference at the points of the first, in their order.

    Its parameters move as those of the first; levers, and what one of the two sets, do not.
    """
    matrix = np.asarray(matrix, float).reshape(len(matrix), len(names))
    shared = [i for i, name in enumerate(names) if follows(scenario, against, name)]
    streams = np.broadcast_to(np.asarray(future, float), (len(matrix),))
    rows = np.column_stack([matrix[:, shared], streams])
    _, first, place = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    ran = points(
        against, [names[i] for i in shared], matrix[first][:, shared], replications, seed,
        future=streams[first].astype(int).tolist(), **others,
    )  # fmt: skip
    place = place.reshape(-1)
    return replace(
        ran, matrix=ran.matrix[place], values=ran.values[place], failed=ran.failed[place]
    )


def affordable(size: int, replications: int) -> None:
    """Refuse a design that is too large, before it is made.

    Raises
    ------
    ExperimentError
        Its points have more replications than can be run.
    """
    if size * replications > MAX_REPLICATIONS:
        words = f"{size:,} points × {replications:,} replications are above the limit of "
        raise ExperimentError(Diagnostic("too-large", words + f"{MAX_REPLICATIONS:,}"))


def _pieces(size: int, replications: int) -> Iterable[tuple[range, int, int]]:
    """Cut the work into pieces of about `CHUNK` replications; the cut never changes a number."""
    if replications >= CHUNK:
        for point in range(size):
            for first in range(0, replications, CHUNK):
                yield range(point, point + 1), first, min(CHUNK, replications - first)
        return
    step = max(1, CHUNK // replications)
    for begin in range(0, size, step):
        yield range(begin, min(begin + step, size)), 0, replications


def _fits(scenario: Scenario, names: Sequence[str], matrix: Floats) -> None:
    """Refuse unknown names, and levers out of their range."""
    for column, factor in enumerate(named(scenario, names)):
        if factor.role == "lever" and len(matrix):
            low, high = float(matrix[:, column].min()), float(matrix[:, column].max())
            if factor.low < factor.high and not factor.low <= low <= high <= factor.high:
                words = f"'{factor.name}' leaves its range: {low:g} to {high:g}"
                help = f"its range is {factor.low:g} to {factor.high:g}"
                raise ExperimentError(Diagnostic("out-of-range", words, None, help))
