"""A calendar that also records what happens, for a reader without Python.

Restricted Python like `sim.engine.calendar`, whose functions it wraps. What is recorded is a
sequence of items of three numbers: a kind and two values. It is bounded by `room`; `end` goes on
counting, so that a caller can give more room and run the replication again.
"""

from __future__ import annotations

from typing import Annotated

from sim.engine.calendar import Calendar
from sim.engine.calendar import cancel as calendar_cancel
from sim.engine.calendar import occurred as calendar_occurred
from sim.engine.calendar import schedule as calendar_schedule
from sim.engine.calendar import set_condition as calendar_set_condition
from sim.engine.occurrences import end_list as calendar_end_list
from sim.engine.places import taken as calendar_taken

#: Functions that a generated source may use, some in place of the calendar's.
EXPORTS = {"schedule", "cancel", "set_condition", "occurred", "note", "telling", "begin", "tell"}
EXPORTS |= {"remember", "taken", "end_list"}

#: Kinds of items. An entry begins with FIRED and CAUSED.
FIRED = 0.0  # time, event
CAUSED = 1.0  # activation, number of the occurrence
NOTED = 2.0  # 0, value of a message
SCHEDULED = 3.0  # event, time
CANCELLED = 4.0  # event, how many
CHANGED = 5.0  # state variable, its new value
TAKEN = 6.0  # argument, its value

State = list[float]  # a record, whose fields are accessed by index


class Story(Calendar):
    """The calendar, and what it has recorded of one replication."""

    telling: int  # 1 while occurrences are recorded
    variables: int  # state variables of the model, the first slots of `State`
    most: int  # entries that are recorded; later ones are only counted
    room: int  # slots of `items`
    entries: int
    left_out: int
    start: int  # where the entry of this firing begins
    end: int  # where its next item goes
    happens: int  # 1 if its guard is true
    initial: Annotated[list[float], "known"]  # the state at the start
    known: Annotated[list[float], "known"]  # and after the last firing
    items: Annotated[list[float], "items"]  # the last field: a caller makes it as long as it likes


def telling(c: Story) -> bool:
    """Whether occurrences are recorded."""
    return c.telling != 0


def put(c: Story, kind: float, first: float, second: float) -> None:
    """Add an item to the entry of this firing, if there is room."""
    at = c.end
    if at + 3 <= c.room:
        c.items[at] = kind
        c.items[at + 1] = first
        c.items[at + 2] = second
    c.end = at + 3


def remember(c: Story, s: State) -> None:
    """Begin a story: nothing is recorded yet, and this is the state."""
    c.entries = 0
    c.left_out = 0
    c.start = 0
    c.end = 0
    for i in range(c.variables):
        c.initial[i] = s[i]
        c.known[i] = s[i]


def begin(c: Story, fired: int, caused: int, n: int) -> None:
    """Begin the entry of a firing: its event, its activation and the number of the occurrence."""
    c.end = c.start
    c.happens = 0
    put(c, FIRED, c.now, float(fired))
    put(c, CAUSED, float(caused), float(n))


def tell(c: Story, s: State, status: int) -> None:
    """Keep the entry of a firing whose guard was true, with the state that it changed."""
    if c.happens == 0 or status != 0:
        return
    for i in range(c.variables):
        if s[i] != c.known[i]:
            put(c, CHANGED, float(i), s[i])
        c.known[i] = s[i]
    if c.entries < c.most:
        c.entries += 1
        c.start = c.end
    else:
        c.left_out += 1
        c.end = c.start


def note(c: Story, value: float) -> None:
    """Record a value of an event's message."""
    put(c, NOTED, 0.0, value)


def occurred(c: Story, event: int) -> None:
    """Count a firing whose guard is true."""
    calendar_occurred(c, event)
    c.happens = 1


def schedule(c: Story, event: int, activation: int, delay: float) -> int:
    """Schedule an occurrence of `event` after `delay`; return 0 or an error status."""
    status = calendar_schedule(c, event, activation, delay)
    if c.telling != 0 and status == 0:
        put(c, SCHEDULED, float(event), c.last_time[activation])
    return status


def cancel(c: Story, event: int) -> None:
    """Remove every scheduled occurrence of `event`; leave the clock of its hazard running."""
    if c.telling != 0 and c.pending[event] > 0:
        put(c, CANCELLED, float(event), float(c.pending[event]))
    calendar_cancel(c, event)


def set_condition(c: Story, event: int, truth: bool) -> int:
    """Set the condition of `event`; if it turns true, the event is next, unless it waits already."""
    before = c.sequence
    status = calendar_set_condition(c, event, truth)
    if c.telling != 0 and c.sequence > before:
        put(c, SCHEDULED, float(event), c.now)
    return status


def taken(c: Story, argument: int, declared: float) -> float:
    """Return an argument of the occurrence under way."""
    value = calendar_taken(c, argument, declared)
    if c.telling != 0:
        put(c, TAKEN, float(argument), value)
    return value


def end_list(c: Story, event: int) -> None:
    """Count the cancelled occurrences of the list as gone."""
    if c.telling != 0 and c.withdrawn > 0:
        put(c, CANCELLED, float(event), float(c.withdrawn))
    calendar_end_list(c, event)
