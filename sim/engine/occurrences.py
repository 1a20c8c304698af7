"""What the calendar does with pending occurrences that have arguments. Restricted Python."""

from __future__ import annotations

from sim.engine.calendar import Calendar
from sim.engine.places import remove_place, take_place

#: Functions that a generated source may use.
EXPORTS = {"list_pending", "cancel_listed", "end_list"}


def take(c: Calendar, event: int, activation: int, number: int) -> int:
    """Return the number of an occurrence that leaves the heap, with its arguments at hand."""
    c.given = 0
    own = c.conditional[event] != 0 and activation == c.own_activation[event]
    if own or c.takes[event] == 0:
        return number
    return take_place(c, event, number)


def list_pending(c: Calendar, event: int) -> int:
    """Begin to go through the pending occurrences of an event; return how many there are."""
    c.listed = event
    c.following = c.first_place[event]
    c.withdrawn = 0
    return c.pending[event]


def cancel_listed(c: Calendar) -> None:
    """Cancel the occurrence that is looked at; it counts as pending until the list ends."""
    if c.place_order[c.cursor] != 0:
        c.stored[c.listed] -= 1
        c.dead += 1
    remove_place(c, c.listed, c.cursor)
    c.withdrawn += 1


def end_list(c: Calendar, event: int) -> None:
    """Count the cancelled occurrences of the list as gone."""
    c.pending[event] -= c.withdrawn
    c.total -= c.withdrawn
