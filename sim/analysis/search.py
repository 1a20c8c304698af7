"""Which settings of the levers are Pareto-best? A grid where it is small, NSGA-II where it is not.

All candidates are run on the same random numbers. Those that seem best were partly lucky, so they are run
again on fresh ones, and every figure reported comes from that second run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.analysis.candidates import Method, evolve, grid, identity, resolve_method, without_twins
from sim.analysis.design import affordable, points
from sim.analysis.fronts import Finalist, Front, base_of, write_scenarios
from sim.analysis.inputs import Factor, factors, goal_of, reachable
from sim.analysis.measures import Measure, read_bounds, summaries
from sim.analysis.pareto import draws, front_probability, nondominated, survivors, violation
from sim.analysis.registry import ONLY, Analysis, Option, Source
from sim.errors import Diagnostic, ExperimentError, ResultError
from sim.execution.runner import KernelName, Progress
from sim.statistics.estimates import Estimate, Floats
from sim.study.experiment import Target, make_experiment
from sim.study.paths import StrPath
from sim.study.scenario import Scenario

Places = npt.NDArray[np.int64]
#: Settings that are run again.
KEEP = 20
#: Added to the seed for the second run.
FRESH = 1_000_003
RESAMPLES = 1_000


@dataclass(frozen=True)
class _Problem:
    """What a search looks for: `measures` are the objectives, then what the constraints bound."""

    scenario: Scenario
    inputs: tuple[Factor, ...]
    measures: tuple[Measure, ...]
    signs: Floats
    limits: tuple[tuple[int, Target], ...]
    kernel: KernelName
    progress: Progress | None

    @property
    def own(self) -> Floats:
        """The scenario's own setting, ``float64[1, input]``."""
        return np.array([[f.central for f in self.inputs]])

    @property
    def names(self) -> tuple[str, ...]:
        """The outcomes that are computed."""
        return tuple(dict.fromkeys(m.outcome.name for m in self.measures))

    def run(self, matrix: Floats, replications: int, seed: int) -> Floats:
        """Return ``float64[setting, replication, measure]``."""
        found = points(
            self.scenario, [f.name for f in self.inputs], matrix, replications, seed,
            outcomes=self.names, kernel=self.kernel, progress=self.progress,
        )  # fmt: skip
        columns = [
            m.values(found.values[..., self.names.index(m.outcome.name)], found.failed)
            for m in self.measures
        ]
        return np.stack(columns, axis=-1)

    def tried(self, matrix: Floats, replications: int, seed: int) -> Floats:
        """Run settings; return each measure, ``float64[setting, measure]``."""
        return summaries(self.measures, self.run(matrix, replications, seed))

    def costs(self, means: Floats) -> Floats:
        """Return the objectives of ``float64[…, measure]``, smaller is better."""
        return np.asarray(means[..., : len(self.signs)] * self.signs)

    def estimates(self, values: Floats, base: Floats | None = None) -> tuple[Estimate, ...]:
        """Estimate each measure of ``float64[replication, measure]``, or its paired difference."""
        if base is None:
            return tuple(m.estimate(values[:, k]) for k, m in enumerate(self.measures))
        return tuple(m.gain(values[:, k], base[:, k]) for k, m in enumerate(self.measures))


