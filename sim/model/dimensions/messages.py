"""What units differ, in words: both units, where each is declared, and the factor that cures it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.errors import Diagnostic, Span
from sim.language.unit_words import MEASURED
from sim.language.units import Unit, product, word
from sim.model.dimensions.quantities import Quantity

#: Entries that are named for one side.
MOST_NAMED = 3
_HOW = {
    "+": "cannot add {1} to {0}", "-": "cannot subtract {1} from {0}",
    "%": "cannot divide {0} by {1} for a remainder", "compare": "cannot compare {0} with {1}",
    "choose": "one branch is in {0}, the other in {1}",
}  # fmt: skip
Find = Callable[[str], Span | None]


def between(how: str, left: Quantity, right: Quantity, span: Span, find: Find) -> Diagnostic:
    """Return the diagnostic for two terms that must agree; `how` is an operator or a function."""
    form = _HOW.get(how, f"'{how}' takes one unit, not {{0}} and {{1}}")
    message = form.format(_described(left, find), _described(right, find))
    return _mismatch(message, span, _cure(right, left.unit, "the second"))


class Wanted(NamedTuple):
    """What a value must be in: what says so, the quantity, and the entry or place that declares it."""

    what: str
    quantity: Quantity
    declared: str | Span | None = None


def differs(wanted: Wanted, value: Quantity, span: Span, find: Find, help: str = "") -> Diagnostic:
    """Return the diagnostic for a value in another unit than is wanted."""
    place = find(wanted.declared) if isinstance(wanted.declared, str) else wanted.declared
    where = f" ({_at(place)})" if place else ""
    unit = wanted.quantity.unit
    message = f"{wanted.what} is {_in(unit)}{where}, but this is {_in(value.unit)}"
    message += _places(value, find)
    return _mismatch(message, span, help or _cure(value, unit, "it"))


def needs_number(what: str, value: Quantity, span: Span, find: Find) -> Diagnostic:
    """Return the diagnostic for a unit where only a plain number makes sense."""
    message = f"{what} is a plain number, but this is {_in(value.unit)}{_places(value, find)}"
    help = "divide it by a quantity of the same unit"
    return _mismatch(message, span, help if value.unit.dimension else _cure(value, Unit(), "it"))


def _mismatch(message: str, span: Span, help: str) -> Diagnostic:
    return Diagnostic("unit-mismatch", message, span, help, warning=True)


def _in(unit: Unit) -> str:
    return f"in {unit}" if unit.powers or unit.factor != 1 else str(unit)


def _at(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.column}"


def _described(quantity: Quantity, find: Find) -> str:
    return f"{quantity.unit}{_places(quantity, find)}"


def _places(quantity: Quantity, find: Find) -> str:
    """Return the entries that a unit comes from, with their places."""
    found = []
    for name in quantity.names[:MOST_NAMED]:
        span = find(name)
        found.append(f"'{name}' at {_at(span)}" if span else f"'{name}'")
    if len(quantity.names) > MOST_NAMED:
        found.append("…")
    return f" ({', '.join(found)})" if found else ""


def _cure(value: Quantity, wanted: Unit, called: str) -> str:
    """Return what makes a value fit: the factor between units of one dimension, or the 1 left out."""
    ratio = product(value.unit, wanted, -1)
    match ratio.dimension:
        case ():
            factor = ratio.scale
            by = f"multiply {called} by {factor:.6g}"
            return by if factor >= 1 else f"divide {called} by {1 / factor:.6g}"
        case ((base, -1),) if base not in MEASURED or base == "time":
            name = next(n for n, power in ratio.powers if word(n).dimension == ((base, 1),))
            return f"if {called} is for one {name}, write '1 * …'"
    if value.numbered:
        return "correct the formula or a unit; a number with a unit can be a parameter that has it"
    return "correct the formula, or the unit that is wrong"
