"""Tiny models with exactly known answers, on every kernel.

Means are tested by z = √n (mean − μ) / σ, variances by √(n/2) (s²/σ² − 1), with fixed seeds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pytest
from scipy.linalg import expm

import sim

MODELS = Path(__file__).parent.parent / "models"
Z = 4.5
Kernel = Literal["simpy", "compiled"]
KERNELS: tuple[Kernel, ...] = get_args(Kernel)


@dataclass(frozen=True)
class Case:
    """An outcome of a model with its exact mean and standard deviation.

    Without `sd` that of the sample is used; `events` is how many a replication takes, by and large.
    """

    model: str
    outcome: str
    mean: float
    sd: float | None = None
    events: int = 10
    settings: tuple[tuple[str, float], ...] = ()
    horizon: float | None = None
    spread: bool = False  #: the variance is tested too

    def __str__(self) -> str:
        given = ",".join(f"{k}={v:g}" for k, v in self.settings)
        at = f"@{self.horizon:g}" if self.horizon else ""
        return f"{self.model}{at}{f'[{given}]' if given else ''}:{self.outcome}"


def share(p: float) -> float:
    return math.sqrt(p * (1 - p))


def birth_death(x: int, birth: float, death: float, t: float) -> tuple[float, float]:
    """Mean and standard deviation of a linear birth and death process."""
    grown = math.exp((birth - death) * t)
    variance = x * (birth + death) / (birth - death) * grown * (grown - 1)
    return x * grown, math.sqrt(variance)


def survivors(x: int, alpha: float, mu: float, t: float) -> tuple[float, float]:
    """Mean and standard deviation of immigration and death from `x`."""
    p = math.exp(-mu * t)
    new = alpha / mu * (1 - p)
    return x * p + new, math.sqrt(x * p * (1 - p) + new)


def batches(size: int, alpha: float, mu: float, t: float) -> tuple[float, float]:
    """Mean and standard deviation of immigration in batches and death."""
    one = (1 - math.exp(-mu * t)) / mu
    two = (1 - math.exp(-2 * mu * t)) / (2 * mu)
    return alpha * size * one, math.sqrt(alpha * (size * (one - two) + size**2 * two))


def dimers(total: int, k1: float, k2: float, t: float, cap: int | None) -> tuple[float, float]:
    """Mean and standard deviation of dimers, by the master equation; at `cap` + 1 all fall apart."""
    last = total // 2 if cap is None else cap
    q = np.zeros((last + 1, last + 1))
    for n in range(last + 1):
        p = total - 2 * n
        up = k1 * p * (p - 1) / 2
        if n < last:
            q[n, n + 1] += up
        elif cap is not None:
            q[n, 0] += up
        if n > 0:
            q[n, n - 1] += k2 * n
    q -= np.diag(q.sum(axis=1))
    at = expm(q * t)[0]
    n = np.arange(last + 1)
    mean = float(at @ n)
    return mean, math.sqrt(float(at @ n**2) - mean**2)


CASES = [
    Case("mm1", "length", 2.0303, events=18, horizon=10),
    Case("mm1", "length", 3.4050, events=80, horizon=50),
    Case("mm_inf", "alive", *survivors(0, 1.0, 0.1, 50), events=90, spread=True),
    Case("mm_inf", "twice", 2 * survivors(0, 1.0, 0.1, 50)[0], events=90),
    Case("mm_inf", "died", 50 - survivors(0, 1.0, 0.1, 50)[0], events=90),
    Case("mm_inf", "alive", *survivors(0, 10, 0.1, 50), 900, (("alpha", 10),), spread=True),
    Case("birth_death", "alive", *birth_death(100, 0.1, 0.11, 50), 820, spread=True),
    Case("birth_death", "alive", *birth_death(100, 0.1, 0.11, 7), 140, (), 7, True),
    Case(
        "birth_death",
        "alive",
        *birth_death(100, 0.2 * 0.5, 0.11, 20),
        350,
        (("birth_rate", 0.1),),
        20,
        True,
    ),
    Case("erlang", "fifth", 2.5, math.sqrt(5) / 2, spread=True),
    Case("erlang", "happened", 0.5, 0.5),
    Case("poisson", "all", 21, math.sqrt(21), 21, spread=True),
    Case("poisson", "thinned", 12, math.sqrt(12), 21, spread=True),
    Case("race", "first_one", 1 / 6, share(1 / 6)),
    Case("race", "first_two", 1 / 3, share(1 / 3)),
    Case("race", "first_three", 1 / 2, share(1 / 2)),
    Case("race", "decided", 1 / 6, 1 / 6),
    Case("absorbing", "end", 1.4, 1.7320508),
    Case("ruin", "all", 0.128252, share(0.128252), 60),
    Case("ruin", "bets", 17.174765, events=60),
    Case("sir", "further", 10.1025, events=22),
    Case("sir", "some", 1 - 0.404858, share(0.404858), 22),
    Case("salvo", "loss", 1.7781696, 0.4445973, 1),
    Case("square_law", "red_wins", 0.7152089, share(0.7152089), 7),
    Case("reset", "alive", *survivors(20, 1, 0.1, 27.5), 100, spread=True),
    Case("dimer", "dimers", *dimers(100, 0.001, 0.01, 50, None), 60, spread=True),
    Case("dimer_reset", "dimers", *dimers(100, 0.001, 0.01, 50, 30), 100),
    Case("batch", "alive", *batches(5, 1, 0.2, 50), 300, spread=True),
    Case("batch", "alive", *batches(100, 1, 4, 50), 5000, (("size", 100), ("mu", 4))),
]


def ensemble(case: Case, kernel: Kernel, n: int) -> sim.Ensemble:
    path = MODELS / f"{case.model}.yaml"
    text = path.read_text(encoding="utf-8")
    if case.horizon is not None:
        horizon = next(line for line in text.split("\n") if line.startswith("time:"))
        text = text.replace(horizon, f"time: {{horizon: {case.horizon:g}}}")
    scenario = sim.parse_scenario(text, path)
    whole = scenario.model.parameters
    settings: dict[str, Any] = {
        name: int(value) if whole[name].type.kind == "whole" else value
        for name, value in case.settings
    }
    chosen = scenario.with_settings(settings)
    return sim.run(chosen, replications=n, seed=20250714, kernel=kernel)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_exact_answer(case: Case, kernel: Kernel) -> None:
    n = 10_000 if kernel == "compiled" else max(60, min(1_000, 30_000 // case.events))
    found = ensemble(case, kernel, n)
    assert not found.failures
    values = found.outcome(case.outcome).ravel()
    assert not np.isnan(values).any()
    sd = case.sd or float(values.std(ddof=1))
    assert abs(math.sqrt(n) * (float(values.mean()) - case.mean) / sd) < Z
    if case.spread:
        assert abs(math.sqrt(n / 2) * (float(values.var(ddof=1)) / sd**2 - 1)) < 5


def test_both_kernels_give_the_same_bits() -> None:
    for case in CASES:
        if case.events > 400:
            continue
        one, two = (ensemble(case, kernel, 40).values for kernel in KERNELS)
        assert np.array_equal(one, two, equal_nan=True), str(case)


def test_extinction() -> None:
    """From 10, the population dies out by day 50 with a probability of 0.269423."""
    text = (MODELS / "birth_death.yaml").read_text(encoding="utf-8")
    scenario = sim.parse_scenario(text.replace("initial: 100", "initial: 10"), MODELS / "x.yaml")
    n = 400
    share_ = sim.run(scenario, replications=n, seed=5, kernel="simpy").outcome("extinct").mean()
    assert abs(share_ - 0.269423) < Z * share(0.269423) / math.sqrt(n)


def test_absorption_by_two() -> None:
    found = ensemble(Case("absorbing", "end", 1.4), "simpy", 1000).outcome("end").ravel()
    assert abs((found <= 2).mean() - 0.773859) < Z * share(0.773859) / math.sqrt(1000)


def test_the_winner_says_nothing_of_the_time() -> None:
    found = ensemble(Case("race", "decided", 0), "simpy", 1000)
    time, one = found.outcome("decided").ravel(), found.outcome("first_one").ravel()
    assert abs(np.corrcoef(time, one)[0, 1]) < Z / math.sqrt(1000)


def test_common_random_numbers_cut_the_variance() -> None:
    """Two servers, one 5 % faster: the paired difference has a tenth of the variance and less."""
    scenario = sim.load_scenario(MODELS / "mm1.yaml")
    fast = scenario.with_settings({"service": 1.05}, "fast")
    n = 300
    paired = sim.run([scenario, fast], replications=n, seed=1, kernel="simpy").outcome("length")
    other = sim.run(fast, replications=n, seed=2, kernel="simpy").outcome("length")
    together = (paired[1] - paired[0]).var(ddof=1)
    apart = (other[0] - paired[0]).var(ddof=1)
    assert apart / together > 10
