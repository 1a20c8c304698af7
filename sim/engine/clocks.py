"""Which clock of the calendar is the next. Restricted Python, as the calendar itself."""

from __future__ import annotations

from sim.engine.calendar import BLOCK_BITS, MOST, Calendar

#: From this number up to `MOST`, clocks are searched with vectors: below, a loop is faster.
MANY = 16


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
    if len(c.clock_time) > MOST:
        clock = earliest_of_blocks(c)
    elif len(c.clock_time) >= MANY:
        clock = earliest_of_many(c)
    else:
        clock = earliest_of_few(c)
    return clock


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


def earliest_of_blocks(c: Calendar) -> int:
    """Return the clock with the earliest occurrence, by looking at the earliest of each block."""
    best = 0
    for block in range(len(c.block_moved)):
        if c.block_moved[block]:
            c.block_first[block] = earliest_in_block(c, block)
            c.block_moved[block] = False
        i = c.block_first[block]
        if block == 0 or before(c, i, best):
            best = i
    return best


def earliest_in_block(c: Calendar, block: int) -> int:
    """Return the clock of a block with the earliest occurrence."""
    best = block << BLOCK_BITS
    end = best + (1 << BLOCK_BITS)
    if end > len(c.clock_time):
        end = len(c.clock_time)
    for i in range(best + 1, end):
        if before(c, i, best):
            best = i
    return best


def before(c: Calendar, i: int, j: int) -> bool:
    """Whether a clock comes before another."""
    return c.clock_time[i] < c.clock_time[j] or (
        c.clock_time[i] == c.clock_time[j] and c.clock_order[i] < c.clock_order[j]
    )
