"""Scores of the replications as a forecast of one figure, beside the forecast that nothing changes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sim.analysis.grounds import amount
from sim.statistics.estimates import Bools, Floats
from sim.statistics.scores import (
    crps,
    crps_uniform,
    interval_score,
    interval_score_uniform,
    log_score,
    log_score_chance,
    rank_range,
)
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
    persistence, persistence_interval, persistence_log
        `crps`, `interval` and `log` of the forecast that nothing changes; NaN where the file declares none.
    """

    crps: float
    interval: float
    log: float
    rank: tuple[float, float]
    persistence: float
    persistence_interval: float = math.nan
    persistence_log: float = math.nan

    @property
    def skill(self) -> float:
        """1 less the ratio of `crps` to that of persistence; NaN where that is exact or not declared."""
        return _skill(self.crps, self.persistence)

    @property
    def interval_skill(self) -> float:
        """The same of `interval`."""
        return _skill(self.interval, self.persistence_interval)

    @property
    def log_skill(self) -> float:
        """The same of `log`."""
        return _skill(self.log, self.persistence_log)

    @property
    def better(self) -> bool | None:
        """Whether the model scores better than persistence; None where there is nothing to compare."""
        if math.isnan(self.crps) or math.isnan(self.persistence):
            return None
        return self.crps < self.persistence


def _skill(score: float, persistence: float) -> float:
    return 1 - score / persistence if persistence > 0 else math.nan


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
        **_persistence(entry, seen, binary, end),
    )


def _persistence(entry: TargetEntry, seen: float, binary: bool, end: float) -> dict[str, float]:
    """Return the scores of the forecast that nothing changes."""
    forecast = entry.persistence
    if forecast is None:
        return {"persistence": math.nan}
    low, high = (min(one, end) for one in (forecast.low, forecast.high))
    if binary:  # a chance: the middle of its range is the forecast
        chance = (low + high) / 2
        ends = float(chance > 0.95), float(chance > 0.05)
        return {
            "persistence": (chance - seen) ** 2,
            "persistence_interval": interval_score(*ends, seen),
            "persistence_log": log_score_chance(chance, seen),
        }
    return {
        "persistence": crps_uniform(low, high, seen),
        "persistence_interval": interval_score_uniform(low, high, seen),
    }


def score_record(score: Score, entry: TargetEntry) -> dict[str, object]:
    """Return a score as a record, with what it is compared with; NaN or None where there is nothing."""
    baseline, window = entry.persistence, entry.window or (None, None)
    return {
        "crps": score.crps, "interval_score": score.interval, "log_score": score.log,
        "pit_low": score.rank[0], "pit_high": score.rank[1],
        "persistence_low": baseline.low if baseline else math.nan,
        "persistence_high": baseline.high if baseline else math.nan,
        "persistence_crps": score.persistence, "persistence_interval_score": score.persistence_interval,
        "persistence_log_score": score.persistence_log, "skill": score.skill,
        "interval_skill": score.interval_skill, "log_skill": score.log_skill, "window_from": window[0],
        "window_to": window[1], "measured_from": entry.measured[0],
        "measured_to": entry.measured[1],
    }  # fmt: skip


def score_text(score: Score) -> str:
    """Return two scores for a table, one below the other, each with its skill.

    The second is that of the middle 90 %; of yes and no, for which an interval says little, the
    logarithmic one.
    """
    if math.isnan(score.crps):
        return "–"
    yes_no = not math.isnan(score.log)
    second = (score.log, score.log_skill) if yes_no else (score.interval, score.interval_skill)
    pairs = (score.crps, score.skill), second
    return "\n".join(f"{amount(value)} ({skill_text(skill)})" for value, skill in pairs)


def skill_text(skill: float) -> str:
    """Return a skill for a table; a dash where there is none."""
    if not math.isfinite(skill):
        return "–"
    return f"{skill:+.2f}".replace("-", "−")
