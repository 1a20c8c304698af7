"""The arguments of pending occurrences: each has a place, and finds those of the same event.

Restricted Python, as the calendar itself. An occurrence of an event that takes arguments has a
*place* from when it is scheduled until it fires or is cancelled. The places of an event form a list in
the order in which they were scheduled, so that an edge with `where` looks at no others. The calendar's
heap holds such an occurrence with its place instead of its number.
"""

from __future__ import annotations

from typing import Annotated

#: Functions that a generated source may use.
EXPORTS = {"give", "taken", "next_pending", "pending_argument"}


class Places:
    """The fields of the calendar for arguments; one slot each in a program without any."""

    given: int  # 1 if the occurrence under way has arguments of its own
    free: int  # the first place to be used again, or -1
    fresh: int  # places used so far
    listed: int  # the event whose pending occurrences are gone through
    cursor: int  # the place of the present one
    following: int  # and of the next
    withdrawn: int  # how many were cancelled
    takes: Annotated[tuple[int, ...], "events"]  # how many arguments an event has
    first_place: Annotated[list[int], "events"]
    last_place: Annotated[list[int], "events"]
    taking: Annotated[list[float], "arguments"]  # of the occurrence under way
    giving: Annotated[list[float], "arguments"]  # of the one that is scheduled next
    place_number: Annotated[list[int], "places"]  # number of the occurrence
    place_order: Annotated[list[int], "places"]  # its order in the heap, or 0 if it is not there
    place_before: Annotated[list[int], "places"]
    place_after: Annotated[list[int], "places"]
    place_value: Annotated[list[float], "place_values"]


def reset_places(c: Places) -> None:
    """Free all places."""
    c.given = 0
    c.free = -1
    c.fresh = 0
    for event in range(len(c.first_place)):
        c.first_place[event] = -1
        c.last_place[event] = -1


def placed(c: Places, event: int, number: int, order: int) -> int:
    """Return what the heap holds of an occurrence: its place if it has arguments, or its number."""
    if c.takes[event] == 0:
        return number
    return add_place(c, event, number, order)


def add_place(c: Places, event: int, number: int, order: int) -> int:
    """Return a place for an occurrence with the arguments that were given last."""
    place = c.free
    if place >= 0:
        c.free = c.place_after[place]
    else:
        place = c.fresh
        c.fresh = place + 1
    c.place_number[place] = number
    c.place_order[place] = order
    width = len(c.giving)
    for i in range(c.takes[event]):
        c.place_value[place * width + i] = c.giving[i]
    last = c.last_place[event]
    c.place_before[place] = last
    c.place_after[place] = -1
    c.last_place[event] = place
    if last >= 0:
        c.place_after[last] = place
    else:
        c.first_place[event] = place
    return place


def remove_place(c: Places, event: int, place: int) -> None:
    """Take a place out of the list of its event, and free it."""
    before = c.place_before[place]
    after = c.place_after[place]
    if before >= 0:
        c.place_after[before] = after
    else:
        c.first_place[event] = after
    if after >= 0:
        c.place_before[after] = before
    else:
        c.last_place[event] = before
    c.place_order[place] = 0
    c.place_after[place] = c.free
    c.free = place


def remove_places(c: Places, event: int) -> None:
    """Free all places of an event, without a look at each: their heap entries must be cancelled."""
    last = c.last_place[event]
    if last >= 0:
        c.place_after[last] = c.free
        c.free = c.first_place[event]
        c.first_place[event] = -1
        c.last_place[event] = -1


def take_place(c: Places, event: int, place: int) -> int:
    """Take the arguments of an occurrence that fires and free its place; return its number."""
    width = len(c.taking)
    for i in range(c.takes[event]):
        c.taking[i] = c.place_value[place * width + i]
    c.given = 1
    remove_place(c, event, place)
    return c.place_number[place]


def is_vacated(c: Places, event: int, place: int, order: int) -> bool:
    """Whether the occurrence with a place and an order of the heap was cancelled."""
    return c.takes[event] != 0 and c.place_order[place] != order


def give(c: Places, argument: int, value: float) -> None:
    """Set an argument of the occurrence that is scheduled next."""
    c.giving[argument] = value


def taken(c: Places, argument: int, declared: float) -> float:
    """Return an argument of the occurrence under way."""
    return c.taking[argument] if c.given != 0 else declared


def pending_argument(c: Places, argument: int) -> float:
    """Return an argument of the pending occurrence that is looked at."""
    return c.place_value[c.cursor * len(c.taking) + argument]


def next_pending(c: Places) -> None:
    """Look at the next pending occurrence of the list."""
    c.cursor = c.following
    c.following = c.place_after[c.cursor]
