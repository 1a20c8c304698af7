"""What does each input do on its own? One at a time to the ends of its range: a tornado.

The others are held, so differences are paired replication by replication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.analysis.design import Progress, points
from sim.analysis.inputs import Factor, factors
from sim.execution.runner import KernelName
from sim.model.types import Outcome
from sim.numerics.estimates import Estimate, estimate, p_value, paired
from sim.study.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Bar:
    """One input at one of its ends: paired difference to the centre."""

    factor: Factor
    value: float
    difference: Estimate
    p_value: float | None
    failed: int

    @property
    def seen(self) -> bool:
        """Whether the interval of the difference excludes zero."""
        return self.difference.seen


@dataclass(frozen=True, slots=True)
class Tornado:
    """One input at a time, the widest first."""

    outcome: Outcome
    centre: Estimate
    bars: tuple[tuple[Bar, ...], ...]
    replications: int
    seed: int

    @property
    def unpaired(self) -> int:
        """Pairs that the differences leave out, for in one of the two there is no value."""
        return sum(self.replications - b.difference.n for bars in self.bars for b in bars)

    @property
    def band(self) -> float:
        """Half width of the noise band: the median half width of the differences that vary at all."""
        widths = [b.difference.half_width for bars in self.bars for b in bars]
        widths = sorted(w for w in widths if w > 0)
        return widths[len(widths) // 2] if widths else 0.0

    def table(self) -> list[dict[str, object]]:
        """Return one record per input and end."""
        return [
            {
                "input": bar.factor.name,
                "value": bar.factor.word(bar.value),
                "central": bar.factor.word(bar.factor.central),
                "unit": bar.factor.unit,
                "difference": bar.difference.mean,
                "low": bar.difference.low,
                "high": bar.difference.high,
                "n": bar.difference.n,
                "p": bar.p_value,
                "failed": bar.failed,
                "verdict": bar.difference.verdict,
            }
            for bars in self.bars
            for bar in bars
        ]


def tornado(
    scenario: Scenario,
    outcome: str,
    inputs: Sequence[Factor] | None = None,
    *,
    replications: int = 200,
    seed: int = 1,
    kernel: KernelName = "auto",
    progress: Progress | None = None,
) -> Tornado:
    """Move one input at a time to the ends of its range (Howard 1988), the others at their values.

    An option is moved to each of its other words. Differences to the centre are paired.
    """
    inputs = factors(scenario) if inputs is None else tuple(inputs)
    rows, owners = [np.array([f.central for f in inputs])], []
    for i, factor in enumerate(inputs):
        for value in factor.ends:
            rows.append(rows[0].copy())
            rows[-1][i] = value
            owners.append(i)
    ran = points(
        scenario, [f.name for f in inputs], np.array(rows), replications, seed,
        outcomes=(outcome,), kernel=kernel, progress=progress,
    )  # fmt: skip
    values = ran.outcome(outcome)
    share = scenario.model.outcomes[outcome].share
    found: dict[int, list[Bar]] = {i: [] for i in range(len(inputs))}
    for place, owner in enumerate(owners, start=1):
        here, base = values[place : place + 1], values[:1]
        found[owner].append(
            Bar(
                inputs[owner], float(rows[place][owner]), paired(here, base, share=share),
                p_value(here - base, share=share),
                int(ran.failed[place].sum()),
            )
        )  # fmt: skip
    bars = [tuple(bars) for bars in found.values() if bars]
    bars.sort(key=lambda b: -max(np.nan_to_num(abs(x.difference.mean), nan=-1.0) for x in b))
    return Tornado(
        scenario.model.outcomes[outcome],
        estimate(values[:1], share=share),
        tuple(bars),
        replications,
        seed,
    )
