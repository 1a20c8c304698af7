"""What a study says of its model when it is run: the figures of the measured sections of a card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.analysis.backtesting import Backtest, backtest
from sim.analysis.calibration import Calibration, calibrate
from sim.analysis.comparison import Comparison, compare
from sim.analysis.history_matching import plausible_futures
from sim.analysis.narrowing import Narrowing, narrowings
from sim.analysis.plausible import Plausible
from sim.analysis.variance_parts import VarianceShares, variance_shares
from sim.errors import ExperimentError
from sim.execution.ensemble import Ensemble
from sim.execution.runner import Progress, run
from sim.statistics.estimates import Estimate, estimate
from sim.study.documents import read_document
from sim.study.experiment import Experiment, make_experiment
from sim.study.files import DEFAULT_SEED, with_futures
from sim.study.model_futures import listed
from sim.study.scenario import Scenario
from sim.study.targets import FUTURES, TargetSet
from sim.yaml import Mapping, Scalar

#: Runs of a scenario where only it is run, futures among which they are divided, and least runs of
#: each scenario of an experiment: with fewer, chance hides the sign of most differences.
RUNS, MANY, COMPARED = 20_000, 2_000, 10_000


@dataclass(frozen=True)
class Region:
    """What the targets of a file rule out.

    Attributes
    ----------
    found
        Futures drawn anew, and what rules them out; None where there is nothing to rule out.
    why_none
        Why not.
    file, origin
        The file of plausible futures that the study names, and what its first line says.
    kept
        Number of plausible futures: those of the file, or those that were found.
    narrowed
        The assumptions that they narrow.
    levels
        Of each headline outcome of the baseline its mean or share: at central values, in the futures
        drawn and in the plausible ones; None where no future is plausible.
    """

    targets: TargetSet
    found: Plausible | None
    why_none: str = ""
    file: str = ""
    origin: str = ""
    kept: int = 0
    narrowed: tuple[Narrowing, ...] = ()
    levels: tuple[tuple[str, tuple[Estimate | None, ...]], ...] = ()


@dataclass(frozen=True)
class Measurements:
    """All that is measured of a study.

    Attributes
    ----------
    baseline
        The scenario that the others are held against.
    variances, varied
        The split of the variance of its headline outcomes, and what was run for it; none where the
        model has nothing uncertain.
    comparison, compared
        The scenarios of the study's experiment, and the experiment; None where no experiment has
        several.
    runs, failures
        Replications in all, and those that failed.
    """

    baseline: Scenario
    variances: tuple[VarianceShares, ...]
    varied: Experiment | None
    comparison: Comparison | None
    compared: Experiment | None
    regions: tuple[Region, ...]
    calibrations: tuple[tuple[TargetSet, Calibration], ...]
    backtests: tuple[tuple[TargetSet, Backtest], ...]
    runs: int
    failures: int


class _Runner:
    """Runs experiments and counts what was run."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress = progress
        self.runs = self.failures = 0

    def __call__(self, experiment: Experiment) -> Ensemble:
        found = run(experiment, progress=self.progress)
        self.runs += experiment.size
        self.failures += len(found.failures)
        return found


def measure(
    base: Scenario,
    experiments: Sequence[Experiment],
    targets: Sequence[TargetSet],
    progress: Progress | None = None,
) -> Measurements:
    """Run a study: its experiment, its targets, and its baseline in many futures.

    The same files give the same figures: every seed is that of a file, or the default one.

    Parameters
    ----------
    base : Scenario
        The model at its defaults.
    experiments, targets : sequence
        Those of the study. Of the experiments with several scenarios one is compared: *compare*, if one
        has this name, else the first that varies nothing.
    progress : callable, optional
        Called with the number of replications done and the number in all, of each run.

    Raises
    ------
    SimError
        A file of futures that is named cannot be read, or a run cannot begin.
    """
    go = _Runner(progress)
    compared = main_experiment(experiments)
    baseline = compared.scenarios[0] if compared else base
    comparison = compare(go(compared)) if compared else None
    varied = _varied(baseline, compared)
    variances: tuple[VarianceShares, ...] = ()
    if varied is not None:
        ensemble = go(varied)
        variances = tuple(variance_shares(ensemble, name) for name in baseline.model.headlines)
    ante, post = ([t for t in targets if t.vintage == v] for v in ("ex_ante", "ex_post"))
    regions = tuple(_region(one, baseline, experiments, go) for one in ante)
    calibrations = tuple((one, calibrate(one, go(one.planned(futures=FUTURES)))) for one in ante)
    backtests = tuple((one, backtest(one, go(one.planned(futures=FUTURES)))) for one in post)
    return Measurements(
        baseline, variances, varied, comparison, compared, regions, calibrations, backtests,
        go.runs, go.failures,
    )  # fmt: skip


