"""The statistics in JavaScript have the bits of those in Python, on results and on random values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from web_calls import Calls, flat, same

import sim
from sim.analysis.given_data import ratios
from sim.analysis.turning import LOGARITHMIC, turns
from sim.execution.recording import _quantiles
from sim.execution.trajectories import LEVELS, Moments
from sim.statistics.estimates import estimate, p_value, paired
from sim.statistics.library import compiled
from sim.statistics.nested import components, expected, ranges, shares, spread

WIDE = (0.05, 0.25, 0.5, 0.75, 0.95)


def of_values(calls: Calls, values: np.ndarray, blocks: int, share: bool) -> None:
    """Add all that is said of values, or differences, of futures."""
    how = {"share": share, "blocks": blocks}
    zero = np.zeros_like(values)
    calls.add("statistics.estimate", estimate(values, share=share, blocks=blocks), values, how)
    calls.add("statistics.pValue", p_value(values, share=share, blocks=blocks), values, how)
    for differ in (True, False):
        found = paired(values, zero, share=share, blocks=blocks, can_differ=differ)
        calls.add("statistics.paired", found, values, how | {"canDiffer": differ})
    calls.add("statistics.components", components(values), values)
    calls.add("statistics.spread", spread(values), values)
    calls.add("statistics.shares", shares(values, blocks), values, blocks)
    calls.add("statistics.expected", expected(values, 1), values, 1)


def random_values() -> Iterator[tuple[np.ndarray, int, bool]]:
    """Values of futures with gaps, and whether they are shares."""
    rng = np.random.default_rng(3)
    for rows, width, blocks in ((1, 40, 1), (2, 2, 2), (20, 1, 20), (57, 4, 6), (200, 5, 20)):
        numbers = rng.normal(size=(rows, 1)) * rng.choice([0, 1, 4]) + rng.normal(
            size=(rows, width)
        )
        yield numbers, blocks, False
        yield (numbers > 0.3).astype(float), blocks, True
        yield np.where(rng.random(numbers.shape) < 0.02, numbers, 0.0), blocks, False
        numbers[rng.random(numbers.shape) < 0.2] = math.nan
        numbers[: rows // 4] = math.nan
        yield numbers, blocks, False
        yield 1e9 * numbers, rows, False


@pytest.fixture(scope="module")
def answers(
    node: str, results: list[sim.Ensemble], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, Any, Any]]:
    """What Python and what JavaScript say, of one process of Node."""
    calls = Calls()
    for values, blocks, share in random_values():
        of_values(calls, values, blocks, share)
    of_series(calls)
    for ensemble in results:
        of_study(calls, ensemble)
    return calls.run(node, tmp_path_factory.mktemp("statistics"))


def of_series(calls: Calls) -> None:
    """Add bands and moments of series, some with gaps and equal numbers of either sign."""
    rng = np.random.default_rng(4)
    for width in (1, 5, 200):
        rows = np.round(rng.normal(size=(12, width)), 1)
        rows[3, 0], rows[5] = math.nan, -0.0
        calls.add("statistics.bands", _quantiles(rows), rows, list(LEVELS))
        found = Moments.of(rows[None])
        calls.add("statistics.moments", (found.mean, found.squares), rows)
        half, sums = np.arange(width) % 2, np.empty((2, 12))
        compiled("half_sums")(rows, 12, width, half, sums)
        calls.add("statistics.halfSums", sums, rows, half.tolist())


def of_study(calls: Calls, ensemble: sim.Ensemble) -> None:
    """Add what a comparison says of the results of a study."""
    experiment = ensemble.experiment
    blocks = experiment.blocks
    entries = [experiment.model.parameters[name] for name in experiment.parameters]
    inputs = [
        {"values": column.tolist(), "logarithm": entry.shape in LOGARITHMIC,
         "words": len(entry.type.options or ("no", "yes")) if entry.type.worded else 0}
        for entry, column in zip(entries, experiment.futures.T, strict=True)
    ]  # fmt: skip
    for name, outcome in experiment.model.outcomes.items():
        base, *others = ensemble.outcome(name)[:3]
        of_values(calls, base, blocks, outcome.share)
        for values in others:
            of_values(calls, values - base, blocks, outcome.share)
            if name in experiment.model.headlines:
                found = turns(values - base, experiment, blocks=blocks)
                told = [(turn.p, turn.slope, turn.above) for turn in found]
                calls.add("statistics.crossings", told, values - base, inputs, {"blocks": blocks})
                some = ~np.isnan(values - base).all(axis=1)
                words = [given["words"] for given in inputs]
                explained, floor = ratios((values - base)[some], experiment.futures[some], words)
                calls.add("statistics.ratios", [explained, floor], values - base, inputs)
    kept = ensemble.trajectories
    if kept is None or kept.halves is None or kept.half_counts is None:
        return
    gaps, counts = kept.halves[1, :, :, 0] - kept.halves[0, :, :, 0], kept.half_counts[0]
    calls.add(
        "statistics.ranges", ranges(gaps, counts, WIDE), gaps.ravel(), counts.ravel(), list(WIDE)
    )
    calls.add("statistics.ranges", ranges(gaps, counts), gaps.ravel(), counts.ravel())


def test_results_have_the_same_bits(answers: list[tuple[str, Any, Any]]) -> None:
    seen = set()
    for name, wanted, found in answers:
        if name == "crossings":
            found = [(turn["p"], turn["slope"], turn["above"]) for turn in found]
        one, other = flat(wanted), flat(found)
        assert len(one) == len(other), name
        assert all(map(same, one, other)), (name, one, other)
        seen.add((name, len(one) > 1))
    assert {name for name, _ in seen} >= {
        "shares",
        "spread",
        "ranges",
        "crossings",
        "ratios",
        "paired",
    }
    assert ("crossings", True) in seen, "some difference hangs on something"
