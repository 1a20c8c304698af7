"""Scores of the replications as a forecast of one figure, beside the forecast that nothing changes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.analysis.evidence import amount
from sim.statistics.estimates import Bools, Floats
from sim.statistics.scores import crps, crps_uniform, interval_score, log_score, rank_range
from sim.study.targets import TargetEntry


@dataclass(frozen=True, slots=True)
class Score:
    """How well the replications forecast what happened; a `first` that never does counts as at the horizon.

    Attributes
    ----------
    crps
        Continuous ranked probability score, in the unit of the outcome; of yes and no, Brier's.
    interval
        Score of the middle 90 %.
    log
        Logarithmic score of yes and no; else NaN.
    rank
        Stretch of the probability integral transform.
    persistence
        `crps` of the forecast that nothing changes; NaN where the file declares none.
    """

    crps: float
    interval: float
    log: float
    rank: tuple[float, float]
    persistence: float

    @property
    def skill(self) -> float:
        """1 less the ratio of `crps` to that of persistence; NaN where that is exact or not declared."""
        return 1 - self.crps / self.persistence if self.persistence > 0 else math.nan

    @property
    def better(self) -> bool | None:
        """Whether the model scores better than persistence; None where there is nothing to compare."""
        if math.isnan(self.crps) or math.isnan(self.persistence):
            return None
        return self.crps < self.persistence


UNSCORED = Score(math.nan, math.nan, math.nan, (math.nan, math.nan), math.nan)


def score_of(
    entry: TargetEntry,
    kept: Floats,
    never: Bools,
    most: tuple[float, float],
    share: bool,
    horizon: float,
) -> Score:
    """Score replications; cut at the horizon, the score stays proper (Gneiting and Ranjan 2011).

    Parameters
    ----------
    kept : float64[future, replication]
        Values of the replications that count, the others NaN.
    never : bool[future, replication]
        Those in which a `first` never happened.
    most
        Ends of the middle 90 %.
    share
        Whether the outcome is yes or no.

    Returns
    -------
    Score
        Without numbers where a share between 0 and 1 is held against yes and no: no run could meet it.
    """
    binary = share and entry.value in (0.0, 1.0)
    if share and not binary:
        return UNSCORED
    end = horizon if never.any() else math.inf
    values, seen = np.where(never, end, kept), min(entry.value, end)
    if np.isnan(values).all():
        return UNSCORED
    low, high = (min(one, end) for one in most)
    return Score(
        crps=crps(values, seen),
        interval=interval_score(low, high, seen),
        log=log_score(values, seen) if binary else math.nan,
        rank=rank_range(values, seen),
        persistence=_persistence(entry, seen, binary),
    )


def _persistence(entry: TargetEntry, seen: float, binary: bool) -> float:
    forecast = entry.persistence
    if forecast is None:
        return math.nan
    if binary:  # a chance: the middle of its range is the forecast
        return ((forecast.low + forecast.high) / 2 - seen) ** 2
    return crps_uniform(forecast.low, forecast.high, seen)


def score_record(score: Score, entry: TargetEntry) -> dict[str, object]:
    """Return a score as a record, with what it is compared with; NaN or None where there is nothing."""
    baseline, window = entry.persistence, entry.window or (None, None)
    return {
        "crps": score.crps, "interval_score": score.interval, "log_score": score.log,
        "pit_low": score.rank[0], "pit_high": score.rank[1],
        "persistence_low": baseline.low if baseline else math.nan,
        "persistence_high": baseline.high if baseline else math.nan,
        "persistence_crps": score.persistence, "skill": score.skill, "window_from": window[0],
        "window_to": window[1], "measured_from": entry.measured[0],
        "measured_to": entry.measured[1],
    }  # fmt: skip


def score_text(score: Score) -> str:
    """Return the score and the skill for a table."""
    if math.isnan(score.crps):
        return "–"
    skill = f"{score.skill:+.2f}".replace("-", "−") if math.isfinite(score.skill) else "–"
    return f"{amount(score.crps)}\n({skill})"
