"""Quantiles with intervals between order statistics."""

from __future__ import annotations

import numpy as np
import pytest

from sim.analysis.quantiles import LEVELS, quantile


def test_ranks_of_the_median_of_ten_values() -> None:
    """For n = 10 the interval of the median runs from the 2nd to the 9th value (97.9 %)."""
    found = quantile(np.arange(1.0, 11.0)[None], 0.5)
    assert (found.mean, found.low, found.high, found.n) == (5.0, 2.0, 9.0, 10)


def test_an_end_without_a_value_is_infinite() -> None:
    found = quantile(np.arange(1.0, 11.0)[None], 0.05)
    assert found.low == -np.inf and np.isfinite(found.high)
    assert quantile(np.arange(1.0, 11.0)[None], 0.95).high == np.inf


@pytest.mark.parametrize("level", LEVELS)
def test_coverage_is_at_least_what_is_said(level: float) -> None:
    rng = np.random.default_rng(5)
    inside = 0
    for values in rng.random((2_000, 60)):
        found = quantile(values[None], level)
        inside += found.low <= level <= found.high
    assert inside / 2_000 >= 0.95 - 4 * (0.95 * 0.05 / 2_000) ** 0.5
