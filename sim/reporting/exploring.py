"""Tables and notes of attribution, discovery, search and sweep: what was found, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from rich.table import Table
from rich.text import Text

from sim.analysis.attribution import Attribution
from sim.analysis.discovery import Discovery
from sim.analysis.search import Front
from sim.analysis.sweep import Sweep, Tipping
from sim.formatting import TOY, counted, interval, number, plural
from sim.model.types import Outcome
from sim.numerics.estimates import Estimate


def grid(columns: Sequence[tuple[str, bool]], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table for a terminal; a column is its heading and whether it holds numbers."""
    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for name, right in columns:
        table.add_column(name, justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def attribution_table(found: Attribution) -> Table:
    """Return an attribution as a table for a terminal."""
    rows = [(found.baseline, "", interval(found.base), "", "", "")]
    for i, player in enumerate(found.players):
        value = found.values[i]
        alone, last = number(found.alone[i], True), number(found.last[i], True)
        rows.append(
            (player.name, player.change, interval(value, sign=True), alone, last, value.verdict)
        )
    whole = interval(found.whole, sign=True)
    rows.append(("together", "", whole, "", "", found.whole.verdict))
    rows.append((found.scenario, "", interval(found.end), "", "", ""))
    return grid(
        [
            ("Lever", False),
            ("Change", False),
            ("Contribution [95 % CI]", True),
            ("alone", True),
            ("last", True),
            ("Seen", False),
        ],
        rows,
    )


def attribution_notes(found: Attribution) -> list[str]:
    """Return the lines that an attribution must carry."""
    n = len(found.players)
    each = f"in each of {found.futures} futures" if found.futures > 1 else "each"
    notes = [
        TOY,
        f"{found.outcome.name}: exact Shapley values over {counted(2**n, 'subset')} of "
        f"{counted(n, 'lever')}, {counted(found.replications, 'replication')} {each} on common random "
        f"numbers, seed {found.seed}.",
        "Contributions add up to the whole difference. 'alone': on top of the baseline; 'last': on top of "
        "all others; where they differ, levers act together.",
    ]
    seen = [
        f"{found.players[i].name} × {found.players[j].name} {interval(e, sign=True)}"
        for i, j, e in found.interactions
        if e.seen
    ]
    if seen:
        notes.append("Interactions seen: " + "; ".join(seen[:5]) + ".")
    elif n > 1:
        notes.append("No interaction of two levers is seen.")
    total = found.replications * found.futures
    if found.kept < total:
        notes.append(
            f"Only the {found.kept:,} of {total:,} replications in which the outcome has a value for "
            "every subset are used."
        )
    return notes


def discovery_table(found: Discovery) -> Table:
    """Return the regions of a discovery as a table for a terminal."""
    rows = []
    for name, region in (("PRIM box", found.box), *(("CART leaf", r) for r in found.leaves)):
        shown = f"{_percent(region.density)} (n={region.density.n})"
        for k, r in enumerate(region.restrictions):
            tail = "" if math.isnan(r.quasi_p) else f"{r.quasi_p:.2g}"
            again = "" if math.isnan(r.reproduced) else f"{r.reproduced:.0%}"
            head = ("", "", "") if k else (name, shown, _percent(region.coverage))
            rows.append((*head, r.words, tail, again))
        if not region.restrictions:
            rows.append((name, shown, _percent(region.coverage), "no restriction", "", ""))
    return grid(
        [
            ("Region", False),
            ("fails [95 % CI]", True),
            ("of all failures", True),
            ("Futures with", False),
            ("quasi-p", True),
            ("found again", True),
        ],
        rows,
    )


def discovery_notes(found: Discovery) -> list[str]:
    """Return the lines that a discovery must carry."""
    target = found.target
    at_least, at_most = math.isfinite(target.at_least), math.isfinite(target.at_most)
    bounds = [f"at least {target.at_least:g}"] if at_least else []
    bounds += [f"at most {target.at_most:g}"] if at_most else []
    notes = [
        TOY,
        f"Target: {found.outcome.name} {' and '.join(bounds)}, the mean of "
        f"{counted(found.replications, 'replication')} a future. {found.scenario} fails in "
        f"{_percent(found.fails)} of {found.learned + found.judged:,} futures.",
        f"In short: {found.box.words}.",
        f"Regions were found in {counted(found.learned, 'future')} and are judged by the other "
        f"{found.judged:,}.",
        "'quasi-p': the chance that a bound helps as much by accident; 'found again': the share of half "
        f"samples that bound this parameter too (one that the box leaves free: {found.others:.0%}).",
    ]
    if found.unclear > 0.1:
        notes.append(
            f"{found.unclear:.0%} of the futures lie within two standard errors of the target: more "
            "replications would sort them more firmly."
        )
    if found.left_out:
        notes.append(f"{counted(found.left_out, 'future')} without any value are left out.")
    return notes


def search_table(found: Front) -> Table:
    """Return a front as a table for a terminal; under each estimate its difference to the scenario."""
    rows = []
    for place, f in enumerate(found.finalists, 1):
        cells = [f"{place}{' *' if f.best else ''}", f.words]
        for fresh, gain in zip(f.fresh, f.gains, strict=True):
            cells.append(f"{interval(fresh)}\n{interval(gain, sign=True)}")
        rows.append([*cells, f"{f.on_front:.0%}", *([f"{f.meets:.0%}"] if _bound(found) else [])])
    last = ["", found.scenario, *(interval(e) for e in found.reference)]
    rows.append([*last, "", *([""] if _bound(found) else [])])
    columns = [("", False), (f"Changes to {found.scenario}", False)]
    columns += [(f"{o.name} [95 % CI]\ndifference", True) for o in found.outcomes]
    columns += [("on the front", True)] + ([("in bounds", True)] if _bound(found) else [])
    return grid(columns, rows)


def _bound(found: Front) -> bool:
    return any(f.meets < 1 for f in found.finalists) or len(found.outcomes) > found.objectives


def search_notes(found: Front) -> list[str]:
    """Return the lines that a search must carry."""
    how = "a full grid" if found.method == "grid" else "NSGA-II"
    notes = [
        TOY,
        f"{counted(len(found.cloud), 'setting')} by {how}, {counted(found.replications, 'replication')} "
        f"each; of the best, {counted(len(found.finalists), 'setting')} ran again with "
        f"{counted(found.fresh_replications, 'fresh replication')}, which all figures come from. "
        f"Seed {found.seed}.",
        "* no other beats it in every objective. 'on the front': the share of resamples in which none does.",
    ]
    lost = [
        outcome.name
        for k, outcome in enumerate(found.outcomes[: found.objectives])
        if all(
            (f.first[k] - f.fresh[k].mean) * (1 if outcome.goal == "maximize" else -1) > 0
            for f in found.finalists
        )
    ]
    if lost:
        notes.append(
            f"Every finalist does worse in {' and '.join(lost)} than in the search: part of that was luck."
        )
    twins = sum(f.twins for f in found.finalists)
    if twins:
        notes.append(
            f"Not listed, for they come out as one of these does: {counted(twins, 'setting')}."
        )
    if found.dropped:
        settings = plural("setting", found.dropped)
        notes.append(f"Left out for missing values: {found.dropped:,} {settings}.")
    return notes


def sweep_table(found: Sweep) -> Table:
    """Return a sweep as a table for a terminal."""
    rows = []
    for row, value, gap in zip(found.matrix, found.values, found.differences, strict=True):
        places = [f.word(float(v)) for f, v in zip(found.levers, row, strict=True)]
        rows.append((*places, interval(value), interval(gap, sign=True), gap.verdict))
    columns = [(f"{f.name} {f.unit}".strip(), True) for f in found.levers]
    columns += [(f"{found.outcome.name} [95 % CI]", True)]
    columns += [(f"Difference to {found.against}", True), ("Seen", False)]
    return grid(columns, rows)


def sweep_notes(found: Sweep) -> list[str]:
    """Return the lines that a sweep must carry."""
    notes = [
        TOY,
        f"{counted(len(found.matrix), 'point')} × {counted(found.replications, 'replication')} on common "
        f"random numbers, seed {found.seed}; differences are paired. Intervals are 95 %, each for itself.",
    ]
    fewer = sum(value.n < found.replications for value in found.values)
    if fewer:
        notes.append(
            f"Some replications have no value at {counted(fewer, 'point')}: those left are a selection."
        )
    notes += [tipping_words(found, t) for t in found.tippings]
    if not found.tippings and not found.levers[0].worded:
        notes.append(_no_tipping(found))
    return notes


def _no_tipping(found: Sweep) -> str:
    """Say why no tipping point is told."""
    outcome, lever = found.outcome, found.levers[0].name
    if all(math.isnan(value.mean) for value in found.values):
        return f"No tipping point: {outcome.name} has no value at any point."
    if found.level is not None:
        what = f"the difference to {found.against}" if found.contrast else outcome.name
        return f"No tipping point within the range: {what} does not cross {found.level:g}."
    if not outcome.goal:
        return f"No tipping point is sought: {outcome.name} has no goal, and no --level is given."
    if len(np.unique(found.matrix[:, 0])) < 3:
        return f"No tipping point is sought between fewer than three values of {lever}."
    means = [value.mean for value in found.values]
    best = max if outcome.goal == "maximize" else min
    place = means.index(best(mean for mean in means if not math.isnan(mean)))
    inside = 0 < place < len(means) - 1
    if inside or len(found.levers) > 1 or not any(gap.seen for gap in found.differences):
        return f"No place within the range is clearly best for {outcome.name}: no tipping point."
    at = found.levers[0].word(float(found.matrix[place, 0]))
    return (
        f"No tipping point within the range: {outcome.name} is {_side(outcome)} at an end of it, "
        f"{lever}={at}."
    )


def _side(outcome: Outcome) -> str:
    return "largest" if outcome.goal == "maximize" else "smallest"


def tipping_words(found: Sweep, tipping: Tipping) -> str:
    """Return a tipping point in words."""
    lever = found.levers[0]
    at = f"{interval(tipping.at)} {plural(lever.unit)}".rstrip()
    where = ""
    if tipping.where is not None:
        second = found.levers[1]
        where = f" with {second.name}={second.word(tipping.where)}"
    if tipping.kind == "best":
        words = f"{found.outcome.name} is {_side(found.outcome)} at {lever.name} {at}"
    else:
        goal = found.outcome.goal
        helps = tipping.rising == (goal == "maximize")
        to = f" against {found.against}" if found.contrast else ""
        if tipping.level == 0 and goal and to:
            turn = "starts to help" if helps else "stops helping"
            words = f"{found.scenario} {turn}{to} after {lever.name} {at}"
        else:
            way = "above" if tipping.rising else "below"
            what = "the difference" if to else found.outcome.name
            words = f"{what}{to} goes {way} {tipping.level:g} at {lever.name} {at}"
    sure = f"; there is one in {tipping.share:.0%} of the resamples" if tipping.share < 1 else ""
    return f"Tipping point{where}: {words}{sure}."


def _percent(estimate: Estimate) -> str:
    if math.isnan(estimate.mean):
        return "–"
    return f"{estimate.mean:.0%} [{estimate.low:.0%}, {estimate.high:.0%}]"
