"""Traces as records."""

from __future__ import annotations

from sim.traces import Trace, say


def trace_records(trace: Trace) -> list[dict[str, object]]:
    """Return one record per occurrence."""
    return [
        {
            "time": occurrence.time,
            "date": occurrence.date.isoformat() if occurrence.date else "",
            "event": occurrence.event,
            "label": occurrence.label,
            "text": occurrence.text,
            "cause": occurrence.cause,
            "changes": "; ".join(
                f"{c.name}: {say(c.before)} → {say(c.after)}" for c in occurrence.changes
            ),
            "scheduled": "; ".join(
                f"{event} at {time:.6g}" for event, time in occurrence.scheduled
            ),
            "cancelled": "; ".join(f"{n} × {event}" for event, n in occurrence.cancelled),
        }
        for occurrence in trace.occurrences
    ]
