"""Time of the exploring verbs on the flagship: `python benchmarks/exploring.py [--quick | --full]`.

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
from sim.analysis.design import points
from sim.analysis.discovery import discover
from sim.analysis.inputs import factors
from sim.analysis.one_at_a_time import tornado
from sim.analysis.prim import found
from sim.analysis.screening import morris
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


def run_all(base: int, few: int, many: int) -> None:
    """Print a table: Sobol's base points, replications of a setting, and of one that is looked at."""
    plain = sim.load_scenario(STUDY / "no_levers.yaml")
    firm = sim.load_scenario(STUDY / "hold_firm.yaml")
    whole = sim.load_scenario(STUDY / "all_levers.yaml")
    print(f"{'work':<58} {'time':>10}  {'runs':>9}")
    timed("compile", 0, lambda: points(firm, [], np.empty((1, 0)), 1))
    everything = factors(firm, levers=True)
    twelve = everything[:12]
    timed(
        f"sobol: 12 inputs × {base:,} base points × {few} replications",
        base * 15 * few,
        lambda: sobol(firm, OUTCOME, twelve, base_points=base, replications=few),
    )
    timed(
        f"morris: {len(everything)} inputs × 2 trajectories × {few}",
        2 * (len(everything) + 2) * few,
        lambda: morris(firm, OUTCOME, everything, trajectories=2, replications=few),
    )
    timed(
        f"tornado: 12 inputs × {many}",
        25 * many,
        lambda: tornado(firm, OUTCOME, twelve, replications=many),
    )
    timed(
        f"attribute: 7 levers, 128 subsets × {few}",
        128 * few,
        lambda: shapley(whole, plain, [OUTCOME], replications=few),
    )
    four = factors(firm, ["instrument", "tariff_deadline", "patriots_sent", "guarantee"])
    searched = {"replications": few, "fresh_replications": many, "keep": 8}
    timed(
        f"search: grid of 81 settings × {few}, 8 again × {many}",
        81 * few + 9 * many,
        lambda: search_levers(firm, [OTHER, OUTCOME], four, levels=3, **searched),
    )
    budget = 10 * few
    timed(
        f"search: NSGA-II, {budget} candidates × {few}, 8 again × {many}",
        budget * few + 9 * many,
        lambda: search_levers(
            firm, [OTHER, OUTCOME], four, method="nsga2", budget=budget, **searched
        ),
    )
    timed(
        f"sweep: 11 points × {2 * many}",
        12 * 2 * many,
        lambda: sweep_levers(whole, OUTCOME, factors(whole, ["atacms_day"]), replications=2 * many),
    )
    ensemble = sim.run(sim.make_experiment(firm, futures=200, replications=few, seed=1))
    middle = float(np.median(ensemble.outcome(OUTCOME).mean(axis=2)))
    timed(
        "discover: PRIM, CART, 20 half samples; 200 futures, given",
        0,
        lambda: discover(ensemble, OUTCOME, Target(at_most=middle + 2)),
    )
    rng = np.random.default_rng(1)
    x = rng.random((20 * many, 2 * many))
    cases = (x[:, 2] < 0.4) & (x[:, 5] > 0.5)
    timed(f"PRIM alone: {20 * many:,} points × {2 * many} inputs", 0, lambda: found(x, cases))


def main() -> None:
    """Print a table in the size that is asked for."""
    if "--quick" in sys.argv:
        run_all(base=8, few=8, many=40)
    else:
        run_all(base=1024 if "--full" in sys.argv else 32, few=20, many=100)


if __name__ == "__main__":
    main()
