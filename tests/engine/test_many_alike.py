"""Models as an experienced modeller writes them, against theory or a program of its own in Python.

`test_kernels.py` compares the kernels on each file as it is; here they are compared as they are set.
"""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import simpy
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from test_event_arguments import block, erlang_a
from test_kernels import agree, both

import sim

MODELS = Path(__file__).parent.parent / "models"
Z = 4.5


def load(name: str, old: str = "", new: str = "", **settings: Any) -> sim.Scenario:
    """A model, with other text in one place and other values."""
    text = (MODELS / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    return sim.parse_scenario(text.replace(old, new), MODELS / "x.yaml").with_settings(settings)


def outcomes(of: sim.Scenario, count: int) -> dict[str, np.ndarray[Any, Any]]:
    return dict(zip(of.model.outcomes, block(of, count).outcomes.T, strict=True))


def share_is(sample: np.ndarray[Any, Any], p: float) -> None:
    error = math.sqrt(p * (1 - p) / len(sample))
    assert abs(sample.mean() - p) < Z * error, (sample.mean(), p, error)


@pytest.mark.parametrize(
    "of",
    [
        load("queue", "{count: 3}", "{count: 12}", impatience=0.5),
        load("law_kelton", reorder=60, target=80),
        load("seir", people=500, distancing=0.2, swing=0.5),
        load("central_bank", reaction=2.5),
    ],
    ids=lambda of: of.model.name,
)
def test_the_kernels_agree(of: sim.Scenario) -> None:
    agree(*both(of, 6, seed=3))


# -- a queue with a wait for each customer ---------------------------------------------------------


@pytest.mark.parametrize(("servers", "exact", "count"), [(3, 0.3511, 2_000), (4, 0.05331, 2_000)])
def test_waits_of_each_customer(servers: int, exact: float, count: int) -> None:
    found = outcomes(load("queue", "{count: 3}", f"{{count: {servers}}}"), count)
    waits, customers = found["waits"], found["customers"]
    wait = waits.sum() / customers.sum()
    error = (waits - wait * customers).std() / math.sqrt(count) / customers.mean()
    assert abs(wait - exact) < Z * error, (wait, error)
    assert error < 0.012 * exact
    assert not found["left"].any()


@pytest.mark.parametrize(("servers", "impatience"), [(3, 1.0), (2, 4.0), (3, 0.1)])
def test_who_loses_patience_leaves(servers: int, impatience: float) -> None:
    of = load("queue", "{count: 3}", f"{{count: {servers}}}", impatience=impatience)
    left = outcomes(of, 600)["left"]
    error = left.std() / math.sqrt(len(left))
    assert abs(left.mean() - erlang_a(10, 4, impatience, servers)) < Z * error + 2e-4


# -- the inventory of Law and Kelton ---------------------------------------------------------------


def inventory_in_simpy(seed: int, low: int = 20, high: int = 40) -> list[float]:
    """Costs a month of ordering, holding and shortage."""
    luck, env = np.random.default_rng(seed), simpy.Environment()
    stock, spent, since, held, short = 60, 0, 0.0, 0.0, 0.0

    def change(by: int) -> None:
        nonlocal stock, since, held, short
        held += max(stock, 0) * (env.now - since)
        short += max(-stock, 0) * (env.now - since)
        stock, since = stock + by, env.now

    def demand() -> Any:
        while True:
            yield env.timeout(luck.exponential(0.1))
            change(-int(luck.choice([1, 2, 3, 4], p=[1 / 6, 1 / 3, 1 / 3, 1 / 6])))

    def delivery(quantity: int) -> Any:
        yield env.timeout(luck.uniform(0.5, 1))
        change(quantity)

    def review() -> Any:
        nonlocal spent
        for _ in range(120):
            yield env.timeout(1)
            if stock < low:
                spent += 32 + 3 * (high - stock)
                env.process(delivery(high - stock))

    env.process(demand())
    reviews = env.process(review())
    env.run(reviews)
    change(0)
    return [spent / 120, held / 120, 5 * short / 120]


def test_the_inventory_of_law_and_kelton() -> None:
    found = outcomes(load("law_kelton"), 4_000)
    expected = {"ordering": 98.5, "holding": 9.12, "shortage": 18.33, "total": 125.9}
    theirs = np.array([inventory_in_simpy(seed) for seed in range(150)]).T
    programs = [*theirs, theirs.sum(axis=0)]
    for (name, known), other in zip(expected.items(), programs, strict=True):
        ours, error = found[name].mean(), found[name].std() / math.sqrt(4_000)
        # The known values are rounded, and those of a simulation too.
        assert abs(ours - known) < Z * error + 0.05, (name, ours)
        both_errors = math.hypot(error, other.std() / math.sqrt(len(other)))
        assert abs(ours - other.mean()) < Z * both_errors, (name, ours, other.mean())


# -- an epidemic -----------------------------------------------------------------------------------


def final_size(reproduction: float) -> float:
    """The share who fall ill in a large outbreak (Kermack and McKendrick)."""
    return float(brentq(lambda z: z - 1 + math.exp(-reproduction * z), 1e-6, 1))


@pytest.mark.parametrize(("distancing", "count"), [(0.0, 500), (0.4, 500)])
def test_a_large_outbreak(distancing: float, count: int) -> None:
    found = outcomes(
        load("seir", "horizon: 365", "horizon: 900", swing=0.0, distancing=distancing), count
    )
    reproduction = 2.5 * (1 - distancing)
    share_is(found["large"], 1 - 1 / reproduction)
    attack = found["attack"][found["large"] > 0]
    error = attack.std() / math.sqrt(len(attack))
    assert abs(attack.mean() - final_size(reproduction)) < Z * error + 1e-3
    assert round(final_size(2.5), 3) == 0.893


def chance_of_an_outbreak(swing: float) -> float:
    """The chance that the cases after one do not die out, with a season of 1 that falls to -0.6."""

    def change(t: float, extinct: Any) -> list[float]:
        latent, ill = extinct
        infects = 0.5 * (1 + swing * np.interp(t, [0, 20], [1, -0.6]))
        return [-(ill - latent) / 5, -((1 - ill) / 5 + infects * (ill * latent - ill))]

    found = solve_ivp(change, (365, 0), [0, 0], rtol=1e-9, atol=1e-11, max_step=1)
    return float(1 - found.y[1, -1])


@pytest.mark.parametrize("swing", [0.2, 0.5])
def test_a_season_moves_the_chance_of_a_large_outbreak(swing: float) -> None:
    path = MODELS / "seir.yaml"
    season = next(line for line in path.read_text().split("\n") if "series:" in line)
    falling = "    series: [[2025-09-01, 1], [2025-09-21, -0.6]]"
    large = outcomes(load("seir", season, falling, swing=swing, people=2_000), 4_000)["large"]
    assert chance_of_an_outbreak(0) == pytest.approx(0.6, abs=1e-6)
    share_is(large, chance_of_an_outbreak(swing))
    assert abs(large.mean() - 0.6) > 0.01


# -- a central bank --------------------------------------------------------------------------------

MEETINGS = ["2025-09-17", "2025-10-29", "2025-12-10", "2026-01-28", "2026-03-18", "2026-04-29"]
MEETINGS += ["2026-06-17", "2026-07-29"]


def decisions(reaction: float, first: str) -> tuple[list[tuple[date, float]], float]:
    """The rate after each date, and the last inflation."""
    releases = [date(2025 + (m > 12), (m - 1) % 12 + 1, 1) for m in range(10, 21)]
    meetings = [date.fromisoformat(d) for d in MEETINGS]
    rate, inflation, rates = 4.25, 3.0, [(date(2025, 9, 1), 4.25)]
    for day in sorted(releases + meetings):
        if day in releases:
            inflation += 0.1 * (2 - inflation) - 0.05 * (rate - 3)
        elif day >= date.fromisoformat(first):
            rate += 0.25 * min(max(round(4 * (3 + reaction * (inflation - 2) - rate)), -2), 2)
        rates.append((day, rate))
    return rates, inflation


@pytest.mark.parametrize("reaction", [0.0, 1.5, 3.0])
@pytest.mark.parametrize("first", ["2025-09-01", "2025-10-29", "2026-02-01"])
def test_every_decision_of_the_bank(reaction: float, first: str) -> None:
    of = load("central_bank", "default: '2025-09-01'", f"default: '{first}'", reaction=reaction)
    rates, inflation = decisions(reaction, first)
    found = {name: float(values[0]) for name, values in outcomes(of, 1).items()}
    assert found["decisions"] == sum(d >= first for d in MEETINGS)
    assert found["october"] == dict(rates)[date(2025, 10, 29)]
    assert found["end"] == rates[-1][1]
    assert found["inflation"] == pytest.approx(inflation, abs=1e-12)
    ends = [day for day, _ in rates[1:]] + [date(2026, 8, 31)]
    area = sum(rate * (end - day).days for (day, rate), end in zip(rates, ends, strict=True))
    assert found["mean_rate"] == pytest.approx(area / 364, abs=1e-12)


def test_the_bank_meets_on_its_dates() -> None:
    told = [o for o in sim.trace(load("central_bank")).occurrences if o.event == "meeting"]
    assert [date.fromordinal(date(2025, 9, 1).toordinal() + int(o.time)) for o in told] == [
        date.fromisoformat(d) for d in MEETINGS
    ]