def search_levers(
    scenario: Scenario,
    objectives: Sequence[str],
    inputs: Sequence[Factor] | None = None,
    *,
    constraints: Mapping[str, Target] | None = None,
    method: Method = "auto",
    levels: int = 5,
    budget: int = 1_000,
    replications: int = 100,
    fresh_replications: int = 1_000,
    keep: int = KEEP,
    seed: int = 1,
    storage: StrPath | None = None,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Front:
    """Search the levers for settings that no other setting beats in every objective.

    Parameters
    ----------
    scenario : Scenario
        Gives the values of everything that is not searched.
    objectives : sequence of str
        Two or three outcomes that have a goal.
    inputs : sequence of Factor, optional
        By default all levers; `sim.analysis.factors` chooses some.
    constraints : mapping of str to Target, optional
        Bounds on means of outcomes, or on the quantiles that they name.
    method : {'auto', 'grid', 'nsga2'}
        *auto* is a grid where that has at most 2,000 points.
    levels : int
        Approximate number of values of each range in the grid; an option takes all of its words.
    budget : int
        Candidates of NSGA-II (Deb et al. 2002), by Optuna.
    replications, fresh_replications : int
        Replications of a candidate, and of a setting that is run again.
    keep : int
        Settings to run again.
    seed : int
        Seed of the random numbers.
    storage : path, optional
        File in which NSGA-II keeps its candidates, so that an interrupted search goes on. It belongs
        to one search: only the budget may grow.
    kernel, progress
        As of `sim.run`.

    Returns
    -------
    Front
        The settings that were run again, the surest first.

    Raises
    ------
    ExperimentError
        An objective has no goal, nothing meets the constraints, Optuna is missing, or the storage
        is of another search.

    Examples
    --------
    >>> import sim
    >>> scenario = sim.load_scenario("scenarios/port_strike/sit_it_out.yaml")
    >>> found = sim.analysis.search_levers(
    ...     scenario, ["settled", "strike_days"], replications=10, fresh_replications=20, levels=2)
    >>> found.method
    'grid'
    """
    inputs = factors(scenario, levers=True, parameters=False) if inputs is None else tuple(inputs)
    affordable(keep + 1, fresh_replications)
    bounds = dict(constraints or {})
    problem = _problem(scenario, tuple(inputs), objectives, bounds, kernel, progress)
    chosen = resolve_method(inputs, levels, method)
    if chosen == "grid":
        matrix = grid(inputs, levels)
        means = problem.tried(matrix, replications, seed)
    else:
        matrix, means = evolve(
            inputs, lambda rows: problem.tried(rows, replications, seed), problem.signs,
            problem.limits, budget=budget, seed=seed, storage=Path(storage) if storage else None,
            study=identity(scenario, inputs, problem.names, bounds, replications, seed),
        )  # fmt: skip
    places, twins = _best(problem, matrix, means, keep)
    again = problem.run(
        np.concatenate([matrix[places], problem.own]), fresh_replications, seed + FRESH
    )
    kept = ~np.isnan(again[:-1]).any(axis=(1, 2))
    if not kept.any():
        words = (
            f"each of the {len(places):,} best settings has missing values on fresh random numbers"
        )
        help = "choose outcomes that always have a value"
        raise ExperimentError(Diagnostic("missing-values", words, None, help))
    finalists = _finalists(
        problem, matrix, means, places[kept], again[:-1][kept], again[-1], twins, seed
    )
    missing = int(np.isnan(means).any(axis=1).sum())
    return Front(
        scenario=scenario.name,
        outcomes=tuple(measure.entry for measure in problem.measures),
        objectives=len(problem.signs), method=chosen, finalists=finalists,
        reference=problem.estimates(again[-1]), cloud=means, dropped=missing + int((~kept).sum()),
        replications=replications, fresh_replications=fresh_replications, seed=seed,
    )  # fmt: skip


def _problem(
    scenario: Scenario,
    inputs: tuple[Factor, ...],
    objectives: Sequence[str],
    bounds: Mapping[str, Target],
    kernel: KernelName,
    progress: Progress | None,
) -> _Problem:
    """Check the objectives and constraints of a search."""
    experiment = make_experiment(scenario, futures=0)
    for name, target in bounds.items():
        experiment.model_outcome(name)
        reachable(name, target)
    objectives = tuple(dict.fromkeys(objectives))
    goals = [goal_of(experiment, name, "setting") for name in objectives]
    bounded = {name: Measure(experiment.model_outcome(name), t.of) for name, t in bounds.items()}
    wanted = [Measure(experiment.model_outcome(name)) for name in objectives]
    measures = tuple(dict.fromkeys((*wanted, *bounded.values())))
    signs = np.array([1.0 if goal == "minimize" else -1.0 for goal in goals])
    limits = tuple((measures.index(bounded[name]), target) for name, target in bounds.items())
    return _Problem(scenario, inputs, measures, signs, limits, kernel, progress)


def _best(
    problem: _Problem, matrix: Floats, means: Floats, keep: int
) -> tuple[Places, dict[int, int]]:
    """Return the places of the candidates to run again, and how many equal each."""
    valid = ~np.isnan(means).any(axis=1)
    able = valid & (violation(means, problem.limits) <= 0)
    if not able.any():
        words = f"none of the {len(means):,} settings tried meets the constraints"
        help = "loosen a constraint"
        if not valid.any():
            words = f"all of the {len(means):,} settings tried have missing values"
            help = "choose outcomes that always have a value"
        raise ExperimentError(Diagnostic("infeasible", words, None, help))
    places, twins = without_twins(np.flatnonzero(able), matrix, means, problem.own[0])
    return places[survivors(problem.costs(means[places]), keep)], twins


def _finalists(
    problem: _Problem,
    matrix: Floats,
    means: Floats,
    places: Places,
    fresh: Floats,
    reference: Floats,
    twins: Mapping[int, int],
    seed: int,
) -> tuple[Finalist, ...]:
    """Judge the candidates by their fresh replications, the surest first."""
    weights = draws(fresh.shape[1], RESAMPLES, seed)
    parts = [m.resampled(fresh[..., k], weights) for k, m in enumerate(problem.measures)]
    resampled = np.stack(parts, axis=-1)
    meets = np.array([violation(part, problem.limits) <= 0 for part in resampled])
    sure = front_probability(problem.costs(fresh), meets, resamples=RESAMPLES, seed=seed)
    centre = summaries(problem.measures, fresh)
    fits = np.flatnonzero(violation(centre, problem.limits) <= 0)
    best = set(fits[nondominated(problem.costs(centre[fits]))].tolist())
    found = []
    for i, place in enumerate(places):
        pairs = list(zip(problem.inputs, matrix[place], strict=True))
        found.append(
            Finalist(
                settings=tuple((f.name, f.value(float(v))) for f, v in pairs),
                changed=tuple((f.name, f.value(float(v))) for f, v in pairs if v != f.central),
                first=tuple(float(v) for v in means[place]), fresh=problem.estimates(fresh[i]),
                gains=problem.estimates(fresh[i], reference), on_front=float(sure[i]),
                meets=float(meets[:, i].mean()), best=i in best, twins=twins[int(place)],
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda f: (-f.best, -f.on_front)))


def _search(
    source: Source, *, outcome: tuple[str, ...], bound: tuple[str, ...], only: tuple[str, ...],
    method: Method, levels: int, budget: int, keep: int, fresh: int, storage: Path | None,
    output: Path | None,
) -> list[Front]:  # fmt: skip
    scenario = source.scenario()
    if output is not None:
        base_of(scenario, output)
        if output.exists() and not output.is_dir():
            raise ResultError(Diagnostic("no-folder", f"'{output}' is a file, not a folder"))
    found = search_levers(
        scenario, outcome, factors(scenario, only, levers=True, parameters=False),
        constraints=read_bounds(bound), method=method, levels=levels, budget=budget,
        replications=source.replications or 100, fresh_replications=fresh, keep=keep,
        seed=source.seed, storage=storage, kernel=source.kernel, progress=source.progress,
    )  # fmt: skip
    for path in write_scenarios(found, scenario, output) if output is not None else ():
        source.message(f"wrote {path}")
    return [found]


ANALYSIS = Analysis(
    verb="search",
    summary="Pareto-best settings of the levers: a grid or NSGA-II, then a second run on fresh numbers.",
    functions=(search_levers,),
    reads="scenario",
    run=_search,
    options=(
        Option("outcome", "An objective; give two or three.", many=True, required=True),
        Option(
            "bound", "A constraint on a mean or a quantile, as p95(OUTCOME)<=X; repeatable. Quote it.",
            many=True, metavar="OUTCOME<=X",
        ),
        ONLY,
        Option(
            "method", "auto: a full grid where it has at most 2,000 points.", default="auto",
            choices=("auto", "grid", "nsga2"),
        ),
        Option(
            "levels", "Approximate number of values of a range in the grid.", type=int, default=5,
            minimum=2, maximum=1_000,
        ),
        Option("budget", "Candidates of NSGA-II.", type=int, default=1_000, minimum=10),
        Option("keep", "Settings to run again.", type=int, default=KEEP, minimum=2),
        Option(
            "fresh", "Replications of a setting that is run again.", type=int, default=1_000, minimum=2
        ),
        Option("storage", "File that keeps NSGA-II's candidates, to go on later.", type=Path),
        Option("output", "Folder for a scenario per setting on the front.", type=Path, flag="-o"),
    ),
    order=70,
)  # fmt: skip
