"""What a search takes of an outcome over replications: its mean, or a quantile; and its bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.analysis.paired_quantiles import checked_level
from sim.analysis.quantile_intervals import quantile_differences, resamples
from sim.analysis.quantiles import quantile, with_never
from sim.errors import Diagnostic, ExperimentError
from sim.model.types import Outcome
from sim.statistics.estimates import Bools, Estimate, Floats, estimate, paired
from sim.study.bounds import Target, level_of


@dataclass(frozen=True, slots=True)
class Measure:
    """The mean of an outcome, or a quantile such as ``p95``."""

    outcome: Outcome
    of: str = "mean"

    @property
    def entry(self) -> Outcome:
        """The outcome, named after its quantile, as ``p95(cost)``."""
        if self.of == "mean":
            return self.outcome
        label = f"{self.outcome.label}, {self.of}"
        return replace(self.outcome, name=f"{self.of}({self.outcome.name})", label=label)

    def values(self, found: Floats, failed: Bools) -> Floats:
        """Return the values that it is taken of."""
        return found if self.of == "mean" else with_never(self.outcome, found, failed)

    def summary(self, values: Floats) -> Floats:
        """Return it of ``float64[…, replication]``; NaN where a value is missing."""
        level = level_of(self.of)
        if level is None:
            return np.asarray(values.mean(axis=-1))
        found = np.quantile(values, level, axis=-1, method="inverted_cdf")
        return np.where(np.isnan(values).any(axis=-1), np.nan, found)

    def estimate(self, values: Floats) -> Estimate:
        """Estimate it from ``float64[replication]``."""
        level = level_of(self.of)
        if level is None:
            return estimate(values[None], share=self.outcome.share)
        return quantile(values[None], level)

    def gain(self, values: Floats, base: Floats) -> Estimate:
        """Estimate its paired difference."""
        level = level_of(self.of)
        if level is None:
            return paired(values[None], base[None], share=self.outcome.share)
        drawn = resamples((1, len(values)), None, 1)
        return quantile_differences(values[None], base[None], [level], drawn)[0]

    def resampled(self, values: Floats, weights: Floats) -> Floats:
        """Return it of ``float64[point, replication]``, ``float64[resample, point]``."""
        level = level_of(self.of)
        if level is None:
            return np.asarray(np.einsum("br,pr->bp", weights, values))
        found = []
        for row in values:
            order = np.argsort(row, kind="stable")
            below = (np.cumsum(weights[:, order], axis=1) < level - 1e-12).sum(axis=1)
            found.append(row[order][np.minimum(below, len(row) - 1)])
        return np.stack(found, axis=1)


def summaries(measures: Sequence[Measure], values: Floats) -> Floats:
    """Return each measure of ``float64[point, replication, measure]``, ``float64[point, measure]``."""
    return np.stack([m.summary(values[..., k]) for k, m in enumerate(measures)], axis=-1)


def read_bounds(words: Sequence[str]) -> dict[str, Target]:
    """Read ``OUTCOME<=X``, ``OUTCOME>=X`` and, of a quantile, ``p95(OUTCOME)<=X``.

    Raises
    ------
    ExperimentError
        A word is not of this form.
    """
    found: dict[str, Target] = {}
    for word in words:
        sign = "<=" if "<=" in word else ">="
        name, given, text = word.partition(sign)
        taken = re.fullmatch(r"\s*(?:([^\s()]+)\(([^\s()]+)\)|([^\s()]+))\s*", name)
        of, name = (taken[1] or "mean", taken[2] or taken[3]) if taken else ("", "")
        try:
            number = float(text)
        except ValueError:
            given = ""
        if not given or not name:
            message = f"'{word}' is not of the form OUTCOME<=X or OUTCOME>=X"
            help = "of a quantile: p95(OUTCOME)<=X"
            raise ExperimentError(Diagnostic("bad-bound", message, None, help))
        checked_level(of)
        old = found.get(name, Target(of=of))
        if old.of != of:
            message = f"'{name}' is bounded by its {old.of} and its {of}: choose one"
            raise ExperimentError(Diagnostic("bad-bound", message))
        found[name] = (
            replace(old, at_most=number) if sign == "<=" else replace(old, at_least=number)
        )
    return found
