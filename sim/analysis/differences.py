"""One outcome of one scenario, compared with the baseline in the same futures and with the same luck."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sim.analysis.identity import can_differ, can_vary
from sim.analysis.rows import Row
from sim.analysis.turning import turns
from sim.analysis.verdicts import Verdict, usual_matters, verdict_over_futures
from sim.execution.ensemble import Ensemble
from sim.model.types import Outcome
from sim.statistics.estimates import (
    Estimate,
    Floats,
    estimate,
    p_value,
    paired,
    variance_reduction,
)
from sim.statistics.library import compiled
from sim.statistics.nested import shares, spread

#: Verdicts that leave a question: on which assumption does it hang? Where chance alone could look like
#: the difference, what it seems to hang on is chance too.
OPEN = frozenset({"depends on the assumptions", "mostly higher", "mostly lower"})


def compare_outcome(
    ensemble: Ensemble,
    outcome: Outcome,
    scenario: int,
    base: int,
    titles: Mapping[str, str],
    *,
    hung: bool = True,
) -> Row:
    """Compare one outcome of one scenario with the baseline; `hung`: find what its sign hangs on."""
    experiment, share = ensemble.experiment, outcome.share
    values = ensemble.outcome(outcome.name)
    here, there, blocks = values[scenario], values[base], experiment.blocks
    failed = ensemble.failed[scenario]
    name = ensemble.scenarios[scenario]
    row = Row(
        scenario=name,
        outcome=outcome.name,
        label=outcome.label,
        unit=outcome.unit,
        goal=outcome.goal,
        share=share,
        estimate=_level(ensemble, outcome, scenario, here),
        difference=None,
        verdict="baseline",
        missing=int((np.isnan(here) & ~failed).sum()),
        failed=int(failed.sum()),
        title=titles[name],
        level=spread(here),
    )
    if scenario == base:
        return row
    pairs = here - there
    events = int((np.abs(pairs) > 0).sum())
    differ = events > 0 or can_differ(experiment, scenario, base, outcome.name)
    difference = paired(here, there, share=share, blocks=blocks, can_differ=differ)
    matters = outcome.matters or usual_matters(_sd(there))
    gap, over = spread(pairs), shares(pairs, blocks)
    verdict: Verdict = difference.verdict
    if len(experiment.futures) > 1 and verdict != "identical":
        none = Estimate(math.nan, math.nan, math.nan, 0)
        above, below = over or (none, none)
        small = gap is not None and max(-gap.low, gap.high) <= matters
        beyond = _beyond(pairs, matters, blocks) if small else 1.0
        verdict = verdict_over_futures(difference, gap, above, below, matters, beyond, events)
    open_ = hung and gap is not None and outcome.name in experiment.model.headlines
    return replace(
        row,
        difference=difference,
        verdict=verdict,
        unpaired=int((~failed & ~ensemble.failed[base] & np.isnan(pairs)).sum()),
        p_value=p_value(pairs, share=share, blocks=blocks),
        gain=variance_reduction(here, there),
        gap=gap,
        above=over[0] if over else None,
        below=over[1] if over else None,
        events=events,
        matters=matters,
        turns=turns(pairs, experiment, blocks=blocks) if open_ and verdict in OPEN else (),
    )


def _level(ensemble: Ensemble, outcome: Outcome, scenario: int, values: Floats) -> Estimate:
    """Return the mean or share of an outcome; no interval for a mean that only looks certain."""
    experiment = ensemble.experiment
    found = estimate(values, share=outcome.share, blocks=experiment.blocks)
    if found.low == found.high and can_vary(experiment, scenario, outcome.name):
        return replace(found, low=math.nan, high=math.nan, skewed=True)
    return found


def _beyond(pairs: Floats, matters: float, blocks: int) -> float:
    """Return the largest share of futures whose difference may matter, upwards or downwards."""
    found = [shares(sign * pairs - matters, blocks) for sign in (1.0, -1.0)]
    return max(one[0].high for one in found if one)


def _sd(values: Floats) -> float:
    """Return the standard deviation of the runs of a scenario."""
    known = values[~np.isnan(values)]
    if known.size < 2:
        return math.nan
    mean, squares = np.empty((2, 1))
    compiled("moments")(known, 1, known.size, mean, squares)
    return math.sqrt(squares[0] / (known.size - 1))
