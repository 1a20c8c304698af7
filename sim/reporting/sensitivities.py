"""Tables and notes of sensitivity: which inputs matter, and what it is worth to know them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from sim.analysis.given_data import Importance
from sim.analysis.one_at_a_time import Tornado
from sim.analysis.screening import Screening
from sim.analysis.value_of_information import Information
from sim.analysis.variance_decomposition import DUMMY, Variances
from sim.formatting import TOY, counted, decimal, digits, interval, places_of, plural
from sim.reporting.exploring import grid

#: Inputs shown of a long ranking; the other formats hold all.
SHOWN = 25


def _cut(names: Sequence[str], dummy: bool = True) -> list[int]:
    """Return the places shown of a ranking: the first ones, and the dummy."""
    places = list(range(min(SHOWN, len(names))))
    if dummy and names[-1] == DUMMY and len(names) - 1 not in places:
        places.append(len(names) - 1)
    return places


def _cut_note(count: int) -> list[str]:
    more = count - SHOWN
    return [f"{more} more inputs rank lower: --format csv lists all."] if more > 0 else []


def sobol_table(found: Variances) -> Table:
    """Return Sobol indices as a table for a terminal."""
    rows = []
    for i in _cut(found.names):
        first, total = found.indices.first[i], found.indices.total[i]
        seen = "" if found.names[i] == DUMMY else "seen" if found.seen(i) else "no effect seen"
        rows.append((found.names[i], interval(first), interval(total), seen))
    return grid(
        [("Input", False), ("First order [95 %]", True), ("Total [95 %]", True), ("Seen", False)],
        rows,
    )


def sobol_notes(found: Variances) -> list[str]:
    """Return the lines that Sobol indices must carry."""
    names = found.names
    explained = sum(e.mean for e in found.indices.first[:-1])
    dummy = found.indices.total[names.index(DUMMY)]
    inside = "holds" if dummy.low <= 0 <= dummy.high else "does not hold"
    wide = max(e.half_width for e in found.indices.total[:-1])
    notes = [
        TOY,
        f"{found.outcome.name}: {counted(found.base_points, 'base point')}, "
        f"{counted(found.points, 'setting')} × {counted(found.replications, 'replication')} on common "
        f"random numbers, seed {found.seed}.",
        "Indices are shares of the variance of the expected outcome over the inputs; intervals from a "
        "bootstrap over points and replications.",
        f"'seen': the interval of the total index lies above 0. '{DUMMY}' only draws other random numbers, "
        f"as a check of the method: its interval {inside} 0.",
        f"First-order indices add up to {decimal(explained, 2)}; the rest is interaction. "
        f"{found.indices.chance:.0%} of the variance of the means was chance, and is taken off.",
    ]
    if found.unsure:
        notes.append(found.unsure[:1].upper() + found.unsure[1:] + " or replications.")
    if wide > 0.1:
        notes.append(
            f"Some intervals are wide (± {decimal(wide, 2)}): four times the base points or replications "
            "would about halve them."
        )
    return notes + _cut_note(len(found.factors))


def morris_table(found: Screening) -> Table:
    """Return Morris's screening as a table for a terminal."""
    e = found.effects
    rows = []
    for i in _cut(found.names):
        seen = "" if found.names[i] == DUMMY else "seen" if found.seen(i) else "no effect seen"
        places = places_of(e.size[i])
        rows.append(
            (
                found.names[i],
                interval(e.size[i]),
                interval(e.mean[i], sign=True),
                decimal(e.spread[i], places),
                decimal(e.chance[i], places),
                seen,
            )
        )
    return grid(
        [
            ("Input", False),
            ("μ* [95 %]", True),
            ("μ [95 %]", True),
            ("σ", True),
            ("chance", True),
            ("Seen", False),
        ],
        rows,
    )


def morris_notes(found: Screening) -> list[str]:
    """Return the lines that a screening must carry."""
    unit = f" ({found.outcome.unit})" if found.outcome.unit else ""
    by_chance = 0.025 * len(found.factors)
    return [
        TOY,
        f"{found.outcome.name}{unit}: {counted(found.trajectories, 'trajectory')}, "
        f"{counted(found.points, 'setting')} × {counted(found.replications, 'replication')} on common "
        f"random numbers, seed {found.seed}.",
        "μ* is the mean size of the change when an input moves through its whole range, μ that change "
        "with its sign, σ how much it depends on the other inputs.",
        f"'chance' is the μ* of an input without effect; '{DUMMY}' only draws other random numbers.",
        f"'seen': the squared effect, less what chance adds, is above 0 in 97.5 % of the resamples; of "
        f"{len(found.factors)} inputs about {by_chance:.0f} could be so by chance.",
        *_cut_note(len(found.factors)),
    ]


