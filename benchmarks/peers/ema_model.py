"""EMA Workbench around the SimPy model: one experiment a replication, sequential evaluator."""

from __future__ import annotations

import logging
import warnings
from contextlib import redirect_stderr
from io import StringIO

from peers import simpy_model
from peers.world import NAMES


def replicate_many(count: int) -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ema_workbench as ema

        logging.getLogger("EMA").setLevel(logging.ERROR)
        events = []

        def model(seed: int) -> dict[str, float]:
            outcomes, fired = simpy_model.replicate(int(seed))
            events.append(fired)
            return dict(zip(NAMES, outcomes, strict=True))

        around = ema.Model("benchmark", function=model)
        around.uncertainties = [ema.IntegerParameter("seed", 0, 1_000_000)]
        around.outcomes = [ema.ScalarOutcome(name) for name in NAMES]
        with ema.SequentialEvaluator(around) as evaluator, redirect_stderr(StringIO()):
            evaluator.perform_experiments(scenarios=count)
    return sum(events)
