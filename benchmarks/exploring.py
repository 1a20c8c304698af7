"""Time of the exploring verbs on the flagship: `python benchmarks/exploring.py [--full]`.

``--full`` runs Sobol's indices as an analyst would: 12 inputs, 1,024 base points, 20 replications.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import sim
from sim.analysis.attribution import shapley
from sim.analysis.design import factors, points
from sim.analysis.discovery import discover
from sim.analysis.prim import found
from sim.analysis.screening import morris, tornado
from sim.analysis.search import search_levers
from sim.analysis.sweep import sweep_levers
from sim.analysis.variance_decomposition import sobol
from sim.study.experiment import Target

STUDY = Path(__file__).parent.parent / "scenarios" / "ukraine_2025"
OUTCOME, OTHER = "mean_escalation", "ceasefire_days"


def timed(name: str, replications: int, work: Callable[[], object]) -> None:
    """Print how long a piece of work takes."""
    begun = time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    rate = f"{replications / seconds:>8,.0f}/s" if replications else ""
    print(f"{name:<58} {seconds:>8.2f} s  {replications:>9,} {rate}", flush=True)


def main() -> None:
    """Print a table."""
    plain = sim.load_scenario(STUDY / "no_levers.yaml")
    firm = sim.load_scenario(STUDY / "hold_firm.yaml")
    whole = sim.load_scenario(STUDY / "all_levers.yaml")
    print(f"{'work':<58} {'time':>10}  {'runs':>9}")
    timed("compile", 0, lambda: points(firm, [], np.empty((1, 0)), 1))
    twelve = factors(firm)[:12]
    base = 1024 if "--full" in sys.argv else 32
    timed(
        f"sobol: 12 inputs × {base:,} base points × 20 replications",
        base * 15 * 20,
        lambda: sobol(firm, OUTCOME, twelve, base_points=base),
    )
    all_of_them = factors(firm)
    timed(
        f"morris: {len(all_of_them)} inputs × 2 trajectories × 10",
        2 * (len(all_of_them) + 2) * 10,
        lambda: morris(firm, OUTCOME, trajectories=2, replications=10),
    )
    timed(
        "tornado: 12 inputs × 100",
        25 * 100,
        lambda: tornado(firm, OUTCOME, twelve, replications=100),
    )
    timed(
        "attribute: 7 levers, 128 subsets × 20",
        128 * 20,
        lambda: shapley(whole, plain, [OUTCOME], replications=20),
    )
    four = factors(firm, ["instrument", "tariff_deadline", "patriots_sent", "guarantee"])
    timed(
        "search: grid of 81 settings × 20, 8 again × 100",
        81 * 20 + 9 * 100,
        lambda: search_levers(
            firm, [OTHER, OUTCOME], four, levels=3, replications=20, fresh_replications=100, keep=8
        ),
    )
    timed(
        "search: NSGA-II, 200 candidates × 20, 8 again × 100",
        200 * 20 + 9 * 100,
        lambda: search_levers(
            firm, [OTHER, OUTCOME], four, method="nsga2", budget=200, replications=20,
            fresh_replications=100, keep=8,
        ),
    )  # fmt: skip
    timed(
        "sweep: 11 points × 200",
        12 * 200,
        lambda: sweep_levers(whole, OUTCOME, factors(whole, ["atacms_day"]), replications=200),
    )
    ensemble = sim.run(sim.make_experiment(firm, futures=200, replications=20, seed=1))
    middle = float(np.median(ensemble.outcome(OUTCOME).mean(axis=2)))
    timed(
        "discover: PRIM, CART, 20 half samples; 200 futures, given",
        0,
        lambda: discover(ensemble, OUTCOME, Target(at_most=middle + 2)),
    )
    rng = np.random.default_rng(1)
    x = rng.random((2000, 200))
    cases = (x[:, 2] < 0.4) & (x[:, 5] > 0.5)
    timed("PRIM alone: 2,000 points × 200 inputs", 0, lambda: found(x, cases))


if __name__ == "__main__":
    main()
