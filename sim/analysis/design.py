"""Many points of one model under common random numbers: which factors, which values, what comes out.

Every point is run with the same future number and the same replications, so two points differ by what
was set and by nothing else.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sim.errors import Diagnostic, ExperimentError, did_you_mean
from sim.experiment import MAX_REPLICATIONS, plan
from sim.language.terms import Type
from sim.model import Lever, Parameter, Value
from sim.program import generate
from sim.running import KernelName, kernel_of
from sim.sampling import shaped
from sim.scenario import Scenario
from sim.traces import encode, say

Floats = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]
#: Replications a thread runs before it reports.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Factor:
    """A lever or an uncertain parameter that a design moves.

    Attributes
    ----------
    central
        Its value in the scenario; an option as its place among the words.
    low, high
        The ends of its range; of an option, 0 and the last place.
    """

    name: str
    label: str
    unit: str
    role: Literal["lever", "parameter"]
    type: Type
    central: float
    low: float
    high: float
    step: float = 0.0
    parameter: Parameter | None = None

    def at(self, u: Floats) -> Floats:
        """Return the values at quantiles `u`, numbers from 0 to 1."""
        if self.parameter is not None:
            return np.asarray(shaped(self.parameter, u), float)
        if self.type.kind in ("option", "boolean"):
            return np.minimum(np.floor(u * (self.high + 1)), self.high)
        step = self.step or (1.0 if self.type.kind == "whole" else 0.0)
        if not step:
            return np.asarray(self.low + u * (self.high - self.low))
        count = math.floor((self.high - self.low) / step + 1e-9) + 1
        return np.asarray(self.low + step * np.minimum(np.floor(u * count), count - 1))

    def levels(self, count: int) -> list[float]:
        """Return up to `count` values from end to end; of an option, all."""
        if self.type.kind in ("option", "boolean"):
            return [float(i) for i in range(int(self.high) + 1)]
        values = np.linspace(self.low, self.high, count)
        step = self.step or (1.0 if self.type.kind == "whole" else 0.0)
        if step:
            values = self.low + np.round((values - self.low) / step) * step
        return sorted({float(min(max(v, self.low), self.high)) for v in values})

    def value(self, number: float) -> Value:
        """Return what a scenario can be set to: a word, a whole number or a number."""
        match self.type.kind:
            case "option":
                return self.type.options[int(number)]
            case "boolean":
                return bool(number)
            case "whole":
                return round(number)
        return float(f"{number:.12g}")

    def word(self, number: float) -> str:
        """Return a value as a reader would write it."""
        return say(self.value(number))


def factors(
    scenario: Scenario, only: Sequence[str] = (), *, levers: bool = False, parameters: bool = True
) -> tuple[Factor, ...]:
    """Return what can be moved: the uncertain parameters, and levers where they are asked for.

    Parameters
    ----------
    only
        Names of levers or parameters; these and no others, in this order.

    Raises
    ------
    ExperimentError
        A name is unknown or its entry has no range, or nothing is left to move.
    """
    model = scenario.model
    known: dict[str, Lever | Parameter] = {**model.levers, **model.parameters}
    names = list(only)
    if not only:
        names += list(model.levers) if levers else []
        names += [n for n, p in model.parameters.items() if p.uncertain] if parameters else []
    for name in names:
        if name not in known:
            words = f"model '{model.name}' has no lever or parameter '{name}'"
            raise ExperimentError(
                Diagnostic("unknown-lever", words, None, did_you_mean(name, known))
            )
    values = scenario.values()
    found = [_factor(known[name], values[name]) for name in dict.fromkeys(names)]
    fixed = [f.name for f in found if not f.low < f.high]
    if fixed and only:
        words = f"'{fixed[0]}' has no range to move in"
        help = "give it 'between: [low, high]' in the model, or 'range' if it is a lever"
        raise ExperimentError(Diagnostic("no-range", words, None, help))
    kept = tuple(f for f in found if f.low < f.high)
    if not kept:
        words = f"model '{model.name}' has nothing uncertain to move"
        raise ExperimentError(Diagnostic("no-range", words, None, "--levers adds the levers"))
    return kept


def _factor(entry: Lever | Parameter, value: Value) -> Factor:
    kind = entry.type.kind
    low, high = entry.low, entry.high
    if kind in ("option", "boolean"):
        low, high = 0.0, float(max(len(entry.type.options), 2) - 1)
    central = encode(value, entry.type)
    bounded = low is not None and high is not None
    return Factor(
        name=entry.name,
        label=entry.label or entry.name.replace("_", " "),
        unit=entry.unit,
        role="lever" if isinstance(entry, Lever) else "parameter",
        type=entry.type,
        central=central,
        low=float(low) if bounded and low is not None else central,
        high=float(high) if bounded and high is not None else central,
        step=float(entry.step or 0.0) if isinstance(entry, Lever) else 0.0,
        parameter=entry if isinstance(entry, Parameter) else None,
    )


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
    failed: npt.NDArray[np.bool_]
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

    def complete(self, name: str) -> Floats:
        """Return an outcome that has a value in every replication of every point.

        Raises
        ------
        ExperimentError
            A value is missing; the message says how many, why, and where the first is.
        """
        values = self.outcome(name)
        missing = np.isnan(values)
        if not missing.any():
            return values
        point, replication = (int(i) for i in np.argwhere(missing)[0])
        failed = int((missing & self.failed).sum())
        why = [f"{failed:,} failed"] if failed else []
        never = int(missing.sum()) - failed
        why += [f"in {never:,} it never happened"] if never else []
        at = [f"{n}={say(float(v))}" for n, v in zip(self.names, self.matrix[point], strict=True)]
        shown = ", ".join(at[:4]) + (", …" if len(at) > 4 else "")
        words = (
            f"'{name}' has no value in {int(missing.sum()):,} of {missing.size:,} replications "
            f"({', '.join(why)}) at {int(missing.any(axis=1).sum()):,} of {len(values):,} points; the "
            f"first is replication {replication} of point {point} ({shown})"
        )
        help = (
            "an index over incomplete values would be wrong: choose an outcome that always has one"
        )
        if failed:
            help = "narrow the ranges until no run fails: an index over the rest would be wrong"
        raise ExperimentError(Diagnostic("missing-values", words, None, help))


def points(
    scenario: Scenario,
    names: Sequence[str],
    matrix: Floats,
    replications: int = 20,
    seed: int = 1,
    *,
    outcomes: Sequence[str] = (),
    future: int | Sequence[int] = 0,
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
        Outcomes to keep; by default all.
    future
        Number of the future whose random numbers are used, for all points or for each.

    Raises
    ------
    ExperimentError
        A name is unknown, a lever leaves its range, or the design is too large.
    """
    base = plan(scenario, replications=replications, seed=seed)
    chosen = tuple(outcomes or base.model.outcomes)
    for name in chosen:
        base.model_outcome(name)
    matrix = np.asarray(matrix, float).reshape(len(matrix), len(names))
    _fits(scenario, names, matrix)
    if len(matrix) * replications > MAX_REPLICATIONS:
        words = f"{len(matrix):,} points × {replications:,} replications are above the limit of "
        raise ExperimentError(Diagnostic("too-large", words + f"{MAX_REPLICATIONS:,}"))
    program = generate(scenario.model)
    slots = program.records["Values"]
    columns = [slots.index(name) for name in names]
    runner = kernel_of(program, kernel)
    kept = [list(base.model.outcomes).index(name) for name in chosen]
    rows = np.repeat(base.row(0, 0)[None, :], len(matrix), axis=0)
    rows[:, columns] = matrix
    streams = np.broadcast_to(np.asarray(future, int), (len(matrix),))
    values = np.full((len(matrix), replications, len(chosen)), np.nan)
    failed = np.zeros((len(matrix), replications), bool)

    def work(piece: tuple[range, int, int]) -> int:
        where, first, count = piece
        for point in where:
            block = runner.run(
                rows[point], seed=seed, future=int(streams[point]), first=first, count=count
            )
            values[point, first : first + count] = block.outcomes[:, kept]
            failed[point, first : first + count] = block.status != 0
        return len(where) * count

    pieces = list(_pieces(len(matrix), replications))
    done = 0
    workers = threads or ((os.cpu_count() or 1) if runner.name == "compiled" else 1)
    with ThreadPoolExecutor(workers) as executor:
        waiting = [executor.submit(work, piece) for piece in pieces]
        try:
            for ready in as_completed(waiting):
                done += ready.result()
                if progress is not None:
                    progress(done, failed.size)
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise
    return Points(
        scenario, tuple(names), chosen, matrix, values, failed, seed=seed, kernel=runner.name
    )


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
    model = scenario.model
    values = scenario.values()
    for column, name in enumerate(names):
        if name not in values:
            words = f"model '{model.name}' has no lever or parameter '{name}'"
            raise ExperimentError(
                Diagnostic("unknown-lever", words, None, did_you_mean(name, values))
            )
        if name in model.levers and len(matrix):
            factor = _factor(model.levers[name], values[name])
            low, high = float(matrix[:, column].min()), float(matrix[:, column].max())
            if factor.low < factor.high and not factor.low <= low <= high <= factor.high:
                words = f"'{name}' leaves its range: {low:g} to {high:g}"
                help = f"its range is {factor.low:g} to {factor.high:g}"
                raise ExperimentError(Diagnostic("out-of-range", words, None, help))
