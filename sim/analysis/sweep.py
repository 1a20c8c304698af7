"""What happens along a lever, or over two? A grid on common random numbers, and where it tips."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.analysis.contrast import opponent, require_pair
from sim.analysis.criteria import performance
from sim.analysis.design import affordable, counterparts, points
from sim.analysis.identity import reaches
from sim.analysis.inputs import Factor, factors
from sim.analysis.lever_words import read_levers
from sim.analysis.registry import OUTCOME, Analysis, Option, Source, Tab
from sim.analysis.sweeps import Sweep
from sim.analysis.tipping import Tipping, find_tipping
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, Progress
from sim.statistics.estimates import Floats, estimate, paired
from sim.statistics.nested import spread
from sim.study.futures import EXPLORED, blocks, sample, usual_sampler
from sim.study.scenario import Scenario


def sweep_levers(
    scenario: Scenario,
    outcome: str,
    levers: Sequence[Factor],
    grid: Sequence[Sequence[float]] = (),
    *,
    against: Scenario | None = None,
    level: float | None = None,
    levels: int = 11,
    replications: int = 500,
    futures: int = 0,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Sweep:
    """Run a scenario over a grid of one or two levers.

    Parameters
    ----------
    grid
        Values of each lever, options as their places; by default about `levels` of them over its range.
    against
        A scenario for the differences, where parameters move too; by default the scenario as it stands.
    level
        Level whose crossing is sought: of the outcome itself, or where `against` is given of the
        difference, there 0 by default. Without either, the best place is sought.
    futures
        Points at which the uncertain parameters are sampled, the same at each point of the grid; 0 holds
        them. Means within a future are then the units of the intervals.

    Raises
    ------
    ExperimentError
        Not one or two levers are given, the level is no number, or the scenarios do not belong
        together.
    """
    if not 1 <= len(levers) <= 2:
        raise ExperimentError(
            Diagnostic("bad-sweep", f"one or two levers are swept, not {len(levers)}")
        )
    if against is not None:
        require_pair(scenario, against)
    if level is not None and not math.isfinite(level):
        raise ExperimentError(Diagnostic("bad-level", f"{level:g} is no level to cross"))
    places = [sorted(set(values)) for values in grid] or [f.levels(levels) for f in levers]
    matrix = np.array(list(itertools.product(*places)))
    own = np.array([[f.held for f in levers]])
    names = [f.name for f in levers]
    sampler = usual_sampler(scenario.model)
    sampled, worlds = (
        sample(scenario.model, futures, sampler, seed) if futures else ((), np.empty((1, 0)))
    )
    free = [i for i, name in enumerate(sampled) if name not in {*names, *scenario.settings}]
    count, units = len(worlds), blocks(sampler, len(worlds))
    shape = (-1, count, replications)

    def spread_out(rows: Floats) -> Floats:
        """Return each row in every future."""
        return np.column_stack(
            [np.repeat(rows, count, axis=0), np.tile(worlds[:, free], (len(rows), 1))]
        )

    every = [*names, *(sampled[i] for i in free)]
    rows = spread_out(np.concatenate([matrix, own]) if against is None else matrix)
    affordable(len(rows), replications)
    streams = list(range(count)) * (len(rows) // count)
    given: dict[str, Any] = {"outcomes": (outcome,), "future": streams, "kernel": kernel}
    ran = points(scenario, every, rows, replications, seed, progress=progress, **given)
    values = ran.outcome(outcome).reshape(shape)
    if against is not None:
        there = counterparts(scenario, against, every, rows, replications, seed, **given)
        base = there.outcome(outcome).reshape(shape)
    else:
        base, values = np.broadcast_to(values[-1], (len(matrix), *shape[1:])), values[:-1]
    moved = [[f.name for f, v in zip(levers, row, strict=True) if v != f.held] for row in matrix]
    moves = [against is not None or reaches(scenario.model, n, outcome) for n in moved]
    entry = scenario.model.outcomes[outcome]
    tippings: list[Tipping] = []
    sought = 0.0 if level is None and against is not None else level
    if not levers[0].worded:
        curve = values - base if against is not None else values
        curve = curve[:, 0] if count == 1 else performance(curve.reshape(len(matrix), count, -1))
        inner = len(places[1]) if len(levers) == 2 else 1
        for j in range(inner):
            found = find_tipping(
                np.array(places[0]), curve[j::inner], sought, goal=entry.goal, seed=seed,
                where=places[1][j] if len(levers) == 2 else None,
            )  # fmt: skip
            tippings += [found] if found else []
    return Sweep(
        outcome=entry,
        scenario=scenario.name,
        against=against.name if against is not None else f"{scenario.name} as it stands",
        levers=tuple(levers),
        matrix=matrix,
        values=tuple(estimate(v, share=entry.share, blocks=units) for v in values),
        differences=tuple(
            paired(v, b, share=entry.share, can_differ=differ, blocks=units)
            for v, b, differ in zip(values, base, moves, strict=True)
        ),
        ranges=tuple(map(spread, values - base if against is not None else values))
        if futures
        else (),
        contrast=against is not None,
        level=sought,
        tippings=tuple(tippings),
        replications=replications,
        futures=futures,
        central=not futures and scenario.model.uncertain,
        failures=ran.failures,
        seed=seed,
    )


def _sweep(
    source: Source,
    *,
    outcome: str,
    lever: tuple[str, ...],
    against: str | None,
    level: float | None,
    levels: int,
) -> list[Sweep]:
    """Sweep the levers named as ``NAME`` or ``NAME=V,V,…``."""
    scenario = source.scenario()
    read = read_levers(scenario, lever, levers=True)
    inputs = [factor for factor, _ in read]
    grid = [values or factor.levels(levels) for factor, values in read]
    found = sweep_levers(
        scenario, outcome, inputs, grid,
        against=opponent(source, scenario, against) if against else None, level=level,
        replications=source.replications or (EXPLORED if source.futures else 500),
        futures=source.futures or 0, seed=source.seed, kernel=source.kernel,
        progress=source.progress,
    )  # fmt: skip
    return [found]


def _points(
    scenario: Scenario, replications: int, /, *, lever: tuple[str, ...], **others: object
) -> int:
    [factor] = factors(scenario, lever)
    return (len(factor.levels(11)) + 1) * replications


ANALYSIS = Analysis(
    verb="sweep",
    summary="An outcome over a grid of one or two levers, and where it tips.",
    functions=(sweep_levers,),
    reads="scenario",
    run=_sweep,
    options=(
        OUTCOME,
        Option(
            "lever", "Lever to sweep; one or two.", many=True, required=True, metavar="NAME[=V,V,…]"
        ),
        Option(
            "against", "A scenario to subtract; parameters swept move there too.", type=Scenario
        ),
        Option(
            "level",
            "Level whose crossing is sought; by default 0 for differences to a scenario.",
            type=float,
        ),
        Option(
            "levels", "Approximate number of values of a lever given without any.", type=int,
            default=11, minimum=2, maximum=1_000,
        ),
    ),
    tabs=(
        Tab(
            name="sweep", title="What if one lever goes from end to end?",
            caption="One lever moves over its whole range; all others stay as they are.",
            terms="Where it **tips**, the difference changes its sign.",
            cost=_points, alt="The outcome over the range of one lever", controls=("lever",),
            futures="same",
            needs=lambda scenario, _: "" if scenario.model.levers else "This model has no lever.",
        ),
    ),
    futures=True,
    holds=True,
    order=53,
)  # fmt: skip
