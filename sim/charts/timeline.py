"""One replication as a timeline, and two under the same luck."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from sim.charts.axes import day_text, moment
from sim.charts.lanes import Item, Lane, lane_chart, lane_frame
from sim.charts.theme import TONES, WIDE, ThemeName, attached, title
from sim.engine.trace import Occurrence, Trace, differing_occurrences
from sim.errors import Diagnostic, ExperimentError
from sim.model.naming import family_of
from sim.model.types import Model

#: An event that occurs more often in a run is drawn as ticks; of a rarer one the first few are labelled.
MAX_POINTS, MAX_LABELS = 12, 3
KEY = "circle: of its own trigger, triangle: brought about by another event, tick: frequent"


def timeline_chart(
    trace: Trace,
    model: Model,
    *,
    theme: ThemeName = "light",
    width: int = WIDE,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw one replication: a lane for each group of events, a mark for each occurrence."""
    rare = _rare([trace])
    lanes = []
    for number, (group, names) in enumerate(_groups(model, [trace]).items()):
        tone = TONES[1 + number % 6]
        items = _items(trace, names, rare, {}, tone, tone)
        lanes.append(Lane(_lane_words(group, names, trace, rare, model), items))
    frame = lane_frame(lanes, trace.clock, width)
    luck = f"seed {trace.seed}, replication {trace.replication}"
    parts = [
        luck,
        trace.clock.span,
        KEY,
        "n = 1 run, one of many possible · a toy, no forecast",
    ]
    head = title(trace.title, parts, theme, width) if heading else None
    return attached(lane_chart(frame, trace.clock, head, theme, width), frame)


def twin_chart(
    first: Trace,
    second: Trace,
    model: Model,
    *,
    cause: str = "",
    theme: ThemeName = "light",
    width: int = WIDE,
    heading: bool = True,
) -> alt.LayerChart:
    """Draw two replications under the same luck, one above the other in each lane.

    What happens alike in both is grey; what differs is blue in the first and orange in the second. A
    dashed line marks where they part.

    Parameters
    ----------
    cause
        Why they part, in words, for the subtitle.

    Raises
    ------
    ExperimentError
        The two have other random numbers.
    """
    if (first.seed, first.replication, first.future) != (
        second.seed,
        second.replication,
        second.future,
    ):
        words = "a twin timeline wants the same seed, replication and future in both"
        raise ExperimentError(Diagnostic("other-luck", words))
    rare = _rare([first, second])
    lanes = []
    shared = Counter(map(_same, first.occurrences)) & Counter(map(_same, second.occurrences))
    for group, names in _groups(model, [first, second]).items():
        for trace, tone, top in ((first, "c1", True), (second, "c2", False)):
            items = _items(trace, names, rare, dict(shared), tone, "baseline")
            lanes.append(Lane(group if top else "", items))
    frame = lane_frame(lanes, first.clock, width)
    height = frame.attrs["height"]
    parting = first_parting(first, second)
    words = "the two runs are the same from beginning to end"
    if parting is not None:
        lead = "dashed: they part on" if parting[0] > 0 else "they part on"
        words = f"{lead} {day_text(first.clock, parting[0])} with {parting[1]}"
        words += f"; {cause}" if cause else ""
        if parting[0] > 0:  # at the very beginning a line would strike the axis through
            line = pd.DataFrame([{"role": "hairline", "when": moment(first.clock, parting[0])}])
            frame = pd.concat([frame, line], ignore_index=True)
            frame.attrs["height"] = height
    luck = f"seed {first.seed}, replication {first.replication}"
    names_ = [t.scenario.replace("_", " ") for t in (first, second)]
    parts = [
        f"upper row, blue: {names_[0]}", f"lower row, orange: {names_[1]}", "grey: alike in both",
        words, luck, first.clock.span, KEY, "n = 1 pair of runs · a toy, no forecast",
    ]  # fmt: skip
    head = title(f"{names_[0].capitalize()} and {names_[1]}, the same luck", parts, theme, width)
    chart = lane_chart(
        frame, first.clock, head if heading else None, theme, width, hairline=parting is not None
    )
    return attached(chart, frame)


def first_parting(first: Trace, second: Trace) -> tuple[float, str] | None:
    """Return the time at which two runs part, and what differs there; None if they never do."""
    pairs, _ = differing_occurrences(first, second)
    if not pairs:
        return None
    here, there = pairs[0]
    early = min((o for o in (here, there) if o is not None), key=lambda o: o.time)
    if here is None or there is None:
        owner = (second if here is None else first).scenario.replace("_", " ")
        return early.time, f"'{early.label}' in {owner} only"
    if here.time == there.time:
        return early.time, f"'{early.label}', which turns out otherwise"
    owner = (first if early is here else second).scenario.replace("_", " ")
    return early.time, f"'{early.label}', which comes sooner in {owner}"


def _same(occurrence: Occurrence) -> tuple[object, ...]:
    """Return what makes two occurrences alike: event, time, words, changes, and what it brought about."""
    made = occurrence.scheduled, occurrence.cancelled, occurrence.arguments
    return occurrence.event, round(occurrence.time, 9), occurrence.text, occurrence.changes, *made


def _groups(model: Model, traces: Sequence[Trace]) -> dict[str, list[str]]:
    """Return the events that occurred, by group, in the order of the model."""
    seen = {family_of(o.event) for trace in traces for o in trace.occurrences}
    groups: dict[str, list[str]] = {}
    for event in model.events.values():
        if event.name in seen:
            groups.setdefault(event.group or "Events", []).append(event.name)
    return groups


def _rare(traces: Sequence[Trace]) -> set[str]:
    """Return the events that are drawn as points."""
    counts = [Counter(family_of(o.event) for o in trace.occurrences) for trace in traces]
    names = {name for count in counts for name in count}
    return {n for n in names if max(count[n] for count in counts) <= MAX_POINTS}


def _items(
    trace: Trace,
    names: Sequence[str],
    rare: set[str],
    shared: Mapping[tuple[object, ...], int],
    tone: str,
    quiet: str,
) -> list[Item]:
    """Return the marks of a lane; those that are in `shared` are quiet and bear no label."""
    left = dict(shared)
    labelled: Counter[str] = Counter()
    items = []
    for o in trace.occurrences:
        event = family_of(o.event)
        if event not in names:
            continue
        key = _same(o)
        alike = left.get(key, 0) > 0
        if alike:
            left[key] -= 1
        tick = event not in rare
        label = ""
        if not tick and not alike and labelled[event] < MAX_LABELS:
            label = o.label
            labelled[event] += 1
        shape = "circle" if o.cause == "trigger" else "triangle-up"
        told = o.text or o.label
        items.append(Item(o.time, label, told, quiet if alike else tone, shape, tick))
    return items


def _lane_words(
    group: str, names: Sequence[str], trace: Trace, rare: set[str], model: Model
) -> str:
    """Return the heading of a lane: its group, and what its ticks are."""
    counts = Counter(family_of(o.event) for o in trace.occurrences)
    often = [n for n in names if n not in rare]
    if not often:
        return group
    told = ", ".join(
        f"{model.events[n].label or n.replace('_', ' ')} × {counts[n]}" for n in often[:3]
    )
    more = f" and {len(often) - 3} more" if len(often) > 3 else ""
    return f"{group} | {told}{more}"