def main_experiment(experiments: Iterable[Experiment]) -> Experiment | None:
    """Return the experiment that compares the scenarios of a study; None without one.

    It has the futures of its file, and `COMPARED` runs of each scenario, or more.
    """
    several = [one for one in experiments if len(one.scenarios) > 1]
    several.sort(key=lambda one: (one.name != "compare", any(s.settings for s in one.scenarios)))
    if not several:
        return None
    chosen = several[0]
    chosen = with_futures(chosen, FUTURES, None) if chosen.central else chosen
    least = _each(len(chosen.futures), COMPARED)
    return replace(chosen, replications=max(chosen.replications, least))


def _varied(baseline: Scenario, compared: Experiment | None) -> Experiment | None:
    """Return the baseline in many futures; in those that its experiment lists, if it does.

    Else they are drawn from the ranges, whatever the model lists: shares of variance of assumptions
    that hang together do not add up.
    """
    if not baseline.model.uncertain:
        return None
    if compared is not None and compared.sampler == "listed":
        count = _each(len(compared.futures))
        return replace(compared, scenarios=(baseline,), replications=count)
    seed = compared.seed if compared else DEFAULT_SEED
    return make_experiment(
        [baseline], futures=MANY, replications=_each(MANY), seed=seed, independent=True
    )


def _each(futures: int, runs: int = RUNS) -> int:
    """Return the replications in each of so many futures."""
    return max(2, -(-runs // futures))


def _region(
    targets: TargetSet, baseline: Scenario, experiments: Sequence[Experiment], go: _Runner
) -> Region:
    """Return what the targets of a file rule out, and what that narrows."""
    try:
        found = plausible_futures(targets, progress=go.progress)
    except ExperimentError as error:
        return Region(targets, None, error.diagnostics[0].message)
    scenarios = len({e.scenario for e in targets.entries if not e.departs})
    go.runs += scenarios * sum(futures * count for futures, count in found.waves)
    go.failures += found.failures
    names, kept, file, origin = found.parameters, found.futures, "", ""
    if baseline.model.futures is not None:
        own = listed(baseline.model)
        names, kept, file, origin = own.names, own.values, Path(own.path).name, own.origin
    elif named := next(iter(_listed(experiments)), None):
        (names, kept), (file, origin) = (named[0].parameters, named[0].futures), named[1:]
    central = make_experiment([baseline], replications=RUNS, seed=found.seed, futures=0)
    each = _each(found.drawn)
    drawn = replace(
        central, parameters=found.parameters, futures=found.draws, replications=each,
        sampler="latin_hypercube",
    )  # fmt: skip
    ensembles = [go(central), go(drawn)]
    if len(kept):
        each = _each(len(kept))
        ensembles.append(
            go(
                replace(
                    central, parameters=names, futures=kept, replications=each, sampler="listed"
                )
            )
        )
    return Region(
        targets=targets, found=found, file=file, origin=origin, kept=len(kept),
        narrowed=tuple(n for n in narrowings(drawn, names, kept) if n.beyond_chance),
        levels=tuple(
            (name, tuple(_level(one, name) for one in ensembles) + (None,) * (3 - len(ensembles)))
            for name in baseline.model.headlines
        ),
    )  # fmt: skip


def _level(ensemble: Ensemble, name: str) -> Estimate:
    experiment = ensemble.experiment
    share = experiment.model.outcomes[name].share
    return estimate(ensemble.outcome(name)[0], share=share, blocks=experiment.blocks)


def _listed(experiments: Iterable[Experiment]) -> Iterable[tuple[Experiment, str, str]]:
    """Yield the experiments that name a file of futures, its name and what its first line says."""
    for experiment in experiments:
        if experiment.sampler != "listed":
            continue
        named = read_document(Path(experiment.path)).get("futures")
        named = named.get("file") if isinstance(named, Mapping) else named
        if isinstance(named, Scalar):
            path = Path(experiment.path).parent / named.text
            first = path.read_text(encoding="utf-8").partition("\n")[0]
            origin = first[1:].partition("; model ")[0].strip() if first[:1] == "#" else ""
            yield experiment, named.text, origin