def tornado_table(found: Tornado) -> Table:
    """Return a tornado as a table for a terminal."""
    rows = []
    for bars in found.bars[:SHOWN]:
        for k, bar in enumerate(bars):
            f = bar.factor
            rows.append(
                (
                    "" if k else f.name,
                    f"{f.word(f.central)} → {f.word(bar.value)} {f.unit}".strip(),
                    interval(bar.difference, sign=True),
                    bar.difference.verdict,
                )
            )
    return grid(
        [("Input", False), ("Moved", False), ("Difference [95 % CI]", True), ("Seen", False)], rows
    )


def tornado_notes(found: Tornado) -> list[str]:
    """Return the lines that a tornado must carry."""
    tests = sum(len(bars) for bars in found.bars)
    unit = f" {plural(found.outcome.unit)}" if found.outcome.unit else ""
    band = "No difference has an interval of any width."
    if found.band:
        band = (
            f"Noise band: ± {decimal(found.band, digits(found.band))}, the median half width of the "
            f"differences. Of {tests} differences about {0.05 * tests:.0f} leave it by chance."
        )
    notes = [
        TOY,
        f"{found.outcome.name} is {interval(found.centre)}{unit} at the centre; one input at a time is "
        f"moved to an end of its range, {counted(found.replications, 'paired replication')} each, "
        f"seed {found.seed}.",
        band,
        "Inputs are moved one at a time, so their interactions are not seen here.",
    ]
    if found.unpaired:
        notes.append(
            f"{counted(found.unpaired, 'pair')} of {found.replications * tests:,} without a value on "
            "both sides are left out: those left are a selection, no fair comparison."
        )
    return notes + _cut_note(len(found.bars))


def importance_table(found: Importance) -> Table:
    """Return importance from given data as a table for a terminal."""
    rows = []
    for i in _cut(found.names):
        seen = "" if found.names[i] == DUMMY else "seen" if found.seen(i) else "no effect seen"
        rows.append((found.names[i], interval(found.values[i]), seen))
    heading = "Share of variance [95 %]" if found.measure == "variance" else "PAWN [95 %]"
    return grid([("Input", False), (heading, True), ("Seen", False)], rows)


def importance_notes(found: Importance) -> list[str]:
    """Return the lines that importance from given data must carry."""
    return [
        TOY,
        f"{found.outcome.name} of {found.scenario}, read from {counted(found.futures, 'future')} × "
        f"{counted(found.replications, 'replication')} already made.",
        f"'seen': above {decimal(found.floor, 3)}, which 5 % of shuffled inputs reach; of "
        f"{len(found.names) - 1} inputs about {0.05 * (len(found.names) - 1):.0f} could be so by chance.",
        f"{found.chance:.0%} of the variance over futures is chance and cannot be explained.",
        *_cut_note(len(found.names) - 1),
    ]


def worth_table(found: Information) -> Table:
    """Return the worth of information as a table for a terminal."""
    rows = [("everything", interval(found.perfect), "", "")]
    for name, value, changes in list(zip(found.names, found.values, found.changes, strict=True))[
        :SHOWN
    ]:
        seen = value.low > 0 and value.mean > found.floor
        rows.append((name, interval(value), f"{changes:.0%}", "seen" if seen else "no worth seen"))
    return grid(
        [
            ("Knowing", False),
            ("gains [95 %]", True),
            ("changes the choice in", True),
            ("Seen", False),
        ],
        rows,
    )


def worth_notes(found: Information) -> list[str]:
    """Return the lines that the worth of information must carry."""
    unit = f" ({plural(found.outcome.unit)})" if found.outcome.unit else ""
    return [
        TOY,
        f"Gain in {found.outcome.name}{unit} if the choice between the scenarios may depend on a parameter; "
        f"without knowing more, {found.best} is chosen.",
        f"{counted(found.futures, 'future')} × {counted(found.replications, 'replication')}. Choices "
        "are learned from other futures than they are judged by, so figures lean to the low side; below 0, "
        "which is chance, they are told as 0.",
        f"'seen': above 0 and above {decimal(found.floor, 4)}, the best of as many shuffled parameters.",
        *_cut_note(len(found.names)),
    ]
