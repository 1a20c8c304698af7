"""Classical decision criteria of one outcome over futures, each with its sampling error.

The criteria and their names follow McPhail et al. (2018), "Robustness metrics: how are they
calculated, when should they be used and why do they give different results?". Laplace's principle
of insufficient reason is the expected value with equal weights, which sampled futures have: the two
are one row here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.analysis.quantiles import quantile_of
from sim.statistics.estimates import Floats
from sim.study.bounds import Target, level_of

#: Hurwicz's weight of the best case, the tail of the conditional value at risk, and the standard
#: deviations that mean-variance takes off.
OPTIMISM, TAIL, AVERSION = 0.5, 0.1, 1.0
#: The criterion that counts futures which meet a target.
SATISFICING = "satisficing"


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of one outcome for every scenario.

    Attributes
    ----------
    values, low, high
        Per scenario, in the outcome's unit (regret and satisficing: see `meaning`), with a 95 %
        bootstrap interval over the futures.
    first
        Per scenario, the share of resamples in which it is ranked first.
    """

    name: str
    meaning: str
    outcome: str
    scenarios: tuple[str, ...]
    values: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    first: tuple[float, ...]

    @property
    def stable(self) -> bool:
        """Whether one scenario is ranked first in at least 95 % of the resamples."""
        return max(self.first) >= 0.95


def performance(values: Floats, of: str = "mean") -> Floats:
    """Return ``float64[scenario, future]``, means or quantiles over replications with NaN left out."""
    level = level_of(of)
    if level is not None:
        found = [[quantile_of(row, level) for row in rows] for rows in values]
        return np.array(found).reshape(values.shape[:2])
    counts = (~np.isnan(values)).sum(axis=2)
    sums = np.nansum(values, axis=2)
    return np.where(counts > 0, sums / np.maximum(counts, 1), math.nan)


def regrets(table: Floats, larger_is_better: bool) -> Floats:
    """Return Savage's (1951) regret of ``float64[scenario, future]``.

    It is the distance to the best scenario in the same future.
    """
    best = table.max(axis=0) if larger_is_better else table.min(axis=0)
    return np.asarray(np.abs(best - table))


def worst_mean(table: Floats, larger_is_better: bool) -> Floats:
    """Return the mean over the worst futures (Rockafellar and Uryasev 2000)."""
    count = max(1, math.ceil(TAIL * table.shape[1]))
    ordered = np.sort(table, axis=1)
    return np.asarray(
        (ordered[:, :count] if larger_is_better else ordered[:, -count:]).mean(axis=1)
    )


def criteria_of(
    table: Floats,
    outcome: str,
    scenarios: tuple[str, ...],
    larger: bool,
    target: Target | None,
    resamples: int,
    seed: int,
    bounded: Floats | None = None,
) -> list[Criterion]:
    """Compute every criterion of one outcome; `bounded` is what its target bounds, if not `table`."""

    def worst(x: Floats) -> Floats:
        return np.asarray(x.min(axis=1) if larger else x.max(axis=1))

    def best(x: Floats) -> Floats:
        return np.asarray(x.max(axis=1) if larger else x.min(axis=1))

    def hurwicz(x: Floats) -> Floats:
        return OPTIMISM * best(x) + (1 - OPTIMISM) * worst(x)

    def variance(x: Floats) -> Floats:
        spread = AVERSION * x.std(axis=1, ddof=1)
        return np.asarray(x.mean(axis=1) + (-spread if larger else spread))

    side = "lowest" if larger else "highest"
    rows: list[tuple[str, str, Callable[[Floats], Floats], bool]] = [
        (
            "expected value (Laplace)", "mean over the futures, equally weighted",
            lambda x: np.asarray(x.mean(axis=1)), larger,
        ),
        ("maximin" if larger else "minimax", "the worst future", worst, larger),
        ("Hurwicz", f"{OPTIMISM:g} × best + {1 - OPTIMISM:g} × worst future", hurwicz, larger),
        (
            "minimax regret", "largest distance to the best scenario in the same future",
            lambda x: np.asarray(regrets(x, larger).max(axis=1)), False,
        ),
        (
            f"CVaR {TAIL:.0%}", f"mean over the {side} tenth of the futures",
            lambda x: worst_mean(x, larger), larger,
        ),
        (
            "mean-variance",
            f"mean {'less' if larger else 'plus'} {AVERSION:g} standard deviation over the futures",
            variance, larger,
        ),
    ]  # fmt: skip
    if target is not None:
        low, high = target.at_least, target.at_most
        measured = table if bounded is None else bounded
        met = ((measured >= low) & (measured <= high)).astype(float)
        rows.append(
            (
                SATISFICING,
                f"share of futures with {bounds_text(target)} (Starr's domain criterion)",
                lambda x: np.asarray(x.mean(axis=1)),
                True,
            )
        )
    draws = np.random.default_rng(seed).integers(0, table.shape[1], (resamples, table.shape[1]))
    found = []
    for name, meaning, function, up in rows:
        of = met if name == SATISFICING else table
        values = function(of)
        resampled = np.array([function(of[:, draw]) for draw in draws])
        low_, high_ = np.quantile(resampled, (0.025, 0.975), axis=0)
        top = resampled.max(axis=1) if up else resampled.min(axis=1)
        first = (resampled == top[:, None]).astype(float)
        first = (first / first.sum(axis=1, keepdims=True)).mean(axis=0)
        columns = (tuple(column.tolist()) for column in (values, low_, high_, first))
        found.append(Criterion(name, meaning, outcome, scenarios, *columns))
    return found


def bounds_text(target: Target) -> str:
    """Return the bounds of a target in words."""
    parts = []
    if target.at_least > -math.inf:
        parts.append(f"at least {target.at_least:g}")
    if target.at_most < math.inf:
        parts.append(f"at most {target.at_most:g}")
    text = " and ".join(parts) or "any value"
    return text if target.of == "mean" else f"{target.of} {text}"
