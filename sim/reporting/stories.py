"""Single replications as text: one on a screen, two side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from rich.table import Table

from sim.analysis.paired_traces import PairedTraces
from sim.engine.trace import Occurrence, Trace, when
from sim.formatting import counted, decimal, digits, plural, value_text
from sim.model.types import Model
from sim.reporting.layout import screen_width, wrapped
from sim.reporting.signs import plain
from sim.reporting.tables import render, text_cell

#: Differences that are told, and those on a screen.
MOST, FIRST = 20, 8
#: The width of dates, with the blanks after them.
BESIDE = 20
#: Kinds of events of which every occurrence is told, and the occurrences of a story on a screen.
RARE, TOLD = 3, 20


def brief_story(trace: Trace, model: Model) -> str:
    """Return one replication on a screen: how it ends, what is rare or new, and counts of the rest.

    Of each kind of event that is not rare the first is told, and all of a rare one; what each changes is
    left to the whole story.
    """
    width = screen_width()
    total = len(trace.occurrences) + trace.left_out
    head = (
        f"One possible run of “{trace.title}”, no forecast (seed {trace.seed}, replication "
        f"{trace.replication}): {counted(total, 'event')}."
    )
    names = [name for name in model.headlines if name in trace.outcomes] or [*trace.outcomes][:5]
    labels = {name: model.outcomes[name].label or name.replace("_", " ") for name in names}
    ends = [f"{labels[name]}: {_ended(trace, model, name)}" for name in names]
    times = Counter(o.event for o in trace.occurrences)
    rare = sorted(times, key=lambda event: times[event])
    chosen: list[Occurrence] = []
    for event in rare:
        own = [o for o in trace.occurrences if o.event == event]
        chosen += own if len(own) <= RARE else own[:1]
    shown = sorted(chosen[:TOLD], key=lambda o: trace.occurrences.index(o))
    lines = []
    for one in shown:
        more = times[one.event] - 1 if times[one.event] > RARE else 0
        text = (one.text or one.label) + (f" ({more:,} more of this kind)" if more else "")
        body = wrapped(plain(text), width - BESIDE).replace("\n", "\n" + " " * BESIDE)
        lines.append(f"{when(one, trace.clock):>{BESIDE - 2}}  {body}")
    parts = [wrapped(head, width), "\n".join(wrapped(plain(end), width) for end in ends)]
    parts.append("\n".join(lines))
    left = total - len(shown)
    if left:
        kinds = [(n, event) for event, n in times.most_common() if n > RARE][:4]
        named = {o.event: o.label or o.event.replace("_", " ") for o in trace.occurrences}
        labelled = [f"{named[event]} {n:,} times" for n, event in kinds]
        often = f"; most often {', '.join(labelled)}" if labelled else ""
        note = (
            f"Left out: {left:,} of {counted(total, 'event')}{often}. "
            "--all tells every one, what each changes, and all outcomes."
        )
        parts.append(wrapped(plain(note), width))
    return "\n\n".join(filter(None, parts))


def _ended(trace: Trace, model: Model, name: str) -> str:
    """Return how an outcome ended in one run: yes or no of a share that can be nothing else."""
    value, outcome = trace.outcomes[name], model.outcomes[name]
    if value != value:
        return "never"
    if outcome.share and value in (0.0, 1.0):
        return "yes" if value else "no"
    return f"{value_text(value)} {plural(outcome.unit, value)}".rstrip()


def twins_text(twins: PairedTraces, headlines: Collection[str] = ()) -> str:
    """Return how two replications differ, side by side, and why they part.

    Parameters
    ----------
    headlines
        The outcomes that are told, with the first few differences; by default all outcomes.
    """
    first, second = twins.first, twins.second
    head = (
        f"The same luck under two policies: seed {first.seed}, replication {first.replication} · "
        "one possible run of a toy, no forecast"
    )
    if not twins.differences:
        return f"{head}\n\nNothing differs: all {twins.shared:,} occurrences are the same."
    begin = min((o for o in twins.differences[0] if o is not None), key=lambda o: o.time)
    count = len(twins.differences)
    most = FIRST if headlines else MOST
    parting = (
        f"They part at {when(begin, first.clock)}: {twins.cause}. "
        f"{twins.shared:,} occurrences are the same, {count:,} are not"
        + (f"; the first {most}:" if count > most else ":")
    )
    table = Table(show_edge=False, pad_edge=False)
    for name in twins.names:
        table.add_column(text_cell(name), ratio=1, overflow="fold")
    for here, there in twins.differences[:most]:
        table.add_row(text_cell(_told(here, there, first)), text_cell(_told(there, here, second)))
    outcomes = Table(show_edge=False, pad_edge=False)
    for name in ("Outcome", *twins.names, f"Difference to {twins.names[1]}"):
        outcomes.add_column(text_cell(name), justify="left" if name == "Outcome" else "right")
    left_out = 0
    for name, value in first.outcomes.items():
        if headlines and name not in headlines:
            left_out += 1
            continue
        if name not in second.outcomes:
            continue  # of one scenario alone
        other = second.outcomes[name]
        cells = [name, *("never" if v != v else value_text(v) for v in (value, other))]
        same = value == other or (value != value and other != other)
        size = digits(abs(value - other))
        cells.append("the same" if same else decimal(value - other, size, sign=True))
        outcomes.add_row(*map(text_cell, cells))
    more = (
        f"\n\nLeft out: {counted(left_out, 'outcome')}. --all shows every one." if left_out else ""
    )
    width = screen_width()
    parts = [wrapped(plain(head), width), wrapped(plain(parting), width), render(table).rstrip()]
    return "\n\n".join([*parts, render(outcomes).rstrip()]) + more


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
