"""One outcome of one scenario, compared with the baseline in the same futures and with the same luck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.analysis.forms import Form
from sim.analysis.identity import can_differ, can_vary
from sim.analysis.rows import Row, Under
from sim.analysis.turning import turns
from sim.analysis.verdicts import Verdict, usual_matters, verdict_over_futures
from sim.execution.ensemble import Ensemble
from sim.model.types import Outcome
from sim.numerics.crossings import LEAST
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
    forms: Sequence[Form] = (),
) -> Row:
    """Compare one outcome of one scenario with the baseline, and that under each of some forms.

    `hung`: find what its sign hangs on.
    """
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
    possible = can_differ(experiment, scenario, base, outcome.name)
    row = replace(
        row,
        matters=outcome.matters or usual_matters(_sd(there)),
        unpaired=int((~failed & ~ensemble.failed[base] & np.isnan(pairs)).sum()),
    )
    row = replace(row, **_judged(row, pairs, blocks, possible))
    open_ = hung and row.gap is not None and outcome.name in experiment.model.headlines
    return replace(
        row,
        p_value=p_value(pairs, share=share, blocks=blocks),
        gain=variance_reduction(here, there),
        turns=turns(pairs, experiment, blocks=blocks) if open_ and row.verdict in OPEN else (),
        forms=tuple(
            _under(row, pairs, form, place, possible) for form in forms for place in form.places
        ),
    )


def _judged(row: Row, pairs: Floats, blocks: int, possible: bool) -> dict[str, Any]:
    """Return what the paired differences of some futures say, as fields of a row."""
    events = int((np.abs(pairs) > 0).sum())
    none = np.zeros_like(pairs)
    differ = events > 0 or possible
    difference = paired(pairs, none, share=row.share, blocks=blocks, can_differ=differ)
    gap, over = spread(pairs), shares(pairs, blocks)
    verdict: Verdict = difference.verdict
    if len(pairs) > 1 and verdict != "identical":
        nothing = Estimate(math.nan, math.nan, math.nan, 0)
        above, below = over or (nothing, nothing)
        small = gap is not None and max(-gap.low, gap.high) <= row.matters
        beyond = _beyond(pairs, row.matters, blocks) if small else 1.0
        verdict = verdict_over_futures(difference, gap, above, below, row.matters, beyond, events)
    above_below = over or (None, None)
    return {
        "difference": difference, "verdict": verdict, "gap": gap, "events": events,
        "above": above_below[0], "below": above_below[1],
    }  # fmt: skip


def _under(row: Row, pairs: Floats, form: Form, place: int, possible: bool) -> Under:
    """Return a row in the futures of one form, which count as independent of each other.

    Fewer than ten tell nothing.
    """
    kept = pairs[form.values == place]
    found = replace(
        row, difference=None, verdict="not settled", gap=None, above=None, below=None, events=0
    )
    if len(kept) >= LEAST:
        found = replace(row, **_judged(row, kept, len(kept), possible))
    return Under(form.name, form.label, form.options[place], len(kept), form.count, found)


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
