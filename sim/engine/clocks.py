"""Which clock of the calendar is the next. Restricted Python, as the calendar itself."""

from __future__ import annotations

from sim.engine.calendar import Calendar

#: Numbers of clocks that are searched with vectors: below, a loop is faster.
MANY, MOST = 16, 62


def least(numbers: list[float]) -> float:
    """Return the least of some numbers, none of them nan; the translator compares four at a time."""
    return min(numbers)


def places(numbers: list[float], x: float) -> int:
    """Return a bit set of the places of the numbers that are equal to ``x``; 62 at most."""
    return sum(1 << i for i, number in enumerate(numbers) if number == x)


def lowest_bit(bits: int) -> int:
    """Return the place of the lowest bit that is set."""
    return (bits & -bits).bit_length() - 1


def earliest(c: Calendar) -> int:
    """Return the clock with the earliest occurrence."""
    return earliest_of_many(c) if MANY <= len(c.clock_time) <= MOST else earliest_of_few(c)


def earliest_of_few(c: Calendar) -> int:
    """Return the clock with the earliest occurrence, by looking at one after another."""
    best = 0
    time = c.clock_time[0]
    for i in range(1, len(c.clock_time)):
        other = c.clock_time[i]
        if other < time or (other == time and c.clock_order[i] < c.clock_order[best]):
            best = i
            time = other
    return best


def earliest_of_many(c: Calendar) -> int:
    """Return the clock with the earliest occurrence, without a branch for each clock."""
    rest = places(c.clock_time, least(c.clock_time))
    best = lowest_bit(rest)
    rest = rest & (rest - 1)
    while rest != 0:
        i = lowest_bit(rest)
        if c.clock_order[i] < c.clock_order[best]:
            best = i
        rest = rest & (rest - 1)
    return best
