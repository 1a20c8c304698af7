"""Which inputs mattered in runs already made? Importance from given data, without a design.

The futures of an experiment are a sample of the uncertain parameters; what the outcome's mean in each
future owes to one parameter is read off by grouping the futures by that parameter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from sim.analysis.contrast import Difference, differences, lines, pair_of
from sim.analysis.correlation_ratio import RESAMPLES, bins_of, explained
from sim.analysis.criteria import performance
from sim.analysis.missing import LeftOut, Missing, left_out
from sim.analysis.rankings import (
    DUMMY,
    called,
    cut_note,
    ranked_chart,
    ranking_sentence,
    shown,
    verdict,
)
from sim.analysis.result import Column, Grid, Labels, Result, outcome_label
from sim.analysis.sampled import column_of, origin_lines, sampled_entry, varied
from sim.analysis.turning import Turn, turn_text, turns
from sim.analysis.variance_decomposition import without_variance
from sim.execution.ensemble import Ensemble
from sim.formatting import ROUNDING, TOY, counted, decimal, interval
from sim.model.types import Outcome
from sim.statistics.estimates import Estimate, Floats, normal
from sim.statistics.library import compiled, contiguous
from sim.statistics.nested import components
from sim.study.experiment import Experiment

Measure = Literal["variance", "pawn"]
#: Bins of PAWN.
BINS = 10
#: Futures fewer than these say too little about single parameters.
LEAST = 30


@dataclass(frozen=True)
class Importance(Result):
    """Importance of the parameters of an ensemble, the largest first.

    Attributes
    ----------
    measure
        *variance*: the share of the variance over futures that a parameter explains alone (the
        correlation ratio, adjusted for the number of bins: Kelley 1935). *pawn*: how far
        knowing the parameter moves the outcome's distribution, from 0 to 1, never 0 in a sample
        (Pianosi and Wagener 2018).
    values
        Per input, with a bootstrap interval over the futures.
    floor
        The 95 % quantile of the largest measure of as many inputs that have no effect, as all of them
        are when the outcome is shuffled over the futures (Westfall and Young 1993).
    chance
        The share of the variance over futures that is chance, as the means are over replications.
    turns
        Of a difference, the parameters that its sign hangs on.
    """

    outcome: Outcome
    scenario: str
    measure: Measure
    names: tuple[str, ...]
    values: tuple[Estimate, ...]
    floor: float
    chance: float
    futures: int
    replications: int
    left_out: LeftOut
    turns: tuple[Turn, ...] = ()
    origin: str = ""

    def seen(self, place: int) -> bool:
        """Whether an input stands above the largest of as many without effect."""
        return self.names[place] != DUMMY and self.values[place].mean > self.floor

    @property
    def clear(self) -> bool:
        """Whether some input is seen."""
        return any(self.seen(i) for i in range(len(self.names)))

    def table(self) -> list[dict[str, object]]:
        """Return one record per input."""
        return [
            {
                "input": name, "measure": self.measure, "importance": value.mean,
                "low": value.low, "high": value.high, "floor": self.floor,
                "verdict": "seen" if self.seen(i) else "no effect seen", "n": value.n,
                "replications": self.replications,
            }
            for i, (name, value) in enumerate(zip(self.names, self.values, strict=True))
        ]  # fmt: skip

    def grid(self) -> Grid:
        """Return a line per input."""
        rows = [
            (called(self.names[i]), interval(self.values[i]), verdict(self.names[i], self.seen(i)))
            for i in shown(self.names)
        ]
        what = "Share of variance" if self.measure == "variance" else "PAWN"
        return Grid((Column("Input"), Column(f"{what} [95 % CI]", True), Column("Verdict")), rows)

    def notes(self) -> list[str]:
        """Return the lines that importance from given data must carry."""
        inputs = len(self.names) - 1
        of = "" if isinstance(self.outcome, Difference) else f" of {self.scenario}"
        hangs = "; ".join(turn_text(turn, self.outcome.goal) for turn in self.turns)
        return [
            TOY,
            f"{self.outcome.name}{of}, read from {counted(self.futures, 'future')} × "
            f"{counted(self.replications, 'replication')} of finished runs.",
            f"'seen': above {decimal(self.floor, 3)}, which the largest of {counted(inputs, 'input')} "
            "without effect reaches in 5 % of shuffled samples.",
            f"{self.chance:.0%} of the variance over futures is chance and cannot be explained.",
            *lines(self.outcome),
            *([f"What the sign hangs on: {hangs}."] if hangs else []),
            *origin_lines(self.origin),
            *self.left_out.lines(),
            *cut_note(self.names),
        ]

    def sentence(self) -> str:
        """Return which inputs matter most."""
        found = ranking_sentence(self.names, self.seen, self.outcome.name)
        if turned := [t for t in self.turns if t.value is not None or t.words]:
            found += f" It is {turn_text(turned[0], self.outcome.goal)}."
        return self.left_out.after(found)

    def chart(self, *, theme: Any = "light", width: int = 760, labels: Labels = None) -> Any:
        """Return the ranking, the dummy last."""
        parts = [f"importance ({self.measure}) read from finished runs", "95 % intervals"]
        return ranked_chart(
            self.names, self.seen, {"total": self.values},
            f"What moved {outcome_label(self.outcome)}", parts, self.futures * self.replications,
            theme=theme, width=width, labels=labels,
        )  # fmt: skip


def importance(
    ensemble: Ensemble,
    outcome: str,
    scenario: str | None = None,
    *,
    measure: Measure = "variance",
    only: Sequence[str] = (),
    missing: Missing = "refuse",
    against: str | None = None,
    seed: int = 1,
) -> Importance:
    """Rank the uncertain parameters of an ensemble that has futures.

    Parameters
    ----------
    missing
        *drop* leaves out the replications without a value, and the futures that have no other.
    against
        Name of a scenario to subtract: the ranking is that of the difference.

    Raises
    ------
    ExperimentError
        There are too few futures, an outcome has no value in some replications, or always the same.
    """
    experiment = ensemble.experiment
    if against is not None:
        scenario, _ = pair_of(experiment, scenario, against)
    chosen, names = resolve_ranking(experiment, outcome, scenario, only)
    entry, values, failed = differences(ensemble, outcome, chosen, against)
    turned = turns(values, experiment) if against is not None else ()
    gone = left_out(outcome, values, failed, missing, "future", lambda i: f"future {i}")
    kept = np.asarray((~np.isnan(values)).any(axis=1))
    gone = gone.whole(outcome, kept, LEAST, "future")
    columns = [column_of(experiment, name) for name in names]
    types = [sampled_entry(experiment, name).type for name in names]
    values = values[kept]
    y = performance(values[None])[0]
    if np.ptp(y) <= ROUNDING * np.abs(y).max():
        raise without_variance(outcome)
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [experiment.futures[kept][:, columns], rng.permutation(len(y)).astype(float)]
    )
    words = tuple(len(kind.options) for kind in types)
    found = (
        _with_interval(x, y, seed, words)
        if measure == "pawn"
        else explained(x, y, words, seed=seed)
    )
    if measure == "pawn":
        floor = shuffled_floor(x[:, :-1], y, words, rng=rng)
    else:  # as a page has them, to the last bit
        means, floor = ratios(values, x[:, :-1], words)
        told = [*means, found[-1].mean]
        found = [replace(one, mean=mean) for one, mean in zip(found, told, strict=True)]
    parts = components(values)  # of one replication no noise is known
    chance = parts.noise / (parts.between + parts.noise) if parts.between > 0 else 1.0
    chance = 0.0 if math.isnan(parts.noise) else chance
    order = [*sorted(range(len(names)), key=lambda i: -found[i].mean), len(names)]
    return Importance(
        outcome=entry, scenario=chosen, measure=measure,
        names=tuple([*names, DUMMY][i] for i in order), values=tuple(found[i] for i in order),
        floor=floor, chance=chance, futures=len(y),
        replications=values.shape[1], left_out=gone, turns=turned,
        origin=experiment.origin,
    )  # fmt: skip


def resolve_ranking(
    experiment: Experiment, outcome: str, scenario: str | None = None, only: Sequence[str] = ()
) -> tuple[str, tuple[str, ...]]:
    """Return the scenario and the parameters of a ranking, before anything runs.

    Raises
    ------
    ExperimentError
        A name is unknown, or there are too few futures.
    """
    experiment.model_outcome(outcome)
    chosen = scenario or experiment.scenarios[0].name
    experiment.scenario_index(chosen)
    return chosen, varied(experiment, only, LEAST, "importance needs")


def ratios(values: Floats, x: Floats, words: Sequence[int]) -> tuple[list[float], float]:
    """Return the share that each input explains of the variance over futures, and the floor.

    Parameters
    ----------
    values
        ``float64[future, replication]``, each future with some value.
    x
        ``float64[future, input]``.
    words
        Number of options of each input; 0 of a number.
    """
    rows, inputs = x.shape
    bins = bins_of(rows)
    cells = max(bins, *words, 1)
    out = np.empty(inputs + 1)
    places: list[Any] = list(np.zeros((3, rows), np.int64))
    compiled("explain")(
        contiguous(values), rows, values.shape[1], contiguous(x.T), np.array(words, np.int64), bins,
        RESAMPLES, out, np.empty(rows), places[0], np.zeros(inputs * rows, np.int64),
        np.empty(RESAMPLES), np.empty(rows), np.empty(max(rows, RESAMPLES)), *places[1:],
        *np.empty((2, cells)), np.zeros(1, np.int64),
    )  # fmt: skip
    return out[:-1].tolist(), float(out[-1])


def shuffled_floor(
    x: Floats, y: Floats, words: Sequence[int] = (), *, rng: np.random.Generator
) -> float:
    """Return what the largest PAWN index of all inputs reaches in 5 % of shuffled samples.

    So at most 5 % of tables name an input that has no effect, however many there are.
    """
    shuffled = [rng.permutation(y) for _ in range(RESAMPLES // 4)]  # it takes long
    return float(np.quantile([pawn(x, z, words).max() for z in shuffled], 0.95))


def pawn(x: Floats, y: Floats, words: Sequence[int] = ()) -> Floats:
    """Return the PAWN index of each input (Pianosi and Wagener 2018), ``float64[input]``.

    It is the median over equal-count bins of an input, of a word within its options, of the largest
    distance between the outcome's distribution in the bin and over all.
    """
    n = len(y)
    order = y.argsort(kind="stable")
    last = np.flatnonzero(np.append(np.diff(y[order]) > 0, True))  # equal outcomes step together
    found = []
    for column, options in zip(x.T, [*words, *[0] * x.shape[1]], strict=False):
        ranks = column.argsort(kind="stable").argsort(kind="stable")
        groups = ranks * BINS // n
        if 0 < options <= BINS:  # about as large as those of a number, and none holds two options
            _, first, place, size = np.unique(column, True, True, True)
            first, size, parts = ranks[first][place], size[place], BINS // options
            groups = place * parts + (ranks - first) * parts // size
        member = groups[order, None] == np.unique(groups)
        shares = member.cumsum(axis=0) / np.maximum(member.sum(axis=0), 1)
        overall = np.arange(1, n + 1)[:, None] / n
        found.append(float(np.median(np.abs(shares - overall)[last].max(axis=0))))
    return np.array(found)


def _with_interval(x: Floats, y: Floats, seed: int, words: Sequence[int]) -> list[Estimate]:
    """Return PAWN indices with intervals from half samples, which repeat no point."""
    rng = np.random.default_rng(seed)
    values = pawn(x, y, words)
    half = len(y) // 2
    drawn = [rng.permutation(len(y))[:half] for _ in range(RESAMPLES // 2)]
    halves = np.array([pawn(x[rows], y[rows], words) for rows in drawn])
    errors = halves.std(axis=0, ddof=1)  # of half a sample within a whole: that of the whole
    z = normal()
    return [
        Estimate(float(v), max(0.0, float(v - z * e)), min(1.0, float(v + z * e)), len(y))
        for v, e in zip(values, errors, strict=True)
    ]
