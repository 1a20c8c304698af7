"""What a term measures: its unit, or the units that it may have where bare numbers took part.

A bare number in a sum takes the unit beside it. In a product it is a plain number; it may also convert
(`weeks * 7` are days) or stand for a number of what is beside it: `7 * rate` is 7 days, `rung / 8` is
8 rungs, `water / (2 * depth)` a ratio. A quantity has each of these readings, the plain one first; two
agree where any of theirs do.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import NamedTuple

from sim.language.unit_words import MEASURED, Power
from sim.language.units import ONE, Unit, product, word

#: Numbers nearer than this are one factor: 30 and 30.4 days are a month, 365 are a year.
NEAR = 0.02
#: Readings of a quantity, and factors of one; with more of them its unit is unknown.
MAX_READINGS, MAX_FACTORS = 16, 16


class Reading(NamedTuple):
    """One unit that a quantity may have, and the factors by which its numbers may convert it."""

    unit: Unit
    factors: tuple[float, ...] = (1.0,)


@dataclass(frozen=True, slots=True)
class Quantity:
    """The readings of a term.

    Attributes
    ----------
    bare
        Whether it is a number without a unit, which takes the unit of what it is added to.
    numbered
        Whether a bare number took part in it.
    names
        The entries whose units it comes from.
    """

    readings: tuple[Reading, ...]
    bare: bool = False
    numbered: bool = False
    names: tuple[str, ...] = ()

    @property
    def unit(self) -> Unit:
        """The unit of the plain reading."""
        return self.readings[0].unit


#: Of a count or a truth value.
BARE = Quantity((Reading(ONE),), bare=True)
PLAIN = Quantity((Reading(ONE),))
ODDS = word("log odds")


def of_unit(unit: Unit, name: str = "") -> Quantity:
    """Return the quantity of an entry with a unit."""
    return Quantity((Reading(unit),), names=(name,) if name else ())


@functools.lru_cache(maxsize=1024)
def literal(value: float) -> Quantity:
    """Return the quantity of a number in the text."""
    factors = (1.0,) if abs(value) in (0.0, 1.0) else (1.0, 1 / abs(value))
    return Quantity((Reading(ONE, factors),), bare=True)


@functools.lru_cache(maxsize=8192)
def _meet(a: Reading, b: Reading) -> tuple[float, ...]:
    """Return the factors of `a` with which it agrees with `b`."""
    if a.unit.dimension != b.unit.dimension:
        return ()
    ratio = a.unit.scale / b.unit.scale
    return tuple(x for x in a.factors if any(abs(ratio * x / y - 1) < NEAR for y in b.factors))


def agreed(a: Quantity, b: Quantity) -> Quantity | None:
    """Return the readings of `a` that agree with `b`, or None if there are none."""
    if a.bare or b.bare:
        return a if b.bare else b
    found = []
    for x in a.readings:
        if factors := {factor: None for y in b.readings for factor in _meet(x, y)}:
            found.append(Reading(x.unit, tuple(factors)))
    names = tuple(dict.fromkeys((*a.names, *b.names)))
    numbered = a.numbered or b.numbered
    return Quantity(tuple(found), numbered=numbered, names=names) if found else None


def times(a: Quantity, b: Quantity, power: int, clock: Unit) -> Quantity | None:
    """Return ``a * b`` or, with the power -1, ``a / b``; `clock` is the model's unit of time.

    The result is None where so many numbers took part that nothing can be said.
    """
    names = tuple(dict.fromkeys((*a.names, *b.names)))
    if power < 0:
        b = raised(b, -1)
    found: dict[Reading, None] = {}
    for x in a.readings:
        for y in b.readings:
            factors = tuple({p * q: None for p in x.factors for q in y.factors})
            found[Reading(product(x.unit, y.unit), factors)] = None
    bare = (a.bare and _plain(b)) or (b.bare and _plain(a))
    if a.bare != b.bare and not bare:
        other, divides = (b, False) if a.bare else (a, power < 0)
        for x in other.readings:
            found |= dict.fromkeys(_of_something(x, divides, clock))
    elif power < 0 and b.numbered:  # as in `water / (2 * depth)`, the part of what it can be
        found[Reading(ONE)] = None
    if len(found) > MAX_READINGS or any(len(r.factors) > MAX_FACTORS for r in found):
        return None
    numbered = a.bare or b.bare or a.numbered or b.numbered
    return Quantity(tuple(found), bare, numbered, names)


def _plain(a: Quantity) -> bool:
    return not a.unit.dimension and a.unit.scale == 1


@functools.lru_cache(maxsize=4096)
def _of_something(reading: Reading, divides: bool, clock: Unit) -> tuple[Reading, ...]:
    """Return the readings in which a number is one of something that stands beside it.

    One that multiplies may be a number of what this is per, one that divides a number of what it
    counts, or of times a year. A number of days, or per day, is in the model's unit of time.
    """
    found = []
    timed = False
    for name, power in reading.unit.powers:
        one = word(name)
        is_time = one.dimension == (("time", 1),)
        timed |= is_time
        if (power > 0) == divides:
            unit = clock if is_time else one
            found.append(Reading(product(reading.unit, unit, -power), reading.factors))
        elif is_time and divides:
            found.append(Reading(product(reading.unit, one, -power), reading.factors))
    if not timed:
        found.append(Reading(product(reading.unit, clock, -1), reading.factors))
    return tuple(found)


def counts(a: Quantity, clock: Unit) -> Quantity:
    """Return what a count with this mean is: of `ship/day`, the ships of one unit of time."""
    if not any(base == "time" and p == -1 for base, p in a.unit.dimension):
        return a
    at_once = tuple(Reading(product(r.unit, clock), r.factors) for r in a.readings)
    return replace(a, readings=(*at_once, *a.readings))


def raised(a: Quantity, power: Power) -> Quantity:
    """Return a quantity to a constant power."""
    readings = tuple(
        Reading(product(ONE, r.unit, power), tuple(x ** float(power) for x in r.factors))
        for r in a.readings
    )
    return replace(a, readings=readings)


def is_number(a: Quantity) -> bool:
    """Whether a quantity can be a plain number, or log odds, as `exp` takes."""
    return a.bare or agreed(a, PLAIN) is not None or agreed(a, of_unit(ODDS)) is not None


def per_time(a: Unit, clock: Unit, power: int) -> Unit | None:
    """Return the model's time to a power, -1 for a rate, of what is counted in a unit.

    So a rate may be in `ship/day` and a delay in `day/ship`. None where no things are counted.
    """
    wanted = product(ONE, clock, power)
    rest = [(base, p) for base, p in a.dimension if base != "time"]
    if not rest:
        return wanted
    base, exponent = rest[0]
    counted = len(rest) == 1 and exponent == -power and base not in MEASURED
    return product(wanted, word(base), exponent) if counted else None


def is_count(a: Unit) -> bool:
    """Whether things are counted in a unit: one word, which is none of time, size or money."""
    rest = a.dimension
    return a.scale == 1 and (
        not rest or (len(rest) == 1 and rest[0][1] == 1 and rest[0][0] not in MEASURED)
    )
