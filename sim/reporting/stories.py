"""Paired traces as text."""

from __future__ import annotations

from rich.table import Table

from sim.analysis.paired_traces import PairedTraces
from sim.engine.trace import Occurrence, Trace, when
from sim.formatting import decimal, digits, value_text
from sim.reporting.tables import render, text_cell

#: Differences that are told.
MOST = 20


def twins_text(twins: PairedTraces) -> str:
    """Return how two replications differ, side by side, and why they part."""
    first, second = twins.first, twins.second
    head = (
        f"The same luck under two policies: seed {first.seed}, replication {first.replication} · "
        "one possible run of a toy, no forecast"
    )
    if not twins.differences:
        return f"{head}\n\nNothing differs: all {twins.shared:,} occurrences are the same."
    begin = min((o for o in twins.differences[0] if o is not None), key=lambda o: o.time)
    count = len(twins.differences)
    parting = (
        f"They part at {when(begin, first.clock)}: {twins.cause}. "
        f"{twins.shared:,} occurrences are the same, {count:,} are not"
        + (f"; the first {MOST}:" if count > MOST else ":")
    )
    table = Table(show_edge=False, pad_edge=False)
    for name in twins.names:
        table.add_column(text_cell(name), ratio=1, overflow="fold")
    for here, there in twins.differences[:MOST]:
        table.add_row(text_cell(_told(here, there, first)), text_cell(_told(there, here, second)))
    outcomes = Table(show_edge=False, pad_edge=False)
    for name in ("Outcome", *twins.names, f"Difference to {twins.names[1]}"):
        outcomes.add_column(text_cell(name), justify="left" if name == "Outcome" else "right")
    for name, value in first.outcomes.items():
        if name not in second.outcomes:
            continue  # of one scenario alone
        other = second.outcomes[name]
        cells = [name, *("never" if v != v else value_text(v) for v in (value, other))]
        same = value == other or (value != value and other != other)
        size = digits(abs(value - other))
        cells.append("the same" if same else decimal(value - other, size, sign=True))
        outcomes.add_row(*map(text_cell, cells))
    return f"{head}\n\n{parting}\n\n{render(table)}\n{render(outcomes).rstrip()}"


def _told(occurrence: Occurrence | None, other: Occurrence | None, trace: Trace) -> str:
    """Return an occurrence as its sentence, with the changes in which its twin differs."""
    if occurrence is None:
        return ""
    text = f"{when(occurrence, trace.clock)}  {occurrence.text or occurrence.label}"
    if other is None or (other.text, other.time) != (occurrence.text, occurrence.time):
        return text
    differ = [c for c in occurrence.changes if c not in other.changes][:3]
    told = ", ".join(f"{c.name} {value_text(c.before)} → {value_text(c.after)}" for c in differ)
    return f"{text} ({told})" if told else text
