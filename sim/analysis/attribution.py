"""How much of a package's effect does each lever contribute? Exact Shapley values.

Every subset of the levers in which a scenario differs from its baseline is run on the same random
numbers. Each replication then has Shapley values of its own (Shapley 1953), which add up to its paired
difference; their means over replications have ordinary intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np

from sim.analysis.contributions import Attribution, differing, same_structure, subset_row
from sim.analysis.cooperative_games import pairs, shapley_values
from sim.analysis.design import affordable, points
from sim.analysis.identity import reaches
from sim.analysis.registry import Analysis, Option, Source, Tab, usual_sizes
from sim.errors import Diagnostic, ExperimentError
from sim.execution.runner import KernelName, Progress
from sim.model.naming import family_of
from sim.statistics.estimates import estimate, paired
from sim.study.families import together
from sim.study.futures import blocks, sample, usual_sampler
from sim.study.scenario import Scenario


def shapley(
    scenario: Scenario,
    baseline: Scenario,
    outcomes: Sequence[str],
    *,
    by: Literal["lever", "group"] = "lever",
    replications: int = 500,
    futures: int = 0,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> tuple[Attribution, ...]:
    """Attribute the difference of a scenario to its baseline to the levers in which they differ.

    Parameters
    ----------
    by
        Whether each lever counts for itself or all levers of one group of the model together.
    futures
        Points at which the uncertain parameters are sampled; 0 holds them. Means within a future are
        then the units of the intervals.

    Raises
    ------
    ExperimentError
        The scenarios are alike, differ in more than levers and parameters, or in too many of them.
    """
    if not same_structure(scenario, baseline):
        words = (
            f"'{scenario.name}' and '{baseline.name}' differ in their events, not only in levers"
        )
        help = "compare scenarios that set levers and parameters of one model"
        raise ExperimentError(Diagnostic("other-structure", words, None, help))
    players = differing(scenario, baseline, by)
    names = [name for player in players for name, _, _ in player.settings]
    subsets = 2 ** len(players)
    affordable(subsets * max(futures, 1), replications)
    rows = np.array([subset_row(players, subset, baseline) for subset in range(subsets)])
    design = usual_sampler(baseline.model, futures)
    sampled, worlds = (
        sample(baseline.model, futures, design, seed) if futures else ((), np.empty((1, 0)))
    )
    units = blocks(design, len(worlds))
    free = [i for i, name in enumerate(sampled) if name not in {*names, *baseline.settings}]
    matrix = np.concatenate(
        [np.repeat(rows, len(worlds), axis=0), np.tile(worlds[:, free], (subsets, 1))], axis=1
    )
    ran = points(
        baseline, [*names, *(sampled[i] for i in free)], matrix, replications, seed,
        outcomes=tuple(outcomes), future=list(range(len(worlds))) * subsets, kernel=kernel,
        progress=progress,
    )  # fmt: skip
    found = []
    for name in outcomes:
        values = ran.outcome(name).reshape(subsets, len(worlds), replications)
        values = np.where(np.isnan(values).any(axis=0), np.nan, values)
        kept = int((~np.isnan(values[0])).sum())
        if not kept:
            words = f"'{name}' has no replication with a value for every subset of the levers"
            raise ExperimentError(Diagnostic("missing-values", words))
        parts = shapley_values(values)
        full = subsets - 1
        entry = scenario.model.outcomes[name]
        moves = [
            reaches(scenario.model, [n for n, _, _ in player.settings], name) for player in players
        ]
        both = partial(paired, share=entry.share, blocks=units)
        part = partial(paired, base=np.zeros_like(values[0]), share=False, blocks=units)
        each = list(enumerate(moves))
        pairwise = [
            (i, j, part(v, can_differ=moves[i] and moves[j])) for (i, j), v in pairs(values).items()
        ]
        found.append(
            Attribution(
                outcome=entry,
                scenario=scenario.name,
                baseline=baseline.name,
                players=players,
                base=estimate(values[0], share=entry.share, blocks=units),
                end=estimate(values[full], share=entry.share, blocks=units),
                whole=both(values[full], values[0], can_differ=any(moves)),
                values=tuple(part(v, can_differ=moves[i]) for i, v in enumerate(parts)),
                alone=tuple(both(values[1 << i], values[0], can_differ=m) for i, m in each),
                last=tuple(
                    both(values[full], values[full ^ (1 << i)], can_differ=m) for i, m in each
                ),
                interactions=tuple(sorted(pairwise, key=lambda pair: -abs(pair[2].mean))),
                kept=kept,
                replications=replications,
                futures=len(worlds),
                central=not futures and baseline.model.uncertain,
                failures=ran.failures,
                seed=seed,
            )
        )
    return tuple(found)


def _attribute(
    source: Source, *, baseline: str | None, outcome: tuple[str, ...], by: Literal["lever", "group"]
) -> tuple[Attribution, ...]:
    scenario = source.scenario()
    goals = [name for name, entry in scenario.model.outcomes.items() if entry.goal]
    futures, replications = usual_sizes(source, scenario.model, 500)
    return shapley(
        scenario, source.load(baseline) if baseline else source.baseline(),
        outcome or (goals or list(scenario.model.outcomes))[:1], by=by,
        replications=replications, futures=futures, seed=source.seed, kernel=source.kernel,
        progress=source.progress,
    )  # fmt: skip


def _different(scenario: Scenario, baseline: Scenario) -> list[str]:
    new, old = scenario.values(), baseline.values()
    return [name for name in scenario.model.levers if new[name] != old.get(name)]


def _subsets(
    scenario: Scenario, replications: int, /, *, baseline: Scenario, by: str, **others: object
) -> int:
    names = _different(scenario, baseline)
    model = scenario.model
    players = {
        (model.levers[name].group if by == "group" else "")
        or (family_of(name) if together(model, name) else name)
        for name in names
    }
    return int(2 ** len(players) * replications)


def _alike_levers(scenario: Scenario, baseline: Scenario) -> str:
    same = "This setting is the baseline: no lever differs. Move one."
    return "" if _different(scenario, baseline) else same


ANALYSIS = Analysis(
    verb="attribute",
    summary="How much of a package's effect each lever contributes: exact Shapley values.",
    functions=(shapley,),
    reads="scenario",
    run=_attribute,
    options=(
        Option(
            "baseline", "The scenario without the package; by default the model.", type=Scenario
        ),
        Option("outcome", "The outcome to analyse; repeatable.", many=True),
        Option(
            "by", "Count each lever, or the levers of a group together.", default="lever",
            choices=("lever", "group"),
        ),
    ),
    tabs=(
        Tab(
            name="attribution",
            title="What does each lever add?",
            caption="The difference to the baseline is divided among the levers in which the two differ.",
            terms="**Shapley value**: what a lever adds on average, over every order in which the levers "
            "can be pulled; the values add up to the whole difference.",
            futures="same",
            cost=_subsets,
            alt="What each lever adds to the difference",
            controls=("by",),
            needs=_alike_levers,
        ),
    ),
    futures=True,
    order=50,
)  # fmt: skip
