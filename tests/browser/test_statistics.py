"""The statistics in JavaScript have the bits of those in Python, on results and on random values."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.analysis.turning import turns
from sim.browser import FOLDER
from sim.execution.recording import _quantiles
from sim.execution.trajectories import LEVELS, Moments
from sim.statistics.estimates import estimate, p_value, paired
from sim.statistics.library import compiled
from sim.statistics.nested import components, expected, ranges, shares, spread
from sim.statistics.web_library import compile_web_library

HERE = Path(__file__).parent
WIDE = (0.05, 0.25, 0.5, 0.75, 0.95)


def flat(value: Any) -> list[Any]:
    """Return nested results as a list of numbers, in order."""
    if is_dataclass(value):
        return [x for field in fields(value) for x in flat(getattr(value, field.name))]
    if isinstance(value, dict):
        return [x for part in value.values() for x in flat(part)]
    if isinstance(value, tuple | list | np.ndarray):
        return [x for part in value for x in flat(part)]
    return [value]


def same(one: Any, other: Any) -> bool:
    """Whether two numbers have the same bits, those of JavaScript perhaps as a word."""
    if one is None or other is None:
        return one is other
    one, other = float(one), float(other)
    return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (
        math.isnan(one) and math.isnan(other)
    )


def plain(values: np.ndarray) -> list[float | None]:
    """Return numbers as JSON has them, None for NaN."""
    return [None if math.isnan(x) else x for x in values.ravel().tolist()]


class Calls:
    """Calls of the statistics, with what Python says of each."""

    def __init__(self) -> None:
        self.calls: list[list[Any]] = []
        self.expected: list[Any] = []

    def add(self, name: str, expected: Any, *given: Any) -> None:
        """Add a call; a matrix becomes a table."""
        self.calls.append([name, *(table(x) if isinstance(x, np.ndarray) else x for x in given)])
        self.expected.append(expected)

    def values(self, values: np.ndarray, blocks: int, share: bool) -> None:
        """Add all that is said of values, or differences, of futures."""
        how = {"share": share, "blocks": blocks}
        zero = np.zeros_like(values)
        self.add("estimate", estimate(values, share=share, blocks=blocks), values, how)
        self.add("pValue", p_value(values, share=share, blocks=blocks), values, how)
        for differ in (True, False):
            found = paired(values, zero, share=share, blocks=blocks, can_differ=differ)
            self.add("paired", found, values, how | {"canDiffer": differ})
        self.add("components", components(values), values)
        self.add("spread", spread(values), values)
        self.add("shares", shares(values, blocks), values, blocks)
        self.add("expected", expected(values, 1), values, 1)


def table(values: np.ndarray) -> dict[str, Any]:
    rows, width = values.shape
    return {"values": plain(values), "rows": rows, "width": width}


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


def studies() -> Iterator[sim.Ensemble]:
    """Results of both studies with their usual 200 futures of 5 replications."""
    ports = sorted(Path("scenarios/port_strike").glob("*.yaml"))
    yield sim.run(
        sim.load([p for p in ports if "scenario:" in p.read_text() and p.stem != "model"])
    )
    files = [f"scenarios/ukraine_2025/{name}.yaml" for name in ("hold_firm", "tit_for_tat")]
    yield sim.run(sim.load(files), series=["damage", "escalation"])


@pytest.fixture(scope="module")
def answers(node: str, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Any, Any, Any]]:
    """Each call, what Python says, and what JavaScript says, of one process of Node."""
    calls = Calls()
    for values, blocks, share in random_values():
        calls.values(values, blocks, share)
    of_series(calls)
    for ensemble in studies():
        of_study(calls, ensemble)
    folder = tmp_path_factory.mktemp("statistics")
    (folder / "statistics.wasm").write_bytes(compile_web_library())
    (folder / "calls.json").write_text(json.dumps(calls.calls))
    command = [node, str(HERE / "run_calls.mjs"), str(FOLDER / "statistics.js"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = json.loads((folder / "found.json").read_text())
    return list(zip(calls.calls, calls.expected, found, strict=True))


def of_series(calls: Calls) -> None:
    """Add bands and moments of series, some with gaps and equal numbers of either sign."""
    rng = np.random.default_rng(4)
    for width in (1, 5, 200):
        rows = np.round(rng.normal(size=(12, width)), 1)
        rows[3, 0], rows[5] = math.nan, -0.0
        calls.add("bands", _quantiles(rows), rows, list(LEVELS))
        found = Moments.of(rows[None])
        calls.add("moments", (found.mean, found.squares), rows)
        half, sums = np.arange(width) % 2, np.empty((2, 12))
        compiled("half_sums")(rows, 12, width, half, sums)
        calls.add("halfSums", sums, rows, half.tolist())


def of_study(calls: Calls, ensemble: sim.Ensemble) -> None:
    """Add what a comparison says of the results of a study."""
    experiment = ensemble.experiment
    blocks = experiment.blocks
    entries = [experiment.model.parameters[name] for name in experiment.parameters]
    inputs = [
        {"values": column.tolist(), "logarithm": entry.shape == "loguniform",
         "words": len(entry.type.options or ("no", "yes")) if entry.type.worded else 0}
        for entry, column in zip(entries, experiment.futures.T, strict=True)
    ]  # fmt: skip
    for name, outcome in experiment.model.outcomes.items():
        base, *others = ensemble.outcome(name)
        calls.values(base, blocks, outcome.share)
        for values in others:
            calls.values(values - base, blocks, outcome.share)
            if name in experiment.model.headlines:
                found = turns(values - base, experiment, blocks=blocks)
                told = [(turn.p, turn.slope, turn.above) for turn in found]
                calls.add("crossings", told, values - base, inputs, {"blocks": blocks})
    kept = ensemble.trajectories
    if kept is None or kept.halves is None or kept.half_counts is None:
        return
    gaps, counts = kept.halves[1, :, :, 0] - kept.halves[0, :, :, 0], kept.half_counts[0]
    calls.add("ranges", ranges(gaps, counts, WIDE), plain(gaps), plain(counts), list(WIDE))
    calls.add("ranges", ranges(gaps, counts), plain(gaps), plain(counts))


def test_results_have_the_same_bits(answers: list[tuple[Any, Any, Any]]) -> None:
    seen = set()
    print(
        len(answers),
        {n: sum(c[0] == n for c, _, _ in answers) for n in {c[0] for c, _, _ in answers}},
    )
    for call, wanted, found in answers:
        if call[0] == "crossings":
            found = [(turn["p"], turn["slope"], turn["above"]) for turn in found]
        one, other = flat(wanted), flat(found)
        assert len(one) == len(other), call[0]
        assert all(map(same, one, other)), (call[0], one, other)
        seen.add((call[0], len(one) > 1))
    assert {name for name, _ in seen} >= {"shares", "spread", "ranges", "crossings", "paired"}
    assert ("crossings", True) in seen, "some difference hangs on something"
